//! Variance: mean and squared deviations of blocks in the L1 cache, in two passes each, joined by Chan's formula in f64.

use super::{Loops, ReduceKernel};
use crate::dispatch;
use crate::dtype::DType;

/// The variance (or, with `sqrt`, the standard deviation) with `correction` taken from the count.
#[derive(Clone, Copy, Debug)]
pub struct Var {
    /// Taken from the number of elements: 1 for the unbiased variance.
    pub correction: f64,
    /// The root of it: the standard deviation.
    pub sqrt: bool,
}

/// Elements of a block.
const BLOCK: usize = 512;
/// Accumulators side by side, which LLVM keeps in vectors.
const SIDE: usize = 32;

trait Real: Copy {
    fn wide(self) -> f64;
    fn narrow(x: f64) -> Self;
}
impl Real for f32 {
    #[inline(always)]
    fn wide(self) -> f64 {
        self as f64
    }
    #[inline(always)]
    fn narrow(x: f64) -> f32 {
        x as f32
    }
}
impl Real for f64 {
    #[inline(always)]
    fn wide(self) -> f64 {
        self
    }
    #[inline(always)]
    fn narrow(x: f64) -> f64 {
        x
    }
}

#[inline(always)]
fn sum<T: Real>(x: &[T], f: impl Fn(f64) -> f64) -> f64 {
    let mut side = [0.0; SIDE];
    let (whole, rest) = x.as_chunks::<SIDE>();
    for chunk in whole {
        for (s, x) in side.iter_mut().zip(chunk) {
            *s += f(x.wide());
        }
    }
    for (s, x) in side.iter_mut().zip(rest) {
        *s += f(x.wide());
    }
    let mut width = SIDE;
    while width > 1 {
        width /= 2;
        for j in 0..width {
            side[j] += side[j + width];
        }
    }
    side[0]
}

/// Count, mean and squared deviations of two parts together.
#[inline(always)]
fn join(a: [f64; 3], b: [f64; 3]) -> [f64; 3] {
    let n = a[0] + b[0];
    if n == 0.0 {
        return a;
    }
    let delta = b[1] - a[1];
    let share = b[0] / n;
    [n, a[1] + delta * share, a[2] + b[2] + delta * delta * a[0] * share]
}

#[inline(always)]
fn row_body<T: Real>(x: &[T], acc: &mut [f64; 3]) {
    for x in x.chunks(BLOCK) {
        let n = x.len() as f64;
        let mean = sum(x, |x| x) / n;
        let m2 = sum(x, |x| (x - mean) * (x - mean));
        *acc = join(*acc, [n, mean, m2]);
    }
}

#[inline(always)]
fn cols_body<T: Real>(row: &[T], acc: &mut [f64]) {
    let cols = row.len();
    let (counts, rest) = acc.split_at_mut(cols);
    let (means, m2s) = rest.split_at_mut(cols);
    let Some(first) = counts.first() else { return };
    let n = first + 1.0;
    let share = 1.0 / n;
    counts.fill(n);
    for ((x, mean), m2) in row.iter().zip(means).zip(m2s) {
        let delta = x.wide() - *mean;
        *mean += delta * share;
        *m2 += delta * (x.wide() - *mean);
    }
}

dispatch!(fn row_wide<T: Real>(x: &[T], acc: &mut [f64; 3]) = row_body);
dispatch!(fn cols_wide<T: Real>(row: &[T], acc: &mut [f64]) = cols_body);

unsafe fn row<T: Real>(_body: *const (), src: *const u8, n: usize, acc: *mut u8) {
    // SAFETY: the driver passes `n` elements and the aligned state of one column.
    unsafe { row_wide(std::slice::from_raw_parts(src.cast::<T>(), n), &mut *acc.cast::<[f64; 3]>()) }
}

unsafe fn cols<T: Real>(_body: *const (), src: *const u8, rows: usize, stride: isize, cols: usize, acc: *mut u8) {
    // SAFETY: the driver passes rows of `cols` elements and the aligned state of as many columns.
    unsafe {
        let acc = std::slice::from_raw_parts_mut(acc.cast::<f64>(), 3 * cols);
        for r in 0..rows as isize {
            cols_wide(std::slice::from_raw_parts(src.cast::<T>().offset(r * stride), cols), acc);
        }
    }
}

unsafe fn init(_body: *const (), acc: *mut u8, cols: usize) {
    // SAFETY: the driver passes the state of `cols` columns.
    unsafe { std::slice::from_raw_parts_mut(acc.cast::<f64>(), 3 * cols) }.fill(0.0);
}

unsafe fn combine(_body: *const (), acc: *mut u8, other: *const u8, cols: usize) {
    // SAFETY: the driver passes the states of `cols` columns.
    let (a, b) = unsafe {
        (
            std::slice::from_raw_parts_mut(acc.cast::<f64>(), 3 * cols),
            std::slice::from_raw_parts(other.cast::<f64>(), 3 * cols),
        )
    };
    for c in 0..cols {
        let both = join([a[c], a[cols + c], a[2 * cols + c]], [b[c], b[cols + c], b[2 * cols + c]]);
        (a[c], a[cols + c], a[2 * cols + c]) = (both[0], both[1], both[2]);
    }
}

unsafe fn finish<T: Real>(body: *const (), acc: *const u8, cols: usize, count: usize, out: *mut u8) {
    // SAFETY: the driver passes the body, the state of `cols` columns and room for as many results.
    let (body, acc, out) = unsafe {
        (
            &*body.cast::<Var>(),
            std::slice::from_raw_parts(acc.cast::<f64>(), 3 * cols),
            std::slice::from_raw_parts_mut(out.cast::<T>(), cols),
        )
    };
    for (y, m2) in out.iter_mut().zip(&acc[2 * cols..]) {
        let var = if count == 0 { f64::NAN } else { m2 / (count as f64 - body.correction).max(0.0) };
        *y = T::narrow(if body.sqrt { var.sqrt() } else { var });
    }
}

/// The kernel of variance and standard deviation; its body is a [`Var`].
pub fn var() -> &'static ReduceKernel {
    const {
        let mut loops: [Option<Loops>; 12] = [None; 12];
        loops[DType::F32 as usize] =
            Some(Loops { row: row::<f32>, cols: cols::<f32>, init, combine, finish: finish::<f32>, acc_bytes: 24 });
        loops[DType::F64 as usize] =
            Some(Loops { row: row::<f64>, cols: cols::<f64>, init, combine, finish: finish::<f64>, acc_bytes: 24 });
        &ReduceKernel { loops }
    }
}

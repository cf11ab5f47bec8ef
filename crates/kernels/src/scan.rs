//! Running sums, products, maxima and logsumexps over the middle dimension of `[outer, n, inner]`. As in PyTorch the
//! floating-point types accumulate in double precision, one element after the other.

use crate::lane::int::Bool;
use crate::pool::{SendPtr, parallel_chunks};
use crate::rowmath::{Compute, Real};
use half::{bf16, f16};

/// Elements that make up one piece of work.
const GRAIN: usize = 1 << 15;
/// Columns, or rows, that are scanned side by side.
const SIDE: usize = 32;

/// An element with a running sum and product. Complex numbers are pairs.
pub trait Scan: Copy + Send + Sync + 'static {
    /// What is accumulated in.
    type Acc: Copy + Default + Send + Sync;
    /// To the accumulator's type.
    fn widen(self) -> Self::Acc;
    /// From the accumulator's type.
    fn narrow(acc: Self::Acc) -> Self;
    /// The sum.
    fn add(a: Self::Acc, b: Self::Acc) -> Self::Acc;
    /// The product.
    fn mul(a: Self::Acc, b: Self::Acc) -> Self::Acc;
    /// One.
    fn one() -> Self::Acc;
}

macro_rules! scan {
    ($($t:ty, $acc:ty, $x:ident => $widen:expr, $narrow:expr, $a:ident, $b:ident => $add:expr, $mul:expr, $one:expr);*) => {$(
        impl Scan for $t {
            type Acc = $acc;
            #[inline(always)]
            fn widen(self) -> $acc { let $x = self; $widen }
            #[inline(always)]
            fn narrow($x: $acc) -> Self { $narrow }
            #[inline(always)]
            fn add($a: $acc, $b: $acc) -> $acc { $add }
            #[inline(always)]
            fn mul($a: $acc, $b: $acc) -> $acc { $mul }
            #[inline(always)]
            fn one() -> $acc { $one }
        }
    )*};
}
scan!(
    u8, u8, x => x, x, a, b => a.wrapping_add(b), a.wrapping_mul(b), 1;
    i8, i8, x => x, x, a, b => a.wrapping_add(b), a.wrapping_mul(b), 1;
    i16, i16, x => x, x, a, b => a.wrapping_add(b), a.wrapping_mul(b), 1;
    i32, i32, x => x, x, a, b => a.wrapping_add(b), a.wrapping_mul(b), 1;
    i64, i64, x => x, x, a, b => a.wrapping_add(b), a.wrapping_mul(b), 1;
    f32, f64, x => f64::from(x), x as f32, a, b => a + b, a * b, 1.0;
    f64, f64, x => x, x, a, b => a + b, a * b, 1.0;
    f16, f32, x => Real::load(x), Real::store(x), a, b => a + b, a * b, 1.0;
    bf16, f32, x => Real::load(x), Real::store(x), a, b => a + b, a * b, 1.0;
    [f32; 2], [f64; 2], x => [f64::from(x[0]), f64::from(x[1])], [x[0] as f32, x[1] as f32],
        a, b => [a[0] + b[0], a[1] + b[1]], [a[0] * b[0] - a[1] * b[1], a[0] * b[1] + a[1] * b[0]], [1.0, 0.0];
    [f64; 2], [f64; 2], x => x, x,
        a, b => [a[0] + b[0], a[1] + b[1]], [a[0] * b[0] - a[1] * b[1], a[0] * b[1] + a[1] * b[0]], [1.0, 0.0]
);

/// `cumsum`.
pub fn cumsum<T: Scan>(x: &[T], out: &mut [T], shape: [usize; 3]) {
    run(x, out, shape, T::Acc::default(), T::widen, T::add, T::narrow);
}

/// `cumprod`.
pub fn cumprod<T: Scan>(x: &[T], out: &mut [T], shape: [usize; 3]) {
    run(x, out, shape, T::one(), T::widen, T::mul, T::narrow);
}

/// `logcumsumexp`.
pub fn logcumsumexp<T: Real>(x: &[T], out: &mut [T], shape: [usize; 3]) {
    let widen = |x: T| x.load().to_f64();
    run(x, out, shape, f64::NEG_INFINITY, widen, |acc, x| log_add_exp(x, acc), |acc| T::store(T::C::from_f64(acc)));
}

/// `ln(exp(a) + exp(b))`; NaN if either is.
fn log_add_exp(a: f64, b: f64) -> f64 {
    if a.is_nan() || b.is_nan() {
        return f64::NAN;
    }
    let (low, high) = if a < b { (a, b) } else { (b, a) };
    if low != high || low.is_finite() { (low - high).exp().ln_1p() + high } else { a }
}

fn run<T: Copy + Send + Sync, A: Copy + Sync>(
    x: &[T],
    out: &mut [T],
    shape: [usize; 3],
    start: A,
    widen: impl Fn(T) -> A + Sync,
    join: impl Fn(A, A) -> A + Sync,
    narrow: impl Fn(A) -> T + Sync,
) {
    let [outer, n, inner] = shape;
    assert!(x.len() == outer * n * inner && out.len() == x.len(), "scan: lengths of the shape");
    let ptr = SendPtr(out.as_mut_ptr());
    // Rows that lie apart by a fixed step run side by side: one sum has to wait for the last, four need not.
    let rows = |first: usize, count: usize| {
        let mut acc = [start; 4];
        for k in 0..n {
            for (r, acc) in acc[..count].iter_mut().enumerate() {
                let at = (first + r) * n + k;
                *acc = join(*acc, widen(x[at]));
                // SAFETY: the rows are this worker's alone.
                unsafe { *ptr.get().add(at) = narrow(*acc) };
            }
        }
    };
    let columns = |at: usize, width: usize| {
        let mut acc = [start; SIDE];
        for k in 0..n {
            let at = at + k * inner;
            // SAFETY: the columns are this worker's alone.
            let out = unsafe { ptr.slice(at..at + width) };
            for ((acc, x), out) in acc.iter_mut().zip(&x[at..at + width]).zip(out) {
                *acc = join(*acc, widen(*x));
                *out = narrow(*acc);
            }
        }
    };
    spread(shape, rows, columns);
}

/// Calls `rows(first, count)` for groups of up to four rows of `[outer, n]`, or `columns(start, width)` for tiles of
/// columns, on the pool.
fn spread(shape: [usize; 3], rows: impl Fn(usize, usize) + Sync, columns: impl Fn(usize, usize) + Sync) {
    let [outer, n, inner] = shape;
    if outer * n * inner == 0 {
        return;
    }
    if inner == 1 {
        let groups = outer.div_ceil(4);
        parallel_chunks(groups, (GRAIN / (4 * n)).max(1), |range| {
            range.for_each(|g| if outer - 4 * g >= 4 { rows(4 * g, 4) } else { rows(4 * g, outer - 4 * g) });
        });
        return;
    }
    let tiles = inner.div_ceil(SIDE);
    parallel_chunks(outer * tiles, (GRAIN / (n * SIDE)).max(1), |range| {
        for t in range {
            let (o, first) = (t / tiles, t % tiles * SIDE);
            columns(o * n * inner + first, SIDE.min(inner - first));
        }
    });
}

/// An element with an order, for running maxima and minima.
pub trait Extreme: Copy + Send + Sync + PartialOrd + 'static {
    /// Is it a NaN?
    #[inline(always)]
    fn is_nan(self) -> bool {
        self.partial_cmp(&self).is_none()
    }
}
impl Extreme for u8 {}
impl Extreme for i8 {}
impl Extreme for i16 {}
impl Extreme for i32 {}
impl Extreme for i64 {}
impl Extreme for Bool {}
impl Extreme for f16 {}
impl Extreme for bf16 {}
impl Extreme for f32 {}
impl Extreme for f64 {}

/// `cummax` (or `cummin`): the running extreme and where it was found last. From a NaN on, all is NaN.
pub fn cummax<T: Extreme>(x: &[T], values: &mut [T], indices: &mut [i64], shape: [usize; 3], min: bool) {
    let [outer, n, inner] = shape;
    assert!(x.len() == outer * n * inner && values.len() == x.len() && indices.len() == x.len(), "cummax: lengths");
    let (values, indices) = (SendPtr(values.as_mut_ptr()), SendPtr(indices.as_mut_ptr()));
    let wins = |v: T, best: T| v.is_nan() || (!best.is_nan() && if min { v <= best } else { v >= best });
    let rows = |first: usize, count: usize| {
        for r in first..first + count {
            // SAFETY: the rows are this worker's alone.
            let (values, indices) = unsafe { (values.slice(r * n..(r + 1) * n), indices.slice(r * n..(r + 1) * n)) };
            let row = &x[r * n..(r + 1) * n];
            let (mut best, mut found) = (row[0], 0);
            for (k, ((x, v), i)) in (0..).zip(row.iter().zip(values).zip(indices)) {
                (best, found) = if wins(*x, best) { (*x, k) } else { (best, found) };
                (*v, *i) = (best, found);
            }
        }
    };
    let columns = |at: usize, width: usize| {
        let (mut best, mut found) = ([x[at]; SIDE], [0; SIDE]);
        best[..width].copy_from_slice(&x[at..at + width]);
        for k in 0..n {
            let part = at + k * inner..at + k * inner + width;
            // SAFETY: the columns are this worker's alone.
            let (values, indices) = unsafe { (values.slice(part.clone()), indices.slice(part.clone())) };
            for (c, x) in x[part].iter().enumerate() {
                let won = wins(*x, best[c]);
                best[c] = if won { *x } else { best[c] };
                found[c] = if won { k as i64 } else { found[c] };
                (values[c], indices[c]) = (best[c], found[c]);
            }
        }
    };
    spread(shape, rows, columns);
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHAPES: [[usize; 3]; 7] =
        [[1, 1, 1], [1, 1000, 1], [3, 7, 1], [9, 40, 1], [2, 5, 3], [3, 100, 70], [0, 3, 1]];

    fn naive<T: Copy>(x: &[T], shape: [usize; 3], f: impl Fn(T, T) -> T) -> Vec<T> {
        let [outer, n, inner] = shape;
        let mut out = x.to_vec();
        for o in 0..outer {
            for k in 1..n {
                for i in 0..inner {
                    let at = (o * n + k) * inner + i;
                    out[at] = f(out[at - inner], x[at]);
                }
            }
        }
        out
    }

    #[test]
    fn sums_and_products_match_the_definition() {
        for shape in SHAPES {
            let len = shape.iter().product::<usize>();
            let x: Vec<i64> = (0..len as i64).map(|i| i * 7919 % 101 - 50).collect();
            let mut out = vec![0; len];
            cumsum(&x, &mut out, shape);
            assert_eq!(out, naive(&x, shape, |a, b| a + b));
            cumprod(&x, &mut out, shape);
            assert_eq!(out, naive(&x, shape, i64::wrapping_mul));
            let y: Vec<f32> = x.iter().map(|x| *x as f32 * 0.1).collect();
            let wide: Vec<f64> = y.iter().map(|y| f64::from(*y)).collect();
            let mut out = vec![0.0; len];
            cumsum(&y, &mut out, shape);
            let want: Vec<f32> = naive(&wide, shape, |a, b| a + b).iter().map(|x| *x as f32).collect();
            assert_eq!(out, want);
            let z: Vec<[f32; 2]> = y.iter().map(|y| [*y, 1.0 - y]).collect();
            let mut out = z.clone();
            cumsum(&z, &mut out, shape);
            assert!(out.iter().zip(&want).all(|(o, w)| o[0] == *w));
        }
        let mut out = [[0f64; 2]; 3];
        cumprod(&[[0.0, 1.0], [0.0, 1.0], [2.0, 3.0]], &mut out, [1, 3, 1]);
        assert_eq!(out, [[0.0, 1.0], [-1.0, 0.0], [-2.0, -3.0]]);
    }

    #[test]
    fn logcumsumexp_matches_the_definition() {
        for shape in SHAPES {
            let len = shape.iter().product::<usize>();
            let x: Vec<f64> = (0..len).map(|i| (i * 7919 % 101) as f64 * 0.1 - 5.0).collect();
            let exp: Vec<f64> = x.iter().map(|x| x.exp()).collect();
            let mut out = vec![0.0; len];
            logcumsumexp(&x, &mut out, shape);
            let want = naive(&exp, shape, |a, b| a + b);
            assert!(out.iter().zip(&want).all(|(o, w)| (o - w.ln()).abs() < 1e-12));
        }
        let inf = f32::INFINITY;
        let mut out = [0f32; 4];
        logcumsumexp(&[-inf, -inf, inf, 1.0], &mut out, [1, 4, 1]);
        assert_eq!(out, [-inf, -inf, inf, inf]);
    }

    #[test]
    fn extremes_take_the_last_of_equals_and_keep_nan() {
        for shape in SHAPES {
            let len = shape.iter().product::<usize>();
            let x: Vec<(i64, i64)> =
                (0..len).map(|i| ((i * 7919 % 11) as i64, (i / shape[2] % shape[1]) as i64)).collect();
            let values: Vec<i64> = x.iter().map(|x| x.0).collect();
            let (mut v, mut i) = (vec![0; len], vec![0; len]);
            for min in [false, true] {
                cummax(&values, &mut v, &mut i, shape, min);
                let want = naive(&x, shape, |a, b| if (b.0 >= a.0) != min || b.0 == a.0 { b } else { a });
                assert!(v.iter().zip(&i).zip(&want).all(|((v, i), w)| (*v, *i) == *w));
            }
        }
        let (mut v, mut i) = ([0f32; 4], [0; 4]);
        cummax(&[1.0, f32::NAN, 5.0, f32::NAN], &mut v, &mut i, [1, 4, 1], false);
        assert!(v[0] == 1.0 && v[1..].iter().all(|v| f32::is_nan(*v)));
        assert_eq!(i, [0, 1, 1, 3]);
    }
}

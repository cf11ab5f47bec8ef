//! Products of integers (which wrap around) and of complex numbers, in plain loops.

use super::{Bias, Gemm, batch_offsets};
use crate::dtype::DType;
use crate::pool::{SendPtr, parallel_for};

/// A number with the two operations of a matrix product.
trait Number: Copy + Send + Sync + 'static {
    const ZERO: Self;
    fn plus(self, other: Self) -> Self;
    fn times(self, other: Self) -> Self;
    fn from_alpha(alpha: f64) -> Self;
}

macro_rules! integer {
    ($($t:ident)*) => {$(
        impl Number for $t {
            const ZERO: Self = 0;
            fn plus(self, other: Self) -> Self {
                self.wrapping_add(other)
            }
            fn times(self, other: Self) -> Self {
                self.wrapping_mul(other)
            }
            fn from_alpha(alpha: f64) -> Self {
                alpha as i64 as $t
            }
        }
    )*};
}
integer!(u8 i8 i16 i32 i64);

macro_rules! complex {
    ($($t:ident)*) => {$(
        impl Number for [$t; 2] {
            const ZERO: Self = [0.0; 2];
            fn plus(self, other: Self) -> Self {
                [self[0] + other[0], self[1] + other[1]]
            }
            fn times(self, other: Self) -> Self {
                [self[0] * other[0] - self[1] * other[1], self[0] * other[1] + self[1] * other[0]]
            }
            fn from_alpha(alpha: f64) -> Self {
                [alpha as $t, 0.0]
            }
        }
    )*};
}
complex!(f32 f64);

/// # Safety
/// As for [`super::gemm`].
pub(super) unsafe fn gemm(g: &Gemm, a: *const u8, b: *const u8, c: *mut u8, bias: Bias) {
    // SAFETY: the caller's promise, with the type that `g` names.
    unsafe {
        match g.dtype {
            DType::U8 | DType::Bool => typed::<u8>(g, a, b, c, bias),
            DType::I8 => typed::<i8>(g, a, b, c, bias),
            DType::I16 => typed::<i16>(g, a, b, c, bias),
            DType::I32 => typed::<i32>(g, a, b, c, bias),
            DType::C64 => typed::<[f32; 2]>(g, a, b, c, bias),
            DType::C128 => typed::<[f64; 2]>(g, a, b, c, bias),
            _ => typed::<i64>(g, a, b, c, bias),
        }
    }
}

/// Columns that are summed at a time.
const COLS: usize = 64;

unsafe fn typed<N: Number>(g: &Gemm, a: *const u8, b: *const u8, c: *mut u8, bias: Bias) {
    let count: usize = g.batch.iter().map(|d| d.size).product();
    if g.m == 0 || g.n == 0 || count == 0 {
        return;
    }
    let (a, b, c) = (SendPtr(a.cast_mut().cast::<N>()), SendPtr(b.cast_mut().cast::<N>()), SendPtr(c.cast::<N>()));
    let (column, row) = match bias {
        Bias::None => (None, None),
        Bias::Column(p, stride) => (Some((SendPtr(p.cast_mut().cast::<N>()), stride)), None),
        Bias::Row(p, stride) => (None, Some((SendPtr(p.cast_mut().cast::<N>()), stride))),
    };
    let alpha = N::from_alpha(g.alpha);
    let group = (4096 / (g.n * g.k.max(1))).clamp(1, g.m);
    let groups = g.m.div_ceil(group);
    parallel_for(count * groups, |t| {
        let (oa, ob, oc) = batch_offsets(g.batch, t / groups);
        for i in t % groups * group..((t % groups + 1) * group).min(g.m) {
            for first in (0..g.n).step_by(COLS) {
                let cols = COLS.min(g.n - first);
                let mut sums = [N::ZERO; COLS];
                // SAFETY: the caller's promise; every task writes rows of its own.
                unsafe {
                    for p in 0..g.k {
                        let x = *a.get().offset(oa + i as isize * g.a.0 + p as isize * g.a.1);
                        let from = ob + p as isize * g.b.0 + first as isize * g.b.1;
                        for (j, sum) in sums[..cols].iter_mut().enumerate() {
                            *sum = sum.plus(x.times(*b.get().offset(from + j as isize * g.b.1)));
                        }
                    }
                    for (j, sum) in sums[..cols].iter().enumerate() {
                        let to = c.get().offset(oc + i as isize * g.c.0 + (first + j) as isize * g.c.1);
                        let mut x = if g.alpha == 1.0 { *sum } else { alpha.times(*sum) };
                        if g.accumulate {
                            x = x.plus(*to);
                        }
                        if let Some((p, stride)) = column {
                            x = x.plus(*p.get().offset((first + j) as isize * stride));
                        }
                        if let Some((p, stride)) = row {
                            x = x.plus(*p.get().offset(i as isize * stride));
                        }
                        *to = x;
                    }
                }
            }
        }
    });
}

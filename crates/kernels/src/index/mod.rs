//! Reading and writing at indices along one dimension: `index_select`, `gather`, `scatter`, `index_add` and the gradient
//! of an embedding. Tensors are seen as `[outer, n, inner]`; indices are checked by the caller ([`bad_index`]) and may
//! count from the end. Every element of the destination is written by one thread, in the order of the sources.

mod rows;

pub use rows::{add_rows, index_add, index_copy, index_select};

use crate::lane::int::Bool;
use crate::pool::{SendPtr, parallel_chunks};
use half::{bf16, f16};

/// Elements that make up one piece of work.
const GRAIN: usize = 1 << 14;

/// The first index that is not in `-n..n` (or `0..n` where counting from the end is not allowed).
pub fn bad_index(index: &[i64], n: usize, from_end: bool) -> Option<i64> {
    let n = n as i64;
    let low = if from_end { -n } else { 0 };
    index.iter().copied().find(|i| !(low..n).contains(i))
}

/// The place that an index in `-n..n` means.
#[inline(always)]
fn place(index: i64, n: usize) -> usize {
    let i = if index < 0 { index + n as i64 } else { index } as usize;
    assert!(i < n, "index: out of range");
    i
}

/// What a scatter does with a value and the element that is there. NaN wins in `Max` and `Min`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Combine {
    /// Replace it; the last source wins.
    Assign,
    /// Add, wrapping for integers, *or* for bool.
    Add,
    /// Multiply, *and* for bool.
    Mul,
    /// The larger.
    Max,
    /// The smaller.
    Min,
}

/// An element that can be combined with another.
pub trait Accumulate: Copy + Send + Sync + 'static {
    /// The sum.
    fn plus(self, other: Self) -> Self;
    /// The product.
    fn times(self, other: Self) -> Self;
    /// The larger; NaN if either is.
    fn larger(self, other: Self) -> Self;
    /// The smaller; NaN if either is.
    fn smaller(self, other: Self) -> Self;
}

macro_rules! accumulate {
    ($($t:ty, $a:ident, $b:ident => $plus:expr, $times:expr, $nan:expr);*) => {$(
        impl Accumulate for $t {
            #[inline(always)]
            fn plus(self, $b: Self) -> Self { let $a = self; $plus }
            #[inline(always)]
            fn times(self, $b: Self) -> Self { let $a = self; $times }
            #[inline(always)]
            fn larger(self, $b: Self) -> Self { let $a = self; if $nan || $a > $b { $a } else { $b } }
            #[inline(always)]
            fn smaller(self, $b: Self) -> Self { let $a = self; if $nan || $a < $b { $a } else { $b } }
        }
    )*};
}
accumulate!(
    u8, a, b => a.wrapping_add(b), a.wrapping_mul(b), false;
    i8, a, b => a.wrapping_add(b), a.wrapping_mul(b), false;
    i16, a, b => a.wrapping_add(b), a.wrapping_mul(b), false;
    i32, a, b => a.wrapping_add(b), a.wrapping_mul(b), false;
    i64, a, b => a.wrapping_add(b), a.wrapping_mul(b), false;
    Bool, a, b => a + b, a * b, false;
    f32, a, b => a + b, a * b, a.is_nan();
    f64, a, b => a + b, a * b, a.is_nan();
    f16, a, b => f16::from_f32(a.to_f32() + b.to_f32()), f16::from_f32(a.to_f32() * b.to_f32()), a.is_nan();
    bf16, a, b => bf16::from_f32(a.to_f32() + b.to_f32()), bf16::from_f32(a.to_f32() * b.to_f32()), a.is_nan()
);

macro_rules! accumulate_complex {
    ($($t:ty),*) => {$(
        /// Complex numbers have no order: `larger` and `smaller` keep what is there.
        impl Accumulate for [$t; 2] {
            #[inline(always)]
            fn plus(self, b: Self) -> Self { [self[0] + b[0], self[1] + b[1]] }
            #[inline(always)]
            fn times(self, b: Self) -> Self {
                [self[0] * b[0] - self[1] * b[1], self[0] * b[1] + self[1] * b[0]]
            }
            #[inline(always)]
            fn larger(self, _: Self) -> Self { self }
            #[inline(always)]
            fn smaller(self, _: Self) -> Self { self }
        }
    )*};
}
accumulate_complex!(f32, f64);

/// `out[o, j, i] = src[o, index[o, j, i], i]`: `src` is `[outer, n, inner]`, `index` and `out` `[outer, m, inner]`.
pub fn gather<T: Copy + Send + Sync>(src: &[T], shape: [usize; 3], index: &[i64], m: usize, out: &mut [T]) {
    let [outer, n, inner] = shape;
    assert!(src.len() == outer * n * inner && index.len() == outer * m * inner, "gather: lengths of the shapes");
    assert_eq!(out.len(), index.len(), "gather: as many results as indices");
    let ptr = SendPtr(out.as_mut_ptr());
    let block = m * inner;
    parallel_chunks(out.len(), GRAIN, |range| {
        // SAFETY: ranges do not overlap.
        let out = unsafe { ptr.slice(range.clone()) };
        if inner == 1 {
            for (t, out) in range.zip(out) {
                *out = src[t / block * n + place(index[t], n)];
            }
            return;
        }
        let (mut o, mut i) = (range.start / block, range.start % inner);
        let mut left = block - range.start % block;
        for (t, out) in range.zip(out) {
            *out = src[(o * n + place(index[t], n)) * inner + i];
            i = if i + 1 == inner { 0 } else { i + 1 };
            left -= 1;
            if left == 0 {
                (o, left) = (o + 1, block);
            }
        }
    });
}

/// `dst[o, index[o, j, i], i] = combine(dst[…], src[o, j, i])` for j in order: `dst` is `[outer, n, inner]`, `index` and
/// `src` `[outer, m, inner]`.
pub fn scatter<T: Accumulate>(dst: &mut [T], shape: [usize; 3], index: &[i64], m: usize, src: &[T], combine: Combine) {
    match combine {
        Combine::Assign => scatter_with(dst, shape, index, m, src, |_, b| b),
        Combine::Add => scatter_with(dst, shape, index, m, src, T::plus),
        Combine::Mul => scatter_with(dst, shape, index, m, src, T::times),
        Combine::Max => scatter_with(dst, shape, index, m, src, T::larger),
        Combine::Min => scatter_with(dst, shape, index, m, src, T::smaller),
    }
}

fn scatter_with<T: Copy + Send + Sync>(
    dst: &mut [T],
    shape: [usize; 3],
    index: &[i64],
    m: usize,
    src: &[T],
    f: impl Fn(T, T) -> T + Sync,
) {
    let [outer, n, inner] = shape;
    assert!(dst.len() == outer * n * inner && index.len() == outer * m * inner, "scatter: lengths of the shapes");
    assert_eq!(src.len(), index.len(), "scatter: as many values as indices");
    let dst = SendPtr(dst.as_mut_ptr());
    // A tile of columns is one worker's: no two workers meet in the destination.
    let width = inner.clamp(1, 32);
    let tiles = inner.div_ceil(width);
    parallel_chunks(outer * tiles, (GRAIN / (m * width).max(1)).max(1), |range| {
        for t in range {
            let (o, first) = (t / tiles, t % tiles * width);
            let width = width.min(inner - first);
            for j in 0..m {
                let at = (o * m + j) * inner + first;
                for (c, (i, x)) in index[at..at + width].iter().zip(&src[at..at + width]).enumerate() {
                    // SAFETY: `place` is below n, so the element lies in row o and in this tile's columns.
                    unsafe {
                        let d = dst.get().add((o * n + place(*i, n)) * inner + first + c);
                        *d = f(*d, *x);
                    }
                }
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(n: usize, range: i64) -> Vec<i64> {
        let mut state = 88172645463325252u64;
        (0..n)
            .map(|_| {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                (state % (2 * range as u64)) as i64 - range
            })
            .collect()
    }

    #[test]
    fn gather_and_scatter_match_the_definition() {
        for (outer, n, m, inner) in [(1, 5, 7, 1), (3, 4, 9, 2), (2, 300, 500, 70), (1, 10, 40_000, 1), (40, 9, 8, 100)]
        {
            let index = noise(outer * m * inner, n as i64);
            let src: Vec<f64> = (0..outer * n * inner).map(|i| i as f64).collect();
            let mut out = vec![0.0; index.len()];
            gather(&src, [outer, n, inner], &index, m, &mut out);
            let whole = |t: usize| {
                let (o, i) = (t / (m * inner), t % inner);
                (o * n + index[t].rem_euclid(n as i64) as usize) * inner + i
            };
            assert!((0..out.len()).all(|t| out[t] == src[whole(t)]));
            let values: Vec<f64> = (0..out.len()).map(|t| ((t * 7919) % 1013) as f64 - 500.0).collect();
            for (combine, f) in [
                (Combine::Assign, (|_, b| b) as fn(f64, f64) -> f64),
                (Combine::Add, |a, b| a + b),
                (Combine::Mul, |a, b| a * b),
                (Combine::Max, f64::max),
                (Combine::Min, f64::min),
            ] {
                let (mut got, mut want) = (src.clone(), src.clone());
                scatter(&mut got, [outer, n, inner], &index, m, &values, combine);
                (0..out.len()).for_each(|t| want[whole(t)] = f(want[whole(t)], values[t]));
                let same = got.iter().zip(&want).all(|(a, b)| a == b || (a.is_nan() && b.is_nan()));
                assert!(same, "{combine:?}");
            }
        }
    }

    #[test]
    fn nan_wins_and_bad_indices_are_named() {
        let mut x = [1.0f32, f32::NAN, 3.0];
        scatter(&mut x, [1, 3, 1], &[0, 1], 2, &[f32::NAN, 5.0], Combine::Max);
        assert!(x[0].is_nan() && x[1].is_nan() && x[2] == 3.0);
        assert_eq!(bad_index(&[0, 4, 5], 5, false), Some(5));
        assert_eq!(bad_index(&[-5, 4], 5, true), None);
        assert_eq!(bad_index(&[-5, 4], 5, false), Some(-5));
    }
}

//! Batch norm over `[batch, channels, inner]`: statistics of each channel, the normalisation, and the way back.

use crate::dispatch;
use crate::pool::{SendPtr, parallel_chunks};
use crate::rowmath::{Compute, Real, fold, fold2};

/// Numbers that a task works on, about.
const GRAIN: usize = 1 << 15;

/// `[batch, channels, inner]`.
pub type Sizes = [usize; 3];

fn add<C: Compute>(a: C, b: C) -> C {
    a + b
}

/// The mean of each channel, and the sum of squares of what is left of it.
pub fn statistics<T: Real>(x: &[T], sizes: Sizes, mean: &mut [T::C], square: &mut [T::C]) {
    let [batch, channels, inner] = sizes;
    assert!(
        x.len() == batch * channels * inner && mean.len() == channels && square.len() == channels,
        "batch_norm: sizes"
    );
    let (mean, square) = (SendPtr(mean.as_mut_ptr()), SendPtr(square.as_mut_ptr()));
    parallel_chunks(channels, (GRAIN / (batch * inner).max(1)).max(1), |range| {
        // SAFETY: ranges of channels do not overlap.
        let (mean, square) = unsafe { (mean.slice(range.clone()), square.slice(range.clone())) };
        channel_statistics(x, sizes, range.start, mean, square);
    });
}

#[inline(always)]
fn channel_statistics_body<T: Real>(x: &[T], sizes: Sizes, first: usize, mean: &mut [T::C], square: &mut [T::C]) {
    let [batch, channels, inner] = sizes;
    let count = T::C::from_f64((batch * inner) as f64);
    if inner < 8 {
        // Row by row, so that memory is read in order.
        mean.fill(T::C::ZERO);
        square.fill(T::C::ZERO);
        if batch * inner == 0 {
            return;
        }
        for n in 0..batch {
            let row = &x[(n * channels + first) * inner..][..mean.len() * inner];
            for (m, part) in mean.iter_mut().zip(row.chunks_exact(inner)) {
                for x in part {
                    *m = *m + x.load();
                }
            }
        }
        mean.iter_mut().for_each(|m| *m = *m / count);
        for n in 0..batch {
            let row = &x[(n * channels + first) * inner..][..mean.len() * inner];
            for ((m, s), part) in mean.iter().zip(&mut *square).zip(row.chunks_exact(inner)) {
                for x in part {
                    let d = x.load() - *m;
                    *s = d.fma(d, *s);
                }
            }
        }
        return;
    }
    for (c, (m, s)) in mean.iter_mut().zip(square).enumerate() {
        let part = |n: usize| &x[(n * channels + first + c) * inner..][..inner];
        let mut sum = T::C::ZERO;
        for n in 0..batch {
            sum = sum + fold(part(n), T::C::ZERO, add, add);
        }
        let middle = sum / count;
        let step = |a: T::C, x: T::C| {
            let d = x - middle;
            d.fma(d, a)
        };
        let mut sum = T::C::ZERO;
        for n in 0..batch {
            sum = sum + fold(part(n), T::C::ZERO, step, add);
        }
        (*m, *s) = (middle, sum);
    }
}
dispatch!(fn channel_statistics<T: Real>(x: &[T], sizes: Sizes, first: usize, mean: &mut [T::C], square: &mut [T::C]) = channel_statistics_body);

/// `out = x · scale + shift`, both of each channel.
pub fn scale_shift<T: Real>(x: &[T], sizes: Sizes, scale: &[T::C], shift: &[T::C], out: &mut [T]) {
    let [batch, channels, inner] = sizes;
    assert!(x.len() == batch * channels * inner && out.len() == x.len(), "batch_norm: sizes");
    assert!(scale.len() == channels && shift.len() == channels, "batch_norm: sizes");
    let out = SendPtr(out.as_mut_ptr());
    parallel_chunks(batch * channels, (GRAIN / inner.max(1)).max(1), |range| {
        // SAFETY: ranges of planes do not overlap.
        let to = unsafe { out.slice(range.start * inner..range.end * inner) };
        planes(&x[range.start * inner..range.end * inner], inner, range.start, scale, shift, to);
    });
}

#[inline(always)]
fn planes_body<T: Real>(x: &[T], inner: usize, first: usize, scale: &[T::C], shift: &[T::C], out: &mut [T]) {
    if inner == 0 {
        return;
    }
    for (i, (x, out)) in x.chunks_exact(inner).zip(out.chunks_exact_mut(inner)).enumerate() {
        let c = (first + i) % scale.len();
        let (a, b) = (scale[c], shift[c]);
        for (out, x) in out.iter_mut().zip(x) {
            *out = T::store(x.load().fma(a, b));
        }
    }
}
dispatch!(fn planes<T: Real>(x: &[T], inner: usize, first: usize, scale: &[T::C], shift: &[T::C], out: &mut [T]) = planes_body);

/// For each channel the sums of `dy` and of `dy · (x − mean)`.
pub fn gradient_sums<T: Real>(x: &[T], dy: &[T], sizes: Sizes, mean: &[T::C], dot: &mut [T::C], sum: &mut [T::C]) {
    let [batch, channels, inner] = sizes;
    assert!(x.len() == batch * channels * inner && dy.len() == x.len(), "batch_norm: sizes");
    assert!(mean.len() == channels && dot.len() == channels && sum.len() == channels, "batch_norm: sizes");
    let (dot, sum) = (SendPtr(dot.as_mut_ptr()), SendPtr(sum.as_mut_ptr()));
    parallel_chunks(channels, (GRAIN / (batch * inner).max(1)).max(1), |range| {
        // SAFETY: ranges of channels do not overlap.
        let (dot, sum) = unsafe { (dot.slice(range.clone()), sum.slice(range.clone())) };
        channel_sums(x, dy, sizes, range.start, &mean[range], dot, sum);
    });
}

#[inline(always)]
fn channel_sums_body<T: Real>(
    x: &[T],
    dy: &[T],
    sizes: Sizes,
    first: usize,
    mean: &[T::C],
    dot: &mut [T::C],
    sum: &mut [T::C],
) {
    let [batch, channels, inner] = sizes;
    dot.fill(T::C::ZERO);
    sum.fill(T::C::ZERO);
    for n in 0..batch {
        for (c, ((dot, sum), mean)) in dot.iter_mut().zip(&mut *sum).zip(mean).enumerate() {
            let at = (n * channels + first + c) * inner;
            let (x, dy) = (&x[at..at + inner], &dy[at..at + inner]);
            if inner < 8 {
                for (x, dy) in x.iter().zip(dy) {
                    *dot = dy.load().fma(x.load() - *mean, *dot);
                    *sum = *sum + dy.load();
                }
            } else {
                *dot = *dot + fold2(x, dy, T::C::ZERO, |a, x, dy| dy.fma(x - *mean, a), add);
                *sum = *sum + fold(dy, T::C::ZERO, add, add);
            }
        }
    }
}
dispatch!(fn channel_sums<T: Real>(x: &[T], dy: &[T], sizes: Sizes, first: usize, mean: &[T::C], dot: &mut [T::C], sum: &mut [T::C]) = channel_sums_body);

/// `dx = dy · a + x · b + c`, all three of each channel.
pub fn combine<T: Real>(x: &[T], dy: &[T], sizes: Sizes, [a, b, c]: [&[T::C]; 3], dx: &mut [T]) {
    let [batch, channels, inner] = sizes;
    assert!(x.len() == batch * channels * inner && dy.len() == x.len() && dx.len() == x.len(), "batch_norm: sizes");
    let dx = SendPtr(dx.as_mut_ptr());
    parallel_chunks(batch * channels, (GRAIN / inner.max(1)).max(1), |range| {
        let part = range.start * inner..range.end * inner;
        // SAFETY: ranges of planes do not overlap.
        let to = unsafe { dx.slice(part.clone()) };
        combine_planes(&x[part.clone()], &dy[part], inner, range.start, a, b, c, to);
    });
}

#[inline(always)]
#[allow(clippy::too_many_arguments)]
fn combine_planes_body<T: Real>(
    x: &[T],
    dy: &[T],
    inner: usize,
    first: usize,
    a: &[T::C],
    b: &[T::C],
    c: &[T::C],
    out: &mut [T],
) {
    if inner == 0 {
        return;
    }
    for (i, ((x, dy), out)) in
        x.chunks_exact(inner).zip(dy.chunks_exact(inner)).zip(out.chunks_exact_mut(inner)).enumerate()
    {
        let at = (first + i) % a.len();
        let (a, b, c) = (a[at], b[at], c[at]);
        for ((out, x), dy) in out.iter_mut().zip(x).zip(dy) {
            *out = T::store(dy.load().fma(a, x.load().fma(b, c)));
        }
    }
}
dispatch!(fn combine_planes<T: Real>(x: &[T], dy: &[T], inner: usize, first: usize, a: &[T::C], b: &[T::C], c: &[T::C], out: &mut [T]) = combine_planes_body);

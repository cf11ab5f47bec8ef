//! Softmax, log-softmax and logsumexp with their derivatives over the middle dimension of `[outer, n, inner]`. Rows that
//! lie together (`inner == 1`) are done in two passes while they are in the cache; others in tiles of columns.

use crate::dispatch;
use crate::pool::{SendPtr, parallel_chunks};
use crate::rowmath::{Compute, Real, fold2, map_sum, max, sum};

/// Elements that make up one piece of work.
pub(crate) const GRAIN: usize = 1 << 15;
/// Columns that are done side by side where `inner > 1`.
const TILE: usize = 64;

/// Rows of `n` in one piece of work.
pub(crate) fn row_grain(n: usize) -> usize {
    (GRAIN / n.max(1)).max(1)
}

fn check(len: usize, shape: [usize; 3], what: &str) {
    assert_eq!(len, shape.iter().product::<usize>(), "{what}: the slice has the length of its shape");
}

/// Runs `row(start)` over the rows of `[outer, n]`, or `columns(start, width)` over tiles of columns of
/// `[outer, n, inner]`, on the pool.
fn over_rows(shape: [usize; 3], row: impl Fn(usize) + Sync, columns: impl Fn(usize, usize) + Sync) {
    let [outer, n, inner] = shape;
    if n == 0 {
        return;
    }
    if inner == 1 {
        parallel_chunks(outer, row_grain(n), |rows| rows.for_each(|r| row(r * n)));
        return;
    }
    let tiles = inner.div_ceil(TILE);
    parallel_chunks(outer * tiles, row_grain(n * TILE.min(inner)), |range| {
        for t in range {
            let (o, first) = (t / tiles, t % tiles * TILE);
            columns(o * n * inner + first, TILE.min(inner - first));
        }
    });
}

/// `softmax(x)` over the middle dimension of `shape`, or its logarithm.
pub fn softmax<T: Real>(x: &[T], out: &mut [T], shape: [usize; 3], log: bool) {
    check(x.len(), shape, "softmax");
    check(out.len(), shape, "softmax");
    let (ptr, [_, n, inner]) = (SendPtr(out.as_mut_ptr()), shape);
    over_rows(
        shape,
        |at| {
            // SAFETY: rows do not overlap.
            let out = unsafe { ptr.slice(at..at + n) };
            if log { log_row(&x[at..at + n], out) } else { row(&x[at..at + n], out) }
        },
        |at, width| softmax_columns(x, ptr, at, n, inner, width, log),
    );
}

#[inline(always)]
fn row_body<T: Real>(x: &[T], out: &mut [T]) {
    let top = max(x);
    if T::SAME {
        let total = map_sum(x, out, |x| (x - top).exp());
        let scale = T::C::ONE / total;
        out.iter_mut().for_each(|y| *y = T::store(y.load() * scale));
    } else {
        // The halves would round the exponentials before they are scaled.
        let scale = T::C::ONE / sum(x, |x| (x - top).exp());
        x.iter().zip(out).for_each(|(x, y)| *y = T::store((x.load() - top).exp() * scale));
    }
}
dispatch!(fn row<T: Real>(x: &[T], out: &mut [T]) = row_body);

#[inline(always)]
fn log_row_body<T: Real>(x: &[T], out: &mut [T]) {
    let top = max(x);
    let log = sum(x, |x| (x - top).exp()).ln();
    x.iter().zip(out).for_each(|(x, y)| *y = T::store(x.load() - top - log));
}
dispatch!(fn log_row<T: Real>(x: &[T], out: &mut [T]) = log_row_body);

/// Maxima and sums of exponentials of `width` columns.
#[inline(always)]
fn column_sums<T: Real>(x: &[T], at: usize, n: usize, inner: usize, width: usize) -> ([T::C; TILE], [T::C; TILE]) {
    let (mut top, mut total) = ([T::C::LOWEST; TILE], [T::C::ZERO; TILE]);
    for k in 0..n {
        for (top, x) in top.iter_mut().zip(&x[at + k * inner..][..width]) {
            let x = x.load();
            *top = if x > *top { x } else { *top };
        }
    }
    for k in 0..n {
        for ((total, top), x) in total.iter_mut().zip(&top).zip(&x[at + k * inner..][..width]) {
            *total = *total + (x.load() - *top).exp();
        }
    }
    (top, total)
}

#[inline(always)]
fn softmax_columns_body<T: Real>(x: &[T], out: SendPtr<T>, at: usize, n: usize, inner: usize, width: usize, log: bool) {
    let (top, mut total) = column_sums(x, at, n, inner, width);
    for t in &mut total[..width] {
        *t = if log { t.ln() } else { T::C::ONE / *t };
    }
    for k in 0..n {
        let start = at + k * inner;
        // SAFETY: tiles of columns do not overlap.
        let out = unsafe { out.slice(start..start + width) };
        for (((y, x), top), total) in out.iter_mut().zip(&x[start..][..width]).zip(&top).zip(&total) {
            let shifted = x.load() - *top;
            *y = T::store(if log { shifted - *total } else { shifted.exp() * *total });
        }
    }
}
dispatch!(fn softmax_columns<T: Real>(x: &[T], out: SendPtr<T>, at: usize, n: usize, inner: usize, width: usize, log: bool) = softmax_columns_body);

/// The gradient of [`softmax`] from its result `y` and the gradient `dy`.
pub fn softmax_backward<T: Real>(y: &[T], dy: &[T], dx: &mut [T], shape: [usize; 3], log: bool) {
    check(y.len(), shape, "softmax_backward");
    check(dy.len(), shape, "softmax_backward");
    check(dx.len(), shape, "softmax_backward");
    let (ptr, [_, n, inner]) = (SendPtr(dx.as_mut_ptr()), shape);
    over_rows(
        shape,
        |at| {
            // SAFETY: rows do not overlap.
            row_backward(&y[at..at + n], &dy[at..at + n], unsafe { ptr.slice(at..at + n) }, log);
        },
        |at, width| columns_backward(y, dy, ptr, at, n, inner, width, log),
    );
}

#[inline(always)]
fn row_backward_body<T: Real>(y: &[T], dy: &[T], dx: &mut [T], log: bool) {
    if log {
        let total = sum(dy, |g| g);
        for ((dx, y), g) in dx.iter_mut().zip(y).zip(dy) {
            *dx = T::store((-y.load().exp()).fma(total, g.load()));
        }
    } else {
        let dot = fold2(y, dy, T::C::ZERO, |a, y, g| y.fma(g, a), |a, b| a + b);
        for ((dx, y), g) in dx.iter_mut().zip(y).zip(dy) {
            *dx = T::store((g.load() - dot) * y.load());
        }
    }
}
dispatch!(fn row_backward<T: Real>(y: &[T], dy: &[T], dx: &mut [T], log: bool) = row_backward_body);

#[inline(always)]
#[allow(clippy::too_many_arguments)]
fn columns_backward_body<T: Real>(
    y: &[T],
    dy: &[T],
    dx: SendPtr<T>,
    at: usize,
    n: usize,
    inner: usize,
    width: usize,
    log: bool,
) {
    let mut total = [T::C::ZERO; TILE];
    for k in 0..n {
        let start = at + k * inner;
        for ((total, y), g) in total.iter_mut().zip(&y[start..][..width]).zip(&dy[start..][..width]) {
            *total = if log { *total + g.load() } else { y.load().fma(g.load(), *total) };
        }
    }
    for k in 0..n {
        let start = at + k * inner;
        // SAFETY: tiles of columns do not overlap.
        let dx = unsafe { dx.slice(start..start + width) };
        for (((dx, y), g), total) in dx.iter_mut().zip(&y[start..][..width]).zip(&dy[start..][..width]).zip(&total) {
            let (y, g) = (y.load(), g.load());
            *dx = T::store(if log { (-y.exp()).fma(*total, g) } else { (g - *total) * y });
        }
    }
}
dispatch!(fn columns_backward<T: Real>(y: &[T], dy: &[T], dx: SendPtr<T>, at: usize, n: usize, inner: usize, width: usize, log: bool) = columns_backward_body);

/// `logsumexp` over the middle dimension of `shape`; `out` is `[outer, inner]`. Rows of nothing but minus infinity give
/// minus infinity, rows with an infinity give infinity.
pub fn logsumexp<T: Real>(x: &[T], out: &mut [T], shape: [usize; 3]) {
    let [outer, n, inner] = shape;
    check(x.len(), shape, "logsumexp");
    check(out.len(), [outer, 1, inner], "logsumexp");
    if n == 0 {
        out.fill(T::store(T::C::LOWEST));
        return;
    }
    let ptr = SendPtr(out.as_mut_ptr());
    over_rows(
        shape,
        |at| {
            // SAFETY: each row has a place of its own.
            unsafe { *ptr.get().add(at / n) = T::store(row_logsumexp(&x[at..at + n])) };
        },
        |at, width| {
            let (o, first) = (at / (n * inner), at % (n * inner));
            // SAFETY: tiles of columns do not overlap.
            columns_logsumexp(x, unsafe { ptr.slice(o * inner + first..o * inner + first + width) }, at, n, inner);
        },
    );
}

/// `top + ln(total)`, where an infinite maximum is the answer itself.
#[inline(always)]
fn finish<C: Compute>(top: C, total: C) -> C {
    if top == C::LOWEST || top == -C::LOWEST { top } else { top + total.ln() }
}

#[inline(always)]
pub(crate) fn logsumexp_body<T: Real>(x: &[T]) -> T::C {
    let top = max(x);
    let total = sum(x, |x| (x - top).exp());
    // A maximum of minus infinity also stands for a row of NaNs; their sum tells.
    if top == T::C::LOWEST && x.iter().any(|x| x.load() != T::C::LOWEST) { total } else { finish(top, total) }
}
dispatch!(pub(crate) fn row_logsumexp<T: Real>(x: &[T]) -> T::C = logsumexp_body);

#[inline(always)]
fn columns_logsumexp_body<T: Real>(x: &[T], out: &mut [T], at: usize, n: usize, inner: usize) {
    let (top, total) = column_sums(x, at, n, inner, out.len());
    for (c, y) in out.iter_mut().enumerate() {
        let nan = top[c] == T::C::LOWEST && (0..n).any(|k| x[at + k * inner + c].load() != T::C::LOWEST);
        *y = T::store(if nan { total[c] } else { finish(top[c], total[c]) });
    }
}
dispatch!(fn columns_logsumexp<T: Real>(x: &[T], out: &mut [T], at: usize, n: usize, inner: usize) = columns_logsumexp_body);

#[cfg(test)]
mod tests {
    use super::*;

    fn wave(n: usize, k: f64) -> Vec<f64> {
        (0..n).map(|i| 3.0 * (i as f64 * k + k).sin()).collect()
    }

    fn cast<T: Real>(x: &[f64]) -> Vec<T> {
        x.iter().map(|x| T::store(T::C::from_f64(*x))).collect()
    }

    fn close<T: Real>(got: &[T], want: &[f64], tolerance: f64) {
        assert_eq!(got.len(), want.len());
        for (i, (g, w)) in got.iter().zip(want).enumerate() {
            assert!((g.load().to_f64() - w).abs() <= tolerance, "{i}: {} {w}", g.load().to_f64());
        }
    }

    fn matches<T: Real>(tolerance: f64) {
        for shape in [[1, 1, 1], [3, 5, 1], [2, 1000, 1], [70, 129, 1], [2, 7, 3], [3, 4, 100], [1, 300, 65]] {
            let [outer, n, inner] = shape;
            let len = outer * n * inner;
            let x: Vec<T> = cast(&wave(len, 0.37));
            let dy: Vec<T> = cast(&wave(len, 0.73));
            let at = |o: usize, k: usize, i: usize| (o * n + k) * inner + i;
            let get = |x: &[T], j: usize| x[j].load().to_f64();
            let (mut y, mut ly, mut lse) = (vec![0.0; len], vec![0.0; len], vec![0.0; outer * inner]);
            let (mut dx, mut dlx) = (vec![0.0; len], vec![0.0; len]);
            for o in 0..outer {
                for i in 0..inner {
                    let total: f64 = (0..n).map(|k| get(&x, at(o, k, i)).exp()).sum();
                    lse[o * inner + i] = total.ln();
                    let (mut dot, mut all) = (0.0, 0.0);
                    for j in (0..n).map(|k| at(o, k, i)) {
                        y[j] = get(&x, j).exp() / total;
                        ly[j] = y[j].ln();
                        dot += y[j] * get(&dy, j);
                        all += get(&dy, j);
                    }
                    for j in (0..n).map(|k| at(o, k, i)) {
                        dx[j] = (get(&dy, j) - dot) * y[j];
                        dlx[j] = get(&dy, j) - y[j] * all;
                    }
                }
            }
            let mut out: Vec<T> = cast(&vec![0.0; len]);
            softmax(&x, &mut out, shape, false);
            close(&out, &y, tolerance);
            softmax_backward(&cast(&y), &dy, &mut out, shape, false);
            close(&out, &dx, tolerance * 4.0);
            softmax(&x, &mut out, shape, true);
            close(&out, &ly, tolerance * 10.0);
            softmax_backward(&cast(&ly), &dy, &mut out, shape, true);
            close(&out, &dlx, tolerance * 30.0);
            let mut out: Vec<T> = cast(&vec![0.0; outer * inner]);
            logsumexp(&x, &mut out, shape);
            close(&out, &lse, tolerance * 10.0);
        }
    }

    #[test]
    fn rows_and_columns_match_the_formulas() {
        matches::<f32>(1e-6);
        matches::<f64>(1e-14);
        matches::<half::f16>(2e-3);
        matches::<half::bf16>(1e-2);
    }

    #[test]
    fn infinities_follow_pytorch() {
        let inf = f32::INFINITY;
        for inner in [1, 2] {
            let shape = [1, 2 / inner, inner];
            let mut out = [0f32; 2];
            for (x, want) in [([-inf, -inf], -inf), ([inf, inf], inf)] {
                logsumexp(&x, &mut out[..if inner == 1 { 1 } else { 2 }], shape);
                assert_eq!(out[0], want);
            }
            logsumexp(&[f32::NAN, f32::NAN], &mut out[..if inner == 1 { 1 } else { 2 }], shape);
            assert!(out[0].is_nan());
        }
        let mut out = [0f32; 2];
        softmax(&[-inf, 0.0], &mut out, [1, 2, 1], false);
        assert_eq!(out, [0.0, 1.0]);
        softmax(&[-inf, -inf], &mut out, [1, 2, 1], false);
        assert!(out[0].is_nan());
    }
}

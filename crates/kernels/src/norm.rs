//! Layer norm and RMS norm over rows, forward and backward. Weight gradients are summed over fixed blocks of rows and the
//! blocks then added in order, so that they do not depend on the number of threads.

use crate::dispatch;
use crate::pool::{SendPtr, parallel_chunks};
use crate::rowmath::{Compute, Real, fold, fold2};
use crate::softmax::row_grain;

/// The blocks of rows that weight gradients are summed over: at most this many, so that adding them is cheap.
const BLOCKS: usize = 64;
/// Rows in one block at least.
const BLOCK_ROWS: usize = 16;

/// Layer norm over rows of `n`: `out = (x - mean) * rstd * weight + bias`. `stats` takes the means and the `rstd`s, in the
/// compute type and one each per row, where the backward pass will want them.
pub fn layer_norm<T: Real>(
    x: &[T],
    weight: Option<&[T]>,
    bias: Option<&[T]>,
    eps: f64,
    n: usize,
    out: &mut [T],
    stats: Option<[&mut [T::C]; 2]>,
) {
    let rows = check(x.len(), n, weight, bias, out.len());
    assert!(stats.iter().flatten().all(|s| s.len() == rows), "layer_norm: one mean and one rstd per row");
    let (out, stats) = (SendPtr(out.as_mut_ptr()), stats.map(|stats| stats.map(|s| SendPtr(s.as_mut_ptr()))));
    parallel_chunks(rows, row_grain(n), |range| {
        let part = range.start * n..range.end * n;
        // SAFETY: ranges of rows do not overlap.
        let out = unsafe { out.slice(part.clone()) };
        // SAFETY: as above.
        let stats = stats.map(|stats| stats.map(|s| unsafe { s.slice(range.clone()) }));
        layer_rows(&x[part], weight, bias, eps, n, out, stats);
    });
}

/// RMS norm over rows of `n`: `out = x * rstd * weight`, `rstd = 1 / sqrt(mean(x²) + eps)`, kept per row where wanted.
pub fn rms_norm<T: Real>(x: &[T], weight: Option<&[T]>, eps: f64, n: usize, out: &mut [T], rstd: Option<&mut [T::C]>) {
    let rows = check(x.len(), n, weight, None, out.len());
    assert!(rstd.as_ref().is_none_or(|r| r.len() == rows), "rms_norm: one rstd per row");
    let (out, rstd) = (SendPtr(out.as_mut_ptr()), rstd.map(|r| SendPtr(r.as_mut_ptr())));
    parallel_chunks(rows, row_grain(n), |range| {
        let part = range.start * n..range.end * n;
        // SAFETY: ranges of rows do not overlap.
        let out = unsafe { out.slice(part.clone()) };
        // SAFETY: as above.
        let rstd = rstd.map(|r| unsafe { r.slice(range) });
        rms_rows(&x[part], weight, eps, n, out, rstd);
    });
}

fn check<T>(len: usize, n: usize, weight: Option<&[T]>, bias: Option<&[T]>, out: usize) -> usize {
    assert!(out == len && n > 0 && len.is_multiple_of(n), "norm: whole rows, as many in as out");
    assert!(weight.is_none_or(|w| w.len() == n) && bias.is_none_or(|b| b.len() == n), "norm: weight and bias of a row");
    len / n
}

#[inline(always)]
fn add<C: Compute>(a: C, b: C) -> C {
    a + b
}

#[inline(always)]
fn layer_rows_body<T: Real>(
    x: &[T],
    weight: Option<&[T]>,
    bias: Option<&[T]>,
    eps: f64,
    n: usize,
    out: &mut [T],
    mut stats: Option<[&mut [T::C]; 2]>,
) {
    let count = T::C::from_f64(n as f64);
    let eps = T::C::from_f64(eps);
    for (row, (x, out)) in x.chunks_exact(n).zip(out.chunks_exact_mut(n)).enumerate() {
        let mean = fold(x, T::C::ZERO, add, add) / count;
        let square = |a: T::C, x: T::C| {
            let d = x - mean;
            d.fma(d, a)
        };
        let rstd = T::C::ONE / (fold(x, T::C::ZERO, square, add) / count + eps).sqrt();
        if let Some([means, rstds]) = &mut stats {
            (means[row], rstds[row]) = (mean, rstd);
        }
        match (weight, bias) {
            (Some(w), Some(b)) => {
                for (((y, x), w), b) in out.iter_mut().zip(x).zip(w).zip(b) {
                    *y = T::store(((x.load() - mean) * rstd).fma(w.load(), b.load()));
                }
            }
            (Some(w), None) => {
                for ((y, x), w) in out.iter_mut().zip(x).zip(w) {
                    *y = T::store((x.load() - mean) * rstd * w.load());
                }
            }
            (None, b) => {
                for (y, x) in out.iter_mut().zip(x) {
                    *y = T::store((x.load() - mean) * rstd);
                }
                if let Some(b) = b {
                    out.iter_mut().zip(b).for_each(|(y, b)| *y = T::store(y.load() + b.load()));
                }
            }
        }
    }
}
dispatch!(fn layer_rows<T: Real>(x: &[T], weight: Option<&[T]>, bias: Option<&[T]>, eps: f64, n: usize, out: &mut [T], stats: Option<[&mut [T::C]; 2]>) = layer_rows_body);

#[inline(always)]
fn rms_rows_body<T: Real>(
    x: &[T],
    weight: Option<&[T]>,
    eps: f64,
    n: usize,
    out: &mut [T],
    mut rstds: Option<&mut [T::C]>,
) {
    let count = T::C::from_f64(n as f64);
    let eps = T::C::from_f64(eps);
    for (row, (x, out)) in x.chunks_exact(n).zip(out.chunks_exact_mut(n)).enumerate() {
        let rstd = T::C::ONE / (fold(x, T::C::ZERO, |a, x| x.fma(x, a), add) / count + eps).sqrt();
        if let Some(rstds) = &mut rstds {
            rstds[row] = rstd;
        }
        if let Some(w) = weight {
            for ((y, x), w) in out.iter_mut().zip(x).zip(w) {
                *y = T::store(x.load() * rstd * w.load());
            }
        } else {
            out.iter_mut().zip(x).for_each(|(y, x)| *y = T::store(x.load() * rstd));
        }
    }
}
dispatch!(fn rms_rows<T: Real>(x: &[T], weight: Option<&[T]>, eps: f64, n: usize, out: &mut [T], rstds: Option<&mut [T::C]>) = rms_rows_body);

/// What the backward passes read.
#[derive(Clone, Copy, Debug)]
pub struct NormInputs<'a, T: Real> {
    /// The input of the forward pass.
    pub x: &'a [T],
    /// The gradient of its output.
    pub dy: &'a [T],
    /// The weight, where there was one.
    pub weight: Option<&'a [T]>,
    /// The means that [`layer_norm`] kept; none for [`rms_norm`].
    pub mean: Option<&'a [T::C]>,
    /// What the forward pass kept.
    pub rstd: &'a [T::C],
    /// The length of a row.
    pub n: usize,
}

/// The gradients of [`layer_norm`] (with `mean`) or [`rms_norm`] (without): `dx`, and `dw` and `db` where wanted.
pub fn norm_backward<T: Real>(
    from: NormInputs<'_, T>,
    dx: Option<&mut [T]>,
    dw: Option<&mut [T]>,
    db: Option<&mut [T]>,
) {
    let n = from.n;
    let rows = check(from.x.len(), n, from.weight, None, from.dy.len());
    assert!(from.rstd.len() == rows && from.mean.is_none_or(|m| m.len() == rows), "norm_backward: one per row");
    assert!(dx.as_ref().is_none_or(|dx| dx.len() == rows * n), "norm_backward: dx has the length of x");
    let per_block = rows.div_ceil(BLOCKS).max(BLOCK_ROWS);
    let blocks = rows.div_ceil(per_block);
    let (sums_w, sums_b) = (dw.is_some(), db.is_some());
    let stride = n * (usize::from(sums_w) + usize::from(sums_b));
    let mut partial = vec![T::C::ZERO; blocks * stride];
    let (dx, sums) = (dx.map(|dx| SendPtr(dx.as_mut_ptr())), SendPtr(partial.as_mut_ptr()));
    parallel_chunks(rows, per_block, |range| {
        let block = range.start / per_block;
        // SAFETY: every block of rows has sums of its own.
        let sums = unsafe { sums.slice(block * stride..(block + 1) * stride) };
        let (w, b) = sums.split_at_mut(if sums_w { n } else { 0 });
        for r in range {
            // SAFETY: rows do not overlap.
            let dx = dx.map(|dx| unsafe { dx.slice(r * n..(r + 1) * n) });
            let part = r * n..(r + 1) * n;
            let (x, dy) = (&from.x[part.clone()], &from.dy[part]);
            backward_row(x, dy, from.weight, from.mean.map(|m| m[r]), from.rstd[r], dx, w, b);
        }
    });
    if let Some(dw) = dw {
        gather(&partial, stride, dw);
    }
    if let Some(db) = db {
        gather(partial.get(stride.saturating_sub(n)..).unwrap_or(&[]), stride, db);
    }
}

/// Adds the blocks' sums in order.
fn gather<T: Real>(partial: &[T::C], stride: usize, out: &mut [T]) {
    for (j, out) in out.iter_mut().enumerate() {
        let column = partial.iter().skip(j).step_by(stride.max(1));
        *out = T::store(column.fold(T::C::ZERO, |a, b| a + *b));
    }
}

#[inline(always)]
#[allow(clippy::too_many_arguments)]
fn backward_row_body<T: Real>(
    x: &[T],
    dy: &[T],
    weight: Option<&[T]>,
    mean: Option<T::C>,
    rstd: T::C,
    dx: Option<&mut [T]>,
    dw: &mut [T::C],
    db: &mut [T::C],
) {
    let (centred, mean) = (mean.is_some(), mean.unwrap_or(T::C::ZERO));
    if !dw.is_empty() {
        for ((w, x), g) in dw.iter_mut().zip(x).zip(dy) {
            *w = ((x.load() - mean) * rstd).fma(g.load(), *w);
        }
    }
    if !db.is_empty() {
        db.iter_mut().zip(dy).for_each(|(b, g)| *b = *b + g.load());
    }
    let Some(dx) = dx else { return };
    let n = T::C::from_f64(x.len() as f64);
    let zero = (T::C::ZERO, T::C::ZERO);
    let join = |a: (T::C, T::C), b: (T::C, T::C)| (a.0 + b.0, a.1 + b.1);
    // The sums of w·dy and of w·dy·x̂.
    let step = |a: (T::C, T::C), x: T::C, g: T::C| (a.0 + g, ((x - mean) * rstd).fma(g, a.1));
    let (sum, dot) = match weight {
        None => fold2(x, dy, zero, step, join),
        Some(w) => {
            // The products go through dx, or through the sums directly where dx would round them.
            if T::SAME {
                for ((d, g), w) in dx.iter_mut().zip(dy).zip(w) {
                    *d = T::store(g.load() * w.load());
                }
                fold2(x, &*dx, zero, step, join)
            } else {
                let mut all = zero;
                for ((x, g), w) in x.iter().zip(dy).zip(w) {
                    all = step(all, x.load(), g.load() * w.load());
                }
                all
            }
        }
    };
    let (sum, dot) = (if centred { sum / n } else { T::C::ZERO }, dot / n);
    let finish = |x: T::C, g: T::C| (g - sum - (x - mean) * rstd * dot) * rstd;
    match weight {
        Some(_) if T::SAME => {
            dx.iter_mut().zip(x).for_each(|(d, x)| *d = T::store(finish(x.load(), d.load())));
        }
        Some(w) => {
            for (((d, x), g), w) in dx.iter_mut().zip(x).zip(dy).zip(w) {
                *d = T::store(finish(x.load(), g.load() * w.load()));
            }
        }
        None => {
            dx.iter_mut().zip(x).zip(dy).for_each(|((d, x), g)| *d = T::store(finish(x.load(), g.load())));
        }
    }
}
dispatch!(fn backward_row<T: Real>(x: &[T], dy: &[T], weight: Option<&[T]>, mean: Option<T::C>, rstd: T::C, dx: Option<&mut [T]>, dw: &mut [T::C], db: &mut [T::C]) = backward_row_body);

#[cfg(test)]
mod tests {
    use super::*;

    fn wave(n: usize, k: f64) -> Vec<f64> {
        (0..n).map(|i| (i as f64 * k + k).sin() + 0.3).collect()
    }

    fn cast<T: Real>(x: &[f64]) -> Vec<T> {
        x.iter().map(|x| T::store(T::C::from_f64(*x))).collect()
    }

    fn close<T: Real>(got: &[T], want: &[f64], tolerance: f64) {
        assert_eq!(got.len(), want.len());
        for (g, w) in got.iter().zip(want) {
            assert!((g.load().to_f64() - w).abs() <= tolerance * (1.0 + w.abs()), "{} {w}", g.load().to_f64());
        }
    }

    /// A norm's result by its formula, in double precision.
    fn formula(x: &[f64], w: &[f64], b: &[f64], n: usize, centred: bool) -> Vec<f64> {
        let mut out = Vec::new();
        for row in x.chunks(n) {
            let mean = if centred { row.iter().sum::<f64>() / n as f64 } else { 0.0 };
            let rstd = 1.0 / (row.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n as f64 + 1e-5).sqrt();
            out.extend(row.iter().zip(w).zip(b).map(|((x, w), b)| (x - mean) * rstd * w + b));
        }
        out
    }

    fn matches<T: Real>(tolerance: f64, centred: bool, affine: bool) {
        for (rows, n) in [(1, 1), (3, 5), (40, 64), (33, 200)] {
            let (x, dy) = (cast::<T>(&wave(rows * n, 0.37)), cast::<T>(&wave(rows * n, 0.73)));
            let (w, b) = (cast::<T>(&wave(n, 0.51)), cast::<T>(&wave(n, 0.93)));
            let wide = |x: &[T]| x.iter().map(|x| x.load().to_f64()).collect::<Vec<f64>>();
            let (xd, gd) = (wide(&x), wide(&dy));
            let (wd, bd) = if affine { (wide(&w), wide(&b)) } else { (vec![1.0; n], vec![0.0; n]) };
            let bd = if centred { bd } else { vec![0.0; n] };
            let mut out = cast::<T>(&vec![0.0; rows * n]);
            let (mut mean, mut rstd) = (vec![T::C::ZERO; rows], vec![T::C::ZERO; rows]);
            let weight = affine.then_some(w.as_slice());
            if centred {
                let (bias, mut alone) = (affine.then_some(b.as_slice()), out.clone());
                layer_norm(&x, weight, bias, 1e-5, n, &mut out, Some([&mut mean, &mut rstd]));
                layer_norm(&x, weight, bias, 1e-5, n, &mut alone, None);
                assert_eq!(wide(&out), wide(&alone), "without the statistics");
            } else {
                let mut alone = out.clone();
                rms_norm(&x, weight, 1e-5, n, &mut out, Some(&mut rstd));
                rms_norm(&x, weight, 1e-5, n, &mut alone, None);
                assert_eq!(wide(&out), wide(&alone), "without the statistics");
            }
            close(&out, &formula(&xd, &wd, &bd, n, centred), tolerance);
            let (mut dx, mut dw, mut db) = (out.clone(), w.clone(), w.clone());
            let from = NormInputs { x: &x, dy: &dy, weight, mean: centred.then_some(mean.as_slice()), rstd: &rstd, n };
            norm_backward(from, Some(&mut dx), Some(&mut dw), Some(&mut db));
            // By central differences of the loss sum(dy * out).
            let loss = |x: &[f64], w: &[f64]| -> f64 {
                formula(x, w, &bd, n, centred).iter().zip(&gd).map(|(y, g)| y * g).sum()
            };
            let step = 1e-5;
            for j in (0..rows * n).step_by(37) {
                let (mut up, mut down) = (xd.clone(), xd.clone());
                up[j] += step;
                down[j] -= step;
                close(&dx[j..=j], &[(loss(&up, &wd) - loss(&down, &wd)) / (2.0 * step)], tolerance.max(1e-6) * 5.0);
            }
            for j in (0..n).step_by(17) {
                let (mut up, mut down) = (wd.clone(), wd.clone());
                up[j] += step;
                down[j] -= step;
                close(&dw[j..=j], &[(loss(&xd, &up) - loss(&xd, &down)) / (2.0 * step)], tolerance.max(1e-6) * 5.0);
            }
            let want: Vec<f64> = (0..n).map(|j| gd.iter().skip(j).step_by(n).sum()).collect();
            close(&db, &want, tolerance * 5.0);
            let (all_w, all_b) = (dw.clone(), db.clone());
            norm_backward(from, None, None, Some(&mut db));
            norm_backward(from, None, Some(&mut dw), None);
            assert!(dw.iter().zip(&all_w).chain(db.iter().zip(&all_b)).all(|(a, b)| a.load() == b.load()));
        }
    }

    #[test]
    fn norms_and_gradients_match_the_formulas() {
        for centred in [true, false] {
            for affine in [true, false] {
                matches::<f32>(3e-5, centred, affine);
                matches::<f64>(1e-11, centred, affine);
                matches::<half::f16>(4e-3, centred, affine);
                matches::<half::bf16>(3e-2, centred, affine);
            }
        }
    }

    #[test]
    fn weight_gradients_do_not_depend_on_the_threads() {
        let (rows, n) = (1000, 96);
        let (x, dy) = (cast::<f32>(&wave(rows * n, 0.37)), cast::<f32>(&wave(rows * n, 0.73)));
        let rstd: Vec<f32> = cast(&wave(rows, 0.11));
        let from = NormInputs { x: &x, dy: &dy, weight: None, mean: None, rstd: &rstd, n };
        let before = crate::pool::num_threads();
        let results = [1, 2, 5].map(|threads| {
            crate::pool::set_num_threads(threads);
            let mut dw = vec![0f32; n];
            norm_backward(from, None, Some(&mut dw), None);
            dw
        });
        crate::pool::set_num_threads(before);
        assert!(results[0] == results[1] && results[0] == results[2]);
    }
}

//! Optimizer steps over lists of tensors, each in one pass over memory: SGD, Adam and AdamW in PyTorch's order of
//! operations, with a rounding after each of PyTorch's operations where the type is a half. Also norms and scaling.

use crate::dispatch;
use crate::pool::{SendPtr, parallel_for};
use crate::rowmath::{Compute, Real, sum};
use std::ops::Range;

/// Elements of one piece of work.
const GRAIN: usize = 1 << 15;
/// Lists with fewer elements in all are done by the caller alone.
const SEQUENTIAL: usize = 1 << 14;

/// Calls `body(tensor, range)` for pieces that cover every tensor, on the pool.
fn for_pieces(lens: impl Iterator<Item = usize> + Clone, body: impl Fn(usize, Range<usize>) + Sync) {
    if lens.clone().sum::<usize>() <= SEQUENTIAL {
        lens.enumerate().filter(|(_, len)| *len > 0).for_each(|(i, len)| body(i, 0..len));
        return;
    }
    let mut pieces = Vec::new();
    for (i, len) in lens.enumerate() {
        pieces.extend((0..len).step_by(GRAIN).map(|start| (i, start..(start + GRAIN).min(len))));
    }
    parallel_for(pieces.len(), |p| body(pieces[p].0, pieces[p].1.clone()));
}

/// One tensor's slices in a step of SGD.
#[derive(Debug)]
pub struct SgdSlices<'a, T> {
    /// The parameter.
    pub param: &'a mut [T],
    /// Its gradient.
    pub grad: &'a [T],
    /// The momentum buffer; without momentum, none.
    pub momentum: Option<&'a mut [T]>,
    /// The buffer holds nothing yet: it becomes the gradient.
    pub first: bool,
}

/// The settings of SGD, named as in PyTorch.
#[derive(Clone, Copy, Debug)]
pub struct Sgd {
    /// Learning rate.
    pub lr: f64,
    /// Factor on the old momentum.
    pub momentum: f64,
    /// What the new gradient is lessened by before it joins the momentum.
    pub dampening: f64,
    /// Factor on the parameter that is added to the gradient.
    pub weight_decay: f64,
    /// Nesterov's momentum.
    pub nesterov: bool,
    /// Climb instead of descending.
    pub maximize: bool,
}

#[derive(Clone, Copy)]
struct SgdPtr<T> {
    param: SendPtr<T>,
    grad: SendPtr<T>,
    momentum: Option<SendPtr<T>>,
    first: bool,
    len: usize,
}

/// One step of SGD on every tensor of the list.
pub fn sgd<T: Real>(list: &mut [SgdSlices<'_, T>], s: &Sgd) {
    let tensors: Vec<SgdPtr<T>> = list
        .iter_mut()
        .map(|t| {
            let len = t.param.len();
            assert_eq!(t.grad.len(), len, "sgd: the gradient has the parameter's length");
            let momentum = t.momentum.as_mut().map(|m| {
                assert_eq!(m.len(), len, "sgd: the momentum has the parameter's length");
                SendPtr(m.as_mut_ptr())
            });
            let grad = SendPtr(t.grad.as_ptr().cast_mut());
            SgdPtr { param: SendPtr(t.param.as_mut_ptr()), grad, momentum, first: t.first, len }
        })
        .collect();
    for_pieces(tensors.iter().map(|t| t.len), |i, range| {
        let t = tensors[i];
        // SAFETY: pieces do not overlap, and the slices behind the pointers are borrowed for the whole call; the
        // gradient is only read.
        let (param, grad) = unsafe { (t.param.slice(range.clone()), &*t.grad.slice(range.clone())) };
        // SAFETY: as above.
        let momentum = t.momentum.map(|m| unsafe { m.slice(range) });
        sgd_piece(param, grad, momentum, t.first, s);
    });
}

/// Rounds to `T` and back: what an operation of PyTorch leaves in memory.
#[inline(always)]
fn round<T: Real>(x: T::C) -> T::C {
    if T::SAME { x } else { T::store(x).load() }
}

#[inline(always)]
fn sgd_piece_body<T: Real>(param: &mut [T], grad: &[T], momentum: Option<&mut [T]>, first: bool, s: &Sgd) {
    let c = T::C::from_f64;
    // PyTorch rounds the `alpha` of an addition to the type, the factor of a multiplication only to the compute type.
    let alpha = |x: f64| round::<T>(c(x));
    let (minus_lr, decay, keep) = (alpha(-s.lr), alpha(s.weight_decay), alpha(1.0 - s.dampening));
    let (mu, nesterov) = (c(s.momentum), alpha(s.momentum));
    let decays = s.weight_decay != 0.0;
    let gradient = |p: T::C, g: T| {
        let g = if s.maximize { -g.load() } else { g.load() };
        if decays { round::<T>(p.fma(decay, g)) } else { g }
    };
    let Some(momentum) = momentum else {
        for (param, grad) in param.iter_mut().zip(grad) {
            let p = param.load();
            *param = T::store(gradient(p, *grad).fma(minus_lr, p));
        }
        return;
    };
    for ((param, grad), momentum) in param.iter_mut().zip(grad).zip(momentum) {
        let p = param.load();
        let g = gradient(p, *grad);
        let m = if first { g } else { round::<T>(g.fma(keep, round::<T>(momentum.load() * mu))) };
        *momentum = T::store(m);
        let step = if s.nesterov { round::<T>(m.fma(nesterov, g)) } else { m };
        *param = T::store(step.fma(minus_lr, p));
    }
}
dispatch!(fn sgd_piece<T: Real>(param: &mut [T], grad: &[T], momentum: Option<&mut [T]>, first: bool, s: &Sgd) = sgd_piece_body);

/// One tensor's slices in a step of Adam.
#[derive(Debug)]
pub struct AdamSlices<'a, T> {
    /// The parameter.
    pub param: &'a mut [T],
    /// Its gradient.
    pub grad: &'a [T],
    /// The running mean of the gradients.
    pub exp_avg: &'a mut [T],
    /// The running mean of their squares.
    pub exp_avg_sq: &'a mut [T],
    /// The largest `exp_avg_sq` so far, for AMSGrad.
    pub max_exp_avg_sq: Option<&'a mut [T]>,
    /// The number of this step, from 1.
    pub step: f64,
}

/// The settings of Adam and AdamW, named as in PyTorch.
#[derive(Clone, Copy, Debug)]
pub struct Adam {
    /// Learning rate.
    pub lr: f64,
    /// How much of the running mean of gradients is kept.
    pub beta1: f64,
    /// How much of the running mean of squares is kept.
    pub beta2: f64,
    /// Added to the denominator.
    pub eps: f64,
    /// Weight decay.
    pub weight_decay: f64,
    /// Decay the parameter itself (AdamW), not the gradient.
    pub decoupled: bool,
    /// Climb instead of descending.
    pub maximize: bool,
}

#[derive(Clone, Copy)]
struct AdamPtr<T> {
    at: [SendPtr<T>; 4],
    max: Option<SendPtr<T>>,
    step: f64,
    len: usize,
}

/// One step of Adam on every tensor of the list.
pub fn adam<T: Real>(list: &mut [AdamSlices<'_, T>], a: &Adam) {
    let tensors: Vec<AdamPtr<T>> = list
        .iter_mut()
        .map(|t| {
            let len = t.param.len();
            assert!(
                t.grad.len() == len && t.exp_avg.len() == len && t.exp_avg_sq.len() == len,
                "adam: gradient and state have the parameter's length"
            );
            let max = t.max_exp_avg_sq.as_mut().map(|m| {
                assert_eq!(m.len(), len, "adam: the maxima have the parameter's length");
                SendPtr(m.as_mut_ptr())
            });
            let grad = t.grad.as_ptr().cast_mut();
            let at = [t.param.as_mut_ptr(), grad, t.exp_avg.as_mut_ptr(), t.exp_avg_sq.as_mut_ptr()].map(SendPtr);
            AdamPtr { at, max, step: t.step, len }
        })
        .collect();
    for_pieces(tensors.iter().map(|t| t.len), |i, range| {
        let t = tensors[i];
        // SAFETY: pieces do not overlap, and the slices behind the pointers are borrowed for the whole call; the
        // gradient is only read.
        let [param, grad, avg, avg_sq] = t.at.map(|p| unsafe { p.slice(range.clone()) });
        // SAFETY: as above.
        let max = t.max.map(|m| unsafe { m.slice(range) });
        let scalars = Scalars::new::<T>(a, t.step);
        adam_piece(param, grad, avg, avg_sq, max, &scalars);
    });
}

struct Scalars<C> {
    shrink: C,
    decay: C,
    weight: C,
    far: bool,
    beta2: C,
    one_less_beta2: C,
    root: C,
    eps: C,
    minus_step_size: C,
    shrinks: bool,
    decays: bool,
    maximize: bool,
}

impl<C: Compute> Scalars<C> {
    fn new<T: Real<C = C>>(a: &Adam, step: f64) -> Self {
        let c = C::from_f64;
        let weight = 1.0 - a.beta1;
        // `lerp` goes from the nearer end.
        let far = c(weight) >= c(0.5);
        Scalars {
            shrink: c(1.0 - a.lr * a.weight_decay),
            decay: round::<T>(c(a.weight_decay)),
            weight: if far { C::ONE - c(weight) } else { c(weight) },
            far,
            beta2: c(a.beta2),
            one_less_beta2: c(1.0 - a.beta2),
            root: c((1.0 - a.beta2.powf(step)).sqrt()),
            eps: c(a.eps),
            minus_step_size: c(-(a.lr / (1.0 - a.beta1.powf(step)))),
            shrinks: a.decoupled && a.weight_decay != 0.0,
            decays: !a.decoupled && a.weight_decay != 0.0,
            maximize: a.maximize,
        }
    }
}

#[inline(always)]
fn adam_piece_body<T: Real>(
    param: &mut [T],
    grad: &[T],
    avg: &mut [T],
    avg_sq: &mut [T],
    max: Option<&mut [T]>,
    s: &Scalars<T::C>,
) {
    let n = param.len();
    let (param, grad, avg, avg_sq) = (&mut param[..n], &grad[..n], &mut avg[..n], &mut avg_sq[..n]);
    // The new second moment and a closure's worth of the rest; `largest` gives the moment that the denominator uses.
    let one = |p: &mut T, g: T, m: &mut T, v: &mut T, largest: &mut dyn FnMut(T::C) -> T::C| {
        let mut x = p.load();
        let mut g = if s.maximize { -g.load() } else { g.load() };
        if s.shrinks {
            x = round::<T>(x * s.shrink);
        }
        if s.decays {
            g = round::<T>(x.fma(s.decay, g));
        }
        let old = m.load();
        let diff = g - old;
        let first = if s.far { (-diff).fma(s.weight, g) } else { diff.fma(s.weight, old) };
        let first = round::<T>(first);
        *m = T::store(first);
        let second = round::<T>((s.one_less_beta2 * g).fma(g, round::<T>(v.load() * s.beta2)));
        *v = T::store(second);
        let root = round::<T>(round::<T>(largest(second).sqrt()) / s.root);
        let denominator = round::<T>(root + s.eps);
        *p = T::store(x + s.minus_step_size * first / denominator);
    };
    if let Some(max) = max {
        let max = &mut max[..n];
        for i in 0..n {
            let kept = &mut max[i];
            one(&mut param[i], grad[i], &mut avg[i], &mut avg_sq[i], &mut |v| {
                let old = kept.load();
                // Whichever is NaN wins, as in torch.maximum.
                let v = if v < old || !(old.to_f64() == old.to_f64()) { old } else { v };
                *kept = T::store(v);
                v
            });
        }
    } else {
        for i in 0..n {
            one(&mut param[i], grad[i], &mut avg[i], &mut avg_sq[i], &mut |v| v);
        }
    }
}
dispatch!(fn adam_piece<T: Real>(param: &mut [T], grad: &[T], avg: &mut [T], avg_sq: &mut [T], max: Option<&mut [T]>, s: &Scalars<T::C>) = adam_piece_body);

/// The sum of the squares of all elements of all slices, pieces added in order.
pub fn sum_of_squares<T: Real>(list: &[&[T]]) -> f64 {
    let mut starts = Vec::with_capacity(list.len());
    let mut count = 0;
    for x in list {
        starts.push(count);
        count += x.len().div_ceil(GRAIN);
    }
    let mut sums = vec![0.0; count];
    let out = SendPtr(sums.as_mut_ptr());
    for_pieces(list.iter().map(|x| x.len()), |i, range| {
        // The whole tensor may come as one piece; its sums are made piece by piece all the same.
        for start in range.clone().step_by(GRAIN) {
            let part = &list[i][start..(start + GRAIN).min(range.end)];
            // SAFETY: every piece has a place of its own.
            unsafe { *out.get().add(starts[i] + start / GRAIN) = squares(part) };
        }
    });
    sums.iter().sum()
}

#[inline(always)]
fn squares_body<T: Real>(x: &[T]) -> f64 {
    // Runs of 4096 in the compute type, added in double precision.
    x.chunks(4096).map(|run| sum(run, |x| x * x).to_f64()).sum()
}
dispatch!(fn squares<T: Real>(x: &[T]) -> f64 = squares_body);

/// Multiplies every element of every slice.
pub fn scale<T: Real>(list: &mut [&mut [T]], factor: f64) {
    let tensors: Vec<(SendPtr<T>, usize)> = list.iter_mut().map(|x| (SendPtr(x.as_mut_ptr()), x.len())).collect();
    for_pieces(tensors.iter().map(|t| t.1), |i, range| {
        // SAFETY: pieces do not overlap, and the slices are borrowed for the whole call.
        scale_piece(unsafe { tensors[i].0.slice(range) }, factor);
    });
}

#[inline(always)]
fn scale_piece_body<T: Real>(x: &mut [T], factor: f64) {
    let factor = T::C::from_f64(factor);
    x.iter_mut().for_each(|x| *x = T::store(x.load() * factor));
}
dispatch!(fn scale_piece<T: Real>(x: &mut [T], factor: f64) = scale_piece_body);

#[cfg(test)]
mod tests {
    use super::*;
    use half::bf16;

    fn wave(n: usize, k: f64) -> Vec<f64> {
        (0..n).map(|i| (i as f64 * k + k).sin()).collect()
    }

    fn reference(p: &mut [f64], g: &[f64], m: &mut [f64], v: &mut [f64], step: f64, a: &Adam) {
        for i in 0..p.len() {
            let mut grad = if a.maximize { -g[i] } else { g[i] };
            if a.decoupled {
                p[i] -= a.lr * a.weight_decay * p[i]
            } else {
                grad += a.weight_decay * p[i]
            }
            m[i] = a.beta1 * m[i] + (1.0 - a.beta1) * grad;
            v[i] = a.beta2 * v[i] + (1.0 - a.beta2) * grad * grad;
            let (m, v) = (m[i] / (1.0 - a.beta1.powf(step)), v[i] / (1.0 - a.beta2.powf(step)));
            p[i] -= a.lr * m / (v.sqrt() + a.eps);
        }
    }

    fn adam_matches<T: Real>(decoupled: bool, maximize: bool, beta1: f64, tolerance: f64) {
        let a = Adam { lr: 0.01, beta1, beta2: 0.99, eps: 1e-8, weight_decay: 0.1, decoupled, maximize };
        let lens = [1, 7, 1000, 40_000];
        let narrow = |x: &[f64]| x.iter().map(|x| T::store(T::C::from_f64(*x))).collect::<Vec<T>>();
        let mut params: Vec<Vec<T>> = lens.iter().map(|n| narrow(&wave(*n, 0.37))).collect();
        let mut wanted: Vec<Vec<f64>> = params.iter().map(|p| p.iter().map(|x| x.load().to_f64()).collect()).collect();
        let mut state: Vec<[Vec<T>; 2]> =
            lens.iter().map(|n| [vec![T::default(); *n], vec![T::default(); *n]]).collect();
        let mut moments: Vec<[Vec<f64>; 2]> = lens.iter().map(|n| [vec![0.0; *n], vec![0.0; *n]]).collect();
        for step in 1..=5 {
            let grads: Vec<Vec<T>> = lens.iter().map(|n| narrow(&wave(*n, 0.11 * f64::from(step)))).collect();
            let mut list: Vec<AdamSlices<T>> = params
                .iter_mut()
                .zip(&grads)
                .zip(&mut state)
                .map(|((param, grad), [m, v])| AdamSlices {
                    param,
                    grad,
                    exp_avg: m,
                    exp_avg_sq: v,
                    max_exp_avg_sq: None,
                    step: f64::from(step),
                })
                .collect();
            adam(&mut list, &a);
            for ((p, g), [m, v]) in wanted.iter_mut().zip(&grads).zip(&mut moments) {
                let g: Vec<f64> = g.iter().map(|x| x.load().to_f64()).collect();
                reference(p, &g, m, v, f64::from(step), &a);
            }
        }
        for (got, want) in params.iter().flatten().zip(wanted.iter().flatten()) {
            assert!((got.load().to_f64() - want).abs() < tolerance, "{} {want}", got.load().to_f64());
        }
    }

    #[test]
    fn adam_follows_its_formula() {
        for decoupled in [false, true] {
            for (maximize, beta1) in [(false, 0.9), (true, 0.9), (false, 0.3)] {
                adam_matches::<f32>(decoupled, maximize, beta1, 2e-6);
                adam_matches::<f64>(decoupled, maximize, beta1, 1e-12);
            }
        }
        adam_matches::<bf16>(true, false, 0.9, 0.04);
    }

    #[test]
    fn amsgrad_keeps_the_largest_moment() {
        let a =
            Adam { lr: 0.1, beta1: 0.0, beta2: 0.5, eps: 0.0, weight_decay: 0.0, decoupled: false, maximize: false };
        let (mut p, mut m, mut v, mut max) = ([0f64; 1], [0f64; 1], [0f64; 1], [0f64; 1]);
        for (step, g) in [(1.0, 4.0), (2.0, 1.0)] {
            let list = AdamSlices {
                param: &mut p,
                grad: &[g],
                exp_avg: &mut m,
                exp_avg_sq: &mut v,
                max_exp_avg_sq: Some(&mut max),
                step,
            };
            adam(&mut [list], &a);
        }
        assert_eq!((v[0], max[0]), (4.5, 8.0));
        let want = -0.1 - 0.1 / (8.0f64 / 0.75).sqrt();
        assert!((p[0] - want).abs() < 1e-15, "{} {want}", p[0]);
    }

    #[test]
    fn sgd_follows_its_formula() {
        for (nesterov, maximize) in [(false, false), (true, false), (false, true)] {
            let s = Sgd {
                lr: 0.1,
                momentum: 0.9,
                dampening: if nesterov { 0.0 } else { 0.2 },
                weight_decay: 0.01,
                nesterov,
                maximize,
            };
            let n = 70_000;
            let (mut p, mut m) = (wave(n, 0.3), vec![0.0; n]);
            let (mut wp, mut wm) = (p.clone(), m.clone());
            for step in 0..3 {
                let g = wave(n, 0.7 + f64::from(step));
                sgd(&mut [SgdSlices { param: &mut p, grad: &g, momentum: Some(&mut m), first: step == 0 }], &s);
                for i in 0..n {
                    let g = if maximize { -g[i] } else { g[i] } + 0.01 * wp[i];
                    wm[i] = if step == 0 { g } else { 0.9 * wm[i] + (1.0 - s.dampening) * g };
                    wp[i] -= 0.1 * if nesterov { g + 0.9 * wm[i] } else { wm[i] };
                }
            }
            assert!(p.iter().zip(&wp).all(|(a, b)| (a - b).abs() < 1e-13));
            let mut q = [1f32, 2.0];
            sgd(
                &mut [SgdSlices { param: &mut q, grad: &[0.5, 1.0], momentum: None, first: false }],
                &Sgd { weight_decay: 0.0, maximize: false, ..s },
            );
            assert_eq!(q, [0.95, 1.9]);
        }
    }

    #[test]
    fn squares_and_scale_cover_every_element() {
        let lens = [0, 3, 5000, 100_000];
        let mut x: Vec<Vec<f32>> = lens.iter().map(|n| wave(*n, 0.2).iter().map(|x| *x as f32).collect()).collect();
        let want: f64 = x.iter().flatten().map(|x| f64::from(*x).powi(2)).sum();
        let slices: Vec<&[f32]> = x.iter().map(|x| x.as_slice()).collect();
        assert!((sum_of_squares(&slices) - want).abs() < want * 1e-6);
        let mut slices: Vec<&mut [f32]> = x.iter_mut().map(|x| x.as_mut_slice()).collect();
        scale(&mut slices, 0.5);
        let after: f64 = x.iter().flatten().map(|x| f64::from(*x).powi(2)).sum();
        assert!((after - want / 4.0).abs() < want * 1e-6);
    }
}

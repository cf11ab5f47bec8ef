//! Cross entropy on logits `[rows, classes]` with class indices. The gradient is written straight to its buffer, from the
//! rows' logsumexp or in one go with the loss while a row is in the cache: nothing else is as large as the logits.

use crate::dispatch;
use crate::pool::{SendPtr, parallel_chunks};
use crate::rowmath::{Compute, Real, fold2, map_sum, max, sum};
use crate::softmax::{logsumexp_body, row_grain};

/// The settings of a cross entropy, named as in PyTorch.
#[derive(Clone, Copy, Debug)]
pub struct CrossEntropy<'a, T> {
    /// The length of a row of logits.
    pub classes: usize,
    /// A weight for each class.
    pub weight: Option<&'a [T]>,
    /// Rows with this target count for nothing.
    pub ignore_index: i64,
    /// The share of the target that is spread over all classes.
    pub label_smoothing: f64,
}

/// What a row's gradient is multiplied by.
#[derive(Clone, Copy, Debug)]
pub enum Scale<'a, T: Real> {
    /// A value for each row: the gradient of the losses without reduction.
    Each(&'a [T]),
    /// One for all: the gradient of the reduced loss, divided by [`CrossEntropy::denominator`] for the mean.
    All(T::C),
}

impl<T: Real> Scale<'_, T> {
    #[inline(always)]
    fn of(&self, row: usize) -> T::C {
        match self {
            Scale::Each(s) => s[row].load(),
            Scale::All(s) => *s,
        }
    }
}

/// The factors of one row, from the weights and the label smoothing.
#[derive(Clone, Copy)]
struct Factors<C> {
    /// Of the target's negative log-likelihood.
    target: C,
    /// Of each class's, before its weight.
    spread: C,
    /// Of the row's logsumexp, the sum of all of the above.
    total: C,
}

impl<'a, T: Real> CrossEntropy<'a, T> {
    /// The first target that is neither a class nor the ignored index.
    pub fn bad_target(&self, targets: &[i64]) -> Option<i64> {
        let classes = self.classes as i64;
        targets.iter().copied().find(|t| *t != self.ignore_index && !(0..classes).contains(t))
    }

    /// What the mean divides the sum by: the weights of the targets that count.
    pub fn denominator(&self, targets: &[i64]) -> T::C {
        let counted = targets.iter().filter(|t| **t != self.ignore_index);
        let total = match self.weight {
            None => counted.count() as f64,
            Some(w) => counted.map(|t| w[*t as usize].load().to_f64()).sum(),
        };
        T::C::from_f64(total)
    }

    /// The sum of row losses, added in order in double precision.
    pub fn total(&self, losses: &[T::C]) -> T::C {
        T::C::from_f64(losses.iter().map(|x| x.to_f64()).sum())
    }

    fn check(&self, logits: usize, rows: &[usize], targets: &[i64]) {
        let same = rows.iter().all(|r| *r == targets.len());
        assert!(same && logits == targets.len() * self.classes, "cross_entropy: a row of logits for each target");
        assert!(self.weight.is_none_or(|w| w.len() == self.classes), "cross_entropy: a weight for each class");
        assert!(self.bad_target(targets).is_none(), "cross_entropy: a target is no class");
    }

    /// The sum of the classes' weights.
    fn all_weights(&self) -> f64 {
        self.weight.map_or(self.classes as f64, |w| w.iter().map(|w| w.load().to_f64()).sum())
    }

    #[inline(always)]
    fn factors(&self, target: usize, all_weights: f64) -> Factors<T::C> {
        let own = (1.0 - self.label_smoothing) * self.weight.map_or(1.0, |w| w[target].load().to_f64());
        let spread = self.label_smoothing / self.classes as f64;
        let c = T::C::from_f64;
        Factors { target: c(own), spread: c(spread), total: c(own + spread * all_weights) }
    }

    /// The loss of every row (zero where ignored) and the rows' logsumexp for [`backward`](Self::backward).
    pub fn forward(&self, logits: &[T], targets: &[i64], losses: &mut [T::C], lse: &mut [T::C]) {
        self.check(logits.len(), &[losses.len(), lse.len()], targets);
        let (n, all) = (self.classes, self.all_weights());
        let (losses, lse) = (SendPtr(losses.as_mut_ptr()), SendPtr(lse.as_mut_ptr()));
        parallel_chunks(targets.len(), row_grain(n), |rows| {
            for r in rows {
                let (loss, l) = match usize::try_from(targets[r]) {
                    _ if targets[r] == self.ignore_index => (T::C::ZERO, T::C::ZERO),
                    Ok(t) => loss_row(&logits[r * n..(r + 1) * n], t, self, all),
                    Err(_) => (T::C::ZERO, T::C::ZERO),
                };
                // SAFETY: each row has a place of its own.
                unsafe {
                    *losses.get().add(r) = loss;
                    *lse.get().add(r) = l;
                }
            }
        });
    }

    /// The gradient of the logits, from the rows' logsumexp.
    pub fn backward(&self, logits: &[T], targets: &[i64], lse: &[T::C], scale: Scale<'_, T>, dx: &mut [T]) {
        self.check(logits.len(), &[lse.len()], targets);
        assert_eq!(dx.len(), logits.len(), "cross_entropy: the gradient has the logits' length");
        let (n, all, dx) = (self.classes, self.all_weights(), SendPtr(dx.as_mut_ptr()));
        parallel_chunks(targets.len(), row_grain(n), |rows| {
            for r in rows {
                let part = r * n..(r + 1) * n;
                // SAFETY: rows do not overlap.
                let dx = unsafe { dx.slice(part.clone()) };
                match usize::try_from(targets[r]) {
                    Ok(t) if targets[r] != self.ignore_index => {
                        gradient_row(&logits[part], t, lse[r], scale.of(r), dx, self, all);
                    }
                    _ => dx.fill(T::store(T::C::ZERO)),
                }
            }
        });
    }

    /// Loss and gradient in one go, the exponentials computed once.
    pub fn forward_backward(
        &self,
        logits: &[T],
        targets: &[i64],
        scale: Scale<'_, T>,
        losses: &mut [T::C],
        dx: &mut [T],
    ) {
        self.check(logits.len(), &[losses.len()], targets);
        assert_eq!(dx.len(), logits.len(), "cross_entropy: the gradient has the logits' length");
        let (n, all) = (self.classes, self.all_weights());
        let (losses, dx) = (SendPtr(losses.as_mut_ptr()), SendPtr(dx.as_mut_ptr()));
        parallel_chunks(targets.len(), row_grain(n), |rows| {
            for r in rows {
                let part = r * n..(r + 1) * n;
                // SAFETY: rows do not overlap.
                let dx = unsafe { dx.slice(part.clone()) };
                let loss = match usize::try_from(targets[r]) {
                    Ok(t) if targets[r] != self.ignore_index => both_row(&logits[part], t, scale.of(r), dx, self, all),
                    _ => {
                        dx.fill(T::store(T::C::ZERO));
                        T::C::ZERO
                    }
                };
                // SAFETY: each row has a place of its own.
                unsafe { *losses.get().add(r) = loss };
            }
        });
    }
}

#[inline(always)]
fn loss_of<T: Real>(x: &[T], target: usize, lse: T::C, s: &CrossEntropy<'_, T>, f: Factors<T::C>) -> T::C {
    let own = f.target * (lse - x[target].load());
    if s.label_smoothing == 0.0 {
        return own;
    }
    // The sum over classes of w · (lse - x), each difference taken before it is weighted.
    let spread = match s.weight {
        None => sum(x, |x| lse - x),
        Some(w) => fold2(x, w, T::C::ZERO, |a, x, w| (lse - x).fma(w, a), |a, b| a + b),
    };
    own + f.spread * spread
}

#[inline(always)]
fn loss_row_body<T: Real>(x: &[T], target: usize, s: &CrossEntropy<'_, T>, all: f64) -> (T::C, T::C) {
    let lse = logsumexp_body(x);
    (loss_of(x, target, lse, s, s.factors(target, all)), lse)
}
dispatch!(fn loss_row<T: Real>(x: &[T], target: usize, s: &CrossEntropy<'_, T>, all: f64) -> (T::C, T::C) = loss_row_body);

/// Takes the targets' parts off a gradient that holds `total · softmax · scale` already.
#[inline(always)]
fn subtract_targets<T: Real>(
    dx: &mut [T],
    probability: T::C,
    target: usize,
    scale: T::C,
    s: &CrossEntropy<'_, T>,
    f: Factors<T::C>,
) {
    let spread = f.spread * scale;
    let mut own = spread;
    if s.label_smoothing != 0.0 {
        match s.weight {
            None => dx.iter_mut().for_each(|d| *d = T::store(d.load() - spread)),
            Some(w) => {
                own = spread * w[target].load();
                dx.iter_mut().zip(w).for_each(|(d, w)| *d = T::store((-spread).fma(w.load(), d.load())));
            }
        }
    }
    // From the parts, not from what a half has rounded.
    dx[target] = T::store((f.total * probability - f.target) * scale - own);
}

#[inline(always)]
fn gradient_row_body<T: Real>(
    x: &[T],
    target: usize,
    lse: T::C,
    scale: T::C,
    dx: &mut [T],
    s: &CrossEntropy<'_, T>,
    all: f64,
) {
    let f = s.factors(target, all);
    let factor = f.total * scale;
    x.iter().zip(dx.iter_mut()).for_each(|(x, d)| *d = T::store((x.load() - lse).exp() * factor));
    subtract_targets(dx, (x[target].load() - lse).exp(), target, scale, s, f);
}
dispatch!(fn gradient_row<T: Real>(x: &[T], target: usize, lse: T::C, scale: T::C, dx: &mut [T], s: &CrossEntropy<'_, T>, all: f64) = gradient_row_body);

#[inline(always)]
fn both_row_body<T: Real>(
    x: &[T],
    target: usize,
    scale: T::C,
    dx: &mut [T],
    s: &CrossEntropy<'_, T>,
    all: f64,
) -> T::C {
    if !T::SAME {
        // A half would round the exponentials before they are scaled.
        let (loss, lse) = loss_row_body(x, target, s, all);
        gradient_row_body(x, target, lse, scale, dx, s, all);
        return loss;
    }
    let f = s.factors(target, all);
    let top = max(x);
    let total = map_sum(x, dx, |x| (x - top).exp());
    let lse = top + total.ln();
    let probability = dx[target].load() / total;
    let factor = f.total * scale / total;
    dx.iter_mut().for_each(|d| *d = T::store(d.load() * factor));
    subtract_targets(dx, probability, target, scale, s, f);
    loss_of(x, target, lse, s, f)
}
dispatch!(fn both_row<T: Real>(x: &[T], target: usize, scale: T::C, dx: &mut [T], s: &CrossEntropy<'_, T>, all: f64) -> T::C = both_row_body);

#[cfg(test)]
mod tests {
    use super::*;

    fn wave(n: usize, k: f64) -> Vec<f64> {
        (0..n).map(|i| 2.0 * (i as f64 * k + k).sin()).collect()
    }

    fn cast<T: Real>(x: &[f64]) -> Vec<T> {
        x.iter().map(|x| T::store(T::C::from_f64(*x))).collect()
    }

    /// The mean loss by its formula.
    fn formula(x: &[f64], targets: &[i64], w: Option<&[f64]>, smoothing: f64, c: usize) -> (Vec<f64>, f64) {
        let weight = |k: usize| w.map_or(1.0, |w| w[k]);
        let (mut losses, mut denominator) = (Vec::new(), 0.0);
        for (row, t) in x.chunks(c).zip(targets) {
            if *t == -100 {
                losses.push(0.0);
                continue;
            }
            let lse = row.iter().map(|x| x.exp()).sum::<f64>().ln();
            let nll = |k: usize| weight(k) * (lse - row[k]);
            let spread: f64 = (0..c).map(nll).sum();
            losses.push((1.0 - smoothing) * nll(*t as usize) + smoothing / c as f64 * spread);
            denominator += weight(*t as usize);
        }
        let mean = losses.iter().sum::<f64>() / denominator;
        (losses, mean)
    }

    fn matches<T: Real>(tolerance: f64) {
        for (rows, c) in [(1, 2), (5, 10), (40, 1000)] {
            let x: Vec<T> = cast(&wave(rows * c, 0.37));
            let wide: Vec<f64> = x.iter().map(|x| x.load().to_f64()).collect();
            let targets: Vec<i64> = (0..rows).map(|r| if r % 4 == 3 { -100 } else { (r * 7 % c) as i64 }).collect();
            let w: Vec<T> = cast(&wave(c, 0.21).iter().map(|x| x + 2.5).collect::<Vec<f64>>());
            let wd: Vec<f64> = w.iter().map(|x| x.load().to_f64()).collect();
            for weighted in [false, true] {
                for smoothing in [0.0, 0.1] {
                    let s = CrossEntropy {
                        classes: c,
                        weight: weighted.then_some(w.as_slice()),
                        ignore_index: -100,
                        label_smoothing: smoothing,
                    };
                    let wd = weighted.then_some(wd.as_slice());
                    let (want, mean) = formula(&wide, &targets, wd, smoothing, c);
                    let (mut losses, mut lse) = (vec![T::C::ZERO; rows], vec![T::C::ZERO; rows]);
                    s.forward(&x, &targets, &mut losses, &mut lse);
                    let close = |got: f64, want: f64| {
                        assert!((got - want).abs() <= tolerance * (1.0 + want.abs()), "{got} {want}")
                    };
                    losses.iter().zip(&want).for_each(|(l, w)| close(l.to_f64(), *w));
                    let denominator = s.denominator(&targets);
                    close((s.total(&losses) / denominator).to_f64(), mean);
                    let scale = Scale::All(T::C::ONE / denominator);
                    let (mut dx, mut again) = (x.clone(), x.clone());
                    s.backward(&x, &targets, &lse, scale, &mut dx);
                    let mut both = losses.clone();
                    s.forward_backward(&x, &targets, scale, &mut both, &mut again);
                    both.iter().zip(&losses).for_each(|(a, b)| close(a.to_f64(), b.to_f64()));
                    dx.iter().zip(&again).for_each(|(a, b)| close(a.load().to_f64(), b.load().to_f64()));
                    for j in (0..rows * c).step_by(if c > 100 { 911 } else { 1 }) {
                        let (mut up, mut down) = (wide.clone(), wide.clone());
                        up[j] += 1e-5;
                        down[j] -= 1e-5;
                        let slope =
                            formula(&up, &targets, wd, smoothing, c).1 - formula(&down, &targets, wd, smoothing, c).1;
                        assert!((dx[j].load().to_f64() - slope / 2e-5).abs() < tolerance.max(1e-8), "{j}");
                    }
                    let each: Vec<T> = cast(&vec![1.0; rows]);
                    s.backward(&x, &targets, &lse, Scale::Each(&each), &mut again);
                    let d = denominator.to_f64();
                    dx.iter().zip(&again).for_each(|(a, b)| close(a.load().to_f64() * d, b.load().to_f64()));
                }
            }
        }
    }

    #[test]
    fn losses_and_gradients_match_the_formula() {
        matches::<f32>(1e-5);
        matches::<f64>(1e-12);
        matches::<half::bf16>(3e-2);
    }

    #[test]
    fn bad_targets_are_named() {
        let s = CrossEntropy::<f32> { classes: 3, weight: None, ignore_index: -100, label_smoothing: 0.0 };
        assert_eq!(s.bad_target(&[0, 2, -100]), None);
        assert_eq!(s.bad_target(&[0, 3]), Some(3));
        assert_eq!(s.bad_target(&[-1]), Some(-1));
    }
}

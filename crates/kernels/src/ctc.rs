//! Connectionist temporal classification (Graves et al., 2006): the probability of all ways to read a target, by the forward
//! and backward variables in logarithms.

use crate::pool::{SendPtr, parallel_for};
use crate::rowmath::Compute;

/// `log_probs` is `[steps, batch, classes]`; a target is read from its offset with its length.
#[derive(Clone, Copy, Debug)]
pub struct Ctc<'a> {
    /// Rows of the log-probabilities.
    pub batch: usize,
    /// Numbers of a row.
    pub classes: usize,
    /// The class between the others.
    pub blank: i64,
    /// All targets.
    pub targets: &'a [i64],
    /// Where each target begins.
    pub offsets: &'a [usize],
    /// How long each target is.
    pub lengths: &'a [usize],
    /// The steps that count, for each target.
    pub steps: &'a [usize],
    /// Numbers of a row of `alpha`: twice the longest target and one.
    pub width: usize,
    /// Rows of `alpha` for each target: the steps of the log-probabilities.
    pub height: usize,
}

fn log_add<C: Compute>(a: C, b: C) -> C {
    let (low, high) = if a < b { (a, b) } else { (b, a) };
    if high == C::LOWEST { high } else { high + (C::ONE + (low - high).exp()).ln() }
}

impl Ctc<'_> {
    /// The class at place `s` of a target with blanks between.
    fn class(&self, n: usize, s: usize) -> usize {
        (if s.is_multiple_of(2) { self.blank } else { self.targets[self.offsets[n] + s / 2] }) as usize
    }

    /// Two places back is another class, so that the blank between may be left out.
    fn skips(&self, n: usize, s: usize) -> bool {
        s >= 2 && !s.is_multiple_of(2) && self.class(n, s) != self.class(n, s - 2)
    }

    fn row<'a, C>(&self, log_probs: &'a [C], t: usize, n: usize) -> &'a [C] {
        &log_probs[(t * self.batch + n) * self.classes..][..self.classes]
    }

    /// The negative logarithms of the probabilities, and the forward variables `[batch, height, width]`.
    pub fn forward<C: Compute>(&self, log_probs: &[C], losses: &mut [C], alpha: &mut [C]) {
        let size = self.height * self.width;
        let (losses, alpha) = (SendPtr(losses.as_mut_ptr()), SendPtr(alpha.as_mut_ptr()));
        parallel_for(self.batch, |n| {
            // SAFETY: every target has its own part.
            let (alpha, loss) = unsafe { (alpha.slice(n * size..(n + 1) * size), losses.slice(n..n + 1)) };
            alpha.fill(C::LOWEST);
            let (steps, places) = (self.steps[n], 2 * self.lengths[n] + 1);
            if steps == 0 {
                loss[0] = if self.lengths[n] == 0 { C::ZERO } else { -C::LOWEST };
                return;
            }
            let first = self.row(log_probs, 0, n);
            alpha[0] = first[self.class(n, 0)];
            if places > 1 {
                alpha[1] = first[self.class(n, 1)];
            }
            for t in 1..steps {
                let row = self.row(log_probs, t, n);
                for s in 0..places {
                    let before = |back: usize| alpha[(t - 1) * self.width + s - back];
                    let mut sum = before(0);
                    if s >= 1 {
                        sum = log_add(sum, before(1));
                    }
                    if self.skips(n, s) {
                        sum = log_add(sum, before(2));
                    }
                    alpha[t * self.width + s] = sum + row[self.class(n, s)];
                }
            }
            let last = &alpha[(steps - 1) * self.width..];
            let end = if places > 1 { log_add(last[places - 1], last[places - 2]) } else { last[0] };
            loss[0] = -end;
        });
    }

    /// The gradient of the log-probabilities, as if they were the output of a log-softmax: probabilities minus the share of
    /// each class in the ways to read the target, times `scale` of each target. Impossible targets give none if `forgive`.
    pub fn backward<C: Compute>(
        &self,
        log_probs: &[C],
        losses: &[C],
        alpha: &[C],
        scale: &[C],
        forgive: bool,
        grad: &mut [C],
    ) {
        let (size, total) = (self.height * self.width, grad.len());
        let grad = SendPtr(grad.as_mut_ptr());
        parallel_for(self.batch, |n| {
            let alpha = &alpha[n * size..(n + 1) * size];
            let (steps, places, loss) = (self.steps[n], 2 * self.lengths[n] + 1, losses[n]);
            let mut beta = vec![C::LOWEST; places];
            let mut share = vec![C::LOWEST; self.classes];
            for t in (0..self.height).rev() {
                let at = (t * self.batch + n) * self.classes;
                debug_assert!(at + self.classes <= total);
                // SAFETY: every row is one target's.
                let grad = unsafe { grad.slice(at..at + self.classes) };
                if t >= steps || (forgive && loss == -C::LOWEST) {
                    grad.fill(C::ZERO);
                    continue;
                }
                let row = self.row(log_probs, t, n);
                let after = beta.clone();
                for s in 0..places {
                    let here = row[self.class(n, s)];
                    beta[s] = if t + 1 == steps {
                        if s + 2 >= places { here } else { C::LOWEST }
                    } else {
                        let mut sum = after[s];
                        if s + 1 < places {
                            sum = log_add(sum, after[s + 1]);
                        }
                        if s + 2 < places && self.skips(n, s + 2) {
                            sum = log_add(sum, after[s + 2]);
                        }
                        sum + here
                    };
                }
                share.fill(C::LOWEST);
                for s in 0..places {
                    let class = self.class(n, s);
                    share[class] = log_add(share[class], alpha[t * self.width + s] + beta[s]);
                }
                for ((grad, share), log_p) in grad.iter_mut().zip(&share).zip(row) {
                    *grad = (log_p.exp() - (*share + loss - *log_p).exp()) * scale[n];
                }
            }
        });
    }
}

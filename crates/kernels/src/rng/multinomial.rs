//! Samples of class indices from rows of weights, drawn as PyTorch does: by binary search in the cumulative sums with
//! replacement, by racing exponential variates without.

use super::{Generator, RandomFloat, exponential, unit_f64};

/// Why weights are no distribution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvalidWeights {
    /// A weight is negative, infinite or NaN.
    Weight,
    /// A row's weights sum to nothing.
    Sum,
}

/// Draws `samples` class indices for each row of `weights` (`[rows, classes]`) into `out` (`[rows, samples]`). Without
/// replacement the caller sees to it that `samples <= classes`.
pub fn multinomial<T: RandomFloat>(
    g: &mut Generator,
    weights: &[T],
    classes: usize,
    samples: usize,
    replacement: bool,
    out: &mut [i64],
) -> Result<(), InvalidWeights> {
    if classes == 0 || samples == 0 {
        return Ok(());
    }
    assert_eq!(out.len(), weights.len() / classes * samples, "multinomial: one index per row and sample");
    for row in weights.chunks_exact(classes) {
        let mut any = false;
        for w in row {
            let w = w.to_f64();
            if !(w >= 0.0 && w.is_finite()) {
                return Err(InvalidWeights::Weight);
            }
            any |= w > 0.0;
        }
        if !any {
            return Err(InvalidWeights::Sum);
        }
    }
    if replacement && samples > 1 {
        searched(g, weights, classes, samples, out)
    } else {
        raced(g, weights, classes, samples, out)
    }
    Ok(())
}

/// Rounds to the precision that PyTorch accumulates `T` in: double for f64, single for the others.
fn accumulate<T: RandomFloat>(x: f64) -> f64 {
    if T::WIDE { x } else { f64::from(x as f32) }
}

fn searched<T: RandomFloat>(g: &mut Generator, weights: &[T], classes: usize, samples: usize, out: &mut [i64]) {
    let mut sums = vec![0.0; classes];
    for (row, out) in weights.chunks_exact(classes).zip(out.chunks_exact_mut(samples)) {
        let mut sum = 0.0;
        for (s, w) in sums.iter_mut().zip(row) {
            sum = accumulate::<T>(sum + w.to_f64());
            *s = sum;
        }
        sums.iter_mut().for_each(|s| *s = accumulate::<T>(*s / sum));
        sums[classes - 1] = 1.0;
        for out in out {
            let u = unit_f64(g.random64());
            *out = sums.partition_point(|s| *s < u) as i64;
        }
    }
}

fn raced<T: RandomFloat>(g: &mut Generator, weights: &[T], classes: usize, samples: usize, out: &mut [i64]) {
    let mut race = vec![T::from_f64(0.0); weights.len()];
    exponential(g, &mut race, 1.0);
    let mut keys: Vec<(f64, i64)> = Vec::with_capacity(classes);
    for ((row, race), out) in
        weights.chunks_exact(classes).zip(race.chunks_exact(classes)).zip(out.chunks_exact_mut(samples))
    {
        keys.clear();
        // A variate of zero gives an infinite key, or NaN beside a weight of zero; NaN ranks first, as in `topk`.
        keys.extend(
            row.iter().zip(race).zip(0..).map(|((w, e), i)| (T::from_f64(w.to_f64() / e.to_f64()).to_f64(), i)),
        );
        let first = |a: &(f64, i64), b: &(f64, i64)| {
            b.0.is_nan().cmp(&a.0.is_nan()).then(b.0.total_cmp(&a.0)).then(a.1.cmp(&b.1))
        };
        if samples < classes {
            keys.select_nth_unstable_by(samples - 1, first);
        }
        keys.truncate(samples);
        keys.sort_unstable_by(first);
        out.iter_mut().zip(&keys).for_each(|(out, key)| *out = key.1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frequencies_follow_the_weights() {
        let mut out = vec![0i64; 40_000];
        let mut g = Generator::new(5);
        assert_eq!(multinomial(&mut g, &[1f32, 0.0, 3.0, 4.0], 4, out.len(), true, &mut out), Ok(()));
        for (class, share) in [(0, 0.125), (1, 0.0), (2, 0.375), (3, 0.5)] {
            let found = out.iter().filter(|x| **x == class).count() as f64 / out.len() as f64;
            assert!((found - share).abs() < 0.01, "{class}: {found}");
        }
    }

    #[test]
    fn without_replacement_no_class_comes_twice() {
        let weights: Vec<f64> = (1..=50).map(f64::from).collect();
        let mut out = [0i64; 50];
        assert_eq!(multinomial(&mut Generator::new(5), &weights, 50, 50, false, &mut out), Ok(()));
        let mut seen = out.to_vec();
        seen.sort_unstable();
        assert!(seen.iter().zip(0..).all(|(a, b)| *a == b));
        assert_ne!(out[..5], [0, 1, 2, 3, 4]);
    }

    #[test]
    fn bad_weights_are_refused() {
        let mut out = [0i64; 1];
        for (w, e) in [
            ([1.0, -1.0], InvalidWeights::Weight),
            ([f64::NAN, 1.0], InvalidWeights::Weight),
            ([0.0, 0.0], InvalidWeights::Sum),
        ] {
            assert_eq!(multinomial(&mut Generator::new(5), &w, 2, 1, false, &mut out), Err(e));
        }
    }
}

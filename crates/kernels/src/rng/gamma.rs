//! Numbers of the gamma distribution (Marsaglia and Tsang, 2000), and how numbers of it and of the beta distribution move with
//! the parameters: −(∂F/∂a) / p of the distribution function F and the density p (Figurnov, Mohamed and Mnih, 2018).

use super::normal::standard_normal;
use super::{Generator, unit_f64};
use crate::math::scalar::digamma;

/// Of a gamma distribution with scale 1. The constants are those of single precision that PyTorch computes with, and `round`
/// rounds to the precision of `alpha`, in which it takes the first steps.
pub fn gamma(g: &mut Generator, mut alpha: f64, round: fn(f64) -> f64) -> f64 {
    let mut scale = 1.0;
    if alpha < 1.0 {
        if alpha == 0.0 {
            return 0.0;
        }
        scale = (1.0 - unit_f64(g.random64())).powf(round(1.0 / alpha));
        alpha = round(alpha + 1.0);
    }
    let d = round(alpha - f64::from(1.0f32 / 3.0));
    let c = 1.0 / (9.0 * d).sqrt();
    loop {
        let (x, y) = loop {
            let x = standard_normal(g);
            let y = 1.0 + c * x;
            // Not a number is let through, as it stays one.
            if !(y <= 0.0) {
                break (x, y);
            }
        };
        let v = y * y * y;
        let u = 1.0 - unit_f64(g.random64());
        let xx = x * x;
        if u < 1.0 - f64::from(0.0331f32) * xx * xx || u.ln() < 0.5 * xx + d * (1.0 - v + v.ln()) || v.is_nan() {
            return scale * d * v;
        }
    }
}

/// The sum of terms from the first on: each is a weight, which `next` gives from the last and its place, times a factor that
/// moves by `step`. It ends where the weights have fallen below what a double can tell.
fn series(mut weight: f64, mut factor: f64, next: impl Fn(f64) -> f64, step: impl Fn(f64) -> f64) -> f64 {
    let (mut sum, mut size) = (0.0, 0.0f64);
    for n in 0..100_000_000u32 {
        let term = weight * factor;
        sum += term;
        size = size.max(sum.abs());
        let ratio = next(f64::from(n));
        if !sum.is_finite() || ratio < 1.0 && term.abs() * ratio < 1e-17 * (1.0 - ratio) * size {
            break;
        }
        weight *= ratio;
        factor += step(f64::from(n));
    }
    sum
}

/// How a number `x` of the gamma distribution moves with `a`.
///
/// With P(a, x) = x p(x) Σ x^n / (a (a+1) … (a+n)) its derivative is term by term Σ … · (ψ(a+n+1) − ln x).
pub fn gamma_gradient(a: f64, x: f64) -> f64 {
    if !(a > 0.0 && x >= 0.0) {
        return f64::NAN;
    }
    if x == 0.0 {
        return 0.0;
    }
    x * series(1.0 / a, digamma(a + 1.0) - x.ln(), |n| x / (a + n + 1.0), |n| 1.0 / (a + n + 1.0))
}

/// How a number `x` of the beta distribution with `a` and `total − a` moves with `a` while the other parameter stays, divided
/// by 1 − x: a part of a Dirichlet number, whose other parts share 1 − x.
///
/// I(x; a, b) = x (1−x) p(x) Σ (a+b)…(a+b+n−1) / (a (a+1) … (a+n)) · x^n where x is small, and 1 − I(1−x; b, a) where it is large.
pub fn dirichlet_gradient(x: f64, a: f64, total: f64) -> f64 {
    let b = total - a;
    if !(a > 0.0 && b > 0.0 && (0.0..=1.0).contains(&x)) {
        return f64::NAN;
    }
    if x == 0.0 {
        return 0.0;
    }
    let y = 1.0 - x;
    if x * total <= a {
        let factor = digamma(a + 1.0) - digamma(total) - x.ln();
        let step = |n: f64| 1.0 / (a + n + 1.0) - 1.0 / (total + n);
        x * series(1.0 / a, factor, |n| x * (total + n) / (a + n + 1.0), step)
    } else {
        let factor = x.ln() - digamma(a) + digamma(total);
        x * series(1.0 / b, factor, |n| y * (total + n) / (b + n + 1.0), |n| 1.0 / (total + n))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// −(∂F/∂a) / p by differences of the integral of the density.
    fn by_integral(log_density: impl Fn(f64, f64) -> f64, a: f64, x: f64) -> f64 {
        // In t = x·e^(−s) the density has no pole at 0.
        let cdf = |a: f64| {
            let (steps, end) = (400_000, 60.0 / a.min(1.0));
            let h = end / f64::from(steps);
            let at = |i: i32| {
                let t = x * (-f64::from(i) * h).exp();
                (log_density(a, t)).exp() * t
            };
            let inner: f64 = (1..steps).map(|i| at(i) * if i % 2 == 1 { 4.0 } else { 2.0 }).sum();
            (at(0) + inner + at(steps)) * h / 3.0
        };
        let e = a * 1e-4;
        -(cdf(a + e) - cdf(a - e)) / (2.0 * e) / log_density(a, x).exp()
    }

    #[test]
    fn gradients_are_those_of_the_distribution_functions() {
        let lgamma = crate::math::scalar::lgamma;
        for (a, x) in [(0.3, 0.01), (0.3, 2.0), (1.0, 1.0), (2.5, 0.7), (2.5, 9.0), (40.0, 38.0), (900.0, 950.0)] {
            let want = by_integral(|a, t| (a - 1.0) * t.ln() - t - lgamma(a), a, x);
            let got = gamma_gradient(a, x);
            assert!((got - want).abs() < 1e-5 * want.abs(), "gamma {a} {x}: {got} instead of {want}");
        }
        for (a, b, x) in [(0.4, 0.7, 0.05), (0.4, 0.7, 0.9), (2.0, 3.0, 0.4), (30.0, 12.0, 0.7), (1.0, 1.0, 0.5)] {
            let density =
                |a: f64, t: f64| (a - 1.0) * t.ln() + (b - 1.0) * (-t).ln_1p() + lgamma(a + b) - lgamma(a) - lgamma(b);
            let want = by_integral(density, a, x);
            let got = dirichlet_gradient(x, a, a + b) * (1.0 - x);
            assert!((got - want).abs() < 1e-5 * want.abs(), "beta {a} {b} {x}: {got} instead of {want}");
        }
        assert!(gamma_gradient(-1.0, 1.0).is_nan() && dirichlet_gradient(0.5, 1.0, 1.0).is_nan());
        // Large parameters: to first order a number moves as a does.
        assert!((gamma_gradient(1e6, 1e6) - 1.0).abs() < 1e-5);
    }
}

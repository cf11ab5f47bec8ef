//! Orthogonal polynomials of one number by their recurrences, and the incomplete gamma functions.

use super::scalar::lgamma;

/// A degree given as a number, cut to an integer.
fn degree(n: f64) -> i64 {
    n as i64
}

/// A three-term recurrence from p₀ = 1 and p₁: `next(k, p_k, p_(k−1))`.
fn recurrence(n: i64, first: f64, next: impl Fn(f64, f64, f64) -> f64) -> f64 {
    let (mut before, mut now) = (1.0, first);
    match n {
        n if n < 0 => return 0.0,
        0 => return 1.0,
        _ => {}
    }
    for k in 1..n {
        if now.is_nan() {
            break;
        }
        (before, now) = (now, next(k as f64, now, before));
    }
    now
}

fn even(n: i64) -> f64 {
    if n % 2 == 0 { 1.0 } else { -1.0 }
}

/// Chebyshev's polynomial of the first kind: cos(n acos x).
pub fn chebyshev_t(x: f64, n: f64) -> f64 {
    let n = degree(n);
    if n > 6 && x.abs() < 1.0 {
        return (n as f64 * x.acos()).cos();
    }
    if n >= 0 && x.abs() == 1.0 {
        return if x > 0.0 { 1.0 } else { even(n) };
    }
    recurrence(n, x, |_, p, q| 2.0 * x * p - q)
}

/// Chebyshev's polynomial of the second kind.
pub fn chebyshev_u(x: f64, n: f64) -> f64 {
    let n = degree(n);
    if n >= 0 && x.abs() == 1.0 {
        return if x > 0.0 { 1.0 } else { even(n) } * (n + 1) as f64;
    }
    if n > 8 && x.abs() < 1.0 {
        let t = x.acos();
        return ((n + 1) as f64 * t).sin() / t.sin();
    }
    recurrence(n, 2.0 * x, |_, p, q| 2.0 * x * p - q)
}

/// Chebyshev's polynomial of the third kind.
pub fn chebyshev_v(x: f64, n: f64) -> f64 {
    let n = degree(n);
    if n >= 0 && x.abs() == 1.0 {
        return if x > 0.0 { 1.0 } else { even(n) * (2 * n + 1) as f64 };
    }
    if n > 8 && x.abs() < 1.0 {
        let t = x.acos();
        return ((n as f64 + 0.5) * t).cos() / (t / 2.0).cos();
    }
    recurrence(n, 2.0 * x - 1.0, |_, p, q| 2.0 * x * p - q)
}

/// Chebyshev's polynomial of the fourth kind.
pub fn chebyshev_w(x: f64, n: f64) -> f64 {
    let n = degree(n);
    if n >= 0 && x.abs() == 1.0 {
        return if x > 0.0 { (2 * n + 1) as f64 } else { even(n) };
    }
    if n > 8 && x.abs() < 1.0 {
        let t = x.acos();
        return ((n as f64 + 0.5) * t).sin() / (t / 2.0).sin();
    }
    recurrence(n, 2.0 * x + 1.0, |_, p, q| 2.0 * x * p - q)
}

/// Hermite's polynomial of the physicists.
pub fn hermite_h(x: f64, n: f64) -> f64 {
    let n = degree(n);
    if n > 512 { f64::NAN } else { recurrence(n, 2.0 * x, |k, p, q| 2.0 * x * p - 2.0 * k * q) }
}

/// Hermite's polynomial of the probabilists.
pub fn hermite_he(x: f64, n: f64) -> f64 {
    let n = degree(n);
    if n > 512 { f64::NAN } else { recurrence(n, x, |k, p, q| x * p - k * q) }
}

/// Laguerre's polynomial.
pub fn laguerre(x: f64, n: f64) -> f64 {
    let n = degree(n);
    if n >= 0 && x == 0.0 {
        return 1.0;
    }
    recurrence(n, 1.0 - x, |k, p, q| ((2.0 * k + 1.0 - x) * p - k * q) / (k + 1.0))
}

/// Legendre's polynomial.
pub fn legendre(x: f64, n: f64) -> f64 {
    let n = degree(n);
    if n >= 0 && x.abs() == 1.0 {
        return if x > 0.0 { 1.0 } else { even(n) };
    }
    recurrence(n, x, |k, p, q| ((2.0 * k + 1.0) * x * p - k * q) / (k + 1.0))
}

/// x^a e^−x / Γ(a).
fn bell(a: f64, x: f64) -> f64 {
    (a * x.ln() - x - lgamma(a)).exp()
}

/// Σ x^k / (a (a+1) … (a+k)): the lower function near 0.
fn lower_series(a: f64, x: f64) -> f64 {
    let (mut term, mut sum, mut k) = (1.0 / a, 1.0 / a, a);
    for _ in 0..20_000 {
        k += 1.0;
        term *= x / k;
        sum += term;
        if term <= sum * f64::EPSILON * 0.1 {
            break;
        }
    }
    bell(a, x) * sum
}

/// Legendre's continued fraction by Lentz' method: the upper function far out.
fn upper_fraction(a: f64, x: f64) -> f64 {
    const TINY: f64 = 1e-300;
    let mut b = x + 1.0 - a;
    let mut c = 1.0 / TINY;
    let mut d = 1.0 / b;
    let mut h = d;
    for i in 1..20_000 {
        let k = i as f64;
        let an = -k * (k - a);
        b += 2.0;
        d = an * d + b;
        d = 1.0 / if d.abs() < TINY { TINY } else { d };
        c = b + an / c;
        c = if c.abs() < TINY { TINY } else { c };
        let step = d * c;
        h *= step;
        if (step - 1.0).abs() <= f64::EPSILON {
            break;
        }
    }
    bell(a, x) * h
}

/// The regularized lower incomplete gamma function.
pub fn igamma(a: f64, x: f64) -> f64 {
    if a.is_nan() || x.is_nan() || a < 0.0 || x < 0.0 {
        return f64::NAN;
    }
    if a == 0.0 {
        return if x > 0.0 { 1.0 } else { f64::NAN };
    }
    if x == 0.0 {
        return 0.0;
    }
    if a.is_infinite() {
        return if x.is_infinite() { f64::NAN } else { 0.0 };
    }
    if x.is_infinite() {
        return 1.0;
    }
    if x > 1.0 && x > a { 1.0 - upper_fraction(a, x) } else { lower_series(a, x) }
}

/// The regularized upper incomplete gamma function.
pub fn igammac(a: f64, x: f64) -> f64 {
    if a.is_nan() || x.is_nan() || a < 0.0 || x < 0.0 {
        return f64::NAN;
    }
    if a == 0.0 {
        return if x > 0.0 { 0.0 } else { f64::NAN };
    }
    if x == 0.0 {
        return 1.0;
    }
    if a.is_infinite() {
        return if x.is_infinite() { f64::NAN } else { 1.0 };
    }
    if x.is_infinite() {
        return 0.0;
    }
    if x > 1.0 && x > a { upper_fraction(a, x) } else { 1.0 - lower_series(a, x) }
}

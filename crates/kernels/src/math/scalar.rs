//! Functions that go element by element: special functions in `f64`, and steps to neighbouring floats.

use super::double::{erf_of, erfc_of};

macro_rules! nextafter {
    ($name:ident $t:ident) => {
        /// The next float after `x` in the direction of `y`.
        pub fn $name(x: $t, y: $t) -> $t {
            if x.is_nan() || y.is_nan() {
                $t::NAN
            } else if x == y {
                y
            } else if x < y {
                x.next_up()
            } else {
                x.next_down()
            }
        }
    };
}
nextafter!(nextafter_f32 f32);
nextafter!(nextafter_f64 f64);

fn horner(x: f64, coefficients: &[f64]) -> f64 {
    coefficients.iter().fold(0.0, |sum, c| sum * x + c)
}

/// The inverse of the error function: Giles' single-precision start, then two steps of Halley's method.
pub fn erfinv(x: f64) -> f64 {
    if x.is_nan() || x.abs() > 1.0 {
        return f64::NAN;
    }
    if x.abs() == 1.0 {
        return x * f64::INFINITY;
    }
    if x == 0.0 {
        return x;
    }
    let w = -((1.0 - x) * (1.0 + x)).ln();
    let start = if w < 5.0 {
        const P: [f64; 9] = [
            2.81022636e-08,
            3.43273939e-07,
            -3.5233877e-06,
            -4.39150654e-06,
            0.00021858087,
            -0.00125372503,
            -0.00417768164,
            0.246640727,
            1.50140941,
        ];
        horner(w - 2.5, &P) * x
    } else {
        const P: [f64; 9] = [
            -0.000200214257,
            0.000100950558,
            0.00134934322,
            -0.00367342844,
            0.00573950773,
            -0.0076224613,
            0.00943887047,
            1.00167406,
            2.83297682,
        ];
        horner(w.sqrt() - 3.0, &P) * x
    };
    let mut y = start;
    for _ in 0..2 {
        // In the tail the difference is taken of the complements, which keep their digits there.
        let error = if x.abs() < 0.5 { erf_of(y) - x } else { x.signum() * ((1.0 - x.abs()) - erfc_of(y.abs())) };
        let step = error / (std::f64::consts::FRAC_2_SQRT_PI * (-y * y).exp());
        y -= step / (1.0 + y * step);
    }
    y
}

/// log Γ(x) / ((x-1)(x-2)) on [0.75, 2.25], as a polynomial of x - 1.5.
const LGAMMA_MID: [f64; 29] = [
    1.2731097772961102e-06,
    -1.9673320709041737e-06,
    -2.1489649783126935e-06,
    3.3117596977261406e-06,
    4.383964683448757e-06,
    -6.784132734012053e-06,
    2.4230183729916525e-07,
    -4.33232057426622e-07,
    8.074667491405345e-06,
    -1.264693101998377e-05,
    1.6253244127562165e-05,
    -2.5666846756245553e-05,
    4.189845167047892e-05,
    -6.65009829365161e-05,
    0.00010560180634285953,
    -0.00016886064347874108,
    0.000271279805620913,
    -0.00043799929510449743,
    0.0007115220349533592,
    -0.0011644141299556872,
    0.0019229161518121024,
    -0.0032120740949569578,
    0.005446457844214796,
    -0.009425622447952201,
    0.016797098631191436,
    -0.03130848750101803,
    0.06291140107456492,
    -0.14595989591430605,
    0.4831289505409809,
];

/// log |Γ(x)|: a polynomial around 1.5, steps down to it below 8, Stirling's series above, reflection below 0.
pub fn lgamma(x: f64) -> f64 {
    if x.is_nan() {
        return x;
    }
    if x.is_infinite() {
        return f64::INFINITY;
    }
    if x <= 0.0 {
        if x == x.floor() {
            return f64::INFINITY;
        }
        let sine = sin_pi(x).abs();
        return (std::f64::consts::PI / (sine * -x)).ln() - lgamma(-x);
    }
    if x < 0.75 {
        return lgamma(x + 1.0) - x.ln();
    }
    if x <= 2.25 {
        return horner(x - 1.5, &LGAMMA_MID) * ((x - 1.0) * (x - 2.0));
    }
    if x < 8.0 {
        let (mut low, mut product) = (x, 1.0);
        while low > 2.25 {
            low -= 1.0;
            product *= low;
        }
        return product.ln() + lgamma(low);
    }
    let half_log_2pi = 0.918_938_533_204_672_8;
    let z = 1.0 / (x * x);
    const SERIES: [f64; 8] = [
        -3617.0 / 122_400.0,
        1.0 / 156.0,
        -691.0 / 360_360.0,
        1.0 / 1188.0,
        -1.0 / 1680.0,
        1.0 / 1260.0,
        -1.0 / 360.0,
        1.0 / 12.0,
    ];
    if x > 1e17 {
        return x * (x.ln() - 1.0);
    }
    (x - 0.5) * (x.ln() - 1.0) + (half_log_2pi - 0.5) + horner(z, &SERIES) / x
}

/// sin(πx), exact at integers.
fn sin_pi(x: f64) -> f64 {
    let r = x - 2.0 * (x * 0.5).round();
    let sine = |r: f64| (std::f64::consts::PI * r).sin();
    if r.abs() > 0.5 { sine((1.0 - r.abs()).copysign(r)) } else { sine(r) }
}

/// The derivative of log Γ(x): steps up to 10, then the asymptotic series; reflection below 0.
pub fn digamma(x: f64) -> f64 {
    if x == 0.0 {
        return f64::NEG_INFINITY.copysign(-x);
    }
    if x < 0.0 {
        if x == x.floor() {
            return f64::NAN;
        }
        // The fraction alone goes into the tangent: it keeps its digits.
        let fraction = x - x.trunc();
        return digamma(1.0 - x) - std::f64::consts::PI / (std::f64::consts::PI * fraction).tan();
    }
    let (mut x, mut below) = (x, 0.0);
    while x < 10.0 {
        below -= 1.0 / x;
        x += 1.0;
    }
    if x == 10.0 && below == 0.0 {
        return 2.251_752_589_066_721;
    }
    let z = 1.0 / (x * x);
    const SERIES: [f64; 7] =
        [1.0 / 12.0, -691.0 / 32_760.0, 1.0 / 132.0, -1.0 / 240.0, 1.0 / 252.0, -1.0 / 120.0, 1.0 / 12.0];
    let tail = if x < 1e17 { z * horner(z, &SERIES) } else { 0.0 };
    below + x.ln() - 0.5 / x - tail
}

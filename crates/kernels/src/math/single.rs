//! The elementary functions for vectors of `f32`.

use super::common;
pub use super::common::{acosh, asinh, atanh, cosh, exp, exp2, expm1, log, log1p, log2, log10, sigmoid, sinh, tanh};
use super::tables::Tables;
use super::{by_element, by_element2, poly, scalar};
use crate::lane::{Lookup, Vector};

by_element! {
    f32: erfinv = |x| scalar::erfinv(x as f64) as f32; lgamma = |x| scalar::lgamma(x as f64) as f32;
    digamma = |x| scalar::digamma(x as f64) as f32;
}

by_element2! {
    f32: fmod = |x, y| x % y; nextafter = scalar::nextafter_f32;
    hypot = |x, y| ((x as f64) * (x as f64) + (y as f64) * (y as f64)).sqrt() as f32;
}

/// (atan x - x) / x³ in x², for x up to 1.
const ATAN: &[f64] = &[
    -2.386997317e-03,
    1.350777143e-02,
    -3.587153898e-02,
    6.250169445e-02,
    -8.656880430e-02,
    1.103376412e-01,
    -1.427856875e-01,
    1.999973933e-01,
    -3.333333173e-01,
];
/// (asin x - x) / x³ in x², for x up to 1/2.
const ASIN: &[f64] =
    &[3.369084720e-02, 1.714923836e-02, 3.110066274e-02, 4.459940153e-02, 7.500094543e-02, 1.666666634e-01];
/// erf(x) / x - 1 in x², for x up to 1.
const ERF_NEAR: &[f64] = &[
    1.058938064e-06,
    -1.390934002e-05,
    1.195656257e-04,
    -8.542637997e-04,
    5.223783477e-03,
    -2.686613324e-02,
    1.128379131e-01,
    -3.761263889e-01,
    1.283791671e-01,
];
/// -log(erfc(x)) in x, from 1 to 4.
const ERF_FAR: &[f64] = &[
    -1.614896338e-06,
    4.563089100e-05,
    -5.933143282e-04,
    4.743754147e-03,
    -2.637756438e-02,
    1.100058213e-01,
    6.319025502e-01,
    1.130189921e+00,
    -3.096755744e-04,
];
/// erfc(x/√2)/2 by polynomials of degree 5 around k/2.5 in 2.5x - k, highest coefficient first, a column for each k;
/// the last column stands for all beyond 5.8.
const NORMAL_TAIL: [[f32; 16]; 6] = [
    [
        -1.012800785e-04,
        -6.388826296e-05,
        1.112040536e-05,
        5.879570381e-05,
        5.425357449e-05,
        2.246905569e-05,
        -3.282962552e-06,
        -1.169201369e-05,
        -9.294525626e-06,
        -4.758621344e-06,
        -1.809013384e-06,
        -5.378050787e-07,
        -1.282876241e-07,
        -2.492402196e-08,
        -3.982077779e-09,
        0.0,
    ],
    [
        -3.879926935e-11,
        -4.420602636e-04,
        -5.789864808e-04,
        -3.864298924e-04,
        -8.479397366e-05,
        1.131512399e-04,
        1.571747707e-04,
        1.143291738e-04,
        5.918795432e-05,
        2.364160719e-05,
        7.542918411e-06,
        1.958223038e-06,
        4.183350484e-07,
        7.408711156e-08,
        1.093367707e-08,
        0.0,
    ],
    [
        4.255278036e-03,
        3.299460281e-03,
        1.112204744e-03,
        -9.113973356e-04,
        -1.845557941e-03,
        -1.727519208e-03,
        -1.136948937e-03,
        -5.775142927e-04,
        -2.350182185e-04,
        -7.809905219e-05,
        -2.143217898e-05,
        -4.892131983e-06,
        -9.334540891e-07,
        -1.494169624e-07,
        -2.011763023e-08,
        0.0,
    ],
    [
        9.708000029e-12,
        1.178425457e-02,
        1.853984967e-02,
        1.864173822e-02,
        1.419800427e-02,
        8.638739586e-03,
        4.299845081e-03,
        1.773069496e-03,
        6.103029009e-04,
        1.762072206e-04,
        4.281553993e-05,
        8.776180948e-06,
        1.520176056e-06,
        2.228136537e-07,
        2.766284801e-08,
        0.0,
    ],
    [
        -1.595769078e-01,
        -1.473080367e-01,
        -1.158766076e-01,
        -7.767441869e-02,
        -4.436834157e-02,
        -2.159639820e-02,
        -8.957819082e-03,
        -3.166180803e-03,
        -9.536327561e-04,
        -2.447584993e-04,
        -5.353086817e-05,
        -9.976519323e-06,
        -1.584381721e-06,
        -2.144093543e-07,
        -2.472449090e-08,
        0.0,
    ],
    [
        5.000000000e-01,
        3.445782661e-01,
        2.118554115e-01,
        1.150696725e-01,
        5.479928851e-02,
        2.275012992e-02,
        8.197534829e-03,
        2.555130282e-03,
        6.871382357e-04,
        1.591088221e-04,
        3.167135219e-05,
        5.412581231e-06,
        7.933376196e-07,
        9.964613668e-08,
        1.071788436e-08,
        0.0,
    ],
];
/// erfc(x) e^(x²) (1 + 2x) in (x-2)/(x+2), from 0.45 to 10.
const ERFC_FAR: &[f64] = &[
    -2.815748767e-04,
    -1.242924747e-03,
    1.191983694e-03,
    8.643631843e-03,
    -8.018054790e-03,
    -5.420797682e-02,
    1.640499987e-01,
    -1.660310421e-01,
    -9.276379891e-02,
    1.276978387e+00,
];
/// (2 atanh(s) - 2s) / s³ in s², for mantissas from 1/√2 to √2, finer than the table of `log`.
const LOG_FINE: &[f64] = &[1.9387299011e-01, 2.2190119721e-01, 2.8571774916e-01, 3.9999998697e-01, 6.6666666667e-01];

/// Sine.
#[inline(always)]
pub fn sin<V: Vector<Elem = f32>>(x: V) -> V {
    common::apart(x.abs().gt(V::splat(f32::REDUCIBLE)), x, common::sin_near, |x| (x as f64).sin() as f32)
}

/// Cosine.
#[inline(always)]
pub fn cos<V: Vector<Elem = f32>>(x: V) -> V {
    common::apart(x.abs().gt(V::splat(f32::REDUCIBLE)), x, common::cos_near, |x| (x as f64).cos() as f32)
}

/// Tangent.
#[inline(always)]
pub fn tan<V: Vector<Elem = f32>>(x: V) -> V {
    common::apart(x.abs().gt(V::splat(f32::REDUCIBLE)), x, common::tan_near, |x| (x as f64).tan() as f32)
}

#[inline(always)]
fn asin_near<V: Vector<Elem = f32>>(x: V, z: V) -> V {
    (z * x).fma(poly(z, ASIN), x)
}

/// Inverse sine.
#[inline(always)]
pub fn asin<V: Vector<Elem = f32>>(x: V) -> V {
    let a = x.abs();
    let small = a.lt(V::splat(0.5));
    let z = V::select(small, a * a, V::splat(0.5) - a * V::splat(0.5));
    let y = asin_near(V::select(small, a, z.sqrt()), z);
    let [high, low, _] = f32::HALF_PI;
    V::select(small, y, V::splat(high) - (y + y - V::splat(low))).copysign(x)
}

/// Inverse cosine.
#[inline(always)]
pub fn acos<V: Vector<Elem = f32>>(x: V) -> V {
    let a = x.abs();
    let small = a.lt(V::splat(0.5));
    let z = V::select(small, a * a, V::splat(0.5) - a * V::splat(0.5));
    let y = asin_near(V::select(small, x, z.sqrt()), z);
    let [high, low, _] = f32::HALF_PI;
    let near = V::splat(high) - (y - V::splat(low));
    let twice = y + y;
    let far = V::select(x.lt(V::splat(0.0)), V::splat(std::f64::consts::PI) - twice, twice);
    V::select(small, near, far)
}

/// atan of a in [0, 1].
#[inline(always)]
fn atan_near<V: Vector<Elem = f32>>(a: V) -> V {
    let z = a * a;
    (z * a).fma(poly(z, ATAN), a)
}

/// Inverse tangent.
#[inline(always)]
pub fn atan<V: Vector<Elem = f32>>(x: V) -> V {
    let a = x.abs();
    let large = a.gt(V::splat(1.0));
    let y = atan_near(V::select(large, V::splat(1.0) / a, a));
    let [high, low, _] = f32::HALF_PI;
    V::select(large, V::splat(high) - (y - V::splat(low)), y).copysign(x)
}

/// The angle of the point (x, y).
#[inline(always)]
pub fn atan2<V: Vector<Elem = f32>>(y: V, x: V) -> V {
    let (a, b) = (y.abs(), x.abs());
    let odd = a.is_inf() | b.is_inf() | (a.max(b)).lt(V::splat(1e-30)) | !(a.max(b)).eq(a.max(b));
    common::apart2(odd, (y, x), atan2_near, f32::atan2)
}

/// The angle of a point that is neither too far nor too near.
#[inline(always)]
fn atan2_near<V: Vector<Elem = f32>>(y: V, x: V) -> V {
    let (a, b) = (y.abs(), x.abs());
    let swap = a.gt(b);
    let angle = atan_near(a.min(b) / a.max(b));
    let [high, low, _] = f32::HALF_PI;
    let angle = V::select(swap, V::splat(high) - (angle - V::splat(low)), angle);
    let mirrored = V::splat(2.0 * high) - (angle - V::splat(2.0 * low));
    V::select(x.signbit(), mirrored, angle).copysign(y)
}

/// The error function.
#[inline(always)]
pub fn erf<V: Vector<Elem = f32>>(x: V) -> V {
    let a = x.abs();
    let z = x * x;
    let near = x.fma(poly(z, ERF_NEAR), x);
    let far = V::splat(1.0) - exp(-poly(a.at_most(4.05), ERF_FAR));
    V::select(a.lt(V::splat(1.0)), near, far.copysign(x))
}

/// erfc(x/√2)/2 for x that is not negative, within 4e-8; 0 beyond 5.8.
#[inline(always)]
pub fn normal_tail<V: Lookup>(x: V) -> V {
    let x = x.at_most(6.0);
    // The sum with 1.5 · 2²³ holds the nearest integer in its lowest bits.
    let magic = V::splat(12_582_912.0);
    let k = x.fma(V::splat(2.5), magic);
    let r = x.fma(V::splat(2.5), magic - k);
    let mut sum = V::lookup(&NORMAL_TAIL[0], k.to_bits());
    for row in &NORMAL_TAIL[1..] {
        sum = sum.fma(r, V::lookup(row, k.to_bits()));
    }
    sum
}

/// 1 - erf(x).
#[inline(always)]
pub fn erfc<V: Vector<Elem = f32>>(x: V) -> V {
    let (one, two) = (V::splat(1.0), V::splat(2.0));
    let a = x.abs();
    let near = one - x.fma(poly(x * x, ERF_NEAR), x);
    let b = a.at_least(0.45).at_most(10.5);
    let t = (b - two) / (b + two);
    let smooth = poly(t, ERFC_FAR) / b.fma(two, one);
    // b² in two parts: the exponential would blow its rounding error up.
    let square = b * b;
    let low = b.fma(b, -square);
    let e = smooth * exp(-square);
    let far = e - e * low;
    let far = V::select(x.lt(V::splat(0.0)), two - far, far);
    V::select(a.lt(V::splat(0.47)), near, far)
}

/// The rounding error of a sum of which `a` is the larger part.
#[inline(always)]
fn lost<V: Vector<Elem = f32>>(sum: V, a: V, b: V) -> V {
    b - (sum - a)
}

/// x^y: log2 |x| as two summands, times y, and 2 to that. Zeros, infinities and NaN go element by element.
#[inline(always)]
pub fn pow<V: Vector<Elem = f32>>(x: V, y: V) -> V {
    let a = x.abs();
    let usual = a.gt(V::splat(0.0)) & a.is_finite() & y.is_finite();
    common::apart2(!usual, (x, y), pow_near, |x, y| if y == 0.0 { 1.0 } else { x.powf(y) })
}

/// x^y of finite numbers, x not zero.
#[inline(always)]
fn pow_near<V: Vector<Elem = f32>>(x: V, y: V) -> V {
    let (zero, one) = (V::splat(0.0), V::splat(1.0));
    let a = x.abs();
    let (e, m) = common::mantissa(a);
    // log m = 2 atanh(s), s = (m - 1) / (m + 1) as s + ds.
    let (f, d) = (m - one, m + one);
    let d_lost = lost(d, m, one) + V::select(m.lt(one), lost(d, one, m) - lost(d, m, one), zero);
    let s = f / d;
    let ds = (s.fma(-d, f) - s * d_lost) / d;
    let z = s * s;
    let cubic = z * s * poly(z, LOG_FINE);
    let high = s + s;
    let low = ds + ds + cubic;
    // To base 2.
    let (k, dk) = f32::LOG2_E;
    let log = high * V::splat(k);
    let log_low = high.fma(V::splat(k), -log) + high.fma(V::splat(dk), low * V::splat(k));
    let sum = e + log;
    let sum_low = V::select(e.eq(zero), zero, lost(sum, e, log)) + log_low;
    // Times y.
    let p = sum * y;
    let p_low = sum.fma(y, -p) + sum_low * y;
    let p = p.at_least(-300.0).at_most(300.0);
    let p_low = p_low.at_least(-16.0).at_most(16.0);
    let n = (p + p_low).round();
    let r = (p - n) + p_low;
    let result = common::exp_near(r * V::splat(std::f64::consts::LN_2)).scale(n);
    let whole = y.trunc().eq(y);
    let half = y * V::splat(0.5);
    let odd = whole & !half.trunc().eq(half);
    let negative = x.lt(zero);
    let result = V::select(negative & odd, -result, result);
    V::select(negative & !whole, V::splat(f64::NAN), result)
}

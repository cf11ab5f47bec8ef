//! The elementary functions for vectors of `f64`.

use super::common;
pub use super::common::{acosh, asinh, atanh, cosh, exp, exp2, expm1, log, log1p, log2, log10, sigmoid, sinh, tanh};
use super::tables::Tables;
use super::{by_element, by_element2, poly, scalar};
use crate::lane::Vector;

by_element! {
    f64: tan = f64::tan; asin = f64::asin; acos = f64::acos; atan = f64::atan;
    erfinv = scalar::erfinv; lgamma = scalar::lgamma; digamma = scalar::digamma;
}

by_element2! {
    f64: pow = f64::powf; atan2 = f64::atan2; fmod = |x, y| x % y; hypot = f64::hypot; nextafter = scalar::nextafter_f64;
}

/// Sine.
#[inline(always)]
pub fn sin<V: Vector<Elem = f64>>(x: V) -> V {
    common::apart(x.abs().gt(V::splat(f64::REDUCIBLE)), x, common::sin_near, f64::sin)
}

/// Cosine.
#[inline(always)]
pub fn cos<V: Vector<Elem = f64>>(x: V) -> V {
    common::apart(x.abs().gt(V::splat(f64::REDUCIBLE)), x, common::cos_near, f64::cos)
}

/// erf(√z)/√z for z in [0, 1].
const ERF_NEAR: &[f64] = &[
    -4.230945824295338e-12,
    8.709045129053106e-11,
    -1.216456005728345e-09,
    1.4792401209404813e-08,
    -1.6364642158167616e-07,
    1.6462045441468418e-06,
    -1.4925647567519332e-05,
    0.00012055332902888736,
    -0.000854832702193483,
    0.0052239776254232985,
    -0.02686617064512984,
    0.1128379167095512,
    -0.37612638903183754,
    std::f64::consts::FRAC_2_SQRT_PI,
];

/// erfc(x) e^(x²) (1 + 2x) as a polynomial of (x-4)/(x+4), for x from 0.45 to 28.
const ERFC_FAR: &[f64] = &[
    1.5986093958696034e-09,
    -9.657059960355411e-09,
    -1.722164698485446e-08,
    1.0325703213719335e-07,
    7.378117568618755e-08,
    -8.194907257298113e-07,
    2.943872368687271e-07,
    5.706468849233111e-06,
    -1.1222270765018649e-05,
    -2.4398040215702936e-05,
    0.00015062174088354387,
    -0.00019925697186660404,
    -0.0007577732999271042,
    0.00503197001993323,
    -0.016197734056599043,
    0.03716751553362447,
    -0.06633036581228542,
    0.09373283499854561,
    -0.10103906603630276,
    0.06809705425468811,
    0.015379652102619738,
    -0.13962111684056247,
    1.2329951186255526,
];

/// erfc of 0.45 and above.
#[inline(always)]
fn erfc_far<V: Vector<Elem = f64>>(x: V) -> V {
    let one = V::splat(1.0);
    let x = x.at_most(28.0);
    let t = (x - V::splat(4.0)) / (x + V::splat(4.0));
    let smooth = poly(t, ERFC_FAR) / x.fma(V::splat(2.0), one);
    // x² in two parts: the exponential would blow its rounding error up.
    let square = x * x;
    let low = x.fma(x, -square);
    let e = exp(-square);
    let y = smooth * e;
    y - y * low
}

/// The error function.
#[inline(always)]
pub fn erf<V: Vector<Elem = f64>>(x: V) -> V {
    let a = x.abs();
    let near = x * poly(x * x, ERF_NEAR);
    let far = (V::splat(1.0) - erfc_far(a.at_least(0.45))).copysign(x);
    V::select(a.gt(V::splat(0.9)), far, near)
}

/// 1 - erf(x).
#[inline(always)]
pub fn erfc<V: Vector<Elem = f64>>(x: V) -> V {
    let a = x.abs();
    let near = V::splat(1.0) - x * poly(x * x, ERF_NEAR);
    let far = erfc_far(a.at_least(0.45));
    let far = V::select(x.lt(V::splat(0.0)), V::splat(2.0) - far, far);
    V::select(a.gt(V::splat(0.47)), far, near)
}

/// erfc(x/√2)/2.
#[inline(always)]
pub fn normal_tail<V: Vector<Elem = f64>>(x: V) -> V {
    V::splat(0.5) * erfc(x * V::splat(std::f64::consts::FRAC_1_SQRT_2))
}

/// The error function of one number.
pub fn erf_of(x: f64) -> f64 {
    erf(x)
}

/// 1 - erf(x) of one number.
pub fn erfc_of(x: f64) -> f64 {
    erfc(x)
}

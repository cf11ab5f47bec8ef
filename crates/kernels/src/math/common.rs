//! The functions that are the same steps in both precisions; the numbers come from `Tables`.

use super::tables::Tables;
use super::{poly, pow2};
use crate::lane::Vector;

type T<V> = <V as Vector>::Elem;

#[inline(always)]
fn c<V: Vector>(x: f64) -> V {
    V::splat(x)
}

/// `usual` of what is not `odd`, and `other` of each odd element: what an element gives does not depend on those beside it.
#[inline(always)]
pub(super) fn apart<V: Vector>(odd: V::Mask, x: V, usual: impl Fn(V) -> V, other: impl Fn(V::Elem) -> V::Elem) -> V {
    let any = V::any(odd);
    let y = usual(if any { V::select(odd, V::splat(1.0), x) } else { x });
    if any { V::select(odd, x.map1(other), y) } else { y }
}

/// As [`apart`], for two inputs.
#[inline(always)]
pub(super) fn apart2<V: Vector>(
    odd: V::Mask,
    (a, b): (V, V),
    usual: impl Fn(V, V) -> V,
    other: impl Fn(V::Elem, V::Elem) -> V::Elem,
) -> V {
    let any = V::any(odd);
    let one = V::splat(1.0);
    let (p, q) = if any { (V::select(odd, one, a), V::select(odd, one, b)) } else { (a, b) };
    let y = usual(p, q);
    if any { V::select(odd, a.map2(b, other), y) } else { y }
}

/// e^(r + n ln2) without the scaling by 2^n: e^r for |r| up to ln2/2.
#[inline(always)]
pub(super) fn exp_near<V: Vector>(r: V) -> V {
    (r * r).fma(poly(r, T::<V>::EXP), r) + c(1.0)
}

/// x as n ln2 + r.
#[inline(always)]
fn reduce_exp<V: Vector>(x: V) -> (V, V) {
    let n = (x * c(T::<V>::LOG2_E.0)).round();
    (n, n.fma(c(-T::<V>::LN2.1), n.fma(c(-T::<V>::LN2.0), x)))
}

/// e^x.
#[inline(always)]
pub fn exp<V: Vector>(x: V) -> V {
    let x = x.at_least(T::<V>::EXP_RANGE.0).at_most(T::<V>::EXP_RANGE.1);
    let (n, r) = reduce_exp(x);
    exp_near(r).scale(n)
}

/// 2^x.
#[inline(always)]
pub fn exp2<V: Vector>(x: V) -> V {
    let (low, high) = if V::MANTISSA == 23 { (-151.0, 129.0) } else { (-1077.0, 1025.0) };
    let x = x.at_least(low).at_most(high);
    let n = x.round();
    exp_near((x - n) * c(std::f64::consts::LN_2)).scale(n)
}

/// e^x - 1.
#[inline(always)]
pub fn expm1<V: Vector>(x: V) -> V {
    let clamped = x.at_least(if V::MANTISSA == 23 { -20.0 } else { -40.0 }).at_most(T::<V>::EXP_RANGE.1);
    let (n, r) = reduce_exp(clamped);
    let p = (r * r).fma(poly(r, T::<V>::EXP), r);
    // Half of 2^n, because 2^n itself may be too large by one.
    let half = pow2(n - c(1.0));
    let y = p.fma(half, half - c(0.5));
    V::select(x.eq(c(0.0)), x, y + y)
}

/// Exponent and mantissa (1/√2 to √2) of a positive number.
#[inline(always)]
pub(super) fn mantissa<V: Vector>(x: V) -> (V, V) {
    let subnormal = x.lt(c(T::<V>::TINY));
    let lift = (1u64 << V::MANTISSA) as f64;
    let x = V::select(subnormal, x * c(lift), x);
    let bits = x.to_bits();
    let (mask, one, bias) = if V::MANTISSA == 23 {
        (0x7f_ffff, 1f32.to_bits() as u64, 127.0)
    } else {
        (0xf_ffff_ffff_ffff, 1f64.to_bits(), 1023.0)
    };
    // The exponent bits become a float by way of 2^MANTISSA, whose mantissa they are put into.
    let magic = V::splat(lift);
    let e = if V::MANTISSA == 23 { V::bits_shr::<23>(bits) } else { V::bits_shr::<52>(bits) };
    let e = V::from_bits(V::bits_or(e, magic.to_bits())) - magic - c(bias);
    let e = e - V::select(subnormal, c(V::MANTISSA as f64), c(0.0));
    let m = V::from_bits(V::bits_or(V::bits_and(bits, V::bits(mask)), V::bits(one)));
    let large = m.gt(c(std::f64::consts::SQRT_2));
    let m = V::select(large, m * c(0.5), m);
    (e + V::from_mask(large), m)
}

/// Exponent, and the logarithm of the mantissa as two summands: log x = e ln2 + (f + tail).
#[inline(always)]
fn log_parts<V: Vector>(x: V) -> (V, V, V) {
    let (e, m) = mantissa(x);
    let (f, tail) = log1p_near(m - c(1.0));
    (e, f, tail)
}

/// log(1 + f) as two summands, for 1 + f from 1/√2 to √2.
#[inline(always)]
fn log1p_near<V: Vector>(f: V) -> (V, V) {
    let s = f / (f + c(2.0));
    let z = s * s;
    let half_square = f * f * c(0.5);
    let r = z * poly(z, T::<V>::LOG);
    (f, s.fma(half_square + r, -half_square))
}

/// Puts the logarithms of 0, negative numbers, infinity and NaN in place.
#[inline(always)]
fn log_limits<V: Vector>(x: V, y: V) -> V {
    let inf = c::<V>(f64::INFINITY);
    let y = V::select(x.eq(inf) | !x.eq(x), x, y);
    let y = V::select(x.lt(c(0.0)), c(f64::NAN), y);
    V::select(x.eq(c(0.0)), -inf, y)
}

/// Natural logarithm.
#[inline(always)]
pub fn log<V: Vector>(x: V) -> V {
    let (e, f, tail) = log_parts(x);
    let y = e.fma(c(T::<V>::LN2.0), f + e.fma(c(T::<V>::LN2.1), tail));
    log_limits(x, y)
}

/// Logarithm to base 2.
#[inline(always)]
pub fn log2<V: Vector>(x: V) -> V {
    let (e, f, tail) = log_parts(x);
    let (high, low) = T::<V>::LOG2_E;
    let y = f.fma(c(high), tail.fma(c(high), f * c(low)));
    log_limits(x, e + y)
}

/// Logarithm to base 10.
#[inline(always)]
pub fn log10<V: Vector>(x: V) -> V {
    let (e, f, tail) = log_parts(x);
    let (high, low) = T::<V>::LOG10_E;
    let rest = e.fma(c(T::<V>::LOG10_2.1), tail.fma(c(high), f * c(low)));
    log_limits(x, e.fma(c(T::<V>::LOG10_2.0), f.fma(c(high), rest)))
}

/// log(1 + x).
#[inline(always)]
pub fn log1p<V: Vector>(x: V) -> V {
    let u = x + c(1.0);
    // What the rounding of 1 + x lost, from whichever summand is the smaller.
    let lost = V::select(x.gt(c(1.0)), c::<V>(1.0) - (u - x), x - (u - c(1.0)));
    let (e, f, tail) = log_parts(u);
    let y = e.fma(c(T::<V>::LN2.0), f + e.fma(c(T::<V>::LN2.1), tail + lost / u));
    // Near 0 the argument needs no splitting at all.
    let (g, near) = log1p_near(x.at_least(-0.25).at_most(0.4));
    let y = V::select(x.gt(c(-0.25)) & x.lt(c(0.4)), g + near, log_limits(u, y));
    V::select(x.eq(c(0.0)), x, y)
}

/// tanh.
#[inline(always)]
pub fn tanh<V: Vector>(x: V) -> V {
    let a = x.abs();
    let z = x * x;
    let near = (z * x).fma(poly(z, T::<V>::TANH), x);
    let far = c::<V>(1.0) - c::<V>(2.0) / (exp(a + a) + c(1.0));
    V::select(a.lt(c(0.6)), near, far.copysign(x))
}

/// 1 / (1 + e^-x).
#[inline(always)]
pub fn sigmoid<V: Vector>(x: V) -> V {
    c::<V>(1.0) / (c::<V>(1.0) + exp(-x))
}

/// e^x / 2, which is finite a little further than e^x.
#[inline(always)]
fn half_exp<V: Vector>(x: V) -> V {
    let x = x.at_least(T::<V>::EXP_RANGE.0).at_most(T::<V>::EXP_RANGE.1 + 1.0);
    let (n, r) = reduce_exp(x);
    exp_near(r).scale(n - c(1.0))
}

/// Hyperbolic sine.
#[inline(always)]
pub fn sinh<V: Vector>(x: V) -> V {
    let a = x.abs();
    let t = expm1(a.at_most(1.0));
    let near = c::<V>(0.5) * (t + t / (t + c(1.0)));
    let half = half_exp(a);
    V::select(a.gt(c(1.0)), half - c::<V>(0.25) / half, near).copysign(x)
}

/// Hyperbolic cosine.
#[inline(always)]
pub fn cosh<V: Vector>(x: V) -> V {
    let half = half_exp(x.abs());
    half + c::<V>(0.25) / half
}

/// Inverse hyperbolic sine.
#[inline(always)]
pub fn asinh<V: Vector>(x: V) -> V {
    let a = x.abs();
    let z = a * a;
    let near = log1p(a + z / (c::<V>(1.0) + (z + c(1.0)).sqrt()));
    let far = log(a) + c(std::f64::consts::LN_2);
    V::select(a.gt(c(1e8)), far, near).copysign(x)
}

/// Inverse hyperbolic cosine.
#[inline(always)]
pub fn acosh<V: Vector>(x: V) -> V {
    let t = x - c(1.0);
    let near = log1p(t + (t.fma(t, t + t)).sqrt());
    let y = V::select(x.gt(c(1e8)), log(x) + c(std::f64::consts::LN_2), near);
    V::select(x.lt(c(1.0)), c(f64::NAN), y)
}

/// Inverse hyperbolic tangent.
#[inline(always)]
pub fn atanh<V: Vector>(x: V) -> V {
    let a = x.abs();
    (c::<V>(0.5) * log1p((a + a) / (c::<V>(1.0) - a))).copysign(x)
}

/// Sine and cosine of an argument small enough to be reduced here; the quadrant's bits; the reduced argument's functions.
#[inline(always)]
fn sin_cos_parts<V: Vector>(x: V) -> (V::Bits, V, V) {
    let n = (x * c(std::f64::consts::FRAC_2_PI)).round();
    let [p1, p2, p3] = T::<V>::HALF_PI;
    // The first step is exact; what rounding the second takes away goes into `low`.
    let first = n.fma(c(-p1), x);
    let t = n * c(p2);
    let r = first - t;
    let low = n.fma(c(-p3), ((first - r) - t) - n.fma(c(p2), -t));
    let magic = if V::MANTISSA == 23 { 12_582_912.0 } else { 6_755_399_441_055_744.0 };
    let quadrant = (n + c(magic)).to_bits();
    let z = r * r;
    let sin = (z * r).fma(poly(z, T::<V>::SIN), low) + r;
    let half = z * c(0.5);
    let near = c::<V>(1.0) - half;
    let cos = near + (z * z).fma(poly(z, T::<V>::COS), (c::<V>(1.0) - near - half) - r * low);
    (quadrant, sin, cos)
}

/// The mask of the quadrant's lowest bit, and the sign bit of its second.
#[inline(always)]
fn quadrant_parts<V: Vector>(quadrant: V::Bits) -> (V::Mask, V::Bits) {
    let odd = V::bits_and(quadrant, V::bits(1));
    let second = V::bits_and(quadrant, V::bits(2));
    if V::MANTISSA == 23 {
        (V::from_bits(V::bits_shl::<23>(odd)).gt(c(0.0)), V::bits_shl::<30>(second))
    } else {
        (V::from_bits(V::bits_shl::<52>(odd)).gt(c(0.0)), V::bits_shl::<62>(second))
    }
}

/// Sine, where [`Tables::REDUCIBLE`].
#[inline(always)]
pub(super) fn sin_near<V: Vector>(x: V) -> V {
    let (quadrant, sin, cos) = sin_cos_parts(x);
    let (odd, sign) = quadrant_parts::<V>(quadrant);
    let y = V::from_bits(V::bits_xor(V::select(odd, cos, sin).to_bits(), sign));
    V::select(x.eq(c(0.0)), x, y)
}

/// Cosine, where [`Tables::REDUCIBLE`].
#[inline(always)]
pub(super) fn cos_near<V: Vector>(x: V) -> V {
    let (quadrant, sin, cos) = sin_cos_parts(x);
    let (odd, _) = quadrant_parts::<V>(quadrant);
    let (_, sign) = quadrant_parts::<V>(V::bits_add(quadrant, V::bits(1)));
    V::from_bits(V::bits_xor(V::select(odd, sin, cos).to_bits(), sign))
}

/// Tangent, where [`Tables::REDUCIBLE`].
#[inline(always)]
pub(super) fn tan_near<V: Vector>(x: V) -> V {
    let (quadrant, sin, cos) = sin_cos_parts(x);
    let (odd, _) = quadrant_parts::<V>(quadrant);
    let y = V::select(odd, -cos, sin) / V::select(odd, sin, cos);
    V::select(x.eq(c(0.0)), x, y)
}

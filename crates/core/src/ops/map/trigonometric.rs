//! Trigonometric and hyperbolic functions.

use super::*;
use crate::function;
use std::f64::consts::PI;

pointwise! {
    /// The sine.
    fn sin(input) [FieldMap, Float, cost 8] = |x| x.sin();
    saves INPUT;
    vjp(v, g) { Ok([Some(g.mul(&v.t(0)?.cos()?.conj()?)?)]) }
    function(dtypes = "all", samples = ["T(3,4)"]);
}

pointwise! {
    /// The cosine.
    fn cos(input) [FieldMap, Float, cost 8] = |x| x.cos();
    saves INPUT;
    vjp(v, g) { Ok([Some(g.mul(&v.t(0)?.sin()?.conj()?.neg()?)?)]) }
    function(dtypes = "all", samples = ["T(3,4)"]);
}

pointwise! {
    /// The tangent.
    fn tan(input) [FieldMap, Float, cost 12] = |x| x.tan();
    saves OUTPUT;
    vjp(v, g) { Ok([Some(g.mul(&v.y()?.square()?.add(1)?.conj()?)?)]) }
    function(dtypes = "all", samples = ["T(3,4,low=-1.4,high=1.4)"]);
}

pointwise! {
    /// The inverse sine.
    fn asin(input) [FieldMap, Float, cost 10] = |x| x.asin();
    saves INPUT;
    vjp(v, g) { Ok([Some(g.mul(&one_minus_square(&v.t(0)?)?.rsqrt()?.conj()?)?)]) }
    function(dtypes = "all", samples = ["T(3,4,low=-0.9,high=0.9)"]);
}

pointwise! {
    /// The inverse cosine.
    fn acos(input) [FieldMap, Float, cost 10] = |x| x.acos();
    saves INPUT;
    vjp(v, g) { Ok([Some(g.mul(&one_minus_square(&v.t(0)?)?.rsqrt()?.conj()?.neg()?)?)]) }
    function(dtypes = "all", samples = ["T(3,4,low=-0.9,high=0.9)"]);
}

pointwise! {
    /// The inverse tangent.
    fn atan(input) [FieldMap, Float, cost 10] = |x| x.atan();
    saves INPUT;
    vjp(v, g) { Ok([Some(g.div(&v.t(0)?.square()?.add(1)?.conj()?)?)]) }
    function(dtypes = "all", samples = ["T(3,4)"]);
}

pointwise! {
    /// The hyperbolic sine.
    fn sinh(input) [FieldMap, Float, cost 10] = |x| x.sinh();
    saves INPUT;
    vjp(v, g) { Ok([Some(g.mul(&v.t(0)?.cosh()?.conj()?)?)]) }
    function(dtypes = "all", samples = ["T(3,4)"]);
}

pointwise! {
    /// The hyperbolic cosine.
    fn cosh(input) [FieldMap, Float, cost 10] = |x| x.cosh();
    saves INPUT;
    vjp(v, g) { Ok([Some(g.mul(&v.t(0)?.sinh()?.conj()?)?)]) }
    function(dtypes = "all", samples = ["T(3,4)"]);
}

pointwise! {
    /// The hyperbolic tangent.
    fn tanh(input) [FieldMap, Float, cost 10] = |x| x.tanh();
    saves OUTPUT;
    vjp(v, g) { Ok([Some(tanh_backward(g, &v.y()?)?)]) }
    function(dtypes = "all", samples = ["T(3,4)"]);
}

pointwise! {
    /// g (1 - y²)*, the derivative of tanh by its output.
    fn tanh_backward(grad, output) [RingMap, Promote] = |g, y| g * (X::splat(1.0) - y * y).conj();
    saves INPUTS;
    vjp(v, g) {
        let (grad, y) = (v.t(0)?, v.t(1)?);
        Ok([v.when(0, || tanh_backward(g, &y.conj()?))?, v.when(1, || g.conj()?.mul(&grad)?.mul(&y)?.mul(-2)?.conj())?])
    }
}

pointwise! {
    /// The inverse hyperbolic sine.
    fn asinh(input) [FieldMap, Float, cost 12] = |x| x.asinh();
    saves INPUT;
    vjp(v, g) { Ok([Some(g.mul(&v.t(0)?.square()?.add(1)?.rsqrt()?.conj()?)?)]) }
    function(dtypes = "all", samples = ["T(3,4)"]);
}

pointwise! {
    /// The inverse hyperbolic cosine.
    fn acosh(input) [FieldMap, Float, cost 12] = |x| x.acosh();
    saves INPUT;
    vjp(v, g) {
        let x = v.t(0)?;
        Ok([Some(g.mul(&x.sub(1)?.rsqrt()?.mul(&x.add(1)?.rsqrt()?)?.conj()?)?)])
    }
    function(dtypes = "all", samples = ["T(3,4,low=1.1,high=4)"]);
}

pointwise! {
    /// The inverse hyperbolic tangent.
    fn atanh(input) [FieldMap, Float, cost 12] = |x| x.atanh();
    saves INPUT;
    vjp(v, g) { Ok([Some(g.div(&one_minus_square(&v.t(0)?)?.conj()?)?)]) }
    function(dtypes = "all", samples = ["T(3,4,low=-0.9,high=0.9)"]);
}

fn one_minus_square(x: &Tensor) -> Result<Tensor> {
    x.square()?.neg()?.add(1)
}

pointwise! {
    /// The angle of the point (x = `other`, y = `input`).
    fn atan2(input, other) [Map, Float, cost 12] = |y, x| y.atan2(x);
    saves INPUTS;
    vjp(v, g) {
        let (y, x) = (v.t(0)?, v.t(1)?);
        let scaled = g.div(&y.square()?.add(&x.square()?)?)?;
        Ok([v.when(0, || scaled.mul(&x))?, v.when(1, || scaled.mul(&y.neg()?))?])
    }
    function(tensors = true, dtypes = "real", samples = ["T(3,4), T(3,4)", "T(3,4), T(4)"]);
}

pointwise! {
    /// sin(πx) / (πx), 1 at 0.
    fn sinc(input) [FieldMap, Float, cost 12] = |x| {
        let t = x * X::splat(PI);
        X::select(x.eq(X::splat(0.0)), X::splat(1.0), t.sin() / t)
    };
    saves INPUT;
    vjp(v, g) {
        let x = v.t(0)?;
        let t = x.mul(PI)?;
        let slope = t.mul(&t.cos()?)?.sub(&t.sin()?)?.div(&t.mul(&x)?)?.conj()?;
        Ok([Some(g.mul(&slope)?.masked_fill(&x.eq(0)?, 0)?)])
    }
    function(dtypes = "all", samples = ["T(3,4)"]);
}

/// Degrees as radians.
#[function(dtypes = "real", inplace, samples = ["T(3,4)"])]
pub fn deg2rad(input: &Tensor) -> Result<Tensor> {
    no_complex("deg2rad", input)?;
    input.mul(PI / 180.0)
}

/// Radians as degrees.
#[function(dtypes = "real", inplace, samples = ["T(3,4)"])]
pub fn rad2deg(input: &Tensor) -> Result<Tensor> {
    no_complex("rad2deg", input)?;
    input.mul(180.0 / PI)
}

fn no_complex(name: &str, input: &Tensor) -> Result<()> {
    if input.dtype().is_complex() {
        bail!("{name} is not supported for complex tensors.");
    }
    Ok(())
}

/// Other names of one-operand functions.
macro_rules! unary_aliases {
    ($($(#[doc = $doc:literal])* $alias:ident = $name:ident [$samples:tt];)*) => {$(
        $(#[doc = $doc])*
        #[function(dtypes = "all", inplace = $name::Body::inplace, samples = [$samples])]
        pub fn $alias(input: &Tensor) -> Result<Tensor> {
            $name(input)
        }
    )*};
}
unary_aliases! {
    /// The inverse sine.
    arcsin = asin ["T(3,4,low=-0.9,high=0.9)"];
    /// The inverse cosine.
    arccos = acos ["T(3,4,low=-0.9,high=0.9)"];
    /// The inverse tangent.
    arctan = atan ["T(3,4)"];
    /// The inverse hyperbolic sine.
    arcsinh = asinh ["T(3,4)"];
    /// The inverse hyperbolic cosine.
    arccosh = acosh ["T(3,4,low=1.1,high=4)"];
    /// The inverse hyperbolic tangent.
    arctanh = atanh ["T(3,4,low=-0.9,high=0.9)"];
}

/// The angle of the point (x = `other`, y = `input`).
#[function(tensors = true, dtypes = "real", inplace = atan2::Body::inplace, samples = ["T(3,4), T(3,4)"])]
pub fn arctan2<'a>(input: &Tensor, other: impl Into<Operand<'a>>) -> Result<Tensor> {
    atan2(input, other)
}

//! Exponentials and logarithms.

use super::*;

pointwise! {
    /// e^x.
    fn exp(input) [FieldMap, Float, cost 6] = |x| x.exp();
    saves OUTPUT;
    vjp(v, g) { Ok([Some(g.mul(&v.y()?.conj()?)?)]) }
    function(dtypes = "all", samples = ["T(3,4)", "T()"]);
}

pointwise! {
    /// 2^x.
    fn exp2(input) [FieldMap, Float, cost 6] = |x| x.exp2();
    saves OUTPUT;
    vjp(v, g) { Ok([Some(g.mul(&v.y()?.conj()?)?.mul(std::f64::consts::LN_2)?)]) }
    function(dtypes = "all", samples = ["T(3,4)"]);
}

pointwise! {
    /// e^x - 1, accurate near 0.
    fn expm1(input) [FieldMap, Float, cost 6] = |x| x.expm1();
    saves OUTPUT;
    vjp(v, g) { Ok([Some(g.mul(&v.y()?.conj()?.add(1)?)?)]) }
    function(dtypes = "all", samples = ["T(3,4)"]);
}

pointwise! {
    /// The natural logarithm.
    fn log(input) [FieldMap, Float, cost 8] = |x| x.log();
    saves INPUT;
    vjp(v, g) { Ok([Some(g.div(&v.t(0)?.conj()?)?)]) }
    function(dtypes = "all", samples = ["T(3,4,low=0.1,high=3)"]);
}

pointwise! {
    /// The logarithm to base 2.
    fn log2(input) [FieldMap, Float, cost 8] = |x| x.log2();
    saves INPUT;
    vjp(v, g) { Ok([Some(g.div(&v.t(0)?.conj()?.mul(std::f64::consts::LN_2)?)?)]) }
    function(dtypes = "all", samples = ["T(3,4,low=0.1,high=3)"]);
}

pointwise! {
    /// The logarithm to base 10.
    fn log10(input) [FieldMap, Float, cost 8] = |x| x.log10();
    saves INPUT;
    vjp(v, g) { Ok([Some(g.div(&v.t(0)?.conj()?.mul(std::f64::consts::LN_10)?)?)]) }
    function(dtypes = "all", samples = ["T(3,4,low=0.1,high=3)"]);
}

pointwise! {
    /// log(1 + x), accurate near 0.
    fn log1p(input) [FieldMap, Float, cost 10] = |x| x.log1p();
    saves INPUT;
    vjp(v, g) { Ok([Some(g.div(&v.t(0)?.conj()?.add(1)?)?)]) }
    function(dtypes = "all", samples = ["T(3,4,low=-0.9,high=3)"]);
}

/// max(x, y) + f(-|x - y|), right for infinities of one sign.
macro_rules! log_add {
    ($x:ident, $y:ident, $d:ident => $tail:expr) => {{
        let $d = -($x - $y).abs();
        X::select($x.eq($y) & $x.is_inf(), $x, $x.max($y) + $tail)
    }};
}

pointwise! {
    fn logaddexp_real(input, other) [Map, Promote, cost 14] = |x, y| log_add!(x, y, d => d.exp().log1p());
    saves INPUTS;
    vjp(v, g) {
        let d = v.t(0)?.sub(&v.x(1)?)?;
        Ok([v.when(0, || g.mul(&d.sigmoid()?))?, v.when(1, || g.mul(&d.neg()?.sigmoid()?))?])
    }
}

/// log(e^input + e^other), without overflow.
#[crate::function(tensors = true, dtypes = "inexact", samples = ["T(3,4), T(3,4)", "T(3,4), T(4)"])]
pub fn logaddexp<'a>(input: &Tensor, other: impl Into<Operand<'a>>) -> Result<Tensor> {
    let other = other.into();
    if !result_type([Operand::Tensor(input), other]).is_complex() {
        return logaddexp_real(input, other);
    }
    let other = match other {
        Operand::Tensor(t) => t.clone(),
        Operand::Scalar(s) => Tensor::scalar(s)?,
    };
    // The one with the larger real part goes out of the sum.
    let first = input.detach().real()?.ge(&other.detach().real()?)?;
    let (large, small) = (first.where_(input, &other)?, first.where_(&other, input)?);
    let same = input.detach().eq(&other.detach())?.logical_and(&input.detach().isinf()?)?;
    let tail = small.sub(&large)?.exp()?.log1p()?;
    same.where_(input, &large.add(&tail)?)
}

pointwise! {
    /// log2(2^input + 2^other), without overflow.
    fn logaddexp2(input, other) [Map, Promote, cost 14] = |x, y| log_add!(x, y, d => d.exp2().log1p() * X::splat(std::f64::consts::LOG2_E));
    saves INPUTS;
    vjp(v, g) {
        let d = v.t(0)?.sub(&v.x(1)?)?.mul(std::f64::consts::LN_2)?;
        Ok([v.when(0, || g.mul(&d.sigmoid()?))?, v.when(1, || g.mul(&d.neg()?.sigmoid()?))?])
    }
    function(tensors = true, samples = ["T(3,4), T(3,4)", "T(3,4), T(4)"]);
}

pointwise! {
    /// input · log(other); 0 where the input is 0, NaN where `other` is NaN.
    fn xlogy(input, other) [Map, Float, cost 10] = |x, y| {
        let product = X::select(x.eq(X::splat(0.0)), X::splat(0.0), x * y.log());
        X::select(y.is_nan(), y, product)
    };
    saves INPUTS;
    vjp(v, g) {
        let (x, y) = (v.t(0)?, v.t(1)?);
        let dead = || x.eq(0)?.logical_and(&y.le(0)?);
        Ok([v.when(0, || xlogy(g, &y)?.masked_fill(&dead()?, 0))?, v.when(1, || g.mul(&x)?.div(&y))?])
    }
    function(dtypes = "real", samples = ["T(3,4), T(3,4,low=0.1,high=3)", "T(3,4), T(4,low=0.1,high=3)", "T(3,4), 2"]);
}

pointwise! {
    /// input · log(1 + other); 0 where the input is 0, NaN where `other` is NaN.
    fn xlog1py(input, other) [Map, Float, cost 12] = |x, y| {
        let product = X::select(x.eq(X::splat(0.0)), X::splat(0.0), x * y.log1p());
        X::select(y.is_nan(), y, product)
    };
    saves INPUTS;
    vjp(v, g) {
        let (x, y) = (v.t(0)?, v.t(1)?);
        let dead = || x.eq(0)?.logical_and(&y.le(-1)?);
        Ok([v.when(0, || xlog1py(g, &y)?.masked_fill(&dead()?, 0))?, v.when(1, || g.mul(&x)?.div(&y.add(1)?))?])
    }
    function(dtypes = "real", torch = "special.xlog1py", samples = ["T(3,4), T(3,4,low=-0.9,high=3)", "T(3,4), 2"]);
}

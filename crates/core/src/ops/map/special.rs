//! Special functions: error functions, gamma, Bessel, the normal distribution.

use super::*;
use crate::function;
use flambeau_kernels::math::special as scalar;
use std::f64::consts::{FRAC_2_SQRT_PI, PI};

/// 1 / sqrt(2π).
const DENSITY: f64 = 0.398_942_280_401_432_7;

/// g · k · e^(-x²).
fn times_bell(g: &Tensor, x: &Tensor, k: f64) -> Result<Tensor> {
    g.mul(&x.square()?.neg()?.exp()?.mul(k)?)
}

pointwise! {
    /// The error function.
    fn erf(input) [Map, Float, cost 8] = |x| x.erf();
    saves INPUT;
    vjp(v, g) { Ok([Some(times_bell(g, &v.t(0)?, FRAC_2_SQRT_PI)?)]) }
    function(dtypes = "real", samples = ["T(3,4)"]);
}

pointwise! {
    /// 1 - erf(x), accurate for large x.
    fn erfc(input) [Map, Float, cost 8] = |x| x.erfc();
    saves INPUT;
    vjp(v, g) { Ok([Some(times_bell(g, &v.t(0)?, -FRAC_2_SQRT_PI)?)]) }
    function(dtypes = "real", samples = ["T(3,4)"]);
}

pointwise! {
    /// The inverse of the error function.
    fn erfinv(input) [Map, Float, cost 16] = |x| x.erfinv();
    saves OUTPUT;
    vjp(v, g) { Ok([Some(g.mul(&v.y()?.square()?.exp()?.mul(1.0 / FRAC_2_SQRT_PI)?)?)]) }
    function(dtypes = "real", samples = ["T(3,4,low=-0.9,high=0.9)"]);
}

pointwise! {
    /// e^(x²) · erfc(x).
    fn erfcx(input) [Element, Float, cost 32] = |x| scalar::erfcx(x);
    saves INPUTS;
    vjp(v, g) {
        let x = v.t(0)?;
        Ok([Some(g.mul(&erfcx(&x)?.mul(&x)?.mul(2)?.sub(FRAC_2_SQRT_PI)?)?)])
    }
    function(dtypes = "real", torch = "special.erfcx", samples = ["T(3,4)"]);
}

pointwise! {
    /// log |Γ(x)|.
    fn lgamma(input) [Map, Float, cost 16] = |x| x.lgamma();
    saves INPUT;
    vjp(v, g) { Ok([Some(g.mul(&v.t(0)?.digamma()?)?)]) }
    function(dtypes = "real", samples = ["T(3,4,low=0.1,high=5)"]);
}

pointwise! {
    /// The derivative of log Γ.
    fn digamma(input) [Element, Float, cost 32] = |x| flambeau_kernels::math::scalar::digamma(x);
    saves INPUT;
    vjp(v, g) { Ok([Some(g.mul(&polygamma(1, &v.t(0)?)?)?)]) }
    function(dtypes = "real", samples = ["T(3,4,low=0.1,high=5)"]);
}

pointwise! {
    fn polygamma_body(input; n: i64) [Element, Float, cost 32] = |x| scalar::polygamma(n, x);
    saves INPUT;
    vjp(v, g) { Ok([Some(g.mul(&polygamma(n + 1, &v.t(0)?)?)?)]) }
}

/// The derivative of order `n` of digamma.
#[function(dtypes = "real", method = false, samples = ["1, T(3,4,low=0.1,high=5)", "2, T(3,4,low=0.1,high=5)", "0, T(3,4,low=0.1,high=5)"])]
pub fn polygamma(n: i64, input: &Tensor) -> Result<Tensor> {
    match n {
        n if n < 0 => bail!("polygamma(n, x) does not support negative n."),
        0 => digamma(input),
        n => polygamma_body(input, n),
    }
}

impl Tensor {
    /// The derivative of order `n` of digamma.
    pub fn polygamma(&self, n: i64) -> Result<Tensor> {
        polygamma(n, self)
    }
}

/// The log of the multivariate gamma function of dimension `p`.
#[function(dtypes = "real", inplace, samples = ["T(3,4,low=2,high=5), 1", "T(3,4,low=2,high=5), 3"])]
pub fn mvlgamma(input: &Tensor, p: i64) -> Result<Tensor> {
    if p < 1 {
        bail!("p has to be greater than or equal to 1");
    }
    let mut sum = input.lgamma()?;
    for j in 1..p {
        sum = sum.add(&input.sub(j as f64 / 2.0)?.lgamma()?)?;
    }
    sum.add((p * (p - 1)) as f64 / 4.0 * PI.ln())
}

pointwise! {
    /// The modified Bessel function of order 0.
    fn i0(input) [Element, Float] = |x| scalar::i0(x);
    saves INPUT;
    vjp(v, g) { Ok([Some(g.mul(&i1(&v.t(0)?)?)?)]) }
    function(dtypes = "real", samples = ["T(3,4)"]);
}

pointwise! {
    /// e^-|x| · i0(x).
    fn i0e(input) [Element, Float] = |x| scalar::i0e(x);
    saves INPUT;
    vjp(v, g) {
        let x = v.t(0)?;
        Ok([Some(g.mul(&i1e(&x)?.sub(&x.sgn()?.mul(&i0e(&x)?)?)?)?)])
    }
    function(dtypes = "real", torch = "special.i0e", samples = ["T(3,4)"]);
}

/// Order-1 Bessel functions divided by x, whose limit at 0 is 1/2.
pub(super) fn over_x(y: &Tensor, x: &Tensor) -> Result<Tensor> {
    let zero = x.detach().eq(0)?;
    y.div(&x.masked_fill(&zero, 1)?)?.masked_fill(&zero, 0.5)
}

pointwise! {
    /// The modified Bessel function of order 1.
    fn i1(input) [Element, Float] = |x| scalar::i1(x);
    saves INPUT;
    vjp(v, g) {
        let x = v.t(0)?;
        Ok([Some(g.mul(&i0(&x)?.sub(&over_x(&i1(&x)?, &x)?)?)?)])
    }
    function(dtypes = "real", torch = "special.i1", samples = ["T(3,4)"]);
}

pointwise! {
    /// e^-|x| · i1(x).
    fn i1e(input) [Element, Float] = |x| scalar::i1e(x);
    saves INPUT;
    vjp(v, g) {
        let x = v.t(0)?;
        let y = i1e(&x)?;
        Ok([Some(g.mul(&i0e(&x)?.sub(&over_x(&y, &x)?)?.sub(&x.sgn()?.mul(&y)?)?)?)])
    }
    function(dtypes = "real", torch = "special.i1e", samples = ["T(3,4)"]);
}

pointwise! {
    /// The Hurwitz zeta function Σ (k + other)^-input.
    fn zeta(input, other) [Element, Float, cost 32] = |x, q| scalar::zeta(x, q);
    saves INPUTS;
    vjp(v, g) {
        if v.needs(0) {
            bail!(NotImplemented, "zeta: the derivative for 'zeta' with respect to its first argument is not implemented");
        }
        let (x, q) = (v.t(0)?, v.t(1)?);
        Ok([None, v.when(1, || g.mul(&x.neg()?.mul(&zeta(&x.add(1)?, &q)?)?))?])
    }
    function(dtypes = "real", grad = false, torch = "special.zeta", samples = ["T(3,4,low=1.5,high=4), T(3,4,low=0.5,high=3)"]);
}

pointwise! {
    fn logit_body(input) [Map, Float, cost 10] = |x| (x / (X::splat(1.0) - x)).log();
    saves INPUT;
    vjp(v, g) {
        let x = v.t(0)?;
        Ok([Some(g.div(&x.mul(&x.neg()?.add(1)?)?)?)])
    }
}

/// log(x / (1 - x)), of x clamped to `eps` and 1 - `eps` if given; the inverse of sigmoid.
#[function(dtypes = "real", inplace, samples = ["T(3,4,low=0.1,high=0.9)", "T(3,4,low=0.05,high=0.95), 0.2"])]
pub fn logit(input: &Tensor, eps: Option<f64>) -> Result<Tensor> {
    match eps {
        Some(eps) if input.dtype().is_float() => {
            // Below first, then above, so that bounds that cross meet where PyTorch's do.
            let (low, high) = (Scalar::Float(eps), Scalar::Float(1.0 - eps));
            let clamped = input.detach().gt(high)?.where_(&input.detach().mul(0)?.add(high)?, input)?;
            let clamped = input.detach().lt(low)?.where_(&input.detach().mul(0)?.add(low)?, &clamped)?;
            logit_body(&clamped)
        }
        Some(eps) => logit(&input.to_dtype(default_dtype())?, Some(eps)),
        None => logit_body(input),
    }
}

pointwise! {
    /// -x log x; 0 at 0, -inf below.
    fn entr(input) [Map, Float, cost 10] = |x| {
        let zero = X::splat(0.0);
        let y = X::select(x.gt(zero), -x * x.log(), X::select(x.eq(zero), zero, X::splat(f64::NEG_INFINITY)));
        X::select(x.is_nan(), x, y)
    };
    saves INPUT;
    vjp(v, g) { Ok([Some(g.mul(&v.t(0)?.log()?.neg()?.sub(1)?)?)]) }
    function(dtypes = "real", torch = "special.entr", samples = ["T(3,4,low=0.1,high=3)"]);
}

pointwise! {
    /// The probability that a standard normal number is not above x.
    fn ndtr(input) [Element, Float] = |x| scalar::ndtr(x);
    saves INPUT;
    vjp(v, g) { Ok([Some(g.mul(&v.t(0)?.square()?.mul(-0.5)?.exp()?.mul(DENSITY)?)?)]) }
    function(dtypes = "real", torch = "special.ndtr", samples = ["T(3,4)"]);
}

pointwise! {
    /// log(ndtr(x)), without underflow.
    fn log_ndtr(input) [Element, Float, cost 32] = |x| scalar::log_ndtr(x);
    saves INPUT;
    vjp(v, g) {
        // The density over the probability: sqrt(2/π) / erfcx(-x/√2).
        let t = v.t(0)?.mul(-std::f64::consts::FRAC_1_SQRT_2)?;
        Ok([Some(g.div(&erfcx(&t)?)?.mul(2.0 * DENSITY)?)])
    }
    function(dtypes = "real", torch = "special.log_ndtr", samples = ["T(3,4)"]);
}

pointwise! {
    /// The inverse of `ndtr`.
    fn ndtri(input) [Element, Float, cost 64] = |x| scalar::ndtri(x);
    saves OUTPUT;
    vjp(v, g) { Ok([Some(g.mul(&v.y()?.square()?.mul(0.5)?.exp()?)?.div(DENSITY)?)]) }
    function(dtypes = "real", torch = "special.ndtri", samples = ["T(3,4,low=0.1,high=0.9)"]);
}

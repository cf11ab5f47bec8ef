//! Airy and Bessel functions, orthogonal polynomials and incomplete gamma functions. Where PyTorch has no derivative
//! there is none here.

use super::special::over_x;
use super::*;
use crate::function;
use flambeau_kernels::math::{bessel, polynomial};

/// Functions of one number.
macro_rules! unary {
    ($($(#[doc = $doc:literal])* $name:ident $torch:tt $sample:tt = $f:path;)*) => {$(
        pointwise! {
            $(#[doc = $doc])*
            fn $name(input) [Element, Float, cost 32] = |x| $f(x);
            vjp none;
            function(dtypes = "real", grad = false, method = false, torch = $torch, samples = [$sample]);
        }
    )*};
}

unary! {
    /// The Airy function Ai.
    airy_ai "special.airy_ai" "T(3,4)" = bessel::airy_ai;
    /// e^x times the modified Bessel function of the second kind of order 0.
    scaled_modified_bessel_k0 "special.scaled_modified_bessel_k0" "T(3,4,low=0.1,high=8)" = bessel::k0e;
    /// e^x times the modified Bessel function of the second kind of order 1.
    scaled_modified_bessel_k1 "special.scaled_modified_bessel_k1" "T(3,4,low=0.1,high=8)" = bessel::k1e;
    /// sin(x) / x, the spherical Bessel function of order 0.
    spherical_bessel_j0 "special.spherical_bessel_j0" "T(3,4)" = bessel::spherical_j0;
}

pointwise! {
    /// The Bessel function of the first kind of order 0.
    fn bessel_j0(input) [Element, Float, cost 32] = |x| bessel::j0(x);
    saves INPUT;
    vjp(v, g) { Ok([Some(g.mul(&bessel_j1(&v.t(0)?)?.neg()?)?)]) }
    function(dtypes = "real", method = false, torch = "special.bessel_j0", samples = ["T(3,4)"]);
}

pointwise! {
    /// The Bessel function of the first kind of order 1.
    fn bessel_j1(input) [Element, Float, cost 32] = |x| bessel::j1(x);
    saves INPUT;
    vjp(v, g) { Ok([Some({ let x = v.t(0)?; g.mul(&bessel_j0(&x)?.sub(&over_x(&bessel_j1(&x)?, &x)?)?)? })]) }
    function(dtypes = "real", method = false, torch = "special.bessel_j1", samples = ["T(3,4)"]);
}

pointwise! {
    /// The Bessel function of the second kind of order 0.
    fn bessel_y0(input) [Element, Float, cost 32] = |x| bessel::y0(x);
    saves INPUT;
    vjp(v, g) { Ok([Some(g.mul(&bessel_y1(&v.t(0)?)?.neg()?)?)]) }
    function(dtypes = "real", method = false, torch = "special.bessel_y0", samples = ["T(3,4,low=0.5,high=8)"]);
}

pointwise! {
    /// The Bessel function of the second kind of order 1.
    fn bessel_y1(input) [Element, Float, cost 32] = |x| bessel::y1(x);
    saves INPUT;
    vjp(v, g) { Ok([Some({ let x = v.t(0)?; g.mul(&bessel_y0(&x)?.sub(&bessel_y1(&x)?.div(&x)?)?)? })]) }
    function(dtypes = "real", method = false, torch = "special.bessel_y1", samples = ["T(3,4,low=0.5,high=8)"]);
}

pointwise! {
    /// The modified Bessel function of the first kind of order 0.
    fn modified_bessel_i0(input) [Element, Float, cost 32] = |x| flambeau_kernels::math::special::i0(x);
    saves INPUT;
    vjp(v, g) { Ok([Some(g.mul(&modified_bessel_i1(&v.t(0)?)?)?)]) }
    function(dtypes = "real", method = false, torch = "special.modified_bessel_i0", samples = ["T(3,4)"]);
}

pointwise! {
    /// The modified Bessel function of the first kind of order 1.
    fn modified_bessel_i1(input) [Element, Float, cost 32] = |x| flambeau_kernels::math::special::i1(x);
    saves INPUT;
    vjp(v, g) { Ok([Some({ let x = v.t(0)?; g.mul(&modified_bessel_i0(&x)?.sub(&over_x(&modified_bessel_i1(&x)?, &x)?)?)? })]) }
    function(dtypes = "real", method = false, torch = "special.modified_bessel_i1", samples = ["T(3,4)"]);
}

pointwise! {
    /// The modified Bessel function of the second kind of order 0.
    fn modified_bessel_k0(input) [Element, Float, cost 32] = |x| bessel::k0(x);
    saves INPUT;
    vjp(v, g) { Ok([Some(g.mul(&modified_bessel_k1(&v.t(0)?)?.neg()?)?)]) }
    function(dtypes = "real", method = false, torch = "special.modified_bessel_k0", samples = ["T(3,4,low=0.5,high=8)"]);
}

pointwise! {
    /// The modified Bessel function of the second kind of order 1.
    fn modified_bessel_k1(input) [Element, Float, cost 32] = |x| bessel::k1(x);
    saves INPUT;
    vjp(v, g) { Ok([Some({ let x = v.t(0)?; g.mul(&modified_bessel_k0(&x)?.add(&modified_bessel_k1(&x)?.div(&x)?)?.neg()?)? })]) }
    function(dtypes = "real", method = false, torch = "special.modified_bessel_k1", samples = ["T(3,4,low=0.5,high=8)"]);
}

/// Polynomials in `input` of degree `n`.
macro_rules! polynomials {
    ($($(#[doc = $doc:literal])* $name:ident $number:ident $torch:tt = |$x:ident, $n:ident| $body:expr;)*) => {$(
        pointwise! {
            $(#[doc = $doc])*
            fn $name(input, n) [Element, Float, cost 32] = |$x, $n| $body;
            vjp none;
            function(dtypes = "real", grad = false, method = false, torch = $torch, samples = ["T(3,4), T(4,low=0,high=5)", "T(3,4), 3"]);
        }
        $(#[doc = $doc])*
        #[function(dtypes = "real", grad = false, method = false, torch = $torch, samples = ["0.5, T(3,low=0,high=5)"])]
        pub fn $number(input: Scalar, n: &Tensor) -> Result<Tensor> {
            map_op($name::Body {}, [input.into(), n.into()])
        }
    )*};
}

polynomials! {
    /// Chebyshev's polynomials of the first kind.
    chebyshev_polynomial_t chebyshev_t_at "special.chebyshev_polynomial_t" = |x, n| polynomial::chebyshev_t(x, n);
    /// Chebyshev's polynomials of the second kind.
    chebyshev_polynomial_u chebyshev_u_at "special.chebyshev_polynomial_u" = |x, n| polynomial::chebyshev_u(x, n);
    /// Chebyshev's polynomials of the third kind.
    chebyshev_polynomial_v chebyshev_v_at "special.chebyshev_polynomial_v" = |x, n| polynomial::chebyshev_v(x, n);
    /// Chebyshev's polynomials of the fourth kind.
    chebyshev_polynomial_w chebyshev_w_at "special.chebyshev_polynomial_w" = |x, n| polynomial::chebyshev_w(x, n);
    /// Chebyshev's polynomials of the first kind in 2x − 1.
    shifted_chebyshev_polynomial_t shifted_t_at "special.shifted_chebyshev_polynomial_t" = |x, n| polynomial::chebyshev_t(2.0 * x - 1.0, n);
    /// Chebyshev's polynomials of the second kind in 2x − 1.
    shifted_chebyshev_polynomial_u shifted_u_at "special.shifted_chebyshev_polynomial_u" = |x, n| polynomial::chebyshev_u(2.0 * x - 1.0, n);
    /// Chebyshev's polynomials of the third kind in 2x − 1.
    shifted_chebyshev_polynomial_v shifted_v_at "special.shifted_chebyshev_polynomial_v" = |x, n| polynomial::chebyshev_v(2.0 * x - 1.0, n);
    /// Chebyshev's polynomials of the fourth kind in 2x − 1.
    shifted_chebyshev_polynomial_w shifted_w_at "special.shifted_chebyshev_polynomial_w" = |x, n| polynomial::chebyshev_w(2.0 * x - 1.0, n);
    /// Hermite's polynomials of the physicists.
    hermite_polynomial_h hermite_h_at "special.hermite_polynomial_h" = |x, n| polynomial::hermite_h(x, n);
    /// Hermite's polynomials of the probabilists.
    hermite_polynomial_he hermite_he_at "special.hermite_polynomial_he" = |x, n| polynomial::hermite_he(x, n);
    /// Laguerre's polynomials.
    laguerre_polynomial_l laguerre_at "special.laguerre_polynomial_l" = |x, n| polynomial::laguerre(x, n);
    /// Legendre's polynomials.
    legendre_polynomial_p legendre_at "special.legendre_polynomial_p" = |x, n| polynomial::legendre(x, n);
}

/// x^(a−1) e^−x / Γ(a): the slope of the incomplete gamma functions in x.
fn gamma_slope(v: &Vjp<2>, g: &Tensor, sign: f64) -> Result<[Option<Tensor>; 2]> {
    if v.needs(0) {
        bail!(NotImplemented, "the derivative for 'igamma: input' is not implemented.");
    }
    let (a, x) = (v.t(0)?, v.t(1)?);
    let log = a.sub(1)?.mul(&x.log()?)?.sub(&x)?.sub(&a.lgamma()?)?;
    Ok([None, v.when(1, || g.mul(&log.exp()?.mul(sign)?))?])
}

fn floats_only(name: &str, dtype: DType) -> Result<()> {
    if !dtype.is_float() {
        bail!(NotImplemented, "\"{name}_cpu\" not implemented for '{}'", dtype.name());
    }
    Ok(())
}

pointwise! {
    /// The regularized lower incomplete gamma function P(input, other).
    fn igamma(input, other) [Element, Promote, cost 64] = |a, x| polynomial::igamma(a, x);
    check(dtype) { floats_only("igamma", dtype) }
    saves INPUTS;
    vjp(v, g) { gamma_slope(v, g, 1.0) }
    function(tensors = true, grad = false, samples = ["T(3,4,low=0.5,high=4), T(3,4,low=0.1,high=6)"]);
}

pointwise! {
    /// The regularized upper incomplete gamma function Q(input, other).
    fn igammac(input, other) [Element, Promote, cost 64] = |a, x| polynomial::igammac(a, x);
    check(dtype) { floats_only("igammac", dtype) }
    saves INPUTS;
    vjp(v, g) { gamma_slope(v, g, -1.0) }
    function(tensors = true, grad = false, samples = ["T(3,4,low=0.5,high=4), T(3,4,low=0.1,high=6)"]);
}

/// [`igamma`] by the name of `torch.special`.
#[function(tensors = true, grad = false, method = false, torch = "special.gammainc", samples = ["T(3,low=0.5,high=4), T(3,low=0.1,high=6)"])]
pub fn gammainc<'a>(input: &Tensor, other: impl Into<Operand<'a>>) -> Result<Tensor> {
    igamma(input, other)
}

/// [`igammac`] by the name of `torch.special`.
#[function(tensors = true, grad = false, method = false, torch = "special.gammaincc", samples = ["T(3,low=0.5,high=4), T(3,low=0.1,high=6)"])]
pub fn gammaincc<'a>(input: &Tensor, other: impl Into<Operand<'a>>) -> Result<Tensor> {
    igammac(input, other)
}

/// [`polygamma`] by the name of `torch.special`.
#[function(dtypes = "real", method = false, torch = "special.polygamma", samples = ["1, T(3,low=0.5,high=5)"])]
pub fn special_polygamma(n: i64, input: &Tensor) -> Result<Tensor> {
    polygamma(n, input)
}

/// The derivative of order `n` of digamma, as a method.
#[function(dtypes = "real", inplace, torch = "Tensor.polygamma", sig = "input, n", samples = ["T(3,low=0.5,high=5), 1"])]
pub fn polygamma_of(input: &Tensor, n: i64) -> Result<Tensor> {
    polygamma(n, input)
}

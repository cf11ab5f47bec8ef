//! Airy and Bessel functions, orthogonal polynomials and incomplete gamma functions. PyTorch has no derivatives of the
//! first two families, so there are none here.

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
    /// The Bessel function of the first kind of order 0.
    bessel_j0 "special.bessel_j0" "T(3,4)" = bessel::j0;
    /// The Bessel function of the first kind of order 1.
    bessel_j1 "special.bessel_j1" "T(3,4)" = bessel::j1;
    /// The Bessel function of the second kind of order 0.
    bessel_y0 "special.bessel_y0" "T(3,4,low=0.1,high=8)" = bessel::y0;
    /// The Bessel function of the second kind of order 1.
    bessel_y1 "special.bessel_y1" "T(3,4,low=0.1,high=8)" = bessel::y1;
    /// The modified Bessel function of the first kind of order 0.
    modified_bessel_i0 "special.modified_bessel_i0" "T(3,4)" = flambeau_kernels::math::special::i0;
    /// The modified Bessel function of the first kind of order 1.
    modified_bessel_i1 "special.modified_bessel_i1" "T(3,4)" = flambeau_kernels::math::special::i1;
    /// The modified Bessel function of the second kind of order 0.
    modified_bessel_k0 "special.modified_bessel_k0" "T(3,4,low=0.1,high=8)" = bessel::k0;
    /// The modified Bessel function of the second kind of order 1.
    modified_bessel_k1 "special.modified_bessel_k1" "T(3,4,low=0.1,high=8)" = bessel::k1;
    /// e^x times the modified Bessel function of the second kind of order 0.
    scaled_modified_bessel_k0 "special.scaled_modified_bessel_k0" "T(3,4,low=0.1,high=8)" = bessel::k0e;
    /// e^x times the modified Bessel function of the second kind of order 1.
    scaled_modified_bessel_k1 "special.scaled_modified_bessel_k1" "T(3,4,low=0.1,high=8)" = bessel::k1e;
    /// sin(x) / x, the spherical Bessel function of order 0.
    spherical_bessel_j0 "special.spherical_bessel_j0" "T(3,4)" = bessel::spherical_j0;
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

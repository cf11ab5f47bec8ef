"""Written by python/stubs.py."""

from collections.abc import Sequence
from typing import Any, overload
from builtins import bool as _bool, complex as _complex, float as _float, int as _int, str as _str

from ._C import Generator as Generator, Tensor as Tensor, _device, _dtype, _Number

def airy_ai(input: Tensor, *, out: Any = None) -> Tensor:
    """The Airy function Ai."""
def airy_ai_(input: Tensor) -> Tensor:
    """The Airy function Ai."""
def bessel_j0(input: Tensor, *, out: Any = None) -> Tensor:
    """The Bessel function of the first kind of order 0."""
def bessel_j0_(input: Tensor) -> Tensor:
    """The Bessel function of the first kind of order 0."""
def bessel_j1(input: Tensor, *, out: Any = None) -> Tensor:
    """The Bessel function of the first kind of order 1."""
def bessel_j1_(input: Tensor) -> Tensor:
    """The Bessel function of the first kind of order 1."""
def bessel_y0(input: Tensor, *, out: Any = None) -> Tensor:
    """The Bessel function of the second kind of order 0."""
def bessel_y0_(input: Tensor) -> Tensor:
    """The Bessel function of the second kind of order 0."""
def bessel_y1(input: Tensor, *, out: Any = None) -> Tensor:
    """The Bessel function of the second kind of order 1."""
def bessel_y1_(input: Tensor) -> Tensor:
    """The Bessel function of the second kind of order 1."""
@overload
def chebyshev_polynomial_t(input: Tensor, n: Tensor | _Number, *, out: Any = None) -> Tensor:
    """Chebyshev's polynomials of the first kind."""
@overload
def chebyshev_polynomial_t(input: _Number, n: Tensor, *, out: Any = None) -> Tensor:
    """Chebyshev's polynomials of the first kind."""
def chebyshev_polynomial_t_(input: Tensor, n: Tensor | _Number) -> Tensor:
    """Chebyshev's polynomials of the first kind."""
@overload
def chebyshev_polynomial_u(input: Tensor, n: Tensor | _Number, *, out: Any = None) -> Tensor:
    """Chebyshev's polynomials of the second kind."""
@overload
def chebyshev_polynomial_u(input: _Number, n: Tensor, *, out: Any = None) -> Tensor:
    """Chebyshev's polynomials of the second kind."""
def chebyshev_polynomial_u_(input: Tensor, n: Tensor | _Number) -> Tensor:
    """Chebyshev's polynomials of the second kind."""
@overload
def chebyshev_polynomial_v(input: Tensor, n: Tensor | _Number, *, out: Any = None) -> Tensor:
    """Chebyshev's polynomials of the third kind."""
@overload
def chebyshev_polynomial_v(input: _Number, n: Tensor, *, out: Any = None) -> Tensor:
    """Chebyshev's polynomials of the third kind."""
def chebyshev_polynomial_v_(input: Tensor, n: Tensor | _Number) -> Tensor:
    """Chebyshev's polynomials of the third kind."""
@overload
def chebyshev_polynomial_w(input: Tensor, n: Tensor | _Number, *, out: Any = None) -> Tensor:
    """Chebyshev's polynomials of the fourth kind."""
@overload
def chebyshev_polynomial_w(input: _Number, n: Tensor, *, out: Any = None) -> Tensor:
    """Chebyshev's polynomials of the fourth kind."""
def chebyshev_polynomial_w_(input: Tensor, n: Tensor | _Number) -> Tensor:
    """Chebyshev's polynomials of the fourth kind."""
def digamma(input: Tensor, *, out: Any = None) -> Tensor:
    """The derivative of log Γ."""
def entr(input: Tensor, *, out: Any = None) -> Tensor:
    """-x log x; 0 at 0, -inf below."""
def entr_(input: Tensor) -> Tensor:
    """-x log x; 0 at 0, -inf below."""
def erf(input: Tensor, *, out: Any = None) -> Tensor:
    """The error function."""
def erfc(input: Tensor, *, out: Any = None) -> Tensor:
    """1 - erf(x), accurate for large x."""
def erfcx(input: Tensor, *, out: Any = None) -> Tensor:
    """e^(x²) · erfc(x)."""
def erfcx_(input: Tensor) -> Tensor:
    """e^(x²) · erfc(x)."""
def erfinv(input: Tensor, *, out: Any = None) -> Tensor:
    """The inverse of the error function."""
def exp2(input: Tensor, *, out: Any = None) -> Tensor:
    """2^x."""
def expit(input: Tensor, *, out: Any = None) -> Tensor:
    """1 / (1 + e^-x)."""
def expit_(input: Tensor) -> Tensor:
    """1 / (1 + e^-x)."""
def expm1(input: Tensor, *, out: Any = None) -> Tensor:
    """e^x - 1, accurate near 0."""
def gammainc(input: Tensor, other: Tensor, *, out: Any = None) -> Tensor:
    """`igamma` by the name of `torch.special`."""
def gammaincc(input: Tensor, other: Tensor, *, out: Any = None) -> Tensor:
    """`igammac` by the name of `torch.special`."""
def gammaln(input: Tensor, *, out: Any = None) -> Tensor:
    """log |Γ(x)|."""
@overload
def hermite_polynomial_h(input: Tensor, n: Tensor | _Number, *, out: Any = None) -> Tensor:
    """Hermite's polynomials of the physicists."""
@overload
def hermite_polynomial_h(input: _Number, n: Tensor, *, out: Any = None) -> Tensor:
    """Hermite's polynomials of the physicists."""
def hermite_polynomial_h_(input: Tensor, n: Tensor | _Number) -> Tensor:
    """Hermite's polynomials of the physicists."""
@overload
def hermite_polynomial_he(input: Tensor, n: Tensor | _Number, *, out: Any = None) -> Tensor:
    """Hermite's polynomials of the probabilists."""
@overload
def hermite_polynomial_he(input: _Number, n: Tensor, *, out: Any = None) -> Tensor:
    """Hermite's polynomials of the probabilists."""
def hermite_polynomial_he_(input: Tensor, n: Tensor | _Number) -> Tensor:
    """Hermite's polynomials of the probabilists."""
def i0(input: Tensor, *, out: Any = None) -> Tensor:
    """The modified Bessel function of order 0."""
def i0e(input: Tensor, *, out: Any = None) -> Tensor:
    """e^-|x| · i0(x)."""
def i0e_(input: Tensor) -> Tensor:
    """e^-|x| · i0(x)."""
def i1(input: Tensor, *, out: Any = None) -> Tensor:
    """The modified Bessel function of order 1."""
def i1_(input: Tensor) -> Tensor:
    """The modified Bessel function of order 1."""
def i1e(input: Tensor, *, out: Any = None) -> Tensor:
    """e^-|x| · i1(x)."""
def i1e_(input: Tensor) -> Tensor:
    """e^-|x| · i1(x)."""
@overload
def laguerre_polynomial_l(input: Tensor, n: Tensor | _Number, *, out: Any = None) -> Tensor:
    """Laguerre's polynomials."""
@overload
def laguerre_polynomial_l(input: _Number, n: Tensor, *, out: Any = None) -> Tensor:
    """Laguerre's polynomials."""
def laguerre_polynomial_l_(input: Tensor, n: Tensor | _Number) -> Tensor:
    """Laguerre's polynomials."""
@overload
def legendre_polynomial_p(input: Tensor, n: Tensor | _Number, *, out: Any = None) -> Tensor:
    """Legendre's polynomials."""
@overload
def legendre_polynomial_p(input: _Number, n: Tensor, *, out: Any = None) -> Tensor:
    """Legendre's polynomials."""
def legendre_polynomial_p_(input: Tensor, n: Tensor | _Number) -> Tensor:
    """Legendre's polynomials."""
def log1p(input: Tensor, *, out: Any = None) -> Tensor:
    """log(1 + x), accurate near 0."""
def log_ndtr(input: Tensor, *, out: Any = None) -> Tensor:
    """log(ndtr(x)), without underflow."""
def log_ndtr_(input: Tensor) -> Tensor:
    """log(ndtr(x)), without underflow."""
def log_softmax(input: Tensor, dim: _int, dtype: _dtype | None = None, *, out: Any = None) -> Tensor:
    """log(softmax(x)) along `dim`, without the intermediate."""
def logit(input: Tensor, eps: _float | None = None, *, out: Any = None) -> Tensor:
    """log(x / (1 - x)), of x clamped to `eps` and 1 - `eps` if given; the inverse of sigmoid."""
def logsumexp(input: Tensor, dim: _int | Sequence[_int] | None, keepdim: _bool = False, *, out: Any = None) -> Tensor:
    """log Σ exp(x) over `dim`, without overflow."""
def modified_bessel_i0(input: Tensor, *, out: Any = None) -> Tensor:
    """The modified Bessel function of the first kind of order 0."""
def modified_bessel_i0_(input: Tensor) -> Tensor:
    """The modified Bessel function of the first kind of order 0."""
def modified_bessel_i1(input: Tensor, *, out: Any = None) -> Tensor:
    """The modified Bessel function of the first kind of order 1."""
def modified_bessel_i1_(input: Tensor) -> Tensor:
    """The modified Bessel function of the first kind of order 1."""
def modified_bessel_k0(input: Tensor, *, out: Any = None) -> Tensor:
    """The modified Bessel function of the second kind of order 0."""
def modified_bessel_k0_(input: Tensor) -> Tensor:
    """The modified Bessel function of the second kind of order 0."""
def modified_bessel_k1(input: Tensor, *, out: Any = None) -> Tensor:
    """The modified Bessel function of the second kind of order 1."""
def modified_bessel_k1_(input: Tensor) -> Tensor:
    """The modified Bessel function of the second kind of order 1."""
def multigammaln(input: Tensor, p: _int, *, out: Any = None) -> Tensor:
    """The log of the multivariate gamma function of dimension `p`."""
def ndtr(input: Tensor, *, out: Any = None) -> Tensor:
    """The probability that a standard normal number is not above x."""
def ndtr_(input: Tensor) -> Tensor:
    """The probability that a standard normal number is not above x."""
def ndtri(input: Tensor, *, out: Any = None) -> Tensor:
    """The inverse of `ndtr`."""
def ndtri_(input: Tensor) -> Tensor:
    """The inverse of `ndtr`."""
def polygamma(n: _int, input: Tensor, *, out: Any = None) -> Tensor:
    """`polygamma` by the name of `torch.special`."""
def psi(input: Tensor, *, out: Any = None) -> Tensor:
    """The derivative of log Γ."""
def round(input: Tensor, *, decimals: _int = 0, out: Any = None) -> Tensor:
    """The nearest number with `decimals` decimal places, ties to even."""
def scaled_modified_bessel_k0(input: Tensor, *, out: Any = None) -> Tensor:
    """e^x times the modified Bessel function of the second kind of order 0."""
def scaled_modified_bessel_k0_(input: Tensor) -> Tensor:
    """e^x times the modified Bessel function of the second kind of order 0."""
def scaled_modified_bessel_k1(input: Tensor, *, out: Any = None) -> Tensor:
    """e^x times the modified Bessel function of the second kind of order 1."""
def scaled_modified_bessel_k1_(input: Tensor) -> Tensor:
    """e^x times the modified Bessel function of the second kind of order 1."""
@overload
def shifted_chebyshev_polynomial_t(input: Tensor, n: Tensor | _Number, *, out: Any = None) -> Tensor:
    """Chebyshev's polynomials of the first kind in 2x − 1."""
@overload
def shifted_chebyshev_polynomial_t(input: _Number, n: Tensor, *, out: Any = None) -> Tensor:
    """Chebyshev's polynomials of the first kind in 2x − 1."""
def shifted_chebyshev_polynomial_t_(input: Tensor, n: Tensor | _Number) -> Tensor:
    """Chebyshev's polynomials of the first kind in 2x − 1."""
@overload
def shifted_chebyshev_polynomial_u(input: Tensor, n: Tensor | _Number, *, out: Any = None) -> Tensor:
    """Chebyshev's polynomials of the second kind in 2x − 1."""
@overload
def shifted_chebyshev_polynomial_u(input: _Number, n: Tensor, *, out: Any = None) -> Tensor:
    """Chebyshev's polynomials of the second kind in 2x − 1."""
def shifted_chebyshev_polynomial_u_(input: Tensor, n: Tensor | _Number) -> Tensor:
    """Chebyshev's polynomials of the second kind in 2x − 1."""
@overload
def shifted_chebyshev_polynomial_v(input: Tensor, n: Tensor | _Number, *, out: Any = None) -> Tensor:
    """Chebyshev's polynomials of the third kind in 2x − 1."""
@overload
def shifted_chebyshev_polynomial_v(input: _Number, n: Tensor, *, out: Any = None) -> Tensor:
    """Chebyshev's polynomials of the third kind in 2x − 1."""
def shifted_chebyshev_polynomial_v_(input: Tensor, n: Tensor | _Number) -> Tensor:
    """Chebyshev's polynomials of the third kind in 2x − 1."""
@overload
def shifted_chebyshev_polynomial_w(input: Tensor, n: Tensor | _Number, *, out: Any = None) -> Tensor:
    """Chebyshev's polynomials of the fourth kind in 2x − 1."""
@overload
def shifted_chebyshev_polynomial_w(input: _Number, n: Tensor, *, out: Any = None) -> Tensor:
    """Chebyshev's polynomials of the fourth kind in 2x − 1."""
def shifted_chebyshev_polynomial_w_(input: Tensor, n: Tensor | _Number) -> Tensor:
    """Chebyshev's polynomials of the fourth kind in 2x − 1."""
def sinc(input: Tensor, *, out: Any = None) -> Tensor:
    """sin(πx) / (πx), 1 at 0."""
def softmax(input: Tensor, dim: _int, dtype: _dtype | None = None, *, out: Any = None) -> Tensor:
    """exp(x) / Σ exp(x) along `dim`."""
def spherical_bessel_j0(input: Tensor, *, out: Any = None) -> Tensor:
    """sin(x) / x, the spherical Bessel function of order 0."""
def spherical_bessel_j0_(input: Tensor) -> Tensor:
    """sin(x) / x, the spherical Bessel function of order 0."""
def xlog1py(input: Tensor, other: Tensor | _Number, *, out: Any = None) -> Tensor:
    """input · log(1 + other); 0 where the input is 0, NaN where `other` is NaN."""
def xlog1py_(input: Tensor, other: Tensor | _Number) -> Tensor:
    """input · log(1 + other); 0 where the input is 0, NaN where `other` is NaN."""
def xlogy(input: Tensor, other: Tensor | _Number, *, out: Any = None) -> Tensor:
    """input · log(other); 0 where the input is 0, NaN where `other` is NaN."""
def zeta(input: Tensor, other: Tensor | _Number, *, out: Any = None) -> Tensor:
    """The Hurwitz zeta function Σ (k + other)^-input."""
def zeta_(input: Tensor, other: Tensor | _Number) -> Tensor:
    """The Hurwitz zeta function Σ (k + other)^-input."""

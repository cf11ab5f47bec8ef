"""Angles."""

import math

from .. import _C, _functions
from .._factory import rand, zeros
from .._grad_mode import no_grad
from . import constraints
from .distribution import Distribution, _lazy, broadcast_all

__all__ = ["VonMises"]

#: Polynomials for the modified Bessel functions of order 0 and 1: of (x / 3.75)² below 3.75, of 3.75 / x above
#: (Abramowitz and Stegun 9.8.1 to 9.8.4).
_SMALL = ((1.0, 3.5156229, 3.0899424, 1.2067492, 0.2659732, 0.0360768, 0.0045813),
          (0.5, 0.87890594, 0.51498869, 0.15084934, 0.02658733, 0.00301532, 0.00032411))  # fmt: skip
_LARGE = ((0.39894228, 0.01328592, 0.00225319, -0.00157565, 0.00916281, -0.02057706, 0.02635537, -0.01647633, 0.00392377),
          (0.39894228, -0.03988024, -0.00362018, 0.00163801, -0.01031555, 0.02282967, -0.02895312, 0.01787654, -0.00420059))  # fmt: skip


def _polynomial(y, coefficients):
    total = 0.0
    for c in reversed(coefficients):
        total = c + y * total
    return total


def _log_bessel(x, order):
    """log of the modified Bessel function of order 0 or 1."""
    small = _polynomial((x / 3.75) ** 2, _SMALL[order])
    large = x - 0.5 * x.log() + _polynomial(3.75 / x, _LARGE[order]).log()
    return _functions.where(x < 3.75, (small if order == 0 else x.abs() * small).log(), large)


class VonMises(Distribution):
    """Angles around `loc`; mean and variance are those on the circle."""

    arg_constraints = {"loc": constraints.real, "concentration": constraints.positive}
    support = constraints.real

    def __init__(self, loc, concentration, validate_args=None):
        self.loc, self.concentration = broadcast_all(loc, concentration)
        super().__init__(self.loc.shape, validate_args=validate_args)

    @property
    def mean(self):
        return self.loc

    mode = mean

    @_lazy
    def variance(self):
        """1 less the length of the mean vector."""
        return 1 - (_log_bessel(self.concentration, 1) - _log_bessel(self.concentration, 0)).exp()

    def log_prob(self, value):
        if self._validate_args:
            self._validate_sample(value)
        return self.concentration * (value - self.loc).cos() - math.log(2 * math.pi) - _log_bessel(self.concentration, 0)

    def sample(self, sample_shape=()):
        """By rejection from wrapped Cauchy angles (Best and Fisher 1979), in double precision."""
        with no_grad():
            loc, k = self.loc.to(_C.float64), self.concentration.to(_C.float64)
            tau = 1 + (1 + 4 * k**2).sqrt()
            rho = (tau - (2 * tau).sqrt()) / (2 * k)
            r = _functions.where(k < 1e-5, 1 / k + k, (1 + rho**2) / (2 * rho))
            x = zeros(self._extended_shape(sample_shape), dtype=_C.float64)
            done = x != x
            while not bool(done.all()):
                u1, u2, u3 = rand((3, *x.shape), dtype=_C.float64).unbind()
                z = (math.pi * u1).cos()
                f = (1 + r * z) / (r + z)
                c = k * (r - f)
                accept = (c * (2 - c) - u2 > 0) | ((c / u2).log() + 1 - c >= 0)
                x = _functions.where(accept, (u3 - 0.5).sign() * f.acos(), x)
                done = done | accept
            return ((x + math.pi + loc) % (2 * math.pi) - math.pi).to(self.loc.dtype)

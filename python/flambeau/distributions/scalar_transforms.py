"""Invertible functions of single numbers."""

import math

from .. import _C
from .._factory import full_like
from .._overrides import broadcast_shapes
from .._types import finfo
from . import constraints
from .base_transforms import Transform, _widened
from .distribution import _lazy, broadcast_all
from .utils import _sum_rightmost

__all__ = ["AbsTransform", "AffineTransform", "CumulativeDistributionTransform", "ExpTransform", "PowerTransform", "SigmoidTransform",
           "SoftplusTransform", "TanhTransform"]  # fmt: skip


class _Same(Transform):
    """Without parameters: all of the class are equal. From all numbers, and rising, unless the class says otherwise."""

    domain = constraints.real
    bijective = True
    sign = 1

    def __eq__(self, other):
        return isinstance(other, type(self))


class ExpTransform(_Same):
    """exp x."""

    codomain = constraints.positive

    def _call(self, x):
        return x.exp()

    def _inverse(self, y):
        return y.log()

    def log_abs_det_jacobian(self, x, y):
        return x


class PowerTransform(Transform):
    """x to a power."""

    domain = codomain = constraints.positive
    bijective = True

    def __init__(self, exponent, cache_size=0):
        super().__init__(cache_size)
        (self.exponent,) = broadcast_all(exponent)

    def _again(self, cache_size):
        return PowerTransform(self.exponent, cache_size)

    @_lazy
    def sign(self):
        """That of the exponent."""
        return self.exponent.sign()

    def __eq__(self, other):
        return isinstance(other, PowerTransform) and bool(self.exponent.eq(other.exponent).all())

    def _call(self, x):
        return x.pow(self.exponent)

    def _inverse(self, y):
        return y.pow(1 / self.exponent)

    def log_abs_det_jacobian(self, x, y):
        return (self.exponent * y / x).abs().log()

    def forward_shape(self, shape):
        return broadcast_shapes(shape, self.exponent.shape)

    inverse_shape = forward_shape


def _inside(y):
    """Away from 0 and 1, as far as the dtype tells them apart."""
    limits = finfo(y.dtype)
    return y.clamp(min=limits.tiny, max=1.0 - limits.eps)


class SigmoidTransform(_Same):
    """1 / (1 + exp −x)."""

    codomain = constraints.unit_interval

    def _call(self, x):
        return _inside(x.sigmoid())

    def _inverse(self, y):
        y = _inside(y)
        return y.log() - (-y).log1p()

    def log_abs_det_jacobian(self, x, y):
        from ..nn.functional import softplus

        return -softplus(-x) - softplus(x)


class SoftplusTransform(_Same):
    """log(1 + exp x)."""

    codomain = constraints.positive

    def _call(self, x):
        from ..nn.functional import softplus

        return softplus(x)

    def _inverse(self, y):
        return (-(-y).expm1()).log() + y

    def log_abs_det_jacobian(self, x, y):
        from ..nn.functional import softplus

        return -softplus(-x)


class TanhTransform(_Same):
    """tanh x."""

    codomain = constraints.interval(-1.0, 1.0)

    def _call(self, x):
        return x.tanh()

    def _inverse(self, y):
        return y.atanh()

    def log_abs_det_jacobian(self, x, y):
        from ..nn.functional import softplus

        return 2.0 * (math.log(2.0) - x - softplus(-2.0 * x))


class AbsTransform(_Same):
    """|x|, of which one of two inverses is taken."""

    codomain = constraints.positive
    bijective = False
    sign = Transform.sign

    def _call(self, x):
        return x.abs()

    def _inverse(self, y):
        return y


def _alike(a, b):
    return bool((a == b).all()) if isinstance(a, _C.Tensor) or isinstance(b, _C.Tensor) else a == b


class AffineTransform(Transform):
    """loc + scale x."""

    bijective = True
    event_dim = 0

    def __init__(self, loc, scale, event_dim=0, cache_size=0):
        super().__init__(cache_size)
        self.loc, self.scale, self.event_dim = loc, scale, event_dim

    @constraints.dependent_property(is_discrete=False)
    def domain(self):
        return _widened(constraints.real, self.event_dim)

    @constraints.dependent_property(is_discrete=False)
    def codomain(self):
        return _widened(constraints.real, self.event_dim)

    def _again(self, cache_size):
        return AffineTransform(self.loc, self.scale, self.event_dim, cache_size)

    def __eq__(self, other):
        return isinstance(other, AffineTransform) and _alike(self.loc, other.loc) and _alike(self.scale, other.scale)

    @property
    def sign(self):
        return self.scale.sign() if isinstance(self.scale, _C.Tensor) else (self.scale > 0) - (self.scale < 0)

    def _call(self, x):
        return self.loc + self.scale * x

    def _inverse(self, y):
        return (y - self.loc) / self.scale

    def log_abs_det_jacobian(self, x, y):
        size = self.scale.abs().log() if isinstance(self.scale, _C.Tensor) else full_like(x, math.log(abs(self.scale)))
        return _sum_rightmost(size, self.event_dim).expand(x.shape[: x.dim() - self.event_dim])

    def forward_shape(self, shape):
        return broadcast_shapes(shape, getattr(self.loc, "shape", ()), getattr(self.scale, "shape", ()))

    inverse_shape = forward_shape


class CumulativeDistributionTransform(Transform):
    """The probability of less, in a distribution."""

    bijective = True
    codomain = constraints.unit_interval
    sign = 1

    def __init__(self, distribution, cache_size=0):
        super().__init__(cache_size)
        self.distribution = distribution

    @property
    def domain(self):
        """Where the distribution's values lie."""
        return self.distribution.support

    def _call(self, x):
        return self.distribution.cdf(x)

    def _inverse(self, y):
        return self.distribution.icdf(y)

    def log_abs_det_jacobian(self, x, y):
        return self.distribution.log_prob(x)

    def _again(self, cache_size):
        return CumulativeDistributionTransform(self.distribution, cache_size)

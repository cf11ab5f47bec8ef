"""Largest values, and what lies beyond a bound."""

import math

from .. import _functions
from .._factory import as_tensor, full_like, ones_like, rand, zeros_like
from .._types import finfo
from . import constraints
from .continuous import Cauchy, Exponential, Uniform, _Of
from .distribution import all_numbers, broadcast_all
from .normal import _Half
from .scalar_transforms import AffineTransform, ExpTransform, PowerTransform
from .transformed import TransformedDistribution
from .utils import euler_constant

__all__ = ["GeneralizedPareto", "Gumbel", "HalfCauchy", "Pareto", "Weibull"]


class Gumbel(TransformedDistribution):
    """The largest of many."""

    arg_constraints = {"loc": constraints.real, "scale": constraints.positive}
    support = constraints.real

    def __init__(self, loc, scale, validate_args=None):
        self.loc, self.scale = broadcast_all(loc, scale)
        limits = finfo(self.loc.dtype)
        low, high = limits.tiny, 1 - limits.eps
        if not all_numbers(loc, scale):
            low, high = full_like(self.loc, low), full_like(self.loc, high)
        turned = AffineTransform(0, -ones_like(self.scale))
        steps = [ExpTransform().inv, turned, ExpTransform().inv, AffineTransform(loc, -self.scale)]
        super().__init__(Uniform(low, high, validate_args=validate_args), steps, validate_args=validate_args)

    @property
    def mean(self):
        return self.loc + self.scale * euler_constant

    @property
    def mode(self):
        return self.loc

    @property
    def stddev(self):
        return math.pi / math.sqrt(6) * self.scale

    @property
    def variance(self):
        return self.stddev.pow(2)

    def log_prob(self, value):
        if self._validate_args:
            self._validate_sample(value)
        y = (self.loc - value) / self.scale
        return y - y.exp() - self.scale.log()

    def entropy(self):
        return self.scale.log() + (1 + euler_constant)


class Weibull(TransformedDistribution):
    """Powers of waiting times."""

    arg_constraints = {"scale": constraints.positive, "concentration": constraints.positive}
    support = constraints.positive

    def __init__(self, scale, concentration, validate_args=None):
        self.scale, self.concentration = broadcast_all(scale, concentration)
        steps = [PowerTransform(self.concentration_reciprocal), AffineTransform(0, self.scale)]
        super().__init__(Exponential(ones_like(self.scale), validate_args=validate_args), steps, validate_args=validate_args)

    @property
    def concentration_reciprocal(self):
        """The power."""
        return self.concentration.reciprocal()

    @property
    def mean(self):
        return self.scale * (1 + self.concentration_reciprocal).lgamma().exp()

    @property
    def mode(self):
        return self.scale * ((self.concentration - 1) / self.concentration) ** self.concentration_reciprocal

    @property
    def variance(self):
        power = self.concentration_reciprocal
        return self.scale.pow(2) * ((1 + 2 * power).lgamma().exp() - (2 * (1 + power).lgamma()).exp())

    def entropy(self):
        power = self.concentration_reciprocal
        return euler_constant * (1 - power) + (self.scale * power).log() + 1


class Pareto(TransformedDistribution):
    """At least `scale`, and twice as much with 2 to the −`alpha` of the probability."""

    arg_constraints = {"alpha": constraints.positive, "scale": constraints.positive}

    def __init__(self, scale, alpha, validate_args=None):
        self.scale, self.alpha = broadcast_all(scale, alpha)
        steps = [ExpTransform(), AffineTransform(0, self.scale)]
        super().__init__(Exponential(self.alpha, validate_args=validate_args), steps, validate_args=validate_args)

    @constraints.dependent_property(is_discrete=False, event_dim=0)
    def support(self):
        return constraints.greater_than_eq(self.scale)

    @property
    def mean(self):
        a = self.alpha.clamp(min=1)
        return a * self.scale / (a - 1)

    @property
    def mode(self):
        return self.scale

    @property
    def variance(self):
        a = self.alpha.clamp(min=2)
        return self.scale.pow(2) * a / ((a - 1).pow(2) * (a - 2))

    def entropy(self):
        return (self.scale / self.alpha).log() + (1 + self.alpha.reciprocal())


class GeneralizedPareto(_Of):
    """What lies beyond `loc`: bounded, exponential or with a heavy tail, as `concentration` is below, at or above 0."""

    arg_constraints = {"loc": constraints.real, "scale": constraints.positive, "concentration": constraints.real}
    has_rsample = True

    def __init__(self, loc, scale, concentration, validate_args=None):
        super().__init__(loc, scale, concentration, validate_args=validate_args)

    @constraints.dependent_property(is_discrete=False, event_dim=0)
    def support(self):
        end = self.loc - self.scale / self.concentration
        return constraints.interval(self.loc, _functions.where(self.concentration < 0, end, math.inf))

    @property
    def mean(self):
        return self._where(self.concentration < 1, 0.5, lambda c: self.loc + self.scale / (1 - c))

    @property
    def mode(self):
        return self.loc

    @property
    def variance(self):
        return self._where(self.concentration < 0.5, 0.25, lambda c: self.scale**2 / ((1 - c) ** 2 * (1 - 2 * c)))

    def _where(self, valid, instead, formula):
        """A formula of the concentration where it holds, else NaN."""
        return _functions.where(valid, formula(_functions.where(valid, self.concentration, instead)), math.nan)

    def _cases(self, zero, other):
        """Two formulas, for a concentration of 0 and for others."""
        flat = _functions.isclose(self.concentration, zeros_like(self.concentration))
        return _functions.where(flat, zero, other(_functions.where(flat, 1.0, self.concentration)))

    def rsample(self, sample_shape=()):
        return self.icdf(rand(self._extended_shape(sample_shape), dtype=self.loc.dtype))

    def _z(self, value):
        return (self._checked(value) - self.loc) / self.scale

    def log_prob(self, value):
        z = self._z(value)

        def curved(c):
            y = 1 / c + ones_like(z)
            return _functions.where(y == 0, y, y * (c * z).log1p())

        return -self.scale.log() - self._cases(z, curved)

    def log_survival_function(self, value):
        """log of the probability of more."""
        z = self._z(value)
        return self._cases(-z, lambda c: -(c * z).log1p() / c)

    def log_cdf(self, value):
        """log of the probability of less."""
        return (-self.log_survival_function(value).exp()).log1p()

    def cdf(self, value):
        return self.log_cdf(value).exp()

    def icdf(self, value):
        log = (-value).log1p()
        return self._cases(self.loc - self.scale * log, lambda c: self.loc + self.scale / c * (-c * log).expm1())

    def entropy(self):
        return (self.scale.log() + self.concentration + 1).expand(self._batch_shape)


class HalfCauchy(_Half):
    """The absolute value of a Cauchy number."""

    def __init__(self, scale, validate_args=None):
        super().__init__(Cauchy(0, scale, validate_args=False), validate_args=validate_args)

    @property
    def mean(self):
        return self.scale.new_full(self._extended_shape(), math.inf)

    @property
    def variance(self):
        return self.base_dist.variance

    def log_prob(self, value):
        if self._validate_args:
            self._validate_sample(value)
        return super().log_prob(as_tensor(value, dtype=self.scale.dtype))

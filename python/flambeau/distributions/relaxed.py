"""Smooth relatives of distributions of 0 and 1 and of categories."""

import math

from .. import _functions
from .._factory import full_like, ones_like, rand
from . import constraints
from .discrete import Categorical, _Binary, _one
from .distribution import Distribution, _lazy, all_numbers, broadcast_all
from .exp_family import ExponentialFamily
from .scalar_transforms import ExpTransform, SigmoidTransform
from .transformed import TransformedDistribution
from .utils import clamp_probs, logits_to_probs

__all__ = ["ContinuousBernoulli", "ExpRelaxedCategorical", "LogitRelaxedBernoulli", "RelaxedBernoulli", "RelaxedOneHotCategorical"]


class ContinuousBernoulli(_Binary, ExponentialFamily):
    """Densities on [0, 1] in proportion to those of a Bernoulli distribution (Loaiza-Ganem and Cunningham 2019)."""

    support = constraints.unit_interval
    has_rsample = True
    _mean_carrier_measure = 0

    def __init__(self, probs=None, logits=None, lims=(0.499, 0.501), validate_args=None):
        _one(probs, logits)
        self._lims = lims
        single = all_numbers(logits if probs is None else probs)
        if probs is None:
            (self.logits,) = broadcast_all(logits)
        else:
            (probs,) = broadcast_all(probs)
            if validate_args is not None and not bool(constraints.unit_interval.check(probs).all()):
                raise ValueError("The parameter probs has invalid values")
            self.probs = clamp_probs(probs)
        Distribution.__init__(self, () if single else self._param.size(), validate_args=validate_args)

    @_lazy
    def probs(self):
        """The parameter between 0 and 1, which is not the mean."""
        return clamp_probs(logits_to_probs(self.logits, is_binary=True))

    def _steady(self):
        """Where formulas divide by numbers that are not near 0."""
        return (self.probs <= self._lims[0]) | (self.probs > self._lims[1])

    def _cut_probs(self):
        return _functions.where(self._steady(), self.probs, self._lims[0])

    def _either(self, steady, series):
        """A formula, or its Taylor series near 1/2."""
        return _functions.where(self._steady(), steady, series)

    def _cont_bern_log_norm(self):
        """log of what the density is divided by, as a function of `probs`."""
        p = self._cut_probs()
        low = p <= 0.5
        below, above = _functions.where(low, p, 0.0), _functions.where(p >= 0.5, p, 1.0)
        apart = _functions.where(low, (-2.0 * below).log1p(), (2.0 * above - 1.0).log())
        x = (self.probs - 0.5).pow(2)
        return self._either(((-p).log1p() - p.log()).abs().log() - apart, math.log(2.0) + (4.0 / 3.0 + 104.0 / 45.0 * x) * x)

    @property
    def mean(self):
        p, x = self._cut_probs(), self.probs - 0.5
        return self._either(p / (2.0 * p - 1.0) + 1.0 / ((-p).log1p() - p.log()), 0.5 + (1.0 / 3.0 + 16.0 / 45.0 * x.pow(2)) * x)

    @property
    def variance(self):
        p, x = self._cut_probs(), (self.probs - 0.5).pow(2)
        exact = p * (p - 1.0) / (1.0 - 2.0 * p).pow(2) + 1.0 / ((-p).log1p() - p.log()).pow(2)
        return self._either(exact, 1.0 / 12.0 - (1.0 / 15.0 - 128.0 / 945.0 * x) * x)

    def rsample(self, sample_shape=()):
        return self.icdf(rand(self._extended_shape(sample_shape), dtype=self.probs.dtype))

    def log_prob(self, value):
        from ..nn.functional import binary_cross_entropy_with_logits

        if self._validate_args:
            self._validate_sample(value)
        logits, value = broadcast_all(self.logits, value)
        return self._cont_bern_log_norm() - binary_cross_entropy_with_logits(logits, value, reduction="none")

    def cdf(self, value):
        if self._validate_args:
            self._validate_sample(value)
        p = self._cut_probs()
        inside = self._either((p.pow(value) * (1.0 - p).pow(1.0 - value) + p - 1.0) / (2.0 * p - 1.0), value)
        return _functions.where(value <= 0.0, 0.0, _functions.where(value >= 1.0, 1.0, inside))

    def icdf(self, value):
        p = self._cut_probs()
        start = (-p).log1p()
        return self._either(((-p + value * (2.0 * p - 1.0)).log1p() - start) / (p.log() - start), value)

    def entropy(self):
        zero, one = (-self.probs).log1p(), self.probs.log()
        return self.mean * (zero - one) - self._cont_bern_log_norm() - zero

    @property
    def _natural_params(self):
        return (self.logits,)

    def _log_normalizer(self, x):
        steady = (x <= self._lims[0] - 0.5) | (x > self._lims[1] - 0.5)
        cut = _functions.where(steady, x, (self._lims[0] - 0.5) * ones_like(x))
        series = 0.5 * x + x.pow(2) / 24.0 - x.pow(4) / 2880.0
        return _functions.where(steady, cut.expm1().abs().log() - cut.abs().log(), series)


class LogitRelaxedBernoulli(_Binary):
    """Log odds of relaxed Bernoulli numbers (Maddison et al. 2017)."""

    support = constraints.real

    def __init__(self, temperature, probs=None, logits=None, validate_args=None):
        self.temperature = temperature
        super().__init__(probs, logits, validate_args=validate_args)

    def rsample(self, sample_shape=()):
        shape = self._extended_shape(sample_shape)
        p = clamp_probs(self.probs.expand(shape))
        u = clamp_probs(rand(shape, dtype=p.dtype))
        return (u.log() - (-u).log1p() + p.log() - (-p).log1p()) / self.temperature

    def log_prob(self, value):
        if self._validate_args:
            self._validate_sample(value)
        logits, value = broadcast_all(self.logits, value)
        away = logits - value * self.temperature
        return self.temperature.log() + away - 2 * away.exp().log1p()


class _Relaxed(TransformedDistribution):
    """Has the parameters of its base."""

    has_rsample = True

    @property
    def temperature(self):
        """How smooth: near 0, values are nearly discrete."""
        return self.base_dist.temperature

    @property
    def logits(self):
        """Log odds, or log probabilities."""
        return self.base_dist.logits

    @property
    def probs(self):
        """Probabilities."""
        return self.base_dist.probs


class RelaxedBernoulli(_Relaxed):
    """Numbers in (0, 1), near its ends, with a gradient (Jang et al. 2017)."""

    arg_constraints = {"probs": constraints.unit_interval, "logits": constraints.real}
    support = constraints.unit_interval

    def __init__(self, temperature, probs=None, logits=None, validate_args=None):
        super().__init__(LogitRelaxedBernoulli(temperature, probs, logits), SigmoidTransform(), validate_args=validate_args)


class ExpRelaxedCategorical(Distribution):
    """Logarithms of relaxed one-hot vectors (Maddison et al. 2017)."""

    arg_constraints = {"probs": constraints.simplex, "logits": constraints.real_vector}
    support = constraints.real_vector
    has_rsample = True

    def __init__(self, temperature, probs=None, logits=None, validate_args=None):
        self._categorical, self.temperature = Categorical(probs, logits), temperature
        super().__init__(self._categorical.batch_shape, self._categorical.param_shape[-1:], validate_args=validate_args)

    def expand(self, batch_shape, _instance=None):
        new = super().expand(batch_shape, _instance)
        new._categorical = self._categorical.expand(batch_shape)
        return new

    @property
    def param_shape(self):
        """The shape of the parameter."""
        return self._categorical.param_shape

    @property
    def logits(self):
        """Log probabilities."""
        return self._categorical.logits

    @property
    def probs(self):
        """Probabilities."""
        return self._categorical.probs

    def rsample(self, sample_shape=()):
        u = clamp_probs(rand(self._extended_shape(sample_shape), dtype=self.logits.dtype))
        scores = (self.logits - (-u.log()).log()) / self.temperature
        return scores - scores.logsumexp(-1, keepdim=True)

    def log_prob(self, value):
        if self._validate_args:
            self._validate_sample(value)
        k = self._categorical._num_events
        logits, value = broadcast_all(self.logits, value)
        scale = full_like(self.temperature, float(k)).lgamma() + self.temperature.log() * (k - 1)
        score = logits - value * self.temperature
        return (score - score.logsumexp(-1, keepdim=True)).sum(-1) + scale


class RelaxedOneHotCategorical(_Relaxed):
    """Probabilities, nearly one-hot, with a gradient (Jang et al. 2017)."""

    arg_constraints = {"probs": constraints.simplex, "logits": constraints.real_vector}
    support = constraints.simplex

    def __init__(self, temperature, probs=None, logits=None, validate_args=None):
        base = ExpRelaxedCategorical(temperature, probs, logits, validate_args=validate_args)
        super().__init__(base, ExpTransform(), validate_args=validate_args)

"""Divergences between different distributions: what p's entropy lacks to the mean of −log q under p."""

import math

from .. import _functions
from .._factory import full_like
from .continuous import Beta, Exponential, Gamma, Laplace, Uniform
from .discrete import Bernoulli, Binomial, Poisson
from .extremes import Gumbel, Pareto
from .kl import register_kl
from .normal import Normal
from .relaxed import ContinuousBernoulli
from .utils import euler_constant


def _infinite(p, q):
    """With the shape of p's parameters."""
    return full_like(getattr(p, next(iter(p.arg_constraints))), math.inf)


#: p gives values that q never does.
for _p, _qs in {
    Beta: (Pareto,),
    ContinuousBernoulli: (Pareto,),
    Exponential: (Beta, ContinuousBernoulli, Pareto, Uniform),
    Gamma: (Beta, ContinuousBernoulli, Pareto, Uniform),
    Gumbel: (Beta, ContinuousBernoulli, Exponential, Gamma, Pareto, Uniform),
    Laplace: (Beta, ContinuousBernoulli, Exponential, Gamma, Pareto, Uniform),
    Normal: (Beta, ContinuousBernoulli, Exponential, Gamma, Pareto, Uniform),
    Pareto: (Beta, ContinuousBernoulli, Uniform),
    Poisson: (Bernoulli, Binomial),
}.items():
    for _q in _qs:
        register_kl(_p, _q)(_infinite)


def _mean_log(p):
    """The mean of log x."""
    if isinstance(p, Exponential):
        return -p.rate.log() - euler_constant
    if isinstance(p, Gamma):
        return p.concentration.digamma() - p.rate.log()
    if isinstance(p, Beta):
        return p.concentration1.digamma() - (p.concentration1 + p.concentration0).digamma()
    if isinstance(p, Pareto):
        return p.scale.log() + p.alpha.reciprocal()
    return _mean_log_between(p.low, p.high)


def _mean_log_between(low, high):
    """The mean of log x, for x anywhere between two numbers."""
    return (high.xlogy(high) - low.xlogy(low)) / (high - low) - 1


def _mean_exp(p, t):
    """The mean of exp(−t x)."""
    if isinstance(p, Exponential):
        return p.rate / (p.rate + t)
    if isinstance(p, Gamma):
        return (1 + t / p.rate).pow(-p.concentration)
    if isinstance(p, Normal):
        return (0.5 * (p.scale * t).pow(2) - p.loc * t).exp()
    return ((-t * p.low).exp() - (-t * p.high).exp()) / (t * (p.high - p.low))


def _to_exponential(p, q):
    return q.rate * p.mean - q.rate.log()


def _to_gamma(p, q):
    return q.concentration.lgamma() - q.concentration * q.rate.log() - (q.concentration - 1) * _mean_log(p) + q.rate * p.mean


def _to_normal(p, q):
    return 0.5 * math.log(2 * math.pi) + q.scale.log() + 0.5 * (p.variance + (p.mean - q.loc).pow(2)) / q.scale.pow(2)


def _to_continuous_bernoulli(p, q):
    return -p.mean * q.logits - (-q.probs).log1p() - q._cont_bern_log_norm()


def _to_gumbel(p, q):
    t = q.scale.reciprocal()
    return q.scale.log() + (p.mean - q.loc) * t + (q.loc * t).exp() * _mean_exp(p, t)


def _to_uniform(p, q):
    return (q.high - q.low).log()


def _to_poisson(p, q):
    return q.rate - p.probs * q.rate.log()


def _to_pareto(p, q):
    return (q.alpha + 1) * _mean_log(p) - q.alpha.log() - q.alpha * q.scale.log()


def _to_beta(p, q):
    a, b = q.concentration1, q.concentration0
    inside = (a - 1) * _mean_log_between(p.low, p.high) + (b - 1) * _mean_log_between(1 - p.high, 1 - p.low)
    return a.lgamma() + b.lgamma() - (a + b).lgamma() - inside


def _to_laplace(p, q):
    away, spread = p.loc - q.loc, (p.loc - q.loc) / p.scale
    mean = math.sqrt(2 / math.pi) * p.scale * (-0.5 * spread.pow(2)).exp() + away * (math.sqrt(0.5) * spread).erf()
    return (2 * q.scale).log() + mean / q.scale


#: q, the mean of −log q, and for which p; with where the divergence is infinite all the same, if anywhere.
for _q, _mean, _ps in (
    (Exponential, _to_exponential, {Beta: None, ContinuousBernoulli: None, Gamma: None, Pareto: lambda p, q: p.alpha <= 1,
                                    Uniform: lambda p, q: p.low < 0}),
    (Gamma, _to_gamma, {Beta: None, Exponential: None, Pareto: lambda p, q: p.alpha <= 1, Uniform: lambda p, q: p.low < 0}),
    (Normal, _to_normal, {Beta: None, ContinuousBernoulli: None, Exponential: None, Gamma: None, Gumbel: None, Laplace: None,
                          Pareto: lambda p, q: p.alpha <= 2, Uniform: None}),
    (ContinuousBernoulli, _to_continuous_bernoulli, {Beta: None, Uniform: lambda p, q: (p.high >= 1) | (p.low <= 0)}),
    (Gumbel, _to_gumbel, {Exponential: None, Gamma: None, Normal: None, Uniform: None}),
    (Uniform, _to_uniform, {Beta: lambda p, q: (q.low > 0) | (q.high < 1), ContinuousBernoulli: lambda p, q: (q.low >= 0) | (q.high <= 1)}),
    (Poisson, _to_poisson, {Bernoulli: None}),
    (Pareto, _to_pareto, {Uniform: lambda p, q: p.low < q.scale}),
    (Beta, _to_beta, {Uniform: lambda p, q: (p.high > 1) | (p.low < 0)}),
    (Laplace, _to_laplace, {Normal: None}),
):  # fmt: skip
    for _p, _infinite_where in _ps.items():

        def _formula(p, q, mean=_mean, infinite=_infinite_where):
            result = mean(p, q) - p.entropy()
            return result if infinite is None else _functions.where(infinite(p, q), math.inf, result)

        register_kl(_p, _q)(_formula)

"""Kullback–Leibler divergences in closed form."""

import math
import warnings

from .._overrides import broadcast_shapes
from .continuous import Beta, Cauchy, Dirichlet, Exponential, Gamma, Laplace, Uniform
from .discrete import Bernoulli, Binomial, Categorical, Geometric, OneHotCategorical, Poisson
from .distribution import Distribution
from .exp_family import ExponentialFamily
from .extremes import Gumbel, Pareto
from .multivariate import LowRankMultivariateNormal, _log_diagonal, _solve, _squared
from .normal import HalfNormal, MultivariateNormal, Normal
from .relaxed import ContinuousBernoulli
from .transformed import Independent, TransformedDistribution
from .utils import _sum_rightmost, euler_constant

__all__ = ["register_kl", "kl_divergence"]

_table = {}


def register_kl(type_p, type_q):
    """Decorates the formula for two classes."""
    for kind in (type_p, type_q):
        if not (isinstance(kind, type) and issubclass(kind, Distribution)):
            raise TypeError(f"Expected a Distribution subclass but got {kind}")

    def decorate(formula):
        _table[type_p, type_q] = formula
        return formula

    return decorate


def _formula(p, q):
    """That of the nearest classes; if p's and q's nearest are not those of one formula, p's."""
    of_p, of_q = p.__mro__, q.__mro__
    near = {(of_p.index(a), of_q.index(b)): f for (a, b), f in _table.items() if a in of_p and b in of_q}
    if not near:
        return None
    left, right = min(near), min(near, key=lambda distance: distance[::-1])
    if near[left] is not near[right]:
        by_p, by_q = of_p[left[0]].__name__, of_q[right[1]].__name__
        message = f"Ambiguous kl_divergence({p.__name__}, {q.__name__}). Please register_kl({by_p}, {by_q})"
        warnings.warn(message, RuntimeWarning, stacklevel=3)
    return near[left]


def kl_divergence(p, q):
    """∫ p log(p/q)."""
    formula = _formula(type(p), type(q))
    if formula is None:
        raise NotImplementedError(f"No KL(p || q) is implemented for p type {type(p).__name__} and q type {type(q).__name__}")
    return formula(p, q)


@register_kl(ExponentialFamily, ExponentialFamily)
def _family(p, q):
    if type(p) is not type(q):
        raise NotImplementedError("The divergence between different exponential families has no general formula")
    natural, value, slopes = p._normalizer()
    products = [_sum_rightmost((b - a) * slope, len(q.event_shape)) for a, b, slope in zip(natural, q._natural_params, slopes)]
    return q._log_normalizer(*q._natural_params) - value - sum(products)


@register_kl(TransformedDistribution, TransformedDistribution)
def _transformed(p, q):
    if p.transforms != q.transforms or p.event_shape != q.event_shape:
        raise NotImplementedError
    return kl_divergence(p.base_dist, q.base_dist)


@register_kl(Normal, Normal)
def _normal(p, q):
    ratio = (p.scale / q.scale).pow(2)
    return 0.5 * (ratio + ((p.loc - q.loc) / q.scale).pow(2) - 1 - ratio.log())


@register_kl(HalfNormal, HalfNormal)
def _of_base(p, q):
    return kl_divergence(p.base_dist, q.base_dist)


def _same_events(p, q):
    if p.event_shape != q.event_shape:
        raise ValueError("KL-divergence between two (Low Rank) Multivariate Normals with different event shapes cannot be computed")


def _trace(factor, *matrices):
    """Of factor⁻¹ (A Aᵀ + B Bᵀ + …) factor⁻ᵀ, for batches of all."""
    total = 0
    for matrix in matrices:
        batch = broadcast_shapes(factor.shape[:-2], matrix.shape[:-2])
        total = total + _solve(factor.expand(batch + factor.shape[-2:]), matrix.expand(batch + matrix.shape[-2:])).pow(2).sum((-2, -1))
    return total


def _roots(p):
    """Matrices A, … whose A Aᵀ + … is the covariance."""
    return (p._tril,) if isinstance(p, MultivariateNormal) else (p._factor, p._diag.sqrt().diag_embed())


@register_kl(MultivariateNormal, MultivariateNormal)
@register_kl(LowRankMultivariateNormal, MultivariateNormal)
def _multivariate(p, q):
    _same_events(p, q)
    log_det = 2 * _log_diagonal(p._tril) if isinstance(p, MultivariateNormal) else p._log_det()
    spread, shift = _trace(q._tril, *_roots(p)), _squared(q._tril, q.loc - p.loc)
    return 0.5 * (2 * _log_diagonal(q._tril) - log_det + spread + shift - p.event_shape[0])


@register_kl(LowRankMultivariateNormal, LowRankMultivariateNormal)
@register_kl(MultivariateNormal, LowRankMultivariateNormal)
def _to_low_rank(p, q):
    _same_events(p, q)
    log_det = 2 * _log_diagonal(p._tril) if isinstance(p, MultivariateNormal) else p._log_det()
    # The inverse of q's covariance is D⁻¹ less AᵀA, with A = C⁻¹ Wᵀ D⁻¹ for the factor C of its small matrix.
    wide = (p.covariance_matrix.diagonal(0, -2, -1) / q._diag).sum(-1)
    spread = wide - _trace(q._small_tril, *(q._scaled_factor() @ root for root in _roots(p)))
    return 0.5 * (q._log_det() - log_det + spread + q._distance(q.loc - p.loc) - p.event_shape[0])


@register_kl(Bernoulli, Bernoulli)
def _bernoulli(p, q):
    from ..nn.functional import softplus

    first = p.probs * (softplus(-q.logits) - softplus(-p.logits))
    first = first.masked_fill(q.probs == 0, math.inf).masked_fill(p.probs == 0, 0)
    second = (1 - p.probs) * (softplus(q.logits) - softplus(p.logits))
    return first + second.masked_fill(q.probs == 1, math.inf).masked_fill(p.probs == 1, 0)


@register_kl(Categorical, Categorical)
def _categorical(p, q):
    t = p.probs * (p.logits - q.logits)
    zero = q.probs == 0
    t = t.masked_fill(zero.expand(t.shape), math.inf)
    return t.masked_fill((p.probs == 0).expand(t.shape), 0).sum(-1)


@register_kl(OneHotCategorical, OneHotCategorical)
def _one_hot(p, q):
    return kl_divergence(p._categorical, q._categorical)


@register_kl(Geometric, Geometric)
def _geometric(p, q):
    return -p.entropy() - (-q.probs).log1p() / p.probs - q.logits


@register_kl(Poisson, Poisson)
def _poisson(p, q):
    return p.rate * (p.rate.log() - q.rate.log()) - (p.rate - q.rate)


@register_kl(Exponential, Exponential)
def _exponential(p, q):
    ratio = q.rate / p.rate
    return -ratio.log() + ratio - 1


@register_kl(Laplace, Laplace)
def _laplace(p, q):
    ratio = p.scale / q.scale
    away = (p.loc - q.loc).abs()
    return -ratio.log() + away / q.scale + ratio * (-away / p.scale).exp() - 1


@register_kl(Uniform, Uniform)
def _uniform(p, q):
    result = ((q.high - q.low) / (p.high - p.low)).log()
    return result.masked_fill((q.low > p.low) | (q.high < p.high), math.inf)


@register_kl(Gamma, Gamma)
def _gamma(p, q):
    a, b, c, d = p.concentration, p.rate, q.concentration, q.rate
    return c * (b / d).log() + c.lgamma() - a.lgamma() + (a - c) * a.digamma() + (d - b) * (a / b)


@register_kl(Beta, Beta)
def _beta(p, q):
    return kl_divergence(p._dirichlet, q._dirichlet)


@register_kl(Dirichlet, Dirichlet)
def _dirichlet(p, q):
    a, b = p.concentration, q.concentration
    total = a.sum(-1)
    difference = total.lgamma() - b.sum(-1).lgamma() - (a.lgamma() - b.lgamma()).sum(-1)
    return difference + ((a - b) * (a.digamma() - total.digamma().unsqueeze(-1))).sum(-1)


@register_kl(Independent, Independent)
def _independent(p, q):
    if p.reinterpreted_batch_ndims != q.reinterpreted_batch_ndims:
        raise NotImplementedError
    return _sum_rightmost(kl_divergence(p.base_dist, q.base_dist), p.reinterpreted_batch_ndims)


@register_kl(Binomial, Binomial)
def _binomial(p, q):
    if bool((p.total_count < q.total_count).any()):
        raise NotImplementedError("KL between Binomials where q.total_count > p.total_count is not implemented")
    result = p.total_count * (p.probs * (p.logits - q.logits) + (-p.probs).log1p() - (-q.probs).log1p())
    return result.masked_fill(p.total_count > q.total_count, math.inf)


@register_kl(ContinuousBernoulli, ContinuousBernoulli)
def _continuous_bernoulli(p, q):
    mine, other = (d._cont_bern_log_norm() + (-d.probs).log1p() for d in (p, q))
    return p.mean * (p.logits - q.logits) + mine - other


@register_kl(Gumbel, Gumbel)
def _gumbel(p, q):
    ratio, away = p.scale / q.scale, (p.loc - q.loc) / q.scale
    return -ratio.log() + away + ratio * euler_constant + ((1 + ratio).lgamma() - away).exp() - (1 + euler_constant)


@register_kl(Pareto, Pareto)
def _pareto(p, q):
    ratio = q.alpha / p.alpha
    return (q.alpha * (p.scale / q.scale).log() - ratio.log() + ratio - 1).masked_fill(p.scale < q.scale, math.inf)


@register_kl(Cauchy, Cauchy)
def _cauchy(p, q):
    return ((p.scale + q.scale).pow(2) + (p.loc - q.loc).pow(2)).log() - (4 * p.scale * q.scale).log()

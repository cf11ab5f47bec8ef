"""Probability distributions: random values, densities, gradients through both."""

import sys

from . import (
    constraint_registry, constraints, continuous, discrete, exp_family, extremes, kl, kl_pairs, mixture, multivariate, normal, ratios,
    relaxed, transformed, transforms, von_mises,
)  # fmt: skip
from .constraint_registry import biject_to, transform_to
from .continuous import Beta, Cauchy, Chi2, Dirichlet, Exponential, Gamma, Laplace, StudentT, Uniform
from .discrete import (
    Bernoulli, Binomial, Categorical, Geometric, Multinomial, OneHotCategorical, OneHotCategoricalStraightThrough, Poisson,
)  # fmt: skip
from .distribution import Distribution
from .exp_family import ExponentialFamily
from .extremes import GeneralizedPareto, Gumbel, HalfCauchy, Pareto, Weibull
from .kl import kl_divergence, register_kl
from .mixture import MixtureSameFamily
from .multivariate import LKJCholesky, LogisticNormal, LowRankMultivariateNormal, Wishart
from .normal import HalfNormal, LogNormal, MultivariateNormal, Normal
from .ratios import FisherSnedecor, InverseGamma, Kumaraswamy, NegativeBinomial
from .relaxed import ContinuousBernoulli, RelaxedBernoulli, RelaxedOneHotCategorical
from .transformed import Independent, TransformedDistribution
from .transforms import *  # noqa: F403
from .von_mises import VonMises
from .._missing import names_of as _names_of

__all__ = ["Bernoulli", "Beta", "Binomial", "Categorical", "Cauchy", "Chi2", "ContinuousBernoulli", "Dirichlet", "Distribution",
           "Exponential", "ExponentialFamily", "FisherSnedecor", "Gamma", "GeneralizedPareto", "Geometric", "Gumbel", "HalfCauchy",
           "HalfNormal", "Independent", "InverseGamma", "Kumaraswamy", "LKJCholesky", "Laplace", "LogNormal", "LogisticNormal",
           "LowRankMultivariateNormal", "MixtureSameFamily", "Multinomial", "MultivariateNormal", "NegativeBinomial", "Normal",
           "OneHotCategorical", "OneHotCategoricalStraightThrough", "Pareto", "RelaxedBernoulli", "RelaxedOneHotCategorical",
           "StudentT", "Poisson", "Uniform", "VonMises", "Weibull", "Wishart", "TransformedDistribution", "biject_to", "kl_divergence",
           "register_kl", "transform_to", *transforms.__all__]  # fmt: skip

#: Where PyTorch has some of them.
_elsewhere = {
    continuous: "beta cauchy chi2 dirichlet exponential gamma laplace studentT uniform",
    discrete: "bernoulli binomial categorical geometric multinomial one_hot_categorical poisson",
    extremes: "generalized_pareto gumbel half_cauchy pareto weibull",
    mixture: "mixture_same_family",
    multivariate: "lkj_cholesky logistic_normal lowrank_multivariate_normal wishart",
    normal: "half_normal log_normal multivariate_normal",
    ratios: "fishersnedecor inverse_gamma kumaraswamy negative_binomial",
    relaxed: "continuous_bernoulli relaxed_bernoulli relaxed_categorical",
    transformed: "independent transformed_distribution",
}
for _module, _names in _elsewhere.items():
    for _name in _names.split():
        globals()[_name] = sys.modules[f"{__name__}.{_name}"] = _module


__getattr__ = _names_of(__name__)

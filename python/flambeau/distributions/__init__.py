"""Probability distributions: random values, densities, gradients through both."""

from . import constraints, continuous, discrete, kl, normal, transformed, transforms
from .continuous import Beta, Cauchy, Chi2, Dirichlet, Exponential, Gamma, Gumbel, Laplace, StudentT, Uniform
from .discrete import (
    Bernoulli, Binomial, Categorical, Geometric, Multinomial, OneHotCategorical, OneHotCategoricalStraightThrough, Poisson,
)  # fmt: skip
from .distribution import Distribution
from .kl import kl_divergence, register_kl
from .normal import HalfNormal, LogNormal, MultivariateNormal, Normal
from .transformed import Independent, TransformedDistribution
from .transforms import *  # noqa: F403

__all__ = ["Bernoulli", "Beta", "Binomial", "Categorical", "Cauchy", "Chi2", "Dirichlet", "Distribution", "Exponential", "Gamma", "Geometric",
           "Gumbel", "HalfNormal", "Independent", "Laplace", "LogNormal", "Multinomial", "MultivariateNormal", "Normal", "OneHotCategorical",
           "OneHotCategoricalStraightThrough", "Poisson", "StudentT", "TransformedDistribution", "Uniform", "constraints", "kl_divergence",
           "register_kl", *transforms.__all__]  # fmt: skip

#: Where PyTorch has some of them.
beta = cauchy = chi2 = dirichlet = exponential = gamma = gumbel = laplace = studentT = uniform = continuous
binomial = geometric = multinomial = one_hot_categorical = poisson = discrete
half_normal = log_normal = multivariate_normal = normal
independent = transformed_distribution = transformed


def __getattr__(name):
    if name.startswith("__"):
        raise AttributeError(name)
    from .. import _missing

    raise _missing(f"distributions.{name}")

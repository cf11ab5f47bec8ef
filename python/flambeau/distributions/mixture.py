"""Mixtures."""

from .. import _functions
from .._grad_mode import no_grad
from .._types import Size
from . import constraints
from .discrete import Categorical
from .distribution import Distribution

__all__ = ["MixtureSameFamily"]


class MixtureSameFamily(Distribution):
    """A component is drawn, then its value; components are the last batch dimension of a distribution."""

    arg_constraints = {}

    def __init__(self, mixture_distribution, component_distribution, validate_args=None):
        if not isinstance(mixture_distribution, Categorical):
            raise ValueError(" The Mixture distribution needs to be an  instance of torch.distributions.Categorical")
        if not isinstance(component_distribution, Distribution):
            raise ValueError("The Component distribution needs to be an instance of torch.distributions.Distribution")
        self._mixture_distribution, self._component_distribution = mixture_distribution, component_distribution
        of_mixture, of_components = mixture_distribution.batch_shape, component_distribution.batch_shape[:-1]
        if any(a != 1 and b != 1 and a != b for a, b in zip(reversed(of_mixture), reversed(of_components))):
            raise ValueError(
                f"`mixture_distribution.batch_shape` ({of_mixture}) is not compatible with "
                f"`component_distribution.batch_shape`({of_components})"
            )
        self._num_component, count = mixture_distribution.logits.shape[-1], component_distribution.batch_shape[-1]
        if self._num_component != count:
            raise ValueError(
                f"`mixture_distribution component` ({self._num_component}) does not equal "
                f"`component_distribution.batch_shape[-1]` ({count})"
            )
        self._event_ndims = len(component_distribution.event_shape)
        super().__init__(of_components, component_distribution.event_shape, validate_args=validate_args)

    def expand(self, batch_shape, _instance=None):
        new = super().expand(batch_shape, _instance)
        new._component_distribution = self._component_distribution.expand(Size(batch_shape) + (self._num_component,))
        new._mixture_distribution = self._mixture_distribution.expand(batch_shape)
        return new

    @constraints.dependent_property
    def support(self):
        return constraints.MixtureSameFamilyConstraint(self._component_distribution.support)

    @property
    def mixture_distribution(self):
        """Which component is drawn."""
        return self._mixture_distribution

    @property
    def component_distribution(self):
        """The values of all components."""
        return self._component_distribution

    def _mean(self, values):
        """Over the components."""
        probs = self._mixture_distribution.probs
        missing = 0 if probs.dim() == 2 else len(self._batch_shape) - probs.dim() + 1
        probs = probs.reshape(probs.shape[:-1] + (1,) * missing + probs.shape[-1:] + (1,) * self._event_ndims)
        return (probs * values).sum(-1 - self._event_ndims)

    @property
    def mean(self):
        return self._mean(self._component_distribution.mean)

    @property
    def variance(self):
        inside = self._component_distribution
        return self._mean(inside.variance) + self._mean((inside.mean - self._pad(self.mean)).pow(2.0))

    def _pad(self, x):
        return x.unsqueeze(-1 - self._event_ndims)

    def cdf(self, x):
        return (self._component_distribution.cdf(self._pad(x)) * self._mixture_distribution.probs).sum(-1)

    def log_prob(self, x):
        if self._validate_args:
            self._validate_sample(x)
        inside = self._component_distribution.log_prob(self._pad(x))
        return (inside + _functions.log_softmax(self._mixture_distribution.logits, -1)).logsumexp(-1)

    def sample(self, sample_shape=()):
        with no_grad():
            chosen = self._mixture_distribution.sample(sample_shape)
            values = self._component_distribution.sample(sample_shape)
            dim = len(sample_shape) + len(self._batch_shape)
            index = chosen.reshape(chosen.shape + (1,) * (self._event_ndims + 1))
            return values.gather(dim, index.repeat((1,) * (chosen.dim() + 1) + tuple(self._event_shape))).squeeze(dim)

    def __repr__(self):
        return f"MixtureSameFamily(\n  {self._mixture_distribution},\n  {self._component_distribution})"

"""Exponential families: entropy and divergence by the derivative of what makes the density sum to 1."""

from .distribution import Distribution

__all__ = ["ExponentialFamily"]


class ExponentialFamily(Distribution):
    """Densities exp(⟨t(x), θ⟩ − F(θ) + k(x)) with natural parameters θ."""

    @property
    def _natural_params(self):
        """θ, one or more tensors."""
        raise NotImplementedError

    def _log_normalizer(self, *natural_params):
        """F(θ)."""
        raise NotImplementedError

    @property
    def _mean_carrier_measure(self):
        """The mean of k(x)."""
        raise NotImplementedError

    def _normalizer(self):
        """θ, F(θ) and ∇F(θ), which is the mean of t(x)."""
        from ..autograd import grad

        natural = [p.detach().requires_grad_() for p in self._natural_params]
        value = self._log_normalizer(*natural)
        return natural, value, grad(value.sum(), natural, create_graph=True)

    def entropy(self):
        carrier = self._mean_carrier_measure
        natural, value, slopes = self._normalizer()
        products = [(p * slope).reshape((*self._batch_shape, -1)).sum(-1) for p, slope in zip(natural, slopes)]
        return value - carrier - sum(products)

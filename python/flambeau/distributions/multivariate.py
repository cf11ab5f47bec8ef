"""Distributions of vectors and matrices."""

import math
import warnings

from .. import _functions
from .._factory import arange, randn, tensor
from .._overrides import broadcast_shapes, broadcast_tensors
from .._types import Size, finfo
from . import constraints
from .continuous import Beta, Chi2
from .distribution import Distribution, _lazy, all_numbers, broadcast_all
from .exp_family import ExponentialFamily
from .normal import Normal, _Factored
from .transformed import TransformedDistribution
from .utils import _standard_normal
from .vector_transforms import StickBreakingTransform

__all__ = ["LKJCholesky", "LogisticNormal", "LowRankMultivariateNormal", "Wishart"]


def _log_diagonal(factor):
    """Half the log determinant of the matrix with this Cholesky factor."""
    return factor.diagonal(0, -2, -1).log().sum(-1)


def _solve(factor, right):
    from ..linalg import solve_triangular

    return solve_triangular(factor, right, upper=False)


def _squared(factor, x):
    """The squared length of factor⁻¹ x, for batches of both."""
    batch = broadcast_shapes(factor.shape[:-2], x.shape[:-1])
    return _solve(factor.expand(batch + factor.shape[-2:]), x.expand(batch + x.shape[-1:]).unsqueeze(-1)).pow(2).sum((-2, -1))


class LowRankMultivariateNormal(Distribution):
    """Vectors with the covariance W Wᵀ + D, for a matrix W of few columns and a diagonal D."""

    arg_constraints = {"loc": constraints.real_vector, "cov_factor": constraints.independent(constraints.real, 2),
                       "cov_diag": constraints.independent(constraints.positive, 1)}  # fmt: skip
    support = constraints.real_vector
    has_rsample = True

    def __init__(self, loc, cov_factor, cov_diag, validate_args=None):
        from ..linalg import cholesky

        if loc.dim() < 1:
            raise ValueError("loc must be at least one-dimensional.")
        event = loc.shape[-1:]
        if cov_factor.dim() < 2:
            raise ValueError("cov_factor must be at least two-dimensional, with optional leading batch dimensions")
        if cov_factor.shape[-2:-1] != event:
            raise ValueError(f"cov_factor must be a batch of matrices with shape {event[0]} x m")
        if cov_diag.shape[-1:] != event:
            raise ValueError(f"cov_diag must be a batch of vectors with shape {event}")
        try:
            wide, self.cov_factor, diag = broadcast_tensors(loc.unsqueeze(-1), cov_factor, cov_diag.unsqueeze(-1))
        except RuntimeError as e:
            shapes = f"loc {loc.shape}, cov_factor {cov_factor.shape}, cov_diag {cov_diag.shape}"
            raise ValueError(f"Incompatible batch shapes: {shapes}") from e
        self.loc, self.cov_diag = wide[..., 0], diag[..., 0]
        self._factor, self._diag = cov_factor, cov_diag
        # The small matrix I + Wᵀ D⁻¹ W has, up to |D|, the determinant of the covariance, and gives its inverse (Woodbury).
        small = self._scaled_factor() @ cov_factor
        self._small_tril = cholesky(small + _functions.eye(small.shape[-1], dtype=small.dtype))
        super().__init__(self.loc.shape[:-1], event, validate_args=validate_args)

    def _scaled_factor(self):
        """Wᵀ D⁻¹."""
        return self._factor.mT / self._diag.unsqueeze(-2)

    @property
    def mean(self):
        return self.loc

    mode = mean

    @_lazy
    def variance(self):
        """The diagonal of the covariance."""
        return (self._factor.pow(2).sum(-1) + self._diag).expand(self._batch_shape + self._event_shape)

    @_lazy
    def scale_tril(self):
        """The Cholesky factor of the covariance, by that of I + D^−½ W Wᵀ D^−½, whose eigenvalues are at least 1."""
        from ..linalg import cholesky

        root = self._diag.sqrt().unsqueeze(-1)
        scaled = self._factor / root
        inner = scaled @ scaled.mT + _functions.eye(self._event_shape[0], dtype=self.loc.dtype)
        return (root * cholesky(inner)).expand(self._batch_shape + self._event_shape * 2)

    @_lazy
    def covariance_matrix(self):
        """The covariance."""
        return (self._factor @ self._factor.mT + self._diag.diag_embed()).expand(self._batch_shape + self._event_shape * 2)

    @_lazy
    def precision_matrix(self):
        """The inverse of the covariance."""
        a = _solve(self._small_tril, self._scaled_factor())
        return (self._diag.reciprocal().diag_embed() - a.mT @ a).expand(self._batch_shape + self._event_shape * 2)

    def rsample(self, sample_shape=()):
        shape = self._extended_shape(sample_shape)
        first = _standard_normal(shape[:-1] + self.cov_factor.shape[-1:], self.loc.dtype)
        second = _standard_normal(shape, self.loc.dtype)
        return self.loc + (self._factor @ first.unsqueeze(-1)).squeeze(-1) + self._diag.sqrt() * second

    def _log_det(self):
        """Of the covariance."""
        return 2 * _log_diagonal(self._small_tril) + self._diag.log().sum(-1)

    def _distance(self, away):
        """Squared, in standard deviations."""
        return (away.pow(2) / self._diag).sum(-1) - _squared(self._small_tril, (self._scaled_factor() @ away.unsqueeze(-1)).squeeze(-1))

    def log_prob(self, value):
        if self._validate_args:
            self._validate_sample(value)
        distance = self._distance(value - self.loc)
        return -0.5 * (self._event_shape[0] * math.log(2 * math.pi) + self._log_det() + distance)

    def entropy(self):
        h = 0.5 * (self._event_shape[0] * (1.0 + math.log(2 * math.pi)) + self._log_det())
        return h.expand(self._batch_shape)


class LogisticNormal(TransformedDistribution):
    """Probabilities of categories: normal numbers break a stick."""

    arg_constraints = {"loc": constraints.real, "scale": constraints.positive}
    support = constraints.simplex
    has_rsample = True

    def __init__(self, loc, scale, validate_args=None):
        base = Normal(loc, scale, validate_args=validate_args)
        super().__init__(base if base.batch_shape else base.expand((1,)), StickBreakingTransform(), validate_args=validate_args)

    @property
    def loc(self):
        """The means of the normal numbers."""
        return self.base_dist.base_dist.loc

    @property
    def scale(self):
        """Their standard deviations."""
        return self.base_dist.base_dist.scale


class LKJCholesky(Distribution):
    """Cholesky factors of correlation matrices, with densities |correlations| to the concentration − 1 (Lewandowski et al. 2009)."""

    arg_constraints = {"concentration": constraints.positive}
    support = constraints.corr_cholesky

    def __init__(self, dim, concentration=1.0, validate_args=None):
        if dim < 2:
            raise ValueError(f"Expected dim to be an integer greater than or equal to 2. Found dim={dim}.")
        self.dim = dim
        (self.concentration,) = broadcast_all(concentration)
        super().__init__(self.concentration.size(), (dim, dim), validate_args=validate_args)

    def sample(self, sample_shape=()):
        """Row by row: a direction, and how far from the diagonal ("onion")."""
        steps = arange(self.dim - 1, dtype=self.concentration.dtype)
        steps = _functions.cat([steps.new_zeros((1,)), steps])
        rows = Beta(steps + 0.5, (self.concentration + 0.5 * (self.dim - 2)).unsqueeze(-1) - 0.5 * steps)
        y = rows.sample(sample_shape).unsqueeze(-1)
        normal = randn(self._extended_shape(sample_shape), dtype=y.dtype).tril(-1)
        below = (normal / normal.norm(dim=-1, keepdim=True)).detach()
        below[..., 0, :] = 0.0
        w = y.sqrt() * below
        left = (1 - w.pow(2).sum(-1)).clamp(min=finfo(w.dtype).tiny).sqrt()
        return (w + left.diag_embed()).detach()

    def log_prob(self, value):
        if self._validate_args:
            self._validate_sample(value)
        n = self.dim - 1
        powers = 2 * (self.concentration - 1).unsqueeze(-1) + self.dim - arange(2, self.dim + 1)
        total = (powers * value.diagonal(0, -2, -1)[..., 1:].log()).sum(-1)
        alpha = self.concentration + 0.5 * n
        return total - (0.5 * n * math.log(math.pi) + _functions.mvlgamma(alpha - 0.5, n) - alpha.lgamma() * n)


def _times(number, matrix):
    return number.unsqueeze(-1).unsqueeze(-1) * matrix


class Wishart(_Factored, ExponentialFamily):
    """Sums of x xᵀ for normal vectors x, `df` of them."""

    support = constraints.positive_definite
    has_rsample = True
    _mean_carrier_measure = 0

    @property
    def arg_constraints(self):
        """What parameters may be."""
        return {"covariance_matrix": constraints.positive_definite, "precision_matrix": constraints.positive_definite,
                "scale_tril": constraints.lower_cholesky, "df": constraints.greater_than(self._event_shape[-1] - 1)}  # fmt: skip

    def __init__(self, df, covariance_matrix=None, precision_matrix=None, scale_tril=None, validate_args=None):
        given = {"covariance_matrix": covariance_matrix, "precision_matrix": precision_matrix, "scale_tril": scale_tril}
        given = {k: v for k, v in given.items() if v is not None}
        if len(given) != 1:
            raise AssertionError("Exactly one of covariance_matrix or precision_matrix or scale_tril may be specified.")
        ((name, matrix),) = given.items()
        if matrix.dim() < 2:
            raise ValueError("scale_tril must be at least two-dimensional, with optional leading batch dimensions")
        single = all_numbers(df)
        batch = matrix.shape[:-2] if single else broadcast_shapes(matrix.shape[:-2], df.shape)
        self.df = (tensor(df, dtype=matrix.dtype) if single else df).expand(batch)
        p = matrix.shape[-1]
        if bool((self.df <= p - 1).any()):
            raise ValueError(f"Value of df={df} expected to be greater than ndim - 1 = {p - 1}.")
        if bool((self.df < p).any()):
            warnings.warn("Low df values detected. Singular samples are highly likely to occur for ndim - 1 < df < ndim.", stacklevel=2)
        setattr(self, name, matrix.expand((*batch, -1, -1)))
        super().__init__(batch, matrix.shape[-2:], validate_args=validate_args)
        self._set_factor(name)

    @property
    def mean(self):
        return _times(self.df, self.covariance_matrix)

    @property
    def mode(self):
        factor = self.df - self._event_shape[-1] - 1
        return _times(factor.masked_fill(factor <= 0, math.nan), self.covariance_matrix)

    @property
    def variance(self):
        v = self.covariance_matrix
        diagonal = v.diagonal(0, -2, -1)
        return _times(self.df, v.pow(2) + diagonal.unsqueeze(-1) * diagonal.unsqueeze(-2))

    def _drawn(self, sample_shape):
        """By Bartlett's triangle of χ and normal numbers."""
        p = self._event_shape[-1]
        dfs = self.df.unsqueeze(-1) - arange(p, dtype=self._tril.dtype)
        chi = Chi2(dfs).rsample(sample_shape).sqrt()
        noise = chi.clamp(min=finfo(chi.dtype).eps).diag_embed()
        i, j = _functions.tril_indices(p, p, offset=-1)
        below = noise.new_zeros(noise.shape)
        below[..., i, j] = randn((*sample_shape, *self._batch_shape, p * (p - 1) // 2), dtype=noise.dtype)
        factor = self._tril @ (noise + below)
        return factor @ factor.mT

    def _any(self, flags):
        """Of the batch."""
        return flags.amax([-(i + 1) for i in range(len(self._batch_shape))]) if self._batch_shape else flags

    def rsample(self, sample_shape=(), max_try_correction=10):
        sample_shape = Size(sample_shape)
        sample = self._drawn(sample_shape)
        # Of the first draws, PyTorch repeats those that are well, not the singular ones: so here, for equal numbers from equal seeds.
        again = self._any(self.support.check(sample))
        if not bool(again.any()):
            return sample
        warnings.warn("Singular sample detected.", stacklevel=2)
        for _ in range(10 if max_try_correction is None else max_try_correction):
            new = self._drawn(again[again].shape)
            sample[again] = new
            again[again.clone()] = self._any(~self.support.check(new))
            if not bool(again.any()):
                break
        return sample

    def log_prob(self, value):
        from ..linalg import slogdet

        if self._validate_args:
            self._validate_sample(value)
        nu, p = self.df, self._event_shape[-1]
        known = -nu * (p * math.log(2) / 2 + _log_diagonal(self._tril)) - _functions.mvlgamma(nu / 2, p)
        batch = broadcast_shapes(value.shape[:-2], self._batch_shape) + self._event_shape
        trace = _functions.cholesky_solve(value.expand(batch), self._tril.expand(batch)).diagonal(0, -2, -1).sum(-1)
        return known + (nu - p - 1) / 2 * slogdet(value)[1] - trace / 2

    def entropy(self):
        nu, p = self.df, self._event_shape[-1]
        digamma = (nu.unsqueeze(-1) / 2 - arange(p, dtype=nu.dtype) / 2).digamma().sum(-1)
        scale = (p + 1) * (p * math.log(2) / 2 + _log_diagonal(self._tril))
        return scale + _functions.mvlgamma(nu / 2, p) - (nu - p - 1) / 2 * digamma + nu * p / 2

    @property
    def _natural_params(self):
        return -self.precision_matrix / 2, (self.df - self._event_shape[-1] - 1) / 2

    def _log_normalizer(self, x, y):
        from ..linalg import slogdet

        p = self._event_shape[-1]
        half = y + (p + 1) / 2
        return half * (math.log(2) * p - slogdet(-2 * x)[1]) + _functions.mvlgamma(half, p)

"""Transforms between vectors, probabilities of categories and matrices, and of pieces of a tensor."""

import itertools
import math

from .. import _functions
from .._types import Size, finfo
from . import constraints
from .base_transforms import Transform
from .scalar_transforms import _inside, _Same
from .utils import _sum_rightmost, tril_matrix_to_vec, vec_to_tril_matrix

__all__ = ["CatTransform", "CorrCholeskyTransform", "LowerCholeskyTransform", "PositiveDefiniteTransform", "ReshapeTransform",
           "SoftmaxTransform", "StackTransform", "StickBreakingTransform"]  # fmt: skip


def _at_least(shape, dims):
    if len(shape) < dims:
        raise ValueError("Too few dimensions on input")


def _behind(x, value):
    """Each number in the place after its own, a value first."""
    from ..nn.functional import pad

    return pad(x[..., :-1], [1, 0], value=value)


class ReshapeTransform(Transform):
    """The same numbers in another shape."""

    bijective = True

    def __init__(self, in_shape, out_shape, cache_size=0):
        self.in_shape, self.out_shape = Size(in_shape), Size(out_shape)
        if self.in_shape.numel() != self.out_shape.numel():
            raise ValueError("in_shape, out_shape have different numbers of elements")
        super().__init__(cache_size)

    @constraints.dependent_property
    def domain(self):
        return constraints.independent(constraints.real, len(self.in_shape))

    @constraints.dependent_property
    def codomain(self):
        return constraints.independent(constraints.real, len(self.out_shape))

    def _again(self, cache_size):
        return ReshapeTransform(self.in_shape, self.out_shape, cache_size)

    def _call(self, x):
        return x.reshape(x.shape[: x.dim() - len(self.in_shape)] + self.out_shape)

    def _inverse(self, y):
        return y.reshape(y.shape[: y.dim() - len(self.out_shape)] + self.in_shape)

    def log_abs_det_jacobian(self, x, y):
        return x.new_zeros(x.shape[: x.dim() - len(self.in_shape)])

    @staticmethod
    def _replaced(shape, old, new):
        _at_least(shape, len(old))
        cut = len(shape) - len(old)
        if tuple(shape[cut:]) != tuple(old):
            raise ValueError(f"Shape mismatch: expected {shape[cut:]} but got {old}")
        return shape[:cut] + new

    def forward_shape(self, shape):
        return self._replaced(shape, self.in_shape, self.out_shape)

    def inverse_shape(self, shape):
        return self._replaced(shape, self.out_shape, self.in_shape)


class CorrCholeskyTransform(Transform):
    """Vectors to Cholesky factors of correlation matrices: tanh, then each row breaks a stick of squared length 1."""

    domain = constraints.real_vector
    codomain = constraints.corr_cholesky
    bijective = True

    def _call(self, x):
        eps = finfo(x.dtype).eps
        r = vec_to_tril_matrix(x.tanh().clamp(min=-1 + eps, max=1 - eps), diag=-1)
        left = (1 - r**2).sqrt().cumprod(-1)
        return (r + _functions.eye(r.shape[-1], dtype=r.dtype)) * _behind(left, 1)

    def _inverse(self, y):
        left = _behind(1 - (y * y).cumsum(-1), 1)
        t = tril_matrix_to_vec(y, diag=-1) / tril_matrix_to_vec(left, diag=-1).sqrt()
        return (t.log1p() - (-t).log1p()) / 2

    def log_abs_det_jacobian(self, x, y, intermediates=None):
        from ..nn.functional import softplus

        # Of the part of y below the diagonal; what is left of a row's stick is one place behind.
        sticks = tril_matrix_to_vec(1 - (y * y).cumsum(-1), diag=-2)
        return 0.5 * sticks.log().sum(-1) - 2 * (x + softplus(-2 * x) - math.log(2.0)).sum(-1)

    def forward_shape(self, shape):
        _at_least(shape, 1)
        n = round((0.25 + 2 * shape[-1]) ** 0.5 + 0.5)
        if n * (n - 1) // 2 != shape[-1]:
            raise ValueError("Input is not a flattened lower-diagonal number")
        return shape[:-1] + (n, n)

    def inverse_shape(self, shape):
        _at_least(shape, 2)
        if shape[-2] != shape[-1]:
            raise ValueError("Input is not square")
        return shape[:-2] + (shape[-1] * (shape[-1] - 1) // 2,)


class SoftmaxTransform(_Same):
    """exp x, divided by the sum."""

    domain = constraints.real_vector
    codomain = constraints.simplex
    bijective = False
    sign = Transform.sign

    def _call(self, x):
        e = (x - x.max(-1, True)[0]).exp()
        return e / e.sum(-1, True)

    def _inverse(self, y):
        return y.log()

    def forward_shape(self, shape):
        _at_least(shape, 1)
        return shape

    inverse_shape = forward_shape


class StickBreakingTransform(_Same):
    """The sigmoid of each number says how much of what is left of a stick breaks off; what is left in the end is one number more."""

    domain = constraints.real_vector
    codomain = constraints.simplex
    sign = Transform.sign

    @staticmethod
    def _offset(x):
        """So that zeros give equal pieces."""
        return (x.shape[-1] + 1 - x.new_ones(x.shape[-1]).cumsum(-1)).log()

    def _call(self, x):
        from ..nn.functional import pad

        z = _inside((x - self._offset(x)).sigmoid())
        return pad(z, [0, 1], value=1) * pad((1 - z).cumprod(-1), [1, 0], value=1)

    def _inverse(self, y):
        pieces = y[..., :-1]
        left = (1 - pieces.cumsum(-1)).clamp(min=finfo(y.dtype).tiny)
        return pieces.log() - left.log() + self._offset(pieces)

    def log_abs_det_jacobian(self, x, y):
        from ..nn.functional import logsigmoid

        x = x - self._offset(x)
        return (-x + logsigmoid(x) + y[..., :-1].log()).sum(-1)

    def forward_shape(self, shape):
        _at_least(shape, 1)
        return shape[:-1] + (shape[-1] + 1,)

    def inverse_shape(self, shape):
        _at_least(shape, 1)
        return shape[:-1] + (shape[-1] - 1,)


class LowerCholeskyTransform(_Same):
    """The lower triangle of matrices, with exp of the diagonal."""

    domain = constraints.independent(constraints.real, 2)
    codomain = constraints.lower_cholesky
    bijective = False
    sign = Transform.sign

    def _call(self, x):
        return x.tril(-1) + x.diagonal(0, -2, -1).exp().diag_embed()

    def _inverse(self, y):
        return y.tril(-1) + y.diagonal(0, -2, -1).log().diag_embed()


class PositiveDefiniteTransform(_Same):
    """Matrices with such a Cholesky factor."""

    domain = constraints.independent(constraints.real, 2)
    codomain = constraints.positive_definite
    bijective = False
    sign = Transform.sign

    def _call(self, x):
        factor = LowerCholeskyTransform()(x)
        return factor @ factor.mT

    def _inverse(self, y):
        from ..linalg import cholesky

        return LowerCholeskyTransform().inv(cholesky(y))


class _Pieces(Transform):
    """A transform for each piece along a dimension."""

    def _start(self, tseq, dim, cache_size):
        if not all(isinstance(t, Transform) for t in tseq):
            raise AssertionError("All elements of tseq must be Transform instances")
        super().__init__(cache_size)
        self.transforms, self.dim = [t.with_cache(cache_size) for t in tseq] if cache_size else list(tseq), dim

    def _cut(self, x):
        if not -x.dim() <= self.dim < x.dim():
            raise AssertionError(f"dim {self.dim} out of range for tensor with {x.dim()} dimensions")
        if x.size(self.dim) != self._length:
            raise AssertionError(f"size({self.dim}) = {x.size(self.dim)} must equal {self._length}")
        return self._split(x)

    def _call(self, x):
        return self._joined([t(piece) for t, piece in zip(self.transforms, self._cut(x))], self.dim)

    def _inverse(self, y):
        return self._joined([t.inv(piece) for t, piece in zip(self.transforms, self._cut(y))], self.dim)

    @property
    def bijective(self):
        """Whether all pieces are."""
        return all(t.bijective for t in self.transforms)


class CatTransform(_Pieces):
    """A transform for each of some lengths along a dimension."""

    def __init__(self, tseq, dim=0, lengths=None, cache_size=0):
        self._start(tseq, dim, cache_size)
        self.lengths = [1] * len(self.transforms) if lengths is None else list(lengths)
        if len(self.lengths) != len(self.transforms):
            raise AssertionError(f"lengths ({len(self.lengths)}) must match transforms ({len(self.transforms)})")

    @property
    def event_dim(self):
        return max(t.event_dim for t in self.transforms)

    @property
    def length(self):
        """The length of all pieces."""
        return sum(self.lengths)

    _length = length
    _joined = staticmethod(_functions.cat)

    def _split(self, x):
        ends = list(itertools.accumulate(self.lengths))
        return [x.narrow(self.dim, end - length, length) for end, length in zip(ends, self.lengths)]

    def _again(self, cache_size):
        return CatTransform(self.transforms, self.dim, self.lengths, cache_size)

    def log_abs_det_jacobian(self, x, y):
        parts = [_sum_rightmost(t.log_abs_det_jacobian(a, b), self.event_dim - t.event_dim)
                 for t, a, b in zip(self.transforms, self._cut(x), self._cut(y))]  # fmt: skip
        # The pieces lie side by side, unless their dimension is summed over.
        dim = (self.dim - x.dim() if self.dim >= 0 else self.dim) + self.event_dim
        return _functions.cat(parts, dim) if dim < 0 else sum(parts)

    @constraints.dependent_property
    def domain(self):
        return constraints.cat([t.domain for t in self.transforms], self.dim, self.lengths)

    @constraints.dependent_property
    def codomain(self):
        return constraints.cat([t.codomain for t in self.transforms], self.dim, self.lengths)


class StackTransform(_Pieces):
    """A transform for each place along a dimension."""

    def __init__(self, tseq, dim=0, cache_size=0):
        self._start(tseq, dim, cache_size)

    @property
    def _length(self):
        return len(self.transforms)

    _joined = staticmethod(_functions.stack)

    def _split(self, x):
        return x.unbind(self.dim)

    def _again(self, cache_size):
        return StackTransform(self.transforms, self.dim, cache_size)

    def log_abs_det_jacobian(self, x, y):
        return _functions.stack([t.log_abs_det_jacobian(a, b) for t, a, b in zip(self.transforms, self._cut(x), self._cut(y))], self.dim)

    @constraints.dependent_property
    def domain(self):
        return constraints.stack([t.domain for t in self.transforms], self.dim)

    @constraints.dependent_property
    def codomain(self):
        return constraints.stack([t.codomain for t in self.transforms], self.dim)

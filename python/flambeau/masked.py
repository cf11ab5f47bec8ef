"""Reductions and normalizations of the elements that a mask names: the others count as the operation's identity."""

import math

from . import _C, _functions
from ._factory import full
from ._types import iinfo
from ._missing import names_of as _names_of

__all__ = ["sum", "prod", "cumsum", "cumprod", "amax", "amin", "argmax", "argmin", "mean", "median", "norm", "var", "std", "softmax",
           "log_softmax", "softmin", "normalize", "logaddexp", "logsumexp"]  # fmt: skip

_ones = sum, max, min  # builtins, before the names below are taken


def _dims(dim, ndim):
    """The dimensions as numbers from 0, each once."""
    if dim is None or (isinstance(dim, (tuple, list)) and len(dim) == 0):
        return tuple(range(ndim))
    ndim = _ones[1](ndim, 1)
    found = []
    for d in (dim,) if isinstance(dim, int) else dim:
        if d % ndim in found:
            raise RuntimeError(f"dim={d} appears multiple times in the list of dims")
        if not -ndim <= d < ndim:
            raise IndexError(f"Dimension out of range (expected to be in range of [{-ndim}, {ndim - 1}], but got {d})")
        found.append(d % ndim)
    return tuple(sorted(found))


def _mask(input, mask):
    """The mask in the shape of the input."""
    if mask.dim() > input.dim():
        raise IndexError("_input_mask expected broadcastable mask (got mask dimensionality higher than of the input)")
    if mask.shape != input.shape:
        mask = mask.broadcast_to(input.shape)
    return mask if mask.dtype == _C.bool else mask.bool()


def _filled(input, mask, value):
    if mask is None:
        return input
    return _functions.where(_mask(input, mask), input, full((), value, dtype=input.dtype))


def _least(input):
    """Below every element."""
    if input.is_floating_point():
        return -math.inf
    return complex(-math.inf, 0) if input.is_complex() else iinfo(input.dtype).min


def _most(input):
    """Above every element."""
    return math.inf if input.is_floating_point() else iinfo(input.dtype).max


def _widened(dtype):
    """Sums of small integers are 64-bit ones."""
    return _C.int64 if not (dtype.is_floating_point or dtype.is_complex) else dtype


def sum(input, dim=None, *, keepdim=False, dtype=None, mask=None):
    """Sums."""
    dtype = dtype or _widened(input.dtype)
    dims = _dims(dim, input.ndim)
    return _functions.sum(_filled(input, mask, 0), dims, bool(keepdim), dtype=dtype)


def prod(input, dim=None, *, keepdim=False, dtype=None, mask=None):
    """Products."""
    dtype = dtype or _widened(input.dtype)
    result = _filled(input, mask, 1).to(dtype)
    for d in reversed(_dims(dim, input.ndim)):
        result = _functions.prod(result, d, bool(keepdim))
    return result


def cumsum(input, dim, *, dtype=None, mask=None):
    """Sums up to each element."""
    return _functions.cumsum(_filled(input, mask, 0), _dims(dim, input.ndim)[0], dtype=dtype or input.dtype)


def cumprod(input, dim, *, dtype=None, mask=None):
    """Products up to each element."""
    return _functions.cumprod(_filled(input, mask, 1), _dims(dim, input.ndim)[0], dtype=dtype or input.dtype)


def amax(input, dim=None, *, keepdim=False, dtype=None, mask=None):
    """Maxima."""
    return _functions.amax(_filled(input, mask, _least(input)), _dims(dim, input.ndim), bool(keepdim)).to(dtype or input.dtype)


def amin(input, dim=None, *, keepdim=False, dtype=None, mask=None):
    """Minima."""
    return _functions.amin(_filled(input, mask, _most(input)), _dims(dim, input.ndim), bool(keepdim)).to(dtype or input.dtype)


def argmax(input, dim=None, *, keepdim=False, dtype=None, mask=None):
    """Where the maxima are."""
    return _functions.argmax(_filled(input, mask, _least(input)), dim, bool(keepdim)).to(dtype or input.dtype)


def argmin(input, dim=None, *, keepdim=False, dtype=None, mask=None):
    """Where the minima are."""
    return _functions.argmin(_filled(input, mask, _most(input)), dim, bool(keepdim)).to(dtype or input.dtype)


def _count(input, dim, keepdim, mask):
    chosen = full(input.shape, True, dtype=_C.bool) if mask is None else _mask(input, mask)
    return _functions.sum(chosen, _dims(dim, input.ndim), keepdim)


def mean(input, dim=None, *, keepdim=False, dtype=None, mask=None):
    """Means."""
    source = "Input" if dtype is None else "Optional"
    dtype = dtype or input.dtype
    if not (dtype.is_floating_point or dtype.is_complex):
        raise ValueError(f"mean(): Could not infer output dtype. {source} dtype must be either a floating point or complex dtype. Got: {dtype}")
    return sum(input, dim, keepdim=keepdim, dtype=dtype, mask=mask) / _count(input, dim, bool(keepdim), mask)


def median(input, dim=-1, *, keepdim=False, dtype=None, mask=None):
    """Medians, the lower of two in the middle."""
    dtype = dtype or input.dtype
    real = input.is_floating_point()
    input = input if real else input.float()
    result = _functions.nanmedian(_filled(input, mask, math.nan), _dims(dim, input.ndim)[0], keepdim).values
    if real:
        return result
    if bool(result.isnan().any()):
        raise ValueError("masked median expects no fully masked out rows if dtype is not floating point")
    return result.to(dtype)


def norm(input, ord=2.0, dim=None, *, keepdim=False, dtype=None, mask=None):
    """Norms of vectors."""
    from .linalg import vector_norm

    filled = _filled(input, mask, math.inf if ord == -math.inf else 0)
    return vector_norm(filled, ord, _dims(dim, input.ndim), bool(keepdim), dtype=dtype or input.dtype)


def _variance(input, dim, unbiased, correction, keepdim, dtype, mask, root):
    if unbiased is not None and correction is not None:
        raise AssertionError("Only one of unbiased and correction may be given")
    less = 1.0 if unbiased is None else float(unbiased)
    less = less if correction is None else float(correction)
    dtype = dtype or input.dtype
    compute = dtype if dtype.is_floating_point or dtype.is_complex else _C.float32
    count = _count(input, dim, True, mask)
    center = sum(input, dim, keepdim=True, dtype=compute, mask=mask) / count
    x = input - center
    total = sum(x * x.conj(), dim, keepdim=keepdim, dtype=compute, mask=mask)
    if not keepdim:
        count = count.reshape(total.shape)
    if less != 0:
        count = (count.to(compute.to_real() if compute.is_complex else compute) - less).clamp_min(0)
    result = (total / count).to(compute)
    return result.sqrt() if root else result


def var(input, dim=None, unbiased=None, *, correction=None, keepdim=False, dtype=None, mask=None):
    """Variances."""
    return _variance(input, dim, unbiased, correction, keepdim, dtype, mask, False)


def std(input, dim=None, unbiased=None, *, correction=None, keepdim=False, dtype=None, mask=None):
    """Standard deviations."""
    return _variance(input, dim, unbiased, correction, keepdim, dtype, mask, True)


def softmax(input, dim, *, dtype=None, mask=None):
    """exp x / Σ exp x."""
    return _functions.softmax(_filled(input, mask, _least(input)), _dims(dim, input.ndim)[0], dtype=dtype or input.dtype)


def log_softmax(input, dim, *, dtype=None, mask=None):
    """log softmax."""
    return _functions.log_softmax(_filled(input, mask, _least(input)), _dims(dim, input.ndim)[0], dtype=dtype or input.dtype)


def softmin(input, dim, *, dtype=None, mask=None):
    """softmax(−x)."""
    return _functions.softmax(-_filled(input, mask, _most(input)), _dims(dim, input.ndim)[0], dtype=dtype or input.dtype)


def normalize(input, ord, dim, *, eps=1e-12, dtype=None, mask=None):
    """x / max(‖x‖, eps)."""
    dtype = dtype or input.dtype
    size = norm(input, ord, _dims(dim, input.ndim)[0], keepdim=True, dtype=dtype, mask=mask)
    size = size.clamp_min(eps) if not size.is_complex() else _functions.maximum(size.real, full((), eps, dtype=size.real.dtype))
    return _filled(input, mask, 0) / size


def logaddexp(input, other, *, dtype=None, input_mask=None, other_mask=None):
    """log(exp x + exp y)."""
    low = _least(input)
    return _functions.logaddexp(_filled(input, input_mask, low), _filled(other, other_mask, low)).to(dtype or input.dtype)


def logsumexp(input, dim=None, *, keepdim=False, dtype=None, mask=None):
    """log Σ exp x."""
    return _functions.logsumexp(_filled(input, mask, _least(input)), _dims(dim, input.ndim), bool(keepdim)).to(dtype or input.dtype)


__getattr__ = _names_of(__name__)

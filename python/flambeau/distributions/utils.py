"""Probabilities and logits, and numbers of shapes."""

from .._factory import arange, normal, ones, zeros
from .._types import finfo
from .distribution import _lazy as lazy_property, broadcast_all

__all__ = ["broadcast_all", "logits_to_probs", "clamp_probs", "probs_to_logits", "lazy_property", "tril_matrix_to_vec",
           "vec_to_tril_matrix"]  # fmt: skip

euler_constant = 0.57721566490153286060


def clamp_probs(probs):
    """Away from 0 and 1 by the dtype's eps."""
    eps = finfo(probs.dtype).eps
    return probs.clamp(min=eps, max=1 - eps)


def logits_to_probs(logits, is_binary=False):
    """Probabilities of log odds, or of log probabilities."""
    from ..nn.functional import softmax

    return logits.sigmoid() if is_binary else softmax(logits, dim=-1)


def probs_to_logits(probs, is_binary=False):
    """Log odds of probabilities, or their logarithms."""
    clamped = clamp_probs(probs)
    return clamped.log() - (-clamped).log1p() if is_binary else clamped.log()


def _standard_normal(shape, dtype, device=None):
    return normal(zeros(shape, dtype=dtype), ones(shape, dtype=dtype))


def _sum_rightmost(value, dims):
    return value if dims == 0 else value.reshape((*value.shape[: value.dim() - dims], -1)).sum(-1)


def _below(n, diag):
    """Which places of an n × n matrix lie on or below a diagonal."""
    return arange(n).view(-1, 1) + diag >= arange(n)


def tril_matrix_to_vec(mat, diag=0):
    """The part of square matrices on and below a diagonal, row by row."""
    n = mat.shape[-1]
    if not -n <= diag < n:
        raise ValueError(f"diag ({diag}) provided is outside [{-n}, {n - 1}].")
    return mat[..., _below(n, diag)]


def vec_to_tril_matrix(vec, diag=0):
    """Square matrices whose part on and below a diagonal is given, row by row."""
    length, slope = vec.shape[-1], 1 + 2 * diag
    n = ((slope**2 + 8 * length + 4 * abs(diag) * (diag + 1)) ** 0.5 - slope) / 2
    if round(n) - n > finfo(vec.dtype).eps:
        raise ValueError(
            f"The size of last dimension is {length} which cannot be expressed as the lower triangular part of a square D x D matrix."
        )
    n = round(n)
    matrix = vec.new_zeros((*vec.shape[:-1], n, n))
    matrix[..., _below(n, diag)] = vec
    return matrix

"""Probabilities and logits, and numbers of shapes."""

from .._types import finfo
from .distribution import _lazy as lazy_property, broadcast_all

__all__ = ["broadcast_all", "logits_to_probs", "probs_to_logits", "clamp_probs", "lazy_property"]


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

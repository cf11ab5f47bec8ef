"""Causal masks as two numbers: attention never sees them whole where it need not."""

import enum
import warnings

from ... import _C
from ..._factory import ones
from .. import functional

__all__ = ["causal_upper_left", "causal_lower_right", "CausalVariant", "CausalBias"]


class CausalVariant(enum.IntEnum):
    """Which corner of the matrix the diagonal starts from: the first query sees one key, or the last query sees all."""

    UPPER_LEFT = 1
    LOWER_RIGHT = 2


class CausalBias(_C.Tensor):
    """A causal mask for `attn_mask` of `scaled_dot_product_attention`."""

    def __new__(cls, variant, seq_len_q, seq_len_kv):
        if not isinstance(variant, CausalVariant):
            raise AssertionError(f"variant must be a CausalVariant, got {type(variant).__name__}")
        # PyTorch's tensor has these sizes, and nothing in it.
        return super().__new__(cls, _C.zeros((1, 1, 1), _C.float32).expand(int(variant), seq_len_q, seq_len_kv))

    def __init__(self, variant, seq_len_q, seq_len_kv):
        self.variant, self.seq_len_q, self.seq_len_kv = variant, seq_len_q, seq_len_kv
        if seq_len_q > seq_len_kv and variant == CausalVariant.LOWER_RIGHT:
            warnings.warn("Lower right causal bias will produce NaNs in the output when seq_len_q > seq_len_kv!", stacklevel=2)

    def _materialize(self, device=None):
        """The mask: True where a query sees a key."""
        shift = self.seq_len_kv - self.seq_len_q if self.variant == CausalVariant.LOWER_RIGHT else 0
        return ones(self.seq_len_q, self.seq_len_kv, dtype=_C.bool, device=device).tril(shift)

    @staticmethod
    def _dispatch(query, key, value, attn_mask, dropout_p=0.0, is_causal=False, scale=None, enable_gqa=False):
        if is_causal:
            raise ValueError("CausalBias should not be used with causal=True")
        more = {"dropout_p": dropout_p, "scale": scale, "enable_gqa": enable_gqa}
        if attn_mask.variant == CausalVariant.UPPER_LEFT or attn_mask.seq_len_q == attn_mask.seq_len_kv:
            return functional.scaled_dot_product_attention(query, key, value, None, is_causal=True, **more)
        if not query.dtype == key.dtype == value.dtype:
            raise ValueError(f"Expected query, key, and value to have the same dtype, but got query.dtype: {query.dtype}, key.dtype: {key.dtype}, and value.dtype: {value.dtype} instead.")
        if min(query.dim(), key.dim(), value.dim()) < 2:
            raise ValueError(f"Expected query, key, and value to all be  at least 2 dimensional, but got query.dim: {query.dim()}, key.dim: {key.dim()} and value.dim: {value.dim()} instead.")
        _explain(query)
        return functional.scaled_dot_product_attention(query, key, value, attn_mask._materialize(query.device), **more)

    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        if func == functional.scaled_dot_product_attention:
            return cls._dispatch(*args, **(kwargs or {}))
        return super().__torch_function__(func, types, args, kwargs)

    def __repr__(self):
        return repr(self._materialize())

    def __deepcopy__(self, memo):
        return CausalBias(self.variant, self.seq_len_q, self.seq_len_kv)

    def __reduce_ex__(self, protocol):
        return CausalBias, (self.variant, self.seq_len_q, self.seq_len_kv)


def _explain(query):
    from . import WARN_FOR_UNFUSED_KERNELS

    if WARN_FOR_UNFUSED_KERNELS:
        for kernel in ("Efficient", "Flash"):
            warnings.warn(f"{kernel} attention can't be used because:", stacklevel=5)
            warnings.warn(f"All tensors need to be on cuda device. Got query on device: {query.device}", stacklevel=5)


def _causal(name, variant, size):
    if len(size) != 2:
        raise AssertionError(f"{name} only supports 2D tensors")
    return CausalBias(variant, *size)


def causal_upper_left(*size):
    """The mask of `is_causal=True`, for so many queries and keys: query i sees keys up to i."""
    return _causal("causal_upper_left", CausalVariant.UPPER_LEFT, size)


def causal_lower_right(*size):
    """The mask of queries that come last, for so many queries and keys: the last query sees all keys."""
    return _causal("causal_lower_right", CausalVariant.LOWER_RIGHT, size)

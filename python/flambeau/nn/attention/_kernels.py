"""The choice among the kernels of attention, where not all of them may run."""

import math
import warnings

from ... import _C, _functions, amp
from ..._factory import ones
from .. import functional

#: PyTorch's names and numbers of kernels.
NUMBERS = {"cudnn": 3, "flash": 1, "mem_efficient": 2, "math": 0, "overrideable": 4}

_enabled = set(NUMBERS)
_order = [1, 2, 0, 3, 4]


def state():
    """The names of the kernels that may run, and the numbers of all of them, the most wanted first."""
    return set(_enabled), list(_order)


def set_state(enabled, order):
    """Sets what :func:`state` gives. Where both kernels may run there is no choice to make: the order is for GPUs, and on the CPU
    PyTorch takes the fused one if it can."""
    global _enabled, _order
    _enabled, _order = set(enabled), list(order)
    functional.scaled_dot_product_attention._replace(None if {"flash", "math"} <= _enabled else _run)


def _refusal(query, key, value, attn_mask, dropout_p, enable_gqa):
    """Why PyTorch's fused kernel for the CPU does not take these; `None` if it does."""
    q, k, v = (t.unsqueeze(0) if t.dim() == 3 else t for t in (query, key, value))
    shapes = f"query {tuple(query.shape)}, key {tuple(key.shape)} and value {tuple(value.shape)}"
    if not q.dim() == k.dim() == v.dim() == 4:
        return f"Tensors of 3 or 4 dimensions are wanted, not {shapes}"
    if not query.is_floating_point():
        return f"Floats are wanted, not {query.dtype}"
    if dropout_p:
        return "There is dropout"
    if any(t.stride(-1) != 1 and t.size(-1) > 1 for t in (q, k, v)):
        return "The numbers of a row must be neighbours in memory"
    if not q.size(-1) == k.size(-1) == v.size(-1):
        return f"The last sizes differ: {shapes}"
    grouped = enable_gqa and k.size(1) == v.size(1) and k.size(1) > 0 and q.size(1) % k.size(1) == 0
    if not q.size(0) == k.size(0) == v.size(0) or not (grouped or q.size(1) == k.size(1) == v.size(1)):
        return f"Nothing is broadcast, and the batches or heads differ: {shapes}"
    if attn_mask is not None:
        if attn_mask.requires_grad:
            return "The mask requires a gradient"
        full = (q.size(0), q.size(1), q.size(2), k.size(2))
        if attn_mask.dim() not in (2, 4) or any(n not in (1, m) for n, m in zip(attn_mask.shape[::-1], full[::-1])):
            return f"The mask is {tuple(attn_mask.shape)}, not of 2 or 4 dimensions that are 1 or those of {full}"
    return None


def _check(query, key, value, attn_mask, is_causal):
    if not query.dtype == key.dtype == value.dtype:
        raise RuntimeError(f"Expected query, key, and value to have the same dtype, but got query.dtype: {query.dtype} key.dtype: {key.dtype} and value.dtype: {value.dtype} instead.")
    if min(query.dim(), key.dim(), value.dim()) < 2:
        raise RuntimeError(f"Expected query, key, and value to all be  at least 2 dimensional, but got query.dim(): {query.dim()}, key.dim(): {key.dim()} and value.dim(): {value.dim()} instead.")
    if attn_mask is not None:
        if is_causal:
            raise RuntimeError("scaled_dot_product_attention: Explicit attn_mask should not be set when is_causal=True")
        if attn_mask.dtype not in (_C.bool, _C.float32, query.dtype):
            raise RuntimeError(f"Expected attn_mask dtype to be bool or float or to match query dtype, but got attn_mask.dtype: {attn_mask.dtype} and  query.dtype: {query.dtype} instead.")


def _run(query, key, value, attn_mask=None, dropout_p=0.0, is_causal=False, scale=None, enable_gqa=False):
    """The one kernel that may run, if it can."""
    if amp.is_autocast_enabled("cpu"):
        small = amp.get_autocast_dtype("cpu")
        query, key, value, attn_mask = (t.to(small) if t is not None and t.dtype == _C.float32 else t for t in (query, key, value, attn_mask))
        with amp.autocast("cpu", enabled=False):
            return _run(query, key, value, attn_mask, dropout_p, is_causal, scale, enable_gqa)
    _check(query, key, value, attn_mask, is_causal)
    if not _enabled & {"flash", "math"}:
        raise RuntimeError("No viable backend for scaled_dot_product_attention was found. This is likely due to turning off both the math kernel and the fused kernels.")
    if "math" in _enabled:
        return _plain(query, key, value, attn_mask, dropout_p, is_causal, scale, enable_gqa)
    why = _refusal(query, key, value, attn_mask, dropout_p, enable_gqa)
    if why is None:
        return functional.scaled_dot_product_attention._itself(query, key, value, attn_mask, dropout_p, is_causal, scale, enable_gqa)
    warnings.warn("Flash attention kernel not used because:", stacklevel=3)
    warnings.warn(why, stacklevel=3)
    raise RuntimeError("No available kernel.  Aborting execution.")


def _plain(query, key, value, attn_mask, dropout_p, is_causal, scale, enable_gqa):
    """softmax(q·kᵀ·scale + mask)·v, step by step; the smaller floats in float32."""
    dtype = query.dtype
    if dtype in (_C.float16, _C.bfloat16):
        query, key, value = query.float(), key.float(), value.float()
    if enable_gqa:
        key, value = (t.repeat_interleave(query.size(-3) // t.size(-3), -3) for t in (key, value))
    factor = math.sqrt(abs(scale) if scale is not None else 1 / math.sqrt(query.size(-1)) if query.size(-1) else math.inf)
    sign = -1.0 if scale is not None and scale < 0 else 1.0
    scores = (query * (sign * factor)) @ (key * factor).transpose(-2, -1)
    if is_causal:
        attn_mask = ones(query.size(-2), key.size(-2), dtype=_C.bool).tril()
    if attn_mask is not None:
        scores = scores.masked_fill(~attn_mask, -math.inf) if attn_mask.dtype == _C.bool else scores + attn_mask.to(scores.dtype)
    # A row that sees no key has no weights at all.
    blind = (scores.detach() == -math.inf).all(-1, keepdim=True)
    weights = scores.masked_fill(blind, 0.0).softmax(-1).masked_fill(blind, 0.0)
    if dropout_p:
        weights = _functions.dropout(weights, dropout_p, True)
    return (weights @ value).to(dtype)

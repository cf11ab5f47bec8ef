"""`torch.nn.functional`: functions of the registry, and what Python says better: options of the past, callables as arguments."""

import functools as _functools
import math as _math
import types as _types
import warnings as _warnings

from .. import _C, _functions
from .._functions import _fill, _open
from .._missing import names_of as _names_of

_table = _types.SimpleNamespace()
_fill(vars(_table), "nn.functional")
globals().update(vars(_table))

for _name in ("relu_", "elu_", "celu_", "selu_", "leaky_relu_", "hardtanh_", "threshold_", "rrelu_"):
    if _name not in globals() and hasattr(_functions, _name):
        globals()[_name] = getattr(_functions, _name)
for _name in ("relu", "sigmoid", "tanh", "softmax", "log_softmax", "threshold", "layer_norm", "rms_norm", "embedding", "linear"):
    if _name not in globals() and hasattr(_functions, _name):
        globals()[_name] = getattr(_functions, _name)


def _over(name):
    """The form of a function that writes over its input."""
    function = globals()[name]

    def call(input, *args, **kwargs):
        return function(input, *args, inplace=True, **kwargs)

    call.__name__ = call.__qualname__ = f"{name}_"
    call.__doc__ = f"{name}, written over its input."
    return call


for _name in ("elu", "selu", "celu", "leaky_relu", "hardtanh", "threshold", "rrelu"):
    globals().setdefault(f"{_name}_", _over(_name))


def _with_indices(name):
    """The form of a pooling function that also says where each maximum was."""
    function = globals()[name]

    def call(*args, return_indices=True, **kwargs):
        return function(*args, return_indices=True, **kwargs)

    call.__name__ = call.__qualname__ = f"{name}_with_indices"
    call.__doc__ = f"{name} and the places of the maxima."
    return call


for _name in ("max_pool1d", "max_pool2d", "max_pool3d", "adaptive_max_pool1d", "adaptive_max_pool2d", "adaptive_max_pool3d",
              "fractional_max_pool2d", "fractional_max_pool3d"):  # fmt: skip
    globals().setdefault(f"{_name}_with_indices", _with_indices(_name))


def _reduction_of(size_average, reduce, reduction="mean"):
    """The word for the flags of the past."""
    if size_average is None and reduce is None:
        return reduction
    _warnings.warn("size_average and reduce args will be deprecated, please use reduction instead.", stacklevel=4)
    if reduce is False:
        return "none"
    return "sum" if size_average is False else "mean"


def _with_old_flags(name):
    function = globals().get(name)
    if function is None:
        return

    @_functools.wraps(function, assigned=("__name__", "__doc__"), updated=())
    def call(*args, **kwargs):
        if "size_average" in kwargs or "reduce" in kwargs:
            flags = kwargs.pop("size_average", None), kwargs.pop("reduce", None)
            kwargs["reduction"] = _reduction_of(*flags, kwargs.get("reduction", "mean"))
        return function(*args, **kwargs)

    globals()[name] = call


for _name in ("l1_loss", "mse_loss", "smooth_l1_loss", "nll_loss", "cross_entropy", "kl_div", "binary_cross_entropy", "poisson_nll_loss",
              "binary_cross_entropy_with_logits", "hinge_embedding_loss", "multilabel_margin_loss", "soft_margin_loss",
              "multilabel_soft_margin_loss", "cosine_embedding_loss", "margin_ranking_loss", "multi_margin_loss", "triplet_margin_loss"):  # fmt: skip
    _with_old_flags(_name)


def _get_softmax_dim(name, ndim, stacklevel=3):
    _warnings.warn(f"Implicit dimension choice for {name} has been deprecated. Change the call to include dim=X as an argument.", stacklevel=stacklevel)
    return 0 if ndim in (0, 1, 3) else 1


def _softmax_like(name):
    function = getattr(_functions, name)

    def call(input, dim=None, _stacklevel=3, dtype=None):
        if dim is None:
            dim = _get_softmax_dim(name, input.dim(), _stacklevel + 1)
        return function(input, dim) if dtype is None else function(input, dim, dtype=dtype)

    call.__name__ = call.__qualname__ = name
    call.__doc__ = function.__doc__
    return call


softmax, log_softmax = _softmax_like("softmax"), _softmax_like("log_softmax")


def softmin(input, dim=None, _stacklevel=3, dtype=None):
    """softmax(−x)."""
    return softmax(-input, _get_softmax_dim("softmin", input.dim(), _stacklevel) if dim is None else dim, dtype=dtype)


def normalize(input, p=2.0, dim=1, eps=1e-12, out=None):
    """x / max(‖x‖ₚ, eps) along a dimension."""
    from ..linalg import vector_norm

    result = input / vector_norm(input, p, dim, keepdim=True).clamp_min(eps).expand_as(input)
    return result if out is None else out.resize_(result.shape).copy_(result)


def gumbel_softmax(logits, tau=1, hard=False, eps=1e-10, dim=-1):
    """A softmax of logits with noise of the Gumbel distribution (Jang et al. 2017)."""
    if eps != 1e-10:
        _warnings.warn("`eps` parameter is deprecated and has no effect.", stacklevel=2)
    noise = -logits.detach().new_empty(logits.shape).exponential_().log()
    soft = softmax((logits + noise) / tau, dim)
    if not hard:
        return soft
    index = soft.max(dim, keepdim=True)[1]
    one = logits.new_zeros(logits.shape).scatter_(dim, index, 1.0)
    return one - soft.detach() + soft


def triplet_margin_with_distance_loss(anchor, positive, negative, *, distance_function=None, margin=1.0, swap=False, reduction="mean"):
    """max(0, d(anchor, positive) − d(anchor, negative) + margin), with any distance d."""
    if margin <= 0:
        raise ValueError(f"margin must be greater than 0, got {margin}")
    distance = distance_function if distance_function is not None else _table.pairwise_distance
    if not anchor.ndim == positive.ndim == negative.ndim:
        raise RuntimeError(f"The anchor, positive, and negative tensors are expected to have the same number of dimensions, but got: anchor {anchor.ndim}D, positive {positive.ndim}D, and negative {negative.ndim}D inputs")
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(f"{reduction} is not a valid value for reduction")
    near, far = distance(anchor, positive), distance(anchor, negative)
    if swap:
        far = _functions.minimum(far, distance(positive, negative))
    loss = (margin + near - far).clamp_min(0)
    return {"none": lambda: loss, "mean": loss.mean, "sum": loss.sum}[reduction]()


def linear_cross_entropy(input, linear_weight, target, *, linear_bias=None, weight=None, reduction="mean", ignore_index=None, label_smoothing=0.0,
                         options=None):  # fmt: skip
    """The cross entropy of what a linear map gives. The options say how PyTorch saves memory; the numbers are the same with all."""
    from .modules.linear_cross_entropy_options import LinearCrossEntropyOptions

    if not isinstance(options, (LinearCrossEntropyOptions, type(None))):
        raise AttributeError(f"options must be LinearCrossEntropyOptions or None, got {type(options).__name__}")
    if linear_weight.dim() > 2 and input.dim() != 2:
        raise RuntimeError(f"K-dimensional loss defined by linear_weight shape {tuple(linear_weight.shape)} requires batched input, got {tuple(input.shape)}")
    return _table.linear_cross_entropy(input, linear_weight, target, linear_bias=linear_bias, weight=weight, reduction=reduction, ignore_index=ignore_index,
                                 label_smoothing=label_smoothing)  # fmt: skip


def batch_norm(input, running_mean, running_var, weight=None, bias=None, training=False, momentum=0.1, eps=1e-5):
    """(x − mean)/√(variance + eps) for each channel, of the batch or as it was kept (Ioffe and Szegedy 2015)."""
    if eps <= 0 and training:
        raise ValueError(f"batch_norm eps must be positive during training, but got {eps}")
    if eps < 0:
        raise ValueError(f"batch_norm eps must be non-negative, but got {eps}")
    return _table.batch_norm(input, running_mean, running_var, weight, bias, training, momentum, eps)


def upsample(input, size=None, scale_factor=None, mode="nearest", align_corners=None):
    """The older name of :func:`interpolate`."""
    _warnings.warn("`nn.functional.upsample` is deprecated. Use `nn.functional.interpolate` instead.", stacklevel=2)
    return _table.interpolate(input, size, scale_factor, mode, align_corners)


def upsample_nearest(input, size=None, scale_factor=None):
    """The nearest pixel."""
    return upsample(input, size, scale_factor, mode="nearest")


def upsample_bilinear(input, size=None, scale_factor=None):
    """Between four pixels."""
    return upsample(input, size, scale_factor, mode="bilinear", align_corners=True)


def dropout1d(input, p=0.5, training=True, inplace=False):
    """Whole channels of [N, C, L] or [C, L] become zero."""
    if p < 0.0 or p > 1.0:
        raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")
    if input.dim() not in (2, 3):
        raise RuntimeError(f"dropout1d: Expected 2D or 3D input, but received a {input.dim()}D input. Note that dropout1d exists to provide channel-wise dropout on inputs with 1 spatial dimension, a channel dimension, and an optional batch dimension (i.e. 2D or 3D inputs).")
    result = _table.dropout1d(input, p, training)
    return input.copy_(result) if inplace else result


# ---- attention

def _none_or_dtype(input):
    if input is None:
        return None
    if isinstance(input, _C.Tensor):
        return input.dtype
    raise RuntimeError("input to _none_or_dtype() must be None or torch.Tensor")


def _canonical_mask(mask, mask_name, other_type, other_name, target_type, check_other=True):
    """A mask as numbers that are added: −∞ where a bool one says True."""
    if mask is None:
        return None
    if mask.dtype != _C.bool and not mask.is_floating_point():
        raise AssertionError(f"only bool and floating types of {mask_name} are supported")
    if check_other and other_type is not None and mask.dtype != other_type:
        _warnings.warn(f"Support for mismatched {mask_name} and {other_name} is deprecated. Use same type for both instead.", stacklevel=3)
    if mask.is_floating_point():
        return mask
    from .._factory import zeros_like

    return zeros_like(mask, dtype=target_type).masked_fill_(mask, float("-inf"))


def _shapes_of_attention(query, key, value, key_padding_mask, attn_mask, num_heads):
    """Checks the ranks; returns whether there is a batch."""
    if query.dim() not in (2, 3):
        raise AssertionError(f"query should be unbatched 2D or batched 3D tensor but received {query.dim()}-D query tensor")
    batched = query.dim() == 3
    kind = "batched (3-D)" if batched else "unbatched (2-D)"
    if key.dim() != query.dim() or value.dim() != query.dim():
        raise AssertionError(f"For {kind} `query`, expected `key` and `value` to be {query.dim()}-D but found {key.dim()}-D and {value.dim()}-D tensors respectively")
    if key_padding_mask is not None and key_padding_mask.dim() != (2 if batched else 1):
        raise AssertionError(f"For {kind} `query`, expected `key_padding_mask` to be `None` or {2 if batched else 1}-D but found {key_padding_mask.dim()}-D tensor instead")
    if attn_mask is not None:
        if attn_mask.dim() not in (2, 3):
            raise AssertionError(f"For {kind} `query`, expected `attn_mask` to be `None`, 2-D or 3-D but found {attn_mask.dim()}-D tensor instead")
        if not batched and attn_mask.dim() == 3 and tuple(attn_mask.shape) != (num_heads, query.shape[0], key.shape[0]):
            raise AssertionError(f"Expected `attn_mask` shape to be {(num_heads, query.shape[0], key.shape[0])} but got {attn_mask.shape}")
    return batched


def _projected(x, w, b):
    """`linear` of [L, N, E]; what lies in memory as [N, L, E] is computed in that order, so that nothing is copied."""
    turned = x.transpose(0, 1)
    if turned.is_contiguous():
        return _table.linear(turned, w, b).transpose(0, 1)
    return _table.linear(x, w, b)


def _in_projection_packed(q, k, v, w, b):
    if k is v and q is k:
        return _projected(q, w, b).chunk(3, -1)
    weights = w.chunk(3)
    biases = (None,) * 3 if b is None else b.chunk(3)
    return tuple(_projected(x, weight, bias) for x, weight, bias in zip((q, k, v), weights, biases))


def multi_head_attention_forward(query, key, value, embed_dim_to_check, num_heads, in_proj_weight, in_proj_bias, bias_k, bias_v, add_zero_attn,
                                 dropout_p, out_proj_weight, out_proj_bias, training=True, key_padding_mask=None, need_weights=True,
                                 attn_mask=None, use_separate_proj_weight=False, q_proj_weight=None, k_proj_weight=None, v_proj_weight=None,
                                 static_k=None, static_v=None, average_attn_weights=True, is_causal=False):  # fmt: skip
    """Attention with several heads: query [L, N, E], key and value [S, N, E] to [L, N, E], and the weights [N, L, S]."""
    from .._functions import baddbmm, bmm, cat

    batched = _shapes_of_attention(query, key, value, key_padding_mask, attn_mask, num_heads)
    if not batched:
        same_kv, same_qk = key is value, query is key
        query = query.unsqueeze(1)
        key = query if same_qk else key.unsqueeze(1)
        value = key if same_kv else value.unsqueeze(1)
        key_padding_mask = None if key_padding_mask is None else key_padding_mask.unsqueeze(0)
    tgt_len, bsz, embed_dim = query.shape
    src_len = key.shape[0]
    key_padding_mask = _canonical_mask(key_padding_mask, "key_padding_mask", _none_or_dtype(attn_mask), "attn_mask", query.dtype)
    if is_causal and attn_mask is None:
        raise RuntimeError("Need attn_mask if specifying the is_causal hint.")
    if is_causal and key_padding_mask is None and not need_weights:
        attn_mask = None
    else:
        attn_mask = _canonical_mask(attn_mask, "attn_mask", None, "", query.dtype, check_other=False)
        if key_padding_mask is not None:
            is_causal = False
    if embed_dim != embed_dim_to_check:
        raise AssertionError(f"was expecting embedding dimension of {embed_dim_to_check}, but got {embed_dim}")
    head_dim = embed_dim // num_heads
    if head_dim * num_heads != embed_dim:
        raise AssertionError(f"embed_dim {embed_dim} not divisible by num_heads {num_heads}")
    if use_separate_proj_weight:
        if key.shape[:2] != value.shape[:2]:
            raise AssertionError(f"key's sequence and batch dims {key.shape[:2]} do not match value's {value.shape[:2]}")
    elif key.shape != value.shape:
        raise AssertionError(f"key shape {key.shape} does not match value shape {value.shape}")
    if not use_separate_proj_weight:
        if in_proj_weight is None:
            raise AssertionError("use_separate_proj_weight is False but in_proj_weight is None")
        q, k, v = _in_projection_packed(query, key, value, in_proj_weight, in_proj_bias)
    else:
        for weight, letter in ((q_proj_weight, "q"), (k_proj_weight, "k"), (v_proj_weight, "v")):
            if weight is None:
                raise AssertionError(f"use_separate_proj_weight is True but {letter}_proj_weight is None")
        biases = (None,) * 3 if in_proj_bias is None else in_proj_bias.chunk(3)
        q, k, v = (_projected(x, w, b) for x, w, b in zip((query, key, value), (q_proj_weight, k_proj_weight, v_proj_weight), biases))
    if attn_mask is not None:
        if attn_mask.dim() == 2:
            if tuple(attn_mask.shape) != (tgt_len, src_len):
                raise RuntimeError(f"The shape of the 2D attn_mask is {attn_mask.shape}, but should be {(tgt_len, src_len)}.")
            attn_mask = attn_mask.unsqueeze(0)
        elif tuple(attn_mask.shape) != (bsz * num_heads, tgt_len, src_len):
            raise RuntimeError(f"The shape of the 3D attn_mask is {attn_mask.shape}, but should be {(bsz * num_heads, tgt_len, src_len)}.")
    if bias_k is not None and bias_v is not None:
        k, v = cat([k, bias_k.repeat(1, bsz, 1)]), cat([v, bias_v.repeat(1, bsz, 1)])
        attn_mask = None if attn_mask is None else _table.pad(attn_mask, (0, 1))
        key_padding_mask = None if key_padding_mask is None else _table.pad(key_padding_mask, (0, 1))
    # [N, heads, L, width] each: views, where the memory allows it.
    q = q.unflatten(-1, (num_heads, head_dim)).permute(1, 2, 0, 3)
    k = k.unflatten(-1, (num_heads, head_dim)).permute(1, 2, 0, 3) if static_k is None else static_k.unflatten(0, (bsz, num_heads))
    v = v.unflatten(-1, (num_heads, head_dim)).permute(1, 2, 0, 3) if static_v is None else static_v.unflatten(0, (bsz, num_heads))
    if add_zero_attn:
        nothing = k.new_zeros((bsz, num_heads, 1, head_dim))
        k, v = cat([k, nothing], 2), cat([v, nothing], 2)
        attn_mask = None if attn_mask is None else _table.pad(attn_mask, (0, 1))
        key_padding_mask = None if key_padding_mask is None else _table.pad(key_padding_mask, (0, 1))
    src_len = k.size(2)
    if attn_mask is not None:
        attn_mask = attn_mask.unsqueeze(0) if attn_mask.size(0) == 1 else attn_mask.view(bsz, num_heads, tgt_len, src_len)
    if key_padding_mask is not None:
        if tuple(key_padding_mask.shape) != (bsz, src_len):
            raise AssertionError(f"expecting key_padding_mask shape of {(bsz, src_len)}, but got {key_padding_mask.shape}")
        wide = key_padding_mask.view(bsz, 1, 1, src_len)
        attn_mask = wide if attn_mask is None else attn_mask + wide
    if not training:
        dropout_p = 0.0
    weights = None
    if need_weights:
        q, k, v = (x.reshape(bsz * num_heads, -1, head_dim) for x in (q, k, v))
        scaled, turned = q * _math.sqrt(1.0 / float(head_dim)), k.transpose(-2, -1)
        if attn_mask is None:
            weights = bmm(scaled, turned)
        else:
            many = attn_mask.size(0) > 1 or attn_mask.size(1) > 1
            attn_mask = attn_mask.expand(bsz, num_heads, -1, -1).flatten(0, 1) if many else attn_mask.squeeze(0)
            weights = baddbmm(attn_mask, scaled, turned)
        weights = softmax(weights, -1)
        if dropout_p > 0.0:
            weights = _table.dropout(weights, p=dropout_p)
        output = bmm(weights, v).view(bsz, num_heads, tgt_len, head_dim)
        weights = weights.view(bsz, num_heads, tgt_len, src_len)
        if average_attn_weights:
            weights = weights.mean(1)
    else:
        output = scaled_dot_product_attention(q, k, v, attn_mask, dropout_p, is_causal)
    output = output.permute(2, 0, 1, 3)
    if query.is_contiguous():
        output = output.reshape(tgt_len, bsz, embed_dim)
    else:
        output = output.flatten(-2)
    output = _projected(output, out_proj_weight, out_proj_bias)
    if not batched:
        return output.squeeze(1), None if weights is None else weights.squeeze(0)
    return output, weights


_open(globals())
__getattr__ = _names_of(__name__)

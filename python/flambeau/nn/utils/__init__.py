"""What networks need besides modules: gradients of bounded size, packed sequences, norms of weights, parametrizations."""

from . import clip_grad as clip_grad, convert_parameters, rnn, stateless
from .clip_grad import clip_grad_norm, clip_grad_norm_, clip_grad_value_, clip_grads_with_norm_, get_total_norm
from .convert_parameters import parameters_to_vector, vector_to_parameters
from .fusion import fuse_conv_bn_eval, fuse_conv_bn_weights, fuse_linear_bn_eval, fuse_linear_bn_weights
from ..._missing import names_of as _names_of

__all__ = ["clip_grad_norm", "clip_grad_norm_", "clip_grads_with_norm_", "clip_grad_value_", "get_total_norm", "parameters_to_vector",
           "vector_to_parameters", "fuse_conv_bn_eval", "fuse_conv_bn_weights", "fuse_linear_bn_eval", "fuse_linear_bn_weights",
           "spectral_norm", "remove_spectral_norm", "weight_norm", "remove_weight_norm", "skip_init", "parametrize", "parametrizations",
           "stateless", "rnn", "convert_parameters", "prune"]  # fmt: skip

#: These build on modules, which build on `rnn` from here.
_LATER = {
    "spectral_norm": "spectral_norm", "remove_spectral_norm": "spectral_norm", "weight_norm": "weight_norm",
    "remove_weight_norm": "weight_norm", "parametrize": None, "parametrizations": None, "prune": None,
}  # fmt: skip


def __getattr__(name):
    if name not in _LATER:
        return _names_of(__name__)(name)
    import importlib

    module = importlib.import_module(f"{__name__}.{_LATER[name] or name}")
    if _LATER[name] is None:
        return module
    # A function and its module share a name: the function is what is meant.
    for other, place in _LATER.items():
        if place == _LATER[name]:
            globals()[other] = getattr(module, other)
    return globals()[name]


def skip_init(module_cls, *args, **kwargs):
    """A module whose parameters keep whatever values they have."""
    return module_cls(*args, **{k: v for k, v in kwargs.items() if k != "device"})

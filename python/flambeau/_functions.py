"""The registry's functions under PyTorch's names: here, in the submodules that they belong to, and as methods of tensors."""

import copyreg as _copyreg
from types import FunctionType as _FunctionType

from . import _C

__all__ = []

#: Functions that belong to submodules: `{"linalg": {"inv": …}, …}`.
_MODULES = {}
#: Methods of tensors.
_METHODS = {}


def _return_type(name, fields):
    """The class of results with names, as `torch.return_types` has them."""

    class Result(tuple):
        __slots__ = ()
        n_fields = n_sequence_fields = len(fields)
        n_unnamed_fields = 0

        def __repr__(self):
            parts = ",\n".join(f"{field}={value!r}" for field, value in zip(fields, self))
            return f"torch.return_types.{name}(\n{parts})"

        def __reduce__(self):
            return _result, (name, tuple(self))

    for i, field in enumerate(fields):
        setattr(Result, field, property(lambda self, i=i: tuple.__getitem__(self, i)))
    Result.__name__ = Result.__qualname__ = name
    Result.__module__ = "torch.return_types"
    _RETURN_TYPES[name] = Result
    return Result


_RETURN_TYPES = {}


def _result(name, values):
    return _RETURN_TYPES[name](values)


for _module, _name, _function in _C.registry(_return_type):
    if _module == "":
        globals()[_name] = _function
        __all__.append(_name)
    elif _module == "Tensor":
        _METHODS[_name] = _function
    else:
        _MODULES.setdefault(_module, {})[_name] = _function
        if _module == "nn.functional":
            _MODULES.setdefault("_nn", {})[_name] = _function

_MODULES["nn.functional"]["native_channel_shuffle"] = _MODULES["nn.functional"]["channel_shuffle"]

#: PyTorch has these in two places.
for _name in ("relu", "selu", "celu", "rrelu", "dropout", "alpha_dropout", "feature_alpha_dropout", "bilinear", "ctc_loss",
              "cosine_similarity", "pairwise_distance", "pdist", "hinge_embedding_loss", "margin_ranking_loss",
              "triplet_margin_loss", "cosine_embedding_loss", "kl_div", "poisson_nll_loss", "layer_norm", "rms_norm",
              "group_norm", "instance_norm", "batch_norm", "embedding", "embedding_bag", "prelu", "threshold",
              "pixel_shuffle", "pixel_unshuffle", "channel_shuffle", "conv1d", "conv2d", "conv3d", "conv_transpose1d",
              "conv_transpose2d", "conv_transpose3d", "max_pool1d", "max_pool2d", "max_pool3d", "avg_pool1d",
              "adaptive_avg_pool1d", "adaptive_max_pool1d", "hardshrink", "log_softmax", "softmax", "grid_sampler",
              "binary_cross_entropy_with_logits", "native_channel_shuffle", "affine_grid_generator"):  # fmt: skip
    for _source, _target in (("nn.functional", ""), ("", "nn.functional")):
        _functions = globals() if _source == "" else _MODULES.get(_source, {})
        _other = globals() if _target == "" else _MODULES.setdefault(_target, {})
        if _name in _functions and _name not in _other:
            _other[_name] = _functions[_name]
            if _target == "":
                __all__.append(_name)


def _named(module, name):
    """The function of this name; how functions are pickled."""
    return _tables()[module][name]


def _tables():
    return {"": globals(), "Tensor": _METHODS, **_MODULES}


def _reduce(function):
    for module, functions in _tables().items():
        if functions.get(function.__name__) is function:
            return _named, (module, function.__name__)
    raise TypeError(f"cannot pickle {function!r}: it is in no module")


_copyreg.pickle(type(_function), _reduce)


def _install(module):
    """Gives tensors their methods."""
    for name, function in _METHODS.items():
        if name not in _C.Tensor.__dict__:
            setattr(_C.Tensor, name, function)


def _open(namespace, but=(), modes_alone=()):
    """Lets classes of arguments and modes answer for a module's own functions (:mod:`torch.overrides`)."""
    for name, value in list(namespace.items()):
        if type(value) is _FunctionType and name[0] != "_" and name not in but:
            # It is pickled by the name that it is reached by.
            value.__module__ = namespace["__name__"]
            namespace[name] = _C.Overridable(value, classes=name not in modes_alone)


def _fill(module, name):
    """Puts the functions of a submodule into it."""
    for key, function in _MODULES.get(name, {}).items():
        module.setdefault(key, function)

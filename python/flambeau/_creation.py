"""Functions of the registry that make tensors of numbers, with the keywords that PyTorch's constructors share."""

from . import _functions
from ._factory import _check, _finish


def _creator(function):
    """The function, with `device`, `layout` and the like."""

    def call(*args, out=None, layout=None, device=None, pin_memory=False, requires_grad=False, **named):
        _check(device, layout)
        return _finish(function(*args, **named), out, requires_grad)

    call.__name__ = call.__qualname__ = function.__name__
    call.__doc__ = function.__doc__
    return call


__all__ = [
    "linspace", "logspace", "eye", "tril_indices", "triu_indices", "hann_window", "hamming_window", "blackman_window",
    "bartlett_window", "kaiser_window",
]  # fmt: skip

for _name in __all__:
    globals()[_name] = _creator(getattr(_functions, _name))

"""`torch.signal.windows`: functions of the registry."""

from .._creation import _creator
from .._functions import _MODULES
from .._types import strided
from .._missing import names_of as _names_of


def _window(name, function):
    create = _creator(function)

    def call(*args, layout=strided, **named):
        if layout is not strided:
            raise ValueError(f"{name} is implemented for strided tensors only, got: {layout}")
        return create(*args, **named)

    call.__name__ = call.__qualname__ = name
    call.__doc__ = function.__doc__
    return call


for _name, _function in _MODULES.get("signal.windows", {}).items():
    globals()[_name] = _window(_name, _function)


__getattr__ = _names_of(__name__)

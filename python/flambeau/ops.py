"""`torch.ops.aten`: functions of the registry under the names that PyTorch's dispatcher has."""

from . import _C
from ._functions import _MODULES


class _Packet:
    """A function with its overloads, which here are one."""

    def __init__(self, name, function):
        self.__name__ = self.__qualname__ = name
        self._function = self.default = function

    def __call__(self, *args, **kwargs):
        return self._function(*args, **kwargs)

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return self._function


class _Namespace:
    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        import flambeau

        functions = _MODULES.get("ops.aten", {})
        found = functions.get(name) or getattr(flambeau, name, None) or getattr(flambeau.nn.functional, name, None)
        found = found or getattr(_C.Tensor, name, None)
        if found is None:
            raise AttributeError(f"torch.ops.aten.{name} is not in Flambeau yet")
        packet = _Packet(name, found)
        setattr(self, name, packet)
        return packet


aten = _Namespace()

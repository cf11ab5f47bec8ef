"""`torch.linalg`: functions of the registry."""

from ._C import LinAlgError
from ._functions import _fill

_fill(globals(), "linalg")


def __getattr__(name):
    if name.startswith("__"):
        raise AttributeError(name)
    from . import _missing

    raise _missing(f"linalg.{name}")

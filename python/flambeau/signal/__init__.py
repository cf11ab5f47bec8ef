"""`torch.signal`."""

from . import windows
from .._missing import names_of as _names_of

__all__ = ["windows"]


__getattr__ = _names_of(__name__)

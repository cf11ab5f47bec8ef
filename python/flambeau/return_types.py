"""`torch.return_types`: the classes of results that have names."""

from ._functions import _RETURN_TYPES
from ._missing import names_of as _names_of

__all__ = list(_RETURN_TYPES)

globals().update(_RETURN_TYPES)


__getattr__ = _names_of(__name__)

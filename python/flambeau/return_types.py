"""`torch.return_types`: the classes of results that have names."""

from ._functions import _RETURN_TYPES

__all__ = list(_RETURN_TYPES)

globals().update(_RETURN_TYPES)

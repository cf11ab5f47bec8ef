"""`torch.linalg`: functions of the registry."""

from ._C import LinAlgError
from ._functions import _fill
from ._missing import names_of as _names_of

_fill(globals(), "linalg")


__getattr__ = _names_of(__name__)

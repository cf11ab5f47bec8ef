"""`torch.fft`: functions of the registry."""

from ._creation import _creator
from ._functions import _fill
from ._missing import names_of as _names_of

_fill(globals(), "fft")
fftfreq, rfftfreq = _creator(globals()["fftfreq"]), _creator(globals()["rfftfreq"])


__getattr__ = _names_of(__name__)

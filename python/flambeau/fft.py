"""`torch.fft`: functions of the registry."""

from ._creation import _creator
from ._functions import _fill

_fill(globals(), "fft")
fftfreq, rfftfreq = _creator(globals()["fftfreq"]), _creator(globals()["rfftfreq"])


def __getattr__(name):
    if name.startswith("__"):
        raise AttributeError(name)
    from . import _missing

    raise _missing(f"fft.{name}")

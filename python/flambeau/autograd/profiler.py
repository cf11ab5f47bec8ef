"""`torch.autograd.profiler`: marks that scripts set; what is measured is in `torch.profiler`."""

import contextlib
from .._missing import names_of as _names_of

__all__ = ["record_function", "emit_nvtx"]


class record_function(contextlib.ContextDecorator):
    """Names a part of a script."""

    def __init__(self, name, args=None):
        self.name = name

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass


def emit_nvtx(*args, **kwargs):
    """Refused without CUDA."""
    raise RuntimeError("NVTX functions not installed. Are you sure you have a CUDA build?")


__getattr__ = _names_of(__name__)

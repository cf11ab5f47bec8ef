"""`torch.nn`: modules, parameters, and what belongs to them."""

from .parameter import Buffer, Parameter, UninitializedBuffer, UninitializedParameter
from . import functional, init, parameter
from .modules import *  # noqa: F403
from .modules import Module
from . import modules, utils
from .parallel import DataParallel
from .._missing import names_of as _names_of

__all__ = ["Parameter", "Buffer", "UninitializedParameter", "UninitializedBuffer", "Module", "DataParallel", "functional", "init", "utils"]
__all__ += modules.__all__


def factory_kwargs(kwargs):
    """`device`, `dtype` and `memory_format` of keywords."""
    return {k: v for k, v in (kwargs or {}).items() if k in ("device", "dtype", "memory_format")}


def __getattr__(name):
    if name in ("attention", "qat", "quantized", "intrinsic", "quantizable", "backends", "grad"):
        import importlib

        try:
            return importlib.import_module(f"{__name__}.{name}")
        except ModuleNotFoundError:
            pass
    return _names_of(__name__)(name)

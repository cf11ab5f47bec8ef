"""`torch.jit`: functions and modules stay Python's."""

from ._missing import names_of as _names_of

__all__ = ["script", "trace", "ignore", "unused", "export", "is_scripting", "is_tracing", "Final"]

from typing import Final  # noqa: F401


def script(obj=None, optimize=None, _frames_up=0, _rcb=None, example_inputs=None):
    """The function or module itself."""
    return obj if obj is not None else script


def trace(func, example_inputs=None, *args, **kwargs):
    """The function or module itself: it is not fixed to the example's path."""
    return func


def ignore(drop=False, **kwargs):
    """The function itself."""
    return drop if callable(drop) else lambda f: f


def unused(fn):
    """The function itself."""
    return fn


export = script_method = unused


def is_scripting():
    """Whether a script is being made: no."""
    return False


is_tracing = is_scripting


class ScriptModule:
    """There are none: modules stay Python's."""


class ScriptFunction:
    """There are none: functions stay Python's."""


def load(f, map_location=None, _extra_files=None, _restore_shapes=False):
    """Refused: a TorchScript file holds a program."""
    raise NotImplementedError("torch.jit.load is not in Flambeau: programs in files are not run; torch.load gives the archive's tensors")


def save(m, f, _extra_files=None):
    """Refused: programs are not written."""
    raise NotImplementedError("torch.jit.save is not in Flambeau; save the state_dict with torch.save")


__getattr__ = _names_of(__name__)

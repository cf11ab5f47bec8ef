"""`torch.compile`: kernels are compiled already, so functions stay what they are."""

import contextlib
from ._missing import names_of as _names_of

__all__ = ["compile", "is_compiling", "disable", "reset", "set_stance"]


def compile(model=None, *, fullgraph=False, dynamic=None, backend="inductor", mode=None, options=None, disable=False):
    """The function or module itself."""
    if model is None:
        return lambda model: model
    if not callable(model):
        raise RuntimeError(f"torch.compile expects a callable, got {type(model).__name__}")
    return model


def is_compiling():
    """Whether a graph is being made: no."""
    return False


is_dynamo_compiling = is_exporting = is_compiling


def disable(fn=None, recursive=True, *, reason=None):
    """The function itself."""
    return fn if fn is not None else lambda fn: fn


def reset():
    """Nothing to forget."""


@contextlib.contextmanager
def set_stance(*args, **kwargs):
    """Accepted."""
    yield


allow_in_graph = disable


__getattr__ = _names_of(__name__)

"""`save` and `load`: PyTorch's files, and every other format of model files. Nothing in a file is ever run."""

import contextlib
import os
import tempfile

from . import _C
from ._missing import names_of as _names_of

__all__ = ["save", "load", "add_safe_globals", "clear_safe_globals", "get_safe_globals", "safe_globals"]


@contextlib.contextmanager
def _as_path(f, writes):
    """The path of a file, or of a temporary one that stands for an object with `read` and `write`."""
    if isinstance(f, (str, os.PathLike)):
        if not writes and not os.path.isdir(f):
            open(f, "rb").close()  # raises what Python raises of files that are not there
        yield os.fspath(f)
        return
    if not hasattr(f, "write" if writes else "read"):
        raise AttributeError(f"expected a path or an object with {'write' if writes else 'read'}(), not {type(f).__name__}")
    handle, path = tempfile.mkstemp(prefix="flambeau-")
    try:
        with os.fdopen(handle, "wb") as copy:
            if not writes:
                while chunk := f.read(1 << 22):
                    copy.write(chunk)
        yield path
        if writes:
            with open(path, "rb") as copy:
                while chunk := copy.read(1 << 22):
                    f.write(chunk)
    finally:
        os.unlink(path)


def save(obj, f, pickle_module=None, pickle_protocol=2, _use_new_zipfile_serialization=True, _disable_byteorder_record=False):
    """Writes tensors, numbers, text and containers of them: a file that `torch.load(weights_only=True)` opens."""
    with _as_path(f, writes=True) as path:
        _C.save(obj, path)


def load(f, map_location=None, pickle_module=None, *, weights_only=None, mmap=None, **pickle_load_args):
    """What a file holds: PyTorch's of every version, safetensors, npy, npz or GGUF, told apart by content."""
    if weights_only is False:
        import warnings

        warnings.warn("load: weights_only=False is ignored: nothing in a file is ever run", stacklevel=2)
    if isinstance(map_location, (str, _C.device)):
        _C.check_device(map_location)
    with _as_path(f, writes=False) as path:
        try:
            return _C.load(path, bool(mmap))
        except (ValueError, KeyError) as e:  # a damaged file: PyTorch's class
            raise RuntimeError(e.args[0]) from None


def add_safe_globals(safe_globals):
    """Accepted: the set of what a file may hold is closed."""


def clear_safe_globals():
    """Accepted: the set of what a file may hold is closed."""


def get_safe_globals():
    """None beyond the closed set."""
    return []


@contextlib.contextmanager
def safe_globals(safe_globals):
    """Accepted: the set of what a file may hold is closed."""
    yield


__getattr__ = _names_of(__name__)

"""Switches that scripts look at, and what there is to compute with."""

from ._factory import _deterministic, use_deterministic_algorithms

__all__ = ["set_deterministic_debug_mode", "get_deterministic_debug_mode", "is_deterministic_algorithms_warn_only_enabled", "set_warn_always",
           "is_warn_always_enabled", "get_device_module", "has_lapack", "has_mkl", "has_openmp", "has_spectral", "has_mkldnn", "has_cuda",
           "has_cudnn", "has_mps"]  # fmt: skip

#: Factorizations of matrices and Fourier transforms are there, by kernels of our own; the other libraries are not.
has_lapack = has_spectral = True
has_mkl = has_openmp = has_mkldnn = has_cuda = has_cudnn = has_mps = False

_MODES = ("default", "warn", "error")
_warn_always = False


def set_deterministic_debug_mode(debug_mode):
    """Asks for deterministic algorithms by a number or word: 0 or "default" for no, 1 or "warn", 2 or "error"."""
    if not isinstance(debug_mode, (int, str)):
        raise TypeError(f"debug_mode must be str or int, but got {type(debug_mode)}")
    if isinstance(debug_mode, str):
        if debug_mode not in _MODES:
            raise RuntimeError(f"invalid value of debug_mode, expected one of `default`, `warn`, `error`, but got {debug_mode}")
        debug_mode = _MODES.index(debug_mode)
    if debug_mode not in (0, 1, 2):
        raise RuntimeError(f"invalid value of debug_mode, expected 0, 1, or 2, but got {debug_mode}")
    use_deterministic_algorithms(debug_mode > 0, warn_only=debug_mode == 1)


def get_deterministic_debug_mode():
    """The number of :func:`set_deterministic_debug_mode`."""
    asked, warn_only = _deterministic
    return 0 if not asked else 1 if warn_only else 2


def is_deterministic_algorithms_warn_only_enabled():
    """Whether algorithms that are not deterministic should only be warned of."""
    return _deterministic[1]


def set_warn_always(b, /):
    """Whether warnings that come once would come always; here Python's filters alone decide that."""
    global _warn_always
    if not isinstance(b, bool):
        raise RuntimeError(f"setWarnOnlyOnce expects a bool, but got {type(b).__name__}")
    _warn_always = b


def is_warn_always_enabled():
    """What :func:`set_warn_always` was told."""
    return _warn_always


def get_device_module(device=None):
    """The module of a kind of device, such as `torch.cpu`."""
    import importlib

    from . import _C

    if device is not None and not isinstance(device, (str, _C.device)):
        raise RuntimeError(f"Invalid value of device '{device}', expect torch.device, str, or None")
    kind = "cpu" if device is None else _C.device(device).type
    if kind not in ("cpu", "cuda", "mps", "mtia", "xpu"):
        raise RuntimeError(f"Device '{kind}' does not have a corresponding module registered as 'torch.{kind}'.")
    return importlib.import_module(f"{__package__}.{kind}")

"""Which kernels of `scaled_dot_product_attention` may run. There are two here: the fused one, which PyTorch calls flash attention,
and plain products with a softmax between them."""

import contextlib
import enum

from . import _kernels
from ..._missing import names_of as _names_of

__all__ = ["SDPBackend", "sdpa_kernel", "WARN_FOR_UNFUSED_KERNELS"]

#: Whether a causal bias says why no fused kernel takes it.
WARN_FOR_UNFUSED_KERNELS = False


class SDPBackend(enum.Enum):
    """PyTorch's kernels."""

    ERROR = -1
    MATH = 0
    FLASH_ATTENTION = 1
    EFFICIENT_ATTENTION = 2
    CUDNN_ATTENTION = 3
    OVERRIDEABLE = 4

    def __int__(self):
        return self.value

    __index__ = __int__


@contextlib.contextmanager
def sdpa_kernel(backends, set_priority=False):
    """Only these kernels may run inside. Their order, which `set_priority` asks for, is for GPUs, and is noted."""
    if not isinstance(backends, (list, SDPBackend)):
        raise AssertionError(f"Backend must be an instance of SDPBackend or a list of SDPBackend instances, got {type(backends).__name__}")
    chosen = [backends] if isinstance(backends, SDPBackend) else backends
    numbers = list(dict.fromkeys(b.value for b in chosen if isinstance(b, SDPBackend)))
    before = _kernels.state()
    rest = [n for n in before[1] if n not in numbers]
    _kernels.set_state({name for name, n in _kernels.NUMBERS.items() if n in numbers}, numbers + rest if set_priority else before[1])
    try:
        yield {}
    finally:
        _kernels.set_state(*before)


def _cur_sdpa_kernel_backends(with_priority=False):
    """The kernels that may run."""
    enabled, order = _kernels.state()
    found = [SDPBackend(n) for name, n in _kernels.NUMBERS.items() if name in enabled]
    return sorted(found, key=lambda b: order.index(b.value)) if with_priority else found


def __getattr__(name):
    if name == "bias":
        import importlib

        return importlib.import_module(f"{__name__}.bias")
    return _names_of(__name__)(name)

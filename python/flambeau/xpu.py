"""`torch.xpu`: there is none, as there is no `torch.mps`."""

from .mps import device_count, empty_cache, is_available, is_initialized, manual_seed  # noqa: F401
from ._missing import names_of as _names_of

__all__ = ["is_available", "device_count"]


__getattr__ = _names_of(__name__)

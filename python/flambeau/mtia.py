"""`torch.mtia`: there is none, as there is no `torch.mps`."""

from .mps import device_count, empty_cache, is_available, is_initialized, manual_seed  # noqa: F401

__all__ = ["is_available", "device_count"]

"""`torch.cuda` of a build that computes on the CPU: it answers truthfully that there is no GPU, and refuses what needs one."""

from ._missing import names_of as _names_of

__all__ = ["is_available", "device_count", "is_initialized", "manual_seed", "manual_seed_all", "empty_cache", "synchronize"]


class _NoGpu:
    """Refuses to be made."""

    def __init__(self, *args, **kwargs):
        _refuse()


def _refuse(*args, **kwargs):
    raise AssertionError("Torch not compiled with CUDA enabled")


def is_available():
    """Whether there is a GPU to compute on: no."""
    return False


def device_count():
    """How many GPUs there are: none."""
    return 0


def is_initialized():
    """Whether CUDA is in use: no."""
    return False


def is_bf16_supported(including_emulation=True):
    """Whether GPUs know bfloat16: there are none."""
    return False


def manual_seed(seed):
    """Accepted: there is no GPU's generator to seed."""


def manual_seed_all(seed):
    """Accepted: there is no GPU's generator to seed."""


def empty_cache():
    """Nothing to free."""


def ipc_collect():
    """Nothing to free."""


def memory_allocated(device=None):
    """Bytes in use on GPUs: none."""
    return 0


max_memory_allocated = memory_reserved = max_memory_reserved = memory_allocated


def reset_peak_memory_stats(device=None):
    """Nothing to reset."""


def get_arch_list():
    """No architectures."""
    return []


synchronize = current_device = set_device = get_device_name = get_device_properties = get_device_capability = current_stream = _refuse
init = default_stream = mem_get_info = _refuse
Stream = Event = CUDAGraph = device = stream = _NoGpu


class amp:
    """`torch.cuda.amp`: the older names."""

    @staticmethod
    def autocast(enabled=True, dtype=None, cache_enabled=True):
        from .amp import autocast

        return autocast("cuda", dtype=dtype, enabled=enabled, cache_enabled=cache_enabled)

    @staticmethod
    def GradScaler(*args, **kwargs):
        from .amp import GradScaler

        return GradScaler("cuda", *args, **kwargs)


__getattr__ = _names_of(__name__)

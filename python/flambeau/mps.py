"""`torch.mps`: there is none."""

from ._missing import names_of as _names_of

__all__ = ["is_available", "device_count"]


def is_available():
    """Whether there is one: no."""
    return False


def is_initialized():
    """Whether it is in use: no."""
    return False


def device_count():
    """How many there are: none."""
    return 0


def manual_seed(seed):
    """Accepted: there is no generator of its own to seed."""


def empty_cache():
    """Nothing to free."""


__getattr__ = _names_of(__name__)

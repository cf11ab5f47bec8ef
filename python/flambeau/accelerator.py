"""`torch.accelerator`: there is none."""

from ._missing import names_of as _names_of

__all__ = ["is_available", "device_count", "current_accelerator"]


def is_available():
    """Whether there is one: no."""
    return False


def device_count():
    """How many there are: none."""
    return 0


def current_accelerator(check_available=False):
    """The one in use: none."""
    return None


__getattr__ = _names_of(__name__)

"""`torch.cpu`: the CPU as a device. Operations are done when they return, so streams have nothing to order."""

from contextlib import AbstractContextManager as _AbstractContextManager
from ._missing import names_of as _names_of

__all__ = ["is_available", "is_initialized", "synchronize", "current_device", "current_stream", "stream", "set_device", "device_count",
           "Stream", "StreamContext", "Event"]  # fmt: skip


def is_available():
    """Whether there is one: yes."""
    return True


def is_initialized():
    """Whether it is in use: yes."""
    return True


def device_count():
    """How many there are: one."""
    return 1


def current_device():
    """The one in use."""
    return "cpu"


def set_device(device):
    """Accepted: there is one."""


def synchronize(device=None):
    """Nothing to wait for."""


class Stream:
    """An order of operations: theirs."""

    def __init__(self, priority=-1):
        pass

    def wait_stream(self, stream):
        """Nothing to wait for."""

    def record_event(self):
        """Nothing to wait for."""

    def wait_event(self, event):
        """Nothing to wait for."""


class Event:
    """A point in the order of operations, which is reached."""

    def query(self):
        """Whether it is reached: yes."""
        return True

    def record(self, stream=None):
        """Accepted."""

    def synchronize(self):
        """Nothing to wait for."""

    def wait(self, stream=None):
        """Nothing to wait for."""


_current = _default = Stream()


def current_stream(device=None):
    """The stream in use."""
    return _current


class StreamContext(_AbstractContextManager):
    """Another stream is in use inside."""

    def __init__(self, stream):
        self.stream, self.prev_stream = stream, _default

    def __enter__(self):
        global _current
        if self.stream is not None:
            self.prev_stream, _current = _current, self.stream

    def __exit__(self, *_):
        global _current
        if self.stream is not None:
            _current = self.prev_stream


def stream(stream):
    """Another stream is in use inside."""
    return StreamContext(stream)


class amp:
    """`torch.cpu.amp`: the older names."""

    @staticmethod
    def autocast(enabled=True, dtype=None, cache_enabled=True):
        from .amp import autocast

        return autocast("cpu", dtype=dtype, enabled=enabled, cache_enabled=cache_enabled)

    @staticmethod
    def GradScaler(*args, **kwargs):
        from .amp import GradScaler

        return GradScaler("cpu", *args, **kwargs)


__getattr__ = _names_of(__name__)

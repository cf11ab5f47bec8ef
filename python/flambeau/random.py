"""The default generator's seed and state."""

import contextlib

from ._C import default_generator
from ._factory import manual_seed
from ._missing import names_of as _names_of

__all__ = ["set_rng_state", "get_rng_state", "manual_seed", "seed", "initial_seed", "fork_rng", "thread_safe_generator"]


def set_rng_state(new_state):
    """Goes back to a state."""
    default_generator().set_state(new_state)


def get_rng_state():
    """The state: bytes as PyTorch has them."""
    return default_generator().get_state()


def seed():
    """Seeds with a number that nobody chose, and returns it."""
    return default_generator().seed()


def initial_seed():
    """The last seed."""
    return default_generator().initial_seed()


@contextlib.contextmanager
def fork_rng(devices=None, enabled=True, _caller="fork_rng", _devices_kw="devices", device_type="cuda"):
    """Inside, random numbers are drawn that leave no trace."""
    if not enabled:
        yield
        return
    state = get_rng_state()
    try:
        yield
    finally:
        set_rng_state(state)


def thread_safe_generator():
    """In a worker of a `DataLoader`, the generator of its thread; elsewhere `None`, which means the default one."""
    from .utils.data import get_worker_info

    return None if get_worker_info() is None else default_generator()


__getattr__ = _names_of(__name__)

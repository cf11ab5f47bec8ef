"""Errors of a backward pass that name the operation of the forward, and a look for NaN in gradients."""

import threading

from .. import _C
from .._missing import names_of as _names_of

__all__ = ["detect_anomaly", "set_detect_anomaly", "set_anomaly_enabled", "is_anomaly_enabled", "is_anomaly_check_nan_enabled"]


class _State(threading.local):
    """The mode that looks, whether it is on without a look for NaN (it then has nothing to do), and what was last said of that."""

    mode, without_nan, check_nan = None, False, True


_state = _State()


def is_anomaly_enabled():
    """Whether errors of a backward pass name the operation of the forward."""
    return _C.is_anomaly_enabled() or _state.without_nan


def is_anomaly_check_nan_enabled():
    """Whether a NaN is an error where anomalies are looked for."""
    return _state.check_nan


def set_anomaly_enabled(enabled, check_nan=True):
    """Looks for anomalies from now on, or no more."""
    for name, value in (("enabled", enabled), ("check_nan", check_nan)):
        if not isinstance(value, bool):
            raise TypeError(f"set_anomaly_enabled(): argument '{name}' must be bool, not {type(value).__name__}")
    _state.without_nan, _state.check_nan = enabled and not check_nan, check_nan
    looks = enabled and check_nan
    if looks and not _C.is_anomaly_enabled():
        _state.mode = _C.Mode("anomaly")
        _state.mode.enter()
    elif not looks and _state.mode is not None:
        # The end of a mode brings back what held at its beginning, also of whether operations are recorded.
        recording = _C.is_grad_enabled()
        _state.mode.exit()
        _state.mode = None
        _C.set_grad_enabled(recording)


class set_detect_anomaly:
    """Looks from now on, or inside a `with`, or looks no more."""

    def __init__(self, mode, check_nan=True):
        self._before = is_anomaly_enabled(), is_anomaly_check_nan_enabled()
        set_anomaly_enabled(mode, check_nan)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        set_anomaly_enabled(*self._before)


class detect_anomaly:
    """Looks inside a `with`."""

    def __init__(self, check_nan=True):
        self._check_nan = check_nan

    def __enter__(self):
        self._before = is_anomaly_enabled(), is_anomaly_check_nan_enabled()
        set_anomaly_enabled(True, self._check_nan)
        return self

    def __exit__(self, *_):
        set_anomaly_enabled(*self._before)


__getattr__ = _names_of(__name__)

"""Errors of a backward pass that name the operation of the forward, and a look for NaN in gradients."""

from .. import _C

__all__ = ["detect_anomaly", "set_detect_anomaly"]


class set_detect_anomaly:
    """Looks from now on, or inside a `with`, or looks no more."""

    def __init__(self, mode, check_nan=True):
        self._mode = _C.Mode("anomaly") if mode else None
        if self._mode:
            self._mode.enter()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self._mode:
            self._mode.exit()


class detect_anomaly:
    """Looks inside a `with`."""

    def __init__(self, check_nan=True):
        self._mode = None

    def __enter__(self):
        self._mode = _C.Mode("anomaly")
        self._mode.enter()
        return self

    def __exit__(self, *_):
        self._mode.exit()

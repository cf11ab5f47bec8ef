"""What scripts use around networks."""

import importlib as _importlib

from . import hooks

_SUBMODULES = frozenset(("data", "checkpoint", "tensorboard", "hooks", "_pytree", "rnn", "dlpack", "model_zoo", "benchmark", "collect_env", "_python_dispatch", "mobile_optimizer"))


def __getattr__(name):
    if name in _SUBMODULES:
        try:
            return _importlib.import_module(f"{__name__}.{name}")
        except ModuleNotFoundError as e:
            if e.name != f"{__name__}.{name}":
                raise
    if name.startswith("__"):
        raise AttributeError(name)
    from .. import _missing

    raise _missing(f"utils.{name}")

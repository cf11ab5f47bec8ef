"""What scripts use around networks."""

import importlib as _importlib

from . import hooks
from .._missing import names_of as _names_of

_SUBMODULES = frozenset(("data", "checkpoint", "tensorboard", "hooks", "_pytree", "rnn", "dlpack", "model_zoo", "benchmark", "collect_env", "_python_dispatch", "mobile_optimizer"))


def set_module(obj, mod):
    """Sets the name of the module that an object says it is from."""
    if not isinstance(mod, str):
        raise TypeError("The mod argument should be a string")
    obj.__module__ = mod


def swap_tensors(t1, t2):
    """Each of two tensors becomes what the other was: its elements, gradient, class and attributes."""
    import weakref

    from .. import _C

    for name, t in (("t1", t1), ("t2", t2)):
        if weakref.getweakrefs(t):
            raise RuntimeError(f"Cannot swap {name} because it has weakref associated with it")
    between = _C.zeros((0,), None)
    between._become(t1)
    t1._become(t2)
    t2._become(between)
    t1.__class__, t2.__class__ = t2.__class__, t1.__class__
    t1.__dict__, t2.__dict__ = t2.__dict__, t1.__dict__


def __getattr__(name):
    if name in _SUBMODULES:
        try:
            return _importlib.import_module(f"{__name__}.{name}")
        except ModuleNotFoundError as e:
            if e.name != f"{__name__}.{name}":
                raise
    return _names_of(__name__)(name)

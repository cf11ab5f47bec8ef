"""Classes that answer for functions (`__torch_function__`), and modes that do.

A class or a mode sees functions of `torch` and its submodules, methods and properties of tensors, before they run. Which functions
it sees where one calls another is not promised: here more of them are one function of the compiled part than in PyTorch.
"""

import functools
import sys
import types

from . import _C, _functions, fft, linalg, special
from ._missing import names_of as _names_of
from ._subclasses import DisableTorchFunctionSubclass, EnableTorchFunction
from .nn import functional

__all__ = [
    "get_ignored_functions", "get_default_nowrap_functions", "get_overridable_functions", "handle_torch_function", "has_torch_function",
    "has_torch_function_unary", "has_torch_function_variadic", "is_tensor_like", "is_tensor_method_or_property", "resolve_name",
    "wrap_torch_function", "redispatch_function", "TorchFunctionMode", "BaseTorchFunctionMode",
]  # fmt: skip

Tensor = _C.Tensor

#: Operators that are told as the methods that do the same.
_TOLD = {
    "add": "add", "radd": "add", "iadd": "add_", "sub": "sub", "isub": "sub_", "mul": "mul", "rmul": "mul", "imul": "mul_",
    "truediv": "div", "rtruediv": "__rdiv__", "itruediv": "div_", "mod": "remainder", "imod": "remainder_", "pow": "pow", "ipow": "pow_", "matmul": "matmul",
    "ifloordiv": "floor_divide_", "rand": "bitwise_and", "ror": "bitwise_or", "rxor": "bitwise_xor", "iand": "bitwise_and_",
    "ior": "bitwise_or_", "ixor": "bitwise_xor_", "ne": "ne", "lt": "lt", "le": "le", "gt": "gt", "ge": "ge", "neg": "neg",
    "pos": "positive", "abs": "abs",
}  # fmt: skip

#: Operators whose other operand Python asks too.
_BINARY = frozenset(
    f"__{side}{name}__" for name in "add sub mul truediv floordiv mod pow matmul and or xor lshift rshift".split() for side in ("", "r", "i")
) | {"__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__"}

#: What stays as it is: how objects are kept and told apart, and what gives other classes' objects.
_APART = frozenset(("__hash__", "__dict__", "__weakref__", "__iter__", "__array_wrap__", "__dlpack_device__", "as_subclass"))


def _iter(self):
    """Rows, each of the tensor's class."""
    if self.dim() == 0:
        raise TypeError("iteration over a 0-d tensor")
    return iter(self.unbind(0))


@functools.cache
def _activate():
    """Lets methods and properties of tensors ask classes and modes; functions do so by themselves from now on."""
    for name, value in sorted(Tensor.__dict__.items(), key=lambda item: item[0] in _BINARY):
        private = name[0] == "_" and name[:2] != "__" and name not in ("_base", "_version", "_grad")
        if private or name in _APART:
            continue
        if isinstance(value, (types.GetSetDescriptorType, property)):
            setattr(Tensor, name, _C.OverridableProperty(value))
        elif isinstance(value, (types.FunctionType, types.MethodDescriptorType, types.WrapperDescriptorType)):
            told = Tensor.__dict__.get(_TOLD.get(name.strip("_"))) if name[:2] == "__" else None
            setattr(Tensor, name, _C.Overridable(value, told, name in _BINARY))
    Tensor.__iter__ = _iter
    _C.activate_overrides(_refusal)


def _refusal(function, classes, mode):
    """The text of the error for a call that nobody answered."""
    asked = [f"mode object {mode!r}"] * (mode is not None) + [f"tensor subclass {c!r}" for c in classes]
    return (
        f"Multiple dispatch failed for {resolve_name(function) or function!r}: every __torch_function__ that was asked returned NotImplemented:\n\n"
        + "".join(f"  - {a}\n" for a in asked)
    )


# ---- what classes do if they do nothing of their own


def _convert(result, cls):
    if isinstance(result, Tensor):
        return result if isinstance(result, cls) else result.as_subclass(cls)
    if isinstance(result, (tuple, list)):
        return type(result)([_convert(r, cls) for r in result])
    return result


def get_default_nowrap_functions():
    """Those whose results `Tensor.__torch_function__` leaves of the class that they are of."""
    _activate()
    return {Tensor._base.__get__, Tensor.grad.__get__}


def _run_and_convert(cls, func, types, args, kwargs):
    """`Tensor.__torch_function__`: the function's own result, its tensors as objects of the class."""
    if not all(issubclass(cls, t) for t in types):
        return NotImplemented
    with DisableTorchFunctionSubclass():
        result = func(*args, **kwargs)
        if cls is Tensor or getattr(func, "__name__", "") == "__get__" and func in get_default_nowrap_functions():
            return result
        return _convert(result, cls)


# ---- for functions that are written in Python


def has_torch_function(relevant_args):
    """Whether a class among these arguments, or a mode, is to answer."""
    classes, mode = _C.overriding(relevant_args)
    return bool(classes) or mode


def has_torch_function_unary(arg):
    """:func:`has_torch_function` of one argument."""
    return has_torch_function((arg,))


def has_torch_function_variadic(*args):
    """:func:`has_torch_function` of several arguments."""
    return has_torch_function(args)


def handle_torch_function(public_api, relevant_args, *args, **kwargs):
    """What a mode or one of the classes of `relevant_args` answers for `public_api(*args, **kwargs)`."""
    return _C.put_to_overrides(public_api, _C.overriding(relevant_args)[0], args, kwargs)


def wrap_torch_function(dispatcher):
    """A decorator: the function asks the arguments that `dispatcher` (of the same parameters) gives before it runs."""

    def wrap(function):
        @functools.wraps(function)
        def asking(*args, **kwargs):
            relevant = dispatcher(*args, **kwargs)
            if has_torch_function(relevant):
                return handle_torch_function(asking, relevant, *args, **kwargs)
            return function(*args, **kwargs)

        return asking

    return wrap


def redispatch_function(func, types, args, kwargs):
    """The call, of which classes are asked although a class is answering."""
    with EnableTorchFunction():
        return func(*args, **(kwargs or {}))


# ---- modes


class TorchFunctionMode:
    """While it is entered, its `__torch_function__` is called in place of every function; while that runs, the mode around it is."""

    def __torch_function__(self, func, types, args=(), kwargs=None):
        raise NotImplementedError(f"{type(self).__name__} needs a method __torch_function__(self, func, types, args=(), kwargs=None)")

    def __enter__(self):
        _activate()
        _C.push_function_mode(self)
        return self

    def __exit__(self, *error):
        _C.pop_function_mode()

    @classmethod
    def push(cls, *args, **kwargs):
        """An older way to write `cls(*args, **kwargs)`."""
        return cls(*args, **kwargs)


class BaseTorchFunctionMode(TorchFunctionMode):
    """A mode that runs each function as it is."""

    def __torch_function__(self, func, types, args=(), kwargs=None):
        return func(*args, **(kwargs or {}))


def _get_current_function_mode():
    modes = _C.function_modes()
    return modes[-1] if modes else None


def _get_current_function_mode_stack():
    return _C.function_modes()


def _push_mode(mode):
    _activate()
    _C.push_function_mode(mode)


_pop_mode = _C.pop_function_mode

# ---- which functions there are


def _modules():
    return sys.modules[__package__], functional, linalg, fft, special


def _is_function(value):
    return isinstance(value, (_C.Overridable, type(_functions.add)))


def _functions_of(module):
    return {name: value for name, value in vars(module).items() if name[0] != "_" and _is_function(value)}


@functools.cache
def _names():
    """Every function that may be answered for, and its name."""
    _activate()
    names = {}
    for name, value in Tensor.__dict__.items():
        if isinstance(value, _C.OverridableProperty):
            for method in ("__get__", "__set__", "__delete__"):
                names[getattr(value, method)] = f"torch.Tensor.{name}.{method}"
        elif _is_function(value):
            names.setdefault(value, f"torch.Tensor.{name}")
    for module in _modules():
        for name, value in _functions_of(module).items():
            names.setdefault(value, f"{module.__name__.replace(__package__, 'torch', 1)}.{name}")
    return names


def resolve_name(f):
    """Where a function is found, as `torch.Tensor.add`; `None` if nobody may answer for it."""
    try:
        return _names().get(f)
    except TypeError:
        return None


def get_overridable_functions():
    """The functions that may be answered for: `{namespace: [function, ...]}`."""
    _activate()
    found = {Tensor: [v for v in Tensor.__dict__.values() if _is_function(v)]}
    found[Tensor] += [v.__get__ for v in Tensor.__dict__.values() if isinstance(v, _C.OverridableProperty)]
    return found | {module: list(_functions_of(module).values()) for module in _modules()}


@functools.cache
def get_ignored_functions():
    """Functions of `torch` that nobody answers for."""
    return {v for n, v in vars(sys.modules[__package__]).items() if n[0] != "_" and isinstance(v, types.FunctionType)}


def is_tensor_method_or_property(func):
    """Whether it is a method of tensors, or reads or writes a property of theirs."""
    return (resolve_name(func) or "").startswith("torch.Tensor.")


def is_tensor_like(inp):
    """Whether it is a tensor, or of a class that answers for functions."""
    return type(inp) is Tensor or hasattr(inp, "__torch_function__")


__getattr__ = _names_of(__name__)

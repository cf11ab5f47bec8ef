"""Classes that inherit from `Tensor`: how objects of them are made, and what they do unless they say otherwise."""

from . import _C

Tensor = _C.Tensor


class _Silence:
    """While it is entered, functions ask fewer."""

    def __enter__(self):
        self._before = _C.silence_overrides(self._who)

    def __exit__(self, *error):
        _C.silence_overrides(self._before)


class DisableTorchFunctionSubclass(_Silence):
    """While it is entered, functions take subclasses as tensors; modes are asked."""

    _who = 1


class DisableTorchFunction(_Silence):
    """While it is entered, functions ask neither classes nor modes."""

    _who = 2


class EnableTorchFunction(_Silence):
    """While it is entered, functions ask classes and modes, also within an answer."""

    _who = 0


def as_subclass(self, cls):
    """The tensor as an object of a subclass."""
    try:
        return Tensor.__new__(cls, self)
    except TypeError as e:
        raise TypeError(f"as_subclass(): {cls!r} is no subclass of torch.Tensor") from e


def _make_subclass(cls, data, require_grad=False):
    """The numbers of `data`, without its history, as an object of a subclass."""
    with DisableTorchFunction():
        plain = data.detach().requires_grad_(require_grad)
    return as_subclass(plain, cls)


@classmethod
def __torch_function__(cls, func, types, args=(), kwargs=None):
    """Runs the function on what the tensors hold; the tensors that it gives are of this class."""
    from .overrides import _run_and_convert

    return _run_and_convert(cls, func, types, args, kwargs or {})


@classmethod
def __init_subclass__(cls, **kwargs):
    super(Tensor, cls).__init_subclass__(**kwargs)
    if cls.__torch_function__ is not _disabled_torch_function_impl:
        from .overrides import _activate

        _activate()


def _disabled_torch_function_impl(func, types, args=(), kwargs=None):
    """The `__torch_function__` of classes whose tensors functions take as they are."""
    with DisableTorchFunction():
        return func(*args, **(kwargs or {}))


def _disabled_torch_dispatch_impl(func, types, args=(), kwargs=None):
    """The `__torch_dispatch__` of classes that have none."""
    return func(*args, **(kwargs or {}))


_C.DisableTorchFunctionSubclass, _C.DisableTorchFunction = DisableTorchFunctionSubclass, DisableTorchFunction
DisableTorchFunctionSubclass.__module__ = DisableTorchFunction.__module__ = "torch._C"
_C._disabled_torch_function_impl = _disabled_torch_function_impl
_C._disabled_torch_dispatch_impl = _disabled_torch_dispatch_impl
_C.set_no_answer(_disabled_torch_function_impl, _disabled_torch_dispatch_impl)
Tensor.as_subclass, Tensor._make_subclass = as_subclass, staticmethod(_make_subclass)
Tensor.__torch_function__, Tensor.__init_subclass__ = __torch_function__, __init_subclass__

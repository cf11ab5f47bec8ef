"""Classes that inherit from `Tensor`: how objects of them are made, and what they do unless they say otherwise."""

from . import _C

Tensor = _C.Tensor


def as_subclass(self, cls):
    """The tensor as an object of a subclass."""
    try:
        return Tensor.__new__(cls, self)
    except TypeError as e:
        raise TypeError(f"as_subclass(): {cls!r} is no subclass of torch.Tensor") from e


def _make_subclass(cls, data, require_grad=False):
    """The numbers of `data`, without its history, as an object of a subclass."""
    before = _C.silence_overrides(2)
    try:
        plain = data.detach().requires_grad_(require_grad)
    finally:
        _C.silence_overrides(before)
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
    before = _C.silence_overrides(2)
    try:
        return func(*args, **(kwargs or {}))
    finally:
        _C.silence_overrides(before)


def _disabled_torch_dispatch_impl(func, types, args=(), kwargs=None):
    """The `__torch_dispatch__` of classes that have none."""
    return func(*args, **(kwargs or {}))


_C._disabled_torch_function_impl = _disabled_torch_function_impl
_C._disabled_torch_dispatch_impl = _disabled_torch_dispatch_impl
_C.set_no_answer(_disabled_torch_function_impl, _disabled_torch_dispatch_impl)
Tensor.as_subclass, Tensor._make_subclass = as_subclass, staticmethod(_make_subclass)
Tensor.__torch_function__, Tensor.__init_subclass__ = __torch_function__, __init_subclass__

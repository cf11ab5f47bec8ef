"""Parameters and buffers: tensors that a module takes note of when they are assigned to it."""

from .. import _C
from .._missing import names_of as _names_of

__all__ = ["Parameter", "Buffer", "UninitializedParameter", "UninitializedBuffer", "is_lazy"]


class _Marked(type(_C.Tensor)):
    """A class that objects of other classes belong to if they carry its mark: parameters and buffers keep the class of their data."""

    def __instancecheck__(cls, instance):
        return type.__instancecheck__(cls, instance) or (
            (mark := cls.__dict__.get("_mark")) is not None and isinstance(instance, _C.Tensor) and getattr(instance, mark, False)
        )


def _of_its_class(data, what):
    """The tensor without history, if its class answers for functions; `None` for what becomes a parameter or buffer itself."""
    if type(data) is _C.Tensor or type(data).__torch_function__ is _C._disabled_torch_function_impl:
        return None
    result = data.detach()
    if type(result) is not type(data):
        raise RuntimeError(f"{what}: detach() of a {type(data).__name__} gave a {type(result).__name__}, but is to give one of the same class")
    return result


class Parameter(_C.Tensor, metaclass=_Marked):
    """A tensor that belongs to a module's parameters when it is assigned to one. It requires a gradient unless told not to. Of a
    tensor whose class answers for functions, it is an object of that class."""

    __torch_function__ = _C._disabled_torch_function_impl
    _mark = "_is_param"

    def __new__(cls, data=None, requires_grad=True):
        if data is None:
            data = _C.zeros((0,), None)
        elif not isinstance(data, _C.Tensor):
            raise TypeError(f"Parameter: expected a Tensor as data, not {type(data).__name__}")
        elif (self := _of_its_class(data, "Parameter")) is not None:
            self.requires_grad_(requires_grad)._is_param = True
            return self
        self = super().__new__(cls, data.detach())
        if requires_grad:
            self.requires_grad_(True)
        return self

    def __init__(self, data=None, requires_grad=True):
        pass

    def __deepcopy__(self, memo):
        if id(self) in memo:
            return memo[id(self)]
        import copy

        result = type(self)(self.detach().clone(), self.requires_grad)
        result.__dict__.update(copy.deepcopy(self.__dict__, memo))
        memo[id(self)] = result
        return result

    def __repr__(self):
        return "Parameter containing:\n" + super().__repr__()

    def __reduce_ex__(self, protocol):
        from .._tensor import _rebuild_parameter

        return _rebuild_parameter, (type(self), self.detach(), self.requires_grad, dict(self.__dict__))


class Buffer(_C.Tensor, metaclass=_Marked):
    """A tensor that belongs to a module's buffers when it is assigned to one. Of a tensor whose class answers for functions, it is
    an object of that class."""

    __torch_function__ = _C._disabled_torch_function_impl
    _mark = "_is_buffer"

    def __new__(cls, data=None, *, persistent=True):
        data = _C.zeros((0,), None) if data is None else data
        self = _of_its_class(data, "Buffer")
        if self is None:
            self = super().__new__(cls, data.detach())
        self.persistent, self._is_buffer = persistent, True
        return self

    def __init__(self, data=None, *, persistent=True):
        pass


class _Uninitialized:
    """A tensor whose sizes nobody knows yet."""

    _allowed = frozenset(("is_leaf", "requires_grad", "dtype", "device", "grad", "data", "materialize", "_become", "is_floating_point",
                          "is_complex", "to", "share_memory_", "detach", "layout", "is_cuda"))  # fmt: skip

    def materialize(self, shape, device=None, dtype=None):
        """Gives it sizes; what is in it has no meaning yet. From then on it is an ordinary parameter or buffer."""
        data = _C.zeros(tuple(shape), dtype or self.dtype)
        grad = self.requires_grad
        self._become(data)
        if grad:
            self.requires_grad_(True)
        self.__class__ = self._plain

    @property
    def shape(self):
        raise RuntimeError(
            "Can't access the shape of an uninitialized parameter or buffer. This error usually happens in `load_state_dict` when "
            "trying to load an uninitialized parameter into an initialized one. Call `forward` to initialize the parameters before "
            "accessing their attributes."
        )

    def share_memory_(self):
        raise RuntimeError("Can't share memory on an uninitialized parameter or buffer. Call `forward` to initialize the parameters first.")

    def __repr__(self):
        return f"<{type(self).__name__}>"


class UninitializedParameter(_Uninitialized, Parameter):
    """A parameter whose sizes the first call of its module gives it."""

    _plain = Parameter

    def __new__(cls, requires_grad=True, device=None, dtype=None):
        return Parameter.__new__(cls, _C.zeros((0,), dtype), requires_grad)

    def __init__(self, requires_grad=True, device=None, dtype=None):
        pass

    def __deepcopy__(self, memo):
        if id(self) not in memo:
            memo[id(self)] = type(self)(self.requires_grad, dtype=self.dtype)
        return memo[id(self)]

    def __reduce_ex__(self, protocol):
        return UninitializedParameter, (self.requires_grad, None, self.dtype)


class _PlainBuffer(_C.Tensor):
    __torch_function__ = _C._disabled_torch_function_impl


class UninitializedBuffer(_Uninitialized, _C.Tensor):
    """A buffer whose sizes the first call of its module gives it."""

    __torch_function__ = _C._disabled_torch_function_impl
    _plain = _PlainBuffer

    def __new__(cls, requires_grad=False, device=None, dtype=None, persistent=True):
        self = _C.Tensor.__new__(cls, _C.zeros((0,), dtype))
        self.persistent = persistent
        return self

    def __init__(self, requires_grad=False, device=None, dtype=None, persistent=True):
        pass

    def __reduce_ex__(self, protocol):
        return UninitializedBuffer, (False, None, self.dtype)


def is_lazy(parameter):
    """Whether its sizes are not known yet."""
    return isinstance(parameter, _Uninitialized)


__getattr__ = _names_of(__name__)

"""`torch.FloatTensor` and its kind: the types that tensors had before dtypes, which make tensors and tell them."""

from . import _C
from ._factory import empty, tensor
from ._tensor import _LEGACY
from ._types import Size
from .storage import TypedStorage

__all__ = [f"{name}Tensor" for name in _LEGACY if not name.startswith("Complex")]


class _TensorType(type):
    """Calls make tensors of the type's dtype: of sizes, or of what is given."""

    is_cuda = is_sparse = False

    @property
    def dtype(cls):
        """The dtype of its tensors."""
        return cls._dtype

    def __instancecheck__(cls, x):
        return isinstance(x, _C.Tensor) and x.dtype is cls._dtype and not x.is_sparse

    def __call__(cls, *args, device=None):
        if device is not None:
            _C.check_device(device)
        if not args:
            return empty(0, dtype=cls._dtype)
        if len(args) == 1 and isinstance(args[0], Size):
            args = tuple(args[0])
        if all(isinstance(n, int) for n in args):
            return empty(args, dtype=cls._dtype)
        if len(args) > 1:
            raise TypeError(f"{cls.__name__}() takes sizes, or one sequence, array or tensor, but got {len(args)} arguments")
        (data,) = args
        if isinstance(data, TypedStorage):
            data = data._elements()
        if isinstance(data, _C.Tensor):
            if data.dtype is not cls._dtype:
                raise TypeError(f"expected {cls.__name__} (got {data.type()}); convert with to({cls._dtype})")
            return data.detach()
        return tensor(data, dtype=cls._dtype)

    def __repr__(cls):
        return f"<class 'torch.{cls.__name__}'>"


for _name, _dtype in _LEGACY.items():
    if f"{_name}Tensor" in __all__:
        globals()[f"{_name}Tensor"] = _TensorType(f"{_name}Tensor", (), {"_dtype": _dtype, "__module__": "torch", "__doc__": f"Tensors of {_dtype}."})

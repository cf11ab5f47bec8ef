"""The memory behind tensors, as bytes and as elements."""

from . import _C
from ._factory import frombuffer, tensor
from ._tensor import _LEGACY, _LEGACY_NAMES, _named_dtype
from ._missing import names_of as _names_of

__all__ = ["UntypedStorage", "TypedStorage", *(f"{name}Storage" for name in _LEGACY)]


class _Storage:
    """What both have: a window over all of the memory that a tensor is a window of."""

    is_cuda = is_sparse = False

    def __init__(self, owner=None, dtype=_C.uint8):
        if owner is None:
            owner = tensor([], dtype=dtype)
        elif isinstance(owner, int):
            owner = _C.zeros((owner,), dtype)
        elif not isinstance(owner, _C.Tensor):
            owner = tensor(owner, dtype=dtype)
        self._tensor = owner.detach()

    @property
    def device(self):
        """Where it is."""
        return self._tensor.device

    def _window(self, dtype):
        """All of it as a vector, over the same memory."""
        return _C.tensor_storage(self._tensor, dtype)

    def data_ptr(self):
        """The address of its first byte."""
        return self._tensor.data_ptr() - self._tensor.storage_offset() * self._tensor.element_size()

    def nbytes(self):
        """Its size in bytes."""
        return self._window(_C.uint8).numel()

    def tolist(self):
        """Its elements."""
        return self._elements().tolist()

    def __len__(self):
        return self._elements().numel()

    def size(self):
        """How many elements it has."""
        return len(self)

    def __getitem__(self, index):
        found = self._elements()[index]
        return type(self)(found.clone()) if isinstance(index, slice) else found.item()

    def __setitem__(self, index, value):
        self._elements()[index] = value

    def __iter__(self):
        return iter(self.tolist())

    def fill_(self, value):
        """Writes a number everywhere."""
        self._elements().fill_(value)
        return self

    def copy_(self, source, non_blocking=None):
        """Writes the elements of another storage over these."""
        self._elements().copy_(source._elements())
        return self

    def clone(self):
        """A copy."""
        return type(self)(self._elements().clone())

    def cpu(self):
        """Where it is already."""
        return self

    def share_memory_(self):
        """Accepted: threads share memory as it is."""
        return self

    def is_shared(self):
        """Whether other processes share it: no."""
        return False

    def is_pinned(self, device="cuda"):
        """Whether it is pinned: no."""
        return False

    def __eq__(self, other):
        return isinstance(other, _Storage) and type(self) is type(other) and self.data_ptr() == other.data_ptr() and self.nbytes() == other.nbytes()

    def __hash__(self):
        return hash(self.data_ptr())

    def __deepcopy__(self, memo):
        return self.clone()

    def __repr__(self):
        lines = "".join(f" {x}\n" for x in self.tolist())
        return f"{lines}[{self._title()} of size {len(self)}]"

    __str__ = __repr__


class UntypedStorage(_Storage):
    """Memory as bytes."""

    def _elements(self):
        return self._window(_C.uint8)

    def element_size(self):
        """One byte."""
        return 1

    def untyped(self):
        """Itself."""
        return self

    def _title(self):
        return f"torch.storage.UntypedStorage(device={self.device})"


class TypedStorage(_Storage):
    """Memory as elements of a dtype."""

    @property
    def dtype(self):
        """What its elements are."""
        return self._tensor.dtype

    def _elements(self):
        return self._window(self.dtype)

    def element_size(self):
        """Bytes of one element."""
        return self._tensor.element_size()

    def untyped(self):
        """The same memory as bytes."""
        return UntypedStorage(self._tensor)

    _untyped_storage = property(untyped)

    def _title(self):
        return f"torch.storage.TypedStorage(dtype={self.dtype}, device={self.device})"

    def type(self, dtype=None, non_blocking=False):
        """The name of its type, or a copy as another type's elements."""
        if dtype is None:
            return f"torch.{self.pickle_storage_type()}"
        if isinstance(dtype, str):
            dtype = _named_dtype(dtype, "Storage")
        return TypedStorage(self._elements().to(getattr(dtype, "_dtype", dtype)))

    def pickle_storage_type(self):
        """The name that files have for its type."""
        return f"{_LEGACY_NAMES[self.dtype]}Storage"


for _name, _dtype in {"float": "Float", "double": "Double", "half": "Half", "bfloat16": "BFloat16", "long": "Long", "int": "Int", "short": "Short",
                      "char": "Char", "byte": "Byte", "bool": "Bool", "complex_float": "ComplexFloat", "complex_double": "ComplexDouble"}.items():  # fmt: skip
    setattr(TypedStorage, _name, lambda self, dtype=_LEGACY[_dtype]: self.type(dtype))


class _StorageType(type):
    """The types that storages had before dtypes: calls make storages of the type's dtype, of a size or of what is given."""

    def __instancecheck__(cls, x):
        return isinstance(x, TypedStorage) and x.dtype is cls._dtype

    def __call__(cls, *args, wrap_storage=None, **named):
        if named:
            raise RuntimeError(f"{cls.__name__}() takes no argument {next(iter(named))!r}")
        if wrap_storage is not None:
            if args or not isinstance(wrap_storage, UntypedStorage):
                raise TypeError(f"{cls.__name__}() takes an UntypedStorage alone as `wrap_storage`")
            return TypedStorage(wrap_storage._window(cls._dtype))
        if len(args) > 1:
            raise RuntimeError(f"{cls.__name__}() takes a size, or one sequence, but got {len(args)} arguments")
        given = args[0] if args else ()
        if not isinstance(given, (int, list, tuple)):
            raise TypeError(f"{cls.__name__}() takes a size, or one sequence, not {type(given).__name__}")
        return TypedStorage(_C.zeros((given,), cls._dtype) if isinstance(given, int) else tensor(list(given), dtype=cls._dtype))

    @property
    def dtype(cls):
        """The dtype of its elements."""
        return cls._dtype

    def from_buffer(cls, buffer, byte_order="native"):
        """A copy of the bytes of a buffer."""
        import sys

        elements = frombuffer(bytearray(buffer), dtype=cls._dtype)
        if byte_order not in ("native", sys.byteorder):
            elements = elements.view(_C.uint8).view(-1, elements.element_size()).flip(1).reshape(-1).view(cls._dtype)
        return TypedStorage(elements)


for _name, _dtype in _LEGACY.items():
    globals()[f"{_name}Storage"] = _StorageType(f"{_name}Storage", (), {"_dtype": _dtype, "__module__": "torch", "__doc__": f"Memory as elements of {_dtype}."})


__getattr__ = _names_of(__name__)

"""Types and constants: sizes, dtypes under all their names, layouts, memory formats, limits of number types."""

import copyreg
import math

from . import _C

__all__ = [
    "Size", "layout", "memory_format", "strided", "sparse_coo", "sparse_csr", "contiguous_format", "channels_last",
    "channels_last_3d", "preserve_format", "finfo", "iinfo", "inf", "nan", "pi", "e", "newaxis",
    "get_default_dtype", "set_default_dtype", "set_default_tensor_type", "set_default_device", "get_default_device",
]  # fmt: skip

inf, nan, pi, e, newaxis = math.inf, math.nan, math.pi, math.e, None

_DTYPES = "bool uint8 int8 int16 int32 int64 float16 bfloat16 float32 float64 complex64 complex128".split()
for _name in _DTYPES:
    globals()[_name] = getattr(_C, _name)
_ALIASES = {
    "float": "float32", "double": "float64", "half": "float16", "long": "int64", "int": "int32", "short": "int16",
    "cfloat": "complex64", "cdouble": "complex128",
}  # fmt: skip
for _name, _dtype in _ALIASES.items():
    globals()[_name] = getattr(_C, _dtype)
__all__ += _DTYPES + list(_ALIASES)


class Size(tuple):
    """The sizes of a tensor's dimensions."""

    def numel(self):
        return math.prod(self)

    def __repr__(self):
        return f"torch.Size({list(self)})"

    def __add__(self, other):
        return Size(tuple(self) + tuple(other))

    def __radd__(self, other):
        return Size(tuple(other) + tuple(self))

    def __mul__(self, times):
        return Size(tuple(self) * times)

    __rmul__ = __mul__

    def __getitem__(self, key):
        item = tuple.__getitem__(self, key)
        return Size(item) if isinstance(key, slice) else item

    def __reduce__(self):
        return _size, (tuple(self),)


_C.set_size_class(Size)

# Pickles name functions of this package: the classes say that they come from `torch`, which need not be there.


def _size(sizes):
    return Size(sizes)


def _constant(name):
    return globals()[name]


def _device(text):
    return _C.device(text)


copyreg.pickle(_C.dtype, lambda d: (_constant, (repr(d).removeprefix("torch."),)))
copyreg.pickle(_C.device, lambda d: (_device, (str(d),)))


class _Named:
    """A constant that is nothing but its name."""

    def __init__(self, name):
        self._name = name

    def __repr__(self):
        return f"torch.{self._name}"

    def __reduce__(self):
        return _constant, (self._name,)


class layout(_Named):
    """How elements lie in memory; tensors here are strided."""


class memory_format(_Named):
    """Which order of dimensions is dense."""


strided, sparse_coo, sparse_csr = layout("strided"), layout("sparse_coo"), layout("sparse_csr")
contiguous_format, preserve_format = memory_format("contiguous_format"), memory_format("preserve_format")
channels_last, channels_last_3d = memory_format("channels_last"), memory_format("channels_last_3d")


def _set_module_names(module):
    """PyTorch's classes say `torch` where they come from."""
    for name in __all__:
        value = getattr(module, name, None)
        if isinstance(value, type):
            value.__module__ = "torch"


#: Bits of a float's mantissa, and its range of exponents: eps = 2^-m, tiny = 2^lo, max = (2 - 2^-m) 2^hi.
_FLOATS = {
    _C.float16: (16, 10, -14, 15, 0.001),
    _C.bfloat16: (16, 7, -126, 127, 0.01),
    _C.float32: (32, 23, -126, 127, 1e-6),
    _C.float64: (64, 52, -1022, 1023, 1e-15),
}
_INTS = {_C.uint8: (8, False), _C.int8: (8, True), _C.int16: (16, True), _C.int32: (32, True), _C.int64: (64, True)}


class finfo:
    """Limits of a float dtype."""

    def __init__(self, type=None):
        dtype = get_default_dtype() if type is None else type
        dtype = dtype.to_real() if dtype.is_complex else dtype
        if dtype not in _FLOATS:
            raise TypeError(f"torch.finfo() requires a floating point input type. Use torch.iinfo to handle {dtype!r}")
        self.bits, mantissa, low, high, self.resolution = _FLOATS[dtype]
        self.eps = 2.0**-mantissa
        self.max = (2.0 - self.eps) * 2.0**high
        self.min = -self.max
        self.tiny = self.smallest_normal = 2.0**low
        self.dtype = repr(dtype).removeprefix("torch.")

    def __repr__(self):
        return (
            f"finfo(resolution={self.resolution:g}, min={self.min:g}, max={self.max:g}, eps={self.eps:g}, "
            f"smallest_normal={self.smallest_normal:g}, tiny={self.tiny:g}, dtype={self.dtype})"
        )

    def __eq__(self, other):
        return isinstance(other, finfo) and self.dtype == other.dtype

    def __hash__(self):
        return hash(("finfo", self.dtype))


class iinfo:
    """Limits of an integer dtype."""

    def __init__(self, type):
        if type not in _INTS:
            raise TypeError(f"torch.iinfo() requires an integer input type. Use torch.finfo to handle {type!r}")
        self.bits, signed = _INTS[type]
        self.min = -(2 ** (self.bits - 1)) if signed else 0
        self.max = 2 ** (self.bits - signed) - 1
        self.dtype = repr(type).removeprefix("torch.")

    def __repr__(self):
        return f"iinfo(min={self.min:g}, max={self.max:g}, dtype={self.dtype})"

    def __eq__(self, other):
        return isinstance(other, iinfo) and self.dtype == other.dtype

    def __hash__(self):
        return hash(("iinfo", self.dtype))


def get_default_dtype():
    """The dtype of floats that nobody gave one."""
    return _C.get_default_dtype()


def set_default_dtype(d):
    """Sets the dtype of floats that nobody gives one."""
    _C.set_default_dtype(d)


def set_default_tensor_type(t):
    """The older way to say :func:`set_default_dtype`."""
    name = t if isinstance(t, str) else f"{t.__module__}.{t.__name__}"
    kinds = {"HalfTensor": _C.float16, "BFloat16Tensor": _C.bfloat16, "FloatTensor": _C.float32, "DoubleTensor": _C.float64}
    kind = name.removeprefix("torch.")
    if kind not in kinds:
        raise TypeError(f"only floating-point types are supported as the default type, not {name}")
    set_default_dtype(kinds[kind])


def get_default_device():
    """The device of new tensors."""
    return _C.device("cpu")


def set_default_device(device):
    """Says on which device new tensors are; there is the CPU."""
    if device is not None:
        _C.check_device(device)

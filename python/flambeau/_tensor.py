"""Methods of tensors that Python adds to those of the registry."""

from . import _C, _factory
from ._functions import _METHODS
from ._missing import Method
from ._types import Size, contiguous_format, preserve_format, strided

Tensor = _C.Tensor


def _method(f):
    setattr(Tensor, f.__name__, f)
    return f


def _property(f):
    setattr(Tensor, f.__name__, property(f))
    return f


# ---- dtypes and devices


@_method
def to(self, *args, **kwargs):
    """The tensor in another dtype or on another device: `to(dtype)`, `to(device)`, `to(device, dtype)`, `to(other)`."""
    dtype, device = kwargs.pop("dtype", None), kwargs.pop("device", None)
    copy = kwargs.pop("copy", False)
    kwargs.pop("non_blocking", None)
    kwargs.pop("memory_format", None)
    other = kwargs.pop("other", None)
    flags = 0
    for a in args:
        if isinstance(a, Tensor):
            other = a
        elif isinstance(a, _C.dtype):
            dtype = a
        elif isinstance(a, bool):
            flags += 1
            copy = copy or (flags == 2 and a)
        elif a is not None:
            device = a
    if kwargs:
        raise TypeError(f"to() received an invalid combination of arguments: {', '.join(kwargs)}")
    if other is not None:
        dtype = other.dtype
    if device is not None:
        _C.check_device(device)
    result = self if dtype is None else self._cast(dtype)
    return self._clone() if copy and result is self else result


def _cast_method(name, dtype):
    def cast(self, memory_format=preserve_format):
        return self._cast(dtype)

    cast.__name__ = cast.__qualname__ = name
    cast.__doc__ = f"The tensor in dtype {dtype}."
    setattr(Tensor, name, cast)


for _name, _dtype in {
    "float": _C.float32, "double": _C.float64, "half": _C.float16, "bfloat16": _C.bfloat16, "long": _C.int64,
    "int": _C.int32, "short": _C.int16, "char": _C.int8, "byte": _C.uint8, "bool": _C.bool, "cfloat": _C.complex64,
    "cdouble": _C.complex128,
}.items():  # fmt: skip
    _cast_method(_name, _dtype)

_LEGACY = {
    "Float": _C.float32, "Double": _C.float64, "Half": _C.float16, "BFloat16": _C.bfloat16, "Long": _C.int64, "Int": _C.int32,
    "Short": _C.int16, "Char": _C.int8, "Byte": _C.uint8, "Bool": _C.bool, "ComplexFloat": _C.complex64,
    "ComplexDouble": _C.complex128,
}  # fmt: skip
_LEGACY_NAMES = {dtype: name for name, dtype in _LEGACY.items()}


def _named_dtype(name, kind):
    """The dtype that a type such as `torch.FloatTensor` (of the kind `Tensor`) is named after."""
    short = name.removeprefix("torch.").removesuffix(kind)
    if short not in _LEGACY:
        raise ValueError(f"invalid type: {name!r}")
    return _LEGACY[short]


@_method
def type(self, dtype=None, non_blocking=False, **kwargs):
    """The name of the tensor's type, or the tensor in another one."""
    if dtype is None:
        return f"torch.{_LEGACY_NAMES[self.dtype]}Tensor"
    if isinstance(dtype, str):
        dtype = _named_dtype(dtype, "Tensor")
    return self._cast(getattr(dtype, "_dtype", dtype))


@_method
def type_as(self, other):
    """The tensor in the dtype of `other`."""
    return self._cast(other.dtype)


@_method
def cpu(self, memory_format=preserve_format):
    """The tensor on the CPU, where it is."""
    return self


@_method
def cuda(self, device=None, non_blocking=False, memory_format=preserve_format):
    """Refused: tensors are on the CPU."""
    _C.check_device("cuda")


for _name, _value in {
    "is_cuda": False, "is_cpu": True, "is_sparse": False, "is_sparse_csr": False, "is_quantized": False, "is_mps": False,
    "is_meta": False, "is_nested": False, "is_mkldnn": False, "is_xpu": False, "is_xla": False, "layout": strided, "names": None,
    "_backward_hooks": None, "is_ipu": False, "is_maia": False, "is_mtia": False, "is_vulkan": False,
}.items():  # fmt: skip
    setattr(Tensor, _name, property(lambda self, value=_value: value))


@_method
def get_device(self):
    """The number of its device; −1 for the CPU."""
    return -1


@_property
def retains_grad(self):
    """Whether the gradient of a tensor that is no leaf is kept."""
    return not self.is_leaf and self.grad is not None


# ---- memory


def _is_channels_last(t, rank):
    order = [0, *range(2, rank), 1]
    if t.dim() != rank:
        return False
    expected = 1
    for d in reversed(order):
        if t.size(d) != 1:
            if t.stride(d) != expected:
                return False
            expected *= t.size(d)
    return True


@_method
def is_contiguous(self, memory_format=contiguous_format):
    """Whether it lies dense in memory in this order."""
    name = repr(memory_format)
    if "channels_last" in name:
        return _is_channels_last(self, 5 if name.endswith("3d") else 4)
    return self._is_contiguous()


@_method
def contiguous(self, memory_format=contiguous_format):
    """The tensor, dense in memory in this order."""
    name = repr(memory_format)
    if "channels_last" not in name:
        return self if self._is_contiguous() else self._contiguous()
    rank = 5 if name.endswith("3d") else 4
    if self.dim() != rank:
        raise RuntimeError(f"required rank {rank} tensor to use {name.removeprefix('torch.')} format")
    if _is_channels_last(self, rank):
        return self
    return self.permute([0, *range(2, rank), 1])._contiguous().permute([0, rank - 1, *range(1, rank - 1)])


@_method
def clone(self, *, memory_format=preserve_format):
    """A copy, which gradients flow through."""
    if memory_format in (preserve_format, None):
        return self._clone()
    if memory_format is contiguous_format:
        return self._clone() if self._is_contiguous() else self._contiguous()
    result = self.contiguous(memory_format=memory_format)
    return result._clone() if result is self else result


@_method
def view_as(self, other):
    """The same elements in the shape of `other`."""
    return self.view(other.shape)


@_method
def reshape_as(self, other):
    """The elements in the shape of `other`."""
    return self.reshape(other.shape)


@_method
def numpy(self, *, force=False):
    """A NumPy array over the same memory."""
    import numpy

    t = self
    if t.requires_grad:
        if not force and _C.is_grad_enabled():
            raise RuntimeError("Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead.")
        t = t.detach()
    return numpy.asarray(_C.ArrayView(t))


@_method
def __array__(self, dtype=None, copy=None):
    array = self.numpy()
    if dtype is not None and array.dtype != dtype:
        return array.astype(dtype)
    return array.copy() if copy else array


@_method
def __array_wrap__(self, array, context=None, return_scalar=False):
    return _factory.from_numpy(array) if array.ndim else _factory.tensor(array[()])


Tensor.__array_priority__ = 1000


@_method
def __contains__(self, element):
    return bool((self == element).any())


@_method
def __reversed__(self):
    return self.flip(0) if self.dim() else self


@_method
def share_memory_(self):
    """Accepted: threads share tensors as they are."""
    return self


@_method
def is_shared(self):
    """Whether processes share its memory: no."""
    return False


@_method
def pin_memory(self, device=None):
    """Accepted: the CPU needs no pinned memory."""
    return self


@_method
def is_pinned(self, device=None):
    """Whether its memory is pinned: no."""
    return False


@_method
def storage(self):
    """The memory that it is a window of, as elements of its dtype."""
    from .storage import TypedStorage

    return TypedStorage(self)


@_method
def untyped_storage(self):
    """The memory that it is a window of, as bytes."""
    from .storage import UntypedStorage

    return UntypedStorage(self)


@_method
def set_(self, source=None, storage_offset=0, size=None, stride=None):
    """Shows other memory from now on."""
    if source is None:
        self._become(_factory.empty(0, dtype=self.dtype))
        return self
    source = getattr(source, "_tensor", source)
    if source.dtype != self.dtype:
        raise RuntimeError(f"Could not set tensor of type {source.dtype} to a tensor of type {self.dtype}")
    if size is not None:
        if stride is None:
            stride, step = [], 1
            for n in reversed(size):
                stride.insert(0, step)
                step *= n
        source = source.detach().as_strided(size, stride, storage_offset)
    self._become(source)
    return self


@_method
def resize_as_(self, other, memory_format=None):
    """Gives it the sizes of `other`."""
    return self.resize_(other.shape)


# ---- copies of Python's


@_method
def __deepcopy__(self, memo):
    if id(self) in memo:
        return memo[id(self)]
    if not self.is_leaf:
        raise RuntimeError("Only Tensors created explicitly by the user (graph leaves) support the deepcopy protocol at the moment.")
    import copy

    result = self.detach()._clone()
    if self.requires_grad:
        result.requires_grad_(True)
        if self.grad is not None:
            result.grad = copy.deepcopy(self.grad, memo)
    if self.__class__ is not Tensor:
        result = result.as_subclass(self.__class__)
    result.__dict__.update(copy.deepcopy(self.__dict__, memo))
    memo[id(self)] = result
    return result


def _rebuild(data, dtype, shape, requires_grad, attributes):
    t = _C.tensor_from_bytes(data, getattr(_C, dtype), list(shape))
    if requires_grad:
        t.requires_grad_(True)
    t.__dict__.update(attributes)
    return t


def _rebuild_subclass(cls, *parts):
    result = _rebuild(*parts).as_subclass(cls)
    result.__dict__.update(parts[-1])
    return result


def _rebuild_parameter(kind, data, requires_grad, attributes):
    p = kind(data, requires_grad)
    p.__dict__.update(attributes)
    return p


@_method
def __reduce_ex__(self, protocol):
    if not self.is_leaf:
        raise RuntimeError("Only Tensors created explicitly by the user (graph leaves) can be pickled; detach() it first.")
    parts = (_C.tensor_bytes(self.detach()), repr(self.dtype).removeprefix("torch."), tuple(self.shape), self.requires_grad)
    if self.__class__ is not Tensor:
        return _rebuild_subclass, (self.__class__, *parts, dict(self.__dict__))
    return _rebuild, (*parts, dict(self.__dict__))


# ---- new tensors like this one


def _new(name):
    make = getattr(_factory, name)

    def method(self, *size, dtype=None, device=None, requires_grad=False, layout=None, pin_memory=False, **named):
        return make(*size, dtype=dtype or self.dtype, device=device, requires_grad=requires_grad, layout=layout, **named)

    method.__name__ = method.__qualname__ = f"new_{name}"
    method.__doc__ = f"`torch.{name}` in the dtype of this tensor."
    setattr(Tensor, f"new_{name}", method)


for _name in ("zeros", "ones", "empty", "full", "empty_strided"):
    _new(_name)


@_method
def new_tensor(self, data, *, dtype=None, device=None, requires_grad=False, layout=None, pin_memory=False):
    """A tensor of `data` in the dtype of this one."""
    return _factory.tensor(data, dtype=dtype or self.dtype, device=device, requires_grad=requires_grad)


@_method
def new(self, *args):
    """The older way to make tensors of this dtype."""
    if not args:
        return _factory.empty(0, dtype=self.dtype)
    if all(isinstance(a, int) for a in args) or isinstance(args[0], Size):
        return _factory.empty(*args, dtype=self.dtype)
    return _factory.tensor(args[0], dtype=self.dtype)


# ---- transposes and other small things


@_property
def T(self):
    """With all dimensions in reverse."""
    return self.permute(tuple(range(self.dim() - 1, -1, -1)))


@_property
def mT(self):
    """Matrices transposed."""
    if self.dim() < 2:
        raise RuntimeError(f"tensor.mT is only supported on matrices or batches of matrices. Got {self.dim()}-D tensor.")
    return self.transpose(-2, -1)


@_property
def H(self):
    """The conjugate transpose of a matrix."""
    if self.dim() not in (0, 2):
        raise RuntimeError(f"tensor.H is only supported on matrices (2-D tensors). Got {self.dim()}-D tensor.")
    return self.mH if self.dim() else self.conj()


@_property
def mH(self):
    """Matrices transposed and conjugated."""
    if self.dim() < 2:
        raise RuntimeError(f"tensor.mH is only supported on matrices or batches of matrices. Got {self.dim()}-D tensor.")
    return self.transpose(-2, -1).conj()


@_property
def real(self):
    """The real parts."""
    return _METHODS["real"](self) if self.is_complex() else self


@_property
def imag(self):
    """The imaginary parts."""
    return _METHODS["imag"](self)


def _swap_in_place(name):
    function = _METHODS[name]

    def method(self, *args, **kwargs):
        self._become(function(self, *args, **kwargs))
        return self

    method.__name__ = method.__qualname__ = f"{name}_"
    method.__doc__ = f"`{name}`, shown by this tensor from now on."
    setattr(Tensor, f"{name}_", method)


for _name in ("t", "transpose", "squeeze", "unsqueeze", "swapaxes", "swapdims", "as_strided"):
    if _name in _METHODS:
        _swap_in_place(_name)


@_method
def apply_(self, f):
    """Calls `f` with every number and writes what it returns."""
    flat = [f(x) for x in self.flatten().tolist()]
    return self.copy_(_factory.tensor(flat, dtype=self.dtype).reshape(self.shape))


@_method
def map_(self, other, f):
    """Calls `f` with every two numbers and writes what it returns."""
    flat = [f(x, y) for x, y in zip(self.flatten().tolist(), other.expand_as(self).flatten().tolist())]
    return self.copy_(_factory.tensor(flat, dtype=self.dtype).reshape(self.shape))


@_method
def map2_(self, x, y, f):
    """Calls `f` with every three numbers, those of the tensor first, and writes what it returns."""
    rows = (t.expand_as(self).flatten().tolist() for t in (self, x, y))
    return self.copy_(_factory.tensor([f(*row) for row in zip(*rows)], dtype=self.dtype).reshape(self.shape))


@_method
def hardshrink(self, lambd=0.5):
    """`torch.nn.functional.hardshrink`: zero between -lambd and lambd."""
    from .nn.functional import hardshrink

    return hardshrink(self, lambd)


@_method
def narrow_copy(self, dim, start, length):
    """A copy of `narrow`."""
    return self.narrow(dim, start, length)._clone()


@_method
def resize(self, *sizes):
    """The numbers in another shape, which has as many."""
    import warnings

    warnings.warn("non-inplace resize is deprecated", stacklevel=2)
    if not all(isinstance(n, int) for n in sizes):
        raise RuntimeError(f"resize: sizes are given one by one, got {sizes}")
    return self.contiguous().view(sizes)


@_method
def resize_as(self, tensor):
    """The numbers in the shape of another tensor."""
    return self.resize(*tensor.shape)


@_method
def module_load(self, other, assign=False):
    """What a parameter becomes when `other` is loaded into it: itself with other numbers, or `other` with `assign`."""
    return (other if assign else self.copy_(other)).detach()


@_method
def sparse_dim(self):
    """Dimensions whose places are listed: none of a dense tensor."""
    return 0


@_method
def dense_dim(self):
    """Dimensions that lie in memory as a whole."""
    return self.dim()


@_method
def const_data_ptr(self):
    """The address of the first number."""
    return self.data_ptr()


@_method
def is_distributed(self):
    """Whether parts lie on other machines: no."""
    return False


@_method
def dim_order(self):
    """The dimensions from the outermost in memory to the innermost."""
    return tuple(sorted(range(self.dim()), key=lambda d: -self.stride(d)))


@_method
def is_same_size(self, other):
    """Whether both have the same sizes."""
    return self.shape == other.shape


@_method
def is_nonzero(self):
    """Whether the only element is not zero."""
    return _factory.is_nonzero(self)


@_method
def to_sparse(self, sparse_dim=None, *, layout=None, blocksize=None, dense_dim=None):
    """The tensor by the places of its elements that are not zero."""
    from .sparse import _to_sparse

    return _to_sparse(self, sparse_dim, layout=layout, blocksize=blocksize, dense_dim=dense_dim)


@_method
def to_sparse_coo(self):
    """As a sparse tensor: the elements that are not zero, with their places."""
    return self.to_sparse()


@_method
def sparse_mask(self, mask):
    """The elements at the places of a sparse tensor, as a sparse tensor."""
    from .sparse import _sparse_mask

    return _sparse_mask(self, mask)


@_method
def fill_diagonal_(self, fill_value, wrap=False):
    """Writes a number along the main diagonal; with `wrap`, again after each square of a tall matrix."""
    if self.dim() < 2:
        raise RuntimeError("dimensions must larger than 1")
    if self.dim() > 2:
        if len(set(self.shape)) > 1:
            raise RuntimeError("all dimensions of input must be of equal length")
        if self.numel():
            self.as_strided((self.size(0),), (sum(self.stride()),), self.storage_offset()).fill_(fill_value)
        return self
    rows, columns = self.shape
    for start in range(0, rows, columns + 1) if wrap else (0,):
        self[start:].diagonal().fill_(fill_value)
    return self


@_method
def to_dense(self, dtype=None, *, masked_grad=None):
    """The tensor itself: it is dense."""
    return self if dtype is None else self.to(dtype)


def _of_sparse(name):
    """A method that only sparse tensors have."""

    def method(self):
        raise RuntimeError(f"{name} expected sparse coordinate tensor layout but got Strided")

    method.__name__ = method.__qualname__ = name
    setattr(Tensor, name, method)


for _name in ("coalesce", "is_coalesced", "indices", "values", "_indices", "_values", "_nnz"):
    _of_sparse(_name)


@_method
def is_neg(self):
    """Whether negation is pending: never."""
    return False


@_method
def is_conj(self):
    """Whether conjugation is pending: never; it is done at once."""
    return False


@_method
def resolve_neg(self):
    """The tensor itself: nothing is pending."""
    return self


@_method
def has_names(self):
    """Whether dimensions have names: no."""
    return False


@_method
def __dlpack_device__(self):
    return (1, 0)


@_method
def __dlpack__(self, *, stream=None, max_version=None, dl_device=None, copy=None):
    if self.requires_grad:
        raise BufferError("Can't export tensors that require gradient, use tensor.detach()")
    if stream not in (None, -1):
        raise AssertionError("stream should be None on cpu.")
    if dl_device is not None and tuple(dl_device) != (1, 0):
        raise BufferError(f"__dlpack__: tensors are on the CPU, not on device {tuple(dl_device)}")
    versioned = max_version is not None and tuple(max_version) >= (1, 0)
    return _C.to_dlpack(self._clone() if copy else self, versioned, bool(copy))


for _name in (
    "ccol_indices chalf cholesky col_indices crow_indices eig grad_dtype hash_tensor int_repr ipu lstsq mtia q_per_channel_axis "
    "q_per_channel_scales q_per_channel_zero_points q_scale q_zero_point qr qscheme record_stream resize_as_sparse_ row_indices "
    "slice_inverse smm solve sparse_resize_ sparse_resize_and_clear_ sspaddmm symeig to_mkldnn to_padded_tensor to_sparse_bsc "
    "to_sparse_bsr to_sparse_csc to_sparse_csr xpu"
).split():
    setattr(Tensor, _name, Method(_name))

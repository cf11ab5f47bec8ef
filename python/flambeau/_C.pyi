"""Written by python/stubs.py."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, overload
from builtins import bool as _bool, complex as _complex, float as _float, int as _int, str as _str

from ._types import Size

_Number = _int | _float | _bool | _complex

class Tensor:
    def __new__(cls, *args: Any, **kwargs: Any) -> Tensor: ...
    @property
    def H(self) -> Tensor: ...
    @property
    def T(self) -> Tensor: ...
    def __abs__(self, /) -> Tensor: ...
    def __add__(self, value: Any, /) -> Tensor: ...
    def __and__(self, value: Any, /) -> Tensor: ...
    def __array__(self, dtype: Any = None, copy: Any = None) -> Any: ...
    __array_priority__: _int
    def __array_wrap__(self, array: Any, context: Any = None, return_scalar: Any = False) -> Tensor: ...
    def __bool__(self, /) -> _bool: ...
    def __complex__(self, /) -> _complex: ...
    def __contains__(self, element: Any) -> _bool: ...
    def __deepcopy__(self, memo: Any) -> Tensor: ...
    def __delitem__(self, key: Any, /) -> None: ...
    def __dlpack__(self, *, stream: Any = None, max_version: Any = None, dl_device: Any = None, copy: Any = None) -> Any: ...
    def __dlpack_device__(self) -> tuple[_int, _int]: ...
    def __eq__(self, value: Any, /) -> Tensor: ...  # type: ignore
    def __float__(self, /) -> _float: ...
    def __floordiv__(self, value: Any, /) -> Tensor: ...
    def __format__(self, /, spec: Any) -> _str: ...
    def __ge__(self, value: Any, /) -> Tensor: ...
    def __getitem__(self, key: Any, /) -> Tensor: ...
    def __gt__(self, value: Any, /) -> Tensor: ...
    def __hash__(self, /) -> _int: ...
    def __iadd__(self, value: Any, /) -> Tensor: ...
    def __iand__(self, value: Any, /) -> Tensor: ...
    def __ifloordiv__(self, value: Any, /) -> Tensor: ...
    def __imod__(self, value: Any, /) -> Tensor: ...
    def __imul__(self, value: Any, /) -> Tensor: ...
    def __index__(self, /) -> _int: ...
    __init_subclass__: classmethod
    def __int__(self, /) -> _int: ...
    def __invert__(self, /) -> Tensor: ...
    def __ior__(self, value: Any, /) -> Tensor: ...
    def __ipow__(self, value: Any, /) -> Tensor: ...  # type: ignore
    def __isub__(self, value: Any, /) -> Tensor: ...
    def __iter__(self, /) -> Iterator[Tensor]: ...
    def __itruediv__(self, value: Any, /) -> Tensor: ...
    def __ixor__(self, value: Any, /) -> Tensor: ...
    def __le__(self, value: Any, /) -> Tensor: ...
    def __len__(self, /) -> _int: ...
    def __lshift__(self, value: Any, /) -> Tensor: ...
    def __lt__(self, value: Any, /) -> Tensor: ...
    def __matmul__(self, value: Any, /) -> Tensor: ...
    def __mod__(self, value: Any, /) -> Tensor: ...
    def __mul__(self, value: Any, /) -> Tensor: ...
    def __ne__(self, value: Any, /) -> Tensor: ...  # type: ignore
    def __neg__(self, /) -> Tensor: ...
    def __or__(self, value: Any, /) -> Tensor: ...
    def __pos__(self, /) -> Tensor: ...
    def __pow__(self, value: Any, mod: Any = None, /) -> Tensor: ...
    def __radd__(self, value: Any, /) -> Tensor: ...
    def __rand__(self, value: Any, /) -> Tensor: ...
    def __rdiv__(self, other: Any) -> Tensor: ...
    def __reduce_ex__(self, protocol: Any) -> Any: ...
    def __repr__(self, /) -> _str: ...
    def __reversed__(self) -> Tensor: ...
    def __rfloordiv__(self, value: Any, /) -> Tensor: ...
    def __rlshift__(self, value: Any, /) -> Tensor: ...
    def __rmatmul__(self, value: Any, /) -> Tensor: ...
    def __rmod__(self, value: Any, /) -> Tensor: ...
    def __rmul__(self, value: Any, /) -> Tensor: ...
    def __ror__(self, value: Any, /) -> Tensor: ...
    def __rpow__(self, value: Any, mod: Any = None, /) -> Tensor: ...
    def __rrshift__(self, value: Any, /) -> Tensor: ...
    def __rshift__(self, value: Any, /) -> Tensor: ...
    def __rsub__(self, value: Any, /) -> Tensor: ...
    def __rtruediv__(self, value: Any, /) -> Tensor: ...
    def __rxor__(self, value: Any, /) -> Tensor: ...
    def __setitem__(self, key: Any, value: Any, /) -> None: ...
    def __sub__(self, value: Any, /) -> Tensor: ...
    __torch_function__: classmethod
    def __truediv__(self, value: Any, /) -> Tensor: ...
    def __xor__(self, value: Any, /) -> Tensor: ...
    @property
    def _backward_hooks(self) -> Any: ...
    @property
    def _base(self) -> Tensor | None: ...
    def _become(self, /, other: Any) -> Any:
        """Shows another tensor from now on, with its history."""
    def _cast(self, /, dtype: Any) -> Any:
        """The same elements in another dtype."""
    def _clone(self, /) -> Any: ...
    def _contiguous(self, /) -> Any: ...
    def _indices(self) -> Any: ...
    def _is_contiguous(self, /) -> Any: ...
    def _is_same(self, /, other: Any) -> Any: ...
    def _is_view(self, /) -> Any: ...
    def _make_subclass(self, data: Any, require_grad: Any = False) -> Any:
        """The numbers of `data`, without its history, as an object of a subclass."""
    def _nnz(self) -> Any: ...
    def _storage(self, /) -> Any:
        """The address and the bytes of what the tensor is a window of."""
    def _values(self) -> Any: ...
    @property
    def _version(self) -> _int: ...
    @property
    def _writes(self) -> Any: ...
    def abs(self, *, out: Any = None) -> Tensor:
        """The absolute value; of a complex number, a real one."""
    def abs_(self) -> Tensor:
        """The absolute value; of a complex number, a real one."""
    def absolute(self, *, out: Any = None) -> Tensor:
        """The absolute value."""
    def absolute_(self) -> Tensor:
        """The absolute value."""
    def acos(self, *, out: Any = None) -> Tensor:
        """The inverse cosine."""
    def acos_(self) -> Tensor:
        """The inverse cosine."""
    def acosh(self, *, out: Any = None) -> Tensor:
        """The inverse hyperbolic cosine."""
    def acosh_(self) -> Tensor:
        """The inverse hyperbolic cosine."""
    @overload
    def add(self, other: Tensor | _Number, *, out: Any = None) -> Tensor:
        """input + other."""
    @overload
    def add(self, other: Tensor | _Number, alpha: _Number = 1, *, out: Any = None) -> Tensor:
        """input + alpha · other."""
    @overload
    def add_(self, other: Tensor | _Number) -> Tensor:
        """input + other."""
    @overload
    def add_(self, other: Tensor | _Number, alpha: _Number = 1) -> Tensor:
        """input + alpha · other."""
    def addbmm(self, batch1: Tensor, batch2: Tensor, *, beta: _Number = 1, alpha: _Number = 1, out: Any = None) -> Tensor:
        """`beta * input + alpha * (the sum of bmm(batch1, batch2) over the batch)`."""
    def addbmm_(self, batch1: Tensor, batch2: Tensor, *, beta: _Number = 1, alpha: _Number = 1) -> Tensor:
        """`beta * input + alpha * (the sum of bmm(batch1, batch2) over the batch)`."""
    def addcdiv(self, tensor1: Tensor, tensor2: Tensor, value: _Number = 1, *, out: Any = None) -> Tensor:
        """input + value · tensor1 / tensor2."""
    def addcdiv_(self, tensor1: Tensor, tensor2: Tensor, value: _Number = 1) -> Tensor:
        """input + value · tensor1 / tensor2."""
    def addcmul(self, tensor1: Tensor, tensor2: Tensor, value: _Number = 1, *, out: Any = None) -> Tensor:
        """input + value · tensor1 · tensor2."""
    def addcmul_(self, tensor1: Tensor, tensor2: Tensor, value: _Number = 1) -> Tensor:
        """input + value · tensor1 · tensor2."""
    def addmm(self, mat1: Tensor, mat2: Tensor, *, beta: _Number = 1, alpha: _Number = 1, out: Any = None) -> Tensor:
        """`beta * input + alpha * (mat1 @ mat2)`."""
    def addmm_(self, mat1: Tensor, mat2: Tensor, *, beta: _Number = 1, alpha: _Number = 1) -> Tensor:
        """`beta * input + alpha * (mat1 @ mat2)`."""
    def addmv(self, mat: Tensor, vec: Tensor, *, beta: _Number = 1, alpha: _Number = 1, out: Any = None) -> Tensor:
        """`beta * input + alpha * (mat @ vec)`."""
    def addmv_(self, mat: Tensor, vec: Tensor, *, beta: _Number = 1, alpha: _Number = 1) -> Tensor:
        """`beta * input + alpha * (mat @ vec)`."""
    def addr(self, vec1: Tensor, vec2: Tensor, *, beta: _Number = 1, alpha: _Number = 1, out: Any = None) -> Tensor:
        """`beta * input + alpha * outer(vec1, vec2)`."""
    def addr_(self, vec1: Tensor, vec2: Tensor, *, beta: _Number = 1, alpha: _Number = 1) -> Tensor:
        """`beta * input + alpha * outer(vec1, vec2)`."""
    def adjoint(self, *, out: Any = None) -> Tensor:
        """The last two dimensions swapped, and complex numbers conjugated; a 0-d tensor keeps its shape."""
    def all(self, dim: _int | Sequence[_int] | None = None, keepdim: _bool = False, *, out: Any = None) -> Tensor:
        """Whether all elements over `dim` are true (not zero)."""
    def allclose(self, other: Tensor, rtol: _float = 1e-05, atol: _float = 1e-08, equal_nan: _bool = False, *, out: Any = None) -> _bool:
        """Whether all elements are close: see `isclose`."""
    def amax(self, dim: _int | Sequence[_int] | None = [], keepdim: _bool = False, *, out: Any = None) -> Tensor:
        """The largest element over `dim`; NaN if there is one. Gradients are shared among equals."""
    def amin(self, dim: _int | Sequence[_int] | None = [], keepdim: _bool = False, *, out: Any = None) -> Tensor:
        """The smallest element over `dim`; NaN if there is one. Gradients are shared among equals."""
    def aminmax(self, *, dim: _int | None = None, keepdim: _bool = False, out: Any = None) -> _aminmax:
        """The smallest and the largest element, over `dim` or all dimensions."""
    def angle(self, *, out: Any = None) -> Tensor:
        """The angle to the positive real axis; of real numbers 0 or π (NaN of NaN)."""
    def any(self, dim: _int | Sequence[_int] | None = None, keepdim: _bool = False, *, out: Any = None) -> Tensor:
        """Whether any element over `dim` is true (not zero)."""
    def apply_(self, f: Any) -> Tensor:
        """Calls `f` with every number and writes what it returns."""
    def arccos(self, *, out: Any = None) -> Tensor:
        """The inverse cosine."""
    def arccos_(self) -> Tensor:
        """The inverse cosine."""
    def arccosh(self, *, out: Any = None) -> Tensor:
        """The inverse hyperbolic cosine."""
    def arccosh_(self) -> Tensor:
        """The inverse hyperbolic cosine."""
    def arcsin(self, *, out: Any = None) -> Tensor:
        """The inverse sine."""
    def arcsin_(self) -> Tensor:
        """The inverse sine."""
    def arcsinh(self, *, out: Any = None) -> Tensor:
        """The inverse hyperbolic sine."""
    def arcsinh_(self) -> Tensor:
        """The inverse hyperbolic sine."""
    def arctan(self, *, out: Any = None) -> Tensor:
        """The inverse tangent."""
    def arctan2(self, other: Tensor, *, out: Any = None) -> Tensor:
        """The angle of the point (x = `other`, y = `input`)."""
    def arctan2_(self, other: Tensor) -> Tensor:
        """The angle of the point (x = `other`, y = `input`)."""
    def arctan_(self) -> Tensor:
        """The inverse tangent."""
    def arctanh(self, *, out: Any = None) -> Tensor:
        """The inverse hyperbolic tangent."""
    def arctanh_(self) -> Tensor:
        """The inverse hyperbolic tangent."""
    def argmax(self, dim: _int | None = None, keepdim: _bool = False, *, out: Any = None) -> Tensor:
        """The place of the largest element along `dim`, or among all elements."""
    def argmin(self, dim: _int | None = None, keepdim: _bool = False, *, out: Any = None) -> Tensor:
        """The place of the smallest element along `dim`, or among all elements."""
    def argsort(self, dim: _int = -1, descending: _bool = False, stable: _bool = False, *, out: Any = None) -> Tensor:
        """Where the elements along `dim` are in ascending (or `descending`) order."""
    def argwhere(self, *, out: Any = None) -> Tensor:
        """The indices of the elements that are not zero, row by row: [count, rank]."""
    def as_strided(self, size: _int | Sequence[_int], stride: _int | Sequence[_int], storage_offset: _int | None = None, *, out: Any = None) -> Tensor:
        """A view with any sizes and strides over the input's storage. `storage_offset` counts elements from the storage's start; without it the view starts where the input does."""
    def as_strided_(self, *args: Any, **kwargs: Any) -> Tensor:
        """`as_strided`, shown by this tensor from now on."""
    def as_strided_scatter(self, src: Tensor, size: _int | Sequence[_int], stride: _int | Sequence[_int], storage_offset: _int | None = None, *, out: Any = None) -> Tensor:
        """`input` with `src` over a strided part."""
    def as_subclass(self, cls: Any) -> Any:
        """The tensor as an object of a subclass."""
    def asin(self, *, out: Any = None) -> Tensor:
        """The inverse sine."""
    def asin_(self) -> Tensor:
        """The inverse sine."""
    def asinh(self, *, out: Any = None) -> Tensor:
        """The inverse hyperbolic sine."""
    def asinh_(self) -> Tensor:
        """The inverse hyperbolic sine."""
    def atan(self, *, out: Any = None) -> Tensor:
        """The inverse tangent."""
    def atan2(self, other: Tensor, *, out: Any = None) -> Tensor:
        """The angle of the point (x = `other`, y = `input`)."""
    def atan2_(self, other: Tensor) -> Tensor:
        """The angle of the point (x = `other`, y = `input`)."""
    def atan_(self) -> Tensor:
        """The inverse tangent."""
    def atanh(self, *, out: Any = None) -> Tensor:
        """The inverse hyperbolic tangent."""
    def atanh_(self) -> Tensor:
        """The inverse hyperbolic tangent."""
    def atleast_1d(self, *, out: Any = None) -> Tensor:
        """At least one dimension."""
    def atleast_2d(self, *, out: Any = None) -> Tensor:
        """At least two dimensions, new ones in front."""
    def atleast_3d(self, *, out: Any = None) -> Tensor:
        """At least three dimensions: a vector is a row of a matrix of depth one."""
    def backward(self, /, gradient: Any = None, retain_graph: Any = None, create_graph: Any = False, inputs: Any = None) -> None: ...
    def baddbmm(self, batch1: Tensor, batch2: Tensor, *, beta: _Number = 1, alpha: _Number = 1, out: Any = None) -> Tensor:
        """`beta * input + alpha * bmm(batch1, batch2)`."""
    def baddbmm_(self, batch1: Tensor, batch2: Tensor, *, beta: _Number = 1, alpha: _Number = 1) -> Tensor:
        """`beta * input + alpha * bmm(batch1, batch2)`."""
    def bernoulli(self, p: Any = None, *, generator: Any = None, out: Any = None) -> Tensor:
        """Ones with the probabilities `input`, or with `p`, and zeros."""
    def bernoulli_(self, p: Any = 0.5, *, generator: Any = None) -> Tensor:
        """Ones with probability `p` (a number or a tensor), and zeros."""
    def bfloat16(self, memory_format: Any = ...) -> Tensor:
        """The tensor in dtype torch.bfloat16."""
    def bincount(self, weights: Tensor | None = None, minlength: _int = 0, *, out: Any = None) -> Tensor:
        """How often each whole number is in a vector, or the sum of its `weights`."""
    def bitwise_and(self, other: Tensor | _Number, *, out: Any = None) -> Tensor:
        """Bits set in both."""
    def bitwise_and_(self, other: Tensor | _Number) -> Tensor:
        """Bits set in both."""
    def bitwise_left_shift(self, other: Tensor | _Number, *, out: Any = None) -> Tensor:
        """input · 2^other, 0 where the distance is out of range."""
    def bitwise_left_shift_(self, other: Tensor | _Number) -> Tensor:
        """input · 2^other, 0 where the distance is out of range."""
    def bitwise_not(self, *, out: Any = None) -> Tensor:
        """The other bits (logical not for bools)."""
    def bitwise_not_(self) -> Tensor:
        """The other bits (logical not for bools)."""
    def bitwise_or(self, other: Tensor | _Number, *, out: Any = None) -> Tensor:
        """Bits set in either."""
    def bitwise_or_(self, other: Tensor | _Number) -> Tensor:
        """Bits set in either."""
    def bitwise_right_shift(self, other: Tensor | _Number, *, out: Any = None) -> Tensor:
        """input / 2^other rounded down; all sign bits where the distance is out of range."""
    def bitwise_right_shift_(self, other: Tensor | _Number) -> Tensor:
        """input / 2^other rounded down; all sign bits where the distance is out of range."""
    def bitwise_xor(self, other: Tensor | _Number, *, out: Any = None) -> Tensor:
        """Bits set in exactly one."""
    def bitwise_xor_(self, other: Tensor | _Number) -> Tensor:
        """Bits set in exactly one."""
    def bmm(self, mat2: Tensor, *, out: Any = None) -> Tensor:
        """Products of the matrices of two batches of equal size."""
    def bool(self, memory_format: Any = ...) -> Tensor:
        """The tensor in dtype torch.bool."""
    @overload
    def broadcast_to(self, *size: _int) -> Tensor:
        """Broadcast to `size`."""
    @overload
    def broadcast_to(self, size: _int | Sequence[_int], *, out: Any = None) -> Tensor:
        """Broadcast to `size`."""
    def bucketize(self, boundaries: Tensor, *, out_int32: _bool = False, right: _bool = False, out: Any = None) -> Tensor:
        """Where `input` belongs among sorted `boundaries` (a vector): before its equals, or after them (`right`)."""
    def byte(self, memory_format: Any = ...) -> Tensor:
        """The tensor in dtype torch.uint8."""
    def cauchy_(self, *args: Any, generator: Any = None, **named: Any) -> Tensor: ...
    def cdouble(self, memory_format: Any = ...) -> Tensor:
        """The tensor in dtype torch.complex128."""
    def ceil(self, *, out: Any = None) -> Tensor:
        """The smallest integer not below."""
    def ceil_(self) -> Tensor:
        """The smallest integer not below."""
    def cfloat(self, memory_format: Any = ...) -> Tensor:
        """The tensor in dtype torch.complex64."""
    def char(self, memory_format: Any = ...) -> Tensor:
        """The tensor in dtype torch.int8."""
    def cholesky_inverse(self, upper: _bool = False, *, out: Any = None) -> Tensor:
        """The inverse of A, given its Cholesky factor."""
    def cholesky_solve(self, input2: Tensor, upper: _bool = False, *, out: Any = None) -> Tensor:
        """`A X = input` with the Cholesky factor `L` of A."""
    def chunk(self, chunks: _int, dim: _int = 0, *, out: Any = None) -> tuple[Tensor, ...]:
        """`chunks` pieces of equal size along `dim` (the last smaller, and fewer of them, where they do not come out even)."""
    @overload
    def clamp(self, min: _Number | None = None, max: _Number | None = None, *, out: Any = None) -> Tensor:
        """Elements below `min` replaced by it, those above `max` by it; `max` where the bounds cross."""
    @overload
    def clamp(self, min: Tensor | _Number | None = None, max: Tensor | _Number | None = None, *, out: Any = None) -> Tensor:
        """`clamp` with bounds that are tensors or numbers."""
    @overload
    def clamp_(self, min: _Number | None = None, max: _Number | None = None) -> Tensor:
        """Elements below `min` replaced by it, those above `max` by it; `max` where the bounds cross."""
    @overload
    def clamp_(self, min: Tensor | _Number | None = None, max: Tensor | _Number | None = None) -> Tensor:
        """`clamp` with bounds that are tensors or numbers."""
    def clamp_max(self, max: Tensor | _Number, *, out: Any = None) -> Tensor:
        """Elements above `max` replaced by it."""
    def clamp_max_(self, max: Tensor | _Number) -> Tensor:
        """Elements above `max` replaced by it."""
    def clamp_min(self, min: Tensor | _Number, *, out: Any = None) -> Tensor:
        """Elements below `min` replaced by it."""
    def clamp_min_(self, min: Tensor | _Number) -> Tensor:
        """Elements below `min` replaced by it."""
    def clip(self, min: Tensor | _Number | None = None, max: Tensor | _Number | None = None, *, out: Any = None) -> Tensor:
        """`clamp_tensor` by NumPy's name."""
    def clip_(self, min: Tensor | _Number | None = None, max: Tensor | _Number | None = None) -> Tensor:
        """`clamp_tensor` by NumPy's name."""
    def clone(self, *, memory_format: Any = ...) -> Tensor:
        """A copy, which gradients flow through."""
    def coalesce(self) -> Any: ...
    def combinations(self, r: _int = 2, with_replacement: _bool = False, *, out: Any = None) -> Tensor:
        """All choices of `r` elements of a vector, in their order; also of an element again `with_replacement`."""
    def conj(self, *, out: Any = None) -> Tensor:
        """The complex conjugate; a real tensor itself."""
    def conj_physical(self, *, out: Any = None) -> Tensor:
        """The complex conjugate, as a tensor of its own; a real tensor itself."""
    def conj_physical_(self) -> Tensor:
        """The complex conjugate, as a tensor of its own; a real tensor itself."""
    def const_data_ptr(self) -> Any:
        """The address of the first number."""
    def contiguous(self, memory_format: Any = ...) -> Tensor:
        """The tensor, dense in memory in this order."""
    def copy_(self, /, src: Any, non_blocking: Any = False) -> Tensor: ...
    def copysign(self, other: Tensor | _Number, *, out: Any = None) -> Tensor:
        """The magnitude of `input` with the sign of `other`."""
    def copysign_(self, other: Tensor | _Number) -> Tensor:
        """The magnitude of `input` with the sign of `other`."""
    def corrcoef(self, *, out: Any = None) -> Tensor:
        """Pearson's correlation of the rows of `input`."""
    def cos(self, *, out: Any = None) -> Tensor:
        """The cosine."""
    def cos_(self) -> Tensor:
        """The cosine."""
    def cosh(self, *, out: Any = None) -> Tensor:
        """The hyperbolic cosine."""
    def cosh_(self) -> Tensor:
        """The hyperbolic cosine."""
    @overload
    def count_nonzero(self, *dim: _int) -> Tensor:
        """How many elements are not zero."""
    @overload
    def count_nonzero(self, dim: _int | Sequence[_int] | None = None, *, out: Any = None) -> Tensor:
        """How many elements are not zero."""
    def cov(self, *, correction: _int = 1, fweights: Tensor | None = None, aweights: Tensor | None = None, out: Any = None) -> Tensor:
        """The covariance of the rows of `input`, with whole-number weights `fweights` and other weights `aweights` of the columns."""
    def cpu(self, memory_format: Any = ...) -> Tensor:
        """The tensor on the CPU, where it is."""
    def cross(self, other: Tensor, dim: _int | None = None, *, out: Any = None) -> Tensor:
        """The cross product along `dim`, or the first dimension of size three."""
    def cuda(self, device: Any = None, non_blocking: Any = False, memory_format: Any = ...) -> Tensor:
        """Refused: tensors are on the CPU."""
    def cummax(self, dim: _int, *, out: Any = None) -> _cummax:
        """The largest of the elements up to each one along `dim`, and its (last) place."""
    def cummin(self, dim: _int, *, out: Any = None) -> _cummin:
        """The smallest of the elements up to each one along `dim`, and its (last) place."""
    def cumprod(self, dim: _int, *, dtype: _dtype | None = None, out: Any = None) -> Tensor:
        """Products of the elements up to each one along `dim`. Integers are multiplied in int64."""
    def cumprod_(self, dim: _int, *, dtype: _dtype | None = None) -> Tensor:
        """Products of the elements up to each one along `dim`. Integers are multiplied in int64."""
    def cumsum(self, dim: _int, *, dtype: _dtype | None = None, out: Any = None) -> Tensor:
        """Sums of the elements up to each one along `dim`. Integers are summed in int64."""
    def cumsum_(self, dim: _int, *, dtype: _dtype | None = None) -> Tensor:
        """Sums of the elements up to each one along `dim`. Integers are summed in int64."""
    @property
    def data(self) -> Tensor: ...
    @data.setter
    def data(self, value: Tensor) -> None: ...
    def data_ptr(self, /) -> _int: ...
    def deg2rad(self, *, out: Any = None) -> Tensor:
        """Degrees as radians."""
    def deg2rad_(self) -> Tensor:
        """Degrees as radians."""
    def dense_dim(self) -> Any:
        """Dimensions that lie in memory as a whole."""
    def det(self, *, out: Any = None) -> Tensor:
        """`linalg_det` by its old name."""
    def detach(self, /) -> Tensor: ...
    def detach_(self, /) -> Tensor: ...
    @property
    def device(self) -> _device: ...
    def diag(self, diagonal: _int = 0, *, out: Any = None) -> Tensor:
        """The vector on a diagonal of a matrix of zeros; of a matrix, a copy of its diagonal."""
    def diag_embed(self, offset: _int = 0, dim1: _int = -2, dim2: _int = -1, *, out: Any = None) -> Tensor:
        """The last dimension on diagonals of matrices of zeros over `dim1` and `dim2`."""
    def diagflat(self, offset: _int = 0, *, out: Any = None) -> Tensor:
        """All elements on a diagonal of a matrix of zeros."""
    def diagonal(self, offset: _int = 0, dim1: _int = 0, dim2: _int = 1, *, out: Any = None) -> Tensor:
        """The diagonal over `dim1` and `dim2` (`offset` above the main one), as a new last dimension."""
    def diagonal_scatter(self, src: Tensor, offset: _int = 0, dim1: _int = 0, dim2: _int = 1, *, out: Any = None) -> Tensor:
        """`input` with `src` on a diagonal."""
    def diff(self, n: _int = 1, dim: _int = -1, prepend: Tensor | None = None, append: Tensor | None = None, *, out: Any = None) -> Tensor:
        """Differences of neighbours along `dim`, `n` times over; `prepend` and `append` are joined on first."""
    def digamma(self, *, out: Any = None) -> Tensor:
        """The derivative of log Γ."""
    def digamma_(self) -> Tensor:
        """The derivative of log Γ."""
    def dim(self, /) -> _int: ...
    def dim_order(self) -> tuple[_int, ...]:
        """The dimensions from the outermost in memory to the innermost."""
    def dist(self, other: Tensor, p: _float = 2, *, out: Any = None) -> Tensor:
        """The p-norm of the difference."""
    @overload
    def div(self, other: Tensor | _Number, *, out: Any = None) -> Tensor:
        """input / other (true division; see `div_rounded` for the others)."""
    @overload
    def div(self, other: Tensor | _Number, rounding_mode: _str | None = None, *, out: Any = None) -> Tensor:
        """The quotient, not rounded (`None`), rounded to zero ("trunc") or down ("floor")."""
    @overload
    def div_(self, other: Tensor | _Number) -> Tensor:
        """input / other (true division; see `div_rounded` for the others)."""
    @overload
    def div_(self, other: Tensor | _Number, rounding_mode: _str | None = None) -> Tensor:
        """The quotient, not rounded (`None`), rounded to zero ("trunc") or down ("floor")."""
    def divide(self, other: Tensor | _Number, *, out: Any = None) -> Tensor:
        """input / other."""
    def divide_(self, other: Tensor | _Number) -> Tensor:
        """input / other."""
    def dot(self, tensor: Tensor, *, out: Any = None) -> Tensor:
        """The inner product of two vectors."""
    def double(self, memory_format: Any = ...) -> Tensor:
        """The tensor in dtype torch.float64."""
    @overload
    def dsplit(self, sections: _int, *, out: Any = None) -> tuple[Tensor, Tensor]:
        """Pieces one behind the other."""
    @overload
    def dsplit(self, *indices: _int) -> tuple[Tensor, Tensor, Tensor]:
        """Pieces one behind the other."""
    @overload
    def dsplit(self, indices: _int | Sequence[_int], *, out: Any = None) -> tuple[Tensor, Tensor, Tensor]:
        """Pieces one behind the other."""
    @property
    def dtype(self) -> _dtype: ...
    def element_size(self, /) -> _int: ...
    def entr(self, *, out: Any = None) -> Tensor:
        """-x log x; 0 at 0, -inf below."""
    def entr_(self) -> Tensor:
        """-x log x; 0 at 0, -inf below."""
    def eq(self, other: Tensor | _Number, *, out: Any = None) -> Tensor:
        """input == other."""
    def eq_(self, other: Tensor | _Number) -> Tensor:
        """input == other."""
    def equal(self, other: Tensor, *, out: Any = None) -> _bool:
        """Whether both have the same shape and equal elements."""
    def erf(self, *, out: Any = None) -> Tensor:
        """The error function."""
    def erf_(self) -> Tensor:
        """The error function."""
    def erfc(self, *, out: Any = None) -> Tensor:
        """1 - erf(x), accurate for large x."""
    def erfc_(self) -> Tensor:
        """1 - erf(x), accurate for large x."""
    def erfcx(self, *, out: Any = None) -> Tensor:
        """e^(x²) · erfc(x)."""
    def erfcx_(self) -> Tensor:
        """e^(x²) · erfc(x)."""
    def erfinv(self, *, out: Any = None) -> Tensor:
        """The inverse of the error function."""
    def erfinv_(self) -> Tensor:
        """The inverse of the error function."""
    def exp(self, *, out: Any = None) -> Tensor:
        """e^x."""
    def exp2(self, *, out: Any = None) -> Tensor:
        """2^x."""
    def exp2_(self) -> Tensor:
        """2^x."""
    def exp_(self) -> Tensor:
        """e^x."""
    @overload
    def expand(self, *size: _int) -> Tensor:
        """Broadcast to `size` without copying; -1 keeps a size."""
    @overload
    def expand(self, size: _int | Sequence[_int], *, out: Any = None) -> Tensor:
        """Broadcast to `size` without copying; -1 keeps a size."""
    def expand_as(self, other: Tensor, *, out: Any = None) -> Tensor:
        """Broadcast to the shape of `other`."""
    def expit(self, *, out: Any = None) -> Tensor:
        """1 / (1 + e^-x)."""
    def expit_(self) -> Tensor:
        """1 / (1 + e^-x)."""
    def expm1(self, *, out: Any = None) -> Tensor:
        """e^x - 1, accurate near 0."""
    def expm1_(self) -> Tensor:
        """e^x - 1, accurate near 0."""
    def exponential_(self, *args: Any, generator: Any = None, **named: Any) -> Tensor: ...
    def fill(self, value: Tensor | _Number, *, out: Any = None) -> Tensor:
        """`value` (a number or a 0-d tensor) everywhere."""
    def fill_(self, /, value: Any) -> Tensor: ...
    def fill_diagonal_(self, fill_value: Any, wrap: Any = False) -> Tensor:
        """Writes a number along the main diagonal; with `wrap`, again after each square of a tall matrix."""
    def fix(self, *, out: Any = None) -> Tensor:
        """Without the fraction."""
    def fix_(self) -> Tensor:
        """Without the fraction."""
    def flatten(self, start_dim: _int = 0, end_dim: _int = -1, *, out: Any = None) -> Tensor:
        """Dimensions `start_dim..=end_dim` made one."""
    @overload
    def flip(self, *dims: _int) -> Tensor:
        """The elements in reverse order along `dims`."""
    @overload
    def flip(self, dims: _int | Sequence[_int] | None, *, out: Any = None) -> Tensor:
        """The elements in reverse order along `dims`."""
    def fliplr(self, *, out: Any = None) -> Tensor:
        """The columns in reverse order."""
    def flipud(self, *, out: Any = None) -> Tensor:
        """The rows in reverse order."""
    def float(self, memory_format: Any = ...) -> Tensor:
        """The tensor in dtype torch.float32."""
    def float_power(self, exponent: Tensor | _Number, *, out: Any = None) -> Tensor:
        """input^exponent in double precision."""
    def float_power_(self, exponent: Tensor | _Number) -> Tensor:
        """input^exponent in double precision."""
    def floor(self, *, out: Any = None) -> Tensor:
        """The largest integer not above."""
    def floor_(self) -> Tensor:
        """The largest integer not above."""
    def floor_divide(self, other: Tensor | _Number, *, out: Any = None) -> Tensor:
        """The quotient rounded down (Python's `//`). It has no derivative; see `div_rounded`."""
    def floor_divide_(self, other: Tensor | _Number) -> Tensor:
        """The quotient rounded down (Python's `//`). It has no derivative; see `div_rounded`."""
    def fmax(self, other: Tensor, *, out: Any = None) -> Tensor:
        """The larger; the number where the other is NaN."""
    def fmax_(self, other: Tensor) -> Tensor:
        """The larger; the number where the other is NaN."""
    def fmin(self, other: Tensor, *, out: Any = None) -> Tensor:
        """The smaller; the number where the other is NaN."""
    def fmin_(self, other: Tensor) -> Tensor:
        """The smaller; the number where the other is NaN."""
    def fmod(self, other: Tensor | _Number, *, out: Any = None) -> Tensor:
        """The remainder of the division rounded to zero: it has the sign of `input` (C's `%`)."""
    def fmod_(self, other: Tensor | _Number) -> Tensor:
        """The remainder of the division rounded to zero: it has the sign of `input` (C's `%`)."""
    def frac(self, *, out: Any = None) -> Tensor:
        """The fraction, with the sign of the input."""
    def frac_(self) -> Tensor:
        """The fraction, with the sign of the input."""
    def frexp(self, *, out: Any = None) -> _frexp:
        """Mantissa (from 1/2 to 1) and exponent (int32) of input = mantissa · 2^exponent."""
    def full_like(self, fill_value: _Number, *, out: Any = None) -> Tensor:
        """`fill_value` everywhere, in the shape and dtype of `input`."""
    def gather(self, dim: _int, index: Tensor, *, out: Any = None) -> Tensor:
        """out[i][j][k] = input[index[i][j][k]][j][k] for dim 0, and likewise for the others. `index` may be smaller than `input` in the other dimensions."""
    def gcd(self, other: Tensor, *, out: Any = None) -> Tensor:
        """The greatest common divisor, not negative."""
    def gcd_(self, other: Tensor) -> Tensor:
        """The greatest common divisor, not negative."""
    def ge(self, other: Tensor | _Number, *, out: Any = None) -> Tensor:
        """input >= other."""
    def ge_(self, other: Tensor | _Number) -> Tensor:
        """input >= other."""
    def geometric_(self, *args: Any, generator: Any = None, **named: Any) -> Tensor: ...
    def geqrf(self, *, out: Any = None) -> _geqrf:
        """Householder's reflectors: R above the diagonal, their tails below it, and their factors."""
    def ger(self, vec2: Any) -> Any:
        """The older name of :func:`outer`."""
    def get_device(self) -> _int:
        """The number of its device; −1 for the CPU."""
    @property
    def grad(self) -> Tensor | None: ...
    @grad.setter
    def grad(self, value: Tensor | None) -> None: ...
    @property
    def grad_fn(self) -> Node | None: ...
    def greater(self, other: Tensor | _Number, *, out: Any = None) -> Tensor:
        """input > other."""
    def greater_(self, other: Tensor | _Number) -> Tensor:
        """input > other."""
    def greater_equal(self, other: Tensor | _Number, *, out: Any = None) -> Tensor:
        """input >= other."""
    def greater_equal_(self, other: Tensor | _Number) -> Tensor:
        """input >= other."""
    def gt(self, other: Tensor | _Number, *, out: Any = None) -> Tensor:
        """input > other."""
    def gt_(self, other: Tensor | _Number) -> Tensor:
        """input > other."""
    def half(self, memory_format: Any = ...) -> Tensor:
        """The tensor in dtype torch.float16."""
    def hardshrink(self, lambd: Any = 0.5) -> Tensor:
        """`torch.nn.functional.hardshrink`: zero between -lambd and lambd."""
    def has_names(self) -> _bool:
        """Whether dimensions have names: no."""
    def heaviside(self, values: Tensor, *, out: Any = None) -> Tensor:
        """0 below 0, `values` at 0, 1 above."""
    def heaviside_(self, values: Tensor) -> Tensor:
        """0 below 0, `values` at 0, 1 above."""
    def histc(self, bins: _int = 100, min: _Number = 0, max: _Number = 0, *, out: Any = None) -> Tensor:
        """How many elements lie in each of `bins` even bins from `min` to `max` (the range of the elements if both are equal)."""
    @overload
    def histogram(self, bins: _int = 100, *, range: Sequence[_float] | None = None, weight: Tensor | None = None, density: _bool = False, out: Any = None) -> _histogram:
        """Counts of all elements in `bins` even bins, and the bins' borders."""
    @overload
    def histogram(self, bins: Tensor, *, weight: Tensor | None = None, density: _bool = False, out: Any = None) -> _histogram:
        """Counts of all elements between given borders, and the borders."""
    @overload
    def hsplit(self, sections: _int, *, out: Any = None) -> tuple[Tensor, Tensor]:
        """Pieces side by side: along the second dimension, of a vector along the first."""
    @overload
    def hsplit(self, *indices: _int) -> tuple[Tensor, Tensor, Tensor]:
        """Pieces side by side: along the second dimension, of a vector along the first."""
    @overload
    def hsplit(self, indices: _int | Sequence[_int], *, out: Any = None) -> tuple[Tensor, Tensor, Tensor]:
        """Pieces side by side: along the second dimension, of a vector along the first."""
    def hypot(self, other: Tensor, *, out: Any = None) -> Tensor:
        """sqrt(input² + other²), without overflow."""
    def hypot_(self, other: Tensor) -> Tensor:
        """sqrt(input² + other²), without overflow."""
    def i0(self, *, out: Any = None) -> Tensor:
        """The modified Bessel function of order 0."""
    def i0_(self) -> Tensor:
        """The modified Bessel function of order 0."""
    def i0e(self, *, out: Any = None) -> Tensor:
        """e^-|x| · i0(x)."""
    def i0e_(self) -> Tensor:
        """e^-|x| · i0(x)."""
    def i1(self, *, out: Any = None) -> Tensor:
        """The modified Bessel function of order 1."""
    def i1_(self) -> Tensor:
        """The modified Bessel function of order 1."""
    def i1e(self, *, out: Any = None) -> Tensor:
        """e^-|x| · i1(x)."""
    def i1e_(self) -> Tensor:
        """e^-|x| · i1(x)."""
    def igamma(self, other: Tensor, *, out: Any = None) -> Tensor:
        """The regularized lower incomplete gamma function P(input, other)."""
    def igamma_(self, other: Tensor) -> Tensor:
        """The regularized lower incomplete gamma function P(input, other)."""
    def igammac(self, other: Tensor, *, out: Any = None) -> Tensor:
        """The regularized upper incomplete gamma function Q(input, other)."""
    def igammac_(self, other: Tensor) -> Tensor:
        """The regularized upper incomplete gamma function Q(input, other)."""
    @property
    def imag(self) -> Tensor: ...
    def index_add(self, dim: _int, index: Tensor, source: Tensor, *, alpha: _Number = 1, out: Any = None) -> Tensor:
        """`input` with `alpha` times the slices of `source` added at the indices of a vector along `dim`."""
    def index_add_(self, dim: _int, index: Tensor, source: Tensor, *, alpha: _Number = 1) -> Tensor:
        """`input` with `alpha` times the slices of `source` added at the indices of a vector along `dim`."""
    def index_copy(self, dim: _int, index: Tensor, source: Tensor, *, out: Any = None) -> Tensor:
        """`input` with the slices of `source` in place of those at the indices of a vector along `dim`."""
    def index_copy_(self, dim: _int, index: Tensor, source: Tensor) -> Tensor:
        """`input` with the slices of `source` in place of those at the indices of a vector along `dim`."""
    def index_fill(self, dim: _int, index: Tensor, value: Tensor | _Number, *, out: Any = None) -> Tensor:
        """`input` with `value` (a number or a 0-d tensor) in the slices at the indices of a vector along `dim`."""
    def index_fill_(self, dim: _int, index: Tensor, value: Tensor | _Number) -> Tensor:
        """`input` with `value` (a number or a 0-d tensor) in the slices at the indices of a vector along `dim`."""
    def index_put(self, indices: Any, values: Any, accumulate: Any = False) -> Tensor:
        """The tensor with `values` at `indices`, added there if `accumulate`."""
    def index_put_(self, indices: Any, values: Any, accumulate: Any = False) -> Tensor:
        """Writes `values` at `indices`, or adds them there if `accumulate`."""
    def index_reduce(self, dim: _int, index: Tensor, source: Tensor, reduce: _str, *, include_self: _bool = True, out: Any = None) -> Tensor:
        """`super::scatter_reduce` by whole slices along `dim`: `reduce` is "prod", "mean", "amax" or "amin"."""
    def index_reduce_(self, dim: _int, index: Tensor, source: Tensor, reduce: _str, *, include_self: _bool = True) -> Tensor:
        """`super::scatter_reduce` by whole slices along `dim`: `reduce` is "prod", "mean", "amax" or "amin"."""
    def index_select(self, dim: _int, index: Tensor, *, out: Any = None) -> Tensor:
        """The slices of `input` along `dim` at the indices of a vector."""
    def indices(self) -> Any: ...
    def inner(self, other: Tensor, *, out: Any = None) -> Tensor:
        """Sums of products over the last dimension of both; a 0-d tensor multiplies."""
    def int(self, memory_format: Any = ...) -> Tensor:
        """The tensor in dtype torch.int32."""
    def inverse(self, *, out: Any = None) -> Tensor:
        """`linalg_inv` by its old name."""
    def is_coalesced(self) -> Any: ...
    def is_complex(self, /) -> _bool: ...
    def is_conj(self) -> _bool:
        """Whether conjugation is pending: never; it is done at once."""
    def is_contiguous(self, memory_format: Any = ...) -> _bool:
        """Whether it lies dense in memory in this order."""
    @property
    def is_cpu(self) -> Any: ...
    @property
    def is_cuda(self) -> Any: ...
    def is_distributed(self) -> Any:
        """Whether parts lie on other machines: no."""
    def is_floating_point(self, /) -> _bool: ...
    def is_inference(self, /) -> _bool:
        """Whether it was made in inference mode."""
    @property
    def is_ipu(self) -> Any: ...
    @property
    def is_leaf(self) -> _bool: ...
    @property
    def is_maia(self) -> Any: ...
    @property
    def is_meta(self) -> Any: ...
    @property
    def is_mkldnn(self) -> Any: ...
    @property
    def is_mps(self) -> Any: ...
    @property
    def is_mtia(self) -> Any: ...
    def is_neg(self) -> _bool:
        """Whether negation is pending: never."""
    @property
    def is_nested(self) -> Any: ...
    def is_nonzero(self) -> _bool:
        """Whether the only element is not zero."""
    def is_pinned(self, device: Any = None) -> _bool:
        """Whether its memory is pinned: no."""
    @property
    def is_quantized(self) -> Any: ...
    def is_same_size(self, other: Any) -> _bool:
        """Whether both have the same sizes."""
    def is_set_to(self, /, other: Any) -> _bool:
        """The very same tensor underneath."""
    def is_shared(self) -> _bool:
        """Whether processes share its memory: no."""
    def is_signed(self, /) -> _bool: ...
    @property
    def is_sparse(self) -> Any: ...
    @property
    def is_sparse_csr(self) -> Any: ...
    @property
    def is_vulkan(self) -> Any: ...
    @property
    def is_xla(self) -> Any: ...
    @property
    def is_xpu(self) -> Any: ...
    def isclose(self, other: Tensor, rtol: _float = 1e-05, atol: _float = 1e-08, equal_nan: _bool = False, *, out: Any = None) -> Tensor:
        """|input - other| ≤ atol + rtol · |other|, or equal (infinities too), or both NaN with `equal_nan`."""
    def isfinite(self, *, out: Any = None) -> Tensor:
        """Neither infinite nor NaN."""
    def isfinite_(self) -> Tensor:
        """Neither infinite nor NaN."""
    def isinf(self, *, out: Any = None) -> Tensor:
        """+inf or -inf; of a complex number, either part."""
    def isnan(self, *, out: Any = None) -> Tensor:
        """Not a number."""
    def isnan_(self) -> Tensor:
        """Not a number."""
    def isneginf(self, *, out: Any = None) -> Tensor:
        """-inf."""
    def isposinf(self, *, out: Any = None) -> Tensor:
        """+inf."""
    def isreal(self, *, out: Any = None) -> Tensor:
        """No imaginary part."""
    def istft(self, n_fft: _int, hop_length: _int | None = None, win_length: _int | None = None, window: Tensor | None = None, center: _bool = True, normalized: _bool = False, onesided: _bool | None = None, length: _int | None = None, return_complex: _bool = False, *, out: Any = None) -> Tensor:
        """The signal of which this is the short-time Fourier transform: the inverse of `stft`, by least squares."""
    def item(self, /) -> _int | _float | _bool | _complex: ...
    @property
    def itemsize(self) -> _int: ...
    def kron(self, other: Tensor, *, out: Any = None) -> Tensor:
        """The Kronecker product: each element of `input` times all of `other`."""
    def kthvalue(self, k: _int, dim: _int = -1, keepdim: _bool = False, *, out: Any = None) -> _kthvalue:
        """The `k`-th smallest element (from 1) along `dim`, and where it is."""
    @property
    def layout(self) -> Any: ...
    def lcm(self, other: Tensor, *, out: Any = None) -> Tensor:
        """The least common multiple, not negative."""
    def lcm_(self, other: Tensor) -> Tensor:
        """The least common multiple, not negative."""
    def ldexp(self, other: Tensor, *, out: Any = None) -> Tensor:
        """input · 2^other."""
    def ldexp_(self, other: Tensor) -> Tensor:
        """input · 2^other."""
    def le(self, other: Tensor | _Number, *, out: Any = None) -> Tensor:
        """input <= other."""
    def le_(self, other: Tensor | _Number) -> Tensor:
        """input <= other."""
    def lerp(self, end: Tensor, weight: Tensor | _Number, *, out: Any = None) -> Tensor:
        """input + weight · (end - input)."""
    def lerp_(self, end: Tensor, weight: Tensor | _Number) -> Tensor:
        """input + weight · (end - input)."""
    def less(self, other: Tensor | _Number, *, out: Any = None) -> Tensor:
        """input < other."""
    def less_(self, other: Tensor | _Number) -> Tensor:
        """input < other."""
    def less_equal(self, other: Tensor | _Number, *, out: Any = None) -> Tensor:
        """input <= other."""
    def less_equal_(self, other: Tensor | _Number) -> Tensor:
        """input <= other."""
    def lgamma(self, *, out: Any = None) -> Tensor:
        """log |Γ(x)|."""
    def lgamma_(self) -> Tensor:
        """log |Γ(x)|."""
    def log(self, *, out: Any = None) -> Tensor:
        """The natural logarithm."""
    def log10(self, *, out: Any = None) -> Tensor:
        """The logarithm to base 10."""
    def log10_(self) -> Tensor:
        """The logarithm to base 10."""
    def log1p(self, *, out: Any = None) -> Tensor:
        """log(1 + x), accurate near 0."""
    def log1p_(self) -> Tensor:
        """log(1 + x), accurate near 0."""
    def log2(self, *, out: Any = None) -> Tensor:
        """The logarithm to base 2."""
    def log2_(self) -> Tensor:
        """The logarithm to base 2."""
    def log_(self) -> Tensor:
        """The natural logarithm."""
    def log_ndtr(self, *, out: Any = None) -> Tensor:
        """log(ndtr(x)), without underflow."""
    def log_ndtr_(self) -> Tensor:
        """log(ndtr(x)), without underflow."""
    def log_normal_(self, *args: Any, generator: Any = None, **named: Any) -> Tensor: ...
    def log_softmax(self, dim: _int, dtype: _dtype | None = None, *, out: Any = None) -> Tensor:
        """log(softmax(x)) along `dim`, without the intermediate."""
    def logaddexp(self, other: Tensor, *, out: Any = None) -> Tensor:
        """log(e^input + e^other), without overflow."""
    def logaddexp2(self, other: Tensor, *, out: Any = None) -> Tensor:
        """log2(2^input + 2^other), without overflow."""
    def logaddexp2_(self, other: Tensor) -> Tensor:
        """log2(2^input + 2^other), without overflow."""
    def logcumsumexp(self, dim: _int, *, out: Any = None) -> Tensor:
        """ln Σ exp of the elements up to each one along `dim`."""
    def logdet(self, *, out: Any = None) -> Tensor:
        """The logarithm of the determinant; NaN where that is negative."""
    def logical_and(self, other: Tensor, *, out: Any = None) -> Tensor:
        """Both not zero."""
    def logical_and_(self, other: Tensor) -> Tensor:
        """Both not zero."""
    def logical_not(self, *, out: Any = None) -> Tensor:
        """Zero."""
    def logical_not_(self) -> Tensor:
        """Zero."""
    def logical_or(self, other: Tensor, *, out: Any = None) -> Tensor:
        """Either not zero."""
    def logical_or_(self, other: Tensor) -> Tensor:
        """Either not zero."""
    def logical_xor(self, other: Tensor, *, out: Any = None) -> Tensor:
        """Exactly one not zero."""
    def logical_xor_(self, other: Tensor) -> Tensor:
        """Exactly one not zero."""
    def logit(self, eps: _float | None = None, *, out: Any = None) -> Tensor:
        """log(x / (1 - x)), of x clamped to `eps` and 1 - `eps` if given; the inverse of sigmoid."""
    def logit_(self, eps: _float | None = None) -> Tensor:
        """log(x / (1 - x)), of x clamped to `eps` and 1 - `eps` if given; the inverse of sigmoid."""
    def logsumexp(self, dim: _int | Sequence[_int] | None, keepdim: _bool = False, *, out: Any = None) -> Tensor:
        """log Σ exp(x) over `dim`, without overflow."""
    def long(self, memory_format: Any = ...) -> Tensor:
        """The tensor in dtype torch.int64."""
    def lt(self, other: Tensor | _Number, *, out: Any = None) -> Tensor:
        """input < other."""
    def lt_(self, other: Tensor | _Number) -> Tensor:
        """input < other."""
    def lu(self, pivot: _bool = True, get_infos: _bool = False, *, out: Any = None) -> tuple[Tensor, Tensor]:
        """`lu_factor` in its old form: both triangles, pivots, and (if asked for) where a pivot is zero."""
    def lu_solve(self, LU_data: Tensor, LU_pivots: Tensor, *, out: Any = None) -> Tensor:
        """`linalg_lu_solve` by its old name: B first."""
    @property
    def mH(self) -> Tensor: ...
    @property
    def mT(self) -> Tensor: ...
    def map2_(self, x: Any, y: Any, f: Any) -> Tensor:
        """Calls `f` with every three numbers, those of the tensor first, and writes what it returns."""
    def map_(self, other: Any, f: Any) -> Tensor:
        """Calls `f` with every two numbers and writes what it returns."""
    def masked_fill(self, mask: Tensor, value: Tensor | _Number, *, out: Any = None) -> Tensor:
        """`value` (a number or a 0-d tensor) where the mask is true, the input elsewhere."""
    def masked_fill_(self, mask: Tensor, value: Tensor | _Number) -> Tensor:
        """`value` (a number or a 0-d tensor) where the mask is true, the input elsewhere."""
    def masked_scatter(self, mask: Tensor, source: Tensor, *, out: Any = None) -> Tensor:
        """`input` with the elements of `source`, in their order, where `mask` (broadcast) is true."""
    def masked_scatter_(self, mask: Tensor, source: Tensor) -> Tensor:
        """`input` with the elements of `source`, in their order, where `mask` (broadcast) is true."""
    def masked_select(self, mask: Tensor, *, out: Any = None) -> Tensor:
        """The elements of `input` where `mask` is true, both broadcast, as a vector."""
    def matmul(self, other: Tensor, *, out: Any = None) -> Tensor:
        """`input @ other` with NumPy's rules: vectors, matrices, batches that broadcast."""
    def matrix_exp(self, *, out: Any = None) -> Tensor:
        """`linalg_matrix_exp` by its old name."""
    def matrix_power(self, n: _int, *, out: Any = None) -> Tensor:
        """`linalg_matrix_power` by its old name."""
    @overload
    def max(self, *, out: Any = None) -> Tensor:
        """The largest of all elements."""
    @overload
    def max(self, other: Tensor, *, out: Any = None) -> Tensor:
        """The larger of two: `maximum`."""
    @overload
    def max(self, dim: _int, keepdim: _bool = False, *, out: Any = None) -> _max:
        """The largest elements along `dim`, and their (first) places."""
    def maximum(self, other: Tensor, *, out: Any = None) -> Tensor:
        """The larger; NaN where either is NaN."""
    def maximum_(self, other: Tensor) -> Tensor:
        """The larger; NaN where either is NaN."""
    def mean(self, dim: _int | Sequence[_int] | None = None, keepdim: _bool = False, dtype: _dtype | None = None, *, out: Any = None) -> Tensor:
        """The mean over `dim` (all dimensions if none), of floats or complex numbers."""
    @overload
    def median(self, *, out: Any = None) -> Tensor:
        """The median of all elements: the lower of two; NaN if there is one."""
    @overload
    def median(self, dim: _int = -1, keepdim: _bool = False, *, out: Any = None) -> _median:
        """The median along `dim` (the lower of two; NaN if there is one), and where it is."""
    @overload
    def min(self, *, out: Any = None) -> Tensor:
        """The smallest of all elements."""
    @overload
    def min(self, other: Tensor, *, out: Any = None) -> Tensor:
        """The smaller of two: `minimum`."""
    @overload
    def min(self, dim: _int, keepdim: _bool = False, *, out: Any = None) -> _min:
        """The smallest elements along `dim`, and their (first) places."""
    def minimum(self, other: Tensor, *, out: Any = None) -> Tensor:
        """The smaller; NaN where either is NaN."""
    def minimum_(self, other: Tensor) -> Tensor:
        """The smaller; NaN where either is NaN."""
    def mm(self, mat2: Tensor, *, out: Any = None) -> Tensor:
        """The product of two matrices."""
    def mode(self, dim: _int = -1, keepdim: _bool = False, *, out: Any = None) -> _mode:
        """The most frequent element along `dim` (the smallest of several), and its last place."""
    def module_load(self, other: Any, assign: Any = False) -> Any:
        """What a parameter becomes when `other` is loaded into it: itself with other numbers, or `other` with `assign`."""
    def moveaxis(self, source: _int | Sequence[_int], destination: _int | Sequence[_int], *, out: Any = None) -> Tensor:
        """Dimensions `source` moved to the places `destination`; the others keep their order."""
    def movedim(self, source: _int | Sequence[_int], destination: _int | Sequence[_int], *, out: Any = None) -> Tensor:
        """Dimensions `source` moved to the places `destination`; the others keep their order."""
    def msort(self, *, out: Any = None) -> Tensor:
        """The elements along dimension 0 in ascending order."""
    def mul(self, other: Tensor | _Number, *, out: Any = None) -> Tensor:
        """input * other."""
    def mul_(self, other: Tensor | _Number) -> Tensor:
        """input * other."""
    def multinomial(self, num_samples: Any, replacement: Any = False, *, generator: Any = None, out: Any = None) -> Tensor:
        """Numbers of categories, by the weights in the last dimension: [*, num_samples]."""
    def multiply(self, other: Tensor | _Number, *, out: Any = None) -> Tensor:
        """input * other."""
    def multiply_(self, other: Tensor | _Number) -> Tensor:
        """input * other."""
    def mv(self, vec: Tensor, *, out: Any = None) -> Tensor:
        """The product of a matrix and a vector."""
    def mvlgamma(self, p: _int, *, out: Any = None) -> Tensor:
        """The log of the multivariate gamma function of dimension `p`."""
    def mvlgamma_(self, p: _int) -> Tensor:
        """The log of the multivariate gamma function of dimension `p`."""
    @property
    def names(self) -> Any: ...
    def nan_to_num(self, nan: _float | None = None, posinf: _float | None = None, neginf: _float | None = None, *, out: Any = None) -> Tensor:
        """NaN and infinities replaced by numbers: 0, and the largest and the lowest number of the dtype, unless given."""
    def nan_to_num_(self, nan: _float | None = None, posinf: _float | None = None, neginf: _float | None = None) -> Tensor:
        """NaN and infinities replaced by numbers: 0, and the largest and the lowest number of the dtype, unless given."""
    def nanmean(self, dim: _int | Sequence[_int] | None = None, keepdim: _bool = False, dtype: _dtype | None = None, *, out: Any = None) -> Tensor:
        """The mean over `dim` of the elements that are not NaN."""
    @overload
    def nanmedian(self, *, out: Any = None) -> Tensor:
        """The median of the elements that are not NaN."""
    @overload
    def nanmedian(self, dim: _int = -1, keepdim: _bool = False, *, out: Any = None) -> _nanmedian:
        """The median along `dim` of the elements that are not NaN, and where it is."""
    @overload
    def nanquantile(self, q: Tensor, dim: _int | None = None, keepdim: _bool = False, *, interpolation: _str = 'linear', out: Any = None) -> Tensor:
        """The q-quantiles of the elements that are not NaN."""
    @overload
    def nanquantile(self, q: _float, dim: _int | None = None, keepdim: _bool = False, *, interpolation: _str = 'linear', out: Any = None) -> Tensor:
        """The q-quantiles of the elements that are not NaN."""
    def nansum(self, dim: _int | Sequence[_int] | None = None, keepdim: _bool = False, dtype: _dtype | None = None, *, out: Any = None) -> Tensor:
        """The sum over `dim`, NaN counted as 0."""
    @overload
    def narrow(self, dim: _int, start: _int, length: _int, *, out: Any = None) -> Tensor:
        """`start..start + length` along `dim`."""
    @overload
    def narrow(self, dim: _int, start: Tensor, length: _int, *, out: Any = None) -> Tensor:
        """`narrow` from where a 0-d tensor says."""
    def narrow_copy(self, dim: Any, start: Any, length: Any) -> Tensor:
        """A copy of `narrow`."""
    @property
    def nbytes(self) -> _int: ...
    @property
    def ndim(self) -> _int: ...
    def ndimension(self, /) -> _int: ...
    def ndtr(self, *, out: Any = None) -> Tensor:
        """The probability that a standard normal number is not above x."""
    def ndtr_(self) -> Tensor:
        """The probability that a standard normal number is not above x."""
    def ndtri(self, *, out: Any = None) -> Tensor:
        """The inverse of `ndtr`."""
    def ndtri_(self) -> Tensor:
        """The inverse of `ndtr`."""
    def ne(self, other: Tensor | _Number, *, out: Any = None) -> Tensor:
        """input != other."""
    def ne_(self, other: Tensor | _Number) -> Tensor:
        """input != other."""
    def neg(self, *, out: Any = None) -> Tensor:
        """-input."""
    def neg_(self) -> Tensor:
        """-input."""
    def negative(self, *, out: Any = None) -> Tensor:
        """-input."""
    def negative_(self) -> Tensor:
        """-input."""
    def nelement(self, /) -> _int: ...
    def new(self, *args: Any) -> Tensor:
        """The older way to make tensors of this dtype."""
    def new_empty(self, *size: Any, dtype: Any = None, device: Any = None, requires_grad: Any = False, layout: Any = None, pin_memory: Any = False, **named: Any) -> Tensor:
        """`torch.empty` in the dtype of this tensor."""
    def new_empty_strided(self, *size: Any, dtype: Any = None, device: Any = None, requires_grad: Any = False, layout: Any = None, pin_memory: Any = False, **named: Any) -> Tensor:
        """`torch.empty_strided` in the dtype of this tensor."""
    def new_full(self, *size: Any, dtype: Any = None, device: Any = None, requires_grad: Any = False, layout: Any = None, pin_memory: Any = False, **named: Any) -> Tensor:
        """`torch.full` in the dtype of this tensor."""
    def new_ones(self, *size: Any, dtype: Any = None, device: Any = None, requires_grad: Any = False, layout: Any = None, pin_memory: Any = False, **named: Any) -> Tensor:
        """`torch.ones` in the dtype of this tensor."""
    def new_tensor(self, data: Any, *, dtype: Any = None, device: Any = None, requires_grad: Any = False, layout: Any = None, pin_memory: Any = False) -> Tensor:
        """A tensor of `data` in the dtype of this one."""
    def new_zeros(self, *size: Any, dtype: Any = None, device: Any = None, requires_grad: Any = False, layout: Any = None, pin_memory: Any = False, **named: Any) -> Tensor:
        """`torch.zeros` in the dtype of this tensor."""
    def nextafter(self, other: Tensor, *, out: Any = None) -> Tensor:
        """The next float after `input` in the direction of `other`."""
    def nextafter_(self, other: Tensor) -> Tensor:
        """The next float after `input` in the direction of `other`."""
    def nonzero(self, *, as_tuple: Any = False) -> Tensor: ...
    def nonzero_static(self, *, size: _int, fill_value: _int = -1, out: Any = None) -> Tensor:
        """The first `size` rows of `nonzero`, filled up with `fill_value`."""
    @overload
    def norm(self, p: _float = 2, *, out: Any = None) -> Tensor:
        """The p-norm of all elements."""
    @overload
    def norm(self, p: _float = 2, dim: _int | Sequence[_int] | None = None, keepdim: _bool = False, *, out: Any = None) -> Tensor:
        """The p-norm over `dim` (all dimensions if none)."""
    @overload
    def norm(self, p: _str, dim: _int | Sequence[_int] | None = None, keepdim: _bool = False, dtype: _dtype | None = None, *, out: Any = None) -> Tensor:
        """`torch.norm` by name: "fro" over any dimensions, "nuc" over two."""
    def normal_(self, *args: Any, generator: Any = None, **named: Any) -> Tensor: ...
    def normalize(self, p: _float = 2.0, dim: _int = 1, eps: _float = 1e-12, *, out: Any = None) -> Tensor:
        """x / max(‖x‖, eps) along `dim`."""
    def not_equal(self, other: Tensor | _Number, *, out: Any = None) -> Tensor:
        """input != other."""
    def not_equal_(self, other: Tensor | _Number) -> Tensor:
        """input != other."""
    def numel(self, /) -> _int: ...
    def numpy(self, *, force: Any = False) -> Any:
        """A NumPy array over the same memory."""
    def one_hot(self, num_classes: _int = -1, *, out: Any = None) -> Tensor:
        """Rows of zeros with a one at each class index: a new last dimension of `num_classes` (−1: one more than the largest)."""
    def ones_like(self, *, out: Any = None) -> Tensor:
        """Ones of the shape and dtype of `input`."""
    def orgqr(self, input2: Tensor, *, out: Any = None) -> Tensor:
        """`householder_product` by its old name."""
    def ormqr(self, input2: Tensor, input3: Tensor, left: _bool = True, transpose: _bool = False, *, out: Any = None) -> Tensor:
        """The product of the reflectors (or its adjoint, with `transpose`) times `other`, from the `left` or the right."""
    def outer(self, vec2: Tensor, *, out: Any = None) -> Tensor:
        """The outer product of two vectors."""
    @property
    def output_nr(self) -> _int: ...
    @overload
    def permute(self, *dims: _int) -> Tensor:
        """The dimensions in the order `dims`."""
    @overload
    def permute(self, dims: _int | Sequence[_int], *, out: Any = None) -> Tensor:
        """The dimensions in the order `dims`."""
    def pin_memory(self, device: Any = None) -> Tensor:
        """Accepted: the CPU needs no pinned memory."""
    def pinverse(self, rcond: _float = 1e-15, *, out: Any = None) -> Tensor:
        """`linalg_pinv` by its old name."""
    def polygamma(self, n: _int, *, out: Any = None) -> Tensor:
        """The derivative of order `n` of digamma, as a method."""
    def polygamma_(self, n: _int) -> Tensor:
        """The derivative of order `n` of digamma, as a method."""
    def positive(self, *, out: Any = None) -> Tensor:
        """The tensor itself; bools are refused."""
    def pow(self, exponent: Tensor | _Number, *, out: Any = None) -> Tensor:
        """input^exponent; tensors or a number. Integers to a negative number are refused."""
    def pow_(self, exponent: Tensor | _Number) -> Tensor:
        """input^exponent; tensors or a number. Integers to a negative number are refused."""
    def prelu(self, weight: Tensor, *, out: Any = None) -> Tensor:
        """x above 0, weight · x below; one weight, or one per channel (dimension 1)."""
    def prod(self, dim: _int | None = None, keepdim: _bool = False, dtype: _dtype | None = None, *, out: Any = None) -> Tensor:
        """The product over `dim` (one dimension, or all). Integers give int64 unless a `dtype` is given."""
    def put(self, index: Tensor, source: Tensor, accumulate: _bool = False, *, out: Any = None) -> Tensor:
        """`input` with the elements of `source` at the places `index` of the flattened tensor."""
    def put_(self, index: Tensor, source: Tensor, accumulate: _bool = False) -> Tensor:
        """`input` with the elements of `source` at the places `index` of the flattened tensor."""
    @overload
    def quantile(self, q: Tensor, dim: _int | None = None, keepdim: _bool = False, *, interpolation: _str = 'linear', out: Any = None) -> Tensor:
        """The q-quantiles along `dim` (of all elements without one), between neighbours by `interpolation`."""
    @overload
    def quantile(self, q: _float, dim: _int | None = None, keepdim: _bool = False, *, interpolation: _str = 'linear', out: Any = None) -> Tensor:
        """The q-quantiles along `dim` (of all elements without one), between neighbours by `interpolation`."""
    def rad2deg(self, *, out: Any = None) -> Tensor:
        """Radians as degrees."""
    def rad2deg_(self) -> Tensor:
        """Radians as degrees."""
    def random_(self, *bounds: Any, generator: Any = None, **named: Any) -> Tensor:
        """Integers uniform in [from, to)."""
    def ravel(self, *, out: Any = None) -> Tensor:
        """All elements in a row."""
    @property
    def real(self) -> Tensor: ...
    def reciprocal(self, *, out: Any = None) -> Tensor:
        """1 / input."""
    def reciprocal_(self) -> Tensor:
        """1 / input."""
    def register_hook(self, /, hook: Any) -> RemovableHandle: ...
    def register_post_accumulate_grad_hook(self, /, hook: Any) -> RemovableHandle: ...
    def relu(self, *, out: Any = None) -> Tensor:
        """max(0, x)."""
    def relu_(self) -> Tensor:
        """max(0, x)."""
    def remainder(self, other: Tensor | _Number, *, out: Any = None) -> Tensor:
        """The remainder of the division rounded down: it has the sign of `other` (Python's `%`)."""
    def remainder_(self, other: Tensor | _Number) -> Tensor:
        """The remainder of the division rounded down: it has the sign of `other` (Python's `%`)."""
    def renorm(self, p: _Number, dim: _int, maxnorm: _Number, *, out: Any = None) -> Tensor:
        """Slices along `dim` whose p-norm is above `maxnorm` scaled down to it."""
    def renorm_(self, p: _Number, dim: _int, maxnorm: _Number) -> Tensor:
        """Slices along `dim` whose p-norm is above `maxnorm` scaled down to it."""
    @overload
    def repeat(self, *repeats: _int) -> Tensor:
        """Copies of the tensor side by side, `repeats` of them along each dimension (new ones in front)."""
    @overload
    def repeat(self, repeats: _int | Sequence[_int], *, out: Any = None) -> Tensor:
        """Copies of the tensor side by side, `repeats` of them along each dimension (new ones in front)."""
    @overload
    def repeat_interleave(self, repeats: _int, dim: _int | None = None, *, output_size: _int | None = None, out: Any = None) -> Tensor:
        """Each element (along `dim`, or of the flattened tensor) `repeats` times."""
    @overload
    def repeat_interleave(self, repeats: Tensor, dim: _int | None = None, *, output_size: _int | None = None, out: Any = None) -> Tensor:
        """Each element (along `dim`, or of the flattened tensor) as often as the vector `repeats` says."""
    @property
    def requires_grad(self) -> _bool: ...
    @requires_grad.setter
    def requires_grad(self, value: _bool) -> None: ...
    def requires_grad_(self, /, requires_grad: Any = True) -> Tensor: ...
    @overload
    def reshape(self, *shape: _int) -> Tensor:
        """The same elements in another shape: a view where there is one, else a copy. One size may be -1."""
    @overload
    def reshape(self, shape: _int | Sequence[_int], *, out: Any = None) -> Tensor:
        """The same elements in another shape: a view where there is one, else a copy. One size may be -1."""
    def reshape_as(self, other: Any) -> Tensor:
        """The elements in the shape of `other`."""
    def resize(self, *sizes: Any) -> Any:
        """The numbers in another shape, which has as many."""
    def resize_(self, /, *sizes: Any) -> Tensor: ...
    def resize_as(self, tensor: Any) -> Any:
        """The numbers in the shape of another tensor."""
    def resize_as_(self, other: Any, memory_format: Any = None) -> Tensor:
        """Gives it the sizes of `other`."""
    def resolve_conj(self, *, out: Any = None) -> Tensor:
        """`conj`: conjugates are never put off here."""
    def resolve_neg(self) -> Tensor:
        """The tensor itself: nothing is pending."""
    def retain_grad(self, /) -> None: ...
    @property
    def retains_grad(self) -> Any: ...
    def roll(self, shifts: _int | Sequence[_int], dims: _int | Sequence[_int] = [], *, out: Any = None) -> Tensor:
        """The elements moved on by `shifts` along `dims`; what falls off comes in at the other end. Without `dims` the flattened tensor is rolled."""
    def rot90(self, k: _int = 1, dims: _int | Sequence[_int] = [0, 1], *, out: Any = None) -> Tensor:
        """The tensor turned by `k` quarters from the first of `dims` towards the second."""
    def round(self, *, decimals: _int = 0, out: Any = None) -> Tensor:
        """The nearest number with `decimals` decimal places, ties to even."""
    def round_(self, *, decimals: _int = 0) -> Tensor:
        """The nearest number with `decimals` decimal places, ties to even."""
    def rsqrt(self, *, out: Any = None) -> Tensor:
        """1 / sqrt(input)."""
    def rsqrt_(self) -> Tensor:
        """1 / sqrt(input)."""
    def rsub(self, other: Tensor | _Number, alpha: _Number = 1, *, out: Any = None) -> Tensor:
        """other - alpha · input."""
    @overload
    def scatter(self, dim: _int, index: Tensor, src: Tensor | _Number, *, out: Any = None) -> Tensor:
        """`input` with `src` (a tensor or a number) at the places of `index` along `dim`."""
    @overload
    def scatter(self, dim: _int, index: Tensor, src: Tensor | _Number, *, reduce: _str, out: Any = None) -> Tensor:
        """`scatter` that adds or multiplies ("add", "multiply")."""
    @overload
    def scatter(self, dim: _int, index: Tensor, *, value: _Number, out: Any = None) -> Tensor:
        """`scatter` of a number that is named."""
    @overload
    def scatter_(self, dim: _int, index: Tensor, src: Tensor | _Number) -> Tensor:
        """`input` with `src` (a tensor or a number) at the places of `index` along `dim`."""
    @overload
    def scatter_(self, dim: _int, index: Tensor, src: Tensor | _Number, *, reduce: _str) -> Tensor:
        """`scatter` that adds or multiplies ("add", "multiply")."""
    @overload
    def scatter_(self, dim: _int, index: Tensor, *, value: _Number) -> Tensor:
        """`scatter` of a number that is named."""
    def scatter_add(self, dim: _int, index: Tensor, src: Tensor, *, out: Any = None) -> Tensor:
        """`input` with `src` added at the places of `index` along `dim`."""
    def scatter_add_(self, dim: _int, index: Tensor, src: Tensor) -> Tensor:
        """`input` with `src` added at the places of `index` along `dim`."""
    def scatter_reduce(self, dim: _int, index: Tensor, src: Tensor, reduce: _str, *, include_self: _bool = True, out: Any = None) -> Tensor:
        """`input` with the values of `src` folded in at the places of `index` along `dim`: `reduce` is "sum", "prod", "mean", "amax" or "amin". Without `include_self` the elements of `input` that are folded into do not count themselves."""
    def scatter_reduce_(self, dim: _int, index: Tensor, src: Tensor, reduce: _str, *, include_self: _bool = True) -> Tensor:
        """`input` with the values of `src` folded in at the places of `index` along `dim`: `reduce` is "sum", "prod", "mean", "amax" or "amin". Without `include_self` the elements of `input` that are folded into do not count themselves."""
    def select(self, dim: _int, index: _int, *, out: Any = None) -> Tensor:
        """Index `index` along `dim`, which disappears."""
    def select_scatter(self, src: Tensor, dim: _int, index: _int, *, out: Any = None) -> Tensor:
        """`input` with `src` at one place along `dim`."""
    def set_(self, source: Any = None, storage_offset: Any = 0, size: Any = None, stride: Any = None) -> Tensor:
        """Shows other memory from now on."""
    def sgn(self, *, out: Any = None) -> Tensor:
        """The sign; of a complex number, the number divided by its absolute value (0 for 0)."""
    def sgn_(self) -> Tensor:
        """The sign; of a complex number, the number divided by its absolute value (0 for 0)."""
    @property
    def shape(self) -> Size: ...
    def share_memory_(self) -> Tensor:
        """Accepted: threads share tensors as they are."""
    def short(self, memory_format: Any = ...) -> Tensor:
        """The tensor in dtype torch.int16."""
    def sigmoid(self, *, out: Any = None) -> Tensor:
        """1 / (1 + e^-x)."""
    def sigmoid_(self) -> Tensor:
        """1 / (1 + e^-x)."""
    def sign(self, *, out: Any = None) -> Tensor:
        """-1, 0 or 1; 0 for NaN."""
    def sign_(self) -> Tensor:
        """-1, 0 or 1; 0 for NaN."""
    def signbit(self, *, out: Any = None) -> Tensor:
        """The sign bit is set: below 0, or -0."""
    def signbit_(self) -> Tensor:
        """The sign bit is set: below 0, or -0."""
    def sin(self, *, out: Any = None) -> Tensor:
        """The sine."""
    def sin_(self) -> Tensor:
        """The sine."""
    def sinc(self, *, out: Any = None) -> Tensor:
        """sin(πx) / (πx), 1 at 0."""
    def sinc_(self) -> Tensor:
        """sin(πx) / (πx), 1 at 0."""
    def sinh(self, *, out: Any = None) -> Tensor:
        """The hyperbolic sine."""
    def sinh_(self) -> Tensor:
        """The hyperbolic sine."""
    def size(self, /, dim: Any = None) -> Any: ...
    def slice(self, dim: _int = 0, start: _int | None = None, end: _int | None = None, step: _int = 1, *, out: Any = None) -> Tensor:
        """`start..end` by `step` along `dim`, with Python's rules for negative and too large bounds."""
    def slice_scatter(self, src: Tensor, dim: _int = 0, start: _int | None = None, end: _int | None = None, step: _int = 1, *, out: Any = None) -> Tensor:
        """`input` with `src` over a slice along `dim`."""
    def slogdet(self, *, out: Any = None) -> _slogdet:
        """`linalg_slogdet` by its old name."""
    def softmax(self, dim: _int, dtype: _dtype | None = None, *, out: Any = None) -> Tensor:
        """exp(x) / Σ exp(x) along `dim`."""
    def softmin(self, dim: _int, dtype: _dtype | None = None, *, out: Any = None) -> Tensor:
        """exp(-x) / Σ exp(-x) along `dim`."""
    def sort(self, dim: _int = -1, descending: _bool = False, stable: _bool = False, *, out: Any = None) -> _sort:
        """The elements along `dim` in ascending (or `descending`) order, and where each was. Equal elements always keep their order, whether `stable` asks for it or not; NaN counts as the greatest."""
    def sparse_dim(self) -> Any:
        """Dimensions whose places are listed: none of a dense tensor."""
    def sparse_mask(self, mask: Any) -> Any:
        """The elements at the places of a sparse tensor, as a sparse tensor."""
    @overload
    def split(self, split_size_or_sections: _int, dim: _int = 0, *, out: Any = None) -> tuple[Tensor, ...]:
        """Pieces of `split_size` along `dim`; the last may be smaller."""
    @overload
    def split(self, split_size_or_sections: _int | Sequence[_int], dim: _int = 0, *, out: Any = None) -> tuple[Tensor, ...]:
        """Pieces of the given sizes along `dim`, which together make up the dimension."""
    def split_with_sizes(self, split_sizes: _int | Sequence[_int], dim: _int = 0, *, out: Any = None) -> tuple[Tensor, Tensor, Tensor]:
        """Pieces of the given sizes along `dim`, which together make up the dimension."""
    def sqrt(self, *, out: Any = None) -> Tensor:
        """The square root."""
    def sqrt_(self) -> Tensor:
        """The square root."""
    def square(self, *, out: Any = None) -> Tensor:
        """input²; bools become int64."""
    def square_(self) -> Tensor:
        """input²; bools become int64."""
    @overload
    def squeeze(self, *dim: _int) -> Tensor:
        """Without the dimensions of size 1 (all of them, or those of `dim` that have size 1)."""
    @overload
    def squeeze(self, dim: _int | Sequence[_int] | None = None, *, out: Any = None) -> Tensor:
        """Without the dimensions of size 1 (all of them, or those of `dim` that have size 1)."""
    def squeeze_(self, *args: Any, **kwargs: Any) -> Tensor:
        """`squeeze`, shown by this tensor from now on."""
    def std(self, dim: Any = None, unbiased: Any = None, keepdim: Any = False, *, correction: Any = None, out: Any = None, **aliases: Any) -> Tensor:
        """The root of the variance."""
    def std_mean(self, dim: Any = None, unbiased: Any = None, keepdim: Any = False, *, correction: Any = None, out: Any = None, **aliases: Any) -> Tensor:
        """Standard deviation and mean."""
    def stft(self, n_fft: _int, hop_length: _int | None = None, win_length: _int | None = None, window: Tensor | None = None, center: _bool = True, pad_mode: _str = 'reflect', normalized: _bool = False, onesided: _bool | None = None, return_complex: _bool | None = None, *, out: Any = None) -> Tensor:
        """The Fourier transforms of frames of `n_fft` points, `hop_length` apart, times `window`: [.., frequencies, frames]."""
    def storage(self) -> Any:
        """The memory that it is a window of, as elements of its dtype."""
    def storage_offset(self, /) -> _int: ...
    def stride(self, /, dim: Any = None) -> Any: ...
    @overload
    def sub(self, other: Tensor | _Number, *, out: Any = None) -> Tensor:
        """input - other."""
    @overload
    def sub(self, other: Tensor | _Number, alpha: _Number = 1, *, out: Any = None) -> Tensor:
        """input - alpha · other."""
    @overload
    def sub_(self, other: Tensor | _Number) -> Tensor:
        """input - other."""
    @overload
    def sub_(self, other: Tensor | _Number, alpha: _Number = 1) -> Tensor:
        """input - alpha · other."""
    def subtract(self, other: Tensor | _Number, *, out: Any = None) -> Tensor:
        """input - other."""
    def subtract_(self, other: Tensor | _Number) -> Tensor:
        """input - other."""
    def sum(self, dim: _int | Sequence[_int] | None = None, keepdim: _bool = False, dtype: _dtype | None = None, *, out: Any = None) -> Tensor:
        """The sum over `dim` (all dimensions if none). Integers give int64 unless a `dtype` is given."""
    @overload
    def sum_to_size(self, *size: _int) -> Tensor:
        """Summed down to a shape that broadcasts to the tensor's."""
    @overload
    def sum_to_size(self, size: _int | Sequence[_int], *, out: Any = None) -> Tensor:
        """Summed down to a shape that broadcasts to the tensor's."""
    def svd(self, some: _bool = True, compute_uv: _bool = True, *, out: Any = None) -> _svd:
        """Singular values by the old name: V and not its adjoint, and zeros in place of vectors without `compute_uv`."""
    def swapaxes(self, axis0: _int, axis1: _int, *, out: Any = None) -> Tensor:
        """`transpose` by NumPy's name."""
    def swapaxes_(self, *args: Any, **kwargs: Any) -> Tensor:
        """`swapaxes`, shown by this tensor from now on."""
    def swapdims(self, axis0: _int, axis1: _int, *, out: Any = None) -> Tensor:
        """`transpose` by NumPy's name."""
    def swapdims_(self, *args: Any, **kwargs: Any) -> Tensor:
        """`swapaxes`, shown by this tensor from now on."""
    def t(self, *, out: Any = None) -> Tensor:
        """The transpose of a matrix; tensors with fewer dimensions as they are."""
    def t_(self, *args: Any, **kwargs: Any) -> Tensor:
        """`t`, shown by this tensor from now on."""
    def take(self, index: Tensor, *, out: Any = None) -> Tensor:
        """The elements of the flattened tensor at `index`, in the shape of `index`."""
    def take_along_dim(self, indices: Tensor, dim: _int | None = None, *, out: Any = None) -> Tensor:
        """`gather` with `input` and `indices` broadcast against each other except along `dim`; from both flattened without one."""
    def tan(self, *, out: Any = None) -> Tensor:
        """The tangent."""
    def tan_(self) -> Tensor:
        """The tangent."""
    def tanh(self, *, out: Any = None) -> Tensor:
        """The hyperbolic tangent."""
    def tanh_(self) -> Tensor:
        """The hyperbolic tangent."""
    @overload
    def tensor_split(self, indices_or_sections: _int, dim: _int = 0, *, out: Any = None) -> tuple[Tensor, ...]:
        """`sections` pieces along `dim` whose sizes differ by at most one, the larger first."""
    @overload
    def tensor_split(self, indices_or_sections: _int | Sequence[_int], dim: _int = 0, *, out: Any = None) -> tuple[Tensor, ...]:
        """The pieces between the places `indices` along `dim`, by Python's rules for bounds."""
    @overload
    def tensor_split(self, tensor_indices_or_sections: Tensor, dim: _int = 0, *, out: Any = None) -> tuple[Tensor, Tensor, Tensor]:
        """`tensor_split` by a tensor: a 0-d one is a number of sections, a vector the places."""
    def tensordot(self, other: Tensor, dims: _int = 2, *, out: Any = None) -> Tensor:
        """The product over the last `dims` dimensions of `input` and the first of `other`."""
    @overload
    def tile(self, *dims: _int) -> Tensor:
        """`repeat` that fills up missing counts with ones in front."""
    @overload
    def tile(self, dims: _int | Sequence[_int], *, out: Any = None) -> Tensor:
        """`repeat` that fills up missing counts with ones in front."""
    def to(self, *args: Any, **kwargs: Any) -> Tensor:
        """The tensor in another dtype or on another device: `to(dtype)`, `to(device)`, `to(device, dtype)`, `to(other)`."""
    def to_dense(self, dtype: Any = None, *, masked_grad: Any = None) -> Any:
        """The tensor itself: it is dense."""
    def to_sparse(self, sparse_dim: Any = None, *, layout: Any = None, blocksize: Any = None, dense_dim: Any = None) -> Any:
        """The tensor by the places of its elements that are not zero."""
    def to_sparse_coo(self) -> Any:
        """As a sparse tensor: the elements that are not zero, with their places."""
    def tolist(self, /) -> Any: ...
    def topk(self, k: _int, dim: _int = -1, largest: _bool = True, sorted: _bool = True, *, out: Any = None) -> _topk:
        """The `k` largest (or smallest) elements along `dim`, and where they are. They are always given in order, and among equals the first ones are chosen."""
    def trace(self, *, out: Any = None) -> Tensor:
        """The sum of the diagonal of a matrix."""
    def transpose(self, dim0: _int, dim1: _int, *, out: Any = None) -> Tensor:
        """Dimensions `dim0` and `dim1` swapped."""
    def transpose_(self, *args: Any, **kwargs: Any) -> Tensor:
        """`transpose`, shown by this tensor from now on."""
    def triangular_solve(self, A: Tensor, upper: _bool = True, transpose: _bool = False, unitriangular: _bool = False, *, out: Any = None) -> _triangular_solve:
        """`solve_triangular` in its old form: the solution, and the matrix."""
    def tril(self, diagonal: _int = 0, *, out: Any = None) -> Tensor:
        """The lower triangle of the last two dimensions, up to `diagonal`; zeros above."""
    def tril_(self, diagonal: _int = 0) -> Tensor:
        """The lower triangle of the last two dimensions, up to `diagonal`; zeros above."""
    def triu(self, diagonal: _int = 0, *, out: Any = None) -> Tensor:
        """The upper triangle of the last two dimensions, from `diagonal` on; zeros below."""
    def triu_(self, diagonal: _int = 0) -> Tensor:
        """The upper triangle of the last two dimensions, from `diagonal` on; zeros below."""
    def true_divide(self, other: Tensor | _Number, *, out: Any = None) -> Tensor:
        """input / other, rounded to no integer: integers become the default float."""
    def true_divide_(self, other: Tensor | _Number) -> Tensor:
        """input / other, rounded to no integer: integers become the default float."""
    def trunc(self, *, out: Any = None) -> Tensor:
        """Without the fraction."""
    def trunc_(self) -> Tensor:
        """Without the fraction."""
    def type(self, dtype: Any = None, non_blocking: Any = False, **kwargs: Any) -> Any:
        """The name of the tensor's type, or the tensor in another one."""
    def type_as(self, other: Any) -> Tensor:
        """The tensor in the dtype of `other`."""
    def unbind(self, dim: _int = 0, *, out: Any = None) -> tuple[Tensor, Tensor, Tensor]:
        """The slices along `dim`, without it."""
    def unflatten(self, dim: _int, sizes: _int | Sequence[_int], *, out: Any = None) -> Tensor:
        """Dimension `dim` split into `sizes`; one of them may be -1."""
    def unfold(self, dimension: _int, size: _int, step: _int, *, out: Any = None) -> Tensor:
        """All windows of `size` elements, `step` apart, along `dimension`; the window is a new last dimension."""
    def uniform_(self, *args: Any, generator: Any = None, **named: Any) -> Tensor: ...
    def unique(self, sorted: Any = True, return_inverse: Any = False, return_counts: Any = False, dim: Any = None) -> Any:
        """The distinct elements (or slices along `dim`), where each went, and how often each is there."""
    def unique_consecutive(self, return_inverse: Any = False, return_counts: Any = False, dim: Any = None) -> Any:
        """The elements (or slices along `dim`) without repetitions of neighbours, where each went, and the lengths of the runs."""
    def unsafe_chunk(self, chunks: _int, dim: _int = 0, *, out: Any = None) -> tuple[Tensor, Tensor, Tensor]:
        """`chunk` whose pieces may be written one by one: copies here."""
    def unsafe_split(self, split_size: _int, dim: _int = 0, *, out: Any = None) -> tuple[Tensor, Tensor, Tensor]:
        """`split` whose pieces may be written one by one: copies here."""
    def unsafe_split_with_sizes(self, split_sizes: _int | Sequence[_int], dim: _int = 0, *, out: Any = None) -> tuple[Tensor, Tensor]:
        """`split_with_sizes` whose pieces may be written one by one: copies here."""
    def unsqueeze(self, dim: _int, *, out: Any = None) -> Tensor:
        """With a dimension of size 1 put in at `dim`."""
    def unsqueeze_(self, *args: Any, **kwargs: Any) -> Tensor:
        """`unsqueeze`, shown by this tensor from now on."""
    def untyped_storage(self) -> Any:
        """The memory that it is a window of, as bytes."""
    def values(self) -> Any: ...
    def var(self, dim: Any = None, unbiased: Any = None, keepdim: Any = False, *, correction: Any = None, out: Any = None, **aliases: Any) -> Tensor:
        """The variance over `dim`, divided by the count less `correction` (1 if none is given)."""
    def var_mean(self, dim: Any = None, unbiased: Any = None, keepdim: Any = False, *, correction: Any = None, out: Any = None, **aliases: Any) -> Tensor:
        """Variance and mean."""
    def vdot(self, other: Tensor, *, out: Any = None) -> Tensor:
        """Σ conj(input) · other of two vectors."""
    def vector_norm(self, ord: _float = 2, dim: _int | Sequence[_int] | None = None, keepdim: _bool = False, *, dtype: _dtype | None = None, out: Any = None) -> Tensor:
        """(Σ |x|^ord)^(1/ord) over `dim`; the largest magnitude for infinity, the smallest for −infinity, the number of elements that are not zero for 0."""
    @overload
    def view(self, *size: _int) -> Tensor:
        """The same elements in another shape, without copying; one size may be -1."""
    @overload
    def view(self, size: _int | Sequence[_int], *, out: Any = None) -> Tensor:
        """The same elements in another shape, without copying; one size may be -1."""
    @overload
    def view(self, dtype: _dtype, *, out: Any = None) -> Tensor:
        """The same bytes as elements of another dtype: the last dimension, whose elements lie side by side, becomes longer or shorter where their sizes differ. No gradient flows through it."""
    def view_as(self, other: Any) -> Tensor:
        """The same elements in the shape of `other`."""
    def view_as_complex(self, *, out: Any = None) -> Tensor:
        """A view of pairs along the last dimension (of size 2) as complex numbers."""
    def view_as_real(self, *, out: Any = None) -> Tensor:
        """A view with a last dimension of size 2: real and imaginary part."""
    @overload
    def vsplit(self, sections: _int, *, out: Any = None) -> tuple[Tensor, Tensor]:
        """Pieces one under the other."""
    @overload
    def vsplit(self, *indices: _int) -> tuple[Tensor, Tensor, Tensor]:
        """Pieces one under the other."""
    @overload
    def vsplit(self, indices: _int | Sequence[_int], *, out: Any = None) -> tuple[Tensor, Tensor, Tensor]:
        """Pieces one under the other."""
    def where(self, condition: Any, other: Any) -> Tensor: ...
    def xlog1py(self, other: Tensor | _Number, *, out: Any = None) -> Tensor:
        """input · log(1 + other); 0 where the input is 0, NaN where `other` is NaN."""
    def xlog1py_(self, other: Tensor | _Number) -> Tensor:
        """input · log(1 + other); 0 where the input is 0, NaN where `other` is NaN."""
    def xlogy(self, other: Tensor | _Number, *, out: Any = None) -> Tensor:
        """input · log(other); 0 where the input is 0, NaN where `other` is NaN."""
    def xlogy_(self, other: Tensor | _Number) -> Tensor:
        """input · log(other); 0 where the input is 0, NaN where `other` is NaN."""
    def zero_(self, /) -> Tensor: ...
    def zeros_like(self, *, out: Any = None) -> Tensor:
        """Zeros of the shape and dtype of `input`."""
    def zeta(self, other: Tensor | _Number, *, out: Any = None) -> Tensor:
        """The Hurwitz zeta function Σ (k + other)^-input."""
    def zeta_(self, other: Tensor | _Number) -> Tensor:
        """The Hurwitz zeta function Σ (k + other)^-input."""

class ArrayView:
    def __new__(cls, *args: Any, **kwargs: Any) -> Any: ...
    @property
    def __array_interface__(self) -> Any: ...

class Callable:
    def __new__(cls, *args: Any, **kwargs: Any) -> Any: ...
    def __call__(self, /, *args: Any, **kwargs: Any) -> Any: ...
    def __getattribute__(self, name: Any, /) -> Any: ...
    def _find(self, /, name: Any) -> Any:
        """`Module.__getattr__`: an entry of the tables."""
    def _forget(self, /) -> Any:
        """Says that the module has another `__dict__`."""

class DisableTorchFunction(_Silence):
    ...

class DisableTorchFunctionSubclass(_Silence):
    ...

class Forward:
    def __new__(cls, *args: Any, **kwargs: Any) -> Any: ...
    def __call__(self, /, *args: Any, **kwargs: Any) -> Any: ...
    def __get__(self, instance: Any, owner: Any = None, /) -> Any: ...
    @property
    def __name__(self) -> Any: ...
    def __repr__(self, /) -> _str: ...
    @property
    def __text_signature__(self) -> Any: ...

class Generator:
    def __new__(cls, *args: Any, **kwargs: Any) -> Any: ...
    def __repr__(self, /) -> _str: ...
    @property
    def device(self) -> Any: ...
    def get_state(self, /) -> Any: ...
    def initial_seed(self, /) -> Any: ...
    def manual_seed(self, /, seed: Any) -> Any: ...
    def seed(self, /) -> Any: ...
    def set_state(self, /, state: Any) -> Any: ...

class LinAlgError(RuntimeError):
    ...

class Mode:
    def __new__(cls, *args: Any, **kwargs: Any) -> Any: ...
    def enter(self, /) -> Any: ...
    def exit(self, /) -> Any: ...

class Node:
    def __new__(cls, *args: Any, **kwargs: Any) -> Any: ...
    def __repr__(self, /) -> _str: ...
    def name(self, /) -> Any: ...
    @property
    def next_functions(self) -> Any: ...
    def register_hook(self, /, hook: Any) -> Any:
        """Calls `hook(grad_inputs, grad_outputs)` when the derivative has run; it may return other gradients of the inputs."""
    def register_prehook(self, /, hook: Any) -> Any:
        """Calls `hook(grad_outputs)` before the derivative runs; it may return other gradients."""

class Overridable:
    def __new__(cls, *args: Any, **kwargs: Any) -> Any: ...
    def __call__(self, /, *args: Any, **kwargs: Any) -> Any: ...
    def __eq__(self, value: Any, /) -> Any: ...  # type: ignore
    def __ge__(self, value: Any, /) -> Any: ...
    def __get__(self, instance: Any, owner: Any = None, /) -> Any: ...
    def __getattribute__(self, name: Any, /) -> Any: ...
    def __gt__(self, value: Any, /) -> Any: ...
    def __hash__(self, /) -> _int: ...
    def __le__(self, value: Any, /) -> Any: ...
    def __lt__(self, value: Any, /) -> Any: ...
    def __ne__(self, value: Any, /) -> Any: ...  # type: ignore
    def __repr__(self, /) -> _str: ...
    @property
    def __wrapped__(self) -> Any: ...

class OverridableProperty:
    def __new__(cls, *args: Any, **kwargs: Any) -> Any: ...
    def __delete__(self, instance: Any, /) -> Any: ...
    def __get__(self, instance: Any, owner: Any = None, /) -> Any: ...
    def __getattribute__(self, name: Any, /) -> Any: ...
    def __repr__(self, /) -> _str: ...
    def __set__(self, instance: Any, value: Any, /) -> Any: ...

class PackedTensor:
    def __new__(cls, *args: Any, **kwargs: Any) -> Any: ...
    def unpack(self, /) -> Any: ...

class RemovableHandle:
    def __new__(cls, *args: Any, **kwargs: Any) -> Any: ...
    def __enter__(self, /) -> Any: ...
    def __exit__(self, /, *_args: Any) -> Any: ...
    def remove(self, /) -> Any: ...

class SavedTensorsHooks:
    def __new__(cls, *args: Any, **kwargs: Any) -> Any: ...
    def enter(self, /) -> Any: ...
    def exit(self, /) -> Any: ...

class device:
    def __new__(cls, *args: Any, **kwargs: Any) -> Any: ...
    def __eq__(self, value: Any, /) -> Any: ...  # type: ignore
    def __ge__(self, value: Any, /) -> Any: ...
    def __gt__(self, value: Any, /) -> Any: ...
    def __hash__(self, /) -> _int: ...
    def __le__(self, value: Any, /) -> Any: ...
    def __lt__(self, value: Any, /) -> Any: ...
    def __ne__(self, value: Any, /) -> Any: ...  # type: ignore
    def __repr__(self, /) -> _str: ...
    def __str__(self, /) -> Any: ...
    @property
    def index(self) -> Any: ...
    @property
    def type(self) -> Any: ...

class dtype:
    def __new__(cls, *args: Any, **kwargs: Any) -> Any: ...
    def __repr__(self, /) -> _str: ...
    @property
    def is_complex(self) -> Any: ...
    @property
    def is_floating_point(self) -> Any: ...
    @property
    def is_signed(self) -> Any: ...
    @property
    def itemsize(self) -> Any: ...
    def to_complex(self, /) -> Any: ...
    def to_real(self, /) -> Any: ...

_dtype = dtype
_device = device
def activate_overrides(refusal: Any) -> Any:
    """Lets classes and modes be asked from now on. `refusal(function, classes, mode)` gives the text for what nobody answered."""
def adam_group(group: Any, state: Any) -> Any:
    """One step of Adam on a group. Answers whether the kernels know all of its dtypes; if not, nothing was done."""
def apply_function(name: Any, outputs: Any, backward: Any, saved: Any, inputs: Any) -> Any:
    """Records what a function of Python's made of `inputs`: `backward` takes the outputs whose bits are in `saved` (`None` for the others) and the gradients of all outputs, and returns those of the inputs."""
def arange(start: Any, end: Any, step: Any, dtype_: Any) -> Any:
    """`start`, `start + step`, … below `end`."""
def backward(tensors: Any, grad_tensors: Any, retain_graph: Any, create_graph: Any, inputs: Any) -> Any:
    """Adds the gradients of `tensors` to the `grad` of the leaves."""
def bernoulli(input: Any, generator_: Any) -> Any:
    """Ones with these probabilities, and zeros."""
bfloat16: dtype
bool: dtype
def can_cast(*args: Any, **kwargs: Any) -> Any: ...
def chain(modules: Any, input: Any) -> Any:
    """What modules make of an input, one after the other."""
def check_device(device: Any) -> Any: ...
complex128: dtype
complex64: dtype
def default_generator() -> Any:
    """The default generator."""
def draw(name: Any, size: Any, bounds: Any, dtype_: Any, generator_: Any) -> Any:
    """Random tensors by the name of the distribution: `rand`, `randn`, `randint` (low, high) and `randperm`."""
def draw_over(name: Any, target: Any, numbers: Any, generator_: Any) -> Any:
    """Writes random numbers over a tensor, by the name of the distribution and its numbers."""
def events(name: Any, tensors: Any, generator_: Any) -> Any:
    """Random numbers that tensors are the parameters of, or how such numbers move with them."""
float16: dtype
float32: dtype
float64: dtype
def from_dlpack(capsule: Any) -> Any:
    """A tensor over the memory that a capsule describes."""
def from_numpy(array: Any) -> Any:
    """`torch.from_numpy`."""
def full(size: Any, value: Any, dtype_: Any) -> Any:
    """Every element the same."""
def function_modes() -> Any:
    """The modes of this thread, the innermost last."""
def get_default_dtype() -> Any: ...
def get_num_threads() -> Any: ...
def grad(outputs: Any, inputs: Any, grad_outputs: Any, retain_graph: Any, create_graph: Any, allow_unused: Any) -> Any:
    """The gradients of `outputs` with respect to `inputs`, `None` where there are none."""
def index_put(input: Any, key: Any, values: Any, accumulate: Any) -> Any:
    """Writes `values` at places given by tensors, or adds them there."""
int16: dtype
int32: dtype
int64: dtype
int8: dtype
def is_anomaly_enabled() -> Any:
    """Whether errors of a backward pass name the op of the forward."""
def is_grad_enabled() -> Any:
    """Whether ops are recorded now."""
def is_inference_mode_enabled() -> Any:
    """Whether tensors are made that take no part in autograd."""
def load(path: Any, mmap: Any) -> Any:
    """What a model file of any format holds; what is no data is an error that names it. With `mmap` tensors are views of the file, which refuse to be written in place."""
def manual_seed(seed: Any) -> Any:
    """Seeds the default generator and returns it."""
def multinomial(input: Any, num_samples: Any, replacement: Any, generator_: Any) -> Any:
    """Numbers of categories, by the weights in the last dimension."""
def overriding(relevant: Any) -> Any:
    """The classes among these objects that may answer now, and whether a mode may."""
def pack_saved(tensor: Any) -> Any:
    """What the hooks for saved tensors make of `tensor`; `None` where there are none."""
def pop_function_mode() -> Any: ...
def promote_types(a: Any, b: Any) -> Any: ...
def push_function_mode(mode: Any) -> Any: ...
def put_to_overrides(function: Any, classes: Any, args: Any, kwargs: Any) -> Any:
    """Puts a call to the innermost mode and to these classes."""
def random_over(*args: Any, **kwargs: Any) -> Any:
    """Writes integers over a tensor, uniform in [from, to)."""
def registry(returns: Any) -> Any:
    """Everything that the registry has: `(module, name, function)` for what is called, with module `"Tensor"` for methods. `returns` makes the class of results that have names."""
def remove_grads(groups: Any) -> Any:
    """Removes the gradients of all parameters in these lists."""
def result_type(a: Any, b: Any) -> Any: ...
def save(object: Any, path: Any) -> Any:
    """Writes a file of PyTorch's format."""
def save_safetensors(tensors: Any, path: Any, metadata: Any) -> Any:
    """Writes tensors, each under its name, as a safetensors file."""
def set_autocast(dtype: Any) -> Any:
    """Sets the smaller dtype, or none."""
def set_default_dtype(dtype: Any) -> Any: ...
def set_grad_enabled(on: Any) -> Any:
    """Sets whether ops are recorded, until it is set again. Returns what was."""
def set_no_answer(function: Any, dispatch: Any) -> Any:
    """Says which functions stand for `__torch_function__` and `__torch_dispatch__` in classes that do not answer."""
def set_num_threads(n: Any) -> Any: ...
def set_of_all_modules(hooks: Any, bases: Any) -> Any:
    """Says what all modules have: their hooks, and the classes that `Module` is made of."""
def set_printoptions(precision: Any, threshold: Any, edgeitems: Any, linewidth: Any, profile: Any, sci_mode: Any) -> Any: ...
def set_size_class(*args: Any, **kwargs: Any) -> Any:
    """Says which class shapes are of."""
def set_thread_generator(generator: Any) -> Any:
    """Gives this thread a default generator of its own, or with `None` the program's again."""
def sgd_group(group: Any, state: Any) -> Any:
    """One step of SGD on a group. Answers whether the kernels know all of its dtypes; if not, nothing was done."""
def signatures() -> Any:
    """Every function of the registry: its name and place, signature, kinds of parameters, samples and documentation."""
def silence_overrides(who: Any) -> Any:
    """Sets who may not answer in this thread: 0 nobody, 1 classes, 2 neither classes nor modes. Gives what was before."""
def tensor(data: Any, dtype_: Any = None) -> Any:
    """A tensor of Python's data."""
def tensor_bytes(tensor: Any) -> Any:
    """The elements' bytes, row by row."""
def tensor_from_bytes(bytes: Any, dtype: Any, shape: Any) -> Any:
    """A tensor of a copy of these bytes."""
def tensor_storage(tensor: Any, dtype: Any) -> Any:
    """All of the memory that a tensor is a window of, as a vector of this dtype over the same memory."""
def to_dlpack(tensor: Any, versioned: Any, copied: Any) -> Any:
    """A capsule over a tensor's memory; `copied` says that the tensor is a copy made for it."""
uint8: dtype
def zeros(size: Any, dtype_: Any) -> Any:
    """Zeros; `None` stands for the default dtype."""

class _aminmax(NamedTuple):
    min: Tensor
    max: Tensor

class _cholesky_ex(NamedTuple):
    L: Tensor
    info: Tensor

class _cummax(NamedTuple):
    values: Tensor
    indices: Tensor

class _cummin(NamedTuple):
    values: Tensor
    indices: Tensor

class _eig(NamedTuple):
    eigenvalues: Tensor
    eigenvectors: Tensor

class _eigh(NamedTuple):
    eigenvalues: Tensor
    eigenvectors: Tensor

class _frexp(NamedTuple):
    mantissa: Tensor
    exponent: Tensor

class _geqrf(NamedTuple):
    a: Tensor
    tau: Tensor

class _histogram(NamedTuple):
    hist: Tensor
    bin_edges: Tensor

class _inv_ex(NamedTuple):
    inverse: Tensor
    info: Tensor

class _kthvalue(NamedTuple):
    values: Tensor
    indices: Tensor

class _ldl_factor(NamedTuple):
    LD: Tensor
    pivots: Tensor

class _ldl_factor_ex(NamedTuple):
    LD: Tensor
    pivots: Tensor
    info: Tensor

class _lstsq(NamedTuple):
    solution: Tensor
    residuals: Tensor
    rank: Tensor
    singular_values: Tensor

class _lu(NamedTuple):
    P: Tensor
    L: Tensor
    U: Tensor

class _lu_factor(NamedTuple):
    LU: Tensor
    pivots: Tensor

class _lu_factor_ex(NamedTuple):
    LU: Tensor
    pivots: Tensor
    info: Tensor

class _lu_unpack(NamedTuple):
    P: Tensor
    L: Tensor
    U: Tensor

class _max(NamedTuple):
    values: Tensor
    indices: Tensor

class _median(NamedTuple):
    values: Tensor
    indices: Tensor

class _min(NamedTuple):
    values: Tensor
    indices: Tensor

class _mode(NamedTuple):
    values: Tensor
    indices: Tensor

class _nanmedian(NamedTuple):
    values: Tensor
    indices: Tensor

class _qr(NamedTuple):
    Q: Tensor
    R: Tensor

class _slogdet(NamedTuple):
    sign: Tensor
    logabsdet: Tensor

class _solve_ex(NamedTuple):
    result: Tensor
    info: Tensor

class _sort(NamedTuple):
    values: Tensor
    indices: Tensor

class _svd(NamedTuple):
    U: Tensor
    S: Tensor
    V: Tensor

class _topk(NamedTuple):
    values: Tensor
    indices: Tensor

class _triangular_solve(NamedTuple):
    solution: Tensor
    cloned_coefficient: Tensor

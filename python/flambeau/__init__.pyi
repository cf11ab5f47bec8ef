"""Written by python/stubs.py."""

from collections.abc import Sequence
from typing import Any, overload
from builtins import bool as _bool, complex as _complex, float as _float, int as _int, str as _str

from ._C import Generator as Generator, Tensor as Tensor, _device, _dtype, _Number, _aminmax, _cummax, _cummin, _frexp, _geqrf, _histogram, _kthvalue, _lu_unpack, _max, _median, _min, _mode, _nanmedian, _slogdet, _sort, _svd, _topk, _triangular_solve
from . import accelerator as accelerator
from . import amp as amp
from . import autograd as autograd
from . import backends as backends
from . import compiler as compiler
from . import cpu as cpu
from . import cuda as cuda
from . import distributions as distributions
from . import fft as fft
from . import func as func
from . import jit as jit
from . import linalg as linalg
from . import masked as masked
from . import mps as mps
from . import mtia as mtia
from . import nn as nn
from . import ops as ops
from . import optim as optim
from . import overrides as overrides
from . import random as random
from . import return_types as return_types
from . import serialization as serialization
from . import signal as signal
from . import sparse as sparse
from . import special as special
from . import storage as storage
from . import testing as testing
from . import utils as utils
from . import version as version
from . import xpu as xpu
from .storage import BFloat16Storage as BFloat16Storage
from ._tensor_types import BFloat16Tensor as BFloat16Tensor
from .storage import BoolStorage as BoolStorage
from ._tensor_types import BoolTensor as BoolTensor
from .storage import ByteStorage as ByteStorage
from ._tensor_types import ByteTensor as ByteTensor
from .storage import CharStorage as CharStorage
from ._tensor_types import CharTensor as CharTensor
from .storage import ComplexDoubleStorage as ComplexDoubleStorage
from .storage import ComplexFloatStorage as ComplexFloatStorage
from .storage import DoubleStorage as DoubleStorage
from ._tensor_types import DoubleTensor as DoubleTensor
from .cuda import Event as Event
from .storage import FloatStorage as FloatStorage
from ._tensor_types import FloatTensor as FloatTensor
from .amp import GradScaler as GradScaler
from .storage import HalfStorage as HalfStorage
from ._tensor_types import HalfTensor as HalfTensor
from .storage import IntStorage as IntStorage
from ._tensor_types import IntTensor as IntTensor
from .storage import LongStorage as LongStorage
from ._tensor_types import LongTensor as LongTensor
from .storage import ShortStorage as ShortStorage
from ._tensor_types import ShortTensor as ShortTensor
from .cuda import Stream as Stream
from .storage import TypedStorage as TypedStorage
from .storage import UntypedStorage as UntypedStorage
from .amp import autocast as autocast
from .amp import autocast_decrement_nesting as autocast_decrement_nesting
from .amp import autocast_increment_nesting as autocast_increment_nesting
from .nn.functional import celu_ as celu_
from .amp import clear_autocast_cache as clear_autocast_cache
from .compiler import compile as compile
from .random import fork_rng as fork_rng
from .amp import get_autocast_cpu_dtype as get_autocast_cpu_dtype
from .amp import get_autocast_dtype as get_autocast_dtype
from .amp import get_autocast_gpu_dtype as get_autocast_gpu_dtype
from ._settings import get_deterministic_debug_mode as get_deterministic_debug_mode
from ._settings import get_device_module as get_device_module
from .random import get_rng_state as get_rng_state
from ._settings import has_cuda as has_cuda
from ._settings import has_cudnn as has_cudnn
from ._settings import has_lapack as has_lapack
from ._settings import has_mkl as has_mkl
from ._settings import has_mkldnn as has_mkldnn
from ._settings import has_mps as has_mps
from ._settings import has_openmp as has_openmp
from ._settings import has_spectral as has_spectral
from .random import initial_seed as initial_seed
from .autograd.anomaly_mode import is_anomaly_check_nan_enabled as is_anomaly_check_nan_enabled
from .autograd.anomaly_mode import is_anomaly_enabled as is_anomaly_enabled
from .amp import is_autocast_cache_enabled as is_autocast_cache_enabled
from .amp import is_autocast_cpu_enabled as is_autocast_cpu_enabled
from .amp import is_autocast_enabled as is_autocast_enabled
from ._settings import is_deterministic_algorithms_warn_only_enabled as is_deterministic_algorithms_warn_only_enabled
from ._settings import is_warn_always_enabled as is_warn_always_enabled
from .serialization import load as load
from .nn.functional import rrelu_ as rrelu_
from .serialization import save as save
from .random import seed as seed
from .nn.functional import selu_ as selu_
from .autograd.anomaly_mode import set_anomaly_enabled as set_anomaly_enabled
from .amp import set_autocast_cache_enabled as set_autocast_cache_enabled
from .amp import set_autocast_cpu_dtype as set_autocast_cpu_dtype
from .amp import set_autocast_cpu_enabled as set_autocast_cpu_enabled
from .amp import set_autocast_dtype as set_autocast_dtype
from .amp import set_autocast_enabled as set_autocast_enabled
from .amp import set_autocast_gpu_dtype as set_autocast_gpu_dtype
from ._settings import set_deterministic_debug_mode as set_deterministic_debug_mode
from .random import set_rng_state as set_rng_state
from ._settings import set_warn_always as set_warn_always
from .sparse import sparse_coo_tensor as sparse_coo_tensor
from ._symbols import sym_float as sym_float
from ._symbols import sym_int as sym_int
from ._symbols import sym_ite as sym_ite
from ._symbols import sym_max as sym_max
from ._symbols import sym_min as sym_min
from ._symbols import sym_not as sym_not
from ._symbols import sym_sqrt as sym_sqrt
from ._symbols import sym_sum as sym_sum
from .nn.functional import threshold_ as threshold_
from .func import vmap as vmap
from ._types import Size as Size
from ._overrides import adjoint as adjoint
from ._factory import are_deterministic_algorithms_enabled as are_deterministic_algorithms_enabled
from ._overrides import atleast_1d as atleast_1d
from ._overrides import atleast_2d as atleast_2d
from ._overrides import atleast_3d as atleast_3d
from ._C import bfloat16 as bfloat16
from ._factory import binomial as binomial
from ._overrides import block_diag as block_diag
from ._C import bool as bool
from ._overrides import broadcast_shapes as broadcast_shapes
from ._overrides import broadcast_tensors as broadcast_tensors
from ._overrides import cartesian_prod as cartesian_prod
from ._types import channels_last as channels_last
from ._types import channels_last_3d as channels_last_3d
from ._C import complex128 as complex128
from ._C import complex64 as complex64
from ._types import contiguous_format as contiguous_format
from ._factory import default_generator as default_generator
from ._C import device as device
from ._C import dtype as dtype
from ._types import e as e
from ._grad_mode import enable_grad as enable_grad
from ._overrides import fill_ as fill_
from ._types import finfo as finfo
from ._C import float16 as float16
from ._C import float32 as float32
from ._C import float64 as float64
from ._factory import from_file as from_file
from ._C import from_numpy as from_numpy
from ._overrides import ger as ger
from ._types import get_default_device as get_default_device
from ._factory import get_float32_matmul_precision as get_float32_matmul_precision
from ._factory import get_num_interop_threads as get_num_interop_threads
from ._overrides import histogramdd as histogramdd
from ._types import iinfo as iinfo
from ._types import inf as inf
from ._grad_mode import inference_mode as inference_mode
from ._C import int16 as int16
from ._C import int32 as int32
from ._C import int64 as int64
from ._C import int8 as int8
from ._C import is_grad_enabled as is_grad_enabled
from ._C import is_inference_mode_enabled as is_inference_mode_enabled
from ._types import layout as layout
from ._types import memory_format as memory_format
from ._overrides import meshgrid as meshgrid
from ._types import nan as nan
from ._types import newaxis as newaxis
from ._grad_mode import no_grad as no_grad
from ._overrides import nonzero as nonzero
from ._types import pi as pi
from ._factory import poisson as poisson
from ._types import preserve_format as preserve_format
from ._overrides import resize_as_ as resize_as_
from ._types import set_default_device as set_default_device
from ._types import set_default_dtype as set_default_dtype
from ._types import set_default_tensor_type as set_default_tensor_type
from ._factory import set_float32_matmul_precision as set_float32_matmul_precision
from ._factory import set_flush_denormal as set_flush_denormal
from ._grad_mode import set_grad_enabled as set_grad_enabled
from ._factory import set_num_interop_threads as set_num_interop_threads
from ._factory import set_num_threads as set_num_threads
from ._factory import set_printoptions as set_printoptions
from ._types import sparse_coo as sparse_coo
from ._types import sparse_csr as sparse_csr
from ._overrides import split as split
from ._overrides import std_mean as std_mean
from ._types import strided as strided
from ._C import uint8 as uint8
from ._overrides import unique as unique
from ._overrides import unique_consecutive as unique_consecutive
from ._factory import use_deterministic_algorithms as use_deterministic_algorithms
from ._overrides import vander as vander
from ._overrides import var_mean as var_mean
from ._overrides import where as where
from ._overrides import zero_ as zero_

__version__: _str
def abs(input: Tensor, *, out: Any = None) -> Tensor:
    """The absolute value; of a complex number, a real one."""
def abs_(input: Tensor) -> Tensor:
    """The absolute value; of a complex number, a real one."""
def absolute(input: Tensor, *, out: Any = None) -> Tensor:
    """The absolute value."""
def absolute_(input: Tensor) -> Tensor:
    """The absolute value."""
def acos(input: Tensor, *, out: Any = None) -> Tensor:
    """The inverse cosine."""
def acos_(input: Tensor) -> Tensor:
    """The inverse cosine."""
def acosh(input: Tensor, *, out: Any = None) -> Tensor:
    """The inverse hyperbolic cosine."""
def acosh_(input: Tensor) -> Tensor:
    """The inverse hyperbolic cosine."""
def adaptive_avg_pool1d(input: Tensor, output_size: _int | Sequence[_int | None], *, out: Any = None) -> Tensor:
    """Averages of `output_size` windows that cover the last dimension."""
def adaptive_max_pool1d(input: Tensor, output_size: _int | Sequence[_int | None], return_indices: _bool = False, *, out: Any = None) -> Tensor:
    """The largest elements of `output_size` windows that cover the image; with `return_indices`, also their places."""
@overload
def add(input: Tensor, other: Tensor | _Number, *, out: Any = None) -> Tensor:
    """input + other."""
@overload
def add(input: Tensor, other: Tensor | _Number, alpha: _Number = 1, *, out: Any = None) -> Tensor:
    """input + alpha · other."""
@overload
def add_(input: Tensor, other: Tensor | _Number) -> Tensor:
    """input + other."""
@overload
def add_(input: Tensor, other: Tensor | _Number, alpha: _Number = 1) -> Tensor:
    """input + alpha · other."""
def addbmm(input: Tensor, batch1: Tensor, batch2: Tensor, *, beta: _Number = 1, alpha: _Number = 1, out: Any = None) -> Tensor:
    """`beta * input + alpha * (the sum of bmm(batch1, batch2) over the batch)`."""
def addbmm_(input: Tensor, batch1: Tensor, batch2: Tensor, *, beta: _Number = 1, alpha: _Number = 1) -> Tensor:
    """`beta * input + alpha * (the sum of bmm(batch1, batch2) over the batch)`."""
def addcdiv(input: Tensor, tensor1: Tensor, tensor2: Tensor, value: _Number = 1, *, out: Any = None) -> Tensor:
    """input + value · tensor1 / tensor2."""
def addcdiv_(input: Tensor, tensor1: Tensor, tensor2: Tensor, value: _Number = 1) -> Tensor:
    """input + value · tensor1 / tensor2."""
def addcmul(input: Tensor, tensor1: Tensor, tensor2: Tensor, value: _Number = 1, *, out: Any = None) -> Tensor:
    """input + value · tensor1 · tensor2."""
def addcmul_(input: Tensor, tensor1: Tensor, tensor2: Tensor, value: _Number = 1) -> Tensor:
    """input + value · tensor1 · tensor2."""
def addmm(input: Tensor, mat1: Tensor, mat2: Tensor, *, beta: _Number = 1, alpha: _Number = 1, out: Any = None) -> Tensor:
    """`beta * input + alpha * (mat1 @ mat2)`."""
def addmm_(input: Tensor, mat1: Tensor, mat2: Tensor, *, beta: _Number = 1, alpha: _Number = 1) -> Tensor:
    """`beta * input + alpha * (mat1 @ mat2)`."""
def addmv(input: Tensor, mat: Tensor, vec: Tensor, *, beta: _Number = 1, alpha: _Number = 1, out: Any = None) -> Tensor:
    """`beta * input + alpha * (mat @ vec)`."""
def addmv_(input: Tensor, mat: Tensor, vec: Tensor, *, beta: _Number = 1, alpha: _Number = 1) -> Tensor:
    """`beta * input + alpha * (mat @ vec)`."""
def addr(input: Tensor, vec1: Tensor, vec2: Tensor, *, beta: _Number = 1, alpha: _Number = 1, out: Any = None) -> Tensor:
    """`beta * input + alpha * outer(vec1, vec2)`."""
def addr_(input: Tensor, vec1: Tensor, vec2: Tensor, *, beta: _Number = 1, alpha: _Number = 1) -> Tensor:
    """`beta * input + alpha * outer(vec1, vec2)`."""
def alias_copy(input: Tensor, *, out: Any = None) -> Tensor:
    """A copy."""
def all(input: Tensor, dim: _int | Sequence[_int] | None = None, keepdim: _bool = False, *, out: Any = None) -> Tensor:
    """Whether all elements over `dim` are true (not zero)."""
def allclose(input: Tensor, other: Tensor, rtol: _float = 1e-05, atol: _float = 1e-08, equal_nan: _bool = False, *, out: Any = None) -> _bool:
    """Whether all elements are close: see `isclose`."""
def alpha_dropout(input: Tensor, p: _float = 0.5, training: _bool = False, *, out: Any = None) -> Tensor:
    """`dropout` that keeps selu's mean and variance."""
def amax(input: Tensor, dim: _int | Sequence[_int] | None = [], keepdim: _bool = False, *, out: Any = None) -> Tensor:
    """The largest element over `dim`; NaN if there is one. Gradients are shared among equals."""
def amin(input: Tensor, dim: _int | Sequence[_int] | None = [], keepdim: _bool = False, *, out: Any = None) -> Tensor:
    """The smallest element over `dim`; NaN if there is one. Gradients are shared among equals."""
def aminmax(input: Tensor, *, dim: _int | None = None, keepdim: _bool = False, out: Any = None) -> _aminmax:
    """The smallest and the largest element, over `dim` or all dimensions."""
def angle(input: Tensor, *, out: Any = None) -> Tensor:
    """The angle to the positive real axis; of real numbers 0 or π (NaN of NaN)."""
def any(input: Tensor, dim: _int | Sequence[_int] | None = None, keepdim: _bool = False, *, out: Any = None) -> Tensor:
    """Whether any element over `dim` is true (not zero)."""
def arange(*args: Any, out: Any = None, dtype: Any = None, layout: Any = None, device: Any = None, pin_memory: Any = False, requires_grad: Any = False, **named: Any) -> Tensor:
    """`start`, `start + step`, … below `end`."""
def arccos(input: Tensor, *, out: Any = None) -> Tensor:
    """The inverse cosine."""
def arccos_(input: Tensor) -> Tensor:
    """The inverse cosine."""
def arccosh(input: Tensor, *, out: Any = None) -> Tensor:
    """The inverse hyperbolic cosine."""
def arccosh_(input: Tensor) -> Tensor:
    """The inverse hyperbolic cosine."""
def arcsin(input: Tensor, *, out: Any = None) -> Tensor:
    """The inverse sine."""
def arcsin_(input: Tensor) -> Tensor:
    """The inverse sine."""
def arcsinh(input: Tensor, *, out: Any = None) -> Tensor:
    """The inverse hyperbolic sine."""
def arcsinh_(input: Tensor) -> Tensor:
    """The inverse hyperbolic sine."""
def arctan(input: Tensor, *, out: Any = None) -> Tensor:
    """The inverse tangent."""
def arctan2(input: Tensor, other: Tensor, *, out: Any = None) -> Tensor:
    """The angle of the point (x = `other`, y = `input`)."""
def arctan2_(input: Tensor, other: Tensor) -> Tensor:
    """The angle of the point (x = `other`, y = `input`)."""
def arctan_(input: Tensor) -> Tensor:
    """The inverse tangent."""
def arctanh(input: Tensor, *, out: Any = None) -> Tensor:
    """The inverse hyperbolic tangent."""
def arctanh_(input: Tensor) -> Tensor:
    """The inverse hyperbolic tangent."""
def argmax(input: Tensor, dim: _int | None = None, keepdim: _bool = False, *, out: Any = None) -> Tensor:
    """The place of the largest element along `dim`, or among all elements."""
def argmin(input: Tensor, dim: _int | None = None, keepdim: _bool = False, *, out: Any = None) -> Tensor:
    """The place of the smallest element along `dim`, or among all elements."""
def argsort(input: Tensor, dim: _int = -1, descending: _bool = False, stable: _bool = False, *, out: Any = None) -> Tensor:
    """Where the elements along `dim` are in ascending (or `descending`) order."""
def argwhere(input: Tensor, *, out: Any = None) -> Tensor:
    """The indices of the elements that are not zero, row by row: [count, rank]."""
def as_strided(input: Tensor, size: _int | Sequence[_int], stride: _int | Sequence[_int], storage_offset: _int | None = None, *, out: Any = None) -> Tensor:
    """A view with any sizes and strides over the input's storage. `storage_offset` counts elements from the storage's start; without it the view starts where the input does."""
def as_strided_copy(input: Tensor, size: _int | Sequence[_int], stride: _int | Sequence[_int], storage_offset: _int | None = None, *, out: Any = None) -> Tensor:
    """A copy of `as_strided`."""
def as_strided_scatter(input: Tensor, src: Tensor, size: _int | Sequence[_int], stride: _int | Sequence[_int], storage_offset: _int | None = None, *, out: Any = None) -> Tensor:
    """`input` with `src` over a strided part."""
def as_tensor(data: Any, dtype: Any = None, device: Any = None) -> Tensor:
    """`data` as a tensor, without a copy where that can be."""
def asarray(obj: Any, *, dtype: Any = None, device: Any = None, copy: Any = None, requires_grad: Any = None) -> Tensor:
    """`obj` as a tensor that shares its memory where that can be, unless `copy` says otherwise; with its history, unless `requires_grad` is False."""
def asin(input: Tensor, *, out: Any = None) -> Tensor:
    """The inverse sine."""
def asin_(input: Tensor) -> Tensor:
    """The inverse sine."""
def asinh(input: Tensor, *, out: Any = None) -> Tensor:
    """The inverse hyperbolic sine."""
def asinh_(input: Tensor) -> Tensor:
    """The inverse hyperbolic sine."""
def atan(input: Tensor, *, out: Any = None) -> Tensor:
    """The inverse tangent."""
def atan2(input: Tensor, other: Tensor, *, out: Any = None) -> Tensor:
    """The angle of the point (x = `other`, y = `input`)."""
def atan2_(input: Tensor, other: Tensor) -> Tensor:
    """The angle of the point (x = `other`, y = `input`)."""
def atan_(input: Tensor) -> Tensor:
    """The inverse tangent."""
def atanh(input: Tensor, *, out: Any = None) -> Tensor:
    """The inverse hyperbolic tangent."""
def atanh_(input: Tensor) -> Tensor:
    """The inverse hyperbolic tangent."""
def avg_pool1d(input: Tensor, kernel_size: _int | Sequence[_int], stride: _int | Sequence[_int] | None = None, padding: _int | Sequence[_int] = 0, ceil_mode: _bool = False, count_include_pad: _bool = True, *, out: Any = None) -> Tensor:
    """Averages of windows of the last dimension: `input` [N, C, L] or [C, L]."""
def baddbmm(input: Tensor, batch1: Tensor, batch2: Tensor, *, beta: _Number = 1, alpha: _Number = 1, out: Any = None) -> Tensor:
    """`beta * input + alpha * bmm(batch1, batch2)`."""
def baddbmm_(input: Tensor, batch1: Tensor, batch2: Tensor, *, beta: _Number = 1, alpha: _Number = 1) -> Tensor:
    """`beta * input + alpha * bmm(batch1, batch2)`."""
def bartlett_window(window_length: _int, periodic: _bool = True, *, dtype: _dtype | None = None, layout: Any = None, device: Any = None, pin_memory: _bool = False, requires_grad: _bool = False, out: Any = None) -> Tensor:
    """Bartlett's window."""
def batch_norm(input: Tensor, weight: Tensor | None, bias: Tensor | None, running_mean: Tensor | None, running_var: Tensor | None, training: _bool, momentum: _float, eps: _float, cudnn_enabled: _bool, *, out: Any = None) -> Tensor:
    """`batch_norm` in the order of arguments that `torch.batch_norm` has."""
def bernoulli(input: Any, p: Any = None, *, generator: Any = None, out: Any = None) -> Tensor:
    """Ones with the probabilities `input`, or with `p`, and zeros."""
def bilinear(input1: Tensor, input2: Tensor, weight: Tensor, bias: Tensor | None = None, *, out: Any = None) -> Tensor:
    """`x1ᵀ · weight[o] · x2 + bias[o]` for each output: `x1` [.., a], `x2` [.., b], `weight` [out, a, b], `bias` [out]."""
def binary_cross_entropy_with_logits(input: Tensor, target: Tensor, weight: Tensor | None = None, reduction: _str = 'mean', pos_weight: Tensor | None = None, *, out: Any = None) -> Tensor:
    """`binary_cross_entropy` of sigmoid(input), without overflow."""
def bincount(input: Tensor, weights: Tensor | None = None, minlength: _int = 0, *, out: Any = None) -> Tensor:
    """How often each whole number is in a vector, or the sum of its `weights`."""
def bitwise_and(input: Tensor, other: Tensor | _Number, *, out: Any = None) -> Tensor:
    """Bits set in both."""
def bitwise_and_(input: Tensor, other: Tensor | _Number) -> Tensor:
    """Bits set in both."""
def bitwise_left_shift(input: Tensor, other: Tensor | _Number, *, out: Any = None) -> Tensor:
    """input · 2^other, 0 where the distance is out of range."""
def bitwise_left_shift_(input: Tensor, other: Tensor | _Number) -> Tensor:
    """input · 2^other, 0 where the distance is out of range."""
def bitwise_not(input: Tensor, *, out: Any = None) -> Tensor:
    """The other bits (logical not for bools)."""
def bitwise_not_(input: Tensor) -> Tensor:
    """The other bits (logical not for bools)."""
def bitwise_or(input: Tensor, other: Tensor | _Number, *, out: Any = None) -> Tensor:
    """Bits set in either."""
def bitwise_or_(input: Tensor, other: Tensor | _Number) -> Tensor:
    """Bits set in either."""
def bitwise_right_shift(input: Tensor, other: Tensor | _Number, *, out: Any = None) -> Tensor:
    """input / 2^other rounded down; all sign bits where the distance is out of range."""
def bitwise_right_shift_(input: Tensor, other: Tensor | _Number) -> Tensor:
    """input / 2^other rounded down; all sign bits where the distance is out of range."""
def bitwise_xor(input: Tensor, other: Tensor | _Number, *, out: Any = None) -> Tensor:
    """Bits set in exactly one."""
def bitwise_xor_(input: Tensor, other: Tensor | _Number) -> Tensor:
    """Bits set in exactly one."""
def blackman_window(window_length: _int, periodic: _bool = True, *, dtype: _dtype | None = None, layout: Any = None, device: Any = None, pin_memory: _bool = False, requires_grad: _bool = False, out: Any = None) -> Tensor:
    """Blackman's window."""
def bmm(input: Tensor, mat2: Tensor, *, out: Any = None) -> Tensor:
    """Products of the matrices of two batches of equal size."""
def broadcast_to(input: Tensor, size: _int | Sequence[_int], *, out: Any = None) -> Tensor:
    """Broadcast to `size`."""
@overload
def bucketize(input: Tensor, boundaries: Tensor, *, out_int32: _bool = False, right: _bool = False, out: Any = None) -> Tensor:
    """Where `input` belongs among sorted `boundaries` (a vector): before its equals, or after them (`right`)."""
@overload
def bucketize(input: _Number, boundaries: Tensor, *, out_int32: _bool = False, right: _bool = False, out: Any = None) -> Tensor:
    """`bucketize` of a number."""
def can_cast(from_: Any, to: Any) -> _bool:
    """Whether PyTorch lets one dtype become the other in an operation."""
def cat(tensors: Sequence[Tensor], dim: _int = 0, *, out: Any = None) -> Tensor:
    """The tensors one after the other along `dim`."""
def cdist(x1: Tensor, x2: Tensor, p: _float = 2.0, compute_mode: _str | None = None, *, out: Any = None) -> Tensor:
    """The p-norms of the differences between the rows of `x1` [.., P, M] and those of `x2` [.., R, M]: [.., P, R]."""
cdouble: _dtype
def ceil(input: Tensor, *, out: Any = None) -> Tensor:
    """The smallest integer not below."""
def ceil_(input: Tensor) -> Tensor:
    """The smallest integer not below."""
def celu(input: Tensor, alpha: _float = 1.0, *, out: Any = None) -> Tensor:
    """max(0, x) + min(0, alpha (e^(x/alpha) - 1)) (Barron, 2017)."""
cfloat: _dtype
def chain_matmul(*matrices: Any, out: Any = None) -> Tensor:
    """The product of several matrices."""
def channel_shuffle(input: Tensor, groups: _int, *, out: Any = None) -> Tensor:
    """Channels (dimension 1) dealt out over groups: [N, groups · n, …] read as [N, n, groups, …] (Zhang et al., 2018)."""
def cholesky_inverse(input: Tensor, upper: _bool = False, *, out: Any = None) -> Tensor:
    """The inverse of A, given its Cholesky factor."""
def cholesky_solve(input: Tensor, input2: Tensor, upper: _bool = False, *, out: Any = None) -> Tensor:
    """`A X = input` with the Cholesky factor `L` of A."""
def chunk(input: Tensor, chunks: _int, dim: _int = 0, *, out: Any = None) -> tuple[Tensor, ...]:
    """`chunks` pieces of equal size along `dim` (the last smaller, and fewer of them, where they do not come out even)."""
@overload
def clamp(input: Tensor, min: _Number | None = None, max: _Number | None = None, *, out: Any = None) -> Tensor:
    """Elements below `min` replaced by it, those above `max` by it; `max` where the bounds cross."""
@overload
def clamp(input: Tensor, min: Tensor | _Number | None = None, max: Tensor | _Number | None = None, *, out: Any = None) -> Tensor:
    """`clamp` with bounds that are tensors or numbers."""
@overload
def clamp_(input: Tensor, min: _Number | None = None, max: _Number | None = None) -> Tensor:
    """Elements below `min` replaced by it, those above `max` by it; `max` where the bounds cross."""
@overload
def clamp_(input: Tensor, min: Tensor | _Number | None = None, max: Tensor | _Number | None = None) -> Tensor:
    """`clamp` with bounds that are tensors or numbers."""
def clamp_max(input: Tensor, max: Tensor | _Number, *, out: Any = None) -> Tensor:
    """Elements above `max` replaced by it."""
def clamp_max_(input: Tensor, max: Tensor | _Number) -> Tensor:
    """Elements above `max` replaced by it."""
def clamp_min(input: Tensor, min: Tensor | _Number, *, out: Any = None) -> Tensor:
    """Elements below `min` replaced by it."""
def clamp_min_(input: Tensor, min: Tensor | _Number) -> Tensor:
    """Elements below `min` replaced by it."""
def clip(input: Tensor, min: Tensor | _Number | None = None, max: Tensor | _Number | None = None, *, out: Any = None) -> Tensor:
    """`clamp_tensor` by NumPy's name."""
def clip_(input: Tensor, min: Tensor | _Number | None = None, max: Tensor | _Number | None = None) -> Tensor:
    """`clamp_tensor` by NumPy's name."""
def clone(input: Any, *args: Any, **kwargs: Any) -> Tensor: ...
def column_stack(tensors: Sequence[Tensor], *, out: Any = None) -> Tensor:
    """Side by side, vectors as columns."""
def combinations(input: Tensor, r: _int = 2, with_replacement: _bool = False, *, out: Any = None) -> Tensor:
    """All choices of `r` elements of a vector, in their order; also of an element again `with_replacement`."""
def complex(real: Tensor, imag: Tensor, *, out: Any = None) -> Tensor:
    """Complex numbers from their real and imaginary parts."""
def concat(tensors: Sequence[Tensor], dim: _int = 0, *, out: Any = None) -> Tensor:
    """The tensors one after the other along `dim`."""
def concatenate(tensors: Sequence[Tensor], dim: _int = 0, *, out: Any = None) -> Tensor:
    """The tensors one after the other along `dim`."""
def conj(input: Tensor, *, out: Any = None) -> Tensor:
    """The complex conjugate; a real tensor itself."""
def conj_physical(input: Tensor, *, out: Any = None) -> Tensor:
    """The complex conjugate, as a tensor of its own; a real tensor itself."""
def conj_physical_(input: Tensor) -> Tensor:
    """The complex conjugate, as a tensor of its own; a real tensor itself."""
def constant_pad_nd(input: Tensor, pad: _int | Sequence[_int], value: _Number = 0, *, out: Any = None) -> Tensor:
    """The input with `value` around it: `pad` says how much before and after each dimension, from the last one on; negative numbers cut off."""
@overload
def conv1d(input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: _int | Sequence[_int] = 1, padding: _int | Sequence[_int] = 0, dilation: _int | Sequence[_int] = 1, groups: _int = 1, *, out: Any = None) -> Tensor:
    """The convolution (cross-correlation) of `input` [N, C, …] or [C, …] with `weight` [O, C / groups, …], plus `bias` [O]."""
@overload
def conv1d(input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: _int | Sequence[_int] = 1, padding: _str = 'valid', dilation: _int | Sequence[_int] = 1, groups: _int = 1, *, out: Any = None) -> Tensor:
    """The same with padding "valid" (none) or "same" (the output has the input's size; the stride must be 1)."""
@overload
def conv2d(input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: _int | Sequence[_int] = 1, padding: _int | Sequence[_int] = 0, dilation: _int | Sequence[_int] = 1, groups: _int = 1, *, out: Any = None) -> Tensor:
    """The convolution (cross-correlation) of `input` [N, C, …] or [C, …] with `weight` [O, C / groups, …], plus `bias` [O]."""
@overload
def conv2d(input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: _int | Sequence[_int] = 1, padding: _str = 'valid', dilation: _int | Sequence[_int] = 1, groups: _int = 1, *, out: Any = None) -> Tensor:
    """The same with padding "valid" (none) or "same" (the output has the input's size; the stride must be 1)."""
@overload
def conv3d(input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: _int | Sequence[_int] = 1, padding: _int | Sequence[_int] = 0, dilation: _int | Sequence[_int] = 1, groups: _int = 1, *, out: Any = None) -> Tensor:
    """The convolution (cross-correlation) of `input` [N, C, …] or [C, …] with `weight` [O, C / groups, …], plus `bias` [O]."""
@overload
def conv3d(input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: _int | Sequence[_int] = 1, padding: _str = 'valid', dilation: _int | Sequence[_int] = 1, groups: _int = 1, *, out: Any = None) -> Tensor:
    """The same with padding "valid" (none) or "same" (the output has the input's size; the stride must be 1)."""
def conv_transpose1d(input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: _int | Sequence[_int] = 1, padding: _int | Sequence[_int] = 0, output_padding: _int | Sequence[_int] = 0, groups: _int = 1, dilation: _int | Sequence[_int] = 1, *, out: Any = None) -> Tensor:
    """The transposed convolution, which is the gradient of a convolution's input: `input` [N, C, …] or [C, …], `weight` [C, O / groups, …], `bias` [O]. `output_padding` is added to one side of the output's size."""
def conv_transpose2d(input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: _int | Sequence[_int] = 1, padding: _int | Sequence[_int] = 0, output_padding: _int | Sequence[_int] = 0, groups: _int = 1, dilation: _int | Sequence[_int] = 1, *, out: Any = None) -> Tensor:
    """The transposed convolution, which is the gradient of a convolution's input: `input` [N, C, …] or [C, …], `weight` [C, O / groups, …], `bias` [O]. `output_padding` is added to one side of the output's size."""
def conv_transpose3d(input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: _int | Sequence[_int] = 1, padding: _int | Sequence[_int] = 0, output_padding: _int | Sequence[_int] = 0, groups: _int = 1, dilation: _int | Sequence[_int] = 1, *, out: Any = None) -> Tensor:
    """The transposed convolution, which is the gradient of a convolution's input: `input` [N, C, …] or [C, …], `weight` [C, O / groups, …], `bias` [O]. `output_padding` is added to one side of the output's size."""
def convolution(input: Tensor, weight: Tensor, bias: Tensor | None, stride: _int | Sequence[_int], padding: _int | Sequence[_int], dilation: _int | Sequence[_int], transposed: _bool, output_padding: _int | Sequence[_int], groups: _int, *, out: Any = None) -> Tensor:
    """Any of the convolutions, by numbers: with `transposed`, the transposed one."""
def copysign(input: Tensor, other: Tensor | _Number, *, out: Any = None) -> Tensor:
    """The magnitude of `input` with the sign of `other`."""
def copysign_(input: Tensor, other: Tensor | _Number) -> Tensor:
    """The magnitude of `input` with the sign of `other`."""
def corrcoef(input: Tensor, *, out: Any = None) -> Tensor:
    """Pearson's correlation of the rows of `input`."""
def cos(input: Tensor, *, out: Any = None) -> Tensor:
    """The cosine."""
def cos_(input: Tensor) -> Tensor:
    """The cosine."""
def cosh(input: Tensor, *, out: Any = None) -> Tensor:
    """The hyperbolic cosine."""
def cosh_(input: Tensor) -> Tensor:
    """The hyperbolic cosine."""
def cosine_embedding_loss(input1: Tensor, input2: Tensor, target: Tensor, margin: _float = 0.0, reduction: _str = 'mean', *, out: Any = None) -> Tensor:
    """1 − cos(input1, input2) where the target is 1, max(0, cos − margin) where it is −1."""
def cosine_similarity(x1: Tensor, x2: Tensor, dim: _int = 1, eps: _float = 1e-08, *, out: Any = None) -> Tensor:
    """Σ x1 · x2 / (max(‖x1‖, eps) · max(‖x2‖, eps)) along `dim`."""
def count_nonzero(input: Tensor, dim: _int | Sequence[_int] | None = None, *, out: Any = None) -> Tensor:
    """How many elements are not zero."""
def cov(input: Tensor, *, correction: _int = 1, fweights: Tensor | None = None, aweights: Tensor | None = None, out: Any = None) -> Tensor:
    """The covariance of the rows of `input`, with whole-number weights `fweights` and other weights `aweights` of the columns."""
def cross(input: Tensor, other: Tensor, dim: _int | None = None, *, out: Any = None) -> Tensor:
    """The cross product along `dim`, or the first dimension of size three."""
@overload
def ctc_loss(log_probs: Tensor, targets: Tensor, input_lengths: Tensor, target_lengths: Tensor, blank: _int = 0, reduction: _str = 'mean', zero_infinity: _bool = False, *, out: Any = None) -> Tensor:
    """−log P(target): `log_probs` [T, N, C] or [T, C]; `targets` [N, S], or all of them one after the other; the lengths of both (Graves et al., 2006). With `zero_infinity`, impossible targets count as 0."""
@overload
def ctc_loss(log_probs: Tensor, targets: Tensor, input_lengths: _int | Sequence[_int], target_lengths: _int | Sequence[_int], blank: _int = 0, reduction: _str = 'mean', zero_infinity: _bool = False, *, out: Any = None) -> Tensor:
    """`ctc_loss` with the lengths as numbers."""
def cummax(input: Tensor, dim: _int, *, out: Any = None) -> _cummax:
    """The largest of the elements up to each one along `dim`, and its (last) place."""
def cummin(input: Tensor, dim: _int, *, out: Any = None) -> _cummin:
    """The smallest of the elements up to each one along `dim`, and its (last) place."""
def cumprod(input: Tensor, dim: _int, *, dtype: _dtype | None = None, out: Any = None) -> Tensor:
    """Products of the elements up to each one along `dim`. Integers are multiplied in int64."""
def cumprod_(input: Tensor, dim: _int, *, dtype: _dtype | None = None) -> Tensor:
    """Products of the elements up to each one along `dim`. Integers are multiplied in int64."""
def cumsum(input: Tensor, dim: _int, *, dtype: _dtype | None = None, out: Any = None) -> Tensor:
    """Sums of the elements up to each one along `dim`. Integers are summed in int64."""
def cumsum_(input: Tensor, dim: _int, *, dtype: _dtype | None = None) -> Tensor:
    """Sums of the elements up to each one along `dim`. Integers are summed in int64."""
def cumulative_trapezoid(y: Tensor, x: Tensor | None = None, *, dx: _float = 1.0, dim: _int = -1, out: Any = None) -> Tensor:
    """The running area under `y` by the trapezoid rule along `dim`."""
def deg2rad(input: Tensor, *, out: Any = None) -> Tensor:
    """Degrees as radians."""
def deg2rad_(input: Tensor) -> Tensor:
    """Degrees as radians."""
def det(input: Tensor, *, out: Any = None) -> Tensor:
    """`linalg_det` by its old name."""
def detach(input: Any, *args: Any, **kwargs: Any) -> Tensor: ...
def detach_copy(input: Tensor, *, out: Any = None) -> Tensor:
    """A copy without history."""
def diag(input: Tensor, diagonal: _int = 0, *, out: Any = None) -> Tensor:
    """The vector on a diagonal of a matrix of zeros; of a matrix, a copy of its diagonal."""
def diag_embed(input: Tensor, offset: _int = 0, dim1: _int = -2, dim2: _int = -1, *, out: Any = None) -> Tensor:
    """The last dimension on diagonals of matrices of zeros over `dim1` and `dim2`."""
def diagflat(input: Tensor, offset: _int = 0, *, out: Any = None) -> Tensor:
    """All elements on a diagonal of a matrix of zeros."""
def diagonal(input: Tensor, offset: _int = 0, dim1: _int = 0, dim2: _int = 1, *, out: Any = None) -> Tensor:
    """The diagonal over `dim1` and `dim2` (`offset` above the main one), as a new last dimension."""
def diagonal_copy(input: Tensor, offset: _int = 0, dim1: _int = 0, dim2: _int = 1, *, out: Any = None) -> Tensor:
    """A copy of `diagonal`."""
def diagonal_scatter(input: Tensor, src: Tensor, offset: _int = 0, dim1: _int = 0, dim2: _int = 1, *, out: Any = None) -> Tensor:
    """`input` with `src` on a diagonal."""
def diff(input: Tensor, n: _int = 1, dim: _int = -1, prepend: Tensor | None = None, append: Tensor | None = None, *, out: Any = None) -> Tensor:
    """Differences of neighbours along `dim`, `n` times over; `prepend` and `append` are joined on first."""
def digamma(input: Tensor, *, out: Any = None) -> Tensor:
    """The derivative of log Γ."""
def digamma_(input: Tensor) -> Tensor:
    """The derivative of log Γ."""
def dist(input: Tensor, other: Tensor, p: _float = 2, *, out: Any = None) -> Tensor:
    """The p-norm of the difference."""
@overload
def div(input: Tensor, other: Tensor | _Number, *, out: Any = None) -> Tensor:
    """input / other (true division; see `div_rounded` for the others)."""
@overload
def div(input: Tensor, other: Tensor | _Number, rounding_mode: _str | None = None, *, out: Any = None) -> Tensor:
    """The quotient, not rounded (`None`), rounded to zero ("trunc") or down ("floor")."""
@overload
def div_(input: Tensor, other: Tensor | _Number) -> Tensor:
    """input / other (true division; see `div_rounded` for the others)."""
@overload
def div_(input: Tensor, other: Tensor | _Number, rounding_mode: _str | None = None) -> Tensor:
    """The quotient, not rounded (`None`), rounded to zero ("trunc") or down ("floor")."""
def divide(input: Tensor, other: Tensor | _Number, *, out: Any = None) -> Tensor:
    """input / other."""
def divide_(input: Tensor, other: Tensor | _Number) -> Tensor:
    """input / other."""
def dot(input: Tensor, tensor: Tensor, *, out: Any = None) -> Tensor:
    """The inner product of two vectors."""
double: _dtype
def dropout(input: Tensor, p: _float = 0.5, training: _bool = True, *, out: Any = None) -> Tensor:
    """In training, zeroes each element with probability `p` and multiplies the others by 1 / (1 − p) (Srivastava et al., 2014)."""
@overload
def dsplit(input: Tensor, sections: _int, *, out: Any = None) -> tuple[Tensor, Tensor]:
    """Pieces one behind the other."""
@overload
def dsplit(input: Tensor, indices: _int | Sequence[_int], *, out: Any = None) -> tuple[Tensor, Tensor, Tensor]:
    """Pieces one behind the other."""
def dstack(tensors: Sequence[Tensor], *, out: Any = None) -> Tensor:
    """One behind the other: along the third dimension."""
def einsum(equation: Any, *operands: Any) -> Tensor:
    """Sums of products, by Einstein's convention."""
def embedding(input: Tensor, weight: Tensor, padding_idx: _int | None = None, max_norm: _float | None = None, norm_type: _float = 2.0, scale_grad_by_freq: _bool = False, sparse: _bool = False, *, out: Any = None) -> Tensor:
    """`embedding` with all of PyTorch's options: rows longer than `max_norm` are first shortened in place."""
def embedding_bag(input: Tensor, weight: Tensor, offsets: Tensor | None = None, max_norm: _float | None = None, norm_type: _float = 2, scale_grad_by_freq: _bool = False, mode: _str = 'mean', sparse: _bool = False, per_sample_weights: Tensor | None = None, include_last_offset: _bool = False, padding_idx: _int | None = None, *, out: Any = None) -> Tensor:
    """Bags of rows of `weight`, each folded by `mode` ("sum", "mean" or "max"). `input` is a matrix with a bag per row, or a vector that is cut into bags at `offsets` (whose last one is the end, if `include_last_offset`). `per_sample_weights` scale the rows of "sum"; indices that are `padding_idx` are left out."""
def empty(*size: Any, out: Any = None, dtype: Any = None, layout: Any = None, device: Any = None, requires_grad: Any = False, pin_memory: Any = False, memory_format: Any = None, names: Any = None, **named: Any) -> Tensor:
    """A tensor of these sizes; what is in it has no meaning."""
def empty_like(input: Any, *, dtype: Any = None, layout: Any = None, device: Any = None, pin_memory: Any = False, requires_grad: Any = False, memory_format: Any = None) -> Tensor:
    """A tensor in the shape and dtype of `input`; what is in it has no meaning."""
def empty_permuted(size: Any, physical_layout: Any, *, dtype: Any = None, layout: Any = None, device: Any = None, pin_memory: Any = False, requires_grad: Any = False) -> Tensor:
    """A tensor whose dimensions lie in memory in the order of `physical_layout`."""
def empty_strided(size: Any, stride: Any, *, dtype: Any = None, layout: Any = None, device: Any = None, pin_memory: Any = False, requires_grad: Any = False) -> Tensor:
    """A tensor of these sizes and strides; what is in it has no meaning."""
def eq(input: Tensor, other: Tensor | _Number, *, out: Any = None) -> Tensor:
    """input == other."""
def eq_(input: Tensor, other: Tensor | _Number) -> Tensor:
    """input == other."""
def equal(input: Tensor, other: Tensor, *, out: Any = None) -> _bool:
    """Whether both have the same shape and equal elements."""
def erf(input: Tensor, *, out: Any = None) -> Tensor:
    """The error function."""
def erf_(input: Tensor) -> Tensor:
    """The error function."""
def erfc(input: Tensor, *, out: Any = None) -> Tensor:
    """1 - erf(x), accurate for large x."""
def erfc_(input: Tensor) -> Tensor:
    """1 - erf(x), accurate for large x."""
def erfinv(input: Tensor, *, out: Any = None) -> Tensor:
    """The inverse of the error function."""
def erfinv_(input: Tensor) -> Tensor:
    """The inverse of the error function."""
def exp(input: Tensor, *, out: Any = None) -> Tensor:
    """e^x."""
def exp2(input: Tensor, *, out: Any = None) -> Tensor:
    """2^x."""
def exp2_(input: Tensor) -> Tensor:
    """2^x."""
def exp_(input: Tensor) -> Tensor:
    """e^x."""
def expand_copy(input: Tensor, size: _int | Sequence[_int], *, implicit: _bool = False, out: Any = None) -> Tensor:
    """A copy of `expand`."""
def expm1(input: Tensor, *, out: Any = None) -> Tensor:
    """e^x - 1, accurate near 0."""
def expm1_(input: Tensor) -> Tensor:
    """e^x - 1, accurate near 0."""
def eye(n: _int, m: _int | None = None, *, dtype: _dtype | None = None, layout: Any = None, device: Any = None, pin_memory: _bool = False, requires_grad: _bool = False, out: Any = None) -> Tensor:
    """Ones on the diagonal, zeros elsewhere."""
def feature_alpha_dropout(input: Tensor, p: _float = 0.5, training: _bool = False, *, out: Any = None) -> Tensor:
    """`alpha_dropout` of whole channels."""
def fill(input: Tensor, value: Tensor | _Number, *, out: Any = None) -> Tensor:
    """`value` (a number or a 0-d tensor) everywhere."""
def fix(input: Tensor, *, out: Any = None) -> Tensor:
    """Without the fraction."""
def fix_(input: Tensor) -> Tensor:
    """Without the fraction."""
def flatten(input: Tensor, start_dim: _int = 0, end_dim: _int = -1, *, out: Any = None) -> Tensor:
    """Dimensions `start_dim..=end_dim` made one."""
def flip(input: Tensor, dims: _int | Sequence[_int] | None, *, out: Any = None) -> Tensor:
    """The elements in reverse order along `dims`."""
def fliplr(input: Tensor, *, out: Any = None) -> Tensor:
    """The columns in reverse order."""
def flipud(input: Tensor, *, out: Any = None) -> Tensor:
    """The rows in reverse order."""
float: _dtype
def float_power(input: Tensor, exponent: Tensor | _Number, *, out: Any = None) -> Tensor:
    """input^exponent in double precision."""
def float_power_(input: Tensor, exponent: Tensor | _Number) -> Tensor:
    """input^exponent in double precision."""
def floor(input: Tensor, *, out: Any = None) -> Tensor:
    """The largest integer not above."""
def floor_(input: Tensor) -> Tensor:
    """The largest integer not above."""
def floor_divide(input: Tensor, other: Tensor | _Number, *, out: Any = None) -> Tensor:
    """The quotient rounded down (Python's `//`). It has no derivative; see `div_rounded`."""
def floor_divide_(input: Tensor, other: Tensor | _Number) -> Tensor:
    """The quotient rounded down (Python's `//`). It has no derivative; see `div_rounded`."""
def fmax(input: Tensor, other: Tensor, *, out: Any = None) -> Tensor:
    """The larger; the number where the other is NaN."""
def fmax_(input: Tensor, other: Tensor) -> Tensor:
    """The larger; the number where the other is NaN."""
def fmin(input: Tensor, other: Tensor, *, out: Any = None) -> Tensor:
    """The smaller; the number where the other is NaN."""
def fmin_(input: Tensor, other: Tensor) -> Tensor:
    """The smaller; the number where the other is NaN."""
def fmod(input: Tensor, other: Tensor | _Number, *, out: Any = None) -> Tensor:
    """The remainder of the division rounded to zero: it has the sign of `input` (C's `%`)."""
def fmod_(input: Tensor, other: Tensor | _Number) -> Tensor:
    """The remainder of the division rounded to zero: it has the sign of `input` (C's `%`)."""
def frac(input: Tensor, *, out: Any = None) -> Tensor:
    """The fraction, with the sign of the input."""
def frac_(input: Tensor) -> Tensor:
    """The fraction, with the sign of the input."""
def frexp(input: Tensor, *, out: Any = None) -> _frexp:
    """Mantissa (from 1/2 to 1) and exponent (int32) of input = mantissa · 2^exponent."""
def from_dlpack(ext_tensor: Any, *, device: Any = None, copy: Any = None) -> Tensor:
    """A tensor over the memory of another library's array, or of what is in a DLPack capsule."""
def frombuffer(buffer: Any, *, dtype: Any, count: Any = -1, offset: Any = 0, requires_grad: Any = False) -> Tensor:
    """A tensor over the bytes of an object with the buffer protocol; a copy of them if they cannot be written or are not aligned."""
def full(size: Any, fill_value: Any, *, out: Any = None, dtype: Any = None, layout: Any = None, device: Any = None, pin_memory: Any = False, requires_grad: Any = False, names: Any = None) -> Tensor:
    """`fill_value` everywhere."""
def full_like(input: Any, fill_value: Any, *, dtype: Any = None, layout: Any = None, device: Any = None, pin_memory: Any = False, requires_grad: Any = False, memory_format: Any = None) -> Tensor:
    """`fill_value` in the shape and dtype of `input`."""
def gather(input: Tensor, dim: _int, index: Tensor, *, out: Any = None) -> Tensor:
    """out[i][j][k] = input[index[i][j][k]][j][k] for dim 0, and likewise for the others. `index` may be smaller than `input` in the other dimensions."""
def gcd(input: Tensor, other: Tensor, *, out: Any = None) -> Tensor:
    """The greatest common divisor, not negative."""
def gcd_(input: Tensor, other: Tensor) -> Tensor:
    """The greatest common divisor, not negative."""
def ge(input: Tensor, other: Tensor | _Number, *, out: Any = None) -> Tensor:
    """input >= other."""
def ge_(input: Tensor, other: Tensor | _Number) -> Tensor:
    """input >= other."""
def geqrf(input: Tensor, *, out: Any = None) -> _geqrf:
    """Householder's reflectors: R above the diagonal, their tails below it, and their factors."""
def get_default_dtype() -> _dtype:
    """The dtype of floats that nobody gave one."""
def get_device(input: Any, *args: Any, **kwargs: Any) -> _int: ...
def get_num_threads() -> _int:
    """How many threads share the work of an operation."""
@overload
def gradient(input: Tensor, *, spacing: _float | None = None, dim: _int | Sequence[_int] | None = None, edge_order: _int = 1, out: Any = None) -> tuple[Tensor, ...]:
    """The derivatives along each dimension (or those of `dim`) of a function sampled `spacing` apart."""
@overload
def gradient(input: Tensor, *, spacing: Sequence[Tensor], dim: _int | Sequence[_int] | None = None, edge_order: _int = 1, out: Any = None) -> tuple[Tensor, Tensor]:
    """`gradient` with the places of the samples along each dimension."""
@overload
def gradient(input: Tensor, *, spacing: Sequence[_float], dim: _int | Sequence[_int] | None = None, edge_order: _int = 1, out: Any = None) -> tuple[Tensor, Tensor]:
    """`gradient` with a distance for each dimension."""
def greater(input: Tensor, other: Tensor | _Number, *, out: Any = None) -> Tensor:
    """input > other."""
def greater_(input: Tensor, other: Tensor | _Number) -> Tensor:
    """input > other."""
def greater_equal(input: Tensor, other: Tensor | _Number, *, out: Any = None) -> Tensor:
    """input >= other."""
def greater_equal_(input: Tensor, other: Tensor | _Number) -> Tensor:
    """input >= other."""
def grid_sampler(input: Tensor, grid: Tensor, interpolation_mode: _int, padding_mode: _int, align_corners: _bool, *, out: Any = None) -> Tensor:
    """`grid_sample` with its modes as numbers, in PyTorch's order."""
def grid_sampler_2d(input: Tensor, grid: Tensor, interpolation_mode: _int, padding_mode: _int, align_corners: _bool, *, out: Any = None) -> Tensor:
    """`grid_sample` with its modes as numbers, in PyTorch's order."""
def grid_sampler_3d(input: Tensor, grid: Tensor, interpolation_mode: _int, padding_mode: _int, align_corners: _bool, *, out: Any = None) -> Tensor:
    """`grid_sample` with its modes as numbers, in PyTorch's order."""
def group_norm(input: Tensor, num_groups: _int, weight: Tensor | None = None, bias: Tensor | None = None, eps: _float = 1e-05, *, out: Any = None) -> Tensor:
    """Layer norm over `num_groups` groups of channels, then weight and bias for each channel (Wu and He, 2018)."""
@overload
def gru(input: Tensor, hx: Tensor, params: Sequence[Tensor], has_biases: _bool, num_layers: _int, dropout: _float, train: _bool, bidirectional: _bool, batch_first: _bool, *, out: Any = None) -> tuple[Tensor, Tensor]:
    """A recurrent net over padded sequences: all outputs, and the last states."""
@overload
def gru(data: Tensor, batch_sizes: Tensor, hx: Tensor, params: Sequence[Tensor], has_biases: _bool, num_layers: _int, dropout: _float, train: _bool, bidirectional: _bool, *, out: Any = None) -> tuple[Tensor, Tensor]:
    """The same over packed sequences."""
def gru_cell(input: Tensor, hx: Tensor, w_ih: Tensor, w_hh: Tensor, b_ih: Tensor | None = None, b_hh: Tensor | None = None, *, out: Any = None) -> Tensor:
    """One step of a cell: the new state."""
def gt(input: Tensor, other: Tensor | _Number, *, out: Any = None) -> Tensor:
    """input > other."""
def gt_(input: Tensor, other: Tensor | _Number) -> Tensor:
    """input > other."""
half: _dtype
def hamming_window(window_length: _int, periodic: _bool = True, alpha: _float = 0.54, beta: _float = 0.46, *, dtype: _dtype | None = None, layout: Any = None, device: Any = None, pin_memory: _bool = False, requires_grad: _bool = False, out: Any = None) -> Tensor:
    """Hamming's window."""
def hann_window(window_length: _int, periodic: _bool = True, *, dtype: _dtype | None = None, layout: Any = None, device: Any = None, pin_memory: _bool = False, requires_grad: _bool = False, out: Any = None) -> Tensor:
    """Hann's window."""
def hardshrink(input: Tensor, lambd: _float = 0.5, *, out: Any = None) -> Tensor:
    """x where |x| > lambd, 0 elsewhere."""
def heaviside(input: Tensor, values: Tensor, *, out: Any = None) -> Tensor:
    """0 below 0, `values` at 0, 1 above."""
def heaviside_(input: Tensor, values: Tensor) -> Tensor:
    """0 below 0, `values` at 0, 1 above."""
def hinge_embedding_loss(input: Tensor, target: Tensor, margin: _float = 1.0, reduction: _str = 'mean', *, out: Any = None) -> Tensor:
    """x where the target is 1, max(0, margin − x) where it is −1."""
def histc(input: Tensor, bins: _int = 100, min: _Number = 0, max: _Number = 0, *, out: Any = None) -> Tensor:
    """How many elements lie in each of `bins` even bins from `min` to `max` (the range of the elements if both are equal)."""
@overload
def histogram(input: Tensor, bins: _int = 100, *, range: Sequence[_float] | None = None, weight: Tensor | None = None, density: _bool = False, out: Any = None) -> _histogram:
    """Counts of all elements in `bins` even bins, and the bins' borders."""
@overload
def histogram(input: Tensor, bins: Tensor, *, weight: Tensor | None = None, density: _bool = False, out: Any = None) -> _histogram:
    """Counts of all elements between given borders, and the borders."""
@overload
def hsplit(input: Tensor, sections: _int, *, out: Any = None) -> tuple[Tensor, Tensor]:
    """Pieces side by side: along the second dimension, of a vector along the first."""
@overload
def hsplit(input: Tensor, indices: _int | Sequence[_int], *, out: Any = None) -> tuple[Tensor, Tensor, Tensor]:
    """Pieces side by side: along the second dimension, of a vector along the first."""
def hstack(tensors: Sequence[Tensor], *, out: Any = None) -> Tensor:
    """Side by side: along the second dimension, vectors along the first."""
def hypot(input: Tensor, other: Tensor, *, out: Any = None) -> Tensor:
    """sqrt(input² + other²), without overflow."""
def hypot_(input: Tensor, other: Tensor) -> Tensor:
    """sqrt(input² + other²), without overflow."""
def i0(input: Tensor, *, out: Any = None) -> Tensor:
    """The modified Bessel function of order 0."""
def i0_(input: Tensor) -> Tensor:
    """The modified Bessel function of order 0."""
def igamma(input: Tensor, other: Tensor, *, out: Any = None) -> Tensor:
    """The regularized lower incomplete gamma function P(input, other)."""
def igamma_(input: Tensor, other: Tensor) -> Tensor:
    """The regularized lower incomplete gamma function P(input, other)."""
def igammac(input: Tensor, other: Tensor, *, out: Any = None) -> Tensor:
    """The regularized upper incomplete gamma function Q(input, other)."""
def igammac_(input: Tensor, other: Tensor) -> Tensor:
    """The regularized upper incomplete gamma function Q(input, other)."""
def imag(input: Tensor, *, out: Any = None) -> Tensor:
    """The imaginary part, as a view."""
def index_add(input: Tensor, dim: _int, index: Tensor, source: Tensor, *, alpha: _Number = 1, out: Any = None) -> Tensor:
    """`input` with `alpha` times the slices of `source` added at the indices of a vector along `dim`."""
def index_add_(input: Tensor, dim: _int, index: Tensor, source: Tensor, *, alpha: _Number = 1) -> Tensor:
    """`input` with `alpha` times the slices of `source` added at the indices of a vector along `dim`."""
def index_copy(input: Tensor, dim: _int, index: Tensor, source: Tensor, *, out: Any = None) -> Tensor:
    """`input` with the slices of `source` in place of those at the indices of a vector along `dim`."""
def index_copy_(input: Tensor, dim: _int, index: Tensor, source: Tensor) -> Tensor:
    """`input` with the slices of `source` in place of those at the indices of a vector along `dim`."""
def index_fill(input: Tensor, dim: _int, index: Tensor, value: Tensor | _Number, *, out: Any = None) -> Tensor:
    """`input` with `value` (a number or a 0-d tensor) in the slices at the indices of a vector along `dim`."""
def index_fill_(input: Tensor, dim: _int, index: Tensor, value: Tensor | _Number) -> Tensor:
    """`input` with `value` (a number or a 0-d tensor) in the slices at the indices of a vector along `dim`."""
def index_put(input: Any, indices: Any, values: Any, accumulate: Any = False) -> Tensor:
    """The tensor with `values` at `indices`, added there if `accumulate`."""
def index_put_(input: Any, indices: Any, values: Any, accumulate: Any = False) -> Tensor:
    """Writes `values` at `indices`, or adds them there if `accumulate`."""
def index_reduce(input: Tensor, dim: _int, index: Tensor, source: Tensor, reduce: _str, *, include_self: _bool = True, out: Any = None) -> Tensor:
    """`super::scatter_reduce` by whole slices along `dim`: `reduce` is "prod", "mean", "amax" or "amin"."""
def index_reduce_(input: Tensor, dim: _int, index: Tensor, source: Tensor, reduce: _str, *, include_self: _bool = True) -> Tensor:
    """`super::scatter_reduce` by whole slices along `dim`: `reduce` is "prod", "mean", "amax" or "amin"."""
def index_select(input: Tensor, dim: _int, index: Tensor, *, out: Any = None) -> Tensor:
    """The slices of `input` along `dim` at the indices of a vector."""
def inner(input: Tensor, other: Tensor, *, out: Any = None) -> Tensor:
    """Sums of products over the last dimension of both; a 0-d tensor multiplies."""
def instance_norm(input: Tensor, running_mean: Tensor | None = None, running_var: Tensor | None = None, weight: Tensor | None = None, bias: Tensor | None = None, use_input_stats: _bool = True, momentum: _float = 0.1, eps: _float = 1e-05, *, out: Any = None) -> Tensor:
    """`batch_norm` of every image for itself (Ulyanov, Vedaldi and Lempitsky, 2016); with `use_input_stats` false, by the running statistics."""
int: _dtype
def inverse(input: Tensor, *, out: Any = None) -> Tensor:
    """`linalg_inv` by its old name."""
def is_complex(input: Any) -> _bool:
    """Whether the elements are complex."""
def is_conj(input: Any, *args: Any, **kwargs: Any) -> _bool: ...
def is_floating_point(input: Any) -> _bool:
    """Whether the elements are floats."""
def is_inference(input: Any, *args: Any, **kwargs: Any) -> _bool: ...
def is_neg(input: Any, *args: Any, **kwargs: Any) -> _bool: ...
def is_nonzero(input: Any) -> _bool:
    """Whether the only element is not zero."""
def is_same_size(input: Any, other: Any) -> _bool:
    """Whether both have the same sizes."""
def is_signed(input: Any, *args: Any, **kwargs: Any) -> _bool: ...
def is_storage(obj: Any) -> _bool:
    """Whether it is a storage."""
def is_tensor(obj: Any) -> _bool:
    """Whether it is a tensor."""
def isclose(input: Tensor, other: Tensor, rtol: _float = 1e-05, atol: _float = 1e-08, equal_nan: _bool = False, *, out: Any = None) -> Tensor:
    """|input - other| ≤ atol + rtol · |other|, or equal (infinities too), or both NaN with `equal_nan`."""
def isfinite(input: Tensor, *, out: Any = None) -> Tensor:
    """Neither infinite nor NaN."""
def isfinite_(input: Tensor) -> Tensor:
    """Neither infinite nor NaN."""
def isin(elements: Tensor | _Number, test_elements: Tensor | _Number, *, assume_unique: _bool = False, invert: _bool = False, out: Any = None) -> Tensor:
    """Whether each of `elements` is among `test_elements`; the opposite with `invert`."""
def isinf(input: Tensor, *, out: Any = None) -> Tensor:
    """+inf or -inf; of a complex number, either part."""
def isnan(input: Tensor, *, out: Any = None) -> Tensor:
    """Not a number."""
def isnan_(input: Tensor) -> Tensor:
    """Not a number."""
def isneginf(input: Tensor, *, out: Any = None) -> Tensor:
    """-inf."""
def isposinf(input: Tensor, *, out: Any = None) -> Tensor:
    """+inf."""
def isreal(input: Tensor, *, out: Any = None) -> Tensor:
    """No imaginary part."""
def istft(input: Tensor, n_fft: _int, hop_length: _int | None = None, win_length: _int | None = None, window: Tensor | None = None, center: _bool = True, normalized: _bool = False, onesided: _bool | None = None, length: _int | None = None, return_complex: _bool = False, *, out: Any = None) -> Tensor:
    """The signal of which this is the short-time Fourier transform: the inverse of `stft`, by least squares."""
def kaiser_window(window_length: _int, periodic: _bool = True, beta: _float = 12.0, *, dtype: _dtype | None = None, layout: Any = None, device: Any = None, pin_memory: _bool = False, requires_grad: _bool = False, out: Any = None) -> Tensor:
    """Kaiser's window."""
def kl_div(input: Tensor, target: Tensor, reduction: _str = 'mean', log_target: _bool = False, *, out: Any = None) -> Tensor:
    """target·(log target − input), input being log-probabilities; with `log_target`, the target too."""
def kron(input: Tensor, other: Tensor, *, out: Any = None) -> Tensor:
    """The Kronecker product: each element of `input` times all of `other`."""
def kthvalue(input: Tensor, k: _int, dim: _int = -1, keepdim: _bool = False, *, out: Any = None) -> _kthvalue:
    """The `k`-th smallest element (from 1) along `dim`, and where it is."""
def layer_norm(input: Tensor, normalized_shape: _int | Sequence[_int], weight: Tensor | None = None, bias: Tensor | None = None, eps: _float = 1e-05, *, out: Any = None) -> Tensor:
    """(x - mean) / sqrt(var + eps) * weight + bias over the last dimensions, whose sizes are `normalized_shape` (Ba, Kiros and Hinton, 2016)."""
def lcm(input: Tensor, other: Tensor, *, out: Any = None) -> Tensor:
    """The least common multiple, not negative."""
def lcm_(input: Tensor, other: Tensor) -> Tensor:
    """The least common multiple, not negative."""
def ldexp(input: Tensor, other: Tensor, *, out: Any = None) -> Tensor:
    """input · 2^other."""
def ldexp_(input: Tensor, other: Tensor) -> Tensor:
    """input · 2^other."""
def le(input: Tensor, other: Tensor | _Number, *, out: Any = None) -> Tensor:
    """input <= other."""
def le_(input: Tensor, other: Tensor | _Number) -> Tensor:
    """input <= other."""
def lerp(input: Tensor, end: Tensor, weight: Tensor | _Number, *, out: Any = None) -> Tensor:
    """input + weight · (end - input)."""
def lerp_(input: Tensor, end: Tensor, weight: Tensor | _Number) -> Tensor:
    """input + weight · (end - input)."""
def less(input: Tensor, other: Tensor | _Number, *, out: Any = None) -> Tensor:
    """input < other."""
def less_(input: Tensor, other: Tensor | _Number) -> Tensor:
    """input < other."""
def less_equal(input: Tensor, other: Tensor | _Number, *, out: Any = None) -> Tensor:
    """input <= other."""
def less_equal_(input: Tensor, other: Tensor | _Number) -> Tensor:
    """input <= other."""
def lgamma(input: Tensor, *, out: Any = None) -> Tensor:
    """log |Γ(x)|."""
def lgamma_(input: Tensor) -> Tensor:
    """log |Γ(x)|."""
def linspace(start: Tensor | _Number, end: Tensor | _Number, steps: _int, *, dtype: _dtype | None = None, layout: Any = None, device: Any = None, pin_memory: _bool = False, requires_grad: _bool = False, out: Any = None) -> Tensor:
    """`steps` numbers from `start` to `end`, both included, evenly spaced."""
def log(input: Tensor, *, out: Any = None) -> Tensor:
    """The natural logarithm."""
def log10(input: Tensor, *, out: Any = None) -> Tensor:
    """The logarithm to base 10."""
def log10_(input: Tensor) -> Tensor:
    """The logarithm to base 10."""
def log1p(input: Tensor, *, out: Any = None) -> Tensor:
    """log(1 + x), accurate near 0."""
def log1p_(input: Tensor) -> Tensor:
    """log(1 + x), accurate near 0."""
def log2(input: Tensor, *, out: Any = None) -> Tensor:
    """The logarithm to base 2."""
def log2_(input: Tensor) -> Tensor:
    """The logarithm to base 2."""
def log_(input: Tensor) -> Tensor:
    """The natural logarithm."""
def log_softmax(input: Tensor, dim: _int, dtype: _dtype | None = None, *, out: Any = None) -> Tensor:
    """log(softmax(x)) along `dim`, without the intermediate."""
def logaddexp(input: Tensor, other: Tensor, *, out: Any = None) -> Tensor:
    """log(e^input + e^other), without overflow."""
def logaddexp2(input: Tensor, other: Tensor, *, out: Any = None) -> Tensor:
    """log2(2^input + 2^other), without overflow."""
def logaddexp2_(input: Tensor, other: Tensor) -> Tensor:
    """log2(2^input + 2^other), without overflow."""
def logcumsumexp(input: Tensor, dim: _int, *, out: Any = None) -> Tensor:
    """ln Σ exp of the elements up to each one along `dim`."""
def logdet(input: Tensor, *, out: Any = None) -> Tensor:
    """The logarithm of the determinant; NaN where that is negative."""
def logical_and(input: Tensor, other: Tensor, *, out: Any = None) -> Tensor:
    """Both not zero."""
def logical_and_(input: Tensor, other: Tensor) -> Tensor:
    """Both not zero."""
def logical_not(input: Tensor, *, out: Any = None) -> Tensor:
    """Zero."""
def logical_not_(input: Tensor) -> Tensor:
    """Zero."""
def logical_or(input: Tensor, other: Tensor, *, out: Any = None) -> Tensor:
    """Either not zero."""
def logical_or_(input: Tensor, other: Tensor) -> Tensor:
    """Either not zero."""
def logical_xor(input: Tensor, other: Tensor, *, out: Any = None) -> Tensor:
    """Exactly one not zero."""
def logical_xor_(input: Tensor, other: Tensor) -> Tensor:
    """Exactly one not zero."""
def logit(input: Tensor, eps: _float | None = None, *, out: Any = None) -> Tensor:
    """log(x / (1 - x)), of x clamped to `eps` and 1 - `eps` if given; the inverse of sigmoid."""
def logit_(input: Tensor, eps: _float | None = None) -> Tensor:
    """log(x / (1 - x)), of x clamped to `eps` and 1 - `eps` if given; the inverse of sigmoid."""
def logspace(start: Tensor | _Number, end: Tensor | _Number, steps: _int, base: _float = 10.0, *, dtype: _dtype | None = None, layout: Any = None, device: Any = None, pin_memory: _bool = False, requires_grad: _bool = False, out: Any = None) -> Tensor:
    """`base` to the powers of `linspace(start, end, steps)`."""
def logsumexp(input: Tensor, dim: _int | Sequence[_int] | None, keepdim: _bool = False, *, out: Any = None) -> Tensor:
    """log Σ exp(x) over `dim`, without overflow."""
long: _dtype
@overload
def lstm(input: Tensor, hx: Sequence[Tensor], params: Sequence[Tensor], has_biases: _bool, num_layers: _int, dropout: _float, train: _bool, bidirectional: _bool, batch_first: _bool, *, out: Any = None) -> tuple[Tensor, Tensor, Tensor]:
    """An LSTM over padded sequences: all outputs, the last states and the last cells."""
@overload
def lstm(data: Tensor, batch_sizes: Tensor, hx: Sequence[Tensor], params: Sequence[Tensor], has_biases: _bool, num_layers: _int, dropout: _float, train: _bool, bidirectional: _bool, *, out: Any = None) -> tuple[Tensor, Tensor, Tensor]:
    """An LSTM over packed sequences."""
def lstm_cell(input: Tensor, hx: Sequence[Tensor], w_ih: Tensor, w_hh: Tensor, b_ih: Tensor | None = None, b_hh: Tensor | None = None, *, out: Any = None) -> tuple[Tensor, Tensor]:
    """One step of an LSTM: the new state and cells."""
def lt(input: Tensor, other: Tensor | _Number, *, out: Any = None) -> Tensor:
    """input < other."""
def lt_(input: Tensor, other: Tensor | _Number) -> Tensor:
    """input < other."""
def lu(input: Tensor, pivot: _bool = True, get_infos: _bool = False, *, out: Any = None) -> tuple[Tensor, Tensor]:
    """`lu_factor` in its old form: both triangles, pivots, and (if asked for) where a pivot is zero."""
def lu_solve(input: Tensor, LU_data: Tensor, LU_pivots: Tensor, *, out: Any = None) -> Tensor:
    """`linalg_lu_solve` by its old name: B first."""
def lu_unpack(LU_data: Tensor, LU_pivots: Tensor, unpack_data: _bool = True, unpack_pivots: _bool = True, *, out: Any = None) -> _lu_unpack:
    """P, L and U of the result of `lu_factor`; empty where they are not wanted."""
def manual_seed(seed: Any) -> Generator:
    """Seeds the default generator; the numbers after it are PyTorch's."""
def margin_ranking_loss(input1: Tensor, input2: Tensor, target: Tensor, margin: _float = 0.0, reduction: _str = 'mean', *, out: Any = None) -> Tensor:
    """max(0, −target · (input1 − input2) + margin)."""
def masked_fill(input: Tensor, mask: Tensor, value: Tensor | _Number, *, out: Any = None) -> Tensor:
    """`value` (a number or a 0-d tensor) where the mask is true, the input elsewhere."""
def masked_fill_(input: Tensor, mask: Tensor, value: Tensor | _Number) -> Tensor:
    """`value` (a number or a 0-d tensor) where the mask is true, the input elsewhere."""
def masked_scatter(input: Tensor, mask: Tensor, source: Tensor, *, out: Any = None) -> Tensor:
    """`input` with the elements of `source`, in their order, where `mask` (broadcast) is true."""
def masked_scatter_(input: Tensor, mask: Tensor, source: Tensor) -> Tensor:
    """`input` with the elements of `source`, in their order, where `mask` (broadcast) is true."""
def masked_select(input: Tensor, mask: Tensor, *, out: Any = None) -> Tensor:
    """The elements of `input` where `mask` is true, both broadcast, as a vector."""
def matmul(input: Tensor, other: Tensor, *, out: Any = None) -> Tensor:
    """`input @ other` with NumPy's rules: vectors, matrices, batches that broadcast."""
def matrix_exp(input: Tensor, *, out: Any = None) -> Tensor:
    """`linalg_matrix_exp` by its old name."""
def matrix_power(input: Tensor, n: _int, *, out: Any = None) -> Tensor:
    """`linalg_matrix_power` by its old name."""
@overload
def max(input: Tensor, *, out: Any = None) -> Tensor:
    """The largest of all elements."""
@overload
def max(input: Tensor, other: Tensor, *, out: Any = None) -> Tensor:
    """The larger of two: `maximum`."""
@overload
def max(input: Tensor, dim: _int, keepdim: _bool = False, *, out: Any = None) -> _max:
    """The largest elements along `dim`, and their (first) places."""
def max_pool1d(input: Tensor, kernel_size: _int | Sequence[_int], stride: _int | Sequence[_int] | None = None, padding: _int | Sequence[_int] = 0, dilation: _int | Sequence[_int] = 1, ceil_mode: _bool = False, return_indices: _bool = False, *, out: Any = None) -> Tensor:
    """The largest element of each window; with `return_indices`, also its place in the image."""
def max_pool1d_with_indices(input: Tensor, kernel_size: _int | Sequence[_int], stride: _int | Sequence[_int] | None = None, padding: _int | Sequence[_int] = 0, dilation: _int | Sequence[_int] = 1, ceil_mode: _bool = False, return_indices: _bool = True, *, out: Any = None) -> tuple[Tensor, Tensor]:
    """The largest element of each window, and its place in the image."""
def max_pool2d(input: Tensor, kernel_size: _int | Sequence[_int], stride: _int | Sequence[_int] | None = None, padding: _int | Sequence[_int] = 0, dilation: _int | Sequence[_int] = 1, ceil_mode: _bool = False, return_indices: _bool = False, *, out: Any = None) -> Tensor:
    """The largest element of each window; with `return_indices`, also its place in the image."""
def max_pool3d(input: Tensor, kernel_size: _int | Sequence[_int], stride: _int | Sequence[_int] | None = None, padding: _int | Sequence[_int] = 0, dilation: _int | Sequence[_int] = 1, ceil_mode: _bool = False, return_indices: _bool = False, *, out: Any = None) -> Tensor:
    """The largest element of each window; with `return_indices`, also its place in the image."""
def maximum(input: Tensor, other: Tensor, *, out: Any = None) -> Tensor:
    """The larger; NaN where either is NaN."""
def maximum_(input: Tensor, other: Tensor) -> Tensor:
    """The larger; NaN where either is NaN."""
def mean(input: Tensor, dim: _int | Sequence[_int] | None = None, keepdim: _bool = False, dtype: _dtype | None = None, *, out: Any = None) -> Tensor:
    """The mean over `dim` (all dimensions if none), of floats or complex numbers."""
@overload
def median(input: Tensor, *, out: Any = None) -> Tensor:
    """The median of all elements: the lower of two; NaN if there is one."""
@overload
def median(input: Tensor, dim: _int = -1, keepdim: _bool = False, *, out: Any = None) -> _median:
    """The median along `dim` (the lower of two; NaN if there is one), and where it is."""
@overload
def min(input: Tensor, *, out: Any = None) -> Tensor:
    """The smallest of all elements."""
@overload
def min(input: Tensor, other: Tensor, *, out: Any = None) -> Tensor:
    """The smaller of two: `minimum`."""
@overload
def min(input: Tensor, dim: _int, keepdim: _bool = False, *, out: Any = None) -> _min:
    """The smallest elements along `dim`, and their (first) places."""
def minimum(input: Tensor, other: Tensor, *, out: Any = None) -> Tensor:
    """The smaller; NaN where either is NaN."""
def minimum_(input: Tensor, other: Tensor) -> Tensor:
    """The smaller; NaN where either is NaN."""
def mm(input: Tensor, mat2: Tensor, *, out: Any = None) -> Tensor:
    """The product of two matrices."""
def mode(input: Tensor, dim: _int = -1, keepdim: _bool = False, *, out: Any = None) -> _mode:
    """The most frequent element along `dim` (the smallest of several), and its last place."""
def moveaxis(input: Tensor, source: _int | Sequence[_int], destination: _int | Sequence[_int], *, out: Any = None) -> Tensor:
    """Dimensions `source` moved to the places `destination`; the others keep their order."""
def movedim(input: Tensor, source: _int | Sequence[_int], destination: _int | Sequence[_int], *, out: Any = None) -> Tensor:
    """Dimensions `source` moved to the places `destination`; the others keep their order."""
def msort(input: Tensor, *, out: Any = None) -> Tensor:
    """The elements along dimension 0 in ascending order."""
def mul(input: Tensor, other: Tensor | _Number, *, out: Any = None) -> Tensor:
    """input * other."""
def mul_(input: Tensor, other: Tensor | _Number) -> Tensor:
    """input * other."""
def multinomial(input: Any, num_samples: Any, replacement: Any = False, *, generator: Any = None, out: Any = None) -> Tensor:
    """Numbers of categories, by the weights in the last dimension: [*, num_samples]."""
def multiply(input: Tensor, other: Tensor | _Number, *, out: Any = None) -> Tensor:
    """input * other."""
def multiply_(input: Tensor, other: Tensor | _Number) -> Tensor:
    """input * other."""
def mv(input: Tensor, vec: Tensor, *, out: Any = None) -> Tensor:
    """The product of a matrix and a vector."""
def mvlgamma(input: Tensor, p: _int, *, out: Any = None) -> Tensor:
    """The log of the multivariate gamma function of dimension `p`."""
def mvlgamma_(input: Tensor, p: _int) -> Tensor:
    """The log of the multivariate gamma function of dimension `p`."""
def nan_to_num(input: Tensor, nan: _float | None = None, posinf: _float | None = None, neginf: _float | None = None, *, out: Any = None) -> Tensor:
    """NaN and infinities replaced by numbers: 0, and the largest and the lowest number of the dtype, unless given."""
def nan_to_num_(input: Tensor, nan: _float | None = None, posinf: _float | None = None, neginf: _float | None = None) -> Tensor:
    """NaN and infinities replaced by numbers: 0, and the largest and the lowest number of the dtype, unless given."""
def nanmean(input: Tensor, dim: _int | Sequence[_int] | None = None, keepdim: _bool = False, dtype: _dtype | None = None, *, out: Any = None) -> Tensor:
    """The mean over `dim` of the elements that are not NaN."""
@overload
def nanmedian(input: Tensor, *, out: Any = None) -> Tensor:
    """The median of the elements that are not NaN."""
@overload
def nanmedian(input: Tensor, dim: _int = -1, keepdim: _bool = False, *, out: Any = None) -> _nanmedian:
    """The median along `dim` of the elements that are not NaN, and where it is."""
@overload
def nanquantile(input: Tensor, q: Tensor, dim: _int | None = None, keepdim: _bool = False, *, interpolation: _str = 'linear', out: Any = None) -> Tensor:
    """The q-quantiles of the elements that are not NaN."""
@overload
def nanquantile(input: Tensor, q: _float, dim: _int | None = None, keepdim: _bool = False, *, interpolation: _str = 'linear', out: Any = None) -> Tensor:
    """The q-quantiles of the elements that are not NaN."""
def nansum(input: Tensor, dim: _int | Sequence[_int] | None = None, keepdim: _bool = False, dtype: _dtype | None = None, *, out: Any = None) -> Tensor:
    """The sum over `dim`, NaN counted as 0."""
@overload
def narrow(input: Tensor, dim: _int, start: _int, length: _int, *, out: Any = None) -> Tensor:
    """`start..start + length` along `dim`."""
@overload
def narrow(input: Tensor, dim: _int, start: Tensor, length: _int, *, out: Any = None) -> Tensor:
    """`narrow` from where a 0-d tensor says."""
def narrow_copy(input: Tensor, dim: _int, start: _int, length: _int, *, out: Any = None) -> Tensor:
    """A copy of `narrow`."""
def native_batch_norm(input: Tensor, weight: Tensor | None, bias: Tensor | None, running_mean: Tensor | None, running_var: Tensor | None, training: _bool, momentum: _float, eps: _float, *, out: Any = None) -> tuple[Tensor, Tensor, Tensor]:
    """`batch_norm`, and in training the means and inverse deviations that it used."""
def native_channel_shuffle(input: Tensor, groups: _int, *, out: Any = None) -> Tensor:
    """Channels (dimension 1) dealt out over groups: [N, groups · n, …] read as [N, n, groups, …] (Zhang et al., 2018)."""
def native_group_norm(input: Tensor, weight: Tensor | None, bias: Tensor | None, N: _int, C: _int, HxW: _int, group: _int, eps: _float, *, out: Any = None) -> tuple[Tensor, Tensor, Tensor]:
    """`group_norm` of `N` images of `C` channels with `HxW` numbers each; also the means and inverse deviations [N, group]."""
def native_layer_norm(input: Tensor, normalized_shape: _int | Sequence[_int], weight: Tensor | None, bias: Tensor | None, eps: _float, *, out: Any = None) -> tuple[Tensor, Tensor, Tensor]:
    """`layer_norm`, and the means and inverse deviations of the rows."""
def ne(input: Tensor, other: Tensor | _Number, *, out: Any = None) -> Tensor:
    """input != other."""
def ne_(input: Tensor, other: Tensor | _Number) -> Tensor:
    """input != other."""
def neg(input: Tensor, *, out: Any = None) -> Tensor:
    """-input."""
def neg_(input: Tensor) -> Tensor:
    """-input."""
def negative(input: Tensor, *, out: Any = None) -> Tensor:
    """-input."""
def negative_(input: Tensor) -> Tensor:
    """-input."""
def nextafter(input: Tensor, other: Tensor, *, out: Any = None) -> Tensor:
    """The next float after `input` in the direction of `other`."""
def nextafter_(input: Tensor, other: Tensor) -> Tensor:
    """The next float after `input` in the direction of `other`."""
def nonzero_static(input: Tensor, *, size: _int, fill_value: _int = -1, out: Any = None) -> Tensor:
    """The first `size` rows of `nonzero`, filled up with `fill_value`."""
@overload
def norm(input: Tensor, p: _float = 2, *, out: Any = None) -> Tensor:
    """The p-norm of all elements."""
@overload
def norm(input: Tensor, p: _float = 2, dim: _int | Sequence[_int] | None = None, keepdim: _bool = False, *, out: Any = None) -> Tensor:
    """The p-norm over `dim` (all dimensions if none)."""
@overload
def norm(input: Tensor, p: _str, dim: _int | Sequence[_int] | None = None, keepdim: _bool = False, dtype: _dtype | None = None, *, out: Any = None) -> Tensor:
    """`torch.norm` by name: "fro" over any dimensions, "nuc" over two."""
def normal(mean: Any = 0.0, std: Any = 1.0, size: Any = None, *, generator: Any = None, out: Any = None, dtype: Any = None, layout: Any = None, device: Any = None, requires_grad: Any = False, pin_memory: Any = False) -> Tensor:
    """Normal numbers with these means and standard deviations, which are tensors or numbers."""
def not_equal(input: Tensor, other: Tensor | _Number, *, out: Any = None) -> Tensor:
    """input != other."""
def not_equal_(input: Tensor, other: Tensor | _Number) -> Tensor:
    """input != other."""
def numel(input: Any) -> _int:
    """The number of elements."""
def ones(*size: Any, out: Any = None, dtype: Any = None, layout: Any = None, device: Any = None, pin_memory: Any = False, requires_grad: Any = False, names: Any = None, **named: Any) -> Tensor:
    """Ones."""
def ones_like(input: Any, *, dtype: Any = None, layout: Any = None, device: Any = None, pin_memory: Any = False, requires_grad: Any = False, memory_format: Any = None) -> Tensor:
    """Ones in the shape and dtype of `input`."""
def orgqr(input: Tensor, input2: Tensor, *, out: Any = None) -> Tensor:
    """`householder_product` by its old name."""
def ormqr(input: Tensor, input2: Tensor, input3: Tensor, left: _bool = True, transpose: _bool = False, *, out: Any = None) -> Tensor:
    """The product of the reflectors (or its adjoint, with `transpose`) times `other`, from the `left` or the right."""
def outer(input: Tensor, vec2: Tensor, *, out: Any = None) -> Tensor:
    """The outer product of two vectors."""
def pairwise_distance(x1: Tensor, x2: Tensor, p: _float = 2.0, eps: _float = 1e-06, keepdim: _bool = False, *, out: Any = None) -> Tensor:
    """‖x1 − x2 + eps‖ along the last dimension."""
def pca_lowrank(A: Tensor, q: _int | None = None, center: _bool = True, niter: _int = 2, *, out: Any = None) -> tuple[Tensor, Tensor, Tensor]:
    """`svd_lowrank` of A, less its mean row with `center`: principal components."""
def pdist(input: Tensor, p: _float = 2.0, *, out: Any = None) -> Tensor:
    """The p-norms of the differences between all pairs of rows, in the order of the upper triangle."""
def permute(input: Tensor, dims: _int | Sequence[_int], *, out: Any = None) -> Tensor:
    """The dimensions in the order `dims`."""
def permute_copy(input: Tensor, dims: _int | Sequence[_int], *, out: Any = None) -> Tensor:
    """A copy of `permute`."""
def pinverse(input: Tensor, rcond: _float = 1e-15, *, out: Any = None) -> Tensor:
    """`linalg_pinv` by its old name."""
def pixel_shuffle(input: Tensor, upscale_factor: _int, *, out: Any = None) -> Tensor:
    """[.., C · r², H, W] to [.., C, H · r, W · r] (Shi et al., 2016)."""
def pixel_unshuffle(input: Tensor, downscale_factor: _int, *, out: Any = None) -> Tensor:
    """The inverse of `pixel_shuffle`: [.., C, H · r, W · r] to [.., C · r², H, W]."""
def poisson_nll_loss(input: Tensor, target: Tensor, log_input: _bool = True, full: _bool = False, eps: _float = 1e-08, reduction: _str = 'mean', *, out: Any = None) -> Tensor:
    """e^input − target · input if `log_input`, else input − target · log(input + eps); with `full`, plus Stirling's formula for log target! where the target is above 1."""
def polar(abs: Tensor, angle: Tensor, *, out: Any = None) -> Tensor:
    """Complex numbers from their absolute values and angles."""
def polygamma(n: _int, input: Tensor, *, out: Any = None) -> Tensor:
    """The derivative of order `n` of digamma."""
def positive(input: Tensor, *, out: Any = None) -> Tensor:
    """The tensor itself; bools are refused."""
@overload
def pow(input: Tensor, exponent: Tensor | _Number, *, out: Any = None) -> Tensor:
    """input^exponent; tensors or a number. Integers to a negative number are refused."""
@overload
def pow(input: _Number, exponent: Tensor, *, out: Any = None) -> Tensor:
    """A number to the powers `exponent`."""
def pow_(input: Tensor, exponent: Tensor | _Number) -> Tensor:
    """input^exponent; tensors or a number. Integers to a negative number are refused."""
def prelu(input: Tensor, weight: Tensor, *, out: Any = None) -> Tensor:
    """x above 0, weight · x below; one weight, or one per channel (dimension 1)."""
def prod(input: Tensor, dim: _int | None = None, keepdim: _bool = False, dtype: _dtype | None = None, *, out: Any = None) -> Tensor:
    """The product over `dim` (one dimension, or all). Integers give int64 unless a `dtype` is given."""
def promote_types(type1: Any, type2: Any) -> _dtype:
    """The smallest dtype that holds both."""
def put(input: Tensor, index: Tensor, source: Tensor, accumulate: _bool = False, *, out: Any = None) -> Tensor:
    """`input` with the elements of `source` at the places `index` of the flattened tensor."""
def put_(input: Tensor, index: Tensor, source: Tensor, accumulate: _bool = False) -> Tensor:
    """`input` with the elements of `source` at the places `index` of the flattened tensor."""
@overload
def quantile(input: Tensor, q: Tensor, dim: _int | None = None, keepdim: _bool = False, *, interpolation: _str = 'linear', out: Any = None) -> Tensor:
    """The q-quantiles along `dim` (of all elements without one), between neighbours by `interpolation`."""
@overload
def quantile(input: Tensor, q: _float, dim: _int | None = None, keepdim: _bool = False, *, interpolation: _str = 'linear', out: Any = None) -> Tensor:
    """The q-quantiles along `dim` (of all elements without one), between neighbours by `interpolation`."""
def rad2deg(input: Tensor, *, out: Any = None) -> Tensor:
    """Radians as degrees."""
def rad2deg_(input: Tensor) -> Tensor:
    """Radians as degrees."""
def rand(*size: Any, generator: Any = None, out: Any = None, dtype: Any = None, layout: Any = None, device: Any = None, requires_grad: Any = False, pin_memory: Any = False, names: Any = None, **named: Any) -> Tensor:
    """Numbers uniform in [0, 1)."""
def rand_like(input: Any, *, dtype: Any = None, layout: Any = None, device: Any = None, requires_grad: Any = False, memory_format: Any = None, generator: Any = None) -> Tensor:
    """Numbers uniform in [0, 1), in the shape of `input`."""
def randint(*args: Any, generator: Any = None, out: Any = None, dtype: Any = None, layout: Any = None, device: Any = None, requires_grad: Any = False, pin_memory: Any = False, **named: Any) -> Tensor:
    """Integers in [low, high)."""
def randint_like(input: Any, *args: Any, dtype: Any = None, layout: Any = None, device: Any = None, requires_grad: Any = False, memory_format: Any = None, generator: Any = None, **named: Any) -> Tensor:
    """Integers in [low, high), in the shape of `input`."""
def randn(*size: Any, generator: Any = None, out: Any = None, dtype: Any = None, layout: Any = None, device: Any = None, requires_grad: Any = False, pin_memory: Any = False, names: Any = None, **named: Any) -> Tensor:
    """Standard normal numbers."""
def randn_like(input: Any, *, dtype: Any = None, layout: Any = None, device: Any = None, requires_grad: Any = False, memory_format: Any = None, generator: Any = None) -> Tensor:
    """Standard normal numbers in the shape of `input`."""
def randperm(n: Any, *, generator: Any = None, out: Any = None, dtype: Any = None, layout: Any = None, device: Any = None, requires_grad: Any = False, pin_memory: Any = False) -> Tensor:
    """A random order of 0, 1, …, n − 1."""
def range(start: Any, end: Any = None, step: Any = 1, *, out: Any = None, dtype: Any = None, layout: Any = None, device: Any = None, requires_grad: Any = False) -> Tensor:
    """`start`, `start + step`, … up to and with `end`."""
def ravel(input: Tensor, *, out: Any = None) -> Tensor:
    """All elements in a row."""
def real(input: Tensor, *, out: Any = None) -> Tensor:
    """The real part: a view of a complex tensor, a real tensor itself."""
def reciprocal(input: Tensor, *, out: Any = None) -> Tensor:
    """1 / input."""
def reciprocal_(input: Tensor) -> Tensor:
    """1 / input."""
def relu(input: Tensor, *, out: Any = None) -> Tensor:
    """max(0, x)."""
def relu_(input: Tensor) -> Tensor:
    """max(0, x)."""
@overload
def remainder(input: Tensor, other: Tensor | _Number, *, out: Any = None) -> Tensor:
    """The remainder of the division rounded down: it has the sign of `other` (Python's `%`)."""
@overload
def remainder(input: _Number, other: Tensor, *, out: Any = None) -> Tensor:
    """The remainder of a number divided by a tensor."""
def remainder_(input: Tensor, other: Tensor | _Number) -> Tensor:
    """The remainder of the division rounded down: it has the sign of `other` (Python's `%`)."""
def renorm(input: Tensor, p: _Number, dim: _int, maxnorm: _Number, *, out: Any = None) -> Tensor:
    """Slices along `dim` whose p-norm is above `maxnorm` scaled down to it."""
def renorm_(input: Tensor, p: _Number, dim: _int, maxnorm: _Number) -> Tensor:
    """Slices along `dim` whose p-norm is above `maxnorm` scaled down to it."""
@overload
def repeat_interleave(input: Tensor, repeats: _int, dim: _int | None = None, *, output_size: _int | None = None, out: Any = None) -> Tensor:
    """Each element (along `dim`, or of the flattened tensor) `repeats` times."""
@overload
def repeat_interleave(input: Tensor, repeats: Tensor, dim: _int | None = None, *, output_size: _int | None = None, out: Any = None) -> Tensor:
    """Each element (along `dim`, or of the flattened tensor) as often as the vector `repeats` says."""
@overload
def repeat_interleave(repeats: Tensor, *, out: Any = None) -> Tensor:
    """Each number i as often as `repeats[i]` says."""
def reshape(input: Tensor, shape: _int | Sequence[_int], *, out: Any = None) -> Tensor:
    """The same elements in another shape: a view where there is one, else a copy. One size may be -1."""
def resolve_conj(input: Tensor, *, out: Any = None) -> Tensor:
    """`conj`: conjugates are never put off here."""
def resolve_neg(input: Tensor, *, out: Any = None) -> Tensor:
    """The tensor: nothing is negated lazily here."""
def result_type(tensor1: Any, tensor2: Any) -> _dtype:
    """The dtype of an operation's result."""
def rms_norm(input: Tensor, normalized_shape: _int | Sequence[_int], weight: Tensor | None = None, eps: _float | None = None, *, out: Any = None) -> Tensor:
    """x / sqrt(mean(x²) + eps) * weight over the last dimensions (Zhang and Sennrich, 2019). Without `eps`, the dtype's epsilon."""
@overload
def rnn_relu(input: Tensor, hx: Tensor, params: Sequence[Tensor], has_biases: _bool, num_layers: _int, dropout: _float, train: _bool, bidirectional: _bool, batch_first: _bool, *, out: Any = None) -> tuple[Tensor, Tensor]:
    """A recurrent net over padded sequences: all outputs, and the last states."""
@overload
def rnn_relu(data: Tensor, batch_sizes: Tensor, hx: Tensor, params: Sequence[Tensor], has_biases: _bool, num_layers: _int, dropout: _float, train: _bool, bidirectional: _bool, *, out: Any = None) -> tuple[Tensor, Tensor]:
    """The same over packed sequences."""
def rnn_relu_cell(input: Tensor, hx: Tensor, w_ih: Tensor, w_hh: Tensor, b_ih: Tensor | None = None, b_hh: Tensor | None = None, *, out: Any = None) -> Tensor:
    """One step of a cell: the new state."""
@overload
def rnn_tanh(input: Tensor, hx: Tensor, params: Sequence[Tensor], has_biases: _bool, num_layers: _int, dropout: _float, train: _bool, bidirectional: _bool, batch_first: _bool, *, out: Any = None) -> tuple[Tensor, Tensor]:
    """A recurrent net over padded sequences: all outputs, and the last states."""
@overload
def rnn_tanh(data: Tensor, batch_sizes: Tensor, hx: Tensor, params: Sequence[Tensor], has_biases: _bool, num_layers: _int, dropout: _float, train: _bool, bidirectional: _bool, *, out: Any = None) -> tuple[Tensor, Tensor]:
    """The same over packed sequences."""
def rnn_tanh_cell(input: Tensor, hx: Tensor, w_ih: Tensor, w_hh: Tensor, b_ih: Tensor | None = None, b_hh: Tensor | None = None, *, out: Any = None) -> Tensor:
    """One step of a cell: the new state."""
def roll(input: Tensor, shifts: _int | Sequence[_int], dims: _int | Sequence[_int] = [], *, out: Any = None) -> Tensor:
    """The elements moved on by `shifts` along `dims`; what falls off comes in at the other end. Without `dims` the flattened tensor is rolled."""
def rot90(input: Tensor, k: _int = 1, dims: _int | Sequence[_int] = [0, 1], *, out: Any = None) -> Tensor:
    """The tensor turned by `k` quarters from the first of `dims` towards the second."""
def round(input: Tensor, *, decimals: _int = 0, out: Any = None) -> Tensor:
    """The nearest number with `decimals` decimal places, ties to even."""
def round_(input: Tensor, *, decimals: _int = 0) -> Tensor:
    """The nearest number with `decimals` decimal places, ties to even."""
def row_stack(tensors: Sequence[Tensor], *, out: Any = None) -> Tensor:
    """One under the other: along the first dimension, vectors as rows."""
def rrelu(input: Tensor, lower: _float = 0.125, upper: _float = 0.3333333333333333, training: _bool = False, *, out: Any = None) -> Tensor:
    """x above 0, a slope between `lower` and `upper` below: random for each element in training, the mean of both otherwise (Xu et al., 2015)."""
def rsqrt(input: Tensor, *, out: Any = None) -> Tensor:
    """1 / sqrt(input)."""
def rsqrt_(input: Tensor) -> Tensor:
    """1 / sqrt(input)."""
def rsub(input: Tensor, other: Tensor | _Number, alpha: _Number = 1, *, out: Any = None) -> Tensor:
    """other - alpha · input."""
def scalar_tensor(s: Any, *, dtype: Any = None, layout: Any = None, device: Any = None, pin_memory: Any = False, requires_grad: Any = False) -> Tensor:
    """A 0-d tensor, a float one unless `dtype` says otherwise."""
@overload
def scatter(input: Tensor, dim: _int, index: Tensor, src: Tensor | _Number, *, out: Any = None) -> Tensor:
    """`input` with `src` (a tensor or a number) at the places of `index` along `dim`."""
@overload
def scatter(input: Tensor, dim: _int, index: Tensor, src: Tensor | _Number, *, reduce: _str, out: Any = None) -> Tensor:
    """`scatter` that adds or multiplies ("add", "multiply")."""
@overload
def scatter(input: Tensor, dim: _int, index: Tensor, *, value: _Number, out: Any = None) -> Tensor:
    """`scatter` of a number that is named."""
@overload
def scatter_(input: Tensor, dim: _int, index: Tensor, src: Tensor | _Number) -> Tensor:
    """`input` with `src` (a tensor or a number) at the places of `index` along `dim`."""
@overload
def scatter_(input: Tensor, dim: _int, index: Tensor, src: Tensor | _Number, *, reduce: _str) -> Tensor:
    """`scatter` that adds or multiplies ("add", "multiply")."""
@overload
def scatter_(input: Tensor, dim: _int, index: Tensor, *, value: _Number) -> Tensor:
    """`scatter` of a number that is named."""
def scatter_add(input: Tensor, dim: _int, index: Tensor, src: Tensor, *, out: Any = None) -> Tensor:
    """`input` with `src` added at the places of `index` along `dim`."""
def scatter_add_(input: Tensor, dim: _int, index: Tensor, src: Tensor) -> Tensor:
    """`input` with `src` added at the places of `index` along `dim`."""
def scatter_reduce(input: Tensor, dim: _int, index: Tensor, src: Tensor, reduce: _str, *, include_self: _bool = True, out: Any = None) -> Tensor:
    """`input` with the values of `src` folded in at the places of `index` along `dim`: `reduce` is "sum", "prod", "mean", "amax" or "amin". Without `include_self` the elements of `input` that are folded into do not count themselves."""
def scatter_reduce_(input: Tensor, dim: _int, index: Tensor, src: Tensor, reduce: _str, *, include_self: _bool = True) -> Tensor:
    """`input` with the values of `src` folded in at the places of `index` along `dim`: `reduce` is "sum", "prod", "mean", "amax" or "amin". Without `include_self` the elements of `input` that are folded into do not count themselves."""
@overload
def searchsorted(sorted_sequence: Tensor, input: Tensor, *, out_int32: _bool = False, right: _bool = False, side: _str | None = None, sorter: Tensor | None = None, out: Any = None) -> Tensor:
    """Where `input` belongs in the sorted rows of `sorted_sequence`: before its equals, or after them (`right`, or `side` "right"). `sorter` gives the order of rows that are not sorted."""
@overload
def searchsorted(sorted_sequence: Tensor, input: _Number, *, out_int32: _bool = False, right: _bool = False, side: _str | None = None, sorter: Tensor | None = None, out: Any = None) -> Tensor:
    """`searchsorted` of a number."""
def select(input: Tensor, dim: _int, index: _int, *, out: Any = None) -> Tensor:
    """Index `index` along `dim`, which disappears."""
def select_copy(input: Tensor, dim: _int, index: _int, *, out: Any = None) -> Tensor:
    """A copy of `select`."""
def select_scatter(input: Tensor, src: Tensor, dim: _int, index: _int, *, out: Any = None) -> Tensor:
    """`input` with `src` at one place along `dim`."""
def selu(input: Tensor, *, out: Any = None) -> Tensor:
    """The self-normalising elu (Klambauer et al., 2017)."""
def sgn(input: Tensor, *, out: Any = None) -> Tensor:
    """The sign; of a complex number, the number divided by its absolute value (0 for 0)."""
def sgn_(input: Tensor) -> Tensor:
    """The sign; of a complex number, the number divided by its absolute value (0 for 0)."""
short: _dtype
def sigmoid(input: Tensor, *, out: Any = None) -> Tensor:
    """1 / (1 + e^-x)."""
def sigmoid_(input: Tensor) -> Tensor:
    """1 / (1 + e^-x)."""
def sign(input: Tensor, *, out: Any = None) -> Tensor:
    """-1, 0 or 1; 0 for NaN."""
def sign_(input: Tensor) -> Tensor:
    """-1, 0 or 1; 0 for NaN."""
def signbit(input: Tensor, *, out: Any = None) -> Tensor:
    """The sign bit is set: below 0, or -0."""
def signbit_(input: Tensor) -> Tensor:
    """The sign bit is set: below 0, or -0."""
def sin(input: Tensor, *, out: Any = None) -> Tensor:
    """The sine."""
def sin_(input: Tensor) -> Tensor:
    """The sine."""
def sinc(input: Tensor, *, out: Any = None) -> Tensor:
    """sin(πx) / (πx), 1 at 0."""
def sinc_(input: Tensor) -> Tensor:
    """sin(πx) / (πx), 1 at 0."""
def sinh(input: Tensor, *, out: Any = None) -> Tensor:
    """The hyperbolic sine."""
def sinh_(input: Tensor) -> Tensor:
    """The hyperbolic sine."""
def slice_scatter(input: Tensor, src: Tensor, dim: _int = 0, start: _int | None = None, end: _int | None = None, step: _int = 1, *, out: Any = None) -> Tensor:
    """`input` with `src` over a slice along `dim`."""
def slogdet(input: Tensor, *, out: Any = None) -> _slogdet:
    """`linalg_slogdet` by its old name."""
def softmax(input: Tensor, dim: _int, dtype: _dtype | None = None, *, out: Any = None) -> Tensor:
    """exp(x) / Σ exp(x) along `dim`."""
def sort(input: Tensor, dim: _int = -1, descending: _bool = False, stable: _bool = False, *, out: Any = None) -> _sort:
    """The elements along `dim` in ascending (or `descending`) order, and where each was. Equal elements always keep their order, whether `stable` asks for it or not; NaN counts as the greatest."""
def split_with_sizes(input: Tensor, split_sizes: _int | Sequence[_int], dim: _int = 0, *, out: Any = None) -> tuple[Tensor, Tensor, Tensor]:
    """Pieces of the given sizes along `dim`, which together make up the dimension."""
def split_with_sizes_copy(input: Tensor, split_sizes: _int | Sequence[_int], dim: _int = 0, *, out: Any = None) -> tuple[Tensor, Tensor]:
    """Copies of the pieces of the given sizes along `dim`."""
def sqrt(input: Tensor, *, out: Any = None) -> Tensor:
    """The square root."""
def sqrt_(input: Tensor) -> Tensor:
    """The square root."""
def square(input: Tensor, *, out: Any = None) -> Tensor:
    """input²; bools become int64."""
def square_(input: Tensor) -> Tensor:
    """input²; bools become int64."""
def squeeze(input: Tensor, dim: _int | Sequence[_int] | None = None, *, out: Any = None) -> Tensor:
    """Without the dimensions of size 1 (all of them, or those of `dim` that have size 1)."""
def squeeze_copy(input: Tensor, dim: _int | Sequence[_int] | None = None, *, out: Any = None) -> Tensor:
    """A copy of `squeeze`."""
def stack(tensors: Sequence[Tensor], dim: _int = 0, *, out: Any = None) -> Tensor:
    """The tensors, all of one shape, along a new dimension `dim`."""
def std(input: Any, dim: Any = None, unbiased: Any = None, keepdim: Any = False, *, correction: Any = None, out: Any = None, **aliases: Any) -> Tensor:
    """The root of the variance."""
def stft(input: Tensor, n_fft: _int, hop_length: _int | None = None, win_length: _int | None = None, window: Tensor | None = None, center: _bool = True, pad_mode: _str = 'reflect', normalized: _bool = False, onesided: _bool | None = None, return_complex: _bool | None = None, *, out: Any = None) -> Tensor:
    """The Fourier transforms of frames of `n_fft` points, `hop_length` apart, times `window`: [.., frequencies, frames]."""
@overload
def sub(input: Tensor, other: Tensor | _Number, *, out: Any = None) -> Tensor:
    """input - other."""
@overload
def sub(input: Tensor, other: Tensor | _Number, alpha: _Number = 1, *, out: Any = None) -> Tensor:
    """input - alpha · other."""
@overload
def sub_(input: Tensor, other: Tensor | _Number) -> Tensor:
    """input - other."""
@overload
def sub_(input: Tensor, other: Tensor | _Number, alpha: _Number = 1) -> Tensor:
    """input - alpha · other."""
def subtract(input: Tensor, other: Tensor | _Number, *, out: Any = None) -> Tensor:
    """input - other."""
def subtract_(input: Tensor, other: Tensor | _Number) -> Tensor:
    """input - other."""
def sum(input: Tensor, dim: _int | Sequence[_int] | None = None, keepdim: _bool = False, dtype: _dtype | None = None, *, out: Any = None) -> Tensor:
    """The sum over `dim` (all dimensions if none). Integers give int64 unless a `dtype` is given."""
def svd(input: Tensor, some: _bool = True, compute_uv: _bool = True, *, out: Any = None) -> _svd:
    """Singular values by the old name: V and not its adjoint, and zeros in place of vectors without `compute_uv`."""
def svd_lowrank(A: Tensor, q: _int = 6, niter: _int = 2, M: Tensor | None = None, *, out: Any = None) -> tuple[Tensor, Tensor, Tensor]:
    """U, S and V of A − M of about rank `q`, by random projections improved `niter` times."""
def swapaxes(input: Tensor, axis0: _int, axis1: _int, *, out: Any = None) -> Tensor:
    """`transpose` by NumPy's name."""
def swapdims(input: Tensor, axis0: _int, axis1: _int, *, out: Any = None) -> Tensor:
    """`transpose` by NumPy's name."""
def t(input: Tensor, *, out: Any = None) -> Tensor:
    """The transpose of a matrix; tensors with fewer dimensions as they are."""
def t_copy(input: Tensor, *, out: Any = None) -> Tensor:
    """A copy of `t`."""
def take(input: Tensor, index: Tensor, *, out: Any = None) -> Tensor:
    """The elements of the flattened tensor at `index`, in the shape of `index`."""
def take_along_dim(input: Tensor, indices: Tensor, dim: _int | None = None, *, out: Any = None) -> Tensor:
    """`gather` with `input` and `indices` broadcast against each other except along `dim`; from both flattened without one."""
def tan(input: Tensor, *, out: Any = None) -> Tensor:
    """The tangent."""
def tan_(input: Tensor) -> Tensor:
    """The tangent."""
def tanh(input: Tensor, *, out: Any = None) -> Tensor:
    """The hyperbolic tangent."""
def tanh_(input: Tensor) -> Tensor:
    """The hyperbolic tangent."""
def tensor(data: Any, *, dtype: Any = None, device: Any = None, requires_grad: Any = False, pin_memory: Any = False) -> Tensor:
    """A tensor of a copy of `data`: a number, nested sequences of numbers, an array or a tensor."""
@overload
def tensor_split(input: Tensor, indices_or_sections: _int, dim: _int = 0, *, out: Any = None) -> tuple[Tensor, ...]:
    """`sections` pieces along `dim` whose sizes differ by at most one, the larger first."""
@overload
def tensor_split(input: Tensor, indices_or_sections: _int | Sequence[_int], dim: _int = 0, *, out: Any = None) -> tuple[Tensor, ...]:
    """The pieces between the places `indices` along `dim`, by Python's rules for bounds."""
@overload
def tensor_split(input: Tensor, tensor_indices_or_sections: Tensor, dim: _int = 0, *, out: Any = None) -> tuple[Tensor, Tensor, Tensor]:
    """`tensor_split` by a tensor: a 0-d one is a number of sections, a vector the places."""
def tensordot(a: Any, b: Any, dims: Any = 2, out: Any = None) -> Tensor:
    """Sums of products over several dimensions of both."""
def threshold(input: Tensor, threshold: _float, value: _float, *, out: Any = None) -> Tensor:
    """x above the threshold, `value` elsewhere."""
def tile(input: Tensor, dims: _int | Sequence[_int], *, out: Any = None) -> Tensor:
    """`repeat` that fills up missing counts with ones in front."""
def topk(input: Tensor, k: _int, dim: _int = -1, largest: _bool = True, sorted: _bool = True, *, out: Any = None) -> _topk:
    """The `k` largest (or smallest) elements along `dim`, and where they are. They are always given in order, and among equals the first ones are chosen."""
def trace(input: Tensor, *, out: Any = None) -> Tensor:
    """The sum of the diagonal of a matrix."""
def transpose(input: Tensor, dim0: _int, dim1: _int, *, out: Any = None) -> Tensor:
    """Dimensions `dim0` and `dim1` swapped."""
def transpose_copy(input: Tensor, dim0: _int, dim1: _int, *, out: Any = None) -> Tensor:
    """A copy of `transpose`."""
def trapezoid(y: Tensor, x: Tensor | None = None, *, dx: _float = 1.0, dim: _int = -1, out: Any = None) -> Tensor:
    """The area under `y` by the trapezoid rule along `dim`, at the places `x` or `dx` apart."""
def trapz(y: Tensor, x: Tensor | None = None, *, dx: _float = 1.0, dim: _int = -1, out: Any = None) -> Tensor:
    """`trapezoid` by its old name."""
def triangular_solve(input: Tensor, A: Tensor, upper: _bool = True, transpose: _bool = False, unitriangular: _bool = False, *, out: Any = None) -> _triangular_solve:
    """`solve_triangular` in its old form: the solution, and the matrix."""
def tril(input: Tensor, diagonal: _int = 0, *, out: Any = None) -> Tensor:
    """The lower triangle of the last two dimensions, up to `diagonal`; zeros above."""
def tril_(input: Tensor, diagonal: _int = 0) -> Tensor:
    """The lower triangle of the last two dimensions, up to `diagonal`; zeros above."""
def tril_indices(row: _int, col: _int, offset: _int = 0, *, dtype: _dtype | None = None, layout: Any = None, device: Any = None, pin_memory: _bool = False, requires_grad: _bool = False, out: Any = None) -> Tensor:
    """The places of the lower triangle of a matrix: rows, then columns."""
def triplet_margin_loss(anchor: Tensor, positive: Tensor, negative: Tensor, margin: _float = 1.0, p: _float = 2, eps: _float = 1e-06, swap: _bool = False, reduction: _str = 'mean', *, out: Any = None) -> Tensor:
    """max(0, d(anchor, positive) − d(anchor, negative) + margin); with `swap` the negative is also measured from the positive."""
def triu(input: Tensor, diagonal: _int = 0, *, out: Any = None) -> Tensor:
    """The upper triangle of the last two dimensions, from `diagonal` on; zeros below."""
def triu_(input: Tensor, diagonal: _int = 0) -> Tensor:
    """The upper triangle of the last two dimensions, from `diagonal` on; zeros below."""
def triu_indices(row: _int, col: _int, offset: _int = 0, *, dtype: _dtype | None = None, layout: Any = None, device: Any = None, pin_memory: _bool = False, requires_grad: _bool = False, out: Any = None) -> Tensor:
    """The places of the upper triangle of a matrix: rows, then columns."""
def true_divide(input: Tensor, other: Tensor | _Number, *, out: Any = None) -> Tensor:
    """input / other, rounded to no integer: integers become the default float."""
def true_divide_(input: Tensor, other: Tensor | _Number) -> Tensor:
    """input / other, rounded to no integer: integers become the default float."""
def trunc(input: Tensor, *, out: Any = None) -> Tensor:
    """Without the fraction."""
def trunc_(input: Tensor) -> Tensor:
    """Without the fraction."""
def typename(obj: Any) -> _str:
    """The name of an object's type, with its module."""
def unbind(input: Tensor, dim: _int = 0, *, out: Any = None) -> tuple[Tensor, Tensor, Tensor]:
    """The slices along `dim`, without it."""
def unbind_copy(input: Tensor, dim: _int = 0, *, out: Any = None) -> tuple[Tensor, Tensor, Tensor]:
    """Copies of the slices along `dim`, without it."""
def unflatten(input: Tensor, dim: _int, sizes: _int | Sequence[_int], *, out: Any = None) -> Tensor:
    """Dimension `dim` split into `sizes`; one of them may be -1."""
def unfold_copy(input: Tensor, dimension: _int, size: _int, step: _int, *, out: Any = None) -> Tensor:
    """A copy of `unfold`."""
def unravel_index(indices: Tensor, shape: _int | Sequence[_int], *, out: Any = None) -> tuple[Tensor, Tensor]:
    """Coordinates in `shape` of the places `indices` of the flattened tensor."""
def unsafe_chunk(input: Tensor, chunks: _int, dim: _int = 0, *, out: Any = None) -> tuple[Tensor, Tensor, Tensor]:
    """`chunk` whose pieces may be written one by one: copies here."""
def unsafe_split(input: Tensor, split_size: _int, dim: _int = 0, *, out: Any = None) -> tuple[Tensor, Tensor, Tensor]:
    """`split` whose pieces may be written one by one: copies here."""
def unsafe_split_with_sizes(input: Tensor, split_sizes: _int | Sequence[_int], dim: _int = 0, *, out: Any = None) -> tuple[Tensor, Tensor]:
    """`split_with_sizes` whose pieces may be written one by one: copies here."""
def unsqueeze(input: Tensor, dim: _int, *, out: Any = None) -> Tensor:
    """With a dimension of size 1 put in at `dim`."""
def unsqueeze_copy(input: Tensor, dim: _int, *, out: Any = None) -> Tensor:
    """A copy of `unsqueeze`."""
def var(input: Any, dim: Any = None, unbiased: Any = None, keepdim: Any = False, *, correction: Any = None, out: Any = None, **aliases: Any) -> Tensor:
    """The variance over `dim`, divided by the count less `correction` (1 if none is given)."""
def vdot(input: Tensor, other: Tensor, *, out: Any = None) -> Tensor:
    """Σ conj(input) · other of two vectors."""
def view_as_complex(input: Tensor, *, out: Any = None) -> Tensor:
    """A view of pairs along the last dimension (of size 2) as complex numbers."""
def view_as_real(input: Tensor, *, out: Any = None) -> Tensor:
    """A view with a last dimension of size 2: real and imaginary part."""
def view_copy(input: Tensor, size: _int | Sequence[_int], *, out: Any = None) -> Tensor:
    """The same elements in another shape, copied."""
@overload
def vsplit(input: Tensor, sections: _int, *, out: Any = None) -> tuple[Tensor, Tensor]:
    """Pieces one under the other."""
@overload
def vsplit(input: Tensor, indices: _int | Sequence[_int], *, out: Any = None) -> tuple[Tensor, Tensor, Tensor]:
    """Pieces one under the other."""
def vstack(tensors: Sequence[Tensor], *, out: Any = None) -> Tensor:
    """One under the other: along the first dimension, vectors as rows."""
def xlogy(input: Tensor, other: Tensor | _Number, *, out: Any = None) -> Tensor:
    """input · log(other); 0 where the input is 0, NaN where `other` is NaN."""
def xlogy_(input: Tensor, other: Tensor | _Number) -> Tensor:
    """input · log(other); 0 where the input is 0, NaN where `other` is NaN."""
def zeros(*size: Any, out: Any = None, dtype: Any = None, layout: Any = None, device: Any = None, pin_memory: Any = False, requires_grad: Any = False, names: Any = None, **named: Any) -> Tensor:
    """Zeros."""
def zeros_like(input: Any, *, dtype: Any = None, layout: Any = None, device: Any = None, pin_memory: Any = False, requires_grad: Any = False, memory_format: Any = None) -> Tensor:
    """Zeros in the shape and dtype of `input`."""

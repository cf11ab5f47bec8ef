"""New tensors, with the keywords that PyTorch's constructors share."""

from . import _C
from ._types import get_default_dtype, strided

__all__ = [
    "tensor", "as_tensor", "asarray", "from_numpy", "frombuffer", "from_file", "zeros", "ones", "empty", "full", "zeros_like", "ones_like",
    "empty_like", "full_like", "arange", "range", "rand", "randn", "randint", "randperm", "rand_like", "randn_like",
    "randint_like", "empty_strided", "empty_permuted", "scalar_tensor", "normal", "bernoulli", "multinomial", "poisson", "binomial", "_standard_gamma",
    "_standard_gamma_grad", "_sample_dirichlet", "_dirichlet_grad", "manual_seed", "from_dlpack", "is_tensor", "is_storage",
    "numel", "is_floating_point", "is_complex", "is_nonzero", "typename", "get_num_threads", "set_num_threads",
    "get_num_interop_threads", "set_num_interop_threads", "are_deterministic_algorithms_enabled",
    "use_deterministic_algorithms", "set_printoptions", "set_float32_matmul_precision", "get_float32_matmul_precision",
    "default_generator", "promote_types", "result_type", "can_cast", "set_flush_denormal", "is_same_size",
]  # fmt: skip

default_generator = _C.default_generator()


def manual_seed(seed):
    """Seeds the default generator; the numbers after it are PyTorch's."""
    return _C.manual_seed(int(seed))


def _check(device, layout):
    if device is not None:
        _C.check_device(device)
    if layout is not None and layout is not strided:
        raise NotImplementedError(f"layout {layout} is not in Flambeau yet; tensors are torch.strided")


def _finish(t, out=None, requires_grad=False, dtype=None):
    if out is not None:
        if dtype is not None and out.dtype != dtype:
            raise RuntimeError(f"dtype {dtype} does not match dtype of out parameter ({out.dtype})")
        if out.shape != t.shape:
            out.resize_(t.shape)
        return out.copy_(t)
    if requires_grad:
        t.requires_grad_(True)
    return t


def _sizes(size):
    """Sizes given as several arguments, or as one sequence."""
    if len(size) == 1 and not isinstance(size[0], int):
        first = size[0]
        if isinstance(first, _C.Tensor) and first.dim() == 0:
            return (int(first),)
        return tuple(first) if hasattr(first, "__iter__") else (first,)
    return size


def tensor(data, *, dtype=None, device=None, requires_grad=False, pin_memory=False):
    """A tensor of a copy of `data`: a number, nested sequences of numbers, an array or a tensor."""
    _check(device, None)
    t = _C.tensor(data, dtype)
    return t.requires_grad_(True) if requires_grad else t


def as_tensor(data, dtype=None, device=None):
    """`data` as a tensor, without a copy where that can be."""
    _check(device, None)
    if isinstance(data, _C.Tensor):
        return data if dtype is None else data.to(dtype)
    if hasattr(data, "__array_interface__") and not isinstance(data, (int, float, complex)):
        if getattr(data, "ndim", 1) > 0:
            t = _C.from_numpy(data)
            return t if dtype is None else t.to(dtype)
    return _C.tensor(data, dtype)


def asarray(obj, *, dtype=None, device=None, copy=None, requires_grad=None):
    """`obj` as a tensor that shares its memory where that can be, unless `copy` says otherwise; with its history, unless
    `requires_grad` is False."""
    if copy is True:
        t = obj.clone() if isinstance(obj, _C.Tensor) else tensor(obj)
        t = t if dtype is None else t.to(dtype)
    elif copy is False and not isinstance(obj, _C.Tensor) and not hasattr(obj, "__array_interface__"):
        raise ValueError("can't alias arbitrary sequence into a tensor.")
    else:
        t = as_tensor(obj, dtype, device)
        if copy is False and isinstance(obj, _C.Tensor) and t is not obj:
            raise ValueError("can't alias a tensor with another dtype; leave copy out")
    if requires_grad:
        return t if t.requires_grad else t.detach().requires_grad_(True)
    return t.detach() if t.requires_grad and requires_grad is False else t


from_numpy = _C.from_numpy


def frombuffer(buffer, *, dtype, count=-1, offset=0, requires_grad=False):
    """A tensor over the bytes of an object with the buffer protocol; a copy of them if they cannot be written or are not aligned."""
    try:
        view = memoryview(buffer).cast("B")
    except TypeError:
        raise ValueError("object does not implement Python buffer protocol.") from None
    size = dtype.itemsize
    if len(view) == 0 or count == 0:
        raise ValueError(f"both buffer length ({len(view)}) and count ({count}) must not be 0")
    if not 0 <= offset < len(view):
        raise ValueError(f"offset ({offset} bytes) must be non-negative and no greater than buffer length ({len(view)} bytes) - 1")
    left = len(view) - offset
    if count < 0:
        if left % size:
            raise ValueError(f"buffer length ({left} bytes) after offset ({offset} bytes) must be a multiple of element size ({size})")
        count = left // size
    if count * size > left:
        raise ValueError(f"requested buffer length ({count} * {size} bytes) after offset ({offset} bytes) must not be greater "
                         f"than actual buffer length ({len(view)} bytes)")  # fmt: skip
    part = view[offset : offset + count * size]
    memory = None if view.readonly else _Memory(part)
    if memory is not None and memory.address % size == 0:
        t = _C.from_numpy(memory).view(dtype)
    else:
        t = _C.tensor_from_bytes(bytes(part), dtype, [count])
    return t.requires_grad_(True) if requires_grad else t


def from_file(filename, shared=None, size=0, *, dtype=None, layout=None, device=None, pin_memory=False, requires_grad=False):
    """A vector of `size` numbers over a file's bytes, read when they are used. With `shared`, what is written goes to the file, which is
    made or made longer if need be; else it stays in memory, and the file has to be long enough."""
    import mmap
    import os

    _check(device, layout)
    dtype = dtype or get_default_dtype()
    if size < 0:
        raise RuntimeError(f"from_file: size must not be negative, got {size}")
    count = size * dtype.itemsize
    if count == 0:
        return empty(0, dtype=dtype, requires_grad=requires_grad)
    try:
        file = os.open(filename, os.O_RDWR | os.O_CREAT if shared else os.O_RDONLY, 0o666)
    except OSError as e:
        raise RuntimeError(f"unable to open file <{filename}> in {'read-write' if shared else 'read-only'} mode: {e.strerror} ({e.errno})") from None
    try:
        length = os.fstat(file).st_size
        if length < count:
            if not shared:
                raise RuntimeError(f"file <{filename}> size <{length}> is smaller than the required mapping size <{count}>")
            os.truncate(file, count)
        memory = mmap.mmap(file, count, access=mmap.ACCESS_WRITE if shared else mmap.ACCESS_COPY)
    except (OSError, ValueError) as e:
        raise RuntimeError(f"unable to map {count} bytes of file <{filename}>: {e}") from None
    finally:
        os.close(file)
    return frombuffer(memory, dtype=dtype, requires_grad=requires_grad)


class _Memory:
    """The bytes of a buffer, as `from_numpy` takes them; the buffer stays as long as this does."""

    def __init__(self, view):
        import ctypes

        self._held = (ctypes.c_ubyte * len(view)).from_buffer(view)
        self.address = ctypes.addressof(self._held)
        self.__array_interface__ = {"version": 3, "typestr": "|u1", "shape": (len(view),), "data": (self.address, False)}


def zeros(*size, out=None, dtype=None, layout=None, device=None, pin_memory=False, requires_grad=False, names=None, **named):
    """Zeros."""
    _check(device, layout)
    size = _sizes(size) if size else _sizes((named.pop("size", ()),))
    return _finish(_C.zeros(size, dtype), out, requires_grad, dtype)


def ones(*size, out=None, dtype=None, layout=None, device=None, pin_memory=False, requires_grad=False, names=None, **named):
    """Ones."""
    _check(device, layout)
    size = _sizes(size) if size else _sizes((named.pop("size", ()),))
    return _finish(_C.full(size, 1, dtype or get_default_dtype()), out, requires_grad, dtype)


def empty(*size, out=None, dtype=None, layout=None, device=None, requires_grad=False, pin_memory=False, memory_format=None,
          names=None, **named):  # fmt: skip
    """A tensor of these sizes; what is in it has no meaning."""
    _check(device, layout)
    size = _sizes(size) if size else _sizes((named.pop("size", ()),))
    return _finish(_C.zeros(size, dtype), out, requires_grad, dtype)


def full(size, fill_value, *, out=None, dtype=None, layout=None, device=None, pin_memory=False, requires_grad=False, names=None):
    """`fill_value` everywhere."""
    _check(device, layout)
    return _finish(_C.full(_sizes((size,)), fill_value, dtype), out, requires_grad, dtype)


def scalar_tensor(s, *, dtype=None, layout=None, device=None, pin_memory=False, requires_grad=False):
    """A 0-d tensor, a float one unless `dtype` says otherwise."""
    return full((), s, dtype=dtype or get_default_dtype(), layout=layout, device=device, requires_grad=requires_grad)


def _like(input, made, dtype):
    """In the memory order of `input`, if that is dense."""
    order = sorted(builtins_range(input.dim()), key=lambda d: (-input.stride(d), -input.size(d) if input.stride(d) else 0))
    if input.is_contiguous() or input.numel() == 0 or order == list(builtins_range(input.dim())):
        return made([*input.shape])
    dense = made([input.size(d) for d in order])
    back = [0] * len(order)
    for place, d in enumerate(order):
        back[d] = place
    return dense.permute(back)


def zeros_like(input, *, dtype=None, layout=None, device=None, pin_memory=False, requires_grad=False, memory_format=None):
    """Zeros in the shape and dtype of `input`."""
    _check(device, layout)
    dtype = dtype or input.dtype
    return _finish(_like(input, lambda size: _C.zeros(size, dtype), dtype), None, requires_grad)


def ones_like(input, *, dtype=None, layout=None, device=None, pin_memory=False, requires_grad=False, memory_format=None):
    """Ones in the shape and dtype of `input`."""
    return full_like(input, 1, dtype=dtype, layout=layout, device=device, requires_grad=requires_grad)


def empty_like(input, *, dtype=None, layout=None, device=None, pin_memory=False, requires_grad=False, memory_format=None):
    """A tensor in the shape and dtype of `input`; what is in it has no meaning."""
    return zeros_like(input, dtype=dtype, layout=layout, device=device, requires_grad=requires_grad)


def full_like(input, fill_value, *, dtype=None, layout=None, device=None, pin_memory=False, requires_grad=False,
              memory_format=None):  # fmt: skip
    """`fill_value` in the shape and dtype of `input`."""
    _check(device, layout)
    dtype = dtype or input.dtype
    return _finish(_like(input, lambda size: _C.full(size, fill_value, dtype), dtype), None, requires_grad)


def empty_strided(size, stride, *, dtype=None, layout=None, device=None, pin_memory=False, requires_grad=False):
    """A tensor of these sizes and strides; what is in it has no meaning."""
    _check(device, layout)
    if len(size) != len(stride):
        raise RuntimeError(f"mismatch in length of strides and shape: {len(stride)} strides for {len(size)} sizes")
    reach = 0 if 0 in size else 1 + sum((n - 1) * s for n, s in zip(size, stride))
    return _finish(_C.zeros([reach], dtype).as_strided(size, stride), None, requires_grad)


def empty_permuted(size, physical_layout, *, dtype=None, layout=None, device=None, pin_memory=False, requires_grad=False):
    """A tensor whose dimensions lie in memory in the order of `physical_layout`."""
    _check(device, layout)
    if sorted(physical_layout) != list(builtins_range(len(size))):
        raise RuntimeError(f"empty_permuted: physical_layout must have every dimension of size {tuple(size)} once, counted from 0, but got {tuple(physical_layout)}")
    back = [0] * len(size)
    for place, d in enumerate(physical_layout):
        back[d] = place
    return _finish(_C.zeros([size[d] for d in physical_layout], dtype).permute(back), None, requires_grad)


builtins_range = range


def arange(*args, out=None, dtype=None, layout=None, device=None, pin_memory=False, requires_grad=False, **named):
    """`start`, `start + step`, … below `end`."""
    _check(device, layout)
    if len(args) > 3:
        raise TypeError(f"arange() takes from 1 to 3 positional arguments but {len(args)} were given")
    start, end, step = 0, None, 1
    if len(args) == 1 and "end" not in named:
        end = args[0]
    else:
        start, end, step = [*args, *[None] * (3 - len(args))]
        start = named.pop("start", start)
        start = 0 if start is None else start
        end = named.pop("end", end)
        step = named.pop("step", step)
        step = 1 if step is None else step
    step = named.pop("step", step)
    start = named.pop("start", start)
    if named or end is None:
        raise TypeError(f"arange() received an invalid combination of arguments: {', '.join(named) or 'end is missing'}")
    return _finish(_C.arange(start, end, step, dtype), out, requires_grad, dtype)


def range(start, end=None, step=1, *, out=None, dtype=None, layout=None, device=None, requires_grad=False):
    """`start`, `start + step`, … up to and with `end`."""
    start, end = (0, start) if end is None else (start, end)
    start, end, step = (x.item() if isinstance(x, _C.Tensor) else x for x in (start, end, step))
    dtype = dtype or get_default_dtype()
    count = int((end - start) / step) + 1
    return _finish((_C.arange(0, count, 1, _C.float64) * step + start).to(dtype), out, requires_grad, dtype)


def rand(*size, generator=None, out=None, dtype=None, layout=None, device=None, requires_grad=False, pin_memory=False, names=None,
         **named):  # fmt: skip
    """Numbers uniform in [0, 1)."""
    _check(device, layout)
    size = _sizes(size) if size else _sizes((named.pop("size", ()),))
    return _finish(_C.draw("rand", size, (0, 0), dtype, generator), out, requires_grad, dtype)


def randn(*size, generator=None, out=None, dtype=None, layout=None, device=None, requires_grad=False, pin_memory=False, names=None,
          **named):  # fmt: skip
    """Standard normal numbers."""
    _check(device, layout)
    size = _sizes(size) if size else _sizes((named.pop("size", ()),))
    return _finish(_C.draw("randn", size, (0, 0), dtype, generator), out, requires_grad, dtype)


def randint(*args, generator=None, out=None, dtype=None, layout=None, device=None, requires_grad=False, pin_memory=False, **named):
    """Integers in [low, high)."""
    _check(device, layout)
    args = list(args)
    size = named.pop("size", None)
    if size is None:
        size = args.pop()
    low = named.pop("low", None)
    high = named.pop("high", None)
    if high is None:
        high = args.pop()
    if low is None:
        low = args.pop() if args else 0
    return _finish(_C.draw("randint", _sizes((size,)), (int(low), int(high)), dtype, generator), out, requires_grad, dtype)


def randperm(n, *, generator=None, out=None, dtype=None, layout=None, device=None, requires_grad=False, pin_memory=False):
    """A random order of 0, 1, …, n − 1."""
    _check(device, layout)
    if n < 0:
        raise RuntimeError(f"n must be non-negative, got {n}")
    return _finish(_C.draw("randperm", (n,), (0, 0), dtype, generator), out, requires_grad, dtype)


def rand_like(input, *, dtype=None, layout=None, device=None, requires_grad=False, memory_format=None, generator=None):
    """Numbers uniform in [0, 1), in the shape of `input`."""
    _check(device, layout)
    dtype = dtype or input.dtype
    return _finish(_like(input, lambda size: _C.draw("rand", size, (0, 0), dtype, generator), dtype), None, requires_grad)


def randn_like(input, *, dtype=None, layout=None, device=None, requires_grad=False, memory_format=None, generator=None):
    """Standard normal numbers in the shape of `input`."""
    _check(device, layout)
    dtype = dtype or input.dtype
    return _finish(_like(input, lambda size: _C.draw("randn", size, (0, 0), dtype, generator), dtype), None, requires_grad)


def randint_like(input, *args, dtype=None, layout=None, device=None, requires_grad=False, memory_format=None, generator=None,
                 **named):  # fmt: skip
    """Integers in [low, high), in the shape of `input`."""
    _check(device, layout)
    low, high = args if len(args) == 2 else (named.get("low", 0), args[0] if args else named["high"])
    dtype = dtype or input.dtype
    bounds = (int(low), int(high))
    return _finish(_like(input, lambda size: _C.draw("randint", size, bounds, dtype, generator), dtype), None, requires_grad)


def normal(mean=0.0, std=1.0, size=None, *, generator=None, out=None, dtype=None, layout=None, device=None, requires_grad=False,
           pin_memory=False):  # fmt: skip
    """Normal numbers with these means and standard deviations, which are tensors or numbers."""
    _check(device, layout)
    tensors = [x for x in (mean, std) if isinstance(x, _C.Tensor)]
    if not tensors:
        if size is None:
            raise TypeError("normal(): with two numbers the argument 'size' is missing")
        return _finish(_C.zeros(_sizes((size,)), dtype).normal_(mean, std, generator=generator), out, requires_grad, dtype)
    if isinstance(std, _C.Tensor):
        if std.is_complex():
            raise RuntimeError("normal expects standard deviation to be non-complex")
        if std.numel() and bool((std < 0).any()):
            raise RuntimeError("normal expects all elements of std >= 0.0")
    elif std < 0:
        raise RuntimeError(f"normal expects std >= 0.0, but found std {std}")
    shape = _broadcast(*[x.shape for x in tensors])
    drawn = _C.zeros(shape, tensors[0].dtype).normal_(0.0, 1.0, generator=generator)
    values = [x.detach() if isinstance(x, _C.Tensor) else x for x in (std, mean)]
    return _finish(_with_zero_gradient(drawn.mul_(values[0]).add_(values[1]), *tensors), out)


def _with_zero_gradient(drawn, *inputs):
    """Random numbers that depend on no input: their gradients are zeros, and there."""
    for t in inputs:
        if t.requires_grad and _C.is_grad_enabled():
            drawn = drawn + t * 0
    return drawn


def bernoulli(input, p=None, *, generator=None, out=None):
    """Ones with the probabilities `input`, or with `p`, and zeros."""
    if p is not None:
        drawn = _C.zeros(input.shape, input.dtype).bernoulli_(p, generator=generator)
        return _finish(_with_zero_gradient(drawn, input), out)
    return _finish(_with_zero_gradient(_C.bernoulli(input.detach(), generator), input), out)


def multinomial(input, num_samples, replacement=False, *, generator=None, out=None):
    """Numbers of categories, by the weights in the last dimension: [*, num_samples]."""
    if num_samples <= 0:
        raise RuntimeError("cannot sample n_sample <= 0 samples")
    return _finish(_C.multinomial(input.detach(), num_samples, replacement, generator), out)


_C.Tensor.bernoulli, _C.Tensor.multinomial = bernoulli, multinomial


def poisson(input, generator=None):
    """Numbers of events at the rates `input`."""
    return _with_zero_gradient(_C.events("poisson", [input.detach()], generator), input)


def binomial(count, prob, generator=None):
    """Successes among `count` trials of probability `prob`, which are broadcast against each other."""
    return _with_zero_gradient(_C.events("binomial", [count.detach(), prob.detach()], generator), count, prob)


def _standard_gamma(input, generator=None):
    """Numbers of the gamma distribution with the parameters `input`, which they move with."""
    return _C.events("_standard_gamma", [input], generator)


def _sample_dirichlet(input, generator=None):
    """Dirichlet numbers, the parts of which are the last dimension; they move with the parameters `input`."""
    return _C.events("_sample_dirichlet", [input], generator)


def _standard_gamma_grad(input, output):
    """How numbers `output` of the gamma distribution move with its parameter `input`."""
    return _C.events("_standard_gamma_grad", [input, output], None)


def _dirichlet_grad(x, alpha, total):
    """How a part `x` of a Dirichlet number moves with `alpha`, of parameters that sum to `total`, divided by 1 - x."""
    return _C.events("_dirichlet_grad", [x, alpha, total], None)


def _broadcast(*shapes):
    rank = max(map(len, shapes))
    result = [1] * rank
    for shape in shapes:
        for i, n in enumerate(reversed(shape), 1):
            if n != 1 and result[-i] not in (1, n):
                raise RuntimeError("Shape mismatch: objects cannot be broadcast to a single shape")
            result[-i] = n if n != 1 else result[-i]
    return result


def from_dlpack(ext_tensor, *, device=None, copy=None):
    """A tensor over the memory of another library's array, or of what is in a DLPack capsule."""
    _check(device, None)
    if not hasattr(ext_tensor, "__dlpack__"):
        return _C.from_dlpack(_capsule(ext_tensor))
    kind, _ = ext_tensor.__dlpack_device__()
    if kind != 1:
        raise NotImplementedError("torch.from_dlpack of memory that is not the CPU's is not in Flambeau yet")
    named = {} if copy is None else {"copy": copy}
    try:
        capsule = ext_tensor.__dlpack__(max_version=(1, 0), **named)
    except TypeError:
        # Libraries from before DLPack 1.0 know no versions, nor copies.
        capsule = ext_tensor.__dlpack__()
        if copy:
            return _C.from_dlpack(capsule).clone()
    return _C.from_dlpack(capsule)


def _capsule(thing):
    if type(thing).__name__ != "PyCapsule":
        raise RuntimeError(f"from_dlpack received an invalid capsule: {type(thing).__name__} has no __dlpack__()")
    return thing


def is_tensor(obj):
    """Whether it is a tensor."""
    return isinstance(obj, _C.Tensor)


def is_storage(obj):
    """Whether it is a storage."""
    from .storage import TypedStorage, UntypedStorage

    return isinstance(obj, (TypedStorage, UntypedStorage))


def numel(input):
    """The number of elements."""
    return input.numel()


def is_floating_point(input):
    """Whether the elements are floats."""
    return input.is_floating_point()


def is_complex(input):
    """Whether the elements are complex."""
    return input.is_complex()


def is_nonzero(input):
    """Whether the only element is not zero."""
    if input.numel() != 1:
        raise RuntimeError("Boolean value of Tensor with " + ("no values" if input.numel() == 0 else "more than one value") + " is ambiguous")
    return bool(input)


def is_same_size(input, other):
    """Whether both have the same sizes."""
    return input.shape == other.shape


def typename(obj):
    """The name of an object's type, with its module."""
    if isinstance(obj, _C.Tensor):
        return obj.type()
    named = obj if hasattr(obj, "__qualname__") and hasattr(obj, "__module__") else type(obj)
    module = named.__module__ or ""
    return named.__qualname__ if module in ("", "builtins", "__builtin__") else f"{module}.{named.__qualname__}"


def get_num_threads():
    """How many threads share the work of an operation."""
    return _C.get_num_threads()


def set_num_threads(n):
    """Says how many threads share the work of an operation."""
    if not isinstance(n, int) or n < 1:
        raise RuntimeError("set_num_threads expects a positive integer")
    _C.set_num_threads(n)


def get_num_interop_threads():
    """Operations do not run beside each other."""
    return 1


def set_num_interop_threads(n):
    """Accepted; operations do not run beside each other."""


#: Whether only deterministic algorithms were asked for, and whether others should only be warned of.
_deterministic = [False, False]


def are_deterministic_algorithms_enabled():
    """Whether they were asked for. Results are always the same."""
    return _deterministic[0]


def use_deterministic_algorithms(mode, *, warn_only=False):
    """Asks for deterministic algorithms, which all are."""
    for name, value in (("mode", mode), ("warn_only", warn_only)):
        if not isinstance(value, bool):
            raise TypeError(f"use_deterministic_algorithms(): argument '{name}' must be bool, not {value.__class__.__name__}")
    _deterministic[:] = mode, warn_only


def set_float32_matmul_precision(precision):
    """Accepted; float32 products are exact to float32."""
    if precision not in ("highest", "high", "medium"):
        raise RuntimeError(f'precision must be one of "highest", "high" or "medium", but got {precision}')


def get_float32_matmul_precision():
    """Always the highest."""
    return "highest"


def set_flush_denormal(mode):
    """Whether small numbers could be set to be flushed to zero: they are kept."""
    return False


def set_printoptions(precision=None, threshold=None, edgeitems=None, linewidth=None, profile=None, sci_mode=None):
    """How tensors are printed."""
    _C.set_printoptions(precision, threshold, edgeitems, linewidth, profile, sci_mode)


def promote_types(type1, type2):
    """The smallest dtype that holds both."""
    return _C.promote_types(type1, type2)


def can_cast(from_, to):
    """Whether PyTorch lets one dtype become the other in an operation."""
    return _C.can_cast(from_, to)


def result_type(tensor1, tensor2):
    """The dtype of an operation's result."""
    return _C.result_type(tensor1, tensor2)

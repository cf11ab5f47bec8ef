"""What Python adds to functions of the registry: several tensors as arguments, forms that return tuples, names of the past."""

from . import _C, _functions
from ._functions import _METHODS

__all__ = [
    "einsum", "meshgrid", "broadcast_tensors", "atleast_1d", "atleast_2d", "atleast_3d", "block_diag", "cartesian_prod", "where",
    "nonzero", "split", "is_conj", "is_neg", "is_signed", "is_inference", "clone", "detach", "tensordot", "concat", "concatenate",
    "row_stack", "broadcast_shapes", "moveaxis", "swapdims", "get_device", "adjoint",
    "typename_of", "chain_matmul", "index_put", "index_put_", "std", "var", "std_mean", "var_mean", "zero_", "fill_", "resize_as_",
    "empty_cache", "numel_of", "select_copy",
]  # fmt: skip

_registry = {name: getattr(_functions, name) for name in _functions.__all__}


def _many(name):
    """A function of a list of tensors that PyTorch takes as arguments."""
    function = _registry.get(name)

    def call(*tensors):
        if len(tensors) == 1 and isinstance(tensors[0], (list, tuple)):
            return function(list(tensors[0]))
        return function(list(tensors))

    call.__name__ = call.__qualname__ = name
    call.__doc__ = getattr(function, "__doc__", None)
    return call


broadcast_tensors, block_diag, cartesian_prod = _many("broadcast_tensors"), _many("block_diag"), _many("cartesian_prod")


def _each(name):
    """A function of one tensor that PyTorch lets several have."""
    function = _registry[name]

    def call(*tensors):
        if len(tensors) == 1 and isinstance(tensors[0], _C.Tensor):
            return function(tensors[0])
        if len(tensors) == 1:
            tensors = tensors[0]
        return tuple(function(t) for t in tensors)

    call.__name__ = call.__qualname__ = name
    call.__doc__ = function.__doc__
    return call


atleast_1d, atleast_2d, atleast_3d = _each("atleast_1d"), _each("atleast_2d"), _each("atleast_3d")


def einsum(equation, *operands):
    """Sums of products, by Einstein's convention."""
    if isinstance(equation, _C.Tensor):
        # Operands, each with the list of its dimensions' numbers.
        operands = (equation, *operands)
        letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

        def term(dims):
            return "".join("..." if d is Ellipsis else letters[d] for d in dims)

        tensors, dims = operands[0::2], operands[1::2]
        result = None
        if len(operands) % 2:
            tensors, result = tensors[:-1], operands[-1]
        equation = ",".join(map(term, dims)) + ("" if result is None else "->" + term(result))
        operands = tensors
    if len(operands) == 1 and isinstance(operands[0], (list, tuple)):
        operands = operands[0]
    return _registry["einsum"](equation, list(operands))


def meshgrid(*tensors, indexing="ij"):
    """Grids of coordinates."""
    if len(tensors) == 1 and isinstance(tensors[0], (list, tuple)):
        tensors = tensors[0]
    return _registry["meshgrid"](list(tensors), indexing=indexing)


def where(condition, input=None, other=None, *, out=None):
    """Elements of `input` where `condition` holds, else of `other`; the places where it holds if only it is given."""
    if input is None and other is None:
        return nonzero(condition, as_tuple=True)
    result = _registry["where"](condition, input, other)
    return result if out is None else out.resize_(result.shape).copy_(result)


_METHODS["where"] = lambda self, condition, other: where(condition, self, other)
_C.Tensor.where = _METHODS["where"]


def nonzero(input, *, out=None, as_tuple=False):
    """The places of the elements that are not zero: [count, dimensions], or one vector per dimension."""
    found = _registry["nonzero"](input if input.dim() or not as_tuple else input.reshape(1), **({} if out is None else {"out": out}))
    return found.unbind(1) if as_tuple else found


_C.Tensor.nonzero = lambda self, *, as_tuple=False: nonzero(self, as_tuple=as_tuple)


def split(tensor, split_size_or_sections, dim=0):
    """Views of parts along a dimension."""
    return _METHODS["split"](tensor, split_size_or_sections, dim)


def tensordot(a, b, dims=2, out=None):
    """Sums of products over several dimensions of both."""
    if isinstance(dims, _C.Tensor):
        dims = dims.tolist()
    if isinstance(dims, int):
        if dims < 0:
            raise RuntimeError(f"tensordot expects dims >= 0, but got dims={dims}")
        if dims > min(a.dim(), b.dim()):
            raise RuntimeError(f"tensordot expects dims < ndim_a or ndim_b, but got dims={dims}")
        left, right = list(range(a.dim() - dims, a.dim())), list(range(dims))
    else:
        left, right = ([d] if isinstance(d, int) else list(d) for d in dims)
    if len(left) != len(right):
        raise RuntimeError("both dimension lists should have same length")
    left, right = [d % a.dim() for d in left], [d % b.dim() for d in right]
    for i, j in zip(left, right):
        if a.size(i) != b.size(j) and 1 not in (a.size(i), b.size(j)):
            raise RuntimeError(f"contracted dimensions need to match, but first has size {a.size(i)} in dim {i} and second has size {b.size(j)} in dim {j}")
        if a.size(i) != b.size(j):
            a, b = (a.sum(i, keepdim=True, dtype=a.dtype), b) if b.size(j) == 1 else (a, b.sum(j, keepdim=True, dtype=b.dtype))
    rest_a = [d for d in range(a.dim()) if d not in left]
    rest_b = [d for d in range(b.dim()) if d not in right]
    inner = 1
    for d in left:
        inner *= a.size(d)
    shape = [a.size(d) for d in rest_a] + [b.size(d) for d in rest_b]
    rows = 1
    for d in rest_a:
        rows *= a.size(d)
    columns = 1
    for d in rest_b:
        columns *= b.size(d)
    result = (a.permute(rest_a + left).reshape(rows, inner) @ b.permute(right + rest_b).reshape(inner, columns)).reshape(shape)
    return result if out is None else out.resize_(result.shape).copy_(result)


def broadcast_shapes(*shapes):
    """The shape that tensors of these shapes are broadcast to."""
    from ._factory import _broadcast
    from ._types import Size

    return Size(_broadcast(*[(s,) if isinstance(s, int) else tuple(s) for s in shapes])) if shapes else Size(())


def chain_matmul(*matrices, out=None):
    """The product of several matrices."""
    from . import linalg

    return linalg.multi_dot(list(matrices), **({} if out is None else {"out": out}))


def _statistic(name):
    """`std(input, unbiased)` and `std(input, dim, unbiased, keepdim)` of the past, beside `correction`."""
    function = _registry[name]

    def call(input, dim=None, unbiased=None, keepdim=False, *, correction=None, out=None, **aliases):
        if "axis" in aliases:
            dim = aliases.pop("axis")
        if "keepdims" in aliases:
            keepdim = aliases.pop("keepdims")
        if isinstance(dim, bool):
            dim, unbiased = None, dim
        if unbiased is not None:
            correction = int(unbiased)
        return function(input, dim, correction=correction, keepdim=keepdim, **({} if out is None else {"out": out}), **aliases)

    call.__name__ = call.__qualname__ = name
    call.__doc__ = function.__doc__
    setattr(_C.Tensor, name, call)
    return call


std, var, std_mean, var_mean = map(_statistic, ("std", "var", "std_mean", "var_mean"))


def index_put(input, indices, values, accumulate=False):
    """The tensor with `values` at `indices`, added there if `accumulate`."""
    return index_put_(input.clone(), indices, values, accumulate)


def index_put_(input, indices, values, accumulate=False):
    """Writes `values` at `indices`, or adds them there if `accumulate`."""
    _C.index_put(input, tuple(slice(None) if i is None else i for i in indices), values, accumulate)
    return input


_C.Tensor.index_put, _C.Tensor.index_put_ = index_put, index_put_


def _method(name):
    def call(input, *args, **kwargs):
        return getattr(input, name)(*args, **kwargs)

    call.__name__ = call.__qualname__ = name
    return call


is_conj, is_neg, is_signed, is_inference = map(_method, ("is_conj", "is_neg", "is_signed", "is_inference"))
clone, detach, zero_, fill_, get_device, resize_as_ = map(
    _method, ("clone", "detach", "zero_", "fill_", "get_device", "resize_as_")
)
adjoint = _method("adjoint")


def _alias(name, target):
    function = _registry.get(target) or getattr(_C.Tensor, target)
    if not hasattr(_C.Tensor, name) and target in _METHODS:
        setattr(_C.Tensor, name, _METHODS[target])
    return function


concat = concatenate = _registry["cat"]
row_stack = _registry["vstack"]
moveaxis = _alias("moveaxis", "movedim")
swapdims = _alias("swapdims", "swapaxes")
_C.Tensor.swapdims_ = _C.Tensor.swapaxes_


def _unique(consecutive):
    def call(input, sorted=True, return_inverse=False, return_counts=False, dim=None):
        values, inverse, counts = _functions._unique_all(input, dim, consecutive)
        chosen = (values, *([inverse] if return_inverse else []), *([counts] if return_counts else []))
        return chosen if len(chosen) > 1 else values

    return call


unique = _unique(False)
unique.__name__ = unique.__qualname__ = "unique"
unique.__doc__ = "The distinct elements (or slices along `dim`), where each went, and how often each is there."


def unique_consecutive(input, return_inverse=False, return_counts=False, dim=None):
    """The elements (or slices along `dim`) without repetitions of neighbours, where each went, and the lengths of the runs."""
    return _unique(True)(input, True, return_inverse, return_counts, dim)


def __rdiv__(self, other):
    """`other` divided by the tensor."""
    return self.reciprocal() * other


_C.Tensor.__rdiv__ = __rdiv__
_C.Tensor.unique, _C.Tensor.unique_consecutive = unique, unique_consecutive


def histogramdd(input, bins, range=None, weight=None, density=False):
    """Counts of points over a grid, and the borders along each coordinate."""
    if isinstance(bins, int):
        bins = [bins] * input.size(-1)
    hist, *edges = _functions._histogramdd(input, list(bins), range, weight, density)
    return _functions._RETURN_TYPES.setdefault("histogramdd", _functions._return_type("histogramdd", ["hist", "bin_edges"]))((hist, tuple(edges)))


def vander(x, N=None, increasing=False):
    """The matrix of powers of x, from the highest down unless `increasing`: [n] to [n, N]."""
    if x.dim() != 1:
        raise RuntimeError("x must be a one-dimensional tensor.")
    if N is not None and N < 0:
        raise RuntimeError("N must be non-negative.")
    n = x.size(0) if N is None else N
    if n < 1 or not x.numel():
        return x.new_zeros((x.size(0), n), dtype=x.dtype if x.is_floating_point() or x.is_complex() else _C.int64)
    powers = _functions._MODULES["linalg"]["vander"](x, N=n)
    powers = powers if x.is_floating_point() or x.is_complex() else powers.to(_C.int64)
    return powers if increasing else powers.flip(-1)


def ger(input, vec2):
    """The older name of :func:`outer`."""
    return _registry["outer"](input, vec2)


_C.Tensor.ger = ger
__all__ += ["unique", "unique_consecutive", "histogramdd", "vander", "ger"]
__all__ = [name for name in __all__ if name in globals()]

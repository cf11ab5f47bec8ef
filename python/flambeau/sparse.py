"""`torch.sparse`: tensors of which only some elements are given, by their places.

A sparse tensor here is a dense one that knows which places were given. What operations make of it has the right numbers, but is
dense, and no memory is saved. Whoever asks for places and values, as optimizers do, gets them as in PyTorch.
"""

import re

from . import _C, _functions
from ._factory import as_tensor, zeros
from ._types import Size, sparse_coo
from ._missing import names_of as _names_of

__all__ = ["mm", "addmm"]


def _at(dense, places):
    """The values at places."""
    return dense[tuple(places)] if places.size(0) else dense.unsqueeze(0)[: places.size(1)]


def _distinct(places, shape):
    """The places in order, each once."""
    if not places.size(0):
        return places[:, :1]
    number = places[0]
    for size, place in zip(shape[1:], places[1:]):
        number = number * size + place
    number, found = number.unique(), []
    for size in reversed(shape[: places.size(0)]):
        found.append(number % size)
        number = number // size
    return _functions.stack(found[::-1])


class _SparseTensor(_C.Tensor):
    """Places [sparse dimensions, count] and values [count, dense dimensions ...]."""

    __torch_function__ = _C._disabled_torch_function_impl
    is_sparse = property(lambda self: True)
    layout = property(lambda self: sparse_coo)

    @classmethod
    def _make(cls, dense, places, values=None):
        """Places are in order and distinct, unless their values come along."""
        made = dense.as_subclass(cls)
        made._places, made._parts, made._made_at = places, values, dense._writes
        return made

    def _settle(self):
        """After something was written, the values are what is there now."""
        if self._parts is not None and self._writes != self._made_at:
            self._places, self._parts = _distinct(self._places, self.shape), None

    def is_coalesced(self):
        """Whether the places are in order, and none is given twice."""
        self._settle()
        return self._parts is None

    def coalesce(self):
        """With the values at equal places added."""
        return self if self.is_coalesced() else self._make(self.to_dense(), _distinct(self._places, self.shape))

    def _indices(self):
        self._settle()
        return self._places

    def _values(self):
        return _at(self.to_dense(), self._places) if self.is_coalesced() else self._parts

    def indices(self):
        """The places."""
        if not self.is_coalesced():
            raise RuntimeError("Cannot get indices on an uncoalesced tensor, please call .coalesce() first")
        return self._indices()

    def values(self):
        """The values there."""
        if not self.is_coalesced():
            raise RuntimeError("Cannot get values on an uncoalesced tensor, please call .coalesce() first")
        return self._values()

    def _nnz(self):
        return self._indices().size(1)

    def sparse_dim(self):
        """How many dimensions places have."""
        return self._places.size(0)

    def dense_dim(self):
        """How many dimensions a value has."""
        return self.dim() - self.sparse_dim()

    def to_dense(self, dtype=None, *, masked_grad=None):
        """All elements."""
        dense = _C.Tensor(self)
        return dense if dtype is None else dense.to(dtype)

    def to_sparse(self, sparse_dim=None, *, layout=None, blocksize=None, dense_dim=None):
        """This tensor."""
        return self

    def _each(self, function):
        """With a function of values that leaves zeros as they are."""
        return self._make(function(self.to_dense()), self._indices(), None if self.is_coalesced() else function(self._values()))

    def clone(self, *, memory_format=None):
        """A copy."""
        return self._each(lambda x: x.clone())

    def detach(self):
        """The same values without history."""
        return self._each(lambda x: x.detach())

    def neg(self):
        """With every value negated."""
        return self._each(lambda x: x.neg())

    __neg__ = neg

    def __deepcopy__(self, memo):
        return self.detach().clone().requires_grad_(self.requires_grad)

    def __reduce_ex__(self, protocol):
        return sparse_coo_tensor, (self._indices(), self._values().detach(), tuple(self.shape))

    def __repr__(self, *, tensor_contents=None):
        def part(name, value):
            text = re.sub(r", dtype=torch\.\w+", "", repr(value.detach()))
            if not value.numel() and "size=" not in text:
                text = f"tensor([], size={tuple(value.shape)})".replace(",)", ",)")
            return f"{name}={text}"

        parts = [part("indices", self._indices()).replace("\n", "\n" + " " * 15), part("values", self._values()).replace("\n", "\n" + " " * 14)]
        end = [f"size={tuple(self.shape)}", f"nnz={self._nnz()}"]
        if self.dtype not in (_C.get_default_dtype(), _C.int64, _C.bool):
            end.append(f"dtype={self.dtype}")
        end.append("layout=torch.sparse_coo")
        if self.grad_fn is not None:
            end.append(f"grad_fn=<{self.grad_fn.name().removeprefix('torch::autograd::')}>")
        elif self.requires_grad:
            end.append("requires_grad=True")
        return f"tensor({parts[0]},\n       {parts[1]},\n       {', '.join(end)})"


def sparse_coo_tensor(indices=None, values=None, size=None, *, dtype=None, device=None, requires_grad=False, pin_memory=False,
                      check_invariants=None, is_coalesced=None):  # fmt: skip
    """The tensor of this size with `values` at `indices` [dimensions, count]; values at equal places add up."""
    if values is None:
        # Of sizes alone: nothing is given.
        size = tuple(indices if size is None else size)
        return _SparseTensor._make(zeros(size, dtype=dtype, device=device), zeros((len(size), 0), dtype=_C.int64)).requires_grad_(requires_grad)
    places, values = as_tensor(indices), as_tensor(values, dtype=dtype, device=device)
    if places.is_floating_point() and places.numel() or places.is_complex():
        raise TypeError(f"indices must be an int tensor, but got {places.dtype}")
    places = places.to(_C.int64)
    if places.dim() != 2:
        raise RuntimeError(f"indices must be sparse_dim x nnz, but got: {list(places.shape)}")
    if places.size(1) != values.size(0):
        raise RuntimeError(f"indices and values must have same nnz, but got nnz from indices: {places.size(1)}, nnz from values: {values.size(0)}")
    dims = places.size(0)
    if size is None:
        if dims and not places.size(1):
            size = (0,) * dims + tuple(values.shape[1:])
        else:
            size = tuple(int(row.max()) + 1 for row in places) + tuple(values.shape[1:])
    size = Size(size)
    if len(size) != dims + values.dim() - 1 or tuple(size[dims:]) != tuple(values.shape[1:]):
        raise RuntimeError(f"number of dimensions must be sparse_dim ({dims}) + dense_dim ({values.dim() - 1}), with values of size {list(values.shape)}, but got size {list(size)}")
    for i, (n, row) in enumerate(zip(size, places)):
        if row.numel() and int(row.max()) >= n:
            raise RuntimeError(f"size is inconsistent with indices: for dim {i}, size is {n} but found index {int(row.max())}")
        if row.numel() and int(row.min()) < 0:
            raise RuntimeError(f"found negative index {int(row.min())} for dim {i}")
    dense = zeros(size, dtype=values.dtype)
    dense = dense.index_put(tuple(places), values, accumulate=True) if dims else dense + values.sum(0)
    made = _SparseTensor._make(dense, places, None if is_coalesced else values)
    return made.detach().requires_grad_(True) if requires_grad else made


def _to_sparse(dense, sparse_dim=None, *, layout=None, blocksize=None, dense_dim=None):
    """The tensor by the places of what is not zero, in its first `sparse_dim` dimensions."""
    if layout not in (None, sparse_coo) or blocksize is not None:
        raise NotImplementedError(f"to_sparse with layout {layout} is not in Flambeau yet")
    dims = dense.dim() if sparse_dim is None else sparse_dim
    if not 0 <= dims <= dense.dim() or dims == 0 and dense.dim():
        raise RuntimeError(f"to_sparse: sparse_dim must be between 1 and {dense.dim()}, but got {dims}")
    given = dense.detach() != 0
    if dims < dense.dim():
        given = given.flatten(dims).any(-1)
    places = given.nonzero().t() if dense.dim() else zeros((0, int(given)), dtype=_C.int64)
    values = _at(dense, places)
    # Gradients reach the places alone.
    held = zeros(dense.shape, dtype=dense.dtype)
    return _SparseTensor._make(held.index_put(tuple(places), values) if dims else held + values.sum(0, dtype=dense.dtype), places)


def mm(mat1, mat2):
    """The product of two matrices."""
    return _functions.mm(_dense(mat1), _dense(mat2))


def addmm(mat, mat1, mat2, *, beta=1, alpha=1):
    """beta · mat + alpha · mat1 mat2."""
    return _functions.addmm(_dense(mat), _dense(mat1), _dense(mat2), beta=beta, alpha=alpha)


def _dense(x):
    """All elements; gradients reach those that were given alone."""
    if not x.is_sparse:
        return x
    given = zeros(x.shape, dtype=x.dtype)
    given[tuple(x._indices())] = 1
    return x.to_dense() * given


def _sparse_mask(dense, mask):
    """The elements at the places of a sparse tensor."""
    if not isinstance(mask, _SparseTensor):
        raise RuntimeError("sparse_mask: expected a sparse tensor as the mask")
    if dense.shape != mask.shape:
        raise RuntimeError(f"sparse_mask(): operands have incompatible sizes; self has size {list(dense.shape)} but mask has size {list(mask.shape)}")
    places = mask.coalesce()._indices()
    return _SparseTensor._make(zeros(dense.shape, dtype=dense.dtype).index_put(tuple(places), _at(dense.to_dense(), places)), places)


# ---- gradients

_dense_grad = _C.Tensor.__dict__["grad"]


def _grad(self):
    """The gradient: sparse if it was set so, until something else was written or added to it."""
    grad, given = _dense_grad.__get__(self), self.__dict__.get("_sparse_grad")
    if given is None:
        return grad
    sparse, version = given
    if grad is not None and grad.data_ptr() == sparse.data_ptr() and grad._writes == version:
        return sparse
    del self.__dict__["_sparse_grad"]
    return grad


def _set_grad(self, grad):
    self.__dict__.pop("_sparse_grad", None)
    _dense_grad.__set__(self, grad)
    if isinstance(grad, _SparseTensor):
        self.__dict__["_sparse_grad"] = grad, grad._writes


#: From the first sparse tensor on, gradients may be sparse.
_property = property(_grad, _set_grad, lambda self: _set_grad(self, None), _dense_grad.__doc__)
_C.Tensor.grad = _C.OverridableProperty(_property) if isinstance(_dense_grad, _C.OverridableProperty) else _property


__getattr__ = _names_of(__name__)

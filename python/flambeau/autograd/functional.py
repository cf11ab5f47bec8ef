"""Jacobians, Hessians and products with them, of functions of tensors."""

from .. import _C
from .._factory import zeros, zeros_like
from .._functions import stack
from .._missing import names_of as _names_of

__all__ = ["vjp", "jvp", "jacobian", "hessian", "hvp", "vhp"]


def _tuple(x, what):
    if isinstance(x, tuple):
        return True, x
    if isinstance(x, list):
        return True, tuple(x)
    if isinstance(x, _C.Tensor):
        return False, (x,)
    raise TypeError(f"The {what} must be either a Tensor or a tuple of Tensors but got {type(x)}.")


def _leaves(inputs, create_graph):
    return tuple(t.view_as(t) if create_graph and t.requires_grad else t.detach().requires_grad_(True) for t in inputs)


def _grad(outputs, inputs, weights, create_graph, strict=False):
    from . import grad

    pairs = [(o, w) for o, w in zip(outputs, weights) if o.requires_grad]
    if not pairs:
        found = [None] * len(inputs)
    else:
        found = grad([o for o, _ in pairs], inputs, [w for _, w in pairs], create_graph=create_graph, retain_graph=True, allow_unused=True)
    if strict and any(g is None for g in found):
        i = next(i for i, g in enumerate(found) if g is None)
        raise RuntimeError(f"The output of the user-provided function is independent of input {i}. This is not allowed in strict mode.")
    return tuple(zeros_like(i) if g is None else g for g, i in zip(found, inputs))


def _run(func, inputs, create_graph):
    from .._grad_mode import enable_grad

    many, inputs = _tuple(inputs, "inputs")
    with enable_grad():
        leaves = _leaves(inputs, create_graph)
        result = func(*leaves)
    many_out, outputs = _tuple(result, "outputs of the user-provided function")
    return many, leaves, many_out, outputs


def _shape(many, values, create_graph=False):
    values = tuple(values if create_graph else (v.detach() for v in values))
    return values if many else values[0]


def vjp(func, inputs, v=None, create_graph=False, strict=False):
    """`func(inputs)` and vᵀ · its Jacobian."""
    from .._grad_mode import enable_grad

    many, leaves, many_out, outputs = _run(func, inputs, create_graph)
    if v is None:
        if len(outputs) != 1 or outputs[0].numel() != 1:
            raise RuntimeError("The vector v can only be None if the user-provided function returns a single Tensor with a single element.")
        v = (outputs[0].detach() * 0 + 1,)
    else:
        v = _tuple(v, "v")[1]
        _same_shapes(v, outputs, "v", "output of the user-provided function")
    with enable_grad():
        found = _grad(outputs, leaves, v, create_graph, strict)
    return _shape(many_out, outputs, create_graph), _shape(many, found, create_graph)


def _same_shapes(v, wanted, name, what):
    if len(v) != len(wanted):
        raise RuntimeError(f"{name} is a tuple of invalid length: should be {len(wanted)} but got {len(v)}.")
    for i, (a, b) in enumerate(zip(v, wanted)):
        if a.shape != b.shape:
            raise RuntimeError(f"{name} has invalid size: should be {b.shape} but got {a.shape}, as the {what} {i} has.")


def jvp(func, inputs, v=None, create_graph=False, strict=False):
    """`func(inputs)` and its Jacobian · v, by differentiating the product from the left once more."""
    from .._grad_mode import enable_grad

    many, leaves, many_out, outputs = _run(func, inputs, create_graph)
    if v is None:
        if len(leaves) != 1 or leaves[0].numel() != 1:
            raise RuntimeError("The vector v can only be None if the input to the user-provided function is a single Tensor with a single element.")
        v = (leaves[0].detach() * 0 + 1,)
    else:
        v = _tuple(v, "v")[1]
        _same_shapes(v, leaves, "v", "input")
    with enable_grad():
        dummies = tuple(zeros_like(o, requires_grad=True) for o in outputs)
        left = _grad(outputs, leaves, dummies, True, strict)
        found = _grad(left, dummies, v, create_graph)
    return _shape(many_out, outputs, create_graph), _shape(many_out, found, create_graph)


def jacobian(func, inputs, create_graph=False, strict=False, vectorize=False, strategy="reverse-mode"):
    """All derivatives of all outputs by all inputs: shape [*output, *input] for each pair."""
    from .._grad_mode import enable_grad

    many, leaves, many_out, outputs = _run(func, inputs, create_graph)
    table = []
    with enable_grad():
        for o in outputs:
            rows = []
            for i in range(o.numel()):
                weight = zeros(o.numel(), dtype=o.dtype)
                weight[i] = 1
                rows.append(_grad((o,), leaves, (weight.reshape(o.shape),), create_graph, strict))
            parts = []
            for j, leaf in enumerate(leaves):
                sizes = tuple(o.shape) + tuple(leaf.shape)
                part = stack([r[j] for r in rows]).reshape(sizes) if rows else zeros(sizes, dtype=o.dtype)
                parts.append(part if create_graph else part.detach())
            table.append(tuple(parts) if many else parts[0])
    return tuple(table) if many_out else table[0]


def hessian(func, inputs, create_graph=False, strict=False, vectorize=False, outer_jacobian_strategy="reverse-mode"):
    """All second derivatives of a function with one number as its result."""
    many, inputs = _tuple(inputs, "inputs")

    def first(*leaves):
        out = func(*leaves)
        if not isinstance(out, _C.Tensor):
            raise RuntimeError("The function given to hessian should return a single Tensor")
        if out.numel() != 1:
            raise RuntimeError(f"The Tensor returned by the function given to hessian should contain a single element; it has {out.numel()}")
        return _grad((out.reshape(()),), leaves, (out.detach().reshape(()) * 0 + 1,), True, strict)

    found = jacobian(first, inputs, create_graph=create_graph, strict=strict)
    return found if many else found[0][0]


def vhp(func, inputs, v=None, create_graph=False, strict=False):
    """`func(inputs)` and vᵀ · its Hessian."""
    from .._grad_mode import enable_grad

    many, leaves, many_out, outputs = _run(func, inputs, create_graph)
    if len(outputs) != 1 or outputs[0].numel() != 1:
        raise RuntimeError("The function given to vhp should return a single Tensor with a single element")
    v = tuple(leaf.detach() * 0 + 1 for leaf in leaves) if v is None else _tuple(v, "v")[1]
    _same_shapes(v, leaves, "v", "input")
    with enable_grad():
        first = _grad(outputs, leaves, (outputs[0].detach() * 0 + 1,), True, strict)
        found = _grad(first, leaves, v, create_graph, strict)
    return _shape(many_out, outputs, create_graph), _shape(many, found, create_graph)


def hvp(func, inputs, v=None, create_graph=False, strict=False):
    """`func(inputs)` and its Hessian · v; the Hessian is symmetric."""
    return vhp(func, inputs, v, create_graph, strict)


__getattr__ = _names_of(__name__)

"""Functions of functions: gradients, products with Jacobians, and batches."""

import functools

from . import _C
from ._factory import zeros_like
from ._functions import stack
from ._rearrange import rearrange
from .nn.utils.stateless import functional_call
from .utils._pytree import tree_flatten, tree_map, tree_unflatten
from ._missing import names_of as _names_of

__all__ = ["grad", "grad_and_value", "vjp", "jvp", "jacrev", "jacfwd", "hessian", "vmap", "functional_call", "stack_module_state",
           "linearize", "functionalize", "rearrange", "replace_all_batch_norm_modules_"]  # fmt: skip


def _leaves(tree):
    """The tree with tensors that gradients are taken of, and these tensors."""
    flat, spec = tree_flatten(tree)
    fresh = [t.view_as(t) if isinstance(t, _C.Tensor) and t.requires_grad else t.detach().requires_grad_(True) if isinstance(t, _C.Tensor) else t for t in flat]
    return tree_unflatten(fresh, spec), [t for t in fresh if isinstance(t, _C.Tensor)]


def _back(tree, grads):
    flat, spec = tree_flatten(tree)
    found = iter(grads)
    return tree_unflatten([next(found) if isinstance(t, _C.Tensor) else t for t in flat], spec)


def _grad(outputs, inputs, weights=None):
    from .autograd import grad as autograd_grad

    # What is recorded here may itself be differentiated.
    pairs = [(o, None if weights is None else w) for o, w in zip(outputs, weights or outputs) if o.requires_grad]
    if not pairs:
        return [zeros_like(i) for i in inputs]
    found = autograd_grad([o for o, _ in pairs], inputs, None if weights is None else [w for _, w in pairs], create_graph=True, allow_unused=True)
    return [zeros_like(i) if g is None else g for g, i in zip(found, inputs)]


def _detached(tree, recorded):
    return tree if recorded else tree_map(lambda t: t.detach() if isinstance(t, _C.Tensor) else t, tree)


def _recorded(*trees):
    return any(isinstance(t, _C.Tensor) and t.requires_grad for tree in trees for t in tree_flatten(tree)[0])


def grad_and_value(func, argnums=0, has_aux=False):
    """A function that gives the gradient and the value of `func`, which has one number as its result."""

    @functools.wraps(func)
    def wrapper(*args, **kwargs):
        from ._grad_mode import enable_grad

        chosen = (argnums,) if isinstance(argnums, int) else tuple(argnums)
        recorded = _recorded(args, kwargs)
        with enable_grad():
            parts = {i % len(args): _leaves(args[i]) for i in chosen}
            given = [parts[i][0] if i in parts else a for i, a in enumerate(args)]
            result = func(*given, **kwargs)
            aux = None
            if has_aux:
                if not (isinstance(result, tuple) and len(result) == 2):
                    raise RuntimeError(f"grad_and_value(f)(*args): output of function f should be a tuple: (output, aux) if has_aux is True, got {result}")
                result, aux = result
            if not isinstance(result, _C.Tensor):
                raise RuntimeError(f"Expected f(*args) to return a Tensor, got {type(result)}")
            if result.dim() != 0:
                raise RuntimeError(f"grad_and_value(f)(*args): Expected f(*args) to return a scalar tensor, got tensor with {result.dim()} dims. Maybe you wanted to use the vjp or jacrev APIs instead?")
            inputs = [t for i in chosen for t in parts[i % len(args)][1]]
            found = iter(_grad([result], inputs))
            grads = []
            for i in chosen:
                tree, leaves = parts[i % len(args)]
                grads.append(_back(tree, [next(found) for _ in leaves]))
        grads = _detached(grads[0] if isinstance(argnums, int) else tuple(grads), recorded)
        value = _detached(result, recorded)
        return (grads, (value, _detached(aux, recorded))) if has_aux else (grads, value)

    return wrapper


def grad(func, argnums=0, has_aux=False):
    """A function that gives the gradient of `func`, which has one number as its result."""
    both = grad_and_value(func, argnums, has_aux)

    @functools.wraps(func)
    def wrapper(*args, **kwargs):
        grads, rest = both(*args, **kwargs)
        return (grads, rest[1]) if has_aux else grads

    return wrapper


def vjp(func, *primals, has_aux=False):
    """`func(*primals)`, and a function that gives vᵀ times its Jacobian."""
    from ._grad_mode import enable_grad

    recorded = _recorded(primals)
    with enable_grad():
        tree, leaves = _leaves(primals)
        result = func(*tree)
        aux = None
        if has_aux:
            result, aux = result
    outputs, _ = tree_flatten(result)

    def back(cotangents, retain_graph=True, create_graph=None):
        weights, _ = tree_flatten(cotangents)
        with enable_grad():
            grads = _back(tree, _grad(outputs, leaves, weights))
        grads = _detached(grads, recorded or _recorded(cotangents))
        return grads if isinstance(grads, tuple) else tuple(grads)

    value = _detached(result, recorded)
    return (value, back, aux) if has_aux else (value, back)


def jvp(func, primals, tangents, *, strict=False, has_aux=False):
    """`func(*primals)` and its Jacobian times the tangents, by differentiating the product from the left once more."""
    from ._grad_mode import enable_grad

    if not isinstance(primals, tuple) or not isinstance(tangents, tuple):
        raise RuntimeError("jvp(f, primals, tangents): Expected primals and tangents to be tuples")
    recorded = _recorded(primals, tangents)
    with enable_grad():
        tree, leaves = _leaves(primals)
        result = func(*tree)
        aux = None
        if has_aux:
            result, aux = result
        outputs, spec = tree_flatten(result)
        dummies = [zeros_like(o, requires_grad=True) for o in outputs]
        left = _grad(outputs, leaves, dummies)
        found = _grad(left, dummies, tree_flatten(tangents)[0])
    result, found = _detached(result, recorded), _detached(tree_unflatten(found, spec), recorded)
    return (result, found, aux) if has_aux else (result, found)


def _jacobian(func, argnums, has_aux):
    @functools.wraps(func)
    def wrapper(*args):
        from ._grad_mode import enable_grad

        chosen = (argnums,) if isinstance(argnums, int) else tuple(argnums)
        recorded = _recorded(args)
        with enable_grad():
            parts = {i % len(args): _leaves(args[i]) for i in chosen}
            result = func(*[parts[i][0] if i in parts else a for i, a in enumerate(args)])
            aux = None
            if has_aux:
                result, aux = result
            outputs, spec = tree_flatten(result)
            inputs = [t for i in chosen for t in parts[i % len(args)][1]]
            rows = []
            for o in outputs:
                per = [[] for _ in inputs]
                for k in range(o.numel()):
                    weight = zeros_like(o).reshape(-1)
                    weight[k] = 1
                    for column, g in zip(per, _grad([o], inputs, [weight.reshape(o.shape)])):
                        column.append(g)
                found = iter([stack(c).reshape((*o.shape, *t.shape)) if c else o.new_zeros((*o.shape, *t.shape)) for c, t in zip(per, inputs)])
                trees = [_back(parts[i % len(args)][0], [next(found) for _ in parts[i % len(args)][1]]) for i in chosen]
                rows.append(trees[0] if isinstance(argnums, int) else tuple(trees))
        jacobian = _detached(tree_unflatten(rows, spec), recorded)
        return (jacobian, aux) if has_aux else jacobian

    return wrapper


def jacrev(func, argnums=0, *, has_aux=False, chunk_size=None, _preallocate_and_copy=False):
    """A function that gives the Jacobian of `func`."""
    return _jacobian(func, argnums, has_aux)


def jacfwd(func, argnums=0, has_aux=False, *, randomness="error", chunk_size=None):
    """A function that gives the Jacobian of `func`."""
    return _jacobian(func, argnums, has_aux)


def hessian(func, argnums=0):
    """A function that gives the second derivatives of `func`."""
    return jacrev(jacrev(func, argnums), argnums)


def linearize(func, *primals):
    """`func(*primals)`, and a function that gives its Jacobian times tangents."""
    return func(*primals), lambda *tangents: jvp(func, primals, tangents)[1]


def functionalize(func, *, remove="mutations"):
    """The function itself."""
    return func


def vmap(func, in_dims=0, out_dims=0, randomness="error", *, chunk_size=None):
    """A function that does for a batch what `func` does for one: called for each, and the results stacked."""

    @functools.wraps(func)
    def wrapper(*args, **kwargs):
        flat, spec = tree_flatten(args)
        if isinstance(in_dims, int):
            dims = [in_dims if isinstance(a, _C.Tensor) else None for a in flat]
        else:
            dims = []
            if len(in_dims) != len(args):
                raise ValueError(f"vmap({getattr(func, '__name__', func)}, in_dims={in_dims}, ...)(<inputs>): in_dims is not compatible with the structure of inputs.")
            for a, d in zip(args, in_dims):
                inner = tree_flatten(a)[0]
                if d is None or isinstance(d, int):
                    dims += [d if isinstance(t, _C.Tensor) else None for t in inner]
                else:
                    dims += [x for x in tree_flatten(d, none_is_leaf=True)[0]]
        sizes = {t.size(d) for t, d in zip(flat, dims) if d is not None}
        if not sizes:
            raise ValueError(f"vmap({getattr(func, '__name__', func)}, in_dims={in_dims}, ...)(<inputs>): at least one input must be batched")
        if len(sizes) > 1:
            raise ValueError(f"vmap: Expected all tensors to have the same size in the mapped dimension, got sizes {sorted(sizes)} for the mapped dimension")
        (n,) = sizes
        slices = [t.unbind(d) if d is not None else None for t, d in zip(flat, dims)]
        results, shape = [], None
        for i in range(n):
            one = tree_unflatten([t if s is None else s[i] for t, s in zip(flat, slices)], spec)
            parts, shape = tree_flatten(func(*one, **kwargs))
            results.append(parts)
        where = [out_dims] * len(results[0]) if isinstance(out_dims, int) else list(tree_flatten(out_dims, none_is_leaf=True)[0])
        stacked = [column[0] if d is None else stack(list(column), d) for column, d in zip(zip(*results), where)]
        return tree_unflatten(stacked, shape)

    return wrapper


def stack_module_state(models):
    """The parameters and buffers of several models of one kind, stacked."""
    if not models:
        raise RuntimeError("stack_module_state: Expected at least one model, got 0.")

    def stacked(named):
        return {k: stack([dict(m.__getattribute__(named)())[k] for m in models]).detach().requires_grad_(v.requires_grad) for k, v in getattr(models[0], named)()}

    return stacked("named_parameters"), stacked("named_buffers")


def replace_all_batch_norm_modules_(root):
    """Makes every batch norm in a module use the batch alone, without running means and variances."""
    from .nn.modules.batchnorm import _BatchNorm

    for module in root.modules():
        if isinstance(module, _BatchNorm) and module.track_running_stats:
            module.running_mean = module.running_var = module.num_batches_tracked = None
            module.track_running_stats = False
    return root


__getattr__ = _names_of(__name__)

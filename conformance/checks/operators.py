"""An entry of op_db: its samples in every dtype, forward and backward, in place, `out=`, strided, and its error inputs."""

import contextlib
import io

import flambeau
import torch
from torch.testing._internal.common_device_type import toleranceOverride
from torch.testing._internal.common_methods_invocations import op_db
from torch.testing._internal.common_utils import noncontiguous_like

from .bridge import back, over, rebind, resolve
from .compare import Difference, same

#: What is in these has no meaning: shape, strides and dtype are compared.
MEANINGLESS = {"empty", "empty_like", "new_empty", "new_empty_strided", "empty_strided", "empty_permuted"}
#: Second derivatives are compared for this many samples of an entry.
SECOND = 4
#: And what is not contiguous or in place for this many.
VARIANTS = 6


def function_of(op):
    """Flambeau's side of an entry."""
    try:
        return rebind(op.op)
    except NotImplementedError:
        try:
            return resolve(op.name)
        except (NotImplementedError, AttributeError):
            return resolve(f"ops.aten.{op.name}")


def override_of(op, dtype):
    """What the table allows this entry beyond the usual tolerance in a test of values."""
    found = None
    for d in op.decorators:
        for inner in getattr(d, "decorators", [d]):
            if isinstance(inner, toleranceOverride) and dtype in inner.d:
                t = inner.d[dtype]
                if found is None or t.atol + t.rtol > found.atol + found.rtol:
                    found = t
    return found


def _tensors(x):
    if isinstance(x, (torch.Tensor, flambeau.Tensor)):
        yield x
    elif isinstance(x, (list, tuple)):
        for v in x:
            yield from _tensors(v)
    elif isinstance(x, dict):
        for v in x.values():
            yield from _tensors(v)


def _call(lib, f, sample, process):
    lib.manual_seed(1234)
    result = f(sample[0], *sample[1], **sample[2])
    return process(result) if process else result


def _side(lib, f, sample, process):
    """A call's result, or the exception."""
    try:
        with contextlib.redirect_stderr(io.StringIO()):
            return _call(lib, f, sample, process), None
    except Exception as e:  # noqa: BLE001 (to be compared)
        return None, e


def _weights(lib, outputs):
    """Weights that make no gradient vanish, equal on both sides."""
    found = []
    for i, t in enumerate(outputs):
        n = t.numel()
        w = (lib.arange(n, dtype=lib.float64) * 7 % 5) * -0.3 + 1.0 + i
        found.append(w.reshape(tuple(t.shape)).to(t.dtype))
    return found


def _leaves(sample, ours):
    """PyTorch's leaves, and what stands for them on our side, where inputs that the table computed from others are leaves too."""
    pairs = [(t, o) for t, o in zip(_tensors(sample), _tensors(ours), strict=True) if t.requires_grad and t.is_leaf]
    return [t for t, _ in pairs], [o for _, o in pairs]


def _gradients(lib, result, leaves, create_graph=False):
    outputs = [t for t in _tensors(result) if t.requires_grad and (t.is_floating_point() or t.is_complex())]
    if not outputs or not leaves:
        return None
    weights = [w.requires_grad_(False) for w in _weights(lib, outputs)]
    return lib.autograd.grad(outputs, leaves, weights, allow_unused=True, create_graph=create_graph, retain_graph=True)


def _second(lib, result, leaves):
    first = _gradients(lib, result, leaves, create_graph=True)
    if first is None:
        return None
    kept = [g for g in first if g is not None and g.requires_grad]
    if not kept:
        return []
    weights = [w * 0.5 for w in _weights(lib, kept)]
    return lib.autograd.grad(kept, leaves, weights, allow_unused=True)


def _dense(grads):
    return None if grads is None else [None if g is None else g.to_dense() if g.layout != torch.strided else g for g in grads]


def check_sample(op, f, sample, dtype, what, second, process):
    """One sample: values, gradients, and second derivatives if asked for."""
    override = override_of(op, dtype)
    ours_in = tuple(over(part) for part in sample)
    want, refused = _side(torch, op.op, sample, process)
    got, error = _side(flambeau, f, ours_in, rebind_process(process))
    if refused is not None:
        if error is None:
            raise Difference(f"{what}: no exception; PyTorch raises {type(refused).__name__}: {str(refused)[:80]}")
        return
    if error is not None:
        raise Difference(f"{what}: {type(error).__name__}: {error}")
    if op.name in MEANINGLESS:
        if got.stride() != want.stride():
            raise Difference(f"{what}: strides {got.stride()} instead of {want.stride()}")
        got, want = flambeau.zeros_like(got), torch.zeros_like(want)
    same(back(got), want, what, override)
    differentiable = op.supports_autograd and dtype in (torch.float32, torch.float64, torch.complex64, torch.complex128)
    if not differentiable:
        return
    leaves, our_leaves = _leaves(sample, ours_in)
    for w, g in zip(_tensors(want), _tensors(got)):
        if w.requires_grad != g.requires_grad:
            raise Difference(f"{what}: requires_grad {g.requires_grad} instead of {w.requires_grad}")
    grads = _dense(_gradients(torch, want, leaves))
    if grads is None:
        return
    ours = _gradients(flambeau, got, our_leaves)
    _same_gradients(ours, grads, f"{what} gradient", override)
    if second and op.supports_gradgrad:
        want, got = _call(torch, op.op, sample, process), _call(flambeau, f, ours_in, rebind_process(process))
        try:
            grads = _second(torch, want, leaves)
        except RuntimeError:
            return
        _same_gradients(_second(flambeau, got, our_leaves), grads, f"{what} second gradient", override)


def _same_gradients(ours, grads, what, override):
    if grads is None or ours is None or len(ours) != len(grads):
        # Nothing that depends on the inputs, and gradients that are zero, mean the same.
        if not (ours and grads) and all(g is None or not bool((g != 0).any()) for g in ours or grads or ()):
            return
        if (ours or None) != (grads or None):
            raise Difference(f"{what}: {'missing' if not ours else 'there'}")
        return
    for i, (g, w) in enumerate(zip(ours, grads)):
        if w is None or g is None:
            # A gradient that is not there and one of zeros mean the same.
            there = g if w is None else w
            if there is not None and bool((there != 0).any()):
                raise Difference(f"{what} {i}: {'missing' if g is None else 'there, and PyTorch has none'}")
            continue
        same(back(g), w, f"{what} {i}", override)


def op_process(op):
    """What the table does with results before it looks at their gradients."""
    return getattr(op, "output_process_fn_grad", None)


def _plain(sample):
    """Without requires_grad, so that it may be written over."""
    def strip(x):
        if isinstance(x, torch.Tensor):
            return x.detach().clone()
        if isinstance(x, (list, tuple)):
            return type(x)(strip(v) for v in x)
        return {k: strip(v) for k, v in x.items()} if isinstance(x, dict) else x

    return tuple(strip(part) for part in sample)


def check_variants(op, f, sample, dtype, what, process):
    """The same call in place, with `out=`, and on tensors that are not dense."""
    if op.name in MEANINGLESS:
        return
    override = override_of(op, dtype)
    plain = _plain(sample)
    inplace = op.inplace_variant
    if inplace is not None and isinstance(plain[0], torch.Tensor):
        first = _plain(plain)
        ours = tuple(over(part) for part in first)
        name = getattr(inplace, "__name__", op.name.split(".")[-1] + "_")
        want, refused = _side(torch, inplace, first, None)
        call = (lambda x, *a, **k: getattr(x, name)(*a, **k)) if hasattr(torch.Tensor, name) else rebind(inplace)
        got, error = _side(flambeau, call, ours, None)
        if refused is None and error is not None:
            raise Difference(f"{what} in place: {type(error).__name__}: {error}")
        if refused is not None and error is None:
            raise Difference(f"{what} in place: no exception; PyTorch raises {type(refused).__name__}: {str(refused)[:80]}")
        if refused is None:
            same(back(got), want, f"{what} in place", override)
            same(back(ours[0]), first[0], f"{what} in place: the tensor itself", override)
    if op.supports_out:
        want, refused = _side(torch, op.op, plain, None)
        if refused is None and isinstance(want, torch.Tensor):
            out = torch.empty(0, dtype=want.dtype)
            want, refused = _side(torch, lambda x, *a, **k: op.op(x, *a, **k, out=out), plain, None)
            if refused is None:
                ours = tuple(over(part) for part in plain)
                target = flambeau.empty(0, dtype=over(want.dtype))
                got, error = _side(flambeau, lambda x, *a, **k: f(x, *a, **k, out=target), ours, None)
                if error is not None:
                    raise Difference(f"{what} out=: {type(error).__name__}: {error}")
                same(back(target), want, f"{what} out=", override)
    strided = tuple(_strided(part) for part in plain)
    # What is not determined by the input (signs of eigenvectors) is taken out here too.
    want, refused = _side(torch, op.op, strided, process)
    if refused is None:
        got, error = _side(flambeau, f, tuple(over(part) for part in strided), rebind_process(process))
        if error is not None:
            raise Difference(f"{what} not contiguous: {type(error).__name__}: {error}")
        same(back(got), want, f"{what} not contiguous", override)


def _strided(x):
    if isinstance(x, torch.Tensor):
        return noncontiguous_like(x) if x.numel() > 1 and x.dim() else x
    if isinstance(x, (list, tuple)):
        return type(x)(_strided(v) for v in x)
    return {k: _strided(v) for k, v in x.items()} if isinstance(x, dict) else x


def check_dtype(op, f, dtype):
    """All samples of an entry in a dtype. Returns the first difference, or `None`."""
    differentiable = op.supports_autograd and dtype in op.supported_backward_dtypes("cpu")
    torch.manual_seed(0)
    try:
        samples = list(op.sample_inputs("cpu", dtype, requires_grad=differentiable))
    except Exception as e:  # noqa: BLE001 (a table's own failure is no failure of ours)
        return None if "sparse" in str(e) else f"the table itself: {type(e).__name__}: {e}"
    for i, s in enumerate(samples):
        what = f"{str(dtype).removeprefix('torch.')} sample {i}"
        sample = (s.input, s.args, s.kwargs)
        # The process of a sample stands above that of the entry.
        process = s.output_process_fn_grad if not _is_identity(s.output_process_fn_grad) else op_process(op)
        try:
            check_sample(op, f, sample, dtype, what, i < SECOND and dtype is torch.float64, process)
            if i < VARIANTS:
                check_variants(op, f, sample, dtype, what, process)
        except Difference as e:
            return str(e)
        except NotImplementedError as e:
            return f"{what}: {e}"
    return None


def _is_identity(process):
    return process is None or process.__name__ == "<lambda>" and process.__code__.co_code == (lambda x: x).__code__.co_code


def rebind_process(process):
    """Results are processed by PyTorch's function on our tensors."""
    if _is_identity(process):
        return None
    return rebind(process)


def check_errors(op, f):
    """How many of an entry's error inputs raise what PyTorch raises, how many there are, and the first that does not."""
    if op.error_inputs_func is None:
        return 0, 0, None
    good, total, first = 0, 0, None
    try:
        errors = list(op.error_inputs("cpu"))
    except Exception:  # noqa: BLE001 (a table's own failure)
        return 0, 0, None
    for i, e in enumerate(errors):
        s = e.sample_input
        want, refused = _side(torch, op.op, (s.input, s.args, s.kwargs), None)
        if refused is None:
            continue
        total += 1
        try:
            ours = tuple(over(part) for part in (s.input, s.args, s.kwargs))
        except Exception as problem:  # noqa: BLE001 (what cannot be said cannot be refused)
            first = first or f"error input {i}: {type(problem).__name__}: {problem}"
            continue
        got, error = _side(flambeau, f, ours, None)
        kinds = [c for c in type(refused).__mro__ if c.__module__ == "builtins"]
        if error is not None and isinstance(error, kinds[0]) and not (isinstance(error, NotImplementedError) and kinds[0] is not NotImplementedError):
            good += 1
        else:
            raised = "nothing" if error is None else f"{type(error).__name__}: {str(error)[:80]}"
            first = first or f"error input {i}: {raised} instead of {kinds[0].__name__}: {str(refused)[:80]}"
    return good, total, first


def run_op(op, dtypes):
    """An entry's result: whether it passes in float32 and in all dtypes, its error inputs, and what fails."""
    failures = []
    try:
        f = function_of(op)
    except (NotImplementedError, AttributeError) as e:
        total = 0
        if op.error_inputs_func is not None:
            with contextlib.suppress(Exception):
                total = len(list(op.error_inputs("cpu")))
        return {"f32": False, "all": False, "errors": [0, total], "failures": [str(e)]}
    supported = op.supported_dtypes("cpu")
    wanted = [getattr(torch, d) for d in dtypes]
    passed = {}
    for dtype in wanted:
        if dtype not in supported:
            continue
        try:
            problem = check_dtype(op, f, dtype)
        except Exception as e:  # noqa: BLE001 (whatever happens is a failure)
            problem = f"{dtype}: {type(e).__name__}: {e}"
        passed[dtype] = problem is None
        if problem is not None:
            failures.append(problem)
    good, total, first = check_errors(op, f)
    if first is not None:
        failures.append(first)
    # An entry without float32 counts by the first dtype that it has.
    main = passed.get(torch.float32, next(iter(passed.values()), True))
    return {"f32": main, "all": all(passed.values()), "errors": [good, total], "failures": failures}


def run(index, dtypes):
    """Runs the entry of this number."""
    return run_op(op_db[index], dtypes)

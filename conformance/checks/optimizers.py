"""An entry of optim_db: the same parameters and data, 20 steps in every configuration; state dicts; the errors of options."""

import copy
import io

import flambeau
import torch
from torch.testing._internal.common_optimizers import optim_db

from .bridge import back, over
from .compare import Difference

STEPS = 20


def _problem(lib, dtype, matrices, sign):
    """Parameters and a loss of them, the same on both sides, with a minimum, or a maximum for a negative sign."""
    shapes = [(3, 4), (5, 5)] if matrices else [(3, 4), (5,), ()]
    parameters = []
    for i, shape in enumerate(shapes):
        n = 1
        for s in shape:
            n *= s
        start = ((torch.arange(n, dtype=torch.float64) * 37 % 11) / 11 - 0.4 + 0.1 * i).reshape(shape).to(dtype)
        if dtype.is_complex:
            start = start + 0.5j * (1 - start)
        start = start if lib is torch else over(start)
        parameters.append(lib.nn.Parameter(start))

    def loss():
        total = 0
        for i, p in enumerate(parameters):
            q = lib.view_as_real(p) if p.is_complex() else p
            total = total + ((q - 0.3 * (i + 1)) ** 2).sum() + 0.1 * (q * 3).sin().sum()
        return total * sign

    return parameters, loss


def _sparse(lib, parameters):
    """Gradients of which only the first elements are there."""
    for p in parameters:
        dense = p.grad.clone()
        if dense.dim():
            dense[1:] = 0
        p.grad = dense.to_sparse()


def _steps(lib, optimizer, parameters, loss, count, sparse, closure):
    def evaluate():
        optimizer.zero_grad()
        value = loss()
        value.backward()
        return value

    trace = []
    for _ in range(count):
        if closure:
            optimizer.step(evaluate)
        else:
            evaluate()
            if sparse:
                _sparse(lib, parameters)
            optimizer.step()
        trace.append([p.detach().clone() for p in parameters])
    return trace


def _compare(ours, theirs, what, tolerance):
    for step, (a, b) in enumerate(zip(ours, theirs)):
        for i, (p, q) in enumerate(zip(a, b)):
            p = back(p)
            if not torch.allclose(p, q, rtol=tolerance, atol=tolerance, equal_nan=True):
                raise Difference(f"{what}: parameter {i} after step {step + 1} differs by {float((p - q).abs().max()):.3g}")


def _names(optimizer, steps):
    """What is in a state dict, without numbers."""
    state = optimizer.state_dict()
    inside = {i: sorted(s) for i, s in state["state"].items()}
    return inside, [sorted(g) for g in state["param_groups"]]


def check_config(info, cls, kwargs, what, dtype, options):
    """One configuration: the trajectory, repr, state dict, and a trajectory that goes on from a loaded state."""
    name = info.optim_cls.__name__
    sparse, matrices, closure = info.only_supports_sparse_grads, name == "Muon", info.step_requires_closure
    tolerance = 1e-5
    runs = {}
    for lib, make in ((torch, info.optim_cls), (flambeau, cls)):
        parameters, loss = _problem(lib, dtype, matrices, -1 if kwargs.get("maximize") else 1)
        mine = {**kwargs, **options}
        mine = mine if lib is torch else over(mine)
        groups = parameters
        if not closure and len(parameters) > 1:
            groups = [{"params": parameters[:1]}, {"params": parameters[1:], "lr": 0.003}]
        optimizer = make(groups, **mine)
        runs[lib] = optimizer, parameters, loss, _steps(lib, optimizer, parameters, loss, STEPS, sparse, closure)
    _compare(runs[flambeau][3], runs[torch][3], what, tolerance)
    ours, theirs = runs[flambeau][0], runs[torch][0]
    if repr(ours) != repr(theirs):
        raise Difference(f"{what} repr: {repr(ours)!r} instead of {repr(theirs)!r}")
    if _names(ours, STEPS) != _names(theirs, STEPS):
        raise Difference(f"{what} state_dict: {_names(ours, STEPS)} instead of {_names(theirs, STEPS)}")
    # A new optimizer with the state of the old one goes on as the old one does.
    goes_on = {}
    for lib, make in ((torch, info.optim_cls), (flambeau, cls)):
        optimizer, parameters, loss, _ = runs[lib]
        state = optimizer.state_dict()
        if lib is flambeau:
            file = io.BytesIO()
            flambeau.save(state, file)
            file.seek(0)
            state = flambeau.load(file)
        fresh = make([{"params": g["params"]} for g in optimizer.param_groups], **(kwargs if lib is torch else over(kwargs)))
        fresh.load_state_dict(copy.deepcopy(state))
        goes_on[lib] = _steps(lib, fresh, parameters, loss, 3, sparse, closure)
    _compare(goes_on[flambeau], goes_on[torch], f"{what} after load_state_dict", tolerance)


def check_errors(info, cls):
    """How many refused options are refused with PyTorch's class, how many there are, and the first that is not."""
    good, total, first = 0, 0, None
    if info.optim_error_inputs_func is None:
        return good, total, first
    for i, e in enumerate(info.optim_error_inputs_func("cpu", torch.float32)):
        given = e.optimizer_error_input

        def run(make, params, kwargs):
            try:
                optimizer = make(params, **kwargs)
                optimizer.step()
            except Exception as problem:  # noqa: BLE001 (to be compared)
                return problem
            return None

        params = given.params
        want = run(info.optim_cls, params, given.kwargs)
        if want is None:
            continue
        total += 1
        got = run(cls, _same_objects(params, {}), over(given.kwargs))
        kind = next(k for k in type(want).__mro__ if k.__module__ == "builtins")
        if isinstance(got, kind):
            good += 1
        else:
            first = first or f"error input {i}: {got!r} instead of {want!r}"
    return good, total, first


def _same_objects(x, known):
    """Over, with one object of ours for each of theirs."""
    if isinstance(x, torch.Tensor):
        if id(x) not in known:
            known[id(x)] = over(x)
            if x.is_leaf and x.grad is not None:
                known[id(x)].grad = over(x.grad)
        return known[id(x)]
    if isinstance(x, (list, tuple)):
        return type(x)(_same_objects(v, known) for v in x)
    if isinstance(x, dict):
        return {k: _same_objects(v, known) for k, v in x.items()}
    return x


def run(index, dtypes):
    """Runs the entry of this number."""
    info = optim_db[index]
    name = info.optim_cls.__name__
    cls = getattr(flambeau.optim, name)
    failures, passed = [], {}
    wanted = ["float32", "float64"] + (["complex64"] if info.supports_complex else [])
    for dtype in [getattr(torch, d) for d in wanted if d in dtypes]:
        problem = None
        for given in info.optim_inputs_func("cpu"):
            for flag in ({}, *({f: True} for f in info.supported_impls if f in ("foreach", "fused"))):
                if dtype.is_complex and "fused" in flag or flag and isinstance(given.kwargs.get("lr"), torch.Tensor):
                    continue
                what = f"{str(dtype).removeprefix('torch.')} {given.desc} {' '.join(flag)}".strip()
                try:
                    check_config(info, cls, given.kwargs, what, dtype, flag)
                except Difference as e:
                    problem = str(e)
                except Exception as e:  # noqa: BLE001 (whatever happens is a failure)
                    problem = f"{what}: {type(e).__name__}: {e}"
                if problem:
                    break
            if problem:
                break
        passed[dtype] = problem is None
        if problem:
            failures.append(problem)
    good, total, first = check_errors(info, cls)
    if first is not None:
        failures.append(first)
    return {"f32": passed.get(torch.float32, True), "all": all(passed.values()), "errors": [good, total], "failures": failures}

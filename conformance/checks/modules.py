"""An entry of module_db: both made from the same seed, in train and eval mode: values, gradients, state dict, repr, pickle."""

import contextlib
import io
import pickle

import flambeau
import torch
from torch.testing._internal.common_device_type import toleranceOverride
from torch.testing._internal.common_modules import module_db

from .bridge import back, over, resolve
from .compare import Difference, same
from .operators import _gradients, _leaves, _same_gradients, _tensors


def _override(info, dtype):
    found = None
    for d in info.decorators or ():
        for inner in getattr(d, "decorators", [d]):
            if isinstance(inner, toleranceOverride) and dtype in inner.d:
                found = inner.d[dtype] if found is None or inner.d[dtype].atol > found.atol else found
    return found


def _make(lib, cls, args, kwargs, dtype, training):
    lib.manual_seed(7)
    module = cls(*args, **kwargs)
    module.to(dtype)
    return module.train(training)


def _state(module):
    return {k: v for k, v in module.state_dict().items()}


def _call(lib, module, args, kwargs):
    lib.manual_seed(11)
    return module(*args, **kwargs)


def _parameters(module):
    return [p for _, p in module.named_parameters()]


def check_input(info, cls, given, dtype, training, what):
    """One way to make the module, and one call."""
    override = _override(info, dtype)
    args, kwargs = given.constructor_input.args, dict(given.constructor_input.kwargs)
    theirs = _make(torch, info.module_cls, args, kwargs, dtype, training)
    ours = _make(flambeau, cls, over(args), over(kwargs), over(dtype), training)
    if repr(ours) != repr(theirs):
        raise Difference(f"{what} repr: {repr(ours)!r} instead of {repr(theirs)!r}")
    if given.forward_input is None:
        return
    inputs = (given.forward_input.args, dict(given.forward_input.kwargs))
    our_inputs = tuple(over(part) for part in inputs)
    want = _call(torch, theirs, *inputs)
    got = _call(flambeau, ours, *our_inputs)
    # Lazy modules have their parameters only now; all were drawn from the same seed.
    mine, wanted = _state(ours), _state(theirs)
    if list(mine) != list(wanted):
        raise Difference(f"{what} state_dict: keys {list(mine)} instead of {list(wanted)}")
    for key in wanted:
        same(back(mine[key]), wanted[key], f"{what} state_dict[{key!r}]", override)
    same(back(got), want, what, override)
    leaves, our_leaves = _leaves((inputs, _parameters(theirs)), (our_inputs, _parameters(ours)))
    if any(t.requires_grad for t in _tensors(want)):
        try:
            grads = _gradients(torch, want, leaves)
        except RuntimeError:
            grads = None
        if grads is not None:
            _same_gradients(_gradients(flambeau, got, our_leaves), grads, f"{what} gradient", override)
    # What was pickled is the same module again.
    again = pickle.loads(pickle.dumps(ours))
    if repr(again) != repr(ours) or again.training != ours.training:
        raise Difference(f"{what} pickle: another module: {again!r}")
    same(back(_state(again)), back(_state(ours)), f"{what} pickle")
    # And its state goes into a module that was made from another seed.
    other = cls(*over(args), **over(kwargs)).to(over(dtype)).train(training)
    keys = other.load_state_dict(ours.state_dict())
    if keys.missing_keys or keys.unexpected_keys:
        raise Difference(f"{what} load_state_dict: {keys}")
    same(back(_state(other)), back(_state(ours)), f"{what} load_state_dict")


def check_dtype(info, cls, dtype):
    """All inputs of an entry in a dtype, in both modes. Returns the first difference, or `None`."""
    for training in (True, False):
        torch.manual_seed(0)
        inputs = info.module_inputs_func(info, device="cpu", dtype=dtype, requires_grad=True, training=training)
        for i, given in enumerate(inputs):
            what = f"{str(dtype).removeprefix('torch.')} {'train' if training else 'eval'} input {i}{' ' + given.desc if given.desc else ''}"
            try:
                with contextlib.redirect_stderr(io.StringIO()):
                    check_input(info, cls, given, dtype, training, what)
            except Difference as e:
                return str(e)
            except Exception as e:  # noqa: BLE001 (whatever happens is a failure)
                return f"{what}: {type(e).__name__}: {e}"
    return None


def check_errors(info, cls):
    """How many error inputs raise what PyTorch raises, how many there are, and the first that does not."""
    good, total, first = 0, 0, None
    if info.module_error_inputs_func is None:
        return good, total, first
    for training in (True, False):
        for i, e in enumerate(info.module_error_inputs_func(info, device="cpu", dtype=torch.float32, requires_grad=False, training=training)):
            given = e.module_error_input

            def run(make, call):
                try:
                    module = make()
                    if given.forward_input is not None:
                        call(module)
                except Exception as problem:  # noqa: BLE001 (to be compared)
                    return problem
                return None

            c = given.constructor_input
            f = given.forward_input
            want = run(lambda: info.module_cls(*c.args, **c.kwargs), lambda m: m(*f.args, **f.kwargs))
            got = run(lambda: cls(*over(c.args), **over(c.kwargs)), lambda m: m(*over(f.args), **over(f.kwargs)))
            if want is None:
                continue
            total += 1
            kind = next(k for k in type(want).__mro__ if k.__module__ == "builtins")
            if isinstance(got, kind):
                good += 1
            else:
                first = first or f"error input {i}: {got!r} instead of {kind.__name__}: {str(want)[:80]}"
    return good, total, first


def run(index, dtypes):
    """Runs the entry of this number."""
    info = module_db[index]
    failures, passed = [], {}
    try:
        cls = resolve(info.module_cls.__module__.split(".")[1] + "." + info.module_cls.__name__)
    except (NotImplementedError, AttributeError) as e:
        return {"f32": False, "all": False, "errors": [0, 0], "failures": [str(e)]}
    for dtype in [getattr(torch, d) for d in dtypes]:
        if dtype not in info.dtypes:
            continue
        problem = check_dtype(info, cls, dtype)
        passed[dtype] = problem is None
        if problem is not None:
            failures.append(problem)
    good, total, first = check_errors(info, cls)
    if first is not None:
        failures.append(first)
    main = passed.get(torch.float32, next(iter(passed.values()), True))
    return {"f32": main, "all": all(passed.values()), "errors": [good, total], "failures": failures}

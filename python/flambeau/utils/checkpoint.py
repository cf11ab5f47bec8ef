"""Activations computed again in backward instead of kept."""

import functools

from .. import _C

__all__ = ["checkpoint", "checkpoint_sequential", "set_checkpoint_early_stop"]


def checkpoint(function=None, *args, use_reentrant=None, context_fn=None, determinism_check="default", debug=False, early_stop=True, **kwargs):
    """Runs `function` without keeping what it makes; backward runs it again, from the same random state. Without a function,
    a decorator for functions that are always run so."""
    if function is None:
        options = {"use_reentrant": use_reentrant, "context_fn": context_fn, "determinism_check": determinism_check, "debug": debug,
                   "early_stop": early_stop, **kwargs}  # fmt: skip

        def decorate(function):
            @functools.wraps(function)
            def call(*args, **named):
                return checkpoint(function, *args, **options, **named)

            return call

        return decorate
    from .._grad_mode import enable_grad, no_grad
    from ..autograd import Function, backward
    from ..random import get_rng_state, set_rng_state

    preserve = kwargs.pop("preserve_rng_state", True)
    if not _C.is_grad_enabled():
        return function(*args, **kwargs)
    state = get_rng_state() if preserve else None
    tensors = [a for a in args if isinstance(a, _C.Tensor)]

    class Checkpoint(Function):
        """Its first input is there so that there is a gradient to flow even where no argument requires one."""

        @staticmethod
        def forward(ctx, anchor, *tensors):
            result = function(*args, **kwargs)
            ctx.single = not isinstance(result, tuple)
            return result

        @staticmethod
        def backward(ctx, *grads):
            given = iter([t.detach().requires_grad_(t.requires_grad) for t in tensors])
            now = get_rng_state()
            if state is not None:
                set_rng_state(state)
            fresh = [next(given) if isinstance(a, _C.Tensor) else a for a in args]
            with enable_grad():
                result = function(*fresh, **kwargs)
            if state is not None:
                set_rng_state(now)
            outputs = (result,) if ctx.single else result
            pairs = [(o, g) for o, g in zip((o for o in outputs if isinstance(o, _C.Tensor)), grads) if o.requires_grad]
            if pairs:
                backward([o for o, _ in pairs], [g for _, g in pairs])
            return None, *[f.grad for f in fresh if isinstance(f, _C.Tensor)]

    with no_grad():
        anchor = _C.zeros((0,), None)
    return Checkpoint.apply(anchor.requires_grad_(True), *tensors)


def checkpoint_sequential(functions, segments, input, use_reentrant=None, **kwargs):
    """A sequence of modules in parts, each of which is a :func:`checkpoint`; the last is not."""
    functions = list(functions.children()) if hasattr(functions, "children") else list(functions)
    size = len(functions) // segments

    def run(start, end):
        def forward(x):
            for f in functions[start : end + 1]:
                x = f(x)
            return x

        return forward

    end = -1
    for start in range(0, size * (segments - 1), size):
        end = start + size - 1
        input = checkpoint(run(start, end), input, use_reentrant=use_reentrant, **kwargs)
    return run(end + 1, len(functions) - 1)(input)


class set_checkpoint_early_stop:
    """Accepted: the part is always run whole."""

    def __init__(self, enable):
        pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

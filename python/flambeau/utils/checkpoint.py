"""Activations computed again in backward instead of kept."""

import contextlib
import functools
import traceback
import warnings
import weakref

from .. import _C, amp
from .._grad_mode import enable_grad, no_grad
from ..autograd import Function, _is_checkpoint_valid, backward
from ..autograd.graph import saved_tensors_hooks
from ..random import fork_rng, get_rng_state, set_rng_state
from .._missing import names_of as _names_of

__all__ = ["checkpoint", "checkpoint_sequential", "CheckpointError", "CheckpointFunction", "check_backward_validity", "detach_variable",
           "get_device_states", "set_device_states", "noop_context_fn", "set_checkpoint_early_stop", "DefaultDeviceType",
           "set_checkpoint_debug_enabled"]  # fmt: skip

#: What the context managers say instead of the arguments.
_early_stop = _debug = None


class CheckpointError(RuntimeError):
    """What ran again is not what ran first."""


class _Enough(Exception):
    """All that was saved is there again."""


@contextlib.contextmanager
def set_checkpoint_early_stop(enable):
    """For checkpoints made inside: whether a part runs again only until all that was saved is there."""
    global _early_stop
    before, _early_stop = _early_stop, enable
    try:
        yield
    finally:
        _early_stop = before


@contextlib.contextmanager
def set_checkpoint_debug_enabled(enabled):
    """For checkpoints made inside: whether errors say where tensors were saved; `None` leaves it to each call."""
    global _debug
    before, _debug = _debug, enabled
    try:
        yield
    finally:
        _debug = before


def noop_context_fn():
    """Two contexts that do nothing."""
    return contextlib.nullcontext(), contextlib.nullcontext()


def detach_variable(inputs):
    """A tuple with its tensors detached, which require gradients where they did."""
    if not isinstance(inputs, tuple):
        raise RuntimeError(f"Only tuple of tensors is supported. Got Unsupported input type: {type(inputs).__name__}")
    return tuple(x.detach().requires_grad_(x.requires_grad) if isinstance(x, _C.Tensor) else x for x in inputs)


def check_backward_validity(inputs):
    """Warns if no tensor requires a gradient."""
    if not any(x.requires_grad for x in inputs if isinstance(x, _C.Tensor)):
        warnings.warn("None of the inputs have requires_grad=True. Gradients will be None", stacklevel=2)


class DefaultDeviceType:
    """The kind of device whose random state is kept beside the CPU's."""

    _default_device_type = None

    @staticmethod
    def set_device_type(device="cuda"):
        """Sets it."""
        DefaultDeviceType._default_device_type = device

    @staticmethod
    def get_device_type():
        """The kind that was set, or else the CPU."""
        return DefaultDeviceType._default_device_type or "cpu"


def get_device_states(*args):
    """The numbers and random states of the devices that tensors are on, other than the CPU: none."""
    return [], []


def set_device_states(devices, states, *, device_type=None):
    """Sets random states of devices."""
    for device, _ in zip(devices, states):
        _C.check_device(f"{device_type or DefaultDeviceType.get_device_type()}:{device}")


def _surroundings(preserve):
    """A context that brings back the random state and the autocast of now."""
    state = get_rng_state() if preserve else None
    cast = amp.is_autocast_enabled("cpu"), amp.get_autocast_dtype("cpu"), amp.is_autocast_cache_enabled()

    @contextlib.contextmanager
    def again():
        with fork_rng(enabled=preserve), amp.autocast("cpu", cast[1], *cast[::2]):
            if preserve:
                set_rng_state(state)
            yield

    return again


class CheckpointFunction(Function):
    """The reentrant form: nothing of the forward is recorded, and the backward runs one of its own."""

    @staticmethod
    def forward(ctx, run_function, preserve_rng_state, *args):
        check_backward_validity(args)
        ctx.run_function, ctx.again = run_function, _surroundings(preserve_rng_state)
        ctx.places = [i for i, a in enumerate(args) if isinstance(a, _C.Tensor)]
        ctx.inputs = [None if isinstance(a, _C.Tensor) else a for a in args]
        ctx.save_for_backward(*[args[i] for i in ctx.places])
        with no_grad():
            return run_function(*args)

    @staticmethod
    def backward(ctx, *grads):
        if not _is_checkpoint_valid():
            raise RuntimeError(
                "A checkpoint with use_reentrant=True runs a backward pass of its own, and so is incompatible with .grad() or passing an "
                "`inputs` parameter to .backward(); use_reentrant=False is compatible with both."
            )
        inputs = list(ctx.inputs)
        for i, t in zip(ctx.places, ctx.saved_tensors):
            inputs[i] = t.detach().requires_grad_(ctx.needs_input_grad[i + 2])
        with ctx.again(), enable_grad():
            outputs = ctx.run_function(*inputs)
        outputs = (outputs,) if isinstance(outputs, _C.Tensor) else outputs
        pairs = [(o, g) for o, g in zip(outputs, grads) if isinstance(o, _C.Tensor) and o.requires_grad]
        if not pairs:
            raise RuntimeError("none of output has requires_grad=True, this checkpoint() is not necessary")
        backward([o for o, _ in pairs], [g for _, g in pairs])
        return None, None, *[x.grad if isinstance(x, _C.Tensor) else None for x in inputs]


class _Holder:
    """What the graph keeps in place of a tensor."""


def _about(t):
    return {"shape": t.shape, "dtype": t.dtype, "device": t.device}


_CHECKS = {"default": _about, "none": lambda t: None}


class _Part:
    """A part that runs again when backward first asks for something that it saved."""

    def __init__(self, function, args, kwargs, again, about, early_stop, debug):
        self.function, self.kwargs, self.again = function, kwargs, again
        # Hooks around this part see its arguments as what it saves; without hooks, writes over them are noticed.
        self.args = [self._keep(a) for a in args]
        self.about, self.early_stop, self.places = about, early_stop, ([], []) if debug else None
        self.holders, self.notes, self.done = [], [], False
        self.count, self.fits = 0, True
        self.values = weakref.WeakKeyDictionary()

    @staticmethod
    def _keep(value):
        if not isinstance(value, _C.Tensor):
            return value, None
        packed = _C.pack_saved(value)
        return (value, value._version) if packed is None else (packed, None)

    def _given(self):
        for value, version in self.args:
            if isinstance(value, _C.PackedTensor):
                value = value.unpack()
            elif version is not None and value._version != version:
                raise RuntimeError(
                    "one of the variables needed for gradient computation has been modified by an inplace operation: an argument of a "
                    f"checkpoint, {list(value.shape)}, is at version {value._version}; expected version {version} instead."
                )
            yield value

    def _note_place(self, again):
        if self.places is not None:
            ours = {__file__, saved_tensors_hooks.__init__.__code__.co_filename}
            found = next((f for f in reversed(traceback.extract_stack()) if f.filename not in ours), None)
            self.places[again].append(f"{found.filename}:{found.lineno}: {found.line}")

    def pack(self, t):
        """Forward: notes what would be saved, and saves a holder."""
        holder = _Holder()
        self.holders.append(weakref.ref(holder))
        self.notes.append((self.about(t), t.data_ptr()))
        self._note_place(0)
        return holder

    def pack_again(self, t):
        """Running again: puts what is saved where the holders find it."""
        t = t.detach()
        self._note_place(1)
        at = self.count
        self.count += 1
        if at >= len(self.holders):
            if self.done:
                self._fail("trying to save more tensors during recomputation than during the original forward pass.")
            # A backward inside the part asked for something: the forward is not at its end yet.
            self.fits = False
            return t
        holder = self.holders[at]()
        if holder is not None:
            self.values[holder] = t, t.data_ptr() == self.notes[at][1]
        if self.early_stop and self.count == len(self.holders):
            raise _Enough
        return t

    def unpack(self, holder):
        """Backward: the tensor of a holder. What was computed again is given once; what lies where it lay, such as a parameter, is
        there anyway, and some operations ask for it twice."""
        if holder not in self.values:
            self._run_again()
        t, there = self.values[holder]
        if not there:
            del self.values[holder]
        return t

    def _run_again(self):
        self.count, self.fits = 0, True
        if self.places is not None:
            self.places[1].clear()
        try:
            with enable_grad(), self.again():
                args = list(self._given())
                with saved_tensors_hooks(self.pack_again, lambda t: t):
                    self.function(*args, **self.kwargs)
        except _Enough:
            pass
        if not self.fits:
            return
        if self.count != len(self.holders):
            self._fail(
                "A different number of tensors was saved during the original forward and recomputation.\n"
                f"Number of tensors saved during forward: {len(self.holders)}\nNumber of tensors saved during recomputation: {self.count}."
            )
        wrong = ""
        for i, (holder, (before, _)) in enumerate(zip((r() for r in self.holders), self.notes)):
            now = before if holder is None else self.about(self.values[holder][0])
            if now != before:
                wrong += f"tensor at position {i}:\nsaved metadata: {before}\nrecomputed metadata: {now}\n"
        if wrong:
            self._fail(f"Recomputed values for the following tensors have different metadata than during the forward pass.\n{wrong}")

    def _fail(self, text):
        if self.places is None:
            text += "\nWith debug=True, or inside set_checkpoint_debug_enabled(True), this error says where tensors were saved."
        else:
            for title, lines in zip(("the original forward", "recomputation"), self.places):
                text += f"\nSaved during {title}:" + "".join(f"\n  {i}: {line}" for i, line in enumerate(lines))
        raise CheckpointError(f"torch.utils.checkpoint: {text}")


def _run(function, args, kwargs, preserve, context_fn, determinism_check, debug, early_stop):
    """The form that is not reentrant: the forward is recorded, with holders in place of what it saves."""
    debug = debug if _debug is None else _debug
    if debug and context_fn is not noop_context_fn:
        raise ValueError("debug=True is incompatible with non-default context_fn")
    if determinism_check not in _CHECKS:
        raise ValueError(f"determinism_check should be one of {list(_CHECKS)}, but got {determinism_check}")
    first, second = context_fn()
    if not _C.is_grad_enabled():
        return function(*args, **kwargs)
    surroundings = _surroundings(preserve)

    @contextlib.contextmanager
    def again():
        with surroundings(), second:
            yield

    early_stop = early_stop if _early_stop is None else _early_stop
    part = _Part(function, args, kwargs, again, _CHECKS[determinism_check], early_stop, debug)
    ended = False
    with saved_tensors_hooks(part.pack, part.unpack), first:
        result = function(*args, **kwargs)
        ended = True
    if not ended:
        raise RuntimeError("torch.utils.checkpoint: the forward context provided by context_fn suppressed an exception raised during the forward.")
    part.done = True
    return result


def checkpoint(function=None, *args, use_reentrant=None, preserve_rng_state=True, context_fn=noop_context_fn, determinism_check="default",
               debug=False, early_stop=True, respect_saved_tensors_hooks=None, **kwargs):  # fmt: skip
    """Runs `function` without keeping what it makes; backward runs it again, from the same random state. Without a function,
    a decorator for functions that are always run so."""
    options = use_reentrant, preserve_rng_state, context_fn, determinism_check, debug, early_stop, respect_saved_tensors_hooks
    if function is not None or args:
        return _checkpoint(function, args, kwargs, *options)
    if kwargs:
        raise ValueError("Unexpected keyword arguments: " + ",".join(kwargs))

    def decorate(function):
        @functools.wraps(function)
        def call(*args, **kwargs):
            return _checkpoint(function, args, kwargs, *options)

        return call

    return decorate


def _checkpoint(function, args, kwargs, use_reentrant, preserve, context_fn, determinism_check, debug, early_stop, respect):
    if use_reentrant is None:
        warnings.warn(
            "torch.utils.checkpoint: use_reentrant should be passed explicitly; use_reentrant=False is recommended, and True is what is "
            "taken now.",
            stacklevel=3,
        )
        use_reentrant = True
    if not use_reentrant:
        return _run(function, args, kwargs, preserve, context_fn, determinism_check, debug, early_stop)
    if kwargs:
        raise ValueError("Unexpected keyword arguments: " + ",".join(kwargs))
    if context_fn is not noop_context_fn or debug is not False or respect is not None:
        raise ValueError("Passing `context_fn`, `debug`, or `respect_saved_tensors_hooks` is only supported when use_reentrant=False.")
    return CheckpointFunction.apply(function, preserve, *args)


def checkpoint_sequential(functions, segments, input, use_reentrant=None, **kwargs):
    """A sequence of modules in parts, each of which is a :func:`checkpoint`; the last is not."""
    if use_reentrant is None:
        warnings.warn(
            "torch.utils.checkpoint.checkpoint_sequential: use_reentrant should be passed explicitly; use_reentrant=False is recommended, "
            "and True is what is taken now.",
            stacklevel=2,
        )
        use_reentrant = True
    preserve = kwargs.pop("preserve_rng_state", True)
    if kwargs:
        raise ValueError("Unexpected keyword arguments: " + ",".join(kwargs))
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
        input = checkpoint(run(start, end), input, use_reentrant=use_reentrant, preserve_rng_state=preserve)
    return run(end + 1, len(functions) - 1)(input)


__getattr__ = _names_of(__name__)

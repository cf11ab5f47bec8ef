"""Handles that take hooks away again, and the hooks around a module's backward."""

import weakref
from collections import OrderedDict

from .. import _C
from .._missing import names_of as _names_of

__all__ = ["RemovableHandle", "unserializable_hook", "warn_if_has_hooks", "BackwardHook"]


class RemovableHandle:
    """Takes a hook away: by `remove()` or at the end of a `with`."""

    next_id = 0

    def __init__(self, hooks_dict, *, extra_dict=None):
        self.hooks_dict_ref = weakref.ref(hooks_dict) if isinstance(hooks_dict, OrderedDict) else (lambda: hooks_dict)
        self.id = RemovableHandle.next_id
        RemovableHandle.next_id += 1
        extra = [] if extra_dict is None else extra_dict if isinstance(extra_dict, list) else [extra_dict]
        self.extra_dict_ref = tuple(weakref.ref(d) if isinstance(d, OrderedDict) else (lambda d=d: d) for d in extra)

    def remove(self):
        """The hook is called no more."""
        for ref in (self.hooks_dict_ref, *self.extra_dict_ref):
            hooks = ref()
            if hooks is not None:
                hooks.pop(self.id, None)

    def __getstate__(self):
        return self.hooks_dict_ref(), self.id

    def __setstate__(self, state):
        hooks = OrderedDict() if state[0] is None else state[0]
        self.hooks_dict_ref, self.id, self.extra_dict_ref = weakref.ref(hooks), state[1], ()
        RemovableHandle.next_id = max(RemovableHandle.next_id, self.id + 1)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.remove()


def add_hook(hooks, hook, prepend=False, extra=()):
    """Puts `hook` among `hooks`, in front of them or at the end; the handle takes it away from there, and from `extra`."""
    handle = RemovableHandle(hooks, extra_dict=list(extra) or None)
    hooks[handle.id] = hook
    if prepend:
        hooks.move_to_end(handle.id, last=False)
    return handle


def unserializable_hook(f):
    """Marks a hook that is not to be pickled."""
    f.__torch_unserializable__ = True
    return f


def warn_if_has_hooks(tensor):
    """Hooks are not kept with tensors that are written."""


class BackwardHook:
    """Calls a module's backward hooks: the pre-hooks when the gradients of all outputs are there, the others when those of the
    inputs are."""

    def __init__(self, module, user_hooks, user_pre_hooks):
        self.module, self.user_hooks, self.user_pre_hooks = module, user_hooks, user_pre_hooks
        self.grad_outputs = None
        self.n_inputs = -1
        self.places = None

    def _apply(self, args, on_grads):
        from ..autograd import Function

        places = [i for i, a in enumerate(args) if isinstance(a, _C.Tensor)]
        if not any(args[i].requires_grad for i in places):
            return args, None

        class Identity(Function):
            @staticmethod
            def forward(ctx, *tensors):
                ctx.set_materialize_grads(False)
                return tuple(t.view_as(t) for t in tensors)

            @staticmethod
            def backward(ctx, *grads):
                return on_grads(grads)

        passed = Identity.apply(*[args[i] for i in places])
        result = list(args)
        for i, t in zip(places, passed):
            result[i] = t
        return tuple(result), places

    def _spread(self, grads, places, n):
        full = [None] * n
        for i, g in zip(places, grads):
            full[i] = g
        return tuple(full)

    def setup_input_hook(self, args):
        """The arguments, watched."""

        def on_grads(grads):
            full = self._spread(grads, self.places, self.n_inputs)
            for hook in self.user_hooks:
                changed = hook(self.module, full, self.grad_outputs)
                if changed is not None:
                    full = changed if isinstance(changed, tuple) else (changed,)
                    if len(full) != self.n_inputs:
                        raise RuntimeError(f"Backward hook returned an invalid number of grad_input, got {len(full)}, but expected {self.n_inputs}")
            self.grad_outputs = None
            return tuple(full[i] for i in self.places)

        self.n_inputs = len(args)
        args, self.places = self._apply(tuple(args), on_grads)
        return args

    def setup_output_hook(self, result):
        """The outputs, watched."""
        one = not isinstance(result, tuple)
        outputs = (result,) if one else result
        if not all(isinstance(o, _C.Tensor) or o is None for o in outputs) and one:
            return result

        def on_grads(grads):
            full = self._spread(grads, places, len(outputs))
            for hook in self.user_pre_hooks:
                changed = hook(self.module, full)
                if changed is not None:
                    full = changed if isinstance(changed, tuple) else (changed,)
            self.grad_outputs = full
            if self.places is None:
                for hook in self.user_hooks:
                    changed = hook(self.module, self._spread([], [], self.n_inputs), full)
                    if changed is not None and not all(c is None for c in (changed if isinstance(changed, tuple) else (changed,))):
                        raise RuntimeError("Backward hook for Modules where no input requires gradient should always return None or None for all gradients.")
                self.grad_outputs = None
            return tuple(full[i] for i in places)

        watched, places = self._apply(tuple(outputs), on_grads)
        return watched[0] if one else watched


__getattr__ = _names_of(__name__)

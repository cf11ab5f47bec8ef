"""Hooks around modules: of one, and of all; and the call that they stand around."""

import functools
import weakref
from collections import OrderedDict

from ... import _C
from ...utils.hooks import BackwardHook, add_hook

#: Hooks of all modules.
every_forward_pre, every_forward, every_forward_kwargs = OrderedDict(), OrderedDict(), {}
every_backward_pre, every_backward = OrderedDict(), OrderedDict()
every_parameter_registration, every_buffer_registration, every_module_registration = OrderedDict(), OrderedDict(), OrderedDict()


def register_module_forward_pre_hook(hook):
    """Calls `hook(module, args)` before every forward of every module."""
    return add_hook(every_forward_pre, hook)


def register_module_forward_hook(hook, *, with_kwargs=False, always_call=False):
    """Calls `hook(module, args, output)` after every forward of every module."""
    handle = add_hook(every_forward, hook, extra=[every_forward_kwargs])
    if with_kwargs:
        every_forward_kwargs[handle.id] = True
    return handle


def register_module_full_backward_pre_hook(hook):
    """Calls `hook(module, grad_output)` before the backward of every module."""
    return add_hook(every_backward_pre, hook)


def register_module_full_backward_hook(hook):
    """Calls `hook(module, grad_input, grad_output)` after the backward of every module."""
    return add_hook(every_backward, hook)


register_module_backward_hook = register_module_full_backward_hook


def register_module_parameter_registration_hook(hook):
    """Calls `hook(module, name, parameter)` whenever a parameter is registered."""
    return add_hook(every_parameter_registration, hook)


def register_module_buffer_registration_hook(hook):
    """Calls `hook(module, name, buffer)` whenever a buffer is registered."""
    return add_hook(every_buffer_registration, hook)


def register_module_module_registration_hook(hook):
    """Calls `hook(module, name, child)` whenever a child is registered."""
    return add_hook(every_module_registration, hook)


class _WithModule:
    """A hook that is called with its module first, without keeping the module alive."""

    def __init__(self, hook, module):
        self.hook, self.module = hook, weakref.ref(module)
        functools.update_wrapper(self, hook)

    def __call__(self, *args, **kwargs):
        module = self.module()
        if module is None:
            raise RuntimeError("You are trying to call the hook of a dead Module!")
        return self.hook(module, *args, **kwargs)

    def __getstate__(self):
        return {"hook": self.hook, "module": self.module()}

    def __setstate__(self, state):
        self.hook, self.module = state["hook"], weakref.ref(state["module"])


class Hooked(_C.Callable):
    """The part of a module that calls `forward` with its hooks around it, and takes hooks."""

    _is_full_backward_hook = None
    _call_impl = _C.Callable.__call__

    def _call_with_hooks(self, args, kwargs):
        called = set()
        try:
            return self._inner_call(args, kwargs, called)
        except Exception:
            # Hooks that are to be called whatever happens.
            for key in [*every_forward, *self._forward_hooks]:
                if key in self._forward_hooks_always_called and key not in called:
                    hook = self._forward_hooks[key]
                    try:
                        if key in self._forward_hooks_with_kwargs:
                            hook(self, args, kwargs, None)
                        else:
                            hook(self, args, None)
                    except Exception as e:  # noqa: BLE001 (the first exception is the one that counts)
                        import warnings

                        warnings.warn(f"module forward hook with ``always_call=True`` raised an exception that was silenced as another error was raised in forward: {e}", stacklevel=2)
            raise

    def _inner_call(self, args, kwargs, called):
        for key, hook in [*every_forward_pre.items(), *self._forward_pre_hooks.items()]:
            if key in self._forward_pre_hooks_with_kwargs:
                changed = hook(self, args, kwargs)
                if changed is not None:
                    if not (isinstance(changed, tuple) and len(changed) == 2):
                        raise RuntimeError(f"forward pre-hook must return None or a tuple of (new_args, new_kwargs), but got {changed}.")
                    args, kwargs = changed
            else:
                changed = hook(self, args)
                if changed is not None:
                    args = changed if isinstance(changed, tuple) else (changed,)
        full = [*every_backward.values()]
        legacy = []
        if self._is_full_backward_hook is False:
            legacy = list(self._backward_hooks.values())
        else:
            full += self._backward_hooks.values()
        before = [*every_backward_pre.values(), *self._backward_pre_hooks.values()]
        backward = BackwardHook(self, full, before) if full or before else None
        if backward:
            args = backward.setup_input_hook(args)
        result = self.forward(*args, **kwargs)
        for key, hook in [*every_forward.items(), *self._forward_hooks.items()]:
            called.add(key)
            if key in self._forward_hooks_with_kwargs or key in every_forward_kwargs:
                changed = hook(self, args, kwargs, result)
            else:
                changed = hook(self, args, result)
            if changed is not None:
                result = changed
        if backward:
            if not isinstance(result, (_C.Tensor, tuple)):
                import warnings

                warnings.warn(f"For backward hooks to be called, module output should be a Tensor or a tuple of Tensors but received {type(result)}", stacklevel=3)
            result = backward.setup_output_hook(result)
        for hook in legacy:
            one = result
            while not isinstance(one, _C.Tensor):
                one = next(v for v in one.values() if isinstance(v, _C.Tensor)) if isinstance(one, dict) else one[0]
            if one.requires_grad:
                one.register_hook(lambda grad, hook=hook: hook(self, (grad,), (grad,)) and None)
        return result

    def register_forward_pre_hook(self, hook, *, prepend=False, with_kwargs=False):
        """Calls `hook(module, args)` before the forward; what it returns replaces the arguments."""
        handle = add_hook(self._forward_pre_hooks, hook, prepend, [self._forward_pre_hooks_with_kwargs])
        if with_kwargs:
            self._forward_pre_hooks_with_kwargs[handle.id] = True
        return handle

    def register_forward_hook(self, hook, *, prepend=False, with_kwargs=False, always_call=False):
        """Calls `hook(module, args, output)` after the forward; what it returns replaces the output."""
        handle = add_hook(self._forward_hooks, hook, prepend, [self._forward_hooks_with_kwargs, self._forward_hooks_always_called])
        if with_kwargs:
            self._forward_hooks_with_kwargs[handle.id] = True
        if always_call:
            self._forward_hooks_always_called[handle.id] = True
        return handle

    def register_full_backward_pre_hook(self, hook, prepend=False):
        """Calls `hook(module, grad_output)` before the backward; what it returns replaces the gradients."""
        return add_hook(self._backward_pre_hooks, hook, prepend)

    def register_full_backward_hook(self, hook, prepend=False):
        """Calls `hook(module, grad_input, grad_output)` after the backward; what it returns replaces the gradients."""
        if self._is_full_backward_hook is False:
            raise RuntimeError("Cannot use both regular backward hooks and full backward hooks on a single Module. Please use only one of them.")
        self._is_full_backward_hook = True
        return add_hook(self._backward_hooks, hook, prepend)

    def register_backward_hook(self, hook):
        """The older form of :meth:`register_full_backward_hook`."""
        if self._is_full_backward_hook is True:
            raise RuntimeError("Cannot use both regular backward hooks and full backward hooks on a single Module. Please use only one of them.")
        self._is_full_backward_hook = False
        return add_hook(self._backward_hooks, hook)

    def register_state_dict_pre_hook(self, hook):
        """Calls `hook(module, prefix, keep_vars)` before the state dict is made."""
        return add_hook(self._state_dict_pre_hooks, hook)

    def register_state_dict_post_hook(self, hook):
        """Calls `hook(module, state_dict, prefix, local_metadata)` after the state dict is made."""
        hook._from_public_api = True
        return add_hook(self._state_dict_hooks, hook)

    def _register_state_dict_hook(self, hook):
        return add_hook(self._state_dict_hooks, hook)

    def register_load_state_dict_pre_hook(self, hook):
        """Calls `hook(module, state_dict, prefix, local_metadata, strict, missing, unexpected, errors)` before loading."""
        return add_hook(self._load_state_dict_pre_hooks, _WithModule(hook, self))

    def _register_load_state_dict_pre_hook(self, hook, with_module=False):
        return add_hook(self._load_state_dict_pre_hooks, _WithModule(hook, self) if with_module else hook)

    def register_load_state_dict_post_hook(self, hook):
        """Calls `hook(module, incompatible_keys)` after loading."""
        return add_hook(self._load_state_dict_post_hooks, hook)

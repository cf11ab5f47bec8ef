"""What all optimizers have in common: groups of parameters, state, hooks, state dicts."""

import functools
from collections import OrderedDict, defaultdict
from copy import deepcopy
from itertools import chain

from .. import _C
from .._grad_mode import enable_grad, set_grad_enabled
from ..utils.hooks import add_hook
from .._missing import names_of as _names_of

__all__ = ["Optimizer", "register_optimizer_step_pre_hook", "register_optimizer_step_post_hook"]

_every_pre, _every_post = OrderedDict(), OrderedDict()


class _Required:
    def __repr__(self):
        return "<required parameter>"


required = _Required()


def register_optimizer_step_pre_hook(hook):
    """Calls `hook(optimizer, args, kwargs)` before every step of every optimizer."""
    return add_hook(_every_pre, hook)


def register_optimizer_step_post_hook(hook):
    """Calls `hook(optimizer, args, kwargs)` after every step of every optimizer."""
    return add_hook(_every_post, hook)


def _number(x):
    return x.item() if isinstance(x, _C.Tensor) else x


def check(condition, message):
    """Refuses an option."""
    if not condition:
        raise ValueError(message)


def check_lr(lr, text="Invalid learning rate: {}"):
    """A learning rate is a number that is not negative, or a tensor of one."""
    check(not isinstance(lr, _C.Tensor) or lr.numel() == 1, "Tensor lr must be 1-element")
    check(0.0 <= lr, text.format(lr))


def check_not_negative(**values):
    """Refuses negative options."""
    for name, value in values.items():
        check(0.0 <= value, f"Invalid {name} value: {value}")


def check_betas(betas):
    """Both in [0, 1)."""
    for i, beta in enumerate(betas):
        check(0.0 <= beta < 1.0, f"Invalid beta parameter at index {i}: {beta}")


class Optimizer:
    """A subclass gives its defaults, and `step` or `_update`, which changes one parameter."""

    _sparse = False
    _complex = True

    def __init__(self, params, defaults):
        self.defaults = defaults
        self._hooks()
        if isinstance(params, _C.Tensor):
            raise TypeError(f"params argument given to the optimizer should be an iterable of Tensors or dicts, but got {params.type()}")
        self.state = defaultdict(dict)
        self.param_groups = []
        groups = list(params)
        if not groups:
            raise ValueError("optimizer got an empty parameter list")
        if not isinstance(groups[0], dict):
            groups = [{"params": groups}]
        for group in groups:
            self.add_param_group(group)

    def _hooks(self):
        for name in ("_optimizer_step_pre_hooks", "_optimizer_step_post_hooks", "_optimizer_state_dict_pre_hooks",
                     "_optimizer_state_dict_post_hooks", "_optimizer_load_state_dict_pre_hooks",
                     "_optimizer_load_state_dict_post_hooks"):  # fmt: skip
            self.__dict__.setdefault(name, OrderedDict())

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        step = cls.__dict__.get("step")
        if step is not None and not getattr(step, "hooked", False):
            cls.step = _hooked(step)

    def __getstate__(self):
        return {"defaults": self.defaults, "state": self.state, "param_groups": self.param_groups}

    def __setstate__(self, state):
        self.__dict__.update(state)
        self._hooks()
        self.defaults.setdefault("differentiable", False)

    def __repr__(self):
        text = f"{type(self).__name__} ("
        for i, group in enumerate(self.param_groups):
            text += f"\nParameter Group {i}\n" + "".join(f"    {key}: {group[key]}\n" for key in sorted(group) if key != "params")
        return text + ")"

    def register_step_pre_hook(self, hook):
        """Calls `hook(optimizer, args, kwargs)` before a step; it may return new ones."""
        return add_hook(self._optimizer_step_pre_hooks, hook)

    def register_step_post_hook(self, hook):
        """Calls `hook(optimizer, args, kwargs)` after a step."""
        return add_hook(self._optimizer_step_post_hooks, hook)

    def register_state_dict_pre_hook(self, hook, prepend=False):
        """Calls `hook(optimizer)` before the state dict is made."""
        return self._ordered("_optimizer_state_dict_pre_hooks", hook, prepend)

    def register_state_dict_post_hook(self, hook, prepend=False):
        """Calls `hook(optimizer, state_dict)` after; what it returns replaces the state dict."""
        return self._ordered("_optimizer_state_dict_post_hooks", hook, prepend)

    def register_load_state_dict_pre_hook(self, hook, prepend=False):
        """Calls `hook(optimizer, state_dict)` before loading; what it returns is loaded."""
        return self._ordered("_optimizer_load_state_dict_pre_hooks", hook, prepend)

    def register_load_state_dict_post_hook(self, hook, prepend=False):
        """Calls `hook(optimizer)` after loading."""
        return self._ordered("_optimizer_load_state_dict_post_hooks", hook, prepend)

    def _ordered(self, table, hook, prepend):
        handle = add_hook(getattr(self, table), hook)
        if prepend:
            getattr(self, table).move_to_end(handle.id, last=False)
        return handle

    def add_param_group(self, param_group):
        """Adds parameters, with options of their own."""
        if not isinstance(param_group, dict):
            raise TypeError(f"param_group must be a dict, but got {type(param_group)}")
        params = param_group["params"]
        if isinstance(params, _C.Tensor):
            param_group["params"] = [params]
        elif isinstance(params, set):
            raise TypeError("optimizer parameters need to be organized in ordered collections, but the ordering of tensors in sets will change between runs. Please use a list instead.")
        else:
            param_group["params"] = list(params)
        named = [isinstance(p, tuple) for p in param_group["params"]]
        if any(named):
            if not all(named):
                raise ValueError("all optimizer params should be with/without names. Some param names are missing")
            param_group["param_names"] = [name for name, _ in param_group["params"]]
            param_group["params"] = [p for _, p in param_group["params"]]
        if self.param_groups and ("param_names" in self.param_groups[0]) != ("param_names" in param_group):
            how = "with" if "param_names" in param_group else "without"
            raise ValueError(f"all optimizer param groups should be with/without names. cannot add param group {how} names to the optimizer")
        for p in param_group["params"]:
            if not isinstance(p, _C.Tensor):
                raise TypeError("optimizer can only optimize Tensors, but one of the params is " + f"{type(p).__module__}.{type(p).__qualname__}".removeprefix("builtins."))
            if not (self.defaults.get("differentiable") or p.is_leaf or p.retains_grad):
                raise ValueError("can't optimize a non-leaf Tensor")
        for name, default in self.defaults.items():
            if default is required and name not in param_group:
                raise ValueError(f"parameter group didn't specify a value of required optimization parameter {name}")
            param_group.setdefault(name, default)
        params = param_group["params"]
        if len(params) != len({id(p) for p in params}):
            import warnings

            warnings.warn("optimizer contains a parameter group with duplicate parameters; in future, this will cause an error; see github.com/pytorch/pytorch/issues/40967 for more information", stacklevel=3)
        known = {id(p) for group in self.param_groups for p in group["params"]}
        if not known.isdisjoint(id(p) for p in params):
            raise ValueError("some parameters appear in more than one parameter group")
        self.param_groups.append(param_group)

    def zero_grad(self, set_to_none=True):
        """Removes the gradients, or makes them zeros."""
        if set_to_none:
            _C.remove_grads([group["params"] for group in self.param_groups])
            return
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    p.grad.detach_().zero_() if p.grad.grad_fn is not None else p.grad.requires_grad_(False).zero_()

    # ---- the step

    def step(self, closure=None):
        """Changes the parameters by their gradients. `closure` computes the loss anew."""
        loss = None
        if closure is not None:
            with enable_grad():
                loss = closure()
        rest = [group for group in self.param_groups if not self._step_group(group)]
        if rest:
            with set_grad_enabled(bool(self.defaults.get("differentiable"))):
                for group in rest:
                    for p in group["params"]:
                        grad = p.grad
                        if grad is not None:
                            self._step_parameter(p, grad, group)
        return loss

    def _step_group(self, group):
        """Does a whole group at once, unrecorded, if there is a kernel for it."""
        return False

    def _step_parameter(self, p, grad, group):
        if grad.is_sparse and not self._sparse:
            raise RuntimeError(f"{type(self).__name__} does not support sparse gradients")
        state = self.state.get(p, {})
        if group.get("maximize"):
            grad = -grad
        self._change(p, grad, state, group)
        # Optimizers that keep nothing have no state.
        if state:
            self.state[p] = state

    def _change(self, p, grad, state, group):
        if p.is_complex():
            if not self._complex:
                raise RuntimeError(f"{type(self).__name__} does not support complex parameters")
            if not state:
                self._begin(p, state, group)
            # Numbers are pairs of reals to the formulas.
            from .._functions import view_as_real

            view = {k: view_as_real(v) if isinstance(v, _C.Tensor) and v.is_complex() else v for k, v in state.items()}
            self._update(view_as_real(p), view_as_real(grad), view, group)
            for k, v in view.items():
                if not isinstance(v, _C.Tensor) or k not in state:
                    from .._functions import view_as_complex

                    state[k] = view_as_complex(v) if isinstance(v, _C.Tensor) and v.dim() == p.dim() + 1 else v
            return
        if not state:
            self._begin(p, state, group)
        self._update(p, grad, state, group)

    def _begin(self, p, state, group):
        """The state before the first step."""

    def _update(self, p, grad, state, group):
        """One step of one parameter."""
        raise NotImplementedError

    # ---- state dicts

    def state_dict(self):
        """The state and the groups, with parameters as numbers."""
        for hook in self._optimizer_state_dict_pre_hooks.values():
            hook(self)
        numbers, start = {}, 0
        groups = []
        for group in self.param_groups:
            packed = {k: v for k, v in group.items() if k != "params"}
            for p in group["params"]:
                if id(p) not in numbers:
                    numbers[id(p)] = start
                    start += 1
            packed["params"] = [numbers[id(p)] for p in group["params"]]
            groups.append(packed)
        state = {(numbers[id(k)] if isinstance(k, _C.Tensor) else k): v for k, v in self.state.items()}
        result = {"state": state, "param_groups": groups}
        for hook in self._optimizer_state_dict_post_hooks.values():
            changed = hook(self, result)
            if changed is not None:
                result = changed
        return result

    def load_state_dict(self, state_dict):
        """Takes state and groups from a state dict; parameters are those that are here, in their order."""
        state_dict = state_dict.copy()
        for hook in self._optimizer_load_state_dict_pre_hooks.values():
            changed = hook(self, state_dict)
            if changed is not None:
                state_dict = changed
        groups, saved = self.param_groups, deepcopy(state_dict["param_groups"])
        if len(groups) != len(saved):
            raise ValueError("loaded state dict has a different number of parameter groups")
        if any(len(a["params"]) != len(b["params"]) for a, b in zip(groups, saved)):
            raise ValueError("loaded state dict contains a parameter group that doesn't match the size of optimizer's group")
        by_number = dict(zip(chain.from_iterable(g["params"] for g in saved), chain.from_iterable(g["params"] for g in groups)))
        state = defaultdict(dict)
        for key, value in state_dict["state"].items():
            if key in by_number:
                state[by_number[key]] = self._cast(by_number[key], value)
            else:
                state[key] = value
        for old, new in zip(groups, saved):
            new["params"] = old["params"]
            if "param_names" in old and "param_names" not in new:
                new["param_names"] = old["param_names"]
        self.__setstate__({"state": state, "param_groups": saved})
        for hook in self._optimizer_load_state_dict_post_hooks.values():
            hook(self)

    def _cast(self, p, value, key=None):
        """State in the parameter's dtype; steps stay as they are."""
        if isinstance(value, _C.Tensor):
            if key == "step":
                return value.clone()
            return value.to(dtype=p.dtype, copy=True) if p.is_floating_point() else value.clone()
        if isinstance(value, dict):
            return {k: self._cast(p, v, k) for k, v in value.items()}
        if isinstance(value, (list, tuple)):
            return type(value)(self._cast(p, v) for v in value)
        return value


def _hooked(step):
    @functools.wraps(step)
    def wrapped(self, *args, **kwargs):
        if not (_every_pre or _every_post or self._optimizer_step_pre_hooks or self._optimizer_step_post_hooks):
            return step(self, *args, **kwargs)
        for hook in chain(_every_pre.values(), self._optimizer_step_pre_hooks.values()):
            changed = hook(self, args, kwargs)
            if changed is not None:
                if not (isinstance(changed, tuple) and len(changed) == 2):
                    raise RuntimeError(f"{hook} must return None or a tuple of (new_args, new_kwargs), but got {changed}.")
                args, kwargs = changed
        result = step(self, *args, **kwargs)
        for hook in chain(self._optimizer_step_post_hooks.values(), _every_post.values()):
            hook(self, args, kwargs)
        return result

    wrapped.hooked = True
    return wrapped


Optimizer.step = _hooked(Optimizer.step)


__getattr__ = _names_of(__name__)

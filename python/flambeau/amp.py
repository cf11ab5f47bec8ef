"""Mixed precision: products in bfloat16 or float16 inside `autocast`, and scaled losses."""

import functools
import sys

from . import _C

__all__ = ["autocast", "GradScaler", "is_autocast_available", "custom_fwd", "custom_bwd"]

#: PyTorch has parts of it in these.
autocast_mode = grad_scaler = sys.modules[__name__]

#: The stack of (enabled, dtype).
_stack = []


def is_autocast_enabled(device_type=None):
    """Whether operations run in a smaller dtype now."""
    return bool(_stack) and _stack[-1][0]


def get_autocast_dtype(device_type="cpu"):
    """The smaller dtype."""
    return _stack[-1][1] if _stack else _C.bfloat16


def is_autocast_available(device_type):
    """Whether autocast is there for a kind of device: for the CPU."""
    return device_type == "cpu"


class autocast:
    """Inside, matrix products, convolutions and linear maps compute in `dtype`; losses and norms in float32."""

    def __init__(self, device_type="cpu", dtype=None, enabled=True, cache_enabled=None):
        if not isinstance(device_type, str):
            raise ValueError(f"Expected `device_type` of type `str`, got: `{type(device_type)}`")
        self.device, self.dtype = device_type, dtype or _C.bfloat16
        if device_type != "cpu" and enabled:
            import warnings

            warnings.warn("User provided device_type of 'cuda', but CUDA is not available. Disabling", stacklevel=2)
            enabled = False
        if enabled and self.dtype not in (_C.bfloat16, _C.float16):
            import warnings

            warnings.warn("In CPU autocast, but the target dtype is not supported. Disabling autocast.\nCPU Autocast only supports dtype of torch.bfloat16, torch.float16 currently.", stacklevel=2)
            enabled = False
        self.enabled = enabled

    def __enter__(self):
        _stack.append((self.enabled, self.dtype))
        _C.set_autocast(self.dtype if self.enabled else None)
        return self

    def __exit__(self, *_):
        _stack.pop()
        _C.set_autocast(_stack[-1][1] if is_autocast_enabled() else None)

    def __call__(self, function):
        @functools.wraps(function)
        def wrapped(*args, **kwargs):
            with type(self)(self.device, self.dtype, self.enabled):
                return function(*args, **kwargs)

        return wrapped


class GradScaler:
    """Losses times a factor, so that small gradients are not lost in float16; skips steps with infinite gradients."""

    def __init__(self, device="cpu", init_scale=2.0**16, growth_factor=2.0, backoff_factor=0.5, growth_interval=2000, enabled=True):
        if growth_factor <= 1.0:
            raise AssertionError("The growth factor must be > 1.0.")
        if backoff_factor >= 1.0:
            raise AssertionError("The backoff factor must be < 1.0.")
        if device != "cpu" and enabled:
            import warnings

            warnings.warn("torch.cuda.amp.GradScaler is enabled, but CUDA is not available.  Disabling.", stacklevel=2)
            enabled = False
        self._enabled, self._scale, self._growth, self._backoff, self._interval = enabled, float(init_scale), growth_factor, backoff_factor, growth_interval
        self._tracker, self._states = 0, {}

    def scale(self, outputs):
        """Tensors times the factor."""
        if not self._enabled:
            return outputs
        if isinstance(outputs, _C.Tensor):
            return outputs * self._scale
        return type(outputs)(self.scale(o) for o in outputs)

    def unscale_(self, optimizer):
        """Takes the factor out of the gradients."""
        if not self._enabled:
            return
        if "found" in self._states.setdefault(id(optimizer), {}):
            raise RuntimeError("unscale_() has already been called on this optimizer since the last update().")
        found = False
        for group in optimizer.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    p.grad.mul_(1.0 / self._scale)
                    found = found or not bool(p.grad.isfinite().all())
        self._states[id(optimizer)]["found"] = found

    def step(self, optimizer, *args, **kwargs):
        """A step, unless gradients are infinite or not numbers."""
        if not self._enabled:
            return optimizer.step(*args, **kwargs)
        state = self._states.setdefault(id(optimizer), {})
        if state.get("stepped"):
            raise RuntimeError("step() has already been called since the last update().")
        if "found" not in state:
            self.unscale_(optimizer)
            state = self._states[id(optimizer)]
        state["stepped"] = True
        return None if state["found"] else optimizer.step(*args, **kwargs)

    def update(self, new_scale=None):
        """A smaller factor after infinite gradients, a larger one after many finite ones."""
        if not self._enabled:
            return
        if new_scale is not None:
            self._scale = float(new_scale)
        elif any(s.get("found") for s in self._states.values()):
            self._scale *= self._backoff
            self._tracker = 0
        else:
            self._tracker += 1
            if self._tracker == self._interval:
                self._scale *= self._growth
                self._tracker = 0
        self._states = {}

    def get_scale(self):
        """The factor."""
        return self._scale if self._enabled else 1.0

    def is_enabled(self):
        """Whether it scales."""
        return self._enabled

    def get_growth_factor(self):
        """How much the factor grows."""
        return self._growth

    def get_backoff_factor(self):
        """How much it shrinks."""
        return self._backoff

    def get_growth_interval(self):
        """After how many steps it grows."""
        return self._interval

    def state_dict(self):
        """The factor and its settings."""
        if not self._enabled:
            return {}
        return {"scale": self._scale, "growth_factor": self._growth, "backoff_factor": self._backoff, "growth_interval": self._interval, "_growth_tracker": self._tracker}

    def load_state_dict(self, state):
        """Takes back what :meth:`state_dict` gave."""
        if not self._enabled:
            return
        if not state:
            raise RuntimeError("The source state dict is empty, possibly because it was saved from a disabled instance of GradScaler.")
        self._scale, self._growth, self._backoff, self._interval, self._tracker = (
            state["scale"], state["growth_factor"], state["backoff_factor"], state["growth_interval"], state["_growth_tracker"],
        )  # fmt: skip


def custom_fwd(fwd=None, *, device_type="cpu", cast_inputs=None):
    """Runs the forward of a function as it is."""
    return fwd if fwd is not None else lambda f: f


def custom_bwd(bwd=None, *, device_type="cpu"):
    """Runs the backward of a function as it is."""
    return bwd if bwd is not None else lambda f: f

"""Mixed precision: products in bfloat16 or float16 inside `autocast`, and scaled losses."""

import functools
import sys
import threading
import warnings

from . import _C
from ._missing import names_of as _names_of

__all__ = ["autocast", "GradScaler", "is_autocast_available", "custom_fwd", "custom_bwd"]

#: PyTorch has parts of it in these.
autocast_mode = grad_scaler = sys.modules[__name__]



class _State(threading.local):
    """What holds on this thread: where autocast is on and its dtype, by kind of device."""

    def __init__(self):
        self.enabled = dict.fromkeys(("cuda", "xpu", "mps", "hpu", "xla", "mtia", "privateuseone"), False)
        self.dtypes = dict.fromkeys(self.enabled, _C.float16) | dict.fromkeys(("hpu", "xla"), _C.bfloat16)
        self.enabled["cpu"], self.dtypes["cpu"] = False, _C.bfloat16
        self.cache, self.nesting = True, 0


_state = _State()


def _kind(device_type, known):
    """The kind of device that a text names."""
    if not isinstance(device_type, str):
        raise TypeError(f"argument 'device_type' (position 1) must be str, not {type(device_type).__name__}")
    kind = _C.device(device_type).type
    if kind not in known:
        raise RuntimeError(f"there is no autocast for devices of type {kind}")
    return kind


def is_autocast_enabled(device_type=None):
    """Whether operations run in a smaller dtype now; on GPUs, where no kind of device is named."""
    return _state.enabled["cuda" if device_type is None else _kind(device_type, _state.enabled)]


def set_autocast_enabled(device_type, enabled=None):
    """Lets operations run in a smaller dtype from now on, or no more; on GPUs, where no kind of device is named."""
    if enabled is None:
        device_type, enabled = "cuda", device_type
    if not isinstance(enabled, bool):
        raise TypeError(f"set_autocast_enabled(): argument 'enabled' must be bool, not {type(enabled).__name__}")
    _state.enabled[_kind(device_type, _state.enabled)] = enabled
    _apply()


def get_autocast_dtype(device_type):
    """The smaller dtype."""
    return _state.dtypes[_kind(device_type, _state.dtypes)]


def set_autocast_dtype(device_type, dtype):
    """Sets the smaller dtype."""
    if not isinstance(dtype, _C.dtype):
        raise TypeError(f"set_autocast_dtype(): argument 'dtype' (position 2) must be torch.dtype, not {type(dtype).__name__}")
    _state.dtypes[_kind(device_type, _state.dtypes)] = dtype
    _apply()


def _apply():
    _C.set_autocast(_state.dtypes["cpu"] if _state.enabled["cpu"] else None)


def is_autocast_cache_enabled():
    """Whether casts of parameters may be kept. None are: each cast is made when it is needed."""
    return _state.cache


def set_autocast_cache_enabled(enabled):
    """Whether casts of parameters may be kept."""
    if not isinstance(enabled, bool):
        raise TypeError(f"enabled must be a bool (got {type(enabled).__name__})")
    _state.cache = enabled


def clear_autocast_cache():
    """Nothing to forget: no casts are kept."""


def autocast_increment_nesting():
    """One `autocast` more around; how many there are then."""
    _state.nesting += 1
    return _state.nesting


def autocast_decrement_nesting():
    """One `autocast` less around; how many there are then."""
    _state.nesting -= 1
    return _state.nesting


def _older(name, device, function):
    """A name of the past, for one kind of device."""
    argument = {"set_autocast_dtype": "dtype", "set_autocast_enabled": "enabled"}.get(function.__name__, "")
    new = f"torch.{function.__name__}('{device}'{', ' * bool(argument)}{argument})"

    def call(*args):
        warnings.warn(f"torch.{name}({argument}) is deprecated. Please use {new} instead.", DeprecationWarning, stacklevel=2)
        return function(device, *args)

    call.__name__ = call.__qualname__ = name
    call.__doc__ = f"{function.__name__}('{device}')"
    return call


get_autocast_cpu_dtype, get_autocast_gpu_dtype, set_autocast_cpu_dtype, set_autocast_gpu_dtype, is_autocast_cpu_enabled, set_autocast_cpu_enabled = (
    _older("get_autocast_cpu_dtype", "cpu", get_autocast_dtype), _older("get_autocast_gpu_dtype", "cuda", get_autocast_dtype),
    _older("set_autocast_cpu_dtype", "cpu", set_autocast_dtype), _older("set_autocast_gpu_dtype", "cuda", set_autocast_dtype),
    _older("is_autocast_cpu_enabled", "cpu", is_autocast_enabled), _older("set_autocast_cpu_enabled", "cpu", set_autocast_enabled),
)  # fmt: skip


def is_autocast_available(device_type):
    """Whether autocast is there for a kind of device: for the CPU."""
    return device_type == "cpu"


class autocast:
    """Inside, matrix products, convolutions and linear maps compute in `dtype`; losses and norms in float32."""

    def __init__(self, device_type="cpu", dtype=None, enabled=True, cache_enabled=None):
        if not isinstance(device_type, str):
            raise ValueError(f"Expected `device_type` of type `str`, got: `{type(device_type)}`")
        self.device, self._kind = device_type, _kind(device_type, _state.enabled)
        self.dtype = _state.dtypes[self._kind] if dtype is None else dtype
        self._cache_enabled = is_autocast_cache_enabled() if cache_enabled is None else cache_enabled
        if device_type != "cpu" and enabled:
            warnings.warn("User provided device_type of 'cuda', but CUDA is not available. Disabling", stacklevel=2)
            enabled = False
        if enabled and self.dtype not in (_C.bfloat16, _C.float16):
            warnings.warn("In CPU autocast, but the target dtype is not supported. Disabling autocast.\nCPU Autocast only supports dtype of torch.bfloat16, torch.float16 currently.", stacklevel=2)
            enabled = False
        self.enabled, self._before = enabled, []

    fast_dtype = property(lambda self: self.dtype)

    def __enter__(self):
        kind = self._kind
        self._before.append((_state.enabled[kind], _state.dtypes[kind], _state.cache))
        _state.enabled[kind], _state.dtypes[kind], _state.cache = self.enabled, self.dtype, self._cache_enabled
        autocast_increment_nesting()
        _apply()
        return self

    def __exit__(self, *_):
        _state.enabled[self._kind], _state.dtypes[self._kind], _state.cache = self._before.pop()
        autocast_decrement_nesting()
        _apply()

    def __call__(self, function):
        @functools.wraps(function)
        def wrapped(*args, **kwargs):
            with type(self)(self.device, self.dtype, self.enabled, self._cache_enabled):
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


__getattr__ = _names_of(__name__)

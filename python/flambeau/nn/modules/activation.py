"""Nonlinearities."""

import warnings

from ... import _C
from ..._factory import empty
from .. import functional as F, init
from ..parameter import Parameter
from .module import Module

__all__ = ["Threshold", "ReLU", "RReLU", "Hardtanh", "ReLU6", "Sigmoid", "Hardsigmoid", "Tanh", "SiLU", "Mish", "Hardswish", "ELU",
           "CELU", "SELU", "GLU", "GELU", "Hardshrink", "LeakyReLU", "LogSigmoid", "Softplus", "Softshrink", "PReLU", "Softsign",
           "Tanhshrink", "Softmin", "Softmax", "Softmax2d", "LogSoftmax"]  # fmt: skip


class Sigmoid(Module):
    """1 / (1 + exp(−x))."""

    forward = _C.Forward(F, "sigmoid")


class Tanh(Module):
    """tanh x."""

    forward = _C.Forward(F, "tanh")


class LogSigmoid(Module):
    """log(1 / (1 + exp(−x)))."""

    forward = _C.Forward(F, "logsigmoid")


class Softsign(Module):
    """x / (1 + |x|)."""

    forward = _C.Forward(F, "softsign")


class Tanhshrink(Module):
    """x − tanh x."""

    forward = _C.Forward(F, "tanhshrink")


class _Inplace(Module):
    """With the option to write over the input."""

    __constants__ = ["inplace"]

    def __init__(self, inplace=False):
        super().__init__()
        self.inplace = inplace

    def extra_repr(self):
        return "inplace=True" if self.inplace else ""


class ReLU(_Inplace):
    """max(0, x)."""

    forward = _C.Forward(F, "relu", "inplace")


class SELU(_Inplace):
    """Scaled ELU (Klambauer et al. 2017)."""

    forward = _C.Forward(F, "selu", "inplace")


class SiLU(_Inplace):
    """x σ(x)."""

    forward = _C.Forward(F, "silu", "inplace")


class Mish(_Inplace):
    """x tanh(softplus x)."""

    forward = _C.Forward(F, "mish", "inplace")


class Hardswish(_Inplace):
    """x relu6(x + 3) / 6."""

    forward = _C.Forward(F, "hardswish", "inplace")


class Hardsigmoid(_Inplace):
    """relu6(x + 3) / 6."""

    forward = _C.Forward(F, "hardsigmoid", "inplace")

    def extra_repr(self):
        return ""


class Threshold(Module):
    """x where it is above the threshold, else `value`."""

    __constants__ = ["threshold", "value", "inplace"]

    def __init__(self, threshold, value, inplace=False):
        super().__init__()
        self.threshold, self.value, self.inplace = threshold, value, inplace

    forward = _C.Forward(F, "threshold", "threshold", "value", "inplace")

    def extra_repr(self):
        return f"threshold={self.threshold}, value={self.value}" + (", inplace=True" if self.inplace else "")


class RReLU(Module):
    """x, or a x for negative ones with a random in [lower, upper]."""

    __constants__ = ["lower", "upper", "inplace"]

    def __init__(self, lower=1.0 / 8, upper=1.0 / 3, inplace=False):
        super().__init__()
        self.lower, self.upper, self.inplace = lower, upper, inplace

    forward = _C.Forward(F, "rrelu", "lower", "upper", "training", "inplace")

    def extra_repr(self):
        return f"lower={self.lower}, upper={self.upper}" + (", inplace=True" if self.inplace else "")


class Hardtanh(Module):
    """x within [min_val, max_val]."""

    __constants__ = ["min_val", "max_val", "inplace"]

    def __init__(self, min_val=-1.0, max_val=1.0, inplace=False, min_value=None, max_value=None):
        super().__init__()
        if min_value is not None:
            warnings.warn("keyword argument `min_value` is deprecated and rename to `min_val`", FutureWarning, stacklevel=2)
            min_val = min_value
        if max_value is not None:
            warnings.warn("keyword argument `max_value` is deprecated and rename to `max_val`", FutureWarning, stacklevel=2)
            max_val = max_value
        self.min_val, self.max_val, self.inplace = min_val, max_val, inplace
        if not max_val > min_val:
            raise AssertionError("max_val must be larger than min_val")

    forward = _C.Forward(F, "hardtanh", "min_val", "max_val", "inplace")

    def extra_repr(self):
        return f"min_val={self.min_val}, max_val={self.max_val}" + (", inplace=True" if self.inplace else "")


class ReLU6(Hardtanh):
    """min(max(0, x), 6)."""

    def __init__(self, inplace=False):
        super().__init__(0.0, 6.0, inplace)

    def extra_repr(self):
        return "inplace=True" if self.inplace else ""


class _Alpha(Module):
    __constants__ = ["alpha", "inplace"]

    def __init__(self, alpha=1.0, inplace=False):
        super().__init__()
        self.alpha, self.inplace = alpha, inplace

    def extra_repr(self):
        return f"alpha={self.alpha}" + (", inplace=True" if self.inplace else "")


class ELU(_Alpha):
    """x, or α (exp x − 1) for negative ones."""

    forward = _C.Forward(F, "elu", "alpha", "inplace")


class CELU(_Alpha):
    """max(0, x) + min(0, α (exp(x/α) − 1))."""

    forward = _C.Forward(F, "celu", "alpha", "inplace")


class GLU(Module):
    """a σ(b), with a and b the halves of the input."""

    __constants__ = ["dim"]

    def __init__(self, dim=-1):
        super().__init__()
        self.dim = dim

    forward = _C.Forward(F, "glu", "dim")

    def extra_repr(self):
        return f"dim={self.dim}"


class GELU(Module):
    """x Φ(x)."""

    __constants__ = ["approximate"]

    def __init__(self, approximate="none"):
        super().__init__()
        self.approximate = approximate

    forward = _C.Forward(F, "gelu", approximate="approximate")

    def extra_repr(self):
        return f"approximate={self.approximate!r}"


class _Lambda(Module):
    __constants__ = ["lambd"]

    def __init__(self, lambd=0.5):
        super().__init__()
        self.lambd = lambd

    def extra_repr(self):
        return f"{self.lambd}"


class Hardshrink(_Lambda):
    """x beyond ±λ, else 0."""

    forward = _C.Forward(F, "hardshrink", "lambd")


class Softshrink(_Lambda):
    """x ∓ λ beyond ±λ, else 0."""

    forward = _C.Forward(F, "softshrink", "lambd")


class LeakyReLU(Module):
    """x, or `negative_slope` x for negative ones."""

    __constants__ = ["inplace", "negative_slope"]

    def __init__(self, negative_slope=1e-2, inplace=False):
        super().__init__()
        self.negative_slope, self.inplace = negative_slope, inplace

    forward = _C.Forward(F, "leaky_relu", "negative_slope", "inplace")

    def extra_repr(self):
        return f"negative_slope={self.negative_slope}" + (", inplace=True" if self.inplace else "")


class Softplus(Module):
    """log(1 + exp(β x)) / β, which is x above the threshold."""

    __constants__ = ["beta", "threshold"]

    def __init__(self, beta=1.0, threshold=20.0):
        super().__init__()
        self.beta, self.threshold = beta, threshold

    forward = _C.Forward(F, "softplus", "beta", "threshold")

    def extra_repr(self):
        return f"beta={self.beta}, threshold={self.threshold}"


class PReLU(Module):
    """x, or a x for negative ones with a learned, one for all channels or one for each."""

    __constants__ = ["num_parameters"]

    def __init__(self, num_parameters=1, init=0.25, device=None, dtype=None):
        super().__init__()
        self.num_parameters, self.init = num_parameters, init
        self.weight = Parameter(empty(num_parameters, device=device, dtype=dtype))
        self.reset_parameters()

    def reset_parameters(self):
        """The slopes that it started with."""
        init.constant_(self.weight, self.init)

    forward = _C.Forward(F, "prelu", "weight")

    def extra_repr(self):
        return f"num_parameters={self.num_parameters}"


class _Softmax(Module):
    __constants__ = ["dim"]

    def __init__(self, dim=None):
        super().__init__()
        if type(self) is not Softmin and dim is not None and (isinstance(dim, bool) or not isinstance(dim, int)):
            raise TypeError(f"dim must be an int or None, got {type(dim)}")
        self.dim = dim

    def __setstate__(self, state):
        super().__setstate__(state)
        self.__dict__.setdefault("dim", None)

    def forward(self, input):
        dim = self.dim
        if dim is None:
            warnings.warn(f"Implicit dimension choice for {self._function} has been deprecated. Change the call to include dim=X as an argument.", stacklevel=3)
            dim = 0 if input.dim() in (0, 1, 3) else 1
        return getattr(F, self._function)(input, dim)

    def extra_repr(self):
        return f"dim={self.dim}"


class Softmin(_Softmax):
    """softmax(−x)."""

    _function = "softmin"


class Softmax(_Softmax):
    """exp x / Σ exp x along a dimension."""

    _function = "softmax"


class LogSoftmax(_Softmax):
    """log softmax(x) along a dimension."""

    _function = "log_softmax"


class Softmax2d(Module):
    """Softmax over the channels of [N, C, H, W]."""

    def forward(self, input):
        if input.dim() not in (3, 4):
            raise ValueError(f"Softmax2d: expected input to be 3D or 4D, got {input.dim()}D instead")
        return F.softmax(input, -3)

"""What all distributions have in common."""

import warnings

from .. import _C
from .._factory import full, tensor
from .._grad_mode import enable_grad, no_grad
from .._types import Size
from . import constraints

__all__ = ["Distribution"]


class Distribution:
    """A batch of distributions: `sample`, `log_prob`, `mean`, `entropy`, …"""

    has_rsample = False
    has_enumerate_support = False
    _validate_args = True
    arg_constraints = {}

    @staticmethod
    def set_default_validate_args(value):
        """Whether parameters and values are checked."""
        if value not in (True, False):
            raise ValueError
        Distribution._validate_args = value

    def __init__(self, batch_shape=(), event_shape=(), validate_args=None):
        self._batch_shape, self._event_shape = Size(batch_shape), Size(event_shape)
        if validate_args is not None:
            self._validate_args = validate_args
        if self._validate_args:
            for name, constraint in self.arg_constraints.items():
                if constraints.is_dependent(constraint) or (name not in self.__dict__ and isinstance(getattr(type(self), name, None), _lazy)):
                    continue
                value = getattr(self, name)
                if not bool(constraint.check(value).all()):
                    raise ValueError(
                        f"Expected parameter {name} ({type(value).__name__} of shape {tuple(value.shape)}) of distribution {self!r} to "
                        f"satisfy the constraint {constraint!r}, but found invalid values:\n{value}"
                    )

    @property
    def batch_shape(self):
        """How many distributions there are."""
        return self._batch_shape

    @property
    def event_shape(self):
        """The shape of one value."""
        return self._event_shape

    @property
    def support(self):
        """Where values lie."""
        raise NotImplementedError

    @property
    def mean(self):
        """The mean."""
        raise NotImplementedError

    @property
    def mode(self):
        """The most probable value."""
        raise NotImplementedError(f"{type(self)} does not implement mode")

    @property
    def variance(self):
        """The variance."""
        raise NotImplementedError

    @property
    def stddev(self):
        """The standard deviation."""
        return self.variance.sqrt()

    def sample(self, sample_shape=()):
        """Random values, which no gradient flows through."""
        with no_grad():
            return self.rsample(sample_shape)

    def rsample(self, sample_shape=()):
        """Random values as functions of the parameters."""
        raise NotImplementedError

    def sample_n(self, n):
        """`n` random values."""
        warnings.warn("sample_n(n) will be deprecated. Use .sample((n,)) instead.", UserWarning, stacklevel=2)
        return self.sample(Size((n,)))

    def log_prob(self, value):
        """The log density or log probability."""
        raise NotImplementedError

    def cdf(self, value):
        """The probability of less."""
        raise NotImplementedError

    def icdf(self, value):
        """The value with this probability of less."""
        raise NotImplementedError

    def enumerate_support(self, expand=True):
        """All values of a discrete distribution."""
        raise NotImplementedError

    def entropy(self):
        """The entropy."""
        raise NotImplementedError

    def perplexity(self):
        """exp of the entropy."""
        return self.entropy().exp()

    def _extended_shape(self, sample_shape=()):
        return Size(tuple(sample_shape) + tuple(self._batch_shape) + tuple(self._event_shape))

    def _validate_sample(self, value):
        if not isinstance(value, _C.Tensor):
            raise ValueError("The value argument to log_prob must be a Tensor")
        start = value.dim() - len(self._event_shape)
        if tuple(value.shape[start:]) != tuple(self._event_shape):
            raise ValueError(f"The right-most size of value must match event_shape: {value.size()} vs {self._event_shape}.")
        for i, j in zip(reversed(value.size()), reversed(self._batch_shape + self._event_shape)):
            if i != 1 and j != 1 and i != j:
                raise ValueError(f"Value is not broadcastable with batch_shape+event_shape: {value.size()} vs {self._batch_shape + self._event_shape}.")
        try:
            support = self.support
        except NotImplementedError:
            warnings.warn(f"{type(self)} has no `support`, so values cannot be checked; validate_args=False says so", stacklevel=2)
            return
        if not bool(support.check(value).all()):
            raise ValueError(
                f"Expected value argument ({type(value).__name__} of shape {tuple(value.shape)}) to be within the support ({support!r}) of "
                f"the distribution {self!r}, but found invalid values:\n{value}"
            )

    def _get_checked_instance(self, cls, _instance=None):
        """A new instance to fill, unless the caller gives one."""
        if _instance is None and type(self).__init__ != cls.__init__:
            raise NotImplementedError(
                f"Subclass {type(self).__name__} of {cls.__name__} that defines a custom __init__ method must also define a custom "
                ".expand() method."
            )
        return type(self).__new__(type(self)) if _instance is None else _instance

    def expand(self, batch_shape, _instance=None):
        """The same distributions in a larger batch."""
        new = type(self).__new__(type(self)) if _instance is None else _instance
        for name, value in self.__dict__.items():
            if name not in self.arg_constraints and isinstance(getattr(type(self), name, None), _lazy):
                continue
            if name in self.arg_constraints and isinstance(value, _C.Tensor):
                inner = value.dim() - len(self._batch_shape)
                value = value.expand(Size(batch_shape) + value.shape[value.dim() - inner :])
            new.__dict__.setdefault(name, value)
        new._batch_shape = Size(batch_shape)
        return new

    def __repr__(self):
        names = [k for k in self.arg_constraints if k in self.__dict__]
        inside = ", ".join(f"{p}: {self.__dict__[p] if self.__dict__[p].numel() == 1 else self.__dict__[p].size()}" for p in names)
        return f"{type(self).__name__}({inside})"


class _lazy:
    """A parameter that is computed from another when it is first asked for."""

    def __init__(self, compute):
        self.compute, self.__doc__ = compute, compute.__doc__

    def __set_name__(self, owner, name):
        self.name = name

    def __get__(self, instance, owner=None):
        if instance is None:
            return self
        with enable_grad():
            value = self.compute(instance)
        instance.__dict__[self.name] = value
        return value


def broadcast_all(*values):
    """Numbers and tensors as tensors of one shape."""
    from .._overrides import broadcast_tensors

    if not all(isinstance(v, (_C.Tensor, int, float, complex)) or hasattr(v, "__torch_function__") for v in values):
        raise ValueError("Input arguments must all be instances of Number, torch.Tensor or objects implementing __torch_function__.")
    if all(not isinstance(v, _C.Tensor) for v in values):
        return tuple(tensor(float(v)) for v in values)
    kind = next(v.dtype for v in values if isinstance(v, _C.Tensor))
    return tuple(broadcast_tensors(*[v if isinstance(v, _C.Tensor) else full((), v, dtype=kind) for v in values]))


def all_numbers(*values):
    """Whether none is a tensor, so that the batch has no shape."""
    return all(not isinstance(v, _C.Tensor) for v in values)

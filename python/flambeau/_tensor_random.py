"""Methods of tensors that write random numbers over them."""

from . import _C
from ._tensor import Tensor, _method


def _random(name, first, second):
    def method(self, *args, generator=None, **named):
        numbers = [*args, *[None] * (2 - len(args))]
        for i, (key, default) in enumerate((first, second)):
            if numbers[i] is None:
                numbers[i] = named.pop(key, default) if key else default
        if named:
            raise TypeError(f"{name}() got an unexpected keyword argument {next(iter(named))!r}")
        _C.draw_over(name, self, (float(numbers[0]), float(numbers[1])), generator)
        return self

    method.__name__ = method.__qualname__ = name
    setattr(Tensor, name, method)


_random("uniform_", ("from", 0.0), ("to", 1.0))
_random("normal_", ("mean", 0.0), ("std", 1.0))
_random("exponential_", ("lambd", 1.0), (None, 0.0))
_random("cauchy_", ("median", 0.0), ("sigma", 1.0))
_random("geometric_", ("p", None), (None, 0.0))
_random("log_normal_", ("mean", 1.0), ("std", 2.0))


@_method
def bernoulli_(self, p=0.5, *, generator=None):
    """Ones with probability `p` (a number or a tensor), and zeros."""
    if isinstance(p, Tensor):
        return self.copy_(Tensor.bernoulli(p.expand_as(self), generator=generator))
    _C.draw_over("bernoulli_", self, (float(p), 0.0), generator)
    return self


@_method
def random_(self, *bounds, generator=None, **named):
    """Integers uniform in [from, to)."""
    low, high = named.get("from"), named.get("to")
    if len(bounds) == 1:
        high = bounds[0]
    elif len(bounds) == 2:
        low, high = bounds
    _C.random_over(self, low, high, generator)
    return self

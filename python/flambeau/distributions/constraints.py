"""Where values of distributions and their parameters may lie."""

import itertools

from .. import _C, _functions
from .._factory import full
from .._types import finfo

__all__ = ["Constraint", "boolean", "cat", "corr_cholesky", "dependent", "dependent_property", "greater_than", "greater_than_eq",
           "independent", "integer_interval", "interval", "half_open_interval", "is_dependent", "less_than", "lower_cholesky",
           "lower_triangular", "MixtureSameFamilyConstraint", "multinomial", "nonnegative", "nonnegative_integer", "one_hot", "positive",
           "positive_semidefinite", "positive_definite", "positive_integer", "real", "real_vector", "simplex", "square", "stack",
           "symmetric", "unit_interval"]  # fmt: skip


class Constraint:
    """`check(value)` says where it holds."""

    is_discrete = False
    event_dim = 0

    def check(self, value):
        """Whether each value lies inside."""
        raise NotImplementedError

    def __repr__(self):
        return type(self).__name__[1:] + "()"


class _Dependent(Constraint):
    def __init__(self, *, is_discrete=NotImplemented, event_dim=NotImplemented):
        self._is_discrete, self._event_dim = is_discrete, event_dim

    @property
    def is_discrete(self):
        """Whether values are separate, where that is known without an instance."""
        return self._known("is_discrete")

    @property
    def event_dim(self):
        """How many dimensions one value has, where that is known without an instance."""
        return self._known("event_dim")

    def _known(self, name):
        value = getattr(self, f"_{name}")
        if value is NotImplemented:
            raise NotImplementedError(f".{name} cannot be determined statically")
        return value

    def _with(self, is_discrete, event_dim):
        return {"is_discrete": self._is_discrete if is_discrete is NotImplemented else is_discrete,
                "event_dim": self._event_dim if event_dim is NotImplemented else event_dim}  # fmt: skip

    def check(self, x):
        raise ValueError("Cannot determine validity of dependent constraint")

    def __call__(self, *, is_discrete=NotImplemented, event_dim=NotImplemented):
        return _Dependent(**self._with(is_discrete, event_dim))


def is_dependent(constraint):
    """Whether it depends on other parameters."""
    return isinstance(constraint, _Dependent)


class _DependentProperty(property, _Dependent):
    """A constraint that depends on other parameters, as a property."""

    def __init__(self, fn=None, *, is_discrete=NotImplemented, event_dim=NotImplemented):
        super().__init__(fn)
        self._is_discrete, self._event_dim = is_discrete, event_dim

    def __call__(self, fn):
        return _DependentProperty(fn, **self._with(NotImplemented, NotImplemented))


def _simple(name, check, is_discrete=False, event_dim=0):
    kind = type(f"_{name}", (Constraint,), {"check": lambda self, value: check(value), "is_discrete": is_discrete, "event_dim": event_dim})
    globals()[kind.__name__] = kind
    return kind()


class _Bounds(Constraint):
    def __init__(self, *bounds):
        names = self._names
        for name, value in zip(names, bounds):
            setattr(self, name, value)

    def __repr__(self):
        inside = ", ".join(f"{n}={getattr(self, n)}" for n in self._names)
        return f"{type(self).__name__[1:]}({inside})"


class _GreaterThan(_Bounds):
    _names = ("lower_bound",)

    def check(self, value):
        return self.lower_bound < value


class _GreaterThanEq(_Bounds):
    _names = ("lower_bound",)

    def check(self, value):
        return self.lower_bound <= value


class _LessThan(_Bounds):
    _names = ("upper_bound",)

    def check(self, value):
        return value < self.upper_bound


class _Interval(_Bounds):
    _names = ("lower_bound", "upper_bound")

    def check(self, value):
        return (self.lower_bound <= value) & (value <= self.upper_bound)


class _HalfOpenInterval(_Interval):
    def check(self, value):
        return (self.lower_bound <= value) & (value < self.upper_bound)


class _IntegerInterval(_Interval):
    is_discrete = True

    def check(self, value):
        return (value % 1 == 0) & (self.lower_bound <= value) & (value <= self.upper_bound)


class _IntegerLessThan(_LessThan):
    is_discrete = True

    def check(self, value):
        return (value % 1 == 0) & (value <= self.upper_bound)


class _IntegerGreaterThan(_GreaterThanEq):
    is_discrete = True

    def check(self, value):
        return (value % 1 == 0) & (value >= self.lower_bound)


class _Multinomial(Constraint):
    is_discrete, event_dim = True, 1

    def __init__(self, upper_bound):
        self.upper_bound = upper_bound

    def check(self, x):
        return (x >= 0).all(dim=-1) & (x.sum(dim=-1) <= self.upper_bound)


class _Based(Constraint):
    def __init__(self, base_constraint):
        if not isinstance(base_constraint, Constraint):
            raise AssertionError(f"base_constraint must be a Constraint, got {type(base_constraint).__name__}")
        self.base_constraint = base_constraint

    @property
    def is_discrete(self):
        """Whether values are separate."""
        return self.base_constraint.is_discrete

    @property
    def event_dim(self):
        """How many dimensions one value has."""
        return self.base_constraint.event_dim


class _IndependentConstraint(_Based):
    def __init__(self, base_constraint, reinterpreted_batch_ndims):
        super().__init__(base_constraint)
        if not isinstance(reinterpreted_batch_ndims, int) or reinterpreted_batch_ndims < 0:
            raise AssertionError(f"reinterpreted_batch_ndims must be an int >= 0, got {reinterpreted_batch_ndims}")
        self.reinterpreted_batch_ndims = reinterpreted_batch_ndims

    @property
    def event_dim(self):
        """How many dimensions one value has."""
        return self.base_constraint.event_dim + self.reinterpreted_batch_ndims

    def check(self, value):
        result = self.base_constraint.check(value)
        if result.dim() < self.reinterpreted_batch_ndims:
            raise ValueError(f"Expected value.dim() >= {self.event_dim} but got {value.dim()}")
        return result.reshape((*result.shape[: result.dim() - self.reinterpreted_batch_ndims], -1)).all(-1)

    def __repr__(self):
        return f"{type(self).__name__[1:]}({self.base_constraint!r}, {self.reinterpreted_batch_ndims})"


class MixtureSameFamilyConstraint(_Based):
    """What all components of a mixture ask of a value."""

    def check(self, value):
        result = self.base_constraint.check(value.unsqueeze(-1 - self.event_dim))
        if value.dim() < self.event_dim:
            raise ValueError(f"Expected value.dim() >= {self.event_dim} but got {value.dim()}")
        return result.reshape((*result.shape[: value.dim() - self.event_dim], -1)).all(-1)

    def __repr__(self):
        return f"{type(self).__name__}({self.base_constraint!r})"


class _Parts(Constraint):
    """One constraint for each piece along a dimension."""

    def __init__(self, cseq, dim=0):
        self.cseq, self.dim = list(cseq), dim
        if not all(isinstance(c, Constraint) for c in self.cseq):
            raise AssertionError("All elements of cseq must be Constraint instances")

    @property
    def is_discrete(self):
        """Whether values of some piece are separate."""
        return any(c.is_discrete for c in self.cseq)

    @property
    def event_dim(self):
        """How many dimensions one value has."""
        return max(c.event_dim for c in self.cseq)

    def check(self, value):
        if not -value.dim() <= self.dim < value.dim():
            raise AssertionError(f"dim {self.dim} out of range for value with {value.dim()} dimensions")
        return self._joined([c.check(v) for c, v in zip(self.cseq, self._pieces(value))])


class _Cat(_Parts):
    def __init__(self, cseq, dim=0, lengths=None):
        super().__init__(cseq, dim)
        self.lengths = [1] * len(self.cseq) if lengths is None else list(lengths)
        if len(self.lengths) != len(self.cseq):
            raise AssertionError(f"lengths ({len(self.lengths)}) must match cseq ({len(self.cseq)})")

    def _pieces(self, value):
        ends = list(itertools.accumulate(self.lengths))
        return [value.narrow(self.dim, end - length, length) for end, length in zip(ends, self.lengths)]

    def _joined(self, checks):
        return _functions.cat(checks, self.dim)


class _Stack(_Parts):
    @property
    def event_dim(self):
        """How many dimensions one value has."""
        largest = super().event_dim
        return largest + (self.dim + largest < 0)

    def _pieces(self, value):
        return value.unbind(self.dim)

    def _joined(self, checks):
        return _functions.stack(checks, self.dim)


def _triangular(x):
    return (x.tril() == x).flatten(-2).all(-1)


dependent = _Dependent()
boolean = _simple("Boolean", lambda x: (x == 0) | (x == 1), is_discrete=True)
one_hot = _simple("OneHot", lambda x: ((x == 0) | (x == 1)).all(-1) & x.sum(-1).eq(1), is_discrete=True, event_dim=1)
real = _simple("Real", lambda x: x == x)
simplex = _simple("Simplex", lambda x: (x >= 0).all(dim=-1) & ((x.sum(-1) - 1).abs() < 1e-6), event_dim=1)
lower_triangular = _simple("LowerTriangular", _triangular, event_dim=2)
lower_cholesky = _simple("LowerCholesky", lambda x: _triangular(x) & (x.diagonal(0, -2, -1) > 0).all(-1), event_dim=2)
square = _simple("Square", lambda x: full(x.shape[:-2], x.shape[-2] == x.shape[-1], dtype=_C.bool), event_dim=2)


def _corr_cholesky(x):
    """Rows of length 1, up to rounding."""
    off = (x.detach().pow(2).sum(-1).sqrt() - 1.0).abs()
    return lower_cholesky.check(x) & (off <= finfo(x.dtype).eps * x.size(-1) * 10).all(-1)


def _symmetric(x):
    if x.shape[-2] != x.shape[-1]:
        return square.check(x)
    return _functions.isclose(x, x.mT, atol=1e-6).all(-2).all(-1)


def _symmetric_and(also):
    """What is asked of symmetric matrices, once all are."""

    def check(x):
        first = _symmetric(x)
        return also(x) if bool(first.all()) else first

    return check


def _positive_definite(x):
    from ..linalg import cholesky_ex

    return cholesky_ex(x)[1] == 0


def _positive_semidefinite(x):
    from ..linalg import eigvalsh

    return (eigvalsh(x) >= 0).all(-1)


corr_cholesky = _simple("CorrCholesky", _corr_cholesky, event_dim=2)
symmetric = _simple("Symmetric", _symmetric, event_dim=2)
positive_definite = _simple("PositiveDefinite", _symmetric_and(_positive_definite), event_dim=2)
positive_semidefinite = _simple("PositiveSemidefinite", _symmetric_and(_positive_semidefinite), event_dim=2)
greater_than, greater_than_eq, less_than = _GreaterThan, _GreaterThanEq, _LessThan
interval, half_open_interval = _Interval, _HalfOpenInterval
integer_interval, multinomial, independent, dependent_property = _IntegerInterval, _Multinomial, _IndependentConstraint, _DependentProperty
nonnegative_integer, positive_integer = _IntegerGreaterThan(0), _IntegerGreaterThan(1)
positive, nonnegative, unit_interval = _GreaterThan(0.0), _GreaterThanEq(0.0), _Interval(0.0, 1.0)
real_vector = independent(real, 1)
cat, stack = _Cat, _Stack

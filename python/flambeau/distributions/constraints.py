"""Where values of distributions and their parameters may lie."""

from .. import _functions

__all__ = ["Constraint", "boolean", "cat", "dependent", "dependent_property", "greater_than", "greater_than_eq", "independent", "integer_interval",
           "interval", "half_open_interval", "is_dependent", "less_than", "lower_cholesky", "lower_triangular", "multinomial",
           "nonnegative", "nonnegative_integer", "one_hot", "positive", "positive_definite", "positive_integer", "real", "real_vector",
           "simplex", "symmetric", "unit_interval"]  # fmt: skip


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
    def __init__(self, *, is_discrete=False, event_dim=0):
        self.is_discrete, self.event_dim = is_discrete, event_dim

    def check(self, x):
        raise ValueError("Cannot determine validity of dependent constraint")

    def __call__(self, *, is_discrete=False, event_dim=0):
        return _Dependent(is_discrete=is_discrete, event_dim=event_dim)


def is_dependent(constraint):
    """Whether it depends on other parameters."""
    return isinstance(constraint, _Dependent)


class dependent_property(property, _Dependent):
    """A constraint that depends on other parameters, as a property."""

    def __init__(self, fn=None, *, is_discrete=False, event_dim=0):
        super().__init__(fn)
        self.is_discrete, self.event_dim = is_discrete, event_dim

    def __call__(self, fn):
        return dependent_property(fn, is_discrete=self.is_discrete, event_dim=self.event_dim)


def _simple(name, check, is_discrete=False, event_dim=0):
    return type(f"_{name}", (Constraint,), {"check": lambda self, value: check(value), "is_discrete": is_discrete, "event_dim": event_dim})()


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


class _Independent(Constraint):
    def __init__(self, base_constraint, reinterpreted_batch_ndims):
        self.base_constraint, self.reinterpreted_batch_ndims = base_constraint, reinterpreted_batch_ndims
        self.is_discrete = base_constraint.is_discrete
        self.event_dim = base_constraint.event_dim + reinterpreted_batch_ndims

    def check(self, value):
        result = self.base_constraint.check(value)
        if result.dim() < self.reinterpreted_batch_ndims:
            raise ValueError(f"Expected value.dim() >= {self.event_dim} but got {value.dim()}")
        return result.reshape((*result.shape[: result.dim() - self.reinterpreted_batch_ndims], -1)).all(-1)


def _triangular(x):
    return (x.tril() == x).flatten(-2).all(-1)


dependent = _Dependent()
boolean = _simple("Boolean", lambda x: (x == 0) | (x == 1), is_discrete=True)
one_hot = _simple("OneHot", lambda x: ((x == 0) | (x == 1)).all(-1) & x.sum(-1).eq(1), is_discrete=True, event_dim=1)
real = _simple("Real", lambda x: x == x)
simplex = _simple("Simplex", lambda x: (x >= 0).all(dim=-1) & ((x.sum(-1) - 1).abs() < 1e-6), event_dim=1)
lower_triangular = _simple("LowerTriangular", _triangular, event_dim=2)
lower_cholesky = _simple("LowerCholesky", lambda x: _triangular(x) & (x.diagonal(0, -2, -1) > 0).all(-1), event_dim=2)
symmetric = _simple("Symmetric", lambda x: (x - x.mT).abs().flatten(-2).amax(-1) < 1e-6, event_dim=2)


def _positive_definite(x):
    from ..linalg import cholesky_ex

    return symmetric.check(x) & (cholesky_ex(x)[1] == 0)


positive_definite = _simple("PositiveDefinite", _positive_definite, event_dim=2)
greater_than, greater_than_eq, less_than, interval, half_open_interval = _GreaterThan, _GreaterThanEq, _LessThan, _Interval, _HalfOpenInterval
integer_interval, multinomial, independent = _IntegerInterval, _Multinomial, _Independent
nonnegative_integer, positive_integer = _IntegerGreaterThan(0), _IntegerGreaterThan(1)
positive, nonnegative, unit_interval = _GreaterThan(0.0), _GreaterThanEq(0.0), _Interval(0.0, 1.0)
real_vector = independent(real, 1)
cat = _functions.cat

"""From numbers without bounds to where a constraint holds."""

from . import constraints, transforms

__all__ = ["ConstraintRegistry", "biject_to", "transform_to"]


class ConstraintRegistry:
    """Which transform leads to which kind of constraint."""

    def __init__(self):
        self._registry = {}

    def register(self, constraint, factory=None):
        """`factory` makes a transform for constraints of this class; without it, a decorator."""
        if factory is None:
            return lambda factory: self.register(constraint, factory)
        kind = type(constraint) if isinstance(constraint, constraints.Constraint) else constraint
        if not isinstance(kind, type) or not issubclass(kind, constraints.Constraint):
            raise TypeError(f"Expected constraint to be either a Constraint subclass or instance, but got {kind}")
        self._registry[kind] = factory
        return factory

    def __call__(self, constraint):
        factory = self._registry.get(type(constraint))
        if factory is None:
            raise NotImplementedError(f"Cannot transform {type(constraint).__name__} constraints")
        return factory(constraint)


#: Bijections, and transforms that may have more than one preimage, such as the softmax.
biject_to, transform_to = ConstraintRegistry(), ConstraintRegistry()


def _scaled(c):
    low, high = c.lower_bound, c.upper_bound
    sigmoid = transforms.SigmoidTransform()
    if not hasattr(low, "shape") and not hasattr(high, "shape") and (low, high) == (0, 1):
        return sigmoid
    return transforms.ComposeTransform([sigmoid, transforms.AffineTransform(low, high - low)])


def _exp_and(of, scale):
    return lambda c: transforms.ComposeTransform([transforms.ExpTransform(), transforms.AffineTransform(getattr(c, of), scale)])


def _independent(to):
    return lambda c: transforms.IndependentTransform(to(c.base_constraint), c.reinterpreted_batch_ndims)


for _registry in (biject_to, transform_to):
    for _kind, _factory in {
        constraints.real: lambda c: transforms.identity_transform,
        constraints.independent: _independent(_registry),
        constraints.greater_than: _exp_and("lower_bound", 1),
        constraints.greater_than_eq: _exp_and("lower_bound", 1),
        constraints.less_than: _exp_and("upper_bound", -1),
        constraints.interval: _scaled,
        constraints.half_open_interval: _scaled,
        constraints.corr_cholesky: lambda c: transforms.CorrCholeskyTransform(),
        constraints.cat: lambda c, to=_registry: transforms.CatTransform([to(x) for x in c.cseq], c.dim, c.lengths),
        constraints.stack: lambda c, to=_registry: transforms.StackTransform([to(x) for x in c.cseq], c.dim),
    }.items():
        _registry.register(_kind, _factory)
biject_to.register(constraints.simplex, lambda c: transforms.StickBreakingTransform())
transform_to.register(constraints.simplex, lambda c: transforms.SoftmaxTransform())
transform_to.register(constraints.lower_cholesky, lambda c: transforms.LowerCholeskyTransform())
transform_to.register(constraints.positive_definite, lambda c: transforms.PositiveDefiniteTransform())
transform_to.register(constraints.positive_semidefinite, lambda c: transforms.PositiveDefiniteTransform())

"""What is in PyTorch and not here."""


class NotYet(NotImplementedError, AttributeError):
    """`hasattr` and `getattr` with a default see that it is not there."""


def missing(name):
    """The error for `torch.{name}`."""
    return NotYet(f"torch.{name} is not in Flambeau yet")


def names_of(module):
    """The `__getattr__` of a module: says so of what it has not."""
    place = module.partition(".")[2]

    def __getattr__(name):
        if name.startswith("__"):
            raise AttributeError(f"module {module!r} has no attribute {name!r}")
        raise missing(f"{place}.{name}" if place else name)

    return __getattr__


class Method:
    """In the place of a method or an attribute of tensors."""

    def __init__(self, name):
        self.name = name

    def __get__(self, tensor, kind=None):
        raise missing(f"Tensor.{self.name}")

"""Where PyTorch has this class."""

from .discrete import Bernoulli  # noqa: F401

"""Where PyTorch has this class."""

from .discrete import Categorical  # noqa: F401

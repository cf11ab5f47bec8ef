"""Where PyTorch has transforms."""

from . import base_transforms, scalar_transforms, vector_transforms
from .base_transforms import *  # noqa: F403
from .scalar_transforms import *  # noqa: F403
from .vector_transforms import *  # noqa: F403

__all__ = sorted(base_transforms.__all__ + scalar_transforms.__all__ + vector_transforms.__all__)

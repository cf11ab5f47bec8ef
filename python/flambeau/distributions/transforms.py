"""Where PyTorch has transforms."""

from . import base_transforms, scalar_transforms, vector_transforms

__all__ = []
for _room in (base_transforms, scalar_transforms, vector_transforms):
    __all__ += _room.__all__
    globals().update({name: getattr(_room, name) for name in _room.__all__})
__all__.sort()

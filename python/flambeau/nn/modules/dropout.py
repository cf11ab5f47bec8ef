"""Elements or channels that become zero at random while training."""

from ... import _C
from .. import functional as F
from .module import Module

__all__ = ["Dropout", "Dropout1d", "Dropout2d", "Dropout3d", "AlphaDropout", "FeatureAlphaDropout"]


class _DropoutNd(Module):
    __constants__ = ["p", "inplace"]

    def __init__(self, p=0.5, inplace=False):
        super().__init__()
        if p < 0 or p > 1:
            raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")
        self.p, self.inplace = p, inplace

    def extra_repr(self):
        return f"p={self.p}, inplace={self.inplace}"


class Dropout(_DropoutNd):
    """Single elements (Hinton et al. 2012)."""

    forward = _C.Forward(F, "dropout", "p", "training", "inplace")


class Dropout1d(_DropoutNd):
    """Whole channels of [N, C, L]."""

    forward = _C.Forward(F, "dropout1d", "p", "training", "inplace")


class Dropout2d(_DropoutNd):
    """Whole channels of [N, C, H, W]."""

    forward = _C.Forward(F, "dropout2d", "p", "training", "inplace")


class Dropout3d(_DropoutNd):
    """Whole channels of [N, C, D, H, W]."""

    forward = _C.Forward(F, "dropout3d", "p", "training", "inplace")


class AlphaDropout(_DropoutNd):
    """Keeps mean and variance of what SELU gives (Klambauer et al. 2017)."""

    forward = _C.Forward(F, "alpha_dropout", "p", "training")


class FeatureAlphaDropout(_DropoutNd):
    """:class:`AlphaDropout` of whole channels."""

    forward = _C.Forward(F, "feature_alpha_dropout", "p", "training")

"""Where PyTorch has transforms."""

from .transformed import AffineTransform, ComposeTransform, ExpTransform, SigmoidTransform, TanhTransform, Transform  # noqa: F401

__all__ = ["AffineTransform", "ComposeTransform", "ExpTransform", "SigmoidTransform", "TanhTransform", "Transform"]

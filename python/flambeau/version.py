"""`torch.version`: which version this is, and what it was built with."""

from . import __version__

__all__ = ["__version__", "debug", "cuda", "git_version", "hip", "rocm", "xpu"]

debug = False
cuda = git_version = hip = rocm = xpu = None

"""`torch.nn`."""

from . import functional

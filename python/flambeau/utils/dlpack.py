"""Tensors to and from capsules of DLPack, without a copy."""

import enum

from .._factory import from_dlpack
from .._missing import names_of as _names_of

__all__ = ["DLDeviceType", "from_dlpack", "to_dlpack"]


class DLDeviceType(enum.IntEnum):
    """DLPack's numbers of devices."""

    kDLCPU = 1
    kDLCUDA = 2
    kDLCUDAHost = 3


def to_dlpack(tensor):
    """A capsule over the tensor's memory."""
    return tensor.__dlpack__()


__getattr__ = _names_of(__name__)

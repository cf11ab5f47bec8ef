"""Tensors to and from capsules of DLPack, without a copy."""

import enum

from .._factory import from_dlpack

__all__ = ["DLDeviceType", "from_dlpack", "to_dlpack"]


class DLDeviceType(enum.IntEnum):
    """DLPack's numbers of devices."""

    kDLCPU = 1
    kDLCUDA = 2
    kDLCUDAHost = 3


def to_dlpack(tensor):
    """A capsule over the tensor's memory."""
    return tensor.__dlpack__()

"""Examples as batches."""

import collections
import collections.abc

from ... import _C
from ..._factory import as_tensor, tensor
from ..._functions import stack

__all__ = ["default_collate", "default_convert", "collate"]


def default_convert(data):
    """Arrays as tensors, in any containers."""
    if isinstance(data, _C.Tensor):
        return data
    if hasattr(data, "__array_interface__") and type(data).__module__ == "numpy":
        if getattr(data, "shape", ()) == () or data.dtype.kind in "SUO":
            return data if data.dtype.kind in "SUO" else as_tensor(data)
        return as_tensor(data)
    if isinstance(data, collections.abc.Mapping):
        return {k: default_convert(v) for k, v in data.items()}
    if isinstance(data, tuple) and hasattr(data, "_fields"):
        return type(data)(*(default_convert(v) for v in data))
    if isinstance(data, (list, tuple)):
        return [default_convert(v) for v in data]
    return data


def collate(batch, *, collate_fn_map=None):
    """Examples stacked, with functions for classes of one's own."""
    first = batch[0]
    for kind, function in (collate_fn_map or {}).items():
        if isinstance(first, kind):
            return function(batch, collate_fn_map=collate_fn_map)
    if isinstance(first, _C.Tensor):
        return stack(list(batch), 0)
    if type(first).__module__ == "numpy" and hasattr(first, "__array_interface__"):
        if first.dtype.kind in "SUO":
            raise TypeError(f"default_collate: batch must contain tensors, numpy arrays, numbers, dicts or lists; found {first.dtype}")
        return as_tensor(list(batch)) if first.shape == () else stack([as_tensor(b) for b in batch], 0)
    if isinstance(first, float):
        return tensor(batch, dtype=_C.float64)
    if isinstance(first, int):
        return tensor(batch)
    if isinstance(first, (str, bytes)):
        return batch
    if isinstance(first, collections.abc.Mapping):
        collated = {k: collate([d[k] for d in batch], collate_fn_map=collate_fn_map) for k in first}
        try:
            return type(first)(collated)
        except TypeError:
            return collated
    if isinstance(first, tuple) and hasattr(first, "_fields"):
        return type(first)(*(collate(list(s), collate_fn_map=collate_fn_map) for s in zip(*batch)))
    if isinstance(first, collections.abc.Sequence):
        if any(len(b) != len(first) for b in batch):
            raise RuntimeError("each element in list of batch should be of equal size")
        parts = [collate(list(s), collate_fn_map=collate_fn_map) for s in zip(*batch)]
        if isinstance(first, tuple):
            return parts
        try:
            return type(first)(parts)
        except TypeError:
            return parts
    raise TypeError(f"default_collate: batch must contain tensors, numpy arrays, numbers, dicts or lists; found {type(first)}")


def default_collate(batch):
    """Examples stacked: tensors, arrays, numbers, and containers of them."""
    return collate(batch)

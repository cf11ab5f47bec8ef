"""The recorded graph, and what is kept in it."""

from .. import _C
from .._missing import names_of as _names_of

__all__ = ["Node", "saved_tensors_hooks", "save_on_cpu", "disable_saved_tensors_hooks", "register_multi_grad_hook", "GradientEdge", "get_gradient_edge", "increment_version"]

import collections as _collections
import contextlib as _contextlib
import threading as _threading

GradientEdge = _collections.namedtuple("GradientEdge", ["node", "output_nr"])

for _name in ("Node",):
    globals()[_name] = type(_C.zeros((1,), None).requires_grad_(True).sum().grad_fn)


def get_gradient_edge(tensor):
    """Where the gradient of a tensor goes."""
    return GradientEdge(tensor.grad_fn, tensor.output_nr)


#: Why no hooks may be entered now, per thread.
_disabled = _threading.local()


class saved_tensors_hooks:
    """Calls `pack_hook(tensor)` with what is saved for backward, and `unpack_hook` of what it returned when backward wants it."""

    def __init__(self, pack_hook, unpack_hook):
        self.pack_hook, self.unpack_hook = pack_hook, unpack_hook

    def __enter__(self):
        if getattr(_disabled, "why", None) is not None:
            raise RuntimeError(_disabled.why)
        self._hooks = _C.SavedTensorsHooks(self.pack_hook, self.unpack_hook)
        self._hooks.enter()

    def __exit__(self, *args):
        self._hooks.exit()


class save_on_cpu(saved_tensors_hooks):
    """What is saved for backward lies on the CPU until then."""

    def __init__(self, pin_memory=False, device_type="cuda"):
        super().__init__(lambda tensor: (tensor.device, tensor.cpu()), lambda packed: packed[1].to(packed[0]))


@_contextlib.contextmanager
def disable_saved_tensors_hooks(error_message):
    """Hooks for saved tensors may not be entered: that raises a RuntimeError with this message."""
    before = getattr(_disabled, "why", None)
    _disabled.why = error_message
    try:
        yield
    finally:
        _disabled.why = before


def register_multi_grad_hook(tensors, fn, *, mode="all"):
    """Calls `fn` with the gradients of all tensors when the last is there, or with the first (`mode="any"`)."""
    from ..utils.hooks import RemovableHandle

    wanted = [t for t in tensors if t.requires_grad]
    found, handles = {}, []

    def hook(i, grad):
        found[i] = grad
        if mode == "any":
            if len(found) == 1:
                fn(grad)
        elif len(found) == len(wanted):
            fn([found.get(i) for i in range(len(wanted))])
            found.clear()

    for i, t in enumerate(wanted):
        handles.append(t.register_hook(lambda grad, i=i: hook(i, grad)))
    handle = RemovableHandle(_collections.OrderedDict())
    handle.remove = lambda: [h.remove() for h in handles]
    return handle


def increment_version(tensor):
    """Notes a write that nobody else saw."""
    for t in [tensor] if isinstance(tensor, _C.Tensor) else tensor:
        t.detach().zero_() if t.numel() == 0 else t.detach().view(-1)[:0].zero_()


__getattr__ = _names_of(__name__)

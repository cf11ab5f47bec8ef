"""Gradients."""

import sys

from .. import _C
from .._grad_mode import enable_grad, inference_mode, no_grad, set_grad_enabled, set_multithreading_enabled
from . import forward_ad, functional, graph, profiler
from .anomaly_mode import detect_anomaly, set_detect_anomaly
from .function import Function, once_differentiable
from .gradcheck import GradcheckError, gradcheck, gradgradcheck
from .._missing import names_of as _names_of

__all__ = ["grad", "backward", "Function", "gradcheck", "gradgradcheck", "detect_anomaly", "set_detect_anomaly", "no_grad",
           "enable_grad", "inference_mode", "set_grad_enabled", "set_multithreading_enabled", "Variable"]  # fmt: skip


def is_multithreading_enabled():
    """What :class:`set_multithreading_enabled` was told."""
    return set_multithreading_enabled._enabled


def _list(x):
    return [x] if isinstance(x, _C.Tensor) else list(x)


def _weights(outputs, weights):
    if weights is None:
        return None
    weights = _list(weights)
    if len(weights) != len(outputs):
        raise RuntimeError(f"got {len(outputs)} tensors and {len(weights)} gradients")
    for o, w in zip(outputs, weights):
        if w is not None and w.shape != o.shape:
            raise RuntimeError(f"Mismatch in shape: grad_output[0] has a shape of {w.shape} and output[0] has a shape of {o.shape}.")
    return weights


#: How many passes for some gradients only are at work: a checkpoint that would run a whole one of its own refuses.
_partial = 0


def _is_checkpoint_valid():
    return not _partial


def _partly(call, *args):
    global _partial
    _partial += 1
    try:
        return call(*args)
    finally:
        _partial -= 1


def grad(outputs, inputs, grad_outputs=None, retain_graph=None, create_graph=False, only_inputs=True, allow_unused=None,
         is_grads_batched=False, materialize_grads=False):  # fmt: skip
    """The gradients of `outputs`, weighted by `grad_outputs`, with respect to `inputs`."""
    outputs, inputs = _list(outputs), _list(inputs)
    retain_graph = create_graph if retain_graph is None else retain_graph
    if materialize_grads and allow_unused is False:
        raise ValueError("Expected allow_unused to be True or not passed when materialize_grads=True, but got: allow_unused=False.")
    allow_unused = materialize_grads if allow_unused is None else allow_unused
    if is_grads_batched:
        from .._factory import zeros_like
        from .._functions import stack

        batches = [list(w) for w in _list(grad_outputs)]
        rows = [_partly(_C.grad, outputs, inputs, list(w), True, create_graph, allow_unused) for w in zip(*batches)]
        return tuple(None if all(g is None for g in gs) else stack([zeros_like(i) if g is None else g for g in gs]) for i, gs in zip(inputs, zip(*rows)))
    found = _partly(_C.grad, outputs, inputs, _weights(outputs, grad_outputs), retain_graph, create_graph, allow_unused)
    if materialize_grads:
        from .._factory import zeros_like

        found = tuple(zeros_like(i, requires_grad=True) if g is None else g for i, g in zip(inputs, found))
    return found


#: Classes of the outputs and inputs may answer for it.
grad = _C.Overridable(grad)


def backward(tensors, grad_tensors=None, retain_graph=None, create_graph=False, grad_variables=None, inputs=None):
    """Adds the gradients of `tensors` to the `grad` of the leaves."""
    tensors = _list(tensors)
    weights = grad_tensors if grad_tensors is not None else grad_variables
    if inputs is not None and not isinstance(inputs, _C.Tensor) and len(inputs) == 0:
        raise RuntimeError("`inputs` argument to `backward()` cannot be empty.")
    retain_graph = create_graph if retain_graph is None else retain_graph
    args = tensors, _weights(tensors, weights), retain_graph, create_graph
    if inputs is None:
        _C.backward(*args, None)
    else:
        _partly(_C.backward, *args, _list(inputs))


class _VariableMeta(type):
    def __instancecheck__(cls, instance):
        return isinstance(instance, _C.Tensor)

    def __call__(cls, data, requires_grad=False, volatile=None):
        return data.detach().requires_grad_(True) if requires_grad else data.detach()


class Variable(metaclass=_VariableMeta):
    """What tensors with gradients were called once; every tensor is one."""

#: Where PyTorch has some of it.
grad_mode = variable = sys.modules[__name__]


__getattr__ = _names_of(__name__)

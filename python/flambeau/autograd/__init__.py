"""Gradients."""

from .. import _C
from .._grad_mode import enable_grad, inference_mode, no_grad, set_grad_enabled

__all__ = ["grad", "backward", "no_grad", "enable_grad", "inference_mode", "set_grad_enabled"]


def _list(x):
    return [x] if isinstance(x, _C.Tensor) else list(x)


def grad(outputs, inputs, grad_outputs=None, retain_graph=None, create_graph=False, allow_unused=None, is_grads_batched=False,
         materialize_grads=False):  # fmt: skip
    """The gradients of `outputs`, weighted by `grad_outputs`, with respect to `inputs`."""
    outputs, inputs = _list(outputs), _list(inputs)
    weights = None if grad_outputs is None else _list(grad_outputs)
    retain_graph = create_graph if retain_graph is None else retain_graph
    if materialize_grads and allow_unused is False:
        raise ValueError("Expected allow_unused to be True or not passed when materialize_grads=True, but got: allow_unused=False.")
    allow_unused = materialize_grads if allow_unused is None else allow_unused
    found = _C.grad(outputs, inputs, weights, retain_graph, create_graph, allow_unused)
    if materialize_grads:
        from .._factory import zeros_like

        found = tuple(zeros_like(i, requires_grad=True) if g is None else g for i, g in zip(inputs, found))
    return found


def backward(tensors, grad_tensors=None, retain_graph=None, create_graph=False, grad_variables=None, inputs=None):
    """Adds the gradients of `tensors` to the `grad` of the leaves."""
    weights = grad_tensors if grad_tensors is not None else grad_variables
    weights = None if weights is None else _list(weights)
    retain_graph = create_graph if retain_graph is None else retain_graph
    _C.backward(_list(tensors), weights, retain_graph, create_graph, None if inputs is None else _list(inputs))

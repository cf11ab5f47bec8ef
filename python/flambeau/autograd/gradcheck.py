"""Derivatives against finite differences."""

import itertools

from .. import _C
from .._missing import names_of as _names_of

__all__ = ["gradcheck", "gradgradcheck", "GradcheckError"]


class GradcheckError(RuntimeError):
    """A derivative that is not what differences say."""


def _outputs(result):
    result = (result,) if isinstance(result, _C.Tensor) else result
    return tuple(r for r in result if isinstance(r, _C.Tensor) and (r.is_floating_point() or r.is_complex()))


def gradcheck(func, inputs, *, eps=1e-6, atol=1e-5, rtol=1e-3, raise_exception=True, nondet_tol=0.0, check_undefined_grad=True,
              check_grad_dtypes=False, check_batched_grad=False, check_batched_forward_grad=False, check_forward_ad=False,
              check_backward_ad=True, fast_mode=False, masked=None):  # fmt: skip
    """Whether the gradients of `func` are what central differences give. Inputs should be float64 or complex128."""
    try:
        _check(func, inputs, eps, atol, rtol)
    except GradcheckError:
        if raise_exception:
            raise
        return False
    return True


def _check(func, inputs, eps, atol, rtol):
    from . import grad

    inputs = (inputs,) if isinstance(inputs, _C.Tensor) else tuple(inputs)
    wanted = [t for t in inputs if isinstance(t, _C.Tensor) and t.requires_grad]
    if not wanted:
        raise ValueError("gradcheck expects at least one input tensor to require gradient, but none of the them have requires_grad=True.")
    outputs = _outputs(func(*inputs))
    # All of them before the inputs are moved: what a derivative keeps must not be written meanwhile.
    analytic = {}
    for number, out in enumerate(outputs):
        if out.requires_grad:
            for at in range(out.numel()):
                for unit in (1.0, 1j) if out.is_complex() else (1.0,):
                    weight = out.detach().reshape(-1) * 0
                    weight[at] = unit
                    found = grad(out, wanted, weight.reshape(out.shape), retain_graph=True, allow_unused=True)
                    analytic[number, at, unit] = found
    for i, t in enumerate(wanted):
        values = t.detach()
        for place in itertools.product(*map(range, t.shape)):
            changes = {}
            for step in (1.0, 1j) if t.is_complex() else (1.0,):
                old = values[place].item()
                values[place] = old + eps * step
                up = [o.detach().reshape(-1).tolist() for o in _outputs(func(*inputs))]
                values[place] = old - eps * step
                down = [o.detach().reshape(-1).tolist() for o in _outputs(func(*inputs))]
                values[place] = old
                changes[step] = up, down
            for (number, at, unit), found in analytic.items():
                expected = 0
                for step, (up, down) in changes.items():
                    change = complex((up[number][at] - down[number][at]) / (2 * eps))
                    expected = expected + (change.real if unit == 1.0 else change.imag) * step
                got = 0.0 if found[i] is None else found[i][place].item()
                if not abs(got - expected) <= atol + rtol * abs(expected):
                    raise GradcheckError(
                        f"Jacobian mismatch for output {number} with respect to input {i}: numerical {expected}, analytical {got}, "
                        f"at output element {at}, input element {place}"
                    )


def gradgradcheck(func, inputs, grad_outputs=None, *, eps=1e-6, atol=1e-5, rtol=1e-3, gen_non_contig_grad_outputs=False,
                  raise_exception=True, nondet_tol=0.0, check_undefined_grad=True, check_grad_dtypes=False, check_batched_grad=False,
                  check_fwd_over_rev=False, check_rev_over_rev=True, fast_mode=False, masked=False):  # fmt: skip
    """Whether the second derivatives of `func` are what central differences of the first give."""
    from . import grad

    inputs = (inputs,) if isinstance(inputs, _C.Tensor) else tuple(inputs)
    outputs = _outputs(func(*inputs))
    if grad_outputs is None:
        from .._factory import randn_like

        grad_outputs = tuple(randn_like(o).requires_grad_(True) for o in outputs)
    grad_outputs = (grad_outputs,) if isinstance(grad_outputs, _C.Tensor) else tuple(grad_outputs)
    count = len(grad_outputs)

    def first(*args):
        real, weights = args[:-count], args[-count:]
        wanted = [t for t in real if isinstance(t, _C.Tensor) and t.requires_grad]
        found = grad(_outputs(func(*real)), wanted, weights, create_graph=True, allow_unused=True)
        return tuple(g for g in found if g is not None)

    return gradcheck(first, inputs + grad_outputs, eps=eps, atol=atol, rtol=rtol, raise_exception=raise_exception)


__getattr__ = _names_of(__name__)

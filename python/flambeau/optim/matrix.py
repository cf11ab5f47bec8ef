"""Optimizers that look at parameters as matrices: factored means of squares, orthogonal steps."""

import math

from .. import _C
from .._factory import tensor, zeros_like
from .._functions import addmm
from .._types import finfo
from .optimizer import Optimizer, _number, check, check_lr

__all__ = ["Adafactor", "Muon"]


class Adafactor(Optimizer):
    """Means of squares as a product of row and column means (Shazeer and Stern 2018)."""

    _complex = False

    def __init__(self, params, lr=1e-2, beta2_decay=-0.8, eps=(None, 1e-3), d=1.0, weight_decay=0.0, *, foreach=None, maximize=False):
        check_lr(lr, "Learning rate should be >= 0 but is: {}")
        check(0.0 >= beta2_decay, f"beta2_decay should be <= 0 but is: {beta2_decay}")
        check(eps[0] is None or 0.0 <= eps[0], f"epsilon1 should be >= 0 but is: {eps[0]}")
        check(0.0 <= eps[1], f"epsilon2 should be >= 0 but is: {eps[1]}")
        check(1.0 <= d, f"Clipping threshold d should be >= 1 but is: {d}")
        check(0.0 <= weight_decay, f"weight_decay should be >= 0 but is: {weight_decay}")
        super().__init__(params, {
            "lr": lr, "beta2_decay": beta2_decay, "eps": eps, "d": d, "weight_decay": weight_decay, "foreach": foreach, "maximize": maximize,
        })  # fmt: skip

    def _begin(self, p, state, group):
        state["step"] = tensor(0.0, dtype=_C.float32)
        if p.dim() > 1:
            state["row_var"] = p.new_zeros((*p.shape[:-1], 1))
            state["col_var"] = p.new_zeros((*p.shape[:-2], 1, p.shape[-1]))
        else:
            state["variance"] = zeros_like(p)

    def _update(self, p, grad, state, group):
        from ..linalg import vector_norm

        lr, (eps1, eps2) = _number(group["lr"]), group["eps"]
        eps1 = finfo(p.dtype).eps if eps1 is None else eps1
        state["step"] += 1
        step = state["step"].item()
        weight = step ** group["beta2_decay"]
        alpha = max(eps2, vector_norm(p).item() / p.numel() ** 0.5) * min(lr, 1 / step**0.5)
        if group["weight_decay"] != 0:
            p.mul_(1 - lr * group["weight_decay"])
        if grad.dim() > 1:
            rows = vector_norm(grad, dim=-1, keepdim=True).square_().div_(grad.size(-1))
            columns = vector_norm(grad, dim=-2, keepdim=True).square_().div_(grad.size(-2))
            state["row_var"].lerp_(rows, weight)
            state["col_var"].lerp_(columns, weight)
            estimate = state["row_var"] @ state["col_var"]
            estimate.div_(state["row_var"].mean(dim=-2, keepdim=True).clamp_(min=eps1))
        else:
            state["variance"].lerp_(grad * grad, weight)
            estimate = state["variance"].clone()
        update = estimate.clamp_(min=eps1 * eps1).rsqrt_().mul_(grad)
        size = max(1.0, vector_norm(update).item() / (update.numel() ** 0.5 * group["d"]))
        p.add_(update, alpha=-alpha / size)


def _orthogonalize(grad, coefficients, steps, eps):
    """Close to U Vᵀ of the gradient's SVD, by a quintic Newton–Schulz iteration in bfloat16."""
    if steps >= 100:
        raise ValueError("Number of steps must be less than 100 for computational efficiency")
    if grad.dim() != 2:
        raise ValueError("Input tensor gradient must be a 2D matrix")
    if len(coefficients) != 3:
        raise ValueError("Coefficients must be a tuple of exactly 3 values")
    a, b, c = coefficients
    x = grad.to(dtype=_C.bfloat16, copy=True)
    tall = grad.size(0) > grad.size(1)
    if tall:
        x = x.T
    x = x.div(x.norm().clamp(min=eps))
    for _ in range(steps):
        gram = x @ x.T
        x = addmm(x, addmm(gram, gram, gram, beta=b, alpha=c), x, beta=a)
    return x.T if tall else x


class Muon(Optimizer):
    """Orthogonalized momentum for matrices (Jordan 2024)."""

    _complex = False

    def __init__(self, params, lr=1e-3, weight_decay=0.1, momentum=0.95, nesterov=True, ns_coefficients=(3.4445, -4.7750, 2.0315), eps=1e-7,
                 ns_steps=5, adjust_lr_fn=None):  # fmt: skip
        check_lr(lr, "Learning rate should be >= 0 but is: {}")
        check(0.0 <= momentum, f"momentum should be >= 0 but is: {momentum}")
        check(0.0 <= weight_decay, f"weight decay should be >= 0 but is: {weight_decay}")
        check(adjust_lr_fn in (None, "original", "match_rms_adamw", "spectral_unclamped"), f"Adjust learning rate function {adjust_lr_fn} is not supported")
        super().__init__(params, {
            "lr": lr, "weight_decay": weight_decay, "momentum": momentum, "nesterov": nesterov, "ns_coefficients": ns_coefficients, "eps": eps,
            "ns_steps": ns_steps, "adjust_lr_fn": adjust_lr_fn,
        })  # fmt: skip
        for group in self.param_groups:
            for p in group["params"]:
                check(p.ndim == 2, f"Muon only supports 2D parameters whereas we found a parameter with size: {p.size()}")

    def _begin(self, p, state, group):
        state["momentum_buffer"] = zeros_like(p)

    def _update(self, p, grad, state, group):
        lr, momentum = _number(group["lr"]), group["momentum"]
        buffer = state["momentum_buffer"]
        buffer.lerp_(grad, 1 - momentum)
        update = grad.lerp(buffer, momentum) if group["nesterov"] else buffer
        update = _orthogonalize(update, group["ns_coefficients"], group["ns_steps"], group["eps"])
        rows, columns = p.shape
        ratio = {
            "match_rms_adamw": lambda: 0.2 * math.sqrt(max(rows, columns)),
            "spectral_unclamped": lambda: math.sqrt(rows / columns),
        }.get(group["adjust_lr_fn"], lambda: math.sqrt(max(1, rows / columns)))()
        p.mul_(1 - lr * group["weight_decay"])
        p.add_(update.to(p.dtype), alpha=-lr * ratio)

"""Adam for sparse gradients."""

from .._factory import zeros_like
from .optimizer import Optimizer, _number, check_betas

__all__ = ["SparseAdam"]


class SparseAdam(Optimizer):
    """Adam that changes only the elements that the gradient names."""

    _sparse = True
    _complex = False

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, maximize=False):
        from .. import _C

        if isinstance(lr, _C.Tensor) and lr.numel() != 1:
            raise ValueError("Tensor lr must be 1-element")
        if not 0.0 < lr:
            raise ValueError(f"Invalid learning rate: {lr}")
        if not 0.0 < eps:
            raise ValueError(f"Invalid epsilon value: {eps}")
        check_betas(betas)
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps, "maximize": maximize})
        places = [([i, j], p) for i, group in enumerate(self.param_groups) for j, p in enumerate(group["params"])]
        sparse, complex_ = [at for at, p in places if p.is_sparse], [at for at, p in places if p.is_complex()]
        if sparse:
            raise ValueError(f"Sparse params at indices {sparse}: SparseAdam requires dense parameter tensors")
        if complex_:
            raise ValueError(f"Complex params at indices {complex_}: SparseAdam does not support complex parameters")

    def _step_parameter(self, p, grad, group):
        if not grad.is_sparse:
            raise RuntimeError("SparseAdam does not support dense gradients, please consider Adam instead")
        state = self.state[p]
        if not state:
            state["step"], state["exp_avg"], state["exp_avg_sq"] = 0, zeros_like(p), zeros_like(p)
        state["step"] += 1
        grad = grad.coalesce()
        if grad._values().numel() == 0:
            return
        where, values = tuple(grad._indices()), grad._values()
        if group["maximize"]:
            values = -values
        lr, (beta1, beta2) = _number(group["lr"]), group["betas"]
        exp_avg = state["exp_avg"][where]
        exp_avg = exp_avg + (values - exp_avg) * (1 - beta1)
        exp_avg_sq = state["exp_avg_sq"][where]
        exp_avg_sq = exp_avg_sq + (values * values - exp_avg_sq) * (1 - beta2)
        state["exp_avg"][where], state["exp_avg_sq"][where] = exp_avg, exp_avg_sq
        size = lr * (1 - beta2 ** state["step"]) ** 0.5 / (1 - beta1 ** state["step"])
        p[where] = p[where] - size * exp_avg / (exp_avg_sq.sqrt() + group["eps"])

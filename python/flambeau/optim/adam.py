"""Adam and its relatives."""

from .. import _C
from .._factory import tensor, zeros_like
from .._functions import maximum
from .optimizer import Optimizer, _number, check, check_betas, check_lr, check_not_negative

__all__ = ["Adam", "AdamW", "NAdam", "RAdam", "Adamax"]


def _step(state):
    """Counts a step; the number is a tensor, so that it is saved with the rest."""
    state["step"] += 1
    return state["step"].item()


def _begin(state, p, *names):
    state["step"] = tensor(0.0, dtype=_C.float32)
    for name in names:
        state[name] = zeros_like(p)


class Adam(Optimizer):
    """Running means of gradients and of their squares (Kingma and Ba 2015); AMSGrad (Reddi et al. 2018)."""

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0, amsgrad=False, *, foreach=None, maximize=False,
                 capturable=False, differentiable=False, fused=None, decoupled_weight_decay=False):  # fmt: skip
        if isinstance(lr, _C.Tensor):
            check(not foreach or capturable, "lr as a Tensor is not supported for capturable=False and foreach=True")
        check_lr(lr)
        check(0.0 <= eps, f"Invalid epsilon value: {eps}")
        kinds = {isinstance(b, _C.Tensor) for b in betas}
        check(len(kinds) == 1 and (kinds == {True} or all(isinstance(b, float) for b in betas)) or all(not isinstance(b, (int, _C.Tensor)) for b in betas), "betas must be either both floats or both Tensors")
        check(kinds == {False} or not foreach or capturable, "betas[0] as a Tensor is not supported for capturable=False and foreach=True")
        betas = tuple(map(_number, betas))
        check_betas(betas)
        check_not_negative(weight_decay=weight_decay)
        super().__init__(params, {
            "lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay, "amsgrad": amsgrad, "maximize": maximize, "foreach": foreach,
            "capturable": capturable, "differentiable": differentiable, "fused": fused, "decoupled_weight_decay": decoupled_weight_decay,
        })  # fmt: skip
        if fused and differentiable:
            raise RuntimeError("`fused` does not support `differentiable`")
        if fused and foreach:
            raise RuntimeError("`fused` and `foreach` cannot be `True` together.")

    def __setstate__(self, state):
        super().__setstate__(state)
        for group in self.param_groups:
            for name, value in (("amsgrad", False), ("maximize", False), ("foreach", None), ("capturable", False), ("differentiable", False),
                                ("fused", None), ("decoupled_weight_decay", False)):  # fmt: skip
                group.setdefault(name, value)

    def _step_group(self, group):
        return _C.adam_group(group, self.state)

    def _begin(self, p, state, group):
        _begin(state, p, "exp_avg", "exp_avg_sq", *(["max_exp_avg_sq"] if group["amsgrad"] else []))

    def _update(self, p, grad, state, group):
        lr, (beta1, beta2) = group["lr"], group["betas"]
        step = _step(state)
        if group["weight_decay"] != 0:
            if group["decoupled_weight_decay"]:
                p.mul_(1 - lr * group["weight_decay"])
            else:
                grad = grad.add(p, alpha=group["weight_decay"])
        state["exp_avg"].lerp_(grad, 1 - beta1)
        state["exp_avg_sq"].mul_(beta2).addcmul_(grad, grad, value=1 - beta2)
        squares = state["exp_avg_sq"]
        if group["amsgrad"]:
            state["max_exp_avg_sq"].copy_(maximum(state["max_exp_avg_sq"], squares))
            squares = state["max_exp_avg_sq"]
        denominator = (squares.sqrt() / (1 - beta2**step) ** 0.5).add_(group["eps"])
        p.addcdiv_(state["exp_avg"], denominator, value=-_number(lr) / (1 - beta1**step))


class AdamW(Adam):
    """Adam whose weight decay shrinks the parameters themselves (Loshchilov and Hutter 2019)."""

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=1e-2, amsgrad=False, *, maximize=False, foreach=None,
                 capturable=False, differentiable=False, fused=None):  # fmt: skip
        super().__init__(params, lr, betas, eps, weight_decay, amsgrad, foreach=foreach, maximize=maximize, capturable=capturable,
                         differentiable=differentiable, fused=fused, decoupled_weight_decay=True)  # fmt: skip

    def __setstate__(self, state):
        super().__setstate__(state)
        for group in self.param_groups:
            group["decoupled_weight_decay"] = True


class NAdam(Optimizer):
    """Adam with Nesterov's momentum (Dozat 2016)."""

    def __init__(self, params, lr=2e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0, momentum_decay=4e-3, decoupled_weight_decay=False, *,
                 foreach=None, maximize=False, capturable=False, differentiable=False):  # fmt: skip
        check_lr(lr)
        check(0.0 <= eps, f"Invalid epsilon value: {eps}")
        check_betas(betas)
        check_not_negative(weight_decay=weight_decay, momentum_decay=momentum_decay)
        super().__init__(params, {
            "lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay, "momentum_decay": momentum_decay,
            "decoupled_weight_decay": decoupled_weight_decay, "maximize": maximize, "foreach": foreach, "capturable": capturable,
            "differentiable": differentiable,
        })  # fmt: skip

    def _begin(self, p, state, group):
        state["step"] = tensor(0.0, dtype=_C.float32)
        state["mu_product"] = tensor(1.0, dtype=_C.float32)
        state["exp_avg"], state["exp_avg_sq"] = zeros_like(p), zeros_like(p)

    def _update(self, p, grad, state, group):
        lr, (beta1, beta2), decay = _number(group["lr"]), group["betas"], group["momentum_decay"]
        step = _step(state)
        if group["weight_decay"] != 0:
            if group["decoupled_weight_decay"]:
                p.mul_(1 - lr * group["weight_decay"])
            else:
                grad = grad.add(p, alpha=group["weight_decay"])
        now, later = (beta1 * (1.0 - 0.5 * 0.96 ** (n * decay)) for n in (step, step + 1))
        state["mu_product"] *= now
        state["exp_avg"].lerp_(grad, 1 - beta1)
        state["exp_avg_sq"].mul_(beta2).addcmul_(grad, grad, value=1 - beta2)
        denominator = state["exp_avg_sq"].div(1 - beta2**step).sqrt().add_(group["eps"])
        product = state["mu_product"].item()
        p.addcdiv_(grad, denominator, value=-lr * (1.0 - now) / (1.0 - product))
        p.addcdiv_(state["exp_avg"], denominator, value=-lr * later / (1.0 - product * later))


class RAdam(Optimizer):
    """Adam whose first steps are rectified (Liu et al. 2020)."""

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0, decoupled_weight_decay=False, *, foreach=None, maximize=False,
                 capturable=False, differentiable=False):  # fmt: skip
        check_lr(lr)
        check(0.0 <= eps, f"Invalid epsilon value: {eps}")
        check_betas(betas)
        check_not_negative(weight_decay=weight_decay)
        super().__init__(params, {
            "lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay, "maximize": maximize, "foreach": foreach,
            "capturable": capturable, "decoupled_weight_decay": decoupled_weight_decay, "differentiable": differentiable,
        })  # fmt: skip

    def _begin(self, p, state, group):
        _begin(state, p, "exp_avg", "exp_avg_sq")

    def _update(self, p, grad, state, group):
        lr, (beta1, beta2) = _number(group["lr"]), group["betas"]
        step = _step(state)
        if group["weight_decay"] != 0:
            if group["decoupled_weight_decay"]:
                p.mul_(1 - lr * group["weight_decay"])
            else:
                grad = grad.add(p, alpha=group["weight_decay"])
        state["exp_avg"].lerp_(grad, 1 - beta1)
        state["exp_avg_sq"].mul_(beta2).addcmul_(grad, grad, value=1 - beta2)
        unbiased = state["exp_avg"] / (1 - beta1**step)
        correction = 1 - beta2**step
        limit = 2 / (1 - beta2) - 1
        length = limit - 2 * step * beta2**step / correction
        if length > 5.0:
            rectified = ((length - 4) * (length - 2) * limit / ((limit - 4) * (limit - 2) * length)) ** 0.5
            adaptive = correction**0.5 / state["exp_avg_sq"].sqrt().add_(group["eps"])
            p.add_(unbiased * lr * adaptive * rectified, alpha=-1.0)
        else:
            p.add_(unbiased * lr, alpha=-1.0)


class Adamax(Optimizer):
    """Adam with the largest gradient so far in place of the mean of squares (Kingma and Ba 2015)."""

    def __init__(self, params, lr=2e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0, foreach=None, *, maximize=False, differentiable=False,
                 capturable=False):  # fmt: skip
        check_lr(lr)
        check(0.0 <= eps, f"Invalid epsilon value: {eps}")
        check_betas(betas)
        check_not_negative(weight_decay=weight_decay)
        super().__init__(params, {
            "lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay, "foreach": foreach, "maximize": maximize,
            "differentiable": differentiable, "capturable": capturable,
        })  # fmt: skip

    def _begin(self, p, state, group):
        _begin(state, p, "exp_avg", "exp_inf")

    def _update(self, p, grad, state, group):
        lr, (beta1, beta2) = _number(group["lr"]), group["betas"]
        step = _step(state)
        if group["weight_decay"] != 0:
            grad = grad.add(p, alpha=group["weight_decay"])
        state["exp_avg"].lerp_(grad, 1 - beta1)
        state["exp_inf"].copy_(maximum(state["exp_inf"].mul_(beta2), grad.abs().add_(group["eps"])))
        p.addcdiv_(state["exp_avg"], state["exp_inf"], value=-lr / (1 - beta1**step))

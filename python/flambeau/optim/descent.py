"""Gradient descent with momentum, and with a learning rate for each element."""

from .. import _C
from .._factory import full_like, tensor, zeros_like
from .optimizer import Optimizer, _number, check, check_lr, check_not_negative

__all__ = ["SGD", "ASGD", "Adadelta", "Adagrad", "RMSprop", "Rprop"]


class SGD(Optimizer):
    """Stochastic gradient descent with momentum (Sutskever et al. 2013, in PyTorch's form)."""

    _sparse = True

    def __init__(self, params, lr=1e-3, momentum=0, dampening=0, weight_decay=0, nesterov=False, *, maximize=False, foreach=None,
                 differentiable=False, fused=None):  # fmt: skip
        check(not isinstance(lr, _C.Tensor) or lr.numel() == 1, "Tensor lr must be 1-element")
        check(not lr < 0.0, f"Invalid learning rate: {lr}")
        check(not momentum < 0.0, f"Invalid momentum value: {momentum}")
        check(not weight_decay < 0.0, f"Invalid weight_decay value: {weight_decay}")
        check(not nesterov or (momentum > 0 and dampening == 0), "Nesterov momentum requires a momentum and zero dampening")
        super().__init__(params, {
            "lr": lr, "momentum": momentum, "dampening": dampening, "weight_decay": weight_decay, "nesterov": nesterov, "maximize": maximize,
            "foreach": foreach, "differentiable": differentiable, "fused": fused,
        })  # fmt: skip
        if fused and differentiable:
            raise RuntimeError("`fused` does not support `differentiable`")
        if fused and foreach:
            raise RuntimeError("`fused` and `foreach` cannot be `True` together.")

    def __setstate__(self, state):
        super().__setstate__(state)
        for group in self.param_groups:
            for name, value in (("nesterov", False), ("maximize", False), ("foreach", None), ("differentiable", False), ("fused", None)):
                group.setdefault(name, value)

    def _step_group(self, group):
        return _C.sgd_group(group, self.state)

    def _update(self, p, grad, state, group):
        momentum = group["momentum"]
        if grad.is_sparse:
            grad = grad.to_dense()
        if group["weight_decay"] != 0:
            grad = grad.add(p, alpha=group["weight_decay"])
        if momentum != 0:
            if state.get("momentum_buffer") is None:
                state["momentum_buffer"] = grad.detach().clone()
            else:
                state["momentum_buffer"].mul_(momentum).add_(grad, alpha=1 - group["dampening"])
            grad = grad.add(state["momentum_buffer"], alpha=momentum) if group["nesterov"] else state["momentum_buffer"]
        p.add_(grad, alpha=-_number(group["lr"]))


class ASGD(Optimizer):
    """Averaged stochastic gradient descent (Polyak and Juditsky 1992)."""

    def __init__(self, params, lr=1e-2, lambd=1e-4, alpha=0.75, t0=1e6, weight_decay=0, foreach=None, maximize=False, differentiable=False,
                 capturable=False):  # fmt: skip
        check_lr(lr)
        check_not_negative(lambd=lambd, alpha=alpha, weight_decay=weight_decay)
        super().__init__(params, {
            "lr": lr, "lambd": lambd, "alpha": alpha, "t0": t0, "weight_decay": weight_decay, "foreach": foreach, "maximize": maximize,
            "differentiable": differentiable, "capturable": capturable,
        })  # fmt: skip

    def _begin(self, p, state, group):
        state["step"] = tensor(0.0, dtype=_C.float32)
        state["eta"] = tensor(float(group["lr"]), dtype=_C.float32)
        state["mu"] = tensor(1.0, dtype=_C.float32)
        state["ax"] = zeros_like(p)

    def _update(self, p, grad, state, group):
        lr, lambd = _number(group["lr"]), group["lambd"]
        state["step"] += 1
        step, eta, mu = state["step"].item(), state["eta"].item(), state["mu"].item()
        if group["weight_decay"] != 0:
            grad = grad.add(p, alpha=group["weight_decay"])
        p.mul_(1 - lambd * eta)
        p.add_(grad, alpha=-eta)
        if mu != 1:
            state["ax"].add_(p.sub(state["ax"]).mul_(mu))
        else:
            state["ax"].copy_(p)
        state["eta"].fill_(lr / ((1 + lambd * lr * step) ** group["alpha"]))
        state["mu"].fill_(1 / max(1, step - group["t0"]))


class Adadelta(Optimizer):
    """Steps scaled by the size of the last ones (Zeiler 2012)."""

    def __init__(self, params, lr=1.0, rho=0.9, eps=1e-6, weight_decay=0, foreach=None, *, capturable=False, maximize=False, differentiable=False):
        check_lr(lr)
        check(0.0 <= rho <= 1.0, f"Invalid rho value: {rho}")
        check(0.0 <= eps, f"Invalid epsilon value: {eps}")
        check_not_negative(weight_decay=weight_decay)
        super().__init__(params, {
            "lr": lr, "rho": rho, "eps": eps, "weight_decay": weight_decay, "maximize": maximize, "capturable": capturable, "foreach": foreach,
            "differentiable": differentiable,
        })  # fmt: skip

    def _begin(self, p, state, group):
        state["step"] = tensor(0.0, dtype=_C.float32)
        state["square_avg"], state["acc_delta"] = zeros_like(p), zeros_like(p)

    def _update(self, p, grad, state, group):
        rho, eps = group["rho"], group["eps"]
        state["step"] += 1
        if group["weight_decay"] != 0:
            grad = grad.add(p, alpha=group["weight_decay"])
        state["square_avg"].mul_(rho).addcmul_(grad, grad, value=1 - rho)
        delta = state["acc_delta"].add(eps).sqrt_().div_(state["square_avg"].add(eps).sqrt_()).mul_(grad)
        state["acc_delta"].mul_(rho).addcmul_(delta, delta, value=1 - rho)
        p.add_(delta, alpha=-_number(group["lr"]))


class Adagrad(Optimizer):
    """Steps scaled by all gradients so far (Duchi et al. 2011)."""

    _sparse = True

    def __init__(self, params, lr=1e-2, lr_decay=0, weight_decay=0, initial_accumulator_value=0, eps=1e-10, foreach=None, *, maximize=False,
                 differentiable=False, fused=None):  # fmt: skip
        check_lr(lr)
        check_not_negative(lr_decay=lr_decay, weight_decay=weight_decay, initial_accumulator_value=initial_accumulator_value)
        check(0.0 <= eps, f"Invalid epsilon value: {eps}")
        super().__init__(params, {
            "lr": lr, "lr_decay": lr_decay, "eps": eps, "weight_decay": weight_decay, "initial_accumulator_value": initial_accumulator_value,
            "foreach": foreach, "maximize": maximize, "differentiable": differentiable, "fused": fused,
        })  # fmt: skip
        for group in self.param_groups:
            for p in group["params"]:
                start = complex(initial_accumulator_value, initial_accumulator_value) if p.is_complex() else initial_accumulator_value
                self.state[p] = {"step": tensor(0.0, dtype=_C.float32), "sum": full_like(p.detach(), start)}

    def share_memory(self):
        """Accepted: threads share tensors as they are."""

    def _update(self, p, grad, state, group):
        state["step"] += 1
        if grad.is_sparse:
            if group["weight_decay"] != 0:
                raise RuntimeError("weight_decay option is not compatible with sparse gradients")
            grad = grad.to_dense()
        if group["weight_decay"] != 0:
            grad = grad.add(p, alpha=group["weight_decay"])
        rate = _number(group["lr"]) / (1 + (state["step"].item() - 1) * group["lr_decay"])
        state["sum"].addcmul_(grad, grad, value=1)
        p.addcdiv_(grad, state["sum"].sqrt().add_(group["eps"]), value=-rate)


class RMSprop(Optimizer):
    """Steps scaled by the root of the mean square of the gradients (Hinton, lecture 6e)."""

    def __init__(self, params, lr=1e-2, alpha=0.99, eps=1e-8, weight_decay=0, momentum=0, centered=False, capturable=False, foreach=None,
                 maximize=False, differentiable=False):  # fmt: skip
        check_lr(lr)
        check(0.0 <= eps, f"Invalid epsilon value: {eps}")
        check_not_negative(momentum=momentum, weight_decay=weight_decay, alpha=alpha)
        super().__init__(params, {
            "lr": lr, "momentum": momentum, "alpha": alpha, "eps": eps, "centered": centered, "weight_decay": weight_decay,
            "capturable": capturable, "foreach": foreach, "maximize": maximize, "differentiable": differentiable,
        })  # fmt: skip

    def _begin(self, p, state, group):
        state["step"] = tensor(0.0, dtype=_C.float32)
        state["square_avg"] = zeros_like(p)
        if group["momentum"] > 0:
            state["momentum_buffer"] = zeros_like(p)
        if group["centered"]:
            state["grad_avg"] = zeros_like(p)

    def _update(self, p, grad, state, group):
        alpha, lr = group["alpha"], _number(group["lr"])
        state["step"] += 1
        if group["weight_decay"] != 0:
            grad = grad.add(p, alpha=group["weight_decay"])
        state["square_avg"].mul_(alpha).addcmul_(grad, grad, value=1 - alpha)
        if group["centered"]:
            state["grad_avg"].lerp_(grad, 1 - alpha)
            average = state["square_avg"].addcmul(state["grad_avg"], state["grad_avg"], value=-1).sqrt_()
        else:
            average = state["square_avg"].sqrt()
        average = average.add_(group["eps"])
        if group["momentum"] > 0:
            state["momentum_buffer"].mul_(group["momentum"]).addcdiv_(grad, average)
            p.add_(state["momentum_buffer"], alpha=-lr)
        else:
            p.addcdiv_(grad, average, value=-lr)


class Rprop(Optimizer):
    """Step sizes that grow while signs stay the same (Riedmiller and Braun 1993)."""

    def __init__(self, params, lr=1e-2, etas=(0.5, 1.2), step_sizes=(1e-6, 50), *, capturable=False, foreach=None, maximize=False,
                 differentiable=False):  # fmt: skip
        check_lr(lr)
        check(0.0 < etas[0] < 1.0 < etas[1], f"Invalid eta values: {etas[0]}, {etas[1]}")
        super().__init__(params, {
            "lr": lr, "etas": etas, "step_sizes": step_sizes, "foreach": foreach, "maximize": maximize, "differentiable": differentiable,
            "capturable": capturable,
        })  # fmt: skip

    def _begin(self, p, state, group):
        state["step"] = tensor(0.0, dtype=_C.float32)
        state["prev"] = zeros_like(p)
        lr = float(group["lr"])
        state["step_size"] = full_like(p.detach(), complex(lr, lr) if p.is_complex() else lr)

    def _update(self, p, grad, state, group):
        (less, more), (least, most) = group["etas"], group["step_sizes"]
        state["step"] += 1
        sign = grad.mul(state["prev"]).sign()
        factor = sign.clone().masked_fill_(sign > 0, more).masked_fill_(sign < 0, less).masked_fill_(sign == 0, 1)
        state["step_size"].mul_(factor).clamp_(least, most)
        grad = grad.clone().masked_fill_(sign < 0, 0)
        p.addcmul_(grad.sign(), state["step_size"], value=-1)
        state["prev"].copy_(grad)

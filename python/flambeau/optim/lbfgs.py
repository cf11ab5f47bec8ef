"""L-BFGS (Nocedal 1980), with a line search for the strong Wolfe conditions (Nocedal and Wright, algorithms 3.5 and 3.6)."""

from .._functions import cat
from .._grad_mode import enable_grad, no_grad
from .optimizer import Optimizer, _number, check_lr

__all__ = ["LBFGS"]


def _cubic_minimum(a, b, bounds=None):
    """Where the cubic through two points with these slopes is smallest; a point is (place, value, slope)."""
    (x1, f1, g1), (x2, f2, g2) = a, b
    low, high = bounds if bounds is not None else (min(x1, x2), max(x1, x2))
    d1 = g1 + g2 - 3 * (f1 - f2) / (x1 - x2)
    square = d1**2 - g1 * g2
    if not square >= 0:
        return (low + high) / 2.0
    d2 = square.sqrt()
    if x1 <= x2:
        place = x2 - (x2 - x1) * ((g2 + d2 - d1) / (g2 - g1 + 2 * d2))
    else:
        place = x1 - (x1 - x2) * ((g1 + d2 - d1) / (g1 - g2 + 2 * d2))
    return min(max(place, low), high)


class _Point:
    """A step length with the loss, the gradient and the slope there."""

    __slots__ = ("t", "f", "g", "slope")

    def __init__(self, t, f, g, slope):
        self.t, self.f, self.g, self.slope = t, f, g, slope

    @property
    def cubic(self):
        return self.t, self.f, self.slope


def _strong_wolfe(evaluate, t, d, f, g, slope, c1=1e-4, c2=0.9, tolerance_change=1e-9, max_ls=25):
    """A step length that meets both conditions, or the best that was found: (loss, gradient, length, evaluations)."""
    size = d.abs().max()
    start = _Point(0, f, g.clone(), slope)

    def at(t):
        f_new, g_new = evaluate(t)
        return _Point(t, f_new, g_new, g_new.dot(d))

    new, previous = at(t), start
    count, tries, done = 1, 0, False
    bracket = None
    # Longer and longer steps, until there is a bracket.
    while tries < max_ls:
        if new.f > f + c1 * new.t * slope or (tries > 1 and new.f >= previous.f):
            bracket = [previous, new]
            break
        if abs(new.slope) <= -c2 * slope:
            bracket, done = [new], True
            break
        if new.slope >= 0:
            bracket = [previous, new]
            break
        bounds = (new.t + 0.01 * (new.t - previous.t), new.t * 10)
        previous, t = new, _cubic_minimum(previous.cubic, new.cubic, bounds)
        new = at(t)
        count += 1
        tries += 1
    if tries == max_ls:
        bracket = [start, new]
    # Then the bracket is made smaller.
    stuck = False
    low, high = (0, 1) if bracket[0].f <= bracket[-1].f else (1, 0)
    while not done and tries < max_ls:
        if abs(bracket[1].t - bracket[0].t) * size < tolerance_change:
            break
        t = _cubic_minimum(bracket[0].cubic, bracket[1].cubic)
        first, last = min(b.t for b in bracket), max(b.t for b in bracket)
        margin = 0.1 * (last - first)
        if min(last - t, t - first) < margin:
            # Too close to an end twice, or beyond it: a tenth inside instead.
            if stuck or t >= last or t <= first:
                t = last - margin if abs(t - last) < abs(t - first) else first + margin
                stuck = False
            else:
                stuck = True
        else:
            stuck = False
        new = at(t)
        count += 1
        tries += 1
        if new.f > f + c1 * new.t * slope or new.f >= bracket[low].f:
            bracket[high] = new
            low, high = (0, 1) if bracket[0].f <= bracket[1].f else (1, 0)
        else:
            if abs(new.slope) <= -c2 * slope:
                done = True
            elif new.slope * (bracket[high].t - bracket[low].t) >= 0:
                bracket[high] = bracket[low]
            bracket[low] = new
    best = bracket[low]
    return best.f, best.g, best.t, count


class LBFGS(Optimizer):
    """Steps along an approximation of H⁻¹ g from the last gradients; `step` needs a closure that computes the loss anew."""

    def __init__(self, params, lr=1, max_iter=20, max_eval=None, tolerance_grad=1e-7, tolerance_change=1e-9, history_size=100,
                 line_search_fn=None, *, maximize=False):  # fmt: skip
        check_lr(lr)
        super().__init__(params, {
            "lr": lr, "max_iter": max_iter, "max_eval": max_iter * 5 // 4 if max_eval is None else max_eval, "tolerance_grad": tolerance_grad,
            "tolerance_change": tolerance_change, "history_size": history_size, "line_search_fn": line_search_fn, "maximize": maximize,
        })  # fmt: skip
        if len(self.param_groups) != 1:
            raise ValueError("LBFGS doesn't support per-parameter options (parameter groups)")
        self._params = self.param_groups[0]["params"]

    def __setstate__(self, state):
        super().__setstate__(state)
        self._params = self.param_groups[0]["params"]

    def _real(self, t):
        if t.is_complex():
            from .._functions import view_as_real

            return view_as_real(t)
        return t

    def _flat_gradient(self):
        parts = []
        for p in self._params:
            grad = p.detach() * 0 if p.grad is None else p.grad.to_dense() if p.grad.is_sparse else p.grad
            parts.append(self._real(grad).reshape(-1))
        flat = cat(parts, 0)
        return flat.neg_() if self.param_groups[0]["maximize"] else flat

    def _move(self, t, d):
        at = 0
        for p in map(self._real, self._params):
            p.add_(d[at : at + p.numel()].view_as(p), alpha=t)
            at += p.numel()

    def _direction(self, state, gradient, d, t):
        """The two loops over the last steps."""
        y, s = gradient.sub(state["prev_flat_grad"]), d.mul(t)
        product = y.dot(s)
        if product > 1e-10:
            if len(state["old_dirs"]) == self.param_groups[0]["history_size"]:
                for name in ("old_dirs", "old_stps", "ro"):
                    state[name].pop(0)
            state["old_dirs"].append(y)
            state["old_stps"].append(s)
            state["ro"].append(1.0 / product)
            state["H_diag"] = product / y.dot(y)
        count = len(state["old_dirs"])
        alphas = state.setdefault("al", [None] * self.param_groups[0]["history_size"])
        q = gradient.neg()
        for i in range(count - 1, -1, -1):
            alphas[i] = state["old_stps"][i].dot(q) * state["ro"][i]
            q.add_(state["old_dirs"][i], alpha=-alphas[i])
        r = q * state["H_diag"]
        for i in range(count):
            beta = state["old_dirs"][i].dot(r) * state["ro"][i]
            r.add_(state["old_stps"][i], alpha=alphas[i] - beta)
        return r

    def step(self, closure):
        """Up to `max_iter` iterations. Returns the loss at their begin."""
        closure = enable_grad()(closure)
        if not self._params:
            return closure()
        with no_grad():
            return self._iterate(closure)

    def _iterate(self, closure):
        group = self.param_groups[0]
        lr, sign = _number(group["lr"]), -1.0 if group["maximize"] else 1.0
        tolerance_grad, tolerance_change = group["tolerance_grad"], group["tolerance_change"]
        state = self.state[self._params[0]]
        state.setdefault("func_evals", 0)
        state.setdefault("n_iter", 0)
        first_loss = closure()
        loss = sign * float(first_loss)
        evaluations = 1
        state["func_evals"] += 1
        gradient = self._flat_gradient()
        if gradient.abs().max() <= tolerance_grad:
            return first_loss
        d, t = state.get("d"), state.get("t")
        for iteration in range(1, group["max_iter"] + 1):
            state["n_iter"] += 1
            if state["n_iter"] == 1:
                d = gradient.neg()
                state.update(old_dirs=[], old_stps=[], ro=[], H_diag=1)
            else:
                d = self._direction(state, gradient, d, t)
            if state.get("prev_flat_grad") is None:
                state["prev_flat_grad"] = gradient.clone()
            else:
                state["prev_flat_grad"].copy_(gradient)
            before = loss
            t = min(1.0, 1.0 / gradient.abs().sum()) * lr if state["n_iter"] == 1 else lr
            slope = gradient.dot(d)
            if slope > -tolerance_change:
                break
            tried = 0
            flat = False
            if group["line_search_fn"] is not None:
                if group["line_search_fn"] != "strong_wolfe":
                    raise RuntimeError("only 'strong_wolfe' is supported")
                here = [p.clone() for p in self._params]

                def evaluate(t, d=d, here=here):
                    self._move(t, d)
                    value = sign * float(closure())
                    found = self._flat_gradient()
                    for p, old in zip(self._params, here):
                        p.copy_(old)
                    return value, found

                loss, gradient, t, tried = _strong_wolfe(evaluate, t, d, loss, gradient, slope, max_ls=group["max_eval"] - evaluations)
                self._move(t, d)
                flat = gradient.abs().max() <= tolerance_grad
            else:
                self._move(t, d)
                if iteration != group["max_iter"]:
                    loss = sign * float(closure())
                    gradient = self._flat_gradient()
                    flat = gradient.abs().max() <= tolerance_grad
                    tried = 1
            evaluations += tried
            state["func_evals"] += tried
            if iteration == group["max_iter"] or evaluations >= group["max_eval"] or flat:
                break
            if d.mul(t).abs().max() <= tolerance_change or abs(loss - before) < tolerance_change:
                break
        state.update(d=d, t=t, prev_loss=before)
        return first_loss

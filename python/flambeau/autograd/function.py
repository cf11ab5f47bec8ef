"""Functions whose derivative the user writes."""

from .. import _C
from .._missing import names_of as _names_of

__all__ = ["Function", "FunctionCtx", "once_differentiable", "InplaceFunction", "NestedIOFunction"]


class FunctionCtx:
    """What `forward` leaves for `backward`."""

    def __init__(self):
        self._saved, self._dirty, self._constant, self._materialize = (), (), (), True

    def save_for_backward(self, *tensors):
        """Keeps inputs and outputs, or other tensors, for `backward`; a change of them in between is noticed."""
        for t in tensors:
            if t is not None and not isinstance(t, _C.Tensor):
                raise TypeError(f"save_for_backward can only save variables, but argument is of type {type(t).__name__}")
        self._saved = tensors

    def save_for_forward(self, *tensors):
        """Keeps tensors for forward mode."""
        self.saved_for_forward = tensors

    def mark_dirty(self, *tensors):
        """Says which inputs were written over."""
        self._dirty = tensors

    def mark_non_differentiable(self, *tensors):
        """Says which outputs have no gradient."""
        self._constant = tensors

    def mark_shared_storage(self, *pairs):
        """Accepted: tensors that share storage are known."""

    def set_materialize_grads(self, value):
        """Whether a gradient that is not there is given to `backward` as zeros."""
        self._materialize = value

    @property
    def saved_tensors(self):
        """What was kept."""
        found = []
        for kind, value, version in self._kept:
            if kind == "output":
                value = self._outputs[value]
            elif kind == "packed":
                value = value.unpack()
            elif value is not None and value._version != version:
                raise RuntimeError(
                    "one of the variables needed for gradient computation has been modified by an inplace operation: "
                    f"[torch.FloatTensor {list(value.shape)}] is at version {value._version}; expected version {version} instead. Hint: enable "
                    "anomaly detection to find the operation that failed to compute its gradient, with torch.autograd.set_detect_anomaly(True)."
                )
            found.append(value)
        return tuple(found)

    saved_variables = saved_tensors

    def _keep(self, outputs):
        """Notes what is saved: outputs by their number, so that they keep no circle alive."""
        places = {id(t): i for i, t in enumerate(outputs)}
        self._kept = []
        for t in self._saved:
            packed = None if t is None or id(t) in places else _C.pack_saved(t)
            if packed is not None:
                self._kept.append(("packed", packed, 0))
            elif id(t) in places:
                self._kept.append(("output", places[id(t)], 0))
            else:
                self._kept.append(("value", t, 0 if t is None else t._version))
        self._saved = ()
        return sum(1 << place for place in {place for kind, place, _ in self._kept if kind == "output"})


class Function:
    """Subclasses give `forward` and `backward` as static methods; `apply` runs them."""

    @staticmethod
    def forward(*args, **kwargs):
        """Computes the outputs, from `ctx` and the arguments, or the arguments alone beside `setup_context`."""
        raise NotImplementedError("You must implement the forward function for custom autograd.Function.")

    @staticmethod
    def setup_context(ctx, inputs, output):
        """Fills `ctx` when `forward` does not take it."""
        raise NotImplementedError("setup_context is not implemented.")

    @staticmethod
    def backward(ctx, *grad_outputs):
        """The gradients of the arguments, `None` for those without."""
        raise NotImplementedError(
            "You must implement either the backward or vjp method for your custom autograd.Function to use it with backward mode AD."
        )

    vjp = backward

    @classmethod
    def apply(cls, *args, **kwargs):
        """Runs `forward` and records `backward`."""
        from .._grad_mode import no_grad

        ctx = type(f"{cls.__name__}Backward", (FunctionCtx,), {"_function": cls})()
        ctx.needs_input_grad = tuple(isinstance(a, _C.Tensor) and a.requires_grad for a in args)
        recording = _C.is_grad_enabled() and any(ctx.needs_input_grad)
        with no_grad():
            if cls.setup_context is not Function.setup_context:
                results = cls.forward(*args, **kwargs)
                cls.setup_context(ctx, args, results)
            else:
                results = cls.forward(ctx, *args, **kwargs)
        single = not isinstance(results, tuple)
        everything = (results,) if single else results
        outputs = [r for r in everything if isinstance(r, _C.Tensor)]
        dirty = {id(t) for t in ctx._dirty}
        constant = {id(t) for t in ctx._constant}
        saved = ctx._keep(outputs)
        if not recording:
            ctx._outputs = outputs
            return results
        places = [i for i, a in enumerate(args) if isinstance(a, _C.Tensor)]
        about = [(tuple(t.shape), t.dtype) for t in outputs]
        count = len(args)

        def backward(kept, grads):
            from .._factory import zeros

            ctx._outputs = kept
            if ctx._materialize:
                grads = [zeros(shape, dtype=dtype) if g is None else g for g, (shape, dtype) in zip(grads, about)]
            run = cls.backward if cls.backward is not Function.backward else cls.vjp
            found = run(ctx, *grads)
            found = list(found) if isinstance(found, (tuple, list)) else [found]
            if len(found) > count and all(f is None for f in found[count:]):
                found = found[:count]
            if len(found) != count:
                raise RuntimeError(f"function {cls.__name__}Backward returned an incorrect number of gradients (expected {count}, got {len(found)})")
            for i, f in enumerate(found):
                if i not in places and f is not None:
                    raise RuntimeError(
                        f"function {cls.__name__}Backward returned a gradient different from None at position {i + 1}, but the corresponding forward input was not a Variable"
                    )
            return [found[i] for i in places]

        recorded = iter(_C.apply_function(f"{cls.__name__}Backward", outputs, backward, saved, [args[i] for i in places]))
        final = []
        for r in everything:
            if isinstance(r, _C.Tensor):
                t = next(recorded)
                if id(r) in constant:
                    t = r.detach()
                elif id(r) in dirty:
                    r._become(t)
                    t = r
                r = t
            final.append(r)
        return final[0] if single else tuple(final)


InplaceFunction = NestedIOFunction = Function


def once_differentiable(backward):
    """Decorates a `backward` that cannot itself be differentiated."""
    import functools

    @functools.wraps(backward)
    def wrapped(ctx, *grads):
        from .._grad_mode import no_grad

        recorded = _C.is_grad_enabled() and any(isinstance(g, _C.Tensor) and g.requires_grad for g in grads)
        with no_grad():
            found = backward(ctx, *grads)
        if not recorded:
            return found

        class Refuse(Function):
            @staticmethod
            def forward(ctx, *tensors):
                return tuple(t.clone() for t in tensors)

            @staticmethod
            def backward(ctx, *grads):
                raise RuntimeError("trying to differentiate twice a function that was marked with @once_differentiable")

        parts = list(found) if isinstance(found, tuple) else [found]
        places = [i for i, p in enumerate(parts) if isinstance(p, _C.Tensor)]
        hooked = Refuse.apply(*[parts[i].detach().requires_grad_(True) for i in places])
        for i, t in zip(places, hooked):
            parts[i] = t
        return tuple(parts) if isinstance(found, tuple) else parts[0]

    return wrapped


__getattr__ = _names_of(__name__)

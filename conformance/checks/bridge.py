"""Between PyTorch's objects and Flambeau's: arguments over, results back, functions rebound."""

import functools
import types

import flambeau
import torch

_DTYPES = {getattr(torch, n): getattr(flambeau, n) for n in (
    "bool uint8 int8 int16 int32 int64 float16 bfloat16 float32 float64 complex64 complex128".split())}  # fmt: skip
_BACK = {v: k for k, v in _DTYPES.items()}


def _bits(t):
    """Dense values as NumPy has them; bfloat16 as its bits."""
    t = t.detach().resolve_conj().resolve_neg().contiguous()
    return (t.view(torch.int16) if t.dtype == torch.bfloat16 else t).numpy()


def over(x, grad=True):
    """The same thing in Flambeau: tensors number for number, in the same memory order."""
    if isinstance(x, torch.Tensor):
        if x.layout == torch.sparse_coo:
            parts = over(x._indices()), over(x._values().detach())
            t = flambeau.sparse_coo_tensor(*parts, tuple(x.shape), is_coalesced=x.is_coalesced())
            return t.detach().requires_grad_(True) if x.requires_grad and grad else t
        if x.layout != torch.strided:
            raise NotImplementedError(f"layout {x.layout}")
        if x.dtype not in _DTYPES:
            raise NotImplementedError(f"dtype {x.dtype}")
        if x.numel() and x.untyped_storage().nbytes() > x.numel() * x.element_size() and not x.is_conj() and not x.is_neg():
            # A part of something larger: all of that goes over, so that what lies around the part is the same.
            whole = x.detach().as_strided((x.untyped_storage().nbytes() // x.element_size(),), (1,), 0)
            t = over(whole).as_strided(tuple(x.shape), tuple(x.stride()), x.storage_offset()).detach()
            return t.requires_grad_(True) if x.requires_grad and grad else t
        t = flambeau.from_numpy(_bits(x).copy())
        if x.dtype == torch.bfloat16:
            t = t.view(flambeau.bfloat16)
        if x.numel() and not x.is_contiguous():
            held = flambeau.empty_strided(tuple(x.shape), tuple(x.stride()), dtype=t.dtype)
            overlapping = any(s == 0 and n > 1 for n, s in zip(x.shape, x.stride()))
            if not overlapping:
                held.copy_(t)
                t = held
            else:
                narrow = t[tuple(slice(0, 1) if s == 0 else slice(None) for s in x.stride())].clone()
                t = narrow.expand(tuple(x.shape))
        elif x.numel():
            t = t.clone()
        if x.requires_grad and grad:
            t = t.detach()
            t.requires_grad_(True)
        if isinstance(x, torch.nn.Parameter):
            t = flambeau.nn.Parameter(t, requires_grad=x.requires_grad)
        return t
    if isinstance(x, torch.dtype):
        return _DTYPES.get(x, x)
    if isinstance(x, torch.device):
        return flambeau.device(str(x))
    if isinstance(x, torch.Size):
        return flambeau.Size(x)
    if isinstance(x, torch.Generator):
        g = flambeau.Generator()
        g.set_state(over(x.get_state()))
        return g
    if isinstance(x, (torch.memory_format, torch.layout)):
        return getattr(flambeau, str(x).removeprefix("torch."))
    if isinstance(x, torch.nn.LinearCrossEntropyOptions):
        return flambeau.nn.LinearCrossEntropyOptions(**{name: over(getattr(x, name)) for name in x.__dataclass_fields__})
    if isinstance(x, torch.nn.Module):
        return _same_module(x)
    if isinstance(x, slice):
        return slice(over(x.start, grad), over(x.stop, grad), over(x.step, grad))
    if isinstance(x, torch.nn.utils.rnn.PackedSequence):
        return flambeau.nn.utils.rnn.PackedSequence(*(over(v, grad) for v in x))
    if isinstance(x, tuple) and hasattr(x, "_fields"):
        return type(x)(*(over(v, grad) for v in x))
    if isinstance(x, (list, tuple)):
        return type(x)(over(v, grad) for v in x)
    if isinstance(x, dict):
        return type(x)((k, over(v, grad)) for k, v in x.items())
    if callable(x) and not isinstance(x, type):
        return rebind(x)
    return x


def _same_module(x):
    """A module made of the same parts: the class of the same name, with everything that the instance has."""
    cls = resolve(type(x).__module__.split(".")[1] + "." + type(x).__name__)
    new = cls.__new__(cls)
    for key, value in vars(x).items():
        new.__dict__[key] = type(value)() if key.endswith(("_hooks", "_hooks_with_kwargs", "_hooks_always_called")) else over(value)
    return new


def back(x):
    """A result of Flambeau as PyTorch's."""
    if isinstance(x, flambeau.Tensor):
        if x.is_sparse:
            return torch.sparse_coo_tensor(back(x._indices()), back(x._values()), tuple(x.shape), is_coalesced=x.is_coalesced())
        d = x.detach()
        if d.dtype == flambeau.bfloat16:
            return torch.from_numpy(d.contiguous().view(flambeau.int16).numpy().copy()).view(torch.bfloat16).reshape(tuple(d.shape))
        return torch.from_numpy(d.contiguous().numpy().copy()).reshape(tuple(d.shape))
    if isinstance(x, flambeau.dtype):
        return _BACK[x]
    if isinstance(x, flambeau.Size):
        return torch.Size(x)
    if isinstance(x, (list, tuple)):
        return [back(v) for v in x]
    if isinstance(x, dict):
        return {k: back(v) for k, v in x.items()}
    return x


def path_of(f):
    """Where a function of PyTorch's stands in `torch`, or `None`."""
    for module, prefix in _NAMESPACES:
        name = getattr(f, "__name__", None)
        if name and getattr(module, name, None) is f:
            return prefix + name
    return _BY_IDENTITY.get(id(f))


_NAMESPACES = [
    (torch, ""), (torch.nn.functional, "nn.functional."), (torch.linalg, "linalg."), (torch.special, "special."),
    (torch.fft, "fft."), (torch.Tensor, "Tensor."), (torch.signal.windows, "signal.windows."), (torch.masked, "masked."),
]  # fmt: skip
_BY_IDENTITY = {}
for _module, _prefix in _NAMESPACES:
    for _name in dir(_module):
        try:
            _BY_IDENTITY.setdefault(id(getattr(_module, _name)), _prefix + _name)
        except Exception:  # noqa: BLE001 (some attributes of PyTorch cannot be looked at)
            continue


def resolve(path):
    """The object at `torch.PATH` in Flambeau."""
    thing = flambeau
    for part in path.removeprefix("torch.").split("."):
        thing = getattr(thing, part)
    return thing


def rebind(f, depth=0):
    """A function of PyTorch's, or of its tables, that works on Flambeau's tensors."""
    path = path_of(f)
    if path is not None:
        return resolve(path)
    if isinstance(f, functools.partial):
        return functools.partial(rebind(f.func, depth), *over(f.args), **over(f.keywords))
    if isinstance(f, types.MethodType):
        return types.MethodType(rebind(f.__func__, depth), f.__self__)
    if isinstance(f, types.FunctionType) and depth < 6:
        names = set(f.__code__.co_names)
        for const in f.__code__.co_consts:
            if isinstance(const, types.CodeType):
                names |= set(const.co_names)
        scope = dict(f.__globals__)
        for name in names & set(scope):
            scope[name] = _rebound(scope[name], depth)
        cells = None
        if f.__closure__:
            cells = tuple(types.CellType(_rebound(c.cell_contents, depth)) for c in f.__closure__)
        new = types.FunctionType(f.__code__, scope, f.__name__, f.__defaults__, cells)
        new.__kwdefaults__ = f.__kwdefaults__
        return new
    if callable(f) and hasattr(f, "__wrapped__"):
        return rebind(f.__wrapped__, depth + 1)
    raise NotImplementedError(f"{getattr(f, '__name__', f)} is no function of torch")


def _rebound(value, depth):
    if value is torch:
        return flambeau
    if isinstance(value, types.ModuleType) and value.__name__.startswith("torch."):
        if value.__name__.startswith("torch.testing"):
            return value
        return resolve(value.__name__.removeprefix("torch."))
    if value is torch.Tensor:
        return flambeau.Tensor
    if isinstance(value, torch.dtype):
        return _DTYPES.get(value, value)
    if getattr(value, "__name__", "") == "freeze_rng_state":
        return flambeau.random.fork_rng
    if isinstance(value, types.FunctionType) and value.__module__ and value.__module__.startswith("torch"):
        try:
            return rebind(value, depth + 1)
        except (NotImplementedError, AttributeError):
            return value
    if isinstance(value, types.BuiltinFunctionType):
        path = path_of(value)
        return resolve(path) if path else value
    return value

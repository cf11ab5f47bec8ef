"""A module called with other parameters than its own."""

import contextlib
from ..._missing import names_of as _names_of

__all__ = ["functional_call"]


@contextlib.contextmanager
def _swapped(module, values):
    before = []
    try:
        for name, value in values.items():
            path, _, leaf = name.rpartition(".")
            owner = module.get_submodule(path)
            table = owner._parameters if leaf in owner._parameters else owner._buffers if leaf in owner._buffers else None
            if table is None:
                raise KeyError(f"{name} is no parameter or buffer of {type(module).__name__}")
            before.append((table, leaf, table[leaf]))
            table[leaf] = value
        yield
    finally:
        for table, leaf, value in reversed(before):
            table[leaf] = value


def functional_call(module, parameters_and_buffers, args=None, kwargs=None, *, tie_weights=True, strict=False):
    """Calls the module with these values instead of its own."""
    if isinstance(parameters_and_buffers, (list, tuple)):
        merged = {}
        for part in parameters_and_buffers:
            merged.update(part)
        parameters_and_buffers = merged
    values = dict(parameters_and_buffers)
    own = {**dict(module.named_parameters(remove_duplicate=False)), **dict(module.named_buffers(remove_duplicate=False))}
    if tie_weights:
        by_identity = {id(own[name]): value for name, value in values.items() if name in own}
        for name, held in own.items():
            if name not in values and id(held) in by_identity:
                values[name] = by_identity[id(held)]
    if strict:
        missing, unexpected = sorted(set(own) - set(values)), sorted(set(values) - set(own))
        if missing or unexpected:
            raise RuntimeError(f"Error(s) in functional_call: missing key(s): {missing}, unexpected key(s): {unexpected}")
    values = {name: value for name, value in values.items() if name in own}
    args = () if args is None else args if isinstance(args, tuple) else (args,)
    with _swapped(module, values):
        return module(*args, **(kwargs or {}))


__getattr__ = _names_of(__name__)

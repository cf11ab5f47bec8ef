"""`torch.func.rearrange`: dimensions by name, as einops has them (A. Rogozhnikov, "Einops: Clear and Reliable Tensor Manipulations with
Einstein-like Notation", 2022)."""

import math
import re

from ._C import Tensor
from ._functions import stack

_TOKEN = re.compile(r"\s*(\.\.\.|[()]|[^\s().]+|\S)")


def _side(text):
    """The dimensions of one side of a pattern: each a list of names, or "..."."""
    groups, inner, seen = [], None, set()
    for token in _TOKEN.findall(text):
        if token == "(":
            if inner is not None:
                raise ValueError("Axis composition is one-level (brackets inside brackets not allowed)")
            inner = []
        elif token == ")":
            if inner is None:
                raise ValueError("Brackets are not balanced")
            groups.append(inner)
            inner = None
        elif token == "1":
            if inner is None:
                groups.append([])
        elif token in seen:
            raise ValueError(f"Indexing expression contains duplicate dimension '{token}'")
        elif token == "...":
            seen.add(token)
            (groups if inner is None else inner).append(token)
        elif token.isdecimal():
            raise ValueError("rearrange only supports unnamed axes of size 1")
        elif not token.isidentifier() or token[0] == "_" or token[-1] == "_":
            raise ValueError(f"Invalid axis identifier: {token} (a name that neither starts nor ends with an underscore is expected)")
        else:
            seen.add(token)
            groups.append([token]) if inner is None else inner.append(token)
    if inner is not None:
        raise ValueError(f"Imbalanced parentheses in expression: '{text}'")
    return groups, seen


def rearrange(tensor, pattern, **axes_lengths):
    """The numbers in the order and with the dimensions of a pattern: `"b h w c -> b (c h w)"`. Names in parentheses are one dimension;
    their sizes are given by name, all but one. `...` stands for any dimensions, `1` for one of size 1. Of a list of tensors, the
    list is the first dimension. ValueError for a pattern that is none, or that does not fit the tensor."""
    tensor = tensor if isinstance(tensor, Tensor) else stack(tensor)
    sides = pattern.split("->")
    if len(sides) != 2:
        raise ValueError("Pattern must contain a single '->' separator")
    (left, names), (right, wanted) = map(_side, sides)
    for length in axes_lengths.values():
        if type(length) is not int:
            raise TypeError(f"rearrange axis lengths must be integers, got: {type(length)}")
    if names != wanted:
        raise ValueError(f"Identifiers only on one side of rearrange expression (should be on both): {names ^ wanted}")
    if axes_lengths.keys() - names:
        raise ValueError(f"Identifiers not found in rearrange expression: {axes_lengths.keys() - names}")
    if any("..." in group for group in left if group != "..."):
        raise ValueError(f"Ellipsis is parenthesis in the left side is not allowed: {pattern}")
    rest = tensor.dim() - len(left) + ("..." in left)
    if rest < 0 or (rest > 0 and "..." not in left):
        raise ValueError(f"Number of dimensions in pattern ({len(left)}) does not fit the tensor ({tensor.dim()} dimensions)")

    # The tensor with a dimension for each name, in the order of the left side.
    order, sizes, shape = {}, [], list(tensor.shape)
    for group in left:
        if group == "...":
            order[group] = list(range(len(sizes), len(sizes) + rest))
            sizes += shape[:rest]
            del shape[:rest]
            continue
        size = shape.pop(0)
        open_, known = [n for n in group if n not in axes_lengths], math.prod(axes_lengths.get(n, 1) for n in group)
        if len(open_) > 1:
            raise ValueError(f"rearrange: of {', '.join(group)} all lengths but one have to be given for '{pattern}'")
        if size % known if open_ and known else size != known:
            raise ValueError(f"rearrange: a dimension of size {size} is not {group or 1} with the lengths {axes_lengths} of '{pattern}'")
        for name in group:
            order[name] = [len(sizes)]
            sizes.append(axes_lengths.get(name, size // known if known else 0))
    parts = [order[group] if group == "..." else [i for name in group for i in order[name]] for group in right]
    result = []
    for group, part in zip(right, parts):
        result += [sizes[i] for i in part] if group == "..." else [math.prod(sizes[i] for i in part)]
    return tensor.reshape(sizes).permute([i for part in parts for i in part]).reshape(result)

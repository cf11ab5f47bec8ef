"""Functions of numbers that PyTorch also has for symbols; there are no symbols here."""

import math

__all__ = ["sym_int", "sym_float", "sym_max", "sym_min", "sym_not", "sym_ite", "sym_sum", "sym_sqrt"]


def sym_int(a):
    """A whole number, towards zero."""
    return int(a)


def sym_float(a):
    """A float."""
    return float(a)


def sym_not(a):
    """Whether it is false."""
    return not a


def _of_both(choose, a, b):
    """A choice among two numbers, which is a float if one of them is."""
    import numbers

    for x in (a, b):
        # Numbers of NumPy are registered as such; complex ones and tensors are not real numbers.
        if not isinstance(x, numbers.Real):
            raise AssertionError(f"expected an int or a float, got {type(x)}")
    chosen = choose(a, b)
    return chosen if isinstance(a, numbers.Integral) and isinstance(b, numbers.Integral) else float(chosen)


def sym_max(a, b):
    """The larger number."""
    return _of_both(max, a, b)


def sym_min(a, b):
    """The smaller number."""
    return _of_both(min, a, b)


def sym_sum(*args):
    """The sum of numbers, or of a list of them."""
    return sum(args[0] if len(args) == 1 and isinstance(args[0], (list, tuple)) else args)


def sym_sqrt(a):
    """The square root."""
    return math.sqrt(a)


def sym_ite(b, t, f):
    """`t if b else f`, for two of one type."""
    if not isinstance(b, bool):
        raise AssertionError(f"expected SymBool or bool, got {type(b)}")
    if type(t) is not type(f):
        raise AssertionError(f"type mismatch: {type(t)} vs {type(f)}")
    return t if b else f

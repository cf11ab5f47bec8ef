"""Comparing results, and making inputs, for tests."""

import cmath
import collections.abc
import math
import warnings

from . import _C, _functions
from ._factory import empty, from_numpy, randint, tensor
from ._functions import view_as_real
from ._grad_mode import no_grad
from ._types import finfo, iinfo
from ._missing import names_of as _names_of

__all__ = ["assert_allclose", "assert_close", "make_tensor"]

#: Relative and absolute, by dtype; of all others, nothing.
_TOLERANCES = {
    _C.float16: (1e-3, 1e-5), _C.bfloat16: (1.6e-2, 1e-5), _C.float32: (1.3e-6, 1e-5), _C.float64: (1e-7, 1e-7),
    _C.complex64: (1.3e-6, 1e-5), _C.complex128: (1e-7, 1e-7),
}  # fmt: skip
_NUMBERS = {bool: _C.bool, int: _C.int64, float: _C.float64, complex: _C.complex128}


class _Mismatch(Exception):
    """What differs, and under which keys."""

    def __init__(self, text, path=(), kind=AssertionError):
        super().__init__(text)
        self.text, self.path, self.kind = text, path, kind


class _Rules:
    def __init__(self, rtol, atol, equal_nan, check_device, check_dtype, check_layout, check_stride, allow_subclasses):
        if (rtol is None) != (atol is None):
            raise ValueError(f"Both 'rtol' and 'atol' must be either specified or omitted, but got no {'rtol' if rtol is None else 'atol'}.")
        self.rtol, self.atol, self.equal_nan = rtol, atol, equal_nan
        self.check_device, self.check_dtype, self.check_layout, self.check_stride = check_device, check_dtype, check_layout, check_stride
        self.allow_subclasses = allow_subclasses

    def tolerances(self, *dtypes):
        if self.rtol is not None:
            return self.rtol, self.atol
        known = [_TOLERANCES.get(dtype, (0.0, 0.0)) for dtype in dtypes]
        return max(r for r, _ in known), max(a for _, a in known)


def _greatest(name, value, bound, index=None):
    text = f"{name} difference: {value}" + ("" if index is None else f" at index {index}")
    return text + (f" (up to {bound} allowed)" if bound is not None else "")


def _compare_numbers(actual, expected, rules, path):
    if rules.check_dtype and type(actual) is not type(expected):
        raise _Mismatch(f"The (d)types do not match: {type(actual)} != {type(expected)}.", path)
    rtol, atol = rules.tolerances(_NUMBERS[type(actual)], _NUMBERS[type(expected)])
    if actual == expected or (rules.equal_nan and cmath.isnan(actual) and cmath.isnan(expected)):
        return
    absolute = abs(actual - expected)
    if cmath.isfinite(actual) and cmath.isfinite(expected) and absolute <= atol + rtol * abs(expected):
        return
    raise _Mismatch(_scalars(actual, expected, absolute, rtol, atol), path)


def _scalars(actual, expected, absolute, rtol, atol):
    exact = rtol == 0 and atol == 0
    relative = absolute / abs(expected) if expected != 0 else (math.nan if actual == 0 else math.inf)
    lines = [
        f"Scalars are not {'equal' if exact else 'close'}!", "", f"Expected {expected} but got {actual}.",
        _greatest("Absolute", absolute, None if exact else atol), _greatest("Relative", relative, None if exact else rtol),
    ]  # fmt: skip
    return "\n".join(lines)


def _compare_tensors(actual, expected, rules, path):
    checks = [("shape", actual.shape, expected.shape, True), ("device", actual.device, expected.device, rules.check_device),
              ("dtype", actual.dtype, expected.dtype, rules.check_dtype), ("layout", actual.layout, expected.layout, rules.check_layout)]  # fmt: skip
    if rules.check_stride and not actual.is_sparse:
        checks.append(("stride()", actual.stride(), expected.stride(), True))
    for name, a, b, asked in checks:
        if asked and a != b:
            raise _Mismatch(f"The values for attribute '{name}' do not match: {a} != {b}.", path)
    rtol, atol = rules.tolerances(actual.dtype, expected.dtype)
    if actual.is_sparse or expected.is_sparse:
        actual, expected = actual.to_dense(), expected.to_dense()
    if actual.dtype != expected.dtype:
        common = _C.promote_types(actual.dtype, expected.dtype)
        actual, expected = actual.to(common), expected.to(common)
    close = _functions.isclose(actual, expected, rtol=rtol, atol=atol, equal_nan=rules.equal_nan)
    if close.all().item():
        return
    if actual.dim() == 0 and actual.numel() == 1:
        a, b = actual.item(), expected.item()
        raise _Mismatch(_scalars(a, b, abs(a - b), rtol, atol), path)
    if not (actual.is_floating_point() or actual.is_complex()):
        # Differences of whole numbers are whole.
        actual, expected = actual.to(_C.int64), expected.to(_C.int64)
    difference = (actual - expected).abs()
    relative = difference / expected.abs()
    # What is close does not count.
    difference, relative = (t.masked_fill(close, 0) for t in (difference, relative))

    def worst(t):
        at = int(t.flatten().argmax())
        index = []
        for n in reversed(t.shape):
            index.append(at % n)
            at //= n
        return t.max().item(), tuple(index[::-1])

    exact = rtol == 0 and atol == 0
    count, total = int((~close).sum()), close.numel()
    (a, a_at), (r, r_at) = worst(difference), worst(relative)
    lines = [
        f"Tensor-likes are not {'equal' if exact else 'close'}!", "", f"Mismatched elements: {count} / {total} ({count / total:.1%})",
        _greatest("Greatest absolute", a, None if exact else atol, a_at), _greatest("Greatest relative", r, None if exact else rtol, r_at),
    ]  # fmt: skip
    raise _Mismatch("\n".join(lines), path)


def _is_array(x):
    return type(x).__module__ == "numpy" and hasattr(x, "__array_interface__")


def _compare(actual, expected, rules, path=()):
    both = actual, expected
    if all(isinstance(x, collections.abc.Sequence) and not isinstance(x, str) for x in both):
        if len(actual) != len(expected):
            raise _Mismatch(f"The length of the sequences mismatch: {len(actual)} != {len(expected)}", path)
        for i, (a, b) in enumerate(zip(actual, expected)):
            _compare(a, b, rules, (*path, i))
    elif all(isinstance(x, collections.abc.Mapping) for x in both):
        missing, more = expected.keys() - actual.keys(), actual.keys() - expected.keys()
        if missing or more:
            raise _Mismatch(f"The keys of the mappings do not match:\nMissing keys in the actual mapping: {sorted(missing)}\nAdditional keys in the actual mapping: {sorted(more)}", path)
        for key in sorted(actual, key=str):
            _compare(actual[key], expected[key], rules, (*path, key))
    elif all(isinstance(x, _C.Tensor) for x in both):
        if not rules.allow_subclasses and type(actual) is not type(expected):
            raise _Mismatch(f"No comparison pair was able to handle inputs of type {type(actual)} and {type(expected)}.", path, TypeError)
        _compare_tensors(actual, expected, rules, path)
    elif all(map(_is_array, both)):
        _compare_tensors(from_numpy(actual), from_numpy(expected), rules, path)
    elif actual is None or expected is None:
        if actual is not expected:
            raise _Mismatch(f"None mismatch: {actual} is not {expected}", path)
    elif all(isinstance(x, bool) for x in both):
        if actual is not expected:
            raise _Mismatch(f"Booleans mismatch: {actual} is not {expected}", path)
    elif all(isinstance(x, (int, float, complex)) for x in both):
        _compare_numbers(actual, expected, rules, path)
    else:
        raise _Mismatch(f"No comparison pair was able to handle inputs of type {type(actual)} and {type(expected)}.", path, TypeError)


def assert_close(actual, expected, *, allow_subclasses=True, rtol=None, atol=None, equal_nan=False, check_device=True, check_dtype=True,
                 check_layout=True, check_stride=False, msg=None):  # fmt: skip
    """Raises an AssertionError unless |actual − expected| ≤ atol + rtol · |expected| everywhere; also for sequences, mappings,
    numbers and arrays. Without tolerances, those of the dtype."""
    rules = _Rules(rtol, atol, equal_nan, check_device, check_dtype, check_layout, check_stride, allow_subclasses)
    try:
        with no_grad():
            _compare(actual, expected, rules)
    except _Mismatch as e:
        text = e.text
        if e.path:
            text += f"\n\nThe failure occurred for item {''.join(str([key]) for key in e.path)}"
        if msg is not None:
            text = msg(text) if callable(msg) else msg
        raise e.kind(text) from None


#: The tolerances of the older comparison.
_OLDER = {_C.float16: (1e-3, 1e-3), _C.float32: (1e-4, 1e-5), _C.float64: (1e-5, 1e-8)}


def assert_allclose(actual, expected, rtol=None, atol=None, equal_nan=True, msg=""):
    """The older :func:`assert_close`: numbers and lists are tensors, dtypes may differ, NaN is NaN."""
    warnings.warn("`torch.testing.assert_allclose()` is deprecated since 1.12. Please use `torch.testing.assert_close()` instead.", FutureWarning, stacklevel=2)
    actual = actual if isinstance(actual, _C.Tensor) else tensor(actual)
    expected = expected if isinstance(expected, _C.Tensor) else tensor(expected, dtype=actual.dtype)
    if rtol is None and atol is None:
        known = [_OLDER.get(t.dtype, (0.0, 0.0)) for t in (actual, expected)]
        rtol, atol = max(r for r, _ in known), max(a for _, a in known)
    assert_close(actual, expected, rtol=rtol, atol=atol, equal_nan=equal_nan, check_dtype=False, msg=msg or None)


def _bounds(dtype, low, high, lowest, highest, default_low, default_high):
    """The range of random values, within what the dtype has."""
    low, high = default_low if low is None else low, default_high if high is None else high
    if any(isinstance(x, float) and math.isnan(x) for x in (low, high)):
        raise ValueError(f"`low` and `high` cannot be NaN, but got {low=} and {high=}")
    inexact = dtype.is_floating_point or dtype.is_complex
    if low == high and inexact:
        warnings.warn("Passing `low==high` to `torch.testing.make_tensor` for floating or complex types is deprecated since 2.1 and will be removed in 2.3. Use `torch.full(...)` instead.", FutureWarning, stacklevel=3)
    elif low >= high:
        raise ValueError(f"`low` must be less than `high`, but got {low} >= {high}")
    elif high < lowest or low >= highest:
        raise ValueError(f"The value interval specified by `low` and `high` is [{low}, {high}), but {dtype} only supports [{lowest}, {highest})")
    low, high = (min(max(x, lowest), highest) for x in (low, high))
    return (low, high) if inexact else (math.ceil(low), math.ceil(high))


def make_tensor(*shape, dtype, device="cpu", low=None, high=None, requires_grad=False, noncontiguous=False, exclude_zero=False, memory_format=None):
    """Random numbers within [low, high): for floats within [−9, 9], for integers [−9, 10), for booleans both."""
    if len(shape) == 1 and isinstance(shape[0], collections.abc.Sequence):
        shape = shape[0]
    shape = tuple(shape)
    if noncontiguous and memory_format is not None:
        raise ValueError(f"The parameters `noncontiguous` and `memory_format` are mutually exclusive, but got {noncontiguous=} and {memory_format=}")
    inexact = dtype.is_floating_point or dtype.is_complex
    if requires_grad and not inexact:
        raise ValueError(f"`requires_grad=True` is not supported for boolean and integral dtypes, but got {dtype=}")
    noncontiguous = noncontiguous and math.prod(shape) > 1
    if noncontiguous:
        shape = (*shape[:-1], 2 * shape[-1])
    if dtype is _C.bool:
        result = randint(*_bounds(dtype, low, high, 0, 2, 0, 2), shape, dtype=dtype, device=device)
    elif not inexact:
        most = iinfo(dtype).max + (dtype is not _C.int64)
        result = randint(*_bounds(dtype, low, high, iinfo(dtype).min, most, -9, 10), shape, dtype=dtype, device=device)
    else:
        low, high = _bounds(dtype, low, high, finfo(dtype).min, finfo(dtype).max, -9, 9)
        result = empty(shape, dtype=dtype, device=device)
        parts = view_as_real(result) if dtype.is_complex else result
        if high - low > finfo(dtype).max:
            # The range is wider than the dtype's largest number.
            parts.uniform_(low / 2, high / 2).mul_(2)
        else:
            parts.uniform_(low, high)
    if noncontiguous:
        result = result[..., ::2]
    if exclude_zero:
        result[result == 0] = (1 if not inexact else complex(finfo(dtype).tiny, finfo(dtype).tiny) if dtype.is_complex else finfo(dtype).tiny)
    return result.requires_grad_(requires_grad) if inexact else result


__getattr__ = _names_of(__name__)

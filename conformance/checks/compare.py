"""Whether two results are the same, by PyTorch's tolerances."""

import math

import torch

#: What PyTorch's own tests allow for float16 and bfloat16 reductions is not more than this either.
_TOLERANCES = {
    torch.float16: (1e-3, 1e-3), torch.bfloat16: (1.6e-2, 1e-2), torch.float32: (1.3e-6, 1e-5), torch.float64: (1e-7, 1e-7),
    torch.complex64: (1.3e-6, 1e-5), torch.complex128: (1e-7, 1e-7),
}  # fmt: skip


class Difference(AssertionError):
    """What PyTorch and Flambeau do not agree about."""


def tolerance(dtype, override=None):
    """Relative and absolute; what the table allows an entry beyond the usual counts."""
    rtol, atol = _TOLERANCES.get(dtype, (0.0, 0.0))
    if override is not None:
        rtol, atol = max(rtol, override.rtol), max(atol, override.atol)
    return rtol, atol


def same(got, want, what, override=None):
    """Raises `Difference` unless `got` (already PyTorch's) is what PyTorch gave."""
    if isinstance(want, torch.Tensor):
        if not isinstance(got, torch.Tensor):
            raise Difference(f"{what}: {type(got).__name__} instead of a tensor")
        if got.layout != want.layout:
            raise Difference(f"{what}: layout {got.layout} instead of {want.layout}")
        if got.dtype != want.dtype:
            raise Difference(f"{what}: dtype {got.dtype} instead of {want.dtype}")
        if got.shape != want.shape:
            raise Difference(f"{what}: shape {tuple(got.shape)} instead of {tuple(want.shape)}")
        if want.layout == torch.sparse_coo:
            same(got.is_coalesced(), want.is_coalesced(), f"{what} is_coalesced", override)
            same(got._indices(), want._indices(), f"{what} indices", override)
            same(got._values(), want._values(), f"{what} values", override)
            return
        if want.layout != torch.strided:
            raise Difference(f"{what}: layout {want.layout}")
        rtol, atol = tolerance(want.dtype, override)
        want = want.detach().resolve_conj().resolve_neg()
        if want.numel() and not torch.allclose(got, want, rtol=rtol, atol=atol, equal_nan=True):
            bad = ~torch.isclose(got, want, rtol=rtol, atol=atol, equal_nan=True)
            place = tuple(bad.nonzero()[0].tolist())
            raise Difference(f"{what}: {got[place].item()} instead of {want[place].item()} at {place} ({int(bad.sum())} of {bad.numel()} differ)")
        return
    if isinstance(want, (list, tuple)):
        if not isinstance(got, (list, tuple)) or len(got) != len(want):
            raise Difference(f"{what}: {type(got).__name__} of {len(got) if hasattr(got, '__len__') else '?'} instead of {len(want)} results")
        for i, (g, w) in enumerate(zip(got, want)):
            same(g, w, f"{what}[{i}]", override)
        return
    if isinstance(want, dict):
        if not isinstance(got, dict) or list(got) != list(want):
            raise Difference(f"{what}: other keys: {got} instead of {list(want)}")
        for key in want:
            same(got[key], want[key], f"{what}[{key!r}]", override)
        return
    if type(got) is not type(want):
        raise Difference(f"{what}: {type(got).__name__} instead of {type(want).__name__}")
    if isinstance(want, float):
        if not (got == want or (math.isnan(got) and math.isnan(want)) or abs(got - want) <= 1e-7 + 1e-6 * abs(want)):
            raise Difference(f"{what}: {got} instead of {want}")
    elif got != want:
        raise Difference(f"{what}: {got!r} instead of {want!r}")

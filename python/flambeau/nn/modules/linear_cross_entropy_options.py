"""Options of the cross entropy of a linear map."""

import dataclasses

from ... import _C

__all__ = ["LinearCrossEntropyOptions"]


def _is_method(name):
    """A ratio of the sizes of pieces may follow after a colon."""
    if name in (None, "auto", "aspect_ratio"):
        return True
    word, _, ratio = name.partition(":") if isinstance(name, str) else ("", "", "")
    return word == "aspect_ratio" and ratio.isdigit() and int(ratio) > 0


@dataclasses.dataclass(frozen=True)
class LinearCrossEntropyOptions:
    """How PyTorch cuts the batch into pieces to save memory. Flambeau computes the same numbers, of the whole batch at once."""

    allow_retain_graph: bool = False
    batch_chunk_size: "int | None" = None
    chunking_method: "str | None" = "auto"
    acc_policy: str = "auto"
    acc_dtype: "_C.dtype | None" = None

    def __post_init__(self):
        size = self.batch_chunk_size
        if size is not None and (not isinstance(size, int) or isinstance(size, bool) or size <= 0):
            raise ValueError(f"batch_chunk_size must be positive int or None, got {size!r}")
        if not _is_method(self.chunking_method):
            raise ValueError(f"invalid chunking_method: {self.chunking_method!r}")
        if self.acc_policy not in ("auto", "accurate", "compact"):
            raise ValueError(f"invalid acc_policy: {self.acc_policy!r}; expected one of 'auto', 'accurate', 'compact'")
        if self.acc_dtype not in (None, _C.float16, _C.bfloat16, _C.float32, _C.float64):
            raise ValueError(
                "acc_dtype must be one of {None, torch.float16, torch.bfloat16, torch.float32, torch.float64}, "
                f"got {self.acc_dtype!r}. Pass acc_dtype=None to let the op pick automatically."
            )

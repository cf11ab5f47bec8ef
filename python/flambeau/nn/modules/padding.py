"""Borders around the last dimensions."""

from .. import functional as F
from .module import Module
from .utils import _ntuple

__all__ = []


class _Pad(Module):
    def __init__(self, padding):
        super().__init__()
        self.padding = _ntuple(2 * self._rank)(padding)

    def forward(self, input):
        if self._mode == "circular":
            _check_rank(input, self._rank)
        return F.pad(input, self.padding, self._mode)

    def extra_repr(self):
        return f"{self.padding}"


class _ConstantPad(_Pad):
    def __init__(self, padding, value):
        super().__init__(padding)
        self.value = value

    def forward(self, input):
        return F.pad(input, self.padding, "constant", self.value)

    def extra_repr(self):
        return f"padding={self.padding}, value={self.value}"


class _ZeroPad(_ConstantPad):
    def __init__(self, padding):
        super().__init__(padding, 0.0)

    def extra_repr(self):
        return f"{self.padding}"


def _check_rank(input, rank):
    if input.dim() not in (rank + 1, rank + 2):
        raise ValueError(f"expected {rank + 1}D or {rank + 2}D input (got {input.dim()}D input)")


for _rank in (1, 2, 3):
    for _name, _base, _mode, _doc in (
        ("ReflectionPad", _Pad, "reflect", "The border mirrors what is inside."),
        ("ReplicationPad", _Pad, "replicate", "The border repeats the edge."),
        ("CircularPad", _Pad, "circular", "The border goes on with the other side."),
        ("ConstantPad", _ConstantPad, "constant", "The border is one number."),
        ("ZeroPad", _ZeroPad, "constant", "The border is zeros."),
    ):
        _class = f"{_name}{_rank}d"
        globals()[_class] = type(_class, (_base,), {"_rank": _rank, "_mode": _mode, "__doc__": _doc, "__module__": __name__})
        __all__.append(_class)

"""All modules."""

from . import (
    activation, adaptive, attention, batchnorm, container, conv, distance, dropout, instancenorm, lazy, linear,
    linear_cross_entropy_options, loss, module, normalization, padding, pooling, rnn, shapes, sparse, transformer, utils,
)  # fmt: skip
from .module import Module

__all__ = ["Module"]
for _module in (activation, adaptive, attention, batchnorm, container, conv, distance, dropout, linear,
                linear_cross_entropy_options, loss, normalization, padding, pooling, rnn, shapes, sparse, transformer):  # fmt: skip
    for _name in _module.__all__:
        globals()[_name] = getattr(_module, _name)
        __all__.append(_name)
#: Where PyTorch has some of them.
flatten = fold = pixelshuffle = upsampling = channelshuffle = shapes
activation.MultiheadAttention = attention.MultiheadAttention

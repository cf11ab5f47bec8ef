"""Optimizers and schedules of their learning rates."""

from . import adam, descent, lr_scheduler, swa_utils
from .adam import Adam, Adamax, AdamW, NAdam, RAdam
from .descent import ASGD, SGD, Adadelta, Adagrad, RMSprop, Rprop
from .lbfgs import LBFGS
from .matrix import Adafactor, Muon
from .optimizer import Optimizer
from .sparse_adam import SparseAdam
from .._missing import names_of as _names_of

__all__ = ["Adadelta", "Adafactor", "Adagrad", "Adam", "Adamax", "AdamW", "ASGD", "LBFGS", "lr_scheduler", "Muon", "NAdam", "Optimizer",
           "RAdam", "RMSprop", "Rprop", "SGD", "SparseAdam", "swa_utils"]  # fmt: skip

#: Where PyTorch has some of them.
adadelta = adagrad = asgd = rmsprop = rprop = sgd = descent
adamax = adamw = nadam = radam = adam


__getattr__ = _names_of(__name__)

"""`torch.special`: functions of the registry."""

from . import _functions
from ._functions import _fill
from ._missing import names_of as _names_of

_fill(globals(), "special")

#: What PyTorch has here and in `torch`, under the same name or another.
_ALIASES = {
    "digamma": "digamma", "erf": "erf", "erfc": "erfc", "erfinv": "erfinv", "exp2": "exp2", "expit": "sigmoid", "expm1": "expm1",
    "gammaln": "lgamma", "i0": "i0", "log1p": "log1p", "logit": "logit", "logsumexp": "logsumexp", "multigammaln": "mvlgamma",
    "polygamma": "polygamma", "psi": "digamma", "round": "round", "sinc": "sinc", "xlogy": "xlogy", "gammainc": "igamma",
    "gammaincc": "igammac", "log_softmax": "log_softmax", "softmax": "softmax",
}  # fmt: skip
for _name, _function in _ALIASES.items():
    if hasattr(_functions, _function):
        globals().setdefault(_name, getattr(_functions, _function))


__getattr__ = _names_of(__name__)

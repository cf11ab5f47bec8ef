"""`torch.signal.windows`: functions of the registry."""

from .._creation import _creator
from .._functions import _MODULES

for _name, _function in _MODULES.get("signal.windows", {}).items():
    globals()[_name] = _creator(_function)

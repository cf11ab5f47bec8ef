"""`torch.nn.parallel`: one process and one device here."""

from .modules.module import Module
from .._missing import names_of as _names_of

__all__ = ["DataParallel"]


class DataParallel(Module):
    """Spreads a batch over GPUs; without any it calls the module."""

    def __init__(self, module, device_ids=None, output_device=None, dim=0):
        super().__init__()
        self.module, self.dim, self.device_ids = module, dim, []

    def forward(self, *inputs, **kwargs):
        return self.module(*inputs, **kwargs)


__getattr__ = _names_of(__name__)

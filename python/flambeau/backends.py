"""What there is to compute with: the CPU's own kernels, and none of the libraries that PyTorch may be built with."""

import contextlib
import sys as _sys
import types as _types

__all__ = ["cpu", "cuda", "cudnn", "mkl", "mkldnn", "mps", "openmp", "opt_einsum", "quantized", "mha"]


class _Backend(_types.ModuleType):
    """Not there, and with switches that change nothing."""

    def __init__(self, name, **attributes):
        super().__init__(f"{__name__}.{name}")
        self.__dict__.update(enabled=False, benchmark=False, deterministic=True, allow_tf32=False, fp32_precision="ieee")
        self.__dict__.update(attributes)
        _sys.modules[self.__name__] = self

    def is_available(self):
        """Whether it is there: no."""
        return False

    def is_built(self):
        """Whether it is built in: no."""
        return False

    def version(self):
        """None: it is not there."""
        return None

    @contextlib.contextmanager
    def flags(self, *args, **kwargs):
        """Accepted."""
        yield


cudnn, mkl, mkldnn, mps, openmp, quantized = (_Backend(n) for n in ("cudnn", "mkl", "mkldnn", "mps", "openmp", "quantized"))
opt_einsum = _Backend("opt_einsum", strategy=None)
cpu = _Backend("cpu", get_cpu_capability=lambda: "DEFAULT")
mha = _Backend("mha", get_fastpath_enabled=lambda: False, set_fastpath_enabled=lambda value: None)


def _sdp(name):
    """Whether a kernel of attention may run, and the function that says so; both hold on the CPU too."""

    def enabled():
        from .nn.attention import _kernels

        return name in _kernels.state()[0]

    def enable(enabled):
        from .nn.attention import _kernels

        names, order = _kernels.state()
        _kernels.set_state(names | {name} if enabled else names - {name}, order)

    return {f"{name}_sdp_enabled": enabled, f"enable_{name}_sdp": enable}


cuda = _Backend("cuda", matmul=_types.SimpleNamespace(allow_tf32=False, fp32_precision="ieee", allow_fp16_reduced_precision_reduction=False,
                                                      allow_bf16_reduced_precision_reduction=False),
                **_sdp("flash"), **_sdp("mem_efficient"), **_sdp("math"), **_sdp("cudnn"))  # fmt: skip

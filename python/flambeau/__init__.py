"""PyTorch rebuilt in Rust: `import flambeau as torch`.

Functions come from the table that the compiled part carries; what Python itself asks for is in the files of this folder.
Submodules are imported when they are first used.
"""

import importlib as _importlib
import sys as _sys

from . import _C
from ._C import Generator, Tensor, device, dtype

__version__ = "0.1.0"

from ._types import *  # noqa: F403
from ._types import Size, _set_module_names
from ._functions import *  # noqa: F403
from ._functions import _install, _open
from ._factory import *  # noqa: F403
from ._creation import *  # noqa: F403
from ._grad_mode import *  # noqa: F403
from ._missing import names_of as _names_of
from . import _subclasses as _subclasses
from . import _tensor as _tensor
from . import _tensor_random as _tensor_random

_install(_sys.modules[__name__])

from ._overrides import *  # noqa: F403,E402  (what Python adds to functions of the table)

_open(globals(), but=(
    "get_default_dtype set_default_dtype set_default_tensor_type set_default_device get_default_device manual_seed is_tensor is_storage "
    "frombuffer from_file from_dlpack typename get_num_threads set_num_threads get_num_interop_threads set_num_interop_threads "
    "are_deterministic_algorithms_enabled use_deterministic_algorithms set_printoptions set_float32_matmul_precision "
    "get_float32_matmul_precision promote_types can_cast set_flush_denormal broadcast_shapes"
).split(), modes_alone=("tensor", "as_tensor", "asarray"))  # fmt: skip

_SUBMODULES = frozenset(
    "amp autograd backends cpu cuda distributions fft func futures jit linalg masked mps multiprocessing nn onnx optim overrides "
    "profiler quantization random return_types serialization signal sparse special testing types utils version xpu "
    "accelerator compiler distributed hub package library mtia nested fx export storage ops".split()
)

#: Names that live in submodules and are also reached from here.
_ELSEWHERE = {
    "save": ("serialization", "save"),
    "load": ("serialization", "load"),
    "vmap": ("func", "vmap"),
    "compile": ("compiler", "compile"),
    "get_rng_state": ("random", "get_rng_state"),
    "set_rng_state": ("random", "set_rng_state"),
    "initial_seed": ("random", "initial_seed"),
    "seed": ("random", "seed"),
    "fork_rng": ("random", "fork_rng"),
    **{name: ("amp", name) for name in (
        "autocast GradScaler is_autocast_enabled set_autocast_enabled get_autocast_dtype set_autocast_dtype is_autocast_cpu_enabled "
        "set_autocast_cpu_enabled get_autocast_cpu_dtype set_autocast_cpu_dtype get_autocast_gpu_dtype set_autocast_gpu_dtype "
        "is_autocast_cache_enabled set_autocast_cache_enabled clear_autocast_cache autocast_increment_nesting autocast_decrement_nesting"
    ).split()},
    **{name: ("autograd.anomaly_mode", name) for name in ("is_anomaly_enabled", "is_anomaly_check_nan_enabled", "set_anomaly_enabled")},
    **{name: ("_settings", name) for name in (
        "set_deterministic_debug_mode get_deterministic_debug_mode is_deterministic_algorithms_warn_only_enabled set_warn_always "
        "is_warn_always_enabled get_device_module has_lapack has_mkl has_openmp has_spectral has_mkldnn has_cuda has_cudnn has_mps"
    ).split()},
    **{f"sym_{name}": ("_symbols", f"sym_{name}") for name in "int float max min not ite sum sqrt".split()},
    **{name: ("nn.functional", name) for name in ("celu_", "rrelu_", "selu_", "threshold_")},
    "sparse_coo_tensor": ("sparse", "sparse_coo_tensor"),
    "Stream": ("cuda", "Stream"),
    "Event": ("cuda", "Event"),
    "TypedStorage": ("storage", "TypedStorage"),
    "UntypedStorage": ("storage", "UntypedStorage"),
    **{f"{t}Storage": ("storage", f"{t}Storage") for t in (
        "Float Double Half BFloat16 Long Int Short Char Byte Bool ComplexFloat ComplexDouble"
    ).split()},
    **{f"{t}Tensor": ("_tensor_types", f"{t}Tensor") for t in "Float Double Half BFloat16 Long Int Short Char Byte Bool".split()},
}


def __getattr__(name):
    if name in _ELSEWHERE:
        module, attribute = _ELSEWHERE[name]
        value = getattr(_importlib.import_module(f"{__name__}.{module}"), attribute)
        globals()[name] = value
        return value
    if name in _SUBMODULES:
        try:
            return _importlib.import_module(f"{__name__}.{name}")
        except ModuleNotFoundError as e:
            if e.name != f"{__name__}.{name}":
                raise
            raise NotImplementedError(f"torch.{name} is not in Flambeau yet") from None
    return _names_of(__name__)(name)


def __dir__():
    return sorted(set(globals()) | _SUBMODULES | set(_ELSEWHERE))


_set_module_names(_sys.modules[__name__])

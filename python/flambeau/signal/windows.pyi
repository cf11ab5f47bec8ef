"""Written by python/stubs.py."""

from collections.abc import Sequence
from typing import Any, overload
from builtins import bool as _bool, complex as _complex, float as _float, int as _int, str as _str

from .._C import Generator as Generator, Tensor as Tensor, _device, _dtype, _Number

def bartlett(M: _int, *, sym: _bool = True, dtype: _dtype | None = None, layout: Any = None, device: Any = None, pin_memory: _bool = False, requires_grad: _bool = False, out: Any = None) -> Tensor:
    """Bartlett's triangle."""
def blackman(M: _int, *, sym: _bool = True, dtype: _dtype | None = None, layout: Any = None, device: Any = None, pin_memory: _bool = False, requires_grad: _bool = False, out: Any = None) -> Tensor:
    """Blackman's window."""
def cosine(M: _int, *, sym: _bool = True, dtype: _dtype | None = None, layout: Any = None, device: Any = None, pin_memory: _bool = False, requires_grad: _bool = False, out: Any = None) -> Tensor:
    """Half a period of a sine."""
def exponential(M: _int, *, center: _float | None = None, tau: _float = 1.0, sym: _bool = True, dtype: _dtype | None = None, layout: Any = None, device: Any = None, pin_memory: _bool = False, requires_grad: _bool = False, out: Any = None) -> Tensor:
    """e^(−|k − center| / tau)."""
def gaussian(M: _int, *, std: _float = 1.0, sym: _bool = True, dtype: _dtype | None = None, layout: Any = None, device: Any = None, pin_memory: _bool = False, requires_grad: _bool = False, out: Any = None) -> Tensor:
    """e^(−(k − middle)² / 2 std²)."""
def general_cosine(M: _int, *, a: Sequence[_float], sym: _bool = True, dtype: _dtype | None = None, layout: Any = None, device: Any = None, pin_memory: _bool = False, requires_grad: _bool = False, out: Any = None) -> Tensor:
    """Σ (−1)^i a_i cos(2π i k / N)."""
def general_hamming(M: _int, *, alpha: _float = 0.54, sym: _bool = True, dtype: _dtype | None = None, layout: Any = None, device: Any = None, pin_memory: _bool = False, requires_grad: _bool = False, out: Any = None) -> Tensor:
    """Hamming's window with another `alpha`."""
def hamming(M: _int, *, sym: _bool = True, dtype: _dtype | None = None, layout: Any = None, device: Any = None, pin_memory: _bool = False, requires_grad: _bool = False, out: Any = None) -> Tensor:
    """Hamming's window."""
def hann(M: _int, *, sym: _bool = True, dtype: _dtype | None = None, layout: Any = None, device: Any = None, pin_memory: _bool = False, requires_grad: _bool = False, out: Any = None) -> Tensor:
    """Hann's window."""
def kaiser(M: _int, *, beta: _float = 12.0, sym: _bool = True, dtype: _dtype | None = None, layout: Any = None, device: Any = None, pin_memory: _bool = False, requires_grad: _bool = False, out: Any = None) -> Tensor:
    """Kaiser's window: Bessel functions of half a circle."""
def nuttall(M: _int, *, sym: _bool = True, dtype: _dtype | None = None, layout: Any = None, device: Any = None, pin_memory: _bool = False, requires_grad: _bool = False, out: Any = None) -> Tensor:
    """Nuttall's window with the least sidelobes."""
strided: Any

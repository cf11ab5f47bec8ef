"""Written by python/stubs.py."""

from collections.abc import Sequence
from typing import Any, overload
from builtins import bool as _bool, complex as _complex, float as _float, int as _int, str as _str

from ._C import Generator as Generator, Tensor as Tensor, _device, _dtype, _Number

def fft(input: Tensor, n: _int | None = None, dim: _int = -1, norm: _str | None = None, *, out: Any = None) -> Tensor:
    """The Fourier transform Σ x[k] e^(−2πi jk/n) along `dim`, of `n` points."""
def fft2(input: Tensor, s: _int | Sequence[_int] | None = None, dim: _int | Sequence[_int] = [-2, -1], norm: _str | None = None, *, out: Any = None) -> Tensor:
    """The Fourier transform over several dimensions."""
def fftfreq(n: _int, d: _float = 1.0, *, dtype: _dtype | None = None, layout: Any = None, device: Any = None, pin_memory: _bool = False, requires_grad: _bool = False, out: Any = None) -> Tensor:
    """The frequencies of `fft` of `n` points `d` apart."""
def fftn(input: Tensor, s: _int | Sequence[_int] | None = None, dim: _int | Sequence[_int] | None = None, norm: _str | None = None, *, out: Any = None) -> Tensor:
    """The Fourier transform over several dimensions."""
def fftshift(input: Tensor, dim: _int | Sequence[_int] | None = None, *, out: Any = None) -> Tensor:
    """The zero frequency moved to the middle of `dim` (of all dimensions without one)."""
def hfft(input: Tensor, n: _int | None = None, dim: _int = -1, norm: _str | None = None, *, out: Any = None) -> Tensor:
    """The real transform of a signal that mirrors itself, given by its first half."""
def hfft2(input: Tensor, s: _int | Sequence[_int] | None = None, dim: _int | Sequence[_int] = [-2, -1], norm: _str | None = None, *, out: Any = None) -> Tensor:
    """The real transform of a signal that mirrors itself, over several dimensions."""
def hfftn(input: Tensor, s: _int | Sequence[_int] | None = None, dim: _int | Sequence[_int] | None = None, norm: _str | None = None, *, out: Any = None) -> Tensor:
    """The real transform of a signal that mirrors itself, over several dimensions."""
def ifft(input: Tensor, n: _int | None = None, dim: _int = -1, norm: _str | None = None, *, out: Any = None) -> Tensor:
    """The inverse of `fft`."""
def ifft2(input: Tensor, s: _int | Sequence[_int] | None = None, dim: _int | Sequence[_int] = [-2, -1], norm: _str | None = None, *, out: Any = None) -> Tensor:
    """The inverse Fourier transform over several dimensions."""
def ifftn(input: Tensor, s: _int | Sequence[_int] | None = None, dim: _int | Sequence[_int] | None = None, norm: _str | None = None, *, out: Any = None) -> Tensor:
    """The inverse Fourier transform over several dimensions."""
def ifftshift(input: Tensor, dim: _int | Sequence[_int] | None = None, *, out: Any = None) -> Tensor:
    """The inverse of `fftshift`."""
def ihfft(input: Tensor, n: _int | None = None, dim: _int = -1, norm: _str | None = None, *, out: Any = None) -> Tensor:
    """The inverse of `hfft`."""
def ihfft2(input: Tensor, s: _int | Sequence[_int] | None = None, dim: _int | Sequence[_int] = [-2, -1], norm: _str | None = None, *, out: Any = None) -> Tensor:
    """The inverse of `hfftn`."""
def ihfftn(input: Tensor, s: _int | Sequence[_int] | None = None, dim: _int | Sequence[_int] | None = None, norm: _str | None = None, *, out: Any = None) -> Tensor:
    """The inverse of `hfftn`."""
def irfft(input: Tensor, n: _int | None = None, dim: _int = -1, norm: _str | None = None, *, out: Any = None) -> Tensor:
    """The inverse of `rfft`: `n` real numbers (2(m − 1) if not given)."""
def irfft2(input: Tensor, s: _int | Sequence[_int] | None = None, dim: _int | Sequence[_int] = [-2, -1], norm: _str | None = None, *, out: Any = None) -> Tensor:
    """The inverse of `rfftn`."""
def irfftn(input: Tensor, s: _int | Sequence[_int] | None = None, dim: _int | Sequence[_int] | None = None, norm: _str | None = None, *, out: Any = None) -> Tensor:
    """The inverse of `rfftn`."""
def rfft(input: Tensor, n: _int | None = None, dim: _int = -1, norm: _str | None = None, *, out: Any = None) -> Tensor:
    """The first half of the transform of real numbers."""
def rfft2(input: Tensor, s: _int | Sequence[_int] | None = None, dim: _int | Sequence[_int] = [-2, -1], norm: _str | None = None, *, out: Any = None) -> Tensor:
    """The transform of real numbers over several dimensions; of the last one, the first half."""
def rfftfreq(n: _int, d: _float = 1.0, *, dtype: _dtype | None = None, layout: Any = None, device: Any = None, pin_memory: _bool = False, requires_grad: _bool = False, out: Any = None) -> Tensor:
    """The frequencies of `rfft` of `n` points `d` apart."""
def rfftn(input: Tensor, s: _int | Sequence[_int] | None = None, dim: _int | Sequence[_int] | None = None, norm: _str | None = None, *, out: Any = None) -> Tensor:
    """The transform of real numbers over several dimensions; of the last one, the first half."""

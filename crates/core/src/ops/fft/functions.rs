//! `torch.fft`: sizes, dimensions and normalization as PyTorch reads them.

use super::{c2c, c2r, r2c, resized};
use crate::scalar::Dims;
use crate::tensor::wrap_dim_nonscalar;
use crate::{DType, Result, Tensor, bail, default_dtype, function};

/// 1, 1/√n or 1/n, by what `norm` asks of a forward or inverse transform.
fn scale(norm: Option<&str>, forward: bool, n: usize) -> Result<f64> {
    let n = n as f64;
    Ok(match (norm, forward) {
        (Some("ortho"), _) => 1.0 / n.sqrt(),
        (None | Some("backward"), false) | (Some("forward"), true) => 1.0 / n,
        (None | Some("backward"), true) | (Some("forward"), false) => 1.0,
        (Some(other), _) => bail!("Invalid normalization mode: \"{other}\""),
    })
}

fn float(input: &Tensor) -> Result<Tensor> {
    let input = if input.dtype().is_integral() { input.to_dtype(default_dtype())? } else { input.clone() };
    if matches!(input.dtype(), DType::F16 | DType::BF16) {
        bail!("Unsupported dtype {}", input.dtype().name());
    }
    Ok(input)
}

fn complex(input: &Tensor) -> Result<Tensor> {
    let input = float(input)?;
    input.to_dtype(input.dtype().to_complex())
}

fn real(name: &str, input: &Tensor) -> Result<Tensor> {
    if input.dtype().is_complex() {
        bail!("{name} expects a real input tensor, but got {}", input.dtype().name());
    }
    float(input)
}

fn points(n: Option<i64>, default: i64) -> Result<usize> {
    match n.unwrap_or(default) {
        n if n < 1 => bail!("Invalid number of data points ({n}) specified"),
        n => Ok(n as usize),
    }
}

/// Sizes and dimensions of a transform over several.
struct Over {
    dims: Vec<usize>,
    /// What was asked for; −1 and nothing keep the size.
    sizes: Vec<Option<i64>>,
}

impl Over {
    fn new(input: &Tensor, s: Option<&[i64]>, dim: Option<&[i64]>) -> Result<Over> {
        let rank = input.dim();
        let dims: Vec<usize> = match (dim, s) {
            (Some(dim), _) => dim.iter().map(|d| wrap_dim_nonscalar(*d, rank)).collect::<Result<_>>()?,
            (None, Some(s)) if s.len() > rank => {
                bail!("Got shape with {} values but input tensor only has {rank} dimensions.", s.len())
            }
            (None, Some(s)) => (rank - s.len()..rank).collect(),
            (None, None) => (0..rank).collect(),
        };
        if (1..dims.len()).any(|i| dims[..i].contains(&dims[i])) {
            bail!("FFT dims must be unique");
        }
        if s.is_some_and(|s| s.len() != dims.len()) {
            bail!("When given, dim and shape arguments must have the same length");
        }
        let sizes: Vec<Option<i64>> = match s {
            Some(s) => s.iter().map(|n| Some(*n).filter(|n| *n != -1)).collect(),
            None => vec![None; dims.len()],
        };
        Ok(Over { dims, sizes })
    }

    fn size(&self, input: &Tensor, i: usize) -> Result<usize> {
        points(self.sizes[i], input.shape()[self.dims[i]] as i64)
    }

    /// The input cut and filled up in the first `count` dimensions, and the product of their sizes.
    fn resize(&self, input: &Tensor, count: usize) -> Result<(Tensor, usize)> {
        let (mut x, mut total) = (input.clone(), 1);
        for i in 0..count {
            let n = self.size(input, i)?;
            x = resized(&x, self.dims[i], n)?;
            total *= n;
        }
        Ok((x, total))
    }

    fn last(&self, name: &str) -> Result<usize> {
        match self.dims.len() {
            0 => bail!("{name} must transform at least one axis"),
            n => Ok(n - 1),
        }
    }
}

fn all(input: &Tensor, s: Option<&[i64]>, dim: Option<&[i64]>, norm: Option<&str>, forward: bool) -> Result<Tensor> {
    let over = Over::new(input, s, dim)?;
    let (x, total) = over.resize(&complex(input)?, over.dims.len())?;
    c2c(&x, &over.dims, forward, scale(norm, forward, total)?)
}

/// From real numbers to half of the last dimension; then the others, forward or (for `ihfftn`) backward.
fn from_real(
    name: &str,
    input: &Tensor,
    s: Option<&[i64]>,
    dim: Option<&[i64]>,
    norm: Option<&str>,
    forward: bool,
) -> Result<Tensor> {
    let input = real(name, input)?;
    let over = Over::new(&input, s, dim)?;
    let last = over.last(name)?;
    let (x, total) = over.resize(&input, last + 1)?;
    let half = r2c(&x, over.dims[last], scale(norm, forward, total)?)?;
    if forward { c2c(&half, &over.dims[..last], true, 1.0) } else { c2c(&half.conj()?, &over.dims[..last], false, 1.0) }
}

/// Back to real numbers in the last dimension, after the others.
fn to_real(
    name: &str,
    input: &Tensor,
    s: Option<&[i64]>,
    dim: Option<&[i64]>,
    norm: Option<&str>,
    forward: bool,
) -> Result<Tensor> {
    let input = complex(input)?;
    let over = Over::new(&input, s, dim)?;
    let last = over.last(name)?;
    let d = over.dims[last];
    let n = points(over.sizes[last], 2 * (input.shape()[d] as i64 - 1))?;
    let (x, total) = over.resize(&input, last)?;
    let x = c2c(&resized(&x, d, n / 2 + 1)?, &over.dims[..last], forward, 1.0)?;
    let x = if forward { x.conj()? } else { x };
    c2r(&x, d, n, scale(norm, forward, total * n)?)
}

/// Transforms over one dimension.
macro_rules! one {
    ($($(#[doc = $doc:literal])* $name:ident $torch:tt $dtypes:tt = |$x:ident, $n:ident, $d:ident, $norm:ident| $body:expr;)*) => {$(
        $(#[doc = $doc])*
        #[function(dtypes = $dtypes, method = false, torch = $torch, sig = "input, n=None, dim=-1, norm=None", samples = ["T(3,5)", "T(4,3), 6, 0", "T(6), norm='ortho'", "T(6), 4, norm='forward'"])]
        pub fn $name(input: &Tensor, n: Option<i64>, dim: i64, norm: Option<&str>) -> Result<Tensor> {
            let d = [wrap_dim_nonscalar(dim, input.dim())? as i64];
            let size = n.map(|n| [n]);
            if let Some(n) = n { points(Some(n), 0)?; }
            let ($x, $n, $d, $norm) = (input, size.as_ref().map(|s| &s[..]), Some(&d[..]), norm);
            $body
        }
    )*};
}

one! {
    /// The Fourier transform Σ x[k] e^(−2πi jk/n) along `dim`, of `n` points.
    fft_fft "fft.fft" "complex" = |x, n, d, norm| all(x, n, d, norm, true);
    /// The inverse of `fft`.
    fft_ifft "fft.ifft" "complex" = |x, n, d, norm| all(x, n, d, norm, false);
    /// The first half of the transform of real numbers.
    fft_rfft "fft.rfft" "single" = |x, n, d, norm| from_real("rfft", x, n, d, norm, true);
    /// The inverse of `rfft`: `n` real numbers (2(m − 1) if not given).
    fft_irfft "fft.irfft" "complex" = |x, n, d, norm| to_real("irfft", x, n, d, norm, false);
    /// The real transform of a signal that mirrors itself, given by its first half.
    fft_hfft "fft.hfft" "complex" = |x, n, d, norm| to_real("hfft", x, n, d, norm, true);
    /// The inverse of `hfft`.
    fft_ihfft "fft.ihfft" "single" = |x, n, d, norm| from_real("ihfft", x, n, d, norm, false);
}

/// Transforms over several dimensions, and over two of them by default.
macro_rules! several {
    ($($(#[doc = $doc:literal])* $name:ident $two:ident $torch:tt $torch2:tt $dtypes:tt = |$x:ident, $s:ident, $d:ident, $norm:ident| $body:expr;)*) => {$(
        $(#[doc = $doc])*
        #[function(dtypes = $dtypes, method = false, torch = $torch, sig = "input, s=None, dim=None, norm=None", samples = ["T(3,4)", "T(2,3,4), [4,3], [0,2]", "T(3,5), norm='ortho'"])]
        pub fn $name(input: &Tensor, s: Option<&[i64]>, dim: Option<&[i64]>, norm: Option<&str>) -> Result<Tensor> {
            let ($x, $s, $d, $norm) = (input, s, dim, norm);
            $body
        }
        $(#[doc = $doc])*
        #[function(dtypes = $dtypes, method = false, torch = $torch2, sig = "input, s=None, dim=[-2,-1], norm=None", samples = ["T(2,3,4)", "T(2,3,4), [4,3], [0,2]"])]
        pub fn $two(input: &Tensor, s: Option<&[i64]>, dim: &[i64], norm: Option<&str>) -> Result<Tensor> {
            $name(input, s, Some(dim), norm)
        }
    )*};
}

several! {
    /// The Fourier transform over several dimensions.
    fft_fftn fft_fft2 "fft.fftn" "fft.fft2" "complex" = |x, s, d, norm| all(x, s, d, norm, true);
    /// The inverse Fourier transform over several dimensions.
    fft_ifftn fft_ifft2 "fft.ifftn" "fft.ifft2" "complex" = |x, s, d, norm| all(x, s, d, norm, false);
    /// The transform of real numbers over several dimensions; of the last one, the first half.
    fft_rfftn fft_rfft2 "fft.rfftn" "fft.rfft2" "single" = |x, s, d, norm| from_real("rfftn", x, s, d, norm, true);
    /// The inverse of `rfftn`.
    fft_irfftn fft_irfft2 "fft.irfftn" "fft.irfft2" "complex" = |x, s, d, norm| to_real("irfftn", x, s, d, norm, false);
    /// The real transform of a signal that mirrors itself, over several dimensions.
    fft_hfftn fft_hfft2 "fft.hfftn" "fft.hfft2" "complex" = |x, s, d, norm| to_real("hfftn", x, s, d, norm, true);
    /// The inverse of `hfftn`.
    fft_ihfftn fft_ihfft2 "fft.ihfftn" "fft.ihfft2" "single" = |x, s, d, norm| from_real("ihfftn", x, s, d, norm, false);
}

fn shifted(input: &Tensor, dim: Dims, by: impl Fn(i64) -> i64) -> Result<Tensor> {
    let dims: Vec<i64> = match dim.as_slice() {
        None => (0..input.dim() as i64).collect(),
        Some(list) => list.to_vec(),
    };
    let shifts = dims.iter().map(|d| Ok(by(input.size(*d)? as i64))).collect::<Result<Vec<_>>>()?;
    if dims.is_empty() {
        bail!("fftshift: there is no dimension to shift along; give a tensor of at least one");
    }
    input.roll(shifts, dims)
}

/// The zero frequency moved to the middle of `dim` (of all dimensions without one).
#[function(dtypes = "all", method = false, torch = "fft.fftshift", sig = "input, dim=None", samples = ["T(3,4)", "T(5), 0"])]
pub fn fftshift(input: &Tensor, dim: impl Into<Dims>) -> Result<Tensor> {
    shifted(input, dim.into(), |n| n / 2)
}

/// The inverse of [`fftshift`].
#[function(dtypes = "all", method = false, torch = "fft.ifftshift", sig = "input, dim=None", samples = ["T(3,4)", "T(5), 0"])]
pub fn ifftshift(input: &Tensor, dim: impl Into<Dims>) -> Result<Tensor> {
    shifted(input, dim.into(), |n| (n + 1) / 2)
}

/// The frequencies of `fft` of `n` points `d` apart.
#[function(dtypes = "single", grad = false, method = false, torch = "fft.fftfreq", sig = "n, d=1.0, *, dtype=None", samples = ["5", "6, 0.5"])]
pub fn fftfreq(n: i64, d: f64, dtype: Option<DType>) -> Result<Tensor> {
    let values: Vec<f64> = (0..n).map(|k| (if k < (n + 1) / 2 { k } else { k - n }) as f64 / (n as f64 * d)).collect();
    Tensor::from_vec(values, &[n.max(0) as usize])?.to_dtype(dtype.unwrap_or_else(default_dtype))
}

/// The frequencies of `rfft` of `n` points `d` apart.
#[function(dtypes = "single", grad = false, method = false, torch = "fft.rfftfreq", sig = "n, d=1.0, *, dtype=None", samples = ["5", "6, 0.5"])]
pub fn rfftfreq(n: i64, d: f64, dtype: Option<DType>) -> Result<Tensor> {
    let values: Vec<f64> = (0..n / 2 + 1).map(|k| k as f64 / (n as f64 * d)).collect();
    Tensor::from_vec(values, &[(n / 2 + 1).max(0) as usize])?.to_dtype(dtype.unwrap_or_else(default_dtype))
}

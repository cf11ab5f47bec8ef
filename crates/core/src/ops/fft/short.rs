//! Short-time Fourier transforms: frames of a signal times a window, and the overlapping sum back.

use super::{c2c, c2r, r2c};
use crate::tensor::Shape;
use crate::{DType, Result, Tensor, bail, function};

/// The signal mirrored, repeated, extended or zero beyond its ends, `by` elements on both sides of the last dimension.
fn padded(x: &Tensor, by: usize, mode: &str) -> Result<Tensor> {
    let n = x.shape()[x.dim() - 1] as i64;
    let by = by as i64;
    if mode == "constant" {
        let mut shape: Shape = x.shape().into();
        let last = shape.len() - 1;
        shape[last] = by as usize;
        let zeros = crate::ops::zeros(&shape, x.dtype())?;
        return crate::ops::cat(&[&zeros, x, &zeros], -1);
    }
    if matches!(mode, "reflect") && by >= n || mode == "circular" && by > n {
        bail!(
            "Padding size should be less than the corresponding input dimension, but got: padding ({by}, {by}) at a dimension of {n}"
        );
    }
    let place = |i: i64| match mode {
        "reflect" if i < 0 => Ok(-i),
        "reflect" if i >= n => Ok(2 * (n - 1) - i),
        "replicate" => Ok(i.clamp(0, n - 1)),
        "circular" => Ok(i.rem_euclid(n)),
        "reflect" => Ok(i),
        other => bail!(NotImplemented, "Unrecognised padding mode {other}"),
    };
    let places = (-by..n + by).map(place).collect::<Result<Vec<i64>>>()?;
    let count = places.len();
    x.index_select(-1, &Tensor::from_vec(places, &[count])?)
}

/// The window, in the middle of `n_fft` places.
fn whole_window(window: Option<&Tensor>, win_length: usize, n_fft: usize, dtype: DType) -> Result<Tensor> {
    let window = match window {
        Some(w) => w.clone(),
        None => crate::ops::ones(&[win_length], dtype)?,
    };
    if win_length == n_fft {
        return Ok(window);
    }
    let left = (n_fft - win_length) / 2;
    let zeros = |n: usize| crate::ops::zeros(&[n], window.dtype());
    crate::ops::cat(&[&zeros(left)?, &window, &zeros(n_fft - win_length - left)?], 0)
}

/// The Fourier transforms of frames of `n_fft` points, `hop_length` apart, times `window`: [.., frequencies, frames].
#[function(dtypes = "single", sig = "input, n_fft, hop_length=None, win_length=None, window=None, center=True, pad_mode='reflect', normalized=False, onesided=None, return_complex=None", samples = ["T(20), 6, return_complex=True", "T(2,20), 6, 2, center=False, return_complex=False"])]
#[allow(clippy::too_many_arguments)]
pub fn stft(
    input: &Tensor,
    n_fft: i64,
    hop_length: Option<i64>,
    win_length: Option<i64>,
    window: Option<&Tensor>,
    center: bool,
    pad_mode: &str,
    normalized: bool,
    onesided: Option<bool>,
    return_complex: Option<bool>,
) -> Result<Tensor> {
    let complex_window = window.is_some_and(|w| w.dtype().is_complex());
    let complex = input.dtype().is_complex() || complex_window;
    if return_complex.is_none() && !complex {
        bail!(
            "stft requires the return_complex parameter be given for real inputs, and will further require that return_complex=True in a future PyTorch release."
        );
    }
    if !(input.dtype().is_float() || input.dtype().is_complex()) {
        bail!("stft: expected a tensor of floating point or complex values");
    }
    if !matches!(input.dim(), 1 | 2) {
        bail!("stft: expected a 1D or 2D tensor");
    }
    let mut x = if input.dim() == 1 { input.unsqueeze(0)? } else { input.clone() };
    if center {
        x = padded(&x, (n_fft / 2).max(0) as usize, pad_mode)?;
    }
    let len = x.shape()[1] as i64;
    if n_fft <= 0 || n_fft > len {
        bail!("stft: expected 0 < n_fft < {len}, but got n_fft={n_fft}");
    }
    let (hop, win) = (hop_length.unwrap_or(n_fft / 4), win_length.unwrap_or(n_fft));
    if hop <= 0 {
        bail!("stft: expected hop_length > 0, but got hop_length={hop}");
    }
    if win <= 0 || win > n_fft {
        bail!("stft: expected 0 < win_length <= n_fft, but got win_length={win}");
    }
    if window.is_some_and(|w| w.dim() != 1 || w.shape()[0] as i64 != win) {
        bail!("stft: expected a 1D window tensor of size equal to win_length={win}");
    }
    let onesided = onesided.unwrap_or(!complex);
    if onesided && complex {
        bail!("Cannot have onesided output if window or input is complex");
    }
    let window = whole_window(window, win as usize, n_fft as usize, x.dtype())?;
    let frames = x.unfold(-1, n_fft, hop)?.mul(&window)?;
    let scale = if normalized { 1.0 / (n_fft as f64).sqrt() } else { 1.0 };
    let spectrum = if onesided {
        r2c(&frames, 2, scale)?
    } else {
        c2c(&frames.to_dtype(frames.dtype().to_complex())?, &[2], true, scale)?
    };
    let spectrum = spectrum.transpose(1, 2)?;
    let spectrum = if input.dim() == 1 { spectrum.squeeze(0)? } else { spectrum };
    if return_complex.unwrap_or(true) { Ok(spectrum) } else { crate::ops::view_as_real(&spectrum.contiguous()?) }
}

/// [batch, frames, n] added `hop` apart.
fn overlapped(frames: &Tensor, hop: usize) -> Result<Tensor> {
    let (batch, count, n) = (frames.shape()[0], frames.shape()[1], frames.shape()[2]);
    let places: Vec<i64> = (0..count).flat_map(|f| (0..n).map(move |k| (f * hop + k) as i64)).collect();
    let index = Tensor::from_vec(places, &[count * n])?;
    let zeros = crate::ops::zeros(&[batch, n + hop * (count - 1)], frames.dtype())?;
    let flat = frames.reshape(&[batch as i64, (count * n) as i64])?;
    zeros.index_add(1, &index, &flat, 1)
}

/// The signal of which this is the short-time Fourier transform: the inverse of [`stft`], by least squares.
#[function(dtypes = "complex", sig = "input, n_fft, hop_length=None, win_length=None, window=None, center=True, normalized=False, onesided=None, length=None, return_complex=False", samples = ["T(4,5), 6", "T(2,4,5), 6, 2, center=False"])]
#[allow(clippy::too_many_arguments)]
pub fn istft(
    input: &Tensor,
    n_fft: i64,
    hop_length: Option<i64>,
    win_length: Option<i64>,
    window: Option<&Tensor>,
    center: bool,
    normalized: bool,
    onesided: Option<bool>,
    length: Option<i64>,
    return_complex: bool,
) -> Result<Tensor> {
    if !input.dtype().is_complex() {
        bail!("istft requires a complex-valued input tensor matching the output from stft with return_complex=True.");
    }
    if input.numel() == 0 {
        bail!("istft: input tensor cannot be empty.");
    }
    if !matches!(input.dim(), 2 | 3) {
        bail!("istft: expected a tensor with 2 or 3 dimensions, but got {}", input.dim());
    }
    let (hop, win) = (hop_length.unwrap_or(n_fft / 4), win_length.unwrap_or(n_fft));
    let x = if input.dim() == 2 { input.unsqueeze(0)? } else { input.clone() };
    let (size, count) = (x.shape()[1] as i64, x.shape()[2]);
    let onesided = onesided.unwrap_or(size != n_fft);
    if onesided && n_fft / 2 + 1 != size {
        bail!(
            "istft: expected the frequency dimension (3rd to the last) of the input tensor to match n_fft / 2 + 1 when onesided=True, but got {size}"
        );
    }
    if !onesided && n_fft != size {
        bail!(
            "istft: expected the frequency dimension (3rd to the last) of the input tensor to match n_fft when onesided=False, but got {size}"
        );
    }
    if !(0 < hop && hop <= win) {
        bail!("istft: expected 0 < hop_length <= win_length");
    }
    if !(0 < win && win <= n_fft) {
        bail!("istft: expected 0 < win_length <= n_fft");
    }
    if window.is_some_and(|w| w.dim() != 1 || w.shape()[0] as i64 != win) {
        bail!("istft: Invalid window shape. window has to be 1D and length of `win_length`");
    }
    if return_complex && onesided {
        bail!("Cannot have onesided output if window or input is complex");
    }
    if !return_complex && window.is_some_and(|w| w.dtype().is_complex()) {
        bail!("Complex windows are incompatible with return_complex=False");
    }
    let n = n_fft as usize;
    let window = whole_window(window, win as usize, n, x.dtype().to_real())?;
    let x = x.transpose(1, 2)?;
    let scale = if normalized { 1.0 / (n_fft as f64).sqrt() } else { 1.0 / n_fft as f64 };
    let frames = if return_complex { c2c(&x, &[2], false, scale)? } else { c2r(&x, 2, n, scale)? };
    let y = overlapped(&frames.mul(&window)?, hop as usize)?;
    let squares = window.mul(&window)?.reshape(&[1, 1, n_fft])?.expand(&[1, count as i64, n_fft])?;
    let envelope = overlapped(&squares, hop as usize)?;
    let expected = n_fft + hop * (count as i64 - 1);
    let start = if center { n_fft / 2 } else { 0 };
    let end = match length {
        Some(length) => start + length,
        None if center => expected - n_fft / 2,
        None => expected,
    };
    let cut = |t: &Tensor| t.slice(1, Some(start), Some(end), 1);
    let (y, envelope) = (cut(&y)?, cut(&envelope)?);
    let smallest = envelope.detach().abs()?.amin((), false)?.item::<f64>()?;
    if smallest <= 1e-11 {
        bail!("window overlap add min: {smallest}: the window's frames leave places of the signal uncovered");
    }
    let mut y = y.div(&envelope)?;
    if end > expected {
        let zeros = crate::ops::zeros(&[y.shape()[0], (end - expected) as usize], y.dtype())?;
        y = crate::ops::cat(&[&y, &zeros], 1)?;
    }
    if input.dim() == 2 { y.squeeze(0) } else { Ok(y) }
}

//! Window functions, computed in double precision: `torch.signal.windows`, and the older ones of `torch`.

use crate::{DType, Result, Tensor, bail, default_dtype, function};
use std::f64::consts::PI;

fn checked(name: &str, length: i64, dtype: Option<DType>) -> Result<(usize, DType)> {
    let Ok(length) = usize::try_from(length) else {
        bail!(Value, "{name} requires non-negative window length, got M={length}")
    };
    let dtype = dtype.unwrap_or_else(default_dtype);
    if !matches!(dtype, DType::F32 | DType::F64) {
        bail!(Value, "{name} expects float32 or float64 dtypes, got: {}", dtype.name());
    }
    Ok((length, dtype))
}

fn made(values: Vec<f64>, dtype: DType) -> Result<Tensor> {
    let n = values.len();
    Tensor::from_vec(values, &[n])?.to_dtype(dtype)
}

/// The number of steps of a whole period: one less than the points of a symmetric window.
fn period(m: usize, sym: bool) -> f64 {
    if sym { m as f64 - 1.0 } else { m as f64 }
}

/// Σ (−1)^i a_i cos(2π i k / period).
fn cosines(m: usize, a: &[f64], sym: bool) -> Vec<f64> {
    if m == 1 {
        return vec![1.0];
    }
    let step = 2.0 * PI / period(m, sym);
    let term =
        |k: usize, i: usize, a: f64| (if i.is_multiple_of(2) { a } else { -a }) * (i as f64 * step * k as f64).cos();
    (0..m).map(|k| a.iter().enumerate().map(|(i, a)| term(k, i, *a)).sum()).collect()
}

fn triangle(m: usize, sym: bool) -> Vec<f64> {
    if m == 1 {
        return vec![1.0];
    }
    (0..m).map(|k| 1.0 - (2.0 * k as f64 / period(m, sym) - 1.0).abs()).collect()
}

fn bessel(m: usize, beta: f64, sym: bool) -> Vec<f64> {
    use flambeau_kernels::math::special::i0;
    if m == 1 {
        return vec![1.0];
    }
    let x = |k: usize| (2.0 * k as f64 / period(m, sym) - 1.0).min(1.0);
    (0..m).map(|k| i0(beta * (1.0 - x(k) * x(k)).max(0.0).sqrt()) / i0(beta)).collect()
}

/// Σ (−1)^i a_i cos(2π i k / N).
#[function(dtypes = "single", grad = false, method = false, torch = "signal.windows.general_cosine", sig = "M, *, a, sym=True, dtype=None", samples = ["5, a=[0.5,0.3,0.2]"])]
#[allow(non_snake_case)]
pub fn general_cosine(M: i64, a: &[f64], sym: bool, dtype: Option<DType>) -> Result<Tensor> {
    let (m, dtype) = checked("general_cosine", M, dtype)?;
    if a.is_empty() {
        bail!(Value, "Coefficients cannot be empty");
    }
    made(cosines(m, a, sym), dtype)
}

/// Windows that are sums of cosines.
macro_rules! cosine_windows {
    ($($(#[doc = $doc:literal])* $name:ident $torch:tt $a:expr;)*) => {$(
        $(#[doc = $doc])*
        #[function(dtypes = "single", grad = false, method = false, torch = $torch, sig = "M, *, sym=True, dtype=None", samples = ["5", "6, sym=False", "1"])]
        #[allow(non_snake_case)]
        pub fn $name(M: i64, sym: bool, dtype: Option<DType>) -> Result<Tensor> {
            let (m, dtype) = checked(stringify!($name), M, dtype)?;
            made(cosines(m, &$a, sym), dtype)
        }
    )*};
}

cosine_windows! {
    /// Hann's window.
    window_hann "signal.windows.hann" [0.5, 0.5];
    /// Hamming's window.
    window_hamming "signal.windows.hamming" [0.54, 0.46];
    /// Blackman's window.
    window_blackman "signal.windows.blackman" [0.42, 0.5, 0.08];
    /// Nuttall's window with the least sidelobes.
    window_nuttall "signal.windows.nuttall" [0.3635819, 0.4891775, 0.1365995, 0.0106411];
}

/// Hamming's window with another `alpha`.
#[function(dtypes = "single", grad = false, method = false, torch = "signal.windows.general_hamming", sig = "M, *, alpha=0.54, sym=True, dtype=None", samples = ["5", "6, alpha=0.6, sym=False"])]
#[allow(non_snake_case)]
pub fn general_hamming(M: i64, alpha: f64, sym: bool, dtype: Option<DType>) -> Result<Tensor> {
    let (m, dtype) = checked("general_hamming", M, dtype)?;
    made(cosines(m, &[alpha, 1.0 - alpha], sym), dtype)
}

/// Bartlett's triangle.
#[function(dtypes = "single", grad = false, method = false, torch = "signal.windows.bartlett", sig = "M, *, sym=True, dtype=None", samples = ["5", "6, sym=False"])]
#[allow(non_snake_case)]
pub fn window_bartlett(M: i64, sym: bool, dtype: Option<DType>) -> Result<Tensor> {
    let (m, dtype) = checked("bartlett", M, dtype)?;
    made(triangle(m, sym), dtype)
}

/// Half a period of a sine.
#[function(dtypes = "single", grad = false, method = false, torch = "signal.windows.cosine", sig = "M, *, sym=True, dtype=None", samples = ["5", "6, sym=False"])]
#[allow(non_snake_case)]
pub fn window_cosine(M: i64, sym: bool, dtype: Option<DType>) -> Result<Tensor> {
    let (m, dtype) = checked("cosine", M, dtype)?;
    let step = PI / if !sym && m > 1 { m as f64 + 1.0 } else { m as f64 };
    made((0..m).map(|k| ((k as f64 + 0.5) * step).sin()).collect(), dtype)
}

/// e^(−|k − center| / tau).
#[function(dtypes = "single", grad = false, method = false, torch = "signal.windows.exponential", sig = "M, *, center=None, tau=1.0, sym=True, dtype=None", samples = ["5", "6, sym=False, tau=2.0"])]
#[allow(non_snake_case)]
pub fn window_exponential(M: i64, center: Option<f64>, tau: f64, sym: bool, dtype: Option<DType>) -> Result<Tensor> {
    let (m, dtype) = checked("exponential", M, dtype)?;
    if tau <= 0.0 {
        bail!(Value, "Tau must be positive, got: {tau} instead.");
    }
    if sym && center.is_some() {
        bail!(Value, "Center must be None for symmetric windows");
    }
    let center = center.unwrap_or(if !sym && m > 1 { m as f64 } else { m as f64 - 1.0 } / 2.0);
    made((0..m).map(|k| (-(k as f64 - center).abs() / tau).exp()).collect(), dtype)
}

/// e^(−(k − middle)² / 2 std²).
#[function(dtypes = "single", grad = false, method = false, torch = "signal.windows.gaussian", sig = "M, *, std=1.0, sym=True, dtype=None", samples = ["5", "6, sym=False, std=2.0"])]
#[allow(non_snake_case)]
pub fn window_gaussian(M: i64, std: f64, sym: bool, dtype: Option<DType>) -> Result<Tensor> {
    let (m, dtype) = checked("gaussian", M, dtype)?;
    if std <= 0.0 {
        bail!(Value, "Standard deviation must be positive, got: {std} instead.");
    }
    let middle = if !sym && m > 1 { m as f64 } else { m as f64 - 1.0 } / 2.0;
    made((0..m).map(|k| (-((k as f64 - middle) / std).powi(2) / 2.0).exp()).collect(), dtype)
}

/// Kaiser's window: Bessel functions of half a circle.
#[function(dtypes = "single", grad = false, method = false, torch = "signal.windows.kaiser", sig = "M, *, beta=12.0, sym=True, dtype=None", samples = ["5", "6, sym=False, beta=3.0"])]
#[allow(non_snake_case)]
pub fn window_kaiser(M: i64, beta: f64, sym: bool, dtype: Option<DType>) -> Result<Tensor> {
    let (m, dtype) = checked("kaiser", M, dtype)?;
    if beta < 0.0 {
        bail!(Value, "beta must be non-negative, got: {beta} instead.");
    }
    made(bessel(m, beta, sym), dtype)
}

/// The checks of the older functions, whose errors are of another class.
fn older(name: &str, length: i64, dtype: Option<DType>) -> Result<(usize, DType)> {
    let dtype = dtype.unwrap_or_else(default_dtype);
    if !dtype.is_float() {
        bail!("{name} expects floating point dtypes, got: {}", dtype.name());
    }
    match usize::try_from(length) {
        Ok(n) => Ok((n, dtype)),
        Err(_) => bail!("{name} requires non-negative window_length, got window_length={length}"),
    }
}

/// Hann's window.
#[function(dtypes = "single", grad = false, method = false, sig = "window_length, periodic=True, *, dtype=None", samples = ["5", "6, False"])]
pub fn hann_window(window_length: i64, periodic: bool, dtype: Option<DType>) -> Result<Tensor> {
    let (m, dtype) = older("hann_window", window_length, dtype)?;
    made(cosines(m, &[0.5, 0.5], !periodic), dtype)
}

/// Hamming's window.
#[function(dtypes = "single", grad = false, method = false, sig = "window_length, periodic=True, alpha=0.54, beta=0.46, *, dtype=None", samples = ["5", "6, False"])]
pub fn hamming_window(
    window_length: i64,
    periodic: bool,
    alpha: f64,
    beta: f64,
    dtype: Option<DType>,
) -> Result<Tensor> {
    let (m, dtype) = older("hamming_window", window_length, dtype)?;
    made(cosines(m, &[alpha, beta], !periodic), dtype)
}

/// Blackman's window.
#[function(dtypes = "single", grad = false, method = false, sig = "window_length, periodic=True, *, dtype=None", samples = ["5", "6, False"])]
pub fn blackman_window(window_length: i64, periodic: bool, dtype: Option<DType>) -> Result<Tensor> {
    let (m, dtype) = older("blackman_window", window_length, dtype)?;
    made(cosines(m, &[0.42, 0.5, 0.08], !periodic), dtype)
}

/// Bartlett's window.
#[function(dtypes = "single", grad = false, method = false, sig = "window_length, periodic=True, *, dtype=None", samples = ["5", "6, False"])]
pub fn bartlett_window(window_length: i64, periodic: bool, dtype: Option<DType>) -> Result<Tensor> {
    let (m, dtype) = older("bartlett_window", window_length, dtype)?;
    made(triangle(m, !periodic), dtype)
}

/// Kaiser's window.
#[function(dtypes = "single", grad = false, method = false, sig = "window_length, periodic=True, beta=12.0, *, dtype=None", samples = ["5", "6, False"])]
pub fn kaiser_window(window_length: i64, periodic: bool, beta: f64, dtype: Option<DType>) -> Result<Tensor> {
    let (m, dtype) = older("kaiser_window", window_length, dtype)?;
    made(bessel(m, beta, !periodic), dtype)
}

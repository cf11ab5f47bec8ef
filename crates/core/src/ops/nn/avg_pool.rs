//! Averages of windows: of given sizes, or as many as are asked for.

use super::conv::each_dim;
use super::resample::{in_compute, resample};
use crate::{DType, Result, Tensor, bail, function};
use flambeau_kernels::resample::Sparse;

/// Windows of one dimension of a pooling: sizes, and how many there are.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Window {
    pub size: i64,
    pub kernel: i64,
    pub stride: i64,
    pub padding: i64,
    pub dilation: i64,
    pub count: i64,
}

/// The windows of the last `rank` dimensions of `input`, with PyTorch's checks.
#[allow(clippy::too_many_arguments)]
pub(crate) fn windows(
    name: &str,
    input: &Tensor,
    rank: usize,
    kernel: &[i64],
    stride: Option<&[i64]>,
    padding: &[i64],
    dilation: &[i64],
    ceil_mode: bool,
) -> Result<Vec<Window>> {
    let kernel = each_dim(name, "kernel_size", kernel, rank)?;
    let stride = match stride.filter(|s| !s.is_empty()) {
        Some(s) => each_dim(name, "stride", s, rank)?,
        None => kernel.clone(),
    };
    let (padding, dilation) = (each_dim(name, "padding", padding, rank)?, each_dim(name, "dilation", dilation, rank)?);
    check_rank(name, input, rank)?;
    let first = input.dim() - rank;
    if input.shape()[1.min(first)..].contains(&0) && input.shape()[first..].contains(&0)
        || first > 1 && input.shape()[1] == 0
        || first == 1 && input.shape()[0] == 0
    {
        bail!(
            "{name}: Expected {}D or {}D tensor with optional 0 dim batch size for input, but got: {:?}",
            rank + 1,
            rank + 2,
            input.shape()
        );
    }
    (0..rank)
        .map(|d| {
            let size = input.shape()[first + d] as i64;
            let (kernel, stride, padding, dilation) = (kernel[d], stride[d], padding[d], dilation[d]);
            if kernel <= 0 {
                bail!("{name}: kernel size should be greater than zero, but got {kernel}");
            }
            if stride <= 0 {
                bail!("{name}: stride should be greater than zero, but got {stride}");
            }
            if dilation <= 0 {
                bail!("{name}: dilation should be greater than zero, but got {dilation}");
            }
            if padding < 0 {
                bail!("{name}: pad must be non-negative, but got pad: {padding}");
            }
            let reach = (kernel - 1).saturating_mul(dilation).saturating_add(1);
            if padding > reach / 2 {
                bail!(
                    "{name}: pad should be at most half of effective kernel size, but got pad={padding}, kernel_size={kernel} and dilation={dilation}"
                );
            }
            let room = (size + 2 * padding).saturating_sub(reach);
            let mut count = if ceil_mode { room.saturating_add(stride - 1).div_euclid(stride) } else { room.div_euclid(stride) } + 1;
            // The last window begins inside the input or the padding before it.
            if ceil_mode && (count - 1) * stride >= size + padding {
                count -= 1;
            }
            if count < 1 {
                bail!(
                    "{name}: Given input size {:?}, the calculated output size {count} of dimension {d} is too small",
                    input.shape()
                );
            }
            Ok(Window { size, kernel, stride, padding, dilation, count })
        })
        .collect()
}

pub(crate) fn check_rank(name: &str, input: &Tensor, rank: usize) -> Result<()> {
    if input.dim() != rank + 1 && input.dim() != rank + 2 {
        bail!("{name}: Expected {}D or {}D input tensor, but got {:?}", rank + 1, rank + 2, input.shape());
    }
    Ok(())
}

/// The sums of windows as a matrix, each divided by its size: with the padding if `all`, or without; or undivided.
fn averages(w: &Window, all: bool, divide: bool) -> Sparse {
    let outputs = (0..w.count).map(|i| {
        let start = i * w.stride - w.padding;
        let end = (start + w.kernel).min(w.size + w.padding);
        let (low, high) = (start.max(0), end.min(w.size));
        let divisor = if !divide {
            1
        } else if all {
            end - start
        } else {
            high - low
        };
        (low..high).map(|j| (j as usize, 1.0 / divisor as f64)).collect()
    });
    Sparse::new(w.size as usize, outputs)
}

fn pooled(input: &Tensor, windows: &[Window], all: bool, divisor: Option<i64>) -> Result<Tensor> {
    if divisor == Some(0) {
        bail!("divisor must be not zero");
    }
    let maps = |divide: bool| windows.iter().map(|w| averages(w, all, divide)).collect::<Vec<_>>();
    if input.dtype().is_integral() {
        // Sums, and then a division of integers.
        let sums = resample(&input.to_dtype(DType::F64)?, maps(false))?;
        let counts = match divisor {
            Some(d) => Tensor::scalar(d as f64)?,
            None => resample(&crate::ops::ones(input.shape(), DType::F64)?, maps(true))?.reciprocal().and_then(
                |shares| {
                    // What the shares of ones add up to is 1 only where all of a window lies in the input.
                    let ones = resample(&crate::ops::ones(input.shape(), DType::F64)?, maps(false))?;
                    ones.mul(&shares)?.round(0)
                },
            )?,
        };
        return sums.div(&counts)?.trunc()?.to_dtype(input.dtype());
    }
    in_compute(input, |x| match divisor {
        Some(d) => resample(x, maps(false))?.div(d as f64),
        None => resample(x, maps(true)),
    })
}

fn check_number(name: &str, input: &Tensor) -> Result<()> {
    if input.dtype().is_complex() || !(input.dtype().is_float() || input.dtype() == DType::I64) {
        bail!(NotImplemented, "\"{name}\" not implemented for '{}'", input.dtype().name());
    }
    Ok(())
}

/// Averages of windows of the last dimension: `input` [N, C, L] or [C, L].
#[function(torch = "nn.functional.avg_pool1d", method = false, sig = "input, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True", samples = ["T(2,3,7), 3", "T(3,7), [2], [2], 1, True, False"])]
pub fn avg_pool1d(
    input: &Tensor,
    kernel_size: Vec<i64>,
    stride: Option<Vec<i64>>,
    padding: Vec<i64>,
    ceil_mode: bool,
    count_include_pad: bool,
) -> Result<Tensor> {
    check_number("avg_pool1d", input)?;
    let w = windows("avg_pool1d", input, 1, &kernel_size, stride.as_deref(), &padding, &[1], ceil_mode)?;
    pooled(input, &w, count_include_pad, None)
}

/// Averages of windows of the last two dimensions; `divisor_override` divides instead of their sizes.
#[function(torch = "nn.functional.avg_pool2d", method = false, sig = "input, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True, divisor_override=None", samples = ["T(2,3,6,5), 2", "T(3,6,5), [3,2], [2,1], [1,0], True, False", "T(2,3,6,5), 2, divisor_override=3"])]
#[allow(clippy::too_many_arguments)]
pub fn avg_pool2d(
    input: &Tensor,
    kernel_size: Vec<i64>,
    stride: Option<Vec<i64>>,
    padding: Vec<i64>,
    ceil_mode: bool,
    count_include_pad: bool,
    divisor_override: Option<i64>,
) -> Result<Tensor> {
    check_number("avg_pool2d", input)?;
    let w = windows("avg_pool2d", input, 2, &kernel_size, stride.as_deref(), &padding, &[1], ceil_mode)?;
    pooled(input, &w, count_include_pad, divisor_override)
}

/// Averages of windows of the last three dimensions; `divisor_override` divides instead of their sizes.
#[function(torch = "nn.functional.avg_pool3d", method = false, sig = "input, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True, divisor_override=None", samples = ["T(1,2,4,5,3), 2", "T(2,4,5,3), 2, 1, 1, False, False"])]
#[allow(clippy::too_many_arguments)]
pub fn avg_pool3d(
    input: &Tensor,
    kernel_size: Vec<i64>,
    stride: Option<Vec<i64>>,
    padding: Vec<i64>,
    ceil_mode: bool,
    count_include_pad: bool,
    divisor_override: Option<i64>,
) -> Result<Tensor> {
    check_number("avg_pool3d", input)?;
    let w = windows("avg_pool3d", input, 3, &kernel_size, stride.as_deref(), &padding, &[1], ceil_mode)?;
    pooled(input, &w, count_include_pad, divisor_override)
}

/// The windows that cut `size` into `count` nearly equal parts.
pub(crate) fn adaptive(size: usize, count: usize) -> Vec<(usize, usize)> {
    (0..count).map(|i| (i * size / count, ((i + 1) * size).div_ceil(count))).collect()
}

/// The sizes asked for, where `None` keeps the input's.
/// Dimensions from `least` on must not be empty.
pub(crate) fn adaptive_sizes(
    name: &str,
    input: &Tensor,
    wanted: &[Option<i64>],
    rank: usize,
    least: usize,
) -> Result<Vec<usize>> {
    if wanted.len() > 1 && input.dim() <= wanted.len() {
        bail!(Value, "Input dimension should be at least {}", wanted.len() + 1);
    }
    let wanted = match wanted.len() {
        1 => vec![wanted[0]; rank],
        n if n == rank => wanted.to_vec(),
        n => bail!("{name}: output_size must be {rank}, got a list of {n}"),
    };
    check_rank(name, input, rank)?;
    let first = input.dim() - rank;
    if let Some(d) = (least..input.dim()).find(|d| input.shape()[*d] == 0) {
        bail!(
            "{name}: Expected input to have non-zero size for non-batch dimensions, but input has sizes {:?} with dimension {d} being empty",
            input.shape()
        );
    }
    wanted
        .iter()
        .enumerate()
        .map(|(d, n)| match n {
            None => Ok(input.shape()[first + d]),
            Some(n) if *n < 0 => {
                bail!("{name}: elements of output_size must be greater than or equal to 0 but received {n}")
            }
            Some(n) => Ok(*n as usize),
        })
        .collect()
}

fn adaptive_average(name: &str, input: &Tensor, wanted: &[Option<i64>], rank: usize) -> Result<Tensor> {
    // As in PyTorch, there may be no channels in up to two dimensions.
    let least = if rank == 3 { 1 } else { input.dim().saturating_sub(rank) };
    let sizes = adaptive_sizes(name, input, wanted, rank, least)?;
    super::check_float(name, input)?;
    let first = input.dim() - rank;
    let map = |(d, count): (usize, usize)| {
        let size = input.shape()[first + d];
        let terms = adaptive(size, count).into_iter().map(|(a, b)| (a..b).map(|j| (j, 1.0 / (b - a) as f64)).collect());
        Sparse::new(size, terms)
    };
    in_compute(input, |x| resample(x, sizes.iter().copied().enumerate().map(map).collect()))
}

/// Averages of `output_size` windows that cover the last dimension.
#[function(torch = "nn.functional.adaptive_avg_pool1d", method = false, samples = ["T(2,3,7), [3]"])]
pub fn adaptive_avg_pool1d(input: &Tensor, output_size: Vec<Option<i64>>) -> Result<Tensor> {
    adaptive_average("adaptive_avg_pool1d", input, &output_size, 1)
}

/// Averages of `output_size` windows that cover the last two dimensions; `None` keeps a size.
#[function(torch = "nn.functional.adaptive_avg_pool2d", method = false, samples = ["T(2,3,7,5), [3,2]", "T(3,4,5), [2,3]"])]
pub fn adaptive_avg_pool2d(input: &Tensor, output_size: Vec<Option<i64>>) -> Result<Tensor> {
    adaptive_average("adaptive_avg_pool2d", input, &output_size, 2)
}

/// Averages of `output_size` windows that cover the last three dimensions; `None` keeps a size.
#[function(torch = "nn.functional.adaptive_avg_pool3d", method = false, samples = ["T(1,2,4,5,3), [3,2,1]"])]
pub fn adaptive_avg_pool3d(input: &Tensor, output_size: Vec<Option<i64>>) -> Result<Tensor> {
    adaptive_average("adaptive_avg_pool3d", input, &output_size, 3)
}

/// The p-norm of windows, from averages of powers.
fn power_average(
    input: &Tensor,
    norm: f64,
    kernel: &[i64],
    stride: Option<&[i64]>,
    ceil_mode: bool,
    rank: usize,
) -> Result<Tensor> {
    let kernel = each_dim("lp_pool", "kernel_size", kernel, rank)?;
    let powers = input.pow(norm)?;
    let w = windows("lp_pool", &powers, rank, &kernel, stride, &[0], &[1], ceil_mode)?;
    let mean = pooled(&powers, &w, true, None)?;
    let count: i64 = kernel.iter().product();
    mean.sign()?.mul(&mean.abs()?.relu()?)?.mul(count as f64)?.pow(1.0 / norm)
}

macro_rules! power_pools {
    ($($rank:literal $name:ident $torch:tt [$($sample:tt),*];)*) => {$(
        /// (Σ x^p)^(1/p) of each window.
        #[function(torch = $torch, method = false, sig = "input, norm_type, kernel_size, stride=None, ceil_mode=False", samples = [$($sample),*])]
        pub fn $name(input: &Tensor, norm_type: f64, kernel_size: Vec<i64>, stride: Option<Vec<i64>>, ceil_mode: bool) -> Result<Tensor> {
            power_average(input, norm_type, &kernel_size, stride.as_deref(), ceil_mode, $rank)
        }
    )*};
}
power_pools! {
    1 lp_pool1d "nn.functional.lp_pool1d" ["T(2,3,6,low=0.5,high=2), 2.0, 3"];
    2 lp_pool2d "nn.functional.lp_pool2d" ["T(2,3,6,5,low=0.5,high=2), 2.0, 2"];
    3 lp_pool3d "nn.functional.lp_pool3d" ["T(1,2,4,4,3,low=0.5,high=2), 2.0, 2"];
}

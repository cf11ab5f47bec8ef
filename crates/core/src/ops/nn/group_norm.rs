//! Norms made of layer norm and pointwise ops: group norm, local response norm, and the forms that give statistics too.

use super::norm::layer_statistics;
use super::resample::{in_compute, resample_dim};
use crate::tensor::Shape;
use crate::{DType, Result, Tensor, bail, function};
use flambeau_kernels::resample::Sparse;

fn grouped(
    input: &Tensor,
    groups: i64,
    weight: Option<&Tensor>,
    bias: Option<&Tensor>,
    eps: f64,
) -> Result<(Tensor, Tensor, Tensor)> {
    super::check_float("group_norm", input)?;
    if input.dim() < 2 {
        bail!("Expected at least 2 dimensions for input tensor but received {}", input.dim());
    }
    let (batch, channels) = (input.shape()[0], input.shape()[1]);
    if channels == 0 || input.shape()[2..].contains(&0) {
        bail!("group_norm: Expected number of channels and HxW to be greater than 0, got {:?}", input.shape());
    }
    if groups <= 0 || channels % groups as usize != 0 {
        bail!(
            "Expected number of channels in input to be divisible by num_groups, but got input of shape {:?} and num_groups={groups}",
            input.shape()
        );
    }
    for (what, t) in [("weight", weight), ("bias", bias)] {
        if let Some(t) = t.filter(|t| t.dim() != 1 || t.numel() != channels) {
            bail!(
                "Expected {what} to be a vector of size equal to the number of channels in input, but got {what} of shape {:?} and input of shape {:?}",
                t.shape(),
                input.shape()
            );
        }
    }
    let groups = groups as usize;
    let rows = batch * groups;
    let wide = input.dtype().compute();
    let size = input.numel().checked_div(rows).unwrap_or(0);
    let x = crate::ops::view::reshape_to(&input.to_dtype(wide)?, &[rows, size])?;
    let (y, mean, rstd) = layer_statistics(&x, eps)?;
    let mut y = crate::ops::view::reshape_to(&y, input.shape())?;
    let shape: Shape = std::iter::once(channels).chain((2..input.dim()).map(|_| 1)).collect();
    if let Some(w) = weight {
        y = y.mul(&crate::ops::view::reshape_to(&w.to_dtype(wide)?, &shape)?)?;
    }
    if let Some(b) = bias {
        y = y.add(&crate::ops::view::reshape_to(&b.to_dtype(wide)?, &shape)?)?;
    }
    let statistic = |t: Tensor| crate::ops::view::reshape_to(&t, &[batch, groups]);
    Ok((y.to_dtype(input.dtype())?, statistic(mean)?, statistic(rstd)?))
}

/// Layer norm over `num_groups` groups of channels, then weight and bias for each channel (Wu and He, 2018).
#[function(torch = "nn.functional.group_norm", method = false, sig = "input, num_groups, weight=None, bias=None, eps=1e-05", samples = ["T(2,4,3), 2, T(4), T(4)", "T(2,4,3,2), 4", "T(3,4), 1, T(4)"])]
pub fn group_norm(
    input: &Tensor,
    num_groups: i64,
    weight: Option<&Tensor>,
    bias: Option<&Tensor>,
    eps: f64,
) -> Result<Tensor> {
    if input.dim() < 2 {
        bail!("Expected at least 2 dimensions for input tensor but received {}", input.dim());
    }
    let per = input.shape()[0]
        * (input.shape()[1] / num_groups.max(1) as usize)
        * input.shape()[2..].iter().product::<usize>();
    if per == 1 {
        bail!(Value, "Expected more than 1 value per channel when training, got input size {:?}", input.shape());
    }
    Ok(grouped(input, num_groups, weight, bias, eps)?.0)
}

/// `group_norm` of `N` images of `C` channels with `HxW` numbers each; also the means and inverse deviations [N, group].
#[function(torch = "native_group_norm", method = false, sig = "input, weight, bias, N, C, HxW, group, eps", samples = ["T(2,4,3), T(4), T(4), 2, 4, 3, 2, 1e-05"], grad = false)]
#[allow(clippy::too_many_arguments, non_snake_case)]
pub fn native_group_norm(
    input: &Tensor,
    weight: Option<&Tensor>,
    bias: Option<&Tensor>,
    N: i64,
    C: i64,
    HxW: i64,
    group: i64,
    eps: f64,
) -> Result<(Tensor, Tensor, Tensor)> {
    if N * C * HxW != input.numel() as i64 {
        bail!("native_group_norm: {N} · {C} · {HxW} numbers expected, got input of shape {:?}", input.shape());
    }
    let (y, mean, rstd) = grouped(input, group, weight, bias, eps)?;
    // Statistics have the parameters' precision where that is higher.
    let dtype = weight.map_or(input.dtype(), |w| w.dtype());
    Ok((y, mean.to_dtype(dtype)?, rstd.to_dtype(dtype)?))
}

/// Each number over a power of the average square of its neighbours in `size` channels (Krizhevsky et al., 2012).
#[function(torch = "nn.functional.local_response_norm", method = false, sig = "input, size, alpha=0.0001, beta=0.75, k=1.0", samples = ["T(2,5,3), 3", "T(2,5,3,2), 2, 0.5, 0.75, 2.0"])]
pub fn local_response_norm(input: &Tensor, size: i64, alpha: f64, beta: f64, k: f64) -> Result<Tensor> {
    if input.dim() < 3 {
        bail!(Value, "Expected 3D or higher dimensionality input (got {} dimensions)", input.dim());
    }
    if input.numel() == 0 {
        return Ok(input.clone());
    }
    if size <= 0 {
        bail!("local_response_norm: size should be greater than zero, but got {size}");
    }
    let channels = input.shape()[1] as i64;
    let (before, after) = (size / 2, (size - 1) / 2);
    let window = |c: i64| (c - before).max(0) as usize..(c + after + 1).min(channels) as usize;
    let map =
        |weight: f64| Sparse::new(channels as usize, (0..channels).map(|c| window(c).map(|j| (j, weight)).collect()));
    let square = input.mul(input)?;
    let mean = if square.dtype().is_integral() {
        resample_dim(&square.to_dtype(DType::F64)?, 1, map(1.0))?.div(size as f64)?.trunc()?.to_dtype(square.dtype())?
    } else {
        in_compute(&square, |x| resample_dim(x, 1, map(1.0 / size as f64)))?
    };
    input.div(&mean.mul(alpha)?.add(k)?.pow(beta)?)
}

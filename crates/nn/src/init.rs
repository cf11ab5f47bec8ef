//! How parameters begin: PyTorch's `nn.init`, with its random draws in its order.

use flambeau_core::{Result, Tensor, autograd, bail, ops};

/// Which side of a weight is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fan {
    /// Inputs: keeps the variance of the forward pass.
    In,
    /// Outputs: keeps the variance of the backward pass.
    Out,
}

/// The numbers of inputs and outputs that a weight joins.
pub fn calculate_fan_in_and_fan_out(tensor: &Tensor) -> Result<(usize, usize)> {
    let shape = tensor.shape();
    if shape.len() < 2 {
        bail!(
            Value,
            "Fan in and fan out can not be computed for tensor with fewer than 2 dimensions, and this one has shape {shape:?}"
        );
    }
    let field: usize = shape[2..].iter().product();
    Ok((shape[1] * field, shape[0] * field))
}

/// The factor that keeps the variance through a nonlinearity of this name.
pub fn calculate_gain(nonlinearity: &str, param: Option<f64>) -> Result<f64> {
    Ok(match nonlinearity {
        "linear" | "conv1d" | "conv2d" | "conv3d" | "conv_transpose1d" | "conv_transpose2d" | "conv_transpose3d"
        | "sigmoid" => 1.0,
        "tanh" => 5.0 / 3.0,
        "relu" => 2f64.sqrt(),
        "leaky_relu" => {
            let slope = param.unwrap_or(0.01);
            (2.0 / (1.0 + slope * slope)).sqrt()
        }
        "selu" => 0.75,
        other => bail!(Value, "Unsupported nonlinearity {other}"),
    })
}

/// Uniform between `a` and `b`.
pub fn uniform_(tensor: &Tensor, a: f64, b: f64) -> Result<()> {
    let _unrecorded = autograd::no_grad();
    tensor.uniform_(a, b).map(|_| ())
}

/// Normal.
pub fn normal_(tensor: &Tensor, mean: f64, std: f64) -> Result<()> {
    let _unrecorded = autograd::no_grad();
    tensor.normal_(mean, std).map(|_| ())
}

/// Normal, cut off at `a` and `b`: draws that fall outside are drawn again, as PyTorch does it.
pub fn trunc_normal_(tensor: &Tensor, mean: f64, std: f64, a: f64, b: f64) -> Result<()> {
    let _unrecorded = autograd::no_grad();
    let cdf = |x: f64| -> Result<f64> {
        let x = Tensor::from_vec(vec![(x - mean) / std / 2f64.sqrt()], &[])?;
        Ok((1.0 + x.erf()?.item::<f64>()?) / 2.0)
    };
    let like = || ops::empty(tensor.shape(), tensor.dtype());
    let any = |mask: &Tensor| -> Result<bool> { mask.any_all()?.item::<bool>() };
    if cdf(b)? - cdf(a)? > 0.3 {
        // Most draws of the normal distribution itself are good. The bounds are compared as the tensor's dtype has them.
        let bound = |x: f64| ops::full(&[], x, Some(tensor.dtype()));
        let (low, high) = (bound(a)?, bound(b)?);
        tensor.normal_(mean, std)?;
        loop {
            let outside = tensor.lt(&low)?.logical_or(&tensor.gt(&high)?)?;
            if !any(&outside)? {
                return Ok(());
            }
            let again = like()?;
            again.normal_(mean, std)?;
            tensor.copy_(&outside.where_(&again, tensor)?)?;
        }
    }
    // Else uniform draws, accepted as often as their density is to the highest one between the bounds.
    let highest = -0.5 * ((a.max(mean.min(b)) - mean) / std).powi(2);
    let refused = |candidates: &Tensor| -> Result<Tensor> {
        let density = candidates.sub(mean)?.div(std)?.pow(2.0)?.mul(-0.5)?.sub(highest)?;
        let draw = like()?;
        draw.uniform_(0.0, 1.0)?;
        draw.log()?.gt(&density)
    };
    tensor.uniform_(a, b)?;
    let mut pending = refused(tensor)?;
    while any(&pending)? {
        let candidates = like()?;
        candidates.uniform_(a, b)?;
        tensor.copy_(&pending.where_(&candidates, tensor)?)?;
        pending = pending.logical_and(&refused(&candidates)?)?;
    }
    Ok(())
}

/// One value everywhere.
pub fn constant_(tensor: &Tensor, value: f64) -> Result<()> {
    let _unrecorded = autograd::no_grad();
    tensor.fill_(value).map(|_| ())
}

/// Ones.
pub fn ones_(tensor: &Tensor) -> Result<()> {
    constant_(tensor, 1.0)
}

/// Zeros.
pub fn zeros_(tensor: &Tensor) -> Result<()> {
    constant_(tensor, 0.0)
}

/// The identity matrix.
pub fn eye_(tensor: &Tensor) -> Result<()> {
    if tensor.dim() != 2 {
        bail!(Value, "Only tensors with 2 dimensions are supported, and this one has shape {:?}", tensor.shape());
    }
    let _unrecorded = autograd::no_grad();
    tensor.zero_()?;
    tensor.diagonal(0, 0, 1)?.fill_(1.0).map(|_| ())
}

/// Uniform with variance 2·gain² / (fan in + fan out) (Glorot and Bengio, 2010).
pub fn xavier_uniform_(tensor: &Tensor, gain: f64) -> Result<()> {
    let (fan_in, fan_out) = calculate_fan_in_and_fan_out(tensor)?;
    let std = gain * (2.0 / (fan_in + fan_out) as f64).sqrt();
    let a = 3f64.sqrt() * std;
    uniform_(tensor, -a, a)
}

/// Normal with variance 2·gain² / (fan in + fan out).
pub fn xavier_normal_(tensor: &Tensor, gain: f64) -> Result<()> {
    let (fan_in, fan_out) = calculate_fan_in_and_fan_out(tensor)?;
    normal_(tensor, 0.0, gain * (2.0 / (fan_in + fan_out) as f64).sqrt())
}

fn fan(tensor: &Tensor, mode: Fan) -> Result<f64> {
    let (fan_in, fan_out) = calculate_fan_in_and_fan_out(tensor)?;
    Ok(if mode == Fan::In { fan_in } else { fan_out } as f64)
}

/// Uniform with variance gain² / fan (He et al., 2015); `a` is the slope of a leaky ReLU.
pub fn kaiming_uniform_(tensor: &Tensor, a: f64, mode: Fan, nonlinearity: &str) -> Result<()> {
    if tensor.numel() == 0 {
        return Ok(());
    }
    let std = calculate_gain(nonlinearity, Some(a))? / fan(tensor, mode)?.sqrt();
    let bound = 3f64.sqrt() * std;
    uniform_(tensor, -bound, bound)
}

/// Normal with variance gain² / fan.
pub fn kaiming_normal_(tensor: &Tensor, a: f64, mode: Fan, nonlinearity: &str) -> Result<()> {
    if tensor.numel() == 0 {
        return Ok(());
    }
    normal_(tensor, 0.0, calculate_gain(nonlinearity, Some(a))? / fan(tensor, mode)?.sqrt())
}

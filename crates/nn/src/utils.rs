//! Helpers around parameters (`torch.nn.utils`).

use flambeau_core::{Result, Tensor, autograd, bail, ops};

fn norms(tensors: &[Tensor], norm_type: f64) -> Result<Tensor> {
    let each: Vec<Tensor> = tensors.iter().map(|t| t.detach().norm(norm_type)).collect::<Result<_>>()?;
    ops::stack(&each, 0)?.norm(norm_type)
}

/// Scales the gradients of `parameters` down together so that their norm is at most `max_norm`; returns the norm before.
/// With `error_if_nonfinite`, a norm that is NaN or infinite is an error and nothing is scaled.
pub fn clip_grad_norm_(
    parameters: &[Tensor],
    max_norm: f64,
    norm_type: f64,
    error_if_nonfinite: bool,
) -> Result<Tensor> {
    let _unrecorded = autograd::no_grad();
    let grads: Vec<Tensor> = parameters.iter().filter_map(Tensor::grad).collect();
    if grads.is_empty() {
        return ops::zeros(&[], flambeau_core::default_dtype());
    }
    let total = norms(&grads, norm_type)?;
    let value = total.item::<f64>()?;
    if error_if_nonfinite && !value.is_finite() {
        bail!(
            "The total norm of order {norm_type} for gradients from `parameters` is non-finite, so it cannot be clipped. To \
             disable this error and scale the gradients by the non-finite norm anyway, set `error_if_nonfinite=False`"
        );
    }
    let factor = total.add(1e-6)?.reciprocal()?.mul(max_norm)?.clamp(None, Some(1.0.into()))?;
    if factor.item::<f64>()? != 1.0 {
        for grad in &grads {
            grad.mul_(&factor)?;
        }
    }
    Ok(total)
}

/// Clamps the gradients of `parameters` to ±`clip_value`.
pub fn clip_grad_value_(parameters: &[Tensor], clip_value: f64) -> Result<()> {
    let _unrecorded = autograd::no_grad();
    for grad in parameters.iter().filter_map(Tensor::grad) {
        grad.clamp_(Some((-clip_value).into()), Some(clip_value.into()))?;
    }
    Ok(())
}

/// All parameters one after the other, as one vector.
pub fn parameters_to_vector(parameters: &[Tensor]) -> Result<Tensor> {
    let flat: Vec<Tensor> = parameters.iter().map(|p| p.reshape(&[-1])).collect::<Result<_>>()?;
    ops::cat(&flat, 0)
}

/// The parts of a vector written over the parameters.
pub fn vector_to_parameters(vector: &Tensor, parameters: &[Tensor]) -> Result<()> {
    let _unrecorded = autograd::no_grad();
    let total: usize = parameters.iter().map(Tensor::numel).sum();
    if vector.shape() != [total] {
        bail!("vector_to_parameters: the vector has shape {:?}, and the parameters {total} elements", vector.shape());
    }
    let mut at = 0;
    for p in parameters {
        let part = vector.narrow(0, at, p.numel() as i64)?;
        let shape: Vec<i64> = p.shape().iter().map(|n| *n as i64).collect();
        p.copy_(&part.view(&shape)?)?;
        at += p.numel() as i64;
    }
    Ok(())
}

//! Derivatives checked against finite differences, in double precision (Abramowitz and Stegun 25.3.21: central differences).

use super::grad;
use crate::tensor::Tensor;
use crate::{DType, Result, bail};

/// How closely to look.
#[derive(Clone, Copy, Debug)]
pub struct GradCheck {
    /// The step of the difference quotient.
    pub eps: f64,
    /// Absolute tolerance.
    pub atol: f64,
    /// Relative tolerance.
    pub rtol: f64,
}

impl Default for GradCheck {
    fn default() -> GradCheck {
        GradCheck { eps: 1e-6, atol: 1e-5, rtol: 1e-3 }
    }
}

type F<'a> = &'a dyn Fn(&[&Tensor]) -> Result<Vec<Tensor>>;

/// Fresh leaves with the inputs' values; those that required grad do so again.
fn leaves(inputs: &[&Tensor]) -> Result<Vec<Tensor>> {
    inputs
        .iter()
        .map(|t| {
            let leaf = t.detach().dense_copy()?;
            if t.requires_grad() {
                if t.dtype() != DType::F64 {
                    bail!("gradcheck: inputs that require grad must be float64, not {}", t.dtype().name());
                }
                leaf.requires_grad_(true)?;
            }
            Ok(leaf)
        })
        .collect()
}

/// The outputs that have derivatives; complex ones as pairs of real numbers.
fn differentiable(outputs: Vec<Tensor>) -> Result<Vec<Tensor>> {
    outputs
        .into_iter()
        .filter(|t| t.dtype().is_differentiable())
        .map(|t| if t.dtype().is_complex() { t.view_as_real() } else { Ok(t) })
        .collect()
}

/// An error unless the gradients of `f` at `inputs` (float64 where they require grad) agree with difference quotients.
pub fn gradcheck(f: F, inputs: &[&Tensor], check: GradCheck) -> Result<()> {
    let inputs = leaves(inputs)?;
    let refs: Vec<&Tensor> = inputs.iter().collect();
    let outputs = differentiable(f(&refs)?)?;
    for (o, output) in outputs.iter().enumerate() {
        if !output.requires_grad() {
            bail!("gradcheck: output {o} does not require grad although an input does");
        }
        for k in 0..output.numel() {
            let mut seed = vec![0.0; output.numel()];
            seed[k] = 1.0;
            let seed = Tensor::from_vec(seed, output.shape())?.to_dtype(output.dtype())?;
            let wanted: Vec<&Tensor> = inputs.iter().filter(|t| t.requires_grad()).collect();
            let rows = grad(&[output], &wanted, &[Some(&seed)], true, false, true)?;
            let mut row = rows.into_iter();
            for (i, input) in inputs.iter().enumerate().filter(|(_, t)| t.requires_grad()) {
                let analytic = match row.next().flatten() {
                    Some(g) => g.to_vec::<f64>()?,
                    None => vec![0.0; input.numel()],
                };
                let values = input.detach().to_vec::<f64>()?;
                for j in 0..input.numel() {
                    let at = |x: f64| -> Result<f64> {
                        let mut moved = values.clone();
                        moved[j] = x;
                        let mut args: Vec<Tensor> = inputs.iter().map(Tensor::detach).collect();
                        args[i] = Tensor::from_vec(moved, input.shape())?;
                        let refs: Vec<&Tensor> = args.iter().collect();
                        Ok(differentiable(f(&refs)?)?[o].detach().to_vec::<f64>()?[k])
                    };
                    let numeric = (at(values[j] + check.eps)? - at(values[j] - check.eps)?) / (2.0 * check.eps);
                    if (analytic[j] - numeric).abs() > check.atol + check.rtol * numeric.abs() {
                        bail!(
                            "gradcheck: Jacobian mismatch for output {o}[{k}] with respect to input {i}[{j}]: numerical {numeric}, \
                             analytical {}",
                            analytic[j]
                        );
                    }
                }
            }
        }
    }
    Ok(())
}

/// `gradcheck` of the gradient: an error unless second derivatives agree with difference quotients of first ones.
pub fn gradgradcheck(f: F, inputs: &[&Tensor], check: GradCheck) -> Result<()> {
    let outputs = differentiable(f(inputs)?)?;
    let mut all: Vec<Tensor> = leaves(inputs)?;
    let count = all.len();
    for (i, output) in outputs.iter().enumerate() {
        // Fixed weights without symmetry: 1, 0.7, 0.4, ... repeat.
        let weights: Vec<f64> = (0..output.numel()).map(|k| 1.0 - 0.3 * ((k * 7 + i) % 5) as f64).collect();
        let weights = Tensor::from_vec(weights, output.shape())?;
        weights.requires_grad_(true)?;
        all.push(weights);
    }
    let first_order = |args: &[&Tensor]| -> Result<Vec<Tensor>> {
        // Detached copies come from gradcheck's numeric side: gradients need leaves there as well.
        let inner: Vec<Tensor> = args
            .iter()
            .map(|t| {
                if t.requires_grad() || t.dtype() != DType::F64 {
                    return Ok((*t).clone());
                }
                let t = t.detach();
                t.requires_grad_(true)?;
                Ok(t)
            })
            .collect::<Result<_>>()?;
        let inner: Vec<&Tensor> = inner.iter().collect();
        let outputs = differentiable(f(&inner[..count])?)?;
        let outs: Vec<&Tensor> = outputs.iter().collect();
        let weights: Vec<Option<&Tensor>> = inner[count..].iter().map(|t| Some(*t)).collect();
        let wanted: Vec<&Tensor> = inner[..count]
            .iter()
            .zip(inputs)
            .filter(|(_, original)| original.requires_grad())
            .map(|(t, _)| *t)
            .collect();
        Ok(grad(&outs, &wanted, &weights, true, true, true)?
            .into_iter()
            .flatten()
            .filter(Tensor::requires_grad)
            .collect())
    };
    let refs: Vec<&Tensor> = all.iter().collect();
    if first_order(&refs)?.is_empty() {
        return Ok(());
    }
    gradcheck(&first_order, &refs, check)
}

//! Softmax and log-softmax.

use super::{check_float, for_float};
use crate::apply::apply;
use crate::autograd::is_grad_enabled;
use crate::tensor::{Arg, Cx, Grads, Kind, Needs, Op, Saves, Spec, Specs, grads1, wrap_dim};
use crate::{DType, Result, Tensor, function};
use flambeau_kernels::softmax;

struct Softmax {
    dim: usize,
    log: bool,
}

/// The sizes before, at and after a dimension.
pub(crate) fn around(shape: &[usize], dim: usize) -> [usize; 3] {
    match shape.get(dim) {
        None => [1, 1, 1],
        Some(n) => [shape[..dim].iter().product(), *n, shape[dim + 1..].iter().product()],
    }
}

impl Op for Softmax {
    fn name(&self) -> &'static str {
        if self.log { "log_softmax" } else { "softmax" }
    }
    fn kind(&self) -> Kind {
        Kind::Reduce
    }
    fn infer(&self, inputs: &[&Tensor]) -> Result<Specs> {
        check_float(self.name(), inputs[0])?;
        Ok(smallvec::smallvec![Spec::new(inputs[0].shape(), inputs[0].dtype())])
    }
    fn cpu(&self, inputs: &[Arg], outputs: &[Arg]) -> Result<()> {
        let shape = around(inputs[0].shape(), self.dim);
        for_float!(self.name(), inputs[0].dtype, T => softmax::softmax::<T>(inputs[0].slice()?, outputs[0].slice_mut()?, shape, self.log));
        Ok(())
    }
    fn decompose(&self, inputs: &[&Tensor]) -> Option<Result<Vec<Tensor>>> {
        let run = || {
            let (x, dim) = (inputs[0], self.dim as i64);
            if x.numel() == 0 {
                return Ok(vec![x.clone()]);
            }
            let shifted = x.sub(&x.detach().amax(dim, true)?)?;
            let total = shifted.exp()?.sum(dim, true, None)?;
            Ok(vec![if self.log { shifted.sub(&total.log()?)? } else { shifted.exp()?.div(&total)? }])
        };
        Some(run())
    }
    fn saves(&self, _: Needs) -> Saves {
        Saves::OUTPUT
    }
    fn vjp(&self, cx: &Cx, grads: &[Option<Tensor>]) -> Result<Grads> {
        let Some(g) = &grads[0] else { return Ok(smallvec::smallvec![None]) };
        let y = cx.output(0)?;
        let dim = self.dim as i64;
        if is_grad_enabled() {
            let total = |t: &Tensor| t.sum(dim, true, None);
            return Ok(grads1(if self.log {
                g.sub(&y.exp()?.mul(&total(g)?)?)?
            } else {
                y.mul(&g.sub(&total(&g.mul(&y)?)?)?)?
            }));
        }
        Ok(grads1(apply(SoftmaxBackward { dim: self.dim, log: self.log }, &[&y, &g.contiguous()?])?))
    }
}

struct SoftmaxBackward {
    dim: usize,
    log: bool,
}

impl Op for SoftmaxBackward {
    fn name(&self) -> &'static str {
        "softmax_backward"
    }
    fn infer(&self, inputs: &[&Tensor]) -> Result<Specs> {
        Ok(smallvec::smallvec![Spec::new(inputs[0].shape(), inputs[0].dtype())])
    }
    fn cpu(&self, inputs: &[Arg], outputs: &[Arg]) -> Result<()> {
        let shape = around(inputs[0].shape(), self.dim);
        for_float!(self.name(), inputs[0].dtype, T => softmax::softmax_backward::<T>(inputs[0].slice()?, inputs[1].slice()?, outputs[0].slice_mut()?, shape, self.log));
        Ok(())
    }
    fn differentiable(&self) -> bool {
        false
    }
    fn vjp(&self, cx: &Cx, _: &[Option<Tensor>]) -> Result<Grads> {
        cx.no_derivative()
    }
}

fn run(input: &Tensor, dim: i64, dtype: Option<DType>, log: bool) -> Result<Tensor> {
    let dim = wrap_dim(dim, input.dim())?;
    let input = match dtype {
        Some(dtype) => input.to_dtype(dtype)?,
        None => input.clone(),
    };
    apply(Softmax { dim, log }, &[&input.contiguous()?])
}

/// exp(x) / Σ exp(x) along `dim`.
#[function(sig = "input, dim, dtype=None", samples = ["T(3,4), 1", "T(3,4), 0", "T(2,3,4), 1", "T(), 0", "T(3,0), 1", "T(3,4), -1, dtype=float64"])]
pub fn softmax(input: &Tensor, dim: i64, dtype: Option<DType>) -> Result<Tensor> {
    run(input, dim, dtype, false)
}

/// log(softmax(x)) along `dim`, without the intermediate.
#[function(sig = "input, dim, dtype=None", samples = ["T(3,4), 1", "T(3,4), 0", "T(2,3,4), 1", "T(), 0", "T(3,4), -1, dtype=float64"])]
pub fn log_softmax(input: &Tensor, dim: i64, dtype: Option<DType>) -> Result<Tensor> {
    run(input, dim, dtype, true)
}

/// exp(-x) / Σ exp(-x) along `dim`.
#[function(torch = "nn.functional.softmin", sig = "input, dim, dtype=None", samples = ["T(3,4), 1"])]
pub fn softmin(input: &Tensor, dim: i64, dtype: Option<DType>) -> Result<Tensor> {
    softmax(&input.neg()?, dim, dtype)
}

/// The gradient of softmax's input, from that of its output and the output.
#[function(torch = "ops.aten._softmax_backward_data", method = false, sig = "grad_output, output, dim, input_dtype", samples = ["T(3,4), T(3,4), 1, float32"], grad = false)]
pub fn softmax_backward_data(grad_output: &Tensor, output: &Tensor, dim: i64, input_dtype: DType) -> Result<Tensor> {
    let wide = grad_output.dtype().compute();
    let (g, y) = (grad_output.to_dtype(wide)?, output.to_dtype(wide)?);
    g.sub(&g.mul(&y)?.sum(dim, true, None)?)?.mul(&y)?.to_dtype(
        // A softmax that went from a half to float32 gives its gradient in the half.
        if grad_output.dtype() == DType::F32 && matches!(input_dtype, DType::F16 | DType::BF16) {
            input_dtype
        } else {
            grad_output.dtype()
        },
    )
}

/// `softmax`, but 0 where all along `dim` is −inf.
#[function(torch = "ops.aten._safe_softmax", method = false, sig = "input, dim, dtype=None", samples = ["T(3,4), 1"])]
pub fn safe_softmax(input: &Tensor, dim: i64, dtype: Option<DType>) -> Result<Tensor> {
    let blind = input.detach().eq(f64::NEG_INFINITY)?.all(dim, true)?;
    // Such rows are taken out before, so that they have a gradient of zero and not of NaN.
    softmax(&input.masked_fill(&blind, 0)?, dim, dtype)?.masked_fill(&blind, 0)
}

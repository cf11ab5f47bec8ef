//! Connectionist temporal classification: the loss of all alignments of a sequence to its target.

use super::{check_float, for_wide};
use crate::apply::{apply, apply_all};
use crate::tensor::{Arg, Cx, Grads, Needs, Op, Saves, Spec, Specs};
use crate::{DType, Result, Tensor, bail, function};
use flambeau_kernels::ctc::Ctc;
use std::sync::Arc;

/// Targets and lengths of a call.
struct Task {
    blank: i64,
    forgive: bool,
    targets: Vec<i64>,
    offsets: Vec<usize>,
    lengths: Vec<usize>,
    steps: Vec<usize>,
}

impl Task {
    fn kernel(&self, shape: &[usize]) -> Ctc<'_> {
        Ctc {
            batch: shape[1],
            classes: shape[2],
            blank: self.blank,
            targets: &self.targets,
            offsets: &self.offsets,
            lengths: &self.lengths,
            steps: &self.steps,
            width: 2 * self.lengths.iter().max().copied().unwrap_or(0) + 1,
            height: shape[0],
        }
    }
}

/// Log-probabilities [steps, batch, classes] to the losses [batch] and the forward variables.
#[derive(Clone)]
struct Loss(Arc<Task>);

impl Op for Loss {
    fn name(&self) -> &'static str {
        "ctc_loss"
    }
    fn infer(&self, inputs: &[&Tensor]) -> Result<Specs> {
        let (x, kernel) = (inputs[0], self.0.kernel(inputs[0].shape()));
        Ok(smallvec::smallvec![
            Spec::new(&[kernel.batch][..], x.dtype()),
            Spec::new(&[kernel.batch, kernel.height, kernel.width][..], x.dtype())
        ])
    }
    fn cpu(&self, inputs: &[Arg], outputs: &[Arg]) -> Result<()> {
        let kernel = self.0.kernel(inputs[0].shape());
        for_wide!(self.name(), inputs[0].dtype, T => kernel.forward::<T>(inputs[0].slice()?, outputs[0].slice_mut()?, outputs[1].slice_mut()?));
        Ok(())
    }
    fn saves(&self, _: Needs) -> Saves {
        Saves::INPUT.output(0).output(1)
    }
    fn vjp(&self, cx: &Cx, grads: &[Option<Tensor>]) -> Result<Grads> {
        let Some(g) = &grads[0] else { return Ok(smallvec::smallvec![None]) };
        let inputs = [&cx.input(0)?.detach(), &cx.output(0)?.detach(), &cx.output(1)?.detach(), &g.contiguous()?];
        Ok(smallvec::smallvec![Some(apply(LossBackward(self.0.clone()), &inputs)?)])
    }
}

/// Without a derivative, as in PyTorch.
struct LossBackward(Arc<Task>);

impl Op for LossBackward {
    fn name(&self) -> &'static str {
        "ctc_loss_backward"
    }
    fn infer(&self, inputs: &[&Tensor]) -> Result<Specs> {
        Ok(smallvec::smallvec![Spec::new(inputs[0].shape(), inputs[0].dtype())])
    }
    fn cpu(&self, inputs: &[Arg], outputs: &[Arg]) -> Result<()> {
        let kernel = self.0.kernel(inputs[0].shape());
        for_wide!(self.name(), inputs[0].dtype, T => kernel.backward::<T>(
            inputs[0].slice()?,
            inputs[1].slice()?,
            inputs[2].slice()?,
            inputs[3].slice()?,
            self.0.forgive,
            outputs[0].slice_mut()?,
        ));
        Ok(())
    }
    fn differentiable(&self) -> bool {
        false
    }
    fn vjp(&self, cx: &Cx, _: &[Option<Tensor>]) -> Result<Grads> {
        cx.no_derivative()
    }
}

fn whole(name: &str, t: &Tensor) -> Result<Vec<i64>> {
    if !t.dtype().is_integral() || t.dtype() == DType::Bool {
        bail!("{name} must be integral, got {}", t.dtype().name());
    }
    t.to_dtype(DType::I64)?.contiguous()?.to_vec::<i64>()
}

fn run(
    log_probs: &Tensor,
    targets: &Tensor,
    steps: Vec<i64>,
    lengths: Vec<i64>,
    blank: i64,
    reduction: &str,
    zero_infinity: bool,
) -> Result<Tensor> {
    let averaging = super::loss::Averaging::parse(reduction)?;
    check_float("ctc_loss", log_probs)?;
    let batched = log_probs.dim() == 3;
    if !batched && log_probs.dim() != 2 {
        bail!("ctc_loss: log_probs must have 2 or 3 dimensions, got {:?}", log_probs.shape());
    }
    let x = if batched { log_probs.clone() } else { log_probs.unsqueeze(1)? };
    let (height, batch, classes) = (x.shape()[0], x.shape()[1], x.shape()[2]);
    if x.numel() == 0 {
        bail!("ctc_loss: log_probs tensor must not be empty, got {:?}", x.shape());
    }
    if blank < 0 || blank >= classes as i64 {
        bail!("blank must be in label range");
    }
    if steps.len() != batch {
        bail!("input_lengths must be of size batch_size: {batch}, got {}", steps.len());
    }
    if lengths.len() != batch {
        bail!("target_lengths must be of size batch_size: {batch}, got {}", lengths.len());
    }
    if let Some(s) = steps.iter().find(|s| **s < 0 || **s > height as i64) {
        bail!("Expected input_lengths to have value at most {height} and at least 0, but got value {s}");
    }
    if let Some(l) = lengths.iter().find(|l| **l < 0) {
        bail!("Expected target_lengths to have value at least 0, but got value {l}");
    }
    let most = lengths.iter().max().copied().unwrap_or(0);
    let lengths: Vec<usize> = lengths.iter().map(|l| *l as usize).collect();
    let flat = whole("targets", targets)?;
    let offsets: Vec<usize> = if targets.dim() == 1 {
        if flat.len() != lengths.iter().sum::<usize>() {
            bail!("Expected targets of {} labels in all, got {}", lengths.iter().sum::<usize>(), flat.len());
        }
        lengths
            .iter()
            .scan(0, |at, l| {
                *at += l;
                Some(*at - l)
            })
            .collect()
    } else {
        if targets.dim() != 2 || targets.shape()[0] != batch || (targets.shape()[1] as i64) < most {
            bail!(
                "Expected tensor to have size at least {most} at dimension 1, but got size {:?} for targets",
                targets.shape()
            );
        }
        (0..batch).map(|n| n * targets.shape()[1]).collect()
    };
    for (offset, length) in offsets.iter().zip(&lengths) {
        if flat[*offset..offset + length].iter().any(|t| *t < 0 || *t >= classes as i64) {
            bail!("ctc_loss: a target is out of range for {classes} classes");
        }
    }
    let scale: Vec<f64> = lengths.iter().map(|l| (*l).max(1) as f64).collect();
    let steps = steps.into_iter().map(|s| s as usize).collect();
    let task = Task { blank, forgive: zero_infinity, targets: flat, offsets, lengths, steps };
    let wide = x.dtype().compute();
    let mut losses = apply_all(Loss(Arc::new(task)), &[&x.to_dtype(wide)?.contiguous()?])?.swap_remove(0);
    if zero_infinity {
        losses = losses.masked_fill(&losses.detach().eq(f64::INFINITY)?, 0)?;
    }
    if reduction == "mean" {
        let scale = Tensor::from_vec(scale, &[batch])?.to_dtype(wide)?;
        losses = losses.div(&scale)?;
    }
    let losses = if batched { losses } else { losses.squeeze(0)? };
    averaging.reduce(&losses)?.to_dtype(log_probs.dtype())
}

/// −log P(target): `log_probs` [T, N, C] or [T, C]; `targets` [N, S], or all of them one after the other; the lengths of both
/// (Graves et al., 2006). With `zero_infinity`, impossible targets count as 0.
#[function(torch = "nn.functional.ctc_loss", method = false, sig = "log_probs, targets, input_lengths, target_lengths, blank=0, reduction='mean', zero_infinity=False", grad = false, samples = ["T(5,2,4,low=-3,high=0), T(2,2,dtype=int64,low=1,high=4), T(2,dtype=int64,low=5,high=6), T(2,dtype=int64,low=1,high=3)"])]
pub fn ctc_loss(
    log_probs: &Tensor,
    targets: &Tensor,
    input_lengths: &Tensor,
    target_lengths: &Tensor,
    blank: i64,
    reduction: &str,
    zero_infinity: bool,
) -> Result<Tensor> {
    let (steps, lengths) = (whole("input_lengths", input_lengths)?, whole("target_lengths", target_lengths)?);
    run(log_probs, targets, steps, lengths, blank, reduction, zero_infinity)
}

/// `ctc_loss` with the lengths as numbers.
#[function(torch = "nn.functional.ctc_loss", method = false, sig = "log_probs, targets, input_lengths, target_lengths, blank=0, reduction='mean', zero_infinity=False", grad = false, samples = ["T(5,2,4,low=-3,high=0), T(2,2,dtype=int64,low=1,high=4), [5,4], [2,1]"])]
pub fn ctc_loss_of_lists(
    log_probs: &Tensor,
    targets: &Tensor,
    input_lengths: Vec<i64>,
    target_lengths: Vec<i64>,
    blank: i64,
    reduction: &str,
    zero_infinity: bool,
) -> Result<Tensor> {
    run(log_probs, targets, input_lengths, target_lengths, blank, reduction, zero_infinity)
}

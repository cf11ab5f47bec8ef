//! Gradients: modes, the backward engine, custom functions, checkpointing and the checks of derivatives. No formula lives
//! here; each op carries its own.

mod checkpoint;
mod engine;
mod function;
mod gradcheck;
mod mode;
mod saved;

pub use checkpoint::checkpoint;
pub use engine::{backward, grad};
pub use function::{Context, Function};
pub use gradcheck::{GradCheck, gradcheck, gradgradcheck};
pub use mode::{
    ModeGuard, decompose_ops, detect_anomaly, enable_grad, inference_mode, is_anomaly_enabled, is_grad_enabled,
    is_inference_mode_enabled, no_grad, set_grad_enabled,
};
pub(crate) use mode::{SPECIAL, is_decomposing, mode};
pub(crate) use saved::{Packed, pack, saved_tensors_are_packed};
pub use saved::{PackedTensor, SavedTensorsHooks, Unpack, saved_tensors_hooks};

use crate::tensor::Tensor;
use crate::{Result, bail};

/// Under anomaly mode: an error if an output holds a NaN, naming the op and whether an input had one already.
#[cold]
pub(crate) fn check_anomaly(name: &str, inputs: &[&Tensor], outputs: &[Tensor]) -> Result<()> {
    if !is_anomaly_enabled() {
        return Ok(());
    }
    let _quiet = mode::quiet();
    for (i, output) in outputs.iter().enumerate() {
        if !has_nan(output)? {
            continue;
        }
        for (k, input) in inputs.iter().enumerate() {
            if has_nan(input)? {
                bail!(
                    "anomaly: {name} returned nan values in its output {i}; its input {k} {:?} already has some",
                    input.shape()
                );
            }
        }
        let shapes: Vec<&[usize]> = inputs.iter().map(|t| t.shape()).collect();
        bail!("anomaly: Function '{name}' returned nan values in its output {i}, from inputs {shapes:?} without any");
    }
    Ok(())
}

fn has_nan(t: &Tensor) -> Result<bool> {
    if !t.dtype().is_differentiable() {
        return Ok(false);
    }
    t.detach().isnan()?.any_all()?.item::<bool>()
}

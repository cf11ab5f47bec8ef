//! Dropout: elements zeroed at random, drawn in PyTorch's order; the mask is kept as bits.

use super::{check_float, for_float};
use crate::apply::apply;
use crate::random::default_generator;
use crate::tensor::{Arg, Cx, Grads, Kind, Op, Spec, Specs, grads1};
use crate::{Result, Tensor, bail, function};
use flambeau_kernels::{dropout, rng};
use std::sync::Arc;

/// Multiplies by a mask of bits and a factor.
struct Masked {
    bits: Arc<Vec<u64>>,
    scale: f64,
}

impl Op for Masked {
    fn name(&self) -> &'static str {
        "dropout"
    }
    fn kind(&self) -> Kind {
        Kind::Random
    }
    fn infer(&self, inputs: &[&Tensor]) -> Result<Specs> {
        Ok(smallvec::smallvec![Spec::new(inputs[0].shape(), inputs[0].dtype())])
    }
    fn cpu(&self, inputs: &[Arg], outputs: &[Arg]) -> Result<()> {
        for_float!(self.name(), inputs[0].dtype, T => dropout::apply_mask::<T>(inputs[0].slice()?, &self.bits, self.scale, outputs[0].slice_mut()?));
        Ok(())
    }
    fn vjp(&self, _: &Cx, grads: &[Option<Tensor>]) -> Result<Grads> {
        let Some(g) = &grads[0] else { return Ok(smallvec::smallvec![None]) };
        let op = Masked { bits: self.bits.clone(), scale: self.scale };
        Ok(grads1(apply(op, &[&g.contiguous()?])?))
    }
}

/// Bits that are set with probability `keep`, one per element, from the default generator.
pub(crate) fn keep_bits(n: usize, keep: f64) -> Vec<u64> {
    let mut bits = vec![0u64; n.div_ceil(64)];
    default_generator().with(|g| rng::bernoulli_bits(g, &mut bits, n, keep));
    bits
}

pub(crate) fn check_probability(p: f64) -> Result<()> {
    if !(0.0..=1.0).contains(&p) {
        bail!(Value, "dropout probability has to be between 0 and 1, but got {p}");
    }
    Ok(())
}

/// In training, zeroes each element with probability `p` and multiplies the others by 1 / (1 − p) (Srivastava et al., 2014).
#[function(torch = "nn.functional.dropout", method = false, sig = "input, p=0.5, training=True", samples = ["T(3,4), 0.5, False", "T(3,4), 1.0", "T(3,4), 0.0"])]
pub fn dropout(input: &Tensor, p: f64, training: bool) -> Result<Tensor> {
    check_probability(p)?;
    if !training || p == 0.0 || input.numel() == 0 {
        return Ok(input.clone());
    }
    check_float("dropout", input)?;
    if p == 1.0 {
        return input.mul(0.0);
    }
    let keep = 1.0 - p;
    let bits = Arc::new(keep_bits(input.numel(), keep));
    let scale = if input.dtype() == crate::DType::F64 { 1.0 / keep } else { (1.0 / keep as f32) as f64 };
    apply(Masked { bits, scale }, &[&input.contiguous()?])
}

/// Kept or not for each channel of each image, as numbers: [N, C, 1, …].
fn channels(input: &Tensor) -> Result<Vec<usize>> {
    if input.dim() < 2 {
        bail!("Feature dropout requires at least 2 dimensions in the input");
    }
    Ok(input.shape().iter().enumerate().map(|(d, n)| if d < 2 { *n } else { 1 }).collect())
}

/// Numbers that are 1 with probability `keep`, else 0.
fn noise(shape: &[usize], dtype: crate::DType, keep: f64) -> Result<Tensor> {
    let real = dtype.to_real();
    let drawn = crate::ops::empty(shape, real)?;
    drawn.bernoulli_(keep)?;
    drawn.to_dtype(dtype)
}

/// By the noise, and divided by the share that is kept.
fn scaled(input: &Tensor, shape: &[usize], p: f64) -> Result<Tensor> {
    if p == 1.0 {
        return input.mul(&input.zeros_like()?);
    }
    input.mul(&noise(shape, input.dtype(), 1.0 - p)?.div(1.0 - p)?)
}

/// What is dropped becomes selu's lower plateau, and mean and variance stay (Klambauer et al., 2017).
fn alpha(input: &Tensor, shape: &[usize], p: f64) -> Result<Tensor> {
    const ALPHA: f64 = 1.758_099_340_847_376_6;
    if p == 1.0 {
        return input.mul(&input.zeros_like()?);
    }
    let keep = noise(shape, input.dtype(), 1.0 - p)?;
    let a = 1.0 / ((ALPHA * ALPHA * p + 1.0) * (1.0 - p)).sqrt();
    let shift = keep.sub(1.0)?.mul(ALPHA * a)?.add(ALPHA * a * p)?;
    input.mul(&keep.mul(a)?)?.add(&shift)
}

fn off(input: &Tensor, p: f64, training: bool) -> Result<bool> {
    check_probability(p)?;
    Ok(!training || p == 0.0 || input.numel() == 0)
}

macro_rules! channel_dropouts {
    ($($rank:literal $name:ident $torch:tt;)*) => {$(
        /// In training, zeroes whole channels with probability `p`: `input` [N, C, …], or [C, …] as one image.
        #[function(torch = $torch, method = false, sig = "input, p=0.5, training=True", samples = ["T(2,3,4), 0.5, False"])]
        pub fn $name(input: &Tensor, p: f64, training: bool) -> Result<Tensor> {
            if $rank == 1 && !matches!(input.dim(), 2 | 3) {
                bail!("dropout1d: Expected 2D or 3D input, but received a {}D input.", input.dim());
            }
            if off(input, p, training)? {
                return Ok(input.clone());
            }
            if input.dim() == $rank + 1 {
                let batched = input.unsqueeze(0)?;
                return scaled(&batched, &channels(&batched)?, p)?.squeeze(0);
            }
            scaled(input, &channels(input)?, p)
        }
    )*};
}
channel_dropouts! {
    1 dropout1d "nn.functional.dropout1d";
    3 dropout3d "nn.functional.dropout3d";
}

/// In training, zeroes whole channels with probability `p`: `input` [N, C, …].
#[function(torch = "nn.functional.dropout2d", method = false, sig = "input, p=0.5, training=True", samples = ["T(2,3,4,2), 0.5, False"])]
pub fn dropout2d(input: &Tensor, p: f64, training: bool) -> Result<Tensor> {
    if off(input, p, training)? {
        return Ok(input.clone());
    }
    scaled(input, &channels(input)?, p)
}

/// `dropout` that keeps selu's mean and variance.
#[function(torch = "nn.functional.alpha_dropout", method = false, sig = "input, p=0.5, training=False", samples = ["T(3,4), 0.5, False"])]
pub fn alpha_dropout(input: &Tensor, p: f64, training: bool) -> Result<Tensor> {
    if off(input, p, training)? {
        return Ok(input.clone());
    }
    alpha(input, input.shape(), p)
}

/// `alpha_dropout` of whole channels.
#[function(torch = "nn.functional.feature_alpha_dropout", method = false, sig = "input, p=0.5, training=False", samples = ["T(3,4,2), 0.5, False"])]
pub fn feature_alpha_dropout(input: &Tensor, p: f64, training: bool) -> Result<Tensor> {
    if off(input, p, training)? {
        return Ok(input.clone());
    }
    alpha(input, &channels(input)?, p)
}

/// The gradient of dropout's input: by the mask and the scale.
#[function(torch = "ops.aten.native_dropout_backward", method = false, sig = "grad_output, mask, scale", samples = ["T(3,4), T(3,4,dtype=bool), 2.0"])]
pub fn native_dropout_backward(grad_output: &Tensor, mask: &Tensor, scale: f64) -> Result<Tensor> {
    grad_output.mul(&mask.to_dtype(grad_output.dtype())?.mul(scale)?)
}

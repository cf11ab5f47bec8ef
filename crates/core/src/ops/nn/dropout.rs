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

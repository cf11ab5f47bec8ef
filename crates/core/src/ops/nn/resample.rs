//! Linear maps of one dimension after the other: the op under average pooling, interpolation, and patches and their sums.

use crate::apply::apply;
use crate::tensor::{Arg, Cx, Grads, Kind, Op, Shape, Spec, Specs, grads1};
use crate::{DType, Result, Tensor, bail};
use flambeau_kernels::resample::Sparse;
use std::sync::Arc;

/// One dimension mapped by a sparse matrix; the other way round is its derivative.
#[derive(Clone)]
struct Resample {
    map: Arc<Sparse>,
    dim: usize,
}

impl Op for Resample {
    fn name(&self) -> &'static str {
        "resample"
    }
    fn kind(&self) -> Kind {
        Kind::Contract
    }
    fn infer(&self, inputs: &[&Tensor]) -> Result<Specs> {
        let mut shape: Shape = inputs[0].shape().into();
        shape[self.dim] = self.map.outputs();
        crate::tensor::checked_numel(&shape, inputs[0].dtype().size())?;
        Ok(smallvec::smallvec![Spec::new(shape, inputs[0].dtype())])
    }
    fn cpu(&self, inputs: &[Arg], outputs: &[Arg]) -> Result<()> {
        let shape = inputs[0].shape();
        let outer = shape[..self.dim].iter().product();
        let inner = shape[self.dim + 1..].iter().product();
        match inputs[0].dtype {
            DType::F32 => self.map.apply::<f32>(inputs[0].slice()?, outer, inner, outputs[0].slice_mut()?),
            DType::F64 => self.map.apply::<f64>(inputs[0].slice()?, outer, inner, outputs[0].slice_mut()?),
            other => bail!(NotImplemented, "\"resample\" not implemented for '{}'", other.name()),
        }
        Ok(())
    }
    fn vjp(&self, _: &Cx, grads: &[Option<Tensor>]) -> Result<Grads> {
        let Some(g) = &grads[0] else { return Ok(smallvec::smallvec![None]) };
        Ok(grads1(apply(Resample { map: Arc::new(self.map.transposed()), dim: self.dim }, &[&g.contiguous()?])?))
    }
}

/// The last dimensions of a float tensor (float32 or float64), each mapped by its matrix.
pub(crate) fn resample(input: &Tensor, maps: Vec<Sparse>) -> Result<Tensor> {
    let first = input.dim() - maps.len();
    let mut x = input.contiguous()?;
    // The last dimension first: it is the one that shrinks or grows with the fewest numbers around it.
    for (i, map) in maps.into_iter().enumerate().rev() {
        x = apply(Resample { map: Arc::new(map), dim: first + i }, &[&x])?;
    }
    Ok(x)
}

/// One dimension of a float tensor (float32 or float64), mapped by a matrix.
pub(crate) fn resample_dim(input: &Tensor, dim: usize, map: Sparse) -> Result<Tensor> {
    apply(Resample { map: Arc::new(map), dim }, &[&input.contiguous()?])
}

/// Runs `f` in the precision that kernels have, and rounds its result to the input's float dtype.
pub(crate) fn in_compute(input: &Tensor, f: impl FnOnce(&Tensor) -> Result<Tensor>) -> Result<Tensor> {
    let dtype = input.dtype();
    if dtype == dtype.compute() {
        return f(input);
    }
    f(&input.to_dtype(dtype.compute())?)?.to_dtype(dtype)
}

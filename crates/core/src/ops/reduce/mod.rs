//! Reductions: dimensions folded away by a body that is written once over the lane. [`Reduction`] is what such an op is
//! beside its loop; what is here makes an [`Op`] of it.

mod arg;
mod histogram;
mod logic;
mod norm;
mod statistics;
mod sum;
mod var;

pub use arg::*;
pub use histogram::*;
pub use logic::*;
pub use norm::*;
pub use statistics::*;
pub use sum::*;
pub use var::*;

use crate::apply::apply;
use crate::scalar::Dims;
use crate::storage::bridge;
use crate::tensor::{Arg, Cx, Grads, Kind, Layout, Needs, Op, Saves, Shape, Spec, Specs, grads1};
use crate::{DType, Result, Tensor, bail};
use flambeau_kernels::reduce::ReduceKernel;
use smallvec::SmallVec;

type Flags = SmallVec<[bool; 5]>;

/// A reduction beside its loop. The body itself implements this.
pub trait Reduction: Copy + Send + Sync + 'static {
    /// PyTorch's name.
    const NAME: &'static str;

    /// The name of this one, where it has variants.
    fn name(&self) -> &'static str {
        Self::NAME
    }

    /// The loop.
    fn kernel() -> &'static ReduceKernel;

    /// Whether there is a derivative.
    fn differentiable(&self) -> bool {
        true
    }

    /// What the derivative wants.
    fn saves(&self) -> Saves {
        Saves::NONE
    }

    /// The gradient of the input, which broadcasts to its shape.
    fn vjp(&self, v: &Vjp, g: &Tensor) -> Result<Tensor>;
}

/// What the derivative of a reduction may ask for. Gradient and output have a size of 1 where a dimension was reduced.
pub struct Vjp<'a> {
    cx: &'a Cx<'a>,
    reduced: &'a Flags,
    keepdim: bool,
}

impl Vjp<'_> {
    /// The input, if `saves` asked for it.
    pub fn x(&self) -> Result<Tensor> {
        self.cx.input(0)
    }

    /// The output, if `saves` asked for it.
    pub fn y(&self) -> Result<Tensor> {
        self.keep(self.cx.output(0)?)
    }

    /// The sizes of the input.
    pub fn shape(&self) -> &[usize] {
        self.cx.input_shape(0)
    }

    /// The number of elements that make one result.
    pub fn count(&self) -> usize {
        self.shape().iter().zip(self.reduced).filter(|(_, r)| **r).map(|(n, _)| n).product()
    }

    fn keep(&self, t: Tensor) -> Result<Tensor> {
        if self.keepdim {
            return Ok(t);
        }
        let shape: Shape = self.shape().iter().zip(self.reduced).map(|(n, r)| if *r { 1 } else { *n }).collect();
        crate::ops::view::reshape_to(&t, &shape)
    }
}

struct ReduceOp<R> {
    body: R,
    reduced: Flags,
    keepdim: bool,
    compute: DType,
    out: DType,
}

/// The output's sizes.
pub(crate) fn reduced_shape(shape: &[usize], reduced: &[bool], keepdim: bool) -> Shape {
    shape.iter().zip(reduced).filter(|(_, r)| keepdim || !**r).map(|(n, r)| if *r { 1 } else { *n }).collect()
}

impl<R: Reduction> Op for ReduceOp<R> {
    fn name(&self) -> &'static str {
        self.body.name()
    }
    fn kind(&self) -> Kind {
        Kind::Reduce
    }
    fn infer(&self, inputs: &[&Tensor]) -> Result<Specs> {
        if !R::kernel().supports(self.compute) {
            bail!(NotImplemented, "\"{}\" not implemented for '{}'", R::NAME, self.compute.name());
        }
        Ok(smallvec::smallvec![Spec::new(reduced_shape(inputs[0].shape(), &self.reduced, self.keepdim), self.out)])
    }
    fn cpu(&self, inputs: &[Arg], outputs: &[Arg]) -> Result<()> {
        let kept = Layout::contiguous(&reduced_shape(inputs[0].shape(), &self.reduced, true));
        let out = Arg { layout: &kept, ..outputs[0] };
        bridge::reduce(R::kernel(), &self.body, self.compute, inputs[0], out, &self.reduced);
        Ok(())
    }
    fn differentiable(&self) -> bool {
        self.body.differentiable()
    }
    fn saves(&self, _: Needs) -> Saves {
        self.body.saves()
    }
    fn vjp(&self, cx: &Cx, grads: &[Option<Tensor>]) -> Result<Grads> {
        let Some(g) = &grads[0] else { return Ok(smallvec::smallvec![None]) };
        let v = Vjp { cx, reduced: &self.reduced, keepdim: self.keepdim };
        let g = v.keep(g.clone())?;
        let grad = self.body.vjp(&v, &g)?;
        Ok(grads1(crate::ops::view::expand_to(&grad, v.shape())?))
    }
}

/// Applies a reduction: computed in `compute`, answered in `out`.
fn reduce<R: Reduction>(
    body: R,
    input: &Tensor,
    dim: Dims,
    keepdim: bool,
    compute: DType,
    out: DType,
) -> Result<Tensor> {
    let reduced = dim.flags(input.dim())?;
    apply(ReduceOp { body, reduced, keepdim, compute: compute.compute(), out }, &[input])
}

/// The gradient summed down to the shape that was broadcast.
pub(crate) fn sum_to_size(grad: &Tensor, shape: &[usize]) -> Result<Tensor> {
    let Some(lead) = grad.dim().checked_sub(shape.len()) else {
        bail!("a gradient of shape {:?} does not fit a tensor of shape {shape:?}", grad.shape());
    };
    let mut dims: SmallVec<[i64; 5]> = (0..lead as i64).collect();
    for (i, size) in shape.iter().enumerate() {
        match (*size, grad.shape()[lead + i]) {
            (a, b) if a == b => {}
            (1, _) => dims.push((lead + i) as i64),
            _ => bail!("a gradient of shape {:?} does not fit a tensor of shape {shape:?}", grad.shape()),
        }
    }
    let sum = if dims.is_empty() { grad.clone() } else { sum_as(grad, &dims[..], grad.dtype())? };
    crate::ops::view::reshape_to(&sum, shape)
}

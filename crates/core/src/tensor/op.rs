//! What an operation is: its checks, its kernel, its derivative, and what else may be done with it.

use super::{Cx, Grads, Layout, Needs, Saves, Shape, Strides, Tensor};
use crate::{DType, Result};
use smallvec::SmallVec;

/// What an output will be.
#[derive(Clone, Debug)]
pub struct Spec {
    /// Its sizes.
    pub shape: Shape,
    /// Its element type.
    pub dtype: DType,
    /// Its strides where they are not row-major: a permutation that keeps the inputs' memory order.
    pub strides: Option<Strides>,
}

impl Spec {
    /// A row-major output.
    pub fn new(shape: impl Into<Shape>, dtype: DType) -> Spec {
        Spec { shape: shape.into(), dtype, strides: None }
    }
}

/// The outputs of an op.
pub type Specs = SmallVec<[Spec; 1]>;

/// What compile and other transformations may do with an op.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Each output element depends on one element of each (broadcast) input.
    Map,
    /// Folds dimensions away.
    Reduce,
    /// Moves no element.
    View,
    /// Multiplies and adds over a shared dimension.
    Contract,
    /// Picks or places elements by index.
    Index,
    /// Draws from a generator.
    Random,
    /// Nothing is known.
    Opaque,
}

/// A tensor's elements, borrowed for the length of one kernel call.
#[derive(Clone, Copy)]
pub struct Arg<'a> {
    pub(crate) ptr: *mut u8,
    /// Shape and strides; `ptr` already points to the first element.
    pub layout: &'a Layout,
    /// The type of the elements.
    pub dtype: DType,
}

impl Arg<'_> {
    /// The sizes.
    #[inline]
    pub fn shape(&self) -> &[usize] {
        &self.layout.shape
    }

    /// The steps, in elements.
    #[inline]
    pub fn strides(&self) -> &[isize] {
        &self.layout.strides
    }

    /// The number of elements.
    #[inline]
    pub fn numel(&self) -> usize {
        self.layout.numel()
    }
}

/// An operation on tensors. Everything about it is in the one place that implements this.
pub trait Op: Send + Sync + 'static {
    /// PyTorch's name for it.
    fn name(&self) -> &'static str;

    /// Every argument check, and what the outputs will be.
    fn infer(&self, inputs: &[&Tensor]) -> Result<Specs>;

    /// What transformations may do with it.
    fn kind(&self) -> Kind {
        Kind::Opaque
    }

    /// The CPU kernel: reads `inputs`, writes every element of `outputs`.
    fn cpu(&self, inputs: &[Arg], outputs: &[Arg]) -> Result<()>;

    /// The same in simpler ops, which is also the kernel's oracle in the tests.
    fn decompose(&self, _inputs: &[&Tensor]) -> Option<Result<Vec<Tensor>>> {
        None
    }

    /// Whether `vjp` exists. Where it does not, the call is refused when an input requires grad.
    fn differentiable(&self) -> bool {
        true
    }

    /// Which inputs and outputs `vjp` will want, given which inputs need a gradient.
    fn saves(&self, _needs: Needs) -> Saves {
        Saves::NONE
    }

    /// The derivative: gradients of the inputs from those of the outputs, in public tensor functions, so that every
    /// device and every higher order comes with it. A gradient may have the broadcast shape; the engine sums it down.
    fn vjp(&self, cx: &Cx, grads: &[Option<Tensor>]) -> Result<Grads>;

    /// For an op that is an accumulation leaf: see `node`.
    #[doc(hidden)]
    fn is_leaf(&self) -> bool {
        false
    }
}

//! Views: other layouts over the same elements, and the ops that put gradients of views back in place.

mod copies;
mod shape;
mod strided;
mod window;

pub use copies::*;
pub use shape::*;
pub use strided::*;
pub use window::*;

pub(crate) use strided::{scatter_node, view_node};

use crate::apply::{apply, apply_view};
use crate::storage::bridge;
use crate::tensor::{Arg, Cx, Grads, Kind, Layout, Op, Shape, Spec, Specs, grads1};
use crate::{Result, Tensor, bail};
use smallvec::SmallVec;

/// How the gradient of a view goes back to what was viewed.
#[derive(Clone)]
enum Back {
    /// The same elements in another shape.
    Reshape,
    /// Dimensions in another order: the inverse order.
    Permute(SmallVec<[usize; 5]>),
    /// Repeated elements: the engine sums them.
    Expand,
    /// Some of the elements: where they lie in a contiguous tensor of the viewed shape.
    Place(Layout),
}

struct ViewOp {
    name: &'static str,
    back: Back,
    shape: Shape,
}

impl Op for ViewOp {
    fn name(&self) -> &'static str {
        self.name
    }
    fn kind(&self) -> Kind {
        Kind::View
    }
    fn infer(&self, inputs: &[&Tensor]) -> Result<Specs> {
        Ok(smallvec::smallvec![Spec::new(self.shape.clone(), inputs[0].dtype())])
    }
    fn cpu(&self, _: &[Arg], _: &[Arg]) -> Result<()> {
        bail!("{}: a view has no kernel", self.name)
    }
    fn vjp(&self, cx: &Cx, grads: &[Option<Tensor>]) -> Result<Grads> {
        let Some(g) = &grads[0] else { return Ok(smallvec::smallvec![None]) };
        Ok(grads1(match &self.back {
            Back::Reshape => reshape_to(g, cx.input_shape(0))?,
            Back::Permute(inverse) => permute_dims(g, "permute", inverse)?,
            Back::Expand => g.clone(),
            Back::Place(view) => place(g, cx.input_shape(0), view)?,
        }))
    }
}

fn view_op(name: &'static str, input: &Tensor, layout: Layout, back: Back) -> Result<Tensor> {
    let shape = layout.shape.clone();
    apply_view(ViewOp { name, back, shape }, input, layout)
}

/// A view whose layout is `f` of the input's; the gradient is placed where `f` finds the elements of a contiguous tensor.
fn placed(name: &'static str, input: &Tensor, f: impl Fn(&Layout) -> Layout) -> Result<Tensor> {
    let back = Back::Place(f(&Layout::contiguous(input.shape())));
    view_op(name, input, f(input.layout()), back)
}

/// Zeros of `shape` with the input added at `view` of them.
struct Place {
    shape: Shape,
    view: Layout,
}

impl Op for Place {
    fn name(&self) -> &'static str {
        "place"
    }
    fn infer(&self, inputs: &[&Tensor]) -> Result<Specs> {
        Ok(smallvec::smallvec![Spec::new(self.shape.clone(), inputs[0].dtype())])
    }
    fn cpu(&self, inputs: &[Arg], outputs: &[Arg]) -> Result<()> {
        let (input, out) = (inputs[0], outputs[0]);
        bridge::fill(crate::Scalar::Int(0), out);
        if self.view.numel() == 0 {
            return Ok(());
        }
        let target = out.at(&self.view)?;
        if self.view.overlaps_itself() {
            bridge::add_one_by_one(input, target)
        } else {
            bridge::copy(input, target)
        }
        Ok(())
    }
    fn vjp(&self, _: &Cx, grads: &[Option<Tensor>]) -> Result<Grads> {
        let Some(g) = &grads[0] else { return Ok(smallvec::smallvec![None]) };
        let g = g.contiguous()?;
        Ok(grads1(as_strided_at(&g, &self.view)?))
    }
}

/// Zeros of `shape` with `g` added where `view` of a contiguous tensor of that shape lies.
fn place(g: &Tensor, shape: &[usize], view: &Layout) -> Result<Tensor> {
    apply(Place { shape: shape.into(), view: view.clone() }, &[g])
}

/// `as_strided` with an offset that counts from the tensor's own first element.
fn as_strided_at(input: &Tensor, view: &Layout) -> Result<Tensor> {
    let mut layout = view.clone();
    layout.offset += input.layout().offset;
    strided::as_strided_layout(input, layout)
}

/// The whole tensor as a view of itself: a node of its own in the history.
pub(crate) fn identity(input: &Tensor) -> Result<Tensor> {
    view_op("view", input, input.layout().clone(), Back::Reshape)
}

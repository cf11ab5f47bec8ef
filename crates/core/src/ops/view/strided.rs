//! Views by explicit strides, their scatter form, and the nodes that writes in place through views get.

use super::*;
use crate::function;
use crate::tensor::{Edge, Needs, Strides, connect_bare, new_node};

/// Any shape and strides over the storage that the input lies in.
struct AsStrided {
    view: Layout,
    base: Layout,
}

impl Op for AsStrided {
    fn name(&self) -> &'static str {
        "as_strided"
    }
    fn kind(&self) -> Kind {
        Kind::View
    }
    fn infer(&self, inputs: &[&Tensor]) -> Result<Specs> {
        Ok(smallvec::smallvec![Spec::new(self.view.shape.clone(), inputs[0].dtype())])
    }
    fn cpu(&self, _: &[Arg], _: &[Arg]) -> Result<()> {
        bail!("as_strided: a view has no kernel")
    }
    fn vjp(&self, _: &Cx, grads: &[Option<Tensor>]) -> Result<Grads> {
        let Some(g) = &grads[0] else { return Ok(smallvec::smallvec![None]) };
        // In a flat picture of the storage between the lowest and the highest element that either layout touches.
        let spans: SmallVec<[(usize, usize); 2]> = [self.view.span(), self.base.span()].into_iter().flatten().collect();
        let low = spans.iter().map(|s| s.0).min().unwrap_or(0);
        let high = spans.iter().map(|s| s.1 + 1).max().unwrap_or(0);
        let flat = |l: &Layout| Layout { offset: l.offset.saturating_sub(low), ..l.clone() };
        let storage = place(g, &[high - low], &flat(&self.view))?;
        Ok(grads1(as_strided_at(&storage, &flat(&self.base))?))
    }
}

pub(super) fn as_strided_layout(input: &Tensor, layout: Layout) -> Result<Tensor> {
    layout.check(input.element_size(), input.storage().len())?;
    apply_view(AsStrided { view: layout.clone(), base: input.layout().clone() }, input, layout)
}

/// A view with any sizes and strides over the input's storage. `storage_offset` counts elements from the storage's start;
/// without it the view starts where the input does.
#[function(dtypes = "all", sig = "input, size, stride, storage_offset=None", samples = ["T(4,4), [2,3], [4,1]", "T(4,4), [3,2], [1,2], 1"])]
pub fn as_strided(input: &Tensor, size: &[i64], stride: &[i64], storage_offset: Option<i64>) -> Result<Tensor> {
    if size.len() != stride.len() {
        bail!("mismatch in length of strides and shape: {stride:?} and {size:?}");
    }
    if size.iter().any(|n| *n < 0) || stride.iter().any(|s| *s < 0) || storage_offset.is_some_and(|o| o < 0) {
        bail!(
            "as_strided: Negative sizes, strides and offsets are not supported at the moment, got sizes {size:?}, strides {stride:?}, offset {storage_offset:?}"
        );
    }
    let shape: Shape = size.iter().map(|n| *n as usize).collect();
    let strides: Strides = stride.iter().map(|s| *s as isize).collect();
    let offset = storage_offset.map_or(input.storage_offset(), |o| o as usize);
    as_strided_layout(input, Layout { shape, strides, offset })
}

/// A copy of the first input with the second written at `view` (which counts from the first element).
struct Scatter {
    view: Layout,
}

impl Op for Scatter {
    fn name(&self) -> &'static str {
        "as_strided_scatter"
    }
    fn infer(&self, inputs: &[&Tensor]) -> Result<Specs> {
        Ok(smallvec::smallvec![Spec::new(inputs[0].shape(), inputs[0].dtype())])
    }
    fn cpu(&self, inputs: &[Arg], outputs: &[Arg]) -> Result<()> {
        bridge::copy(inputs[0], outputs[0]);
        if self.view.numel() > 0 {
            bridge::copy(inputs[1], outputs[0].at(&self.view)?);
        }
        Ok(())
    }
    fn vjp(&self, cx: &Cx, grads: &[Option<Tensor>]) -> Result<Grads> {
        let Some(g) = &grads[0] else { return Ok(smallvec::smallvec![None, None]) };
        let g = g.contiguous()?;
        let rest = if cx.needs(0) {
            let zeros = crate::ops::zeros(&self.view.shape, g.dtype())?;
            Some(apply(Scatter { view: self.view.clone() }, &[&g, &zeros])?)
        } else {
            None
        };
        let written = if cx.needs(1) { Some(as_strided_at(&g, &self.view)?) } else { None };
        Ok(smallvec::smallvec![rest, written])
    }
}

/// Where `view`, a view of `base`, lies in a contiguous tensor of the shape of `base`; `None` if `base` has gaps.
fn in_contiguous(base: &Tensor, view: &Layout) -> Option<Layout> {
    let offset = view.offset.checked_sub(base.storage_offset())?;
    if base.is_contiguous() {
        return Some(Layout { offset, ..view.clone() });
    }
    // A permuted base: each stride of the view is a sum of steps along the base's dimensions, largest first.
    if !base.layout().is_dense() {
        return None;
    }
    let contiguous = crate::contiguous_strides(base.shape());
    let mut dims: SmallVec<[(isize, isize); 5]> =
        base.stride().iter().copied().zip(contiguous.iter().copied()).collect();
    dims.sort_unstable_by_key(|d| std::cmp::Reverse(d.0));
    let translate = |mut n: isize| {
        let mut out = 0;
        for (from, to) in &dims {
            if *from > 0 {
                out += n / from * to;
                n %= from;
            }
        }
        out
    };
    Some(Layout {
        shape: view.shape.clone(),
        strides: view.strides.iter().map(|s| translate(*s)).collect(),
        offset: translate(offset as isize) as usize,
    })
}

/// The history of `base` after its view `dst` was written in place by an op whose output is `edge`.
pub(crate) fn scatter_node(base: &Tensor, dst: &Tensor, edge: &Edge) -> Edge {
    let old = base.alias();
    let mut bits = 2;
    if let Some(history) = base.grad_edge() {
        old.set_edge(history);
        bits |= 1;
    }
    let written = dst.alias();
    written.set_edge(edge.clone());
    let view = in_contiguous(base, dst.layout()).unwrap_or_else(|| dst.layout().clone());
    let node = connect_bare(new_node(Scatter { view }), &[&old, &written], &[base], Needs(bits));
    Edge { node, output: 0 }
}

/// The history of a view whose base was written in place since the view was made.
pub(crate) fn view_node(view: &Tensor, base: &Tensor, edge: Edge) -> Edge {
    let source = base.alias();
    source.set_edge(edge);
    let op = AsStrided { view: view.layout().clone(), base: base.layout().clone() };
    let node = connect_bare(new_node(op), &[&source], &[view], Needs(1));
    Edge { node, output: 0 }
}

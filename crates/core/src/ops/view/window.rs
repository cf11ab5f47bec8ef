//! Views of some of the elements: slices, diagonals, windows, and lists of them.

use super::*;
use crate::apply::apply_views;
use crate::function;
use crate::tensor::{wrap_dim, wrap_dim_nonscalar};

/// Index `index` along `dim`, which disappears.
#[function(dtypes = "all", samples = ["T(3,4), 0, 1", "T(3,4), -1, -2"])]
pub fn select(input: &Tensor, dim: i64, index: i64) -> Result<Tensor> {
    if input.dim() == 0 {
        bail!(Index, "select() cannot be applied to a 0-dim tensor.");
    }
    let d = wrap_dim(dim, input.dim())?;
    let size = input.shape()[d] as i64;
    if index < -size || index >= size {
        bail!(Index, "select(): index {index} out of range for tensor of size {:?} at dimension {d}", input.shape());
    }
    let at = if index < 0 { index + size } else { index } as usize;
    placed("select", input, |l| l.select(d, at))
}

/// `start..start + length` along `dim`.
#[function(dtypes = "all", samples = ["T(5,4), 0, 1, 3", "T(3,4), 1, -2, 2"])]
pub fn narrow(input: &Tensor, dim: i64, start: i64, length: i64) -> Result<Tensor> {
    if input.dim() == 0 {
        bail!("narrow() cannot be applied to a 0-dim tensor.");
    }
    let d = wrap_dim_nonscalar(dim, input.dim())?;
    let size = input.shape()[d] as i64;
    if length < 0 {
        bail!("narrow(): length must be non-negative, and it is {length}");
    }
    if start < -size || start > size {
        bail!(Index, "start out of range (expected to be in range of [{}, {size}], but got {start})", -size);
    }
    let from = if start < 0 { start + size } else { start };
    if from + length > size {
        bail!("start ({from}) + length ({length}) exceeds dimension size ({size}).");
    }
    placed("narrow", input, |l| l.slice(d, from as usize, length as usize, 1))
}

/// `start..end` by `step` along `dim`, with Python's rules for negative and too large bounds.
#[function(dtypes = "all", torch = "ops.aten.slice", sig = "input, dim=0, start=None, end=None, step=1", samples = ["T(7,4), 0, 1, 6, 2", "T(3,4), 1, -3, -1, 1", "T(3,4), 0, 2, 1", "T(5), 0"])]
pub fn slice(input: &Tensor, dim: i64, start: Option<i64>, end: Option<i64>, step: i64) -> Result<Tensor> {
    let d = wrap_dim_nonscalar(dim, input.dim())?;
    if step <= 0 {
        bail!(Value, "slice step must be positive, and it is {step}; use flip() for the reverse order");
    }
    let size = input.shape()[d] as i64;
    let clamp = |i: i64| (if i < 0 { i + size } else { i }).clamp(0, size);
    let from = clamp(start.unwrap_or(0));
    let to = clamp(end.unwrap_or(size)).max(from);
    let len = ((to - from) as usize).div_ceil(step as usize);
    placed("slice", input, |l| l.slice(d, from as usize, len, step as isize))
}

/// The diagonal over `dim1` and `dim2` (`offset` above the main one), as a new last dimension.
#[function(dtypes = "all", sig = "input, offset=0, dim1=0, dim2=1", samples = ["T(3,4)", "T(4,3), 1", "T(4,3), -1", "T(2,3,4), 0, 1, 2"])]
pub fn diagonal(input: &Tensor, offset: i64, dim1: i64, dim2: i64) -> Result<Tensor> {
    let (a, b) = (wrap_dim(dim1, input.dim())?, wrap_dim(dim2, input.dim())?);
    if a == b || input.dim() < 2 {
        bail!("diagonal dimensions cannot be identical {dim1}, {dim2}");
    }
    let (rows, columns) = (input.shape()[a] as i64, input.shape()[b] as i64);
    let len = if offset >= 0 { rows.min(columns - offset) } else { (rows + offset).min(columns) }.max(0) as usize;
    placed("diagonal", input, |l| {
        let mut out = l.clone();
        if len > 0 {
            let shift = if offset >= 0 { offset as isize * l.strides[b] } else { -offset as isize * l.strides[a] };
            out.offset = (out.offset as isize + shift) as usize;
        }
        let stride = l.strides[a] + l.strides[b];
        for d in [a.max(b), a.min(b)] {
            out.shape.remove(d);
            out.strides.remove(d);
        }
        out.shape.push(len);
        out.strides.push(stride);
        out
    })
}

/// All windows of `size` elements, `step` apart, along `dimension`; the window is a new last dimension.
#[function(dtypes = "all", torch = "Tensor.unfold", samples = ["T(7), 0, 3, 2", "T(3,6), 1, 2, 1"])]
pub fn unfold(input: &Tensor, dimension: i64, size: i64, step: i64) -> Result<Tensor> {
    let d = wrap_dim(dimension, input.dim())?;
    let have = if input.dim() == 0 { 1 } else { input.shape()[d] } as i64;
    if size < 0 || size > have {
        bail!("maximum size for tensor at dimension {d} is {have} but size is {size}");
    }
    if step <= 0 {
        bail!("step is {step} but must be > 0");
    }
    if input.dim() == 0 {
        // The window is the only dimension.
        return narrow(&reshape_to(input, &[1])?, 0, 0, size);
    }
    placed("unfold", input, |l| {
        let mut out = l.clone();
        out.shape[d] = ((have - size) / step + 1) as usize;
        out.strides[d] = l.strides[d] * step as isize;
        out.shape.push(size as usize);
        out.strides.push(l.strides[d]);
        out
    })
}

/// Pieces of `split_size` along `dim`; the last may be smaller.
#[function(dtypes = "all", torch = "split", sig = "input, split_size_or_sections, dim=0", samples = ["T(5,4), 2", "T(3,4), 3, 1"])]
pub fn split(input: &Tensor, split_size: i64, dim: i64) -> Result<Vec<Tensor>> {
    let d = wrap_dim_nonscalar(dim, input.dim())?;
    let size = input.shape()[d];
    if split_size < 0 || (split_size == 0 && size != 0) {
        bail!("split expects split_size be positive (or 0 for a dimension of size 0), but got split_size={split_size}");
    }
    let step = (split_size as usize).max(1);
    let sections: Vec<i64> =
        if size == 0 { vec![0] } else { (0..size.div_ceil(step)).map(|i| step.min(size - i * step) as i64).collect() };
    split_with_sizes(input, &sections, dim)
}

/// Pieces of the given sizes along `dim`, which together make up the dimension.
#[function(dtypes = "all", torch = "split", sig = "input, split_size_or_sections, dim=0", samples = ["T(5,4), [2,0,3]", "T(3,4), [1,3], 1"])]
pub fn split_with_sizes(input: &Tensor, split_sizes: &[i64], dim: i64) -> Result<Vec<Tensor>> {
    let d = wrap_dim_nonscalar(dim, input.dim())?;
    let size = input.shape()[d] as i64;
    if split_sizes.iter().any(|s| *s < 0) || split_sizes.iter().sum::<i64>() != size {
        bail!(
            "split_with_sizes expects split_sizes to sum exactly to {size} (input tensor's size at dimension {d}), but got split_sizes={split_sizes:?}"
        );
    }
    let mut at = 0;
    let layouts = split_sizes
        .iter()
        .map(|n| {
            at += n;
            input.layout().slice(d, (at - n) as usize, *n as usize, 1)
        })
        .collect();
    apply_views(Pieces { dim: d, stacked: false }, input, layouts)
}

/// Views that together show every element once: pieces along a dimension, or the slices of it.
struct Pieces {
    dim: usize,
    stacked: bool,
}

impl Op for Pieces {
    fn name(&self) -> &'static str {
        if self.stacked { "unbind" } else { "split" }
    }
    fn kind(&self) -> Kind {
        Kind::View
    }
    fn infer(&self, _: &[&Tensor]) -> Result<Specs> {
        bail!("{}: views are made by apply_views", self.name())
    }
    fn cpu(&self, _: &[Arg], _: &[Arg]) -> Result<()> {
        bail!("{}: a view has no kernel", self.name())
    }
    fn vjp(&self, cx: &Cx, grads: &[Option<Tensor>]) -> Result<Grads> {
        let parts: Vec<Tensor> = grads
            .iter()
            .enumerate()
            .map(|(i, g)| match g {
                Some(g) => Ok(g.clone()),
                None => crate::ops::zeros(cx.output_shape(i), cx.input_dtype(0)),
            })
            .collect::<Result<_>>()?;
        let dim = self.dim as i64;
        Ok(grads1(if self.stacked { crate::ops::stack(&parts, dim)? } else { crate::ops::cat(&parts, dim)? }))
    }
}

/// `chunks` pieces of equal size along `dim` (the last smaller, and fewer of them, where they do not come out even).
#[function(dtypes = "all", sig = "input, chunks, dim=0", samples = ["T(5,4), 3", "T(3,4), 2, 1", "T(6), 4"])]
pub fn chunk(input: &Tensor, chunks: i64, dim: i64) -> Result<Vec<Tensor>> {
    if chunks <= 0 {
        bail!("chunk expects `chunks` to be greater than 0, got: {chunks}");
    }
    let d = wrap_dim_nonscalar(dim, input.dim())?;
    let size = input.shape()[d] as i64;
    if size == 0 {
        return split_with_sizes(input, &vec![0; chunks as usize], dim);
    }
    split(input, (size + chunks - 1) / chunks, dim)
}

/// `sections` pieces along `dim` whose sizes differ by at most one, the larger first.
#[function(dtypes = "all", torch = "tensor_split", sig = "input, indices_or_sections, dim=0", samples = ["T(5,4), 3", "T(3,4), 2, 1"])]
pub fn tensor_split(input: &Tensor, sections: i64, dim: i64) -> Result<Vec<Tensor>> {
    let d = wrap_dim_nonscalar(dim, input.dim())?;
    if sections <= 0 {
        bail!("number of sections must be larger than 0, got {sections}");
    }
    let size = input.shape()[d] as i64;
    let sizes: Vec<i64> = (0..sections).map(|i| size / sections + i64::from(i < size % sections)).collect();
    split_with_sizes(input, &sizes, dim)
}

/// The slices along `dim`, without it.
#[function(dtypes = "all", sig = "input, dim=0", samples = ["T(3,4)", "T(2,3), 1"])]
pub fn unbind(input: &Tensor, dim: i64) -> Result<Vec<Tensor>> {
    let d = wrap_dim_nonscalar(dim, input.dim())?;
    let layouts = (0..input.shape()[d]).map(|i| input.layout().select(d, i)).collect();
    apply_views(Pieces { dim: d, stacked: true }, input, layouts)
}

//! Views that change the shape, or the order of the dimensions.

use super::*;
use crate::tensor::wrap_dim;
use crate::{DType, function};

/// Sizes with at most one -1, which stands for what is left.
fn infer_size(name: &str, sizes: &[i64], numel: usize) -> Result<Shape> {
    let mut unknown = None;
    let mut known = 1usize;
    for (i, size) in sizes.iter().enumerate() {
        match *size {
            -1 if unknown.is_some() => bail!("{name}: only one dimension can be inferred, and the sizes are {sizes:?}"),
            -1 => unknown = Some(i),
            n if n < 0 => bail!("{name}: invalid shape dimension {n} in {sizes:?}"),
            n => known = known.saturating_mul(n as usize),
        }
    }
    let mut shape: Shape = sizes.iter().map(|n| (*n).max(0) as usize).collect();
    match unknown {
        Some(_) if known == 0 => bail!(
            "{name}: cannot reshape tensor of {numel} elements into shape {sizes:?} because the unspecified dimension size -1 \
             can be any value and is ambiguous"
        ),
        Some(i) if numel.is_multiple_of(known) => shape[i] = numel / known,
        None if known == numel => {}
        _ => bail!("{name}: shape '{sizes:?}' is invalid for input of size {numel}"),
    }
    Ok(shape)
}

pub(crate) fn reshape_to(input: &Tensor, shape: &[usize]) -> Result<Tensor> {
    if input.shape() == shape {
        return Ok(input.clone());
    }
    match input.layout().view(shape) {
        Some(layout) => view_op("reshape", input, layout, Back::Reshape),
        None => {
            let dense = super::super::clone_dense(input)?;
            let layout = Layout::contiguous(shape);
            view_op("reshape", &dense, layout, Back::Reshape)
        }
    }
}

/// The same elements in another shape, without copying; one size may be -1.
#[function(dtypes = "all", sig = "input, size", torch = "Tensor.view", samples = ["T(3,4), [2,6]", "T(3,4), [-1]", "T(2,0), [0,5]"])]
pub fn view(input: &Tensor, size: &[i64]) -> Result<Tensor> {
    let shape = infer_size("view", size, input.numel())?;
    match input.layout().view(&shape) {
        Some(layout) => view_op("view", input, layout, Back::Reshape),
        None => bail!(
            "view size is not compatible with input tensor's size and stride (at least one dimension spans across two \
             contiguous subspaces): {:?} strides {:?} as {size:?}. Use .reshape(...) instead.",
            input.shape(),
            input.stride()
        ),
    }
}

/// The same bytes as elements of another dtype: the last dimension, whose elements lie side by side, becomes longer or shorter
/// where their sizes differ. No gradient flows through it.
#[function(dtypes = "all", torch = "Tensor.view", grad = false, samples = ["T(3,4), int32", "T(3,4), float64", "T(2,3), uint8"])]
pub fn view_dtype(input: &Tensor, dtype: DType) -> Result<Tensor> {
    let (old, new) = (input.element_size(), dtype.size());
    let mut layout = input.layout().clone();
    if old != new {
        let Some(last) = input.dim().checked_sub(1) else {
            bail!("view(dtype): self.dim() cannot be 0 to view {} as {}", input.dtype().name(), dtype.name());
        };
        if layout.strides[last] != 1 && layout.shape[last] != 1 {
            bail!("view(dtype): self.stride(-1) must be 1, not {}; make it contiguous() first", layout.strides[last]);
        }
        let fits = |n: usize| (n * old).is_multiple_of(new);
        let others = layout.strides[..last].iter().all(|s| fits(s.unsigned_abs()));
        if !fits(layout.shape[last]) || !fits(layout.offset) || !others {
            bail!(
                "view(dtype): sizes, strides and offset of {:?} must be divisible by {} to view {} as {}",
                input.shape(),
                new / old.min(new),
                input.dtype().name(),
                dtype.name()
            );
        }
        layout.shape[last] = layout.shape[last] * old / new;
        layout.offset = layout.offset * old / new;
        for s in &mut layout.strides[..last] {
            *s = *s * old as isize / new as isize;
        }
    }
    Tensor::from_storage(input.storage().clone(), layout, dtype)
}

/// The same elements in another shape: a view where there is one, else a copy. One size may be -1.
#[function(dtypes = "all", samples = ["T(3,4), [2,6]", "T(3,4), [-1]", "T(2,3,4), [6,-1]"])]
pub fn reshape(input: &Tensor, shape: &[i64]) -> Result<Tensor> {
    let shape = infer_size("reshape", shape, input.numel())?;
    reshape_to(input, &shape)
}

/// Dimensions `start_dim..=end_dim` made one.
#[function(dtypes = "all", sig = "input, start_dim=0, end_dim=-1", samples = ["T(2,3,4)", "T(2,3,4), 1", "T(2,3,4), 0, 1", "T()"])]
pub fn flatten(input: &Tensor, start_dim: i64, end_dim: i64) -> Result<Tensor> {
    let (start, end) = (wrap_dim(start_dim, input.dim())?, wrap_dim(end_dim, input.dim())?);
    if start > end {
        bail!("flatten() has invalid args: start_dim cannot come after end_dim: {start_dim} and {end_dim}");
    }
    if input.dim() == 0 {
        return reshape_to(input, &[1]);
    }
    let mut shape: Shape = input.shape()[..start].into();
    shape.push(input.shape()[start..=end].iter().product());
    shape.extend_from_slice(&input.shape()[end + 1..]);
    reshape_to(input, &shape)
}

/// Dimension `dim` split into `sizes`; one of them may be -1.
#[function(dtypes = "all", samples = ["T(6,4), 0, [2,3]", "T(3,8), 1, [2,-1]"])]
pub fn unflatten(input: &Tensor, dim: i64, sizes: &[i64]) -> Result<Tensor> {
    let d = wrap_dim(dim, input.dim())?;
    if sizes.is_empty() || input.dim() == 0 {
        bail!("unflatten: sizes must be non-empty and the tensor must have dimensions");
    }
    let inner = infer_size("unflatten", sizes, input.shape()[d])?;
    let mut shape: Shape = input.shape()[..d].into();
    shape.extend_from_slice(&inner);
    shape.extend_from_slice(&input.shape()[d + 1..]);
    reshape_to(input, &shape)
}

/// Broadcast to `size` without copying; -1 keeps a size.
#[function(dtypes = "all", torch = "Tensor.expand", sig = "input, size", samples = ["T(3,1), [3,4]", "T(4), [2,3,4]", "T(3,1), [2,-1,5]"])]
pub fn expand(input: &Tensor, size: &[i64]) -> Result<Tensor> {
    let lead = size.len().saturating_sub(input.dim());
    let mut shape = Shape::new();
    for (i, n) in size.iter().enumerate() {
        match *n {
            -1 if i >= lead => shape.push(input.shape()[i - lead]),
            n if n < 0 => bail!("expand: the size {n} of the new dimension {i} is not allowed; sizes {size:?}"),
            n => shape.push(n as usize),
        }
    }
    expand_to(input, &shape)
}

pub(crate) fn expand_to(input: &Tensor, shape: &[usize]) -> Result<Tensor> {
    if input.shape() == shape {
        return Ok(input.clone());
    }
    view_op("expand", input, input.layout().expand(shape)?, Back::Expand)
}

/// Broadcast to the shape of `other`.
#[function(dtypes = "all", torch = "Tensor.expand_as", samples = ["T(3,1), T(3,4)"])]
pub fn expand_as(input: &Tensor, other: &Tensor) -> Result<Tensor> {
    expand_to(input, other.shape())
}

/// Broadcast to `size`.
#[function(dtypes = "all", samples = ["T(3,1), [3,4]"])]
pub fn broadcast_to(input: &Tensor, size: &[i64]) -> Result<Tensor> {
    expand(input, size)
}

/// All tensors broadcast to their common shape.
#[function(dtypes = "all", method = false, samples = ["[T(3,1), T(4)]"])]
pub fn broadcast_tensors(tensors: &[Tensor]) -> Result<Vec<Tensor>> {
    let mut shape = Shape::new();
    for t in tensors {
        shape = crate::broadcast_shapes(&shape, t.shape()).map_err(|e| e.context("broadcast_tensors"))?;
    }
    tensors.iter().map(|t| expand_to(t, &shape)).collect()
}

pub(crate) fn permute_dims(input: &Tensor, name: &'static str, dims: &[usize]) -> Result<Tensor> {
    let mut inverse: SmallVec<[usize; 5]> = smallvec::smallvec![0; dims.len()];
    for (i, d) in dims.iter().enumerate() {
        inverse[*d] = i;
    }
    view_op(name, input, input.layout().permute(dims), Back::Permute(inverse))
}

/// The dimensions in the order `dims`.
#[function(dtypes = "all", samples = ["T(2,3,4), [2,0,1]", "T(2,3), [-1,0]"])]
pub fn permute(input: &Tensor, dims: &[i64]) -> Result<Tensor> {
    if dims.len() != input.dim() {
        bail!(
            "permute(sparse_coo): number of dimensions in the tensor input does not match the length of the desired ordering of \
             dimensions i.e. input.dim() = {} is not equal to len(dims) = {}",
            input.dim(),
            dims.len()
        );
    }
    let mut order: SmallVec<[usize; 5]> = SmallVec::new();
    for d in dims {
        let d = wrap_dim(*d, input.dim())?;
        if order.contains(&d) {
            bail!("permute(): duplicate dims are not allowed: {dims:?}");
        }
        order.push(d);
    }
    permute_dims(input, "permute", &order)
}

/// Dimensions `dim0` and `dim1` swapped.
#[function(dtypes = "all", samples = ["T(2,3,4), 0, 2", "T(3,4), -1, 0", "T(), 0, 0"])]
pub fn transpose(input: &Tensor, dim0: i64, dim1: i64) -> Result<Tensor> {
    let (a, b) = (wrap_dim(dim0, input.dim())?, wrap_dim(dim1, input.dim())?);
    let mut order: SmallVec<[usize; 5]> = (0..input.dim()).collect();
    if input.dim() > 0 {
        order.swap(a, b);
    }
    permute_dims(input, "transpose", &order)
}

/// `transpose` by NumPy's name.
#[function(dtypes = "all", samples = ["T(2,3,4), 0, 2"])]
pub fn swapaxes(input: &Tensor, axis0: i64, axis1: i64) -> Result<Tensor> {
    transpose(input, axis0, axis1)
}

/// The transpose of a matrix; tensors with fewer dimensions as they are.
#[function(dtypes = "all", samples = ["T(3,4)", "T(3)"])]
pub fn t(input: &Tensor) -> Result<Tensor> {
    match input.dim() {
        0 | 1 => Ok(input.clone()),
        2 => permute_dims(input, "t", &[1, 0]),
        n => bail!("t() expects a tensor with <= 2 dimensions, but self is {n}D; use transpose() or mt()"),
    }
}

impl Tensor {
    /// The last two dimensions swapped (`Tensor.mT`); a 0-d tensor as it is.
    pub fn mt(&self) -> Result<Tensor> {
        match self.dim() {
            0 => Ok(self.clone()),
            1 => bail!("tensor.mT is only supported on matrices or batches of matrices. Got 1-D tensor."),
            _ => transpose(self, -2, -1),
        }
    }
}

/// The last two dimensions swapped, and complex numbers conjugated; a 0-d tensor keeps its shape.
#[function(dtypes = "all", samples = ["T(3,4)", "T(2,3,4)"])]
pub fn adjoint(input: &Tensor) -> Result<Tensor> {
    if input.dim() == 1 {
        bail!("tensor.adjoint() is only supported on matrices or batches of matrices. Got 1-D tensor.");
    }
    let turned = input.mt()?;
    if input.dtype().is_complex() { turned.conj() } else { Ok(turned) }
}

/// Dimensions `source` moved to the places `destination`; the others keep their order.
#[function(dtypes = "all", samples = ["T(2,3,4), [0], [2]", "T(2,3,4), [0,1], [1,2]"])]
pub fn movedim(input: &Tensor, source: Vec<i64>, destination: Vec<i64>) -> Result<Tensor> {
    if source.len() != destination.len() {
        bail!(
            "movedim: Invalid source or destination dims: source ({source:?} dims) should contain the same number of dims as destination ({destination:?} dims)"
        );
    }
    let rank = input.dim();
    let from: Vec<usize> = source.iter().map(|d| wrap_dim(*d, rank)).collect::<Result<_>>()?;
    let to: Vec<usize> = destination.iter().map(|d| wrap_dim(*d, rank)).collect::<Result<_>>()?;
    for (list, name) in [(&from, "source"), (&to, "destination")] {
        if (1..list.len()).any(|i| list[..i].contains(&list[i])) {
            bail!("movedim: repeated dim in `{name}` ({list:?})");
        }
    }
    let mut order: Vec<Option<usize>> = vec![None; rank];
    for (f, t) in from.iter().zip(&to) {
        order[*t] = Some(*f);
    }
    let mut rest = (0..rank).filter(|d| !from.contains(d));
    let order: Vec<usize> = order.into_iter().filter_map(|d| d.or_else(|| rest.next())).collect();
    permute_dims(input, "movedim", &order)
}

/// Without the dimensions of size 1 (all of them, or those of `dim` that have size 1).
#[function(dtypes = "all", sig = "input, dim=None", samples = ["T(3,1,4,1)", "T(3,1,4,1), 1", "T(3,1,4,1), [1,3]", "T(3,4), 0"])]
pub fn squeeze(input: &Tensor, dim: impl Into<crate::Dims>) -> Result<Tensor> {
    let dim = dim.into();
    // An empty list of dimensions means none here, and not all.
    let none = dim.as_slice().is_some_and(<[i64]>::is_empty);
    let mut flags = dim.flags(input.dim())?;
    if none {
        flags.fill(false);
    }
    view_op("squeeze", input, input.layout().squeeze(|d| flags[d]), Back::Reshape)
}

/// With a dimension of size 1 put in at `dim`.
#[function(dtypes = "all", samples = ["T(3,4), 0", "T(3,4), -1", "T(3,4), 1", "T(), 0"])]
pub fn unsqueeze(input: &Tensor, dim: i64) -> Result<Tensor> {
    let d = wrap_dim(dim, input.dim() + 1)?;
    view_op("unsqueeze", input, input.layout().unsqueeze(d), Back::Reshape)
}

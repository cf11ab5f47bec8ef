//! Elements in another order or number: flips, rolls, rotations, repetitions, grids.

use super::select::moved;
use crate::apply::apply;
use crate::ops::view::{expand_to, reshape_to};
use crate::storage::bridge;
use crate::tensor::{Arg, Cx, Grads, Kind, Op, Shape, Spec, Specs, wrap_dim, wrap_dim_nonscalar};
use crate::{DType, Dims, Layout, Result, Tensor, bail, function};
use smallvec::SmallVec;

/// Dimensions counted backwards.
#[derive(Clone)]
struct Flip {
    dims: SmallVec<[bool; 5]>,
}

impl Op for Flip {
    fn name(&self) -> &'static str {
        "flip"
    }
    fn kind(&self) -> Kind {
        Kind::Index
    }
    fn infer(&self, inputs: &[&Tensor]) -> Result<Specs> {
        Ok(smallvec::smallvec![Spec::new(inputs[0].shape(), inputs[0].dtype())])
    }
    fn cpu(&self, inputs: &[Arg], outputs: &[Arg]) -> Result<()> {
        if inputs[0].numel() == 0 {
            return Ok(());
        }
        let mut view = Layout::contiguous(inputs[0].shape());
        for (d, _) in self.dims.iter().enumerate().filter(|(_, flip)| **flip) {
            view = view.slice(d, view.shape[d] - 1, view.shape[d], -1);
        }
        bridge::copy(inputs[0].at(&view)?, outputs[0]);
        Ok(())
    }
    fn vjp(&self, _: &Cx, grads: &[Option<Tensor>]) -> Result<Grads> {
        moved(grads, |g| apply(self.clone(), &[&g.contiguous()?]))
    }
}

/// The elements in reverse order along `dims`.
#[function(dtypes = "all", sig = "input, dims", samples = ["T(3,4), [0]", "T(3,4), [0,1]", "T(2,3,4), [-1,0]", "T(0,3), [1]"])]
pub fn flip(input: &Tensor, dims: impl Into<Dims>) -> Result<Tensor> {
    let dims = dims.into();
    let flags = match dims.as_slice() {
        Some([]) => return input.clone_tensor(),
        _ => dims.flags(input.dim())?,
    };
    apply(Flip { dims: flags }, &[&input.contiguous()?])
}

/// The columns in reverse order.
#[function(dtypes = "all", samples = ["T(3,4)"])]
pub fn fliplr(input: &Tensor) -> Result<Tensor> {
    if input.dim() < 2 {
        bail!("Input must be >= 2-d.");
    }
    flip(input, 1)
}

/// The rows in reverse order.
#[function(dtypes = "all", samples = ["T(3,4)", "T(3)"])]
pub fn flipud(input: &Tensor) -> Result<Tensor> {
    if input.dim() < 1 {
        bail!("Input must be >= 1-d.");
    }
    flip(input, 0)
}

/// The elements moved on by `shifts` along `dims`; what falls off comes in at the other end. Without `dims` the flattened
/// tensor is rolled.
#[function(dtypes = "all", sig = "input, shifts, dims=[]", samples = ["T(3,4), 1, 0", "T(3,4), [1,-2], [0,1]", "T(3,4), 5", "T(0,3), 1, 1"])]
pub fn roll(input: &Tensor, shifts: Vec<i64>, dims: Vec<i64>) -> Result<Tensor> {
    if shifts.is_empty() {
        bail!("`shifts` required");
    }
    if dims.is_empty() && shifts.len() == 1 {
        let flat = roll(&reshape_to(input, &[input.numel()])?, shifts, vec![0])?;
        return reshape_to(&flat, input.shape());
    }
    if dims.len() != shifts.len() {
        bail!("shifts and dimensions must align. shifts: {}, dims:{}", shifts.len(), dims.len());
    }
    let mut x = input.clone();
    for (shift, dim) in shifts.into_iter().zip(dims) {
        let d = wrap_dim_nonscalar(dim, input.dim())?;
        let n = input.shape()[d] as i64;
        let shift = if n == 0 { 0 } else { shift.rem_euclid(n) };
        if shift != 0 {
            x = super::cat(&[x.narrow(dim, n - shift, shift)?, x.narrow(dim, 0, n - shift)?], dim)?;
        }
    }
    if x.is_same(input) { input.clone_tensor() } else { Ok(x) }
}

/// The tensor turned by `k` quarters from the first of `dims` towards the second.
#[function(dtypes = "all", sig = "input, k=1, dims=[0,1]", samples = ["T(3,4)", "T(3,4), 2", "T(2,3,4), -1, [1,2]", "T(3,4), 4"])]
pub fn rot90(input: &Tensor, k: i64, dims: &[i64]) -> Result<Tensor> {
    let &[a, b] = dims else { bail!("expected total rotation dims == 2, but got dims = {}", dims.len()) };
    if input.dim() < 2 {
        bail!("expected total dims >= 2, but got total dims = {}", input.dim());
    }
    if wrap_dim(a, input.dim())? == wrap_dim(b, input.dim())? {
        bail!("expected rotation dims to be different, but got dim0 = {a} and dim1 = {b}");
    }
    match k.rem_euclid(4) {
        1 => flip(input, b)?.transpose(a, b),
        2 => flip(input, [a, b]),
        3 => flip(input, a)?.transpose(a, b),
        _ => input.clone_tensor(),
    }
}

/// Copies of the tensor side by side, `repeats` of them along each dimension (new ones in front).
#[function(dtypes = "all", torch = "Tensor.repeat", samples = ["T(3,4), [2,3]", "T(3), [2,2]", "T(3,4), [0,1]", "T(), [3]"])]
pub fn repeat(input: &Tensor, repeats: &[i64]) -> Result<Tensor> {
    let lead = repeats.len().checked_sub(input.dim()).ok_or_else(|| {
        crate::err!(
            "Number of dimensions of repeat dims can not be smaller than number of dimensions of tensor: {} < {}",
            repeats.len(),
            input.dim()
        )
    })?;
    let sizes: Shape = (0..repeats.len()).map(|i| if i < lead { 1 } else { input.shape()[i - lead] }).collect();
    let wanted: Vec<i64> = sizes.iter().zip(repeats).map(|(n, r)| *n as i64 * r).collect();
    if let Some(bad) = wanted.iter().find(|n| **n < 0) {
        bail!("Trying to create tensor with negative dimension {bad}: {wanted:?}");
    }
    let apart: Shape = sizes.iter().flat_map(|n| [1, *n]).collect();
    let wide: Shape = sizes.iter().zip(repeats).flat_map(|(n, r)| [*r as usize, *n]).collect();
    let out: Shape = wanted.iter().map(|n| *n as usize).collect();
    let many = expand_to(&reshape_to(input, &apart)?, &wide)?;
    reshape_to(&crate::ops::convert::clone_dense(&many)?, &out)
}

/// [`repeat`] that fills up missing counts with ones in front.
#[function(dtypes = "all", samples = ["T(3,4), [2]", "T(3), [2,2]", "T(3,4), [2,1]"])]
pub fn tile(input: &Tensor, dims: &[i64]) -> Result<Tensor> {
    let missing = input.dim().saturating_sub(dims.len());
    let repeats: Vec<i64> = std::iter::repeat_n(1, missing).chain(dims.iter().copied()).collect();
    repeat(input, &repeats)
}

/// Each element (along `dim`, or of the flattened tensor) `repeats` times.
#[function(dtypes = "all", sig = "input, repeats, dim=None, *, output_size=None", samples = ["T(3,4), 2", "T(3,4), 3, 0", "T(3,4), 2, -1", "T(2,3), 0, 1"])]
pub fn repeat_interleave(input: &Tensor, repeats: i64, dim: Option<i64>, output_size: Option<i64>) -> Result<Tensor> {
    let _ = output_size;
    if repeats < 0 {
        bail!("Repeats must be non-negative, got {repeats}");
    }
    let (x, d) = flat_or_along(input, dim)?;
    let mut shape: Shape = x.shape().into();
    shape[d] *= repeats as usize;
    let mut wide: Shape = x.shape().into();
    wide.insert(d + 1, repeats as usize);
    let many = expand_to(&x.unsqueeze(d as i64 + 1)?, &wide)?;
    reshape_to(&crate::ops::convert::clone_dense(&many)?, &shape)
}

/// Each element (along `dim`, or of the flattened tensor) as often as the vector `repeats` says.
#[function(dtypes = "all", torch = "repeat_interleave", sig = "input, repeats, dim=None, *, output_size=None", samples = ["T(3,4), T(3,dtype=int64,low=0,high=4), 0", "T(4), T(4,dtype=int64,low=0,high=4)", "T(2,3), T(1,dtype=int64,low=2,high=3), 1"])]
pub fn repeat_interleave_each(
    input: &Tensor,
    repeats: &Tensor,
    dim: Option<i64>,
    output_size: Option<i64>,
) -> Result<Tensor> {
    let (x, d) = flat_or_along(input, dim)?;
    let n = x.shape()[d];
    let repeats = if repeats.numel() == 1 && repeats.dim() < 2 { expand_to(repeats, &[n])? } else { repeats.clone() };
    if repeats.dim() != 1 {
        bail!("repeats must be 0-dim or 1-dim tensor");
    }
    if repeats.shape()[0] != n {
        bail!(
            "repeats must have the same size as input along dim, but got repeats.size(0) = {} and input.size({d}) = {n}",
            repeats.shape()[0]
        );
    }
    let places = repeated_places(&repeats)?;
    if output_size.is_some_and(|n| n != places.numel() as i64) {
        bail!("allocated size does not match required size");
    }
    super::index_select(&x, d as i64, &places)
}

/// Each number i as often as `repeats[i]` says.
#[function(dtypes = "integer", grad = false, method = false, torch = "repeat_interleave", sig = "repeats", samples = ["T(4,dtype=int64,low=0,high=4)"])]
pub fn repeated_places(repeats: &Tensor) -> Result<Tensor> {
    if repeats.dim() != 1 {
        bail!("repeat_interleave only accept 1D vector as repeat");
    }
    if !matches!(repeats.dtype(), DType::I64 | DType::I32) {
        bail!("repeats has to be Long or Int tensor");
    }
    let repeats = super::longs(&repeats.to_dtype(DType::I64)?)?;
    if repeats.iter().any(|r| *r < 0) {
        bail!("repeats can not be negative");
    }
    let places: Vec<i64> = (0..).zip(&repeats).flat_map(|(i, r)| std::iter::repeat_n(i, *r as usize)).collect();
    let count = places.len();
    Tensor::from_vec(places, &[count])
}

fn flat_or_along(input: &Tensor, dim: Option<i64>) -> Result<(Tensor, usize)> {
    match dim {
        None => Ok((reshape_to(input, &[input.numel()])?, 0)),
        Some(dim) => Ok((input.clone(), wrap_dim_nonscalar(dim, input.dim())?)),
    }
}

/// Coordinates of a grid: tensor i has the values of vector i along dimension i (the first two swapped for "xy").
#[function(dtypes = "all", method = false, torch = "meshgrid", sig = "tensors, indexing='ij'", samples = ["[T(3), T(4)], indexing='ij'", "[T(3), T(4), T(2)], indexing='xy'"])]
pub fn meshgrid(tensors: &[Tensor], indexing: &str) -> Result<Vec<Tensor>> {
    if let Some(t) = tensors.iter().find(|t| t.dim() > 1) {
        bail!("torch.meshgrid: Expected 0D or 1D tensor in the tensor list but got: {:?}", t.shape());
    }
    let Some(first) = tensors.first() else { bail!("meshgrid expects a non-empty TensorList") };
    if tensors.iter().any(|t| t.dtype() != first.dtype()) {
        bail!("meshgrid expects all tensors to have the same dtype");
    }
    let swap = match indexing {
        "ij" => false,
        "xy" => tensors.len() >= 2,
        other => bail!("torch.meshgrid: indexing must be one of \"xy\" or \"ij\", but received: {other}"),
    };
    let mut order: Vec<usize> = (0..tensors.len()).collect();
    if swap {
        order.swap(0, 1);
    }
    let shape: Shape = order.iter().map(|i| tensors[*i].numel()).collect();
    (0..tensors.len())
        .map(|i| {
            let mut sizes: Shape = smallvec::smallvec![1; shape.len()];
            let at = order.iter().position(|o| *o == i).unwrap_or(i);
            sizes[at] = tensors[i].numel();
            expand_to(&reshape_to(&tensors[i], &sizes)?, &shape)
        })
        .collect()
}

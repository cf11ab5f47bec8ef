//! Taking elements at indices: whole slices, one by one along a dimension, or from the flattened tensor.

use super::{for_any, long_index, scatter_add};
use crate::apply::apply;
use crate::ops::around;
use crate::tensor::{Arg, Cx, Grads, Kind, Needs, Op, Saves, Shape, Spec, Specs, grads1, wrap_dim};
use crate::{DType, Result, Tensor, bail, function};
use flambeau_kernels::index as kernels;

/// Slices of a contiguous input at the indices of a contiguous vector.
pub(super) struct IndexSelect {
    pub dim: usize,
    /// `index_select` counts from 0; `x[index]` also from the end.
    pub from_end: bool,
}

impl Op for IndexSelect {
    fn name(&self) -> &'static str {
        if self.from_end { "index" } else { "index_select" }
    }
    fn kind(&self) -> Kind {
        Kind::Index
    }
    fn infer(&self, inputs: &[&Tensor]) -> Result<Specs> {
        let mut shape: Shape = inputs[0].shape().into();
        shape[self.dim] = inputs[1].numel();
        crate::tensor::checked_numel(&shape, inputs[0].dtype().size())?;
        Ok(smallvec::smallvec![Spec::new(shape, inputs[0].dtype())])
    }
    fn cpu(&self, inputs: &[Arg], outputs: &[Arg]) -> Result<()> {
        let (x, index) = (inputs[0], inputs[1].slice::<i64>()?);
        let shape = around(x.shape(), self.dim);
        if !self.from_end
            && let Some(bad) = kernels::bad_index(index, shape[1], false)
        {
            bail!(
                Index,
                "index out of range in self: index_select got {bad} for dimension {} with size {}",
                self.dim,
                shape[1]
            );
        }
        check_index(index, shape[1], true, || format!("dimension {} with size {}", self.dim, shape[1]))?;
        for_any!(x.dtype, T => kernels::index_select::<T>(x.slice()?, shape, index, outputs[0].slice_mut()?));
        Ok(())
    }
    fn saves(&self, _: Needs) -> Saves {
        Saves::inputs(2)
    }
    fn vjp(&self, cx: &Cx, grads: &[Option<Tensor>]) -> Result<Grads> {
        let Some(g) = &grads[0] else { return Ok(smallvec::smallvec![None, None]) };
        let zeros = crate::ops::zeros(cx.input_shape(0), g.dtype())?;
        let sum = super::scatter::add_slices(&zeros, self.dim, &cx.input(1)?, g)?;
        Ok(smallvec::smallvec![Some(sum), None])
    }
}

/// An `IndexError` for the first index outside `n` elements.
pub(super) fn check_index(index: &[i64], n: usize, from_end: bool, place: impl Fn() -> String) -> Result<()> {
    match kernels::bad_index(index, n, from_end) {
        Some(bad) => bail!(Index, "index {bad} is out of bounds for {}", place()),
        None => Ok(()),
    }
}

/// The slices of `input` along `dim` at the indices of a vector.
#[function(dtypes = "all", samples = ["T(5,4), 0, T(3,dtype=int64,low=0,high=5)", "T(3,4), 1, T(6,dtype=int64,low=0,high=4)", "T(2,3,4), -2, T(2,dtype=int64,low=0,high=3)", "T(5), 0, T(0,dtype=int64,low=0,high=5)"])]
pub fn index_select(input: &Tensor, dim: i64, index: &Tensor) -> Result<Tensor> {
    let dim = wrap_dim(dim, input.dim())?;
    if index.dim() > 1 {
        bail!(Index, "index_select(): Index is supposed to be a vector, got shape {:?}", index.shape());
    }
    let index = crate::ops::view::reshape_to(&long_index("index_select", index)?, &[index.numel()])?;
    if input.dim() == 0 {
        let chosen = index_select(&input.unsqueeze(0)?, 0, &index)?;
        if chosen.numel() != 1 {
            bail!("index_select(): Index to scalar can have only 1 value, got {} value(s)", chosen.numel());
        }
        return chosen.squeeze(0);
    }
    apply(IndexSelect { dim, from_end: false }, &[&input.contiguous()?, &index])
}

/// Single elements along a dimension; all other sizes agree.
struct Gather {
    dim: usize,
    /// The index is a vector, which takes whole slices.
    slices: bool,
}

impl Op for Gather {
    fn name(&self) -> &'static str {
        "gather"
    }
    fn kind(&self) -> Kind {
        Kind::Index
    }
    fn infer(&self, inputs: &[&Tensor]) -> Result<Specs> {
        let mut shape: Shape = inputs[1].shape().into();
        if self.slices {
            shape = inputs[0].shape().into();
            shape[self.dim] = inputs[1].numel();
        }
        Ok(smallvec::smallvec![Spec::new(shape, inputs[0].dtype())])
    }
    fn cpu(&self, inputs: &[Arg], outputs: &[Arg]) -> Result<()> {
        let (x, index, out) = (inputs[0], inputs[1].slice::<i64>()?, outputs[0]);
        let shape = around(x.shape(), self.dim);
        check_index(index, shape[1], false, || format!("dimension {} with size {}", self.dim, shape[1]))
            .map_err(|e| crate::err!("{}", e.message()))?;
        for_any!(x.dtype, T => {
            if self.slices {
                kernels::index_select::<T>(x.slice()?, shape, index, out.slice_mut()?);
            } else {
                kernels::gather::<T>(x.slice()?, shape, index, out.shape()[self.dim], out.slice_mut()?);
            }
        });
        Ok(())
    }
    fn saves(&self, _: Needs) -> Saves {
        Saves::inputs(2)
    }
    fn vjp(&self, cx: &Cx, grads: &[Option<Tensor>]) -> Result<Grads> {
        let Some(g) = &grads[0] else { return Ok(smallvec::smallvec![None, None]) };
        let zeros = crate::ops::zeros(cx.input_shape(0), g.dtype())?;
        let sum = if self.slices {
            super::scatter::add_slices(&zeros, self.dim, &cx.input(1)?, g)?
        } else {
            scatter_add(&zeros, self.dim as i64, &cx.input(1)?, g)?
        };
        Ok(smallvec::smallvec![Some(sum), None])
    }
}

/// `x` cut to the first `sizes` of every dimension but `except`.
pub(super) fn cut_to(x: &Tensor, sizes: &[usize], except: Option<usize>) -> Result<Tensor> {
    let mut x = x.clone();
    for (d, size) in sizes.iter().enumerate() {
        if Some(d) != except && x.shape()[d] != *size {
            x = x.narrow(d as i64, 0, *size as i64)?;
        }
    }
    Ok(x)
}

/// out[i][j][k] = input[index[i][j][k]][j][k] for dim 0, and likewise for the others. `index` may be smaller than
/// `input` in the other dimensions.
#[function(dtypes = "all", sig = "input, dim, index", samples = ["T(3,4), 1, T(3,2,dtype=int64,low=0,high=4)", "T(3,4), 0, T(5,4,dtype=int64,low=0,high=3)", "T(3,4), 0, T(2,3,dtype=int64,low=0,high=3)", "T(2,3,4), -2, T(2,5,4,dtype=int64,low=0,high=3)", "T(), 0, T(dtype=int64,low=0,high=1)"])]
pub fn gather(input: &Tensor, dim: i64, index: &Tensor) -> Result<Tensor> {
    let dim = wrap_dim(dim, input.dim())?;
    if input.dim() == 0 && index.dim() <= 1 {
        let found = gather(&input.unsqueeze(0)?, 0, &super::atleast_1d(index)?)?;
        return crate::ops::view::reshape_to(&found, index.shape());
    }
    if index.dim() == 0 && input.dim() == 1 {
        return gather(input, 0, &index.unsqueeze(0)?)?.squeeze(0);
    }
    // Small unsigned indices are taken too, as PyTorch does here alone.
    let long = |index: &Tensor| {
        if index.dtype() == DType::U8 { index.to_dtype(DType::I64) } else { long_index("gather", index) }
    };
    if index.numel() == 0 {
        long(index)?;
        // Nothing, and still in the history of the input.
        let none = crate::ops::view::reshape_to(input, &[input.numel()])?.narrow(0, 0, 0)?;
        return crate::ops::view::reshape_to(&none.clone_tensor()?, index.shape());
    }
    if index.dim() != input.dim() {
        bail!(
            "Index tensor must have the same number of dimensions as input tensor: index {:?}, input {:?}",
            index.shape(),
            input.shape()
        );
    }
    for d in 0..input.dim() {
        if d != dim && index.shape()[d] > input.shape()[d] {
            bail!(
                "Size does not match at dimension {d} expected index {:?} to be no larger than self {:?} apart from dimension {dim}",
                index.shape(),
                input.shape()
            );
        }
    }
    let cut = cut_to(input, index.shape(), Some(dim))?;
    let (slices, index) = match super::repeated(index, dim)? {
        Some(vector) => (true, long(&vector)?),
        None => (false, long(index)?),
    };
    apply(Gather { dim, slices }, &[&cut.contiguous()?, &index])
}

/// The elements of the flattened tensor at `index`, in the shape of `index`.
#[function(dtypes = "all", samples = ["T(3,4), T(2,3,dtype=int64,low=-12,high=12)", "T(5), T(dtype=int64,low=0,high=5)"])]
pub fn take(input: &Tensor, index: &Tensor) -> Result<Tensor> {
    if index.dtype() != DType::I64 {
        bail!("take(): Expected a long tensor for index, but got {}", index.dtype().name());
    }
    if input.numel() == 0 && index.numel() > 0 {
        bail!(Index, "take(): tried to take from an empty tensor");
    }
    let flat = crate::ops::view::reshape_to(input, &[input.numel()])?;
    let index_flat = crate::ops::view::reshape_to(&index.contiguous()?, &[index.numel()])?;
    super::longs(&index_flat).and_then(|v| match kernels::bad_index(&v, input.numel(), true) {
        Some(bad) => {
            bail!(Index, "out of range: tried to access index {bad} on a tensor of {} elements.", input.numel())
        }
        None => Ok(()),
    })?;
    let taken = apply(IndexSelect { dim: 0, from_end: true }, &[&flat.contiguous()?, &index_flat])?;
    crate::ops::view::reshape_to(&taken, index.shape())
}

/// `gather` with `input` and `indices` broadcast against each other except along `dim`; from both flattened without one.
#[function(dtypes = "all", sig = "input, indices, dim=None", samples = ["T(3,4), T(3,1,dtype=int64,low=0,high=4), 1", "T(3,4), T(1,4,dtype=int64,low=0,high=3), 0", "T(3,4), T(5,dtype=int64,low=0,high=12)"])]
pub fn take_along_dim(input: &Tensor, indices: &Tensor, dim: Option<i64>) -> Result<Tensor> {
    let Some(dim) = dim else {
        let flat = |t: &Tensor| crate::ops::view::reshape_to(t, &[t.numel()]);
        return gather(&flat(input)?, 0, &from_start(&flat(indices)?, input.numel())?);
    };
    if indices.dim() != input.dim() {
        bail!(
            "torch.take_along_dim(): input and indices should have the same number of dimensions, but got {} dimensions for \
             input, and {} dimensions for indices",
            input.dim(),
            indices.dim()
        );
    }
    let dim = wrap_dim(dim, input.dim())?;
    let without =
        |t: &Tensor| -> Shape { t.shape().iter().enumerate().map(|(d, n)| if d == dim { 1 } else { *n }).collect() };
    let mut shape = crate::broadcast_shapes(&without(input), &without(indices))?;
    let mut with = |t: &Tensor| {
        if let Some(n) = t.shape().get(dim) {
            shape[dim] = *n;
        }
        crate::ops::view::expand_to(t, &shape)
    };
    let (input, indices) = (with(input)?, with(indices)?);
    gather(&input, dim as i64, &from_start(&indices, input.shape().get(dim).copied().unwrap_or(1))?)
}

/// Indices that may count from the end, counted from the start.
fn from_start(index: &Tensor, n: usize) -> Result<Tensor> {
    if index.dtype() != DType::I64 {
        bail!("torch.take_along_dim(): dtype of indices should be Long but got {}", index.dtype().name());
    }
    index.lt(0)?.where_(&index.add(n as i64)?, index)
}

/// `grads1` for a moved gradient, where there is one.
pub(super) fn moved(grads: &[Option<Tensor>], f: impl FnOnce(&Tensor) -> Result<Tensor>) -> Result<Grads> {
    match &grads[0] {
        Some(g) => Ok(grads1(f(g)?)),
        None => Ok(smallvec::smallvec![None]),
    }
}

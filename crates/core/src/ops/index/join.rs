//! Joining tensors along an old or a new dimension.

use crate::apply::apply;
use crate::storage::bridge;
use crate::tensor::{Arg, Cx, Grads, Kind, Op, Shape, Spec, Specs, wrap_dim};
use crate::{DType, Layout, Result, Tensor, bail};
use smallvec::SmallVec;
use std::borrow::Borrow;

/// Tensors one after the other along `dim`.
struct Cat {
    /// "cat" or "stack".
    name: &'static str,
    dim: usize,
    dtype: DType,
    sizes: SmallVec<[usize; 8]>,
}

impl Op for Cat {
    fn name(&self) -> &'static str {
        self.name
    }
    fn kind(&self) -> Kind {
        Kind::Index
    }
    fn infer(&self, inputs: &[&Tensor]) -> Result<Specs> {
        let first = inputs[0].shape();
        for (i, t) in inputs.iter().enumerate().skip(1) {
            if t.dim() != first.len() {
                bail!("Tensors must have same number of dimensions: got {} and {}", first.len(), t.dim());
            }
            if let Some(d) = (0..first.len()).find(|d| *d != self.dim && t.shape()[*d] != first[*d]) {
                bail!(
                    "Sizes of tensors must match except in dimension {}. Expected size {} but got size {} for tensor number \
                     {i} in the list (dimension {d} of {:?} and {first:?}).",
                    self.dim,
                    first[d],
                    t.shape()[d],
                    t.shape()
                );
            }
        }
        let mut shape: Shape = first.into();
        shape[self.dim] = self.sizes.iter().sum();
        crate::tensor::checked_numel(&shape, self.dtype.size())?;
        Ok(smallvec::smallvec![Spec::new(shape, self.dtype)])
    }
    fn cpu(&self, inputs: &[Arg], outputs: &[Arg]) -> Result<()> {
        let out = outputs[0];
        if bridge::join(inputs, self.dim, out) {
            return Ok(());
        }
        let whole = Layout::contiguous(out.shape());
        let mut start = 0;
        for (input, size) in inputs.iter().zip(&self.sizes) {
            if input.numel() > 0 {
                bridge::copy(*input, out.at(&whole.slice(self.dim, start, *size, 1))?);
            }
            start += size;
        }
        Ok(())
    }
    fn vjp(&self, cx: &Cx, grads: &[Option<Tensor>]) -> Result<Grads> {
        let Some(g) = &grads[0] else { return Ok(smallvec::smallvec![None; self.sizes.len()]) };
        let mut start = 0;
        let mut out = Grads::new();
        for (i, size) in self.sizes.iter().enumerate() {
            out.push(if cx.needs(i) { Some(g.narrow(self.dim as i64, start, *size as i64)?) } else { None });
            start += *size as i64;
        }
        Ok(out)
    }
}

/// The tensors one after the other along `dim`; their other sizes must agree, and their dtypes are promoted. Tensors of
/// shape `[0]` are passed over whatever the others' rank, as in PyTorch.
pub fn cat<T: Borrow<Tensor>>(tensors: &[T], dim: i64) -> Result<Tensor> {
    join("cat", tensors, dim)
}

fn join<T: Borrow<Tensor>>(name: &'static str, tensors: &[T], dim: i64) -> Result<Tensor> {
    let Some(dtype) = tensors.iter().map(|t| t.borrow().dtype()).reduce(DType::promote) else {
        bail!(Value, "torch.cat(): expected a non-empty list of Tensors");
    };
    if let Some(i) = tensors.iter().position(|t| t.borrow().dim() == 0) {
        bail!("zero-dimensional tensor (at position {i}) cannot be concatenated; use stack()");
    }
    let counted: SmallVec<[&Tensor; 8]> = tensors.iter().map(Borrow::borrow).filter(|t| t.shape() != [0]).collect();
    let Some(first) = counted.first() else {
        wrap_dim(dim, 1)?;
        return apply(Cat { name, dim: 0, dtype, sizes: smallvec::smallvec![0] }, &[tensors[0].borrow()]);
    };
    let dim = wrap_dim(dim, first.dim())?;
    let sizes = counted.iter().map(|t| t.shape().get(dim).copied().unwrap_or(0)).collect();
    apply(Cat { name, dim, dtype, sizes }, &counted)
}

/// The tensors, all of one shape, along a new dimension `dim`.
pub fn stack<T: Borrow<Tensor>>(tensors: &[T], dim: i64) -> Result<Tensor> {
    let Some(first) = tensors.first() else { bail!("stack expects a non-empty TensorList") };
    let first = first.borrow();
    if let Some((i, t)) = tensors.iter().enumerate().find(|(_, t)| (*t).borrow().shape() != first.shape()) {
        bail!(
            "stack expects each tensor to be equal size, but got {:?} at entry 0 and {:?} at entry {i}",
            first.shape(),
            t.borrow().shape()
        );
    }
    let dim = wrap_dim(dim, first.dim() + 1)? as i64;
    let apart: Vec<Tensor> = tensors.iter().map(|t| t.borrow().unsqueeze(dim)).collect::<Result<_>>()?;
    join("stack", &apart, dim)
}

fn with_rank<T: Borrow<Tensor>>(tensors: &[T], rank: impl Fn(&Tensor) -> Result<Tensor>) -> Result<Vec<Tensor>> {
    tensors.iter().map(|t| rank(t.borrow())).collect()
}

/// At least one dimension.
#[crate::function(dtypes = "all", samples = ["T()", "T(3)"])]
pub fn atleast_1d(input: &Tensor) -> Result<Tensor> {
    if input.dim() == 0 { input.unsqueeze(0) } else { Ok(input.clone()) }
}

/// At least two dimensions, new ones in front.
#[crate::function(dtypes = "all", samples = ["T()", "T(3)", "T(2,3)"])]
pub fn atleast_2d(input: &Tensor) -> Result<Tensor> {
    if input.dim() < 2 { atleast_1d(input)?.unsqueeze(0) } else { Ok(input.clone()) }
}

/// At least three dimensions: a vector is a row of a matrix of depth one.
#[crate::function(dtypes = "all", samples = ["T()", "T(3)", "T(2,3)", "T(1,2,3)"])]
pub fn atleast_3d(input: &Tensor) -> Result<Tensor> {
    if input.dim() < 3 { atleast_2d(input)?.unsqueeze(-1) } else { Ok(input.clone()) }
}

/// Side by side: along the second dimension, vectors along the first.
pub fn hstack<T: Borrow<Tensor>>(tensors: &[T]) -> Result<Tensor> {
    if tensors.is_empty() {
        crate::bail!("hstack expects a non-empty TensorList");
    }
    let tensors = with_rank(tensors, atleast_1d)?;
    let vectors = tensors.first().is_some_and(|t| t.dim() == 1);
    cat(&tensors, i64::from(!vectors))
}

/// One under the other: along the first dimension, vectors as rows.
pub fn vstack<T: Borrow<Tensor>>(tensors: &[T]) -> Result<Tensor> {
    if tensors.is_empty() {
        crate::bail!("vstack expects a non-empty TensorList");
    }
    cat(&with_rank(tensors, atleast_2d)?, 0)
}

/// One behind the other: along the third dimension.
pub fn dstack<T: Borrow<Tensor>>(tensors: &[T]) -> Result<Tensor> {
    if tensors.is_empty() {
        crate::bail!("dstack expects a non-empty TensorList");
    }
    cat(&with_rank(tensors, atleast_3d)?, 2)
}

/// Side by side, vectors as columns.
pub fn column_stack<T: Borrow<Tensor>>(tensors: &[T]) -> Result<Tensor> {
    let columns = with_rank(tensors, |t| match t.dim() {
        0 | 1 => crate::ops::view::reshape_to(t, &[t.numel(), 1]),
        _ => Ok(t.clone()),
    })?;
    hstack(&columns)
}

/// The entries of the registry, which know the type of the list.
#[cfg(feature = "registry")]
mod registered {
    use crate::{Result, Tensor, function};

    /// The tensors one after the other along `dim`.
    #[function(dtypes = "all", method = false, sig = "tensors, dim=0", samples = ["[T(3,4), T(2,4)]", "[T(3,4), T(3,2), T(3,1)], 1", "[T(3), T(0), T(2)], -1", "[T(2,3,4), T(2,1,4)], 1", "[T(3,4), T(0), T(1,4)]", "[T(2,3), T(2,3,dtype=float64)]"])]
    pub fn cat(tensors: &[Tensor], dim: i64) -> Result<Tensor> {
        super::cat(tensors, dim)
    }

    /// The tensors, all of one shape, along a new dimension `dim`.
    #[function(dtypes = "all", method = false, sig = "tensors, dim=0", samples = ["[T(3,4), T(3,4)]", "[T(3,4), T(3,4)], 1", "[T(3,4), T(3,4)], -1", "[T(), T()]"])]
    pub fn stack(tensors: &[Tensor], dim: i64) -> Result<Tensor> {
        super::stack(tensors, dim)
    }

    /// Side by side: along the second dimension, vectors along the first.
    #[function(dtypes = "all", method = false, samples = ["[T(3), T(2)]", "[T(3,1), T(3,2)]", "[T(), T()]"])]
    pub fn hstack(tensors: &[Tensor]) -> Result<Tensor> {
        super::hstack(tensors)
    }

    /// One under the other: along the first dimension, vectors as rows.
    #[function(dtypes = "all", method = false, samples = ["[T(3), T(3)]", "[T(3,2), T(1,2)]", "[T(), T()]"])]
    pub fn vstack(tensors: &[Tensor]) -> Result<Tensor> {
        super::vstack(tensors)
    }

    /// One behind the other: along the third dimension.
    #[function(dtypes = "all", method = false, samples = ["[T(3), T(3)]", "[T(3,2), T(3,2)]", "[T(2,3,1), T(2,3,4)]"])]
    pub fn dstack(tensors: &[Tensor]) -> Result<Tensor> {
        super::dstack(tensors)
    }

    /// Side by side, vectors as columns.
    #[function(dtypes = "all", method = false, samples = ["[T(3), T(3)]", "[T(3,2), T(3)]"])]
    pub fn column_stack(tensors: &[Tensor]) -> Result<Tensor> {
        super::column_stack(tensors)
    }
}

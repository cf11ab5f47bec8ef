//! Views' other forms: copies of what a view shows, tensors with a part written over, and pieces by several names.

use super::*;
use crate::function;
use crate::ops::clone_tensor;
use crate::tensor::{wrap_dim, wrap_dim_nonscalar};

/// Row-major copies of views.
macro_rules! copies {
    ($($(#[doc = $doc:literal])* $name:ident($($arg:ident : $ty:ty),*) $sig:tt $samples:tt = |$x:ident| $view:expr;)*) => {$(
        $(#[doc = $doc])*
        #[function(dtypes = "all", method = false, sig = $sig, samples = $samples)]
        pub fn $name(input: &Tensor $(, $arg: $ty)*) -> Result<Tensor> {
            let $x = input;
            crate::ops::convert::clone_dense(&$view?)
        }
    )*};
}

copies! {
    /// A copy.
    alias_copy() "input" ["T(3,4)"] = |x| Ok::<_, crate::Error>(x.clone());
    /// A copy of [`diagonal`].
    diagonal_copy(offset: i64, dim1: i64, dim2: i64) "input, offset=0, dim1=0, dim2=1" ["T(3,4)", "T(2,3,4), 1, 1, 2"] = |x| diagonal(x, offset, dim1, dim2);
    /// A copy of [`expand`].
    expand_copy(size: &[i64], implicit: bool) "input, size, *, implicit=False" ["T(3,1), [3,4]"] = |x| { let _ = implicit; expand(x, size) };
    /// A copy of [`as_strided`].
    as_strided_copy(size: &[i64], stride: &[i64], storage_offset: Option<i64>) "input, size, stride, storage_offset=None" ["T(4,4), [2,3], [4,1]"] = |x| as_strided(x, size, stride, storage_offset);
    /// A copy of [`narrow`].
    narrow_copy(dim: i64, start: i64, length: i64) "input, dim, start, length" ["T(5,4), 0, 1, 3"] = |x| {
        if dim >= x.dim() as i64 {
            bail!("narrow_copy: Expected dim < {} to be true, but got {dim}", x.dim());
        }
        narrow(x, dim, start, length)
    };
    /// The same elements in another shape, copied.
    view_copy(size: &[i64]) "input, size" ["T(3,4), [2,6]"] = |x| reshape(x, size);
    /// A copy of [`permute`].
    permute_copy(dims: &[i64]) "input, dims" ["T(2,3,4), [2,0,1]"] = |x| permute(x, dims);
    /// A copy of [`select`].
    select_copy(dim: i64, index: i64) "input, dim, index" ["T(3,4), 0, 1"] = |x| select(x, dim, index);
    /// A copy of [`squeeze`].
    squeeze_copy(dim: crate::Dims) "input, dim=None" ["T(3,1,4,1)", "T(3,1,4,1), 1"] = |x| squeeze(x, dim);
    /// A copy of [`t`].
    t_copy() "input" ["T(3,4)"] = |x| t(x);
    /// A copy of [`transpose`].
    transpose_copy(dim0: i64, dim1: i64) "input, dim0, dim1" ["T(2,3,4), 0, 2"] = |x| transpose(x, dim0, dim1);
    /// A copy of [`unfold`].
    unfold_copy(dimension: i64, size: i64, step: i64) "input, dimension, size, step" ["T(7), 0, 3, 2"] = |x| unfold(x, dimension, size, step);
    /// A copy of [`unsqueeze`].
    unsqueeze_copy(dim: i64) "input, dim" ["T(3,4), 1"] = |x| unsqueeze(x, dim);
}

/// A copy without history.
#[function(dtypes = "all", method = false, grad = false, samples = ["T(3,4)"])]
pub fn detach_copy(input: &Tensor) -> Result<Tensor> {
    crate::ops::convert::clone_dense(&input.detach())
}

fn all_copied(parts: Vec<Tensor>) -> Result<Vec<Tensor>> {
    parts.iter().map(crate::ops::convert::clone_dense).collect()
}

/// Copies of the slices along `dim`, without it.
#[function(dtypes = "all", method = false, sig = "input, dim=0", samples = ["T(3,4)", "T(2,3), 1"])]
pub fn unbind_copy(input: &Tensor, dim: i64) -> Result<Vec<Tensor>> {
    all_copied(unbind(input, dim)?)
}

/// Copies of the pieces of the given sizes along `dim`.
#[function(dtypes = "all", method = false, sig = "input, split_sizes, dim=0", samples = ["T(5,4), [2,3]"])]
pub fn split_with_sizes_copy(input: &Tensor, split_sizes: &[i64], dim: i64) -> Result<Vec<Tensor>> {
    all_copied(split_with_sizes(input, split_sizes, dim)?)
}

/// Pieces of the given sizes along `dim`, which together make up the dimension.
#[function(dtypes = "all", torch = "split_with_sizes", sig = "input, split_sizes, dim=0", samples = ["T(5,4), [2,0,3]"])]
pub fn split_by_sizes(input: &Tensor, split_sizes: &[i64], dim: i64) -> Result<Vec<Tensor>> {
    split_with_sizes(input, split_sizes, dim)
}

/// [`split`] whose pieces may be written one by one: copies here.
#[function(dtypes = "all", sig = "input, split_size, dim=0", samples = ["T(5,4), 2"])]
pub fn unsafe_split(input: &Tensor, split_size: i64, dim: i64) -> Result<Vec<Tensor>> {
    all_copied(split(input, split_size, dim)?)
}

/// [`split_with_sizes`] whose pieces may be written one by one: copies here.
#[function(dtypes = "all", sig = "input, split_sizes, dim=0", samples = ["T(5,4), [2,3]"])]
pub fn unsafe_split_with_sizes(input: &Tensor, split_sizes: &[i64], dim: i64) -> Result<Vec<Tensor>> {
    all_copied(split_with_sizes(input, split_sizes, dim)?)
}

/// [`chunk`] whose pieces may be written one by one: copies here.
#[function(dtypes = "all", sig = "input, chunks, dim=0", samples = ["T(5,4), 3"])]
pub fn unsafe_chunk(input: &Tensor, chunks: i64, dim: i64) -> Result<Vec<Tensor>> {
    all_copied(chunk(input, chunks, dim)?)
}

/// The pieces between the places `indices` along `dim`, by Python's rules for bounds.
#[function(dtypes = "all", torch = "tensor_split", sig = "input, indices_or_sections, dim=0", samples = ["T(5,4), [1,3]", "T(3,4), [2], 1"])]
pub fn tensor_split_at(input: &Tensor, indices: &[i64], dim: i64) -> Result<Vec<Tensor>> {
    wrap_dim_nonscalar(dim, input.dim())?;
    let mut from = 0;
    let mut parts = Vec::with_capacity(indices.len() + 1);
    for at in indices {
        parts.push(slice(input, dim, Some(from), Some(*at), 1)?);
        from = *at;
    }
    parts.push(slice(input, dim, Some(from), None, 1)?);
    Ok(parts)
}

/// [`tensor_split`] by a tensor: a 0-d one is a number of sections, a vector the places.
#[function(dtypes = "all", torch = "tensor_split", sig = "input, tensor_indices_or_sections, dim=0", samples = ["T(5,4), T(2,dtype=int64,low=1,high=4)"])]
pub fn tensor_split_by(input: &Tensor, indices: &Tensor, dim: i64) -> Result<Vec<Tensor>> {
    if indices.dtype() != crate::DType::I64 {
        bail!(
            "tensor_split expected tensor_indices_or_sections to have dtype of long, but got {}",
            indices.dtype().name()
        );
    }
    match indices.dim() {
        0 => tensor_split(input, indices.item()?, dim),
        1 => tensor_split_at(input, &crate::ops::index::longs(indices)?, dim),
        n => bail!(
            "tensor_split expected tensor_indices_or_sections to be a zero-dimensional or one-dimensional tensor, but got a tensor with {n} dims"
        ),
    }
}

/// Splits along a dimension that depends on the rank.
macro_rules! named_splits {
    ($($(#[doc = $doc:literal])* $name:ident $at:ident $torch:tt $rank:literal |$r:ident| $dim:expr, $samples:tt $samples_at:tt;)*) => {$(
        $(#[doc = $doc])*
        #[function(dtypes = "all", sig = "input, sections", samples = $samples)]
        pub fn $name(input: &Tensor, sections: i64) -> Result<Vec<Tensor>> {
            let rank = input.dim();
            if rank < $rank {
                bail!("torch.{} requires a tensor with at least {} dimension, but got a tensor with {rank} dimensions!", $torch, $rank);
            }
            let $r = rank;
            let dim: usize = $dim;
            if sections <= 0 || input.shape()[dim] as i64 % sections != 0 {
                bail!("torch.{} attempted to split along dimension {dim}, but the size of the dimension {} is not divisible by the split_size {sections}!", $torch, input.shape()[dim]);
            }
            tensor_split(input, sections, dim as i64)
        }
        $(#[doc = $doc])*
        #[function(dtypes = "all", torch = $torch, sig = "input, indices", samples = $samples_at)]
        pub fn $at(input: &Tensor, indices: &[i64]) -> Result<Vec<Tensor>> {
            let rank = input.dim();
            if rank < $rank {
                bail!("torch.{} requires a tensor with at least {} dimension, but got a tensor with {rank} dimensions!", $torch, $rank);
            }
            let $r = rank;
            let dim: usize = $dim;
            tensor_split_at(input, indices, dim as i64)
        }
    )*};
}

named_splits! {
    /// Pieces side by side: along the second dimension, of a vector along the first.
    hsplit hsplit_at "hsplit" 1 |rank| usize::from(rank > 1), ["T(3,4), 2", "T(4), 2"] ["T(3,4), [1,3]"];
    /// Pieces one under the other.
    vsplit vsplit_at "vsplit" 2 |_rank| 0, ["T(4,3), 2"] ["T(4,3), [1,3]"];
    /// Pieces one behind the other.
    dsplit dsplit_at "dsplit" 3 |_rank| 2, ["T(2,3,4), 2"] ["T(2,3,4), [1,3]"];
}

/// [`narrow`] from where a 0-d tensor says.
#[function(dtypes = "all", torch = "narrow", sig = "input, dim, start, length", samples = ["T(5,4), 0, T(dtype=int64,low=1,high=2), 3"])]
pub fn narrow_from(input: &Tensor, dim: i64, start: &Tensor, length: i64) -> Result<Tensor> {
    if start.dim() != 0 || !start.dtype().is_integral() || start.dtype() == crate::DType::Bool {
        bail!("start must be an 0-dim integral Tensor.");
    }
    narrow(input, dim, start.item()?, length)
}

/// All elements in a row.
#[function(dtypes = "all", samples = ["T(3,4)", "T()"])]
pub fn ravel(input: &Tensor) -> Result<Tensor> {
    reshape(&input.contiguous()?, &[-1])
}

/// The tensor: nothing is negated lazily here.
#[function(dtypes = "all", samples = ["T(3,4)"])]
pub fn resolve_neg(input: &Tensor) -> Result<Tensor> {
    Ok(input.clone())
}

/// Summed down to a shape that broadcasts to the tensor's.
#[function(dtypes = "number", torch = "Tensor.sum_to_size", sig = "input, size", samples = ["T(3,4), [1,4]", "T(3,4), [4]", "T(3,4), [1]"])]
pub fn sum_to_shape(input: &Tensor, size: &[i64]) -> Result<Tensor> {
    let shape: Shape = size.iter().map(|n| (*n).max(0) as usize).collect();
    let fits = shape.len() <= input.dim()
        && shape.iter().rev().zip(input.shape().iter().rev()).all(|(n, have)| n == have || *n == 1);
    if !fits {
        bail!("size {{{size:?}}} is not expandable to size {{{:?}}}.", input.shape());
    }
    if input.dtype().is_integral() && shape[..] != *input.shape() {
        return crate::ops::reduce::sum_to_size(&input.to_dtype(crate::DType::I64)?, &shape);
    }
    crate::ops::reduce::sum_to_size(input, &shape)
}

/// A copy of `input` with `src` written over the part that `part` shows.
fn scattered(input: &Tensor, src: &Tensor, part: impl Fn(&Tensor) -> Result<Tensor>) -> Result<Tensor> {
    let whole = clone_tensor(input)?;
    let place = part(&whole)?;
    if place.shape() != src.shape() {
        bail!(
            "expected src to have a size equal to the slice of self. src size = {:?}, slice size = {:?}",
            src.shape(),
            place.shape()
        );
    }
    place.copy_(src)?;
    Ok(whole)
}

/// `input` with `src` on a diagonal.
#[function(dtypes = "all", sig = "input, src, offset=0, dim1=0, dim2=1", samples = ["T(3,3), T(3)", "T(3,4), T(3), 1"])]
pub fn diagonal_scatter(input: &Tensor, src: &Tensor, offset: i64, dim1: i64, dim2: i64) -> Result<Tensor> {
    scattered(input, src, |x| diagonal(x, offset, dim1, dim2))
}

/// `input` with `src` at one place along `dim`.
#[function(dtypes = "all", sig = "input, src, dim, index", samples = ["T(3,4), T(4), 0, 1"])]
pub fn select_scatter(input: &Tensor, src: &Tensor, dim: i64, index: i64) -> Result<Tensor> {
    scattered(input, src, |x| select(x, dim, index))
}

/// `input` with `src` over a slice along `dim`.
#[function(dtypes = "all", sig = "input, src, dim=0, start=None, end=None, step=1", samples = ["T(5,4), T(2,4), 0, 1, 3", "T(4,6), T(4,2), 1, 0, 4, 2"])]
pub fn slice_scatter(
    input: &Tensor,
    src: &Tensor,
    dim: i64,
    start: Option<i64>,
    end: Option<i64>,
    step: i64,
) -> Result<Tensor> {
    scattered(input, src, |x| slice(x, dim, start, end, step))
}

/// `input` with `src` over a strided part.
#[function(dtypes = "all", sig = "input, src, size, stride, storage_offset=None", samples = ["T(4,4), T(2,3), [2,3], [4,1]", "T(4,4), T(2,2), [2,2], [4,1], 1"])]
pub fn as_strided_scatter(
    input: &Tensor,
    src: &Tensor,
    size: &[i64],
    stride: &[i64],
    storage_offset: Option<i64>,
) -> Result<Tensor> {
    let dense = input.contiguous()?;
    scattered(&dense, src, |x| as_strided(x, size, stride, storage_offset))
}

/// The vector on a diagonal of a matrix of zeros; of a matrix, a copy of its diagonal.
#[function(dtypes = "all", sig = "input, diagonal=0", samples = ["T(3)", "T(3), 1", "T(3), -2", "T(3,4)", "T(3,4), 1"])]
pub fn diag(input: &Tensor, diagonal: i64) -> Result<Tensor> {
    match input.dim() {
        1 => diag_embed(input, diagonal, 0, 1),
        2 => diagonal_copy(input, diagonal, 0, 1),
        n => bail!("diag(): Supports 1D or 2D tensors. Got {n}D"),
    }
}

/// The last dimension on diagonals of matrices of zeros over `dim1` and `dim2`.
#[function(dtypes = "all", sig = "input, offset=0, dim1=-2, dim2=-1", samples = ["T(2,3)", "T(2,3), 1", "T(2,3), -1, 0, 2"])]
pub fn diag_embed(input: &Tensor, offset: i64, dim1: i64, dim2: i64) -> Result<Tensor> {
    if input.dim() == 0 {
        bail!(Index, "diag_embed: Dimension specified as -1 but tensor has no dimensions");
    }
    let rank = input.dim() + 1;
    let (a, b) = (wrap_dim(dim1, rank)?, wrap_dim(dim2, rank)?);
    if a == b {
        bail!("diagonal dimensions cannot be identical {dim1}, {dim2}");
    }
    let n = input.shape()[rank - 2] + offset.unsigned_abs() as usize;
    let mut shape: Shape = input.shape()[..rank - 2].into();
    shape.insert(a.min(b), n);
    shape.insert(a.max(b), n);
    let whole = crate::ops::zeros(&shape, input.dtype())?;
    diagonal(&whole, offset, a as i64, b as i64)?.copy_(input)?;
    Ok(whole)
}

/// All elements on a diagonal of a matrix of zeros.
#[function(dtypes = "all", sig = "input, offset=0", samples = ["T(2,2)", "T(3), 1", "T()"])]
pub fn diagflat(input: &Tensor, offset: i64) -> Result<Tensor> {
    diag_embed(&reshape(&input.contiguous()?, &[-1])?, offset, 0, 1)
}

/// The sum of the diagonal of a matrix.
#[function(dtypes = "number", samples = ["T(3,3)", "T(3,4)"])]
pub fn trace(input: &Tensor) -> Result<Tensor> {
    if input.dim() != 2 {
        bail!("trace: expected a matrix, but got tensor with dim {}", input.dim());
    }
    diagonal(input, 0, 0, 1)?.sum((), false, None)
}

/// `value` (a number or a 0-d tensor) everywhere.
#[function(dtypes = "all", sig = "input, value", samples = ["T(3,4), 1", "T(3,4), T()"])]
pub fn fill<'a>(input: &Tensor, value: impl Into<crate::Operand<'a>>) -> Result<Tensor> {
    let value = match value.into() {
        crate::Operand::Tensor(t) if t.dim() > 0 => {
            bail!("fill only supports 0-dimension value tensor but got tensor with {} dimensions.", t.dim())
        }
        crate::Operand::Tensor(t) => t.clone(),
        crate::Operand::Scalar(s) => {
            if matches!(s, crate::Scalar::Complex(..)) && !input.dtype().is_complex() {
                bail!("value cannot be converted to type {} without overflow", input.dtype().name());
            }
            crate::ops::full(&[], s, Some(input.dtype()))?
        }
    };
    let whole = clone_tensor(input)?;
    whole.copy_(&value)?;
    Ok(whole)
}

/// Coordinates in `shape` of the places `indices` of the flattened tensor.
#[function(dtypes = "integer", grad = false, method = false, sig = "indices, shape", samples = ["T(5,dtype=int64,low=0,high=12), [3,4]"])]
pub fn unravel_index(indices: &Tensor, shape: &[i64]) -> Result<Vec<Tensor>> {
    if !indices.dtype().is_integral() || indices.dtype() == crate::DType::Bool {
        bail!(Value, "expected 'indices' to be integer dtype, but got {}", indices.dtype().name());
    }
    if shape.iter().any(|n| *n < 0) {
        bail!(Value, "'shape' cannot have negative values, but got {shape:?}");
    }
    let indices = &indices.to_dtype(crate::DType::I64)?;
    let mut step = 1i64;
    let mut parts = Vec::with_capacity(shape.len());
    for n in shape.iter().rev() {
        let part = indices.floor_divide(crate::Scalar::Int(step))?;
        parts.push(part.remainder(crate::Scalar::Int((*n).max(1)))?);
        step = step.saturating_mul((*n).max(1));
    }
    parts.reverse();
    Ok(parts)
}

/// Each tensor cut along `dim` into `num_chunks` chunks (zeros fill up the last), each chunk flattened, and the chunks of
/// all tensors side by side.
#[function(dtypes = "all", method = false, sig = "tensors, dim, num_chunks", torch = "_chunk_cat", samples = ["[T(3,2), T(4,2)], 0, 2"])]
pub fn chunk_cat(tensors: &[Tensor], dim: i64, num_chunks: i64) -> Result<Tensor> {
    let Some(first) = tensors.first() else { bail!("_chunk_cat expects a non-empty input tensor list") };
    if num_chunks < 1 {
        bail!("_chunk_cat expects positive num_chunks, got num_chunks: {num_chunks}");
    }
    if tensors.iter().any(|t| t.numel() == 0) {
        bail!("_chunk_cat expects non-empty tensor");
    }
    if dim < 0 && tensors.iter().any(|t| t.dim() != first.dim()) {
        bail!("_chunk_cat expects non-negative dim when input tensors have different number of dimensions");
    }
    let d = wrap_dim(dim, first.dim())?;
    let mut parts = Vec::with_capacity(tensors.len());
    for t in tensors {
        if d >= t.dim() {
            bail!("_chunk_cat expects dim < ndim for all input tensors");
        }
        if t.shape()[..d] != first.shape()[..d] {
            bail!("_chunk_cat expects same sizes of 0,...,dim-1 dimensions for all tensors");
        }
        let (n, chunks) = (t.shape()[d], num_chunks as usize);
        let padded = n.div_ceil(chunks) * chunks;
        let mut missing: Shape = t.shape().into();
        missing[d] = padded - n;
        let whole = crate::ops::cat(&[t, &crate::ops::zeros(&missing, t.dtype())?], d as i64)?;
        let mut shape: Shape = t.shape()[..d].into();
        shape.push(chunks);
        shape.push(whole.numel() / shape.iter().product::<usize>());
        parts.push(reshape_to(&whole, &shape)?);
    }
    crate::ops::cat(&parts, d as i64 + 1)
}

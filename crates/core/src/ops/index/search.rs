//! Finding elements: places in sorted rows, distinct elements, membership, counts.

use super::{for_any, for_ordered, longs};
use crate::ops::view::{expand_to, reshape_to};
use crate::scalar::{Operand, Scalar};
use crate::tensor::{Shape, wrap_dim};
use crate::{DType, Result, Tensor, bail, function};
use flambeau_kernels::sort;

fn as_places(found: Vec<i64>, shape: &[usize], int32: bool) -> Result<Tensor> {
    Tensor::from_vec(found, shape)?.to_dtype(if int32 { DType::I32 } else { DType::I64 })
}

fn search(rows: &Tensor, values: &Tensor, right: bool, int32: bool) -> Result<Tensor> {
    let dtype = super::super::map::result_type([Operand::from(rows), Operand::from(values)]);
    let (rows, values) = (rows.detach().to_dtype(dtype)?.contiguous()?, values.detach().to_dtype(dtype)?.contiguous()?);
    let n = rows.shape()[rows.dim() - 1];
    let mut found = vec![0i64; values.numel()];
    for_ordered!("searchsorted", dtype, T => rows.with_slice::<T, _>(|b| {
        values.with_slice::<T, _>(|v| sort::searchsorted(b, n, v, right, &mut found))
    })??);
    as_places(found, values.shape(), int32)
}

/// Where `input` belongs among sorted `boundaries` (a vector): before its equals, or after them (`right`).
#[function(dtypes = "real", grad = false, sig = "input, boundaries, *, out_int32=False, right=False", samples = ["T(3,4), T(5,low=0,high=0.1)", "T(3), T(1), out_int32=True, right=True"])]
pub fn bucketize(input: &Tensor, boundaries: &Tensor, out_int32: bool, right: bool) -> Result<Tensor> {
    if boundaries.dim() != 1 {
        bail!("boundaries tensor must be 1 dimension, but got dim({})", boundaries.dim());
    }
    search(boundaries, input, right, out_int32)
}

/// [`bucketize`] of a number.
#[function(dtypes = "real", grad = false, method = false, torch = "bucketize", sig = "input, boundaries, *, out_int32=False, right=False", samples = ["1, T(1)"])]
pub fn bucketize_number(input: Scalar, boundaries: &Tensor, out_int32: bool, right: bool) -> Result<Tensor> {
    bucketize(&Tensor::scalar(input)?, boundaries, out_int32, right)
}

/// Where `input` belongs in the sorted rows of `sorted_sequence`: before its equals, or after them (`right`, or `side`
/// "right"). `sorter` gives the order of rows that are not sorted.
#[function(dtypes = "real", grad = false, method = false, sig = "sorted_sequence, input, *, out_int32=False, right=False, side=None, sorter=None", samples = ["T(1), T(3)", "T(2,1), T(2,3), right=True"])]
pub fn searchsorted(
    sorted_sequence: &Tensor,
    input: &Tensor,
    out_int32: bool,
    right: bool,
    side: Option<&str>,
    sorter: Option<&Tensor>,
) -> Result<Tensor> {
    let right = match side {
        None => right,
        Some("left") if right => {
            bail!(
                "torch.searchsorted(): side and right can't be set to opposites, got side of left while right was True"
            )
        }
        Some("left") => false,
        Some("right") => true,
        Some(other) => bail!("torch.searchsorted(): side can only be 'left' or 'right' but got {other}"),
    };
    let rows = sorted_sequence;
    if rows.dim() == 0 {
        bail!("torch.searchsorted(): input value can be a scalar only when boundaries tensor dimension is 1");
    }
    if input.dim() == 0 && rows.dim() != 1 {
        bail!(
            "torch.searchsorted(): input value can be a scalar only when boundaries tensor dimension is 1, but we got boundaries tensor dim({})",
            rows.dim()
        );
    }
    let lead = rows.dim() - 1;
    if lead > 0 && (input.dim() != rows.dim() || input.shape()[..lead] != rows.shape()[..lead]) {
        bail!(
            "torch.searchsorted(): boundaries tensor should be 1 dimension or the first N-1 dimensions of boundaries tensor and \
             input value tensor must match, but we got boundaries tensor {:?} and input value tensor {:?}",
            rows.shape(),
            input.shape()
        );
    }
    let rows = match sorter {
        None => rows.clone(),
        Some(order) => {
            if order.shape() != rows.shape() {
                bail!(
                    "torch.searchsorted(): boundary and sorter must have the same size, but got boundary tensor {:?} and got sorter tensor {:?}",
                    rows.shape(),
                    order.shape()
                );
            }
            if order.dtype() != DType::I64 {
                bail!(
                    "torch.searchsorted(): sorter must be a tensor of long dtype but got dtype {}",
                    order.dtype().name()
                );
            }
            let n = rows.shape()[lead] as i64;
            if longs(&order.contiguous()?)?.iter().any(|i| *i < 0 || *i >= n) {
                bail!("torch.searchsorted(): sorter index out of range");
            }
            rows.detach().gather(-1, order)?
        }
    };
    search(&rows, input, right, out_int32)
}

/// [`searchsorted`] of a number.
#[function(dtypes = "real", grad = false, method = false, torch = "searchsorted", sig = "sorted_sequence, input, *, out_int32=False, right=False, side=None, sorter=None", samples = ["T(1), 1"])]
pub fn searchsorted_number(
    sorted_sequence: &Tensor,
    input: Scalar,
    out_int32: bool,
    right: bool,
    side: Option<&str>,
    sorter: Option<&Tensor>,
) -> Result<Tensor> {
    searchsorted(sorted_sequence, &Tensor::scalar(input)?, out_int32, right, side, sorter)
}

/// The runs among `count` rows of `width` elements.
fn runs(rows: &Tensor, count: usize, width: usize) -> Result<(Vec<usize>, Vec<i64>)> {
    let mut inverse = vec![0i64; count];
    let starts = for_any!(rows.dtype(), T => rows.with_slice::<T, _>(|x| sort::runs(x, width, &mut inverse))?);
    Ok((starts, inverse))
}

fn counts_of(starts: &[usize], total: usize) -> Vec<i64> {
    let ends = starts.iter().skip(1).copied().chain([total]);
    starts.iter().zip(ends).map(|(s, e)| (e - s) as i64).collect()
}

/// The order of rows, by their elements from the first on.
fn rows_in_order(rows: &Tensor, count: usize, width: usize) -> Result<Vec<i64>> {
    let mut order: Vec<i64> = (0..count as i64).collect();
    for_ordered!("unique", rows.dtype(), T => rows.with_slice::<T, _>(|x| {
        use sort::Key;
        order.sort_by(|a, b| {
            let row = |i: &i64| x[*i as usize * width..][..width].iter().map(|e| e.key());
            row(a).cmp(row(b))
        })
    })?);
    Ok(order)
}

/// Distinct elements (or slices along `dim`), the number of each element's among them, and how often each is there. Sorted,
/// or with `consecutive` only neighbours compared and the order kept.
#[function(dtypes = "real", grad = false, method = false, torch = "_unique_all", sig = "input, dim=None, consecutive=False", samples = ["T(3,4,low=0,high=3)"])]
pub fn unique_all(input: &Tensor, dim: Option<i64>, consecutive: bool) -> Result<(Tensor, Tensor, Tensor)> {
    let input = input.detach();
    let (rows, width) = match dim {
        None => (reshape_to(&input.contiguous()?, &[input.numel()])?, 1),
        Some(dim) => {
            let d = wrap_dim(dim, input.dim())?;
            if input.shape().contains(&0) && input.shape()[d] != 0 {
                bail!("There are 0 sized dimensions, and they aren't selected, so unique cannot be applied");
            }
            let first = if input.dim() == 0 { input.clone() } else { input.movedim(vec![d as i64], vec![0])? };
            let count = first.shape().first().copied().unwrap_or(1);
            let width = first.numel().checked_div(count).unwrap_or(0).max(1);
            (reshape_to(&first.contiguous()?, &[count, first.numel().checked_div(count).unwrap_or(0)])?, width)
        }
    };
    let count = rows.shape().first().copied().unwrap_or(1);
    if rows.numel() == 0 {
        let inverse = if dim.is_none() { input.shape().to_vec() } else { vec![0] };
        let none = crate::ops::zeros(&[0], DType::I64)?;
        let values = if dim.is_none() { rows } else { input.clone() };
        return Ok((values, crate::ops::zeros(&inverse, DType::I64)?, none));
    }
    let (sorted, order) = if consecutive {
        (rows.clone(), None)
    } else {
        let order = if width == 1 && dim.is_none() {
            longs(&crate::ops::sort(&rows, 0, false, true)?.1)?
        } else {
            rows_in_order(&rows, count, width)?
        };
        (rows.index_select(0, &Tensor::from_slice(&order, &[count])?)?.contiguous()?, Some(order))
    };
    let (starts, numbers) = runs(&sorted, count, width)?;
    let firsts: Vec<i64> = starts.iter().map(|s| *s as i64).collect();
    let values = sorted.index_select(0, &Tensor::from_vec(firsts, &[starts.len()])?)?;
    let inverse = match order {
        None => numbers,
        Some(order) => {
            let mut inverse = vec![0; count];
            order.iter().zip(numbers).for_each(|(place, number)| inverse[*place as usize] = number);
            inverse
        }
    };
    let counts = Tensor::from_vec(counts_of(&starts, count), &[starts.len()])?;
    match dim {
        None => Ok((values, Tensor::from_vec(inverse, input.shape())?, counts)),
        Some(dim) => {
            let d = wrap_dim(dim, input.dim())?;
            let mut shape: Shape = input.shape().into();
            let values = if input.dim() == 0 {
                reshape_to(&values, &[1])?
            } else {
                shape.remove(d);
                shape.insert(0, starts.len());
                reshape_to(&values, &shape)?.movedim(vec![0], vec![d as i64])?.contiguous()?
            };
            Ok((values, Tensor::from_vec(inverse, &[count])?, counts))
        }
    }
}

/// Elements made comparable as whole numbers; NaN is left out.
fn keys(t: &Tensor) -> Result<Vec<Option<u64>>> {
    Ok(for_ordered!("isin", t.dtype(), T => t.contiguous()?.with_slice::<T, _>(|x| {
        use sort::Key;
        x.iter().map(|e| (!e.is_nan()).then(|| e.key())).collect::<Vec<_>>()
    })?))
}

/// Whether each of `elements` is among `test_elements`; the opposite with `invert`.
#[function(dtypes = "ordered", grad = false, method = false, sig = "elements, test_elements, *, assume_unique=False, invert=False", samples = ["T(3,4,low=0,high=5), T(3,low=0,high=5)", "T(5), T(2), invert=True"])]
pub fn isin<'a>(
    elements: impl Into<Operand<'a>>,
    test_elements: impl Into<Operand<'a>>,
    assume_unique: bool,
    invert: bool,
) -> Result<Tensor> {
    let _ = assume_unique;
    let (elements, tests) = (elements.into(), test_elements.into());
    let dtype = super::super::map::result_type([elements, tests]);
    let tensor = |o: Operand| match o {
        Operand::Tensor(t) => t.detach().to_dtype(dtype),
        Operand::Scalar(s) => crate::ops::full(&[], s, Some(dtype)),
    };
    let (elements, tests) = (tensor(elements)?, tensor(tests)?);
    let set: std::collections::HashSet<u64> = keys(&tests)?.into_iter().flatten().collect();
    let found: Vec<bool> = keys(&elements)?.iter().map(|k| k.is_some_and(|k| set.contains(&k)) != invert).collect();
    Tensor::from_vec(found, elements.shape())
}

/// How often each whole number is in a vector, or the sum of its `weights`.
#[function(dtypes = "integer", grad = false, sig = "input, weights=None, minlength=0", samples = ["T(6,low=0,high=4)", "T(6,low=0,high=4), T(6,dtype=float64)", "T(4,low=0,high=3), minlength=7"])]
pub fn bincount(input: &Tensor, weights: Option<&Tensor>, minlength: i64) -> Result<Tensor> {
    if !input.dtype().is_integral() || input.dtype() == DType::Bool {
        bail!("bincount: only integers are supported, not {}", input.dtype().name());
    }
    if minlength < 0 {
        bail!("minlength should be >= 0");
    }
    if input.dim() == 1 && input.numel() == 0 {
        // PyTorch looks at no weights here.
        return crate::ops::zeros(&[minlength as usize], DType::I64);
    }
    let numbers = longs(&input.detach().to_dtype(DType::I64)?.contiguous()?)?;
    if input.dim() != 1 || numbers.iter().any(|n| *n < 0) {
        bail!("bincount only supports 1-d non-negative integral inputs.");
    }
    let size = numbers.iter().max().map_or(0, |m| m + 1).max(minlength) as usize;
    let index = Tensor::from_vec(numbers, input.shape())?;
    let weights = match weights {
        Some(w) if w.shape() != input.shape() => bail!("weights should be 1-d and have the same length as input"),
        Some(w) if w.dtype() == DType::F32 => w.detach(),
        Some(w) => w.detach().to_dtype(DType::F64)?,
        None => index.ones_like()?,
    };
    crate::ops::zeros(&[size], weights.dtype())?.scatter_add(0, &index, &weights)
}

/// The first `size` rows of `nonzero`, filled up with `fill_value`.
#[function(dtypes = "all", grad = false, sig = "input, *, size, fill_value=-1", samples = ["T(3,4,low=-1,high=1), size=3", "T(2), size=5", "T(), size=1"])]
pub fn nonzero_static(input: &Tensor, size: i64, fill_value: i64) -> Result<Tensor> {
    if size < 0 {
        bail!("nonzero_static: 'size' must be an non-negative integer");
    }
    let found = super::nonzero(&input.detach())?;
    let have = found.shape()[0] as i64;
    if have >= size {
        return found.narrow(0, 0, size)?.contiguous();
    }
    let rest = crate::ops::full(&[(size - have) as usize, input.dim()], Scalar::Int(fill_value), Some(DType::I64))?;
    super::cat(&[found, rest], 0)
}

/// Indices that stay inside their dimension, for lists with `None` where all of a dimension is meant.
fn clamped(input: &Tensor, indices: &[Option<Tensor>]) -> Result<Vec<super::Index>> {
    indices
        .iter()
        .enumerate()
        .map(|(d, index)| match index {
            None => Ok(super::Index::Full),
            Some(i) => {
                let n = input.size(d as i64)? as i64;
                Ok(super::Index::Tensor(i.clamp(Some(Scalar::Int(-n)), Some(Scalar::Int(n - 1)))?))
            }
        })
        .collect()
}

/// `input[indices]` where `mask` is true, `fill` elsewhere; what is masked may lie outside.
#[function(dtypes = "all", method = false, torch = "_unsafe_masked_index", sig = "input, mask, indices, fill", samples = ["T(4), T(2,dtype=bool), [T(2,dtype=int64,low=0,high=4)], 1"])]
pub fn masked_index(input: &Tensor, mask: &Tensor, indices: Vec<Option<Tensor>>, fill: Scalar) -> Result<Tensor> {
    if input.numel() == 0 {
        return crate::ops::full(mask.shape(), fill, Some(input.dtype()));
    }
    input.index(&clamped(input, &indices)?)?.masked_fill(&mask.logical_not()?, fill)
}

/// `input` with `values` added at `indices` where `mask` is true; what is masked may lie outside.
#[function(dtypes = "number", method = false, torch = "_unsafe_masked_index_put_accumulate", sig = "input, mask, indices, values", samples = ["T(4), T(2,dtype=bool), [T(2,dtype=int64,low=0,high=4)], T(2)"])]
pub fn masked_index_put(
    input: &Tensor,
    mask: &Tensor,
    indices: Vec<Option<Tensor>>,
    values: &Tensor,
) -> Result<Tensor> {
    if input.numel() == 0 {
        return input.clone_tensor();
    }
    let values = values.masked_fill(&mask.logical_not()?, 0)?;
    input.index_put(&clamped(input, &indices)?, &values, true)
}

/// [`super::scatter_reduce`] by whole slices along `dim`: `reduce` is "prod", "mean", "amax" or "amin".
#[function(dtypes = "float", inplace, sig = "input, dim, index, source, reduce, *, include_self=True", samples = ["T(5,4), 0, T(7,dtype=int64,low=0,high=5), T(7,4), 'amax'", "T(5,4), 0, T(7,dtype=int64,low=0,high=5), T(7,4), 'mean'", "T(3,4), 1, T(2,dtype=int64,low=0,high=4), T(3,2), 'prod', include_self=False"])]
pub fn index_reduce(
    input: &Tensor,
    dim: i64,
    index: &Tensor,
    source: &Tensor,
    reduce: &str,
    include_self: bool,
) -> Result<Tensor> {
    if !matches!(reduce, "prod" | "mean" | "amax" | "amin") {
        bail!("reduce argument must be either prod, mean, amax or amin, got {reduce}.");
    }
    let d = wrap_dim(dim, input.dim())?;
    if index.dim() > 1 {
        bail!(Index, "index_reduce(): Index is supposed to be a vector, but got dim: {}", index.dim());
    }
    if source.dtype() != input.dtype() {
        bail!(
            "index_reduce(): self and source expected to have the same dtype, but got (self) {} and (source) {}",
            input.dtype().name(),
            source.dtype().name()
        );
    }
    let (wide, source) = (super::atleast_1d(input)?, super::atleast_1d(source)?);
    if source.shape().get(d) != Some(&index.numel()) {
        bail!(
            "index_reduce(): Number of indices ({}) should be equal to source.size(dim): {:?}, for dim: {d}",
            index.numel(),
            source.shape()
        );
    }
    let mut shape: Shape = smallvec::smallvec![1; wide.dim()];
    shape[d] = index.numel();
    let places = expand_to(&reshape_to(index, &shape)?, source.shape())?;
    reshape_to(&super::scatter_reduce(&wide, d as i64, &places, &source, reduce, include_self)?, input.shape())
}

/// Slices along `dim` whose p-norm is above `maxnorm` scaled down to it.
#[function(dtypes = "inexact", inplace, sig = "input, p, dim, maxnorm", samples = ["T(3,4), 2, 0, 1.5", "T(2,3,4), 1, -1, 3"])]
pub fn renorm(input: &Tensor, p: Scalar, dim: i64, maxnorm: Scalar) -> Result<Tensor> {
    let (p, limit) = (p.to_f64(), maxnorm.to_f64());
    if p <= 0.0 {
        bail!("renorm: non-positive-norm not supported");
    }
    if limit < 0.0 {
        bail!("renorm: expected maxnorm to be >= 0 but got {limit}");
    }
    if input.dim() < 2 {
        bail!("renorm: input needs at least 2 dimensions, got {} dimensions", input.dim());
    }
    let d = wrap_dim(dim, input.dim())?;
    let others: Vec<i64> = (0..input.dim()).filter(|i| *i != d).map(|i| i as i64).collect();
    let wide = if matches!(input.dtype(), DType::F16 | DType::BF16) { Some(DType::F32) } else { None };
    let norm = crate::ops::vector_norm(input, p, &others[..], true, wide)?;
    let scale = norm.add(1e-7)?.reciprocal()?.mul(limit)?;
    let factor = norm.detach().gt(limit)?.where_(&scale, &norm.detach().ones_like()?)?;
    input.mul(&factor.to_dtype(input.dtype())?)
}

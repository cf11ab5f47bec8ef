//! Sums, products and means.

use super::*;
use crate::function;
use flambeau_kernels::reduce::{self as kernels, Mean, Prod, Sum};

impl Reduction for Sum {
    const NAME: &'static str = "sum";
    fn kernel() -> &'static ReduceKernel {
        kernels::ring::<Sum>()
    }
    fn vjp(&self, _: &Vjp, g: &Tensor) -> Result<Tensor> {
        Ok(g.clone())
    }
}

impl Reduction for Mean {
    const NAME: &'static str = "mean";
    fn kernel() -> &'static ReduceKernel {
        kernels::float::<Mean, 1>()
    }
    fn vjp(&self, v: &Vjp, g: &Tensor) -> Result<Tensor> {
        g.div(v.count() as f64)
    }
}

impl Reduction for Prod {
    const NAME: &'static str = "prod";
    fn kernel() -> &'static ReduceKernel {
        kernels::ring::<Prod>()
    }
    fn saves(&self) -> Saves {
        Saves::INPUT.output(0)
    }
    fn vjp(&self, v: &Vjp, g: &Tensor) -> Result<Tensor> {
        let (x, y) = (v.x()?, v.y()?);
        let zeros = x.eq(0)?;
        if !crate::autograd::is_grad_enabled() && !zeros.any_all()?.item::<bool>()? {
            return g.mul(&y.div(&x)?.conj()?);
        }
        // The product of the others, without dividing: from the left times from the right.
        let rank = x.dim();
        let dims: Vec<i64> = (0..rank).filter(|d| v.reduced[*d]).map(|d| d as i64).collect();
        if dims.is_empty() || rank == 0 {
            return Ok(g.clone());
        }
        let ends: Vec<i64> = (rank - dims.len()..rank).map(|d| d as i64).collect();
        let moved = x.movedim(dims.clone(), ends.clone())?;
        let flat = moved.flatten((rank - dims.len()) as i64, -1)?;
        let ones = flat.narrow(-1, 0, flat.shape()[flat.dim() - 1].min(1) as i64)?.ones_like()?;
        let n = flat.shape()[flat.dim() - 1] as i64;
        if n == 0 {
            return x.zeros_like();
        }
        let before = crate::ops::cat(&[ones.clone(), flat.narrow(-1, 0, n - 1)?], -1)?.cumprod(-1, None)?;
        let after = crate::ops::cat(&[ones, flat.flip(-1)?.narrow(-1, 0, n - 1)?], -1)?.cumprod(-1, None)?.flip(-1)?;
        let others = crate::ops::view::reshape_to(&before.mul(&after)?, moved.shape())?.movedim(ends, dims)?;
        g.mul(&others.conj()?)
    }
}

/// What sums and products of a dtype are made in: integers and bools in int64.
fn wide(input: &Tensor, dtype: Option<DType>) -> DType {
    dtype.unwrap_or(if input.dtype().is_integral() { DType::I64 } else { input.dtype() })
}

/// The sum, made and answered in `dtype`.
pub(crate) fn sum_as(input: &Tensor, dim: impl Into<Dims>, dtype: DType) -> Result<Tensor> {
    let compute = if dtype.is_integral() { DType::I64 } else { dtype };
    reduce(Sum, input, dim.into(), false, compute, dtype)
}

/// The sum over `dim` (all dimensions if none). Integers give int64 unless a `dtype` is given.
#[function(dtypes = "all", sig = "input, dim=None, keepdim=False, dtype=None", samples = ["T(3,4)", "T(3,4), 1", "T(2,3,4), [0,2]", "T(2,3,4), 1, True", "T()", "T(0,3), 0", "T(3,0), 1", "T(3,4), 0, dtype=float64"])]
pub fn sum(input: &Tensor, dim: impl Into<Dims>, keepdim: bool, dtype: Option<DType>) -> Result<Tensor> {
    let out = wide(input, dtype);
    let compute = if out.is_integral() { DType::I64 } else { out };
    if out == DType::Bool {
        return sum(input, dim, keepdim, Some(DType::I64))?.to_dtype(DType::Bool);
    }
    reduce(Sum, input, dim.into(), keepdim, compute, out)
}

/// The sum over `dim`, NaN counted as 0.
#[function(dtypes = "real", sig = "input, dim=None, keepdim=False, dtype=None", samples = ["T(3,4)", "T(3,4), 1, True"])]
pub fn nansum(input: &Tensor, dim: impl Into<Dims>, keepdim: bool, dtype: Option<DType>) -> Result<Tensor> {
    if input.dtype().is_complex() {
        bail!("nansum does not support complex inputs");
    }
    if input.dtype().is_integral() {
        return sum(input, dim, keepdim, dtype);
    }
    sum(&input.masked_fill(&input.isnan()?, 0)?, dim, keepdim, dtype)
}

/// The mean over `dim` (all dimensions if none), of floats or complex numbers.
#[function(dtypes = "inexact", sig = "input, dim=None, keepdim=False, dtype=None", samples = ["T(3,4)", "T(3,4), 1", "T(2,3,4), [0,2]", "T(2,3,4), 1, True", "T()", "T(3,4), 0, dtype=float64"])]
pub fn mean(input: &Tensor, dim: impl Into<Dims>, keepdim: bool, dtype: Option<DType>) -> Result<Tensor> {
    let out = dtype.unwrap_or(input.dtype());
    if out.is_integral() {
        bail!(
            NotImplemented,
            "mean(): could not infer output dtype. Input dtype must be either a floating point or complex dtype. Got: {}",
            out.name()
        );
    }
    let dim = dim.into();
    if out.is_complex() {
        let flags = dim.flags(input.dim())?;
        let count: usize = input.shape().iter().zip(&flags).filter(|(_, r)| **r).map(|(n, _)| n).product();
        return sum(input, dim, keepdim, Some(out))?.div(count as f64);
    }
    reduce(Mean, input, dim, keepdim, out, out)
}

/// The mean over `dim` of the elements that are not NaN.
#[function(dtypes = "float", sig = "input, dim=None, keepdim=False, dtype=None", samples = ["T(3,4)", "T(3,4), 1, True"])]
pub fn nanmean(input: &Tensor, dim: impl Into<Dims>, keepdim: bool, dtype: Option<DType>) -> Result<Tensor> {
    let dim = dim.into();
    let count = sum(&input.isnan()?.logical_not()?, dim.clone(), keepdim, None)?;
    nansum(input, dim, keepdim, dtype)?.div(&count)
}

/// The product over `dim` (one dimension, or all). Integers give int64 unless a `dtype` is given.
#[function(dtypes = "all", sig = "input, dim=None, keepdim=False, dtype=None", samples = ["T(3,4)", "T(3,4), 1", "T(2,3,4), 1, True", "T()", "T(0,3), 0"])]
pub fn prod(input: &Tensor, dim: Option<i64>, keepdim: bool, dtype: Option<DType>) -> Result<Tensor> {
    let out = wide(input, dtype);
    let compute = if out.is_integral() { DType::I64 } else { out };
    reduce(Prod, input, dim.into(), keepdim && dim.is_some(), compute, out)
}

/// How many elements are not zero.
#[function(dtypes = "all", grad = false, sig = "input, dim=None", samples = ["T(3,4)", "T(3,4), 1", "T(2,3,4), [0,1]"])]
pub fn count_nonzero(input: &Tensor, dim: impl Into<Dims>) -> Result<Tensor> {
    sum(&input.detach().ne(0)?, dim, false, Some(DType::I64))
}

/// log Σ exp(x) over `dim`, without overflow.
#[function(dtypes = "float", sig = "input, dim, keepdim=False", samples = ["T(3,4), 1", "T(2,3,4), [0,2]", "T(3,4), 0, True", "T(), 0"])]
pub fn logsumexp(input: &Tensor, dim: impl Into<Dims>, keepdim: bool) -> Result<Tensor> {
    let float = if input.dtype().is_integral() { input.to_dtype(crate::default_dtype())? } else { input.clone() };
    if float.dtype().is_complex() {
        let dim = dim.into();
        let top = super::amax(&float.detach().real()?, dim.clone(), true)?;
        let top = top.masked_fill(&top.isfinite()?.logical_not()?, 0)?;
        let sum = float.sub(&top)?.exp()?.sum(dim.clone(), keepdim, None)?;
        let top = if keepdim { top } else { super::sum_as(&top, dim, top.dtype())? };
        return sum.log()?.add(&top);
    }
    reduce(kernels::LogSumExp, &float, dim.into(), keepdim, float.dtype(), float.dtype())
}

impl Reduction for kernels::LogSumExp {
    const NAME: &'static str = "logsumexp";
    fn kernel() -> &'static ReduceKernel {
        kernels::float::<kernels::LogSumExp, 2>()
    }
    fn saves(&self) -> Saves {
        Saves::INPUT.output(0)
    }
    fn vjp(&self, v: &Vjp, g: &Tensor) -> Result<Tensor> {
        g.mul(&v.x()?.sub(&v.y()?)?.exp()?)
    }
}

//! Vector norms.

use super::*;
use crate::function;
use flambeau_kernels::reduce::{self as kernels, MaxAbs, MinAbs, Norm0, Norm2, NormP, SumAbs};

macro_rules! norms {
    ($($body:ident, $states:literal, $saves:expr, |$self:ident, $v:ident, $g:ident| $vjp:expr;)*) => {$(
        impl Reduction for $body {
            const NAME: &'static str = "norm";
            fn kernel() -> &'static ReduceKernel {
                kernels::float::<$body, $states>()
            }
            fn saves(&self) -> Saves {
                $saves
            }
            fn vjp(&$self, $v: &Vjp, $g: &Tensor) -> Result<Tensor> {
                $vjp
            }
        }
    )*};
}

/// The gradient of the largest or smallest magnitude: to the elements that have it, in equal parts.
fn to_extreme_magnitudes(v: &Vjp, g: &Tensor) -> Result<Tensor> {
    let (x, y) = (v.x()?, v.y()?);
    let mask = x.abs()?.eq(&y)?;
    let dims: Vec<i64> = (0..x.dim()).filter(|d| v.reduced[*d]).map(|d| d as i64).collect();
    let share = mask.sum(&dims[..], true, Some(g.dtype()))?;
    x.sign()?.mul(&mask.to_dtype(g.dtype())?)?.mul(&g.div(&share)?)
}

norms! {
    SumAbs, 1, Saves::INPUT, |self, v, g| v.x()?.sign()?.mul(g);
    Norm2, 1, Saves::INPUT.output(0), |self, v, g| {
        let y = v.y()?;
        v.x()?.mul(&g.div(&y)?)?.masked_fill(&y.eq(0)?, 0)
    };
    NormP, 1, Saves::INPUT.output(0), |self, v, g| {
        let (x, y, p) = (v.x()?, v.y()?, self.p);
        let slope = if p < 2.0 {
            // |x|^(p-1) with its sign; at 0 the slope is taken as 0.
            x.sign()?.mul(&x.abs()?.pow(p - 1.0)?)?.masked_fill(&x.eq(0)?, 0)?
        } else {
            x.mul(&x.abs()?.pow(p - 2.0)?)?
        };
        slope.mul(&g.div(&y.pow(p - 1.0)?)?)?.masked_fill(&y.eq(0)?, 0)
    };
    Norm0, 1, Saves::NONE, |self, _v, g| g.mul(0.0);
    MaxAbs, 1, Saves::INPUT.output(0), |self, v, g| to_extreme_magnitudes(v, g);
    MinAbs, 1, Saves::INPUT.output(0), |self, v, g| to_extreme_magnitudes(v, g);
}

/// (Σ |x|^ord)^(1/ord) over `dim`; the largest magnitude for infinity, the smallest for −infinity, the number of elements
/// that are not zero for 0.
#[function(dtypes = "float", torch = "linalg.vector_norm", sig = "input, ord=2, dim=None, keepdim=False, *, dtype=None", samples = ["T(3,4)", "T(3,4), 1", "T(3,4), 3, 1", "T(2,3,4), inf, [0,2]", "T(3,4), -inf, 1", "T(3,4), 0, 1, True", "T(3,4), 0.5"])]
pub fn vector_norm(
    input: &Tensor,
    ord: f64,
    dim: impl Into<Dims>,
    keepdim: bool,
    dtype: Option<DType>,
) -> Result<Tensor> {
    let input = match dtype {
        Some(dtype) => input.to_dtype(dtype)?,
        None => input.clone(),
    };
    if input.dtype().is_complex() {
        return vector_norm(&input.abs()?, ord, dim, keepdim, None);
    }
    if !input.dtype().is_float() {
        bail!("linalg.vector_norm: Expected a floating point or complex tensor as input. Got {}", input.dtype().name());
    }
    let (dim, dtype) = (dim.into(), input.dtype());
    if ord < 0.0 || ord == f64::INFINITY {
        let flags = dim.flags(input.dim())?;
        if let Some(d) = (0..input.dim()).find(|d| flags[*d] && input.shape()[*d] == 0) {
            bail!(
                "linalg.vector_norm cannot compute the {ord} norm over dimension {d} of {:?}, because this dimension is empty \
                 and the operation does not have an identity",
                input.shape()
            );
        }
    }
    match ord {
        2.0 => reduce(Norm2, &input, dim, keepdim, dtype, dtype),
        1.0 => reduce(SumAbs, &input, dim, keepdim, dtype, dtype),
        0.0 => reduce(Norm0, &input, dim, keepdim, dtype, dtype),
        f64::INFINITY => reduce(MaxAbs, &input, dim, keepdim, dtype, dtype),
        f64::NEG_INFINITY => reduce(MinAbs, &input, dim, keepdim, dtype, dtype),
        p => reduce(NormP { p }, &input, dim, keepdim, dtype, dtype),
    }
}

/// The p-norm over `dim` (all dimensions if none).
#[function(dtypes = "float", torch = "norm", sig = "input, p=2, dim=None, keepdim=False", samples = ["T(3,4)", "T(3,4), 1", "T(3,4), 3, 1"])]
pub fn norm_dim(input: &Tensor, p: f64, dim: impl Into<Dims>, keepdim: bool) -> Result<Tensor> {
    vector_norm(input, p, dim, keepdim, None)
}

/// The p-norm of all elements.
#[function(dtypes = "float", sig = "input, p=2", samples = ["T(3,4)", "T(3,4), 1", "T(3,4), inf"])]
pub fn norm(input: &Tensor, p: f64) -> Result<Tensor> {
    vector_norm(input, p, (), false, None)
}

/// x / max(‖x‖, eps) along `dim`.
#[function(dtypes = "float", torch = "nn.functional.normalize", sig = "input, p=2.0, dim=1, eps=1e-12", samples = ["T(3,4)", "T(3,4), 1.0, 0"])]
pub fn normalize(input: &Tensor, p: f64, dim: i64, eps: f64) -> Result<Tensor> {
    input.div(&norm_dim(input, p, dim, true)?.clamp_min(eps)?)
}

/// The p-norm of the difference.
#[function(dtypes = "float", sig = "input, other, p=2", samples = ["T(3,4), T(3,4)", "T(3,4), T(4), 1"])]
pub fn dist(input: &Tensor, other: &Tensor, p: f64) -> Result<Tensor> {
    norm(&input.sub(other)?, p)
}

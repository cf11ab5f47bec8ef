//! Variance and standard deviation.

use super::*;
use crate::function;
use flambeau_kernels::reduce::{self as kernels, Var};

impl Reduction for Var {
    const NAME: &'static str = "var";
    fn name(&self) -> &'static str {
        if self.sqrt { "std" } else { "var" }
    }
    fn kernel() -> &'static ReduceKernel {
        kernels::var()
    }
    fn saves(&self) -> Saves {
        if self.sqrt { Saves::INPUT.output(0) } else { Saves::INPUT }
    }
    fn vjp(&self, v: &Vjp, g: &Tensor) -> Result<Tensor> {
        let x = v.x()?;
        let dims: Vec<i64> = (0..x.dim()).filter(|d| v.reduced[*d]).map(|d| d as i64).collect();
        let free = v.count() as f64 - self.correction;
        let centred = x.sub(&if dims.is_empty() { x.clone() } else { x.mean(&dims[..], true, None)? })?;
        if self.sqrt {
            let y = v.y()?;
            // A deviation of zero has no slope; PyTorch passes zero.
            let g = g.div(&y.mul(free.max(0.0))?)?.masked_fill(&y.eq(0)?, 0)?;
            return g.mul(&centred);
        }
        g.mul(2.0 / free.max(0.0))?.mul(&centred)
    }
}

fn run(input: &Tensor, dim: Dims, correction: Option<f64>, keepdim: bool, sqrt: bool) -> Result<Tensor> {
    let name = if sqrt { "std" } else { "var" };
    if input.dtype().is_complex() {
        // Both parts vary on their own.
        let part = |t: Tensor| run(&t, dim.clone(), correction, keepdim, false);
        let variance = part(input.real()?)?.add(&part(input.imag()?)?)?;
        return if sqrt { variance.sqrt() } else { Ok(variance) };
    }
    if !input.dtype().is_float() {
        bail!(
            NotImplemented,
            "{name} only support floating point and complex dtypes, and this tensor is {}",
            input.dtype().name()
        );
    }
    reduce(Var { correction: correction.unwrap_or(1.0), sqrt }, input, dim, keepdim, input.dtype(), input.dtype())
}

/// The variance over `dim`, divided by the count less `correction` (1 if none is given).
#[function(dtypes = "inexact", sig = "input, dim=None, *, correction=None, keepdim=False", samples = ["T(3,4)", "T(3,4), 1", "T(2,3,4), [0,2], correction=0", "T(3,4), 0, keepdim=True"])]
pub fn var(input: &Tensor, dim: impl Into<Dims>, correction: Option<f64>, keepdim: bool) -> Result<Tensor> {
    run(input, dim.into(), correction, keepdim, false)
}

/// The root of the variance.
#[function(dtypes = "inexact", sig = "input, dim=None, *, correction=None, keepdim=False", samples = ["T(3,4)", "T(3,4), 1", "T(2,3,4), [0,2], correction=0", "T(3,4), 0, keepdim=True"])]
pub fn std(input: &Tensor, dim: impl Into<Dims>, correction: Option<f64>, keepdim: bool) -> Result<Tensor> {
    run(input, dim.into(), correction, keepdim, true)
}

/// Variance and mean.
#[function(dtypes = "inexact", sig = "input, dim=None, *, correction=None, keepdim=False", samples = ["T(3,4)", "T(3,4), 1", "T(3,4), 0, keepdim=True"])]
pub fn var_mean(
    input: &Tensor,
    dim: impl Into<Dims>,
    correction: Option<f64>,
    keepdim: bool,
) -> Result<(Tensor, Tensor)> {
    let dim = dim.into();
    Ok((var(input, dim.clone(), correction, keepdim)?, super::mean(input, dim, keepdim, None)?))
}

/// Standard deviation and mean.
#[function(dtypes = "inexact", sig = "input, dim=None, *, correction=None, keepdim=False", samples = ["T(3,4)", "T(3,4), 1", "T(3,4), 0, keepdim=True"])]
pub fn std_mean(
    input: &Tensor,
    dim: impl Into<Dims>,
    correction: Option<f64>,
    keepdim: bool,
) -> Result<(Tensor, Tensor)> {
    let dim = dim.into();
    Ok((std(input, dim.clone(), correction, keepdim)?, super::mean(input, dim, keepdim, None)?))
}

//! Entries of the registry for tensors made from numbers, as Python calls them.

use crate::scalar::{Operand, Scalar, scalar_dtype};
use crate::{DType, Result, Tensor, bail, default_dtype, function};

/// A bound given as a number or as a tensor that holds one.
fn bound(name: &str, bound: Operand) -> Result<Scalar> {
    match bound {
        Operand::Scalar(s) => Ok(s),
        Operand::Tensor(t) if t.dim() == 0 => t.item_scalar(),
        Operand::Tensor(t) => bail!(
            "{name} only supports 0-dimensional start and end tensors, but got a tensor with {} dimension(s).",
            t.dim()
        ),
    }
}

fn imaginary(s: Scalar) -> f64 {
    if let Scalar::Complex(_, im) = s { im } else { 0.0 }
}

/// A bound as a number of the dtype, which is what PyTorch counts from.
fn rounded(s: Scalar, dtype: DType) -> Scalar {
    match (s, dtype) {
        (Scalar::Complex(..), _) => s,
        (s, d) if d.is_integral() => Scalar::Float(s.to_f64().trunc()),
        (s, DType::BF16) => Scalar::Float(half::bf16::from_f64(s.to_f64()).to_f64()),
        (s, DType::F16) => Scalar::Float(half::f16::from_f64(s.to_f64()).to_f64()),
        (s, _) => s,
    }
}

/// Evenly spaced numbers in double precision, complex ones if the bounds or the dtype are; and the dtype asked for.
fn spaced(name: &str, start: Operand, end: Operand, steps: i64, dtype: Option<DType>) -> Result<(Tensor, DType)> {
    let (start, end) = (bound(name, start)?, bound(name, end)?);
    let complex = [start, end].iter().any(|s| scalar_dtype(*s).is_complex());
    let dtype = dtype.unwrap_or_else(|| if complex { default_dtype().to_complex() } else { default_dtype() });
    if complex && !dtype.is_complex() {
        bail!("{name}(): inferred dtype complex can't be safely cast to passed dtype {}", dtype.name());
    }
    let (start, end) = (rounded(start, dtype), rounded(end, dtype));
    let Ok(steps) = usize::try_from(steps) else { bail!("number of steps must be non-negative") };
    // As in PyTorch, the step is rounded to float32 where the numbers are.
    let single = name == "linspace" && matches!(dtype, DType::F32 | DType::C64);
    let compute = Some(if single { DType::F32 } else { DType::F64 });
    let real = super::linspace(start.to_f64(), end.to_f64(), steps, compute)?;
    if !complex {
        return Ok((real, dtype));
    }
    Ok((crate::ops::complex(&real, &super::linspace(imaginary(start), imaginary(end), steps, compute)?)?, dtype))
}

/// `steps` numbers from `start` to `end`, both included, evenly spaced.
#[function(dtypes = "float", grad = false, method = false, sig = "start, end, steps, *, dtype=None", samples = ["0, 1, 5", "-2.5, 3, 4, dtype=float64"])]
pub fn linspace<'a>(
    start: impl Into<Operand<'a>>,
    end: impl Into<Operand<'a>>,
    steps: i64,
    dtype: Option<DType>,
) -> Result<Tensor> {
    let (values, dtype) = spaced("linspace", start.into(), end.into(), steps, dtype)?;
    values.to_dtype(dtype)
}

/// `base` to the powers of `linspace(start, end, steps)`.
#[function(dtypes = "float", grad = false, method = false, sig = "start, end, steps, base=10.0, *, dtype=None", samples = ["0, 1, 5", "-2, 3, 4, 2.0, dtype=float64"])]
pub fn logspace<'a>(
    start: impl Into<Operand<'a>>,
    end: impl Into<Operand<'a>>,
    steps: i64,
    base: f64,
    dtype: Option<DType>,
) -> Result<Tensor> {
    let (exponents, dtype) = spaced("logspace", start.into(), end.into(), steps, dtype)?;
    crate::ops::pow_scalar(Scalar::Float(base), &exponents)?.to_dtype(dtype)
}

fn size(name: &str, n: i64) -> Result<usize> {
    match usize::try_from(n) {
        Ok(n) => Ok(n),
        Err(_) => bail!("{name} must be greater or equal to 0, got {n}"),
    }
}

/// Ones on the diagonal, zeros elsewhere.
#[function(dtypes = "float", grad = false, method = false, sig = "n, m=None, *, dtype=None", samples = ["3", "2, 4, dtype=float64"])]
pub fn eye(n: i64, m: Option<i64>, dtype: Option<DType>) -> Result<Tensor> {
    super::eye(size("n", n)?, Some(size("m", m.unwrap_or(n))?), dtype)
}

/// The places of the lower triangle of a matrix: rows, then columns.
#[function(dtypes = "float", grad = false, method = false, sig = "row, col, offset=0, *, dtype=None", samples = ["3, 4", "3, 3, -1"])]
pub fn tril_indices(row: i64, col: i64, offset: i64, dtype: Option<DType>) -> Result<Tensor> {
    crate::ops::tril_indices(size("row", row)?, size("col", col)?, offset, dtype)
}

/// The places of the upper triangle of a matrix: rows, then columns.
#[function(dtypes = "float", grad = false, method = false, sig = "row, col, offset=0, *, dtype=None", samples = ["3, 4", "3, 3, 1"])]
pub fn triu_indices(row: i64, col: i64, offset: i64, dtype: Option<DType>) -> Result<Tensor> {
    crate::ops::triu_indices(size("row", row)?, size("col", col)?, offset, dtype)
}

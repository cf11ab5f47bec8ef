//! Norms of matrices, and condition numbers.

use super::*;
use crate::function;
use crate::scalar::Dims;
use crate::tensor::wrap_dim;

/// The two dimensions of matrices, counted from the front.
fn pair(name: &str, a: &Tensor, dim: &[i64]) -> Result<(i64, i64)> {
    let [x, y] = dim else {
        bail!("{name}: dim must be a 2-tuple. Got {dim:?}");
    };
    let (x, y) = (wrap_dim(*x, a.dim())?, wrap_dim(*y, a.dim())?);
    if x == y {
        bail!("{name}: dims must be different. Got ({x}, {y})");
    }
    Ok((x as i64, y as i64))
}

fn prepared(name: &str, a: &Tensor, dtype: Option<DType>) -> Result<Tensor> {
    if a.dim() < 2 {
        bail!("{name}: The input tensor A must have at least 2 dimensions.");
    }
    if !(a.dtype().is_float() || a.dtype().is_complex()) {
        bail!("{name}: Expected a floating point or complex tensor as input. Got {}", a.dtype().name());
    }
    with_dtype(name, a, dtype)
}

fn with_dtype(name: &str, a: &Tensor, dtype: Option<DType>) -> Result<Tensor> {
    let Some(dtype) = dtype else { return Ok(a.clone()) };
    if !(dtype.is_float() || dtype.is_complex()) {
        bail!("{name}: dtype should be floating point or complex. Got {}", dtype.name());
    }
    if a.dtype().is_complex() != dtype.is_complex() {
        bail!(
            "{name}: the dtype of the input {} should be convertible without narrowing to the specified dtype {}",
            a.dtype().name(),
            dtype.name()
        );
    }
    a.to_dtype(dtype)
}

/// With the two dimensions at the end.
fn matrices_last(a: &Tensor, (x, y): (i64, i64)) -> Result<Tensor> {
    a.movedim(vec![x, y], vec![-2, -1])
}

fn kept(r: Tensor, (x, y): (i64, i64), keepdim: bool) -> Result<Tensor> {
    if keepdim { r.unsqueeze(x.min(y))?.unsqueeze(x.max(y)) } else { Ok(r) }
}

/// "fro" (the root of the sum of squares) or "nuc" (the sum of the singular values) over the dimensions `dim`.
#[function(dtypes = "inexact", method = false, torch = "linalg.matrix_norm", sig = "A, ord='fro', dim=[-2,-1], keepdim=False, *, dtype=None", samples = ["T(3,4)", "T(2,3,4), 'nuc'", "T(2,3,4), 'fro', [0,2], True"])]
#[allow(non_snake_case)]
pub fn matrix_norm(A: &Tensor, ord: &str, dim: &[i64], keepdim: bool, dtype: Option<DType>) -> Result<Tensor> {
    let name = "linalg.matrix_norm";
    let a = prepared(name, A, dtype)?;
    let dims = pair(name, &a, dim)?;
    match ord {
        "fro" => crate::ops::vector_norm(&a, 2.0, &[dims.0, dims.1][..], keepdim, None),
        "nuc" => kept(svdvals(&matrices_last(&a, dims)?, None)?.sum(-1, false, None)?, dims, keepdim),
        other => bail!("{name}: Order {other} not supported."),
    }
}

/// The norm of matrices of order ±1 (column sums), ±∞ (row sums) or ±2 (singular values).
#[function(dtypes = "inexact", method = false, torch = "linalg.matrix_norm", sig = "A, ord, dim=[-2,-1], keepdim=False, *, dtype=None", samples = ["T(3,4), 1", "T(3,4), -1", "T(3,4), inf", "T(2,3,4), 2", "T(2,3,4), -2, [0,2], True"])]
#[allow(non_snake_case)]
pub fn matrix_norm_order(A: &Tensor, ord: f64, dim: &[i64], keepdim: bool, dtype: Option<DType>) -> Result<Tensor> {
    let name = "linalg.matrix_norm";
    let a = prepared(name, A, dtype)?;
    let dims = pair(name, &a, dim)?;
    let size = ord.abs();
    if !(size == 1.0 || size == 2.0 || size == f64::INFINITY) {
        bail!("{name}: Order {ord} not supported.");
    }
    // The largest of no numbers is 0, as norms are not negative.
    let chosen = |x: Tensor, d: i64, keep: bool| match ord > 0.0 {
        true if x.size(d)? == 0 => x.sum(d, keep, None),
        true => x.amax(d, keep),
        false => x.amin(d, keep),
    };
    if size == 2.0 {
        return kept(chosen(svdvals(&matrices_last(&a, dims)?, None)?, -1, false)?, dims, keepdim);
    }
    // Sums along one dimension, and the largest or smallest along the other.
    let (sum, pick) = if size == 1.0 { dims } else { (dims.1, dims.0) };
    let sums = crate::ops::vector_norm(&a, 1.0, sum, keepdim, None)?;
    let pick = if !keepdim && pick > sum { pick - 1 } else { pick };
    chosen(sums, pick, keepdim)
}

/// The norm of order `ord`: of vectors over one dimension (or all), of matrices over two.
#[function(dtypes = "inexact", method = false, torch = "linalg.norm", sig = "A, ord=None, dim=None, keepdim=False, *, dtype=None", samples = ["T(3,4)", "T(3,4), 1", "T(5), 3", "T(2,3,4), 2, 1", "T(2,3,4), inf, [0,1]"])]
#[allow(non_snake_case)]
pub fn linalg_norm(
    A: &Tensor,
    ord: Option<f64>,
    dim: impl Into<Dims>,
    keepdim: bool,
    dtype: Option<DType>,
) -> Result<Tensor> {
    let dim = dim.into();
    let count = dim.as_slice().map(<[i64]>::len);
    if let Some(n) = count
        && !matches!(n, 1 | 2)
        && ord.is_some()
    {
        bail!("linalg.norm: If dim is specified, it must be of length 1 or 2. Got {:?}", dim.as_slice().unwrap_or(&[]));
    }
    let Some(ord) = ord else {
        let a = with_dtype("linalg.norm", A, dtype)?;
        return crate::ops::vector_norm(&a, 2.0, dim, keepdim, None);
    };
    if count.is_none() && !matches!(A.dim(), 1 | 2) {
        bail!("linalg.norm: If dim is not specified but ord is, the input must be 1D or 2D. Got {}D.", A.dim());
    }
    match dim.as_slice() {
        Some(d) if d.len() == 2 => matrix_norm_order(A, ord, d, keepdim, dtype),
        None if A.dim() == 2 => matrix_norm_order(A, ord, &[0, 1], keepdim, dtype),
        _ => crate::ops::vector_norm(&with_dtype("linalg.norm", A, dtype)?, ord, dim, keepdim, None),
    }
}

/// [`linalg_norm`] of matrices by name.
#[function(dtypes = "inexact", method = false, torch = "linalg.norm", sig = "A, ord, dim=None, keepdim=False, *, dtype=None", samples = ["T(3,4), 'nuc'", "T(2,3,4), 'fro', [0,2]"])]
#[allow(non_snake_case)]
pub fn linalg_norm_named(
    A: &Tensor,
    ord: &str,
    dim: impl Into<Dims>,
    keepdim: bool,
    dtype: Option<DType>,
) -> Result<Tensor> {
    let dim = dim.into();
    match dim.as_slice() {
        Some(d) if matches!(d.len(), 1 | 2) => matrix_norm(A, ord, d, keepdim, dtype),
        Some(d) => bail!("linalg.norm: If dim is specified, it must be of length 1 or 2. Got {d:?}"),
        None if A.dim() == 2 => matrix_norm(A, ord, &[0, 1], keepdim, dtype),
        None => bail!("linalg.norm: If dim is not specified but ord is, the input must be 1D or 2D. Got {}D.", A.dim()),
    }
}

/// `torch.norm` by name: "fro" over any dimensions, "nuc" over two.
#[function(dtypes = "inexact", torch = "norm", sig = "input, p, dim=None, keepdim=False, dtype=None", samples = ["T(3,4), 'fro'", "T(3,4), 'nuc'", "T(2,3,4), 'fro', 1"])]
pub fn norm_named(
    input: &Tensor,
    p: &str,
    dim: impl Into<Dims>,
    keepdim: bool,
    dtype: Option<DType>,
) -> Result<Tensor> {
    let dim = dim.into();
    match (p, dim.as_slice()) {
        ("fro", _) => crate::ops::vector_norm(input, 2.0, dim, keepdim, dtype),
        ("nuc", Some(d)) => matrix_norm(input, "nuc", d, keepdim, dtype),
        ("nuc", None) => matrix_norm(input, "nuc", &[0, 1], keepdim, dtype),
        (other, _) => bail!("only valid string values are 'fro' and 'nuc', found {other}"),
    }
}

/// The condition number in the 2-norm: the largest singular value over the smallest.
#[function(dtypes = "inexact", method = false, torch = "linalg.cond", sig = "A, p=None", samples = ["T(3,3)", "T(3,3), 1", "T(3,3), -2"])]
#[allow(non_snake_case)]
pub fn cond(A: &Tensor, p: Option<f64>) -> Result<Tensor> {
    let p = p.unwrap_or(2.0);
    if p.abs() == 2.0 {
        check("linalg.cond", A)?;
        if A.numel() == 0 {
            return crate::ops::zeros(batch(A), A.dtype().to_real());
        }
        let s = svdvals(A, None)?;
        let (first, last) = (s.select(-1, 0)?, s.select(-1, -1)?);
        return if p > 0.0 { first.div(&last) } else { last.div(&first) };
    }
    let inverse = cond_inverse(A)?;
    cond_product(
        matrix_norm_order(A, p, &[-2, -1], false, None)?,
        matrix_norm_order(&inverse.0, p, &[-2, -1], false, None)?,
        &inverse.1,
    )
}

fn cond_inverse(a: &Tensor) -> Result<(Tensor, Tensor)> {
    check_square("linalg.cond", a)?;
    inv_ex(a, false)
}

/// Infinity where the matrix has no inverse.
fn cond_product(norm: Tensor, of_inverse: Tensor, info: &Tensor) -> Result<Tensor> {
    norm.mul(&of_inverse)?.masked_fill(&info.ne(0)?, f64::INFINITY)
}

/// [`cond`] in a norm by name.
#[function(dtypes = "inexact", method = false, torch = "linalg.cond", sig = "A, p", samples = ["T(3,3), 'fro'", "T(3,3), 'nuc'"])]
#[allow(non_snake_case)]
pub fn cond_named(A: &Tensor, p: &str) -> Result<Tensor> {
    let inverse = cond_inverse(A)?;
    if A.numel() == 0 {
        return crate::ops::zeros(batch(A), A.dtype().to_real());
    }
    cond_product(
        matrix_norm(A, p, &[-2, -1], false, None)?,
        matrix_norm(&inverse.0, p, &[-2, -1], false, None)?,
        &inverse.1,
    )
}

/// The diagonal over `dim1` and `dim2`.
#[function(dtypes = "all", method = false, torch = "linalg.diagonal", sig = "A, *, offset=0, dim1=-2, dim2=-1", samples = ["T(3,4)", "T(2,3,4), offset=1"])]
#[allow(non_snake_case)]
pub fn linalg_diagonal(A: &Tensor, offset: i64, dim1: i64, dim2: i64) -> Result<Tensor> {
    A.diagonal(offset, dim1, dim2)
}

/// The product of matrices, by the name of `torch.linalg`.
#[function(dtypes = "inexact", method = false, torch = "linalg.matmul", sig = "input, other", samples = ["T(2,3), T(3,2)"])]
pub fn linalg_matmul(input: &Tensor, other: &Tensor) -> Result<Tensor> {
    input.matmul(other)
}

//! Linear algebra: factorizations as ops with their derivatives in public functions, and what follows from them.

mod decompose;
mod derived;
mod determinant;
mod eigen;
mod ldl;
mod lowrank;
mod lu;
mod norms;
mod triangular;

pub use decompose::*;
pub use derived::*;
pub use determinant::*;
pub use eigen::*;
pub use ldl::*;
pub use lowrank::*;
pub use lu::*;
pub use norms::*;
pub use triangular::*;

use crate::tensor::{Arg, Shape};
use crate::{DType, Result, Tensor, bail};

/// Runs the body with `$t` as the number type of the kernels.
macro_rules! for_field {
    ($dtype:expr, $t:ident => $body:expr) => {
        match $dtype {
            $crate::DType::F32 => {
                type $t = f32;
                $body
            }
            $crate::DType::F64 => {
                type $t = f64;
                $body
            }
            $crate::DType::C64 => {
                type $t = ::flambeau_kernels::linalg::C32;
                $body
            }
            $crate::DType::C128 => {
                type $t = ::flambeau_kernels::linalg::C64;
                $body
            }
            other => $crate::bail!(NotImplemented, "linear algebra is not implemented for '{}'", other.name()),
        }
    };
}
use for_field;

/// The dtypes that LAPACK knows, and two dimensions.
fn check(name: &str, a: &Tensor) -> Result<()> {
    if a.dim() < 2 {
        bail!("{name}: The input tensor A must have at least 2 dimensions.");
    }
    if !(a.dtype().is_float() || a.dtype().is_complex()) {
        bail!("{name}: Expected a floating point or complex tensor as input. Got {}", a.dtype().name());
    }
    if matches!(a.dtype(), DType::F16 | DType::BF16) {
        bail!("{name}: Low precision dtypes not supported. Got {}", a.dtype().name());
    }
    Ok(())
}

fn check_square(name: &str, a: &Tensor) -> Result<usize> {
    check(name, a)?;
    let (m, n) = sizes(a);
    if m != n {
        bail!("{name}: A must be batches of square matrices, but they are {m} by {n} matrices");
    }
    Ok(n)
}

/// Rows and columns.
fn sizes(a: &Tensor) -> (usize, usize) {
    let rank = a.dim();
    (a.shape()[rank - 2], a.shape()[rank - 1])
}

/// The dimensions before the matrices.
fn batch(a: &Tensor) -> &[usize] {
    &a.shape()[..a.dim() - 2]
}

fn with_batch(a: &Tensor, tail: &[usize]) -> Shape {
    batch(a).iter().chain(tail).copied().collect()
}

/// How many matrices of `per` elements an argument holds.
fn matrices(arg: &Arg, dims: usize) -> usize {
    arg.shape()[..arg.layout.rank() - dims].iter().product()
}

/// The conjugate transpose.
fn h(a: &Tensor) -> Result<Tensor> {
    a.transpose(-2, -1)?.conj()
}

/// The identity in the shape and dtype of the square matrices `a`.
fn identity_like(a: &Tensor) -> Result<Tensor> {
    let n = sizes(a).0;
    crate::ops::view::expand_to(&crate::ops::eye(n, None, Some(a.dtype()))?, a.shape())
}

/// The diagonals as matrices.
fn diagonal_matrix(d: &Tensor) -> Result<Tensor> {
    crate::ops::diag_embed(d, 0, -2, -1)
}

fn diagonal_of(a: &Tensor) -> Result<Tensor> {
    a.diagonal(0, -2, -1)
}

/// `a` with its diagonal scaled.
fn scale_diagonal(a: &Tensor, by: f64) -> Result<Tensor> {
    let off = a.tril(-1)?.add(&a.triu(1)?)?;
    off.add(&diagonal_matrix(&diagonal_of(a)?.mul(by)?)?)
}

/// Zero where the tensor is not there.
fn or_zeros(g: Option<&Tensor>, shape: &[usize], dtype: DType) -> Result<Tensor> {
    match g {
        Some(g) => Ok(g.clone()),
        None => crate::ops::zeros(shape, dtype),
    }
}

/// An error for the first matrix of a batch whose `info` is not zero.
fn check_info(name: &str, info: &Tensor, what: impl Fn(i64) -> String) -> Result<()> {
    let codes = info.to_dtype(DType::I64)?.contiguous()?.to_vec::<i64>()?;
    if let Some((i, code)) = codes.iter().enumerate().find(|c| *c.1 != 0) {
        let place = if info.dim() > 0 { format!("(Batch element {i}): ") } else { String::new() };
        bail!(LinAlg, "{name}: {place}{}", what(*code));
    }
    Ok(())
}

/// The real dtype's distance from 1 to the next number.
fn epsilon(dtype: DType) -> f64 {
    match dtype.to_real() {
        DType::F64 => f64::EPSILON,
        _ => f32::EPSILON as f64,
    }
}

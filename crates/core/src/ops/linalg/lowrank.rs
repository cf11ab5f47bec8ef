//! Singular values of low rank by random projections (Halko, Martinsson and Tropp).

use super::*;
use crate::function;

/// Orthonormal columns that nearly span the range of A.
fn basis(a: &Tensor, q: usize, steps: i64) -> Result<Tensor> {
    let orthonormal = |x: Tensor| Ok::<_, crate::Error>(linalg_qr(&x, "reduced")?.0);
    let start = crate::ops::randn(&[sizes(a).1, q], a.dtype())?;
    let mut columns = orthonormal(a.matmul(&start)?)?;
    for _ in 0..steps {
        columns = orthonormal(h(a)?.matmul(&columns)?)?;
        columns = orthonormal(a.matmul(&columns)?)?;
    }
    Ok(columns)
}

fn low_rank(a: &Tensor, q: usize, steps: i64) -> Result<(Tensor, Tensor, Tensor)> {
    let (m, n) = sizes(a);
    let tall = if m < n { h(a)? } else { a.clone() };
    let columns = basis(&tall, q, steps)?;
    let (u, s, vh) = linalg_svd(&h(&columns)?.matmul(&tall)?, false, None)?;
    let (u, v) = (columns.matmul(&u)?, h(&vh)?);
    Ok(if m < n { (v, s, u) } else { (u, s, v) })
}

/// U, S and V of A − M of about rank `q`, by random projections improved `niter` times.
#[function(dtypes = "float", grad = false, method = false, sig = "A, q=6, niter=2, M=None", samples = ["T(0,0), 0"])]
#[allow(non_snake_case)]
pub fn svd_lowrank(A: &Tensor, q: i64, niter: i64, M: Option<&Tensor>) -> Result<(Tensor, Tensor, Tensor)> {
    check("svd_lowrank", A)?;
    let a = match M {
        Some(m) => A.sub(m)?,
        None => A.clone(),
    };
    low_rank(&a, q.max(0) as usize, niter)
}

/// [`svd_lowrank`] of A, less its mean row with `center`: principal components.
#[function(dtypes = "float", grad = false, method = false, sig = "A, q=None, center=True, niter=2", samples = ["T(0,0), 0"])]
#[allow(non_snake_case)]
pub fn pca_lowrank(A: &Tensor, q: Option<i64>, center: bool, niter: i64) -> Result<(Tensor, Tensor, Tensor)> {
    check("pca_lowrank", A)?;
    let (m, n) = sizes(A);
    let most = m.min(n) as i64;
    let q = q.unwrap_or(most.min(6));
    if !(0..=most).contains(&q) {
        bail!(Value, "q(={q}) must be non-negative integer and not greater than min(m, n)={most}");
    }
    if niter < 0 {
        bail!(Value, "niter(={niter}) must be non-negative integer");
    }
    let a = if center { A.sub(&A.mean(-2, true, None)?)? } else { A.clone() };
    low_rank(&a, q as usize, niter)
}

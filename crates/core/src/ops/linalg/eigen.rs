//! Eigenvalues and eigenvectors.

use super::decompose::inverse_times;
use super::*;
use crate::apply::apply_all;
use crate::function;
use crate::tensor::{Cx, Grads, Needs, Op, Saves, Spec, Specs, grads1};
use flambeau_kernels::linalg::{self as kernels, Factor, Number};

/// A = V diag(L) Vᴴ of Hermitian matrices.
struct Eigh;

impl Op for Eigh {
    fn name(&self) -> &'static str {
        "linalg_eigh"
    }
    fn infer(&self, inputs: &[&Tensor]) -> Result<Specs> {
        let a = inputs[0];
        Ok(smallvec::smallvec![
            Spec::new(with_batch(a, &[sizes(a).0]), a.dtype().to_real()),
            Spec::new(a.shape(), a.dtype())
        ])
    }
    fn cpu(&self, inputs: &[Arg], outputs: &[Arg]) -> Result<()> {
        let (a, l, v) = (inputs[0], outputs[0], outputs[1]);
        let n = a.shape()[a.layout.rank() - 1];
        if n == 0 {
            return Ok(());
        }
        for_field!(a.dtype, T => {
            let (x, l, v) = (T::view(a.slice()?), l.slice_mut::<<T as Number>::Part>()?, T::view_mut(v.slice_mut()?));
            for (i, ((x, l), v)) in x.chunks_exact(n * n).zip(l.chunks_exact_mut(n)).zip(v.chunks_exact_mut(n * n)).enumerate() {
                if !T::eigh(x, n, l, v) {
                    bail!(LinAlg, "linalg.eigh: (Batch element {i}): The algorithm failed to converge because the input matrix is ill-conditioned or has too many repeated eigenvalues.");
                }
            }
        });
        Ok(())
    }
    fn saves(&self, _: Needs) -> Saves {
        Saves { inputs: 0, outputs: 3 }
    }
    fn vjp(&self, cx: &Cx, grads: &[Option<Tensor>]) -> Result<Grads> {
        let (l, v) = (cx.output(0)?, cx.output(1)?);
        let gl = or_zeros(grads[0].as_ref(), l.shape(), l.dtype())?.to_dtype(v.dtype())?;
        let Some(gv) = grads[1].as_ref() else {
            return Ok(grads1(hermitian(&v.mul(&gl.unsqueeze(-2)?)?.matmul(&h(&v)?)?)?));
        };
        // V (diag(gL) + (Vᴴ gV) / (λⱼ − λᵢ)) Vᴴ.
        let gaps = l.unsqueeze(-2)?.sub(&l.unsqueeze(-1)?)?;
        let n = l.shape()[l.dim() - 1];
        let gaps = gaps.add(&crate::ops::eye(n, None, Some(l.dtype()))?)?.to_dtype(v.dtype())?;
        let inner = h(&v)?.matmul(gv)?;
        let inner = scale_diagonal(&inner.div(&gaps)?, 0.0)?.add(&diagonal_matrix(&gl)?)?;
        Ok(grads1(hermitian(&v.matmul(&inner)?.matmul(&h(&v)?)?)?))
    }
}

/// The Hermitian part, as PyTorch gives gradients of Hermitian matrices.
fn hermitian(a: &Tensor) -> Result<Tensor> {
    a.add(&h(a)?)?.mul(0.5)
}

fn triangle_of(name: &str, a: &Tensor, uplo: &str) -> Result<Tensor> {
    check_square(name, a)?;
    match uplo {
        "L" | "l" => Ok(a.clone()),
        // The upper triangle is read as the adjoint's lower one.
        "U" | "u" => h(a),
        other => bail!("Expected UPLO argument to be 'L' or 'U', but got {other}"),
    }
}

/// Eigenvalues, from the smallest up, and eigenvectors of Hermitian matrices, of which one triangle is read.
#[function(returns = "eigenvalues, eigenvectors", dtypes = "float", grad = false, method = false, torch = "linalg.eigh", sig = "A, UPLO='L'", samples = ["T(1,1,low=1,high=2)"])]
#[allow(non_snake_case)]
pub fn eigh(A: &Tensor, UPLO: &str) -> Result<(Tensor, Tensor)> {
    let a = triangle_of("linalg.eigh", A, UPLO)?;
    let both = apply_all(Eigh, &[&a.contiguous()?])?;
    Ok((both[0].clone(), both[1].clone()))
}

/// The eigenvalues of Hermitian matrices, from the smallest up.
#[function(dtypes = "inexact", grad = false, method = false, torch = "linalg.eigvalsh", sig = "A, UPLO='L'", samples = ["T(3,3)"])]
#[allow(non_snake_case)]
pub fn eigvalsh(A: &Tensor, UPLO: &str) -> Result<Tensor> {
    let a = triangle_of("linalg.eigvalsh", A, UPLO)?;
    Ok(apply_all(Eigh, &[&a.contiguous()?])?[0].clone())
}

/// A V = V diag(L) of any matrices.
struct Eig;

impl Op for Eig {
    fn name(&self) -> &'static str {
        "linalg_eig"
    }
    fn infer(&self, inputs: &[&Tensor]) -> Result<Specs> {
        let a = inputs[0];
        let dtype = a.dtype().to_complex();
        Ok(smallvec::smallvec![Spec::new(with_batch(a, &[sizes(a).0]), dtype), Spec::new(a.shape(), dtype)])
    }
    fn cpu(&self, inputs: &[Arg], outputs: &[Arg]) -> Result<()> {
        let (a, l, v) = (inputs[0], outputs[0], outputs[1]);
        let n = a.shape()[a.layout.rank() - 1];
        if n == 0 {
            return Ok(());
        }
        match a.dtype {
            DType::F64 => each_eig::<f64>(a.slice()?, &l, &v, n)?,
            DType::C128 => each_eig(kernels::C64::view(a.slice()?), &l, &v, n)?,
            other => {
                bail!(NotImplemented, "linalg.eig: not implemented for '{}', only for double precision", other.name())
            }
        }
        Ok(())
    }
    fn saves(&self, _: Needs) -> Saves {
        Saves { inputs: 0, outputs: 3 }
    }
    fn vjp(&self, cx: &Cx, grads: &[Option<Tensor>]) -> Result<Grads> {
        let (l, v) = (cx.output(0)?, cx.output(1)?);
        let gl = or_zeros(grads[0].as_ref(), l.shape(), l.dtype())?;
        let vh = h(&v)?;
        let inner = match grads[1].as_ref() {
            None => gl.unsqueeze(-1)?.mul(&vh)?,
            Some(gv) => {
                // Columns have length one: what changes it takes no part.
                let x = vh.matmul(gv)?;
                let along = diagonal_of(&x)?.real()?.to_dtype(v.dtype())?;
                let x = x.sub(&vh.matmul(&v.mul(&along.unsqueeze(-2)?)?)?)?;
                let gaps = l.unsqueeze(-2)?.sub(&l.unsqueeze(-1)?)?.conj()?;
                let n = l.shape()[l.dim() - 1];
                let gaps = gaps.add(&crate::ops::eye(n, None, Some(l.dtype()))?)?;
                scale_diagonal(&x.div(&gaps)?, 0.0)?.add(&diagonal_matrix(&gl)?)?.matmul(&vh)?
            }
        };
        let ga = inverse_times(&vh, &inner)?;
        Ok(grads1(if cx.input_dtype(0).is_complex() { ga } else { ga.real()? }))
    }
}

fn each_eig<T: kernels::HasEigen>(x: &[T], l: &Arg, v: &Arg, n: usize) -> Result<()> {
    let (l, v) = (kernels::C64::view_mut(l.slice_mut()?), kernels::C64::view_mut(v.slice_mut()?));
    for (i, ((x, l), v)) in x.chunks_exact(n * n).zip(l.chunks_exact_mut(n)).zip(v.chunks_exact_mut(n * n)).enumerate()
    {
        if x.iter().any(|x| !(Number::re(*x).is_finite() && Number::im(*x).is_finite())) {
            bail!("torch.linalg.eig: input tensor should not contain infs or NaNs.");
        }
        if !T::eig(x, n, l, v) {
            bail!(LinAlg, "linalg.eig: (Batch element {i}): The algorithm failed to converge.");
        }
    }
    Ok(())
}

/// Eigenvalues and eigenvectors (of length one) of square matrices; complex.
#[function(returns = "eigenvalues, eigenvectors", dtypes = "float", grad = false, method = false, torch = "linalg.eig", sig = "A", samples = ["T(1,1,low=1,high=2)"])]
#[allow(non_snake_case)]
pub fn eig(A: &Tensor) -> Result<(Tensor, Tensor)> {
    check_square("linalg.eig", A)?;
    eigen(A)
}

/// In double precision: see [`kernels::HasEigen`].
#[allow(non_snake_case)]
fn eigen(A: &Tensor) -> Result<(Tensor, Tensor)> {
    let wide = if A.dtype().is_complex() { DType::C128 } else { DType::F64 };
    let both = apply_all(Eig, &[&A.to_dtype(wide)?.contiguous()?])?;
    let dtype = A.dtype().to_complex();
    Ok((both[0].to_dtype(dtype)?, both[1].to_dtype(dtype)?))
}

/// The eigenvalues of square matrices; complex.
#[function(dtypes = "inexact", grad = false, method = false, torch = "linalg.eigvals", sig = "A", samples = ["T(1,1)"])]
#[allow(non_snake_case)]
pub fn eigvals(A: &Tensor) -> Result<Tensor> {
    check_square("linalg.eigvals", A)?;
    Ok(eigen(A)?.0)
}

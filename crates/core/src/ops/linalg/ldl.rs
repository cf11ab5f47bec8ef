//! Bunch and Kaufman's factorization, and what it solves.

use super::*;
use crate::apply::apply_all;
use crate::function;
use crate::tensor::{Cx, Grads, Op, Spec, Specs};
use flambeau_kernels::linalg::{Factor, Number};

/// L D Lᵀ (Lᴴ).
struct Ldl {
    hermitian: bool,
}

impl Op for Ldl {
    fn name(&self) -> &'static str {
        "linalg_ldl_factor_ex"
    }
    fn infer(&self, inputs: &[&Tensor]) -> Result<Specs> {
        let a = inputs[0];
        let n = sizes(a).0;
        Ok(smallvec::smallvec![
            Spec::new(a.shape(), a.dtype()),
            Spec::new(with_batch(a, &[n]), DType::I32),
            Spec::new(batch(a), DType::I32)
        ])
    }
    fn cpu(&self, inputs: &[Arg], outputs: &[Arg]) -> Result<()> {
        let (a, out, pivots, info) =
            (inputs[0], outputs[0], outputs[1].slice_mut::<i32>()?, outputs[2].slice_mut::<i32>()?);
        crate::storage::bridge::copy(a, out);
        let n = a.shape()[a.layout.rank() - 1];
        info.fill(0);
        for_field!(a.dtype, T => {
            let x = T::view_mut(out.slice_mut()?);
            if n > 0 {
                for ((x, p), info) in x.chunks_exact_mut(n * n).zip(pivots.chunks_exact_mut(n)).zip(info) {
                    *info = T::ldl(x, n, self.hermitian, p);
                }
            }
        });
        Ok(())
    }
    fn differentiable(&self) -> bool {
        false
    }
    fn vjp(&self, _: &Cx, _: &[Option<Tensor>]) -> Result<Grads> {
        Ok(smallvec::smallvec![None])
    }
}

/// Bunch and Kaufman's L D Lᵀ of symmetric (or `hermitian`) matrices, LAPACK's pivots, and where a block is zero.
#[function(returns = "LD, pivots, info", dtypes = "inexact", grad = false, method = false, torch = "linalg.ldl_factor_ex", sig = "A, *, hermitian=False, check_errors=False", samples = ["T(3,3)"])]
#[allow(non_snake_case)]
pub fn ldl_factor_ex(A: &Tensor, hermitian: bool, check_errors: bool) -> Result<(Tensor, Tensor, Tensor)> {
    check_square("torch.linalg.ldl_factor_ex", A)?;
    let all = apply_all(Ldl { hermitian }, &[&A.contiguous()?])?;
    if check_errors {
        check_info("torch.linalg.ldl_factor_ex", &all[2], |i| format!("The factor D is exactly singular at {i}."))?;
    }
    Ok((all[0].tril(0)?, all[1].clone(), all[2].clone()))
}

/// [`ldl_factor_ex`] with an error in place of codes.
#[function(returns = "LD, pivots", dtypes = "inexact", grad = false, method = false, torch = "linalg.ldl_factor", sig = "A, *, hermitian=False", samples = ["T(3,3)"])]
#[allow(non_snake_case)]
pub fn ldl_factor(A: &Tensor, hermitian: bool) -> Result<(Tensor, Tensor)> {
    let (ld, pivots, _) = ldl_factor_ex(A, hermitian, true)?;
    Ok((ld, pivots))
}

/// The solution from the factors.
struct LdlSolve {
    hermitian: bool,
}

impl Op for LdlSolve {
    fn name(&self) -> &'static str {
        "linalg_ldl_solve"
    }
    fn infer(&self, inputs: &[&Tensor]) -> Result<Specs> {
        Ok(smallvec::smallvec![Spec::new(inputs[2].shape(), inputs[2].dtype())])
    }
    fn cpu(&self, inputs: &[Arg], outputs: &[Arg]) -> Result<()> {
        let (a, pivots, b, out) = (inputs[0], inputs[1].slice::<i32>()?, inputs[2], outputs[0]);
        crate::storage::bridge::copy(b, out);
        let (n, k) = (b.shape()[b.layout.rank() - 2], b.shape()[b.layout.rank() - 1]);
        for_field!(a.dtype, T => {
            let (a, x) = (T::view(a.slice()?), T::view_mut(out.slice_mut()?));
            if n * k > 0 {
                for ((a, x), p) in a.chunks_exact(n * n).zip(x.chunks_exact_mut(n * k)).zip(pivots.chunks_exact(n)) {
                    T::ldl_solve(a, n, self.hermitian, p, x, k);
                }
            }
        });
        Ok(())
    }
    fn differentiable(&self) -> bool {
        false
    }
    fn vjp(&self, _: &Cx, _: &[Option<Tensor>]) -> Result<Grads> {
        Ok(smallvec::smallvec![None, None, None])
    }
}

/// `A X = B` from the result of `ldl_factor`.
#[function(dtypes = "inexact", grad = false, method = false, torch = "linalg.ldl_solve", sig = "LD, pivots, B, *, hermitian=False", samples = ["T(3,3,low=1,high=2), T(3,dtype=int32,low=3,high=4), T(3,2)"])]
#[allow(non_snake_case)]
pub fn ldl_solve(LD: &Tensor, pivots: &Tensor, B: &Tensor, hermitian: bool) -> Result<Tensor> {
    let name = "torch.linalg.ldl_solve";
    let n = check_square(name, LD)?;
    if B.dim() < 2 {
        bail!("{name}: Expected B to have at least 2 dimensions, but it has {} dimensions instead", B.dim());
    }
    if pivots.shape() != &LD.shape()[..LD.dim() - 1] {
        bail!(
            "{name}: Expected LD.shape[:-1] and pivots.shape to be the same, but got pivots with shape {:?} instead",
            pivots.shape()
        );
    }
    if !pivots.dtype().is_integral() {
        bail!("{name}: Expected pivots to be integers. Got {}", pivots.dtype().name());
    }
    if LD.dtype() != B.dtype() {
        bail!("{name}: LD dtype {} does not match b dtype {}", LD.dtype().name(), B.dtype().name());
    }
    if sizes(B).0 != n {
        bail!("{name}: Incompatible shapes of LD and B: {:?} and {:?}", LD.shape(), B.shape());
    }
    let lead = crate::broadcast_shapes(batch(LD), batch(B))?;
    let wide = |t: &Tensor, tail: usize| {
        let shape: Shape = lead.iter().chain(&t.shape()[t.dim() - tail..]).copied().collect();
        crate::ops::view::expand_to(t, &shape)?.contiguous()
    };
    crate::apply::apply(
        LdlSolve { hermitian },
        &[&wide(LD, 2)?, &wide(&pivots.to_dtype(DType::I32)?, 1)?, &wide(B, 2)?],
    )
}

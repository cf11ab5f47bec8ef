//! Triangular systems, Cholesky and LU, and linear systems.

use super::*;
use crate::apply::{apply, apply_all};
use crate::function;
use crate::ops::view::expand_to;
use crate::tensor::{Cx, Grads, Needs, Op, Saves, Spec, Specs, grads1};
use flambeau_kernels::linalg::{Factor, Number};

/// `a x = b`, with the triangle of `a` that `upper` names.
struct SolveTriangular {
    upper: bool,
    unit: bool,
}

impl Op for SolveTriangular {
    fn name(&self) -> &'static str {
        "linalg_solve_triangular"
    }
    fn infer(&self, inputs: &[&Tensor]) -> Result<Specs> {
        Ok(smallvec::smallvec![Spec::new(inputs[1].shape(), inputs[1].dtype())])
    }
    fn cpu(&self, inputs: &[Arg], outputs: &[Arg]) -> Result<()> {
        let (a, b, out) = (inputs[0], inputs[1], outputs[0]);
        crate::storage::bridge::copy(b, out);
        let (n, k) = (b.shape()[b.layout.rank() - 2], b.shape()[b.layout.rank() - 1]);
        for_field!(a.dtype, T => {
            let (a, x) = (T::view(a.slice()?), T::view_mut(out.slice_mut()?));
            if n * k > 0 {
                for (a, x) in a.chunks_exact(n * n).zip(x.chunks_exact_mut(n * k)) {
                    T::solve_triangular(a, n, x, k, self.upper, self.unit);
                }
            }
        });
        Ok(())
    }
    fn saves(&self, needs: Needs) -> Saves {
        Saves::NONE.input(0, true).output(0).input(1, needs.0 == 0)
    }
    fn vjp(&self, cx: &Cx, grads: &[Option<Tensor>]) -> Result<Grads> {
        let Some(g) = &grads[0] else { return Ok(smallvec::smallvec![None, None]) };
        let gb = triangular(&h(&cx.input(0)?)?, g, !self.upper, self.unit)?;
        let ga = if cx.needs(0) {
            let full = gb.matmul(&h(&cx.output(0)?)?)?.neg()?;
            let strict = i64::from(self.unit);
            Some(if self.upper { full.triu(strict)? } else { full.tril(-strict)? })
        } else {
            None
        };
        Ok(smallvec::smallvec![ga, cx.needs(1).then_some(gb)])
    }
}

/// The batches of both broadcast.
fn broadcast(name: &str, a: &Tensor, b: &Tensor) -> Result<(Tensor, Tensor)> {
    let lead = crate::broadcast_shapes(batch(a), batch(b)).map_err(|e| e.context(name))?;
    let wide = |t: &Tensor| {
        let shape: Shape = lead.iter().chain(&t.shape()[t.dim() - 2..]).copied().collect();
        expand_to(t, &shape)
    };
    Ok((wide(a)?, wide(b)?))
}

pub(super) fn triangular(a: &Tensor, b: &Tensor, upper: bool, unit: bool) -> Result<Tensor> {
    let (a, b) = broadcast("linalg.solve_triangular", a, b)?;
    apply(SolveTriangular { upper, unit }, &[&a.contiguous()?, &b.contiguous()?])
}

/// `A X = B` (or `X A = B` without `left`) for a triangular `A`; ones on its diagonal if `unitriangular`.
#[function(dtypes = "inexact", method = false, torch = "linalg.solve_triangular", sig = "A, B, *, upper, left=True, unitriangular=False", samples = ["T(3,3,low=1,high=2), T(3,2), upper=True", "T(2,3,3,low=1,high=2), T(2,3), upper=False, left=False"])]
#[allow(non_snake_case)]
pub fn solve_triangular(A: &Tensor, B: &Tensor, upper: bool, left: bool, unitriangular: bool) -> Result<Tensor> {
    let name = "linalg.solve_triangular";
    let n = check_square(name, A)?;
    check(name, B)?;
    if A.dtype() != B.dtype() {
        bail!(
            "{name}: Expected A and B to have the same dtype, but found A of type {} and B of type {} instead",
            A.dtype().name(),
            B.dtype().name()
        );
    }
    let fits = if left { sizes(B).0 } else { sizes(B).1 };
    if fits != n {
        bail!(
            "{name}: Incompatible shapes of A and B for the equation {}: {:?} and {:?}",
            if left { "AX = B" } else { "XA = B" },
            A.shape(),
            B.shape()
        );
    }
    if left {
        return triangular(A, B, upper, unitriangular);
    }
    triangular(&A.transpose(-2, -1)?, &B.transpose(-2, -1)?, !upper, unitriangular)?.transpose(-2, -1)
}

/// The lower Cholesky factor, and where it failed.
struct Cholesky {
    /// The upper triangle is read; the factor is the lower one all the same.
    upper: bool,
}

impl Op for Cholesky {
    fn name(&self) -> &'static str {
        "linalg_cholesky_ex"
    }
    fn infer(&self, inputs: &[&Tensor]) -> Result<Specs> {
        let a = inputs[0];
        Ok(smallvec::smallvec![Spec::new(a.shape(), a.dtype()), Spec::new(batch(a), DType::I32)])
    }
    fn cpu(&self, inputs: &[Arg], outputs: &[Arg]) -> Result<()> {
        let (a, out, info) = (inputs[0], outputs[0], outputs[1].slice_mut::<i32>()?);
        crate::storage::bridge::copy(a, out);
        let n = a.shape()[a.layout.rank() - 1];
        info.fill(0);
        for_field!(a.dtype, T => {
            let x = T::view_mut(out.slice_mut()?);
            if self.upper && n > 0 {
                for x in x.chunks_exact_mut(n * n) {
                    for (i, j) in (0..n).flat_map(|i| (0..=i).map(move |j| (i, j))) {
                        x[i * n + j] = x[j * n + i].conjugate();
                    }
                }
            }
            if n > 0 {
                x.chunks_exact_mut(n * n).zip(info).for_each(|(x, info)| *info = T::cholesky(x, n));
            }
        });
        Ok(())
    }
    fn saves(&self, _: Needs) -> Saves {
        Saves::OUTPUT
    }
    fn vjp(&self, cx: &Cx, grads: &[Option<Tensor>]) -> Result<Grads> {
        let Some(g) = &grads[0] else { return Ok(smallvec::smallvec![None]) };
        // L⁻ᴴ Φ(Lᴴ g) L⁻¹ / 2, with Φ the lower triangle mirrored.
        let l = cx.output(0)?;
        let phi = h(&l)?.matmul(g)?.tril(0)?;
        let symmetric = phi.add(&h(&phi.tril(-1)?)?)?.mul(0.5)?;
        let left = triangular(&h(&l)?, &symmetric, true, false)?;
        Ok(grads1(h(&triangular(&h(&l)?, &h(&left)?, true, false)?)?))
    }
}

/// The Cholesky factor of Hermitian positive definite matrices, and for each where it failed (0: nowhere).
#[function(returns = "L, info", dtypes = "float", method = false, torch = "linalg.cholesky_ex", sig = "A, *, upper=False, check_errors=False", samples = ["T(1,1,low=1,high=3)", "T(2,1,1,low=1,high=3)"])]
#[allow(non_snake_case)]
pub fn cholesky_ex(A: &Tensor, upper: bool, check_errors: bool) -> Result<(Tensor, Tensor)> {
    check_square("linalg.cholesky", A)?;
    let both = apply_all(Cholesky { upper }, &[&A.contiguous()?])?;
    let (l, info) = (both[0].clone(), both[1].clone());
    if check_errors {
        check_info("linalg.cholesky", &info, |i| {
            format!(
                "The factorization could not be completed because the input is not positive-definite (the leading minor of order {i} is not positive-definite)."
            )
        })?;
    }
    Ok((if upper { h(&l)? } else { l }, info))
}

/// The lower (or `upper`) triangle L with A = L Lᴴ.
#[function(dtypes = "float", method = false, torch = "linalg.cholesky", sig = "A, *, upper=False", samples = ["T(1,1,low=1,high=3)", "T(2,1,1,low=1,high=3)"])]
#[allow(non_snake_case)]
pub fn linalg_cholesky(A: &Tensor, upper: bool) -> Result<Tensor> {
    Ok(cholesky_ex(A, upper, true)?.0)
}

/// `A X = B` from a factor of A. The derivative of the factor is full, as PyTorch has it.
struct CholeskySolve {
    upper: bool,
}

impl Op for CholeskySolve {
    fn name(&self) -> &'static str {
        "cholesky_solve"
    }
    fn infer(&self, inputs: &[&Tensor]) -> Result<Specs> {
        Ok(smallvec::smallvec![Spec::new(inputs[0].shape(), inputs[0].dtype())])
    }
    fn cpu(&self, inputs: &[Arg], outputs: &[Arg]) -> Result<()> {
        let (b, l, out) = (inputs[0], inputs[1], outputs[0]);
        crate::storage::bridge::copy(b, out);
        let (n, k) = (b.shape()[b.layout.rank() - 2], b.shape()[b.layout.rank() - 1]);
        for_field!(l.dtype, T => {
            let (l, x) = (T::view(l.slice()?), T::view_mut(out.slice_mut()?));
            if n * k > 0 {
                for (l, x) in l.chunks_exact(n * n).zip(x.chunks_exact_mut(n * k)) {
                    let adjoint: Vec<T> = (0..n * n).map(|i| l[i % n * n + i / n].conjugate()).collect();
                    let (lower, upper) = if self.upper { (&adjoint[..], l) } else { (l, &adjoint[..]) };
                    T::solve_triangular(lower, n, x, k, false, false);
                    T::solve_triangular(upper, n, x, k, true, false);
                }
            }
        });
        Ok(())
    }
    fn saves(&self, _: Needs) -> Saves {
        Saves::inputs(2).output(0)
    }
    fn vjp(&self, cx: &Cx, grads: &[Option<Tensor>]) -> Result<Grads> {
        let Some(g) = &grads[0] else { return Ok(smallvec::smallvec![None, None]) };
        let l = cx.input(1)?;
        let gb = cholesky_solve(g, &l, self.upper)?;
        let gl = if cx.needs(1) {
            let common = gb.matmul(&h(&cx.output(0)?)?)?;
            let common = common.add(&h(&common)?)?.neg()?;
            Some(if self.upper { l.matmul(&common)? } else { common.matmul(&l)? })
        } else {
            None
        };
        Ok(smallvec::smallvec![cx.needs(0).then_some(gb), gl])
    }
}

/// `A X = input` with the Cholesky factor `L` of A.
#[function(dtypes = "inexact", sig = "input, input2, upper=False", samples = ["T(3,2), T(3,3,low=1,high=2)"])]
pub fn cholesky_solve(input: &Tensor, input2: &Tensor, upper: bool) -> Result<Tensor> {
    let (b, l) = (input, input2);
    if b.dim() < 2 {
        bail!("b should have at least 2 dimensions, but has {} dimensions instead", b.dim());
    }
    if l.dim() < 2 {
        bail!("u should have at least 2 dimensions, but has {} dimensions instead", l.dim());
    }
    let n = check_square("cholesky_solve", l)?;
    if sizes(b).0 != n {
        bail!(
            "Incompatible matrix sizes for cholesky_solve: each A matrix is {n} by {n} but each b matrix is {} by {}",
            sizes(b).0,
            sizes(b).1
        );
    }
    if b.dtype() != l.dtype() {
        bail!(
            "cholesky_solve: expected b and A to have the same dtype, but got {} and {}",
            b.dtype().name(),
            l.dtype().name()
        );
    }
    let (l, b) = broadcast("cholesky_solve", l, b)?;
    apply(CholeskySolve { upper }, &[&b.contiguous()?, &l.contiguous()?])
}

/// The inverse of A, given its Cholesky factor.
#[function(dtypes = "float", sig = "input, upper=False", samples = ["T(3,3,low=1,high=2)"])]
pub fn cholesky_inverse(input: &Tensor, upper: bool) -> Result<Tensor> {
    check_square("cholesky_inverse", input)?;
    cholesky_solve(&identity_like(input)?, input, upper)
}

/// `a x = b`.
struct Solve;

impl Op for Solve {
    fn name(&self) -> &'static str {
        "linalg_solve_ex"
    }
    fn infer(&self, inputs: &[&Tensor]) -> Result<Specs> {
        let (a, b) = (inputs[0], inputs[1]);
        Ok(smallvec::smallvec![Spec::new(b.shape(), b.dtype()), Spec::new(batch(a), DType::I32)])
    }
    fn cpu(&self, inputs: &[Arg], outputs: &[Arg]) -> Result<()> {
        let (a, b, out, info) = (inputs[0], inputs[1], outputs[0], outputs[1].slice_mut::<i32>()?);
        crate::storage::bridge::copy(b, out);
        let (n, k) = (b.shape()[b.layout.rank() - 2], b.shape()[b.layout.rank() - 1]);
        info.fill(0);
        if n == 0 {
            return Ok(());
        }
        for_field!(a.dtype, T => {
            let (a, x) = (T::view(a.slice()?), T::view_mut(out.slice_mut()?));
            let mut pivots = vec![0i32; n];
            for (i, a) in a.chunks_exact(n * n).enumerate() {
                let mut lu = a.to_vec();
                info[i] = T::lu(&mut lu, n, n, true, &mut pivots);
                if k > 0 {
                    T::lu_solve(&lu, n, &pivots, &mut x[i * n * k..(i + 1) * n * k], k);
                }
            }
        });
        Ok(())
    }
    fn saves(&self, _: Needs) -> Saves {
        Saves::inputs(1).output(0)
    }
    fn vjp(&self, cx: &Cx, grads: &[Option<Tensor>]) -> Result<Grads> {
        let Some(g) = &grads[0] else { return Ok(smallvec::smallvec![None, None]) };
        let gb = solve_both(&h(&cx.input(0)?)?, g)?.0;
        let ga = if cx.needs(0) { Some(gb.matmul(&h(&cx.output(0)?)?)?.neg()?) } else { None };
        Ok(smallvec::smallvec![ga, cx.needs(1).then_some(gb)])
    }
}

/// The solution and where a pivot is zero, of matrices on the right.
pub(super) fn solve_both(a: &Tensor, b: &Tensor) -> Result<(Tensor, Tensor)> {
    let (wide_a, b) = broadcast("linalg.solve", a, b)?;
    let both = apply_all(Solve, &[&wide_a.contiguous()?, &b.contiguous()?])?;
    Ok((both[0].clone(), both[1].clone()))
}

/// The solution of `A X = B` (`X A = B` without `left`) and where a pivot is zero. `B` may be a batch of vectors.
#[function(returns = "result, info", dtypes = "inexact", method = false, torch = "linalg.solve_ex", sig = "A, B, *, left=True, check_errors=False", samples = ["T(3,3), T(3,2)", "T(2,2), T(3,2), left=False"])]
#[allow(non_snake_case)]
pub fn solve_ex(A: &Tensor, B: &Tensor, left: bool, check_errors: bool) -> Result<(Tensor, Tensor)> {
    let name = "linalg.solve";
    let n = check_square(name, A)?;
    if A.dtype() != B.dtype() {
        bail!(
            "{name}: Expected A and B to have the same dtype, but found A of type {} and B of type {} instead",
            A.dtype().name(),
            B.dtype().name()
        );
    }
    let vector = B.dim() == 1 || A.dim() == B.dim() + 1 && B.shape() == &A.shape()[..A.dim() - 1];
    if vector && !left {
        bail!(
            "{name}: Vector broadcasting of the left hand side is not supported for left=False. In this case linalg.solve is equivalent to B / A.squeeze(-1)"
        );
    }
    let b = if vector { B.unsqueeze(-1)? } else { B.clone() };
    if b.dim() < 2 || (if left { sizes(&b).0 } else { sizes(&b).1 }) != n {
        bail!(
            "{name}: Incompatible shapes of A and B for the equation {}: {:?} and {:?}",
            if left { "AX = B" } else { "XA = B" },
            A.shape(),
            B.shape()
        );
    }
    let (x, info) = if left {
        solve_both(A, &b)?
    } else {
        let (x, info) = solve_both(&A.transpose(-2, -1)?, &b.transpose(-2, -1)?)?;
        (x.transpose(-2, -1)?, info)
    };
    // Where A is broadcast its own codes are given.
    let info = if info.dim() == A.dim() - 2 {
        info
    } else {
        info.detach()
            .reshape(&[-1])?
            .narrow(0, 0, batch(A).iter().product::<usize>() as i64)?
            .reshape(&batch(A).iter().map(|n| *n as i64).collect::<Vec<_>>())?
    };
    if check_errors {
        check_info("torch.linalg.solve", &info, |_| "The solver failed because the input matrix is singular.".into())?;
    }
    Ok((if vector { x.squeeze(-1)? } else { x }, info))
}

/// The solution of `A X = B` (`X A = B` without `left`).
#[function(dtypes = "inexact", method = false, torch = "linalg.solve", sig = "A, B, *, left=True", samples = ["T(3,3), T(3,2)", "T(2,2), T(3,2), left=False"])]
#[allow(non_snake_case)]
pub fn linalg_solve(A: &Tensor, B: &Tensor, left: bool) -> Result<Tensor> {
    Ok(solve_ex(A, B, left, true)?.0)
}

/// The inverse, and where a pivot is zero.
#[function(returns = "inverse, info", dtypes = "inexact", method = false, torch = "linalg.inv_ex", sig = "A, *, check_errors=False", samples = ["T(3,3)", "T(2,2,2)"])]
#[allow(non_snake_case)]
pub fn inv_ex(A: &Tensor, check_errors: bool) -> Result<(Tensor, Tensor)> {
    check_square("linalg.inv", A)?;
    let (x, info) = solve_both(A, &identity_like(A)?)?;
    if check_errors {
        check_info("linalg.inv", &info, |i| {
            format!(
                "The diagonal element {i} is zero, the inversion could not be completed because the input matrix is singular."
            )
        })?;
    }
    Ok((x, info))
}

/// The inverse.
#[function(dtypes = "inexact", method = false, torch = "linalg.inv", sig = "A", samples = ["T(3,3)", "T(2,2,2)"])]
#[allow(non_snake_case)]
pub fn linalg_inv(A: &Tensor) -> Result<Tensor> {
    Ok(inv_ex(A, true)?.0)
}

/// [`linalg_inv`] by its old name.
#[function(dtypes = "inexact", samples = ["T(3,3)", "T(2,2,2)"])]
pub fn inverse(input: &Tensor) -> Result<Tensor> {
    linalg_inv(input)
}

/// [`solve_triangular`] in its old form: the solution, and the matrix.
#[function(returns = "solution, cloned_coefficient", dtypes = "inexact", sig = "input, A, upper=True, transpose=False, unitriangular=False", samples = ["T(3,2), T(3,3,low=1,high=2)"])]
pub fn triangular_solve(
    input: &Tensor,
    matrix: &Tensor,
    upper: bool,
    transpose: bool,
    unitriangular: bool,
) -> Result<(Tensor, Tensor)> {
    if input.dim() < 2 || matrix.dim() < 2 {
        bail!("torch.triangular_solve: Expected b and A to have at least 2 dimensions");
    }
    check_square("triangular_solve", matrix)?;
    if sizes(input).0 != sizes(matrix).0 {
        bail!(
            "Incompatible matrix sizes for triangular_solve: each A matrix is {} by {} but each b matrix is {} by {}",
            sizes(matrix).0,
            sizes(matrix).1,
            sizes(input).0,
            sizes(input).1
        );
    }
    let a = if upper { matrix.triu(0)? } else { matrix.tril(0)? };
    let (a, upper) = if transpose { (a.transpose(-2, -1)?, !upper) } else { (a, upper) };
    let x = triangular(&a, input, upper, unitriangular)?;
    let lead: Shape = x.shape()[..x.dim() - 2].iter().chain(&matrix.shape()[matrix.dim() - 2..]).copied().collect();
    Ok((x, crate::ops::view::expand_to(matrix, &lead)?.clone_tensor()?))
}

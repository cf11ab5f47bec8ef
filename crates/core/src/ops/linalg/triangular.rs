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

fn triangular(a: &Tensor, b: &Tensor, upper: bool, unit: bool) -> Result<Tensor> {
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
struct Cholesky;

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
        // L⁻ᴴ sym(Φ(Lᴴ g)) L⁻¹, with Φ the lower triangle with half the diagonal.
        let l = cx.output(0)?;
        let phi = scale_diagonal(&h(&l)?.matmul(g)?.tril(0)?, 0.5)?;
        let symmetric = phi.add(&h(&phi)?)?.mul(0.5)?;
        let left = triangular(&h(&l)?, &symmetric, true, false)?;
        Ok(grads1(h(&triangular(&h(&l)?, &h(&left)?, true, false)?)?))
    }
}

/// The Cholesky factor of Hermitian positive definite matrices, and for each where it failed (0: nowhere).
#[function(returns = "L, info", dtypes = "float", method = false, torch = "linalg.cholesky_ex", sig = "A, *, upper=False, check_errors=False", samples = ["T(1,1,low=1,high=3)", "T(2,1,1,low=1,high=3)"])]
#[allow(non_snake_case)]
pub fn cholesky_ex(A: &Tensor, upper: bool, check_errors: bool) -> Result<(Tensor, Tensor)> {
    check_square("linalg.cholesky", A)?;
    // Of an upper factor the upper triangle is read.
    let a = if upper { h(A)? } else { A.clone() };
    let both = apply_all(Cholesky, &[&a.contiguous()?])?;
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

/// [`linalg_cholesky`] by its old name.
#[function(dtypes = "float", sig = "input, upper=False", samples = ["T(1,1,low=1,high=3)", "T(2,1,1,low=1,high=3)"])]
pub fn cholesky(input: &Tensor, upper: bool) -> Result<Tensor> {
    if input.dim() >= 2 && input.numel() == 0 {
        return input.clone_tensor();
    }
    linalg_cholesky(input, upper)
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
    let l = if upper { h(l)? } else { l.clone() };
    triangular(&h(&l)?, &triangular(&l, b, false, false)?, true, false)
}

/// The inverse of A, given its Cholesky factor.
#[function(dtypes = "inexact", sig = "input, upper=False", samples = ["T(3,3,low=1,high=2)"])]
pub fn cholesky_inverse(input: &Tensor, upper: bool) -> Result<Tensor> {
    check_square("cholesky_inverse", input)?;
    cholesky_solve(&identity_like(input)?, input, upper)
}

/// LU with the matrices' rows exchanged: the two triangles in one, pivots, and where a pivot is zero.
struct Lu {
    pivot: bool,
}

impl Op for Lu {
    fn name(&self) -> &'static str {
        "linalg_lu_factor_ex"
    }
    fn infer(&self, inputs: &[&Tensor]) -> Result<Specs> {
        let a = inputs[0];
        let k = sizes(a).0.min(sizes(a).1);
        Ok(smallvec::smallvec![
            Spec::new(a.shape(), a.dtype()),
            Spec::new(with_batch(a, &[k]), DType::I32),
            Spec::new(batch(a), DType::I32)
        ])
    }
    fn cpu(&self, inputs: &[Arg], outputs: &[Arg]) -> Result<()> {
        let (a, out) = (inputs[0], outputs[0]);
        let (pivots, info) = (outputs[1].slice_mut::<i32>()?, outputs[2].slice_mut::<i32>()?);
        crate::storage::bridge::copy(a, out);
        let rank = a.layout.rank();
        let (m, n) = (a.shape()[rank - 2], a.shape()[rank - 1]);
        info.fill(0);
        for_field!(a.dtype, T => {
            let x = T::view_mut(out.slice_mut()?);
            if m * n > 0 {
                let rows = x.chunks_exact_mut(m * n).zip(pivots.chunks_exact_mut(m.min(n))).zip(info);
                rows.for_each(|((x, p), info)| *info = T::lu(x, m, n, self.pivot, p));
            }
        });
        Ok(())
    }
    fn saves(&self, _: Needs) -> Saves {
        Saves { inputs: 0, outputs: 3 }
    }
    fn vjp(&self, cx: &Cx, grads: &[Option<Tensor>]) -> Result<Grads> {
        let Some(g) = &grads[0] else { return Ok(smallvec::smallvec![None]) };
        let (lu, pivots) = (cx.output(0)?, cx.output(1)?);
        let (m, n) = sizes(&lu);
        let k = m.min(n) as i64;
        let square = lu.narrow(-2, 0, k)?.narrow(-1, 0, k)?;
        let (l, u) = (square.clone(), square);
        let head = g.narrow(-2, 0, k)?.narrow(-1, 0, k)?;
        let (mut gl, mut gu) = (head.tril(-1)?, head.triu(0)?);
        let solve_l = |x: &Tensor| triangular(&h(&l)?, x, true, true);
        let mut rest = None;
        if m > n {
            // L₂ = A₂ U⁻¹.
            let (l2, g2) = (lu.narrow(-2, k, m as i64 - k)?, g.narrow(-2, k, m as i64 - k)?);
            let ga2 = right_inverse(&u, &g2)?;
            gu = gu.sub(&h(&l2)?.matmul(&ga2)?)?;
            rest = Some((ga2, -2));
        } else if n > m {
            // U₂ = L⁻¹ A₂.
            let (u2, g2) = (lu.narrow(-1, k, n as i64 - k)?, g.narrow(-1, k, n as i64 - k)?);
            let ga2 = solve_l(&g2)?;
            gl = gl.sub(&ga2.matmul(&h(&u2)?)?)?;
            rest = Some((ga2, -1));
        }
        let lower = unit_lower(&l)?;
        let upper = u.triu(0)?;
        let inner = h(&lower)?.matmul(&gl)?.tril(-1)?.add(&gu.matmul(&h(&upper)?)?.triu(0)?)?;
        let left = solve_l(&inner)?;
        let mut ga = right_inverse(&u, &left)?;
        if let Some((other, dim)) = rest {
            ga = crate::ops::cat(&[ga, other], dim)?;
        }
        // Rows back where they were.
        Ok(grads1(if self.pivot { permutation(&pivots, m, ga.dtype())?.matmul(&ga)? } else { ga }))
    }
}

/// x U⁻ᴴ.
fn right_inverse(u: &Tensor, x: &Tensor) -> Result<Tensor> {
    // (U⁻¹ xᴴ)ᴴ would be x U⁻ᴴ.
    h(&triangular(u, &h(x)?, true, false)?)
}

fn unit_lower(lu: &Tensor) -> Result<Tensor> {
    lu.tril(-1)?.add(&identity_like(lu)?)
}

/// The matrices P with P L U = A, from pivots.
fn permutation(pivots: &Tensor, m: usize, dtype: DType) -> Result<Tensor> {
    let k = pivots.shape().last().copied().unwrap_or(0);
    let lead: usize = pivots.shape()[..pivots.dim() - 1].iter().product();
    let rows = pivots.detach().to_dtype(DType::I64)?.contiguous()?.to_vec::<i64>()?;
    let mut ones = vec![0.0f64; lead * m * m];
    for (b, p) in (0..lead).map(|b| (b, &rows[b * k..(b + 1) * k])) {
        let mut order: Vec<usize> = (0..m).collect();
        for (i, p) in p.iter().enumerate() {
            if !(1..=m as i64).contains(p) {
                bail!(
                    "pivots passed to lu_unpack must be between 1 and LU.size(-2) inclusive. Did you properly pass the result of lu_factor?"
                );
            }
            order.swap(i, *p as usize - 1);
        }
        order.iter().enumerate().for_each(|(j, i)| ones[b * m * m + i * m + j] = 1.0);
    }
    let shape: Shape = pivots.shape()[..pivots.dim() - 1].iter().copied().chain([m, m]).collect();
    Tensor::from_vec(ones, &shape)?.to_dtype(dtype)
}

fn lu_all(name: &str, a: &Tensor, pivot: bool) -> Result<(Tensor, Tensor, Tensor)> {
    check(name, a)?;
    let all = apply_all(Lu { pivot }, &[&a.contiguous()?])?;
    Ok((all[0].clone(), all[1].clone(), all[2].clone()))
}

/// LU with pivots, and for each matrix the place of a pivot that is zero (0: none).
#[function(returns = "LU, pivots, info", dtypes = "inexact", method = false, torch = "linalg.lu_factor_ex", sig = "A, *, pivot=True, check_errors=False", samples = ["T(3,3)", "T(4,2)", "T(2,4)"])]
#[allow(non_snake_case)]
pub fn lu_factor_ex(A: &Tensor, pivot: bool, check_errors: bool) -> Result<(Tensor, Tensor, Tensor)> {
    let all = lu_all("linalg.lu_factor", A, pivot)?;
    if check_errors {
        singular("torch.linalg.lu_factor_ex", &all.2)?;
    }
    Ok(all)
}

fn singular(name: &str, info: &Tensor) -> Result<()> {
    check_info(name, info, |i| {
        format!("U[{i},{i}] is zero and using it on lu_solve would result in a division by zero.")
    })
}

/// LU with pivots: both triangles in one matrix.
#[function(returns = "LU, pivots", dtypes = "inexact", method = false, torch = "linalg.lu_factor", sig = "A, *, pivot=True", samples = ["T(3,3)", "T(4,2)", "T(2,4)"])]
#[allow(non_snake_case)]
pub fn lu_factor(A: &Tensor, pivot: bool) -> Result<(Tensor, Tensor)> {
    let (lu, pivots, info) = lu_all("linalg.lu_factor", A, pivot)?;
    singular("torch.linalg.lu_factor", &info)?;
    Ok((lu, pivots))
}

/// P, L and U of the result of `lu_factor`; empty where they are not wanted.
#[function(returns = "P, L, U", dtypes = "inexact", method = false, sig = "LU_data, LU_pivots, unpack_data=True, unpack_pivots=True", samples = ["T(3,3), T(3,dtype=int32,low=3,high=4)"])]
#[allow(non_snake_case)]
pub fn lu_unpack(
    LU_data: &Tensor,
    LU_pivots: &Tensor,
    unpack_data: bool,
    unpack_pivots: bool,
) -> Result<(Tensor, Tensor, Tensor)> {
    if unpack_pivots && LU_pivots.dtype() != DType::I32 {
        bail!("torch.lu_unpack: LU_pivots is expected to be a contiguous tensor of torch.int32 dtype.");
    }
    let none = || crate::ops::zeros(&[0], LU_data.dtype());
    let (m, n) = sizes(LU_data);
    let k = m.min(n) as i64;
    let p = if unpack_pivots { permutation(LU_pivots, m, LU_data.dtype())? } else { none()? };
    if !unpack_data {
        return Ok((p, none()?, none()?));
    }
    let left = LU_data.narrow(-1, 0, k)?;
    let l = left.tril(-1)?.add(&crate::ops::eye(m, Some(k as usize), Some(LU_data.dtype()))?)?;
    Ok((p, l, LU_data.narrow(-2, 0, k)?.triu(0)?))
}

/// A = P L U.
#[function(returns = "P, L, U", dtypes = "inexact", method = false, torch = "linalg.lu", sig = "A, *, pivot=True", samples = ["T(3,3)", "T(4,2)", "T(2,4)"])]
#[allow(non_snake_case)]
pub fn linalg_lu(A: &Tensor, pivot: bool) -> Result<(Tensor, Tensor, Tensor)> {
    let (lu, pivots, _) = lu_all("linalg.lu", A, pivot)?;
    let (p, l, u) = lu_unpack(&lu, &pivots, true, pivot)?;
    Ok((p, l, u))
}

/// `A X = B` (`X A = B` without `left`, with the adjoint of A if `adjoint`) from the result of `lu_factor`.
#[function(dtypes = "inexact", method = false, torch = "linalg.lu_solve", sig = "LU, pivots, B, *, left=True, adjoint=False", samples = ["T(3,3,low=1,high=2), T(3,dtype=int32,low=3,high=4), T(3,2)", "T(3,3,low=1,high=2), T(3,dtype=int32,low=3,high=4), T(2,3), left=False, adjoint=True"])]
#[allow(non_snake_case)]
pub fn linalg_lu_solve(LU: &Tensor, pivots: &Tensor, B: &Tensor, left: bool, adjoint: bool) -> Result<Tensor> {
    let name = "linalg.lu_solve";
    let n = check_square(name, LU)?;
    check(name, B)?;
    if LU.dtype() != B.dtype() {
        bail!(
            "{name}: Expected LU and B to have the same dtype, but found LU of type {} and B of type {} instead",
            LU.dtype().name(),
            B.dtype().name()
        );
    }
    if pivots.dtype() != DType::I32 {
        bail!("{name}: pivots should be a Tensor of scalar type torch.int32. Got {}", pivots.dtype().name());
    }
    if pivots.dim() + 1 != LU.dim() || pivots.shape() != &LU.shape()[..LU.dim() - 1] {
        bail!("{name}: Number of pivots per batch should be same as the dimension of the matrix");
    }
    if (if left { sizes(B).0 } else { sizes(B).1 }) != n {
        bail!("{name}: Incompatible shapes of A and B: {:?} and {:?}", LU.shape(), B.shape());
    }
    if !left {
        // X A = B is Aᴴ Xᴴ = Bᴴ.
        return h(&linalg_lu_solve(LU, pivots, &h(B)?, true, !adjoint)?);
    }
    let p = permutation(pivots, n, LU.dtype())?;
    if adjoint {
        let y = triangular(&h(LU)?, B, false, false)?;
        return p.matmul(&triangular(&h(LU)?, &y, true, true)?);
    }
    let y = triangular(LU, &p.transpose(-2, -1)?.matmul(B)?, false, true)?;
    triangular(LU, &y, true, false)
}

/// [`linalg_lu_solve`] by its old name: B first.
#[function(dtypes = "inexact", sig = "input, LU_data, LU_pivots", samples = ["T(3,2), T(3,3,low=1,high=2), T(3,dtype=int32,low=3,high=4)"])]
pub fn lu_solve(input: &Tensor, lu_data: &Tensor, lu_pivots: &Tensor) -> Result<Tensor> {
    linalg_lu_solve(lu_data, lu_pivots, input, true, false)
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

//! LU with exchanges of rows, in LAPACK's form: both triangles in one matrix, and pivots from 1.

use super::triangular::triangular;
use super::*;
use crate::apply::apply_all;
use crate::function;
use crate::tensor::{Cx, Grads, Needs, Op, Saves, Spec, Specs, grads1};
use flambeau_kernels::linalg::{Factor, Number};

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
    if LU_data.dim() < 2 || LU_pivots.dim() < 1 {
        bail!(
            "torch.lu_unpack: expected LU_data with at least 2 dimensions and LU_pivots with at least 1, got {:?} and {:?}",
            LU_data.shape(),
            LU_pivots.shape()
        );
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

/// [`lu_factor`] in its old form: both triangles, pivots, and (if asked for) where a pivot is zero.
#[function(dtypes = "inexact", sig = "input, pivot=True, get_infos=False", samples = ["T(3,3)"])]
pub fn lu(input: &Tensor, pivot: bool, get_infos: bool) -> Result<Vec<Tensor>> {
    let (lu, pivots, info) = lu_all("lu", input, pivot)?;
    if get_infos {
        return Ok(vec![lu, pivots, info]);
    }
    singular("torch.lu", &info)?;
    Ok(vec![lu, pivots])
}

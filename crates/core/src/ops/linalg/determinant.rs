//! Determinants, their signs and logarithms.

use super::decompose::inverse_times;
use super::*;
use crate::apply::apply;
use crate::function;
use crate::ops::view::expand_to;
use crate::tensor::{Cx, Grads, Needs, Op, Saves, Spec, Specs, grads1};

/// 1 or −1 for each vector of pivots, by the number of exchanges.
fn parity(pivots: &Tensor, dtype: DType) -> Result<Tensor> {
    let n = pivots.shape()[pivots.dim() - 1];
    let places = crate::ops::arange(1, n as i64 + 1, 1, Some(DType::I32))?;
    let odd = pivots.detach().ne(&places)?.sum(-1, false, None)?.remainder(2)?;
    odd.mul(-2)?.add(1)?.to_dtype(dtype)
}

/// The determinant.
struct Det;

impl Op for Det {
    fn name(&self) -> &'static str {
        "linalg_det"
    }
    fn infer(&self, inputs: &[&Tensor]) -> Result<Specs> {
        Ok(smallvec::smallvec![Spec::new(batch(inputs[0]), inputs[0].dtype())])
    }
    fn cpu(&self, inputs: &[Arg], outputs: &[Arg]) -> Result<()> {
        use flambeau_kernels::linalg::{Factor, Number};
        let (a, out) = (inputs[0], outputs[0]);
        let n = a.shape()[a.layout.rank() - 1];
        for_field!(a.dtype, T => {
            let (x, out) = (T::view(a.slice()?), T::view_mut(out.slice_mut()?));
            out.fill(T::new(1.0, 0.0));
            let mut pivots = vec![0i32; n];
            if n > 0 {
                for (x, d) in x.chunks_exact(n * n).zip(out) {
                    let mut lu = x.to_vec();
                    T::lu(&mut lu, n, n, true, &mut pivots);
                    for (i, p) in pivots.iter().enumerate() {
                        *d *= lu[i * n + i];
                        if *p as usize != i + 1 {
                            *d = -*d;
                        }
                    }
                }
            }
        });
        Ok(())
    }
    fn saves(&self, _: Needs) -> Saves {
        Saves::INPUT.output(0)
    }
    fn vjp(&self, cx: &Cx, grads: &[Option<Tensor>]) -> Result<Grads> {
        let Some(g) = &grads[0] else { return Ok(smallvec::smallvec![None]) };
        let (a, d) = (cx.input(0)?, cx.output(0)?);
        if a.numel() == 0 {
            return Ok(grads1(a.zeros_like()?));
        }
        let singular = d.detach().abs()?.eq(0)?.any((), false)?.item::<bool>()?;
        let factor = |x: &Tensor| -> Result<Tensor> { x.unsqueeze(-1)?.unsqueeze(-1) };
        if !singular {
            // g d* A⁻ᴴ.
            let scaled = factor(&g.mul(&d.conj()?)?)?.mul(&identity_like(&a)?)?;
            return Ok(grads1(inverse_times(&h(&a)?, &scaled)?));
        }
        // The adjugate by way of singular values: no division by what may be zero.
        let (u, s, vh) = linalg_svd(&a, false, None)?;
        let n = s.shape()[s.dim() - 1];
        let others = expand_to(&s.unsqueeze(-2)?, &with_batch(&a, &[n, n]))?;
        let eye = crate::ops::eye(n, None, Some(DType::Bool))?;
        let products = others.masked_fill(&eye, 1)?.prod(Some(-1), false, None)?.to_dtype(a.dtype())?;
        let turn = linalg_det(&u.matmul(&vh)?)?;
        let adjugate = u.mul(&products.unsqueeze(-2)?)?.matmul(&vh)?;
        Ok(grads1(adjugate.mul(&factor(&g.mul(&turn.detach().conj()?)?)?)?))
    }
}

/// The determinant of square matrices.
#[function(dtypes = "inexact", method = false, torch = "linalg.det", sig = "A", samples = ["T(3,3)", "T(2,2,2)"])]
#[allow(non_snake_case)]
pub fn linalg_det(A: &Tensor) -> Result<Tensor> {
    check_square("linalg.det", A)?;
    apply(Det, &[&A.contiguous()?])
}

/// [`linalg_det`] by its old name.
#[function(dtypes = "inexact", samples = ["T(3,3)"])]
pub fn det(input: &Tensor) -> Result<Tensor> {
    linalg_det(input)
}

/// The sign and the logarithm of the absolute value of the determinant.
#[function(returns = "sign, logabsdet", dtypes = "inexact", method = false, torch = "linalg.slogdet", sig = "A", samples = ["T(3,3)"])]
#[allow(non_snake_case)]
pub fn linalg_slogdet(A: &Tensor) -> Result<(Tensor, Tensor)> {
    check_square("linalg.slogdet", A)?;
    let (lu, pivots, _) = lu_factor_ex(A, true, false)?;
    let diagonal = diagonal_of(&lu)?;
    let sign = diagonal.sgn()?.prod(Some(-1), false, None)?.mul(&parity(&pivots, A.dtype())?)?;
    Ok((sign, diagonal.abs()?.log()?.sum(-1, false, None)?))
}

/// [`linalg_slogdet`] by its old name.
#[function(returns = "sign, logabsdet", dtypes = "inexact", samples = ["T(3,3)"])]
pub fn slogdet(input: &Tensor) -> Result<(Tensor, Tensor)> {
    linalg_slogdet(input)
}

/// The logarithm of the determinant; NaN where that is negative.
#[function(dtypes = "float", samples = ["T(1,1,low=1,high=3)"])]
pub fn logdet(input: &Tensor) -> Result<Tensor> {
    check_square("logdet", input)?;
    let (sign, log) = linalg_slogdet(input)?;
    if input.dtype().is_complex() {
        return sign.log()?.add(&log);
    }
    sign.detach().eq(-1)?.where_(&crate::ops::full(&[], f64::NAN, Some(input.dtype()))?, &log)
}

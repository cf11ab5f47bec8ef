//! QR and singular values, the reflectors of the first, and Bunch and Kaufman's factorization.

use super::triangular::solve_both;
use super::*;
use crate::apply::apply_all;
use crate::function;
use crate::tensor::{Cx, Grads, Needs, Op, Saves, Spec, Specs, grads1};
use flambeau_kernels::linalg::{Factor, Number};

/// The reflectors of QR: R above, their tails below, and their factors.
struct Geqrf;

impl Op for Geqrf {
    fn name(&self) -> &'static str {
        "geqrf"
    }
    fn infer(&self, inputs: &[&Tensor]) -> Result<Specs> {
        let a = inputs[0];
        let k = sizes(a).0.min(sizes(a).1);
        Ok(smallvec::smallvec![Spec::new(a.shape(), a.dtype()), Spec::new(with_batch(a, &[k]), a.dtype())])
    }
    fn cpu(&self, inputs: &[Arg], outputs: &[Arg]) -> Result<()> {
        let (a, out, tau) = (inputs[0], outputs[0], outputs[1]);
        crate::storage::bridge::copy(a, out);
        let rank = a.layout.rank();
        let (m, n) = (a.shape()[rank - 2], a.shape()[rank - 1]);
        for_field!(a.dtype, T => {
            let (x, t) = (T::view_mut(out.slice_mut()?), T::view_mut(tau.slice_mut()?));
            if m * n > 0 {
                for (x, t) in x.chunks_exact_mut(m * n).zip(t.chunks_exact_mut(m.min(n))) {
                    T::qr(x, m, n, t);
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

/// Householder's reflectors: R above the diagonal, their tails below it, and their factors.
#[function(returns = "a, tau", dtypes = "inexact", grad = false, samples = ["T(4,3)", "T(2,3)"])]
pub fn geqrf(input: &Tensor) -> Result<(Tensor, Tensor)> {
    check("geqrf", input)?;
    let both = apply_all(Geqrf, &[&input.contiguous()?])?;
    Ok((both[0].clone(), both[1].clone()))
}

/// A = Q R.
struct Qr {
    /// Q is square.
    complete: bool,
}

impl Op for Qr {
    fn name(&self) -> &'static str {
        "linalg_qr"
    }
    fn infer(&self, inputs: &[&Tensor]) -> Result<Specs> {
        let a = inputs[0];
        let (m, n) = sizes(a);
        let k = if self.complete { m } else { m.min(n) };
        Ok(smallvec::smallvec![
            Spec::new(with_batch(a, &[m, k]), a.dtype()),
            Spec::new(with_batch(a, &[k, n]), a.dtype())
        ])
    }
    fn cpu(&self, inputs: &[Arg], outputs: &[Arg]) -> Result<()> {
        let (a, q, r) = (inputs[0], outputs[0], outputs[1]);
        let rank = a.layout.rank();
        let (m, n) = (a.shape()[rank - 2], a.shape()[rank - 1]);
        let k = q.shape()[rank - 1];
        for_field!(a.dtype, T => {
            let (a, q, r) = (T::view(a.slice()?), T::view_mut(q.slice_mut()?), T::view_mut(r.slice_mut()?));
            let (zero, one) = (T::new(0.0, 0.0), T::new(1.0, 0.0));
            q.fill(zero);
            r.fill(zero);
            let mut tau = vec![zero; m.min(n)];
            for i in 0..q.len().checked_div(m * k).unwrap_or(0) {
                let mut x = a[i * m * n..(i + 1) * m * n].to_vec();
                T::qr(&mut x, m, n, &mut tau);
                let q = &mut q[i * m * k..(i + 1) * m * k];
                (0..k).for_each(|j| q[j * k + j] = one);
                T::apply_reflectors(&x, m, n, &tau, q, k, false);
                let r = &mut r[i * k * n..(i + 1) * k * n];
                for row in 0..k.min(m) {
                    for column in row..n {
                        r[row * n + column] = x[row * n + column];
                    }
                }
            }
        });
        Ok(())
    }
    fn saves(&self, _: Needs) -> Saves {
        Saves { inputs: 0, outputs: 3 }
    }
    fn vjp(&self, cx: &Cx, grads: &[Option<Tensor>]) -> Result<Grads> {
        let (q, r) = (cx.output(0)?, cx.output(1)?);
        let (m, n) = (sizes(&q).0, sizes(&r).1);
        if self.complete && m > n {
            bail!("The QR decomposition is not differentiable when mode='complete' and nrows > ncols");
        }
        let gq = or_zeros(grads[0].as_ref(), q.shape(), q.dtype())?;
        let gr = or_zeros(grads[1].as_ref(), r.shape(), r.dtype())?;
        if m >= n {
            return Ok(grads1(qr_vjp(&q, &r, &gq, &gr)?));
        }
        // A = [X Y] with X = Q U and Y = Q V: the second part adds to the gradient of Q.
        let (k, rest) = (m as i64, n as i64 - m as i64);
        let (u, v) = (r.narrow(-1, 0, k)?, r.narrow(-1, k, rest)?);
        let (gu, gv) = (gr.narrow(-1, 0, k)?, gr.narrow(-1, k, rest)?);
        let gy = q.matmul(&gv)?;
        let gq = gq.add(&q.matmul(&v)?.matmul(&h(&gv)?)?)?;
        Ok(grads1(crate::ops::cat(&[qr_vjp(&q, &u, &gq, &gu)?, gy], -1)?))
    }
}

/// The gradient of A = Q R with a square R.
fn qr_vjp(q: &Tensor, r: &Tensor, gq: &Tensor, gr: &Tensor) -> Result<Tensor> {
    // (gQ + Q s) R⁻ᴴ, where s is the Hermitian matrix with the upper triangle of gR Rᴴ − Qᴴ gQ.
    let x = gr.matmul(&h(r)?)?.sub(&h(q)?.matmul(gq)?)?.triu(0)?;
    let s = x.add(&h(&x)?)?;
    let diagonal = diagonal_of(&x)?;
    let real = if x.dtype().is_complex() { diagonal.real()?.to_dtype(x.dtype())? } else { diagonal };
    let s = s.sub(&diagonal_matrix(&real)?)?;
    let inner = gq.add(&q.matmul(&s)?)?;
    h(&solve_triangular(r, &h(&inner)?, true, true, false)?)
}

/// A = Q R: with Q cut to min(m, n) columns ("reduced"), square ("complete"), or empty ("r").
#[function(returns = "Q, R", dtypes = "inexact", method = false, torch = "linalg.qr", sig = "A, mode='reduced'", samples = ["T(4,3)", "T(3,3)"])]
#[allow(non_snake_case)]
pub fn linalg_qr(A: &Tensor, mode: &str) -> Result<(Tensor, Tensor)> {
    check("linalg.qr", A)?;
    let complete = match mode {
        "reduced" | "r" => false,
        "complete" => true,
        other => {
            bail!("qr received unrecognized mode '{other}' but expected one of 'reduced' (default), 'r', or 'complete'")
        }
    };
    let both = apply_all(Qr { complete }, &[&A.contiguous()?])?;
    if mode == "r" {
        return Ok((crate::ops::zeros(&[0], A.dtype())?, both[1].clone()));
    }
    Ok((both[0].clone(), both[1].clone()))
}

/// The reflectors as vectors: ones on the diagonal, tails below.
fn reflector(a: &Tensor, i: i64) -> Result<Tensor> {
    let m = sizes(a).0 as i64;
    let tail = a.narrow(-1, i, 1)?.narrow(-2, i + 1, m - i - 1)?;
    let lead: Vec<usize> = batch(a).to_vec();
    let shape = |n: usize| lead.iter().copied().chain([n, 1]).collect::<Shape>();
    let zeros = crate::ops::zeros(&shape(i as usize), a.dtype())?;
    let one = crate::ops::ones(&shape(1), a.dtype())?;
    crate::ops::cat(&[&zeros, &one, &tail], -2)
}

fn check_tau(name: &str, a: &Tensor, tau: &Tensor) -> Result<()> {
    check(name, a)?;
    let (m, n) = sizes(a);
    if m < n {
        bail!("{name}: input.shape[-2] must be greater than or equal to input.shape[-1]");
    }
    if tau.dim() + 1 != a.dim() || tau.shape()[..tau.dim() - 1] != *batch(a) {
        bail!(
            "{name}: Expected tau to have one dimension less than input and the same batch, but got {:?} and {:?}",
            tau.shape(),
            a.shape()
        );
    }
    if tau.shape().last().is_some_and(|k| *k > n) {
        bail!("{name}: input.shape[-1] must be greater than or equal to tau.shape[-1]");
    }
    if tau.dtype() != a.dtype() {
        bail!("{name}: tau dtype {} does not match input dtype {}", tau.dtype().name(), a.dtype().name());
    }
    Ok(())
}

/// The product of the reflectors, or of their adjoints from the other side, times `x`.
fn reflected(a: &Tensor, tau: &Tensor, x: &Tensor, adjoint: bool) -> Result<Tensor> {
    let k = tau.shape().last().copied().unwrap_or(0) as i64;
    let mut x = x.clone();
    for step in 0..k {
        let i = if adjoint { step } else { k - 1 - step };
        let v = reflector(a, i)?;
        let t = tau.narrow(-1, i, 1)?.unsqueeze(-1)?;
        let t = if adjoint { t.conj()? } else { t };
        x = x.sub(&v.mul(&t)?.matmul(&h(&v)?.matmul(&x)?)?)?;
    }
    Ok(x)
}

/// The first columns of the product of Householder's reflectors, given as `geqrf` does.
#[function(dtypes = "inexact", method = false, torch = "linalg.householder_product", sig = "A, tau", samples = ["T(4,3), T(3)", "T(2,3,3), T(2,2)"])]
#[allow(non_snake_case)]
pub fn householder_product(A: &Tensor, tau: &Tensor) -> Result<Tensor> {
    check_tau("linalg.householder_product", A, tau)?;
    let (m, n) = sizes(A);
    let eye = crate::ops::eye(m, Some(n), Some(A.dtype()))?;
    let eye = crate::ops::view::expand_to(&eye, A.shape())?;
    if tau.numel() == 0 || A.numel() == 0 {
        // No reflector, and still in the history of the input.
        return A.mul(0)?.add(&eye);
    }
    reflected(A, tau, &eye, false)
}

/// [`householder_product`] by its old name.
#[function(dtypes = "inexact", sig = "input, input2", samples = ["T(4,3), T(3)"])]
pub fn orgqr(input: &Tensor, input2: &Tensor) -> Result<Tensor> {
    householder_product(input, input2)
}

/// The product of the reflectors (or its adjoint, with `transpose`) times `other`, from the `left` or the right.
#[function(dtypes = "inexact", sig = "input, input2, input3, left=True, transpose=False", samples = ["T(4,3), T(3), T(4,2)", "T(4,3), T(3), T(2,4), False, True"])]
pub fn ormqr(input: &Tensor, input2: &Tensor, input3: &Tensor, left: bool, transpose: bool) -> Result<Tensor> {
    let (a, tau, c) = (input, input2, input3);
    check("torch.ormqr", a)?;
    if c.dim() < 2 {
        bail!("torch.ormqr: other must have at least 2 dimensions.");
    }
    let side = if left { sizes(c).0 } else { sizes(c).1 };
    if side < tau.shape().last().copied().unwrap_or(0) {
        bail!("torch.ormqr: other.shape must be greater than or equal to tau.shape[-1]");
    }
    if side != sizes(a).0 {
        bail!("torch.ormqr: other.shape must be equal to input.shape[-2]");
    }
    if tau.dim() + 1 != a.dim() || c.dim() != a.dim() {
        bail!(
            "torch.ormqr: Expected tau to have one dimension less than input, and other as many, but got {:?}, {:?} and {:?}",
            tau.shape(),
            a.shape(),
            c.shape()
        );
    }
    if tau.shape()[..tau.dim() - 1] != *batch(a) || batch(c) != batch(a) {
        bail!("torch.ormqr: Expected batch dimensions of tau and other to be those of input");
    }
    if tau.dtype() != a.dtype() || c.dtype() != a.dtype() {
        bail!(
            "torch.ormqr: Expected tau and other to have the dtype of input, but got {}, {} and {}",
            tau.dtype().name(),
            c.dtype().name(),
            a.dtype().name()
        );
    }
    if left {
        return reflected(a, tau, c, transpose);
    }
    // C Q is (Qᴴ Cᴴ)ᴴ.
    h(&reflected(a, tau, &h(c)?, !transpose)?)
}

/// A = U diag(S) Vᴴ.
struct Svd {
    full: bool,
}

impl Op for Svd {
    fn name(&self) -> &'static str {
        "linalg_svd"
    }
    fn infer(&self, inputs: &[&Tensor]) -> Result<Specs> {
        let a = inputs[0];
        let (m, n) = sizes(a);
        let k = m.min(n);
        let (p, q) = if self.full { (m, n) } else { (k, k) };
        Ok(smallvec::smallvec![
            Spec::new(with_batch(a, &[m, p]), a.dtype()),
            Spec::new(with_batch(a, &[k]), a.dtype().to_real()),
            Spec::new(with_batch(a, &[q, n]), a.dtype())
        ])
    }
    fn cpu(&self, inputs: &[Arg], outputs: &[Arg]) -> Result<()> {
        let (a, u, s, vh) = (inputs[0], outputs[0], outputs[1], outputs[2]);
        let rank = a.layout.rank();
        let (m, n) = (a.shape()[rank - 2], a.shape()[rank - 1]);
        let (k, p, q) = (m.min(n), u.shape()[rank - 1], vh.shape()[rank - 2]);
        for_field!(a.dtype, T => {
            let (x, u, s, vh) = (T::view(a.slice()?), T::view_mut(u.slice_mut()?), s.slice_mut::<<T as Number>::Part>()?, T::view_mut(vh.slice_mut()?));
            let one = T::new(1.0, 0.0);
            u.fill(T::new(0.0, 0.0));
            vh.fill(T::new(0.0, 0.0));
            for i in 0..matrices(&a, 2) {
                let (u, vh) = (&mut u[i * m * p..(i + 1) * m * p], &mut vh[i * q * n..(i + 1) * q * n]);
                if k == 0 {
                    (0..m.min(p)).for_each(|j| u[j * p + j] = one);
                    (0..n.min(q)).for_each(|j| vh[j * n + j] = one);
                    continue;
                }
                if !T::svd(&x[i * m * n..(i + 1) * m * n], m, n, self.full, u, &mut s[i * k..(i + 1) * k], vh) {
                    bail!(LinAlg, "linalg.svd: (Batch element {i}): The algorithm failed to converge because the input matrix contained non-finite values or is ill-conditioned.");
                }
            }
        });
        Ok(())
    }
    fn saves(&self, _: Needs) -> Saves {
        Saves { inputs: 0, outputs: 7 }
    }
    fn vjp(&self, cx: &Cx, grads: &[Option<Tensor>]) -> Result<Grads> {
        let (u, s, vh) = (cx.output(0)?, cx.output(1)?, cx.output(2)?);
        let (m, n, k) = (sizes(&u).0 as i64, sizes(&vh).1 as i64, s.shape()[s.dim() - 1] as i64);
        // Of square factors the first k columns have a derivative.
        let (u, vh) = (u.narrow(-1, 0, k)?, vh.narrow(-2, 0, k)?);
        let gu = grads[0].as_ref().map(|g| g.narrow(-1, 0, k)).transpose()?;
        let gvh = grads[2].as_ref().map(|g| g.narrow(-2, 0, k)).transpose()?;
        let dtype = u.dtype();
        let gs = or_zeros(grads[1].as_ref(), s.shape(), s.dtype())?.to_dtype(dtype)?;
        if gu.is_none() && gvh.is_none() {
            return Ok(grads1(u.mul(&gs.unsqueeze(-2)?)?.matmul(&vh)?));
        }
        let skew = |x: Tensor| -> Result<Tensor> { x.sub(&h(&x)?) };
        let squares = s.mul(&s)?;
        let gaps = squares.unsqueeze(-2)?.sub(&squares.unsqueeze(-1)?)?;
        let eye = crate::ops::eye(k as usize, None, Some(gaps.dtype()))?;
        let gaps = gaps.add(&eye)?.to_dtype(dtype)?;
        let wide = s.to_dtype(dtype)?;
        let mut core = diagonal_matrix(&gs)?;
        if let Some(gu) = &gu {
            let w = skew(h(&u)?.matmul(gu)?)?;
            core = core.add(&w.div(&gaps)?.mul(&wide.unsqueeze(-2)?)?)?;
            if dtype.is_complex() {
                core = core.add(&diagonal_matrix(&diagonal_of(&w)?.div(&wide.mul(2)?)?)?)?;
                // Its own division left the diagonal in: that part goes out again.
                core = core.sub(&diagonal_matrix(&diagonal_of(&w)?.mul(&wide)?)?)?;
            }
        }
        if let Some(gvh) = &gvh {
            let w = skew(vh.matmul(&h(gvh)?)?)?;
            let mut part = wide.unsqueeze(-1)?.mul(&w.div(&gaps)?)?;
            if dtype.is_complex() {
                part = part.sub(&diagonal_matrix(&diagonal_of(&part)?)?)?;
            }
            core = core.add(&part)?;
        }
        let mut ga = u.matmul(&core)?.matmul(&vh)?;
        if let Some(gu) = gu.filter(|_| m > k) {
            let outside = gu.sub(&u.matmul(&h(&u)?.matmul(&gu)?)?)?;
            ga = ga.add(&outside.div(&wide.unsqueeze(-2)?)?.matmul(&vh)?)?;
        }
        if let Some(gvh) = gvh.filter(|_| n > k) {
            let outside = gvh.sub(&gvh.matmul(&h(&vh)?)?.matmul(&vh)?)?;
            ga = ga.add(&u.matmul(&outside.div(&wide.unsqueeze(-1)?)?)?)?;
        }
        Ok(grads1(ga))
    }
}

/// A = U diag(S) Vh with the values from the largest down; U and Vh square, or cut without `full_matrices`.
#[function(returns = "U, S, Vh", dtypes = "float", grad = false, method = false, torch = "linalg.svd", sig = "A, full_matrices=True, *, driver=None", samples = ["T(1,1,low=1,high=2)"])]
#[allow(non_snake_case)]
pub fn linalg_svd(A: &Tensor, full_matrices: bool, driver: Option<&str>) -> Result<(Tensor, Tensor, Tensor)> {
    check("linalg.svd", A)?;
    if driver.is_some() {
        bail!("torch.linalg.svd: keyword argument `driver=` is only supported on CUDA inputs with cuSOLVER backend.");
    }
    let all = apply_all(Svd { full: full_matrices }, &[&A.contiguous()?])?;
    Ok((all[0].clone(), all[1].clone(), all[2].clone()))
}

/// The singular values, from the largest down.
#[function(dtypes = "inexact", method = false, torch = "linalg.svdvals", sig = "A, *, driver=None", samples = ["T(3,4)", "T(2,3,3)"])]
#[allow(non_snake_case)]
pub fn svdvals(A: &Tensor, driver: Option<&str>) -> Result<Tensor> {
    check("linalg.svdvals", A)?;
    if driver.is_some() {
        bail!(
            "torch.linalg.svdvals: keyword argument `driver=` is only supported on CUDA inputs with cuSOLVER backend."
        );
    }
    Ok(apply_all(Svd { full: false }, &[&A.contiguous()?])?[1].clone())
}

/// Singular values by the old name: V and not its adjoint, and zeros in place of vectors without `compute_uv`.
#[function(returns = "U, S, V", dtypes = "float", grad = false, sig = "input, some=True, compute_uv=True", samples = ["T(1,1,low=1,high=2)"])]
pub fn svd(input: &Tensor, some: bool, compute_uv: bool) -> Result<(Tensor, Tensor, Tensor)> {
    check("linalg.svd", input)?;
    let (m, n) = sizes(input);
    if !compute_uv {
        let zeros = |n: usize| crate::ops::zeros(&with_batch(input, &[n, n]), input.dtype());
        return Ok((zeros(m)?, svdvals(input, None)?, zeros(n)?));
    }
    let (u, s, vh) = linalg_svd(input, !some, None)?;
    Ok((u, s, h(&vh)?))
}

/// A⁻¹ x, for the derivatives of others.
pub(super) fn inverse_times(a: &Tensor, x: &Tensor) -> Result<Tensor> {
    Ok(solve_both(a, x)?.0)
}

//! Inverses of singular matrices, least squares, powers and exponentials: composites of the factorizations.

use super::*;
use crate::apply::apply;
use crate::function;
use crate::ops::view::{expand_to, reshape_to};
use crate::tensor::{Cx, Grads, Needs, Op, Saves, Spec, Specs, grads1};

/// The pseudo-inverse as an op of its own: its derivative exists where that of the singular values does not.
struct Pinv {
    hermitian: bool,
    atol: Option<Tensor>,
    rtol: Option<Tensor>,
}

impl Op for Pinv {
    fn name(&self) -> &'static str {
        "linalg_pinv"
    }
    fn infer(&self, inputs: &[&Tensor]) -> Result<Specs> {
        let (m, n) = sizes(inputs[0]);
        Ok(smallvec::smallvec![Spec::new(with_batch(inputs[0], &[n, m]), inputs[0].dtype())])
    }
    fn cpu(&self, inputs: &[Arg], outputs: &[Arg]) -> Result<()> {
        let _quiet = crate::autograd::no_grad();
        let out = outputs[0];
        // The input is borrowed for reading only, so a copy of it may be worked on.
        let a = Tensor::uninit(Spec::new(inputs[0].shape(), inputs[0].dtype))?;
        crate::storage::bridge::copy(inputs[0], crate::apply::arg(&a));
        let result = self.by_singular_values(&a)?.contiguous()?;
        let _guard = result.read()?;
        crate::storage::bridge::copy(crate::apply::arg(&result), out);
        Ok(())
    }
    fn saves(&self, _: Needs) -> Saves {
        Saves::INPUT.output(0)
    }
    fn vjp(&self, cx: &Cx, grads: &[Option<Tensor>]) -> Result<Grads> {
        let Some(g) = &grads[0] else { return Ok(smallvec::smallvec![None]) };
        // Golub and Pereyra's formula.
        let (a, p) = (cx.input(0)?, cx.output(0)?);
        let (ph, gh) = (h(&p)?, h(g)?);
        let (m, n) = sizes(&a);
        let ga = if m <= n {
            let k = gh.matmul(&p)?;
            let kp = k.matmul(&ph)?;
            let first = kp.sub(&h(&p.matmul(&k)?)?)?;
            let second = a.matmul(&p)?.matmul(&kp)?;
            let third = ph.matmul(&p)?.matmul(&gh.sub(&k.matmul(&a)?)?)?;
            first.sub(&second)?.add(&third)?
        } else {
            let k = p.matmul(&gh)?;
            let pk = ph.matmul(&k)?;
            let first = pk.sub(&h(&k.matmul(&p)?)?)?;
            let second = gh.sub(&a.matmul(&k)?)?.matmul(&p)?.matmul(&ph)?;
            let third = pk.matmul(&p)?.matmul(&a)?;
            first.add(&second)?.sub(&third)?
        };
        Ok(grads1(ga))
    }
}

impl Pinv {
    fn by_singular_values(&self, a: &Tensor) -> Result<Tensor> {
        let invert = |s: &Tensor, size: &Tensor| -> Result<Tensor> {
            let limit = tolerance(a, size, self.atol.as_ref(), self.rtol.as_ref())?.unsqueeze(-1)?;
            let kept = size.gt(&limit)?;
            kept.where_(&s.reciprocal()?, &s.zeros_like()?)?.to_dtype(a.dtype())
        };
        if self.hermitian {
            let (l, v) = eigh(a, "L")?;
            return v.mul(&invert(&l, &l.abs()?)?.unsqueeze(-2)?)?.matmul(&h(&v)?);
        }
        let (u, s, vh) = linalg_svd(a, false, None)?;
        h(&vh)?.mul(&invert(&s, &s)?.unsqueeze(-2)?)?.matmul(&h(&u)?)
    }
}

/// max(atol, rtol · the largest singular value), with ε · max(m, n) for `rtol` if neither is given.
fn tolerance(a: &Tensor, s: &Tensor, atol: Option<&Tensor>, rtol: Option<&Tensor>) -> Result<Tensor> {
    let (m, n) = sizes(a);
    let real = a.dtype().to_real();
    let atol_given =
        atol.is_some_and(|t| t.gt(0).and_then(|t| t.any((), false)).and_then(|t| t.item::<bool>()).unwrap_or(true));
    let default = if atol_given { 0.0 } else { epsilon(a.dtype()) * m.max(n) as f64 };
    let top = s.amax(-1, false)?;
    let relative = match rtol {
        Some(r) => top.mul(&r.detach().to_dtype(real)?)?,
        None => top.mul(default)?,
    };
    match atol {
        Some(t) => relative.maximum(&t.detach().to_dtype(real)?),
        None => Ok(relative),
    }
}

fn pinv_any(a: &Tensor, atol: Option<Tensor>, rtol: Option<Tensor>, hermitian: bool) -> Result<Tensor> {
    check("linalg.pinv", a)?;
    if hermitian {
        check_square("linalg.pinv", a)?;
    }
    if a.numel() == 0 {
        // Nothing in it, and still in the history of the input, twice differentiable.
        let adjoint = h(a)?;
        return adjoint.mul(&adjoint);
    }
    apply(Pinv { hermitian, atol, rtol }, &[&a.contiguous()?])
}

fn scalar(x: Option<f64>, dtype: DType) -> Result<Option<Tensor>> {
    x.map(|x| crate::ops::full(&[], x, Some(dtype.to_real()))).transpose()
}

/// The pseudo-inverse: singular values below max(atol, rtol · the largest) count as zero.
#[function(dtypes = "inexact", method = false, torch = "linalg.pinv", sig = "A, *, atol=None, rtol=None, hermitian=False", samples = ["T(4,3)", "T(3,4)"])]
#[allow(non_snake_case)]
pub fn linalg_pinv(A: &Tensor, atol: Option<f64>, rtol: Option<f64>, hermitian: bool) -> Result<Tensor> {
    pinv_any(A, scalar(atol, DType::F64)?, scalar(rtol, DType::F64)?, hermitian)
}

/// [`linalg_pinv`] with tolerances for each matrix.
#[function(dtypes = "inexact", method = false, torch = "linalg.pinv", sig = "A, *, atol=None, rtol=None, hermitian=False", samples = ["T(4,3), rtol=T(low=0,high=0.01,dtype=float64)"])]
#[allow(non_snake_case)]
pub fn pinv_within(A: &Tensor, atol: Option<&Tensor>, rtol: Option<&Tensor>, hermitian: bool) -> Result<Tensor> {
    for (name, t) in [("atol", atol), ("rtol", rtol)] {
        if t.is_some_and(|t| t.dtype().is_complex()) {
            bail!("torch.linalg.pinv: {name} tensor of complex type is not supported.");
        }
    }
    pinv_any(A, atol.cloned(), rtol.cloned(), hermitian)
}

/// [`linalg_pinv`] with its old relative tolerance.
#[function(dtypes = "inexact", method = false, torch = "linalg.pinv", sig = "A, rcond, hermitian=False", samples = ["T(4,3), 1e-6"])]
#[allow(non_snake_case)]
pub fn pinv_rcond(A: &Tensor, rcond: f64, hermitian: bool) -> Result<Tensor> {
    pinv_any(A, scalar(Some(0.0), DType::F64)?, scalar(Some(rcond), DType::F64)?, hermitian)
}

/// [`linalg_pinv`] by its old name.
#[function(dtypes = "inexact", sig = "input, rcond=1e-15", samples = ["T(4,3)"])]
pub fn pinverse(input: &Tensor, rcond: f64) -> Result<Tensor> {
    pinv_rcond(input, rcond, false)
}

/// How many singular values are above max(atol, rtol · the largest).
#[function(dtypes = "inexact", grad = false, method = false, torch = "linalg.matrix_rank", sig = "A, *, atol=None, rtol=None, hermitian=False", samples = ["T(3,4)"])]
#[allow(non_snake_case)]
pub fn matrix_rank(A: &Tensor, atol: Option<&Tensor>, rtol: Option<&Tensor>, hermitian: bool) -> Result<Tensor> {
    check("linalg.matrix_rank", A)?;
    if hermitian {
        check_square("linalg.matrix_rank", A)?;
    }
    for (name, t) in [("atol", atol), ("rtol", rtol)] {
        if t.is_some_and(|t| t.dtype().is_complex()) {
            bail!("torch.linalg.matrix_rank: {name} tensor of complex type is not supported.");
        }
    }
    let a = A.detach();
    if a.numel() == 0 {
        return crate::ops::zeros(batch(&a), DType::I64);
    }
    let s = if hermitian { eigvalsh(&a, "L")?.abs()? } else { svdvals(&a, None)? };
    let limit = tolerance(&a, &s, atol, rtol)?;
    s.gt(&limit.unsqueeze(-1)?)?.sum(-1, false, None)
}

/// [`matrix_rank`] with numbers for tolerances.
#[function(dtypes = "inexact", grad = false, method = false, torch = "linalg.matrix_rank", sig = "A, *, atol=None, rtol=None, hermitian=False", samples = ["T(3,4), atol=0.1"])]
#[allow(non_snake_case)]
pub fn matrix_rank_numbers(A: &Tensor, atol: Option<f64>, rtol: Option<f64>, hermitian: bool) -> Result<Tensor> {
    matrix_rank(A, scalar(atol, DType::F64)?.as_ref(), scalar(rtol, DType::F64)?.as_ref(), hermitian)
}

/// [`matrix_rank`] with its old absolute tolerance.
#[function(dtypes = "inexact", grad = false, method = false, torch = "linalg.matrix_rank", sig = "A, tol, hermitian=False", samples = ["T(3,4), 0.1"])]
#[allow(non_snake_case)]
pub fn matrix_rank_tol(A: &Tensor, tol: f64, hermitian: bool) -> Result<Tensor> {
    matrix_rank_numbers(A, Some(tol), Some(0.0), hermitian)
}

/// The solution of least squares of `A X = B`, its residuals, the ranks and the singular values, as the driver gives them.
#[function(returns = "solution, residuals, rank, singular_values", dtypes = "inexact", method = false, torch = "linalg.lstsq", sig = "A, B, rcond=None, *, driver=None", samples = ["T(4,3), T(4,2)"])]
#[allow(non_snake_case)]
pub fn lstsq(
    A: &Tensor,
    B: &Tensor,
    rcond: Option<f64>,
    driver: Option<&str>,
) -> Result<(Tensor, Tensor, Tensor, Tensor)> {
    let name = "torch.linalg.lstsq";
    if A.dim() < 2 {
        bail!("{name}: input must have at least 2 dimensions.");
    }
    if B.dim() < 1 {
        bail!("{name}: other must have at least 1 dimension.");
    }
    check(name, A)?;
    if A.dtype() != B.dtype() {
        bail!(
            "{name}: Expected input and other to have the same dtype, but got {} and {}",
            A.dtype().name(),
            B.dtype().name()
        );
    }
    let driver = driver.unwrap_or("gelsy");
    if !matches!(driver, "gels" | "gelsy" | "gelsd" | "gelss") {
        bail!("{name}: parameter `driver` should be one of (gels, gelsy, gelsd, gelss)");
    }
    let vector = A.dim() - 1 == B.dim() && A.shape()[..A.dim() - 1] == *B.shape();
    let b = if vector { B.unsqueeze(-1)? } else { B.clone() };
    let (m, n) = sizes(A);
    if b.dim() < 2 || sizes(&b).0 != m {
        bail!("{name}: input.size(-2) should match other.size(-2)");
    }
    let lead = crate::broadcast_shapes(batch(A), batch(&b))?;
    let wide = |t: &Tensor| expand_to(t, &lead.iter().chain(&t.shape()[t.dim() - 2..]).copied().collect::<Shape>());
    let (a, b) = (wide(A)?, wide(&b)?);
    let rtol = rcond.unwrap_or(epsilon(A.dtype()) * m.max(n) as f64);
    let x = linalg_pinv(A, None, Some(rtol), false)?.matmul(&b)?;
    let none = |dtype: DType| crate::ops::zeros(&[0], dtype);
    let (mut rank, mut values) = (none(DType::I64)?, none(A.dtype().to_real())?);
    if driver != "gels" {
        rank = matrix_rank_numbers(A, Some(0.0), Some(rtol), false)?;
        if driver != "gelsy" {
            values = svdvals(&A.detach(), None)?;
        }
    }
    let full = driver == "gels" || rank.numel() == 0 || rank.eq(n as i64)?.all((), false)?.item::<bool>()?;
    let residuals = if m > n && full && driver != "gelsy" {
        a.matmul(&x)?.sub(&b)?.abs()?.square()?.sum(-2, false, None)?
    } else {
        // Empty, and in the history all the same.
        reshape_to(&x.abs()?, &[x.numel()])?.narrow(0, 0, 0)?
    };
    Ok((if vector { x.squeeze(-1)? } else { x }, residuals, rank, values))
}

/// The matrix multiplied with itself `n` times; inverted first for a negative number.
#[function(dtypes = "inexact", method = false, torch = "linalg.matrix_power", sig = "A, n", samples = ["T(3,3), 3", "T(2,3,3), 0", "T(3,3), 5"])]
#[allow(non_snake_case)]
pub fn linalg_matrix_power(A: &Tensor, n: i64) -> Result<Tensor> {
    if A.dim() < 2 {
        bail!("linalg.matrix_power: The input tensor A must have at least 2 dimensions.");
    }
    if sizes(A).0 != sizes(A).1 {
        bail!(
            "linalg.matrix_power: A must be batches of square matrices, but they are {} by {} matrices",
            sizes(A).0,
            sizes(A).1
        );
    }
    if n == 0 {
        let whole = A.clone_tensor()?;
        whole.copy_(&identity_like(A)?)?;
        return Ok(whole);
    }
    let mut square = if n < 0 { linalg_inv(A)? } else { A.clone() };
    let mut left = n.unsigned_abs();
    let mut product: Option<Tensor> = None;
    while left > 0 {
        if left & 1 == 1 {
            product = Some(match product {
                None => square.clone(),
                Some(p) => p.matmul(&square)?,
            });
        }
        left >>= 1;
        if left > 0 {
            square = square.matmul(&square)?;
        }
    }
    product.map_or_else(|| A.clone_tensor(), |p| if n == 1 { p.clone_tensor() } else { Ok(p) })
}

/// [`linalg_matrix_power`] by its old name.
#[function(dtypes = "inexact", samples = ["T(3,3), 3"])]
pub fn matrix_power(input: &Tensor, n: i64) -> Result<Tensor> {
    linalg_matrix_power(input, n)
}

/// e^A: Taylor's polynomial of degree 18 of A / 2^s, squared s times.
#[function(dtypes = "inexact", torch = "linalg.matrix_exp", method = false, sig = "A", samples = ["T(3,3)", "T(2,2,2)"])]
#[allow(non_snake_case)]
pub fn linalg_matrix_exp(A: &Tensor) -> Result<Tensor> {
    if A.dim() < 2 || !(A.dtype().is_float() || A.dtype().is_complex()) {
        bail!(
            "linalg.matrix_exp: The input tensor A must have at least 2 dimensions and be floating point or complex."
        );
    }
    if sizes(A).0 != sizes(A).1 {
        bail!(
            "linalg.matrix_exp: A must be batches of square matrices, but they are {} by {} matrices",
            sizes(A).0,
            sizes(A).1
        );
    }
    if A.numel() == 0 {
        return A.clone_tensor();
    }
    let norm = A.detach().abs()?.sum(-2, false, None)?.amax((), false)?.item::<f64>()?;
    // Up to these norms the polynomial is exact to the dtype (Blanes, Casas and Ros).
    let most = if matches!(A.dtype(), DType::F64 | DType::C128) { 1.09 } else { 3.01 };
    let steps = if norm > most && norm.is_finite() { (norm / most).log2().ceil() as i32 } else { 0 };
    let x = A.mul(0.5f64.powi(steps))?;
    let eye = identity_like(A)?;
    let degree = 18;
    // Horner's rule from the last term: I + X/1 (I + X/2 (I + …)).
    let mut sum = eye.add(&x.div(degree as f64)?)?;
    for k in (1..degree).rev() {
        sum = eye.add(&x.matmul(&sum)?.div(k as f64)?)?;
    }
    for _ in 0..steps {
        sum = sum.matmul(&sum)?;
    }
    Ok(sum)
}

/// [`linalg_matrix_exp`] by its old name.
#[function(dtypes = "inexact", samples = ["T(3,3)"])]
pub fn matrix_exp(input: &Tensor) -> Result<Tensor> {
    linalg_matrix_exp(input)
}

/// The inverse of a tensor seen as a matrix of its first `ind` dimensions by the others.
#[function(dtypes = "inexact", method = false, torch = "linalg.tensorinv", sig = "A, ind=2", samples = ["T(2,3,6)"])]
#[allow(non_snake_case)]
pub fn tensorinv(A: &Tensor, ind: i64) -> Result<Tensor> {
    if ind <= 0 || ind as usize > A.dim() {
        bail!("Expected a strictly positive integer for 'ind'");
    }
    let (first, last) = A.shape().split_at(ind as usize);
    let (m, n): (usize, usize) = (first.iter().product(), last.iter().product());
    if m != n {
        bail!(
            "Expected self to satisfy the requirement prod(self.shape[ind:]) == prod(self.shape[:ind]), but got {n} != {m}"
        );
    }
    let shape: Shape = last.iter().chain(first).copied().collect();
    reshape_to(&linalg_inv(&reshape_to(A, &[m, n])?)?, &shape)
}

/// X with tensordot(A, X) = B, with the dimensions `dims` of A moved to its end.
#[function(dtypes = "inexact", method = false, torch = "linalg.tensorsolve", sig = "A, B, dims=None", samples = ["T(2,3,6), T(2,3)"])]
#[allow(non_snake_case)]
pub fn tensorsolve(A: &Tensor, B: &Tensor, dims: Option<&[i64]>) -> Result<Tensor> {
    let a = match dims {
        Some(dims) => A.movedim(dims.to_vec(), (-(dims.len() as i64)..0).collect())?,
        None => A.clone(),
    };
    let last: Shape = a.shape()[B.dim().min(a.dim())..].into();
    let (m, n): (usize, usize) = (B.numel(), last.iter().product());
    if m != n || a.numel() != m * n {
        bail!(
            "Expected self to satisfy the requirement prod(self.shape[other.ndim:]) == prod(self.shape[:other.ndim]), but got {n} != {m}"
        );
    }
    let x = linalg_solve(&reshape_to(&a, &[m, n])?, &reshape_to(B, &[m])?, true)?;
    reshape_to(&x, &last)
}

/// The principal root of Hermitian positive definite matrices.
#[function(dtypes = "float", method = false, torch = "linalg.matrix_sqrth", sig = "A", samples = ["T(1,1,low=1,high=3)", "T(2,1,1,low=1,high=3)"])]
#[allow(non_snake_case)]
pub fn matrix_sqrth(A: &Tensor) -> Result<Tensor> {
    check_square("linalg.matrix_sqrth", A)?;
    let (l, v) = eigh(A, "L")?;
    v.mul(&l.sqrt()?.to_dtype(v.dtype())?.unsqueeze(-2)?)?.matmul(&h(&v)?)
}

/// A = U H with orthonormal columns of U and H Hermitian positive semidefinite.
#[function(dtypes = "inexact", method = false, torch = "linalg.polar", sig = "A", samples = ["T(3,3)", "T(4,2)"])]
#[allow(non_snake_case)]
pub fn linalg_polar(A: &Tensor) -> Result<(Tensor, Tensor)> {
    check("linalg.polar", A)?;
    let (m, n) = sizes(A);
    if m < n {
        bail!("linalg.polar: expected a matrix with at least as many rows as columns, got shape {:?}", A.shape());
    }
    let (u, s, vh) = linalg_svd(A, false, None)?;
    let scaled = h(&vh)?.mul(&s.to_dtype(vh.dtype())?.unsqueeze(-2)?)?;
    Ok((u.matmul(&vh)?, scaled.matmul(&vh)?))
}

//! Products over a shared dimension: matrix products in all their forms, linear layers, einsum.

mod einsum;
mod products;

pub use einsum::*;
pub use products::*;

use crate::apply::apply;
use crate::scalar::{Operand, Scalar};
use crate::storage::bridge;
use crate::tensor::{Arg, Cx, Grads, Kind, Needs, Op, Saves, Shape, Spec, Specs, broadcast_shapes};
use crate::{DType, Result, Tensor, bail, function};

/// Batched matrix product of tensors with at least two dimensions.
struct MatMul;

fn check_dtypes(name: &str, a: &Tensor, b: &Tensor) -> Result<DType> {
    if a.dtype() != b.dtype() {
        bail!(
            "{name}: expected m1 and m2 to have the same dtype, but got: {} != {}; convert one with to_dtype()",
            a.dtype().name(),
            b.dtype().name()
        );
    }
    if a.dtype() == DType::Bool {
        bail!(NotImplemented, "\"{name}\" not implemented for 'Bool'");
    }
    Ok(a.dtype())
}

fn inner_mismatch<T>(name: &str, a: &Tensor, b: &Tensor) -> Result<T> {
    let (x, y) = (a.shape()[a.dim() - 1], b.shape()[b.dim().saturating_sub(2)]);
    let hint = if b.shape().last() == Some(&x) { "; did you mean .mt() of the second?" } else { "" };
    bail!(
        "{name}: mat1 and mat2 shapes cannot be multiplied: inner sizes differ: {:?} @ {:?} ({x} vs {y}){hint}",
        a.shape(),
        b.shape()
    )
}

impl Op for MatMul {
    fn name(&self) -> &'static str {
        "matmul"
    }
    fn kind(&self) -> Kind {
        Kind::Contract
    }
    fn infer(&self, inputs: &[&Tensor]) -> Result<Specs> {
        let (a, b) = (inputs[0], inputs[1]);
        let dtype = check_dtypes("matmul", a, b)?;
        let (ra, rb) = (a.dim(), b.dim());
        if a.shape()[ra - 1] != b.shape()[rb - 2] {
            return inner_mismatch("matmul", a, b);
        }
        let mut shape =
            broadcast_shapes(&a.shape()[..ra - 2], &b.shape()[..rb - 2]).map_err(|e| e.context("matmul"))?;
        shape.push(a.shape()[ra - 2]);
        shape.push(b.shape()[rb - 1]);
        Ok(smallvec::smallvec![Spec::new(shape, dtype)])
    }
    fn cpu(&self, inputs: &[Arg], outputs: &[Arg]) -> Result<()> {
        bridge::gemm(inputs[0], inputs[1], outputs[0], None);
        Ok(())
    }
    fn saves(&self, needs: Needs) -> Saves {
        Saves::NONE.input(0, needs.input(1)).input(1, needs.input(0))
    }
    fn vjp(&self, cx: &Cx, grads: &[Option<Tensor>]) -> Result<Grads> {
        let Some(g) = &grads[0] else { return Ok(smallvec::smallvec![None, None]) };
        let da = if cx.needs(0) { Some(matmul(g, &cx.input(1)?.mt()?.conj()?)?) } else { None };
        let db = if cx.needs(1) { Some(matmul(&cx.input(0)?.mt()?.conj()?, g)?) } else { None };
        Ok(smallvec::smallvec![da, db])
    }
}

/// `input @ other` with NumPy's rules: vectors, matrices, batches that broadcast.
#[function(dtypes = "number", samples = ["T(3,4), T(4,5)", "T(4), T(4)", "T(3,4), T(4)", "T(4), T(4,3)", "T(2,3,4), T(4,5)", "T(2,3,4), T(2,4,5)", "T(2,1,3,4), T(5,4,2)", "T(2,3,4), T(4)", "T(4), T(2,4,3)", "T(2,0), T(0,3)"])]
pub fn matmul(input: &Tensor, other: &Tensor) -> Result<Tensor> {
    match (input.dim(), other.dim()) {
        (0, _) | (_, 0) => {
            bail!("both arguments to matmul need to be at least 1D, but they are {}D and {}D", input.dim(), other.dim())
        }
        (1, 1) => dot(input, other),
        (1, _) => matmul(&input.unsqueeze(0)?, other)?.squeeze(-2),
        (_, 1) => matmul(input, &other.unsqueeze(1)?)?.squeeze(-1),
        (rank, 2) if rank > 2 => {
            // One large product instead of many small ones with the same right side.
            let rows: usize = input.shape()[..rank - 1].iter().product();
            let flat = super::view::reshape_to(input, &[rows, input.shape()[rank - 1]])?;
            let mut shape: Shape = input.shape()[..rank - 1].into();
            shape.push(other.shape()[1]);
            let product = apply(MatMul, &[&flat, other])?;
            super::view::reshape_to(&product, &shape)
        }
        _ => apply(MatMul, &[input, other]),
    }
}

fn check_rank(name: &str, what: &str, t: &Tensor, rank: usize) -> Result<()> {
    if t.dim() != rank {
        bail!("{name}: {what} must be a {rank}D tensor, but it has shape {:?}", t.shape());
    }
    Ok(())
}

/// The product of two matrices.
#[function(dtypes = "number", samples = ["T(3,4), T(4,5)", "T(0,4), T(4,5)"])]
pub fn mm(input: &Tensor, mat2: &Tensor) -> Result<Tensor> {
    check_rank("mm", "self", input, 2)?;
    check_rank("mm", "mat2", mat2, 2)?;
    apply(MatMul, &[input, mat2])
}

/// Products of the matrices of two batches of equal size.
#[function(dtypes = "number", samples = ["T(2,3,4), T(2,4,5)"])]
pub fn bmm(input: &Tensor, mat2: &Tensor) -> Result<Tensor> {
    check_rank("bmm", "batch1", input, 3)?;
    check_rank("bmm", "batch2", mat2, 3)?;
    if input.shape()[0] != mat2.shape()[0] {
        bail!(
            "bmm: Expected size for first two dimensions of batch2 tensor to be: [{}, {}] but got: {:?}",
            input.shape()[0],
            input.shape()[2],
            &mat2.shape()[..2]
        );
    }
    apply(MatMul, &[input, mat2])
}

/// The product of a matrix and a vector.
#[function(dtypes = "number", samples = ["T(3,4), T(4)"])]
pub fn mv(input: &Tensor, vec: &Tensor) -> Result<Tensor> {
    check_rank("mv", "self", input, 2)?;
    check_rank("mv", "vec", vec, 1)?;
    matmul(input, vec)
}

/// The inner product of two vectors.
#[function(dtypes = "number", samples = ["T(4), T(4)", "T(0), T(0)"])]
pub fn dot(input: &Tensor, tensor: &Tensor) -> Result<Tensor> {
    if input.dim() != 1 || tensor.dim() != 1 {
        bail!("1D tensors expected, but got {}D and {}D tensors", input.dim(), tensor.dim());
    }
    if input.shape() != tensor.shape() {
        bail!(
            "inconsistent tensor size, expected tensor {:?} and src {:?} to have the same number of elements",
            input.shape(),
            tensor.shape()
        );
    }
    if input.dtype() != tensor.dtype() {
        bail!(
            "dot : expected both vectors to have same dtype, but found {} and {}",
            input.dtype().name(),
            tensor.dtype().name()
        );
    }
    apply(MatMul, &[&input.unsqueeze(0)?, &tensor.unsqueeze(1)?])?.squeeze(())
}

/// The outer product of two vectors.
#[function(dtypes = "number", samples = ["T(3), T(4)"])]
pub fn outer(input: &Tensor, vec2: &Tensor) -> Result<Tensor> {
    check_rank("outer", "self", input, 1)?;
    check_rank("outer", "vec2", vec2, 1)?;
    input.unsqueeze(1)?.mul(vec2)
}

/// `beta * input + alpha * product`, where `beta` 0 ignores the input, NaN and all.
fn plus(input: &Tensor, product: Tensor, beta: Scalar, alpha: Scalar) -> Result<Tensor> {
    let dtype = product.dtype();
    if dtype != dtype.compute() && input.dtype() == dtype {
        // The sum of halves is rounded once.
        let wide = dtype.compute();
        return plus(&input.to_dtype(wide)?, product.to_dtype(wide)?, beta, alpha)?.to_dtype(dtype);
    }
    let (beta, alpha) = (factor(beta, dtype), factor(alpha, dtype));
    let product = if is(alpha, 1.0) { product } else { product.mul(alpha)? };
    if is(beta, 0.0) {
        return Ok(product);
    }
    let input = if is(beta, 1.0) { input.clone() } else { input.mul(beta)? };
    grown(&product, &product.add(&input)?)
}

/// Exactly this real number.
fn is(factor: Scalar, value: f64) -> bool {
    factor.to_f64() == value && !matches!(factor, Scalar::Complex(_, im) if im != 0.0)
}

/// A factor as a number of the dtype: whole for integers, rounded for halves.
fn factor(factor: Scalar, dtype: DType) -> Scalar {
    match dtype {
        d if d.is_integral() => Scalar::Int(factor.to_i64()),
        DType::BF16 => Scalar::Float(half::bf16::from_f64(factor.to_f64()).to_f64()),
        DType::F16 => Scalar::Float(half::f16::from_f64(factor.to_f64()).to_f64()),
        _ => factor,
    }
}

/// The sum of a product and what broadcasts to it, but not the other way round.
fn grown(product: &Tensor, sum: &Tensor) -> Result<Tensor> {
    if sum.shape() != product.shape() {
        bail!(
            "The expanded size of the tensor {:?} must match the broadcast size {:?}: the input does not broadcast to the product",
            product.shape(),
            sum.shape()
        );
    }
    Ok(sum.clone())
}

/// `beta * input + alpha * (mat1 @ mat2)`.
#[function(dtypes = "number", inplace, sig = "input, mat1, mat2, *, beta=1, alpha=1", samples = ["T(3,5), T(3,4), T(4,5)", "T(5), T(3,4), T(4,5), beta=2, alpha=3"])]
pub fn addmm(
    input: &Tensor,
    mat1: &Tensor,
    mat2: &Tensor,
    beta: impl Into<Scalar>,
    alpha: impl Into<Scalar>,
) -> Result<Tensor> {
    let half = input.dtype();
    if matches!(half, DType::F16 | DType::BF16) && mat1.dtype() == half && mat2.dtype() == half {
        // Halves are rounded once, after the sum.
        let wide = |t: &Tensor| t.to_dtype(half.compute());
        return plus(&wide(input)?, mm(&wide(mat1)?, &wide(mat2)?)?, beta.into(), alpha.into())?.to_dtype(half);
    }
    plus(input, mm(mat1, mat2)?, beta.into(), alpha.into())
}

/// `beta * input + alpha * (mat @ vec)`.
#[function(dtypes = "number", inplace, sig = "input, mat, vec, *, beta=1, alpha=1", samples = ["T(3), T(3,4), T(4)", "T(3), T(3,4), T(4), beta=2, alpha=3"])]
pub fn addmv(
    input: &Tensor,
    mat: &Tensor,
    vec: &Tensor,
    beta: impl Into<Scalar>,
    alpha: impl Into<Scalar>,
) -> Result<Tensor> {
    plus(input, mv(mat, vec)?, beta.into(), alpha.into())
}

/// `beta * input + alpha * outer(vec1, vec2)`.
#[function(dtypes = "all", inplace, sig = "input, vec1, vec2, *, beta=1, alpha=1", samples = ["T(3,4), T(3), T(4)", "T(3,4), T(3), T(4), beta=2, alpha=3"])]
pub fn addr(
    input: &Tensor,
    vec1: &Tensor,
    vec2: &Tensor,
    beta: impl Into<Scalar>,
    alpha: impl Into<Scalar>,
) -> Result<Tensor> {
    check_rank("addr", "vec1", vec1, 1)?;
    check_rank("addr", "vec2", vec2, 1)?;
    let (beta, alpha) = (beta.into(), alpha.into());
    let dtype = super::map::result_type([input, vec1, vec2].map(Operand::from));
    if dtype == DType::Bool {
        let product = outer(vec1, vec2)?.logical_and(&Tensor::scalar(alpha.to_f64() != 0.0)?)?;
        return if beta.to_f64() == 0.0 { Ok(product) } else { grown(&product, &product.logical_or(input)?) };
    }
    for (name, factor) in [("beta", beta), ("alpha", alpha)] {
        if dtype.is_integral() && matches!(factor, Scalar::Float(_) | Scalar::Complex(..)) {
            bail!("For integral input tensors, argument {name} must not be a floating point number.");
        }
    }
    // PyTorch rounds halves after every step.
    let (beta, alpha) = (factor(beta, dtype), factor(alpha, dtype));
    let scaled = if is(alpha, 1.0) { vec1.clone() } else { vec1.mul(alpha)? };
    let product = outer(&scaled, vec2)?;
    match beta {
        b if is(b, 0.0) => product.to_dtype(dtype),
        b if is(b, 1.0) => grown(&product, &input.add(&product)?),
        _ => grown(&product, &input.mul(beta)?.add(&product)?),
    }
}

/// `beta * input + alpha * bmm(batch1, batch2)`.
#[function(dtypes = "number", inplace, sig = "input, batch1, batch2, *, beta=1, alpha=1", samples = ["T(2,3,5), T(2,3,4), T(2,4,5)", "T(3,5), T(2,3,4), T(2,4,5), beta=2, alpha=3"])]
pub fn baddbmm(
    input: &Tensor,
    batch1: &Tensor,
    batch2: &Tensor,
    beta: impl Into<Scalar>,
    alpha: impl Into<Scalar>,
) -> Result<Tensor> {
    let half = input.dtype();
    if matches!(half, DType::F16 | DType::BF16) && batch1.dtype() == half && batch2.dtype() == half {
        let wide = |t: &Tensor| t.to_dtype(half.compute());
        return plus(&wide(input)?, bmm(&wide(batch1)?, &wide(batch2)?)?, beta.into(), alpha.into())?.to_dtype(half);
    }
    plus(input, bmm(batch1, batch2)?, beta.into(), alpha.into())
}

/// `beta * input + alpha * (the sum of bmm(batch1, batch2) over the batch)`.
#[function(dtypes = "number", inplace, sig = "input, batch1, batch2, *, beta=1, alpha=1", samples = ["T(3,5), T(2,3,4), T(2,4,5)", "T(3,5), T(2,3,4), T(2,4,5), beta=2, alpha=3"])]
pub fn addbmm(
    input: &Tensor,
    batch1: &Tensor,
    batch2: &Tensor,
    beta: impl Into<Scalar>,
    alpha: impl Into<Scalar>,
) -> Result<Tensor> {
    let (mut beta, alpha) = (beta.into(), alpha.into());
    if !matches!(input.dtype(), DType::F16 | DType::BF16) {
        return plus(input, bmm(batch1, batch2)?.sum(0, false, Some(input.dtype()))?, beta, alpha);
    }
    // PyTorch adds one product after the other to the result and rounds each sum.
    check_rank("addbmm", "batch1", batch1, 3)?;
    check_rank("addbmm", "batch2", batch2, 3)?;
    if batch1.shape()[0] != batch2.shape()[0] {
        bail!(
            "batch1 and batch2 must have same number of batches, got {} and {}",
            batch1.shape()[0],
            batch2.shape()[0]
        );
    }
    let mut sum = super::view::expand_to(input, &[batch1.shape()[1], batch2.shape()[2]])?;
    for i in 0..batch1.shape()[0] as i64 {
        sum = addmm(&sum, &batch1.select(0, i)?, &batch2.select(0, i)?, beta, alpha)?;
        beta = Scalar::Int(1);
    }
    Ok(sum)
}

/// The product over the last `dims` dimensions of `input` and the first of `other`.
#[function(dtypes = "number", sig = "input, other, dims=2", samples = ["T(2,3,4), T(3,4,5)", "T(2,3), T(3,4), 1", "T(2), T(3), 0"])]
pub fn tensordot(input: &Tensor, other: &Tensor, dims: i64) -> Result<Tensor> {
    let n = usize::try_from(dims).ok().filter(|n| *n <= input.dim() && *n <= other.dim());
    let Some(n) = n else {
        bail!("tensordot expects dims >= 0 and at most the tensors' dimensions, but got dims={dims}")
    };
    let split = input.dim() - n;
    if input.shape()[split..] != other.shape()[..n] {
        bail!(
            "tensordot: contracted dimensions need to match, but the first has sizes {:?} and the second {:?}",
            &input.shape()[split..],
            &other.shape()[..n]
        );
    }
    let inner: usize = other.shape()[..n].iter().product();
    let rows: usize = input.shape()[..split].iter().product();
    let columns: usize = other.shape()[n..].iter().product();
    let a = super::view::reshape_to(input, &[rows, inner])?;
    let b = super::view::reshape_to(other, &[inner, columns])?;
    let shape: Shape = input.shape()[..split].iter().chain(&other.shape()[n..]).copied().collect();
    super::view::reshape_to(&mm(&a, &b)?, &shape)
}

/// `input @ weightᵀ + bias` in one pass.
struct Linear {
    bias: bool,
}

impl Op for Linear {
    fn name(&self) -> &'static str {
        "linear"
    }
    fn kind(&self) -> Kind {
        Kind::Contract
    }
    fn infer(&self, inputs: &[&Tensor]) -> Result<Specs> {
        let (x, w) = (inputs[0], inputs[1]);
        let dtype = check_dtypes("linear", x, w)?;
        if w.dim() != 2 || x.dim() == 0 {
            bail!(
                "linear: input {:?} and weight {:?} must have at least one and exactly two dimensions",
                x.shape(),
                w.shape()
            );
        }
        if x.shape()[x.dim() - 1] != w.shape()[1] {
            bail!(
                "linear: mat1 and mat2 shapes cannot be multiplied: the input {:?} ends in {} features and the weight {:?} wants {}",
                x.shape(),
                x.shape()[x.dim() - 1],
                w.shape(),
                w.shape()[1]
            );
        }
        if self.bias {
            let b = inputs[2];
            if b.dtype() != dtype || !(b.shape() == [w.shape()[0]] || b.shape() == [1]) {
                bail!(
                    "linear: the bias {:?} {} must have shape [{}] and dtype {}",
                    b.shape(),
                    b.dtype().name(),
                    w.shape()[0],
                    dtype.name()
                );
            }
        }
        let mut shape: Shape = x.shape().into();
        shape[x.dim() - 1] = w.shape()[0];
        Ok(smallvec::smallvec![Spec::new(shape, dtype)])
    }
    fn cpu(&self, inputs: &[Arg], outputs: &[Arg]) -> Result<()> {
        let (x, w, out) = (inputs[0], inputs[1], outputs[0]);
        let transposed = w.layout.permute(&[1, 0]);
        let w = Arg { layout: &transposed, ..w };
        let rank = x.layout.rank();
        let rows: usize = x.shape()[..rank - 1].iter().product();
        let flat = x.layout.view(&[rows, x.shape()[rank - 1]]);
        let flat_out = out.layout.view(&[rows, out.shape()[rank - 1]]);
        match (&flat, &flat_out) {
            (Some(x_flat), Some(out_flat)) => {
                bridge::gemm(Arg { layout: x_flat, ..x }, w, Arg { layout: out_flat, ..out }, inputs.get(2).copied());
            }
            // Rows that cannot be walked as one matrix go as a batch of matrices.
            _ => bridge::gemm(x, w, out, inputs.get(2).copied()),
        }
        Ok(())
    }
    fn decompose(&self, inputs: &[&Tensor]) -> Option<Result<Vec<Tensor>>> {
        let run = || {
            let y = matmul(inputs[0], &inputs[1].t()?)?;
            Ok(vec![if self.bias { y.add(inputs[2])? } else { y }])
        };
        Some(run())
    }
    fn saves(&self, needs: Needs) -> Saves {
        Saves::NONE.input(0, needs.input(1)).input(1, needs.input(0))
    }
    fn vjp(&self, cx: &Cx, grads: &[Option<Tensor>]) -> Result<Grads> {
        let mut out: Grads = smallvec::smallvec![None; 2 + self.bias as usize];
        let Some(g) = &grads[0] else { return Ok(out) };
        if cx.needs(0) {
            out[0] = Some(matmul(g, &cx.input(1)?.conj()?)?);
        }
        if cx.needs(1) {
            let x = cx.input(0)?;
            let rows: usize = x.shape()[..x.dim() - 1].iter().product();
            let x = super::view::reshape_to(&x, &[rows, x.shape()[x.dim() - 1]])?;
            let g = super::view::reshape_to(g, &[rows, g.shape()[g.dim() - 1]])?;
            out[1] = Some(apply(MatMul, &[&g.t()?, &x.conj()?])?);
        }
        if self.bias && cx.needs(2) {
            out[2] = Some(g.clone());
        }
        Ok(out)
    }
}

/// `input @ weightᵀ + bias`: `input` [..., in], `weight` [out, in], `bias` [out].
#[function(dtypes = "float", torch = "nn.functional.linear", sig = "input, weight, bias=None", method = false, samples = ["T(3,4), T(5,4), T(5)", "T(2,3,4), T(5,4)", "T(4), T(5,4), T(5)"])]
pub fn linear(input: &Tensor, weight: &Tensor, bias: Option<&Tensor>) -> Result<Tensor> {
    if input.dim() == 1 {
        return linear(&input.unsqueeze(0)?, weight, bias)?.squeeze(0);
    }
    if weight.dim() == 1 {
        // One output, which is no dimension of the result.
        let out = matmul(input, weight)?;
        return match bias {
            Some(bias) => out.add(bias),
            None => Ok(out),
        };
    }
    match bias {
        Some(bias) => apply(Linear { bias: true }, &[input, weight, bias]),
        None => apply(Linear { bias: false }, &[input, weight]),
    }
}

/// `x1ᵀ · weight[o] · x2 + bias[o]` for each output: `x1` [.., a], `x2` [.., b], `weight` [out, a, b], `bias` [out].
#[function(dtypes = "float", torch = "nn.functional.bilinear", sig = "input1, input2, weight, bias=None", method = false, samples = ["T(3,4), T(3,2), T(5,4,2), T(5)", "T(2,3,4), T(2,3,2), T(5,4,2)"])]
pub fn bilinear(input1: &Tensor, input2: &Tensor, weight: &Tensor, bias: Option<&Tensor>) -> Result<Tensor> {
    if input1.dim() == 0 || input1.dim() != input2.dim() {
        bail!("bilinear(): input dimensions do not match: got {} and {}", input1.dim(), input2.dim());
    }
    let rank = input1.dim();
    if input1.shape()[..rank - 1] != input2.shape()[..rank - 1] {
        bail!("bilinear(): input batch dimensions do not match: got {:?} and {:?}", input1.shape(), input2.shape());
    }
    let (a, b) = (input1.shape()[rank - 1], input2.shape()[rank - 1]);
    if weight.dim() != 3 || weight.shape()[1] != a || weight.shape()[2] != b {
        bail!("bilinear(): inputs of {a} and {b} features do not fit the weight {:?}", weight.shape());
    }
    if let Some(bias) = bias.filter(|x| x.shape() != [weight.shape()[0]]) {
        bail!(
            "bilinear(): bias size does not match weight size: got {:?} but expected {}",
            bias.shape(),
            weight.shape()[0]
        );
    }
    let rows: usize = input1.shape()[..rank - 1].iter().product();
    let flat = |x: &Tensor, n: usize| super::view::reshape_to(x, &[rows, n]);
    let out = einsum("na,oab,nb->no", &[flat(input1, a)?, weight.clone(), flat(input2, b)?])?;
    let out = match bias {
        Some(bias) => out.add(bias)?,
        None => out,
    };
    let shape: Shape = input1.shape()[..rank - 1].iter().copied().chain([weight.shape()[0]]).collect();
    super::view::reshape_to(&out, &shape)
}

//! Products beside the matrix product: inner, Kronecker and cross products, combinations of elements, and blocks.

use crate::ops::view::{expand_to, reshape_to};
use crate::tensor::{Shape, wrap_dim};
use crate::{DType, Result, Tensor, bail, function};

/// Σ conj(input) · other of two vectors.
#[function(dtypes = "number", tensors = true, samples = ["T(4), T(4)"])]
pub fn vdot(input: &Tensor, other: &Tensor) -> Result<Tensor> {
    if input.dtype().is_complex() && input.dtype() == other.dtype() {
        return super::dot(&input.conj()?, other);
    }
    super::dot(input, other)
}

/// Sums of products over the last dimension of both; a 0-d tensor multiplies.
#[function(dtypes = "number", samples = ["T(4), T(4)", "T(2,3), T(4,3)", "T(), T(3)"])]
pub fn inner(input: &Tensor, other: &Tensor) -> Result<Tensor> {
    if input.dim() == 0 || other.dim() == 0 {
        return input.mul(other);
    }
    let (n, m) = (input.shape()[input.dim() - 1], other.shape()[other.dim() - 1]);
    if n != m {
        bail!(
            "inner() the last dimension must match on both input tensors but got shapes {:?} and {:?}",
            input.shape(),
            other.shape()
        );
    }
    let rows = |t: &Tensor| reshape_to(t, &[t.shape()[..t.dim() - 1].iter().product(), n]);
    let product = super::mm(&rows(input)?, &rows(other)?.t()?)?;
    let shape: Shape =
        input.shape()[..input.dim() - 1].iter().chain(&other.shape()[..other.dim() - 1]).copied().collect();
    reshape_to(&product, &shape)
}

/// The Kronecker product: each element of `input` times all of `other`.
#[function(dtypes = "all", samples = ["T(2,3), T(2,2)", "T(2), T(2,3)", "T(), T(3)"])]
pub fn kron(input: &Tensor, other: &Tensor) -> Result<Tensor> {
    let rank = input.dim().max(other.dim());
    let sizes = |t: &Tensor, d: usize| if d + t.dim() < rank { 1 } else { t.shape()[d + t.dim() - rank] };
    let left: Shape = (0..rank).flat_map(|d| [sizes(input, d), 1]).collect();
    let right: Shape = (0..rank).flat_map(|d| [1, sizes(other, d)]).collect();
    let shape: Shape = (0..rank).map(|d| sizes(input, d) * sizes(other, d)).collect();
    reshape_to(&reshape_to(input, &left)?.mul(&reshape_to(other, &right)?)?, &shape)
}

/// The cross product of vectors of three along `dim`.
#[function(dtypes = "number", method = false, torch = "linalg.cross", sig = "input, other, *, dim=-1", samples = ["T(2,3), T(2,3)", "T(3,2), T(3,2), dim=0"])]
pub fn linalg_cross(input: &Tensor, other: &Tensor, dim: i64) -> Result<Tensor> {
    if input.dim() != other.dim() {
        bail!("linalg.cross: inputs must have the same number of dimensions.");
    }
    let d = wrap_dim(dim, input.dim())?;
    if input.shape().get(d) != Some(&3) || other.shape().get(d) != Some(&3) {
        bail!("linalg.cross: inputs dimension {d} must have length 3. Got {:?} and {:?}", input.shape(), other.shape());
    }
    let dim = d as i64;
    let turned = |t: &Tensor, by: i64| t.roll(vec![by], vec![dim]);
    turned(input, -1)?.mul(&turned(other, -2)?)?.sub(&turned(input, -2)?.mul(&turned(other, -1)?)?)
}

/// The cross product along `dim`, or the first dimension of size three.
#[function(dtypes = "number", sig = "input, other, dim=None", samples = ["T(2,3), T(2,3)", "T(3,2), T(3,2), 0"])]
pub fn cross(input: &Tensor, other: &Tensor, dim: Option<i64>) -> Result<Tensor> {
    if input.dim() != other.dim() {
        bail!("inconsistent tensors dimensions input: {} other: {}", input.dim(), other.dim());
    }
    let dim = match dim {
        Some(dim) => dim,
        None => match input.shape().iter().position(|n| *n == 3) {
            Some(d) => d as i64,
            None => bail!("no dimension of size 3 in input"),
        },
    };
    linalg_cross(input, other, dim)
}

/// Σ conj(x) · y along `dim`.
#[function(dtypes = "inexact", method = false, torch = "linalg.vecdot", sig = "x, y, *, dim=-1", samples = ["T(2,3), T(2,3)", "T(3,2), T(3,2), dim=0"])]
pub fn vecdot(x: &Tensor, y: &Tensor, dim: i64) -> Result<Tensor> {
    if !(x.dtype().is_float() || x.dtype().is_complex()) {
        bail!("linalg.vecdot: Expected a floating point or complex tensor as input. Got {}", x.dtype().name());
    }
    if x.dtype() != y.dtype() {
        bail!(
            "linalg.vecdot: Expected x and y to have the same dtype, but got {} and {}",
            x.dtype().name(),
            y.dtype().name()
        );
    }
    let shape = crate::broadcast_shapes(x.shape(), y.shape())?;
    let d = wrap_dim(dim, shape.len())? as i64;
    if !x.dtype().is_complex() || shape.is_empty() {
        let product = x.conj()?.mul(y)?;
        return if shape.is_empty() { Ok(product) } else { product.sum(d, false, None) };
    }
    // One product of matrices per row: it sums in its own precision.
    let rows = |t: &Tensor| expand_to(t, &shape)?.movedim(vec![d], vec![-1]);
    rows(x)?.conj()?.unsqueeze(-2)?.matmul(&rows(y)?.unsqueeze(-1)?)?.squeeze([-1, -2])
}

/// All choices of `r` elements of a vector, in their order; also of an element again `with_replacement`.
#[function(dtypes = "all", sig = "input, r=2, with_replacement=False", samples = ["T(4)", "T(4), 3", "T(3), 2, True"])]
pub fn combinations(input: &Tensor, r: i64, with_replacement: bool) -> Result<Tensor> {
    if input.dim() != 1 {
        bail!("Expect a 1D vector, but got shape {:?}", input.shape());
    }
    if r < 0 {
        bail!("Expect a non-negative number, but got {r}");
    }
    let (n, r) = (input.numel(), r as usize);
    if r == 0 {
        return crate::ops::zeros(&[0], input.dtype());
    }
    let mut places: Vec<i64> = Vec::new();
    let step = usize::from(!with_replacement);
    let mut current: Vec<usize> = (0..r).map(|i| i * step).collect();
    let fits = n > 0 && (with_replacement || r <= n);
    while fits && current[0] < n {
        places.extend(current.iter().map(|i| *i as i64));
        // The last place that can still move, and those behind it as low as they may stand.
        let top = |i: usize| if with_replacement { n - 1 } else { n - r + i };
        let Some(i) = (0..r).rev().find(|i| current[*i] < top(*i)) else { break };
        current[i] += 1;
        for j in i + 1..r {
            current[j] = current[j - 1] + step;
        }
    }
    let count = places.len() / r;
    let index = Tensor::from_vec(places, &[count * r])?;
    reshape_to(&input.index_select(0, &index)?, &[count, r])
}

/// All tuples of elements of several vectors.
#[function(dtypes = "all", method = false, samples = ["[T(2), T(3)]", "[T(3)]"])]
pub fn cartesian_prod(tensors: &[Tensor]) -> Result<Tensor> {
    if let Some(bad) = tensors.iter().find(|t| t.dim() != 1) {
        bail!("Expect a 1D vector, but got shape {:?}", bad.shape());
    }
    if let [only] = tensors {
        return Ok(only.clone());
    }
    let grids = crate::ops::meshgrid(tensors, "ij")?;
    let columns = grids.iter().map(crate::ops::ravel).collect::<Result<Vec<_>>>()?;
    crate::ops::stack(&columns, 1)
}

/// The matrices along the diagonal of a matrix of zeros.
#[function(dtypes = "all", method = false, samples = ["[T(2,3), T(1,2)]", "[T(2), T(), T(2,2)]"])]
pub fn block_diag(tensors: &[Tensor]) -> Result<Tensor> {
    let dtype = crate::ops::map::result_type(tensors.iter().map(crate::Operand::from));
    let mut blocks = Vec::with_capacity(tensors.len());
    for t in tensors {
        if t.dim() > 2 {
            bail!("torch.block_diag: Input tensors must have 2 or fewer dimensions. Got {:?}", t.shape());
        }
        blocks.push(crate::ops::atleast_2d(&t.to_dtype(dtype)?)?);
    }
    let columns: usize = blocks.iter().map(|b| b.shape()[1]).sum();
    let mut left = 0;
    let mut rows = Vec::with_capacity(blocks.len());
    for b in &blocks {
        let (m, n) = (b.shape()[0], b.shape()[1]);
        let before = crate::ops::zeros(&[m, left], dtype)?;
        left += n;
        let after = crate::ops::zeros(&[m, columns - left], dtype)?;
        rows.push(crate::ops::cat(&[&before, b, &after], 1)?);
    }
    if rows.is_empty() {
        return crate::ops::zeros(&[1, 0], crate::default_dtype());
    }
    crate::ops::cat(&rows, 0)
}

/// Powers 0 .. n − 1 of the elements, along a new last dimension.
#[function(dtypes = "number", method = false, torch = "linalg.vander", sig = "x, *, N=None", samples = ["T(3)", "T(2,3), N=4"])]
#[allow(non_snake_case)]
pub fn vander(x: &Tensor, N: Option<i64>) -> Result<Tensor> {
    if x.dtype() == DType::Bool {
        bail!("linalg.vander: Expected x to be an integral, floating or complex tensor");
    }
    if x.dim() == 0 && N.is_none() {
        bail!("linalg.vander: Expected x to have at least one dimension, or N to be given");
    }
    let n = N.unwrap_or(x.shape().last().copied().unwrap_or(0) as i64);
    if n <= 1 {
        bail!("N must be greater than 1.");
    }
    let x = if x.dtype().is_integral() { x.to_dtype(DType::I64)? } else { x.clone() };
    let x = if x.dim() == 0 { x.unsqueeze(0)? } else { x };
    let mut shape: Shape = x.shape().into();
    shape.push(n as usize - 1);
    let powers = expand_to(&x.unsqueeze(-1)?, &shape)?.cumprod(-1, None)?;
    let ones = powers.narrow(-1, 0, 1)?.detach().ones_like()?;
    crate::ops::cat(&[&ones, &powers], -1)
}

/// The product of several matrices, multiplied in the order with the fewest steps; the first and the last may be vectors.
#[function(dtypes = "number", method = false, torch = "linalg.multi_dot", samples = ["[T(2,3), T(3,4), T(4,2)]", "[T(3), T(3,4), T(4)]"])]
pub fn multi_dot(tensors: &[Tensor]) -> Result<Tensor> {
    let n = tensors.len();
    if n < 2 {
        bail!("multi_dot(): expected at least 2 tensors but got {n}");
    }
    let mut matrices: Vec<Tensor> = tensors.to_vec();
    for (i, t) in tensors.iter().enumerate() {
        let end = i == 0 || i == n - 1;
        if !(t.dim() == 2 || end && t.dim() == 1) {
            let allowed = if end { "1D or 2D" } else { "2D" };
            bail!("multi_dot(): tensor {i} must be {allowed} but got {}D", t.dim());
        }
        if t.dtype() != tensors[0].dtype() {
            bail!(
                "multi_dot(): all tensors must have be the same dtype but tensor 0 is {} and tensor {i} {}",
                tensors[0].dtype().name(),
                t.dtype().name()
            );
        }
    }
    if tensors[0].dim() == 1 {
        matrices[0] = tensors[0].unsqueeze(0)?;
    }
    if tensors[n - 1].dim() == 1 {
        matrices[n - 1] = tensors[n - 1].unsqueeze(-1)?;
    }
    let sizes: Vec<f64> =
        matrices.iter().map(|m| m.shape()[0] as f64).chain([matrices[n - 1].shape()[1] as f64]).collect();
    for i in 1..n {
        if matrices[i - 1].shape()[1] != matrices[i].shape()[0] {
            bail!(
                "multi_dot(): tensors {} and {i} with shapes {:?} and {:?} cannot be multiplied",
                i - 1,
                tensors[i - 1].shape(),
                tensors[i].shape()
            );
        }
    }
    // The classic table: the cheapest way to multiply i ..= j, and where it is cut.
    let mut cost = vec![vec![0.0f64; n]; n];
    let mut cut = vec![vec![0usize; n]; n];
    for span in 1..n {
        for i in 0..n - span {
            let j = i + span;
            cost[i][j] = f64::INFINITY;
            for k in i..j {
                let c = cost[i][k] + cost[k + 1][j] + sizes[i] * sizes[k + 1] * sizes[j + 1];
                if c < cost[i][j] {
                    (cost[i][j], cut[i][j]) = (c, k);
                }
            }
        }
    }
    fn chain(m: &[Tensor], cut: &[Vec<usize>], i: usize, j: usize) -> Result<Tensor> {
        if i == j {
            return Ok(m[i].clone());
        }
        let k = cut[i][j];
        super::mm(&chain(m, cut, i, k)?, &chain(m, cut, k + 1, j)?)
    }
    let mut product = chain(&matrices, &cut, 0, n - 1)?;
    if tensors[n - 1].dim() == 1 {
        product = product.squeeze(-1)?;
    }
    if tensors[0].dim() == 1 { product.squeeze(0) } else { Ok(product) }
}

/// The gradient of softmax: output · (grad − Σ grad · output).
#[function(dtypes = "float", method = false, torch = "_softmax_backward_data", sig = "grad_output, output, dim, input_dtype", samples = ["T(3,4), T(3,4), 1, float64"])]
pub fn softmax_backward(grad_output: &Tensor, output: &Tensor, dim: i64, input_dtype: DType) -> Result<Tensor> {
    let _ = input_dtype;
    let product = grad_output.mul(output)?;
    product.sub(&output.mul(&product.sum(dim, true, None)?)?)
}

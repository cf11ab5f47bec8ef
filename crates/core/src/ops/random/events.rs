//! Numbers of Poisson's, the binomial, the gamma and Dirichlet's distribution, one after the other in the order of the elements.

use crate::autograd::{Context, Function};
use crate::random::{Generator, or_default};
use crate::tensor::Shape;
use crate::{DType, Result, Tensor, bail};
use flambeau_kernels::rng;

/// What a function gives for each place of tensors of one dtype, which are broadcast against each other. It is computed in
/// double precision.
fn each<const N: usize>(
    name: &str,
    tensors: [&Tensor; N],
    halves: bool,
    mut f: impl FnMut([f64; N]) -> f64,
) -> Result<Tensor> {
    let dtype = tensors[0].dtype();
    let mut shape = Shape::new();
    for t in tensors {
        if t.dtype() != dtype {
            bail!("{name}: Found dtype {} but expected {}", t.dtype().name(), dtype.name());
        }
        shape = crate::broadcast_shapes(&shape, t.shape())?;
    }
    if !(matches!(dtype, DType::F32 | DType::F64) || halves && dtype.is_float()) {
        bail!(NotImplemented, "\"{name}\" not implemented for '{}'", dtype.name());
    }
    let doubles = |t: &Tensor| crate::ops::view::expand_to(&t.detach(), &shape)?.to_dtype(DType::F64)?.to_vec::<f64>();
    let columns = tensors.iter().map(|t| doubles(t)).collect::<Result<Vec<_>>>()?;
    let numel = shape.iter().product();
    let values = (0..numel).map(|i| f(std::array::from_fn(|c| columns[c][i]))).collect::<Vec<f64>>();
    Tensor::from_vec(values, &shape)?.to_dtype(dtype)
}

/// `each`, with numbers drawn from a generator.
fn drawn<const N: usize>(
    name: &str,
    tensors: [&Tensor; N],
    halves: bool,
    generator: Option<&Generator>,
    f: impl Fn(&mut rng::Generator, [f64; N]) -> f64,
) -> Result<Tensor> {
    or_default(generator).with(|g| each(name, tensors, halves, |x| f(g, x)))
}

/// Rounds to the precision of a dtype, in which PyTorch computes some numbers on the way.
fn rounding(dtype: DType) -> fn(f64) -> f64 {
    if dtype == DType::F32 { |x| f64::from(x as f32) } else { |x| x }
}

/// Numbers of events at the rates in `input`. Float dtypes.
pub fn poisson(input: &Tensor, generator: Option<&Generator>) -> Result<Tensor> {
    if let Some(bad) = input.detach().to_dtype(DType::F64)?.to_vec::<f64>()?.into_iter().find(|x| !(*x >= 0.0)) {
        bail!("invalid Poisson rate, expected rate to be non-negative, but got {bad}");
    }
    drawn("poisson_cpu", [input], true, generator, |g, [rate]| rng::poisson(g, rate))
}

/// Successes among `count` trials of probability `prob`, which are broadcast against each other. float32 or float64.
pub fn binomial(count: &Tensor, prob: &Tensor, generator: Option<&Generator>) -> Result<Tensor> {
    for (name, t) in [("count", count), ("prob", prob)] {
        if !t.dtype().is_float() {
            bail!(Value, "binomial only supports floating-point dtypes for {name}, got: {}", t.dtype().name());
        }
    }
    let round = rounding(count.dtype());
    drawn("binomial_cpu", [count, prob], false, generator, |g, [n, p]| rng::binomial(g, n, p, round))
}

/// How numbers `output` of the gamma distribution move with its parameter `input`.
pub fn standard_gamma_grad(input: &Tensor, output: &Tensor) -> Result<Tensor> {
    each("_standard_gamma_grad_cpu", [input, output], false, |[a, x]| rng::gamma_gradient(a, x))
}

/// How a part `x` of a Dirichlet number moves with its parameter `alpha`, where all parameters sum to `total`, divided by 1 − x.
pub fn dirichlet_grad(x: &Tensor, alpha: &Tensor, total: &Tensor) -> Result<Tensor> {
    each("_dirichlet_grad_cpu", [x, alpha, total], false, |[x, a, total]| rng::dirichlet_gradient(x, a, total))
}

/// Gamma numbers in double precision, of parameters in the precision of `dtype`.
fn gammas(alpha: &Tensor, dtype: DType, generator: Option<&Generator>) -> Result<Tensor> {
    let (alpha, round) = (alpha.to_dtype(DType::F64)?, rounding(dtype));
    drawn("gamma_cpu", [&alpha], false, generator, |g, [alpha]| rng::gamma(g, alpha, round))
}

/// The least normal number of a dtype, and the greatest below 1.
fn limits(name: &str, dtype: DType) -> Result<(f64, f64)> {
    match dtype {
        DType::F32 => Ok((f64::from(f32::MIN_POSITIVE), f64::from(1.0 - f32::EPSILON / 2.0))),
        DType::F64 => Ok((f64::MIN_POSITIVE, 1.0 - f64::EPSILON / 2.0)),
        other => bail!(NotImplemented, "\"{name}\" not implemented for '{}'", other.name()),
    }
}

struct StandardGamma(Option<Generator>);

impl Function for StandardGamma {
    const NAME: &'static str = "StandardGamma";

    fn forward(&self, ctx: &mut Context, inputs: &[&Tensor]) -> Result<Vec<Tensor>> {
        let dtype = inputs[0].dtype();
        let (least, _) = limits("gamma_cpu", dtype)?;
        ctx.save_for_backward([inputs[0].detach()]);
        Ok(vec![gammas(inputs[0], dtype, self.0.as_ref())?.to_dtype(dtype)?.fmax(least)?])
    }

    fn saved_outputs(&self) -> u64 {
        1
    }

    fn backward(&self, ctx: &Context, grads: &[Option<Tensor>]) -> Result<Vec<Option<Tensor>>> {
        let ([Some(x)], Some(g), [alpha]) = (ctx.outputs(), &grads[0], ctx.saved_tensors()) else {
            return Ok(vec![None]);
        };
        Ok(vec![Some(g.mul(&standard_gamma_grad(alpha, x)?)?)])
    }
}

/// Numbers of the gamma distribution with the parameters in `input` and scale 1. They move with `input` as the distribution
/// does (Figurnov, Mohamed and Mnih, 2018). float32 or float64.
pub fn standard_gamma(input: &Tensor, generator: Option<&Generator>) -> Result<Tensor> {
    let mut drawn = StandardGamma(generator.cloned()).apply(&[input])?;
    Ok(drawn.swap_remove(0))
}

struct Dirichlet(Option<Generator>);

impl Function for Dirichlet {
    const NAME: &'static str = "Dirichlet";

    fn forward(&self, ctx: &mut Context, inputs: &[&Tensor]) -> Result<Vec<Tensor>> {
        let dtype = inputs[0].dtype();
        let (least, most) = limits("dirichlet", dtype)?;
        ctx.save_for_backward([inputs[0].detach()]);
        let drawn = gammas(inputs[0], DType::F64, self.0.as_ref())?.fmax(f64::MIN_POSITIVE)?;
        let parts = drawn.div(&drawn.sum(-1, true, None)?)?.to_dtype(dtype)?;
        Ok(vec![parts.fmax(least)?.fmin(most)?])
    }

    fn saved_outputs(&self) -> u64 {
        1
    }

    fn backward(&self, ctx: &Context, grads: &[Option<Tensor>]) -> Result<Vec<Option<Tensor>>> {
        let ([Some(x)], Some(g), [alpha]) = (ctx.outputs(), &grads[0], ctx.saved_tensors()) else {
            return Ok(vec![None]);
        };
        let total = alpha.sum(-1, true, None)?;
        let toward = g.sub(&x.mul(g)?.sum(-1, true, None)?)?;
        Ok(vec![Some(dirichlet_grad(&x.detach(), alpha, &total)?.mul(&toward)?)])
    }
}

/// Numbers of Dirichlet's distribution, whose parts are the last dimension: positive, with sum 1. They move with the parameters
/// in `input` as the distribution does. float32 or float64.
pub fn sample_dirichlet(input: &Tensor, generator: Option<&Generator>) -> Result<Tensor> {
    let mut drawn = Dirichlet(generator.cloned()).apply(&[input])?;
    Ok(drawn.swap_remove(0))
}

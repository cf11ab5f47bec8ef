//! The public side: in-place methods, and functions that make new tensors.

use super::{Draw, draw_fresh, draw_over};
use crate::apply::arg;
use crate::ops::nn::for_float;
use crate::random::{Generator, or_default};
use crate::tensor::Spec;
use crate::{DType, Result, Tensor, bail, default_dtype};
use flambeau_kernels::rng;

/// The values that `random_` may write into this dtype: the lowest, and one past the highest integer that it holds.
fn integer_bounds(dtype: DType) -> (i128, i128) {
    match dtype {
        DType::Bool => (0, 1),
        DType::U8 => (0, 255),
        DType::I8 => (-128, 127),
        DType::I16 => (i128::from(i16::MIN), i128::from(i16::MAX)),
        DType::I32 => (i128::from(i32::MIN), i128::from(i32::MAX)),
        DType::F16 => (-65504, 65504),
        _ => (i128::from(i64::MIN), i128::from(i64::MAX)),
    }
}

fn check_bounds(dtype: DType, from: i64, last: i64) -> Result<()> {
    let (low, high) = integer_bounds(dtype);
    for (name, x) in [("from", i128::from(from)), ("to - 1", i128::from(last))] {
        if x < low || x > high {
            bail!("{name} is out of bounds for {}", dtype.name());
        }
    }
    Ok(())
}

/// Integers in [low, high).
fn range(dtype: DType, low: i64, high: i64) -> Result<Draw> {
    if low >= high {
        bail!("random_ expects 'from' to be less than 'to', but got from={low} >= to={high}");
    }
    check_bounds(dtype, low, high.wrapping_sub(1))?;
    Ok(Draw::RandomRange(low, high.wrapping_sub(low) as u64))
}

macro_rules! in_place {
    ($($(#[doc = $doc:literal])* $name:ident, $with:ident($($param:ident),*) = $draw:expr;)*) => {
        impl Tensor {$(
            $(#[doc = $doc])*
            pub fn $name(&self, $($param: f64),*) -> Result<&Tensor> {
                draw_over($draw, self, None)
            }

            $(#[doc = $doc])*
            ///
            /// Drawn from `generator`.
            pub fn $with(&self, $($param: f64,)* generator: Option<&Generator>) -> Result<&Tensor> {
                draw_over($draw, self, generator)
            }
        )*}
    };
}

in_place! {
    /// Writes numbers over the tensor that are uniform in [from, to). Returns the tensor.
    uniform_, uniform_with(from, to) = Draw::Uniform(from, to);
    /// Writes normal numbers over the tensor. Returns the tensor.
    normal_, normal_with(mean, std) = Draw::Normal(mean, std);
    /// Writes ones with probability `p`, and zeros, over the tensor. Returns the tensor.
    bernoulli_, bernoulli_with(p) = Draw::Bernoulli(p);
    /// Writes numbers with density λ·e^(−λx) over the tensor. Returns the tensor.
    exponential_, exponential_with(lambda) = Draw::Exponential(lambda);
    /// Writes numbers from the Cauchy distribution over the tensor. Returns the tensor.
    cauchy_, cauchy_with(median, sigma) = Draw::Cauchy(median, sigma);
    /// Writes the number of trials up to the first success of probability `p` over the tensor. Returns the tensor.
    geometric_, geometric_with(p) = Draw::Geometric(p);
    /// Writes e to the power of normal numbers over the tensor. Returns the tensor.
    log_normal_, log_normal_with(mean, std) = Draw::LogNormal(mean, std);
}

impl Tensor {
    /// Writes integers over the tensor, uniform in [from, to): without both bounds from 0 to what the dtype holds exactly,
    /// with `from` alone to the highest number, with `to` alone from 0. Returns the tensor.
    pub fn random_(&self, from: Option<i64>, to: Option<i64>) -> Result<&Tensor> {
        self.random_with(from, to, None)
    }

    /// [`Tensor::random_`], drawn from `generator`.
    pub fn random_with(&self, from: Option<i64>, to: Option<i64>, generator: Option<&Generator>) -> Result<&Tensor> {
        let dtype = self.dtype();
        let draw = match (from, to) {
            (None, None) => Draw::Random,
            (from, Some(to)) => range(dtype, from.unwrap_or(0), to)?,
            (Some(i64::MIN), None) => Draw::RandomRange(i64::MIN, 0),
            (Some(from), None) => {
                let last = match dtype {
                    DType::F32 => 1 << 24,
                    DType::F64 => 1 << 53,
                    DType::F16 => 1 << 11,
                    DType::BF16 => 1 << 8,
                    other => integer_bounds(other).1 as i64,
                };
                check_bounds(dtype, from, last)?;
                Draw::RandomRange(from, (last as u64).wrapping_sub(from as u64).wrapping_add(1))
            }
        };
        draw_over(draw, self, generator)
    }

    /// Writes ones with the probabilities `p` (of the tensor's shape), and zeros, over the tensor. Returns the tensor.
    pub fn bernoulli_each_(&self, p: &Tensor) -> Result<&Tensor> {
        let p = crate::ops::view::expand_to(&p.detach(), self.shape())?;
        let draws = bernoulli_from(&p, self.dtype(), None)?;
        self.copy_(&draws)
    }
}

/// Numbers uniform in [0, 1).
pub fn rand(shape: &[usize], dtype: impl Into<Option<DType>>) -> Result<Tensor> {
    rand_with(shape, dtype, None)
}

/// [`rand`], drawn from `generator`.
pub fn rand_with(shape: &[usize], dtype: impl Into<Option<DType>>, generator: Option<&Generator>) -> Result<Tensor> {
    draw_fresh(Draw::Uniform(0.0, 1.0), shape, dtype.into().unwrap_or_else(default_dtype), generator)
}

/// Standard normal numbers.
pub fn randn(shape: &[usize], dtype: impl Into<Option<DType>>) -> Result<Tensor> {
    randn_with(shape, dtype, None)
}

/// [`randn`], drawn from `generator`.
pub fn randn_with(shape: &[usize], dtype: impl Into<Option<DType>>, generator: Option<&Generator>) -> Result<Tensor> {
    draw_fresh(Draw::Normal(0.0, 1.0), shape, dtype.into().unwrap_or_else(default_dtype), generator)
}

/// Integers in [low, high), int64 unless another dtype is given.
pub fn randint(low: i64, high: i64, shape: &[usize], dtype: impl Into<Option<DType>>) -> Result<Tensor> {
    randint_with(low, high, shape, dtype, None)
}

/// [`randint`], drawn from `generator`.
pub fn randint_with(
    low: i64,
    high: i64,
    shape: &[usize],
    dtype: impl Into<Option<DType>>,
    generator: Option<&Generator>,
) -> Result<Tensor> {
    let dtype = dtype.into().unwrap_or(DType::I64);
    draw_fresh(range(dtype, low, high)?, shape, dtype, generator)
}

/// A random permutation of 0..n, int64 unless another dtype is given.
pub fn randperm(n: usize, dtype: impl Into<Option<DType>>) -> Result<Tensor> {
    randperm_with(n, dtype, None)
}

/// [`randperm`], drawn from `generator`.
pub fn randperm_with(n: usize, dtype: impl Into<Option<DType>>, generator: Option<&Generator>) -> Result<Tensor> {
    let dtype = dtype.into().unwrap_or(DType::I64);
    if dtype.is_integral() && n > 0 && n as i128 - 1 > integer_bounds(dtype).1 {
        bail!("n is too large for result tensor type: '{}'", dtype.name());
    }
    let out = Tensor::uninit(Spec::new(&[n][..], DType::I64))?;
    let slice = arg(&out).slice_mut::<i64>()?;
    or_default(generator).with(|g| rng::randperm(g, slice));
    out.to_dtype(dtype)
}

/// [`rand`] in the shape and, unless one is given, dtype of `input`.
pub fn rand_like(input: &Tensor, dtype: impl Into<Option<DType>>) -> Result<Tensor> {
    like(Draw::Uniform(0.0, 1.0), input, dtype.into())
}

/// [`randn`] in the shape and, unless one is given, dtype of `input`.
pub fn randn_like(input: &Tensor, dtype: impl Into<Option<DType>>) -> Result<Tensor> {
    like(Draw::Normal(0.0, 1.0), input, dtype.into())
}

/// [`randint`] in the shape and, unless one is given, dtype of `input`.
pub fn randint_like(input: &Tensor, low: i64, high: i64, dtype: impl Into<Option<DType>>) -> Result<Tensor> {
    let dtype = dtype.into();
    like(range(dtype.unwrap_or(input.dtype()), low, high)?, input, dtype)
}

/// Draws in the memory order of `input`.
fn like(draw: Draw, input: &Tensor, dtype: Option<DType>) -> Result<Tensor> {
    let dtype = dtype.unwrap_or(input.dtype());
    if input.is_contiguous() || !input.layout().is_dense() {
        return draw_fresh(draw, input.shape(), dtype, None);
    }
    let out = input.detach().clone_tensor()?.to_dtype(dtype)?;
    draw_over(draw, &out, None)?;
    Ok(out)
}

/// Coins of the probabilities `p`, in another dtype.
fn bernoulli_from(p: &Tensor, dtype: DType, generator: Option<&Generator>) -> Result<Tensor> {
    let p = p.detach().contiguous()?;
    let out = Tensor::uninit(Spec::new(p.shape(), dtype))?;
    let generator = or_default(generator);
    for_float!("bernoulli", p.dtype(), P => p.with_slice::<P, _>(|p| {
        if let Some(bad) = p.iter().map(|p| rng::RandomFloat::to_f64(*p)).find(|p| !(0.0..=1.0).contains(p)) {
            bail!("Expected p_in >= 0 && p_in <= 1 to be true, but got false: {bad} is no probability");
        }
        crate::ops::index::for_ordered!("bernoulli", dtype, T => {
            let out = arg(&out).slice_mut::<T>()?;
            generator.with(|g| rng::bernoulli_each(g, out, p));
        });
        Ok(())
    })?)?;
    Ok(out)
}

/// Ones with the probabilities in `input`, and zeros.
pub fn bernoulli(input: &Tensor) -> Result<Tensor> {
    bernoulli_with(input, None)
}

/// [`bernoulli`], drawn from `generator`.
pub fn bernoulli_with(input: &Tensor, generator: Option<&Generator>) -> Result<Tensor> {
    bernoulli_from(input, input.dtype(), generator)
}

/// Normal numbers with means and standard deviations given by tensors or numbers; with two numbers use [`normal_of`].
pub fn normal<'a>(mean: impl Into<crate::Operand<'a>>, std: impl Into<crate::Operand<'a>>) -> Result<Tensor> {
    use crate::Operand::{Scalar, Tensor as T};
    let (mean, std) = (mean.into(), std.into());
    let shape = match (mean, std) {
        (T(m), T(s)) => crate::broadcast_shapes(m.shape(), s.shape())?,
        (T(t), _) | (_, T(t)) => t.shape().into(),
        _ => bail!(Type, "normal(): with two numbers the shape is missing; use normal_of"),
    };
    let dtype = match (mean, std) {
        (T(m), _) => m.dtype(),
        (_, T(s)) => s.dtype(),
        _ => default_dtype(),
    };
    match std {
        T(s) if s.dtype().is_complex() => bail!("normal expects standard deviation to be non-complex"),
        T(s) if s.numel() > 0 && s.detach().min()?.item::<f64>()? < 0.0 => {
            bail!("normal expects all elements of std >= 0.0")
        }
        Scalar(s) if s.to_f64() < 0.0 => bail!("normal expects std >= 0.0, but found std {}", s.to_f64()),
        _ => {}
    }
    let out = draw_fresh(Draw::Normal(0.0, 1.0), &shape, dtype, None)?;
    let scaled = out.mul(std)?;
    scaled.add(mean)
}

/// Normal numbers of one mean and standard deviation.
pub fn normal_of(mean: f64, std: f64, shape: &[usize], dtype: impl Into<Option<DType>>) -> Result<Tensor> {
    draw_fresh(Draw::Normal(mean, std), shape, dtype.into().unwrap_or_else(default_dtype), None)
}

/// `num_samples` indices from each row of weights, which need not sum to one.
pub fn multinomial(input: &Tensor, num_samples: usize, replacement: bool) -> Result<Tensor> {
    multinomial_with(input, num_samples, replacement, None)
}

/// [`multinomial`], drawn from `generator`.
pub fn multinomial_with(
    input: &Tensor,
    num_samples: usize,
    replacement: bool,
    generator: Option<&Generator>,
) -> Result<Tensor> {
    if input.dim() == 0 || input.dim() > 2 {
        bail!("prob_dist must be 1 or 2 dim");
    }
    if !input.dtype().is_float() {
        bail!("multinomial only supports floating-point dtypes for input, got: {}", input.dtype().name());
    }
    if num_samples == 0 {
        bail!("cannot sample n_sample <= 0 samples");
    }
    let classes = input.shape()[input.dim() - 1];
    if !replacement && num_samples > classes {
        bail!("cannot sample n_sample > prob_dist.size(-1) samples without replacement");
    }
    if classes > 1 << 24 {
        bail!("number of categories cannot exceed 2^24");
    }
    let weights = input.detach().contiguous()?;
    let mut shape: crate::Shape = input.shape().into();
    shape[input.dim() - 1] = num_samples;
    let out = Tensor::uninit(Spec::new(shape, DType::I64))?;
    let slice = arg(&out).slice_mut::<i64>()?;
    let generator = or_default(generator);
    let drawn = for_float!("multinomial", weights.dtype(), T => weights.with_slice::<T, _>(|w| {
        generator.with(|g| rng::multinomial(g, w, classes, num_samples, replacement, slice))
    })?);
    match drawn {
        Ok(()) => Ok(out),
        Err(rng::InvalidWeights::Weight) => bail!("probability tensor contains either `inf`, `nan` or element < 0"),
        Err(rng::InvalidWeights::Sum) => bail!("invalid multinomial distribution (sum of probabilities <= 0)"),
    }
}

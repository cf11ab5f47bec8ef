//! Filling tensors with draws, fresh ones and those that are there.

use crate::apply::{apply_into, arg};
use crate::storage::bridge;
use crate::tensor::{Arg, Cx, Grads, Kind, Layout, Op, Spec, Specs, checked_numel};
use crate::{Bool, DType, Result, Tensor, bail, random::Generator, random::or_default};
use flambeau_kernels::rng;
use smallvec::SmallVec;

/// A distribution with its parameters.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Draw {
    Uniform(f64, f64),
    Normal(f64, f64),
    Random,
    /// From, and how many integers from there on (0 for all 2^64).
    RandomRange(i64, u64),
    Bernoulli(f64),
    Exponential(f64),
    Cauchy(f64, f64),
    Geometric(f64),
    LogNormal(f64, f64),
}

impl Draw {
    fn name(self) -> &'static str {
        match self {
            Draw::Uniform(..) => "uniform",
            Draw::Normal(..) => "normal",
            Draw::Random | Draw::RandomRange(..) => "random",
            Draw::Bernoulli(_) => "bernoulli",
            Draw::Exponential(_) => "exponential",
            Draw::Cauchy(..) => "cauchy",
            Draw::Geometric(_) => "geometric",
            Draw::LogNormal(..) => "log_normal",
        }
    }

    /// What PyTorch demands of the parameters.
    pub(crate) fn check(self, dtype: DType) -> Result<()> {
        match self {
            Draw::Uniform(from, to) if from > to => {
                bail!("uniform_ expects to return a [from, to) range, but found from={from} > to={to}")
            }
            Draw::Normal(_, std) if !(std >= 0.0) => bail!("normal expects std >= 0.0, but found std {std}"),
            Draw::Bernoulli(p) if !(0.0..=1.0).contains(&p) => {
                bail!("bernoulli_ expects p to be in [0, 1], but got p={p}")
            }
            Draw::Exponential(lambda) if !(lambda > 0.0) => {
                bail!("exponential_ expects lambda > 0.0, but found lambda={lambda}")
            }
            Draw::Cauchy(_, sigma) if !(sigma > 0.0) => bail!("cauchy_ expects sigma > 0.0, but found sigma={sigma}"),
            Draw::Geometric(p) if !(p > 0.0 && p < 1.0) => bail!("geometric_ expects p to be in (0, 1), but got p={p}"),
            Draw::LogNormal(_, std) if !(std > 0.0) => bail!("log_normal_ expects std > 0.0, but found std={std}"),
            _ => {}
        }
        let complex = matches!(self, Draw::Uniform(..) | Draw::Normal(..));
        let any = matches!(self, Draw::Random | Draw::RandomRange(..) | Draw::Bernoulli(_) | Draw::Geometric(_));
        if dtype.is_float() || dtype.is_complex() && complex || dtype.is_integral() && any {
            return Ok(());
        }
        match self {
            Draw::Exponential(_) => bail!(
                "Exponential distribution is a continuous probability distribution. dtype must be a floating point but you specified {}",
                dtype.name()
            ),
            Draw::Cauchy(..) => bail!(
                "Cauchy distribution is a continuous probability distribution. dtype must be a floating point but you specified {}",
                dtype.name()
            ),
            _ => bail!(NotImplemented, "\"{}\" not implemented for '{}'", self.name(), dtype.name()),
        }
    }

    /// Fills contiguous elements. `dense` says that the tensor itself is contiguous: PyTorch draws its normal values
    /// otherwise where it is not.
    fn fill(self, g: &mut rng::Generator, out: Arg, dense: bool) -> Result<()> {
        macro_rules! float {
            ($t:ident, $slice:expr) => {{
                let out: &mut [$t] = $slice;
                match self {
                    Draw::Uniform(from, to) => rng::uniform(g, out, from, to),
                    Draw::Normal(mean, std) if dense => rng::normal(g, out, mean, std),
                    Draw::Normal(mean, std) => rng::normal_each(g, out, mean, std),
                    Draw::Exponential(lambda) => rng::exponential(g, out, lambda),
                    Draw::Cauchy(median, sigma) => rng::cauchy(g, out, median, sigma),
                    Draw::LogNormal(mean, std) => rng::log_normal(g, out, mean, std),
                    Draw::RandomRange(from, 0) => rng::random_from_to(g, out, 0, from),
                    Draw::RandomRange(from, range) => {
                        let (low, high) = rng::random_bounds::<$t>(from, from.wrapping_add(range as i64));
                        rng::random_from_to(g, out, high.wrapping_sub(low) as u64, low);
                    }
                    _ => self.fill_any(g, out),
                }
            }};
        }
        macro_rules! integer {
            ($t:ident) => {{
                let out = out.slice_mut::<$t>()?;
                match self {
                    Draw::RandomRange(from, range) => rng::random_from_to(g, out, range, from),
                    _ => self.fill_any(g, out),
                }
            }};
        }
        use half::{bf16, f16};
        // PyTorch draws the two parts of a complex normal number with half the variance each.
        let parts = match self {
            Draw::Normal(mean, std) => Draw::Normal(mean, std / std::f64::consts::SQRT_2),
            other => other,
        };
        match out.dtype {
            DType::F32 => float!(f32, out.slice_mut()?),
            DType::F64 => float!(f64, out.slice_mut()?),
            DType::F16 => float!(f16, out.slice_mut()?),
            DType::BF16 => float!(bf16, out.slice_mut()?),
            DType::C64 => parts.fill_parts::<f32>(g, out.slice_mut::<[f32; 2]>()?.as_flattened_mut(), dense),
            DType::C128 => parts.fill_parts::<f64>(g, out.slice_mut::<[f64; 2]>()?.as_flattened_mut(), dense),
            DType::Bool => integer!(Bool),
            DType::U8 => integer!(u8),
            DType::I8 => integer!(i8),
            DType::I16 => integer!(i16),
            DType::I32 => integer!(i32),
            DType::I64 => integer!(i64),
        }
        Ok(())
    }

    fn fill_any<T: rng::Random>(self, g: &mut rng::Generator, out: &mut [T]) {
        match self {
            Draw::Random => rng::random(g, out),
            Draw::Bernoulli(p) => rng::bernoulli(g, out, p),
            Draw::Geometric(p) => rng::geometric(g, out, p),
            _ => {}
        }
    }

    fn fill_parts<T: rng::RandomFloat>(self, g: &mut rng::Generator, out: &mut [T], dense: bool) {
        match self {
            Draw::Uniform(from, to) => rng::uniform(g, out, from, to),
            Draw::Normal(mean, std) if dense => rng::normal(g, out, mean, std),
            Draw::Normal(mean, std) => rng::normal_each(g, out, mean, std),
            _ => {}
        }
    }
}

/// Draws written over a tensor. Its gradient is zero: what was there is gone.
struct DrawOver {
    draw: Draw,
    generator: Generator,
}

impl Op for DrawOver {
    fn name(&self) -> &'static str {
        self.draw.name()
    }
    fn kind(&self) -> Kind {
        // The input is the tensor itself, and is not read.
        Kind::Map
    }
    fn infer(&self, inputs: &[&Tensor]) -> Result<Specs> {
        self.draw.check(inputs[0].dtype())?;
        Ok(smallvec::smallvec![Spec::new(inputs[0].shape(), inputs[0].dtype())])
    }
    fn cpu(&self, _: &[Arg], outputs: &[Arg]) -> Result<()> {
        let out = outputs[0];
        let dense = out.layout.is_contiguous();
        let order = memory_order(out.layout);
        let permuted = out.layout.permute(&order);
        let view = Arg { layout: &permuted, ..out };
        if permuted.is_contiguous() {
            return self.generator.with(|g| self.draw.fill(g, view, dense));
        }
        let temporary = Tensor::uninit(Spec::new(&permuted.shape[..], out.dtype))?;
        self.generator.with(|g| self.draw.fill(g, arg(&temporary), dense))?;
        bridge::copy(arg(&temporary), view);
        Ok(())
    }
    fn vjp(&self, _: &Cx, grads: &[Option<Tensor>]) -> Result<Grads> {
        match &grads[0] {
            Some(g) => Ok(smallvec::smallvec![Some(g.zeros_like()?)]),
            None => Ok(smallvec::smallvec![None]),
        }
    }
}

/// The dimensions from the largest stride to the smallest.
fn memory_order(layout: &Layout) -> SmallVec<[usize; 5]> {
    let mut order: SmallVec<[usize; 5]> = (0..layout.rank()).collect();
    order.sort_by_key(|d| std::cmp::Reverse(if layout.shape[*d] == 1 { 0 } else { layout.strides[*d] }));
    order
}

/// Writes draws over a tensor.
pub(crate) fn draw_over<'a>(draw: Draw, out: &'a Tensor, generator: Option<&Generator>) -> Result<&'a Tensor> {
    let generator = or_default(generator);
    apply_into(DrawOver { draw, generator }, &[out], out)
}

/// Draws in a new tensor.
pub(crate) fn draw_fresh(draw: Draw, shape: &[usize], dtype: DType, generator: Option<&Generator>) -> Result<Tensor> {
    draw.check(dtype)?;
    checked_numel(shape, dtype.size())?;
    let out = Tensor::uninit(Spec::new(shape, dtype))?;
    or_default(generator).with(|g| draw.fill(g, arg(&out), true))?;
    Ok(out)
}

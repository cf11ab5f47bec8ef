//! The larger and the smaller of two, and clamping.

use super::*;
use crate::function;

fn no_complex(name: &str, dtype: DType) -> Result<()> {
    if dtype.is_complex() {
        bail!(Type, "{name} not implemented for complex tensors.");
    }
    Ok(())
}

/// Half of the gradient where both operands are equal, all of it where this one was taken.
fn shared(g: &Tensor, taken: Tensor, equal: &Tensor) -> Result<Tensor> {
    let g = g.masked_fill(&taken.logical_or(equal)?.logical_not()?, 0)?;
    equal.where_(&g.mul(0.5)?, &g)
}

/// Extrema of two operands.
macro_rules! extrema {
    ($($(#[doc = $doc:literal])* $name:ident $split:ident [$after:ident] = |$x:ident, $y:ident| $float:expr, $other:expr;)*) => {$(
        pointwise! {
            $(#[doc = $doc])*
            fn $name(input, other) [Map + NumMap, Promote] = |$x, $y| $float, $other;
            check(dtype) { no_complex(stringify!($name), dtype) }
            saves INPUTS;
            vjp(v, g) {
                let (x, y) = (v.t(0)?.detach(), v.t(1)?.detach());
                $split(v, g, &x, &y, |x, y| x.$after(y))
            }
            function(tensors = true, dtypes = "real", samples = ["T(3,4), T(3,4)", "T(3,4), T(4)", "T(3,1), T(1,4)"]);
        }
    )*};
}

type Pair = Result<[Option<Tensor>; 2]>;

fn nan_wins(
    v: &Vjp<2>,
    g: &Tensor,
    x: &Tensor,
    y: &Tensor,
    after: impl Fn(&Tensor, &Tensor) -> Result<Tensor>,
) -> Pair {
    let equal = x.eq(y)?;
    Ok([v.when(0, || shared(g, after(x, y)?, &equal))?, v.when(1, || shared(g, after(y, x)?, &equal))?])
}

fn nan_loses(
    v: &Vjp<2>,
    g: &Tensor,
    x: &Tensor,
    y: &Tensor,
    after: impl Fn(&Tensor, &Tensor) -> Result<Tensor>,
) -> Pair {
    let first = after(x, y)?.logical_or(&x.eq(y)?)?.logical_or(&y.isnan()?)?;
    Ok([v.when(0, || first.where_(g, 0))?, v.when(1, || first.where_(0, g))?])
}

extrema! {
    /// The larger; NaN where either is NaN.
    maximum nan_wins [gt] = |x, y| x.max(y), x.max(y);
    /// The smaller; NaN where either is NaN.
    minimum nan_wins [lt] = |x, y| x.min(y), x.min(y);
    /// The larger; the number where the other is NaN.
    fmax nan_loses [gt] = |x, y| X::select(y.is_nan(), x, X::select(x.is_nan(), y, x.max(y))), x.max(y);
    /// The smaller; the number where the other is NaN.
    fmin nan_loses [lt] = |x, y| X::select(y.is_nan(), x, X::select(x.is_nan(), y, x.min(y))), x.min(y);
}

pointwise! {
    fn clamp_floats(input; low: f64, high: f64) [Map, Promote] = |x| x.max(X::splat(low)).min(X::splat(high));
    saves INPUT;
    vjp(v, g) { Ok([Some(clamp_backward(g, &v.t(0)?, low, high)?)]) }
}

pointwise! {
    /// g where the input lies between the bounds.
    fn clamp_backward(grad, input; low: f64, high: f64) [Map, Promote] = |g, x| {
        X::select(x.lt(X::splat(low)) | x.gt(X::splat(high)), X::splat(0.0), g)
    };
    saves(_needs) Saves::inputs(2);
    vjp(v, g) {
        let x = v.t(1)?;
        Ok([v.when(0, || clamp_backward(g, &x, low, high))?, v.when(1, || x.zeros_like())?])
    }
}

pointwise! {
    fn clamp_any(input, min, max) [NumMap, Promote] = |x, low, high| x.max(low).min(high);
    saves INPUTS;
    vjp(v, g) {
        let (x, low, high) = (v.t(0)?.detach(), v.t(1)?.detach(), v.t(2)?.detach());
        let (under, over) = (x.lt(&low)?, x.gt(&high)?);
        let crossed = low.gt(&high)?;
        let gx = v.when(0, || g.masked_fill(&under.logical_or(&over)?.logical_or(&crossed)?, 0))?;
        let glow = v.when(1, || under.logical_and(&crossed.logical_not()?)?.where_(g, 0))?;
        let ghigh = v.when(2, || over.logical_or(&crossed)?.where_(g, 0))?;
        Ok([gx, glow, ghigh])
    }
}

pointwise! {
    fn clamp_low(input, min) [NumMap, Promote] = |x, low| x.max(low);
    saves INPUTS;
    vjp(v, g) {
        let under = v.t(0)?.detach().lt(&v.t(1)?.detach())?;
        Ok([v.when(0, || g.masked_fill(&under, 0))?, v.when(1, || under.where_(g, 0))?])
    }
}

pointwise! {
    fn clamp_high(input, max) [NumMap, Promote] = |x, high| x.min(high);
    saves INPUTS;
    vjp(v, g) {
        let over = v.t(0)?.detach().gt(&v.t(1)?.detach())?;
        Ok([v.when(0, || g.masked_fill(&over, 0))?, v.when(1, || over.where_(g, 0))?])
    }
}

fn no_bounds() -> crate::Error {
    crate::err!("torch.clamp: At least one of 'min' or 'max' must not be None")
}

/// The bounds as floats, if the input is one and they are ordinary numbers: they fit into the body then.
fn float_bounds(input: &Tensor, min: Option<Operand>, max: Option<Operand>) -> Option<(f64, f64)> {
    let number = |bound: Option<Operand>, none: f64| match bound {
        None => Some(none),
        Some(Operand::Scalar(Scalar::Complex(..)) | Operand::Tensor(_)) => None,
        Some(Operand::Scalar(s)) => Some(s.to_f64()).filter(|x| !x.is_nan()),
    };
    let (low, high) = (number(min, f64::NEG_INFINITY)?, number(max, f64::INFINITY)?);
    input.dtype().is_float().then_some((low, high))
}

fn clamp_operands(input: &Tensor, min: Option<Operand>, max: Option<Operand>) -> Result<Tensor> {
    no_complex("clamp", input.dtype())?;
    if min.is_none() && max.is_none() {
        return Err(no_bounds());
    }
    if let Some((low, high)) = float_bounds(input, min, max) {
        return clamp_floats(input, low, high);
    }
    match (min, max) {
        (Some(low), Some(high)) => clamp_any(input, low, high),
        (Some(low), None) => clamp_low(input, low),
        (None, Some(high)) => clamp_high(input, high),
        (None, None) => Err(no_bounds()),
    }
}

fn clamp_in_place<'s>(input: &'s Tensor, min: Option<Operand>, max: Option<Operand>) -> Result<&'s Tensor> {
    no_complex("clamp", input.dtype())?;
    if let Some((low, high)) = float_bounds(input, min, max).filter(|_| min.is_some() || max.is_some()) {
        return map_op_into(clamp_floats::Body { low, high }, input, [input.into()]);
    }
    match (min, max) {
        (Some(low), Some(high)) => map_op_into(clamp_any::Body {}, input, [input.into(), low, high]),
        (Some(low), None) => map_op_into(clamp_low::Body {}, input, [input.into(), low]),
        (None, Some(high)) => map_op_into(clamp_high::Body {}, input, [input.into(), high]),
        (None, None) => Err(no_bounds()),
    }
}

fn clamp_scalars_in_place(input: &Tensor, min: Option<Scalar>, max: Option<Scalar>) -> Result<&Tensor> {
    clamp_in_place(input, min.map(Operand::Scalar), max.map(Operand::Scalar))
}

/// Elements below `min` replaced by it, those above `max` by it; `max` where the bounds cross.
#[function(dtypes = "real", inplace = clamp_scalars_in_place, samples = ["T(3,4), -0.5, 0.5", "T(3,4), 0", "T(3,4), max=1", "T(3,4), 1, -1"])]
pub fn clamp(input: &Tensor, min: Option<Scalar>, max: Option<Scalar>) -> Result<Tensor> {
    clamp_operands(input, min.map(Operand::Scalar), max.map(Operand::Scalar))
}

/// [`clamp_tensor`] by NumPy's name.
#[function(dtypes = "real", inplace = clamp_in_place, samples = ["T(3,4), -0.5, 0.5"])]
pub fn clip(input: &Tensor, min: Option<Operand>, max: Option<Operand>) -> Result<Tensor> {
    clamp_operands(input, min, max)
}

/// [`clamp`] with bounds that are tensors or numbers.
#[function(dtypes = "real", torch = "clamp", inplace = clamp_in_place, samples = ["T(3,4), T(3,4), T(4)", "T(3,4), T(4)", "T(3,4), max=T(3,1)"])]
pub fn clamp_tensor(input: &Tensor, min: Option<Operand>, max: Option<Operand>) -> Result<Tensor> {
    clamp_operands(input, min, max)
}

fn clamp_min_in_place<'s, 'a>(input: &'s Tensor, min: impl Into<Operand<'a>>) -> Result<&'s Tensor> {
    clamp_in_place(input, Some(min.into()), None)
}

fn clamp_max_in_place<'s, 'a>(input: &'s Tensor, max: impl Into<Operand<'a>>) -> Result<&'s Tensor> {
    clamp_in_place(input, None, Some(max.into()))
}

/// Elements below `min` replaced by it.
#[function(dtypes = "real", inplace = clamp_min_in_place, samples = ["T(3,4), 0", "T(3,4), T(4)"])]
pub fn clamp_min<'a>(input: &Tensor, min: impl Into<Operand<'a>>) -> Result<Tensor> {
    clamp_operands(input, Some(min.into()), None)
}

/// Elements above `max` replaced by it.
#[function(dtypes = "real", inplace = clamp_max_in_place, samples = ["T(3,4), 0", "T(3,4), T(4)"])]
pub fn clamp_max<'a>(input: &Tensor, max: impl Into<Operand<'a>>) -> Result<Tensor> {
    clamp_operands(input, None, Some(max.into()))
}

pointwise! {
    fn nan_to_num_floats(input; nan: f64, posinf: f64, neginf: f64) [Map, Promote] = |x| {
        let y = X::select(x.is_nan(), X::splat(nan), x);
        let y = X::select(x.eq(X::splat(f64::INFINITY)), X::splat(posinf), y);
        X::select(x.eq(X::splat(f64::NEG_INFINITY)), X::splat(neginf), y)
    };
    saves INPUT;
    vjp(v, g) { Ok([Some(g.masked_fill(&v.t(0)?.detach().isfinite()?.logical_not()?, 0)?)]) }
}

/// The largest finite number of a float type.
fn largest(dtype: DType) -> f64 {
    match dtype {
        DType::F16 => 65504.0,
        DType::BF16 => 3.3895313892515355e38,
        DType::F64 => f64::MAX,
        _ => f32::MAX as f64,
    }
}

/// NaN and infinities replaced by numbers: 0, and the largest and the lowest number of the dtype, unless given.
#[function(dtypes = "real", inplace, sig = "input, nan=None, posinf=None, neginf=None", samples = ["T(3,4)", "T(3,4), 1.0, 2.0, 3.0"])]
pub fn nan_to_num(input: &Tensor, nan: Option<f64>, posinf: Option<f64>, neginf: Option<f64>) -> Result<Tensor> {
    if input.dtype().is_integral() {
        return input.clone_tensor();
    }
    let top = largest(input.dtype().to_real());
    let (nan, posinf, neginf) = (nan.unwrap_or(0.0), posinf.unwrap_or(top), neginf.unwrap_or(-top));
    if input.dtype().is_complex() {
        let part = |t: Tensor| nan_to_num_floats(&t, nan, posinf, neginf);
        return super::complex(&part(input.real()?)?, &part(input.imag()?)?);
    }
    nan_to_num_floats(input, nan, posinf, neginf)
}

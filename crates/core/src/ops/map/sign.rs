//! Absolute values, signs, and neighbours.

use super::*;
use crate::function;
use std::cmp::Ordering;

pointwise! {
    /// The absolute value; of a complex number, a real one.
    fn abs(input) [NumMap + ComplexReal, Real] = |x| x.abs(), x.abs();
    check(dtype) {
        if dtype == DType::Bool {
            bail!(NotImplemented, "\"abs_cpu\" not implemented for 'Bool'");
        }
        Ok(())
    }
    saves INPUT;
    vjp(v, g) { Ok([Some(abs_backward(g, v.t(0)?)?)]) }
    function(dtypes = "number", samples = ["T(3,4)"]);
}

fn abs_backward(g: &Tensor, x: Tensor) -> Result<Tensor> {
    if x.dtype().is_complex() { x.sgn()?.mul(g) } else { times_sign(g, &x) }
}

pointwise! {
    fn times_sign(grad, input) [NumMap, Promote] = |g, x| g * x.sign();
    saves INPUTS;
    vjp(v, g) {
        let x = v.t(1)?;
        Ok([v.when(0, || times_sign(g, &x))?, v.when(1, || x.zeros_like())?])
    }
}

/// The absolute value.
#[function(dtypes = "number", inplace = abs::Body::inplace, samples = ["T(3,4)"])]
pub fn absolute(input: &Tensor) -> Result<Tensor> {
    abs(input)
}

pointwise! {
    /// -1, 0 or 1; 0 for NaN.
    fn sign(input) [NumMap, Promote] = |x| x.sign();
    check(dtype) {
        if dtype.is_complex() {
            bail!(NotImplemented, "Unlike NumPy, torch.sign is not intended to support complex numbers. Please use torch.sgn instead.");
        }
        Ok(())
    }
    vjp zero;
    function(dtypes = "real", samples = ["T(3,4)"]);
}

/// The sign; of a complex number, the number divided by its absolute value (0 for 0).
#[function(dtypes = "all", inplace, samples = ["T(3,4)"])]
pub fn sgn(input: &Tensor) -> Result<Tensor> {
    if !input.dtype().is_complex() {
        return sign(input);
    }
    let size = input.abs()?;
    let zero = size.detach().eq(0)?;
    // Part by part: a division of complex numbers loses the signs of zeros.
    let parts = input.view_as_real()?.div(&size.masked_fill(&zero, 1)?.unsqueeze(-1)?)?;
    parts.view_as_complex()?.masked_fill(&zero, 0)
}

pointwise! {
    /// The sign bit is set: below 0, or -0.
    fn signbit(input) [FloatTest + Test, Bool] = |x| x.signbit(), x.lt(X::splat(0.0));
    check(dtype) {
        if dtype.is_complex() {
            bail!(NotImplemented, "signbit is not implemented for complex tensors.");
        }
        Ok(())
    }
    vjp zero;
    function(dtypes = "real", grad = false, samples = ["T(3,4)"]);
}

pointwise! {
    /// The magnitude of `input` with the sign of `other`.
    fn copysign(input, other) [Map, Float] = |x, y| x.copysign(y);
    saves(needs) if needs.input(0) { Saves::INPUTS.output(0) } else { Saves::NONE };
    vjp(v, g) {
        let gx = v.when(0, || {
            let (x, y) = (v.t(0)?, v.y()?);
            g.mul(&y.div(&x)?)?.masked_fill(&x.eq(0)?, 0)
        })?;
        Ok([gx, v.when(1, || g.zeros_like())?])
    }
    function(dtypes = "real", samples = ["T(3,4), T(3,4)", "T(3,4), T(4)", "T(3,4), -1"]);
}

pointwise! {
    fn heaviside_body(input, values) [NumMap, Promote] = |x, v| {
        let zero = X::splat(0.0);
        let step = X::select(x.eq(zero), v, X::from_mask(zero.lt(x)));
        X::select(x.ne(x), x, step)
    };
    vjp none;
}

/// 0 below 0, `values` at 0, 1 above.
#[function(dtypes = "real", grad = false, inplace, samples = ["T(3,4), T(3,4)", "T(3,4), T()"])]
pub fn heaviside(input: &Tensor, values: &Tensor) -> Result<Tensor> {
    if input.dtype().is_complex() || values.dtype().is_complex() {
        bail!("heaviside is not yet implemented for complex tensors.");
    }
    if input.dtype() != values.dtype() {
        bail!("heaviside is not yet implemented for tensors with different dtypes.");
    }
    heaviside_body(input, values)
}

pointwise! {
    fn nextafter_body(input, other) [Map, Promote, cost 6] = |x, y| x.nextafter(y);
    check(dtype) {
        if !dtype.is_float() {
            bail!(NotImplemented, "\"nextafter_cpu\" not implemented for '{}'", dtype.name());
        }
        Ok(())
    }
    vjp none;
}

/// `nextafter` of halves, which maps would widen first.
struct NextHalf;

impl Op for NextHalf {
    fn name(&self) -> &'static str {
        "nextafter"
    }
    fn infer(&self, inputs: &[&Tensor]) -> Result<Specs> {
        Ok(smallvec::smallvec![Spec::new(inputs[0].shape(), inputs[0].dtype())])
    }
    fn cpu(&self, inputs: &[Arg], outputs: &[Arg]) -> Result<()> {
        macro_rules! run {
            ($t:ty) => {{
                let (x, y) = (inputs[0].slice::<$t>()?, inputs[1].slice::<$t>()?);
                for ((x, y), out) in x.iter().zip(y).zip(outputs[0].slice_mut::<$t>()?) {
                    *out = match x.partial_cmp(y) {
                        None => <$t>::NAN,
                        Some(Ordering::Equal) => *y,
                        // From zero to the smallest number of the other's sign; else the magnitude grows or shrinks.
                        _ if x.to_bits() << 1 == 0 => <$t>::from_bits(y.to_bits() & 0x8000 | 1),
                        Some(by) if (by == Ordering::Less) == (x.to_bits() < 0x8000) => {
                            <$t>::from_bits(x.to_bits() + 1)
                        }
                        _ => <$t>::from_bits(x.to_bits() - 1),
                    };
                }
            }};
        }
        match inputs[0].dtype {
            DType::F16 => run!(half::f16),
            _ => run!(half::bf16),
        }
        Ok(())
    }
    fn differentiable(&self) -> bool {
        false
    }
    fn vjp(&self, _: &Cx, _: &[Option<Tensor>]) -> Result<Grads> {
        Ok(smallvec::smallvec![None, None])
    }
}

/// The next float after `input` in the direction of `other`.
#[function(tensors = true, grad = false, inplace, samples = ["T(3,4), T(3,4)", "T(3,1), T(4)"])]
pub fn nextafter<'a>(input: &Tensor, other: impl Into<Operand<'a>>) -> Result<Tensor> {
    let other = other.into();
    let dtype = super::result_type([Operand::Tensor(input), other]);
    if !matches!(dtype, DType::F16 | DType::BF16) {
        return nextafter_body(input, other);
    }
    let other = match other {
        Operand::Tensor(t) => t.to_dtype(dtype)?,
        Operand::Scalar(s) => crate::ops::full(&[], s, Some(dtype))?,
    };
    let shape = crate::broadcast_shapes(input.shape(), other.shape())?;
    let wide = |t: &Tensor| crate::ops::view::expand_to(t, &shape)?.contiguous();
    apply(NextHalf, &[&wide(&input.to_dtype(dtype)?)?, &wide(&other)?])
}

/// The tensor itself; bools are refused.
#[function(dtypes = "number", samples = ["T(3,4)"])]
pub fn positive(input: &Tensor) -> Result<Tensor> {
    if input.dtype() == DType::Bool {
        bail!(NotImplemented, "The `+` operator, on a bool tensor is not supported.");
    }
    Ok(input.clone())
}

//! Powers and roots.

use super::*;
use crate::function;
use crate::scalar::scalar_dtype;

pointwise! {
    fn pow_general(input, exponent) [FieldMap + IntMap, Promote, cost 16] = |x, y| x.pow(y), x.powi(y);
    check(dtype) {
        if dtype == DType::Bool {
            bail!(NotImplemented, "\"pow\" not implemented for 'Bool'");
        }
        Ok(())
    }
    saves(needs) Saves { inputs: 3, outputs: needs.input(1) as u64 };
    vjp(v, g) {
        let gx = v.when(0, || match v.x(1)? {
            Saved::Scalar(s) => pow_slope(g, &v.t(0)?, s),
            Saved::Tensor(y) => {
                let slope = y.mul(&pow(&v.t(0)?, &y.sub(1)?)?)?.conj()?;
                g.mul(&slope)?.masked_fill(&y.detach().eq(0)?, 0)
            }
        })?;
        let gy = v.when(1, || {
            let (x, y) = (v.t(0)?, v.t(1)?);
            let zero = x.detach().eq(0)?;
            // 0^y is flat where y is not negative (where its real part is not).
            let flat = zero.logical_and(&y.detach().real()?.ge(0)?)?;
            g.mul(&v.y()?.mul(&x.log()?)?.conj()?)?.masked_fill(&flat, 0)
        })?;
        Ok([gx, gy])
    }
}

/// g (s x^(s-1))*.
fn pow_slope(g: &Tensor, x: &Tensor, s: Scalar) -> Result<Tensor> {
    let (slope, zero) = match s {
        Scalar::Complex(re, im) => (pow(x, Scalar::Complex(re - 1.0, im))?.mul(s)?, re == 0.0 && im == 0.0),
        Scalar::Float(y) => (pow(x, y - 1.0)?.mul(s)?, y == 0.0),
        other => (pow(x, other.to_i64() - 1)?.mul(s)?, other.to_i64() == 0),
    };
    if zero { g.zeros_like() } else { g.mul(&slope.conj()?) }
}

pointwise! {
    fn cube(input) [RingMap, Promote] = |x| x * x * x;
    saves INPUT;
    vjp(v, g) { Ok([Some(g.mul(&v.t(0)?.square()?.mul(3)?.conj()?)?)]) }
}

/// input^exponent; tensors or a number. Integers to a negative number are refused.
#[function(dtypes = "number", inplace, samples = ["T(3,4), 2", "T(3,4), 3", "T(3,4,low=0.5,high=3), T(3,4,low=0,high=3)", "T(3,4,low=0.5,high=3), 2.5", "T(3,4,low=0.5,high=3), 0.5", "T(3,4), 0"])]
pub fn pow<'a>(input: &Tensor, exponent: impl Into<Operand<'a>>) -> Result<Tensor> {
    let exponent = exponent.into();
    if let Operand::Scalar(s) = exponent {
        let dtype = input.dtype();
        if dtype.is_integral() {
            if matches!(s, Scalar::Int(n) if n < 0) {
                bail!("Integers to negative integer powers are not allowed.");
            }
        } else if let Some(result) = plain_power(input, s) {
            return result;
        }
    }
    pow_general(input, exponent)
}

/// Powers that are a product or a root.
fn plain_power(x: &Tensor, s: Scalar) -> Option<Result<Tensor>> {
    let s = match s {
        Scalar::Int(n) => n as f64,
        Scalar::Float(y) => y,
        _ => return None,
    };
    if s == 2.0 {
        Some(square(x))
    } else if s == 3.0 {
        Some(cube(x))
    } else if x.dtype().is_complex() {
        None
    } else if s == 0.5 {
        Some(sqrt(x))
    } else if s == -0.5 {
        Some(rsqrt(x))
    } else if s == -1.0 {
        Some(x.reciprocal())
    } else {
        None
    }
}

/// A number to the powers `exponent`.
#[function(dtypes = "number", torch = "pow", method = false, samples = ["2, T(3,4,low=0,high=3)", "2.5, T(3,4,low=0,high=3)"])]
pub fn pow_scalar(input: Scalar, exponent: &Tensor) -> Result<Tensor> {
    pow_general(input, exponent)
}

/// input^exponent in double precision.
#[function(dtypes = "number", inplace = float_power_in_place, samples = ["T(3,4), 2", "T(3,4,low=0.5,high=3), T(4)"])]
pub fn float_power<'a>(input: &Tensor, exponent: impl Into<Operand<'a>>) -> Result<Tensor> {
    let exponent = exponent.into();
    let complex = input.dtype().is_complex()
        || match exponent {
            Operand::Tensor(t) => t.dtype().is_complex(),
            Operand::Scalar(s) => scalar_dtype(s).is_complex(),
        };
    let dtype = if complex { DType::C128 } else { DType::F64 };
    let input = input.to_dtype(dtype)?;
    match exponent {
        Operand::Tensor(t) => pow(&input, &t.to_dtype(dtype)?),
        Operand::Scalar(s) => pow(&input, s),
    }
}

fn float_power_in_place<'s, 'a>(input: &'s Tensor, exponent: impl Into<Operand<'a>>) -> Result<&'s Tensor> {
    let result = float_power(input, exponent)?;
    if result.dtype() != input.dtype() {
        bail!(
            "the base given to float_power_ has dtype {} but the operation's result requires dtype {}",
            input.dtype().name(),
            result.dtype().name()
        );
    }
    crate::ops::write_back("float_power", input, &result)
}

pointwise! {
    fn square_body(input) [RingMap, Promote] = |x| x * x;
    saves INPUT;
    vjp(v, g) { Ok([Some(twice_product(g, &v.t(0)?.conj()?)?)]) }
}

pointwise! {
    fn twice_product(grad, input) [RingMap, Promote] = |g, x| (g + g) * x;
    saves INPUTS;
    vjp(v, g) {
        let gg = |x: Tensor| twice_product(g, &x.conj()?);
        Ok([v.when(0, || gg(v.t(1)?))?, v.when(1, || gg(v.t(0)?))?])
    }
}

/// input²; bools become int64.
#[function(dtypes = "all", inplace, samples = ["T(3,4)"])]
pub fn square(input: &Tensor) -> Result<Tensor> {
    if input.dtype() == DType::Bool {
        return input.to_dtype(DType::I64);
    }
    square_body(input)
}

pointwise! {
    /// The square root.
    fn sqrt(input) [FieldMap, Float, cost 2] = |x| x.sqrt();
    saves OUTPUT;
    vjp(v, g) { Ok([Some(g.div(&v.y()?.conj()?.mul(2)?)?)]) }
    function(dtypes = "all", samples = ["T(3,4,low=0.1,high=3)"]);
}

pointwise! {
    /// 1 / sqrt(input).
    fn rsqrt(input) [FieldMap, Float, cost 3] = |x| x.rsqrt();
    saves OUTPUT;
    vjp(v, g) { Ok([Some(g.mul(&cube(&v.y()?)?.mul(-0.5)?.conj()?)?)]) }
    function(dtypes = "all", samples = ["T(3,4,low=0.1,high=3)"]);
}

pointwise! {
    /// sqrt(input² + other²), without overflow.
    fn hypot(input, other) [Map, Promote, cost 4] = |x, y| x.hypot(y);
    saves(_needs) Saves::INPUTS.output(0);
    vjp(v, g) {
        let scaled = g.div(&v.y()?)?;
        Ok([v.when(0, || scaled.mul(&v.x(0)?))?, v.when(1, || scaled.mul(&v.x(1)?))?])
    }
    function(tensors = true, samples = ["T(3,4), T(3,4)", "T(3,4), T(4)"]);
}

/// input · 2^other.
#[function(dtypes = "float", inplace, samples = ["T(3,4), T(3,4,dtype=int32)", "T(3,4), T(3,4)"])]
pub fn ldexp(input: &Tensor, other: &Tensor) -> Result<Tensor> {
    let power = pow_scalar(Scalar::Float(2.0), other)?;
    // 2^other in a half type stays one, as `other` does not widen `input` by being a power.
    if input.dtype().is_float() && (other.dtype() == input.dtype() || other.dtype().is_integral()) {
        return input.mul(&power.to_dtype(input.dtype())?);
    }
    input.mul(&power)
}

pointwise! {
    /// The exponent e of x = m 2^e with m from 1/2 to 1; 0 of 0, infinity and NaN.
    fn exponent_of(input) [Element, Promote, cost 8] = |x| split_float(x).1;
    vjp zero;
}

/// Mantissa and exponent.
fn split_float(x: f64) -> (f64, f64) {
    if x == 0.0 || !x.is_finite() {
        return (x, 0.0);
    }
    let lift = if x.abs() < f64::MIN_POSITIVE { 54 } else { 0 };
    let bits = (x * 2f64.powi(lift)).to_bits();
    let exponent = (bits >> 52 & 0x7ff) as i32 - 1022 - lift;
    (f64::from_bits(bits & !(0x7ff << 52) | 1022 << 52), exponent as f64)
}

pointwise! {
    fn mantissa_of(input) [Element, Promote, cost 8] = |x| split_float(x).0;
    saves INPUT;
    vjp(v, g) {
        let e = exponent_of(&v.t(0)?.detach())?;
        Ok([Some(g.mul(&pow_scalar(Scalar::Float(2.0), &e.neg()?)?)?)])
    }
}

/// Mantissa (from 1/2 to 1) and exponent (int32) of input = mantissa · 2^exponent.
#[function(returns = "mantissa, exponent", samples = ["T(3,4)"])]
pub fn frexp(input: &Tensor) -> Result<(Tensor, Tensor)> {
    if !input.dtype().is_float() {
        bail!("torch.frexp() only supports floating-point dtypes");
    }
    Ok((mantissa_of(input)?, exponent_of(&input.detach())?.to_dtype(DType::I32)?))
}

//! Addition, multiplication, division and their kin.

use super::*;

/// PyTorch subtracts no bools.
fn no_bool_subtraction(all: bool) -> Result<()> {
    if all {
        bail!(
            NotImplemented,
            "sub: Subtraction, the `-` operator, with two bool tensors is not supported. Use the `^` or `logical_xor()` \
             operator instead."
        );
    }
    bail!(
        NotImplemented,
        "sub: Subtraction, the `-` operator, with a bool tensor is not supported. If you are trying to invert a mask, use the \
         `~` or `logical_not()` operator instead."
    );
}

/// The same of operands that are not brought together by an op of subtraction.
fn check_subtraction(a: &Tensor, b: Operand) -> Result<()> {
    let bools = [a.dtype() == DType::Bool, operand_is_bool(b)];
    if bools[0] || bools[1] { no_bool_subtraction(bools[0] && bools[1]) } else { Ok(()) }
}

fn operand_is_bool(x: Operand) -> bool {
    match x {
        Operand::Tensor(t) => t.dtype() == DType::Bool,
        Operand::Scalar(s) => matches!(s, Scalar::Bool(_)),
    }
}

/// `g` times the conjugate of an operand.
fn times(g: &Tensor, x: Saved) -> Result<Tensor> {
    g.mul(&x.conj()?)
}

pointwise! {
    /// input + other.
    fn add(input, other) [RingMap, Promote] = |x, y| x + y;
    vjp(v, g) { Ok([v.when(0, || Ok(g.clone()))?, v.when(1, || Ok(g.clone()))?]) }
    function(dtypes = "all", samples = ["T(3,4), T(3,4)", "T(3,4), T(4)", "T(3,1), T(1,4)", "T(3,4), 2", "T(2,3), T()"]);
}

pointwise! {
    /// input - other.
    fn sub(input, other) [RingMap, Promote] = |x, y| x - y;
    check_bools(all) { no_bool_subtraction(all) }
    vjp(v, g) { Ok([v.when(0, || Ok(g.clone()))?, v.when(1, || g.neg())?]) }
    function(dtypes = "number", samples = ["T(3,4), T(3,4)", "T(3,4), T(4)", "T(3,1), T(1,4)", "T(3,4), 2"]);
}

pointwise! {
    /// input * other.
    fn mul(input, other) [RingMap, Promote] = |x, y| x * y;
    saves(needs) Saves::inputs((needs.input(1) as u64) | (needs.input(0) as u64) << 1);
    vjp(v, g) { Ok([v.when(0, || times(g, v.x(1)?))?, v.when(1, || times(g, v.x(0)?))?]) }
    function(dtypes = "all", samples = ["T(3,4), T(3,4)", "T(3,4), T(4)", "T(3,1), T(1,4)", "T(3,4), 3", "T(2,3), T()"]);
}

pointwise! {
    /// input / other, rounded to no integer: integers become the default float.
    fn true_divide(input, other) [FieldMap, Float] = |x, y| x / y;
    saves(needs) Saves::inputs(if needs.input(1) { 3 } else { 2 });
    vjp(v, g) {
        let y = v.x(1)?.conj()?;
        let gx = g.div(&y)?;
        let gy = v.when(1, || times(&gx.neg()?.div(&y)?, v.x(0)?))?;
        Ok([v.when(0, || Ok(gx))?, gy])
    }
    function(dtypes = "number", samples = ["T(3,4), T(3,4,low=0.5,high=3)", "T(3,4), T(4,low=0.5,high=3)", "T(3,4), 4"]);
}

/// Integer division and remainders by a zero are refused, as PyTorch does.
fn no_zero_division(input: &Tensor, other: Operand) -> Result<()> {
    if !result_type([Operand::Tensor(input), other]).is_integral() {
        return Ok(());
    }
    let zero = match other {
        Operand::Tensor(t) => comparison::any_true(&t.eq(0)?)?,
        Operand::Scalar(s) => s.to_i64() == 0,
    };
    if zero && input.numel() > 0 {
        bail!("ZeroDivisionError");
    }
    Ok(())
}

fn no_bool(name: &str, dtype: DType) -> Result<()> {
    if dtype == DType::Bool {
        bail!(NotImplemented, "\"{name}\" not implemented for 'Bool'");
    }
    Ok(())
}

/// Divisions and remainders of integers and floats: a body, and the public function around it that looks for zeros.
macro_rules! divisions {
    ($($(#[doc = $doc:literal])* $name:ident = $body:ident |$x:ident, $y:ident| $float:expr, $int:expr; ($v:ident, $g:ident) $vjp:tt; $grad:tt)*) => {$(
        pointwise! {
            fn $body(input, other) [Map + IntMap, Promote, cost 8] = |$x, $y| $float, $int;
            check(dtype) { no_bool(stringify!($name), dtype) }
            saves INPUTS;
            vjp($v, $g) $vjp
        }
        $(#[doc = $doc])*
        #[crate::function(dtypes = "real", grad = $grad, inplace, samples = ["T(3,4), T(3,4,low=1,high=3)", "T(3,4), T(4,low=-3,high=-1)", "T(3,4), 2"])]
        pub fn $name<'a>(input: &Tensor, other: impl Into<Operand<'a>>) -> Result<Tensor> {
            let other = other.into();
            no_zero_division(input, other)?;
            $body(input, other)
        }
    )*};
}

divisions! {
    /// The remainder of the division rounded down: it has the sign of `other` (Python's `%`).
    remainder = remainder_body |x, y| x.remainder(y), x.rem_floor(y);
    (v, g) { Ok([v.when(0, || Ok(g.clone()))?, v.when(1, || g.mul(&div_rounded(&v.t(0)?, &v.t(1)?, Some("floor"))?.neg()?))?]) };
    true
    /// The remainder of the division rounded to zero: it has the sign of `input` (C's `%`).
    fmod = fmod_body |x, y| x.fmod(y), x.rem_trunc(y);
    (v, g) { Ok([v.when(0, || Ok(g.clone()))?, v.when(1, || g.mul(&div_rounded(&v.t(0)?, &v.t(1)?, Some("trunc"))?.neg()?))?]) };
    true
}

pointwise! {
    fn div_floor(input, other) [Map + IntMap, Promote, cost 8] = |x, y| x.div_floor(y), x.div_floor(y);
    check(dtype) { no_bool("div_floor", dtype) }
    vjp zero;
}

pointwise! {
    fn div_trunc(input, other) [Map + IntMap, Promote, cost 4] = |x, y| (x / y).trunc(), x.div_trunc(y);
    check(dtype) { no_bool("div_trunc", dtype) }
    vjp zero;
}

pointwise! {
    fn floor_divide_body(input, other) [Map + IntMap, Promote, cost 8] = |x, y| x.div_floor(y), x.div_floor(y);
    check(dtype) { no_bool("div_floor", dtype) }
    vjp none;
}

/// The quotient rounded down (Python's `//`). It has no derivative; see `div_rounded`.
#[crate::function(dtypes = "real", grad = false, inplace, samples = ["T(3,4), T(3,4,low=1,high=3)", "T(3,4), T(4,low=-3,high=-1)", "T(3,4), 2"])]
pub fn floor_divide<'a>(input: &Tensor, other: impl Into<Operand<'a>>) -> Result<Tensor> {
    let other = other.into();
    no_zero_division(input, other)?;
    floor_divide_body(input, other)
}

/// input / other (true division; see `div_rounded` for the others).
#[inline]
#[crate::function(dtypes = "number", inplace = true_divide::Body::inplace, samples = ["T(3,4), T(3,4,low=0.5,high=3)", "T(3,4), 4"])]
pub fn div<'a>(input: &Tensor, other: impl Into<Operand<'a>>) -> Result<Tensor> {
    true_divide(input, other)
}

/// The quotient, not rounded (`None`), rounded to zero ("trunc") or down ("floor").
#[crate::function(dtypes = "real", inplace, torch = "div", sig = "input, other, rounding_mode=None", samples = ["T(3,4), T(3,4,low=1,high=3), rounding_mode='floor'", "T(3,4), T(4,low=-3,high=-1), rounding_mode='trunc'", "T(3,4), 2, rounding_mode='floor'", "T(3,4), 2"])]
pub fn div_rounded<'a>(input: &Tensor, other: impl Into<Operand<'a>>, rounding_mode: Option<&str>) -> Result<Tensor> {
    let other = other.into();
    match rounding_mode {
        None => true_divide(input, other),
        Some("trunc") => {
            no_zero_division(input, other)?;
            if matches!(super::result_type([Operand::Tensor(input), other]), DType::F16 | DType::BF16) {
                // PyTorch rounds the quotient to the dtype first.
                return true_divide(input, other)?.trunc();
            }
            div_trunc(input, other)
        }
        Some("floor") => {
            no_zero_division(input, other)?;
            div_floor(input, other)
        }
        Some(mode) => bail!("div expected rounding_mode to be one of None, 'trunc', or 'floor' but found '{mode}'"),
    }
}

pointwise! {
    /// -input.
    fn neg(input) [RingMap, Promote] = |x| -x;
    check(dtype) {
        if dtype == DType::Bool {
            bail!(NotImplemented, "neg: Negation, the `-` operator, on a bool tensor is not supported. If you are trying to invert a mask, use the `~` or `logical_not()` operator instead.");
        }
        Ok(())
    }
    vjp(v, g) { Ok([Some(g.neg()?)]) }
    function(dtypes = "number", samples = ["T(3,4)"]);
}

pointwise! {
    /// 1 / input.
    fn reciprocal(input) [FieldMap, Float] = |x| x.recip();
    saves OUTPUT;
    vjp(v, g) {
        let y = Saved::Tensor(v.y()?).conj()?.tensor()?;
        Ok([Some(g.neg()?.mul(&y)?.mul(&y)?)])
    }
    function(samples = ["T(3,4,low=0.5,high=3)"]);
}

/// Other names.
macro_rules! aliases {
    ($($(#[doc = $doc:literal])* $alias:ident = $name:ident $sample:tt;)*) => {$(
        $(#[doc = $doc])*
        #[crate::function(dtypes = "number", inplace = $name::Body::inplace, samples = [$sample])]
        pub fn $alias<'a>(input: &Tensor, other: impl Into<Operand<'a>>) -> Result<Tensor> {
            $name(input, other)
        }
    )*};
}
aliases! {
    /// input - other.
    subtract = sub "T(3,4), T(3,4)";
    /// input * other.
    multiply = mul "T(3,4), T(3,4)";
    /// input / other.
    divide = true_divide "T(3,4), T(3,4,low=0.5,high=3)";
}

/// -input.
#[crate::function(dtypes = "number", inplace = neg::Body::inplace, samples = ["T(3,4)"])]
pub fn negative(input: &Tensor) -> Result<Tensor> {
    neg(input)
}

/// A multiple must fit the kind of numbers that it is used on.
fn check_alpha(dtype: DType, alpha: Scalar) -> Result<()> {
    if matches!(alpha, Scalar::Bool(_)) && dtype != DType::Bool {
        bail!("Boolean alpha only supported for Boolean results.");
    }
    if dtype.is_integral() && matches!(alpha, Scalar::Float(_) | Scalar::Complex(..)) {
        bail!("For integral input tensors, argument alpha must not be a floating point number.");
    }
    if !dtype.is_complex() && matches!(alpha, Scalar::Complex(..)) {
        bail!("For non-complex input tensors, argument alpha must not be a complex number.");
    }
    Ok(())
}

pointwise! {
    fn add_scaled(input, other, alpha) [RingMap, Promote] = |x, y, a| y.mul_add(a, x);
    saves(_needs) Saves::inputs(4);
    vjp(v, g) { Ok([v.when(0, || Ok(g.clone()))?, v.when(1, || times(g, v.x(2)?))?, None]) }
}

/// input + alpha · other.
#[crate::function(dtypes = "all", torch = "add", inplace, sig = "input, other, alpha=1", samples = ["T(3,4), T(3,4), alpha=2", "T(3,4), T(4), alpha=1", "T(3,4), 2, alpha=3"])]
pub fn add_alpha<'a>(input: &Tensor, other: impl Into<Operand<'a>>, alpha: Scalar) -> Result<Tensor> {
    let other = other.into();
    let dtype = result_type([Operand::Tensor(input), other]);
    check_alpha(dtype, alpha)?;
    let alpha = if dtype == DType::Bool { Scalar::Bool(alpha.to_f64() != 0.0) } else { alpha };
    if matches!(alpha, Scalar::Int(1)) {
        return add(input, other);
    }
    add_scaled(input, other, alpha)
}

fn negated(alpha: Scalar) -> Scalar {
    match alpha {
        Scalar::Float(x) => Scalar::Float(-x),
        Scalar::Complex(re, im) => Scalar::Complex(-re, -im),
        other => Scalar::Int(other.to_i64().wrapping_neg()),
    }
}

/// input - alpha · other.
#[crate::function(dtypes = "number", torch = "sub", inplace, sig = "input, other, alpha=1", samples = ["T(3,4), T(3,4), alpha=2", "T(3,4), T(4), alpha=1", "T(3,4), 2, alpha=3"])]
pub fn sub_alpha<'a>(input: &Tensor, other: impl Into<Operand<'a>>, alpha: Scalar) -> Result<Tensor> {
    let other = other.into();
    let dtype = result_type([Operand::Tensor(input), other]);
    check_subtraction(input, other)?;
    check_alpha(dtype, alpha)?;
    if matches!(alpha, Scalar::Int(1)) {
        return sub(input, other);
    }
    add_scaled(input, other, negated(alpha))
}

/// other - alpha · input.
#[crate::function(dtypes = "number", sig = "input, other, alpha=1", samples = ["T(3,4), T(3,4)", "T(3,4), 2", "T(3,4), T(4), alpha=2"])]
pub fn rsub<'a>(input: &Tensor, other: impl Into<Operand<'a>>, alpha: Scalar) -> Result<Tensor> {
    let other = other.into();
    let dtype = result_type([Operand::Tensor(input), other]);
    check_subtraction(input, other)?;
    check_alpha(dtype, alpha)?;
    add_scaled(other, input, negated(alpha))
}

pointwise! {
    fn addcmul_body(input, tensor1, tensor2, value) [RingMap, Promote] = |x, a, b, v| (v * a).mul_add(b, x);
    saves(_needs) Saves::inputs(0b1110);
    vjp(v, g) {
        let scaled = times(g, v.x(3)?)?;
        Ok([
            v.when(0, || Ok(g.clone()))?,
            v.when(1, || times(&scaled, v.x(2)?))?,
            v.when(2, || times(&scaled, v.x(1)?))?,
            None,
        ])
    }
}

/// input + value · tensor1 · tensor2.
#[crate::function(dtypes = "number", inplace, sig = "input, tensor1, tensor2, value=1", samples = ["T(3,4), T(3,4), T(3,4)", "T(3,4), T(3,1), T(1,4), value=2"])]
pub fn addcmul(input: &Tensor, tensor1: &Tensor, tensor2: &Tensor, value: Scalar) -> Result<Tensor> {
    addcmul_body(input, tensor1, tensor2, value)
}

pointwise! {
    fn addcdiv_body(input, tensor1, tensor2, value) [FieldMap, Float, cost 2] = |x, a, b, v| x + v * a / b;
    saves(_needs) Saves::inputs(0b1110);
    vjp(v, g) {
        let b = v.x(2)?.conj()?;
        let scaled = times(g, v.x(3)?)?.div(&b)?;
        let gb = v.when(2, || times(&scaled, v.x(1)?)?.div(&b)?.neg())?;
        Ok([v.when(0, || Ok(g.clone()))?, v.when(1, || Ok(scaled))?, gb, None])
    }
}

/// input + value · tensor1 / tensor2.
#[crate::function(dtypes = "inexact", inplace, sig = "input, tensor1, tensor2, value=1", samples = ["T(3,4), T(3,4), T(3,4,low=0.5,high=3)", "T(3,4), T(3,1), T(1,4,low=0.5,high=3), value=2"])]
pub fn addcdiv(input: &Tensor, tensor1: &Tensor, tensor2: &Tensor, value: Scalar) -> Result<Tensor> {
    if tensor1.dtype().is_integral() && tensor2.dtype().is_integral() {
        bail!(
            "Integer division with addcdiv is no longer supported, and in a future  release addcdiv will perform a true \
             division of tensor1 and tensor2; use (input + value * torch.trunc(tensor1 / tensor2)).to(input.dtype) for \
             integer inputs, or (input + value * tensor1 / tensor2) for float inputs"
        );
    }
    addcdiv_body(input, tensor1, tensor2, value)
}

pointwise! {
    fn lerp_body(input, end, weight) [FieldMap, Promote] = |x, y, w| w.mul_add(y - x, x);
    saves INPUTS;
    vjp(v, g) {
        let w = v.x(2)?.conj()?;
        let gy = g.mul(&w)?;
        let gx = v.when(0, || g.sub(&gy))?;
        let gw = v.when(2, || times(g, Saved::Tensor(v.t(1)?.sub(&v.t(0)?)?)))?;
        Ok([gx, v.when(1, || Ok(gy))?, gw])
    }
}

/// input + weight · (end - input).
#[crate::function(dtypes = "inexact", inplace, samples = ["T(3,4), T(3,4), 0.25", "T(3,4), T(3,4), 0.75", "T(3,4), T(4), T(3,4)"])]
pub fn lerp<'a>(input: &Tensor, end: &Tensor, weight: impl Into<Operand<'a>>) -> Result<Tensor> {
    if input.dtype() != end.dtype() {
        bail!("expected dtype {} for `end` but got dtype {}", input.dtype().name(), end.dtype().name());
    }
    let weight = weight.into();
    if let Operand::Tensor(w) = weight
        && w.dtype() != input.dtype()
    {
        bail!("expected dtype {} for `weight` but got dtype {}", input.dtype().name(), w.dtype().name());
    }
    lerp_body(input, end, weight)
}

/// A number divided by a tensor.
pub(super) fn true_divide_scalar(number: Scalar, other: &Tensor) -> Result<Tensor> {
    map_op(true_divide::Body {}, [Operand::Scalar(number), Operand::Tensor(other)])
}

/// The remainder of a number divided by a tensor.
#[crate::function(dtypes = "real", torch = "remainder", method = false, samples = ["7, T(3,4,low=1,high=3)"])]
pub fn remainder_scalar(input: Scalar, other: &Tensor) -> Result<Tensor> {
    if result_type([Operand::Scalar(input), Operand::Tensor(other)]).is_integral()
        && comparison::any_true(&other.eq(0)?)?
    {
        bail!("ZeroDivisionError");
    }
    remainder_body(input, other)
}

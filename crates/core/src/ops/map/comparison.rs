//! Comparisons and truth values: bool out.

use super::*;
use crate::{Bool, function};

/// Comparisons of two operands.
macro_rules! comparisons {
    ($($(#[doc = $doc:literal])* $name:ident $trait:ident $dtypes:tt $(tensors $tensors:tt)? = |$x:ident, $y:ident| $body:expr;)*) => {$(
        pointwise! {
            $(#[doc = $doc])*
            fn $name(input, other) [$trait, Bool] = |$x, $y| $body;
            vjp zero;
            function($(tensors = $tensors,)? dtypes = $dtypes, grad = false, samples = ["T(3,4), T(3,4)", "T(3,4), T(4)", "T(3,1), T(1,4)", "T(3,4), 1", "T(2,3), T()"]);
        }
    )*};
}

comparisons! {
    /// input == other.
    eq RingTest "all" = |x, y| x.eq(y);
    /// input != other.
    ne RingTest "all" = |x, y| x.ne(y);
    /// input < other.
    lt Test "real" = |x, y| x.lt(y);
    /// input <= other.
    le Test "real" = |x, y| x.le(y);
    /// input > other.
    gt Test "real" = |x, y| x.gt(y);
    /// input >= other.
    ge Test "real" = |x, y| x.ge(y);
    /// Both not zero.
    logical_and RingTest "all" tensors true = |x, y| x.truthy() & y.truthy();
    /// Either not zero.
    logical_or RingTest "all" tensors true = |x, y| x.truthy() | y.truthy();
    /// Exactly one not zero.
    logical_xor RingTest "all" tensors true = |x, y| x.truthy() ^ y.truthy();
}

pointwise! {
    /// Zero.
    fn logical_not(input) [RingTest, Bool] = |x| !x.truthy();
    vjp zero;
    function(dtypes = "all", grad = false, samples = ["T(3,4)"]);
}

pointwise! {
    /// Not a number.
    fn isnan(input) [RingTest, Bool] = |x| x.ne(x);
    vjp zero;
    function(dtypes = "all", grad = false, samples = ["T(3,4)"]);
}

pointwise! {
    fn isinf_real(input) [FloatTest + Test, Bool] = |x| x.is_inf(), x.ne(x);
    vjp zero;
}

pointwise! {
    /// Neither infinite nor NaN.
    fn isfinite(input) [RingTest, Bool] = |x| (x * X::splat(0.0)).eq(X::splat(0.0));
    vjp zero;
    function(dtypes = "all", grad = false, samples = ["T(3,4)"]);
}

pointwise! {
    fn isposinf_real(input) [FloatTest + Test, Bool] = |x| x.eq(X::splat(f64::INFINITY)), x.ne(x);
    vjp zero;
}

pointwise! {
    fn isneginf_real(input) [FloatTest + Test, Bool] = |x| x.eq(X::splat(f64::NEG_INFINITY)), x.ne(x);
    vjp zero;
}

/// +inf or -inf; of a complex number, either part.
#[function(dtypes = "all", grad = false, samples = ["T(3,4)"])]
pub fn isinf(input: &Tensor) -> Result<Tensor> {
    if input.dtype().is_complex() {
        return isinf_real(&input.real()?)?.logical_or(&isinf_real(&input.imag()?)?);
    }
    isinf_real(input)
}

/// +inf.
#[function(dtypes = "real", grad = false, samples = ["T(3,4)"])]
pub fn isposinf(input: &Tensor) -> Result<Tensor> {
    if input.dtype().is_complex() {
        bail!(Type, "isposinf does not support complex inputs.");
    }
    isposinf_real(input)
}

/// -inf.
#[function(dtypes = "real", grad = false, samples = ["T(3,4)"])]
pub fn isneginf(input: &Tensor) -> Result<Tensor> {
    if input.dtype().is_complex() {
        bail!(Type, "isneginf does not support complex inputs.");
    }
    isneginf_real(input)
}

/// No imaginary part.
#[function(dtypes = "all", grad = false, samples = ["T(3,4)"])]
pub fn isreal(input: &Tensor) -> Result<Tensor> {
    if input.dtype().is_complex() {
        return input.detach().imag()?.eq(0);
    }
    crate::ops::full(input.shape(), true, Some(DType::Bool))
}

/// |input - other| ≤ atol + rtol · |other|, or equal (infinities too), or both NaN with `equal_nan`.
#[function(dtypes = "all", grad = false, sig = "input, other, rtol=1e-05, atol=1e-08, equal_nan=False", samples = ["T(3,4), T(3,4)", "T(3,4), T(4), 0.5, 0.5", "T(3,4), T(3,4), equal_nan=True"])]
pub fn isclose(input: &Tensor, other: &Tensor, rtol: f64, atol: f64, equal_nan: bool) -> Result<Tensor> {
    if input.dtype() != other.dtype() {
        bail!("{} did not match {}", input.dtype().name(), other.dtype().name());
    }
    if rtol < 0.0 || atol < 0.0 {
        bail!("isclose: rtol and atol must be greater than or equal to zero, but got rtol={rtol} and atol={atol}");
    }
    let (input, other) = (input.detach(), other.detach());
    let mut close = input.eq(&other)?;
    if equal_nan && !input.dtype().is_integral() {
        close = close.logical_or(&input.isnan()?.logical_and(&other.isnan()?)?)?;
    }
    if rtol == 0.0 && atol == 0.0 {
        return Ok(close);
    }
    let (input, other) = match input.dtype() {
        d if d.is_integral() => (input.to_dtype(default_dtype())?, other.to_dtype(default_dtype())?),
        _ => (input, other),
    };
    let allowed = other.mul(rtol)?.abs()?.add(atol)?;
    let error = input.sub(&other)?.abs()?;
    close.logical_or(&error.isfinite()?.logical_and(&error.le(&allowed)?)?)
}

/// Whether all elements are close: see [`isclose`].
#[function(dtypes = "all", grad = false, sig = "input, other, rtol=1e-05, atol=1e-08, equal_nan=False", samples = ["T(3,4), T(3,4)", "T(3,4), T(4), 10.0, 10.0"])]
pub fn allclose(input: &Tensor, other: &Tensor, rtol: f64, atol: f64, equal_nan: bool) -> Result<bool> {
    all_true(&isclose(input, other, rtol, atol, equal_nan)?)
}

/// Whether both have the same shape and equal elements.
#[function(dtypes = "all", grad = false, samples = ["T(3,4), T(3,4)", "T(3,4), T(4)"])]
pub fn equal(input: &Tensor, other: &Tensor) -> Result<bool> {
    if input.shape() != other.shape() {
        return Ok(false);
    }
    all_true(&input.detach().eq(&other.detach())?)
}

fn all_true(mask: &Tensor) -> Result<bool> {
    mask.with_slice::<Bool, bool>(|m| m.iter().all(|x| x.get()))
}

/// Whether any element is true.
pub(super) fn any_true(mask: &Tensor) -> Result<bool> {
    mask.with_slice::<Bool, bool>(|m| m.iter().any(|x| x.get()))
}

/// Other names of comparisons.
macro_rules! aliases {
    ($($(#[doc = $doc:literal])* $alias:ident = $name:ident $dtypes:tt;)*) => {$(
        $(#[doc = $doc])*
        #[function(dtypes = $dtypes, grad = false, inplace = $name::Body::inplace, samples = ["T(3,4), T(3,4)", "T(3,4), 1"])]
        pub fn $alias<'a>(input: &Tensor, other: impl Into<Operand<'a>>) -> Result<Tensor> {
            $name(input, other)
        }
    )*};
}
aliases! {
    /// input > other.
    greater = gt "real";
    /// input >= other.
    greater_equal = ge "real";
    /// input < other.
    less = lt "real";
    /// input <= other.
    less_equal = le "real";
    /// input != other.
    not_equal = ne "all";
}

//! Rounding. Integers come back as they are; the derivative is zero.

use super::*;
use crate::function;

fn no_bool(name: &str, dtype: DType) -> Result<()> {
    if dtype == DType::Bool {
        bail!(NotImplemented, "\"{name}\" not implemented for 'Bool'");
    }
    Ok(())
}

/// Rounding functions.
macro_rules! roundings {
    ($($(#[doc = $doc:literal])* $name:ident;)*) => {$(
        pointwise! {
            $(#[doc = $doc])*
            fn $name(input) [Map + IntMap, Promote] = |x| x.$name(), x;
            check(dtype) { no_bool(stringify!($name), dtype) }
            vjp zero;
            function(dtypes = "number", samples = ["T(3,4)"]);
        }
    )*};
}
roundings! {
    /// The largest integer not above.
    floor;
    /// The smallest integer not below.
    ceil;
    /// Without the fraction.
    trunc;
}

/// Without the fraction.
#[function(dtypes = "number", inplace = trunc::Body::inplace, samples = ["T(3,4)"])]
pub fn fix(input: &Tensor) -> Result<Tensor> {
    trunc(input)
}

pointwise! {
    fn round_whole(input) [Map + IntMap, Promote] = |x| x.round(), x;
    check(dtype) { no_bool("round", dtype) }
    vjp zero;
}

pointwise! {
    fn round_scaled(input; scale: f64, up: bool) [Map, Promote] = |x| {
        let s = X::splat(scale);
        if up { (x * s).round() / s } else { (x / s).round() * s }
    };
    vjp zero;
}

/// The nearest number with `decimals` decimal places, ties to even.
#[function(dtypes = "number", inplace, sig = "input, *, decimals=0", samples = ["T(3,4)", "T(3,4,dtype=float32), decimals=1", "T(3,4,dtype=float64), decimals=2", "T(3,4,dtype=float32), decimals=-1"])]
pub fn round(input: &Tensor, decimals: i64) -> Result<Tensor> {
    if decimals == 0 {
        return round_whole(input);
    }
    round_scaled(input, 10f64.powi(decimals.unsigned_abs().min(400) as i32), decimals > 0)
}

pointwise! {
    /// The fraction, with the sign of the input.
    fn frac(input) [Map, Promote] = |x| x - x.trunc();
    vjp(v, g) { Ok([Some(g.clone())]) }
    function(samples = ["T(3,4)"]);
}

//! Bits of integers and bools, greatest common divisors.

use super::*;

/// Bit operations of two operands.
macro_rules! bitwise {
    ($($(#[doc = $doc:literal])* $name:ident = |$x:ident, $y:ident| $body:expr;)*) => {$(
        pointwise! {
            $(#[doc = $doc])*
            fn $name(input, other) [IntMap, Promote] = |$x, $y| $body;
            vjp none;
            function(dtypes = "int", grad = false, samples = ["T(3,4), T(3,4)", "T(3,4), T(4)", "T(3,4), 1"]);
        }
    )*};
}
bitwise! {
    /// Bits set in both.
    bitwise_and = |x, y| x.and(y);
    /// Bits set in either.
    bitwise_or = |x, y| x.or(y);
    /// Bits set in exactly one.
    bitwise_xor = |x, y| x.xor(y);
}

pointwise! {
    /// The other bits (logical not for bools).
    fn bitwise_not(input) [IntMap, Promote] = |x| x.not();
    vjp none;
    function(dtypes = "int", grad = false, samples = ["T(3,4)"]);
}

/// Functions of two integers, bools refused.
macro_rules! integer {
    ($($(#[doc = $doc:literal])* $name:ident $samples:tt $(tensors $tensors:tt)? = |$x:ident, $y:ident| $body:expr;)*) => {$(
        pointwise! {
            $(#[doc = $doc])*
            fn $name(input, other) [IntMap, Promote, cost 8] = |$x, $y| $body;
            check(dtype) {
                if dtype == DType::Bool {
                    bail!(NotImplemented, "\"{}\" not implemented for 'Bool'", stringify!($name));
                }
                Ok(())
            }
            vjp none;
            function($(tensors = $tensors,)? dtypes = "integer", grad = false, samples = [$samples]);
        }
    )*};
}
integer! {
    /// input · 2^other, 0 where the distance is out of range.
    bitwise_left_shift "T(3,4), T(3,4,low=0,high=5)" = |x, y| x.shl(y);
    /// input / 2^other rounded down; all sign bits where the distance is out of range.
    bitwise_right_shift "T(3,4), T(3,4,low=0,high=5)" = |x, y| x.shr(y);
    /// The greatest common divisor, not negative.
    gcd "T(3,4), T(3,4)" tensors true = |x, y| x.gcd(y);
    /// The least common multiple, not negative.
    lcm "T(3,4), T(3,4)" tensors true = |x, y| x.lcm(y);
}

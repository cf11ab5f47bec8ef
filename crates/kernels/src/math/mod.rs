//! The elementary functions, written once for every vector width: `single` for `f32`, `double` for `f64`, and `scalar`
//! for the rare ones that go element by element.

pub mod bessel;
mod common;
pub mod double;
pub mod polynomial;
pub mod scalar;
pub mod single;
pub mod special;
mod tables;
#[cfg(test)]
mod tests;

pub use tables::Tables;

use crate::lane::Vector;

/// 2^n for an integer-valued `n` whose power is a normal number.
#[inline(always)]
pub(crate) fn pow2<V: Vector>(n: V) -> V {
    // Adding 1.5 * 2^MANTISSA leaves n in the low bits of the sum; shifted up they are the exponent.
    let (magic, bias) = if V::MANTISSA == 23 { (12_582_912.0, 127) } else { (6_755_399_441_055_744.0, 1023) };
    let bits = V::bits_add((n + V::splat(magic)).to_bits(), V::bits(bias));
    V::from_bits(if V::MANTISSA == 23 { V::bits_shl::<23>(bits) } else { V::bits_shl::<52>(bits) })
}

/// `x * 2^n` in two multiplications, so that results below the normal range are rounded once (for x near 1).
#[inline(always)]
pub(crate) fn scale_in_steps<V: Vector>(x: V, n: V) -> V {
    let most = V::splat(if V::MANTISSA == 23 { 252.0 } else { 2044.0 });
    let n = n.min(most).max(-most);
    let a = (n * V::splat(0.5)).round();
    x * pow2(a) * pow2(n - a)
}

/// A polynomial by Horner's rule, highest coefficient first.
#[inline(always)]
pub(crate) fn poly<V: Vector>(x: V, coefficients: &[f64]) -> V {
    let mut sum = V::splat(coefficients[0]);
    for c in &coefficients[1..] {
        sum = sum.fma(x, V::splat(*c));
    }
    sum
}

/// Functions that go element by element through a scalar one.
macro_rules! by_element {
    ($t:ty: $($name:ident = $f:expr;)*) => {$(
        /// This function, element by element.
        #[inline(always)]
        pub fn $name<V: Vector<Elem = $t>>(x: V) -> V {
            x.map1($f)
        }
    )*};
}
pub(crate) use by_element;

/// As [`by_element`], of two arguments.
macro_rules! by_element2 {
    ($t:ty: $($name:ident = $f:expr;)*) => {$(
        /// This function, element by element.
        #[inline(always)]
        pub fn $name<V: Vector<Elem = $t>>(x: V, y: V) -> V {
            x.map2(y, $f)
        }
    )*};
}
pub(crate) use by_element2;

//! The elementary functions for vectors of `f32`.

use super::scalar;
use crate::lane::Vector;

macro_rules! by_element {
    ($($name:ident = $f:expr;)*) => {$(
        /// This function, element by element.
        #[inline(always)]
        pub fn $name<V: Vector<Elem = f32>>(x: V) -> V {
            x.map1($f)
        }
    )*};
}

macro_rules! by_element2 {
    ($($name:ident = $f:expr;)*) => {$(
        /// This function, element by element.
        #[inline(always)]
        pub fn $name<V: Vector<Elem = f32>>(x: V, y: V) -> V {
            x.map2(y, $f)
        }
    )*};
}

by_element! {
    exp = f32::exp; exp2 = f32::exp2; expm1 = f32::exp_m1; log = f32::ln; log2 = f32::log2; log10 = f32::log10;
    log1p = f32::ln_1p; sin = f32::sin; cos = f32::cos; tan = f32::tan; asin = f32::asin; acos = f32::acos; atan = f32::atan;
    sinh = f32::sinh; cosh = f32::cosh; tanh = f32::tanh; asinh = f32::asinh; acosh = f32::acosh; atanh = f32::atanh;
    erf = |x| super::double::erf_of(x as f64) as f32; erfc = |x| super::double::erfc_of(x as f64) as f32;
    erfinv = |x| scalar::erfinv(x as f64) as f32; lgamma = |x| scalar::lgamma(x as f64) as f32;
    digamma = |x| scalar::digamma(x as f64) as f32;
}

by_element2! {
    pow = f32::powf; atan2 = f32::atan2; fmod = |x, y| x % y; hypot = f32::hypot; nextafter = scalar::nextafter_f32;
}

/// 1 / (1 + e^-x).
#[inline(always)]
pub fn sigmoid<V: Vector<Elem = f32>>(x: V) -> V {
    V::splat(1.0) / (V::splat(1.0) + exp(-x))
}

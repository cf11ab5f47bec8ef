//! The functions of `Field` and `Lane` that are the same text for every vector of a precision: they go to
//! `math::single` or `math::double`, written once over `Vector`.

/// Implements `Field` and `Lane` for a vector type through `$math` (`math::single` or `math::double`).
macro_rules! forward_field_and_lane {
    ($ty:ty, $math:ident, sqrt: $sqrt:expr, fma: $fma:expr, floor: $floor:expr, ceil: $ceil:expr, trunc: $trunc:expr, round: $round:expr) => {
        impl $crate::lane::Field for $ty {
            #[inline(always)]
            fn sqrt(self) -> Self {
                ($sqrt)(self)
            }
            $crate::lane::forward::forward!($math: exp exp2 expm1 log log2 log10 log1p sin cos tan asin acos atan sinh cosh tanh
                asinh acosh atanh sigmoid);
            $crate::lane::forward::forward2!($math: pow);
        }
        impl $crate::lane::Lane for $ty {
            #[inline(always)]
            fn fma(self, b: Self, c: Self) -> Self {
                ($fma)(self, b, c)
            }
            #[inline(always)]
            fn floor(self) -> Self {
                ($floor)(self)
            }
            #[inline(always)]
            fn ceil(self) -> Self {
                ($ceil)(self)
            }
            #[inline(always)]
            fn trunc(self) -> Self {
                ($trunc)(self)
            }
            #[inline(always)]
            fn round(self) -> Self {
                ($round)(self)
            }
            #[inline(always)]
            fn copysign(self, sign: Self) -> Self {
                use $crate::lane::Vector;
                let sign_bit = (-0.0 as <Self as Vector>::Elem).to_bits() as u64;
                let (mask, rest) = (Self::bits(sign_bit), Self::bits(sign_bit - 1));
                Self::from_bits(Self::bits_or(
                    Self::bits_and(self.to_bits(), rest),
                    Self::bits_and(sign.to_bits(), mask),
                ))
            }
            $crate::lane::forward::forward!($math: erf erfc normal_tail erfinv lgamma digamma);
            $crate::lane::forward::forward2!($math: atan2 fmod hypot nextafter);
        }
    };
}

macro_rules! forward {
    ($math:ident : $($name:ident)*) => {$(
        #[inline(always)]
        fn $name(self) -> Self {
            $crate::math::$math::$name(self)
        }
    )*};
}

macro_rules! forward2 {
    ($math:ident : $($name:ident)*) => {$(
        #[inline(always)]
        fn $name(self, other: Self) -> Self {
            $crate::math::$math::$name(self, other)
        }
    )*};
}

pub(crate) use {forward, forward_field_and_lane, forward2};

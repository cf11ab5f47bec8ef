//! `f32` and `f64` as lanes of one element: the portable instruction set, and what LLVM may vectorise by itself.

use super::{Lookup, Num, Ring, Vector, forward_field_and_lane};

macro_rules! scalar {
    ($t:ident, $bits:ident, $mantissa:expr, $math:ident) => {
        impl Ring for $t {
            #[inline(always)]
            fn mul_add(self, b: Self, c: Self) -> Self {
                $crate::lane::Lane::fma(self, b, c)
            }
            type Mask = bool;
            #[inline(always)]
            fn splat(x: f64) -> Self {
                x as $t
            }
            #[inline(always)]
            fn splat_i64(x: i64) -> Self {
                x as $t
            }
            #[inline(always)]
            fn eq(self, other: Self) -> bool {
                self == other
            }
            #[inline(always)]
            fn select(mask: bool, a: Self, b: Self) -> Self {
                if mask { a } else { b }
            }
        }
        impl Num for $t {
            #[inline(always)]
            fn lowest() -> Self {
                Self::splat(f64::NEG_INFINITY)
            }
            #[inline(always)]
            fn highest() -> Self {
                Self::splat(f64::INFINITY)
            }
            #[inline(always)]
            fn lt(self, other: Self) -> bool {
                self < other
            }
            #[inline(always)]
            fn le(self, other: Self) -> bool {
                self <= other
            }
            #[inline(always)]
            fn min(self, other: Self) -> Self {
                if self < other || self != self { self } else { other }
            }
            #[inline(always)]
            fn max(self, other: Self) -> Self {
                if self > other || self != self { self } else { other }
            }
            #[inline(always)]
            fn abs(self) -> Self {
                <$t>::abs(self)
            }
        }
        impl Vector for $t {
            type Elem = $t;
            type Bits = $bits;
            const WIDTH: usize = 1;
            const MANTISSA: u32 = $mantissa;
            #[inline(always)]
            unsafe fn load(p: *const $t) -> Self {
                // SAFETY: the caller's promise; no alignment is assumed.
                unsafe { p.read_unaligned() }
            }
            #[inline(always)]
            unsafe fn load_part(p: *const $t, n: usize) -> Self {
                // SAFETY: read only where n says that there is an element.
                if n == 0 { 1.0 } else { unsafe { p.read_unaligned() } }
            }
            #[inline(always)]
            unsafe fn store(self, p: *mut $t) {
                // SAFETY: the caller's promise.
                unsafe { p.write_unaligned(self) }
            }
            #[inline(always)]
            unsafe fn store_part(self, p: *mut $t, n: usize) {
                if n > 0 {
                    // SAFETY: the caller's promise.
                    unsafe { p.write_unaligned(self) }
                }
            }
            #[inline(always)]
            unsafe fn store_mask(mask: bool, p: *mut u8, n: usize) {
                if n > 0 {
                    // SAFETY: the caller's promise.
                    unsafe { *p = mask as u8 }
                }
            }
            #[inline(always)]
            fn any(mask: bool) -> bool {
                mask
            }
            #[inline(always)]
            fn to_bits(self) -> $bits {
                <$t>::to_bits(self)
            }
            #[inline(always)]
            fn from_bits(bits: $bits) -> Self {
                <$t>::from_bits(bits)
            }
            #[inline(always)]
            fn bits(x: u64) -> $bits {
                x as $bits
            }
            #[inline(always)]
            fn bits_add(a: $bits, b: $bits) -> $bits {
                a.wrapping_add(b)
            }
            #[inline(always)]
            fn bits_sub(a: $bits, b: $bits) -> $bits {
                a.wrapping_sub(b)
            }
            #[inline(always)]
            fn bits_and(a: $bits, b: $bits) -> $bits {
                a & b
            }
            #[inline(always)]
            fn bits_or(a: $bits, b: $bits) -> $bits {
                a | b
            }
            #[inline(always)]
            fn bits_xor(a: $bits, b: $bits) -> $bits {
                a ^ b
            }
            #[inline(always)]
            fn bits_shl<const N: u32>(a: $bits) -> $bits {
                a << N
            }
            #[inline(always)]
            fn bits_shr<const N: u32>(a: $bits) -> $bits {
                a >> N
            }
            #[inline(always)]
            fn scale(self, n: Self) -> Self {
                $crate::math::scale_in_steps(self, n)
            }
            #[inline(always)]
            fn at_most(self, bound: f64) -> Self {
                if self > bound as $t { bound as $t } else { self }
            }
            #[inline(always)]
            fn at_least(self, bound: f64) -> Self {
                if self < bound as $t { bound as $t } else { self }
            }
            #[inline(always)]
            fn map1(self, f: impl Fn($t) -> $t) -> Self {
                f(self)
            }
            #[inline(always)]
            fn map2(self, other: Self, f: impl Fn($t, $t) -> $t) -> Self {
                f(self, other)
            }
        }
        forward_field_and_lane!($t, $math, sqrt: <$t>::sqrt, fma: <$t>::mul_add, floor: <$t>::floor, ceil: <$t>::ceil,
            trunc: <$t>::trunc, round: <$t>::round_ties_even);
    };
}

scalar!(f32, u32, 23, single);
scalar!(f64, u64, 52, double);

impl Lookup for f32 {
    #[inline(always)]
    fn lookup(table: &[f32; 16], index: u32) -> Self {
        table[(index & 15) as usize]
    }
}

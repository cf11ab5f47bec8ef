//! What one arithmetic body is written over: `Ring` (adds and multiplies), `Num` (is ordered), `Field` (divides; real
//! or complex), `Lane` (a real float: scalar, SIMD vector or recorded symbol) and `Int`. `Vector` is what the loops need
//! of a lane besides: loads, stores and bits.

#[cfg(target_arch = "x86_64")]
pub mod avx2;
#[cfg(target_arch = "x86_64")]
pub mod avx512;
mod forward;
pub mod int;
pub mod scalar;
pub mod sym;

/// The vector types by name, on every architecture: where there are none, the scalars stand in.
pub mod wide {
    #[cfg(target_arch = "x86_64")]
    pub use super::{avx2::*, avx512::*};
    #[cfg(not(target_arch = "x86_64"))]
    mod stand_in {
        /// Stands in for the vector.
        pub type F32x16 = f32;
        /// Stands in for the vector.
        pub type F32x8 = f32;
        /// Stands in for the vector.
        pub type F64x8 = f64;
        /// Stands in for the vector.
        pub type F64x4 = f64;
    }
    #[cfg(not(target_arch = "x86_64"))]
    pub use stand_in::*;
}

use std::ops::{Add, BitAnd, BitOr, BitXor, Div, Mul, Neg, Not, Sub};

/// Values that add and multiply: float lanes, integers (wrapping), complex numbers, and [`int::Bool`] (or / and).
pub trait Ring:
    Copy + 'static + Add<Output = Self> + Sub<Output = Self> + Mul<Output = Self> + Neg<Output = Self>
{
    /// The answer of a comparison, one truth value per lane.
    type Mask: Copy
        + BitAnd<Output = Self::Mask>
        + BitOr<Output = Self::Mask>
        + BitXor<Output = Self::Mask>
        + Not<Output = Self::Mask>;
    /// This number in every lane. Integers drop the fraction.
    fn splat(x: f64) -> Self;
    /// This integer in every lane, exactly where the type can hold it.
    fn splat_i64(x: i64) -> Self;
    /// Lanes that are equal (false for NaN).
    fn eq(self, other: Self) -> Self::Mask;
    /// Lanes that differ (true for NaN).
    #[inline(always)]
    fn ne(self, other: Self) -> Self::Mask {
        !self.eq(other)
    }
    /// `a` where the mask is true, `b` elsewhere.
    fn select(mask: Self::Mask, a: Self, b: Self) -> Self;
    /// 1 where the mask is true, 0 elsewhere.
    #[inline(always)]
    fn from_mask(mask: Self::Mask) -> Self {
        Self::select(mask, Self::splat(1.0), Self::splat(0.0))
    }
    /// Lanes that are not zero (true for NaN).
    #[inline(always)]
    fn truthy(self) -> Self::Mask {
        self.ne(Self::splat(0.0))
    }
    /// The complex conjugate; a real number itself.
    #[inline(always)]
    fn conj(self) -> Self {
        self
    }
    /// `self * b + c`, of real floats rounded once.
    #[inline(always)]
    fn mul_add(self, b: Self, c: Self) -> Self {
        self * b + c
    }
    /// `self * self`.
    #[inline(always)]
    fn square(self) -> Self {
        self * self
    }
}

/// Ordered values: real floats, integers and bools.
pub trait Num: Ring {
    /// Lanes where `self < other`.
    fn lt(self, other: Self) -> Self::Mask;
    /// Lanes where `self <= other`.
    fn le(self, other: Self) -> Self::Mask;
    /// Lanes where `self > other`.
    #[inline(always)]
    fn gt(self, other: Self) -> Self::Mask {
        other.lt(self)
    }
    /// Lanes where `self >= other`.
    #[inline(always)]
    fn ge(self, other: Self) -> Self::Mask {
        other.le(self)
    }
    /// The smaller; NaN where either is NaN (`torch.minimum`).
    fn min(self, other: Self) -> Self;
    /// The larger; NaN where either is NaN (`torch.maximum`).
    fn max(self, other: Self) -> Self;
    /// What no value is below: -inf, or the smallest integer.
    fn lowest() -> Self;
    /// What no value is above: +inf, or the largest integer.
    fn highest() -> Self;
    /// Without its sign (integers wrap at the smallest).
    fn abs(self) -> Self;
    /// -1, 0 or 1; 0 for NaN (`torch.sign`).
    #[inline(always)]
    fn sign(self) -> Self {
        let zero = Self::splat(0.0);
        Self::from_mask(zero.lt(self)) - Self::from_mask(self.lt(zero))
    }
}

/// Values that divide and have the elementary functions: real float lanes and complex numbers.
pub trait Field: Ring + Div<Output = Self> {
    /// 1 / x.
    #[inline(always)]
    fn recip(self) -> Self {
        Self::splat(1.0) / self
    }
    /// Square root.
    fn sqrt(self) -> Self;
    /// 1 / sqrt(x).
    #[inline(always)]
    fn rsqrt(self) -> Self {
        Self::splat(1.0) / self.sqrt()
    }
    /// e^x.
    fn exp(self) -> Self;
    /// 2^x.
    fn exp2(self) -> Self;
    /// e^x - 1, accurate near 0.
    fn expm1(self) -> Self;
    /// Natural logarithm.
    fn log(self) -> Self;
    /// Logarithm to base 2.
    fn log2(self) -> Self;
    /// Logarithm to base 10.
    fn log10(self) -> Self;
    /// log(1 + x), accurate near 0.
    fn log1p(self) -> Self;
    /// Sine.
    fn sin(self) -> Self;
    /// Cosine.
    fn cos(self) -> Self;
    /// Tangent.
    fn tan(self) -> Self;
    /// Inverse sine.
    fn asin(self) -> Self;
    /// Inverse cosine.
    fn acos(self) -> Self;
    /// Inverse tangent.
    fn atan(self) -> Self;
    /// Hyperbolic sine.
    fn sinh(self) -> Self;
    /// Hyperbolic cosine.
    fn cosh(self) -> Self;
    /// Hyperbolic tangent.
    fn tanh(self) -> Self;
    /// Inverse hyperbolic sine.
    fn asinh(self) -> Self;
    /// Inverse hyperbolic cosine.
    fn acosh(self) -> Self;
    /// Inverse hyperbolic tangent.
    fn atanh(self) -> Self;
    /// self^y.
    fn pow(self, y: Self) -> Self;
    /// 1 / (1 + e^-x).
    fn sigmoid(self) -> Self;
}

/// A lane of real floats: what a pointwise body is written over.
pub trait Lane: Num + Field {
    /// self * b + c, rounded once.
    fn fma(self, b: Self, c: Self) -> Self;
    /// Largest integer not above.
    fn floor(self) -> Self;
    /// Smallest integer not below.
    fn ceil(self) -> Self;
    /// Without the fraction.
    fn trunc(self) -> Self;
    /// Nearest integer, ties to even.
    fn round(self) -> Self;
    /// Magnitude of `self`, sign of `sign`.
    fn copysign(self, sign: Self) -> Self;
    /// The angle of the point (x = `x`, y = `self`).
    fn atan2(self, x: Self) -> Self;
    /// The error function.
    fn erf(self) -> Self;
    /// 1 - erf(x), accurate for large x.
    fn erfc(self) -> Self;
    /// The share of a standard normal distribution above a number that is not negative: erfc(x/√2)/2, with an absolute
    /// error of 1e-7 in single precision.
    fn normal_tail(self) -> Self;
    /// Inverse of the error function.
    fn erfinv(self) -> Self;
    /// log |Γ(x)|.
    fn lgamma(self) -> Self;
    /// Derivative of log Γ(x).
    fn digamma(self) -> Self;
    /// C's `fmod`: remainder of the division rounded to zero, exact.
    fn fmod(self, y: Self) -> Self;
    /// sqrt(x² + y²) without overflow on the way.
    fn hypot(self, y: Self) -> Self;
    /// The next float towards `y`.
    fn nextafter(self, y: Self) -> Self;
    /// Lanes that are NaN.
    #[inline(always)]
    fn is_nan(self) -> Self::Mask {
        self.ne(self)
    }
    /// Lanes that are +inf or -inf.
    #[inline(always)]
    fn is_inf(self) -> Self::Mask {
        self.abs().eq(Self::splat(f64::INFINITY))
    }
    /// Lanes that are neither infinite nor NaN.
    #[inline(always)]
    fn is_finite(self) -> Self::Mask {
        self.abs().lt(Self::splat(f64::INFINITY))
    }
    /// Lanes whose sign bit is set (true for -0 and some NaN).
    #[inline(always)]
    fn signbit(self) -> Self::Mask {
        Self::splat(1.0).copysign(self).lt(Self::splat(0.0))
    }
    /// The remainder with the sign of `y` (`torch.remainder`, Python's `%`).
    #[inline(always)]
    fn remainder(self, y: Self) -> Self {
        let r = self.fmod(y);
        let zero = Self::splat(0.0);
        let wrong = r.ne(zero) & (y.lt(zero) ^ r.lt(zero));
        Self::select(wrong, r + y, r)
    }
    /// Division rounded down, as Python's `//` (`torch.floor_divide`).
    #[inline(always)]
    fn div_floor(self, y: Self) -> Self {
        let zero = Self::splat(0.0);
        let m = self.fmod(y);
        let d = (self - m) / y;
        let d = Self::select(m.ne(zero) & (y.lt(zero) ^ m.lt(zero)), d - Self::splat(1.0), d);
        let f = d.floor();
        let f = Self::select((d - f).gt(Self::splat(0.5)), f + Self::splat(1.0), f);
        let f = Self::select(d.eq(zero), zero.copysign(self / y), f);
        Self::select(y.eq(zero), self / y, f)
    }
}

/// Integers. (LLVM makes vectors of these loops.)
pub trait Int: Num {
    /// Bitwise and.
    fn and(self, other: Self) -> Self;
    /// Bitwise or.
    fn or(self, other: Self) -> Self;
    /// Bitwise exclusive or.
    fn xor(self, other: Self) -> Self;
    /// Bitwise complement (logical for bools).
    fn not(self) -> Self;
    /// Shift left; 0 where the distance is out of range.
    fn shl(self, by: Self) -> Self;
    /// Shift right, keeping the sign; all sign bits where the distance is out of range.
    fn shr(self, by: Self) -> Self;
    /// Quotient rounded to zero; 0 for a division by zero.
    fn div_trunc(self, by: Self) -> Self;
    /// Quotient rounded down; 0 for a division by zero.
    fn div_floor(self, by: Self) -> Self;
    /// Remainder with the sign of `self`; 0 for a division by zero.
    fn rem_trunc(self, by: Self) -> Self;
    /// Remainder with the sign of `by`; 0 for a division by zero.
    fn rem_floor(self, by: Self) -> Self;
    /// Greatest common divisor.
    fn gcd(self, other: Self) -> Self;
    /// Least common multiple.
    fn lcm(self, other: Self) -> Self;
    /// self^exp; negative exponents give 0 except of 1 and -1.
    fn powi(self, exp: Self) -> Self;
}

/// A float lane that lives in memory: loads and stores, its bits, and the way out through a scalar function.
pub trait Vector: Lane {
    /// `f32` or `f64`.
    type Elem: Copy + Send + Sync + crate::math::Tables + 'static;
    /// The same bits as integers.
    type Bits: Copy;
    /// How many elements.
    const WIDTH: usize;
    /// Bits of the mantissa that are stored: 23 or 52.
    const MANTISSA: u32;
    /// The lane of `WIDTH` elements at `p`.
    ///
    /// # Safety
    /// They are readable.
    unsafe fn load(p: *const Self::Elem) -> Self;
    /// The first `n` elements at `p`, 1 elsewhere.
    ///
    /// # Safety
    /// They are readable and `n <= WIDTH`.
    unsafe fn load_part(p: *const Self::Elem, n: usize) -> Self;
    /// Writes all elements.
    ///
    /// # Safety
    /// `WIDTH` elements at `p` are writable.
    unsafe fn store(self, p: *mut Self::Elem);
    /// Writes the first `n` elements.
    ///
    /// # Safety
    /// They are writable and `n <= WIDTH`.
    unsafe fn store_part(self, p: *mut Self::Elem, n: usize);
    /// Writes the first `n` truth values as bytes 0 and 1.
    ///
    /// # Safety
    /// They are writable and `n <= WIDTH`.
    unsafe fn store_mask(mask: Self::Mask, p: *mut u8, n: usize);
    /// True if any lane is.
    fn any(mask: Self::Mask) -> bool;
    /// The bits.
    fn to_bits(self) -> Self::Bits;
    /// The float of these bits.
    fn from_bits(bits: Self::Bits) -> Self;
    /// The same bits in every lane.
    fn bits(x: u64) -> Self::Bits;
    /// Integer sum, wrapping.
    fn bits_add(a: Self::Bits, b: Self::Bits) -> Self::Bits;
    /// Integer difference, wrapping.
    fn bits_sub(a: Self::Bits, b: Self::Bits) -> Self::Bits;
    /// Bitwise and.
    fn bits_and(a: Self::Bits, b: Self::Bits) -> Self::Bits;
    /// Bitwise or.
    fn bits_or(a: Self::Bits, b: Self::Bits) -> Self::Bits;
    /// Bitwise exclusive or.
    fn bits_xor(a: Self::Bits, b: Self::Bits) -> Self::Bits;
    /// Shifted left by `N`.
    fn bits_shl<const N: u32>(a: Self::Bits) -> Self::Bits;
    /// Shifted right by `N`, zeros from above.
    fn bits_shr<const N: u32>(a: Self::Bits) -> Self::Bits;
    /// self * 2^n for an integer-valued `n`, right for subnormal results and for overflow.
    fn scale(self, n: Self) -> Self;
    /// The lesser of the lane and a bound that is not NaN, in one instruction; NaN stays NaN.
    fn at_most(self, bound: f64) -> Self;
    /// The greater of the lane and a bound that is not NaN, in one instruction; NaN stays NaN.
    fn at_least(self, bound: f64) -> Self;
    /// A scalar function, lane by lane.
    fn map1(self, f: impl Fn(Self::Elem) -> Self::Elem) -> Self;
    /// A scalar function of two, lane by lane.
    fn map2(self, other: Self, f: impl Fn(Self::Elem, Self::Elem) -> Self::Elem) -> Self;
}

/// Vectors that look numbers up in a table that fits registers.
pub trait Lookup: Vector<Elem = f32> {
    /// The entries that the lowest four bits of each lane's `index` name.
    fn lookup(table: &[f32; 16], index: Self::Bits) -> Self;
}

pub(crate) use forward::forward_field_and_lane;

//! AVX2 vectors: eight `f32`, four `f64`; masks are vectors of all-ones or all-zeros lanes. These types are made only
//! inside functions that carry the target features, into which every method is inlined.

use super::avx512::operator;
use super::{Lookup, Num, Ring, Vector, forward_field_and_lane};
use std::arch::x86_64::*;
use std::ops::{Add, BitAnd, BitOr, BitXor, Div, Mul, Neg, Not, Sub};

macro_rules! avx2 {
    ($(#[$doc:meta])* $v:ident($reg:ident) $e:ident $mask:ident($imask:ident $movemask:ident) $math:ident $width:literal $mantissa:literal;
     $add:ident $sub:ident $mul:ident $div:ident $sqrt:ident $fma:ident $round:ident $set1:ident $cmp:ident $blend:ident
     $min:ident $max:ident $load:ident $maskload:ident $store:ident $maskstore:ident $castbits:ident
     $castfloat:ident $iset1:ident($iset:ident) $iadd:ident $isub:ident $shl:ident $shr:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        #[repr(transparent)]
        pub struct $v($reg);
        operator!($v Add add $add);
        operator!($v Sub sub $sub);
        operator!($v Mul mul $mul);
        operator!($v Div div $div);
        impl Neg for $v {
            type Output = $v;
            #[inline(always)]
            fn neg(self) -> $v {
                Self::from_bits(Self::bits_xor(self.to_bits(), Self::bits((-0.0 as $e).to_bits() as u64)))
            }
        }
        // SAFETY of all that follows: a vector type exists only where its instruction set does (see the top of this
        // file); pointers are the caller's promise.
        impl Ring for $v {
            #[inline(always)]
            fn mul_add(self, b: Self, c: Self) -> Self {
                $crate::lane::Lane::fma(self, b, c)
            }
            type Mask = $mask;
            #[inline(always)]
            fn splat(x: f64) -> Self {
                // SAFETY: as above.
                $v(unsafe { $set1(x as $e) })
            }
            #[inline(always)]
            fn splat_i64(x: i64) -> Self {
                // SAFETY: as above.
                $v(unsafe { $set1(x as $e) })
            }
            #[inline(always)]
            fn eq(self, other: Self) -> $mask {
                // SAFETY: as above.
                $mask(unsafe { $cmp::<_CMP_EQ_OQ>(self.0, other.0) })
            }
            #[inline(always)]
            fn select(mask: $mask, a: Self, b: Self) -> Self {
                // SAFETY: as above.
                $v(unsafe { $blend(b.0, a.0, mask.0) })
            }
        }
        impl Num for $v {
            #[inline(always)]
            fn lowest() -> Self {
                Self::splat(f64::NEG_INFINITY)
            }
            #[inline(always)]
            fn highest() -> Self {
                Self::splat(f64::INFINITY)
            }
            #[inline(always)]
            fn lt(self, other: Self) -> $mask {
                // SAFETY: as above.
                $mask(unsafe { $cmp::<_CMP_LT_OQ>(self.0, other.0) })
            }
            #[inline(always)]
            fn le(self, other: Self) -> $mask {
                // SAFETY: as above.
                $mask(unsafe { $cmp::<_CMP_LE_OQ>(self.0, other.0) })
            }
            #[inline(always)]
            fn min(self, other: Self) -> Self {
                // The instruction answers its second operand where either is NaN.
                // SAFETY: as above.
                unsafe {
                    let nan = $cmp::<_CMP_UNORD_Q>(self.0, self.0);
                    $v($blend($min(self.0, other.0), self.0, nan))
                }
            }
            #[inline(always)]
            fn max(self, other: Self) -> Self {
                // SAFETY: as above.
                unsafe {
                    let nan = $cmp::<_CMP_UNORD_Q>(self.0, self.0);
                    $v($blend($max(self.0, other.0), self.0, nan))
                }
            }
            #[inline(always)]
            fn abs(self) -> Self {
                Self::from_bits(Self::bits_and(self.to_bits(), Self::bits(((-0.0 as $e).to_bits() - 1) as u64)))
            }
        }
        impl Vector for $v {
            type Elem = $e;
            type Bits = __m256i;
            const WIDTH: usize = $width;
            const MANTISSA: u32 = $mantissa;
            #[inline(always)]
            unsafe fn load(p: *const $e) -> Self {
                // SAFETY: as above.
                $v(unsafe { $load(p) })
            }
            #[inline(always)]
            unsafe fn load_part(p: *const $e, n: usize) -> Self {
                // SAFETY: as above; masked-out elements are not touched.
                $v(unsafe {
                    let mask = $imask(n);
                    $blend($set1(1.0), $maskload(p, mask), $castfloat(mask))
                })
            }
            #[inline(always)]
            unsafe fn store(self, p: *mut $e) {
                // SAFETY: as above.
                unsafe { $store(p, self.0) }
            }
            #[inline(always)]
            unsafe fn store_part(self, p: *mut $e, n: usize) {
                // SAFETY: as above; masked-out elements are not touched.
                unsafe { $maskstore(p, $imask(n), self.0) }
            }
            #[inline(always)]
            unsafe fn store_mask(mask: $mask, p: *mut u8, n: usize) {
                // SAFETY: as above; masked-out bytes are not touched.
                unsafe {
                    let bits = $movemask(mask.0) as u64;
                    // Bit i of the mask moves to the lowest bit of byte i: the product's partial sums do not overlap.
                    let spread = ((bits & 0x7f) * 0x0002_0408_1020_4081 | (bits & 0x80) << 49) & 0x0101_0101_0101_0101;
                    std::ptr::copy_nonoverlapping(spread.to_le_bytes().as_ptr(), p, n);
                }
            }
            #[inline(always)]
            fn any(mask: $mask) -> bool {
                // SAFETY: as above.
                unsafe { $movemask(mask.0) != 0 }
            }
            #[inline(always)]
            fn to_bits(self) -> __m256i {
                // SAFETY: as above.
                unsafe { $castbits(self.0) }
            }
            #[inline(always)]
            fn from_bits(bits: __m256i) -> Self {
                // SAFETY: as above.
                $v(unsafe { $castfloat(bits) })
            }
            #[inline(always)]
            fn bits(x: u64) -> __m256i {
                // SAFETY: as above.
                unsafe { $iset1(x as $iset) }
            }
            #[inline(always)]
            fn bits_add(a: __m256i, b: __m256i) -> __m256i {
                // SAFETY: as above.
                unsafe { $iadd(a, b) }
            }
            #[inline(always)]
            fn bits_sub(a: __m256i, b: __m256i) -> __m256i {
                // SAFETY: as above.
                unsafe { $isub(a, b) }
            }
            #[inline(always)]
            fn bits_and(a: __m256i, b: __m256i) -> __m256i {
                // SAFETY: as above.
                unsafe { _mm256_and_si256(a, b) }
            }
            #[inline(always)]
            fn bits_or(a: __m256i, b: __m256i) -> __m256i {
                // SAFETY: as above.
                unsafe { _mm256_or_si256(a, b) }
            }
            #[inline(always)]
            fn bits_xor(a: __m256i, b: __m256i) -> __m256i {
                // SAFETY: as above.
                unsafe { _mm256_xor_si256(a, b) }
            }
            #[inline(always)]
            fn bits_shl<const N: u32>(a: __m256i) -> __m256i {
                // SAFETY: as above.
                unsafe { $shl(a, _mm_cvtsi32_si128(N as i32)) }
            }
            #[inline(always)]
            fn bits_shr<const N: u32>(a: __m256i) -> __m256i {
                // SAFETY: as above.
                unsafe { $shr(a, _mm_cvtsi32_si128(N as i32)) }
            }
            #[inline(always)]
            fn scale(self, n: Self) -> Self {
                $crate::math::scale_in_steps(self, n)
            }
            #[inline(always)]
            fn at_most(self, bound: f64) -> Self {
                // The instruction answers its second operand where either is NaN.
                // SAFETY: as above.
                $v(unsafe { $min($set1(bound as $e), self.0) })
            }
            #[inline(always)]
            fn at_least(self, bound: f64) -> Self {
                // SAFETY: as above.
                $v(unsafe { $max($set1(bound as $e), self.0) })
            }
            #[inline(always)]
            fn map1(self, f: impl Fn($e) -> $e) -> Self {
                let mut x = [0.0; $width];
                // SAFETY: as above; the array has room for the vector.
                unsafe { self.store(x.as_mut_ptr()) };
                for x in &mut x {
                    *x = f(*x);
                }
                // SAFETY: as above.
                unsafe { Self::load(x.as_ptr()) }
            }
            #[inline(always)]
            fn map2(self, other: Self, f: impl Fn($e, $e) -> $e) -> Self {
                let (mut x, mut y) = ([0.0; $width], [0.0; $width]);
                // SAFETY: as above; the arrays have room for the vectors.
                unsafe {
                    self.store(x.as_mut_ptr());
                    other.store(y.as_mut_ptr());
                }
                for (x, y) in x.iter_mut().zip(y) {
                    *x = f(*x, y);
                }
                // SAFETY: as above.
                unsafe { Self::load(x.as_ptr()) }
            }
        }
        forward_field_and_lane!($v, $math,
            // SAFETY: as above, for the six.
            sqrt: |x: $v| $v(unsafe { $sqrt(x.0) }),
            // SAFETY: as above.
            fma: |a: $v, b: $v, c: $v| $v(unsafe { $fma(a.0, b.0, c.0) }),
            // SAFETY: as above.
            floor: |x: $v| $v(unsafe { $round::<0x09>(x.0) }),
            // SAFETY: as above.
            ceil: |x: $v| $v(unsafe { $round::<0x0A>(x.0) }),
            // SAFETY: as above.
            trunc: |x: $v| $v(unsafe { $round::<0x0B>(x.0) }),
            // SAFETY: as above.
            round: |x: $v| $v(unsafe { $round::<0x08>(x.0) }));
    };
}

/// Lane i is all ones where i < n.
#[inline(always)]
fn first_i32(n: usize) -> __m256i {
    // SAFETY: called by the vector types of this file only.
    unsafe { _mm256_cmpgt_epi32(_mm256_set1_epi32(n as i32), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7)) }
}

/// Lane i is all ones where i < n.
#[inline(always)]
fn first_i64(n: usize) -> __m256i {
    // SAFETY: called by the vector types of this file only.
    unsafe { _mm256_cmpgt_epi64(_mm256_set1_epi64x(n as i64), _mm256_setr_epi64x(0, 1, 2, 3)) }
}

macro_rules! mask {
    ($(#[$doc:meta])* $m:ident($reg:ident) $and:ident $or:ident $xor:ident $castfloat:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        #[repr(transparent)]
        pub struct $m($reg);
        operator!($m BitAnd bitand $and);
        operator!($m BitOr bitor $or);
        operator!($m BitXor bitxor $xor);
        impl Not for $m {
            type Output = $m;
            #[inline(always)]
            fn not(self) -> $m {
                // SAFETY: a mask exists only where its instruction set does.
                $m(unsafe { $xor(self.0, $castfloat(_mm256_set1_epi32(-1))) })
            }
        }
    };
}

mask!(
    /// Truth values of an [`F32x8`].
    M32x8(__m256) _mm256_and_ps _mm256_or_ps _mm256_xor_ps _mm256_castsi256_ps);
mask!(
    /// Truth values of an [`F64x4`].
    M64x4(__m256d) _mm256_and_pd _mm256_or_pd _mm256_xor_pd _mm256_castsi256_pd);
avx2!(
    /// Eight `f32`.
    F32x8(__m256) f32 M32x8(first_i32 _mm256_movemask_ps) single 8 23;
    _mm256_add_ps _mm256_sub_ps _mm256_mul_ps _mm256_div_ps _mm256_sqrt_ps _mm256_fmadd_ps _mm256_round_ps
    _mm256_set1_ps _mm256_cmp_ps _mm256_blendv_ps _mm256_min_ps _mm256_max_ps _mm256_loadu_ps
    _mm256_maskload_ps _mm256_storeu_ps _mm256_maskstore_ps _mm256_castps_si256
    _mm256_castsi256_ps _mm256_set1_epi32(i32) _mm256_add_epi32 _mm256_sub_epi32 _mm256_sll_epi32 _mm256_srl_epi32);
avx2!(
    /// Four `f64`.
    F64x4(__m256d) f64 M64x4(first_i64 _mm256_movemask_pd) double 4 52;
    _mm256_add_pd _mm256_sub_pd _mm256_mul_pd _mm256_div_pd _mm256_sqrt_pd _mm256_fmadd_pd _mm256_round_pd
    _mm256_set1_pd _mm256_cmp_pd _mm256_blendv_pd _mm256_min_pd _mm256_max_pd _mm256_loadu_pd
    _mm256_maskload_pd _mm256_storeu_pd _mm256_maskstore_pd _mm256_castpd_si256
    _mm256_castsi256_pd _mm256_set1_epi64x(i64) _mm256_add_epi64 _mm256_sub_epi64 _mm256_sll_epi64 _mm256_srl_epi64);

impl Lookup for F32x8 {
    #[inline(always)]
    fn lookup(table: &[f32; 16], index: __m256i) -> Self {
        // SAFETY: as above; the permutation reads three bits of an index, the fourth goes to the sign for the blend.
        F32x8(unsafe {
            let low = _mm256_permutevar8x32_ps(_mm256_loadu_ps(table.as_ptr()), index);
            let high = _mm256_permutevar8x32_ps(_mm256_loadu_ps(table.as_ptr().add(8)), index);
            _mm256_blendv_ps(low, high, _mm256_castsi256_ps(_mm256_slli_epi32::<28>(index)))
        })
    }
}

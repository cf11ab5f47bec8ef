//! AVX-512 vectors: sixteen `f32`, eight `f64`; masks are bit masks. These types are made only inside functions that
//! carry the target features, into which every method is inlined.

use super::{Lookup, Num, Ring, Vector, forward_field_and_lane};
use std::arch::x86_64::*;
use std::ops::{Add, Div, Mul, Neg, Sub};

macro_rules! operator {
    ($v:ident $trait:ident $name:ident $intrinsic:ident) => {
        impl $trait for $v {
            type Output = $v;
            #[inline(always)]
            fn $name(self, other: $v) -> $v {
                // SAFETY: a vector type exists only where its instruction set does (see the top of this file).
                $v(unsafe { $intrinsic(self.0, other.0) })
            }
        }
    };
}
pub(crate) use operator;

macro_rules! avx512 {
    ($(#[$doc:meta])* $v:ident($reg:ident) $e:ident $mask:ident $math:ident $width:literal $mantissa:literal;
     $add:ident $sub:ident $mul:ident $div:ident $sqrt:ident $fma:ident $round:ident $set1:ident $cmp:ident $blend:ident
     $min:ident $max:ident $load:ident $maskload:ident $store:ident $maskstore:ident $scalef:ident $castbits:ident
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
                unsafe { $cmp::<_CMP_EQ_OQ>(self.0, other.0) }
            }
            #[inline(always)]
            fn select(mask: $mask, a: Self, b: Self) -> Self {
                // SAFETY: as above.
                $v(unsafe { $blend(mask, b.0, a.0) })
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
                unsafe { $cmp::<_CMP_LT_OQ>(self.0, other.0) }
            }
            #[inline(always)]
            fn le(self, other: Self) -> $mask {
                // SAFETY: as above.
                unsafe { $cmp::<_CMP_LE_OQ>(self.0, other.0) }
            }
            #[inline(always)]
            fn min(self, other: Self) -> Self {
                // The instruction answers its second operand where either is NaN.
                // SAFETY: as above.
                unsafe {
                    let nan = $cmp::<_CMP_UNORD_Q>(self.0, self.0);
                    $v($blend(nan, $min(self.0, other.0), self.0))
                }
            }
            #[inline(always)]
            fn max(self, other: Self) -> Self {
                // SAFETY: as above.
                unsafe {
                    let nan = $cmp::<_CMP_UNORD_Q>(self.0, self.0);
                    $v($blend(nan, $max(self.0, other.0), self.0))
                }
            }
            #[inline(always)]
            fn abs(self) -> Self {
                Self::from_bits(Self::bits_and(self.to_bits(), Self::bits(((-0.0 as $e).to_bits() - 1) as u64)))
            }
        }
        impl Vector for $v {
            type Elem = $e;
            type Bits = __m512i;
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
                $v(unsafe { $maskload($set1(1.0), ((1u32 << n) - 1) as $mask, p) })
            }
            #[inline(always)]
            unsafe fn store(self, p: *mut $e) {
                // SAFETY: as above.
                unsafe { $store(p, self.0) }
            }
            #[inline(always)]
            unsafe fn store_part(self, p: *mut $e, n: usize) {
                // SAFETY: as above; masked-out elements are not touched.
                unsafe { $maskstore(p, ((1u32 << n) - 1) as $mask, self.0) }
            }
            #[inline(always)]
            unsafe fn store_mask(mask: $mask, p: *mut u8, n: usize) {
                // SAFETY: as above; masked-out bytes are not touched.
                unsafe {
                    let bytes = _mm_maskz_set1_epi8(mask as __mmask16, 1);
                    _mm_mask_storeu_epi8(p.cast(), ((1u32 << n) - 1) as __mmask16, bytes);
                }
            }
            #[inline(always)]
            fn any(mask: $mask) -> bool {
                mask != 0
            }
            #[inline(always)]
            fn to_bits(self) -> __m512i {
                // SAFETY: as above.
                unsafe { $castbits(self.0) }
            }
            #[inline(always)]
            fn from_bits(bits: __m512i) -> Self {
                // SAFETY: as above.
                $v(unsafe { $castfloat(bits) })
            }
            #[inline(always)]
            fn bits(x: u64) -> __m512i {
                // SAFETY: as above.
                unsafe { $iset1(x as $iset) }
            }
            #[inline(always)]
            fn bits_add(a: __m512i, b: __m512i) -> __m512i {
                // SAFETY: as above.
                unsafe { $iadd(a, b) }
            }
            #[inline(always)]
            fn bits_sub(a: __m512i, b: __m512i) -> __m512i {
                // SAFETY: as above.
                unsafe { $isub(a, b) }
            }
            #[inline(always)]
            fn bits_and(a: __m512i, b: __m512i) -> __m512i {
                // SAFETY: as above.
                unsafe { _mm512_and_si512(a, b) }
            }
            #[inline(always)]
            fn bits_or(a: __m512i, b: __m512i) -> __m512i {
                // SAFETY: as above.
                unsafe { _mm512_or_si512(a, b) }
            }
            #[inline(always)]
            fn bits_xor(a: __m512i, b: __m512i) -> __m512i {
                // SAFETY: as above.
                unsafe { _mm512_xor_si512(a, b) }
            }
            #[inline(always)]
            fn bits_shl<const N: u32>(a: __m512i) -> __m512i {
                // SAFETY: as above.
                unsafe { $shl::<N>(a) }
            }
            #[inline(always)]
            fn bits_shr<const N: u32>(a: __m512i) -> __m512i {
                // SAFETY: as above.
                unsafe { $shr::<N>(a) }
            }
            #[inline(always)]
            fn scale(self, n: Self) -> Self {
                // SAFETY: as above.
                $v(unsafe { $scalef(self.0, n.0) })
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

avx512!(
    /// Sixteen `f32`.
    F32x16(__m512) f32 __mmask16 single 16 23;
    _mm512_add_ps _mm512_sub_ps _mm512_mul_ps _mm512_div_ps _mm512_sqrt_ps _mm512_fmadd_ps _mm512_roundscale_ps
    _mm512_set1_ps _mm512_cmp_ps_mask _mm512_mask_blend_ps _mm512_min_ps _mm512_max_ps _mm512_loadu_ps
    _mm512_mask_loadu_ps _mm512_storeu_ps _mm512_mask_storeu_ps _mm512_scalef_ps _mm512_castps_si512
    _mm512_castsi512_ps _mm512_set1_epi32(i32) _mm512_add_epi32 _mm512_sub_epi32 _mm512_slli_epi32 _mm512_srli_epi32);
avx512!(
    /// Eight `f64`.
    F64x8(__m512d) f64 __mmask8 double 8 52;
    _mm512_add_pd _mm512_sub_pd _mm512_mul_pd _mm512_div_pd _mm512_sqrt_pd _mm512_fmadd_pd _mm512_roundscale_pd
    _mm512_set1_pd _mm512_cmp_pd_mask _mm512_mask_blend_pd _mm512_min_pd _mm512_max_pd _mm512_loadu_pd
    _mm512_mask_loadu_pd _mm512_storeu_pd _mm512_mask_storeu_pd _mm512_scalef_pd _mm512_castpd_si512
    _mm512_castsi512_pd _mm512_set1_epi64(i64) _mm512_add_epi64 _mm512_sub_epi64 _mm512_slli_epi64 _mm512_srli_epi64);

impl Lookup for F32x16 {
    #[inline(always)]
    fn lookup(table: &[f32; 16], index: __m512i) -> Self {
        // SAFETY: as above; the instruction reads no more than four bits of an index.
        F32x16(unsafe { _mm512_permutexvar_ps(index, _mm512_loadu_ps(table.as_ptr())) })
    }
}

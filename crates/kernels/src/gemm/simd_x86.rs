//! The vectors of [`super::simd`] on x86-64: AVX-512 and AVX2, single and double precision.

use super::simd::{ExpF32, ExpF64, Kernel, Vector};
use half::{bf16, f16};
use std::arch::x86_64::*;

/// 16 floats of AVX-512.
#[derive(Clone, Copy)]
pub(crate) struct F32x16(__m512);
/// 8 doubles of AVX-512.
#[derive(Clone, Copy)]
pub(crate) struct F64x8(__m512d);
/// 8 floats of AVX2.
#[derive(Clone, Copy)]
pub(crate) struct F32x8(__m256);
/// 4 doubles of AVX2.
#[derive(Clone, Copy)]
pub(crate) struct F64x4(__m256d);

/// A method body of intrinsics.
macro_rules! x {
    ($($body:tt)*) => {{
        // SAFETY: these vectors exist only inside `enter`, whose caller vouches for the instruction set; a method with
        // pointers has its caller's promise for them.
        unsafe { $($body)* }
    }};
}

macro_rules! common {
    ($features:literal, $e:ident, $lanes:literal, $mr:literal, $splat:ident, $load:ident, $store:ident, $add:ident,
     $sub:ident, $mul:ident, $max:ident, $fma:ident) => {
        type E = $e;
        const LANES: usize = $lanes;
        const MR: usize = $mr;

        unsafe fn enter<K: Kernel<$e>>(kernel: K) {
            #[target_feature(enable = $features)]
            unsafe fn go<K: Kernel<$e>, V: Vector<E = $e>>(kernel: K) {
                // SAFETY: the caller's promise.
                unsafe { kernel.run::<V>() }
            }
            // SAFETY: the caller vouches for the instruction set and the kernel's conditions.
            unsafe { go::<K, Self>(kernel) }
        }
        #[inline(always)]
        fn splat(x: $e) -> Self {
            x!(Self($splat(x)))
        }
        #[inline(always)]
        unsafe fn load(p: *const $e) -> Self {
            x!(Self($load(p)))
        }
        #[inline(always)]
        unsafe fn store(self, p: *mut $e) {
            x!($store(p, self.0))
        }
        #[inline(always)]
        fn add(self, other: Self) -> Self {
            x!(Self($add(self.0, other.0)))
        }
        #[inline(always)]
        fn sub(self, other: Self) -> Self {
            x!(Self($sub(self.0, other.0)))
        }
        #[inline(always)]
        fn mul(self, other: Self) -> Self {
            x!(Self($mul(self.0, other.0)))
        }
        #[inline(always)]
        fn max(self, other: Self) -> Self {
            x!(Self($max(self.0, other.0)))
        }
        #[inline(always)]
        fn mul_add(self, b: Self, c: Self) -> Self {
            x!(Self($fma(self.0, b.0, c.0)))
        }
    };
}

/// e^r from its polynomial: 1 + r + r^2 (1/2 + r P(r)).
macro_rules! exp_poly {
    ($r:expr, $poly:expr, $half:expr, $one:expr) => {{
        let r = $r;
        let mut p = Self::splat($poly[0]);
        for &c in &$poly[1..] {
            p = p.mul_add(r, Self::splat(c));
        }
        let q = p.mul_add(r, Self::splat($half));
        q.mul(r).mul_add(r, r).add(Self::splat($one))
    }};
}

impl Vector for F32x16 {
    common!(
        "avx512f,avx512bw,avx512dq,avx512vl,avx2,fma,f16c",
        f32,
        16,
        14,
        _mm512_set1_ps,
        _mm512_loadu_ps,
        _mm512_storeu_ps,
        _mm512_add_ps,
        _mm512_sub_ps,
        _mm512_mul_ps,
        _mm512_max_ps,
        _mm512_fmadd_ps
    );
    #[inline(always)]
    unsafe fn load_part(p: *const f32, n: usize) -> Self {
        x!(Self(_mm512_maskz_loadu_ps(((1u32 << n) - 1) as u16, p)))
    }
    #[inline(always)]
    unsafe fn store_part(self, p: *mut f32, n: usize) {
        x!(_mm512_mask_storeu_ps(p, ((1u32 << n) - 1) as u16, self.0))
    }
    #[inline(always)]
    unsafe fn load_f16(p: *const f16) -> Self {
        x!(Self(_mm512_cvtph_ps(_mm256_loadu_si256(p.cast()))))
    }
    #[inline(always)]
    unsafe fn load_bf16(p: *const bf16) -> Self {
        x!(Self(_mm512_castsi512_ps(_mm512_slli_epi32::<16>(_mm512_cvtepu16_epi32(_mm256_loadu_si256(p.cast()))))))
    }
    #[inline(always)]
    unsafe fn store_f16(self, p: *mut f16) {
        x!(_mm256_storeu_si256(p.cast(), _mm512_cvtps_ph::<_MM_FROUND_TO_NEAREST_INT>(self.0)))
    }
    #[inline(always)]
    unsafe fn store_bf16(self, p: *mut bf16) {
        x!({
            // To nearest, ties to even; a NaN is made quiet instead, lest the rounding turn it into an infinity.
            let bits = _mm512_castps_si512(self.0);
            let odd = _mm512_and_si512(_mm512_srli_epi32::<16>(bits), _mm512_set1_epi32(1));
            let rounded = _mm512_add_epi32(bits, _mm512_add_epi32(odd, _mm512_set1_epi32(0x7fff)));
            let nan = _mm512_cmp_ps_mask::<_CMP_UNORD_Q>(self.0, self.0);
            let quiet = _mm512_or_si512(bits, _mm512_set1_epi32(0x40_0000));
            let high = _mm512_srli_epi32::<16>(_mm512_mask_blend_epi32(nan, rounded, quiet));
            _mm256_storeu_si256(p.cast(), _mm512_cvtepi32_epi16(high))
        })
    }
    #[inline(always)]
    fn first(self, n: usize, other: Self) -> Self {
        x!(Self(_mm512_mask_blend_ps(((1u32 << n.min(16)) - 1) as u16, other.0, self.0)))
    }
    #[inline(always)]
    fn sum(self) -> f32 {
        x!(_mm512_reduce_add_ps(self.0))
    }
    #[inline(always)]
    fn max_lane(self) -> f32 {
        x!(_mm512_reduce_max_ps(self.0))
    }
    #[inline(always)]
    fn exp(self) -> Self {
        x!({
            let n = _mm512_roundscale_ps::<8>(_mm512_mul_ps(self.0, _mm512_set1_ps(std::f32::consts::LOG2_E)));
            let r = _mm512_fnmadd_ps(n, _mm512_set1_ps(ExpF32::LN2_HI), self.0);
            let r = Self(_mm512_fnmadd_ps(n, _mm512_set1_ps(ExpF32::LN2_LO), r));
            let e = exp_poly!(r, ExpF32::POLY, 0.5, 1.0);
            // Below the range, minus infinity included, the remainder means nothing: zero. NaN is not below it.
            let low = _mm512_cmp_ps_mask::<_CMP_LT_OQ>(self.0, _mm512_set1_ps(ExpF32::LOWEST));
            Self(_mm512_maskz_scalef_ps(!low, e.0, n))
        })
    }
    #[inline(always)]
    fn transpose(v: &mut [Self; 16]) {
        x!({
            let mut t = [_mm512_setzero_ps(); 16];
            for i in 0..8 {
                t[2 * i] = _mm512_unpacklo_ps(v[2 * i].0, v[2 * i + 1].0);
                t[2 * i + 1] = _mm512_unpackhi_ps(v[2 * i].0, v[2 * i + 1].0);
            }
            let mut u = [_mm512_setzero_ps(); 16];
            for i in 0..4 {
                for h in 0..2 {
                    let (a, b) = (_mm512_castps_pd(t[4 * i + h]), _mm512_castps_pd(t[4 * i + 2 + h]));
                    u[4 * i + 2 * h] = _mm512_castpd_ps(_mm512_unpacklo_pd(a, b));
                    u[4 * i + 2 * h + 1] = _mm512_castpd_ps(_mm512_unpackhi_pd(a, b));
                }
            }
            // u[4 i + c] holds columns c, c+4, c+8, c+12 of rows 4 i .. 4 i + 3, one per 128 bits.
            for c in 0..4 {
                let lo = _mm512_shuffle_f32x4::<0x88>(u[c], u[4 + c]);
                let lo2 = _mm512_shuffle_f32x4::<0x88>(u[8 + c], u[12 + c]);
                let hi = _mm512_shuffle_f32x4::<0xdd>(u[c], u[4 + c]);
                let hi2 = _mm512_shuffle_f32x4::<0xdd>(u[8 + c], u[12 + c]);
                v[c].0 = _mm512_shuffle_f32x4::<0x88>(lo, lo2);
                v[8 + c].0 = _mm512_shuffle_f32x4::<0xdd>(lo, lo2);
                v[4 + c].0 = _mm512_shuffle_f32x4::<0x88>(hi, hi2);
                v[12 + c].0 = _mm512_shuffle_f32x4::<0xdd>(hi, hi2);
            }
        })
    }
}

impl Vector for F64x8 {
    common!(
        "avx512f,avx512bw,avx512dq,avx512vl,avx2,fma,f16c",
        f64,
        8,
        14,
        _mm512_set1_pd,
        _mm512_loadu_pd,
        _mm512_storeu_pd,
        _mm512_add_pd,
        _mm512_sub_pd,
        _mm512_mul_pd,
        _mm512_max_pd,
        _mm512_fmadd_pd
    );
    #[inline(always)]
    unsafe fn load_part(p: *const f64, n: usize) -> Self {
        x!(Self(_mm512_maskz_loadu_pd(((1u32 << n) - 1) as u8, p)))
    }
    #[inline(always)]
    unsafe fn store_part(self, p: *mut f64, n: usize) {
        x!(_mm512_mask_storeu_pd(p, ((1u32 << n) - 1) as u8, self.0))
    }
    #[inline(always)]
    fn first(self, n: usize, other: Self) -> Self {
        x!(Self(_mm512_mask_blend_pd(((1u32 << n.min(8)) - 1) as u8, other.0, self.0)))
    }
    #[inline(always)]
    fn sum(self) -> f64 {
        x!(_mm512_reduce_add_pd(self.0))
    }
    #[inline(always)]
    fn max_lane(self) -> f64 {
        x!(_mm512_reduce_max_pd(self.0))
    }
    #[inline(always)]
    fn exp(self) -> Self {
        x!({
            let n = _mm512_roundscale_pd::<8>(_mm512_mul_pd(self.0, _mm512_set1_pd(std::f64::consts::LOG2_E)));
            let r = _mm512_fnmadd_pd(n, _mm512_set1_pd(ExpF64::LN2_HI), self.0);
            let r = Self(_mm512_fnmadd_pd(n, _mm512_set1_pd(ExpF64::LN2_LO), r));
            let e = exp_poly!(r, ExpF64::POLY, 0.5, 1.0);
            let low = _mm512_cmp_pd_mask::<_CMP_LT_OQ>(self.0, _mm512_set1_pd(ExpF64::LOWEST));
            Self(_mm512_maskz_scalef_pd(!low, e.0, n))
        })
    }
    #[inline(always)]
    fn transpose(v: &mut [Self; 16]) {
        x!({
            let mut t = [_mm512_setzero_pd(); 8];
            for i in 0..4 {
                t[2 * i] = _mm512_unpacklo_pd(v[2 * i].0, v[2 * i + 1].0);
                t[2 * i + 1] = _mm512_unpackhi_pd(v[2 * i].0, v[2 * i + 1].0);
            }
            // t[2 i + c] holds columns c, c+2, c+4, c+6 of rows 2 i and 2 i + 1.
            for c in 0..2 {
                let lo = _mm512_shuffle_f64x2::<0x88>(t[c], t[2 + c]);
                let lo2 = _mm512_shuffle_f64x2::<0x88>(t[4 + c], t[6 + c]);
                let hi = _mm512_shuffle_f64x2::<0xdd>(t[c], t[2 + c]);
                let hi2 = _mm512_shuffle_f64x2::<0xdd>(t[4 + c], t[6 + c]);
                v[c].0 = _mm512_shuffle_f64x2::<0x88>(lo, lo2);
                v[4 + c].0 = _mm512_shuffle_f64x2::<0xdd>(lo, lo2);
                v[2 + c].0 = _mm512_shuffle_f64x2::<0x88>(hi, hi2);
                v[6 + c].0 = _mm512_shuffle_f64x2::<0xdd>(hi, hi2);
            }
        })
    }
}

/// Lanes as 32-bit masks, all ones in the first eight: a load at `8 - n` has `n` lanes set.
static FIRST: [i32; 16] = [-1, -1, -1, -1, -1, -1, -1, -1, 0, 0, 0, 0, 0, 0, 0, 0];

#[inline(always)]
fn first32(n: usize) -> __m256i {
    x!(_mm256_loadu_si256(FIRST.as_ptr().add(8 - n.min(8)).cast()))
}

#[inline(always)]
fn first64(n: usize) -> __m256i {
    first32(2 * n.min(4))
}

impl Vector for F32x8 {
    common!(
        "avx2,fma,f16c",
        f32,
        8,
        6,
        _mm256_set1_ps,
        _mm256_loadu_ps,
        _mm256_storeu_ps,
        _mm256_add_ps,
        _mm256_sub_ps,
        _mm256_mul_ps,
        _mm256_max_ps,
        _mm256_fmadd_ps
    );
    #[inline(always)]
    unsafe fn load_part(p: *const f32, n: usize) -> Self {
        x!(Self(_mm256_maskload_ps(p, first32(n))))
    }
    #[inline(always)]
    unsafe fn store_part(self, p: *mut f32, n: usize) {
        x!(_mm256_maskstore_ps(p, first32(n), self.0))
    }
    #[inline(always)]
    unsafe fn load_f16(p: *const f16) -> Self {
        x!(Self(_mm256_cvtph_ps(_mm_loadu_si128(p.cast()))))
    }
    #[inline(always)]
    unsafe fn load_bf16(p: *const bf16) -> Self {
        x!(Self(_mm256_castsi256_ps(_mm256_slli_epi32::<16>(_mm256_cvtepu16_epi32(_mm_loadu_si128(p.cast()))))))
    }
    #[inline(always)]
    unsafe fn store_f16(self, p: *mut f16) {
        x!(_mm_storeu_si128(p.cast(), _mm256_cvtps_ph::<_MM_FROUND_TO_NEAREST_INT>(self.0)))
    }
    #[inline(always)]
    unsafe fn store_bf16(self, p: *mut bf16) {
        x!({
            // As with AVX-512.
            let bits = _mm256_castps_si256(self.0);
            let odd = _mm256_and_si256(_mm256_srli_epi32::<16>(bits), _mm256_set1_epi32(1));
            let rounded = _mm256_add_epi32(bits, _mm256_add_epi32(odd, _mm256_set1_epi32(0x7fff)));
            let nan = _mm256_castps_si256(_mm256_cmp_ps::<_CMP_UNORD_Q>(self.0, self.0));
            let quiet = _mm256_or_si256(bits, _mm256_set1_epi32(0x40_0000));
            let high = _mm256_srli_epi32::<16>(_mm256_blendv_epi8(rounded, quiet, nan));
            let packed = _mm256_packus_epi32(high, high);
            let packed = _mm256_permute4x64_epi64::<0b1000>(packed);
            _mm_storeu_si128(p.cast(), _mm256_castsi256_si128(packed))
        })
    }
    #[inline(always)]
    fn first(self, n: usize, other: Self) -> Self {
        x!(Self(_mm256_blendv_ps(other.0, self.0, _mm256_castsi256_ps(first32(n)))))
    }
    #[inline(always)]
    fn sum(self) -> f32 {
        x!({
            let s = _mm_add_ps(_mm256_castps256_ps128(self.0), _mm256_extractf128_ps::<1>(self.0));
            let s = _mm_add_ps(s, _mm_movehl_ps(s, s));
            _mm_cvtss_f32(_mm_add_ss(s, _mm_movehdup_ps(s)))
        })
    }
    #[inline(always)]
    fn max_lane(self) -> f32 {
        x!({
            let s = _mm_max_ps(_mm256_castps256_ps128(self.0), _mm256_extractf128_ps::<1>(self.0));
            let s = _mm_max_ps(s, _mm_movehl_ps(s, s));
            _mm_cvtss_f32(_mm_max_ss(s, _mm_movehdup_ps(s)))
        })
    }
    #[inline(always)]
    fn exp(self) -> Self {
        x!({
            let low = _mm256_cmp_ps::<_CMP_LT_OQ>(self.0, _mm256_set1_ps(ExpF32::LOWEST));
            let n = _mm256_round_ps::<8>(_mm256_mul_ps(self.0, _mm256_set1_ps(std::f32::consts::LOG2_E)));
            let r = _mm256_fnmadd_ps(n, _mm256_set1_ps(ExpF32::LN2_HI), self.0);
            let r = Self(_mm256_fnmadd_ps(n, _mm256_set1_ps(ExpF32::LN2_LO), r));
            let e = exp_poly!(r, ExpF32::POLY, 0.5, 1.0);
            let bits = _mm256_add_epi32(_mm256_cvtps_epi32(n), _mm256_set1_epi32(127));
            let scale = _mm256_castsi256_ps(_mm256_slli_epi32::<23>(bits));
            Self(_mm256_andnot_ps(low, _mm256_mul_ps(e.0, scale)))
        })
    }
    #[inline(always)]
    fn transpose(v: &mut [Self; 16]) {
        x!({
            let mut t = [_mm256_setzero_ps(); 8];
            for i in 0..4 {
                t[2 * i] = _mm256_unpacklo_ps(v[2 * i].0, v[2 * i + 1].0);
                t[2 * i + 1] = _mm256_unpackhi_ps(v[2 * i].0, v[2 * i + 1].0);
            }
            let mut u = [_mm256_setzero_ps(); 8];
            for i in 0..2 {
                for h in 0..2 {
                    let (a, b) = (_mm256_castps_pd(t[4 * i + h]), _mm256_castps_pd(t[4 * i + 2 + h]));
                    u[4 * i + 2 * h] = _mm256_castpd_ps(_mm256_unpacklo_pd(a, b));
                    u[4 * i + 2 * h + 1] = _mm256_castpd_ps(_mm256_unpackhi_pd(a, b));
                }
            }
            for c in 0..4 {
                v[c].0 = _mm256_permute2f128_ps::<0x20>(u[c], u[4 + c]);
                v[4 + c].0 = _mm256_permute2f128_ps::<0x31>(u[c], u[4 + c]);
            }
        })
    }
}

impl Vector for F64x4 {
    common!(
        "avx2,fma,f16c",
        f64,
        4,
        6,
        _mm256_set1_pd,
        _mm256_loadu_pd,
        _mm256_storeu_pd,
        _mm256_add_pd,
        _mm256_sub_pd,
        _mm256_mul_pd,
        _mm256_max_pd,
        _mm256_fmadd_pd
    );
    #[inline(always)]
    unsafe fn load_part(p: *const f64, n: usize) -> Self {
        x!(Self(_mm256_maskload_pd(p, first64(n))))
    }
    #[inline(always)]
    unsafe fn store_part(self, p: *mut f64, n: usize) {
        x!(_mm256_maskstore_pd(p, first64(n), self.0))
    }
    #[inline(always)]
    fn first(self, n: usize, other: Self) -> Self {
        x!(Self(_mm256_blendv_pd(other.0, self.0, _mm256_castsi256_pd(first64(n)))))
    }
    #[inline(always)]
    fn sum(self) -> f64 {
        x!({
            let s = _mm_add_pd(_mm256_castpd256_pd128(self.0), _mm256_extractf128_pd::<1>(self.0));
            _mm_cvtsd_f64(_mm_add_sd(s, _mm_unpackhi_pd(s, s)))
        })
    }
    #[inline(always)]
    fn max_lane(self) -> f64 {
        x!({
            let s = _mm_max_pd(_mm256_castpd256_pd128(self.0), _mm256_extractf128_pd::<1>(self.0));
            _mm_cvtsd_f64(_mm_max_sd(s, _mm_unpackhi_pd(s, s)))
        })
    }
    #[inline(always)]
    fn exp(self) -> Self {
        x!({
            let low = _mm256_cmp_pd::<_CMP_LT_OQ>(self.0, _mm256_set1_pd(ExpF64::LOWEST));
            let n = _mm256_round_pd::<8>(_mm256_mul_pd(self.0, _mm256_set1_pd(std::f64::consts::LOG2_E)));
            let r = _mm256_fnmadd_pd(n, _mm256_set1_pd(ExpF64::LN2_HI), self.0);
            let r = Self(_mm256_fnmadd_pd(n, _mm256_set1_pd(ExpF64::LN2_LO), r));
            let e = exp_poly!(r, ExpF64::POLY, 0.5, 1.0);
            let bits = _mm256_add_epi64(_mm256_cvtepi32_epi64(_mm256_cvtpd_epi32(n)), _mm256_set1_epi64x(1023));
            let scale = _mm256_castsi256_pd(_mm256_slli_epi64::<52>(bits));
            Self(_mm256_andnot_pd(low, _mm256_mul_pd(e.0, scale)))
        })
    }
    #[inline(always)]
    fn transpose(v: &mut [Self; 16]) {
        x!({
            let (a, b) = (_mm256_unpacklo_pd(v[0].0, v[1].0), _mm256_unpackhi_pd(v[0].0, v[1].0));
            let (c, d) = (_mm256_unpacklo_pd(v[2].0, v[3].0), _mm256_unpackhi_pd(v[2].0, v[3].0));
            v[0].0 = _mm256_permute2f128_pd::<0x20>(a, c);
            v[1].0 = _mm256_permute2f128_pd::<0x20>(b, d);
            v[2].0 = _mm256_permute2f128_pd::<0x31>(a, c);
            v[3].0 = _mm256_permute2f128_pd::<0x31>(b, d);
        })
    }
}

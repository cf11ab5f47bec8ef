//! Transposes one tile: 8 by 8 in registers for 4-byte elements, 4 by 4 for 8 bytes, element by element otherwise.

/// The side of a tile: its lines of both views fit the first cache.
pub(super) const TILE: usize = 64;

/// `dst[i * dst_step + j] = src[i + j * src_step]` for `i < h`, `j < w`.
///
/// # Safety
/// Both sides of every assignment are valid, and the views do not overlap.
#[inline]
pub(super) unsafe fn tile<T: Copy>(src: *const T, src_step: isize, dst: *mut T, dst_step: isize, h: usize, w: usize) {
    #[cfg(target_arch = "x86_64")]
    if size_of::<T>() <= 2 {
        // SAFETY: SSE2 is part of x86-64; the sizes say what the elements are; the rest is the caller's promise.
        unsafe {
            return if size_of::<T>() == 2 {
                x86::tile2(src.cast(), src_step, dst.cast(), dst_step, h, w)
            } else {
                x86::tile1(src.cast(), src_step, dst.cast(), dst_step, h, w)
            };
        }
    }
    #[cfg(target_arch = "x86_64")]
    if crate::isa::isa() >= crate::isa::Isa::Avx2 {
        // SAFETY: the instruction set is there; the sizes say what the elements are; the rest is the caller's promise.
        unsafe {
            if size_of::<T>() == 4 {
                return x86::tile4(src.cast(), src_step, dst.cast(), dst_step, h, w);
            }
            if size_of::<T>() == 8 {
                return x86::tile8(src.cast(), src_step, dst.cast(), dst_step, h, w);
            }
        }
    }
    // SAFETY: the caller's promise.
    unsafe { part(src, src_step, dst, dst_step, 0..h, 0..w) }
}

/// # Safety
/// As for [`tile`], for the given ranges of `i` and `j`.
#[inline(always)]
unsafe fn part<T: Copy>(
    src: *const T,
    src_step: isize,
    dst: *mut T,
    dst_step: isize,
    rows: std::ops::Range<usize>,
    columns: std::ops::Range<usize>,
) {
    // 16 rows at a time: their source lies in few lines, which stay in the cache while the columns go by.
    for first in rows.clone().step_by(16) {
        for i in first..(first + 16).min(rows.end) {
            for j in columns.clone() {
                // SAFETY: the caller's promise.
                unsafe {
                    *dst.offset(i as isize * dst_step + j as isize) = *src.offset(i as isize + j as isize * src_step);
                }
            }
        }
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use super::part;
    use std::arch::x86_64::*;

    /// # Safety
    /// As for [`super::tile`], and the processor has AVX2.
    #[target_feature(enable = "avx2")]
    pub(super) unsafe fn tile4(src: *const f32, src_step: isize, dst: *mut f32, dst_step: isize, h: usize, w: usize) {
        let (h8, w8) = (h & !7, w & !7);
        for i in (0..h8).step_by(8) {
            for j in (0..w8).step_by(8) {
                // SAFETY: eight rows of eight elements on both sides lie inside the tile.
                unsafe {
                    let s = src.offset(i as isize + j as isize * src_step);
                    let d = dst.offset(i as isize * dst_step + j as isize);
                    let load = |k: isize| _mm256_loadu_ps(s.offset(k * src_step));
                    let r = [load(0), load(1), load(2), load(3), load(4), load(5), load(6), load(7)];
                    let pair = |a: usize, b: usize| (_mm256_unpacklo_ps(r[a], r[b]), _mm256_unpackhi_ps(r[a], r[b]));
                    let ((a0, a1), (a2, a3), (a4, a5), (a6, a7)) = (pair(0, 1), pair(2, 3), pair(4, 5), pair(6, 7));
                    let quad = |x, y| (_mm256_shuffle_ps::<0x44>(x, y), _mm256_shuffle_ps::<0xee>(x, y));
                    let ((b0, b1), (b2, b3), (b4, b5), (b6, b7)) =
                        (quad(a0, a2), quad(a1, a3), quad(a4, a6), quad(a5, a7));
                    let store = |k: isize, x| _mm256_storeu_ps(d.offset(k * dst_step), x);
                    store(0, _mm256_permute2f128_ps::<0x20>(b0, b4));
                    store(1, _mm256_permute2f128_ps::<0x20>(b1, b5));
                    store(2, _mm256_permute2f128_ps::<0x20>(b2, b6));
                    store(3, _mm256_permute2f128_ps::<0x20>(b3, b7));
                    store(4, _mm256_permute2f128_ps::<0x31>(b0, b4));
                    store(5, _mm256_permute2f128_ps::<0x31>(b1, b5));
                    store(6, _mm256_permute2f128_ps::<0x31>(b2, b6));
                    store(7, _mm256_permute2f128_ps::<0x31>(b3, b7));
                }
            }
        }
        // SAFETY: what the blocks left, inside the tile. As u32: any bits may be there.
        unsafe {
            part(src.cast::<u32>(), src_step, dst.cast(), dst_step, h8..h, 0..w);
            part(src.cast::<u32>(), src_step, dst.cast(), dst_step, 0..h8, w8..w);
        }
    }

    /// # Safety
    /// As for [`super::tile`], and the processor has AVX2.
    #[target_feature(enable = "avx2")]
    pub(super) unsafe fn tile8(src: *const f64, src_step: isize, dst: *mut f64, dst_step: isize, h: usize, w: usize) {
        let (h4, w4) = (h & !3, w & !3);
        for i in (0..h4).step_by(4) {
            for j in (0..w4).step_by(4) {
                // SAFETY: four rows of four elements on both sides lie inside the tile.
                unsafe {
                    let s = src.offset(i as isize + j as isize * src_step);
                    let d = dst.offset(i as isize * dst_step + j as isize);
                    let load = |k: isize| _mm256_loadu_pd(s.offset(k * src_step));
                    let (r0, r1, r2, r3) = (load(0), load(1), load(2), load(3));
                    let (a0, a1) = (_mm256_unpacklo_pd(r0, r1), _mm256_unpackhi_pd(r0, r1));
                    let (a2, a3) = (_mm256_unpacklo_pd(r2, r3), _mm256_unpackhi_pd(r2, r3));
                    let store = |k: isize, x| _mm256_storeu_pd(d.offset(k * dst_step), x);
                    store(0, _mm256_permute2f128_pd::<0x20>(a0, a2));
                    store(1, _mm256_permute2f128_pd::<0x20>(a1, a3));
                    store(2, _mm256_permute2f128_pd::<0x31>(a0, a2));
                    store(3, _mm256_permute2f128_pd::<0x31>(a1, a3));
                }
            }
        }
        // SAFETY: what the blocks left, inside the tile. As u64: any bits may be there.
        unsafe {
            part(src.cast::<u64>(), src_step, dst.cast(), dst_step, h4..h, 0..w);
            part(src.cast::<u64>(), src_step, dst.cast(), dst_step, 0..h4, w4..w);
        }
    }

    /// # Safety
    /// As for [`super::tile`].
    pub(super) unsafe fn tile2(src: *const u16, src_step: isize, dst: *mut u16, dst_step: isize, h: usize, w: usize) {
        let (h8, w8) = (h & !7, w & !7);
        for i in (0..h8).step_by(8) {
            for j in (0..w8).step_by(8) {
                // SAFETY: eight rows of eight elements on both sides lie inside the tile.
                unsafe {
                    let s = src.offset(i as isize + j as isize * src_step);
                    let d = dst.offset(i as isize * dst_step + j as isize);
                    let load = |k: isize| _mm_loadu_si128(s.offset(k * src_step).cast());
                    let r = [load(0), load(1), load(2), load(3), load(4), load(5), load(6), load(7)];
                    let pair = |a: usize, b: usize| (_mm_unpacklo_epi16(r[a], r[b]), _mm_unpackhi_epi16(r[a], r[b]));
                    let ((a0, a1), (a2, a3), (a4, a5), (a6, a7)) = (pair(0, 1), pair(2, 3), pair(4, 5), pair(6, 7));
                    let quad = |x, y| (_mm_unpacklo_epi32(x, y), _mm_unpackhi_epi32(x, y));
                    let ((b0, b1), (b2, b3), (b4, b5), (b6, b7)) =
                        (quad(a0, a2), quad(a1, a3), quad(a4, a6), quad(a5, a7));
                    let store = |k: isize, x, y| {
                        _mm_storeu_si128(d.offset(k * dst_step).cast(), _mm_unpacklo_epi64(x, y));
                        _mm_storeu_si128(d.offset((k + 1) * dst_step).cast(), _mm_unpackhi_epi64(x, y));
                    };
                    store(0, b0, b4);
                    store(2, b1, b5);
                    store(4, b2, b6);
                    store(6, b3, b7);
                }
            }
        }
        // SAFETY: what the blocks left, inside the tile.
        unsafe {
            part(src, src_step, dst, dst_step, h8..h, 0..w);
            part(src, src_step, dst, dst_step, 0..h8, w8..w);
        }
    }

    /// # Safety
    /// As for [`super::tile`].
    pub(super) unsafe fn tile1(src: *const u8, src_step: isize, dst: *mut u8, dst_step: isize, h: usize, w: usize) {
        let (h8, w8) = (h & !7, w & !7);
        for i in (0..h8).step_by(8) {
            for j in (0..w8).step_by(8) {
                // SAFETY: eight rows of eight elements on both sides lie inside the tile.
                unsafe {
                    let s = src.offset(i as isize + j as isize * src_step);
                    let d = dst.offset(i as isize * dst_step + j as isize);
                    let load = |k: isize| _mm_loadl_epi64(s.offset(k * src_step).cast());
                    let pair = |a: isize| _mm_unpacklo_epi8(load(a), load(a + 1));
                    let (a0, a2, a4, a6) = (pair(0), pair(2), pair(4), pair(6));
                    let quad = |x, y| (_mm_unpacklo_epi16(x, y), _mm_unpackhi_epi16(x, y));
                    let ((b0, b1), (b2, b3)) = (quad(a0, a2), quad(a4, a6));
                    let store = |k: isize, x| {
                        _mm_storel_epi64(d.offset(k * dst_step).cast(), x);
                        _mm_storel_epi64(d.offset((k + 1) * dst_step).cast(), _mm_unpackhi_epi64(x, x));
                    };
                    store(0, _mm_unpacklo_epi32(b0, b2));
                    store(2, _mm_unpackhi_epi32(b0, b2));
                    store(4, _mm_unpacklo_epi32(b1, b3));
                    store(6, _mm_unpackhi_epi32(b1, b3));
                }
            }
        }
        // SAFETY: what the blocks left, inside the tile.
        unsafe {
            part(src, src_step, dst, dst_step, h8..h, 0..w);
            part(src, src_step, dst, dst_step, 0..h8, w8..w);
        }
    }
}

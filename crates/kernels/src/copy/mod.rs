//! Copies between strided views of any rank: dimensions are put in the order of the destination and merged, then rows are
//! copied whole, transposed in blocks, or walked element by element. Conversions between dtypes are in `convert`.

mod convert;
mod plan;
mod transpose;

pub use convert::{convert, convert_strided};

use crate::pool::{SendPtr, parallel_chunks};
use plan::Plan;

/// Elements that make up one piece of work.
const GRAIN: usize = 1 << 15;

/// Bytes that make up one piece of work when rows are joined: they come from memory mostly.
const GRAIN_BYTES: usize = 1 << 15;

/// 16 bytes without an alignment of 16.
type Wide = [u64; 2];

/// Copies `shape` elements of `size` bytes (1, 2, 4, 8 or 16) from one strided view to another. Strides count elements
/// and may be zero or negative.
///
/// # Safety
/// Every element that the strides reach from `src` can be read and from `dst` written, aligned to `size` (8 for 16); the
/// views do not overlap, and no two indices reach the same element of `dst`.
pub unsafe fn copy_strided(
    size: usize,
    shape: &[usize],
    src: *const u8,
    src_strides: &[isize],
    dst: *mut u8,
    dst_strides: &[isize],
) {
    let plan = Plan::new(shape, src_strides, dst_strides);
    // SAFETY: the caller's promises.
    unsafe {
        match size {
            1 => copy::<u8>(&plan, src.cast(), dst.cast()),
            2 => copy::<u16>(&plan, src.cast(), dst.cast()),
            4 => copy::<u32>(&plan, src.cast(), dst.cast()),
            8 => copy::<u64>(&plan, src.cast(), dst.cast()),
            16 => copy::<Wide>(&plan, src.cast(), dst.cast()),
            _ => unreachable!("no element has {size} bytes"),
        }
    }
}

/// What rows are joined from: `len` bytes from `ptr` on, then as many `stride` bytes further, and so on.
#[derive(Clone, Copy, Debug)]
pub struct Part {
    /// The first row.
    pub ptr: *const u8,
    /// Bytes from one row to the next.
    pub stride: isize,
    /// Bytes of a row.
    pub len: usize,
}
// SAFETY: parts are read only, under the promises of `join_rows`.
unsafe impl Send for Part {}
// SAFETY: as above.
unsafe impl Sync for Part {}

/// Whether [`join_rows`] suits: its rows are more than a few elements, and they keep all threads busy or one has little to do.
pub fn joins_well(parts: &[Part], rows: usize) -> bool {
    let bytes = rows * parts.iter().map(|p| p.len).sum::<usize>();
    (rows == 1 || parts.iter().all(|p| p.len >= 64)) && (bytes <= GRAIN_BYTES || rows >= 4 * crate::pool::num_threads())
}

/// Writes `rows` rows to `dst` without gaps: each is a row of every part, one after the other.
///
/// # Safety
/// All rows of all parts can be read, `rows` times their lengths' sum can be written at `dst`, and the two are apart.
pub unsafe fn join_rows(parts: &[Part], rows: usize, dst: *mut u8) {
    let bytes = parts.iter().map(|p| p.len).sum::<usize>();
    let dst = SendPtr(dst);
    parallel_chunks(rows, (GRAIN_BYTES / bytes.max(1)).max(1), |range| {
        for row in range {
            let mut at = row * bytes;
            for part in parts {
                // SAFETY: the caller's promise; rows do not overlap in the destination.
                unsafe {
                    let from = part.ptr.offset(row as isize * part.stride);
                    std::ptr::copy_nonoverlapping(from, dst.get().add(at), part.len);
                }
                at += part.len;
            }
        }
    });
}

/// Writes one element's bytes (1, 2, 4, 8 or 16 of them) to every place of a strided view.
///
/// # Safety
/// Every element that the strides reach from `dst` can be written, aligned to its size (8 for 16).
pub unsafe fn fill_strided(value: &[u8], shape: &[usize], dst: *mut u8, dst_strides: &[isize]) {
    let mut aligned = [0u64; 2];
    assert!(value.len() <= 16, "fill_strided: one element");
    // SAFETY: 16 bytes are there; the source is a view with strides of zero on them.
    unsafe {
        std::ptr::copy_nonoverlapping(value.as_ptr(), aligned.as_mut_ptr().cast(), value.len());
        copy_strided(value.len(), shape, aligned.as_ptr().cast(), &vec![0; shape.len()], dst, dst_strides);
    }
}

/// # Safety
/// As for [`copy_strided`], with `T` for the size.
unsafe fn copy<T: Copy + Send + Sync + 'static>(plan: &Plan, src: *const T, dst: *mut T) {
    let (src, dst) = (SendPtr(src.cast_mut()), SendPtr(dst));
    if plan.count() == 0 {
        return;
    }
    if let Some(across) = plan.transposed() {
        let [a, b] = [plan.dims[across], plan.dims[plan.dims.len() - 1]];
        let outer = plan.without(&[across, plan.dims.len() - 1]);
        let tiles = (a.len.div_ceil(transpose::TILE), b.len.div_ceil(transpose::TILE));
        let per = tiles.0 * tiles.1;
        let tile = transpose::TILE * transpose::TILE;
        parallel_chunks(outer.count() * per, (GRAIN / tile).max(1), |range| {
            for t in range {
                let (s, d) = outer.offsets(t / per);
                let (i, j) = (t % per / tiles.1 * transpose::TILE, t % per % tiles.1 * transpose::TILE);
                let (h, w) = (transpose::TILE.min(a.len - i), transpose::TILE.min(b.len - j));
                // SAFETY: the tile lies inside both views, and tiles do not overlap in the destination.
                unsafe {
                    let s = src.get().offset(s + i as isize + j as isize * b.src);
                    let d = dst.get().offset(d + i as isize * a.dst + j as isize);
                    transpose::tile(s, b.src, d, a.dst, h, w);
                }
            }
        });
        return;
    }
    plan.rows(GRAIN, |s, d, inner| {
        // SAFETY: the row lies inside both views, and rows do not overlap in the destination.
        unsafe {
            let (s, d) = (src.get().offset(s).cast_const(), dst.get().offset(d));
            match (inner.src, inner.dst) {
                (1, 1) => std::ptr::copy_nonoverlapping(s, d, inner.len),
                (0, 1) => std::slice::from_raw_parts_mut(d, inner.len).fill(*s),
                (step, 1) => (0..inner.len as isize).for_each(|i| *d.offset(i) = *s.offset(i * step)),
                (from, to) => (0..inner.len as isize).for_each(|i| *d.offset(i * to) = *s.offset(i * from)),
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_joined() {
        for (rows, lens) in [(1, [5, 3]), (3, [64, 100]), (200, [1000, 64])] {
            let src: Vec<u8> = (0..rows * 1200).map(|i| (i % 251) as u8).collect();
            let parts = [0, 7].map(|at| Part { ptr: src[at..].as_ptr(), stride: 1100, len: lens[usize::from(at > 0)] });
            let mut dst = vec![0u8; rows * (lens[0] + lens[1])];
            // SAFETY: the last row ends before 1100 * rows + 100; both vectors are as long as is said.
            unsafe { join_rows(&parts, rows, dst.as_mut_ptr()) };
            let row = |r: usize| [&src[r * 1100..][..lens[0]], &src[r * 1100 + 7..][..lens[1]]].concat();
            assert_eq!(dst, (0..rows).flat_map(row).collect::<Vec<u8>>(), "{rows} rows of {lens:?}");
        }
    }

    /// Every element, one by one.
    fn naive<T: Copy>(shape: &[usize], src: &[T], ss: &[isize], so: isize, dst: &mut [T], ds: &[isize], d0: isize) {
        let count: usize = shape.iter().product();
        for mut i in 0..count {
            let (mut s, mut d) = (so, d0);
            for k in (0..shape.len()).rev() {
                let x = (i % shape[k]) as isize;
                i /= shape[k];
                s += x * ss[k];
                d += x * ds[k];
            }
            dst[d as usize] = src[s as usize];
        }
    }

    /// A shape, the source's strides and offset, the destination's strides.
    type Case = (&'static [usize], &'static [isize], isize, &'static [isize]);

    fn check<T: Copy + Default + PartialEq + std::fmt::Debug>(make: impl Fn(usize) -> T) {
        let cases: &[Case] = &[
            (&[], &[], 0, &[]),
            (&[0, 3], &[3, 1], 0, &[3, 1]),
            (&[7], &[1], 0, &[1]),
            (&[5, 6], &[6, 1], 0, &[6, 1]),
            (&[5, 6], &[1, 5], 0, &[6, 1]),
            (&[130, 97], &[1, 130], 0, &[97, 1]),
            (&[97, 130], &[130, 1], 0, &[1, 97]),
            (&[3, 70, 65], &[70 * 65, 1, 70], 0, &[70 * 65, 65, 1]),
            (&[70, 3, 65], &[1, 70 * 65, 70], 0, &[3 * 65, 65, 1]),
            (&[4, 5, 6], &[0, 6, 1], 0, &[30, 6, 1]),
            (&[4, 5, 6], &[5, 1, 0], 0, &[30, 6, 1]),
            (&[40, 30], &[-30, -1], 1199, &[30, 1]),
            (&[40, 30], &[60, 2], 0, &[30, 1]),
            (&[40, 30], &[30, 1], 0, &[90, 3]),
            (&[1, 40, 1, 30], &[77, 30, 5, 1], 0, &[9, 30, 4, 1]),
            (&[300, 200], &[200, 1], 0, &[200, 1]),
        ];
        for (shape, ss, so, ds) in cases {
            let src: Vec<T> = (0..70_000).map(&make).collect();
            let mut want = vec![T::default(); 70_000];
            let mut got = want.clone();
            naive(shape, &src, ss, *so, &mut want, ds, 0);
            // SAFETY: the cases stay inside the buffers.
            unsafe {
                let s = src.as_ptr().offset(*so).cast();
                copy_strided(size_of::<T>(), shape, s, ss, got.as_mut_ptr().cast(), ds);
            }
            assert!(got == want, "{shape:?} {ss:?} {ds:?}");
        }
    }

    #[test]
    fn every_layout_copies_every_element() {
        check(|i| (i % 251) as u8);
        check(|i| (i % 65_521) as u16);
        check(|i| i as u32);
        check(|i| i as u64);
        check(|i| [i as u64, !(i as u64)]);
    }

    #[test]
    fn fill_writes_every_place_and_no_other() {
        let mut x = vec![0u32; 100];
        // SAFETY: 5 rows of 6 with a stride of 20 lie inside 100 elements.
        unsafe { fill_strided(&7u32.to_le_bytes(), &[5, 6], x.as_mut_ptr().cast(), &[20, 2]) };
        assert!(x.iter().enumerate().all(|(i, v)| *v == if i % 2 == 0 && i % 20 < 12 { 7 } else { 0 }));
    }
}

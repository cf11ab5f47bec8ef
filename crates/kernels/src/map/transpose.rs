//! Copies whose input and output run through memory along different dimensions: done in squares, so that both sides
//! use whole cache lines.

use super::{Dst, Src};
use crate::pool::{SendPtr, parallel_chunks};

/// Side of a square.
const SIDE: usize = 16;

#[inline(always)]
unsafe fn square<T: Copy>(src: *const T, dst: *mut T, rows: usize, cols: usize, row_in: isize, row_out: isize) {
    // SAFETY: the caller's square lies inside both matrices. Row r of the output is column r of the input.
    unsafe {
        if rows == SIDE && cols == SIDE {
            for c in 0..SIDE as isize {
                for r in 0..SIDE as isize {
                    dst.offset(r * row_out + c).write_unaligned(src.offset(c * row_in + r).read_unaligned());
                }
            }
        } else {
            for c in 0..cols as isize {
                for r in 0..rows as isize {
                    dst.offset(r * row_out + c).write_unaligned(src.offset(c * row_in + r).read_unaligned());
                }
            }
        }
    }
}

/// Copies if this is such a case; answers whether it was.
///
/// # Safety
/// As [`super::run`].
pub(super) unsafe fn copy(shape: &[usize], src: &Src<'_>, dst: &Dst<'_>) -> bool {
    let Src::Strided { ptr, dtype, strides } = *src else { return false };
    if dtype != dst.dtype || shape.len() > 16 {
        return false;
    }
    let find = |strides: &[isize]| (0..shape.len()).find(|d| strides[*d] == 1 && shape[*d] >= 8);
    let (Some(row), Some(col)) = (find(strides), find(dst.strides)) else { return false };
    if row == col || strides[col].unsigned_abs() < 8 || dst.strides[row].unsigned_abs() < 8 {
        return false;
    }
    // SAFETY: the caller's promise.
    unsafe {
        match dtype.size() {
            1 => squares::<u8>(shape, ptr, strides, dst, row, col),
            2 => squares::<u16>(shape, ptr, strides, dst, row, col),
            4 => squares::<u32>(shape, ptr, strides, dst, row, col),
            8 => squares::<u64>(shape, ptr, strides, dst, row, col),
            _ => squares::<u128>(shape, ptr, strides, dst, row, col),
        }
    }
    true
}

unsafe fn squares<T: Copy>(shape: &[usize], src: *const u8, strides: &[isize], dst: &Dst<'_>, row: usize, col: usize) {
    let (rows, cols) = (shape[row], shape[col]);
    let bands = rows.div_ceil(SIDE);
    let outer: usize = (0..shape.len()).filter(|d| *d != row && *d != col).map(|d| shape[d]).product();
    let (from, to) = (SendPtr(src.cast_mut().cast::<T>()), SendPtr(dst.ptr.cast::<T>()));
    parallel_chunks(outer * bands, (32 * 1024 / (SIDE * cols)).max(1), |range| {
        for task in range {
            let (mut rest, r) = (task / bands, task % bands * SIDE);
            let (mut x, mut y) = (r as isize, r as isize * dst.strides[row]);
            for d in (0..shape.len()).rev().filter(|d| *d != row && *d != col) {
                x += (rest % shape[d]) as isize * strides[d];
                y += (rest % shape[d]) as isize * dst.strides[d];
                rest /= shape[d];
            }
            let height = SIDE.min(rows - r);
            for c in (0..cols).step_by(SIDE) {
                let width = SIDE.min(cols - c);
                let source = from.get().wrapping_offset(x + c as isize * strides[col]);
                let target = to.get().wrapping_offset(y + c as isize);
                // SAFETY: the square lies inside both matrices, and no other task writes it.
                unsafe { square::<T>(source, target, height, width, strides[col], dst.strides[row]) };
            }
        }
    });
}

//! Whole rows at indices: taking, putting and adding them. Threads share out the columns of rows that are wide enough; of
//! narrower ones, adding sorts the indices by destination first, so that threads share out the destination. Neither needs
//! locks, and both keep the order of the sources.

use super::{Accumulate, GRAIN, place};
use crate::dispatch;
use crate::pool::{SendPtr, num_threads, parallel_chunks};
use crate::prefetch::prefetch;
use std::ops::Range;

/// `out[o, j, :] = src[o, index[j], :]`: `src` is `[outer, n, inner]`, `out` `[outer, index.len(), inner]`.
pub fn index_select<T: Copy + Send + Sync>(src: &[T], shape: [usize; 3], index: &[i64], out: &mut [T]) {
    let [outer, n, inner] = shape;
    let m = index.len();
    assert!(src.len() == outer * n * inner && out.len() == outer * m * inner, "index_select: lengths of the shapes");
    if inner == 0 {
        return;
    }
    let ptr = SendPtr(out.as_mut_ptr());
    parallel_chunks(outer * m, (GRAIN / inner.max(1)).max(1), |range| {
        // SAFETY: ranges of rows do not overlap.
        let out = unsafe { ptr.slice(range.start * inner..range.end * inner) };
        if inner == 1 {
            for (t, out) in range.zip(out) {
                *out = src[t / m * n + place(index[t % m], n)];
            }
            return;
        }
        for (t, out) in range.zip(out.chunks_exact_mut(inner)) {
            if t + 2 < outer * m {
                let ahead = (t + 2) / m * n + place(index[(t + 2) % m], n);
                prefetch_row(&src[ahead * inner..(ahead + 1) * inner]);
            }
            let at = (t / m * n + place(index[t % m], n)) * inner;
            out.copy_from_slice(&src[at..at + inner]);
        }
    });
}

/// Asks for the first lines of a row; the hardware fetches the rest once it sees the pattern.
#[inline(always)]
fn prefetch_row<T>(row: &[T]) {
    for line in 0..(size_of_val(row) / 64).clamp(1, 8) {
        prefetch(row.as_ptr().wrapping_byte_add(64 * line));
    }
}

/// The columns that each thread takes of rows of `inner` elements, if those are wide enough to be shared out so.
fn columns(inner: usize) -> Option<usize> {
    let threads = num_threads();
    (threads > 1 && inner >= 16 * threads).then(|| inner.div_ceil(threads).next_multiple_of(16))
}

/// Calls `f` with ranges of columns, on all threads.
fn each_columns(inner: usize, width: usize, f: impl Fn(Range<usize>) + Sync) {
    parallel_chunks(inner.div_ceil(width), 1, |range| {
        for tile in range {
            f(tile * width..((tile + 1) * width).min(inner));
        }
    });
}

/// `dst[o, index[j], :] = src[o, j, :]` for j in order.
pub fn index_copy<T: Copy + Send + Sync>(dst: &mut [T], shape: [usize; 3], index: &[i64], src: &[T]) {
    let [outer, n, inner] = shape;
    let m = index.len();
    assert!(dst.len() == outer * n * inner && src.len() == outer * m * inner, "index_copy: lengths of the shapes");
    let dst = SendPtr(dst.as_mut_ptr());
    if outer == 1
        && m * inner > GRAIN
        && let Some(width) = columns(inner)
    {
        return each_columns(inner, width, |columns| {
            for (j, i) in index.iter().enumerate() {
                let at = place(*i, n) * inner;
                // SAFETY: a row of the destination, of which these columns are this worker's.
                let dst = unsafe { dst.slice(at + columns.start..at + columns.end) };
                dst.copy_from_slice(&src[j * inner..][columns.clone()]);
            }
        });
    }
    parallel_chunks(outer, (GRAIN / (m * inner).max(1)).max(1), |range| {
        for o in range {
            // SAFETY: every outer index is one worker's.
            let dst = unsafe { dst.slice(o * n * inner..(o + 1) * n * inner) };
            for (j, i) in index.iter().enumerate() {
                let at = place(*i, n) * inner;
                dst[at..at + inner].copy_from_slice(&src[(o * m + j) * inner..][..inner]);
            }
        }
    });
}

/// `dst[o, index[j], :] += src[o, j, :]` for j in order. Scale `src` first for an `alpha`.
pub fn index_add<T: Accumulate>(dst: &mut [T], shape: [usize; 3], index: &[i64], src: &[T]) {
    let [outer, n, inner] = shape;
    let m = index.len();
    assert!(dst.len() == outer * n * inner && src.len() == outer * m * inner, "index_add: lengths of the shapes");
    if outer == 1 && inner >= 8 && m * inner > GRAIN {
        return add_rows(dst, n, index, src, None);
    }
    let dst = SendPtr(dst.as_mut_ptr());
    parallel_chunks(outer, (GRAIN / (m * inner).max(1)).max(1), |range| {
        for o in range {
            // SAFETY: every outer index is one worker's.
            let dst = unsafe { dst.slice(o * n * inner..(o + 1) * n * inner) };
            add_all(dst, n, inner, index, &src[o * m * inner..(o + 1) * m * inner]);
        }
    });
}

#[inline(always)]
fn add_columns_body<T: Accumulate>(
    dst: SendPtr<T>,
    n: usize,
    inner: usize,
    columns: Range<usize>,
    index: &[i64],
    src: &[T],
    skip: Option<i64>,
) {
    for (j, i) in index.iter().enumerate().filter(|(_, i)| Some(**i) != skip) {
        let at = place(*i, n) * inner;
        // SAFETY: a row of the destination, of which these columns are this worker's.
        let dst = unsafe { dst.slice(at + columns.start..at + columns.end) };
        dst.iter_mut().zip(&src[j * inner..][columns.clone()]).for_each(|(d, x)| *d = d.plus(*x));
    }
}
dispatch!(fn add_columns<T: Accumulate>(dst: SendPtr<T>, n: usize, inner: usize, columns: Range<usize>, index: &[i64], src: &[T], skip: Option<i64>) = add_columns_body);

#[inline(always)]
fn add_all_body<T: Accumulate>(dst: &mut [T], n: usize, inner: usize, index: &[i64], src: &[T]) {
    if inner == 1 {
        for (i, x) in index.iter().zip(src) {
            let d = &mut dst[place(*i, n)];
            *d = d.plus(*x);
        }
        return;
    }
    for (i, src) in index.iter().zip(src.chunks_exact(inner.max(1))) {
        let at = place(*i, n) * inner;
        dst[at..at + inner].iter_mut().zip(src).for_each(|(d, x)| *d = d.plus(*x));
    }
}
dispatch!(fn add_all<T: Accumulate>(dst: &mut [T], n: usize, inner: usize, index: &[i64], src: &[T]) = add_all_body);

/// Adds row j of `src` to row `index[j]` of `dst` (`n` rows), in the order of j for each row, on all threads; rows whose
/// index is `skip` are left out. This is the gradient of an embedding (`skip` its padding index).
pub fn add_rows<T: Accumulate>(dst: &mut [T], n: usize, index: &[i64], src: &[T], skip: Option<i64>) {
    if n == 0 || index.is_empty() {
        return;
    }
    let inner = dst.len() / n;
    assert!(dst.len() == n * inner && src.len() == index.len() * inner, "add_rows: lengths of the shapes");
    if let Some(width) = columns(inner) {
        let dst = SendPtr(dst.as_mut_ptr());
        return each_columns(inner, width, |columns| add_columns(dst, n, inner, columns, index, src, skip));
    }
    // Counting sort: `order[starts[r]..starts[r + 1]]` are the sources of row r, in order.
    let mut starts = vec![0usize; n + 1];
    let kept = |i: &i64| Some(*i) != skip;
    for i in index.iter().filter(|i| kept(i)) {
        starts[place(*i, n) + 1] += 1;
    }
    for r in 0..n {
        starts[r + 1] += starts[r];
    }
    let mut next = starts.clone();
    let mut order = vec![0usize; starts[n]];
    for (j, i) in index.iter().enumerate().filter(|(_, i)| kept(i)) {
        let r = place(*i, n);
        order[next[r]] = j;
        next[r] += 1;
    }
    // Pieces of about equally many sources: cut where the order has run on by a grain.
    let per = (GRAIN / inner.max(1)).max(1);
    let cuts: Vec<usize> = (0..order.len()).step_by(per).map(|at| starts.partition_point(|s| *s <= at) - 1).collect();
    let ptr = SendPtr(dst.as_mut_ptr());
    parallel_chunks(cuts.len(), 1, |piece| {
        let from = cuts[piece.start];
        let to = cuts.get(piece.end).copied().unwrap_or(n);
        if from < to {
            // SAFETY: pieces are ranges of rows that do not overlap.
            let dst = unsafe { ptr.slice(from * inner..to * inner) };
            add_piece(dst, from..to, inner, &starts, &order, src);
        }
    });
}

#[inline(always)]
fn add_piece_body<T: Accumulate>(
    dst: &mut [T],
    rows: Range<usize>,
    inner: usize,
    starts: &[usize],
    order: &[usize],
    src: &[T],
) {
    for (r, dst) in rows.zip(dst.chunks_exact_mut(inner.max(1))) {
        for at in starts[r]..starts[r + 1] {
            if let Some(ahead) = order.get(at + 4) {
                prefetch_row(&src[ahead * inner..(ahead + 1) * inner]);
            }
            let src = &src[order[at] * inner..][..inner];
            dst.iter_mut().zip(src).for_each(|(d, x)| *d = d.plus(*x));
        }
    }
}
dispatch!(fn add_piece<T: Accumulate>(dst: &mut [T], rows: Range<usize>, inner: usize, starts: &[usize], order: &[usize], src: &[T]) = add_piece_body);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_taken_put_and_added() {
        for (outer, n, m, inner) in [(1, 5, 7, 1), (3, 4, 9, 2), (1, 300, 5000, 64), (7, 10, 500, 33), (1, 1, 3, 9)] {
            let index: Vec<i64> = (0..m).map(|j| ((j * j * 7 + 3 * j) % (2 * n)) as i64 - n as i64).collect();
            let row = |j: usize| index[j].rem_euclid(n as i64) as usize;
            let src: Vec<i64> = (0..outer * n * inner).map(|i| i as i64).collect();
            let mut out = vec![0; outer * m * inner];
            index_select(&src, [outer, n, inner], &index, &mut out);
            let (mut added, mut copied) = (src.clone(), src.clone());
            for (t, out) in out.iter().enumerate() {
                let (o, j, i) = (t / (m * inner), t / inner % m, t % inner);
                let at = (o * n + row(j)) * inner + i;
                assert_eq!(*out, src[at]);
                added[at] += t as i64;
                copied[at] = t as i64;
            }
            let values: Vec<i64> = (0..out.len() as i64).collect();
            let mut got = src.clone();
            index_add(&mut got, [outer, n, inner], &index, &values);
            assert!(got == added);
            got.clone_from(&src);
            index_copy(&mut got, [outer, n, inner], &index, &values);
            assert!(got == copied);
        }
    }

    #[test]
    fn the_padding_row_gets_nothing() {
        let mut dst = vec![0f32; 3 * 8];
        add_rows(&mut dst, 3, &[0, 1, 0, 2], &[1.0; 32], Some(0));
        assert_eq!(dst, [[0.0; 8], [1.0; 8], [1.0; 8]].concat());
    }
}

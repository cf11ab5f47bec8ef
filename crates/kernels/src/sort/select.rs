//! The k largest or smallest elements of rows, the k-th, and the median: by selection, without sorting the row.

use super::key::Key;
use super::radix::{Pair, Scratch};
use crate::dispatch;
use crate::pool::{SendPtr, parallel_chunks};

/// Keys that are compared with the bound at once.
const BLOCK: usize = 64;

/// The `k` largest (or smallest) elements of every row of `n` and their indices, sorted from the extreme on; among equals
/// the first ones of the row. `values` and `indices` are `[rows, k]`, and `k <= n`.
pub fn topk<T: Key>(x: &[T], n: usize, k: usize, largest: bool, values: &mut [T], indices: &mut [i64]) {
    if n == 0 || k == 0 {
        return;
    }
    let rows = x.len() / n;
    assert!(x.len() == rows * n && k <= n && n <= u32::MAX as usize, "topk: whole rows and at most a row of them");
    assert!(values.len() == rows * k && indices.len() == rows * k, "topk: k values and indices for each row");
    let (values, indices) = (SendPtr(values.as_mut_ptr()), SendPtr(indices.as_mut_ptr()));
    parallel_chunks(rows, (super::GRAIN / n).max(1), |range| {
        let mut kept = Vec::new();
        for r in range {
            let row = &x[r * n..(r + 1) * n];
            first_of_row(row, k, largest, &mut kept);
            // SAFETY: rows do not overlap.
            let (values, indices) = unsafe { (values.slice(r * k..(r + 1) * k), indices.slice(r * k..(r + 1) * k)) };
            for ((pair, v), i) in kept.iter().zip(values).zip(indices) {
                *i = pair.index() as i64;
                *v = row[pair.index()];
            }
        }
    });
}

#[inline(always)]
fn first_of_row_body<T: Key>(row: &[T], k: usize, largest: bool, kept: &mut Vec<T::Pair>) {
    // The more often the kept ones are gone through, the fewer follow.
    let room = (2 * k).max(128);
    let head = room.min(row.len());
    T::pairs(&row[..head], largest, kept);
    let mask = u64::MAX >> (64 - 8 * size_of::<T>());
    let flip = if largest { mask } else { 0 };
    let mut bound = shrink(kept, k);
    let (blocks, rest) = row[head..].as_chunks::<BLOCK>();
    for (b, block) in blocks.iter().enumerate() {
        // Most blocks hold nothing below the bound: one comparison of them all, a bit each.
        let below = block.iter().enumerate().fold(0, |bits, (i, x)| bits | u64::from(x.key() ^ flip < bound) << i);
        if below != 0 {
            keep(block, below, head + b * BLOCK, flip, kept);
            if kept.len() >= room {
                bound = shrink(kept, k);
            }
        }
    }
    let below = rest.iter().enumerate().fold(0, |bits, (i, x)| bits | u64::from(x.key() ^ flip < bound) << i);
    keep(rest, below, row.len() - rest.len(), flip, kept);
    shrink(kept, k);
    kept.sort_unstable();
}
dispatch!(fn first_of_row<T: Key>(row: &[T], k: usize, largest: bool, kept: &mut Vec<T::Pair>) = first_of_row_body);

/// Keeps the elements of a block that have a bit.
#[inline(always)]
fn keep<T: Key>(block: &[T], mut bits: u64, first: usize, flip: u64, kept: &mut Vec<T::Pair>) {
    while bits != 0 {
        let i = bits.trailing_zeros() as usize;
        kept.push(T::Pair::new(block[i].key() ^ flip, (first + i) as u32));
        bits &= bits - 1;
    }
}

/// Keeps the first `k` and gives the key of the last of them. Later elements of the same key come after it.
fn shrink<P: Pair>(kept: &mut Vec<P>, k: usize) -> u64 {
    if kept.len() < k {
        return u64::MAX;
    }
    let last = kept.select_nth_unstable(k - 1).1.key();
    kept.truncate(k);
    last
}

/// The `k`-th smallest element of every row (from 1), the first of its equals.
pub fn kthvalue<T: Key>(x: &[T], n: usize, k: usize, values: &mut [T], indices: &mut [i64]) {
    assert!(k >= 1 && k <= n, "kthvalue: a place in the row");
    nth(x, n, values, indices, |_| k - 1);
}

/// The median of every row: the lower one of two, NaN where the row holds one (or, with `skip_nan`, the median of the
/// others).
pub fn median<T: Key>(x: &[T], n: usize, skip_nan: bool, values: &mut [T], indices: &mut [i64]) {
    assert!(n > 0, "median: of something");
    nth(x, n, values, indices, |row| {
        let nans = row.iter().filter(|x| x.is_nan()).count();
        match nans {
            0 => (n - 1) / 2,
            // The first NaN comes after everything else.
            _ if !skip_nan || nans == n => n - nans,
            _ => (n - nans - 1) / 2,
        }
    });
}

/// The most frequent element of every row, the smallest of several, and the last place of it.
pub fn mode<T: Key>(x: &[T], n: usize, values: &mut [T], indices: &mut [i64]) {
    assert!(n > 0 && n <= u32::MAX as usize, "mode: of something");
    let rows = x.len() / n;
    assert!(x.len() == rows * n && values.len() == rows && indices.len() == rows, "mode: a value for each row");
    let (values, indices) = (SendPtr(values.as_mut_ptr()), SendPtr(indices.as_mut_ptr()));
    parallel_chunks(rows, (super::GRAIN / n).max(1), |range| {
        let (mut scratch, mut order) = (Scratch::default(), Vec::new());
        for r in range {
            let row = &x[r * n..(r + 1) * n];
            T::sort_row(row, false, &mut scratch, &mut order);
            let (mut best, mut most, mut start) = (0, 0, 0);
            for end in 1..=n {
                let last = order[end - 1] as usize;
                if end == n || row[order[end] as usize] != row[last] {
                    if end - start > most {
                        (best, most) = (last, end - start);
                    }
                    start = end;
                }
            }
            // SAFETY: each row has a place of its own.
            unsafe {
                *values.get().add(r) = row[best];
                *indices.get().add(r) = best as i64;
            }
        }
    });
}

fn nth<T: Key>(x: &[T], n: usize, values: &mut [T], indices: &mut [i64], place: impl Fn(&[T]) -> usize + Sync) {
    let rows = x.len() / n;
    assert!(x.len() == rows * n && n <= u32::MAX as usize, "kthvalue: whole rows");
    assert!(values.len() == rows && indices.len() == rows, "kthvalue: a value and an index for each row");
    let (values, indices) = (SendPtr(values.as_mut_ptr()), SendPtr(indices.as_mut_ptr()));
    parallel_chunks(rows, (super::GRAIN / n).max(1), |range| {
        let mut pairs = Vec::new();
        for r in range {
            let row = &x[r * n..(r + 1) * n];
            T::pairs(row, false, &mut pairs);
            let found = pairs.select_nth_unstable(place(row)).1.index();
            // SAFETY: each row has a place of its own.
            unsafe {
                *values.get().add(r) = row[found];
                *indices.get().add(r) = found as i64;
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(n: usize) -> Vec<f32> {
        (0..n).map(|i| ((i * 7919 + i * i % 911) % 10_007) as f32 - 5000.0).collect()
    }

    #[test]
    fn topk_is_the_head_of_a_sort() {
        for (rows, n, k) in [(1, 1, 1), (3, 10, 10), (4, 1000, 7), (2, 30_000, 50), (2, 5000, 3000)] {
            let mut x = noise(rows * n);
            x[rows * n / 2] = f32::NAN;
            let (mut sorted, mut order) = (x.clone(), vec![0; x.len()]);
            let (mut values, mut indices) = (vec![0.0; rows * k], vec![0; rows * k]);
            for largest in [true, false] {
                super::super::sort(&x, n, largest, &mut sorted, &mut order);
                topk(&x, n, k, largest, &mut values, &mut indices);
                for r in 0..rows {
                    assert_eq!(indices[r * k..(r + 1) * k], order[r * n..r * n + k]);
                    let head = &sorted[r * n..r * n + k];
                    let same = |(a, b): (&f32, &f32)| a == b || (a.is_nan() && b.is_nan());
                    assert!(values[r * k..(r + 1) * k].iter().zip(head).all(same));
                }
            }
        }
    }

    #[test]
    fn kth_and_median_are_where_a_sort_puts_them() {
        for n in [1, 2, 5, 1000] {
            let x = noise(3 * n);
            let (mut sorted, mut order) = (x.clone(), vec![0; x.len()]);
            super::super::sort(&x, n, false, &mut sorted, &mut order);
            let (mut v, mut i) = ([0.0; 3], [0; 3]);
            for k in [1, n / 2 + 1, n] {
                kthvalue(&x, n, k, &mut v, &mut i);
                assert!((0..3).all(|r| v[r] == sorted[r * n + k - 1] && i[r] == order[r * n + k - 1]));
            }
            median(&x, n, false, &mut v, &mut i);
            assert!((0..3).all(|r| v[r] == sorted[r * n + (n - 1) / 2]));
        }
        let (mut v, mut i) = ([0f64; 1], [0; 1]);
        let row = [3.0, f64::NAN, 1.0, f64::NAN, 2.0];
        median(&row, 5, false, &mut v, &mut i);
        assert!(v[0].is_nan() && i[0] == 1);
        median(&row, 5, true, &mut v, &mut i);
        assert_eq!((v[0], i[0]), (2.0, 4));
    }

    #[test]
    fn the_mode_is_the_smallest_of_the_most_frequent() {
        let (mut v, mut i) = ([0; 2], [0; 2]);
        mode(&[3, 1, 2, 1, 2, 0, 5, 5, 4, 4, 4, 0], 6, &mut v, &mut i);
        assert_eq!((v, i), ([1, 4], [3, 4]));
        let (mut v, mut i) = ([0.0; 1], [0; 1]);
        mode(&[f32::NAN, f32::NAN, 7.0], 3, &mut v, &mut i);
        assert_eq!((v, i), ([7.0], [2]));
    }
}

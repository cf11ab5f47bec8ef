//! Binary search in sorted rows, and runs of equal elements.

use super::key::Key;
use crate::pool::{SendPtr, parallel_chunks};

/// Where each of `values` belongs in its sorted row of `n` boundaries: before its equals, or after them (`right`).
/// `boundaries` is one row for all values, or one for each of as many rows of values. NaN, as a value or as a boundary,
/// sends the search to the right. The places looked at are PyTorch's, so that rows that are not sorted give its answer too.
pub fn searchsorted<T: Key>(boundaries: &[T], n: usize, values: &[T], right: bool, out: &mut [i64]) {
    assert_eq!(values.len(), out.len(), "searchsorted: a place for each value");
    if values.is_empty() {
        return;
    }
    if n == 0 {
        out.fill(0);
        return;
    }
    let rows = boundaries.len() / n;
    assert!(rows > 0 && boundaries.len() == rows * n && values.len().is_multiple_of(rows), "searchsorted: whole rows");
    let (per, out) = (values.len() / rows, SendPtr(out.as_mut_ptr()));
    parallel_chunks(values.len(), 1024, |range| {
        // SAFETY: ranges do not overlap.
        let out = unsafe { out.slice(range.clone()) };
        for (t, out) in range.zip(out) {
            let row = &boundaries[t / per * n..][..n];
            let (key, nan) = (values[t].key(), values[t].is_nan());
            let (mut start, mut end) = (0, n);
            while start < end {
                let middle = start + (end - start) / 2;
                let b = row[middle];
                let after = nan | b.is_nan() | (b.key() < key) | (right & (b.key() == key));
                start = if after { middle + 1 } else { start };
                end = if after { end } else { middle };
            }
            *out = start as i64;
        }
    });
}

/// The runs of equal neighbours among the rows of `width` elements of `x`: where each run starts, and for each row the
/// number of its run, as `unique_consecutive` (and, on sorted rows, `unique`) need them. NaNs are never equal.
pub fn runs<T: PartialEq>(x: &[T], width: usize, inverse: &mut [i64]) -> Vec<usize> {
    assert_eq!(x.len(), width * inverse.len(), "runs: a number for each row");
    let mut starts = Vec::new();
    for (i, out) in inverse.iter_mut().enumerate() {
        let same = |j: usize| match width {
            1 => x[j] == x[i],
            _ => x[j * width..(j + 1) * width] == x[i * width..(i + 1) * width],
        };
        if i == 0 || !same(i - 1) {
            starts.push(i);
        }
        *out = starts.len() as i64 - 1;
    }
    starts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_placed_among_their_equals() {
        let mut out = [0i64; 5];
        let values = [0.0f32, 1.0, 2.5, 9.0, f32::NAN];
        searchsorted(&[1.0, 2.0, 2.5, 2.5], 4, &values, false, &mut out);
        assert_eq!(out, [0, 0, 2, 4, 4]);
        searchsorted(&[1.0, 2.0, 2.5, 2.5], 4, &values, true, &mut out);
        assert_eq!(out, [0, 1, 4, 4, 4]);
        let mut out = [0i64; 4];
        searchsorted(&[1i64, 5, 10, 20], 2, &[3, 7, 3, 15], false, &mut out);
        assert_eq!(out, [1, 2, 0, 1]);
    }

    #[test]
    fn runs_are_counted() {
        let mut inverse = [0i64; 6];
        let starts = runs(&[3i32, 3, 1, 3, 3, 2], 1, &mut inverse);
        assert_eq!((starts, inverse), (vec![0, 2, 3, 5], [0, 0, 1, 2, 2, 3]));
        let mut inverse = [0i64; 3];
        assert_eq!(runs(&[1.0, 2.0, 1.0, 2.0, f32::NAN, 2.0], 2, &mut inverse), [0, 2]);
        assert_eq!(runs(&[f32::NAN, f32::NAN, 0.0], 1, &mut inverse), [0, 1, 2]);
        assert_eq!(runs::<f32>(&[], 0, &mut inverse), [0]);
    }

    #[test]
    fn the_search_goes_right_at_nan() {
        let mut out = [0i64; 3];
        searchsorted(&[1.0f32, f32::NAN], 2, &[3.0, f32::NAN, 0.0], false, &mut out);
        assert_eq!(out, [2, 2, 2]);
    }
}

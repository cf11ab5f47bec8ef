//! Binary search in sorted rows, and runs of equal elements.

use super::key::Key;
use crate::pool::{SendPtr, parallel_chunks};

/// Where each of `values` belongs in its sorted row of `n` boundaries: before its equals, or after them (`right`).
/// `boundaries` is one row for all values, or one for each of as many rows of values. NaN comes after everything.
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
            let key = values[t].key();
            *out = row.partition_point(|b| if right { b.key() <= key } else { b.key() < key }) as i64;
        }
    });
}

/// The runs of equal elements of `x`: the element, where it starts, and for each element the number of its run, as
/// `unique_consecutive` (and, on sorted input, `unique`) need them. NaNs are never equal.
pub fn unique_consecutive<T: Key>(x: &[T], inverse: &mut [i64]) -> (Vec<T>, Vec<usize>) {
    assert_eq!(x.len(), inverse.len(), "unique_consecutive: a number for each element");
    let (mut values, mut starts) = (Vec::new(), Vec::new());
    for (i, (v, out)) in x.iter().zip(inverse).enumerate() {
        if values.last() != Some(v) {
            values.push(*v);
            starts.push(i);
        }
        *out = values.len() as i64 - 1;
    }
    (values, starts)
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
        let (values, starts) = unique_consecutive(&[3i32, 3, 1, 3, 3, 2], &mut inverse);
        assert_eq!((values, starts), (vec![3, 1, 3, 2], vec![0, 2, 3, 5]));
        assert_eq!(inverse, [0, 0, 1, 2, 2, 3]);
    }
}

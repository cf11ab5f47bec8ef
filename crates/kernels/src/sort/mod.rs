//! Sorting along rows, with indices, as PyTorch orders: NaN is greater than everything, −0 equals 0, equals keep their
//! order. Elements become unsigned keys of the same order, so that one radix sort and one selection serve all types.

mod key;
mod radix;
mod search;
mod select;

pub use key::Key;
pub use search::{runs, searchsorted};
pub use select::{kthvalue, median, mode, topk};

use crate::pool::{SendPtr, parallel_chunks};
use radix::Scratch;

/// Elements that make up one piece of work.
const GRAIN: usize = 1 << 14;

/// Sorts every row of `n` elements: `indices` gets where each element was, `values` the elements. Stable in both
/// directions.
pub fn sort<T: Key>(x: &[T], n: usize, descending: bool, values: &mut [T], indices: &mut [i64]) {
    assert!(values.len() == x.len() && indices.len() == x.len(), "sort: a value and an index for each element");
    if n == 0 {
        return;
    }
    assert!(x.len().is_multiple_of(n) && n <= u32::MAX as usize, "sort: whole rows of fewer than 2^32 elements");
    let (values, indices) = (SendPtr(values.as_mut_ptr()), SendPtr(indices.as_mut_ptr()));
    parallel_chunks(x.len() / n, (GRAIN / n).max(1), |rows| {
        let (mut scratch, mut order) = (Scratch::default(), Vec::new());
        for r in rows {
            let row = &x[r * n..(r + 1) * n];
            T::sort_row(row, descending, &mut scratch, &mut order);
            // SAFETY: rows do not overlap.
            let (values, indices) = unsafe { (values.slice(r * n..(r + 1) * n), indices.slice(r * n..(r + 1) * n)) };
            let (order, values, indices) = (&order, SendPtr(values.as_mut_ptr()), SendPtr(indices.as_mut_ptr()));
            parallel_chunks(n, GRAIN, |range| {
                // SAFETY: ranges do not overlap.
                let (values, indices) = unsafe { (values.slice(range.clone()), indices.slice(range.clone())) };
                for ((from, v), i) in order[range].iter().zip(values).zip(indices) {
                    *i = i64::from(*from);
                    *v = row[*from as usize];
                }
            });
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cmp::Ordering;

    fn noise(n: usize) -> Vec<u64> {
        let mut state = 88172645463325252u64;
        let step = |_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state
        };
        (0..n).map(step).collect()
    }

    /// The order of PyTorch: NaN last, zeros equal.
    fn order<T: PartialOrd>(a: &T, b: &T) -> Ordering {
        let nan = |x: &T| x.partial_cmp(x).is_none();
        a.partial_cmp(b).unwrap_or_else(|| nan(a).cmp(&nan(b)))
    }

    fn check<T: Key + PartialOrd>(make: impl Fn(u64) -> T) {
        for (rows, n) in [(1, 1), (5, 3), (3, 100), (2, 3000), (1, 200_000)] {
            let x: Vec<T> = noise(rows * n).into_iter().map(&make).collect();
            let (mut values, mut indices) = (x.clone(), vec![0i64; x.len()]);
            for descending in [false, true] {
                sort(&x, n, descending, &mut values, &mut indices);
                for r in 0..rows {
                    let row = &x[r * n..(r + 1) * n];
                    let mut want: Vec<i64> = (0..n as i64).collect();
                    want.sort_by(|a, b| {
                        let by = order(&row[*a as usize], &row[*b as usize]);
                        if descending { by.reverse() } else { by }
                    });
                    assert!(indices[r * n..(r + 1) * n] == want);
                    let same = |(v, i): (&T, &i64)| order(v, &row[*i as usize]) == Ordering::Equal;
                    assert!(values[r * n..(r + 1) * n].iter().zip(&want).all(same));
                }
            }
        }
    }

    #[test]
    fn every_type_sorts_stably_in_both_directions() {
        check(|x| x as u8);
        check(|x| x as i8);
        check(|x| crate::lane::int::Bool((x % 3) as u8));
        check(|x| x as i16);
        check(|x| x as i32);
        check(|x| x as i64);
        check(|x| (x % 1000) as i64 - 500);
        check(|x| f32::from_bits(x as u32));
        check(|x| [0.0f32, -0.0, f32::NAN, -f32::NAN, 1.0, f32::NEG_INFINITY][(x % 6) as usize]);
        check(f64::from_bits);
        check(|x| half::f16::from_bits(x as u16));
        check(|x| half::bf16::from_bits(x as u16));
    }
}

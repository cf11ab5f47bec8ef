//! Two strided views brought into one order: dimensions sorted by the destination's strides, those that run on into each
//! other merged, those of length one dropped.

use crate::pool::parallel_chunks;

/// A dimension of both views.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Dim {
    pub len: usize,
    pub src: isize,
    pub dst: isize,
}

/// The dimensions, the one with the smallest step in the destination last.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub dims: Vec<Dim>,
    empty: bool,
}

impl Plan {
    pub fn new(shape: &[usize], src: &[isize], dst: &[isize]) -> Plan {
        assert!(shape.len() == src.len() && shape.len() == dst.len(), "copy: a stride for each dimension");
        let mut dims: Vec<Dim> = (0..shape.len())
            .filter(|i| shape[*i] != 1)
            .map(|i| Dim { len: shape[i], src: src[i], dst: dst[i] })
            .collect();
        dims.sort_by_key(|d| std::cmp::Reverse((d.dst.unsigned_abs(), d.src.unsigned_abs())));
        let empty = dims.iter().any(|d| d.len == 0);
        let mut merged: Vec<Dim> = Vec::with_capacity(dims.len());
        for d in dims {
            match merged.last_mut() {
                Some(last) if last.src == d.src * d.len as isize && last.dst == d.dst * d.len as isize => {
                    *last = Dim { len: last.len * d.len, ..d };
                }
                _ => merged.push(d),
            }
        }
        Plan { dims: merged, empty }
    }

    pub fn count(&self) -> usize {
        if self.empty { 0 } else { self.dims.iter().map(|d| d.len).product() }
    }

    /// The dimension along which the source runs on where the destination does not, if a blocked transposition pays.
    pub fn transposed(&self) -> Option<usize> {
        let last = self.dims.last()?;
        if last.dst != 1 || last.src.unsigned_abs() <= 1 || last.len < 4 {
            return None;
        }
        self.dims.iter().position(|d| d.src == 1 && d.len >= 4)
    }

    /// The plan without some dimensions.
    pub fn without(&self, gone: &[usize]) -> Plan {
        let dims = self.dims.iter().enumerate().filter(|(i, _)| !gone.contains(i)).map(|(_, d)| *d).collect();
        Plan { dims, empty: self.empty }
    }

    /// Where the element of this number begins in both views.
    pub fn offsets(&self, mut index: usize) -> (isize, isize) {
        let (mut s, mut d) = (0, 0);
        for dim in self.dims.iter().rev() {
            let i = (index % dim.len) as isize;
            index /= dim.len;
            s += i * dim.src;
            d += i * dim.dst;
        }
        (s, d)
    }

    /// Calls `row(source offset, destination offset, dimension)` for rows that cover everything, long rows cut, on the
    /// pool in pieces of about `grain` elements.
    pub fn rows(&self, grain: usize, row: impl Fn(isize, isize, Dim) + Sync) {
        self.each_row(grain, &row);
    }

    /// Compiled once, not for each pair of dtypes.
    fn each_row(&self, grain: usize, row: &(dyn Fn(isize, isize, Dim) + Sync)) {
        if self.empty {
            return;
        }
        let inner = self.dims.last().copied().unwrap_or(Dim { len: 1, src: 1, dst: 1 });
        let outer = self.without(&[self.dims.len().saturating_sub(1)]);
        if inner.len > grain {
            let cuts = inner.len.div_ceil(grain);
            parallel_chunks(outer.count() * cuts, 1, |range| {
                for t in range {
                    let (s, d) = outer.offsets(t / cuts);
                    let start = t % cuts * grain;
                    let at = start as isize;
                    let part = Dim { len: grain.min(inner.len - start), ..inner };
                    row(s + at * inner.src, d + at * inner.dst, part);
                }
            });
            return;
        }
        parallel_chunks(outer.count(), (grain / inner.len).max(1), |range| {
            // Count upwards like an odometer: a division for each row would cost more than a short row.
            let (mut s, mut d) = outer.offsets(range.start);
            let mut digits = vec![0; outer.dims.len()];
            let mut index = range.start;
            for (digit, dim) in digits.iter_mut().zip(&outer.dims).rev() {
                *digit = index % dim.len;
                index /= dim.len;
            }
            for _ in range {
                row(s, d, inner);
                for (digit, dim) in digits.iter_mut().zip(&outer.dims).rev() {
                    *digit += 1;
                    s += dim.src;
                    d += dim.dst;
                    if *digit < dim.len {
                        break;
                    }
                    *digit = 0;
                    s -= dim.src * dim.len as isize;
                    d -= dim.dst * dim.len as isize;
                }
            }
        });
    }
}

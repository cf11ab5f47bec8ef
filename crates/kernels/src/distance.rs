//! Distances between all rows of two matrices. The right rows are packed in panels of columns, so that a register holds
//! many distances at once and nothing is summed across it.

use crate::dispatch;
use crate::pool::{SendPtr, parallel_chunks};

/// Distances that one pass over the coordinates makes, for as many rows as `ROWS`.
const PANEL: usize = 32;
const ROWS: usize = 4;

/// How the coordinates' differences make a distance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Metric {
    /// How many differ.
    Zero,
    /// Σ |d|.
    One,
    /// √Σ d².
    Two,
    /// max |d|.
    Max,
    /// (Σ |d|^p)^(1/p).
    Power(f64),
}

impl Metric {
    /// The metric of the p-norm.
    pub fn of(p: f64) -> Metric {
        match p {
            0.0 => Metric::Zero,
            1.0 => Metric::One,
            2.0 => Metric::Two,
            f64::INFINITY => Metric::Max,
            p => Metric::Power(p),
        }
    }
}

/// A float that distances are computed in.
pub trait Coordinate: Copy + Send + Sync + Default + 'static {
    #[doc(hidden)]
    fn step(metric: Metric, sum: Self, d: Self) -> Self;
    #[doc(hidden)]
    fn finish(metric: Metric, sum: Self) -> Self;
    #[doc(hidden)]
    fn minus(self, other: Self) -> Self;
}

macro_rules! coordinates {
    ($($t:ident)*) => {$(
        impl Coordinate for $t {
            #[inline(always)]
            fn step(metric: Metric, sum: $t, d: $t) -> $t {
                match metric {
                    Metric::Zero => sum + if d == 0.0 { 0.0 } else { 1.0 },
                    Metric::One => sum + d.abs(),
                    Metric::Two => sum + d * d,
                    // NaN stays: it is not less than anything, and nothing is less than it.
                    Metric::Max => if d.abs() <= sum || sum.is_nan() { sum } else { d.abs() },
                    Metric::Power(p) => sum + d.abs().powf(p as $t),
                }
            }
            #[inline(always)]
            fn finish(metric: Metric, sum: $t) -> $t {
                match metric {
                    Metric::Two => sum.sqrt(),
                    Metric::Power(p) => sum.powf((1.0 / p) as $t),
                    _ => sum,
                }
            }
            #[inline(always)]
            fn minus(self, other: $t) -> $t {
                self - other
            }
        }
    )*};
}
coordinates!(f32 f64);

/// The distances of each of the `p` rows of `a` to each of the `r` rows of `b`, all of `m` coordinates, in every batch:
/// `shape` is `[batch, p, r, m]`, and `out` is `[batch, p, r]`.
pub fn distances<T: Coordinate>(a: &[T], b: &[T], shape: [usize; 4], metric: Metric, out: &mut [T]) {
    let [batch, p, r, m] = shape;
    assert!(a.len() == batch * p * m && b.len() == batch * r * m, "distances: lengths of the shapes");
    assert_eq!(out.len(), batch * p * r, "distances: a place for each pair");
    if out.is_empty() {
        return;
    }
    let out = SendPtr(out.as_mut_ptr());
    let panels = r.div_ceil(PANEL);
    let mut packed = vec![T::default(); panels * m * PANEL];
    for n in 0..batch {
        for (j, row) in b[n * r * m..(n + 1) * r * m].chunks_exact(m.max(1)).enumerate() {
            let panel = &mut packed[j / PANEL * m * PANEL..];
            row.iter().enumerate().for_each(|(k, x)| panel[k * PANEL + j % PANEL] = *x);
        }
        let (a, packed) = (&a[n * p * m..(n + 1) * p * m], &packed);
        let blocks = p.div_ceil(ROWS);
        parallel_chunks(blocks, ((1 << 15) / (ROWS * r * m.max(1))).max(1), |range| {
            for block in range {
                let rows = block * ROWS..((block + 1) * ROWS).min(p);
                let start = n * p * r;
                // SAFETY: blocks of rows do not overlap.
                let out = unsafe { out.slice(start + rows.start * r..start + rows.end * r) };
                rows_to_panels(&a[rows.start * m..rows.end * m], packed, r, m, metric, out);
            }
        });
    }
}

#[inline(always)]
fn with_metric<T: Coordinate>(a: &[T], packed: &[T], r: usize, m: usize, metric: Metric, out: &mut [T]) {
    let rows = out.len() / r;
    for panel in 0..r.div_ceil(PANEL) {
        let columns = &packed[panel * m * PANEL..(panel + 1) * m * PANEL];
        let mut sums = [[T::default(); PANEL]; ROWS];
        for (k, column) in columns.chunks_exact(PANEL).enumerate() {
            for (i, sums) in sums.iter_mut().enumerate() {
                // Rows that are not there repeat the last one.
                let x = a[i.min(rows - 1) * m + k];
                for (sum, y) in sums.iter_mut().zip(column) {
                    *sum = T::step(metric, *sum, x.minus(*y));
                }
            }
        }
        let width = PANEL.min(r - panel * PANEL);
        for (i, sums) in sums.iter().enumerate().take(rows) {
            let out = &mut out[i * r + panel * PANEL..][..width];
            out.iter_mut().zip(sums).for_each(|(out, sum)| *out = T::finish(metric, *sum));
        }
    }
}

#[inline(always)]
fn rows_to_panels_body<T: Coordinate>(a: &[T], packed: &[T], r: usize, m: usize, metric: Metric, out: &mut [T]) {
    // The metric is a constant of each loop.
    match metric {
        Metric::Zero => with_metric(a, packed, r, m, Metric::Zero, out),
        Metric::One => with_metric(a, packed, r, m, Metric::One, out),
        Metric::Two => with_metric(a, packed, r, m, Metric::Two, out),
        Metric::Max => with_metric(a, packed, r, m, Metric::Max, out),
        Metric::Power(p) => with_metric(a, packed, r, m, Metric::Power(p), out),
    }
}
dispatch!(fn rows_to_panels<T: Coordinate>(a: &[T], packed: &[T], r: usize, m: usize, metric: Metric, out: &mut [T]) = rows_to_panels_body);

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(n: usize, seed: usize) -> Vec<f32> {
        (0..n).map(|i| ((i * 7919 + i * i % 911 + seed * 31) % 101) as f32 / 25.0 - 2.0).collect()
    }

    #[test]
    fn every_pair_has_its_distance() {
        for [batch, p, r, m] in [[1, 1, 1, 1], [2, 5, 33, 7], [1, 9, 70, 3], [3, 4, 2, 40], [1, 3, 4, 0]] {
            let (a, b) = (noise(batch * p * m, 1), noise(batch * r * m, 2));
            for norm in [0.0, 1.0, 2.0, 2.5, 0.5, f64::INFINITY] {
                let mut out = vec![-1.0f32; batch * p * r];
                distances(&a, &b, [batch, p, r, m], Metric::of(norm), &mut out);
                for (place, got) in out.iter().enumerate() {
                    let (n, i, j) = (place / (p * r), place / r % p, place % r);
                    let d = (0..m).map(|k| f64::from(a[(n * p + i) * m + k] - b[(n * r + j) * m + k]).abs());
                    let want = match norm {
                        0.0 => d.filter(|d| *d != 0.0).count() as f64,
                        f64::INFINITY => d.fold(0.0, f64::max),
                        _ => d.map(|d| d.powf(norm)).sum::<f64>().powf(1.0 / norm),
                    };
                    assert!((f64::from(*got) - want).abs() <= 1e-5 * (1.0 + want), "{norm}: {got} {want}");
                }
            }
        }
    }

    #[test]
    fn nan_stays_the_largest() {
        let mut out = [0.0f32];
        distances(&[f32::NAN, 1.0], &[0.0, 3.0], [1, 1, 1, 2], Metric::Max, &mut out);
        assert!(out[0].is_nan());
    }
}

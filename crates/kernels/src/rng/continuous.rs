//! Uniform, exponential, Cauchy, log-normal and geometric values, computed in the precision that PyTorch computes in.
//! Drawing is sequential; the costly functions are then applied on the pool.

use super::normal::standard_normal;
use super::{Generator, Random, RandomFloat, unit_f32, unit_f64};
use crate::dispatch;
use crate::pool::{SendPtr, parallel_chunks};

const TILE: usize = 4096;

/// Fills `out` as `uniform_(from, to)` does.
pub fn uniform<T: RandomFloat>(g: &mut Generator, out: &mut [T], from: f64, to: f64) {
    if T::WIDE {
        let mut draws = [0u64; TILE / 2];
        for out in out.chunks_mut(TILE / 2) {
            let draws = &mut draws[..out.len()];
            g.fill64(draws);
            uniform64(draws, out, from, to);
        }
    } else {
        let mut draws = [0u32; TILE];
        for out in out.chunks_mut(TILE) {
            let draws = &mut draws[..out.len()];
            g.fill(draws);
            uniform32(draws, out, from, to);
        }
    }
}

#[inline(always)]
fn uniform32_body<T: RandomFloat>(draws: &[u32], out: &mut [T], from: f64, to: f64) {
    let (low, high) = (from as f32, to as f32);
    let (first, end) = (T::from_f64(from), T::from_f64(to));
    for (out, draw) in out.iter_mut().zip(draws) {
        let value = T::from_f64(f64::from(unit_f32(*draw).mul_add(high - low, low)));
        // Rounding may have reached the upper bound, which is not part of the interval.
        *out = if value == end { first } else { value };
    }
}
dispatch!(fn uniform32<T: RandomFloat>(draws: &[u32], out: &mut [T], from: f64, to: f64) = uniform32_body);

#[inline(always)]
fn uniform64_body<T: RandomFloat>(draws: &[u64], out: &mut [T], from: f64, to: f64) {
    let (first, end) = (T::from_f64(from), T::from_f64(to));
    for (out, draw) in out.iter_mut().zip(draws) {
        let value = T::from_f64(unit_f64(*draw).mul_add(to - from, from));
        *out = if value == end { first } else { value };
    }
}
dispatch!(fn uniform64<T: RandomFloat>(draws: &[u64], out: &mut [T], from: f64, to: f64) = uniform64_body);

/// Draws one double in [0, 1) for each element and applies `f`, on the pool.
fn from_doubles<T: Random>(g: &mut Generator, out: &mut [T], f: impl Fn(f64) -> f64 + Sync) {
    let mut draws = vec![0u64; out.len().min(1 << 16)];
    for out in out.chunks_mut(1 << 16) {
        let draws = &mut draws[..out.len()];
        g.fill64(draws);
        let (len, ptr, draws) = (out.len(), SendPtr(out.as_mut_ptr()), &*draws);
        parallel_chunks(len, 2048, |range| {
            // SAFETY: ranges do not overlap.
            let part = unsafe { ptr.slice(range.clone()) };
            for (out, draw) in part.iter_mut().zip(&draws[range]) {
                *out = T::from_f64(f(unit_f64(*draw)));
            }
        });
    }
}

/// Fills `out` as `exponential_(lambda)` does.
pub fn exponential<T: RandomFloat>(g: &mut Generator, out: &mut [T], lambda: f64) {
    from_doubles(g, out, |u| -1.0 / lambda * (-u).ln_1p());
}

/// Fills `out` as `cauchy_(median, sigma)` does.
pub fn cauchy<T: RandomFloat>(g: &mut Generator, out: &mut [T], median: f64, sigma: f64) {
    from_doubles(g, out, |u| sigma.mul_add((std::f64::consts::PI * (u - 0.5)).tan(), median));
}

/// Fills `out` as `geometric_(p)` does.
pub fn geometric<T: Random>(g: &mut Generator, out: &mut [T], p: f64) {
    let scale = (-p).ln_1p();
    from_doubles(g, out, |u| (u.ln() / scale).ceil());
}

/// Fills `out` as `log_normal_(mean, std)` does.
pub fn log_normal<T: RandomFloat>(g: &mut Generator, out: &mut [T], mean: f64, std: f64) {
    for x in out {
        *x = T::from_f64(standard_normal(g).mul_add(std, mean).exp());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uniform_values_are_pytorchs() {
        // torch.manual_seed(0); torch.rand(3), torch.rand(2, dtype=torch.float64)
        let mut x = [0f32; 3];
        uniform(&mut Generator::new(0), &mut x, 0.0, 1.0);
        assert_eq!(x, [0.496_256_6, 0.768_221_8, 0.088_477_43]);
    }

    #[test]
    fn uniform_stays_below_its_upper_bound() {
        let mut x = vec![half::bf16::ZERO; 100_000];
        uniform(&mut Generator::new(1), &mut x, 1.0, 1.5);
        assert!(x.iter().all(|v| (1.0..1.5).contains(&v.to_f32())));
    }

    #[test]
    fn exponential_values_are_pytorchs() {
        // torch.manual_seed(3); torch.empty(2, dtype=torch.float64).exponential_(1.)
        let mut x = [0f64; 2];
        exponential(&mut Generator::new(3), &mut x, 1.0);
        assert_eq!(x, [0.03470345482151741, 0.3379095865236701]);
        let mut many = vec![0f64; 200_000];
        exponential(&mut Generator::new(3), &mut many, 2.0);
        let mean = many.iter().sum::<f64>() / many.len() as f64;
        assert!((mean - 0.5).abs() < 0.01);
        geometric(&mut Generator::new(3), &mut many, 0.25);
        let mean = many.iter().sum::<f64>() / many.len() as f64;
        assert!((mean - 4.0).abs() < 0.05);
    }
}

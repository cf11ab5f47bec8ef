//! Integers, permutations and coin flips. Coins compare the draw itself with a threshold, which is exact: a uniform double
//! is a draw of 53 bits times a power of two.

use super::{Generator, MASK_53, Random, RandomFloat, unit_f32, unit_f64};
use crate::dispatch;

const TILE: usize = 2048;

/// Fills `out` as `random_(from, to)` and `randint` do, with `range = to - from` (0 stands for 2^64) and `base = from`;
/// [`random_bounds`] gives both for floating-point types.
pub fn random_from_to<T: Random>(g: &mut Generator, out: &mut [T], range: u64, base: i64) {
    if range == 0 {
        return random_full_range(g, out);
    }
    // Below 2^28 the remainder of 32 bits is uniform enough for PyTorch.
    if range >= 1 << 28 {
        let mut draws = [0u64; TILE];
        for out in out.chunks_mut(TILE) {
            let draws = &mut draws[..out.len()];
            g.fill64(draws);
            for (out, draw) in out.iter_mut().zip(draws) {
                *out = T::from_i64(((*draw % range) as i64).wrapping_add(base));
            }
        }
    } else {
        let mut draws = [0u32; TILE];
        for out in out.chunks_mut(TILE) {
            let draws = &mut draws[..out.len()];
            g.fill(draws);
            remainders(draws, out, range as u32, base);
        }
    }
}

#[inline(always)]
fn remainders_body<T: Random>(draws: &[u32], out: &mut [T], range: u32, base: i64) {
    // The quotient by a rounded reciprocal is off by at most one, which is put right: no division in the loop.
    let inverse = 1.0 / f64::from(range);
    for (out, draw) in out.iter_mut().zip(draws) {
        // SAFETY: the product is between 0 and 2^32, inside the range of i64.
        let quotient = unsafe { (f64::from(*draw) * inverse).to_int_unchecked::<i64>() };
        let rest = i64::from(*draw) - quotient * i64::from(range);
        let rest = if rest < 0 { rest + i64::from(range) } else { rest };
        let rest = if rest >= i64::from(range) { rest - i64::from(range) } else { rest };
        *out = T::from_i64(rest.wrapping_add(base));
    }
}
dispatch!(fn remainders<T: Random>(draws: &[u32], out: &mut [T], range: u32, base: i64) = remainders_body);

/// `from` and `to` moved inwards to values that the floating-point type `T` holds without rounding past them, as
/// `random_(from, to)` does; unchanged for integers.
pub fn random_bounds<T: RandomFloat>(from: i64, to: i64) -> (i64, i64) {
    let step = |x: i64| 1i64 << (x.unsigned_abs().max(1).ilog2() as i64 - i64::from(T::DIGITS) + 1).clamp(0, 62);
    let above = T::from_i64(from.wrapping_add(1)).to_f64() as i64;
    let low = if above < from { above + step(from.wrapping_add(1)) } else { from };
    let below = T::from_i64(to.wrapping_sub(1)).to_f64() as i64;
    let high = if below >= to { below - step(to.wrapping_sub(1)) } else { to };
    (low, high)
}

/// Fills `out` with 64 random bits each, as `random_(from=i64::MIN, to=None)` does.
pub fn random_full_range<T: Random>(g: &mut Generator, out: &mut [T]) {
    for x in out {
        *x = T::from_i64(g.random64() as i64);
    }
}

/// Fills `out` as `random_()` does: the whole non-negative range of an integer type, the integers that a floating-point
/// type holds exactly.
pub fn random<T: Random>(g: &mut Generator, out: &mut [T]) {
    let wide = T::DIGITS >= 53;
    // A float counts its largest exact integer in; an integer type of n digits has 2^n values from 0 on.
    let modulus = (1u64 << T::DIGITS) + u64::from(T::FLOAT);
    for x in out {
        let draw = if wide { g.random64() } else { u64::from(g.random()) };
        *x = T::from_i64((draw % modulus) as i64);
    }
}

/// Fills `out` with a random permutation of `0..out.len()`, as `randperm` does.
pub fn randperm(g: &mut Generator, out: &mut [i64]) {
    let n = out.len();
    for (i, x) in out.iter_mut().enumerate() {
        *x = i as i64;
    }
    if n < u32::MAX as usize / 20 {
        for i in 0..n.saturating_sub(1) {
            let z = g.random() as usize % (n - i);
            out.swap(i, i + z);
        }
        return;
    }
    for i in 1..n {
        let z = (g.random64() % (i as u64 + 1)) as usize;
        out[i] = out[z];
        out[z] = i as i64;
    }
}

/// The draws of 53 bits below this are the uniform doubles below `p`.
fn threshold(p: f64) -> u64 {
    (p * (1u64 << 53) as f64).ceil() as u64
}

/// Fills `out` with ones of probability `p` and zeros, as `bernoulli_(p)` (and the mask of dropout, `p` the probability
/// to keep) does.
pub fn bernoulli<T: Random>(g: &mut Generator, out: &mut [T], p: f64) {
    let below = threshold(p);
    let mut draws = [0u32; 2 * TILE];
    for out in out.chunks_mut(TILE) {
        let draws = &mut draws[..2 * out.len()];
        g.fill(draws);
        coins(draws, out, below);
    }
}

#[inline(always)]
fn coins_body<T: Random>(draws: &[u32], out: &mut [T], below: u64) {
    for (out, draw) in out.iter_mut().zip(draws.chunks_exact(2)) {
        let bits = ((u64::from(draw[0]) << 32) | u64::from(draw[1])) & MASK_53;
        *out = T::from_i64(i64::from(bits < below));
    }
}
dispatch!(fn coins<T: Random>(draws: &[u32], out: &mut [T], below: u64) = coins_body);

/// `n` coins of probability `p` as single bits, the first one the lowest bit of `out[0]`: the same coins as
/// [`bernoulli`]. Bits past `n` are zero.
pub fn bernoulli_bits(g: &mut Generator, out: &mut [u64], n: usize, p: f64) {
    assert!(out.len() >= n.div_ceil(64), "bernoulli_bits: {} words for {n} bits", out.len());
    let below = threshold(p);
    let mut draws = [0u32; 2 * TILE];
    for start in (0..n).step_by(TILE) {
        let count = TILE.min(n - start);
        let draws = &mut draws[..2 * count];
        g.fill(draws);
        packed_coins(draws, &mut out[start / 64..(start + count).div_ceil(64)], below);
    }
}

#[inline(always)]
fn packed_coins_body(draws: &[u32], out: &mut [u64], below: u64) {
    for (out, draws) in out.iter_mut().zip(draws.chunks(128)) {
        let mut word = 0;
        for (i, draw) in draws.chunks_exact(2).enumerate() {
            let bits = ((u64::from(draw[0]) << 32) | u64::from(draw[1])) & MASK_53;
            word |= u64::from(bits < below) << i;
        }
        *out = word;
    }
}
dispatch!(fn packed_coins(draws: &[u32], out: &mut [u64], below: u64) = packed_coins_body);

/// Fills `out` with coins of the probabilities `p`, as `bernoulli(p)` on a tensor does: one draw of 64 bits each where
/// `p` is f64, of 32 bits elsewhere.
pub fn bernoulli_each<T: Random, P: RandomFloat>(g: &mut Generator, out: &mut [T], p: &[P]) {
    assert_eq!(out.len(), p.len(), "bernoulli_each: as many probabilities as values");
    for (x, p) in out.iter_mut().zip(p) {
        let one =
            if P::WIDE { unit_f64(g.random64()) < p.to_f64() } else { f64::from(unit_f32(g.random())) < p.to_f64() };
        *x = T::from_i64(i64::from(one));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lane::int::Bool;

    #[test]
    fn integers_and_permutations_are_pytorchs() {
        // torch.manual_seed(3); each
        let mut x = [0i64; 8];
        random_from_to(&mut Generator::new(3), &mut x, 1000, 0);
        assert_eq!(x, [986, 48, 737, 667, 360, 280, 840, 525]);
        random_from_to(&mut Generator::new(3), &mut x[..4], 1 << 31, 0);
        assert_eq!(x[..4], [303761048, 1460070019, 521102280, 297689877]);
        let mut p = [0i64; 10];
        randperm(&mut Generator::new(3), &mut p);
        assert_eq!(p, [6, 0, 3, 7, 8, 5, 1, 9, 2, 4]);
    }

    #[test]
    fn remainders_are_exact() {
        let mut draws: Vec<u32> = (0..2000u32).map(|i| i.wrapping_mul(2654435761)).collect();
        draws.extend([0, 1, u32::MAX, u32::MAX - 1, 1 << 31]);
        for range in [1, 2, 3, 7, 10, 1000, 65535, 65536, 99991, (1 << 28) - 1] {
            let mut out = vec![0i64; draws.len()];
            remainders(&draws, &mut out, range, -5);
            assert!(out.iter().zip(&draws).all(|(x, d)| *x == i64::from(d % range) - 5), "{range}");
        }
    }

    #[test]
    fn packed_coins_are_the_same_coins() {
        for n in [0, 1, 63, 64, 65, 5000] {
            let mut bytes = vec![0u8; n];
            bernoulli(&mut Generator::new(9), &mut bytes, 0.3);
            let mut bits = vec![u64::MAX; n.div_ceil(64)];
            bernoulli_bits(&mut Generator::new(9), &mut bits, n, 0.3);
            assert!(bytes.iter().enumerate().all(|(i, b)| u64::from(*b) == bits[i / 64] >> (i % 64) & 1));
            assert_eq!(
                bits.iter().map(|w| w.count_ones() as usize).sum::<usize>(),
                bytes.iter().filter(|b| **b > 0).count()
            );
        }
    }

    #[test]
    fn certain_coins_fall_one_way() {
        let mut x = [Bool(1); 300];
        bernoulli(&mut Generator::new(1), &mut x, 0.0);
        assert!(x.iter().all(|b| !b.get()));
        bernoulli(&mut Generator::new(1), &mut x, 1.0);
        assert!(x.iter().all(|b| b.get()));
    }
}

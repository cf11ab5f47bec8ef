//! The Mersenne twister MT19937 as PyTorch seeds, steps and saves it, with the state advanced a whole block at a time.

use crate::dispatch;
use std::hint::black_box;

const N: usize = 624;
const M: usize = 397;
/// The words are made this many at a time, a divisor of their number.
const STEP: usize = 16;

/// Bytes of a saved state: the layout of `torch.get_rng_state()`.
pub const STATE_BYTES: usize = 5056;
const AT_STATE: usize = 24;
const AT_NORMAL: usize = AT_STATE + 8 * N;
const AT_VALID: usize = AT_NORMAL + 24;
const AT_FLOAT: usize = AT_VALID + 8;

/// The words of a state, and after them those that it begins with once more: no step then has to turn round the end.
#[derive(Clone, Debug)]
#[repr(align(64))]
struct Block([u32; N + STEP]);

/// PyTorch's CPU generator.
#[derive(Clone, Debug)]
pub struct Generator {
    block: Block,
    /// Where the next word of the block is.
    next: usize,
    /// One more than the words that the block still holds.
    left: usize,
    seed: u64,
    /// The second value of the last pair of doubles, kept for the next call (of [`normal_each`](super::normal_each)).
    pub next_double_normal: Option<f64>,
    /// The same for single precision; PyTorch saves it, no distribution on the CPU uses it.
    pub next_float_normal: Option<f32>,
}

/// The bytes are not a state that PyTorch would accept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidState;

impl std::fmt::Display for InvalidState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "not a state of the CPU generator: {STATE_BYTES} bytes as torch.get_rng_state() gives are wanted")
    }
}

impl std::error::Error for InvalidState {}

impl Default for Generator {
    /// PyTorch's seed for a generator that nobody has seeded: 67280421310721.
    fn default() -> Self {
        Generator::new(67280421310721)
    }
}

impl Generator {
    /// A generator with this seed. (The twister takes the low 32 bits; the whole seed is remembered.)
    pub fn new(seed: u64) -> Self {
        let mut block = Block([0; N + STEP]);
        let words = &mut block.0;
        words[0] = seed as u32;
        for j in 1..N {
            let last = words[j - 1];
            words[j] = 1812433253u32.wrapping_mul(last ^ (last >> 30)).wrapping_add(j as u32);
        }
        Generator { block, next: 0, left: 1, seed, next_double_normal: None, next_float_normal: None }
    }

    /// The seed it was given last.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// Starts again from a seed.
    pub fn set_seed(&mut self, seed: u64) {
        *self = Generator::new(seed);
    }

    /// The next 32 bits.
    #[inline]
    pub fn random(&mut self) -> u32 {
        if self.left == 1 {
            self.refill();
        }
        self.left -= 1;
        let word = temper(self.block.0[self.next]);
        self.next += 1;
        word
    }

    /// The next 64 bits: two draws, the first one the upper half.
    #[inline]
    pub fn random64(&mut self) -> u64 {
        let high = self.random();
        (u64::from(high) << 32) | u64::from(self.random())
    }

    fn refill(&mut self) {
        twist(&mut self.block);
        self.next = 0;
        self.left = N + 1;
    }

    /// `out.len()` draws of 32 bits.
    pub fn fill(&mut self, out: &mut [u32]) {
        let mut done = 0;
        while done < out.len() {
            if self.left == 1 {
                self.refill();
            }
            let take = (self.left - 1).min(out.len() - done);
            temper_all(&self.block.0[self.next..self.next + take], &mut out[done..done + take]);
            self.next += take;
            self.left -= take;
            done += take;
        }
    }

    /// `out.len()` draws of 64 bits.
    pub fn fill64(&mut self, out: &mut [u64]) {
        // SAFETY: every u64 is two u32 in the same place, with a smaller alignment and no invalid values.
        let words = unsafe { std::slice::from_raw_parts_mut(out.as_mut_ptr().cast::<u32>(), out.len() * 2) };
        self.fill(words);
        if cfg!(target_endian = "little") {
            out.iter_mut().for_each(|x| *x = x.rotate_left(32));
        }
    }

    /// The state as `torch.get_rng_state()` gives it.
    pub fn state(&self) -> Vec<u8> {
        let mut bytes = vec![0; STATE_BYTES];
        // A block is only made when a word of it is taken at once, so `left` is between 1 and N here, as in PyTorch.
        let left = self.left as u32;
        put(&mut bytes, 0, &self.seed.to_le_bytes());
        put(&mut bytes, 8, &left.to_le_bytes());
        put(&mut bytes, 12, &1u32.to_le_bytes());
        put(&mut bytes, 16, &(self.next as u64).to_le_bytes());
        for (i, word) in self.block.0[..N].iter().enumerate() {
            put(&mut bytes, AT_STATE + 8 * i, &u64::from(*word).to_le_bytes());
        }
        if let Some(value) = self.next_double_normal {
            put(&mut bytes, AT_NORMAL + 8, &value.to_le_bytes());
            put(&mut bytes, AT_VALID, &1u32.to_le_bytes());
        }
        if let Some(value) = self.next_float_normal {
            put(&mut bytes, AT_FLOAT, &value.to_le_bytes());
            bytes[AT_FLOAT + 4] = 1;
        }
        bytes
    }

    /// Takes on a state that [`state`](Self::state) or `torch.get_rng_state()` gave.
    pub fn set_state(&mut self, bytes: &[u8]) -> Result<(), InvalidState> {
        if bytes.len() != STATE_BYTES {
            return Err(InvalidState);
        }
        let u32_at = |at: usize| u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
        let u64_at = |at: usize| u64::from(u32_at(at)) | (u64::from(u32_at(at + 4)) << 32);
        let (left, next) = (u32_at(8) as usize, u64_at(16));
        // `left - 1` words must lie ahead of `next`, or a later draw would run out of the block.
        let valid = u32_at(12) != 0 && (1..=N).contains(&left) && next <= (N + 1 - left) as u64;
        if !valid {
            return Err(InvalidState);
        }
        let mut block = Block([0; N + STEP]);
        for (i, word) in block.0[..N].iter_mut().enumerate() {
            *word = u32_at(AT_STATE + 8 * i);
        }
        *self = Generator {
            block,
            next: next as usize,
            left,
            seed: u64_at(0),
            next_double_normal: (u32_at(AT_VALID) != 0).then(|| f64::from_bits(u64_at(AT_NORMAL + 8))),
            next_float_normal: (bytes[AT_FLOAT + 4] != 0).then(|| f32::from_bits(u32_at(AT_FLOAT))),
        };
        Ok(())
    }
}

fn put(bytes: &mut [u8], at: usize, value: &[u8]) {
    bytes[at..at + value.len()].copy_from_slice(value);
}

#[inline(always)]
fn temper(mut y: u32) -> u32 {
    y ^= y >> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    y ^ (y >> 18)
}

#[inline(always)]
fn temper_body(words: &[u32], out: &mut [u32]) {
    for (out, word) in out.iter_mut().zip(words) {
        *out = temper(*word);
    }
}
dispatch!(fn temper_all(words: &[u32], out: &mut [u32]) = temper_body);

#[inline(always)]
fn mix(u: u32, v: u32) -> u32 {
    (((u & 0x8000_0000) | (v & 0x7fff_ffff)) >> 1) ^ ((v & 1).wrapping_neg() & 0x9908_b0df)
}

/// New words in the place of those from `from` on, with the help of those from `other` on.
#[inline(always)]
fn step(p: &mut [u32; N + STEP], from: usize, other: usize) {
    let old = |at: usize| -> [u32; STEP] { p[at..at + STEP].try_into().expect("a step") };
    let (u, v, mut new) = (old(from), old(from + 1), old(other));
    for i in 0..STEP {
        new[i] ^= mix(u[i], v[i]);
    }
    p[from..from + STEP].copy_from_slice(&new);
}

#[inline(always)]
fn twist_body(block: &mut Block) {
    // What a step reads of the words that it writes, it reads before: the compiler can use vectors of any width up to a
    // step's. No part of a step is left over; single words written shortly before a vector reads them make it wait.
    // Where a step is stays hidden: the compiler would otherwise make vectors of one word of each of several steps.
    let p = &mut block.0;
    let turned = (N - M).next_multiple_of(STEP);
    step(p, 0, M);
    p.copy_within(..STEP, N);
    for from in (STEP..turned).step_by(STEP) {
        step(p, black_box(from), black_box(from + M));
    }
    for from in (turned..N).step_by(STEP) {
        step(p, black_box(from), black_box(from + M - N));
    }
}
dispatch!(fn twist(block: &mut Block) = twist_body);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stream_is_mt19937() {
        // The standard's own check: the 10000th output from the seed 5489.
        let mut g = Generator::new(5489);
        let mut all = vec![0; 10000];
        g.fill(&mut all);
        assert_eq!(all[9999], 4123659995);
        let mut again = Generator::new(5489);
        assert!(all.iter().all(|w| *w == again.random()));
        let mut wide = vec![0; 5000];
        Generator::new(5489).fill64(&mut wide);
        assert!(wide.iter().zip(all.chunks(2)).all(|(w, p)| *w == (u64::from(p[0]) << 32 | u64::from(p[1]))));
    }

    #[test]
    fn a_saved_state_continues_the_stream() {
        for drawn in [0, 1, 5, 623, 624, 625, 2000] {
            let mut g = Generator::new(1 << 40 | 7);
            (0..drawn).for_each(|_| _ = g.random());
            g.next_double_normal = (drawn == 5).then_some(0.5);
            let mut other = Generator::new(0);
            assert_eq!(other.set_state(&g.state()), Ok(()));
            assert_eq!(other.seed(), 1 << 40 | 7);
            assert_eq!(other.next_double_normal, g.next_double_normal);
            assert!((0..1500).all(|_| g.random() == other.random()));
        }
    }

    #[test]
    fn the_saved_bytes_are_pytorchs() {
        // torch.manual_seed(12345); torch.randn(3): eight draws, one double kept.
        let mut g = Generator::new(12345);
        (0..8).for_each(|_| _ = g.random());
        let s = g.state();
        assert_eq!(&s[..24], &[57, 48, 0, 0, 0, 0, 0, 0, 105, 2, 0, 0, 1, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0]);
        assert_eq!(&s[24..32], &1421064939u64.to_le_bytes());
    }

    #[test]
    fn a_broken_state_is_refused() {
        let mut g = Generator::new(1);
        let good = g.state();
        assert_eq!(g.set_state(&good[1..]), Err(InvalidState));
        for (at, value) in [(8, 0), (12, 0), (16, 255), (20, 1), (9, 200)] {
            let mut bad = good.clone();
            bad[at] = value;
            if at == 16 {
                bad[8] = 0;
                bad[9] = 2;
            }
            assert_eq!(g.set_state(&bad), Err(InvalidState), "{at}");
        }
    }
}

//! Radix sort of keys with their indices, from the lowest digit up, on all threads; short rows by comparison. Keys come in
//! the order of their indices, so that comparing the index too makes any sort stable.

use crate::pool::{SendPtr, parallel_chunks, parallel_for};

/// Shorter rows are sorted by comparison.
const SHORT: usize = 1 << 10;
/// Bits of a digit.
const DIGIT: usize = 8;
const BUCKETS: usize = 1 << DIGIT;
/// Elements that one worker counts and moves.
const BLOCK: usize = 1 << 16;

/// A key and where it came from.
pub trait Pair: Copy + Send + Sync + Ord + Default {
    /// From both.
    fn new(key: u64, index: u32) -> Self;
    /// The key.
    fn key(self) -> u64;
    /// The index.
    fn index(self) -> usize;
}

/// Keys of up to 32 bits in the upper half of one word, the index in the lower.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Narrow(u64);

/// Keys of 64 bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Wide(u64, u32);

impl Pair for Narrow {
    #[inline(always)]
    fn new(key: u64, index: u32) -> Self {
        Narrow(key << 32 | u64::from(index))
    }
    #[inline(always)]
    fn key(self) -> u64 {
        self.0 >> 32
    }
    #[inline(always)]
    fn index(self) -> usize {
        self.0 as u32 as usize
    }
}

impl Pair for Wide {
    #[inline(always)]
    fn new(key: u64, index: u32) -> Self {
        Wide(key, index)
    }
    #[inline(always)]
    fn key(self) -> u64 {
        self.0
    }
    #[inline(always)]
    fn index(self) -> usize {
        self.1 as usize
    }
}

/// Room for sorting, used again for the next row.
#[derive(Debug, Default)]
pub struct Scratch {
    pub(super) narrow: Buffers<Narrow>,
    pub(super) wide: Buffers<Wide>,
}

#[derive(Debug, Default)]
pub(super) struct Buffers<P> {
    pairs: Vec<P>,
    spare: Vec<P>,
}

impl<P: Pair> Buffers<P> {
    /// Sorts a row by the low `bits` bits of its keys; `order` gets where each element was.
    pub(super) fn sort<T: Sync>(
        &mut self,
        row: &[T],
        key: impl Fn(&T) -> u64 + Sync,
        bits: usize,
        order: &mut Vec<u32>,
    ) {
        self.pairs.resize(row.len(), P::default());
        let ptr = SendPtr(self.pairs.as_mut_ptr());
        parallel_chunks(row.len(), BLOCK, |range| {
            // SAFETY: ranges do not overlap.
            let pairs = unsafe { ptr.slice(range.clone()) };
            for (i, (pair, x)) in (range.start as u32..).zip(pairs.iter_mut().zip(&row[range])) {
                *pair = P::new(key(x), i);
            }
        });
        sort(&mut self.pairs, &mut self.spare, bits);
        order.clear();
        order.extend(self.pairs.iter().map(|p| p.index() as u32));
    }
}

/// Sorts pairs whose indices ascend by the low `bits` bits of their keys.
fn sort<P: Pair>(pairs: &mut Vec<P>, spare: &mut Vec<P>, bits: usize) {
    let n = pairs.len();
    if n <= SHORT {
        pairs.sort_unstable();
        return;
    }
    // Digits in which all keys agree need no pass.
    let all = pairs.iter().fold((u64::MAX, 0), |a, p| (a.0 & p.key(), a.1 | p.key()));
    let differ = all.0 ^ all.1;
    spare.resize(n, P::default());
    let blocks = n.div_ceil(BLOCK);
    let mut counts = vec![[0u32; BUCKETS]; blocks];
    for shift in (0..bits).step_by(DIGIT).filter(|shift| (differ >> shift) as usize & (BUCKETS - 1) != 0) {
        let digit = |p: &P| (p.key() >> shift) as usize & (BUCKETS - 1);
        let at = SendPtr(counts.as_mut_ptr());
        let source = &*pairs;
        parallel_for(blocks, |b| {
            // SAFETY: each block has counts of its own.
            let counts = unsafe { &mut *at.get().add(b) };
            counts.fill(0);
            let block = &source[b * BLOCK..((b + 1) * BLOCK).min(n)];
            block.iter().for_each(|p| counts[digit(p)] += 1);
        });
        let mut next = 0;
        for bucket in 0..BUCKETS {
            for block in &mut counts {
                next += std::mem::replace(&mut block[bucket], next);
            }
        }
        let to = SendPtr(spare.as_mut_ptr());
        parallel_for(blocks, |b| {
            // SAFETY: each block has counts of its own.
            let places = unsafe { &mut *at.get().add(b) };
            for p in &source[b * BLOCK..((b + 1) * BLOCK).min(n)] {
                let place = &mut places[digit(p)];
                // SAFETY: the counts give every pair a place of its own below n.
                unsafe { *to.get().add(*place as usize) = *p };
                *place += 1;
            }
        });
        std::mem::swap(pairs, spare);
    }
}

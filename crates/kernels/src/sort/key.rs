//! Elements as unsigned integers of the same order.

use super::radix::{Narrow, Pair, Scratch, Wide};
use crate::lane::int::Bool;
use half::{bf16, f16};

/// An element that can be sorted.
pub trait Key: Copy + Send + Sync + PartialEq + 'static {
    /// The key with its index.
    #[doc(hidden)]
    type Pair: Pair;
    /// An unsigned integer that orders as the element does: NaN on top, the zeros equal.
    fn key(self) -> u64;
    /// Is it a NaN?
    fn is_nan(self) -> bool;
    /// Where each element of the sorted row was.
    #[doc(hidden)]
    fn sort_row(row: &[Self], descending: bool, scratch: &mut Scratch, order: &mut Vec<u32>) {
        let bits = 8 * size_of::<Self>();
        let flip = if descending { u64::MAX >> (64 - bits) } else { 0 };
        let (mut low, mut high) = (0, 0);
        if bits == 64 {
            let range = |a: (u64, u64), x: &Self| (a.0.min(x.key() ^ flip), a.1.max(x.key() ^ flip));
            (low, high) = row.iter().fold((u64::MAX, 0), range);
        }
        if bits < 64 || high.saturating_sub(low) <= u64::from(u32::MAX) {
            // What differs fits the narrow pairs, which are half as large.
            scratch.narrow.sort(row, |x| (x.key() ^ flip) - low, bits.min(32), order);
        } else {
            scratch.wide.sort(row, |x| x.key() ^ flip, 64, order);
        }
    }
    /// The keys of a row with their indices; turned round where the largest come first.
    #[doc(hidden)]
    #[inline(always)]
    fn pairs(row: &[Self], descending: bool, pairs: &mut Vec<Self::Pair>) {
        let mask = u64::MAX >> (64 - 8 * size_of::<Self>());
        let flip = if descending { mask } else { 0 };
        pairs.clear();
        pairs.extend(row.iter().enumerate().map(|(i, x)| Self::Pair::new(x.key() ^ flip, i as u32)));
    }
}

macro_rules! keys {
    ($($t:ty, $pair:ty, $x:ident => $key:expr, $nan:expr);*) => {$(
        impl Key for $t {
            type Pair = $pair;
            #[inline(always)]
            fn key(self) -> u64 { let $x = self; $key }
            #[inline(always)]
            fn is_nan(self) -> bool { let $x = self; $nan($x) }
        }
    )*};
}
keys!(
    Bool, Narrow, x => u64::from(x.get()), |_| false;
    u8, Narrow, x => u64::from(x), |_| false;
    i8, Narrow, x => u64::from(x as u8 ^ 1 << 7), |_| false;
    i16, Narrow, x => u64::from(x as u16 ^ 1 << 15), |_| false;
    i32, Narrow, x => u64::from(x as u32 ^ 1 << 31), |_| false;
    i64, Wide, x => x as u64 ^ 1 << 63, |_| false;
    f16, Narrow, x => half_key(x.to_bits(), x.is_nan()), f16::is_nan;
    bf16, Narrow, x => half_key(x.to_bits(), x.is_nan()), bf16::is_nan;
    f32, Narrow, x => u64::from(single_key(x)), f32::is_nan;
    f64, Wide, x => double_key(x), f64::is_nan
);

/// Negative numbers are turned round, the others put above them.
#[inline(always)]
fn half_key(bits: u16, nan: bool) -> u64 {
    let bits = if bits == 0x8000 { 0 } else { bits };
    u64::from(if nan { u16::MAX } else { bits ^ ((bits as i16 >> 15) as u16 | 0x8000) })
}

#[inline(always)]
fn single_key(x: f32) -> u32 {
    // Adding zero turns −0 into 0.
    let bits = (x + 0.0).to_bits();
    if x.is_nan() { u32::MAX } else { bits ^ ((bits as i32 >> 31) as u32 | 1 << 31) }
}

#[inline(always)]
fn double_key(x: f64) -> u64 {
    let bits = (x + 0.0).to_bits();
    if x.is_nan() { u64::MAX } else { bits ^ ((bits as i64 >> 63) as u64 | 1 << 63) }
}

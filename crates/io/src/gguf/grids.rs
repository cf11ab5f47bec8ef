//! Blocks whose elements are chosen in groups from codebooks: IQ1, IQ2 and IQ3. As in `dequantize`, the operations are those of
//! ggml's package for Python in its order, `b` is a block, and `y` its 256 elements.

use super::GgmlType;
use super::codebooks::*;
use super::dequantize::{Unpack, each, half};

/// What an element of a group is before scales and signs: its level, of eight to an entry or of four.
fn level(levels: &[i8], entry: u16, i: usize, of: usize) -> f32 {
    let bits = 16 / of;
    f32::from(levels[usize::from(entry >> (bits * i)) & (if of == 8 { 3 } else { 7 })])
}

/// A number with the sign that a bit stands for.
fn signed(x: f32, signs: u8, i: usize) -> f32 {
    x * if signs >> i & 1 == 0 { 1.0 } else { -1.0 }
}

/// The signs of eight elements, of which seven are written down: the last makes the number of minus signs even.
fn seven(signs: u32) -> u8 {
    let seven = (signs & 127) as u8;
    seven | ((seven.count_ones() as u8 & 1) << 7)
}

/// The n-th number of 4 bits, the lower half of a byte first.
fn nibble(b: &[u8], n: usize) -> u8 {
    b[n / 2] >> (4 * (n % 2)) & 15
}

fn short(b: &[u8], n: usize) -> u16 {
    u16::from_le_bytes([b[2 * n], b[2 * n + 1]])
}

fn word(b: &[u8], n: usize) -> u32 {
    u32::from_le_bytes([b[4 * n], b[4 * n + 1], b[4 * n + 2], b[4 * n + 3]])
}

/// How blocks of a type with a codebook are unpacked.
pub(super) fn unpack(dtype: GgmlType) -> Option<Unpack> {
    Some(match dtype {
        GgmlType::IQ2XXS => |b, y| {
            let (d, b) = (half(b, 0), &b[2..]);
            for (n, y) in y.chunks_exact_mut(8).enumerate() {
                let more = word(b, n / 4 * 2 + 1);
                let (db, signs) = (d * (0.5 + (more >> 28) as f32) * 0.25, seven(more >> (7 * (n % 4))));
                let entry = IQ2_XXS[usize::from(b[n / 4 * 8 + n % 4])];
                each(y, |i| signed(db * level(&IQ2_XXS_LEVELS, entry, i, 8), signs, i));
            }
        },
        GgmlType::IQ2XS => |b, y| {
            let (d, b, scales) = (half(b, 0), &b[2..], &b[66..]);
            for (n, y) in y.chunks_exact_mut(8).enumerate() {
                let q = short(b, n);
                let (db, signs) = (d * (0.5 + f32::from(nibble(scales, n / 2))) * 0.25, seven(u32::from(q >> 9)));
                let entry = IQ2_XS[usize::from(q & 511)];
                each(y, |i| signed(db * level(&IQ2_XS_LEVELS, entry, i, 8), signs, i));
            }
        },
        GgmlType::IQ2S => |b, y| {
            let (d, b, signs, high, scales) = (half(b, 0), &b[2..], &b[34..], &b[66..], &b[74..]);
            for (n, y) in y.chunks_exact_mut(8).enumerate() {
                let db = d * (0.5 + f32::from(nibble(scales, n / 2))) * 0.25;
                let entry = IQ2_S[usize::from(b[n]) | usize::from(high[n / 4] >> (2 * (n % 4)) & 3) << 8];
                each(y, |i| signed(db * level(&IQ2_S_LEVELS, entry, i, 8), signs[n], i));
            }
        },
        GgmlType::IQ3XXS => |b, y| {
            let (d, b, more) = (half(b, 0), &b[2..], &b[66..]);
            for (n, y) in y.chunks_exact_mut(8).enumerate() {
                let more = word(more, n / 4);
                let (db, signs) = (d * (0.5 + (more >> 28) as f32) * 0.5, seven(more >> (7 * (n % 4))));
                let entries = [IQ3_XXS[usize::from(b[2 * n])], IQ3_XXS[usize::from(b[2 * n + 1])]];
                each(y, |i| signed(db * level(&IQ3_XXS_LEVELS, entries[i / 4], i % 4, 4), signs, i));
            }
        },
        GgmlType::IQ3S => |b, y| {
            let (d, b, high, signs, scales) = (half(b, 0), &b[2..], &b[66..], &b[74..], &b[106..]);
            for (n, y) in y.chunks_exact_mut(8).enumerate() {
                let db = d * f32::from(1 + 2 * nibble(scales, n / 4));
                let entry = |n: usize| IQ3_S[usize::from(b[n]) | usize::from(high[n / 8] >> (n % 8) & 1) << 8];
                let entries = [entry(2 * n), entry(2 * n + 1)];
                each(y, |i| signed(db * level(&IQ3_S_LEVELS, entries[i / 4], i % 4, 4), signs[n], i));
            }
        },
        GgmlType::IQ1S => |b, y| {
            let (d, b, more) = (half(b, 0), &b[2..], &b[34..]);
            for (n, y) in y.chunks_exact_mut(8).enumerate() {
                let more = short(more, n / 4);
                let dl = d * f32::from(2 * (more >> 12 & 7) + 1);
                let delta = if more & 0x8000 == 0 { 0.125 } else { -0.125 };
                let entry = IQ1_S[usize::from(b[n]) | usize::from(more >> (3 * (n % 4)) & 7) << 8];
                each(y, |i| dl * (level(&IQ1_S_LEVELS, entry, i, 8) + delta));
            }
        },
        GgmlType::IQ1M => |b, y| {
            let (high, scales) = (&b[32..], &b[48..]);
            // The scale of all lies in the upper four bits of the four numbers that hold the others.
            let part = |n: usize| short(scales, n) >> 12 << (4 * n);
            let d = half(&(part(0) | part(1) | part(2) | part(3)).to_le_bytes(), 0);
            for (n, y) in y.chunks_exact_mut(8).enumerate() {
                let dl = d * f32::from(2 * (short(scales, n / 8) >> (3 * (n / 2 % 4)) & 7) + 1);
                let more = nibble(high, n);
                let delta = if more & 8 == 0 { 0.125 } else { -0.125 };
                let entry = IQ1_S[usize::from(b[n]) | usize::from(more & 7) << 8];
                each(y, |i| dl * (level(&IQ1_S_LEVELS, entry, i, 8) + delta));
            }
        },
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whatever a block holds, there is an entry for it, and a level for each of its elements.
    #[test]
    fn every_entry_has_levels() {
        let books: [(&[u16], &[i8], usize); 6] = [
            (&IQ1_S, &IQ1_S_LEVELS, 8),
            (&IQ2_XXS, &IQ2_XXS_LEVELS, 8),
            (&IQ2_XS, &IQ2_XS_LEVELS, 8),
            (&IQ2_S, &IQ2_S_LEVELS, 8),
            (&IQ3_XXS, &IQ3_XXS_LEVELS, 4),
            (&IQ3_S, &IQ3_S_LEVELS, 4),
        ];
        for (book, levels, of) in books {
            for entry in book {
                (0..of).for_each(|i| assert!(levels.contains(&(level(levels, *entry, i, of) as i8))));
            }
        }
    }
}

//! From blocks of quantized numbers to f32: the same operations in the same order as in ggml's own package for Python, each
//! rounded to f32, so that the results are the same to the bit.
//!
//! Below, `b` is a block and `y` its elements, as many as the type says. All numbers are little-endian.

use super::{GgmlType, grids};
use half::f16;

/// The levels of `IQ4_NL` and `IQ4_XS`.
const LEVELS: [i8; 16] = [-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113];
/// Twice the floats of E2M1: a sign, two bits of exponent, one of mantissa.
const E2M1: [i8; 16] = [0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12];

/// Writes the elements of one block.
pub(super) type Unpack = fn(b: &[u8], y: &mut [f32]);

/// How blocks of a type are unpacked; `None` for types that are stored as they are.
pub(super) fn unpack(dtype: GgmlType) -> Option<Unpack> {
    Some(match dtype {
        GgmlType::Q4_0 => |b, y| {
            let d = half(b, 0);
            nibbles(&b[2..], y, |q, _| d * (f32::from(q) - 8.0));
        },
        GgmlType::Q4_1 => |b, y| {
            let (d, m) = (half(b, 0), half(b, 2));
            nibbles(&b[4..], y, |q, _| d * f32::from(q) + m);
        },
        GgmlType::Q5_0 => |b, y| {
            let d = half(b, 0);
            nibbles(&b[6..], y, |q, i| d * (f32::from(q | bit(&b[2..], i) << 4) - 16.0));
        },
        GgmlType::Q5_1 => |b, y| {
            let (d, m) = (half(b, 0), half(b, 2));
            nibbles(&b[8..], y, |q, i| d * f32::from(q | bit(&b[4..], i) << 4) + m);
        },
        GgmlType::Q8_0 => |b, y| {
            let d = half(b, 0);
            each(y, |i| d * signed(b[2 + i]));
        },
        GgmlType::Q8_1 => |b, y| {
            let d = half(b, 0);
            each(y, |i| d * signed(b[4 + i]));
        },
        GgmlType::Q8K => |b, y| {
            let d = f32::from_le_bytes([b[0], b[1], b[2], b[3]]);
            each(y, |i| d * signed(b[4 + i]));
        },
        GgmlType::Q2K => |b, y| {
            let (scales, q, d, min) = (b, &b[16..], half(b, 80), half(b, 82));
            each(y, |i| {
                let scale = scales[i / 16];
                d * f32::from(scale & 15) * f32::from(crumb(q, i)) - min * f32::from(scale >> 4)
            });
        },
        GgmlType::Q3K => |b, y| {
            let (high, q, scales, d) = (b, &b[32..], &b[96..], half(b, 108));
            each(y, |i| {
                let n = i / 16;
                let scale = scales[n % 8] >> (4 * (n / 8)) & 15 | (scales[8 + n % 4] >> (2 * (n / 4)) & 3) << 4;
                let q = crumb(q, i) | (high[i % 32] >> (i / 32) & 1) << 2;
                d * (f32::from(scale) - 32.0) * (f32::from(q) - 4.0)
            });
        },
        GgmlType::Q4K => |b, y| {
            let (d, min) = (half(b, 0), half(b, 2));
            for (n, (q, y)) in b[16..].chunks_exact(32).zip(y.chunks_exact_mut(64)).enumerate() {
                let parts = [2 * n, 2 * n + 1].map(|n| scale_and_min(&b[4..], n)).map(|(s, m)| (d * s, min * m));
                nibbles(q, y, |q, i| parts[i / 32].0 * f32::from(q) - parts[i / 32].1);
            }
        },
        GgmlType::Q5K => |b, y| {
            let (d, min, high) = (half(b, 0), half(b, 2), &b[16..48]);
            for (n, (q, y)) in b[48..].chunks_exact(32).zip(y.chunks_exact_mut(64)).enumerate() {
                let parts = [2 * n, 2 * n + 1].map(|n| scale_and_min(&b[4..], n)).map(|(s, m)| (d * s, min * m));
                nibbles(q, y, |q, i| {
                    let q = q | (high[i % 32] >> (2 * n + i / 32) & 1) << 4;
                    parts[i / 32].0 * f32::from(q) - parts[i / 32].1
                });
            }
        },
        GgmlType::Q6K => |b, y| {
            let (high, scales, d) = (&b[128..], &b[192..], half(b, 208));
            for (n, (q, y)) in b[..128].chunks_exact(64).zip(y.chunks_exact_mut(128)).enumerate() {
                nibbles(q, y, |q, i| {
                    let q = q | (high[32 * n + i % 32] >> (2 * (i / 32)) & 3) << 4;
                    d * signed(scales[8 * n + i / 16]) * (f32::from(q) - 32.0)
                });
            }
        },
        GgmlType::IQ4NL => |b, y| {
            let d = half(b, 0);
            nibbles(&b[2..], y, |q, _| d * f32::from(LEVELS[usize::from(q)]));
        },
        GgmlType::IQ4XS => |b, y| {
            let (d, high, low) = (half(b, 0), u16::from_le_bytes([b[2], b[3]]), &b[4..8]);
            for (n, (q, y)) in b[8..].chunks_exact(16).zip(y.chunks_exact_mut(32)).enumerate() {
                let scale = low[n / 2] >> (4 * (n % 2)) & 15 | ((high >> (2 * n) & 3) as u8) << 4;
                let d = d * (f32::from(scale) - 32.0);
                nibbles(q, y, |q, _| d * f32::from(LEVELS[usize::from(q)]));
            }
        },
        GgmlType::TQ1_0 => |b, y| {
            let d = half(b, 52);
            // 32 bytes hold 5 runs of 32 elements, 16 hold 5 of 16, and 4 hold 4 of 4; each run is one digit of base 3.
            let (mut at, mut from) = (0, 0);
            for (width, runs) in [(32, 5), (16, 5), (4, 4)] {
                for i in 0..width * runs {
                    // The byte is the fraction 0.abcde in base 3, times 256: moved up a digit, the next one is its integer part.
                    let fraction = b[from + i % width].wrapping_mul(3u8.pow((i / width) as u32));
                    y[at + i] = d * (f32::from(((u16::from(fraction) * 3) >> 8) as u8) - 1.0);
                }
                (at, from) = (at + width * runs, from + width);
            }
        },
        GgmlType::TQ2_0 => |b, y| {
            let d = half(b, 64);
            each(y, |i| d * (f32::from(crumb(b, i)) - 1.0));
        },
        GgmlType::MXFP4 => |b, y| {
            // Half of 2^(e - 127), which is subnormal for the lowest two.
            let d = f32::from_bits(match u32::from(b[0]) {
                e @ 0..2 => 1 << (21 + e),
                e => (e - 1) << 23,
            });
            nibbles(&b[1..], y, |q, _| d * f32::from(E2M1[usize::from(q)]));
        },
        GgmlType::NVFP4 => |b, y| {
            for (d, (q, y)) in b.iter().zip(b[4..].chunks_exact(8).zip(y.chunks_exact_mut(16))) {
                // Half of an unsigned float with 4 bits of exponent, biased by 7, and 3 of mantissa; all ones is no number.
                let (exponent, mantissa) = (i32::from(d >> 3 & 15), f32::from(d & 7));
                let d = match exponent {
                    _ if *d == 0x7f => 0.0,
                    0 => mantissa * 2f32.powi(-10),
                    _ => (8.0 + mantissa) * 2f32.powi(exponent - 11),
                };
                nibbles(q, y, |q, _| d * f32::from(E2M1[usize::from(q)]));
            }
        },
        GgmlType::Q1_0 => |b, y| {
            let d = half(b, 0);
            each(y, |i| if bit(&b[2..], i) == 1 { d } else { -d });
        },
        _ => return grids::unpack(dtype),
    })
}

/// The half-precision number at a byte.
pub(super) fn half(b: &[u8], at: usize) -> f32 {
    f16::from_le_bytes([b[at], b[at + 1]]).to_f32()
}

fn signed(byte: u8) -> f32 {
    f32::from(byte as i8)
}

/// The bit of an element.
fn bit(b: &[u8], i: usize) -> u8 {
    b[i / 8] >> (i % 8) & 1
}

/// The 2 bits of an element: 32 bytes hold 4 runs of 32 elements.
fn crumb(q: &[u8], i: usize) -> u8 {
    q[i / 128 * 32 + i % 32] >> (2 * (i % 128 / 32)) & 3
}

/// Every element from its place.
pub(super) fn each(y: &mut [f32], f: impl Fn(usize) -> f32) {
    y.iter_mut().enumerate().for_each(|(i, y)| *y = f(i));
}

/// Every element from its 4 bits and its place: the lower halves of the bytes are the first half of the elements.
fn nibbles(q: &[u8], y: &mut [f32], f: impl Fn(u8, usize) -> f32) {
    let half = y.len() / 2;
    let (low, high) = y.split_at_mut(half);
    for (i, (q, (low, high))) in q.iter().zip(low.iter_mut().zip(high)).enumerate() {
        (*low, *high) = (f(q & 15, i), f(q >> 4, half + i));
    }
}

/// The n-th of the 8 scales and minima of 6 bits in 12 bytes: the first four pairs lie in the lower bits of 8 bytes; the others
/// in the last 4 bytes, and their upper two bits in those above the first.
fn scale_and_min(b: &[u8], n: usize) -> (f32, f32) {
    let (scale, min) = match n {
        0..4 => (b[n] & 63, b[n + 4] & 63),
        _ => (b[n + 4] & 15 | b[n - 4] >> 6 << 4, b[n + 4] >> 4 | b[n] >> 6 << 4),
    };
    (f32::from(scale), f32::from(min))
}

//! Normal values as PyTorch draws them: below 16 elements in double precision one pair at a time, from 16 on by filling
//! the output with uniform values and turning groups of 16 into normal ones (Box and Muller), the last 16 drawn afresh.

use super::{Generator, Random, RandomFloat, unit_f32, unit_f64};
use crate::dispatch;
use crate::pool::{SendPtr, parallel_for};
use half::{bf16, f16};
use std::any::TypeId;
use std::sync::{Mutex, PoisonError};

/// Elements drawn before the pool turns them into normal values: they stay in the caches.
const PIECE: usize = 1 << 18;

/// Fills `out` as `normal_(mean, std)` does on a contiguous tensor.
pub fn normal<T: RandomFloat>(g: &mut Generator, out: &mut [T], mean: f64, std: f64) {
    if out.len() < 16 {
        return normal_each(g, out, mean, std);
    }
    let (len, ptr) = (out.len(), out.as_mut_ptr());
    if TypeId::of::<T>() == TypeId::of::<f32>() {
        // SAFETY: T is f32.
        fill_f32(g, unsafe { std::slice::from_raw_parts_mut(ptr.cast(), len) }, mean as f32, std as f32);
    } else if TypeId::of::<T>() == TypeId::of::<f64>() {
        // SAFETY: T is f64.
        fill_f64(g, unsafe { std::slice::from_raw_parts_mut(ptr.cast(), len) }, mean, std);
    } else if TypeId::of::<T>() == TypeId::of::<f16>() {
        // SAFETY: T is f16.
        let out = unsafe { std::slice::from_raw_parts_mut(ptr.cast::<f16>(), len) };
        fill_half(g, out, mean as f32, std as f32, f16::from_f32);
    } else if TypeId::of::<T>() == TypeId::of::<bf16>() {
        // SAFETY: T is bf16.
        let out = unsafe { std::slice::from_raw_parts_mut(ptr.cast::<bf16>(), len) };
        fill_half(g, out, mean as f32, std as f32, bf16::from_f32);
    }
}

/// Fills `out` as `normal_` does on few elements or on a tensor that is not contiguous: each value from a double.
pub fn normal_each<T: Random>(g: &mut Generator, out: &mut [T], mean: f64, std: f64) {
    for x in out {
        *x = T::from_f64(standard_normal(g).mul_add(std, mean));
    }
}

/// The next value of the standard normal distribution, or the one kept from the last pair.
pub(super) fn standard_normal(g: &mut Generator) -> f64 {
    if let Some(kept) = g.next_double_normal.take() {
        return kept;
    }
    let u1 = unit_f64(g.random64());
    let u2 = unit_f64(g.random64());
    let radius = (-2.0 * (-u2).ln_1p()).sqrt();
    let theta = 2.0 * std::f64::consts::PI * u1;
    g.next_double_normal = Some(radius * theta.sin());
    radius * theta.cos()
}

fn fill_f32(g: &mut Generator, out: &mut [f32], mean: f32, std: f32) {
    let whole = out.len() & !15;
    let tail = out.len() - whole;
    drawn_ahead(g, &mut out[..whole], PIECE, draw_f32, |part| box_muller(part, mean, std));
    if tail > 0 {
        (0..tail).for_each(|_| _ = g.random());
        let from = out.len() - 16;
        draw_f32(g, &mut out[from..]);
        box_muller(&mut out[from..], mean, std);
    }
}

/// Draws `out` a piece after the other, as draws have to be, and turns what was drawn into normal values in parts of a
/// sixteenth of a piece: while one thread draws a piece, the others turn the one before it.
fn drawn_ahead<T: Copy + Send>(
    g: &mut Generator,
    out: &mut [T],
    piece: usize,
    draw: fn(&mut Generator, &mut [T]),
    turn: impl Fn(&mut [T]) + Sync,
) {
    let grain = piece / 16;
    let mut pieces = out.chunks_mut(piece);
    let mut drawn = pieces.next();
    if let Some(first) = &mut drawn {
        draw(g, first);
    }
    while let Some(piece) = drawn {
        let ahead = Mutex::new((&mut *g, pieces.next()));
        let (len, ptr) = (piece.len(), SendPtr(piece.as_mut_ptr()));
        parallel_for(1 + len.div_ceil(grain), |part| {
            if part == 0 {
                let (g, next) = &mut *ahead.lock().unwrap_or_else(PoisonError::into_inner);
                if let Some(next) = next {
                    draw(g, next);
                }
            } else {
                let from = (part - 1) * grain;
                // SAFETY: the parts of one piece do not overlap, and what is drawn meanwhile is another piece.
                turn(unsafe { ptr.slice(from..(from + grain).min(len)) });
            }
        });
        drawn = ahead.into_inner().unwrap_or_else(PoisonError::into_inner).1;
    }
}

fn draw_f32(g: &mut Generator, out: &mut [f32]) {
    // SAFETY: u32 and f32 have the same size and alignment, and no bits are invalid in either.
    let words = unsafe { std::slice::from_raw_parts_mut(out.as_mut_ptr().cast::<u32>(), out.len()) };
    g.fill(words);
}

#[inline(always)]
fn box_muller_body(data: &mut [f32], mean: f32, std: f32) {
    // The data are still raw draws. One group of 16 holds 8 pairs: j and j + 8; two groups fill a vector of 16.
    let mut twice = data.chunks_exact_mut(32);
    for groups in &mut twice {
        let (mut a, mut b) = ([0.0; 16], [0.0; 16]);
        for half in 0..2 {
            a[8 * half..8 * half + 8].copy_from_slice(&groups[16 * half..16 * half + 8]);
            b[8 * half..8 * half + 8].copy_from_slice(&groups[16 * half + 8..16 * half + 16]);
        }
        pairs(&mut a, &mut b, mean, std);
        for half in 0..2 {
            groups[16 * half..16 * half + 8].copy_from_slice(&a[8 * half..8 * half + 8]);
            groups[16 * half + 8..16 * half + 16].copy_from_slice(&b[8 * half..8 * half + 8]);
        }
    }
    for group in twice.into_remainder().chunks_exact_mut(16) {
        let (a, b) = group.split_at_mut(8);
        pairs(a, b, mean, std);
    }
}

#[inline(always)]
fn pairs(a: &mut [f32], b: &mut [f32], mean: f32, std: f32) {
    for (a, b) in a.iter_mut().zip(b) {
        let u1 = 1.0 - unit_f32(a.to_bits());
        let u2 = unit_f32(b.to_bits());
        let radius = (-2.0 * log(u1)).sqrt();
        let (sin, cos) = sin_cos(TWO_PI * u2);
        *a = (radius * cos).mul_add(std, mean);
        *b = (radius * sin).mul_add(std, mean);
    }
}
dispatch!(fn box_muller(data: &mut [f32], mean: f32, std: f32) = box_muller_body);

const TWO_PI: f32 = std::f32::consts::TAU;

/// The natural logarithm of a positive normal number, by the polynomial of Cephes' `logf` with the operations fused as
/// in PyTorch's vector code: the last bit matters here.
#[inline(always)]
fn log(x: f32) -> f32 {
    let bits = x.to_bits();
    let e = ((bits >> 23) as i32 - 127) as f32 + 1.0;
    let x = f32::from_bits((bits & !0x7f80_0000) | 0.5f32.to_bits());
    let low = x < std::f32::consts::FRAC_1_SQRT_2;
    let e = e - if low { 1.0 } else { 0.0 };
    let x = (x - 1.0) + if low { x } else { 0.0 };
    let z = x * x;
    let mut y = 7.037_683_6e-2f32.mul_add(x, -1.151_461e-1);
    y = y.mul_add(x, 1.167_699_87e-1);
    y = y.mul_add(x, -1.242_014_1e-1);
    y = y.mul_add(x, 1.424_932_3e-1);
    y = y.mul_add(x, -1.666_805_8e-1);
    y = y.mul_add(x, 2.000_071_4e-1);
    y = y.mul_add(x, -2.499_999_4e-1);
    y = y.mul_add(x, 3.333_333e-1);
    y *= x;
    y = y.mul_add(z, e * -2.121_944_4e-4);
    y = z.mul_add(-0.5, y);
    e.mul_add(0.693_359_4, x + y)
}

/// Sine and cosine of an angle in [0, 2π], by the polynomials of Cephes' `sinf`, fused as in PyTorch's vector code.
#[inline(always)]
fn sin_cos(x: f32) -> (f32, f32) {
    // SAFETY: the product is between 0 and 8, far inside the range of i32.
    let quadrant = (unsafe { (x * 1.273_239_5).to_int_unchecked::<i32>() } + 1) & !1;
    let y = quadrant as f32;
    let sign_sin = ((quadrant & 4) as u32) << 29;
    let sign_cos = ((!(quadrant - 2) & 4) as u32) << 29;
    let straight = quadrant & 2 == 0;
    let x = y.mul_add(-0.785_156_25, x);
    let x = y.mul_add(-2.418_756_5e-4, x);
    let x = y.mul_add(-3.774_895e-8, x);
    let z = x * x;
    let c = 2.443_315_7e-5f32.mul_add(z, -1.388_731_6e-3).mul_add(z, 4.166_664_6e-2) * z;
    let c = c.mul_add(z, -(z * 0.5)) + 1.0;
    let s = (-1.951_529_6e-4f32).mul_add(z, 8.332_161e-3).mul_add(z, -1.666_665_5e-1) * z;
    let s = s.mul_add(x, x);
    let (sin, cos) = if straight { (s, c) } else { (c, s) };
    (f32::from_bits(sin.to_bits() ^ sign_sin), f32::from_bits(cos.to_bits() ^ sign_cos))
}

fn fill_f64(g: &mut Generator, out: &mut [f64], mean: f64, std: f64) {
    let whole = out.len() & !15;
    let tail = out.len() - whole;
    drawn_ahead(g, &mut out[..whole], PIECE / 2, draw_f64, |part| box_muller_f64(part, mean, std));
    if tail > 0 {
        (0..tail).for_each(|_| _ = g.random64());
        let from = out.len() - 16;
        draw_f64(g, &mut out[from..]);
        box_muller_f64(&mut out[from..], mean, std);
    }
}

fn draw_f64(g: &mut Generator, out: &mut [f64]) {
    // SAFETY: u64 and f64 have the same size and alignment, and no bits are invalid in either.
    let words = unsafe { std::slice::from_raw_parts_mut(out.as_mut_ptr().cast::<u64>(), out.len()) };
    g.fill64(words);
}

fn box_muller_f64(data: &mut [f64], mean: f64, std: f64) {
    for group in data.chunks_exact_mut(16) {
        let (a, b) = group.split_at_mut(8);
        for (a, b) in a.iter_mut().zip(b) {
            let u1 = 1.0 - unit_f64(a.to_bits());
            let u2 = unit_f64(b.to_bits());
            let radius = (-2.0 * u1.ln()).sqrt();
            let theta = 2.0 * std::f64::consts::PI * u2;
            *a = (radius * theta.cos()).mul_add(std, mean);
            *b = (radius * theta.sin()).mul_add(std, mean);
        }
    }
}

fn fill_half<H: Copy>(g: &mut Generator, out: &mut [H], mean: f32, std: f32, round: fn(f32) -> H) {
    let whole = out.len() & !15;
    let tile = &mut [0.0; 1024];
    let mut part = |g: &mut Generator, out: &mut [H]| {
        let tile = &mut tile[..out.len()];
        draw_f32(g, tile);
        box_muller(tile, mean, std);
        out.iter_mut().zip(tile).for_each(|(out, x)| *out = round(*x));
    };
    for out in out[..whole].chunks_mut(1024) {
        part(g, out);
    }
    if whole < out.len() {
        let from = out.len() - 16;
        part(g, &mut out[from..]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_values_are_pytorchs() {
        // torch.manual_seed(0); torch.randn(n)
        let mut x = [0f32; 17];
        normal(&mut Generator::new(0), &mut x[..3], 0.0, 1.0);
        assert_eq!(x[..3], [1.540_996_1, -0.293_428_9, -2.178_789_4]);
        normal(&mut Generator::new(0), &mut x[..16], 0.0, 1.0);
        assert_eq!(x[..4], [-1.125_839_8, -1.152_360_2, -0.250_578_58, -0.433_878_8]);
    }

    #[test]
    fn the_transform_is_accurate() {
        for i in 0..=4096u32 {
            let u = i as f32 / 4096.0;
            let (s, c) = sin_cos(TWO_PI * u);
            let angle = f64::from(TWO_PI * u);
            assert!((f64::from(s) - angle.sin()).abs() < 1e-7 && (f64::from(c) - angle.cos()).abs() < 1e-7, "{u}");
            let v = (i + 1) as f32 / 4097.0;
            assert!((f64::from(log(v)) - f64::from(v).ln()).abs() <= 2e-7 * f64::from(v).ln().abs().max(0.1), "{v}");
        }
    }

    #[test]
    fn every_length_has_the_moments_of_a_normal() {
        let mut g = Generator::new(7);
        for n in [100_003, 300_000] {
            let mut x = vec![0f64; n];
            normal(&mut g, &mut x, 3.0, 2.0);
            let mean = x.iter().sum::<f64>() / n as f64;
            let var = x.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n as f64;
            assert!((mean - 3.0).abs() < 0.03 && (var - 4.0).abs() < 0.08, "{mean} {var}");
        }
    }

    #[test]
    fn drawing_ahead_changes_nothing() {
        for n in [16, 32, 48, PIECE / 16 + 16, PIECE, PIECE + 16, 2 * PIECE - 16, 3 * PIECE + 48] {
            let (mut g, mut other) = (Generator::new(7), Generator::new(7));
            let (mut x, mut y) = (vec![0f32; n], vec![0f32; n]);
            normal(&mut g, &mut x, 3.0, 2.0);
            draw_f32(&mut other, &mut y);
            box_muller(&mut y, 3.0, 2.0);
            assert!(x == y && g.state() == other.state(), "{n}");
            let (mut x, mut y) = (vec![0f64; n], vec![0f64; n]);
            normal(&mut g, &mut x, 3.0, 2.0);
            draw_f64(&mut other, &mut y);
            box_muller_f64(&mut y, 3.0, 2.0);
            assert!(x == y && g.state() == other.state(), "{n}");
        }
    }
}

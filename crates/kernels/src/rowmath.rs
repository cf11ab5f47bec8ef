//! What the row kernels share: element types and the type they compute in, an exponential that vectorises, and sums and
//! maxima over fixed lanes, so that every instruction set adds in the same order.

use half::{bf16, f16};
use std::ops::{Add, Div, Mul, Neg, Sub};

/// The types that kernels compute in: f32 and f64.
pub trait Compute:
    Copy
    + Send
    + Sync
    + PartialOrd
    + Default
    + 'static
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
{
    /// Zero.
    const ZERO: Self;
    /// One.
    const ONE: Self;
    /// Minus infinity.
    const LOWEST: Self;
    /// From a double, rounded.
    fn from_f64(x: f64) -> Self;
    /// To a double.
    fn to_f64(self) -> f64;
    /// `self * a + b`, rounded once.
    fn fma(self, a: Self, b: Self) -> Self;
    /// The square root.
    fn sqrt(self) -> Self;
    /// The exponential: branch-free, within 2 units in the last place.
    fn exp(self) -> Self;
    /// The natural logarithm.
    fn ln(self) -> Self;
}

impl Compute for f32 {
    const ZERO: Self = 0.0;
    const ONE: Self = 1.0;
    const LOWEST: Self = f32::NEG_INFINITY;
    #[inline(always)]
    fn from_f64(x: f64) -> Self {
        x as f32
    }
    #[inline(always)]
    fn to_f64(self) -> f64 {
        f64::from(self)
    }
    #[inline(always)]
    fn fma(self, a: Self, b: Self) -> Self {
        self.mul_add(a, b)
    }
    #[inline(always)]
    fn sqrt(self) -> Self {
        self.sqrt()
    }
    #[inline(always)]
    fn exp(self) -> Self {
        // Comparisons, not min and max: NaN has to stay.
        let x = if self < -104.0 { -104.0 } else { self };
        let x = if x > 89.0 { 89.0 } else { x };
        const ROUND: f32 = 12_582_912.0;
        let shifted = x.mul_add(std::f32::consts::LOG2_E, ROUND);
        let n = shifted - ROUND;
        let r = n.mul_add(-0.693_359_4, x);
        let r = n.mul_add(2.121_944_4e-4, r);
        let p = 1.987_569_1e-4f32.mul_add(r, 1.398_199_9e-3);
        let p = p.mul_add(r, 8.333_452e-3);
        let p = p.mul_add(r, 4.166_579_6e-2);
        let p = p.mul_add(r, 1.666_666_5e-1);
        let p = p.mul_add(r, 0.5);
        let p = p.mul_add(r * r, r + 1.0);
        // Two factors, so that results below the normal range are reached too.
        let n = (shifted.to_bits() as i32).wrapping_sub(ROUND.to_bits() as i32);
        let half = n >> 1;
        let scale = |n: i32| f32::from_bits((n.wrapping_add(127) as u32) << 23);
        p * scale(half) * scale(n.wrapping_sub(half))
    }
    #[inline(always)]
    fn ln(self) -> Self {
        self.ln()
    }
}

impl Compute for f64 {
    const ZERO: Self = 0.0;
    const ONE: Self = 1.0;
    const LOWEST: Self = f64::NEG_INFINITY;
    #[inline(always)]
    fn from_f64(x: f64) -> Self {
        x
    }
    #[inline(always)]
    fn to_f64(self) -> f64 {
        self
    }
    #[inline(always)]
    fn fma(self, a: Self, b: Self) -> Self {
        self.mul_add(a, b)
    }
    #[inline(always)]
    fn sqrt(self) -> Self {
        self.sqrt()
    }
    #[inline(always)]
    fn exp(self) -> Self {
        let x = if self < -746.0 { -746.0 } else { self };
        let x = if x > 710.0 { 710.0 } else { x };
        const ROUND: f64 = 6_755_399_441_055_744.0;
        let shifted = x.mul_add(std::f64::consts::LOG2_E, ROUND);
        let n = shifted - ROUND;
        let r = n.mul_add(-6.931_471_803_691_238e-1, x);
        let r = n.mul_add(-1.908_214_929_270_587_7e-10, r);
        // The Taylor series: |r| is at most ln(2) / 2.
        let mut p = 1.0 / 6_227_020_800.0;
        for c in [
            1.0 / 479_001_600.0,
            1.0 / 39_916_800.0,
            1.0 / 3_628_800.0,
            1.0 / 362_880.0,
            1.0 / 40_320.0,
            1.0 / 5040.0,
            1.0 / 720.0,
            1.0 / 120.0,
            1.0 / 24.0,
            1.0 / 6.0,
            0.5,
        ] {
            p = r.mul_add(p, c);
        }
        let p = p.mul_add(r * r, r) + 1.0;
        let n = (shifted.to_bits() as i64).wrapping_sub(ROUND.to_bits() as i64);
        let half = n >> 1;
        let scale = |n: i64| f64::from_bits((n.wrapping_add(1023) as u64) << 52);
        p * scale(half) * scale(n.wrapping_sub(half))
    }
    #[inline(always)]
    fn ln(self) -> Self {
        self.ln()
    }
}

/// A floating-point element type.
pub trait Real: Copy + Send + Sync + Default + 'static {
    /// What kernels compute in: f32 for the halves.
    type C: Compute;
    /// Is the compute type the type itself?
    const SAME: bool;
    /// To the compute type.
    fn load(self) -> Self::C;
    /// From the compute type, rounded.
    fn store(x: Self::C) -> Self;
}

macro_rules! real {
    ($($t:ty, $c:ty, $same:expr, $load:expr, $store:expr);*) => {$(
        impl Real for $t {
            type C = $c;
            const SAME: bool = $same;
            #[inline(always)]
            fn load(self) -> $c { $load(self) }
            #[inline(always)]
            fn store(x: $c) -> Self { $store(x) }
        }
    )*};
}
real!(
    f32, f32, true, |x| x, |x| x;
    f64, f64, true, |x| x, |x| x;
    f16, f32, false, widen_f16, narrow_f16;
    bf16, f32, false, widen, narrow
);

/// Without a branch, so that loops over it vectorise.
#[inline(always)]
fn widen_f16(x: f16) -> f32 {
    let bits = u32::from(x.to_bits());
    let magnitude = (bits & 0x7fff) << 13;
    // The exponent's bias moves by 112; the product gets subnormals right.
    let value = (f32::from_bits(magnitude) * f32::from_bits(0x7780_0000)).to_bits();
    let special = if magnitude >= 0x0f80_0000 { 0x7f80_0000 } else { 0 };
    f32::from_bits(value | special | ((bits & 0x8000) << 16))
}

/// Rounds to nearest even without a branch.
#[inline(always)]
fn narrow_f16(x: f32) -> f16 {
    let bits = x.to_bits();
    let magnitude = bits & 0x7fff_ffff;
    let normal = magnitude.wrapping_add(0xc800_0fff).wrapping_add((magnitude >> 13) & 1) >> 13;
    // Adding one half lines the bits of a subnormal result up at the bottom, rounded.
    let small = (f32::from_bits(magnitude) + 0.5).to_bits().wrapping_sub(0.5f32.to_bits());
    let large = if magnitude > 0x7f80_0000 { 0x7e00 } else { 0x7c00 };
    let value = if magnitude < 0x3880_0000 { small } else { normal };
    let value = if magnitude >= 0x4780_0000 { large } else { value };
    f16::from_bits((value | ((bits >> 16) & 0x8000)) as u16)
}

#[inline(always)]
fn widen(x: bf16) -> f32 {
    f32::from_bits(u32::from(x.to_bits()) << 16)
}

/// Rounds to nearest even without a branch, so that loops over it vectorise.
#[inline(always)]
fn narrow(x: f32) -> bf16 {
    let bits = x.to_bits();
    let rounded = bits.wrapping_add(0x7fff + ((bits >> 16) & 1)) >> 16;
    bf16::from_bits(if x.is_nan() { 0x7fc0 | (bits >> 16) as u16 } else { rounded as u16 })
}

const LANES: usize = 64;

/// Folds `f(i, x[i])` for all i over fixed lanes with `join`, in an order that depends on the length alone.
#[inline(always)]
pub(crate) fn fold<T: Real, A: Copy>(x: &[T], start: A, step: impl Fn(A, T::C) -> A, join: impl Fn(A, A) -> A) -> A {
    let mut lanes = [start; LANES];
    let mut chunks = x.chunks_exact(LANES);
    for chunk in &mut chunks {
        for (lane, x) in lanes.iter_mut().zip(chunk) {
            *lane = step(*lane, x.load());
        }
    }
    for (lane, x) in lanes.iter_mut().zip(chunks.remainder()) {
        *lane = step(*lane, x.load());
    }
    join_lanes(lanes, join)
}

#[inline(always)]
fn join_lanes<A: Copy>(mut lanes: [A; LANES], join: impl Fn(A, A) -> A) -> A {
    let mut width = LANES / 2;
    while width > 0 {
        for i in 0..width {
            lanes[i] = join(lanes[i], lanes[i + width]);
        }
        width /= 2;
    }
    lanes[0]
}

/// The same over pairs of elements of two slices.
#[inline(always)]
pub(crate) fn fold2<T: Real, U: Real<C = T::C>, A: Copy>(
    x: &[T],
    y: &[U],
    start: A,
    step: impl Fn(A, T::C, T::C) -> A,
    join: impl Fn(A, A) -> A,
) -> A {
    let n = x.len().min(y.len());
    let (x, y) = (&x[..n], &y[..n]);
    let mut lanes = [start; LANES];
    let (mut xs, mut ys) = (x.chunks_exact(LANES), y.chunks_exact(LANES));
    for (x, y) in (&mut xs).zip(&mut ys) {
        for ((lane, x), y) in lanes.iter_mut().zip(x).zip(y) {
            *lane = step(*lane, x.load(), y.load());
        }
    }
    for ((lane, x), y) in lanes.iter_mut().zip(xs.remainder()).zip(ys.remainder()) {
        *lane = step(*lane, x.load(), y.load());
    }
    join_lanes(lanes, join)
}

/// Writes `f(x[i])` over `x`'s counterpart in `out` and returns the sum of what `f` gave.
#[inline(always)]
pub(crate) fn map_sum<T: Real>(x: &[T], out: &mut [T], f: impl Fn(T::C) -> T::C) -> T::C {
    let n = x.len().min(out.len());
    let (x, out) = (&x[..n], &mut out[..n]);
    let mut lanes = [T::C::ZERO; LANES];
    let (mut xs, mut os) = (x.chunks_exact(LANES), out.chunks_exact_mut(LANES));
    for (x, o) in (&mut xs).zip(&mut os) {
        for ((lane, x), o) in lanes.iter_mut().zip(x).zip(o) {
            let v = f(x.load());
            *o = T::store(v);
            *lane = *lane + v;
        }
    }
    for ((lane, x), o) in lanes.iter_mut().zip(xs.remainder()).zip(os.into_remainder()) {
        let v = f(x.load());
        *o = T::store(v);
        *lane = *lane + v;
    }
    join_lanes(lanes, |a, b| a + b)
}

/// The largest element; NaNs are passed over.
#[inline(always)]
pub(crate) fn max<T: Real>(x: &[T]) -> T::C {
    let larger = |a: T::C, b: T::C| if b > a { b } else { a };
    fold(x, T::C::LOWEST, larger, larger)
}

/// The sum of `f` over the elements.
#[inline(always)]
pub(crate) fn sum<T: Real>(x: &[T], f: impl Fn(T::C) -> T::C) -> T::C {
    fold(x, T::C::ZERO, |a, x| a + f(x), |a, b| a + b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exp_is_accurate() {
        for i in -90_000..=88_000 {
            let x = i as f32 / 1000.0;
            let (got, want) = (f64::from(Compute::exp(x)), f64::from(x).exp());
            assert!((got - want).abs() <= want * 1.8e-7 + 1.5e-45, "{x}: {got} {want}");
            let x = f64::from(i) / 127.3;
            let (got, want) = (Compute::exp(x), x.exp());
            assert!((got - want).abs() <= want * 4e-16 + 1e-323, "{x}: {got} {want}");
        }
        assert_eq!(Compute::exp(f32::NEG_INFINITY), 0.0);
        assert_eq!(Compute::exp(f32::INFINITY), f32::INFINITY);
        assert!(Compute::exp(f32::NAN).is_nan() && Compute::exp(f64::NAN).is_nan());
        assert_eq!((Compute::exp(0f32), Compute::exp(0f64)), (1.0, 1.0));
        assert_eq!((Compute::exp(f64::INFINITY), Compute::exp(f64::NEG_INFINITY)), (f64::INFINITY, 0.0));
    }

    #[test]
    fn folds_take_every_element_once() {
        for n in [0, 1, 63, 64, 65, 1000] {
            let x: Vec<f32> = (0..n).map(|i| i as f32).collect();
            let want = (0..n).sum::<i32>() as f32;
            assert_eq!(sum(&x, |x| x), want);
            assert_eq!(fold2(&x, &x, 0.0, |a, x, y| a + x + y, |a, b| a + b), 2.0 * want);
            let mut out = vec![0.0; x.len()];
            assert_eq!(map_sum(&x, &mut out, |x| x + 1.0), want + n as f32);
            assert!(out.iter().zip(&x).all(|(o, x)| *o == x + 1.0));
            assert_eq!(max(&x), if n == 0 { f32::NEG_INFINITY } else { n as f32 - 1.0 });
        }
    }

    #[test]
    fn f16_rounds_to_even() {
        for bits in 0..=u16::MAX {
            let (got, want) = (widen_f16(f16::from_bits(bits)), f16::from_bits(bits).to_f32());
            assert!(got.to_bits() == want.to_bits() || (got.is_nan() && want.is_nan()), "{bits:x}");
        }
        for bits in (0..u32::MAX).step_by(9973) {
            let x = f32::from_bits(bits);
            let (got, want) = (narrow_f16(x), f16::from_f32(x));
            assert!(got.to_bits() == want.to_bits() || (x.is_nan() && got.is_nan()), "{bits:x}");
        }
    }

    #[test]
    fn bf16_rounds_to_even() {
        for bits in (0..u32::MAX).step_by(65521) {
            let x = f32::from_bits(bits);
            let (got, want) = (narrow(x), bf16::from_f32(x));
            assert!(got.to_bits() == want.to_bits() || (x.is_nan() && got.is_nan()), "{bits:x}");
        }
    }
}

//! PyTorch's random stream on the CPU: the generator (a Mersenne twister), its state in PyTorch's own bytes, and the
//! distributions drawn from it. The same seed and the same calls give the numbers that PyTorch gives.

mod continuous;
mod counts;
mod discrete;
mod gamma;
mod multinomial;
mod normal;
mod twister;

pub use continuous::{cauchy, exponential, geometric, log_normal, uniform};
pub use counts::{binomial, poisson};
pub use discrete::{
    bernoulli, bernoulli_bits, bernoulli_each, random, random_bounds, random_from_to, random_full_range, randperm,
};
pub use gamma::{dirichlet_gradient, gamma, gamma_gradient};
pub use multinomial::{InvalidWeights, multinomial};
pub use normal::{normal, normal_each};
pub use twister::{Generator, InvalidState, STATE_BYTES};

use crate::lane::int::Bool;
use half::{bf16, f16};

/// A type that random values can be written as.
pub trait Random: Copy + Send + Sync + 'static {
    /// How many significant bits the type has: `numeric_limits::digits` of its C++ counterpart.
    const DIGITS: u32;
    /// A floating-point type?
    const FLOAT: bool;
    /// The value of an integer, wrapped or rounded to the type.
    fn from_i64(x: i64) -> Self;
    /// The value of a double, truncated or rounded to the type (the halves round to single precision first).
    fn from_f64(x: f64) -> Self;
}

macro_rules! random_int {
    ($($t:ty, $digits:expr);*) => {$(
        impl Random for $t {
            const DIGITS: u32 = $digits;
            const FLOAT: bool = false;
            #[inline(always)]
            fn from_i64(x: i64) -> Self { x as $t }
            #[inline(always)]
            fn from_f64(x: f64) -> Self { x as i64 as $t }
        }
    )*};
}
random_int!(u8, 8; i8, 7; i16, 15; i32, 31; i64, 63);

impl Random for Bool {
    const DIGITS: u32 = 1;
    const FLOAT: bool = false;
    #[inline(always)]
    fn from_i64(x: i64) -> Self {
        (x != 0).into()
    }
    #[inline(always)]
    fn from_f64(x: f64) -> Self {
        (x != 0.0).into()
    }
}

macro_rules! random_float {
    ($($t:ty, $digits:expr, $x:ident => $from_i64:expr, $from_f64:expr);*) => {$(
        impl Random for $t {
            const DIGITS: u32 = $digits;
            const FLOAT: bool = true;
            #[inline(always)]
            fn from_i64($x: i64) -> Self { $from_i64 }
            #[inline(always)]
            fn from_f64($x: f64) -> Self { $from_f64 }
        }
    )*};
}
random_float!(
    f32, 24, x => x as f32, x as f32;
    f64, 53, x => x as f64, x;
    f16, 11, x => f16::from_f32(x as f32), f16::from_f32(x as f32);
    bf16, 8, x => bf16::from_f32(x as f32), bf16::from_f32(x as f32)
);

/// A floating-point type that continuous distributions can be written as.
pub trait RandomFloat: Random + PartialEq {
    /// PyTorch draws 64 bits for each value (f64) or 32 (the others).
    const WIDE: bool;
    /// The value as a double.
    fn to_f64(self) -> f64;
}

impl RandomFloat for f32 {
    const WIDE: bool = false;
    #[inline(always)]
    fn to_f64(self) -> f64 {
        f64::from(self)
    }
}
impl RandomFloat for f64 {
    const WIDE: bool = true;
    #[inline(always)]
    fn to_f64(self) -> f64 {
        self
    }
}
impl RandomFloat for f16 {
    const WIDE: bool = false;
    #[inline(always)]
    fn to_f64(self) -> f64 {
        f64::from(self)
    }
}
impl RandomFloat for bf16 {
    const WIDE: bool = false;
    #[inline(always)]
    fn to_f64(self) -> f64 {
        f64::from(self)
    }
}

const TWO_M24: f32 = 1.0 / (1u32 << 24) as f32;
const TWO_M53: f64 = 1.0 / (1u64 << 53) as f64;
const MASK_24: u32 = (1 << 24) - 1;
const MASK_53: u64 = (1 << 53) - 1;

/// A draw of 32 bits as a uniform value in [0, 1).
#[inline(always)]
fn unit_f32(draw: u32) -> f32 {
    (draw & MASK_24) as i32 as f32 * TWO_M24
}

/// A draw of 64 bits as a uniform value in [0, 1).
#[inline(always)]
fn unit_f64(draw: u64) -> f64 {
    (draw & MASK_53) as i64 as f64 * TWO_M53
}

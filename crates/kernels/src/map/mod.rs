//! Pointwise kernels: a body written once over the lane ([`Map`] and its kin) becomes a [`Kernel`], a table of loops
//! per compute dtype; one driver ([`run`]) brings any dtypes, strides, broadcasts and scalars to those loops.

mod chunk;
mod driver;
pub mod fused;
pub mod select;
#[cfg(test)]
mod tests;
mod transpose;

pub use chunk::{complex_real, element, field, float_test, int, map, num, ring, ring_test, test};
pub use driver::{Dst, Src, copy, fill, run};

use crate::complex::Complex;
use crate::dtype::DType;
use crate::lane::{Field, Int, Lane, Num, Ring};

/// Floats in, float out.
pub trait Map<const N: usize>: Copy + Send + Sync + 'static {
    /// How many times as dear as an addition, roughly: sets when and how finely work is shared among threads.
    const COST: u32 = 1;
    /// The body. Mark it `#[inline(always)]`.
    fn eval<L: Lane>(&self, x: [L; N]) -> L;
}

/// A body for floats, integers, bools and complex numbers.
pub trait RingMap<const N: usize>: Copy + Send + Sync + 'static {
    /// As [`Map::COST`].
    const COST: u32 = 1;
    /// The body. Mark it `#[inline(always)]`.
    fn eval<R: Ring>(&self, x: [R; N]) -> R;
}

/// A body for floats and complex numbers.
pub trait FieldMap<const N: usize>: Copy + Send + Sync + 'static {
    /// As [`Map::COST`].
    const COST: u32 = 1;
    /// The body. Mark it `#[inline(always)]`.
    fn eval<F: Field>(&self, x: [F; N]) -> F;
}

/// A body for floats, integers and bools.
pub trait NumMap<const N: usize>: Copy + Send + Sync + 'static {
    /// As [`Map::COST`].
    const COST: u32 = 1;
    /// The body. Mark it `#[inline(always)]`.
    fn eval<X: Num>(&self, x: [X; N]) -> X;
}

/// A body for integers and bools.
pub trait IntMap<const N: usize>: Copy + Send + Sync + 'static {
    /// As [`Map::COST`].
    const COST: u32 = 1;
    /// The body. Mark it `#[inline(always)]`.
    fn eval<I: Int>(&self, x: [I; N]) -> I;
}

/// A question to floats, integers and bools; its answer is a bool.
pub trait Test<const N: usize>: Copy + Send + Sync + 'static {
    /// The body. Mark it `#[inline(always)]`.
    fn eval<X: Num>(&self, x: [X; N]) -> X::Mask;
}

/// A question to every dtype, complex too (equality, "not zero"); its answer is a bool.
pub trait RingTest<const N: usize>: Copy + Send + Sync + 'static {
    /// The body. Mark it `#[inline(always)]`.
    fn eval<R: Ring>(&self, x: [R; N]) -> R::Mask;
}

/// A question to floats; its answer is a bool.
pub trait FloatTest<const N: usize>: Copy + Send + Sync + 'static {
    /// The body. Mark it `#[inline(always)]`.
    fn eval<L: Lane>(&self, x: [L; N]) -> L::Mask;
}

/// Floats in, float out, through a function of one element in double precision: for the rare special functions.
pub trait Element<const N: usize>: Copy + Send + Sync + 'static {
    /// As [`Map::COST`].
    const COST: u32 = 16;
    /// The function.
    fn eval(&self, x: [f64; N]) -> f64;
}

/// Complex in, real out: absolute value, angle, parts.
pub trait ComplexReal: Copy + Send + Sync + 'static {
    /// In single precision.
    fn single(&self, x: Complex<f32>) -> f32;
    /// In double precision.
    fn double(&self, x: Complex<f64>) -> f64;
}

/// The most inputs that a kernel may take.
pub const MAX_INPUTS: usize = 6;

/// A loop over `n` contiguous elements of the compute dtype. `out` may be one of the inputs, or apart from all.
pub type Chunk = unsafe fn(body: *const (), ins: *const *const u8, out: *mut u8, n: usize);

/// The type a kernel writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Out {
    /// The compute dtype.
    Compute,
    /// Bool.
    Bool,
    /// The real type of a complex compute dtype.
    Real,
}

/// A pointwise kernel: its loops per compute dtype, and what the driver must know of it.
#[derive(Debug)]
pub struct Kernel {
    pub(crate) chunks: [Option<Chunk>; 12],
    /// How many inputs it takes.
    pub inputs: usize,
    /// What it writes.
    pub out: Out,
    /// The first input is a bool whatever the compute dtype (`where`).
    pub first_bool: bool,
    /// See [`Map::COST`].
    pub cost: u32,
}

impl Kernel {
    /// True if the kernel can compute in this dtype. (None computes in f16 or bf16 but `where`: see [`DType::compute`].)
    pub fn supports(&self, compute: DType) -> bool {
        self.chunks[compute as usize].is_some()
    }

    /// The loop for this compute dtype, for callers with contiguous data of it.
    #[inline(always)]
    pub fn chunk(&self, compute: DType) -> Option<Chunk> {
        self.chunks[compute as usize]
    }

    /// The dtype that the loops for `compute` write, before the driver converts to that of the output.
    pub fn out_dtype(&self, compute: DType) -> DType {
        match self.out {
            Out::Compute => compute,
            Out::Bool => DType::Bool,
            Out::Real => compute.to_real(),
        }
    }

    /// The dtype that the loops for `compute` read as input `i`.
    #[inline(always)]
    pub fn in_dtype(&self, compute: DType, i: usize) -> DType {
        if self.first_bool && i == 0 { DType::Bool } else { compute }
    }
}

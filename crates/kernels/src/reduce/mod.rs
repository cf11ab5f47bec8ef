//! Reductions: a body written once over the lane ([`Reduce`] and its kin) becomes a [`ReduceKernel`]; one driver
//! ([`reduce`]) brings any dtype, strides and set of dimensions to it. Sums run in blocks whose borders and order depend
//! on sizes alone.

pub mod arg;
mod bodies;
mod driver;
mod fold;
#[cfg(test)]
mod tests;
mod var;

pub use bodies::*;
pub use driver::reduce;
pub use fold::{float, num, ring};
pub use var::{Var, var};

use crate::lane::{Lane, Num, Ring};

/// A reduction of floats, with `K` numbers of state.
pub trait Reduce<const K: usize>: Copy + Send + Sync + 'static {
    /// The state before the first element.
    fn init<L: Lane>(&self) -> [L; K];
    /// The state with one more element.
    fn step<L: Lane>(&self, acc: [L; K], x: L) -> [L; K];
    /// The state of two parts together.
    fn combine<L: Lane>(&self, a: [L; K], b: [L; K]) -> [L; K];
    /// The result of `count` elements.
    fn finish<L: Lane>(&self, acc: [L; K], count: f64) -> L;
}

/// A reduction of floats, `i64` and complex numbers whose state is one number.
pub trait RingReduce: Copy + Send + Sync + 'static {
    /// The state before the first element.
    fn init<R: Ring>(&self) -> R;
    /// The state with one more element, or of two parts together.
    fn step<R: Ring>(&self, acc: R, x: R) -> R;
}

/// A reduction of floats, integers and bools whose state is one number.
pub trait NumReduce: Copy + Send + Sync + 'static {
    /// The state before the first element.
    fn init<X: Num>(&self) -> X;
    /// The state with one more element, or of two parts together.
    fn step<X: Num>(&self, acc: X, x: X) -> X;
}

/// The loops of a reduction in one compute dtype. The state of `cols` columns is K arrays of `cols` numbers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Loops {
    /// Adds `n` contiguous elements to the state of one column.
    pub row: unsafe fn(body: *const (), src: *const u8, n: usize, acc: *mut u8),
    /// Adds `rows` rows of `cols` elements, `stride` elements apart, to the state of `cols` columns.
    pub cols: unsafe fn(body: *const (), src: *const u8, rows: usize, stride: isize, cols: usize, acc: *mut u8),
    /// Sets the state of `cols` columns to that before the first element.
    pub init: unsafe fn(body: *const (), acc: *mut u8, cols: usize),
    /// Adds the state `other` to `acc`.
    pub combine: unsafe fn(body: *const (), acc: *mut u8, other: *const u8, cols: usize),
    /// Writes the results of `cols` columns, of `count` elements each, in the compute dtype.
    pub finish: unsafe fn(body: *const (), acc: *const u8, cols: usize, count: usize, out: *mut u8),
    /// Bytes of the state of one column.
    pub acc_bytes: usize,
}

/// A reduction: its loops per compute dtype.
#[derive(Debug)]
pub struct ReduceKernel {
    pub(crate) loops: [Option<Loops>; 12],
}

impl ReduceKernel {
    /// True if the reduction can be computed in this dtype.
    pub fn supports(&self, compute: crate::dtype::DType) -> bool {
        self.loops[compute as usize].is_some()
    }
}

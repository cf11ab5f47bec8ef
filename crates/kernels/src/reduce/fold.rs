//! The loops of reductions. A row runs through four vector accumulators in blocks of 16 steps; the blocks' results are
//! added like the digits of a binary counter, so that errors grow with the logarithm of the length.
#![allow(clippy::needless_range_loop)] // iterators over arrays of vectors are not sure to be inlined
#![allow(clippy::extra_unused_type_parameters)] // vector and element loops go through one macro

use super::{Loops, NumReduce, Reduce, ReduceKernel, RingReduce};
use crate::complex::Complex;
use crate::dtype::DType;
use crate::isa::{on_cells, on_vectors};
use crate::lane::int::{Bool, I8, I16, I32, I64, U8};
use crate::lane::wide::*;
use crate::lane::{Lane, Num, Ring, Vector};
use std::mem::MaybeUninit;

/// A reduction that runs on `X`, whichever trait its body was written for.
trait Fold<X, const K: usize> {
    fn init(&self) -> [X; K];
    fn step(&self, acc: [X; K], x: X) -> [X; K];
    fn combine(&self, a: [X; K], b: [X; K]) -> [X; K];
    fn finish(&self, acc: [X; K], count: f64) -> X;
}

#[repr(transparent)]
struct OfFloat<B>(B);
impl<B: Reduce<K>, L: Lane, const K: usize> Fold<L, K> for OfFloat<B> {
    #[inline(always)]
    fn init(&self) -> [L; K] {
        self.0.init()
    }
    #[inline(always)]
    fn step(&self, acc: [L; K], x: L) -> [L; K] {
        self.0.step(acc, x)
    }
    #[inline(always)]
    fn combine(&self, a: [L; K], b: [L; K]) -> [L; K] {
        self.0.combine(a, b)
    }
    #[inline(always)]
    fn finish(&self, acc: [L; K], count: f64) -> L {
        self.0.finish(acc, count)
    }
}

macro_rules! adapter {
    ($name:ident $body:ident $lane:ident) => {
        #[repr(transparent)]
        struct $name<B>(B);
        impl<B: $body, X: $lane> Fold<X, 1> for $name<B> {
            #[inline(always)]
            fn init(&self) -> [X; 1] {
                [self.0.init()]
            }
            #[inline(always)]
            fn step(&self, [acc]: [X; 1], x: X) -> [X; 1] {
                [self.0.step(acc, x)]
            }
            #[inline(always)]
            fn combine(&self, [a]: [X; 1], [b]: [X; 1]) -> [X; 1] {
                [self.0.step(a, b)]
            }
            #[inline(always)]
            fn finish(&self, [acc]: [X; 1], _count: f64) -> X {
                acc
            }
        }
    };
}
adapter!(OfRing RingReduce Ring);
adapter!(OfNum NumReduce Num);

/// Steps of each accumulator in a block.
const STEPS: usize = 16;
/// Levels of the binary counter: blocks up to 2^48.
const LEVELS: usize = 48;

/// Joins block results so that only parts of equal length are combined.
struct Cascade<X, const K: usize> {
    levels: [MaybeUninit<[X; K]>; LEVELS],
    blocks: u64,
}

impl<X: Copy, const K: usize> Cascade<X, K> {
    #[inline(always)]
    fn new() -> Self {
        Cascade { levels: [const { MaybeUninit::uninit() }; LEVELS], blocks: 0 }
    }
    #[inline(always)]
    fn push<F: Fold<X, K>>(&mut self, fold: &F, mut block: [X; K]) {
        let mut level = 0;
        while self.blocks >> level & 1 == 1 {
            // SAFETY: a level whose bit is set was written.
            block = fold.combine(unsafe { self.levels[level].assume_init() }, block);
            level += 1;
        }
        self.levels[level].write(block);
        self.blocks += 1;
    }
    #[inline(always)]
    fn total<F: Fold<X, K>>(&self, fold: &F) -> [X; K] {
        let mut total = fold.init();
        for level in 0..LEVELS {
            if self.blocks >> level & 1 == 1 {
                // SAFETY: as above.
                total = fold.combine(unsafe { self.levels[level].assume_init() }, total);
            }
        }
        total
    }
}

#[inline(always)]
unsafe fn load_acc<X: Copy, const K: usize>(acc: *const X, col: usize, cols: usize) -> [X; K] {
    // SAFETY: the state of `cols` columns is K arrays of `cols` numbers.
    unsafe {
        let mut x = [acc.add(col).read_unaligned(); K];
        for k in 1..K {
            x[k] = acc.add(k * cols + col).read_unaligned();
        }
        x
    }
}

#[inline(always)]
fn column<E: Copy, const W: usize, const K: usize>(rows: &[[E; W]; K], j: usize) -> [E; K] {
    let mut x = [rows[0][j]; K];
    for k in 1..K {
        x[k] = rows[k][j];
    }
    x
}

#[inline(always)]
unsafe fn store_acc<X: Copy, const K: usize>(acc: *mut X, col: usize, cols: usize, value: [X; K]) {
    for (k, x) in value.into_iter().enumerate() {
        // SAFETY: as in `load_acc`.
        unsafe { acc.add(k * cols + col).write_unaligned(x) };
    }
}

/// A block of four accumulators.
#[inline(always)]
unsafe fn block<V: Vector, F: Fold<V, K>, const K: usize>(fold: &F, p: *const V::Elem) -> [V; K] {
    let mut acc = [fold.init(); 4];
    for s in 0..STEPS {
        for (j, acc) in acc.iter_mut().enumerate() {
            // SAFETY: the caller has a whole block of elements.
            *acc = fold.step(*acc, unsafe { V::load(p.add((s * 4 + j) * V::WIDTH)) });
        }
    }
    fold.combine(fold.combine(acc[0], acc[1]), fold.combine(acc[2], acc[3]))
}

/// A row shorter than a block, in the order in which PyTorch adds one, whatever vectors there are: lanes of 32 bytes in four
/// accumulators, what is left of whole lanes to the first, and at the end what is left of numbers, then lane by lane.
#[inline(always)]
unsafe fn short_row<E: Copy, F: Fold<E, K>, const K: usize>(fold: &F, p: *const E, n: usize) -> [E; K] {
    let lanes = 32 / size_of::<E>();
    // SAFETY: the caller has `n` elements.
    let at = |i: usize| unsafe { p.add(i).read_unaligned() };
    let mut i = 0;
    if n < lanes {
        let mut four: [[E; K]; 4] = [fold.init(); 4];
        while i + 4 <= n {
            for j in 0..4 {
                four[j] = fold.step(four[j], at(i + j));
            }
            i += 4;
        }
        while i < n {
            four[0] = fold.step(four[0], at(i));
            i += 1;
        }
        return four[1..].iter().fold(four[0], |a, b| fold.combine(a, *b));
    }
    let mut side: [[E; K]; SIDE] = [fold.init(); SIDE];
    while i + 4 * lanes <= n {
        for j in 0..4 * lanes {
            side[j] = fold.step(side[j], at(i + j));
        }
        i += 4 * lanes;
    }
    while i + lanes <= n {
        for j in 0..lanes {
            side[j] = fold.step(side[j], at(i + j));
        }
        i += lanes;
    }
    for j in lanes..4 * lanes {
        side[j % lanes] = fold.combine(side[j % lanes], side[j]);
    }
    let mut total = fold.init();
    while i < n {
        total = fold.step(total, at(i));
        i += 1;
    }
    side[..lanes].iter().fold(total, |a, b| fold.combine(a, *b))
}

#[inline(always)]
unsafe fn float_row<V: Vector<Elem = E>, E: Vector, F: Fold<V, K> + Fold<E, K>, const K: usize>(
    body: *const (),
    src: *const u8,
    n: usize,
    acc: *mut u8,
) {
    // SAFETY: the driver passes the body that the kernel was made for, `n` elements and the state of one column.
    unsafe {
        let fold = &*body.cast::<F>();
        let (p, acc) = (src.cast::<E>(), acc.cast::<E>());
        let mut total: [E; K] = load_acc(acc, 0, 1);
        if K == 1 && n < 4 * STEPS * 32 / size_of::<E>() {
            store_acc(acc, 0, 1, fold.combine(total, short_row(fold, p, n)));
            return;
        }
        let mut i = 0;
        if n >= V::WIDTH {
            let size = 4 * STEPS * V::WIDTH;
            let mut lanes: [V; K] = fold.init();
            if n >= size {
                let mut cascade = Cascade::<V, K>::new();
                while i + size <= n {
                    cascade.push(fold, block::<V, F, K>(fold, p.add(i)));
                    i += size;
                }
                lanes = cascade.total(fold);
            }
            let mut rest = [fold.init(); 4];
            while i + 4 * V::WIDTH <= n {
                for (j, acc) in rest.iter_mut().enumerate() {
                    *acc = fold.step(*acc, V::load(p.add(i + j * V::WIDTH)));
                }
                i += 4 * V::WIDTH;
            }
            while i + V::WIDTH <= n {
                rest[0] = fold.step(rest[0], V::load(p.add(i)));
                i += V::WIDTH;
            }
            let rest: [V; K] = fold.combine(fold.combine(rest[0], rest[1]), fold.combine(rest[2], rest[3]));
            lanes = fold.combine(lanes, rest);
            // Across the lanes, halves on halves.
            let mut spread = [[E::splat(0.0); 16]; K];
            for k in 0..K {
                lanes[k].store(spread[k].as_mut_ptr());
            }
            let mut width = V::WIDTH;
            while width > 1 {
                width /= 2;
                for j in 0..width {
                    let both: [E; K] = fold.combine(column(&spread, j), column(&spread, j + width));
                    for k in 0..K {
                        spread[k][j] = both[k];
                    }
                }
            }
            total = fold.combine(total, column(&spread, 0));
        }
        while i < n {
            total = fold.step(total, p.add(i).read_unaligned());
            i += 1;
        }
        store_acc(acc, 0, 1, total);
    }
}

#[inline(always)]
unsafe fn float_cols<V: Vector<Elem = E>, E: Vector, F: Fold<V, K> + Fold<E, K>, const K: usize>(
    body: *const (),
    src: *const u8,
    rows: usize,
    stride: isize,
    cols: usize,
    acc: *mut u8,
) {
    // SAFETY: the driver passes the body that the kernel was made for, the rows and the state of `cols` columns.
    unsafe {
        let fold = &*body.cast::<F>();
        let (p, acc) = (src.cast::<E>(), acc.cast::<E>());
        let mut r = 0;
        while r < rows {
            // Eight rows at a time: the state is loaded and stored once for all of them.
            let now = (rows - r).min(8);
            let row = p.offset(r as isize * stride);
            let mut c = 0;
            while c + V::WIDTH <= cols {
                let mut a = [V::splat(0.0); K];
                for k in 0..K {
                    a[k] = V::load(acc.add(k * cols + c));
                }
                if now == 8 {
                    for j in 0..8 {
                        a = fold.step(a, V::load(row.offset(j * stride).add(c)));
                    }
                } else {
                    for j in 0..now as isize {
                        a = fold.step(a, V::load(row.offset(j * stride).add(c)));
                    }
                }
                for k in 0..K {
                    a[k].store(acc.add(k * cols + c));
                }
                c += V::WIDTH;
            }
            while c < cols {
                let mut a: [E; K] = load_acc(acc, c, cols);
                for j in 0..now as isize {
                    a = fold.step(a, row.offset(j * stride).add(c).read_unaligned());
                }
                store_acc(acc, c, cols, a);
                c += 1;
            }
            r += now;
        }
    }
}

/// Accumulators of a row of integers, which LLVM keeps in vectors.
const SIDE: usize = 32;

#[inline(always)]
unsafe fn cell_row<T: Copy, F: Fold<T, K>, const K: usize>(body: *const (), src: *const u8, n: usize, acc: *mut u8) {
    // SAFETY: as in `float_row`.
    unsafe {
        let fold = &*body.cast::<F>();
        let (p, acc) = (src.cast::<T>(), acc.cast::<T>());
        let mut total: [T; K] = load_acc(acc, 0, 1);
        let mut i = 0;
        if n >= SIDE {
            let mut cascade = Cascade::<T, K>::new();
            while i + SIDE <= n {
                // Complex sums are cut into blocks as float sums are.
                let end = n.min(i + SIDE * 64);
                let mut side: [[T; K]; SIDE] = [fold.init(); SIDE];
                while i + SIDE <= end {
                    for (j, s) in side.iter_mut().enumerate() {
                        *s = fold.step(*s, p.add(i + j).read_unaligned());
                    }
                    i += SIDE;
                }
                let mut width = SIDE;
                while width > 1 {
                    width /= 2;
                    for j in 0..width {
                        side[j] = fold.combine(side[j], side[j + width]);
                    }
                }
                cascade.push(fold, side[0]);
            }
            total = fold.combine(total, cascade.total(fold));
        }
        while i < n {
            total = fold.step(total, p.add(i).read_unaligned());
            i += 1;
        }
        store_acc(acc, 0, 1, total);
    }
}

#[inline(always)]
unsafe fn cell_cols<T: Copy, F: Fold<T, K>, const K: usize>(
    body: *const (),
    src: *const u8,
    rows: usize,
    stride: isize,
    cols: usize,
    acc: *mut u8,
) {
    // SAFETY: as in `float_cols`.
    unsafe {
        let fold = &*body.cast::<F>();
        let (p, acc) = (src.cast::<T>(), acc.cast::<T>());
        for r in 0..rows as isize {
            let row = p.offset(r * stride);
            for c in 0..cols {
                let a: [T; K] = fold.step(load_acc(acc, c, cols), row.add(c).read_unaligned());
                store_acc(acc, c, cols, a);
            }
        }
    }
}

unsafe fn init<T: Copy, F: Fold<T, K>, const K: usize>(body: *const (), acc: *mut u8, cols: usize) {
    // SAFETY: the driver passes the body and the state of `cols` columns.
    unsafe {
        let start = (*body.cast::<F>()).init();
        for c in 0..cols {
            store_acc(acc.cast::<T>(), c, cols, start);
        }
    }
}

unsafe fn combine<T: Copy, F: Fold<T, K>, const K: usize>(
    body: *const (),
    acc: *mut u8,
    other: *const u8,
    cols: usize,
) {
    // SAFETY: as in `init`, of two states.
    unsafe {
        let fold = &*body.cast::<F>();
        for c in 0..cols {
            let both = fold.combine(load_acc(acc.cast::<T>(), c, cols), load_acc(other.cast::<T>(), c, cols));
            store_acc(acc.cast::<T>(), c, cols, both);
        }
    }
}

unsafe fn finish<T: Copy, F: Fold<T, K>, const K: usize>(
    body: *const (),
    acc: *const u8,
    cols: usize,
    count: usize,
    out: *mut u8,
) {
    // SAFETY: as in `init`; `out` has room for `cols` elements.
    unsafe {
        let fold = &*body.cast::<F>();
        for c in 0..cols {
            let y = fold.finish(load_acc(acc.cast::<T>(), c, cols), count as f64);
            out.cast::<T>().add(c).write_unaligned(y);
        }
    }
}

on_vectors!(row_f32<F: [Fold<F32x16, K> + Fold<F32x8, K> + Fold<f32, K>], K>
    (body: *const (), src: *const u8, n: usize, acc: *mut u8) = float_row: [F32x16, f32], [F32x8, f32], [f32, f32]);
on_vectors!(row_f64<F: [Fold<F64x8, K> + Fold<F64x4, K> + Fold<f64, K>], K>
    (body: *const (), src: *const u8, n: usize, acc: *mut u8) = float_row: [F64x8, f64], [F64x4, f64], [f64, f64]);
on_vectors!(cols_f32<F: [Fold<F32x16, K> + Fold<F32x8, K> + Fold<f32, K>], K>
    (body: *const (), src: *const u8, rows: usize, stride: isize, cols: usize, acc: *mut u8) = float_cols: [F32x16, f32], [F32x8, f32], [f32, f32]);
on_vectors!(cols_f64<F: [Fold<F64x8, K> + Fold<F64x4, K> + Fold<f64, K>], K>
    (body: *const (), src: *const u8, rows: usize, stride: isize, cols: usize, acc: *mut u8) = float_cols: [F64x8, f64], [F64x4, f64], [f64, f64]);
on_cells!(row_cell<T: Copy, F: [Fold<T, K>], K> (body: *const (), src: *const u8, n: usize, acc: *mut u8) = cell_row);
on_cells!(cols_cell<T: Copy, F: [Fold<T, K>], K> (body: *const (), src: *const u8, rows: usize, stride: isize, cols: usize, acc: *mut u8) = cell_cols);

macro_rules! loops {
    ($t:ty, $f:ty, $k:expr, $row:expr, $cols:expr) => {
        Some(Loops {
            row: $row,
            cols: $cols,
            init: init::<$t, $f, { $k }>,
            combine: combine::<$t, $f, { $k }>,
            finish: finish::<$t, $f, { $k }>,
            acc_bytes: $k * std::mem::size_of::<$t>(),
        })
    };
}

macro_rules! cells {
    ($loops:ident, $f:ty; $($slot:ident $t:ty),*) => {
        $($loops[DType::$slot as usize] = loops!($t, $f, 1, row_cell::<$t, $f, 1>, cols_cell::<$t, $f, 1>);)*
    };
}

/// The kernel of a reduction of floats.
pub fn float<B: Reduce<K>, const K: usize>() -> &'static ReduceKernel {
    const {
        let mut loops: [Option<Loops>; 12] = [None; 12];
        loops[DType::F32 as usize] = loops!(f32, OfFloat<B>, K, row_f32::<OfFloat<B>, K>, cols_f32::<OfFloat<B>, K>);
        loops[DType::F64 as usize] = loops!(f64, OfFloat<B>, K, row_f64::<OfFloat<B>, K>, cols_f64::<OfFloat<B>, K>);
        &ReduceKernel { loops }
    }
}

/// The kernel of a reduction of floats, `i64` (for all integers) and complex numbers.
pub fn ring<B: RingReduce>() -> &'static ReduceKernel {
    const {
        let mut loops: [Option<Loops>; 12] = [None; 12];
        loops[DType::F32 as usize] = loops!(f32, OfRing<B>, 1, row_f32::<OfRing<B>, 1>, cols_f32::<OfRing<B>, 1>);
        loops[DType::F64 as usize] = loops!(f64, OfRing<B>, 1, row_f64::<OfRing<B>, 1>, cols_f64::<OfRing<B>, 1>);
        cells!(loops, OfRing<B>; I64 I64, C64 Complex<f32>, C128 Complex<f64>);
        &ReduceKernel { loops }
    }
}

/// The kernel of a reduction of floats, integers and bools, each in its own type.
pub fn num<B: NumReduce>() -> &'static ReduceKernel {
    const {
        let mut loops: [Option<Loops>; 12] = [None; 12];
        loops[DType::F32 as usize] = loops!(f32, OfNum<B>, 1, row_f32::<OfNum<B>, 1>, cols_f32::<OfNum<B>, 1>);
        loops[DType::F64 as usize] = loops!(f64, OfNum<B>, 1, row_f64::<OfNum<B>, 1>, cols_f64::<OfNum<B>, 1>);
        cells!(loops, OfNum<B>; Bool Bool, U8 U8, I8 I8, I16 I16, I32 I32, I64 I64);
        &ReduceKernel { loops }
    }
}

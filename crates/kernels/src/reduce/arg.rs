//! Where the smallest and the largest elements are, and what they are: the first of equals, NaN before everything, as
//! PyTorch answers.

use crate::copy::convert;
use crate::dispatch;
use crate::dtype::DType;
use crate::lane::int::{Bool, I8, I16, I32, I64, U8};
use crate::lane::{Num, Ring};
use crate::map::{Dst, Src};
use crate::pool::{SendPtr, parallel_chunks};

/// Elements that are converted, or searched for their extreme, at once.
const BLOCK: usize = 512;
/// Elements of a row that are one piece of work.
const PIECE: usize = 64 * 1024;
/// Elements of work worth handing to another thread.
const GRAIN: usize = 32 * 1024;
/// Accumulators side by side, which LLVM keeps in vectors.
const SIDE: usize = 32;

/// `x` takes the place of `best`: it is further out, or the first NaN.
#[inline(always)]
fn better<T: Num<Mask = bool>, const LARGEST: bool>(x: T, best: T) -> bool {
    let further = if LARGEST { best.lt(x) } else { x.lt(best) };
    further | (x.ne(x) & best.eq(best))
}

#[inline(always)]
fn extreme<T: Num<Mask = bool>, const LARGEST: bool>(x: &[T]) -> T {
    let pick = |a: T, b: T| if LARGEST { a.max(b) } else { a.min(b) };
    let mut side = [x[0]; SIDE];
    let (whole, rest) = x.as_chunks::<SIDE>();
    for chunk in whole {
        for (s, x) in side.iter_mut().zip(chunk) {
            *s = pick(*s, *x);
        }
    }
    for x in rest {
        side[0] = pick(side[0], *x);
    }
    side.into_iter().fold(x[0], pick)
}

/// Goes on with a search: `found` is the best so far and its place, `x` the elements from place `start` on.
#[inline(always)]
fn search_body<T: Num<Mask = bool>, const LARGEST: bool>(x: &[T], start: usize, found: &mut Option<(T, usize)>) {
    for (b, block) in x.chunks(BLOCK).enumerate() {
        let top = extreme::<T, LARGEST>(block);
        if found.is_none_or(|(best, _)| better::<T, LARGEST>(top, best)) {
            let place = block.iter().position(|x| Ring::eq(*x, top) || (Ring::ne(*x, *x) && Ring::ne(top, top)));
            *found = Some((top, start + b * BLOCK + place.unwrap_or(0)));
        }
    }
}

#[inline(always)]
fn row_body<T: Num<Mask = bool>, const LARGEST: bool>(x: &[T], place: i64, best: &mut [T], at: &mut [i64]) {
    for ((x, best), at) in x.iter().zip(best).zip(at) {
        let takes = better::<T, LARGEST>(*x, *best);
        *best = if takes { *x } else { *best };
        *at = if takes { place } else { *at };
    }
}

struct Search<'a> {
    src: *const u8,
    dtype: DType,
    compute: DType,
    /// Kept dimensions: size and stride, outermost first.
    kept: Vec<(usize, isize, isize, isize)>,
    length: usize,
    stride: isize,
    values: Option<Dst<'a>>,
    indices: Dst<'a>,
}
// SAFETY: threads write results that do not overlap.
unsafe impl Sync for Search<'_> {}

impl Search<'_> {
    /// Offsets of kept element `at` in input, values and indices.
    fn offset(&self, at: usize) -> [isize; 3] {
        let (mut rest, mut offset) = (at, [0; 3]);
        for &(size, x, v, i) in self.kept.iter().rev() {
            let index = (rest % size) as isize;
            rest /= size;
            offset[0] += index * x;
            offset[1] += index * v;
            offset[2] += index * i;
        }
        offset
    }

    fn at(&self, offset: isize) -> *const u8 {
        self.src.wrapping_offset(offset * self.dtype.size() as isize)
    }

    /// Writes values and places of `n` results whose outputs lie `strides` apart.
    unsafe fn write<T>(&self, best: &[T], at: &[i64], [v, i]: [isize; 2], strides: [isize; 2]) {
        // SAFETY: the caller's offsets and strides stay in the outputs.
        unsafe {
            if let Some(values) = &self.values {
                let to = values.ptr.wrapping_offset(v * values.dtype.size() as isize);
                convert(self.compute, best.as_ptr().cast(), 1, values.dtype, to, strides[0], best.len());
            }
            let to = self.indices.ptr.wrapping_offset(i * self.indices.dtype.size() as isize);
            convert(DType::I64, at.as_ptr().cast(), 1, self.indices.dtype, to, strides[1], at.len());
        }
    }
}

macro_rules! searches {
    ($($dtype:ident $t:ty),*) => {
        /// The smallest (or `largest`) elements along dimension `dim` and their places in it. The outputs' strides count
        /// one entry per dimension of `shape`; that of `dim` is ignored. `compute` is the input's dtype, f32 for halves.
        ///
        /// # Safety
        /// `src` is `Strided`; shape, strides and dtypes describe live memory; `dim` is not empty; the outputs are apart
        /// from the input and written by nobody else.
        #[allow(clippy::too_many_arguments)]
        pub unsafe fn arg(
            largest: bool,
            compute: DType,
            shape: &[usize],
            src: Src<'_>,
            dim: usize,
            values: Option<Dst<'_>>,
            indices: Dst<'_>,
        ) {
            let Src::Strided { ptr, dtype, strides } = src else { return };
            let mut kept: Vec<_> = (0..shape.len())
                .filter(|d| *d != dim)
                .map(|d| (shape[d], strides[d], values.map_or(0, |v| v.strides[d]), indices.strides[d]))
                .collect();
            kept.sort_by_key(|k| std::cmp::Reverse(k.1.unsigned_abs()));
            let (length, stride) = (shape[dim], strides[dim]);
            let search = Search { src: ptr, dtype, compute, kept, length, stride, values, indices };
            if length == 0 || search.kept.iter().any(|k| k.0 == 0) {
                return;
            }
            // SAFETY: the caller's promise.
            unsafe {
                match compute {
                    $(DType::$dtype if largest => search.run::<$t, true>(),
                    DType::$dtype => search.run::<$t, false>(),)*
                    _ => {}
                }
            }
        }
    };
}
searches!(Bool Bool, U8 U8, I8 I8, I16 I16, I32 I32, I64 I64, F32 f32, F64 f64);

trait Cell: Num<Mask = bool> + Send + Sync {}
impl<T: Num<Mask = bool> + Send + Sync> Cell for T {}

fn search_largest<T: Cell>(x: &[T], start: usize, found: &mut Option<(T, usize)>) {
    dispatch!(fn go<T: Cell>(x: &[T], start: usize, found: &mut Option<(T, usize)>) = search_max);
    #[inline(always)]
    fn search_max<T: Cell>(x: &[T], start: usize, found: &mut Option<(T, usize)>) {
        search_body::<T, true>(x, start, found)
    }
    go(x, start, found)
}

fn search_smallest<T: Cell>(x: &[T], start: usize, found: &mut Option<(T, usize)>) {
    dispatch!(fn go<T: Cell>(x: &[T], start: usize, found: &mut Option<(T, usize)>) = search_min);
    #[inline(always)]
    fn search_min<T: Cell>(x: &[T], start: usize, found: &mut Option<(T, usize)>) {
        search_body::<T, false>(x, start, found)
    }
    go(x, start, found)
}

#[inline(always)]
fn row_max<T: Cell>(x: &[T], place: i64, best: &mut [T], at: &mut [i64]) {
    row_body::<T, true>(x, place, best, at)
}

#[inline(always)]
fn row_min<T: Cell>(x: &[T], place: i64, best: &mut [T], at: &mut [i64]) {
    row_body::<T, false>(x, place, best, at)
}

dispatch!(fn row_largest<T: Cell>(x: &[T], place: i64, best: &mut [T], at: &mut [i64]) = row_max);
dispatch!(fn row_smallest<T: Cell>(x: &[T], place: i64, best: &mut [T], at: &mut [i64]) = row_min);

impl Search<'_> {
    unsafe fn run<T: Cell, const LARGEST: bool>(&self) {
        let columns = self.kept.last().is_some_and(|k| k.1.unsigned_abs() < self.stride.unsigned_abs());
        // SAFETY: the caller's promise.
        unsafe { if columns { self.columns::<T, LARGEST>() } else { self.rows::<T, LARGEST>() } }
    }

    /// The best of elements `from..to` of the row that starts at `base`.
    unsafe fn search<T: Cell, const LARGEST: bool>(&self, base: isize, from: usize, to: usize) -> (T, usize) {
        let mut found = None;
        let step = if LARGEST { search_largest::<T> } else { search_smallest::<T> };
        // SAFETY: the elements lie in the input; a tile has room for BLOCK of them.
        unsafe {
            if self.dtype == self.compute && self.stride == 1 {
                step(std::slice::from_raw_parts(self.at(base + from as isize).cast(), to - from), from, &mut found);
            } else {
                let mut tile = [T::splat(0.0); BLOCK];
                for start in (from..to).step_by(BLOCK) {
                    let n = BLOCK.min(to - start);
                    let source = self.at(base + start as isize * self.stride);
                    convert(self.dtype, source, self.stride, self.compute, tile.as_mut_ptr().cast(), 1, n);
                    step(&tile[..n], start, &mut found);
                }
            }
        }
        found.unwrap_or((T::splat(0.0), from))
    }

    unsafe fn rows<T: Cell, const LARGEST: bool>(&self) {
        let outputs: usize = self.kept.iter().map(|k| k.0).product();
        let pieces = self.length.div_ceil(PIECE);
        let mut partial = vec![(T::splat(0.0), 0usize); if pieces > 1 { outputs * pieces } else { 0 }];
        let slots = SendPtr(partial.as_mut_ptr());
        parallel_chunks(outputs * pieces, (GRAIN / self.length).max(1), |range| {
            for task in range {
                let [base, v, i] = self.offset(task / pieces);
                let from = task % pieces * PIECE;
                // SAFETY: the piece lies in the row; each task has a slot or an output of its own.
                unsafe {
                    let best = self.search::<T, LARGEST>(base, from, (from + PIECE).min(self.length));
                    if pieces > 1 {
                        *slots.get().add(task) = best;
                    } else {
                        self.write(&[best.0], &[best.1 as i64], [v, i], [0, 0]);
                    }
                }
            }
        });
        for (output, pieces) in partial.chunks(pieces).enumerate() {
            let [_, v, i] = self.offset(output);
            let mut best = pieces[0];
            for next in &pieces[1..] {
                if better::<T, LARGEST>(next.0, best.0) {
                    best = *next;
                }
            }
            // SAFETY: one result, inside the outputs.
            unsafe { self.write(&[best.0], &[best.1 as i64], [v, i], [0, 0]) };
        }
    }

    unsafe fn columns<T: Cell, const LARGEST: bool>(&self) {
        let Some(&(cols, stride, v_stride, i_stride)) = self.kept.last() else { return };
        let outer: usize = self.kept[..self.kept.len() - 1].iter().map(|k| k.0).product();
        let strips = cols.div_ceil(BLOCK);
        let direct = self.dtype == self.compute && stride == 1;
        let work = self.length * cols.min(BLOCK);
        let step = if LARGEST { row_largest::<T> } else { row_smallest::<T> };
        parallel_chunks(outer * strips, (GRAIN / work).max(1), |range| {
            for task in range {
                let first = task % strips * BLOCK;
                let width = BLOCK.min(cols - first);
                let [base, v, i] = self.offset(task / strips * cols + first);
                let mut tile = [T::splat(0.0); BLOCK];
                let mut best = [T::splat(0.0); BLOCK];
                let mut at = [0i64; BLOCK];
                for r in 0..self.length {
                    let from = self.at(base + r as isize * self.stride);
                    // SAFETY: `width` elements of this row lie in the input; a tile has room for BLOCK.
                    let row = unsafe {
                        if direct {
                            std::slice::from_raw_parts(from.cast::<T>(), width)
                        } else {
                            convert(self.dtype, from, stride, self.compute, tile.as_mut_ptr().cast(), 1, width);
                            &tile[..width]
                        }
                    };
                    if r == 0 {
                        best[..width].copy_from_slice(row);
                    } else {
                        step(row, r as i64, &mut best[..width], &mut at[..width]);
                    }
                }
                // SAFETY: the outputs of these columns, which no other task has.
                unsafe { self.write(&best[..width], &at[..width], [v, i], [v_stride, i_stride]) };
            }
        });
    }
}

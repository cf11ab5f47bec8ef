//! The driver of reductions: merges dimensions, chooses between rows (the reduced dimension is the inner one in memory)
//! and columns (it is not), cuts the work by sizes alone, and joins partial states pairwise.

use super::{Loops, ReduceKernel};
use crate::copy::convert;
use crate::dtype::DType;
use crate::map::{Dst, Src};
use crate::pool::{SendPtr, parallel_chunks};
use std::mem::MaybeUninit;
use std::ops::Range;

/// Dimensions of either kind after merging, at most.
const MAX_DIMS: usize = 16;
/// Columns of a tile of four rows.
const TILE: usize = 512;
/// Elements of a tile of a row.
const ROW_TILE: usize = 4 * TILE;
/// Elements of a row that are one piece of work.
const PIECE: usize = 64 * 1024;
/// Columns that are reduced together.
const STRIP: usize = 1024;
/// Elements of work worth handing to another thread.
const GRAIN: usize = 32 * 1024;

/// Dimensions of one kind: kept or reduced.
#[derive(Clone, Copy)]
struct Dims {
    rank: usize,
    sizes: [usize; MAX_DIMS],
    strides: [isize; MAX_DIMS],
    out: [isize; MAX_DIMS],
}

impl Dims {
    /// The dimensions for which `keep` is true, outermost in memory first, merged where they follow each other.
    fn new(shape: &[usize], strides: &[isize], out: &[isize], keep: impl Fn(usize) -> bool) -> Option<Dims> {
        let mut order = [0usize; 64];
        let mut count = 0;
        for d in 0..shape.len().min(64) {
            if shape[d] == 1 || !keep(d) {
                continue;
            }
            let mut at = count;
            while at > 0 && strides[order[at - 1]].unsigned_abs() < strides[d].unsigned_abs() {
                order[at] = order[at - 1];
                at -= 1;
            }
            order[at] = d;
            count += 1;
        }
        let mut dims = Dims { rank: 0, sizes: [1; MAX_DIMS], strides: [0; MAX_DIMS], out: [0; MAX_DIMS] };
        for &d in &order[..count] {
            let size = shape[d] as isize;
            let last = dims.rank.wrapping_sub(1);
            if dims.rank > 0 && dims.strides[last] == strides[d] * size && dims.out[last] == out[d] * size {
                dims.sizes[last] *= shape[d];
                (dims.strides[last], dims.out[last]) = (strides[d], out[d]);
            } else if dims.rank == MAX_DIMS {
                return None;
            } else {
                (dims.sizes[dims.rank], dims.strides[dims.rank], dims.out[dims.rank]) = (shape[d], strides[d], out[d]);
                dims.rank += 1;
            }
        }
        Some(dims)
    }

    fn count(&self) -> usize {
        self.sizes[..self.rank].iter().product()
    }

    /// Offsets in the input and in the output of element `at`, and its index in the last dimension.
    #[inline(always)]
    fn offset(&self, at: usize) -> (isize, isize, usize) {
        let (mut rest, mut x, mut y, mut inner) = (at, 0, 0, 0);
        for d in (0..self.rank).rev() {
            let i = rest % self.sizes[d];
            rest /= self.sizes[d];
            x += i as isize * self.strides[d];
            y += i as isize * self.out[d];
            if d + 1 == self.rank {
                inner = i;
            }
        }
        (x, y, inner)
    }

    /// The last dimension, taken off.
    fn pop(&mut self) -> (usize, isize, isize) {
        if self.rank == 0 {
            return (1, 0, 0);
        }
        self.rank -= 1;
        let d = self.rank;
        let last = (self.sizes[d], self.strides[d], self.out[d]);
        (self.sizes[d], self.strides[d], self.out[d]) = (1, 0, 0);
        last
    }
}

struct Plan {
    loops: Loops,
    body: *const (),
    src: *const u8,
    size: usize,
    /// Input elements are already of the loops' dtype.
    same: bool,
    dtype: DType,
    compute: DType,
    compute_size: usize,
    out: *mut u8,
    out_size: usize,
    out_dtype: DType,
    kept: Dims,
    reduced: Dims,
    /// Elements per result.
    count: usize,
}
// SAFETY: threads write results and states that do not overlap; bodies are Sync.
unsafe impl Sync for Plan {}

#[repr(align(64))]
struct Room<const N: usize> {
    _bytes: [MaybeUninit<u8>; N],
}

impl<const N: usize> Room<N> {
    fn new() -> MaybeUninit<Self> {
        MaybeUninit::uninit()
    }
}

/// Reduces the dimensions for which `reduced` is true. The output's strides count one entry per dimension of `shape`, 0
/// at the reduced ones.
///
/// # Safety
/// `body` points to the body that `kernel` was made for; `kernel` supports `compute`; `src` is `Strided`; shape, strides
/// and dtypes describe live memory; the output is apart from the input and written by nobody else.
pub unsafe fn reduce(
    kernel: &ReduceKernel,
    body: *const (),
    compute: DType,
    shape: &[usize],
    src: Src<'_>,
    out: Dst<'_>,
    reduced: &[bool],
) {
    let (Some(loops), Src::Strided { ptr, dtype, strides }) = (kernel.loops[compute as usize], src) else { return };
    let zero = [0isize; 64];
    let (Some(kept), Some(over)) =
        (Dims::new(shape, strides, out.strides, |d| !reduced[d]), Dims::new(shape, strides, &zero, |d| reduced[d]))
    else {
        return;
    };
    let plan = Plan {
        loops,
        body,
        src: ptr,
        size: dtype.size(),
        same: dtype == compute,
        dtype,
        compute,
        compute_size: compute.size(),
        out: out.ptr,
        out_size: out.dtype.size(),
        out_dtype: out.dtype,
        count: over.count(),
        kept,
        reduced: over,
    };
    if plan.kept.count() == 0 {
        return;
    }
    let inner = |dims: &Dims| dims.strides[dims.rank.saturating_sub(1)].unsigned_abs();
    // Many short rows are faster as columns too, even if their elements must be gathered.
    let short = plan.count <= 32 && plan.kept.sizes[plan.kept.rank.saturating_sub(1)] >= 64;
    let columns = plan.kept.rank > 0 && plan.reduced.rank > 0 && (short || inner(&plan.kept) < inner(&plan.reduced));
    // SAFETY: the caller's promise.
    unsafe { if columns { plan.columns() } else { plan.rows() } }
}

impl Plan {
    #[inline(always)]
    fn at(&self, offset: isize) -> *const u8 {
        self.src.wrapping_offset(offset * self.size as isize)
    }

    /// Writes the results of `cols` columns whose outputs lie `stride` apart.
    unsafe fn finish(&self, acc: *const u8, cols: usize, offset: isize, stride: isize) {
        let mut results = Room::<{ STRIP * 16 }>::new();
        let results = results.as_mut_ptr().cast::<u8>();
        // SAFETY: the state is of `cols <= STRIP` columns; the caller's offset and stride stay in the output.
        unsafe {
            (self.loops.finish)(self.body, acc, cols, self.count, results);
            let to = self.out.wrapping_offset(offset * self.out_size as isize);
            convert(self.compute, results, 1, self.out_dtype, to, stride, cols);
        }
    }

    /// Adds the elements `range` of the reduced dimensions, from `base` on, to the state of one column.
    unsafe fn fold(&self, base: isize, range: Range<usize>, acc: *mut u8) {
        let last = self.reduced.rank.saturating_sub(1);
        let (inner, stride) = (self.reduced.sizes[last], self.reduced.strides[last]);
        let mut at = range.start;
        let mut tile = Room::<{ ROW_TILE * 16 }>::new();
        let tile = tile.as_mut_ptr().cast::<u8>();
        let mut filled = 0;
        while at < range.end {
            let (offset, _, index) = self.reduced.offset(at);
            let run = (inner - index).min(range.end - at);
            let from = self.at(base + offset);
            // SAFETY: `run` elements from here on lie in the input; a tile has room for ROW_TILE of them.
            unsafe {
                if self.same && stride == 1 && (run >= 64 || run == range.len()) {
                    (self.loops.row)(self.body, from, run, acc);
                    at += run;
                    continue;
                }
                let take = run.min(ROW_TILE - filled);
                convert(self.dtype, from, stride, self.compute, tile.add(filled * self.compute_size), 1, take);
                filled += take;
                at += take;
                if filled == ROW_TILE || at == range.end || (self.same && stride == 1 && inner >= 64) {
                    (self.loops.row)(self.body, tile, filled, acc);
                    filled = 0;
                }
            }
        }
    }

    unsafe fn rows(&self) {
        let outputs = self.kept.count();
        let pieces = self.count.div_ceil(PIECE).max(1);
        if pieces == 1 {
            let grain = (GRAIN / self.count.max(1)).max(1);
            return parallel_chunks(outputs, grain, |range| {
                let mut acc = Room::<64>::new();
                let acc = acc.as_mut_ptr().cast::<u8>();
                for i in range {
                    let (base, to, _) = self.kept.offset(i);
                    // SAFETY: a state of one column fits; offsets stay in input and output.
                    unsafe {
                        (self.loops.init)(self.body, acc, 1);
                        self.fold(base, 0..self.count, acc);
                        self.finish(acc, 1, to, 0);
                    }
                }
            });
        }
        let states = States::new(outputs * pieces, self.loops.acc_bytes);
        parallel_chunks(outputs * pieces, 1, |range| {
            for task in range {
                let (base, _, _) = self.kept.offset(task / pieces);
                let start = task % pieces * PIECE;
                let acc = states.get(task);
                // SAFETY: each task has a state of its own.
                unsafe {
                    (self.loops.init)(self.body, acc, 1);
                    self.fold(base, start..(start + PIECE).min(self.count), acc);
                }
            }
        });
        for i in 0..outputs {
            let (_, to, _) = self.kept.offset(i);
            // SAFETY: the states of this output, all written.
            unsafe {
                self.join(&states, i * pieces, pieces, 1);
                self.finish(states.get(i * pieces), 1, to, 0);
            }
        }
    }

    /// Joins `n` states from `first` on, neighbours first, into the first of them.
    unsafe fn join(&self, states: &States, first: usize, n: usize, cols: usize) {
        let mut step = 1;
        while step < n {
            for i in (0..n - step).step_by(2 * step) {
                // SAFETY: both states lie in the buffer and are of `cols` columns.
                unsafe {
                    (self.loops.combine)(self.body, states.get(first + i), states.get(first + i + step), cols);
                }
            }
            step *= 2;
        }
    }

    unsafe fn columns(&self) {
        let mut outer = self.kept;
        let (cols, stride, out_stride) = outer.pop();
        let direct = self.same && stride == 1;
        let strip = cols.min(if direct { STRIP } else { TILE });
        let strips = cols.div_ceil(strip);
        let rows = (4 * PIECE / strip).clamp(128, 1024);
        let pieces = self.count.div_ceil(rows).max(1);
        let tasks = outer.count() * strips * pieces;
        let work = strip * rows.min(self.count.max(1));
        let states = States::new(if pieces > 1 { tasks } else { 0 }, self.loops.acc_bytes * strip);
        parallel_chunks(tasks, (GRAIN / work.max(1)).max(1), |range| {
            let mut own = Room::<{ STRIP * 32 }>::new();
            let mut tile = Room::<{ 4 * TILE * 16 }>::new();
            for task in range {
                let (place, piece) = (task / pieces, task % pieces);
                let (base, to, _) = outer.offset(place / strips);
                let first = place % strips * strip;
                let width = strip.min(cols - first);
                let base = base + first as isize * stride;
                let acc = if pieces > 1 { states.get(task) } else { own.as_mut_ptr().cast::<u8>() };
                let start = piece * rows;
                // SAFETY: each task has a state of its own; offsets stay in input and output.
                unsafe {
                    (self.loops.init)(self.body, acc, width);
                    let range = start..(start + rows).min(self.count);
                    self.fold_columns(base, range, width, stride, direct, tile.as_mut_ptr().cast(), acc);
                    if pieces == 1 {
                        self.finish(acc, width, to + first as isize * out_stride, out_stride);
                    }
                }
            }
        });
        if pieces > 1 {
            parallel_chunks(tasks / pieces, 4, |range| {
                for place in range {
                    let (_, to, _) = outer.offset(place / strips);
                    let first = place % strips * strip;
                    let width = strip.min(cols - first);
                    // SAFETY: the states of these columns, all written; no other task has them.
                    unsafe {
                        self.join(&states, place * pieces, pieces, width);
                        let acc = states.get(place * pieces);
                        self.finish(acc, width, to + first as isize * out_stride, out_stride);
                    }
                }
            });
        }
    }

    /// Adds rows `range` of `width` columns to their state.
    #[allow(clippy::too_many_arguments)]
    unsafe fn fold_columns(
        &self,
        base: isize,
        range: Range<usize>,
        width: usize,
        stride: isize,
        direct: bool,
        tile: *mut u8,
        acc: *mut u8,
    ) {
        let last = self.reduced.rank - 1;
        let (inner, row_stride) = (self.reduced.sizes[last], self.reduced.strides[last]);
        let mut at = range.start;
        while at < range.end {
            let (offset, _, index) = self.reduced.offset(at);
            let run = (inner - index).min(range.end - at);
            // SAFETY: `run` rows from here on lie in the input; the tile has room for four rows of TILE columns.
            unsafe {
                if direct {
                    (self.loops.cols)(self.body, self.at(base + offset), run, row_stride, width, acc);
                    at += run;
                    continue;
                }
                let take = run.min(4 * TILE / width);
                for r in 0..take {
                    let from = self.at(base + offset + r as isize * row_stride);
                    convert(self.dtype, from, stride, self.compute, tile.add(r * width * self.compute_size), 1, width);
                }
                (self.loops.cols)(self.body, tile, take, width as isize, width, acc);
                at += take;
            }
        }
    }
}

/// States of pieces of work, side by side.
struct States {
    memory: Vec<u128>,
    units: usize,
    start: SendPtr<u128>,
}

impl States {
    fn new(n: usize, bytes: usize) -> States {
        let units = bytes.div_ceil(16);
        let mut memory = vec![0u128; n * units];
        let start = SendPtr(memory.as_mut_ptr());
        States { memory, units, start }
    }

    #[inline(always)]
    fn get(&self, i: usize) -> *mut u8 {
        debug_assert!((i + 1) * self.units <= self.memory.len());
        self.start.get().wrapping_add(i * self.units).cast()
    }
}

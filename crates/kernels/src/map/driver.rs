//! The driver of pointwise kernels. Contiguous data of the compute dtype goes straight to the loops; everything else
//! (other dtypes, strides, broadcasts, scalars) passes through tiles of 512 elements that stay in the L1 cache.

use super::{Chunk, Kernel, MAX_INPUTS as MAX_INS};
use crate::copy::convert;
use crate::dtype::DType;
use crate::pool::parallel_chunks;
use crate::scalar::Scalar;
use std::mem::MaybeUninit;
use std::ops::Range;

/// An input.
#[derive(Clone, Copy, Debug)]
pub enum Src<'a> {
    /// Elements in memory. Strides count elements, one per dimension of the call's shape; 0 where broadcast.
    Strided {
        /// The first element.
        ptr: *const u8,
        /// Their type.
        dtype: DType,
        /// The way from one to the next, per dimension.
        strides: &'a [isize],
    },
    /// One number everywhere.
    Scalar(Scalar),
}

/// The output. It may be exactly one of the inputs, or apart from all of them.
#[derive(Clone, Copy, Debug)]
pub struct Dst<'a> {
    /// The first element.
    pub ptr: *mut u8,
    /// Their type.
    pub dtype: DType,
    /// The way from one to the next, per dimension.
    pub strides: &'a [isize],
}

/// Dimensions that are left after merging; calls with more are cut along the first.
const MAX_DIMS: usize = 12;
/// Elements of a tile.
const TILE: usize = 512;
/// Rows shorter than this share tiles.
const SHORT: usize = 256;
/// Elements of a piece of work that is worth handing to another thread, for bodies as cheap as an addition.
const GRAIN: usize = 32 * 1024;

#[inline(always)]
fn is_contiguous(shape: &[usize], strides: &[isize]) -> bool {
    let mut expected = 1;
    for (&size, &stride) in shape.iter().zip(strides).rev() {
        if size != 1 {
            if stride != expected {
                return false;
            }
            expected *= size as isize;
        }
    }
    true
}

/// How many elements go to a thread at once.
fn grain(cost: u32) -> usize {
    (GRAIN / cost.max(1) as usize).clamp(2048, GRAIN).next_multiple_of(1024)
}

/// Runs a kernel over a shape.
///
/// # Safety
/// `body` points to the body that `kernel` was made for; `kernel` supports `compute`; `ins` are as many as its inputs;
/// shape, strides and dtypes describe live memory; inputs are initialised; the output is written by nobody else and is
/// exactly one of the inputs or apart from all.
pub unsafe fn run(kernel: &Kernel, body: *const (), compute: DType, shape: &[usize], ins: &[Src<'_>], out: Dst<'_>) {
    let Some(chunk) = kernel.chunks[compute as usize] else { return };
    let mut pointers = [std::ptr::null::<u8>(); MAX_INS];
    let mut dense = out.dtype == kernel.out_dtype(compute) && is_contiguous(shape, out.strides);
    for (i, src) in ins.iter().enumerate() {
        match *src {
            Src::Strided { ptr, dtype, strides }
                if dense && dtype == kernel.in_dtype(compute, i) && is_contiguous(shape, strides) =>
            {
                pointers[i] = ptr;
            }
            _ => dense = false,
        }
    }
    if dense {
        let n = shape.iter().product::<usize>();
        let grain = grain(kernel.cost);
        if n <= grain {
            // SAFETY: the caller's promise; all operands are contiguous.
            return unsafe { chunk(body, pointers.as_ptr(), out.ptr, n) };
        }
        let sizes: [usize; MAX_INS] =
            std::array::from_fn(|i| if i < ins.len() { kernel.in_dtype(compute, i).size() } else { 0 });
        let call = DenseCall { chunk, body, pointers, sizes, out: out.ptr, out_size: out.dtype.size() };
        return parallel_chunks(n, grain, |range| call.run(range));
    }
    // SAFETY: the caller's promise.
    unsafe { run_general(kernel, chunk, body, compute, shape, ins, out) }
}

struct DenseCall {
    chunk: Chunk,
    body: *const (),
    pointers: [*const u8; MAX_INS],
    sizes: [usize; MAX_INS],
    out: *mut u8,
    out_size: usize,
}
// SAFETY: threads work on ranges that do not overlap; bodies are Sync.
unsafe impl Sync for DenseCall {}

impl DenseCall {
    fn run(&self, range: Range<usize>) {
        // SAFETY: the range lies inside the operands, and no other thread has it.
        unsafe {
            let ins: [*const u8; MAX_INS] =
                std::array::from_fn(|i| self.pointers[i].wrapping_add(range.start * self.sizes[i]));
            (self.chunk)(self.body, ins.as_ptr(), self.out.add(range.start * self.out_size), range.len());
        }
    }
}

/// How an operand gets from memory to the loops or back.
#[derive(Clone, Copy, PartialEq)]
enum Path {
    /// Contiguous over the whole shape, in the loops' dtype.
    Flat,
    /// Contiguous along a row, in the loops' dtype.
    Row,
    /// Through a tile.
    Tile,
    /// One number, written to a tile once.
    Constant,
}

#[derive(Clone, Copy)]
struct Operand {
    ptr: *mut u8,
    size: usize,
    /// Size of an element in the loops' dtype.
    inner_size: usize,
    strides: [isize; MAX_DIMS],
    path: Path,
    /// The dtype in memory, and that of the loops.
    dtypes: (DType, DType),
    scalar: (Scalar, DType),
}

struct Plan {
    chunk: Chunk,
    body: *const (),
    rank: usize,
    sizes: [usize; MAX_DIMS],
    ins: usize,
    /// Inputs, then the output.
    operands: [Operand; MAX_INS + 1],
    /// The most elements that one call of the loops may take.
    longest: usize,
}
// SAFETY: threads work on ranges that do not overlap; bodies are Sync.
unsafe impl Sync for Plan {}

#[cold]
#[inline(never)]
unsafe fn cut_first(kernel: &Kernel, body: *const (), compute: DType, shape: &[usize], ins: &[Src<'_>], out: Dst<'_>) {
    for i in 0..shape[0] as isize {
        let mut rest = [Src::Scalar(Scalar::Bool(false)); MAX_INS];
        for (to, src) in rest.iter_mut().zip(ins) {
            *to = match *src {
                Src::Strided { ptr, dtype, strides } => Src::Strided {
                    ptr: ptr.wrapping_offset(i * strides[0] * dtype.size() as isize),
                    dtype,
                    strides: &strides[1..],
                },
                scalar => scalar,
            };
        }
        let ptr = out.ptr.wrapping_offset(i * out.strides[0] * out.dtype.size() as isize);
        // SAFETY: the caller's promise, for one index of the first dimension.
        unsafe {
            let out = Dst { ptr, dtype: out.dtype, strides: &out.strides[1..] };
            run(kernel, body, compute, &shape[1..], &rest[..ins.len()], out);
        }
    }
}

#[inline(never)]
unsafe fn run_general(
    kernel: &Kernel,
    chunk: Chunk,
    body: *const (),
    compute: DType,
    shape: &[usize],
    ins: &[Src<'_>],
    out: Dst<'_>,
) {
    let n = shape.iter().product::<usize>();
    if n == 0 || ins.len() > MAX_INS {
        return;
    }
    let out_inner = kernel.out_dtype(compute);
    let blank = Operand {
        ptr: out.ptr,
        size: out.dtype.size(),
        inner_size: out_inner.size(),
        strides: [0; MAX_DIMS],
        path: Path::Tile,
        dtypes: (out.dtype, out_inner),
        scalar: (Scalar::Bool(false), compute),
    };
    let mut operands = [blank; MAX_INS + 1];
    let mut strides: [&[isize]; MAX_INS + 1] = [&[]; MAX_INS + 1];
    for (i, src) in ins.iter().enumerate() {
        let want = kernel.in_dtype(compute, i);
        operands[i].inner_size = want.size();
        match *src {
            Src::Strided { ptr, dtype, strides: s } => {
                operands[i].ptr = ptr.cast_mut();
                operands[i].size = dtype.size();
                operands[i].dtypes = (dtype, want);
                operands[i].path = if dtype == want { Path::Row } else { Path::Tile };
                strides[i] = s;
            }
            Src::Scalar(value) => {
                operands[i].path = Path::Constant;
                operands[i].scalar = (value, want);
            }
        }
    }
    let last = ins.len();
    operands[last].path = if out.dtype == out_inner { Path::Row } else { Path::Tile };
    strides[last] = out.strides;
    // Dimensions of the output in the order of its memory, largest stride first; those of size 1 are dropped.
    let mut order = [0usize; 64];
    let mut count = 0;
    for (d, &size) in shape.iter().enumerate().take(64) {
        if size == 1 {
            continue;
        }
        let mut at = count;
        while at > 0 && out.strides[order[at - 1]].unsigned_abs() < out.strides[d].unsigned_abs() {
            order[at] = order[at - 1];
            at -= 1;
        }
        order[at] = d;
        count += 1;
    }
    let mut rank = 0;
    let mut sizes = [1usize; MAX_DIMS];
    for &d in &order[..count] {
        let size = shape[d];
        let merges = rank > 0
            && (0..=last)
                .all(|o| strides[o].is_empty() || operands[o].strides[rank - 1] == strides[o][d] * size as isize);
        if merges {
            sizes[rank - 1] *= size;
        } else if rank == MAX_DIMS {
            // SAFETY: the caller's promise.
            return unsafe { cut_first(kernel, body, compute, shape, ins, out) };
        } else {
            sizes[rank] = size;
            rank += 1;
        }
        for o in 0..=last {
            if !strides[o].is_empty() {
                operands[o].strides[rank - 1] = strides[o][d];
            }
        }
    }
    rank = rank.max(1);
    let mut longest = usize::MAX;
    for operand in &mut operands[..=last] {
        if operand.path == Path::Row {
            let mut expected = 1;
            let mut flat = true;
            for d in (0..rank).rev() {
                flat &= operand.strides[d] == expected || sizes[d] == 1;
                expected *= sizes[d] as isize;
            }
            operand.path = if flat {
                Path::Flat
            } else if operand.strides[rank - 1] == 1 && sizes[rank - 1] >= SHORT {
                Path::Row
            } else {
                Path::Tile
            };
        }
        if matches!(operand.path, Path::Tile | Path::Constant) {
            longest = TILE;
        }
    }
    let plan = Plan { chunk, body, rank, sizes, ins: last, operands, longest };
    parallel_chunks(n, grain(kernel.cost), |range| plan.work(range));
}

/// Room for a tile of any dtype.
#[repr(align(64))]
struct Tile {
    _bytes: [MaybeUninit<u8>; TILE * 16],
}

impl Plan {
    /// Elements `range` of the shape, counted in the order of the plan's dimensions.
    fn work(&self, range: Range<usize>) {
        let mut tiles = [const { MaybeUninit::<Tile>::uninit() }; MAX_INS + 1];
        let mut filled = [(std::ptr::null::<u8>(), 0usize); MAX_INS];
        let last = self.rank - 1;
        let inner = self.sizes[last];
        let mut index = [0usize; MAX_DIMS];
        let mut rest = range.start;
        for d in (0..self.rank).rev() {
            index[d] = rest % self.sizes[d];
            rest /= self.sizes[d];
        }
        let mut at = range.start;
        for (i, operand) in self.operands[..self.ins].iter().enumerate() {
            if operand.path == Path::Constant {
                let (value, dtype) = operand.scalar;
                // SAFETY: a tile has room for TILE elements of any dtype.
                unsafe { write_scalar(value, dtype, tiles[i].as_mut_ptr().cast(), range.len().min(TILE)) };
            }
        }
        while at < range.end {
            let left = range.end - at;
            let len = if inner >= SHORT { left.min(inner - index[last]).min(self.longest) } else { left.min(TILE) };
            let mut pointers = [std::ptr::null::<u8>(); MAX_INS];
            for (i, operand) in self.operands[..self.ins].iter().enumerate() {
                let tile = tiles[i].as_mut_ptr().cast::<u8>();
                pointers[i] = match operand.path {
                    Path::Flat => operand.ptr.wrapping_add(at * operand.size),
                    Path::Row => operand.at(&index, self.rank),
                    Path::Constant => tile,
                    Path::Tile => {
                        let from = operand.at(&index, self.rank).cast_const();
                        // A row of one repeated element need not be written again for the next tile of that row.
                        let same = operand.strides[last] == 0 && inner >= SHORT;
                        if !(same && filled[i].0 == from && filled[i].1 >= len) {
                            // SAFETY: the elements lie in the operand; the tile has room for TILE >= len of them.
                            unsafe { self.move_tile(operand, &index, tile, len, true) };
                            filled[i] = if same { (from, len) } else { (std::ptr::null(), 0) };
                        }
                        tile
                    }
                };
            }
            let operand = &self.operands[self.ins];
            let out = match operand.path {
                Path::Flat => operand.ptr.wrapping_add(at * operand.size),
                Path::Row => operand.at(&index, self.rank),
                _ => tiles[self.ins].as_mut_ptr().cast::<u8>(),
            };
            // SAFETY: every pointer reaches `len` elements of the loops' dtypes, either in the operands or in a tile.
            unsafe {
                (self.chunk)(self.body, pointers.as_ptr(), out, len);
                if operand.path == Path::Tile {
                    self.move_tile(operand, &index, out, len, false);
                }
            }
            at += len;
            self.advance(&mut index, len);
        }
    }

    /// Moves the multi-index on by `len` elements.
    #[inline(always)]
    fn advance(&self, index: &mut [usize; MAX_DIMS], len: usize) {
        let mut d = self.rank - 1;
        index[d] += len;
        while d > 0 && index[d] >= self.sizes[d] {
            let carry = index[d] / self.sizes[d];
            index[d] -= carry * self.sizes[d];
            d -= 1;
            index[d] += carry;
        }
    }

    /// Brings `len` elements from `index` on into a contiguous tile (`load`), or from the tile to their places.
    unsafe fn move_tile(&self, operand: &Operand, index: &[usize; MAX_DIMS], tile: *mut u8, len: usize, load: bool) {
        let last = self.rank - 1;
        let stride = operand.strides[last];
        let mut index = *index;
        let mut tile = tile;
        let mut left = len;
        while left > 0 {
            let take = left.min(self.sizes[last] - index[last]);
            let place = operand.at(&index, self.rank);
            // SAFETY: the caller's promise.
            unsafe {
                let (outer, inner) = operand.dtypes;
                if load {
                    convert(outer, place, stride, inner, tile, 1, take);
                } else {
                    convert(inner, tile, 1, outer, place, stride, take);
                }
            }
            tile = tile.wrapping_add(take * operand.inner_size);
            left -= take;
            self.advance(&mut index, take);
        }
    }
}

impl Operand {
    #[inline(always)]
    fn at(&self, index: &[usize; MAX_DIMS], rank: usize) -> *mut u8 {
        let offset: isize = (0..rank).map(|d| index[d] as isize * self.strides[d]).sum();
        self.ptr.wrapping_offset(offset * self.size as isize)
    }
}

/// Writes one number `n` times.
unsafe fn write_scalar(value: Scalar, dtype: DType, to: *mut u8, n: usize) {
    // SAFETY: the caller has room for `n` elements; the sources are locals of the dtype named.
    unsafe {
        match value {
            Scalar::Bool(x) => convert(DType::U8, (&raw const x).cast(), 0, dtype, to, 1, n),
            Scalar::Int(x) => convert(DType::I64, (&raw const x).cast(), 0, dtype, to, 1, n),
            Scalar::Float(x) => convert(DType::F64, (&raw const x).cast(), 0, dtype, to, 1, n),
            Scalar::Complex(re, im) => {
                let x = [re, im];
                convert(DType::C128, (&raw const x).cast(), 0, dtype, to, 1, n)
            }
        }
    }
}

unsafe fn move_elements<const SIZE: usize>(_body: *const (), ins: *const *const u8, out: *mut u8, n: usize) {
    // SAFETY: the driver passes one input and an output of `n` elements of SIZE bytes; they may be the same.
    unsafe { std::ptr::copy(*ins, out, n * SIZE) }
}

static COPY: Kernel = {
    let mut chunks: [Option<Chunk>; 12] = [None; 12];
    let mut i = 0;
    while i < 12 {
        chunks[i] = Some(match DType::ALL[i].size() {
            1 => move_elements::<1>,
            2 => move_elements::<2>,
            4 => move_elements::<4>,
            8 => move_elements::<8>,
            _ => move_elements::<16>,
        });
        i += 1;
    }
    // What is copied mostly comes from memory, where an addition hides behind its operands: 8K elements are 64 KB moved.
    Kernel { chunks, inputs: 1, out: super::Out::Compute, first_bool: false, cost: 4 }
};

/// Copies elements from any dtype and strides (broadcast too) to any other.
///
/// # Safety
/// As [`run`].
pub unsafe fn copy(shape: &[usize], src: Src<'_>, dst: Dst<'_>) {
    // SAFETY: the caller's promise.
    if unsafe { super::transpose::copy(shape, &src, &dst) } {
        return;
    }
    // SAFETY: the caller's promise; the kernel has no body and supports every dtype.
    unsafe { run(&COPY, std::ptr::null(), dst.dtype, shape, &[src], dst) }
}

/// Writes one number everywhere.
///
/// # Safety
/// As [`run`].
pub unsafe fn fill(shape: &[usize], value: Scalar, dst: Dst<'_>) {
    // SAFETY: the caller's promise.
    unsafe { copy(shape, Src::Scalar(value), dst) }
}

//! Matrix products, C = alpha A B (+ C) (+ bias), of any strides and batches: packed and tiled kernels for floats, with
//! paths of their own for vectors and for a few rows, and plain loops for integers and complex numbers.
//!
//! The order in which a sum over k is made is fixed by the sizes, strides and instruction set, never by the threads.

pub(crate) mod blocked;
pub(crate) mod kernel;
pub(crate) mod pack;
mod plain;
pub(crate) mod simd;
#[cfg(target_arch = "x86_64")]
mod simd_x86;
mod skinny;
#[cfg(test)]
mod tests;

use crate::dtype::DType;
use crate::isa::{Isa, isa};
use crate::pool::parallel_for;
use half::{bf16, f16};
use kernel::Store;
pub(crate) use pack::Scratch;
use pack::Strided;
use simd::{Element, NarrowRow, Real};

pub use blocked::PackedB;

/// One dimension of a batch: how many products, and how far apart their operands lie, in elements (0 repeats one).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BatchDim {
    /// The number of products.
    pub size: usize,
    /// From one A to the next.
    pub a: isize,
    /// From one B to the next.
    pub b: isize,
    /// From one C to the next; never 0 where `size` is above 1.
    pub c: isize,
}

/// A matrix product: sizes, types and strides (in elements).
#[derive(Clone, Copy, Debug)]
pub struct Gemm<'a> {
    /// Rows of A and C.
    pub m: usize,
    /// Columns of B and C.
    pub n: usize,
    /// Columns of A, rows of B.
    pub k: usize,
    /// The type of A, B and the bias: any but bool.
    pub dtype: DType,
    /// The type of C: `dtype`, or f32 where that is f16 or bf16.
    pub out: DType,
    /// A factor for the product. (Complex products take a real one; integer products its integer part.)
    pub alpha: f64,
    /// Add to C instead of overwriting it; if false, C is never read.
    pub accumulate: bool,
    /// Row and column stride of A.
    pub a: (isize, isize),
    /// Row and column stride of B.
    pub b: (isize, isize),
    /// Row and column stride of C.
    pub c: (isize, isize),
    /// The dimensions of the batch, outermost first; empty for one product.
    pub batch: &'a [BatchDim],
}

impl Gemm<'_> {
    /// One product of row-major matrices: `[m, k]` by `[k, n]`.
    pub fn row_major(m: usize, n: usize, k: usize, dtype: DType) -> Self {
        Gemm {
            m,
            n,
            k,
            dtype,
            out: dtype,
            alpha: 1.0,
            accumulate: false,
            a: (k as isize, 1),
            b: (n as isize, 1),
            c: (n as isize, 1),
            batch: &[],
        }
    }
}

/// A vector that is added to every product: its address and stride, of the type of A and B.
#[derive(Clone, Copy, Debug)]
pub enum Bias {
    /// Nothing is added.
    None,
    /// One number for each column of C (what a linear layer adds).
    Column(*const u8, isize),
    /// One number for each row of C.
    Row(*const u8, isize),
}

/// Computes the products of `g`. Half precision is summed in f32.
///
/// # Safety
/// Every element that the sizes and strides reach from `a`, `b` and the bias can be read, every element reached from `c`
/// can be written (and read, where `accumulate`), no two of C's elements share an address, C overlaps no operand, and
/// nothing else uses C meanwhile. Pointers are aligned for their types.
pub unsafe fn gemm(g: &Gemm, a: *const u8, b: *const u8, c: *mut u8, bias: Bias) {
    // SAFETY: the caller's promise; `isa()` names what the processor has.
    unsafe { gemm_on(isa(), g, a, b, c, bias) }
}

/// [`gemm`] on a given instruction set, which the processor has.
pub(crate) unsafe fn gemm_on(isa: Isa, g: &Gemm, a: *const u8, b: *const u8, c: *mut u8, bias: Bias) {
    // SAFETY: the caller's promise, with the pointers' types as `g` names them.
    unsafe {
        match (g.dtype, g.out) {
            (DType::F32, _) => typed::<f32, f32>(isa, g, a, b, c, bias),
            (DType::F64, _) => typed::<f64, f64>(isa, g, a, b, c, bias),
            (DType::F16, DType::F32) => typed::<f16, f32>(isa, g, a, b, c, bias),
            (DType::F16, _) => typed::<f16, f16>(isa, g, a, b, c, bias),
            (DType::BF16, DType::F32) => typed::<bf16, f32>(isa, g, a, b, c, bias),
            (DType::BF16, _) => typed::<bf16, bf16>(isa, g, a, b, c, bias),
            _ => plain::gemm(g, a, b, c, bias),
        }
    }
}

/// The offsets of one product of a batch: A, B, C.
fn batch_offsets(batch: &[BatchDim], mut index: usize) -> (isize, isize, isize) {
    let (mut a, mut b, mut c) = (0, 0, 0);
    for dim in batch.iter().rev() {
        let i = (index % dim.size) as isize;
        index /= dim.size;
        a += i * dim.a;
        b += i * dim.b;
        c += i * dim.c;
    }
    (a, b, c)
}

/// One product, or a batch of them, with its operands as lanes and steps: A's lanes are C's rows, B's are its columns.
#[derive(Clone, Copy)]
struct Problem<T: Element, O> {
    isa: Isa,
    m: usize,
    n: usize,
    k: usize,
    a: Strided<T>,
    b: Strided<T>,
    c: *mut O,
    rs: isize,
    cs: isize,
    alpha: T::Compute,
    accumulate: bool,
    /// Contiguous, or null.
    column_bias: *const T::Compute,
    row_bias: *const T::Compute,
}

// SAFETY: a description of memory; tasks write disjoint parts of C.
unsafe impl<T: Element, O> Send for Problem<T, O> {}
// SAFETY: as above.
unsafe impl<T: Element, O> Sync for Problem<T, O> {}

impl<T: Element, O: Element<Compute = T::Compute>> Problem<T, O> {
    /// The same with A and B exchanged and C transposed.
    fn transposed(self) -> Self {
        Problem {
            m: self.n,
            n: self.m,
            a: self.b,
            b: self.a,
            rs: self.cs,
            cs: self.rs,
            column_bias: self.row_bias,
            row_bias: self.column_bias,
            ..self
        }
    }

    fn shifted(self, (a, b, c): (isize, isize, isize)) -> Self {
        let strided = |s: Strided<T>, by| Strided { p0: s.p0.wrapping_offset(by), ..s };
        Problem { a: strided(self.a, a), b: strided(self.b, b), c: self.c.wrapping_offset(c), ..self }
    }

    /// Kernels can write C as it is.
    fn direct(&self) -> bool {
        O::WIDE && (self.cs == 1 || self.n == 1)
    }

    /// Where kernels store if C is direct.
    fn store(&self) -> Store<T::Compute> {
        Store {
            c: self.c.cast(),
            rs: self.rs,
            alpha: self.alpha,
            accumulate: self.accumulate,
            column_bias: self.column_bias,
            row_bias: self.row_bias,
        }
    }

    /// Runs `body` for the block of C at (`row`, `col`), with a store that it may write and accumulate into.
    ///
    /// # Safety
    /// The block lies in C and nothing else uses it; `body` writes all of it.
    #[inline(always)]
    unsafe fn with_store(
        &self,
        row: usize,
        col: usize,
        rows: usize,
        cols: usize,
        body: impl FnOnce(Store<T::Compute>),
    ) {
        if self.direct() {
            body(self.store().at(row, col));
            return;
        }
        let scratch = Scratch::<T::Compute>::new(rows * cols);
        let mut store = self.store().at(row, col);
        (store.c, store.rs, store.accumulate) = (scratch.ptr(), cols as isize, false);
        body(store);
        for i in 0..rows {
            let at = (row + i) as isize * self.rs + col as isize * self.cs;
            let src = scratch.ptr().wrapping_add(i * cols).cast_const();
            let (dst, step) = (self.c.wrapping_offset(at), self.cs);
            let factor = T::Compute::ONE;
            let row = NarrowRow { src, n: cols, factor, dst, step, accumulate: self.accumulate };
            // SAFETY: inside the block of C and of the scratch, which `body` has filled.
            unsafe { T::Compute::dispatch(self.isa, row) };
        }
    }
}

/// A bias in the precision of the computation, contiguous.
struct WideBias<T: Element> {
    _held: Option<Scratch<T::Compute>>,
    column: *const T::Compute,
    row: *const T::Compute,
}

impl<T: Element> WideBias<T> {
    /// # Safety
    /// The bias has `m` (or `n`) readable elements of type `T`.
    unsafe fn new(bias: Bias, m: usize, n: usize) -> Self {
        let (p, stride, len, by_row) = match bias {
            Bias::None => (std::ptr::null(), 1, 0, false),
            Bias::Column(p, stride) => (p.cast::<T>(), stride, n, false),
            Bias::Row(p, stride) => (p.cast::<T>(), stride, m, true),
        };
        let (held, p) = if len == 0 || T::WIDE && (stride == 1 || len == 1) {
            (None, p.cast::<T::Compute>())
        } else {
            let held = Scratch::<T::Compute>::new(len);
            for i in 0..len {
                // SAFETY: the caller's promise, and the scratch's length.
                unsafe { *held.ptr().add(i) = (*p.offset(i as isize * stride)).widen() };
            }
            let p = held.ptr().cast_const();
            (Some(held), p)
        };
        let (column, row) = if by_row { (std::ptr::null(), p) } else { (p, std::ptr::null()) };
        WideBias { _held: held, column, row }
    }
}

/// Multiplications below which a product is done by the caller alone.
const ALONE: usize = 64 * 64 * 64;

unsafe fn typed<T: Element, O: Element<Compute = T::Compute>>(
    isa: Isa,
    g: &Gemm,
    a: *const u8,
    b: *const u8,
    c: *mut u8,
    bias: Bias,
) {
    let (mut m, mut batch) = (g.m, g.batch);
    // Products that share B and whose rows follow on are one product.
    if let [dim] = batch {
        let fold = dim.b == 0 && dim.a == m as isize * g.a.0 && dim.c == m as isize * g.c.0;
        if fold && !matches!(bias, Bias::Row(..)) {
            m *= dim.size;
            batch = &[];
        }
    }
    let count: usize = batch.iter().map(|d| d.size).product();
    if m == 0 || g.n == 0 || count == 0 {
        return;
    }
    // SAFETY: the caller's promise for the bias.
    let bias = unsafe { WideBias::<T>::new(bias, m, g.n) };
    let mut p = Problem::<T, O> {
        isa,
        m,
        n: g.n,
        k: g.k,
        a: Strided { p0: a.cast(), lane: g.a.0, step: g.a.1 },
        b: Strided { p0: b.cast(), lane: g.b.1, step: g.b.0 },
        c: c.cast(),
        rs: g.c.0,
        cs: g.c.1,
        alpha: T::Compute::from_f64(g.alpha),
        accumulate: g.accumulate,
        column_bias: bias.column,
        row_bias: bias.row,
    };
    let swapped = (p.n == 1 && p.m > 1) || (p.cs != 1 && p.rs == 1 && p.n > 1 && p.m > 1);
    if swapped {
        p = p.transposed();
    }
    let at = |i: usize| {
        let (oa, ob, oc) = batch_offsets(batch, i);
        p.shifted(if swapped { (ob, oa, oc) } else { (oa, ob, oc) })
    };
    let work = p.m * p.n * p.k.max(1);
    let small = (p.m + p.n) * p.k <= 1 << 17 && p.m * p.n <= 1 << 20;
    // SAFETY: the caller's promise; products of a batch write different parts of memory.
    unsafe {
        if count == 1 {
            one(&p);
        } else if small && (count >= 8 || work <= ALONE) {
            let group = (ALONE / work).clamp(1, count);
            parallel_for(count.div_ceil(group), |t| {
                for i in t * group..((t + 1) * group).min(count) {
                    alone(&at(i));
                }
            });
        } else {
            for i in 0..count {
                one(&at(i));
            }
        }
    }
}

/// One product, spread over the pool where that pays.
unsafe fn one<T: Element, O: Element<Compute = T::Compute>>(p: &Problem<T, O>) {
    // SAFETY: the caller's promise.
    unsafe {
        if skinny::fits(p) {
            skinny::gemm(p);
        } else if p.m * p.n * p.k <= ALONE {
            blocked::alone(p);
        } else {
            blocked::shared(p, None);
        }
    }
}

/// One product of a batch whose other products keep the pool busy.
unsafe fn alone<T: Element, O: Element<Compute = T::Compute>>(p: &Problem<T, O>) {
    // SAFETY: the caller's promise.
    unsafe { if skinny::fits(p) { skinny::gemm(p) } else { blocked::alone(p) } }
}

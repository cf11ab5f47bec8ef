//! Products of packed panels: by one thread for small ones, by the pool for large ones, with B packed beforehand
//! ([`PackedB`]) for a matrix that is used again and again.

use super::kernel::{Block, Store};
use super::pack::{Pack, Panels, Scratch, Strided};
use super::simd::{Element, Real};
use super::{Bias, Problem};
use crate::dtype::DType;
use crate::isa::{Isa, isa};
use crate::pool::{SendPtr, parallel_for};
use half::{bf16, f16};

/// Rows and columns of the microkernel's tile.
pub(crate) fn tile_size<E: Real>(isa: Isa) -> (usize, usize) {
    match isa {
        Isa::Avx512 => (14, 128 / size_of::<E>()),
        Isa::Avx2 => (6, 64 / size_of::<E>()),
        Isa::Portable => (4, 32 / size_of::<E>()),
    }
}

/// Bytes that a column of a panel takes at most before k is cut: with 384 floats a panel of B fills half of L1 or more,
/// and what it displaces streams from L2 at a rate the kernel can take.
pub(crate) fn k_block<E>(k: usize) -> usize {
    let most = 2048 / size_of::<E>();
    Panels::balanced(k, most).width
}

/// Packs panels `from..to` of a strided operand.
pub(crate) unsafe fn pack_panels<T: Element>(
    isa: Isa,
    src: Strided<T>,
    panels: Panels,
    k: usize,
    padded: bool,
    range: std::ops::Range<usize>,
    dst: *mut T::Compute,
) {
    // Lanes side by side: a line of memory belongs to several panels, so they are filled together, some steps at a time.
    let steps = if src.lane == 1 { 64 } else { k.max(1) };
    for p in (0..k).step_by(steps) {
        let k_part = steps.min(k - p);
        for i in range.clone() {
            let lanes = panels.lanes(i);
            let width = if padded { panels.width } else { lanes };
            let dst = dst.wrapping_add(i * panels.width * k + p * width);
            let src = src.at(i * panels.width, p);
            // SAFETY: the caller's promise: the source has these lanes and steps, the destination room for all panels.
            unsafe { T::Compute::dispatch(isa, Pack { src, lanes, width, k: k_part, dst }) };
        }
    }
}

/// Panels that a packing task fills.
fn pack_group<T>(src: Strided<T>, panels: Panels, k: usize) -> usize {
    let by_size = (PACK_TASK / (panels.width * k.max(1))).max(1);
    if src.lane == 1 { by_size.max((panels.len() / 8).min(8)) } else { by_size }
}

/// A product by this thread alone.
pub(super) unsafe fn alone<T: Element, O: Element<Compute = T::Compute>>(p: &Problem<T, O>) {
    let (mr, nr) = tile_size::<T::Compute>(p.isa);
    let (rows, cols) = (Panels::balanced(p.m, mr), Panels { count: p.n, width: nr });
    let a = Scratch::<T::Compute>::new(p.m * p.k);
    // B that lies row by row, in whole panels, is used where it is: each panel of it is read a few times at most.
    let in_place = T::WIDE && p.b.lane == 1 && p.n.is_multiple_of(nr) && rows.len() <= 4;
    let b = if in_place { None } else { Some(Scratch::<T::Compute>::new(cols.len() * nr * p.k)) };
    // SAFETY: the caller's promise for the operands; the scratch has room for all panels.
    unsafe {
        pack_panels(p.isa, p.a, rows, p.k, false, 0..rows.len(), a.ptr());
        let (b_ptr, b_panel, b_step) = match &b {
            Some(b) => {
                pack_panels(p.isa, p.b, cols, p.k, true, 0..cols.len(), b.ptr());
                (b.ptr().cast_const(), nr * p.k, nr as isize)
            }
            None => (p.b.p0.cast(), nr, p.b.step),
        };
        p.with_store(0, 0, p.m, p.n, |store| {
            let block = Block {
                a: a.ptr(),
                a_step: 0,
                rows,
                b: b_ptr,
                b_panel,
                b_step,
                cols: p.n,
                k: p.k,
                first: 0,
                end: p.k,
                kc: k_block::<T::Compute>(p.k),
                store,
            };
            T::Compute::dispatch(p.isa, block);
        });
    }
}

/// Numbers of packed A, and of packed B, that are held at a time.
const HELD_A: usize = 1 << 23;
const HELD_B: usize = 1 << 21;
/// Numbers of A from which on tasks pack their own rows of it, if all columns, so many panels at most, are one task's.
const OWN_A: usize = 1 << 20;
const OWN_COLS: usize = 24;
/// Numbers that a packing task moves, about.
const PACK_TASK: usize = 1 << 15;

/// A product spread over the pool: both operands are packed together, then tiles of C are claimed. `packed` is B's
/// panels, if they exist.
pub(super) unsafe fn shared<T: Element, O: Element<Compute = T::Compute>>(
    p: &Problem<T, O>,
    packed: Option<*const T::Compute>,
) {
    let (mr, nr) = tile_size::<T::Compute>(p.isa);
    let all_rows = Panels::balanced(p.m, mr);
    let k = p.k.max(1);
    let k_chunk = (HELD_B * 2 / (p.m + p.n)).clamp(4096, 1 << 16);
    if packed.is_none() && k > k_chunk + k_chunk / 4 {
        // SAFETY: the caller's promise.
        unsafe { long(p, k_chunk) };
        return;
    }
    let row_panels = (HELD_A / (all_rows.width * k)).clamp(1, all_rows.len());
    let col_panels = if packed.is_some() { usize::MAX } else { HELD_B / (nr * k) }.clamp(1, p.n.div_ceil(nr));
    let (m_chunk, n_chunk) = (row_panels * all_rows.width, col_panels * nr);
    // A large A for few columns would only travel through memory once more: each task packs what it needs of it.
    let own_a = p.m * p.k > OWN_A && p.n.div_ceil(nr) <= OWN_COLS;
    let a = Scratch::<T::Compute>::new(if own_a { 0 } else { m_chunk.min(p.m) * p.k });
    let b = Scratch::<T::Compute>::new(if packed.is_some() { 0 } else { n_chunk * p.k });
    let (a_ptr, b_ptr) = (SendPtr(a.ptr()), SendPtr(b.ptr()));
    for ic in (0..p.m).step_by(m_chunk) {
        let rows = Panels { count: m_chunk.min(p.m - ic), width: all_rows.width };
        for jc in (0..p.n).step_by(n_chunk) {
            let cols = Panels { count: n_chunk.min(p.n - jc), width: nr };
            let (a_group, b_group) = (pack_group(p.a, rows, k), pack_group(p.b, cols, k));
            let a_tasks = if jc == 0 && !own_a { rows.len().div_ceil(a_group) } else { 0 };
            let b_tasks = if packed.is_some() { 0 } else { cols.len().div_ceil(b_group) };
            parallel_for(a_tasks + b_tasks, |t| {
                // SAFETY: the caller's promise for the operands; every task fills panels of its own.
                unsafe {
                    if t < a_tasks {
                        let range = t * a_group..((t + 1) * a_group).min(rows.len());
                        pack_panels(p.isa, p.a.at(ic, 0), rows, p.k, false, range, a_ptr.get());
                    } else {
                        let range = (t - a_tasks) * b_group..((t - a_tasks + 1) * b_group).min(cols.len());
                        pack_panels(p.isa, p.b.at(jc, 0), cols, p.k, true, range, b_ptr.get());
                    }
                }
            });
            let b_panels = match packed {
                Some(panels) => panels.wrapping_add(jc * p.k),
                None => b_ptr.get(),
            };
            // SAFETY: the panels are packed.
            unsafe { tiles(p, (ic, jc), rows, cols, (!own_a).then_some(a_ptr), b_panels) };
        }
    }
}

/// A product with a sum too long to hold its operands: part after part is added to C.
unsafe fn long<T: Element, O: Element<Compute = T::Compute>>(p: &Problem<T, O>, k_chunk: usize) {
    if !p.direct() {
        let whole = Scratch::<T::Compute>::new(p.m * p.n);
        let into = SendPtr(whole.ptr());
        let null = std::ptr::null();
        let (alpha, rs) = (T::Compute::ONE, p.n as isize);
        let wide = Problem::<T, T::Compute> {
            isa: p.isa,
            m: p.m,
            n: p.n,
            k: p.k,
            a: p.a,
            b: p.b,
            c: into.get(),
            rs,
            cs: 1,
            alpha,
            accumulate: false,
            column_bias: null,
            row_bias: null,
        };
        // SAFETY: the caller's promise for the operands; the scratch is a direct C, complete when it is read.
        unsafe {
            long(&wide, k_chunk);
            let of_row = |i: usize| into.get().add(i * p.n).cast_const();
            parallel_for(p.m, |i| p.with_store(i, 0, 1, p.n, |store| put_row(store, p.n, |j| *of_row(i).add(j))));
        }
        return;
    }
    for first in (0..p.k).step_by(k_chunk) {
        let mut part = Problem { k: k_chunk.min(p.k - first), a: p.a.at(0, first), b: p.b.at(0, first), ..*p };
        if first > 0 {
            (part.accumulate, part.column_bias, part.row_bias) = (true, std::ptr::null(), std::ptr::null());
        }
        // SAFETY: the caller's promise, for a part of k.
        unsafe { shared(&part, None) };
    }
}

/// Stores a row of sums.
///
/// # Safety
/// The row lies in C, and nothing else uses it.
unsafe fn put_row<E: Real>(store: Store<E>, n: usize, sum: impl Fn(usize) -> E) {
    for j in 0..n {
        // SAFETY: the caller's promise.
        unsafe { store.at(0, j).put(sum(j)) };
    }
}

/// How a chunk of C is cut into tasks: panels of A and of B for each, and parts of k.
fn cut(rows: Panels, cols: Panels, k: usize) -> (Panels, Panels, usize) {
    let (mut most_rows, mut most_cols) = (8, 8);
    loop {
        let (r, c) = (Panels::balanced(rows.len(), most_rows), Panels::balanced(cols.len(), most_cols));
        let tasks = r.len() * c.len();
        let work = rows.count * cols.count * k / tasks;
        if tasks >= 8 || work < 1 << 19 || (r.width == 1 && c.width == 1) {
            let parts = if tasks < 8 && k >= 2048 && work >= 1 << 20 { (16 / tasks).min(k / 512).max(1) } else { 1 };
            return (r, c, parts);
        }
        if r.width >= c.width {
            most_rows = (r.width / 2).max(1);
        } else {
            most_cols = (c.width / 2).max(1);
        }
    }
}

/// The product of packed panels, for the chunk of C at (`row`, `col`).
unsafe fn tiles<T: Element, O: Element<Compute = T::Compute>>(
    p: &Problem<T, O>,
    (row, col): (usize, usize),
    rows: Panels,
    cols: Panels,
    packed_a: Option<SendPtr<T::Compute>>,
    b: *const T::Compute,
) {
    let (row_cut, col_cut, parts) = match packed_a {
        Some(_) => cut(rows, cols, p.k),
        None => (Panels::balanced(rows.len(), 8), Panels::balanced(cols.len(), cols.len()), 1),
    };
    let a = packed_a.unwrap_or(SendPtr(std::ptr::null_mut()));
    let b = SendPtr(b.cast_mut());
    let nr = cols.width;
    let block = |t: usize| {
        let (i, j) = (t % row_cut.len() * row_cut.width, t / row_cut.len() * col_cut.width);
        let (first_row, first_col) = (i * rows.width, j * nr);
        let count = rows.count.min((i + row_cut.width) * rows.width) - first_row;
        let n = cols.count.min((j + col_cut.width) * nr) - first_col;
        let a = a.get().wrapping_add(first_row * p.k).cast_const();
        let b = b.get().wrapping_add(first_col * p.k).cast_const();
        (first_row, first_col, Panels { count, width: rows.width }, n, a, b)
    };
    let tasks = row_cut.len() * col_cut.len();
    let kc = k_block::<T::Compute>(p.k);
    let run = |t: usize, store: Store<T::Compute>| {
        let (i, _, rows, cols, a, b) = block(t);
        if packed_a.is_none() {
            // SAFETY: the caller's promise for A, packed panels of B, and a block of C of this task's own.
            unsafe { with_own_a(p, p.a.at(row + i, 0), rows, b, nr, cols, kc, store) };
            return;
        }
        let block = Block {
            a,
            a_step: 0,
            rows,
            b,
            b_panel: nr * p.k,
            b_step: nr as isize,
            cols,
            first: 0,
            k: p.k,
            end: p.k,
            kc,
            store,
        };
        // SAFETY: packed panels and a block of C of this task's own.
        unsafe { T::Compute::dispatch(p.isa, block) };
    };
    if parts == 1 {
        parallel_for(tasks, |t| {
            let (i, j, rows, n, ..) = block(t);
            // SAFETY: tasks have disjoint blocks of C.
            unsafe { p.with_store(row + i, col + j, rows.count, n, |store| run(t, store)) };
        });
        return;
    }
    // A long sum for few tiles: parts of k apart, added up in their order.
    let (m, n) = (rows.count, cols.count);
    let partial = Scratch::<T::Compute>::new(parts * m * n);
    let partial = SendPtr(partial.ptr());
    let step = p.k.div_ceil(parts).next_multiple_of(16);
    let one = T::Compute::ONE;
    parallel_for(tasks * parts, |t| {
        let (part, t) = (t / tasks, t % tasks);
        let (i, j, rows, cols, a, b) = block(t);
        let c = partial.get().wrapping_add(part * m * n);
        let null = std::ptr::null();
        let store = Store { c, rs: n as isize, alpha: one, accumulate: false, column_bias: null, row_bias: null };
        let (first, end) = ((part * step).min(p.k), ((part + 1) * step).min(p.k));
        let store = store.at(i, j);
        let block = Block {
            a,
            a_step: 0,
            rows,
            b,
            b_panel: nr * p.k,
            b_step: nr as isize,
            cols,
            first,
            k: p.k,
            end,
            kc,
            store,
        };
        // SAFETY: packed panels and a block of the partial sums of this task's own.
        unsafe { T::Compute::dispatch(p.isa, block) };
    });
    parallel_for(m.div_ceil(8), |t| {
        for i in t * 8..m.min(t * 8 + 8) {
            // SAFETY: a row of C of this task's own; the partial sums are complete.
            unsafe {
                p.with_store(row + i, col, 1, n, |store| {
                    put_row(store, n, |j| {
                        let of = |part: usize| *partial.get().add((part * m + i) * n + j);
                        (1..parts).fold(of(0), |sum, part| sum + of(part))
                    });
                });
            }
        }
    });
}

/// A block of C from packed B and an A that is packed here, a part of k at a time.
#[allow(clippy::too_many_arguments)]
unsafe fn with_own_a<T: Element, O: Element<Compute = T::Compute>>(
    p: &Problem<T, O>,
    a: Strided<T>,
    rows: Panels,
    b: *const T::Compute,
    nr: usize,
    cols: usize,
    kc: usize,
    mut store: Store<T::Compute>,
) {
    let own = Scratch::<T::Compute>::new(rows.count * kc);
    for pc in (0..p.k).step_by(kc) {
        let k = kc.min(p.k - pc);
        let (b, b_panel, b_step) = (b.wrapping_add(pc * nr), nr * p.k, nr as isize);
        let a_ptr = own.ptr().cast_const();
        let block = Block { a: a_ptr, a_step: 0, rows, b, b_panel, b_step, cols, first: 0, k, end: k, kc, store };
        // SAFETY: the caller's promise; the scratch has room for the rows and this part of k.
        unsafe {
            pack_panels(p.isa, a.at(0, pc), rows, k, false, 0..rows.len(), own.ptr());
            T::Compute::dispatch(p.isa, block);
        }
        store = store.later();
    }
}

/// A matrix B, `[k, n]`, in the panels of the microkernel: what a weight that is used again and again is turned into once.
/// It is made for the instruction set in use.
pub struct PackedB {
    dtype: DType,
    k: usize,
    n: usize,
    isa: Isa,
    panels: Scratch<u8>,
}

impl std::fmt::Debug for PackedB {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PackedB({}, [{}, {}])", self.dtype.name(), self.k, self.n)
    }
}

impl PackedB {
    /// Packs a matrix with these row and column strides; `None` for integers and complex numbers.
    ///
    /// # Safety
    /// Every element that the sizes and strides reach from `b` can be read and is of type `dtype`.
    pub unsafe fn new(dtype: DType, k: usize, n: usize, b: *const u8, strides: (isize, isize)) -> Option<PackedB> {
        // SAFETY: the caller's promise.
        unsafe {
            match dtype {
                DType::F32 => Some(Self::typed::<f32>(dtype, k, n, b, strides)),
                DType::F64 => Some(Self::typed::<f64>(dtype, k, n, b, strides)),
                DType::F16 => Some(Self::typed::<f16>(dtype, k, n, b, strides)),
                DType::BF16 => Some(Self::typed::<bf16>(dtype, k, n, b, strides)),
                _ => None,
            }
        }
    }

    unsafe fn typed<T: Element>(dtype: DType, k: usize, n: usize, b: *const u8, (rs, cs): (isize, isize)) -> PackedB {
        let isa = isa();
        let (_, nr) = tile_size::<T::Compute>(isa);
        let cols = Panels { count: n, width: nr };
        let panels = Scratch::<u8>::new(cols.len() * nr * k * size_of::<T::Compute>());
        let dst = SendPtr(panels.ptr().cast::<T::Compute>());
        let src = Strided { p0: b.cast::<T>(), lane: cs, step: rs };
        let group = pack_group(src, cols, k);
        parallel_for(cols.len().div_ceil(group), |t| {
            let range = t * group..((t + 1) * group).min(cols.len());
            // SAFETY: the caller's promise for B; every task fills panels of its own.
            unsafe { pack_panels(isa, src, cols, k, true, range, dst.get()) };
        });
        PackedB { dtype, k, n, isa, panels }
    }

    /// Rows and columns.
    pub fn shape(&self) -> (usize, usize) {
        (self.k, self.n)
    }

    /// The element type of A, C and the bias in products with it.
    pub fn dtype(&self) -> DType {
        self.dtype
    }

    /// C = alpha A B (+ C) (+ bias) for one row-major or strided A of `m` rows.
    ///
    /// # Safety
    /// As for [`super::gemm`], with this matrix as B.
    #[allow(clippy::too_many_arguments)]
    pub unsafe fn multiply(
        &self,
        m: usize,
        a: *const u8,
        a_strides: (isize, isize),
        c: *mut u8,
        c_strides: (isize, isize),
        accumulate: bool,
        bias: Bias,
    ) {
        let p = Prepacked { b: self, m, a, a_strides, c, c_strides, accumulate };
        // SAFETY: the caller's promise, with the types that the matrix was packed from.
        unsafe {
            match self.dtype {
                DType::F32 => p.run::<f32>(bias),
                DType::F64 => p.run::<f64>(bias),
                DType::F16 => p.run::<f16>(bias),
                _ => p.run::<bf16>(bias),
            }
        }
    }
}

struct Prepacked<'a> {
    b: &'a PackedB,
    m: usize,
    a: *const u8,
    a_strides: (isize, isize),
    c: *mut u8,
    c_strides: (isize, isize),
    accumulate: bool,
}

impl Prepacked<'_> {
    unsafe fn run<T>(self, bias: Bias)
    where
        T: Element<Compute: Element<Compute = T::Compute>>,
    {
        let (m, n) = (self.m, self.b.n);
        if m == 0 || n == 0 {
            return;
        }
        // SAFETY: the caller's promise.
        unsafe {
            let held = super::WideBias::<T>::new(bias, m, n);
            let p = Problem::<T, T> {
                isa: self.b.isa,
                m,
                n,
                k: self.b.k,
                a: Strided { p0: self.a.cast(), lane: self.a_strides.0, step: self.a_strides.1 },
                b: Strided { p0: std::ptr::null(), lane: 0, step: 0 },
                c: self.c.cast(),
                rs: self.c_strides.0,
                cs: self.c_strides.1,
                alpha: T::Compute::ONE,
                accumulate: self.accumulate,
                column_bias: held.column,
                row_bias: held.row,
            };
            shared(&p, Some(self.b.panels.ptr().cast()));
        }
    }
}

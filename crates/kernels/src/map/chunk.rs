//! The loops of pointwise kernels: one per body, compute dtype and instruction set. Float loops run on vectors, their
//! rest on a partial vector; integer and complex loops run on small blocks that LLVM vectorises.
#![allow(clippy::needless_range_loop)] // iterators over arrays of vectors are not sure to be inlined

use super::*;
use crate::isa::{on_cells, on_vectors};
use crate::lane::Vector;
use crate::lane::int::{Bool, I8, I16, I32, I64, U8};
use crate::lane::wide::*;
use std::mem::MaybeUninit;

/// A body that can be evaluated on `X`: what the loops are generic over, whichever trait the body was written for.
trait Eval<X, const N: usize> {
    fn go(&self, x: [X; N]) -> X;
}

/// A question that can be put to `X`.
trait Ask<X: Ring, const N: usize> {
    fn ask(&self, x: [X; N]) -> X::Mask;
}

macro_rules! adapter {
    ($name:ident $body:ident $lane:ident) => {
        #[repr(transparent)]
        struct $name<B>(B);
        impl<B: $body<N>, X: $lane, const N: usize> Eval<X, N> for $name<B> {
            #[inline(always)]
            fn go(&self, x: [X; N]) -> X {
                self.0.eval(x)
            }
        }
    };
}
adapter!(OfMap Map Lane);
adapter!(OfRing RingMap Ring);
adapter!(OfField FieldMap Field);
adapter!(OfNum NumMap Num);
adapter!(OfInt IntMap Int);

macro_rules! asker {
    ($name:ident $body:ident $lane:ident) => {
        #[repr(transparent)]
        struct $name<B>(B);
        impl<B: $body<N>, X: $lane, const N: usize> Ask<X, N> for $name<B> {
            #[inline(always)]
            fn ask(&self, x: [X; N]) -> X::Mask {
                self.0.eval(x)
            }
        }
    };
}
asker!(OfTest Test Num);
asker!(OfRingTest RingTest Ring);
asker!(OfFloatTest FloatTest Lane);

#[inline(always)]
unsafe fn float_loop<V: Vector, E: Eval<V, N>, const N: usize>(
    body: *const (),
    ins: *const *const u8,
    out: *mut u8,
    n: usize,
) {
    // SAFETY: the driver passes the body that this kernel was made for, N inputs and an output of n elements each.
    unsafe {
        let body = &*body.cast::<E>();
        let mut from = [std::ptr::null::<V::Elem>(); N];
        for (k, p) in from.iter_mut().enumerate() {
            *p = (*ins.add(k)).cast();
        }
        let out = out.cast::<V::Elem>();
        let mut i = 0;
        while i + V::WIDTH <= n {
            let mut x = [V::splat(0.0); N];
            for k in 0..N {
                x[k] = V::load(from[k].add(i));
            }
            body.go(x).store(out.add(i));
            i += V::WIDTH;
        }
        if i < n {
            let mut x = [V::splat(0.0); N];
            for k in 0..N {
                x[k] = V::load_part(from[k].add(i), n - i);
            }
            body.go(x).store_part(out.add(i), n - i);
        }
    }
}

#[inline(always)]
unsafe fn test_loop<V: Vector, E: Ask<V, N>, const N: usize>(
    body: *const (),
    ins: *const *const u8,
    out: *mut u8,
    n: usize,
) {
    // SAFETY: as in `float_loop`; the output is one byte per element.
    unsafe {
        let body = &*body.cast::<E>();
        let mut i = 0;
        while i < n {
            let len = (n - i).min(V::WIDTH);
            let mut x = [V::splat(0.0); N];
            for k in 0..N {
                let p = (*ins.add(k)).cast::<V::Elem>().add(i);
                x[k] = if len == V::WIDTH { V::load(p) } else { V::load_part(p, len) };
            }
            V::store_mask(body.ask(x), out.add(i), len);
            i += len;
        }
    }
}

/// Elements of a block: its results lie on the stack until all its inputs are read, so that LLVM need not ask whether
/// the output is one of the inputs.
const BLOCK: usize = 64;

/// Element `i` of each input. A loop: closures for arrays would be two functions more for each body and type.
#[inline(always)]
unsafe fn gather<T: Copy, const N: usize>(from: &[*const T; N], i: usize) -> [T; N] {
    // SAFETY: the caller's inputs have an element `i`, and there is one at least.
    unsafe {
        let mut x = [from[0].add(i).read_unaligned(); N];
        for k in 1..N {
            x[k] = from[k].add(i).read_unaligned();
        }
        x
    }
}

#[inline(always)]
unsafe fn block_loop<T: Copy, U: Copy, const N: usize>(
    ins: *const *const u8,
    out: *mut u8,
    n: usize,
    f: impl Fn([T; N]) -> U,
) {
    // SAFETY: as in `float_loop`.
    unsafe {
        let mut from = [std::ptr::null::<T>(); N];
        for (k, p) in from.iter_mut().enumerate() {
            *p = (*ins.add(k)).cast();
        }
        let out = out.cast::<U>();
        let mut i = 0;
        while i + BLOCK <= n {
            let mut block = [const { MaybeUninit::<U>::uninit() }; BLOCK];
            for (j, to) in block.iter_mut().enumerate() {
                to.write(f(gather(&from, i + j)));
            }
            std::ptr::copy_nonoverlapping(block.as_ptr().cast(), out.add(i), BLOCK);
            i += BLOCK;
        }
        while i < n {
            out.add(i).write_unaligned(f(gather(&from, i)));
            i += 1;
        }
    }
}

#[inline(always)]
unsafe fn element_loop<T: Copy, E: Eval<T, N>, const N: usize>(
    body: *const (),
    ins: *const *const u8,
    out: *mut u8,
    n: usize,
) {
    // SAFETY: as in `float_loop`.
    unsafe {
        let body = &*body.cast::<E>();
        block_loop::<T, T, N>(ins, out, n, |x| body.go(x))
    }
}

#[inline(always)]
unsafe fn element_test_loop<T: Ring<Mask = bool>, E: Ask<T, N>, const N: usize>(
    body: *const (),
    ins: *const *const u8,
    out: *mut u8,
    n: usize,
) {
    // SAFETY: as in `test_loop`.
    unsafe {
        let body = &*body.cast::<E>();
        block_loop::<T, u8, N>(ins, out, n, |x| body.ask(x) as u8)
    }
}

/// Element types of the block loops.
trait Cell: Ring<Mask = bool> {}
impl<T: Ring<Mask = bool>> Cell for T {}

on_vectors!(map_f32<E: [Eval<F32x16, N> + Eval<F32x8, N> + Eval<f32, N>], N>
    (body: *const (), ins: *const *const u8, out: *mut u8, n: usize) = float_loop: [F32x16], [F32x8], [f32]);
on_vectors!(map_f64<E: [Eval<F64x8, N> + Eval<F64x4, N> + Eval<f64, N>], N>
    (body: *const (), ins: *const *const u8, out: *mut u8, n: usize) = float_loop: [F64x8], [F64x4], [f64]);
on_vectors!(test_f32<E: [Ask<F32x16, N> + Ask<F32x8, N> + Ask<f32, N>], N>
    (body: *const (), ins: *const *const u8, out: *mut u8, n: usize) = test_loop: [F32x16], [F32x8], [f32]);
on_vectors!(test_f64<E: [Ask<F64x8, N> + Ask<F64x4, N> + Ask<f64, N>], N>
    (body: *const (), ins: *const *const u8, out: *mut u8, n: usize) = test_loop: [F64x8], [F64x4], [f64]);
on_cells!(map_cell<T: Cell, E: [Eval<T, N>], N> (body: *const (), ins: *const *const u8, out: *mut u8, n: usize) = element_loop);
on_cells!(test_cell<T: Cell, E: [Ask<T, N>], N> (body: *const (), ins: *const *const u8, out: *mut u8, n: usize) = element_test_loop);

macro_rules! table {
    ($out:expr, $cost:expr, $n:ident; $($slot:ident = $f:expr),*) => {{
        const {
            let mut chunks: [Option<Chunk>; 12] = [None; 12];
            $(chunks[DType::$slot as usize] = Some($f);)*
            &Kernel { chunks, inputs: $n, out: $out, first_bool: false, cost: $cost }
        }
    }};
}

/// The kernel of a float body.
pub fn map<B: Map<N>, const N: usize>() -> &'static Kernel {
    table!(Out::Compute, B::COST, N; F32 = map_f32::<OfMap<B>, N>, F64 = map_f64::<OfMap<B>, N>)
}

/// The kernel of a body for every dtype.
pub fn ring<B: RingMap<N>, const N: usize>() -> &'static Kernel {
    table!(Out::Compute, B::COST, N;
        Bool = map_cell::<Bool, OfRing<B>, N>, U8 = map_cell::<U8, OfRing<B>, N>, I8 = map_cell::<I8, OfRing<B>, N>,
        I16 = map_cell::<I16, OfRing<B>, N>, I32 = map_cell::<I32, OfRing<B>, N>, I64 = map_cell::<I64, OfRing<B>, N>,
        F32 = map_f32::<OfRing<B>, N>, F64 = map_f64::<OfRing<B>, N>,
        C64 = map_cell::<Complex<f32>, OfRing<B>, N>, C128 = map_cell::<Complex<f64>, OfRing<B>, N>)
}

/// The kernel of a body for floats and complex numbers.
pub fn field<B: FieldMap<N>, const N: usize>() -> &'static Kernel {
    table!(Out::Compute, B::COST, N;
        F32 = map_f32::<OfField<B>, N>, F64 = map_f64::<OfField<B>, N>,
        C64 = map_cell::<Complex<f32>, OfField<B>, N>, C128 = map_cell::<Complex<f64>, OfField<B>, N>)
}

/// The kernel of a body for floats, integers and bools.
pub fn num<B: NumMap<N>, const N: usize>() -> &'static Kernel {
    table!(Out::Compute, B::COST, N;
        Bool = map_cell::<Bool, OfNum<B>, N>, U8 = map_cell::<U8, OfNum<B>, N>, I8 = map_cell::<I8, OfNum<B>, N>,
        I16 = map_cell::<I16, OfNum<B>, N>, I32 = map_cell::<I32, OfNum<B>, N>, I64 = map_cell::<I64, OfNum<B>, N>,
        F32 = map_f32::<OfNum<B>, N>, F64 = map_f64::<OfNum<B>, N>)
}

/// The kernel of a body for integers and bools.
pub fn int<B: IntMap<N>, const N: usize>() -> &'static Kernel {
    table!(Out::Compute, B::COST, N;
        Bool = map_cell::<Bool, OfInt<B>, N>, U8 = map_cell::<U8, OfInt<B>, N>, I8 = map_cell::<I8, OfInt<B>, N>,
        I16 = map_cell::<I16, OfInt<B>, N>, I32 = map_cell::<I32, OfInt<B>, N>, I64 = map_cell::<I64, OfInt<B>, N>)
}

/// The kernel of a question to real numbers.
pub fn test<B: Test<N>, const N: usize>() -> &'static Kernel {
    table!(Out::Bool, 1, N;
        Bool = test_cell::<Bool, OfTest<B>, N>, U8 = test_cell::<U8, OfTest<B>, N>, I8 = test_cell::<I8, OfTest<B>, N>,
        I16 = test_cell::<I16, OfTest<B>, N>, I32 = test_cell::<I32, OfTest<B>, N>, I64 = test_cell::<I64, OfTest<B>, N>,
        F32 = test_f32::<OfTest<B>, N>, F64 = test_f64::<OfTest<B>, N>)
}

/// The kernel of a question to every dtype.
pub fn ring_test<B: RingTest<N>, const N: usize>() -> &'static Kernel {
    table!(Out::Bool, 1, N;
        Bool = test_cell::<Bool, OfRingTest<B>, N>, U8 = test_cell::<U8, OfRingTest<B>, N>,
        I8 = test_cell::<I8, OfRingTest<B>, N>, I16 = test_cell::<I16, OfRingTest<B>, N>,
        I32 = test_cell::<I32, OfRingTest<B>, N>, I64 = test_cell::<I64, OfRingTest<B>, N>,
        F32 = test_f32::<OfRingTest<B>, N>, F64 = test_f64::<OfRingTest<B>, N>,
        C64 = test_cell::<Complex<f32>, OfRingTest<B>, N>, C128 = test_cell::<Complex<f64>, OfRingTest<B>, N>)
}

/// The kernel of a question to floats.
pub fn float_test<B: FloatTest<N>, const N: usize>() -> &'static Kernel {
    table!(Out::Bool, 1, N; F32 = test_f32::<OfFloatTest<B>, N>, F64 = test_f64::<OfFloatTest<B>, N>)
}

unsafe fn real_f32<B: ComplexReal>(body: *const (), ins: *const *const u8, out: *mut u8, n: usize) {
    // SAFETY: as in `float_loop`.
    unsafe {
        let body = &*body.cast::<B>();
        block_loop::<Complex<f32>, f32, 1>(ins, out, n, |[x]| body.single(x))
    }
}

unsafe fn real_f64<B: ComplexReal>(body: *const (), ins: *const *const u8, out: *mut u8, n: usize) {
    // SAFETY: as in `float_loop`.
    unsafe {
        let body = &*body.cast::<B>();
        block_loop::<Complex<f64>, f64, 1>(ins, out, n, |[x]| body.double(x))
    }
}

/// The kernel of a body from complex to real numbers.
pub fn complex_real<B: ComplexReal>() -> &'static Kernel {
    const ONE: usize = 1;
    table!(Out::Real, 8, ONE; C64 = real_f32::<B>, C128 = real_f64::<B>)
}

unsafe fn element_f32<B: Element<N>, const N: usize>(body: *const (), ins: *const *const u8, out: *mut u8, n: usize) {
    // SAFETY: as in `float_loop`.
    unsafe {
        let body = &*body.cast::<B>();
        block_loop::<f32, f32, N>(ins, out, n, |x| body.eval(x.map(f64::from)) as f32)
    }
}

unsafe fn element_f64<B: Element<N>, const N: usize>(body: *const (), ins: *const *const u8, out: *mut u8, n: usize) {
    // SAFETY: as in `float_loop`.
    unsafe {
        let body = &*body.cast::<B>();
        block_loop::<f64, f64, N>(ins, out, n, |x| body.eval(x))
    }
}

/// The kernel of a function of single elements.
pub fn element<B: Element<N>, const N: usize>() -> &'static Kernel {
    table!(Out::Compute, B::COST, N; F32 = element_f32::<B, N>, F64 = element_f64::<B, N>)
}

//! The vectors that matrix multiplication and attention are written over: one trait, with an implementation per
//! instruction set and precision, and the elements in memory that widen to them.
//!
//! Every method is inlined into a function compiled for its instruction set; [`Vector::enter`] is the way in.

use crate::isa::Isa;
use half::{bf16, f16};

/// Work that is compiled once per vector type.
pub(crate) trait Kernel<E: Real> {
    /// Does the work.
    ///
    /// # Safety
    /// As the implementor says; besides, the processor has the instruction set of `V`.
    unsafe fn run<V: Vector<E = E>>(self);
}

/// A precision that kernels compute in.
pub(crate) trait Real:
    Copy
    + Send
    + Sync
    + PartialOrd
    + std::ops::Add<Output = Self>
    + std::ops::Mul<Output = Self>
    + std::ops::Sub<Output = Self>
    + std::ops::Div<Output = Self>
    + Element<Compute = Self>
    + 'static
{
    const ZERO: Self;
    const ONE: Self;
    const NEG_INFINITY: Self;
    /// The lowest finite number.
    const LOWEST: Self;
    fn from_f64(x: f64) -> Self;
    fn to_f64(self) -> f64;
    fn ln(self) -> Self;
    fn max(self, other: Self) -> Self;
    /// Runs the kernel with the vectors of an instruction set.
    ///
    /// # Safety
    /// The kernel's own conditions; the processor has `isa`.
    unsafe fn dispatch<K: Kernel<Self>>(isa: Isa, kernel: K);
}

/// An element as it lies in memory.
pub(crate) trait Element: Copy + Send + Sync + 'static {
    type Compute: Real;
    /// It is its own compute type.
    const WIDE: bool;
    fn widen(self) -> Self::Compute;
    fn narrow(x: Self::Compute) -> Self;
    /// Loads `V::LANES` elements.
    ///
    /// # Safety
    /// They can be read.
    unsafe fn load<V: Vector<E = Self::Compute>>(p: *const Self) -> V;
    /// Loads `n < V::LANES` elements, the other lanes zero.
    ///
    /// # Safety
    /// They can be read.
    unsafe fn load_part<V: Vector<E = Self::Compute>>(p: *const Self, n: usize) -> V;
    /// Stores `V::LANES` elements.
    ///
    /// # Safety
    /// They can be written.
    unsafe fn store<V: Vector<E = Self::Compute>>(v: V, p: *mut Self);
}

macro_rules! real {
    ($t:ident, $wide:ident, $mid:ident, $lanes:literal) => {
        impl Real for $t {
            const ZERO: Self = 0.0;
            const ONE: Self = 1.0;
            const NEG_INFINITY: Self = $t::NEG_INFINITY;
            const LOWEST: Self = $t::MIN;
            fn from_f64(x: f64) -> Self {
                x as $t
            }
            fn to_f64(self) -> f64 {
                self.into()
            }
            fn ln(self) -> Self {
                $t::ln(self)
            }
            fn max(self, other: Self) -> Self {
                $t::max(self, other)
            }
            #[inline(always)]
            unsafe fn dispatch<K: Kernel<Self>>(isa: Isa, kernel: K) {
                // SAFETY: the caller's promise covers the kernel and the instruction set.
                unsafe {
                    match isa {
                        #[cfg(target_arch = "x86_64")]
                        Isa::Avx512 => <super::simd_x86::$wide as Vector>::enter(kernel),
                        #[cfg(target_arch = "x86_64")]
                        Isa::Avx2 => <super::simd_x86::$mid as Vector>::enter(kernel),
                        _ => <Plain<$t, $lanes> as Vector>::enter(kernel),
                    }
                }
            }
        }

        impl Element for $t {
            type Compute = $t;
            const WIDE: bool = true;
            #[inline(always)]
            fn widen(self) -> $t {
                self
            }
            #[inline(always)]
            fn narrow(x: $t) -> Self {
                x
            }
            #[inline(always)]
            unsafe fn load<V: Vector<E = $t>>(p: *const Self) -> V {
                // SAFETY: the caller's promise.
                unsafe { V::load(p) }
            }
            #[inline(always)]
            unsafe fn load_part<V: Vector<E = $t>>(p: *const Self, n: usize) -> V {
                // SAFETY: the caller's promise.
                unsafe { V::load_part(p, n) }
            }
            #[inline(always)]
            unsafe fn store<V: Vector<E = $t>>(v: V, p: *mut Self) {
                // SAFETY: the caller's promise.
                unsafe { v.store(p) }
            }
        }
    };
}
real!(f32, F32x16, F32x8, 4);
real!(f64, F64x8, F64x4, 2);

macro_rules! half {
    ($t:ident, $load:ident, $store:ident) => {
        impl Element for $t {
            type Compute = f32;
            const WIDE: bool = false;
            #[inline(always)]
            fn widen(self) -> f32 {
                self.to_f32()
            }
            #[inline(always)]
            fn narrow(x: f32) -> Self {
                $t::from_f32(x)
            }
            #[inline(always)]
            unsafe fn load<V: Vector<E = f32>>(p: *const Self) -> V {
                // SAFETY: the caller's promise.
                unsafe { V::$load(p) }
            }
            #[inline(always)]
            unsafe fn load_part<V: Vector<E = f32>>(p: *const Self, n: usize) -> V {
                let mut lanes = [$t::ZERO; 16];
                // SAFETY: `n` elements can be read, and n < LANES <= 16.
                unsafe {
                    std::ptr::copy_nonoverlapping(p, lanes.as_mut_ptr(), n);
                    V::$load(lanes.as_ptr())
                }
            }
            #[inline(always)]
            unsafe fn store<V: Vector<E = f32>>(v: V, p: *mut Self) {
                // SAFETY: the caller's promise.
                unsafe { v.$store(p) }
            }
        }
    };
}
half!(f16, load_f16, store_f16);
half!(bf16, load_bf16, store_bf16);

/// A SIMD vector of at most 16 lanes.
pub(crate) trait Vector: Copy {
    type E: Real;
    const LANES: usize;
    /// Rows of the matrix microkernel; its columns are two vectors.
    const MR: usize;

    /// Runs a kernel compiled for this vector's instruction set.
    ///
    /// # Safety
    /// The kernel's own conditions; the processor has the instruction set.
    unsafe fn enter<K: Kernel<Self::E>>(kernel: K);

    fn splat(x: Self::E) -> Self;
    /// # Safety
    /// `LANES` elements can be read.
    unsafe fn load(p: *const Self::E) -> Self;
    /// # Safety
    /// `n < LANES` elements can be read; the other lanes become zero.
    unsafe fn load_part(p: *const Self::E, n: usize) -> Self;
    /// # Safety
    /// `LANES` elements can be written.
    unsafe fn store(self, p: *mut Self::E);
    /// # Safety
    /// `n < LANES` elements can be written.
    unsafe fn store_part(self, p: *mut Self::E, n: usize);
    /// # Safety
    /// `LANES` elements can be read.
    #[inline(always)]
    unsafe fn load_f16(p: *const f16) -> Self {
        // SAFETY: the caller's promise.
        unsafe { widen_each(p, |x| x.to_f64()) }
    }
    /// # Safety
    /// `LANES` elements can be read.
    #[inline(always)]
    unsafe fn load_bf16(p: *const bf16) -> Self {
        // SAFETY: the caller's promise.
        unsafe { widen_each(p, |x| x.to_f64()) }
    }
    /// # Safety
    /// `LANES` elements can be written.
    #[inline(always)]
    unsafe fn store_f16(self, p: *mut f16) {
        // SAFETY: the caller's promise.
        unsafe { narrow_each(self, p, |x| f16::from_f32(x as f32)) }
    }
    /// # Safety
    /// `LANES` elements can be written.
    #[inline(always)]
    unsafe fn store_bf16(self, p: *mut bf16) {
        // SAFETY: the caller's promise.
        unsafe { narrow_each(self, p, |x| bf16::from_f32(x as f32)) }
    }
    fn add(self, other: Self) -> Self;
    fn sub(self, other: Self) -> Self;
    fn mul(self, other: Self) -> Self;
    /// The larger one; `self` where either is NaN is not promised.
    fn max(self, other: Self) -> Self;
    /// `self * b + c`.
    fn mul_add(self, b: Self, c: Self) -> Self;
    /// Lanes `0..n` of this vector, the others of `other`.
    fn first(self, n: usize, other: Self) -> Self;
    /// The sum of the lanes, in a fixed order.
    fn sum(self) -> Self::E;
    /// The largest lane.
    fn max_lane(self) -> Self::E;
    /// e^x for x <= 0 (and NaN): within 2 ULP of the true value, 0 where that is below the normal numbers.
    fn exp(self) -> Self;
    /// Transposes the square of the first `LANES` vectors.
    fn transpose(rows: &mut [Self; 16]);
}

#[inline(always)]
unsafe fn widen_each<V: Vector, H: Copy>(p: *const H, f: impl Fn(H) -> f64) -> V {
    let mut lanes = [V::E::ZERO; 16];
    for (i, lane) in lanes.iter_mut().enumerate().take(V::LANES) {
        // SAFETY: the caller's promise: `LANES` elements can be read.
        *lane = V::E::from_f64(f(unsafe { *p.add(i) }));
    }
    // SAFETY: 16 numbers, at least LANES.
    unsafe { V::load(lanes.as_ptr()) }
}

#[inline(always)]
unsafe fn narrow_each<V: Vector, H>(v: V, p: *mut H, f: impl Fn(f64) -> H) {
    let mut lanes = [V::E::ZERO; 16];
    // SAFETY: 16 numbers, at least LANES; `LANES` elements can be written by the caller's promise.
    unsafe {
        v.store(lanes.as_mut_ptr());
        for (i, lane) in lanes.iter().enumerate().take(V::LANES) {
            *p.add(i) = f(lane.to_f64());
        }
    }
}

/// Narrows a row: `n` numbers times `factor`, added to what is there if `accumulate`.
pub(crate) struct NarrowRow<T: Element> {
    pub src: *const T::Compute,
    pub n: usize,
    pub factor: T::Compute,
    pub dst: *mut T,
    pub step: isize,
    pub accumulate: bool,
}

impl<T: Element> Kernel<T::Compute> for NarrowRow<T> {
    #[inline(always)]
    unsafe fn run<V: Vector<E = T::Compute>>(self) {
        let NarrowRow { src, n, factor, dst, step, accumulate } = self;
        let mut i = 0;
        // SAFETY: `n` numbers at `src` and, at their step, at `dst`, by the caller's promise.
        unsafe {
            while step == 1 && i + V::LANES <= n {
                let mut x = V::load(src.add(i)).mul(V::splat(factor));
                if accumulate {
                    x = x.add(T::load::<V>(dst.add(i)));
                }
                T::store::<V>(x, dst.add(i));
                i += V::LANES;
            }
            while i < n {
                let to = dst.offset(i as isize * step);
                let mut x = *src.add(i) * factor;
                if accumulate {
                    x = x + (*to).widen();
                }
                *to = T::narrow(x);
                i += 1;
            }
        }
    }
}

/// Constants of `exp`: log2 e, the two halves of ln 2, and the polynomial of e^r - 1 - r over r^2 for |r| <= ln 2 / 2,
/// highest power first (Taylor, two more terms than the precision asks at the border of the range).
pub(crate) struct ExpF32;
impl ExpF32 {
    pub const LN2_HI: f32 = 0.693_145_75;
    pub const LN2_LO: f32 = 1.428_606_8e-6;
    pub const LOWEST: f32 = -87.33;
    pub const POLY: [f32; 6] = [1.0 / 40320.0, 1.0 / 5040.0, 1.0 / 720.0, 1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0];
}
/// As [`ExpF32`], in double precision.
pub(crate) struct ExpF64;
impl ExpF64 {
    pub const LN2_HI: f64 = 0.693_147_180_369_123_8;
    pub const LN2_LO: f64 = 1.908_214_929_270_587_7e-10;
    pub const LOWEST: f64 = -708.39;
    pub const POLY: [f64; 11] = [
        1.0 / 6_227_020_800.0,
        1.0 / 479_001_600.0,
        1.0 / 39_916_800.0,
        1.0 / 3_628_800.0,
        1.0 / 362_880.0,
        1.0 / 40320.0,
        1.0 / 5040.0,
        1.0 / 720.0,
        1.0 / 120.0,
        1.0 / 24.0,
        1.0 / 6.0,
    ];
}

/// Lanes without intrinsics, which the compiler turns into whatever the target has.
#[derive(Clone, Copy)]
pub(crate) struct Plain<E, const N: usize>([E; N]);

macro_rules! plain {
    ($e:ident, $n:literal) => {
        impl Vector for Plain<$e, $n> {
            type E = $e;
            const LANES: usize = $n;
            const MR: usize = 4;

            unsafe fn enter<K: Kernel<$e>>(kernel: K) {
                // SAFETY: the caller's promise; no instruction set is asked for.
                unsafe { kernel.run::<Self>() }
            }
            #[inline(always)]
            fn splat(x: $e) -> Self {
                Plain([x; $n])
            }
            #[inline(always)]
            unsafe fn load(p: *const $e) -> Self {
                // SAFETY: the caller's promise; unaligned.
                Plain(unsafe { p.cast::<[$e; $n]>().read_unaligned() })
            }
            #[inline(always)]
            unsafe fn load_part(p: *const $e, n: usize) -> Self {
                let mut lanes = [0.0; $n];
                // SAFETY: the caller's promise, n < LANES.
                unsafe { std::ptr::copy_nonoverlapping(p, lanes.as_mut_ptr(), n) };
                Plain(lanes)
            }
            #[inline(always)]
            unsafe fn store(self, p: *mut $e) {
                // SAFETY: the caller's promise; unaligned.
                unsafe { p.cast::<[$e; $n]>().write_unaligned(self.0) }
            }
            #[inline(always)]
            unsafe fn store_part(self, p: *mut $e, n: usize) {
                // SAFETY: the caller's promise, n < LANES.
                unsafe { std::ptr::copy_nonoverlapping(self.0.as_ptr(), p, n) }
            }
            #[inline(always)]
            fn add(self, other: Self) -> Self {
                Plain(std::array::from_fn(|i| self.0[i] + other.0[i]))
            }
            #[inline(always)]
            fn sub(self, other: Self) -> Self {
                Plain(std::array::from_fn(|i| self.0[i] - other.0[i]))
            }
            #[inline(always)]
            fn mul(self, other: Self) -> Self {
                Plain(std::array::from_fn(|i| self.0[i] * other.0[i]))
            }
            #[inline(always)]
            fn max(self, other: Self) -> Self {
                Plain(std::array::from_fn(|i| if self.0[i] > other.0[i] { self.0[i] } else { other.0[i] }))
            }
            #[inline(always)]
            fn mul_add(self, b: Self, c: Self) -> Self {
                Plain(std::array::from_fn(|i| self.0[i] * b.0[i] + c.0[i]))
            }
            #[inline(always)]
            fn first(self, n: usize, other: Self) -> Self {
                Plain(std::array::from_fn(|i| if i < n { self.0[i] } else { other.0[i] }))
            }
            #[inline(always)]
            fn sum(self) -> $e {
                self.0.iter().sum()
            }
            #[inline(always)]
            fn max_lane(self) -> $e {
                self.0.iter().fold($e::NEG_INFINITY, |m, &x| if x > m { x } else { m })
            }
            #[inline(always)]
            fn exp(self) -> Self {
                Plain(self.0.map($e::exp))
            }
            #[inline(always)]
            fn transpose(rows: &mut [Self; 16]) {
                let old = *rows;
                for (i, row) in rows.iter_mut().enumerate().take($n) {
                    *row = Plain(std::array::from_fn(|j| old[j].0[i]));
                }
            }
        }
    };
}
plain!(f32, 4);
plain!(f64, 2);

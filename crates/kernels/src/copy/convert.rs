//! Copies that change the dtype, as `Tensor.to` does: integers wrap, floats are truncated to integers (what does not fit,
//! and NaN, gives what x86 gives: the smallest integer, of 64 bits on the way to `u8`, of 32 to smaller ones), anything but
//! zero is true, complex numbers lose their imaginary part on the way to real ones.
//!
//! Loops are there for contiguous rows, and from five dtypes to all others: a dtype that one of the five holds exactly is
//! brought to that one first, in pieces that stay in the nearest cache. Strides are gathered and scattered by size alone.

use super::plan::Plan;
use super::{GRAIN, Wide};
use crate::dispatch;
use crate::dtype::DType;
use crate::lane::int::Bool;
use crate::pool::SendPtr;
use crate::rowmath::Real;
use half::{bf16, f16};
use std::mem::MaybeUninit;

/// A complex number as it lies in memory.
#[derive(Clone, Copy)]
struct Complex<T>(T, T);

/// What converts to all dtypes.
trait Source: Copy {
    fn long(self) -> i64;
    fn int(self) -> i32;
    fn single(self) -> f32;
    fn double(self) -> f64;
    fn truth(self) -> bool;
    fn imaginary(self) -> f64 {
        0.0
    }
}

trait Target: Copy {
    fn of<S: Source>(x: S) -> Self;
}

macro_rules! integers {
    ($($t:ty, $via:ident);*) => {$(
        impl Source for $t {
            #[inline(always)]
            fn long(self) -> i64 { self as i64 }
            #[inline(always)]
            fn int(self) -> i32 { self as i32 }
            #[inline(always)]
            fn single(self) -> f32 { self as f32 }
            #[inline(always)]
            fn double(self) -> f64 { self as f64 }
            #[inline(always)]
            fn truth(self) -> bool { self != 0 }
        }
        impl Target for $t {
            #[inline(always)]
            fn of<S: Source>(x: S) -> Self { x.$via() as $t }
        }
    )*};
}
integers!(u8, long; i8, int; i16, int; i32, int; i64, long);

macro_rules! floats {
    ($($t:ty, $limit32:expr, $x:ident => $single:expr, $double:expr, $from:expr);*) => {$(
        impl Source for $t {
            #[inline(always)]
            fn long(self) -> i64 {
                let $x = self;
                let x = $double;
                if (-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0).contains(&x) {
                    // SAFETY: the value is inside the range of i64.
                    unsafe { x.to_int_unchecked() }
                } else {
                    i64::MIN
                }
            }
            #[inline(always)]
            fn int(self) -> i32 {
                let $x = self;
                let x = $limit32;
                if x > -2_147_483_649.0 && x < 2_147_483_648.0 {
                    // SAFETY: the value, its fraction dropped, is inside the range of i32.
                    unsafe { x.to_int_unchecked() }
                } else {
                    i32::MIN
                }
            }
            #[inline(always)]
            fn single(self) -> f32 { let $x = self; $single }
            #[inline(always)]
            fn double(self) -> f64 { let $x = self; $double }
            #[inline(always)]
            fn truth(self) -> bool { let $x = self; $single != 0.0 || $double != 0.0 }
        }
        impl Target for $t {
            #[inline(always)]
            fn of<S: Source>($x: S) -> Self { $from }
        }
    )*};
}
floats!(
    f32, x, x => x, f64::from(x), x.single();
    f64, x, x => x as f32, x, x.double();
    f16, Real::load(x), x => Real::load(x), f64::from(Real::load(x)), Real::store(x.single());
    bf16, Real::load(x), x => Real::load(x), f64::from(Real::load(x)), Real::store(x.single())
);

impl Source for Bool {
    #[inline(always)]
    fn long(self) -> i64 {
        i64::from(self.truth())
    }
    #[inline(always)]
    fn int(self) -> i32 {
        i32::from(self.truth())
    }
    #[inline(always)]
    fn single(self) -> f32 {
        f32::from(u8::from(self.truth()))
    }
    #[inline(always)]
    fn double(self) -> f64 {
        f64::from(u8::from(self.truth()))
    }
    #[inline(always)]
    fn truth(self) -> bool {
        self.get()
    }
}

impl Target for Bool {
    #[inline(always)]
    fn of<S: Source>(x: S) -> Self {
        x.truth().into()
    }
}

macro_rules! complex {
    ($($t:ty, $part:ident);*) => {$(
        impl Source for Complex<$t> {
            #[inline(always)]
            fn long(self) -> i64 { self.0.long() }
            #[inline(always)]
            fn int(self) -> i32 { self.0.int() }
            #[inline(always)]
            fn single(self) -> f32 { self.0.single() }
            #[inline(always)]
            fn double(self) -> f64 { self.0.double() }
            #[inline(always)]
            fn truth(self) -> bool { self.0 != 0.0 || self.1 != 0.0 }
            #[inline(always)]
            fn imaginary(self) -> f64 { self.1.double() }
        }
        impl Target for Complex<$t> {
            #[inline(always)]
            fn of<S: Source>(x: S) -> Self { Complex(x.$part(), x.imaginary() as $t) }
        }
    )*};
}
complex!(f32, single; f64, double);

/// An element at any address.
#[derive(Clone, Copy)]
#[repr(Rust, packed)]
struct Loose<T>(T);

#[inline(always)]
fn row_body<S: Source, D: Target>(src: &[Loose<S>], dst: &mut [Loose<D>]) {
    src.iter().zip(dst).for_each(|(s, d)| *d = Loose(D::of(s.0)));
}
dispatch!(fn row<S: Source, D: Target>(src: &[Loose<S>], dst: &mut [Loose<D>]) = row_body);

/// Converts `n` elements that lie one after the other.
type Row = unsafe fn(src: *const u8, dst: *mut u8, n: usize);

/// # Safety
/// `n` elements can be read and written, and do not overlap.
unsafe fn loose<S: Source, D: Target>(src: *const u8, dst: *mut u8, n: usize) {
    // SAFETY: the caller's promise; the elements need no alignment.
    let (src, dst) =
        unsafe { (std::slice::from_raw_parts(src.cast(), n), std::slice::from_raw_parts_mut(dst.cast(), n)) };
    row::<S, D>(src, dst);
}

/// f32 to f16 by the processor's own instruction.
#[cfg(target_arch = "x86_64")]
mod f16c {
    use super::loose;
    use half::f16;
    use std::arch::x86_64::*;

    #[target_feature(enable = "avx2,f16c")]
    unsafe fn narrow(src: *const u8, dst: *mut u8, n: usize) {
        let (src, dst) = (src.cast::<f32>(), dst.cast::<u16>());
        let mut i = 0;
        // SAFETY: the caller's pointers reach n elements each.
        unsafe {
            while i + 8 <= n {
                let x = _mm256_cvtps_ph::<_MM_FROUND_TO_NEAREST_INT>(_mm256_loadu_ps(src.add(i)));
                _mm_storeu_si128(dst.add(i).cast(), x);
                i += 8;
            }
            if i < n {
                let (mut rest, mut done) = ([0f32; 8], [0u16; 8]);
                std::ptr::copy_nonoverlapping(src.add(i).cast::<u8>(), rest.as_mut_ptr().cast(), (n - i) * 4);
                let x = _mm256_cvtps_ph::<_MM_FROUND_TO_NEAREST_INT>(_mm256_loadu_ps(rest.as_ptr()));
                _mm_storeu_si128(done.as_mut_ptr().cast(), x);
                std::ptr::copy_nonoverlapping(done.as_ptr().cast(), dst.add(i).cast::<u8>(), (n - i) * 2);
            }
        }
    }

    pub unsafe fn row(src: *const u8, dst: *mut u8, n: usize) {
        // SAFETY: the features were detected; the rest is the caller's promise.
        unsafe {
            if crate::isa::isa() >= crate::isa::Isa::Avx2 {
                narrow(src, dst, n)
            } else {
                loose::<f32, f16>(src, dst, n)
            }
        }
    }
}

/// The loop for a pair of dtypes, if it has one.
fn direct(from: DType, to: DType) -> Option<Row> {
    macro_rules! to {
        ($s:ty: $($target:ident $d:ty),*) => {
            match to {
                $(DType::$target => Some(loose::<$s, $d> as Row),)*
                _ => None,
            }
        };
        ($s:ty) => {
            to!($s: Bool Bool, U8 u8, I8 i8, I16 i16, I32 i32, I64 i64, F32 f32, F64 f64, C64 Complex<f32>, C128 Complex<f64>)
        };
    }
    match from {
        DType::Bool => to!(Bool: I32 i32, F32 f32),
        DType::U8 => to!(u8: I32 i32, F32 f32),
        DType::I8 => to!(i8: I32 i32, F32 f32),
        DType::I16 => to!(i16: I32 i32, F32 f32),
        DType::F16 => to!(f16: F32 f32),
        DType::BF16 => to!(bf16: F32 f32),
        DType::C64 => to!(Complex<f32>: F32 f32, C128 Complex<f64>),
        DType::I32 => to!(i32),
        DType::I64 => to!(i64),
        DType::F64 => to!(f64),
        DType::C128 => to!(Complex<f64>),
        #[cfg(target_arch = "x86_64")]
        DType::F32 if to == DType::F16 => Some(f16c::row),
        DType::F32 if to == DType::F16 => to!(f32: F16 f16),
        DType::F32 if to == DType::BF16 => to!(f32: BF16 bf16),
        DType::F32 => to!(f32),
    }
}

/// The dtype that a pair without a loop goes over. Half floats are rounded from single precision, whatever they come from.
fn between(from: DType, to: DType) -> DType {
    match (from, to) {
        (_, DType::F16 | DType::BF16) | (DType::F16 | DType::BF16, _) => DType::F32,
        (DType::C64, _) => DType::C128,
        _ => DType::I32,
    }
}

/// Elements that are converted over another dtype, gathered or scattered at once.
const PIECE: usize = 256;
/// Room for a piece of any dtype.
type Room = MaybeUninit<[Wide; PIECE]>;

/// Converts `n` elements; equal dtypes are moved bit by bit. Strides count elements.
///
/// # Safety
/// The pointers and strides reach `n` elements each, at any address; they do not overlap unless both dtypes are equal and
/// both strides are 1.
pub unsafe fn convert(from: DType, src: *const u8, ss: isize, to: DType, dst: *mut u8, ds: isize, n: usize) {
    // SAFETY: the caller's promises.
    unsafe {
        if from == to {
            return move_elements(from.size(), src, ss, dst, ds, n);
        }
        match direct(from, to) {
            Some(row) if ss == 1 && ds == 1 => row(src, dst, n),
            _ => in_pieces(from, src, ss, to, dst, ds, n),
        }
    }
}

/// # Safety
/// As for [`convert`].
#[inline(never)]
unsafe fn in_pieces(from: DType, src: *const u8, ss: isize, to: DType, dst: *mut u8, ds: isize, n: usize) {
    let row = direct(from, to);
    let (mut gathered, mut middle, mut done) = (Room::uninit(), Room::uninit(), Room::uninit());
    let (gathered, middle, done) = (gathered.as_mut_ptr().cast(), middle.as_mut_ptr().cast(), done.as_mut_ptr().cast());
    // SAFETY: the caller's promises; each room holds a piece.
    unsafe {
        if ss == 0 && n > 1 {
            convert(from, src, 1, to, done, 1, 1);
            return move_elements(to.size(), done, 0, dst, ds, n);
        }
        let (mut src, mut dst, mut left) = (src, dst, n);
        while left > 0 {
            let n = left.min(PIECE);
            if ss != 1 {
                move_elements(from.size(), src, ss, gathered, 1, n);
            }
            let source = if ss == 1 { src } else { gathered.cast_const() };
            let target = if ds == 1 { dst } else { done };
            match row {
                Some(row) => row(source, target, n),
                None => {
                    let via = between(from, to);
                    convert(from, source, 1, via, middle, 1, n);
                    convert(via, middle, 1, to, target, 1, n);
                }
            }
            if ds != 1 {
                move_elements(to.size(), done, 1, dst, ds, n);
            }
            src = src.wrapping_offset(ss * (n * from.size()) as isize);
            dst = dst.wrapping_offset(ds * (n * to.size()) as isize);
            left -= n;
        }
    }
}

/// # Safety
/// The pointers and strides reach `n` elements of `size` bytes each.
unsafe fn move_elements(size: usize, src: *const u8, ss: isize, dst: *mut u8, ds: isize, n: usize) {
    unsafe fn go<T: Copy>(src: *const u8, ss: isize, dst: *mut u8, ds: isize, n: usize) {
        let (src, dst) = (src.cast::<T>(), dst.cast::<T>());
        // SAFETY: the caller's promise.
        unsafe {
            if ss == 0 && ds == 1 && n > 0 {
                let value = src.read_unaligned();
                (0..n).for_each(|i| dst.add(i).write_unaligned(value));
            } else {
                for i in 0..n as isize {
                    dst.offset(i * ds).write_unaligned(src.offset(i * ss).read_unaligned());
                }
            }
        }
    }
    // SAFETY: the caller's promise; `copy` allows what it reads and writes to overlap.
    unsafe {
        if ss == 1 && ds == 1 {
            return std::ptr::copy(src, dst, n * size);
        }
        match size {
            1 => go::<u8>(src, ss, dst, ds, n),
            2 => go::<u16>(src, ss, dst, ds, n),
            4 => go::<u32>(src, ss, dst, ds, n),
            8 => go::<u64>(src, ss, dst, ds, n),
            _ => go::<Wide>(src, ss, dst, ds, n),
        }
    }
}

/// Copies `shape` elements between strided views of different dtypes. Strides count elements.
///
/// # Safety
/// As for [`copy_strided`](super::copy_strided), with the sizes and alignments of the dtypes.
pub unsafe fn convert_strided(
    shape: &[usize],
    from: DType,
    src: *const u8,
    src_strides: &[isize],
    to: DType,
    dst: *mut u8,
    dst_strides: &[isize],
) {
    if from == to {
        // SAFETY: the caller's promises.
        return unsafe { super::copy_strided(from.size(), shape, src, src_strides, dst, dst_strides) };
    }
    let plan = Plan::new(shape, src_strides, dst_strides);
    let (src, dst) = (SendPtr(src.cast_mut()), SendPtr(dst));
    plan.rows(GRAIN, |s, d, inner| {
        // SAFETY: the row lies inside both views, and rows do not overlap in the destination.
        unsafe {
            let s = src.get().offset(s * from.size() as isize);
            let d = dst.get().offset(d * to.size() as isize);
            convert(from, s, inner.src, to, d, inner.dst, inner.len);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cast<S: Copy, D: Copy + Default>(from: DType, x: &[S], to: DType) -> Vec<D> {
        let mut out = vec![D::default(); x.len()];
        // SAFETY: both slices are contiguous and of the same length.
        unsafe { convert_strided(&[x.len()], from, x.as_ptr().cast(), &[1], to, out.as_mut_ptr().cast(), &[1]) };
        out
    }

    #[test]
    fn casts_follow_pytorch() {
        use DType::*;
        let x = [0.0f32, -0.0, 1.9, -1.9, 300.7, f32::NAN, f32::INFINITY, 1e-45];
        assert_eq!(cast::<_, u8>(F32, &x, Bool), [0, 0, 1, 1, 1, 1, 1, 1]);
        assert_eq!(cast::<_, i32>(F32, &x, I32), [0, 0, 1, -1, 300, i32::MIN, i32::MIN, 0]);
        assert_eq!(cast::<_, i64>(F32, &x, I64), [0, 0, 1, -1, 300, i64::MIN, i64::MIN, 0]);
        assert_eq!(cast::<_, u8>(F32, &x[..5], U8), [0, 0, 1, 255, 44]);
        // To u8 by 64 bits, to i8 and i16 by 32.
        assert_eq!(cast::<_, u8>(F64, &[3000000001.0f64, -3000000001.0], U8), [1, 255]);
        assert_eq!(cast::<_, i16>(F64, &[3000000001.0f64, -3000000001.0], I16), [0, 0]);
        assert_eq!(cast::<_, u8>(F64, &[1e-60f64, 0.0], Bool), [1, 0]);
        assert_eq!(cast::<_, i8>(I64, &[127i64, 128, -129, 1 << 40], I8), [127, -128, 127, 0]);
        assert_eq!(cast::<_, [f32; 2]>(F64, &[1.5f64], C64), [[1.5, 0.0]]);
        assert_eq!(cast::<_, [f64; 2]>(C64, &[[1.5f32, -2.0]], C128), [[1.5, -2.0]]);
        assert_eq!(cast::<_, f32>(C128, &[[1.5f64, -2.0]], F32), [1.5]);
        assert_eq!(cast::<_, u8>(C64, &[[0.0f32, -2.0], [0.0, 0.0]], Bool), [1, 0]);
        assert_eq!(cast::<_, f32>(Bool, &[0u8, 1], F32), [0.0, 1.0]);
        assert_eq!(cast::<_, f32>(I64, &[(1i64 << 24) + 1], F32), [16777216.0]);
        let halves: Vec<f16> = cast(F64, &[1.0f64, 65520.0, 1e-8, 0.1], F16);
        assert_eq!(halves.iter().map(|x| x.to_bits()).collect::<Vec<_>>(), [0x3c00, 0x7c00, 0, 0x2e66]);
    }

    #[test]
    fn pairs_without_a_loop_of_their_own_go_over_another_dtype() {
        use DType::*;
        assert_eq!(cast::<_, i64>(I8, &[-128i8, 127], I64), [-128, 127]);
        assert_eq!(cast::<_, f64>(Bool, &[0u8, 2, 1], F64), [0.0, 1.0, 1.0]);
        assert_eq!(cast::<_, u8>(I16, &[-1i16, 256], U8), [255, 0]);
        assert_eq!(cast::<_, [f64; 2]>(I16, &[-300i16], C128), [[-300.0, 0.0]]);
        let halves = [f16::from_f32(-2.75), f16::INFINITY, f16::from_bits(1)];
        assert_eq!(cast::<_, i32>(F16, &halves, I32), [-2, i32::MIN, 0]);
        assert_eq!(cast::<_, f64>(F16, &halves, F64), [-2.75, f64::INFINITY, 2f64.powi(-24)]);
        assert_eq!(cast::<_, u8>(F16, &halves, Bool), [1, 1, 1]);
        // Rounded once to single and once to half precision, as PyTorch rounds.
        let tie = 1.0 + 2f64.powi(-8) + 2f64.powi(-30);
        assert_eq!(cast::<_, bf16>(F64, &[tie], BF16), [bf16::ONE]);
        assert_eq!(cast::<_, bf16>(I64, &[257i64, 259], BF16), [bf16::from_f32(256.0), bf16::from_f32(260.0)]);
        assert_eq!(cast::<_, bf16>(C64, &[[1.5f32, 2.0]], BF16), [bf16::from_f32(1.5)]);
        assert_eq!(cast::<_, i32>(C64, &[[-7.9f32, 2.0]], I32), [-7]);
        assert_eq!(cast::<_, [f32; 2]>(C128, &[[0.1f64, -0.2]], C64), [[0.1, -0.2]]);
    }

    #[test]
    fn strides_and_lengths_change_nothing() {
        // More than two pieces, and a part of one.
        const N: usize = 2 * PIECE + 37;
        let numbers: Vec<f64> = (0..N).map(|i| (i as f64 - 200.0) * 0.75).collect();
        for from in DType::ALL {
            let mut wide = vec![0u8; N * from.size()];
            // SAFETY: N elements of the dtype.
            unsafe { convert(DType::F64, numbers.as_ptr().cast(), 1, from, wide.as_mut_ptr(), 1, N) };
            for to in DType::ALL {
                let size = to.size();
                let mut plain = vec![0u8; N * size];
                for i in 0..N {
                    // SAFETY: one element of each.
                    unsafe {
                        convert(from, wide[i * from.size()..].as_ptr(), 1, to, plain[i * size..].as_mut_ptr(), 1, 1)
                    };
                }
                for (ss, ds, n) in [(1, 1, N), (2, 1, N / 2), (1, 3, N / 3), (3, 2, N / 3), (0, 1, N), (0, 2, N / 2)] {
                    let mut out = vec![0xaau8; N * size];
                    // SAFETY: the strides reach n elements inside both.
                    unsafe { convert(from, wide.as_ptr(), ss as isize, to, out.as_mut_ptr(), ds as isize, n) };
                    for i in 0..n {
                        let (got, want) = (&out[i * ds * size..][..size], &plain[i * ss * size..][..size]);
                        assert_eq!(got, want, "{from:?} to {to:?}, strides {ss} and {ds}, element {i}");
                    }
                }
                let mut back = vec![0u8; N * size];
                // SAFETY: backwards from the last element.
                unsafe { convert(from, wide[(N - 1) * from.size()..].as_ptr(), -1, to, back.as_mut_ptr(), 1, N) };
                assert_eq!(back[..size], plain[(N - 1) * size..], "{from:?} to {to:?}, backwards");
            }
        }
    }

    #[test]
    fn long_rows_and_strides_convert_every_element() {
        let x: Vec<i32> = (0..100_000).collect();
        let y: Vec<f64> = cast(DType::I32, &x, DType::F64);
        assert!(y.iter().zip(&x).all(|(y, x)| *y == f64::from(*x)));
        let mut z = vec![0i64; 50 * 40];
        // SAFETY: 40 columns of 50 rows lie inside both buffers.
        unsafe {
            let (s, d) = (y.as_ptr().cast(), z.as_mut_ptr().cast());
            convert_strided(&[40, 50], DType::F64, s, &[2, 80], DType::I64, d, &[50, 1]);
        }
        assert!(z.iter().enumerate().all(|(i, v)| *v == (i as i64 / 50) * 2 + (i as i64 % 50) * 80));
    }
}

//! Copies that change the dtype, as `Tensor.to` does: integers wrap, floats are truncated to integers (what does not fit,
//! and NaN, gives what x86 gives: the smallest integer), anything but zero is true, complex numbers lose their imaginary
//! part on the way to real ones.

use super::GRAIN;
use super::plan::Plan;
use crate::dispatch;
use crate::dtype::DType;
use crate::lane::int::Bool;
use crate::pool::SendPtr;
use crate::rowmath::Real;
use half::{bf16, f16};

/// A complex number as it lies in memory.
#[derive(Clone, Copy)]
struct Complex<T>(T, T);

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
integers!(u8, int; i8, int; i16, int; i32, int; i64, long);

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

#[inline(always)]
fn row_body<S: Source, D: Target>(src: &[S], dst: &mut [D]) {
    src.iter().zip(dst).for_each(|(s, d)| *d = D::of(*s));
}
dispatch!(fn row<S: Source, D: Target>(src: &[S], dst: &mut [D]) = row_body);

/// # Safety
/// As for [`convert_strided`], with `S` and `D` for the dtypes.
unsafe fn convert<S: Source, D: Target>(plan: &Plan, src: *const u8, dst: *mut u8) {
    let (src, dst) = (SendPtr(src.cast::<S>().cast_mut()), SendPtr(dst.cast::<D>()));
    plan.rows(GRAIN, |s, d, inner| {
        // SAFETY: the row lies inside both views, and rows do not overlap in the destination.
        unsafe {
            let (s, d) = (src.get().offset(s).cast_const(), dst.get().offset(d));
            if inner.src == 1 && inner.dst == 1 {
                row(std::slice::from_raw_parts(s, inner.len), std::slice::from_raw_parts_mut(d, inner.len));
            } else {
                for i in 0..inner.len as isize {
                    *d.offset(i * inner.dst) = D::of(*s.offset(i * inner.src));
                }
            }
        }
    });
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
    macro_rules! to {
        ($s:ty) => {
            match to {
                DType::Bool => convert::<$s, Bool>(&plan, src, dst),
                DType::U8 => convert::<$s, u8>(&plan, src, dst),
                DType::I8 => convert::<$s, i8>(&plan, src, dst),
                DType::I16 => convert::<$s, i16>(&plan, src, dst),
                DType::I32 => convert::<$s, i32>(&plan, src, dst),
                DType::I64 => convert::<$s, i64>(&plan, src, dst),
                DType::F16 => convert::<$s, f16>(&plan, src, dst),
                DType::BF16 => convert::<$s, bf16>(&plan, src, dst),
                DType::F32 => convert::<$s, f32>(&plan, src, dst),
                DType::F64 => convert::<$s, f64>(&plan, src, dst),
                DType::C64 => convert::<$s, Complex<f32>>(&plan, src, dst),
                DType::C128 => convert::<$s, Complex<f64>>(&plan, src, dst),
            }
        };
    }
    // SAFETY: the caller's promises.
    unsafe {
        match from {
            DType::Bool => to!(Bool),
            DType::U8 => to!(u8),
            DType::I8 => to!(i8),
            DType::I16 => to!(i16),
            DType::I32 => to!(i32),
            DType::I64 => to!(i64),
            DType::F16 => to!(f16),
            DType::BF16 => to!(bf16),
            DType::F32 => to!(f32),
            DType::F64 => to!(f64),
            DType::C64 => to!(Complex<f32>),
            DType::C128 => to!(Complex<f64>),
        }
    }
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

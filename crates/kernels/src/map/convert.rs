//! Conversion between any two dtypes, from any stride to any stride, as PyTorch converts: floats to integers by
//! truncation (out of range as the processor answers it), to bool by "not zero", to half floats nearest-even.

use crate::complex::{Complex, complex};
use crate::dtype::DType;
use crate::lane::int::Bool;
use half::{bf16, f16};

/// Moves `n` elements. Strides count elements of the respective type.
pub type Convert = unsafe fn(src: *const u8, src_stride: isize, dst: *mut u8, dst_stride: isize, n: usize);

/// A number on its way between two types.
#[derive(Clone, Copy)]
enum Via {
    Int(i64),
    Single(f32),
    Double(f64),
    Complex(f64, f64),
}

trait Element: Copy {
    fn out(self) -> Via;
    fn put(via: Via) -> Self;
}

/// What the processor's conversion answers: the smallest integer where the value does not fit.
#[inline(always)]
fn to_i64(x: f64) -> i64 {
    if (-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0).contains(&x) { x as i64 } else { i64::MIN }
}

/// As [`to_i64`], for 32 bits.
#[inline(always)]
fn to_i32(x: f64) -> i32 {
    if x > -2_147_483_649.0 && x < 2_147_483_648.0 { x as i32 } else { i32::MIN }
}

macro_rules! element {
    ($t:ty, out: |$x:ident| $out:expr, int: |$i:ident| $int:expr, single: |$s:ident| $single:expr, double: |$d:ident| $double:expr) => {
        impl Element for $t {
            #[inline(always)]
            fn out(self) -> Via {
                let $x = self;
                $out
            }
            #[inline(always)]
            fn put(via: Via) -> Self {
                match via {
                    Via::Int($i) => $int,
                    Via::Single($s) => $single,
                    Via::Double($d) | Via::Complex($d, _) => $double,
                }
            }
        }
    };
}

element!(Bool, out: |x| Via::Int(x.get() as i64), int: |i| (i != 0).into(), single: |s| (s != 0.0).into(),
    double: |d| (d != 0.0).into());
element!(u8, out: |x| Via::Int(x as i64), int: |i| i as u8, single: |s| to_i64(s as f64) as u8, double: |d| to_i64(d) as u8);
element!(i8, out: |x| Via::Int(x as i64), int: |i| i as i8, single: |s| to_i32(s as f64) as i8, double: |d| to_i32(d) as i8);
element!(i16, out: |x| Via::Int(x as i64), int: |i| i as i16, single: |s| to_i32(s as f64) as i16, double: |d| to_i32(d) as i16);
element!(i32, out: |x| Via::Int(x as i64), int: |i| i as i32, single: |s| to_i32(s as f64), double: |d| to_i32(d));
element!(i64, out: |x| Via::Int(x), int: |i| i, single: |s| to_i64(s as f64), double: |d| to_i64(d));
element!(f16, out: |x| Via::Single(half_to_f32(x)), int: |i| f16::from_f32(i as f32), single: |s| f16::from_f32(s),
    double: |d| f16::from_f32(d as f32));
element!(bf16, out: |x| Via::Single(f32::from_bits((x.to_bits() as u32) << 16)), int: |i| to_bf16(i as f32),
    single: |s| to_bf16(s), double: |d| to_bf16(d as f32));
element!(f32, out: |x| Via::Single(x), int: |i| i as f32, single: |s| s, double: |d| d as f32);
element!(f64, out: |x| Via::Double(x), int: |i| i as f64, single: |s| s as f64, double: |d| d);

impl Element for Complex<f32> {
    #[inline(always)]
    fn out(self) -> Via {
        Via::Complex(self.re as f64, self.im as f64)
    }
    #[inline(always)]
    fn put(via: Via) -> Self {
        match via {
            Via::Int(x) => complex(x as f32, 0.0),
            Via::Single(x) => complex(x, 0.0),
            Via::Double(x) => complex(x as f32, 0.0),
            Via::Complex(re, im) => complex(re as f32, im as f32),
        }
    }
}

impl Element for Complex<f64> {
    #[inline(always)]
    fn out(self) -> Via {
        Via::Complex(self.re, self.im)
    }
    #[inline(always)]
    fn put(via: Via) -> Self {
        match via {
            Via::Int(x) => complex(x as f64, 0.0),
            Via::Single(x) => complex(x as f64, 0.0),
            Via::Double(x) => complex(x, 0.0),
            Via::Complex(re, im) => complex(re, im),
        }
    }
}

/// f16 to f32 without a branch, so that it vectorises: the exponent is shifted into place, then rescaled.
#[inline(always)]
fn half_to_f32(x: f16) -> f32 {
    let bits = x.to_bits() as u32;
    let magnitude = f32::from_bits((bits & 0x7fff) << 13) * f32::from_bits(0x7780_0000);
    // Infinity and NaN keep their exponent of all ones.
    let special = if bits & 0x7c00 == 0x7c00 { 0x7f80_0000 } else { 0 };
    f32::from_bits(magnitude.to_bits() | special | (bits & 0x8000) << 16)
}

/// f32 to bf16, nearest even, NaN stays NaN.
#[inline(always)]
fn to_bf16(x: f32) -> bf16 {
    let bits = x.to_bits();
    let rounded = (bits.wrapping_add(0x7fff + ((bits >> 16) & 1))) >> 16;
    bf16::from_bits(if x.is_nan() { 0x7fc0 | (bits >> 16) as u16 & 0x8000 } else { rounded as u16 })
}

#[inline(always)]
unsafe fn convert_body<S: Element, D: Element>(src: *const u8, ss: isize, dst: *mut u8, ds: isize, n: usize) {
    let (src, dst) = (src.cast::<S>(), dst.cast::<D>());
    if ss == 1 && ds == 1 {
        for i in 0..n {
            // SAFETY: the caller's pointers and strides reach n live elements each.
            unsafe { dst.add(i).write_unaligned(D::put(src.add(i).read_unaligned().out())) };
        }
    } else if ss == 0 && ds == 1 && n > 0 {
        // SAFETY: as above.
        let value = D::put(unsafe { src.read_unaligned() }.out());
        for i in 0..n {
            // SAFETY: as above.
            unsafe { dst.add(i).write_unaligned(value) };
        }
    } else {
        for i in 0..n as isize {
            // SAFETY: as above.
            unsafe { dst.offset(i * ds).write_unaligned(D::put(src.offset(i * ss).read_unaligned().out())) };
        }
    }
}

unsafe fn convert_pair<S: Element, D: Element>(src: *const u8, ss: isize, dst: *mut u8, ds: isize, n: usize) {
    #[cfg(target_arch = "x86_64")]
    {
        #[target_feature(enable = "avx2,fma,f16c,avx512f,avx512bw,avx512dq,avx512vl")]
        unsafe fn avx512<S: Element, D: Element>(src: *const u8, ss: isize, dst: *mut u8, ds: isize, n: usize) {
            // SAFETY: the caller's promise.
            unsafe { convert_body::<S, D>(src, ss, dst, ds, n) }
        }
        if crate::isa::isa() == crate::isa::Isa::Avx512 {
            // SAFETY: the features were detected; the rest is the caller's promise.
            return unsafe { avx512::<S, D>(src, ss, dst, ds, n) };
        }
    }
    // SAFETY: the caller's promise.
    unsafe { convert_body::<S, D>(src, ss, dst, ds, n) }
}

#[cfg(target_arch = "x86_64")]
mod f16c {
    use super::*;
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
                std::ptr::copy_nonoverlapping(src.add(i), rest.as_mut_ptr(), n - i);
                let x = _mm256_cvtps_ph::<_MM_FROUND_TO_NEAREST_INT>(_mm256_loadu_ps(rest.as_ptr()));
                _mm_storeu_si128(done.as_mut_ptr().cast(), x);
                std::ptr::copy_nonoverlapping(done.as_ptr(), dst.add(i), n - i);
            }
        }
    }

    /// f32 to f16 by the processor's own instruction where strides allow.
    pub unsafe fn f32_to_f16(src: *const u8, ss: isize, dst: *mut u8, ds: isize, n: usize) {
        if ss == 1 && ds == 1 && crate::isa::isa() >= crate::isa::Isa::Avx2 {
            // SAFETY: the features were detected; the rest is the caller's promise.
            unsafe { narrow(src, dst, n) }
        } else {
            // SAFETY: the caller's promise.
            unsafe { convert_pair::<f32, f16>(src, ss, dst, ds, n) }
        }
    }
}

unsafe fn move_same<T: Copy>(src: *const u8, ss: isize, dst: *mut u8, ds: isize, n: usize) {
    let (src, dst) = (src.cast::<T>(), dst.cast::<T>());
    if ss == 1 && ds == 1 {
        // SAFETY: the caller's pointers reach n live elements each; `copy` allows them to overlap.
        return unsafe { std::ptr::copy(src, dst, n) };
    }
    for i in 0..n as isize {
        // SAFETY: as above.
        unsafe { dst.offset(i * ds).write_unaligned(src.offset(i * ss).read_unaligned()) };
    }
}

/// The function that converts `from` to `to`. Equal types are moved bit by bit.
pub fn converter(from: DType, to: DType) -> Convert {
    macro_rules! to {
        ($s:ty) => {
            match to {
                DType::Bool => convert_pair::<$s, Bool>,
                DType::U8 => convert_pair::<$s, u8>,
                DType::I8 => convert_pair::<$s, i8>,
                DType::I16 => convert_pair::<$s, i16>,
                DType::I32 => convert_pair::<$s, i32>,
                DType::I64 => convert_pair::<$s, i64>,
                DType::F16 => convert_pair::<$s, f16>,
                DType::BF16 => convert_pair::<$s, bf16>,
                DType::F32 => convert_pair::<$s, f32>,
                DType::F64 => convert_pair::<$s, f64>,
                DType::C64 => convert_pair::<$s, Complex<f32>>,
                DType::C128 => convert_pair::<$s, Complex<f64>>,
            }
        };
    }
    if from == to {
        return match from.size() {
            1 => move_same::<u8>,
            2 => move_same::<u16>,
            4 => move_same::<u32>,
            8 => move_same::<u64>,
            _ => move_same::<u128>,
        };
    }
    #[cfg(target_arch = "x86_64")]
    if (from, to) == (DType::F32, DType::F16) {
        return f16c::f32_to_f16;
    }
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

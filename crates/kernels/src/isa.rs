//! Which instruction set the kernels run on: chosen once, at the first question, from what the processor offers.
//! `FLAMBEAU_ISA=portable|avx2|avx512` lowers the choice (for tests and comparisons); it never raises it.

use std::sync::atomic::{AtomicU8, Ordering};

/// An instruction set that the kernels have code for, from the least to the most able.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Isa {
    /// Plain Rust, any processor.
    Portable = 1,
    /// x86-64 with AVX2, FMA and F16C.
    Avx2 = 2,
    /// x86-64 with AVX-512 F, BW, DQ and VL besides.
    Avx512 = 3,
}

impl Isa {
    /// The name that `FLAMBEAU_ISA` takes.
    pub fn name(self) -> &'static str {
        match self {
            Isa::Portable => "portable",
            Isa::Avx2 => "avx2",
            Isa::Avx512 => "avx512",
        }
    }
}

static CHOSEN: AtomicU8 = AtomicU8::new(0);

/// The instruction set in use.
#[inline]
pub fn isa() -> Isa {
    match CHOSEN.load(Ordering::Relaxed) {
        1 => Isa::Portable,
        2 => Isa::Avx2,
        3 => Isa::Avx512,
        _ => choose(),
    }
}

#[cold]
fn choose() -> Isa {
    let best = detect();
    let wanted = match std::env::var("FLAMBEAU_ISA").as_deref() {
        Ok("portable") => Isa::Portable,
        Ok("avx2") => Isa::Avx2,
        _ => Isa::Avx512,
    };
    let chosen = best.min(wanted);
    CHOSEN.store(chosen as u8, Ordering::Relaxed);
    chosen
}

/// The best instruction set of this processor that the kernels have code for.
pub fn detect() -> Isa {
    #[cfg(all(target_arch = "x86_64", not(miri)))]
    {
        let avx2 =
            is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") && is_x86_feature_detected!("f16c");
        let avx512 = is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512bw")
            && is_x86_feature_detected!("avx512dq")
            && is_x86_feature_detected!("avx512vl");
        if avx2 && avx512 {
            return Isa::Avx512;
        }
        if avx2 {
            return Isa::Avx2;
        }
    }
    Isa::Portable
}

/// A function that runs `$loop` on vectors of the instruction set in use: `$loop::<$avx512…, G, N>` and so on.
macro_rules! on_vectors {
    ($name:ident <$g:ident: [$($bound:tt)*], $n:ident> ($($arg:ident: $ty:ty),*) = $loop:ident:
        [$($avx512:ty),*], [$($avx2:ty),*], [$($portable:ty),*]) => {
        unsafe fn $name<$g: $($bound)*, const $n: usize>($($arg: $ty),*) {
            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(enable = "avx2,fma,f16c,avx512f,avx512bw,avx512dq,avx512vl")]
                unsafe fn avx512<$g: $($bound)*, const $n: usize>($($arg: $ty),*) {
                    // SAFETY: the caller's promise.
                    unsafe { $loop::<$($avx512,)* $g, $n>($($arg),*) }
                }
                #[target_feature(enable = "avx2,fma,f16c")]
                unsafe fn avx2<$g: $($bound)*, const $n: usize>($($arg: $ty),*) {
                    // SAFETY: the caller's promise.
                    unsafe { $loop::<$($avx2,)* $g, $n>($($arg),*) }
                }
                match $crate::isa::isa() {
                    // SAFETY: the features were detected; the rest is the caller's promise.
                    $crate::isa::Isa::Avx512 => return unsafe { avx512::<$g, $n>($($arg),*) },
                    // SAFETY: as above.
                    $crate::isa::Isa::Avx2 => return unsafe { avx2::<$g, $n>($($arg),*) },
                    $crate::isa::Isa::Portable => {}
                }
            }
            // SAFETY: the caller's promise.
            unsafe { $loop::<$($portable,)* $g, $n>($($arg),*) }
        }
    };
}
pub(crate) use on_vectors;

/// As `on_vectors`, for elements that LLVM vectorises: the third instruction set would be half as much code again, for
/// loops that wait for memory.
macro_rules! on_cells {
    ($name:ident <$t:ident: $cell:ident, $g:ident: [$($bound:tt)*], $n:ident> ($($arg:ident: $ty:ty),*) = $loop:ident) => {
        unsafe fn $name<$t: $cell, $g: $($bound)*, const $n: usize>($($arg: $ty),*) {
            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(enable = "avx2,fma,f16c")]
                unsafe fn avx2<$t: $cell, $g: $($bound)*, const $n: usize>($($arg: $ty),*) {
                    // SAFETY: the caller's promise.
                    unsafe { $loop::<$t, $g, $n>($($arg),*) }
                }
                if $crate::isa::isa() >= $crate::isa::Isa::Avx2 {
                    // SAFETY: the features were detected; the rest is the caller's promise.
                    return unsafe { avx2::<$t, $g, $n>($($arg),*) };
                }
            }
            // SAFETY: the caller's promise.
            unsafe { $loop::<$t, $g, $n>($($arg),*) }
        }
    };
}
pub(crate) use on_cells;

/// Compiles one `#[inline(always)]` body for every instruction set and calls the one in use.
///
/// ```text
/// dispatch!(fn sum(x: &[f32]) -> f32 = sum_body);
/// ```
/// makes `sum`, which runs `sum_body(x)` compiled with AVX-512, AVX2 or neither.
#[macro_export]
macro_rules! dispatch {
    ($(#[$meta:meta])* $vis:vis fn $name:ident $(<$($g:ident : $bound:path),*>)? ($($arg:ident : $ty:ty),* $(,)?) $(-> $ret:ty)? = $body:path) => {
        $(#[$meta])*
        #[allow(clippy::too_many_arguments)]
        $vis fn $name $(<$($g: $bound),*>)? ($($arg: $ty),*) $(-> $ret)? {
            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(enable = "avx2,fma,f16c")]
                #[allow(clippy::too_many_arguments)]
                fn avx2 $(<$($g: $bound),*>)? ($($arg: $ty),*) $(-> $ret)? { $body($($arg),*) }
                #[target_feature(enable = "avx2,fma,f16c,avx512f,avx512bw,avx512dq,avx512vl")]
                #[allow(clippy::too_many_arguments)]
                fn avx512 $(<$($g: $bound),*>)? ($($arg: $ty),*) $(-> $ret)? { $body($($arg),*) }
                match $crate::isa::isa() {
                    // SAFETY: `isa()` answers Avx512 only where these features were detected.
                    $crate::isa::Isa::Avx512 => return unsafe { avx512($($arg),*) },
                    // SAFETY: `isa()` answers Avx2 only where these features were detected.
                    $crate::isa::Isa::Avx2 => return unsafe { avx2($($arg),*) },
                    $crate::isa::Isa::Portable => {}
                }
            }
            $body($($arg),*)
        }
    };
}

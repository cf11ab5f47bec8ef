//! Fourier transforms of any length over the dimensions of row-major arrays: plans of `rustfft` and `realfft`, one row
//! after the other in pieces of work that depend on sizes alone.

use crate::pool::{SendPtr, parallel_chunks};
use realfft::RealFftPlanner;
use rustfft::num_complex::Complex;
use rustfft::{FftDirection, FftNum, FftPlanner};

/// Numbers per piece of work.
const GRAIN: usize = 1 << 14;

/// A real number that can be transformed; the transforms are compiled here for both types.
pub trait Real: FftNum {
    /// From a double.
    fn of(x: f64) -> Self;
    /// Transforms `data` of `shape` over `dims` in place, all times `scale`.
    fn complex(data: &mut [[Self; 2]], shape: &[usize], dims: &[usize], forward: bool, scale: f64);
    /// The first n/2 + 1 numbers of the transforms of rows of `n` real ones, times `scale`.
    fn real_forward(x: &[Self], n: usize, scale: f64, out: &mut [[Self; 2]]);
    /// The real rows of `n` numbers of which these are the first n/2 + 1 of the transforms (not divided by n), times `scale`.
    fn real_inverse(x: &[[Self; 2]], n: usize, scale: f64, out: &mut [Self]);
}

macro_rules! real {
    ($($t:ty)*) => {$(
        impl Real for $t {
            fn of(x: f64) -> $t {
                x as $t
            }
            fn complex(data: &mut [[$t; 2]], shape: &[usize], dims: &[usize], forward: bool, scale: f64) {
                complex(data, shape, dims, forward, scale)
            }
            fn real_forward(x: &[$t], n: usize, scale: f64, out: &mut [[$t; 2]]) {
                real_forward(x, n, scale, out)
            }
            fn real_inverse(x: &[[$t; 2]], n: usize, scale: f64, out: &mut [$t]) {
                real_inverse(x, n, scale, out)
            }
        }
    )*};
}
real!(f32 f64);

fn complex<T: Real>(data: &mut [[T; 2]], shape: &[usize], dims: &[usize], forward: bool, scale: f64) {
    if data.is_empty() {
        return;
    }
    let direction = if forward { FftDirection::Forward } else { FftDirection::Inverse };
    let mut planner = FftPlanner::<T>::new();
    for (turn, d) in dims.iter().enumerate() {
        let (n, inner): (usize, usize) = (shape[*d], shape[d + 1..].iter().product());
        let plan = planner.plan_fft(n, direction);
        let scale = T::of(if turn == 0 { scale } else { 1.0 });
        let rows = data.len() / n;
        let at = SendPtr(data.as_mut_ptr());
        parallel_chunks(rows, (GRAIN / n).max(1), |range| {
            let zero = Complex::new(T::zero(), T::zero());
            let (mut row, mut scratch) = (vec![zero; n], vec![zero; plan.get_inplace_scratch_len()]);
            for r in range {
                let start = r / inner * n * inner + r % inner;
                for (k, x) in row.iter_mut().enumerate() {
                    // SAFETY: row r has the places start + k · inner, below the length, for itself.
                    let [re, im] = unsafe { *at.get().add(start + k * inner) };
                    *x = Complex::new(re, im);
                }
                plan.process_with_scratch(&mut row, &mut scratch);
                for (k, x) in row.iter().enumerate() {
                    // SAFETY: as above.
                    unsafe { *at.get().add(start + k * inner) = [x.re * scale, x.im * scale] };
                }
            }
        });
    }
}

fn real_forward<T: Real>(x: &[T], n: usize, scale: f64, out: &mut [[T; 2]]) {
    if x.is_empty() {
        return;
    }
    let (half, scale) = (n / 2 + 1, T::of(scale));
    assert_eq!(out.len(), x.len() / n * half, "real_forward: half a row for each row");
    let plan = RealFftPlanner::<T>::new().plan_fft_forward(n);
    let at = SendPtr(out.as_mut_ptr());
    parallel_chunks(x.len() / n, (GRAIN / n).max(1), |range| {
        let (mut row, mut result, mut scratch) =
            (plan.make_input_vec(), plan.make_output_vec(), plan.make_scratch_vec());
        for r in range {
            row.copy_from_slice(&x[r * n..(r + 1) * n]);
            // The lengths are the plan's own.
            let done = plan.process_with_scratch(&mut row, &mut result, &mut scratch);
            debug_assert!(done.is_ok());
            // SAFETY: each row has a half of its own.
            let out = unsafe { at.slice(r * half..(r + 1) * half) };
            out.iter_mut().zip(&result).for_each(|(o, x)| *o = [x.re * scale, x.im * scale]);
        }
    });
}

fn real_inverse<T: Real>(x: &[[T; 2]], n: usize, scale: f64, out: &mut [T]) {
    if x.is_empty() || out.is_empty() {
        return;
    }
    let (half, scale) = (n / 2 + 1, T::of(scale));
    assert_eq!(x.len(), out.len() / n * half, "real_inverse: half a row for each row");
    let plan = RealFftPlanner::<T>::new().plan_fft_inverse(n);
    let at = SendPtr(out.as_mut_ptr());
    parallel_chunks(out.len() / n, (GRAIN / n).max(1), |range| {
        let (mut row, mut result, mut scratch) =
            (plan.make_input_vec(), plan.make_output_vec(), plan.make_scratch_vec());
        for r in range {
            row.iter_mut().zip(&x[r * half..]).for_each(|(c, x)| *c = Complex::new(x[0], x[1]));
            // What a real signal has no imaginary part of.
            row[0].im = T::zero();
            if n.is_multiple_of(2) {
                row[half - 1].im = T::zero();
            }
            let done = plan.process_with_scratch(&mut row, &mut result, &mut scratch);
            debug_assert!(done.is_ok());
            // SAFETY: each row is its own.
            let out = unsafe { at.slice(r * n..(r + 1) * n) };
            out.iter_mut().zip(&result).for_each(|(o, x)| *o = *x * scale);
        }
    });
}

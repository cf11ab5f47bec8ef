//! What the machine can do, measured: multiply-adds of f32 from registers, and bytes read and written from memory.

use std::time::Instant;

/// Floating-point operations per second of the threads in use, f32 multiply and add counted as two: the best of several
/// large matrix products, a bound that a step of training can at most reach.
pub fn peak_flops() -> f64 {
    let n = 2048usize;
    let Ok(a) = flambeau::ops::randn(&[n, n], None) else { return 0.0 };
    let best = (0..12)
        .filter_map(|_| {
            let start = Instant::now();
            a.matmul(&a).ok()?;
            Some(start.elapsed().as_secs_f64())
        })
        .fold(f64::INFINITY, f64::min);
    2.0 * (n as f64).powi(3) / best
}

/// Bytes per second that a sum over memory far larger than the caches reads.
pub fn bandwidth() -> f64 {
    let n = 1usize << 26;
    let Ok(x) = flambeau::ops::ones(&[n], flambeau::DType::F32) else { return 0.0 };
    let best = (0..10)
        .filter_map(|_| {
            let start = Instant::now();
            x.sum((), false, None).ok()?;
            Some(start.elapsed().as_secs_f64())
        })
        .fold(f64::INFINITY, f64::min);
    4.0 * n as f64 / best
}

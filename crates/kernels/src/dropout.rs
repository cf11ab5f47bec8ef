//! Dropout with a mask of bits.

use crate::dispatch;
use crate::pool::{SendPtr, parallel_chunks};
use crate::rowmath::{Compute, Real};

/// `out = x * scale` where the element's bit is set, `x * 0` elsewhere (so NaN stays NaN, as a product with a mask does).
/// Bit i % 64 of word i / 64 belongs to element i.
pub fn apply_mask<T: Real>(x: &[T], bits: &[u64], scale: f64, out: &mut [T]) {
    assert!(x.len() == out.len() && bits.len() * 64 >= x.len(), "apply_mask: a bit for each element");
    let out = SendPtr(out.as_mut_ptr());
    parallel_chunks(x.len(), 1 << 15, |range| {
        // SAFETY: ranges do not overlap and lie inside the output.
        let out = unsafe { out.slice(range.clone()) };
        masked(&x[range.clone()], &bits[range.start / 64..range.end.div_ceil(64)], T::C::from_f64(scale), out);
    });
}

dispatch! { fn masked<T: Real>(x: &[T], bits: &[u64], scale: T::C, out: &mut [T]) = masked_body }

#[inline(always)]
fn masked_body<T: Real>(x: &[T], bits: &[u64], scale: T::C, out: &mut [T]) {
    for ((x, out), word) in x.chunks(64).zip(out.chunks_mut(64)).zip(bits) {
        let mut factors = [T::C::from_f64(0.0); 64];
        for (i, factor) in factors.iter_mut().enumerate() {
            *factor = if word >> i & 1 == 1 { scale } else { T::C::from_f64(0.0) };
        }
        for ((x, out), factor) in x.iter().zip(out).zip(&factors) {
            *out = T::store(x.load() * *factor);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::apply_mask;

    #[test]
    fn set_bits_keep_and_scale() {
        let x: Vec<f32> = (0..130).map(|i| i as f32).collect();
        let bits = [0xAAAA_AAAA_AAAA_AAAAu64, u64::MAX, 0];
        let mut out = vec![-1.0f32; 130];
        apply_mask(&x, &bits, 2.0, &mut out);
        for i in 0..130 {
            let kept = bits[i / 64] >> (i % 64) & 1 == 1;
            assert_eq!(out[i], if kept { 2.0 * i as f32 } else { 0.0 });
        }
    }
}

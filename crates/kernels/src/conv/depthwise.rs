//! Convolutions of each channel for itself: sums of shifted rows, without packing.

use super::image::Image;
use super::taps::{Place, Taps};
use super::{Conv, volume};
use crate::gemm::simd::{Kernel, Real, Vector};
use crate::isa::isa;
use crate::pool::{SendPtr, parallel_chunks, parallel_for};

/// Sums for a row of outputs.
struct Row<'a, E> {
    from: *const E,
    end: *const E,
    offsets: &'a [usize],
    weight: &'a [E],
    bias: E,
    len: usize,
    to: *mut E,
    step: usize,
}

impl<E: Real> Kernel<E> for Row<'_, E> {
    #[inline(always)]
    unsafe fn run<V: Vector<E = E>>(self) {
        for i in (0..self.len).step_by(V::LANES) {
            let mut sum = V::splat(self.bias);
            let n = V::LANES.min(self.len - i);
            // SAFETY: the row's taps lie in the image, and loads stop at its end; the row of outputs is the caller's.
            unsafe {
                for (offset, w) in self.offsets.iter().zip(self.weight) {
                    let from = self.from.wrapping_add(i + offset);
                    let left = (self.end as usize - from as usize) / size_of::<E>();
                    let x = if left >= V::LANES { V::load(from) } else { V::load_part(from, left) };
                    sum = V::splat(*w).mul_add(x, sum);
                }
                if self.step == 1 && n == V::LANES {
                    sum.store(self.to.add(i));
                } else {
                    let mut lanes = [E::ZERO; 16];
                    sum.store(lanes.as_mut_ptr());
                    for (j, lane) in lanes.iter().take(n).enumerate() {
                        *self.to.add((i + j) * self.step) = *lane;
                    }
                }
            }
        }
    }
}

pub(super) fn forward<E: Real>(taps: &Taps<E>, place: Place, out: &mut [E]) {
    let (k, size, [depth, height, width]) = (taps.offsets.len(), volume(place.sizes), taps.grid);
    let out = SendPtr(out.as_mut_ptr());
    let grain = ((1 << 15) / (volume(taps.grid) * k).max(1)).max(1);
    parallel_chunks(taps.batch * taps.groups, grain, |range| {
        for plane in range {
            let g = plane % taps.groups;
            let weight = &taps.weight[g * k..][..k];
            let bias = taps.bias.map_or(E::ZERO, |b| b[g]);
            for z in 0..depth {
                for y in 0..height {
                    let from = taps.image.start().wrapping_add(plane * taps.image.plane + taps.image.base(z, y, 0));
                    let to = out.get().wrapping_add(plane * size + taps.put(place, z, y, 0));
                    let (end, offsets, step) = (taps.image.end(), &taps.offsets[..], place.step[2]);
                    let row = Row { from, end, offsets, weight, bias, len: width, to, step };
                    // SAFETY: the row lies in the image; tasks have planes of their own.
                    unsafe { E::dispatch(isa(), row) };
                }
            }
        }
    });
}

/// Adds up the products of a row of gradients with the image at one tap.
struct Dots<'a, E> {
    dy: *const E,
    x: *const E,
    len: usize,
    sum: &'a mut E,
}

impl<E: Real> Kernel<E> for Dots<'_, E> {
    #[inline(always)]
    unsafe fn run<V: Vector<E = E>>(self) {
        let mut sum = V::splat(E::ZERO);
        let mut i = 0;
        // SAFETY: both rows have `len` numbers.
        unsafe {
            while i + V::LANES <= self.len {
                sum = V::load(self.dy.add(i)).mul_add(V::load(self.x.add(i)), sum);
                i += V::LANES;
            }
            if i < self.len {
                let n = self.len - i;
                sum = V::load_part(self.dy.add(i), n).mul_add(V::load_part(self.x.add(i), n), sum);
            }
        }
        *self.sum = *self.sum + sum.sum();
    }
}

pub(super) fn backward_weight<E: Real>(conv: &Conv, image: &Image<E>, offsets: &[usize], dy: &[E], dw: &mut [E]) {
    let (k, points, [depth, height, width]) = (offsets.len(), volume(conv.output), conv.output);
    let dw = SendPtr(dw.as_mut_ptr());
    parallel_for(conv.groups, |g| {
        // SAFETY: each group has its own part.
        let dw = unsafe { dw.slice(g * k..(g + 1) * k) };
        dw.fill(E::ZERO);
        for n in 0..conv.batch {
            let plane = n * conv.groups + g;
            for z in 0..depth {
                for y in 0..height {
                    let from = image.start().wrapping_add(plane * image.plane + image.base(z, y, 0));
                    let row = dy[plane * points + (z * height + y) * width..][..width].as_ptr();
                    for (offset, sum) in offsets.iter().zip(&mut *dw) {
                        let x = from.wrapping_add(*offset);
                        // SAFETY: the row's tap lies in the image.
                        unsafe { E::dispatch(isa(), Dots { dy: row, x, len: width, sum }) };
                    }
                }
            }
        }
    });
}

//! Convolutions over three dimensions (fewer are dimensions of size 1), forward and backward, as products of packed panels
//! that are filled straight from the image: no matrix of patches is ever written. Integers go through plain loops.
//!
//! All directions are one thing, a sum over taps: `out[p] = Σ w[k] · x[p · step + offset(k)]`. The gradient of the input is
//! one such sum for each phase of the stride.

mod depthwise;
mod image;
mod plain;
mod taps;
mod weight;

use crate::gemm::simd::Real;
use crate::pool::{SendPtr, parallel_chunks};
use image::Image;
pub use plain::{integer_backward_input, integer_forward};
use taps::{Place, Taps};

/// Sizes of a convolution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Conv {
    /// Images.
    pub batch: usize,
    /// Groups of channels that see nothing of each other.
    pub groups: usize,
    /// Input channels of a group.
    pub cin: usize,
    /// Output channels of a group.
    pub cout: usize,
    /// Sizes of an input image.
    pub input: [usize; 3],
    /// Sizes of an output image.
    pub output: [usize; 3],
    /// Sizes of the kernel.
    pub kernel: [usize; 3],
    /// Steps of the kernel over the input.
    pub stride: [usize; 3],
    /// Zeros thought before the input.
    pub padding: [usize; 3],
    /// Distance of the kernel's elements.
    pub dilation: [usize; 3],
}

fn volume(sizes: [usize; 3]) -> usize {
    sizes.iter().product()
}

impl Conv {
    /// Elements of the input, the weight and the output.
    pub fn lens(&self) -> [usize; 3] {
        [
            self.batch * self.groups * self.cin * volume(self.input),
            self.groups * self.cout * self.cin * volume(self.kernel),
            self.batch * self.groups * self.cout * volume(self.output),
        ]
    }

    fn check(&self, x: usize, w: usize, y: usize) {
        assert_eq!(self.lens(), [x, w, y], "conv: slices have the lengths of {self:?}");
    }

    /// The input offset of each kernel element, for each dimension.
    fn offsets(&self) -> [Vec<isize>; 3] {
        std::array::from_fn(|d| {
            (0..self.kernel[d]).map(|k| (k * self.dilation[d]) as isize - self.padding[d] as isize).collect()
        })
    }
}

/// A precision that convolutions have kernels for.
pub trait Convolve: Copy + Sized {
    /// `y[n, o] = bias[o] + Σ w[o, c, k] x[n, c, p · stride + k · dilation − padding]`.
    fn forward(conv: &Conv, x: &[Self], w: &[Self], bias: Option<&[Self]>, y: &mut [Self]);
    /// The gradient of the input (which is also the transposed convolution), plus a bias for each input channel.
    fn backward_input(conv: &Conv, dy: &[Self], w: &[Self], bias: Option<&[Self]>, dx: &mut [Self]);
    /// The gradient of the weight.
    fn backward_weight(conv: &Conv, x: &[Self], dy: &[Self], dw: &mut [Self]);
}

macro_rules! convolve {
    ($($t:ty)*) => {$(
        impl Convolve for $t {
            fn forward(conv: &Conv, x: &[$t], w: &[$t], bias: Option<&[$t]>, y: &mut [$t]) {
                forward(conv, x, w, bias, y);
            }
            fn backward_input(conv: &Conv, dy: &[$t], w: &[$t], bias: Option<&[$t]>, dx: &mut [$t]) {
                backward_input(conv, dy, w, bias, dx);
            }
            fn backward_weight(conv: &Conv, x: &[$t], dy: &[$t], dw: &mut [$t]) {
                weight::backward_weight(conv, x, dy, dw);
            }
        }
    )*};
}
convolve!(f32 f64);

fn forward<E: Real>(conv: &Conv, x: &[E], w: &[E], bias: Option<&[E]>, y: &mut [E]) {
    conv.check(x.len(), w.len(), y.len());
    assert!(bias.is_none_or(|b| b.len() == conv.groups * conv.cout), "conv: one bias per output channel");
    if y.is_empty() {
        return;
    }
    let offsets = conv.offsets();
    let image = Image::new(x, conv.batch * conv.groups * conv.cin, conv.input, &offsets, conv.stride, conv.output);
    let place = Place { sizes: conv.output, start: [0; 3], step: [1; 3] };
    let taps = Taps {
        batch: conv.batch,
        groups: conv.groups,
        channels: conv.cin,
        rows: conv.cout,
        grid: conv.output,
        weight: w,
        bias,
        image: &image,
        offsets: image.taps(&offsets),
    };
    taps.run(place, y);
}

/// The kernel elements of one dimension that reach input positions `phase + stride · m`, with the output position that
/// each reads, counted from `m`.
fn phase_taps(conv: &Conv, d: usize, phase: usize) -> (Vec<usize>, Vec<isize>) {
    let stride = conv.stride[d] as isize;
    (0..conv.kernel[d])
        .filter_map(|k| {
            let at = (phase + conv.padding[d]) as isize - (k * conv.dilation[d]) as isize;
            (at.rem_euclid(stride) == 0).then_some((k, at.div_euclid(stride)))
        })
        .unzip()
}

/// The weight with the channels exchanged, and of its elements those that a phase meets.
fn exchanged<E: Real>(conv: &Conv, w: &[E], kept: &[Vec<usize>; 3]) -> Vec<E> {
    let (volume_k, [_, kh, kw]) = (volume(conv.kernel), conv.kernel);
    let taps: Vec<usize> = kept[0]
        .iter()
        .flat_map(|z| kept[1].iter().map(move |y| (z * kh + y) * kw))
        .flat_map(|line| kept[2].iter().map(move |x| line + x))
        .collect();
    let row = conv.cout * taps.len();
    let mut weight = vec![E::ZERO; conv.groups * conv.cin * row];
    let to = SendPtr(weight.as_mut_ptr());
    parallel_chunks(conv.groups * conv.cin, ((1 << 15) / row.max(1)).max(1), |range| {
        for i in range {
            let (g, c) = (i / conv.cin, i % conv.cin);
            // SAFETY: rows do not overlap.
            let to = unsafe { to.slice(i * row..(i + 1) * row) };
            if taps.is_empty() {
                continue;
            }
            for (o, to) in to.chunks_exact_mut(taps.len()).enumerate() {
                let from = &w[((g * conv.cout + o) * conv.cin + c) * volume_k..][..volume_k];
                to.iter_mut().zip(&taps).for_each(|(to, tap)| *to = from[*tap]);
            }
        }
    });
    weight
}

fn backward_input<E: Real>(conv: &Conv, dy: &[E], w: &[E], bias: Option<&[E]>, dx: &mut [E]) {
    conv.check(dx.len(), w.len(), dy.len());
    assert!(bias.is_none_or(|b| b.len() == conv.groups * conv.cin), "conv: one bias per input channel");
    if dx.is_empty() {
        return;
    }
    let phases = |d: usize| 0..conv.stride[d].min(conv.input[d]);
    for z in phases(0) {
        for y in phases(1) {
            for x in phases(2) {
                let phase = [z, y, x];
                let (mut kept, mut offsets) = ([const { Vec::new() }; 3], [const { Vec::new() }; 3]);
                for d in 0..3 {
                    (kept[d], offsets[d]) = phase_taps(conv, d, phase[d]);
                }
                let grid = std::array::from_fn(|d| (conv.input[d] - phase[d]).div_ceil(conv.stride[d]));
                let weight = exchanged(conv, w, &kept);
                let image = Image::new(dy, conv.batch * conv.groups * conv.cout, conv.output, &offsets, [1; 3], grid);
                let place = Place { sizes: conv.input, start: phase, step: conv.stride };
                let taps = Taps {
                    batch: conv.batch,
                    groups: conv.groups,
                    channels: conv.cout,
                    rows: conv.cin,
                    grid,
                    weight: &weight,
                    bias,
                    image: &image,
                    offsets: image.taps(&offsets),
                };
                taps.run(place, dx);
            }
        }
    }
}

#[cfg(test)]
mod tests;

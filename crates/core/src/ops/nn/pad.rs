//! Padding by a constant, by reflection, by the edge or around the circle; and rearranged pixels.

use crate::apply::apply;
use crate::storage::bridge;
use crate::tensor::{Arg, Cx, Grads, Kind, Layout, Op, Shape, Spec, Specs, grads1};
use crate::{Result, Scalar, Tensor, bail, function};

/// Elements added (or, if negative, cut off) before and after each dimension.
struct ConstantPad {
    sides: Vec<(i64, i64)>,
    value: Scalar,
}

impl Op for ConstantPad {
    fn name(&self) -> &'static str {
        "constant_pad_nd"
    }
    fn kind(&self) -> Kind {
        Kind::Index
    }
    fn infer(&self, inputs: &[&Tensor]) -> Result<Specs> {
        let x = inputs[0];
        let shape: Shape =
            x.shape().iter().zip(&self.sides).map(|(n, (a, b))| (*n as i64 + a + b).max(0) as usize).collect();
        crate::tensor::checked_numel(&shape, x.dtype().size())?;
        Ok(smallvec::smallvec![Spec::new(shape, x.dtype())])
    }
    fn cpu(&self, inputs: &[Arg], outputs: &[Arg]) -> Result<()> {
        let (x, out) = (inputs[0], outputs[0]);
        bridge::fill(self.value, out);
        let kept: Shape = x
            .shape()
            .iter()
            .zip(&self.sides)
            .map(|(n, (a, b))| (*n as i64 + a.min(&0) + b.min(&0)).max(0) as usize)
            .collect();
        if kept.contains(&0) {
            return Ok(());
        }
        let part = |whole: &Arg, first: &dyn Fn(i64) -> i64| -> Layout {
            let mut layout = whole.layout.clone();
            layout.offset = 0;
            for (d, (a, _)) in self.sides.iter().enumerate() {
                layout.offset += (first(*a) * layout.strides[d] as i64) as usize;
                layout.shape[d] = kept[d];
            }
            layout
        };
        let (from, to) = (part(&x, &|a| (-a).max(0)), part(&out, &|a| a.max(0)));
        bridge::copy(x.at(&from)?, out.at(&to)?);
        Ok(())
    }
    fn vjp(&self, _: &Cx, grads: &[Option<Tensor>]) -> Result<Grads> {
        let Some(g) = &grads[0] else { return Ok(smallvec::smallvec![None]) };
        let op = ConstantPad { sides: self.sides.iter().map(|(a, b)| (-a, -b)).collect(), value: Scalar::Int(0) };
        Ok(grads1(apply(op, &[&g.contiguous()?])?))
    }
}

/// The sides of all dimensions: `pad` has them from the last dimension on, before and after.
fn sides(input: &Tensor, pad: &[i64]) -> Vec<(i64, i64)> {
    let mut all = vec![(0, 0); input.dim()];
    for (i, pair) in pad.chunks_exact(2).enumerate() {
        all[input.dim() - 1 - i] = (pair[0], pair[1]);
    }
    all
}

/// The input with `value` around it: `pad` says how much before and after each dimension, from the last one on; negative
/// numbers cut off.
#[function(dtypes = "all", method = false, sig = "input, pad, value=0", samples = ["T(3,4), [1,2]", "T(3,4), [-1,1,2,-1], 3"])]
pub fn constant_pad_nd(input: &Tensor, pad: Vec<i64>, value: impl Into<Scalar>) -> Result<Tensor> {
    if !pad.len().is_multiple_of(2) {
        bail!("Length of pad must be even but instead it equals {}", pad.len());
    }
    if pad.len() / 2 > input.dim() {
        bail!(
            "Length of pad should be no more than twice the number of dimensions of the input. Pad length is {} while the input has {} dimensions.",
            pad.len(),
            input.dim()
        );
    }
    let sides = sides(input, &pad);
    for (d, (a, b)) in sides.iter().enumerate() {
        let size = input.shape()[d] as i64;
        if size + a.min(&0) < 0 || size + a.min(&0) + b.min(&0) < 0 || size + a + b < 0 {
            bail!(
                "The input size {}, plus negative padding {a} and {b} resulted in a negative output size, which is invalid. Check dimension {d} of your input.",
                input.shape()[d]
            );
        }
    }
    apply(ConstantPad { sides, value: value.into() }, &[&input.contiguous()?])
}

/// The input element that stands at each place of a padded dimension.
fn places(mode: &str, size: i64, before: i64, after: i64) -> Result<Tensor> {
    let count = size + before + after;
    // What is cut off takes no part in the circle.
    let (cut, kept) = ((-before).max(0), size - (-before).max(0) - (-after).max(0));
    let each = (0..count.max(0)).map(|i| {
        let at = i - before;
        match mode {
            "reflect" => {
                let period = (2 * (size - 1)).max(1);
                let at = at.rem_euclid(period);
                if at >= size { period - at } else { at }
            }
            "circular" => cut + (i - before.max(0)).rem_euclid(kept.max(1)),
            _ => at.clamp(0, size - 1),
        }
    });
    Tensor::from_vec(each.collect::<Vec<i64>>(), &[count.max(0) as usize])
}

/// Padding by a constant `value` (mode "constant"), mirrored at the edges ("reflect"), with the edges ("replicate") or with
/// the other side ("circular").
#[function(dtypes = "all", torch = "nn.functional.pad", method = false, sig = "input, pad, mode='constant', value=None", samples = ["T(3,4), [1,2]", "T(2,3,4), [2,1], 'reflect'", "T(2,3,4), [2,1], 'replicate'", "T(2,3,4), [2,1], 'circular'", "T(1,2,3,4), [1,-1,0,2], 'replicate'"])]
pub fn pad(input: &Tensor, pad: Vec<i64>, mode: &str, value: Option<Scalar>) -> Result<Tensor> {
    if mode == "constant" {
        return constant_pad_nd(input, pad, value.unwrap_or(Scalar::Float(0.0)));
    }
    if !matches!(mode, "reflect" | "replicate" | "circular") {
        bail!(NotImplemented, "Unrecognised padding mode {mode}");
    }
    if !pad.len().is_multiple_of(2) {
        bail!("Length of pad must be even but instead it equals {}", pad.len());
    }
    if pad.len() / 2 > input.dim() {
        bail!(
            "Length of pad should be no more than twice the number of dimensions of the input. Pad length is {} while the input has {} dimensions.",
            pad.len(),
            input.dim()
        );
    }
    if value.is_some_and(|v| v.to_f64() != 0.0) {
        bail!(Value, "Padding mode \"{mode}\" doesn't take in value argument");
    }
    let rank = pad.len() / 2;
    if !(1..=3).contains(&rank) || input.dim() != rank + 1 && input.dim() != rank + 2 {
        bail!(
            NotImplemented,
            "Only 2D, 3D, 4D, 5D padding with non-constant padding are supported for now: got {} numbers for an input of shape {:?}",
            pad.len(),
            input.shape()
        );
    }
    let first = input.dim() - rank;
    let batched = input.dim() == rank + 2;
    let least = if mode == "circular" { first } else { batched as usize };
    if input.shape()[least..].contains(&0) {
        bail!(
            "{mode} padding: Expected {}D or {}D (batch mode) tensor with possibly 0 batch size and other non-zero dimensions for input, but got: {:?}",
            rank + 1,
            rank + 2,
            input.shape()
        );
    }
    let all = sides(input, &pad);
    for (d, &(a, b)) in all.iter().enumerate().skip(first) {
        let size = input.shape()[d] as i64;
        if mode == "reflect" && (a >= size || b >= size) {
            bail!(
                "Argument #4: Padding size should be less than the corresponding input dimension, but got: padding ({a}, {b}) at dimension {d} of input {:?}",
                input.shape()
            );
        }
        if mode == "circular" && (a > size || b > size) {
            bail!(
                "Padding value causes wrapping around more than once: ({a}, {b}) at dimension {d} of input {:?}",
                input.shape()
            );
        }
        if size + a + b < if mode == "circular" { 0 } else { 1 } {
            bail!("input (dimension {d}: {size}) is too small. Calculated output: {}", size + a + b);
        }
    }
    let mut x = input.clone();
    for (d, &(a, b)) in all.iter().enumerate().skip(first) {
        if (a, b) != (0, 0) {
            x = x.index_select(d as i64, &places(mode, input.shape()[d] as i64, a, b)?)?;
        }
    }
    // Never the input itself, which the caller may write over.
    if x.is_same(input) { x.clone_tensor() } else { Ok(x) }
}

fn signed(shape: impl IntoIterator<Item = usize>) -> Vec<i64> {
    shape.into_iter().map(|n| n as i64).collect()
}

/// [.., C · r², H, W] to [.., C, H · r, W · r] (Shi et al., 2016).
#[function(dtypes = "all", torch = "nn.functional.pixel_shuffle", method = false, samples = ["T(2,8,2,3), 2", "T(4,1,2), 2"])]
pub fn pixel_shuffle(input: &Tensor, upscale_factor: i64) -> Result<Tensor> {
    if input.dim() < 3 {
        bail!(
            "pixel_shuffle expects input to have at least 3 dimensions, but got input with {} dimension(s)",
            input.dim()
        );
    }
    if upscale_factor <= 0 {
        bail!("pixel_shuffle expects a positive upscale_factor, but got {upscale_factor}");
    }
    let (r, lead) = (upscale_factor as usize, input.dim() - 3);
    let (c, h, w) = (input.shape()[lead], input.shape()[lead + 1], input.shape()[lead + 2]);
    if !c.is_multiple_of(r * r) {
        bail!(
            "pixel_shuffle expects its input's 'channel' dimension to be divisible by the square of upscale_factor, but input.size(-3)={c} is not divisible by {}",
            r * r
        );
    }
    let batch = &input.shape()[..lead];
    let apart = signed(batch.iter().copied().chain([c / (r * r), r, r, h, w]));
    let order: Vec<i64> = signed(0..lead).into_iter().chain([0, 3, 1, 4, 2].map(|d| (lead + d) as i64)).collect();
    let joined = signed(batch.iter().copied().chain([c / (r * r), h * r, w * r]));
    input.reshape(&apart)?.permute(&order)?.reshape(&joined)
}

/// The inverse of `pixel_shuffle`: [.., C, H · r, W · r] to [.., C · r², H, W].
#[function(dtypes = "all", torch = "nn.functional.pixel_unshuffle", method = false, samples = ["T(2,2,4,6), 2", "T(1,2,4), 2"])]
pub fn pixel_unshuffle(input: &Tensor, downscale_factor: i64) -> Result<Tensor> {
    if input.dim() < 3 {
        bail!(
            "pixel_unshuffle expects input to have at least 3 dimensions, but got input with {} dimension(s)",
            input.dim()
        );
    }
    if downscale_factor <= 0 {
        bail!("pixel_unshuffle expects a positive downscale_factor, but got {downscale_factor}");
    }
    // PyTorch gives an empty tensor back as it is.
    if input.numel() == 0 {
        return input.clone_tensor();
    }
    let (r, lead) = (downscale_factor as usize, input.dim() - 3);
    let (c, h, w) = (input.shape()[lead], input.shape()[lead + 1], input.shape()[lead + 2]);
    if !h.is_multiple_of(r) || !w.is_multiple_of(r) {
        bail!(
            "pixel_unshuffle expects height and width to be divisible by downscale_factor, but {h} x {w} is not divisible by {r}"
        );
    }
    let batch = &input.shape()[..lead];
    let apart = signed(batch.iter().copied().chain([c, h / r, r, w / r, r]));
    let order: Vec<i64> = signed(0..lead).into_iter().chain([0, 2, 4, 1, 3].map(|d| (lead + d) as i64)).collect();
    let joined = signed(batch.iter().copied().chain([c * r * r, h / r, w / r]));
    input.reshape(&apart)?.permute(&order)?.reshape(&joined)
}

/// Channels (dimension 1) dealt out over groups: [N, groups · n, …] read as [N, n, groups, …] (Zhang et al., 2018).
#[function(dtypes = "all", torch = "nn.functional.channel_shuffle", method = false, samples = ["T(2,4,3), 2", "T(1,6,2,2), 3"])]
pub fn channel_shuffle(input: &Tensor, groups: i64) -> Result<Tensor> {
    if input.dim() <= 2 {
        bail!("channel_shuffle expects input with > 2 dims, but got input with sizes {:?}", input.shape());
    }
    let channels = input.shape()[1];
    if groups <= 0 {
        bail!("Number of groups to divide channels in must be positive. Value of groups:{groups}");
    }
    if !channels.is_multiple_of(groups as usize) {
        bail!("Number of channels must be divisible by groups. Got {channels} channels and {groups} groups.");
    }
    let groups = groups as usize;
    let rest = &input.shape()[2..];
    let apart = signed([input.shape()[0], groups, channels / groups].into_iter().chain(rest.iter().copied()));
    input.reshape(&apart)?.transpose(1, 2)?.reshape(&signed(input.shape().iter().copied()))
}

/// Patches of the last two dimensions as columns: [N, C, H, W] to [N, C · kernel, patches].
#[function(dtypes = "float", torch = "nn.functional.unfold", method = false, sig = "input, kernel_size, dilation=1, padding=0, stride=1", samples = ["T(2,3,4,5), [2,3]", "T(3,4,5), 2, 2, 1, [2,1]"])]
pub fn im2col(
    input: &Tensor,
    kernel_size: Vec<i64>,
    dilation: Vec<i64>,
    padding: Vec<i64>,
    stride: Vec<i64>,
) -> Result<Tensor> {
    let batched = input.dim() == 4;
    let empty = input.shape().get(batched as usize..).is_none_or(|s| s.contains(&0));
    if input.dim() != 3 && input.dim() != 4 || empty {
        bail!(
            "Expected 3D or 4D (batch mode) tensor with possibly 0 batch size and other non-zero dimensions for input, but got: {:?}",
            input.shape()
        );
    }
    let dims = Patches::new(&kernel_size, &dilation, &padding, &stride)?;
    let x = if batched { input.clone() } else { input.unsqueeze(0)? };
    let p = &dims.padding;
    let mut x = if p.iter().any(|p| *p > 0) { constant_pad_nd(&x, vec![p[1], p[1], p[0], p[0]], 0i64)? } else { x };
    for d in 0..2 {
        let reach = dims.dilation[d] * (dims.kernel[d] - 1) + 1;
        if (x.shape()[2 + d] as i64) < reach {
            bail!(
                "Given input with spatial size {:?}, kernel_size={:?}, dilation={:?}, padding={:?}, the shape of the array of sliding blocks is too small, but its components must be at least one",
                &input.shape()[input.dim() - 2..],
                dims.kernel,
                dims.dilation,
                dims.padding
            );
        }
        // The window becomes the last dimension; of it every `dilation`th element is taken.
        x = x.unfold(2 + d as i64, reach, dims.stride[d])?.slice(-1, None, None, dims.dilation[d])?;
    }
    let s = x.shape();
    let (n, c, h, w) = (s[0], s[1], s[2], s[3]);
    let columns = signed([n, c * s[4] * s[5], h * w]);
    let columns = x.permute(&[0, 1, 4, 5, 2, 3])?.reshape(&columns)?;
    if batched { Ok(columns) } else { columns.squeeze(0) }
}

/// What patches are made of, in two dimensions.
struct Patches {
    kernel: Vec<i64>,
    dilation: Vec<i64>,
    padding: Vec<i64>,
    stride: Vec<i64>,
}

impl Patches {
    fn new(kernel: &[i64], dilation: &[i64], padding: &[i64], stride: &[i64]) -> Result<Patches> {
        let two = |what: &str, v: &[i64], least: i64| {
            let v = super::conv::each_dim("unfold", what, v, 2)?;
            if v.iter().any(|x| *x < least) {
                bail!("{what} should be {} zero, but got {v:?}", if least == 1 { "greater than" } else { "at least" });
            }
            Ok(v)
        };
        Ok(Patches {
            kernel: two("kernel_size", kernel, 1)?,
            dilation: two("dilation", dilation, 1)?,
            padding: two("padding", padding, 0)?,
            stride: two("stride", stride, 1)?,
        })
    }
}

/// Columns of patches added up to images: [N, C · kernel, patches] to [N, C, output_size], the transpose of `unfold`.
#[function(dtypes = "float", torch = "nn.functional.fold", method = false, sig = "input, output_size, kernel_size, dilation=1, padding=0, stride=1", samples = ["T(2,12,6), [3,4], 2", "T(12,4), [3,4], 2, 2, [1,0], [2,1]"])]
pub fn col2im(
    input: &Tensor,
    output_size: Vec<i64>,
    kernel_size: Vec<i64>,
    dilation: Vec<i64>,
    padding: Vec<i64>,
    stride: Vec<i64>,
) -> Result<Tensor> {
    let batched = input.dim() == 3;
    let empty = input.shape().get(batched as usize..).is_none_or(|s| s.contains(&0));
    if input.dim() != 2 && input.dim() != 3 || empty {
        bail!(
            "Expected 2D or 3D (batch mode) tensor for input with possibly 0 batch size and non-zero dimensions for input, but got: {:?}",
            input.shape()
        );
    }
    let p = Patches::new(&kernel_size, &dilation, &padding, &stride)?;
    let size = super::conv::each_dim("fold", "output_size", &output_size, 2)?;
    let x = if batched { input.clone() } else { input.unsqueeze(0)? };
    let (n, rows, columns) = (x.shape()[0] as i64, x.shape()[1] as i64, x.shape()[2] as i64);
    let area: i64 = p.kernel.iter().product();
    if rows % area != 0 {
        bail!(
            "Expected size of input's dimension 1 to be divisible by the product of kernel_size, but got input.size(1)={rows} and kernel_size={:?}.",
            p.kernel
        );
    }
    let counts: Vec<i64> = (0..2)
        .map(|d| (size[d] + 2 * p.padding[d] - p.dilation[d] * (p.kernel[d] - 1) - 1).div_euclid(p.stride[d]) + 1)
        .collect();
    if counts.iter().any(|c| *c < 1) || counts.iter().product::<i64>() != columns {
        bail!(
            "Given output_size={size:?}, expected size of input's dimension 2 to match the calculated number of sliding blocks {counts:?}, but got input.size(2)={columns}."
        );
    }
    let channels = rows / area;
    // [N, C, kh, kw, h, w]: where each element of the patches goes in the padded image.
    let (height, width) = (size[0] + 2 * p.padding[0], size[1] + 2 * p.padding[1]);
    let mut index = Vec::with_capacity((area * columns) as usize);
    for ky in 0..p.kernel[0] {
        for kx in 0..p.kernel[1] {
            for y in 0..counts[0] {
                for x in 0..counts[1] {
                    index.push((y * p.stride[0] + ky * p.dilation[0]) * width + x * p.stride[1] + kx * p.dilation[1]);
                }
            }
        }
    }
    let index = Tensor::from_vec(index, &[(area * columns) as usize])?;
    let flat = x.reshape(&[n * channels, area * columns])?;
    let padded = crate::ops::zeros(&[(n * channels) as usize, (height * width) as usize], x.dtype())?;
    let image = padded.index_add(1, &index, &flat, 1)?.reshape(&[n, channels, height, width])?;
    let image = image.narrow(2, p.padding[0], size[0])?.narrow(3, p.padding[1], size[1])?.contiguous()?;
    if batched { Ok(image) } else { image.squeeze(0) }
}

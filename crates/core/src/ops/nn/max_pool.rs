//! The largest element of windows, with its place; and values put back to such places.

use super::avg_pool::{Window, adaptive, adaptive_sizes, windows};
use super::conv::each_dim;
use crate::apply::{apply, apply_all};
use crate::tensor::{Arg, Cx, Grads, Kind, Needs, Op, Saves, Shape, Spec, Specs, grads1};
use crate::{DType, Result, Tensor, bail, function};
use flambeau_kernels::window::{self as kernels, Grid, Windows};
use std::sync::Arc;

/// Images to the largest elements of windows, and their places in the images.
#[derive(Clone)]
struct MaxPool {
    rank: usize,
    windows: Arc<[Windows; 3]>,
    step: [usize; 3],
}

/// Images [.., sizes] of the last `rank` dimensions, filled up to three.
fn image_sizes(shape: &[usize], rank: usize) -> [usize; 3] {
    let mut out = [1; 3];
    out[3 - rank..].copy_from_slice(&shape[shape.len() - rank..]);
    out
}

macro_rules! for_number {
    ($name:expr, $dtype:expr, $t:ident => $body:expr) => {
        match $dtype {
            DType::U8 => {
                type $t = u8;
                $body
            }
            DType::I8 => {
                type $t = i8;
                $body
            }
            DType::I16 => {
                type $t = i16;
                $body
            }
            DType::I32 => {
                type $t = i32;
                $body
            }
            DType::I64 => {
                type $t = i64;
                $body
            }
            DType::F16 => {
                type $t = half::f16;
                $body
            }
            DType::BF16 => {
                type $t = half::bf16;
                $body
            }
            DType::F32 => {
                type $t = f32;
                $body
            }
            DType::F64 => {
                type $t = f64;
                $body
            }
            other => bail!(NotImplemented, "\"{}\" not implemented for '{}'", $name, other.name()),
        }
    };
}

impl Op for MaxPool {
    fn name(&self) -> &'static str {
        "max_pool_with_indices"
    }
    fn kind(&self) -> Kind {
        Kind::Reduce
    }
    fn infer(&self, inputs: &[&Tensor]) -> Result<Specs> {
        let lead = inputs[0].dim() - self.rank;
        let counts = self.windows[3 - self.rank..].iter().map(Vec::len);
        let shape: Shape = inputs[0].shape()[..lead].iter().copied().chain(counts).collect();
        Ok(smallvec::smallvec![Spec::new(shape.clone(), inputs[0].dtype()), Spec::new(shape, DType::I64)])
    }
    fn cpu(&self, inputs: &[Arg], outputs: &[Arg]) -> Result<()> {
        let [a, b, c] = &*self.windows;
        let grid = Grid { sizes: image_sizes(inputs[0].shape(), self.rank), windows: [a, b, c], step: self.step };
        for_number!("max_pool", inputs[0].dtype, T => grid.max::<T>(inputs[0].slice()?, outputs[0].slice_mut()?, outputs[1].slice_mut()?));
        Ok(())
    }
    fn saves(&self, _: Needs) -> Saves {
        Saves::NONE.output(1)
    }
    fn vjp(&self, cx: &Cx, grads: &[Option<Tensor>]) -> Result<Grads> {
        let Some(g) = &grads[0] else { return Ok(smallvec::smallvec![None]) };
        let sizes = cx.input_shape(0)[cx.input_shape(0).len() - self.rank..].into();
        Ok(grads1(apply(PutBack { sizes }, &[&g.contiguous()?, &cx.output(1)?])?))
    }
}

/// Values [.., windows] and places to images of zeros with the values added at their places.
struct PutBack {
    sizes: Shape,
}

impl Op for PutBack {
    fn name(&self) -> &'static str {
        "max_pool_backward"
    }
    fn kind(&self) -> Kind {
        Kind::Index
    }
    fn infer(&self, inputs: &[&Tensor]) -> Result<Specs> {
        let lead = inputs[0].dim() - self.sizes.len();
        let shape: Shape = inputs[0].shape()[..lead].iter().chain(&self.sizes).copied().collect();
        Ok(smallvec::smallvec![Spec::new(shape, inputs[0].dtype())])
    }
    fn cpu(&self, inputs: &[Arg], outputs: &[Arg]) -> Result<()> {
        let lead = inputs[0].layout.rank() - self.sizes.len();
        let count = inputs[0].shape()[lead..].iter().product();
        let size = self.sizes.iter().product();
        for_number!("max_pool_backward", inputs[0].dtype, T => kernels::add_at::<T>(inputs[0].slice()?, inputs[1].slice()?, count, size, outputs[0].slice_mut()?));
        Ok(())
    }
    fn saves(&self, _: Needs) -> Saves {
        Saves::inputs(2)
    }
    fn vjp(&self, cx: &Cx, grads: &[Option<Tensor>]) -> Result<Grads> {
        let Some(g) = &grads[0] else { return Ok(smallvec::smallvec![None, None]) };
        Ok(smallvec::smallvec![Some(pick(g, &cx.input(1)?, self.sizes.len())?), None])
    }
}

/// The elements of images [.., sizes] at `places` [.., windows].
fn pick(images: &Tensor, places: &Tensor, rank: usize) -> Result<Tensor> {
    let flat = |t: &Tensor| {
        let lead = t.dim() - rank;
        let shape: Shape = t.shape()[..lead].iter().copied().chain([t.shape()[lead..].iter().product()]).collect();
        crate::ops::view::reshape_to(t, &shape)
    };
    let picked = flat(images)?.gather(-1, &flat(places)?)?;
    crate::ops::view::reshape_to(&picked, places.shape())
}

/// All elements of all windows lie in the input.
fn inside(w: &Window) -> Windows {
    (0..w.count)
        .map(|i| {
            let mut start = i * w.stride - w.padding;
            let end = (start + (w.kernel - 1) * w.dilation + 1).min(w.size);
            while start < 0 {
                start += w.dilation;
            }
            (start.min(w.size - 1) as usize, end.max(0) as usize)
        })
        .collect()
}

fn three(lists: Vec<Windows>) -> Arc<[Windows; 3]> {
    let mut all = [vec![(0, 1)], vec![(0, 1)], vec![(0, 1)]];
    let rank = lists.len();
    for (to, from) in all[3 - rank..].iter_mut().zip(lists) {
        *to = from;
    }
    Arc::new(all)
}

fn run(input: &Tensor, lists: Vec<Windows>, step: &[usize]) -> Result<(Tensor, Tensor)> {
    let rank = lists.len();
    let mut all = [1; 3];
    all[3 - rank..].copy_from_slice(step);
    let op = MaxPool { rank, windows: three(lists), step: all };
    let mut both = apply_all(op, &[&input.contiguous()?])?;
    let places = both.pop().ok_or_else(|| crate::err!("max_pool: no places"))?;
    Ok((both.remove(0), places))
}

macro_rules! pools {
    ($($rank:literal $name:ident $torch:tt $with:ident $torch_with:tt $adaptive:ident $torch_adaptive:tt $unpool:ident $torch_unpool:tt
       [$($sample:tt),*] [$($adaptive_sample:tt),*] [$($unpool_sample:tt),*];)*) => {$(
        /// The largest element of each window; with `return_indices`, also its place in the image.
        #[function(torch = $torch, method = false, sig = "input, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False, return_indices=False", samples = [$($sample),*])]
        #[allow(clippy::too_many_arguments)]
        pub fn $name(
            input: &Tensor,
            kernel_size: Vec<i64>,
            stride: Option<Vec<i64>>,
            padding: Vec<i64>,
            dilation: Vec<i64>,
            ceil_mode: bool,
            return_indices: bool,
        ) -> Result<(Tensor, Option<Tensor>)> {
            let (values, places) = $with(input, kernel_size, stride, padding, dilation, ceil_mode, true)?;
            Ok((values, return_indices.then_some(places)))
        }

        /// The largest element of each window, and its place in the image.
        #[function(torch = $torch_with, method = false, sig = "input, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False, return_indices=True", samples = [$($sample),*])]
        #[allow(clippy::too_many_arguments)]
        pub fn $with(
            input: &Tensor,
            kernel_size: Vec<i64>,
            stride: Option<Vec<i64>>,
            padding: Vec<i64>,
            dilation: Vec<i64>,
            ceil_mode: bool,
            return_indices: bool,
        ) -> Result<(Tensor, Tensor)> {
            let _ = return_indices;
            let w = windows($torch, input, $rank, &kernel_size, stride.as_deref(), &padding, &dilation, ceil_mode)?;
            run(input, w.iter().map(inside).collect(), &w.iter().map(|w| w.dilation as usize).collect::<Vec<_>>())
        }

        /// The largest elements of `output_size` windows that cover the image; with `return_indices`, also their places.
        #[function(torch = $torch_adaptive, method = false, sig = "input, output_size, return_indices=False", samples = [$($adaptive_sample),*])]
        pub fn $adaptive(input: &Tensor, output_size: Vec<Option<i64>>, return_indices: bool) -> Result<(Tensor, Option<Tensor>)> {
            let counts = adaptive_sizes($torch_adaptive, input, &output_size, $rank, 1)?;
            super::check_float($torch_adaptive, input)?;
            let first = input.dim() - $rank;
            let lists = counts.iter().enumerate().map(|(d, n)| adaptive(input.shape()[first + d], *n)).collect();
            let (values, places) = run(input, lists, &[1; $rank])?;
            Ok((values, return_indices.then_some(places)))
        }

        /// Images of zeros with the elements of `input` at the places `indices` that max pooling gave.
        #[function(torch = $torch_unpool, method = false, sig = "input, indices, kernel_size, stride=None, padding=0, output_size=None", samples = [$($unpool_sample),*])]
        pub fn $unpool(
            input: &Tensor,
            indices: &Tensor,
            kernel_size: Vec<i64>,
            stride: Option<Vec<i64>>,
            padding: Vec<i64>,
            output_size: Option<Vec<i64>>,
        ) -> Result<Tensor> {
            unpool($torch_unpool, $rank, input, indices, &kernel_size, stride.as_deref(), &padding, output_size.as_deref())
        }
    )*};
}

pools! {
    1 max_pool1d "nn.functional.max_pool1d" max_pool1d_with_indices "max_pool1d_with_indices" adaptive_max_pool1d "nn.functional.adaptive_max_pool1d" max_unpool1d "nn.functional.max_unpool1d"
        ["T(2,3,7), 3", "T(3,7), [2], [2], 1, 2, True"] ["T(2,3,7), [3]"] ["T(2,1), T(2,1,dtype=int64,low=0,high=2), 2"];
    2 max_pool2d "nn.functional.max_pool2d" max_pool2d_with_indices "nn.functional.max_pool2d_with_indices" adaptive_max_pool2d "nn.functional.adaptive_max_pool2d" max_unpool2d "nn.functional.max_unpool2d"
        ["T(2,3,6,5), 2", "T(3,6,5), [3,2], [2,1], [1,0], [1,2], True"] ["T(2,3,7,5), [3,2]"] ["T(2,1,1), T(2,1,1,dtype=int64,low=1,high=4), 2"];
    3 max_pool3d "nn.functional.max_pool3d" max_pool3d_with_indices "nn.functional.max_pool3d_with_indices" adaptive_max_pool3d "nn.functional.adaptive_max_pool3d" max_unpool3d "nn.functional.max_unpool3d"
        ["T(1,2,4,5,3), 2", "T(2,4,5,3), 2, 1, 1"] ["T(1,2,4,5,3), [3,2,1]"] ["T(2,1,1,1), T(2,1,1,1,dtype=int64,low=1,high=8), 2"];
}

#[allow(clippy::too_many_arguments)]
fn unpool(
    name: &str,
    rank: usize,
    input: &Tensor,
    indices: &Tensor,
    kernel: &[i64],
    stride: Option<&[i64]>,
    padding: &[i64],
    output_size: Option<&[i64]>,
) -> Result<Tensor> {
    let kernel = each_dim(name, "kernel_size", kernel, rank)?;
    let stride = match stride.filter(|s| !s.is_empty()) {
        Some(s) => each_dim(name, "stride", s, rank)?,
        None => kernel.clone(),
    };
    let padding = each_dim(name, "padding", padding, rank)?;
    if stride.iter().any(|s| *s <= 0) {
        bail!("strides should be greater than zero, but got stride: {stride:?}");
    }
    if indices.dtype() != DType::I64 {
        bail!("elements in indices should be type int64 but got: {}", indices.dtype().name());
    }
    if input.shape() != indices.shape() {
        bail!(
            "Expected shape of indices to be same as that of the input tensor ({:?}) but got indices tensor with shape: {:?}",
            input.shape(),
            indices.shape()
        );
    }
    super::avg_pool::check_rank(name, input, rank)?;
    let first = input.dim() - rank;
    // The first is taken for the batch, as in PyTorch, where there is none too.
    if let Some(d) = (1..input.dim()).find(|d| input.shape()[*d] == 0) {
        bail!(
            "{name}: Expected input to have non-zero size for non-batch dimensions, but input has sizes {:?} with dimension {d} being empty",
            input.shape()
        );
    }
    let default: Vec<i64> =
        (0..rank).map(|d| (input.shape()[first + d] as i64 - 1) * stride[d] + kernel[d] - 2 * padding[d]).collect();
    let sizes = match output_size {
        None => default,
        Some(given) => {
            let given = if given.len() == rank + 2 { &given[2..] } else { given };
            if given.len() != rank {
                bail!(
                    Value,
                    "output_size should be a sequence containing {rank} or {} elements, but it has a length of '{}'",
                    rank + 2,
                    given.len()
                );
            }
            for d in 0..rank {
                let (low, high) = (default[d] - stride[d], default[d] + stride[d]);
                if given[d] <= low || given[d] >= high {
                    bail!(Value, "invalid output_size {given:?} (dim {d} must be between {low} and {high})");
                }
            }
            given.to_vec()
        }
    };
    let shape: Shape =
        input.shape()[..first].iter().copied().chain(sizes.iter().map(|n| (*n).max(0) as usize)).collect();
    let size: usize = shape[first..].iter().product();
    let outside = indices.lt(0)?.logical_or(&indices.ge(size as i64)?)?;
    if outside.any_all()?.item::<bool>()? {
        bail!("Found an invalid max index: a place outside of the output of {size} elements {:?}", &shape[first..]);
    }
    let flat = |t: &Tensor| {
        let rows: Shape = t.shape()[..first].iter().copied().chain([t.shape()[first..].iter().product()]).collect();
        crate::ops::view::reshape_to(t, &rows)
    };
    let rows: Shape = shape[..first].iter().copied().chain([size]).collect();
    let filled = crate::ops::zeros(&rows, input.dtype())?.scatter(-1, &flat(indices)?, &flat(input)?)?;
    crate::ops::view::reshape_to(&filled, &shape)
}

/// Where fractional windows begin: irregular steps that depend on a random number (Graham, 2014), computed in `dtype`.
fn fractional_starts(sample: f64, dtype: DType, size: usize, count: usize, kernel: usize) -> Vec<usize> {
    let round = |x: f64| match dtype {
        DType::F16 => half::f16::from_f64(x).to_f64(),
        DType::BF16 => half::bf16::from_f64(x).to_f64(),
        DType::F32 => f64::from(x as f32),
        _ => x,
    };
    let last = size - kernel;
    let mut starts: Vec<usize> = Vec::with_capacity(count);
    if count > 1 {
        let alpha = round(last as f64 / (count - 1) as f64);
        let first = round(sample * alpha) as usize;
        starts.extend((0..count - 1).map(|i| round(round(i as f64 + sample) * alpha) as usize - first));
    }
    starts.push(last);
    starts
}

#[allow(clippy::too_many_arguments)]
fn fractional(
    name: &str,
    rank: usize,
    input: &Tensor,
    kernel: &[i64],
    output_size: Option<&[i64]>,
    output_ratio: Option<&[f64]>,
    samples: Option<&Tensor>,
) -> Result<(Tensor, Tensor)> {
    let kernel = each_dim(name, "kernel_size", kernel, rank)?;
    super::avg_pool::check_rank(name, input, rank)?;
    super::check_float(name, input)?;
    let first = input.dim() - rank;
    let sizes: Vec<i64> = input.shape()[first..].iter().map(|n| *n as i64).collect();
    let counts = match (output_size, output_ratio) {
        (None, None) => bail!(Value, "{name} requires specifying either an output_size or an output_ratio"),
        (Some(_), Some(_)) => bail!(Value, "only one of output_size and output_ratio may be specified"),
        (Some(s), None) => each_dim(name, "output_size", s, rank)?,
        (None, Some(r)) => {
            let ratio = |d: usize| if r.len() == 1 { r[0] } else { r.get(d).copied().unwrap_or(1.0) };
            (0..rank).map(|d| (sizes[d] as f64 * ratio(d)) as i64).collect()
        }
    };
    if let Some(d) = (1..input.dim()).find(|d| input.shape()[*d] == 0) {
        bail!(
            "{name}: Expected input to have non-zero size for non-batch dimensions, but got {:?} with dimension {d} being empty",
            input.shape()
        );
    }
    for d in 0..rank {
        if kernel[d] <= 0 || counts[d] <= 0 {
            bail!("{name}: kernel_size and output_size must be greater than zero, but got {kernel:?} and {counts:?}");
        }
        if counts[d] + kernel[d] - 1 > sizes[d] {
            bail!("{name}: pool size {} too large relative to input size {}", kernel[d], sizes[d]);
        }
    }
    let (batch, channels) = if first == 2 { (input.shape()[0], input.shape()[1]) } else { (1, input.shape()[0]) };
    let samples = match samples {
        Some(s) => s.clone(),
        None => crate::ops::rand(&[batch, channels, rank], input.dtype())?,
    };
    // Of an input without a batch the first numbers count.
    let enough = |n: usize| if first == 2 { n == batch } else { n >= 1 };
    if samples.dim() != 3 || !enough(samples.shape()[0]) || samples.shape()[1..] != [channels, rank] {
        bail!("{name}: Expect _random_samples of shape [{batch}, {channels}, {rank}], but got {:?}", samples.shape());
    }
    if samples.dtype() != input.dtype() {
        bail!("{name}: Expect _random_samples to have the same dtype as input, but got {}", samples.dtype().name());
    }
    let numbers = samples.to_dtype(DType::F64)?.contiguous()?.to_vec::<f64>()?;
    let planes = crate::ops::view::reshape_to(
        input,
        &std::iter::once(batch * channels).chain(input.shape()[first..].iter().copied()).collect::<Shape>(),
    )?;
    let (mut values, mut places) = (Vec::new(), Vec::new());
    for p in 0..batch * channels {
        let lists = (0..rank)
            .map(|d| {
                // In two dimensions the first number is for the width.
                let sample = numbers[p * rank + if rank == 2 { 1 - d } else { d }];
                let k = kernel[d] as usize;
                fractional_starts(sample, input.dtype(), sizes[d] as usize, counts[d] as usize, k)
                    .into_iter()
                    .map(|s| (s, s + k))
                    .collect()
            })
            .collect();
        let (v, i) = run(&planes.select(0, p as i64)?, lists, &vec![1; rank])?;
        values.push(v);
        places.push(i);
    }
    let shape: Shape = input.shape()[..first].iter().copied().chain(counts.iter().map(|n| *n as usize)).collect();
    let whole = |parts: &[Tensor], dtype: DType| match parts {
        [] => crate::ops::empty(&shape, dtype),
        parts => crate::ops::view::reshape_to(&crate::ops::stack(parts, 0)?, &shape),
    };
    Ok((whole(&values, input.dtype())?, whole(&places, DType::I64)?))
}

macro_rules! fractional_pools {
    ($($rank:literal $name:ident $torch:tt [$($sample:tt),*];)*) => {$(
        /// The largest elements of windows at irregular, random steps; with `return_indices`, also their places.
        #[function(torch = $torch, method = false, sig = "input, kernel_size, output_size=None, output_ratio=None, return_indices=False, _random_samples=None", samples = [$($sample),*])]
        pub fn $name(
            input: &Tensor,
            kernel_size: Vec<i64>,
            output_size: Option<Vec<i64>>,
            output_ratio: Option<Vec<f64>>,
            return_indices: bool,
            _random_samples: Option<&Tensor>,
        ) -> Result<(Tensor, Option<Tensor>)> {
            let (values, places) = fractional($torch, $rank, input, &kernel_size, output_size.as_deref(), output_ratio.as_deref(), _random_samples)?;
            Ok((values, return_indices.then_some(places)))
        }
    )*};
}
fractional_pools! {
    2 fractional_max_pool2d "nn.functional.fractional_max_pool2d" ["T(1,2,6,5), 2, [3,2], None, False, T(1,2,2,low=0,high=1)"];
    3 fractional_max_pool3d "nn.functional.fractional_max_pool3d" ["T(1,2,4,5,4), 2, [2,3,2], None, False, T(1,2,3,low=0,high=1)"];
}

/// The gradient of the input of `max_pool2d`, from that of the output and the places it gave.
#[function(torch = "ops.aten.max_pool2d_with_indices_backward", method = false, sig = "grad_output, input, kernel_size, stride, padding, dilation, ceil_mode, indices", grad = false, samples = ["T(1,2,2,2), T(1,2,4,4), [2,2], [2,2], [0,0], [1,1], False, T(1,2,2,2,dtype=int64,low=0,high=16)"])]
#[allow(clippy::too_many_arguments)]
pub fn max_pool2d_with_indices_backward(
    grad_output: &Tensor,
    input: &Tensor,
    kernel_size: Vec<i64>,
    stride: Vec<i64>,
    padding: Vec<i64>,
    dilation: Vec<i64>,
    ceil_mode: bool,
    indices: &Tensor,
) -> Result<Tensor> {
    let _ = windows("max_pool2d", input, 2, &kernel_size, Some(&stride), &padding, &dilation, ceil_mode)?;
    if grad_output.shape() != indices.shape() {
        bail!(
            "max_pool2d_with_indices_backward: grad_output {:?} and indices {:?} must have one shape",
            grad_output.shape(),
            indices.shape()
        );
    }
    let sizes = input.shape()[input.dim() - 2..].into();
    apply(PutBack { sizes }, &[&grad_output.contiguous()?, &indices.contiguous()?])
}

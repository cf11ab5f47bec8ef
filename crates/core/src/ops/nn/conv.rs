//! Convolutions of one to three dimensions and their transposes. Three bilinear ops (the output, the gradient of the input,
//! the gradient of the weight) are each other's derivatives, so every order follows; a transposed convolution is the second.

use super::for_wide;
use crate::apply::apply;
use crate::tensor::{Arg, Cx, Grads, Kind, Needs, Op, Saves, Shape, Spec, Specs};
use crate::{DType, Result, Tensor, bail, function};
use flambeau_kernels::conv::{self as kernels, Conv, Convolve};

/// What a convolution is besides its tensors, for three spatial dimensions; fewer are filled up in front.
#[derive(Clone, Copy, Debug)]
struct Geometry {
    rank: usize,
    groups: usize,
    stride: [usize; 3],
    padding: [usize; 3],
    dilation: [usize; 3],
}

/// Three spatial sizes of a tensor [N, C, …].
fn spatial(shape: &[usize]) -> [usize; 3] {
    let mut out = [1; 3];
    let rank = shape.len() - 2;
    out[3 - rank..].copy_from_slice(&shape[2..]);
    out
}

impl Geometry {
    fn conv(&self, x: &[usize], w: &[usize], y: &[usize]) -> Conv {
        Conv {
            batch: x[0],
            groups: self.groups,
            cin: w[1],
            cout: w[0] / self.groups,
            input: spatial(x),
            output: spatial(y),
            kernel: spatial(w),
            stride: self.stride,
            padding: self.padding,
            dilation: self.dilation,
        }
    }

    fn shape(&self, n: usize, c: usize, sizes: [usize; 3]) -> Shape {
        [n, c].into_iter().chain(sizes[3 - self.rank..].iter().copied()).collect()
    }
}

/// x [N, C, …], weight [O, C / groups, …] and maybe a bias [O] to [N, O, …].
#[derive(Clone, Copy)]
struct Convolution {
    geometry: Geometry,
    output: [usize; 3],
}

impl Op for Convolution {
    fn name(&self) -> &'static str {
        "convolution"
    }
    fn kind(&self) -> Kind {
        Kind::Contract
    }
    fn infer(&self, inputs: &[&Tensor]) -> Result<Specs> {
        let (x, w) = (inputs[0], inputs[1]);
        let shape = self.geometry.shape(x.shape()[0], w.shape()[0], self.output);
        crate::tensor::checked_numel(&shape, x.dtype().size())?;
        Ok(smallvec::smallvec![Spec::new(shape, x.dtype())])
    }
    fn cpu(&self, inputs: &[Arg], outputs: &[Arg]) -> Result<()> {
        let (x, w, y) = (inputs[0], inputs[1], outputs[0]);
        let conv = self.geometry.conv(x.shape(), w.shape(), y.shape());
        if x.dtype == DType::I64 {
            kernels::integer_forward(&conv, x.slice()?, w.slice()?, y.slice_mut()?);
            return Ok(());
        }
        for_wide!(self.name(), x.dtype, T => {
            let bias = inputs.get(2).map(|b| b.slice::<T>()).transpose()?;
            T::forward(&conv, x.slice()?, w.slice()?, bias, y.slice_mut()?);
        });
        Ok(())
    }
    fn saves(&self, needs: Needs) -> Saves {
        Saves::NONE.input(0, needs.input(1)).input(1, needs.input(0))
    }
    fn vjp(&self, cx: &Cx, grads: &[Option<Tensor>]) -> Result<Grads> {
        let mut out: Grads = smallvec::smallvec![None; cx.node.inputs.len()];
        let Some(g) = &grads[0] else { return Ok(out) };
        let g = g.contiguous()?;
        if cx.needs(0) {
            let op = ConvolutionInput { geometry: self.geometry, input: spatial(cx.input_shape(0)) };
            out[0] = Some(apply(op, &[&g, &cx.input(1)?])?);
        }
        if cx.needs(1) {
            let op = ConvolutionWeight { geometry: self.geometry, kernel: spatial(cx.input_shape(1)) };
            out[1] = Some(apply(op, &[&cx.input(0)?, &g])?);
        }
        if out.len() > 2 && cx.needs(2) {
            out[2] = Some(over_channels(&g)?);
        }
        Ok(out)
    }
}

/// The sum for each channel.
fn over_channels(g: &Tensor) -> Result<Tensor> {
    let dims: Vec<i64> = std::iter::once(0).chain(2..g.dim() as i64).collect();
    g.sum(&dims[..], false, None)
}

/// Gradients of the output [N, O, …] and the weight, and maybe a bias for each input channel, to the gradient of the input.
#[derive(Clone, Copy)]
struct ConvolutionInput {
    geometry: Geometry,
    input: [usize; 3],
}

impl Op for ConvolutionInput {
    fn name(&self) -> &'static str {
        "convolution_input"
    }
    fn kind(&self) -> Kind {
        Kind::Contract
    }
    fn infer(&self, inputs: &[&Tensor]) -> Result<Specs> {
        let (g, w) = (inputs[0], inputs[1]);
        let shape = self.geometry.shape(g.shape()[0], w.shape()[1] * self.geometry.groups, self.input);
        crate::tensor::checked_numel(&shape, g.dtype().size())?;
        Ok(smallvec::smallvec![Spec::new(shape, g.dtype())])
    }
    fn cpu(&self, inputs: &[Arg], outputs: &[Arg]) -> Result<()> {
        let (g, w, x) = (inputs[0], inputs[1], outputs[0]);
        let conv = self.geometry.conv(x.shape(), w.shape(), g.shape());
        if g.dtype == DType::I64 {
            kernels::integer_backward_input(&conv, g.slice()?, w.slice()?, x.slice_mut()?);
            return Ok(());
        }
        for_wide!(self.name(), g.dtype, T => {
            let bias = inputs.get(2).map(|b| b.slice::<T>()).transpose()?;
            T::backward_input(&conv, g.slice()?, w.slice()?, bias, x.slice_mut()?);
        });
        Ok(())
    }
    fn saves(&self, needs: Needs) -> Saves {
        Saves::NONE.input(0, needs.input(1)).input(1, needs.input(0))
    }
    fn vjp(&self, cx: &Cx, grads: &[Option<Tensor>]) -> Result<Grads> {
        let mut out: Grads = smallvec::smallvec![None; cx.node.inputs.len()];
        let Some(gg) = &grads[0] else { return Ok(out) };
        let gg = gg.contiguous()?;
        if cx.needs(0) {
            let op = Convolution { geometry: self.geometry, output: spatial(cx.input_shape(0)) };
            out[0] = Some(apply(op, &[&gg, &cx.input(1)?])?);
        }
        if cx.needs(1) {
            let op = ConvolutionWeight { geometry: self.geometry, kernel: spatial(cx.input_shape(1)) };
            out[1] = Some(apply(op, &[&gg, &cx.input(0)?])?);
        }
        if out.len() > 2 && cx.needs(2) {
            out[2] = Some(over_channels(&gg)?);
        }
        Ok(out)
    }
}

/// The input and the gradient of the output to the gradient of the weight.
#[derive(Clone, Copy)]
struct ConvolutionWeight {
    geometry: Geometry,
    kernel: [usize; 3],
}

impl Op for ConvolutionWeight {
    fn name(&self) -> &'static str {
        "convolution_weight"
    }
    fn kind(&self) -> Kind {
        Kind::Contract
    }
    fn infer(&self, inputs: &[&Tensor]) -> Result<Specs> {
        let (x, g) = (inputs[0], inputs[1]);
        let shape = self.geometry.shape(g.shape()[1], x.shape()[1] / self.geometry.groups, self.kernel);
        Ok(smallvec::smallvec![Spec::new(shape, x.dtype())])
    }
    fn cpu(&self, inputs: &[Arg], outputs: &[Arg]) -> Result<()> {
        let (x, g, w) = (inputs[0], inputs[1], outputs[0]);
        let conv = self.geometry.conv(x.shape(), w.shape(), g.shape());
        for_wide!(self.name(), x.dtype, T => T::backward_weight(&conv, x.slice()?, g.slice()?, w.slice_mut()?));
        Ok(())
    }
    fn saves(&self, needs: Needs) -> Saves {
        Saves::NONE.input(0, needs.input(1)).input(1, needs.input(0))
    }
    fn vjp(&self, cx: &Cx, grads: &[Option<Tensor>]) -> Result<Grads> {
        let mut out: Grads = smallvec::smallvec![None; 2];
        let Some(gw) = &grads[0] else { return Ok(out) };
        let gw = gw.contiguous()?;
        if cx.needs(0) {
            let op = ConvolutionInput { geometry: self.geometry, input: spatial(cx.input_shape(0)) };
            out[0] = Some(apply(op, &[&cx.input(1)?, &gw])?);
        }
        if cx.needs(1) {
            let op = Convolution { geometry: self.geometry, output: spatial(cx.input_shape(1)) };
            out[1] = Some(apply(op, &[&cx.input(0)?, &gw])?);
        }
        Ok(out)
    }
}

/// The parameters of a call, one number standing for all dimensions.
struct Call<'a> {
    name: &'a str,
    rank: usize,
    stride: &'a [i64],
    padding: &'a [i64],
    dilation: &'a [i64],
    groups: i64,
}

/// One number for each of `rank` dimensions.
pub(crate) fn each_dim(name: &str, what: &str, given: &[i64], rank: usize) -> Result<Vec<i64>> {
    match given.len() {
        1 => Ok(vec![given[0]; rank]),
        n if n == rank => Ok(given.to_vec()),
        n => bail!(
            "{name}: expected {what} to be a single integer value or a list of {rank} values, but got a list of {n}"
        ),
    }
}

fn filled(values: &[i64], fill: usize) -> [usize; 3] {
    let mut out = [fill; 3];
    for (to, from) in out[3 - values.len()..].iter_mut().zip(values) {
        *to = (*from).max(0) as usize;
    }
    out
}

/// What is the same for convolutions and transposed ones: batched contiguous operands, and the geometry.
struct Ready {
    x: Tensor,
    w: Tensor,
    bias: Option<Tensor>,
    batched: bool,
    geometry: Geometry,
}

fn prepare(call: &Call, input: &Tensor, weight: &Tensor, bias: Option<&Tensor>, transposed: bool) -> Result<Ready> {
    let Call { name, rank, groups, .. } = *call;
    let batched = input.dim() == rank + 2;
    if !batched && input.dim() != rank + 1 {
        bail!(
            "Expected {}D (unbatched) or {}D (batched) input to {name}, but got input of size: {:?}",
            rank + 1,
            rank + 2,
            input.shape()
        );
    }
    if weight.dim() != rank + 2 {
        bail!("{name}: expected a {}-dimensional weight, but got weight of size {:?}", rank + 2, weight.shape());
    }
    for t in std::iter::once(weight).chain(bias) {
        if t.dtype() != input.dtype() {
            bail!(
                "{name}: Input type ({}) and weight or bias type ({}) should be the same",
                input.dtype().name(),
                t.dtype().name()
            );
        }
    }
    if groups <= 0 {
        bail!("non-positive groups is not supported");
    }
    let stride = each_dim(name, "stride", call.stride, rank)?;
    let padding = each_dim(name, "padding", call.padding, rank)?;
    let dilation = each_dim(name, "dilation", call.dilation, rank)?;
    if stride.iter().any(|s| *s <= 0) {
        bail!("non-positive stride is not supported");
    }
    if padding.iter().any(|p| *p < 0) {
        bail!("negative padding is not supported");
    }
    if dilation.iter().any(|d| *d <= 0) {
        bail!("dilation should be greater than zero");
    }
    let groups = groups as usize;
    let (channels, w) = (input.shape()[batched as usize], weight.shape());
    if w[2..].contains(&0) {
        bail!("{name}: kernel size should be greater than zero, but got weight of size {w:?}");
    }
    if w[0] < groups {
        bail!(
            "Given groups={groups}, expected weight to be at least {groups} at dimension 0, but got weight of size {w:?} instead"
        );
    }
    if w[0] % groups != 0 {
        bail!(
            "Given groups={groups}, expected weight to be divisible by {groups} at dimension 0, but got weight of size {w:?} instead"
        );
    }
    let wanted = if transposed { w[0] } else { w[1] * groups };
    if channels != wanted {
        bail!(
            "Given groups={groups}, weight of size {w:?}, expected input {:?} to have {wanted} channels, but got {channels} channels instead",
            input.shape()
        );
    }
    let outs = if transposed { w[1] * groups } else { w[0] };
    if outs == 0 {
        bail!("{name}: non-empty weight tensor expected, but got: {w:?}");
    }
    if let Some(b) = bias.filter(|b| b.shape() != [outs]) {
        bail!(
            "Given weight of size {w:?}, expected bias to be 1-dimensional with {outs} elements, but got bias of size {:?} instead",
            b.shape()
        );
    }
    let geometry = Geometry {
        rank,
        groups,
        stride: filled(&stride, 1),
        padding: filled(&padding, 0),
        dilation: filled(&dilation, 1),
    };
    let x = if batched { input.clone() } else { input.unsqueeze(0)? };
    Ok(Ready { x, w: weight.clone(), bias: bias.cloned(), batched, geometry })
}

impl Ready {
    /// Runs `op` in a precision that has kernels: halves in float32, complex numbers as three real products.
    fn run(&self, op: &dyn Fn(&[&Tensor]) -> Result<Tensor>) -> Result<Tensor> {
        let dtype = self.x.dtype();
        let once = |x: &Tensor, w: &Tensor, bias: Option<&Tensor>| {
            let (x, w, bias) = (x.contiguous()?, w.contiguous()?, bias.map(|b| b.contiguous()).transpose()?);
            op(&[&x, &w].into_iter().chain(&bias).collect::<Vec<_>>())
        };
        let result = if dtype.is_complex() {
            let part = |t: &Tensor, i: i64| t.view_as_real()?.select(-1, i);
            let (xr, xi, wr, wi) = (part(&self.x, 0)?, part(&self.x, 1)?, part(&self.w, 0)?, part(&self.w, 1)?);
            let (br, bi) = match &self.bias {
                Some(b) => (Some(part(b, 0)?), Some(part(b, 1)?)),
                None => (None, None),
            };
            // Three products instead of four: (xr + xi)(wr + wi) − xr wr − xi wi is the imaginary part.
            let sum = match (&br, &bi) {
                (Some(br), Some(bi)) => Some(br.add(bi)?),
                _ => None,
            };
            let (a, b) = (once(&xr, &wr, br.as_ref())?, once(&xi, &wi, None)?);
            let c = once(&xr.add(&xi)?, &wr.add(&wi)?, sum.as_ref())?;
            crate::ops::complex(&a.sub(&b)?, &c.sub(&a)?.sub(&b)?)?
        } else if dtype.is_float() && dtype != dtype.compute() {
            let wide = |t: &Tensor| t.to_dtype(dtype.compute());
            once(&wide(&self.x)?, &wide(&self.w)?, self.bias.as_ref().map(wide).transpose()?.as_ref())?
                .to_dtype(dtype)?
        } else if dtype == DType::I64 {
            let result = once(&self.x, &self.w, None)?;
            match &self.bias {
                Some(b) => {
                    let shape: Shape = std::iter::once(b.numel()).chain((0..self.geometry.rank).map(|_| 1)).collect();
                    result.add(&crate::ops::view::reshape_to(b, &shape)?)?
                }
                None => result,
            }
        } else if dtype.is_float() {
            once(&self.x, &self.w, self.bias.as_ref())?
        } else {
            bail!("\"convolution\" not implemented for '{}'", dtype.name());
        };
        if self.batched { Ok(result) } else { result.squeeze(0) }
    }
}

/// Without places there is nothing to compute from.
fn check_places(name: &str, input: &Tensor, rank: usize) -> Result<()> {
    if input.shape()[input.dim() - rank..].contains(&0) {
        bail!("{name}: Only zero batch or zero channel inputs are supported, but got input shape: {:?}", input.shape());
    }
    Ok(())
}

fn convolve(call: Call, input: &Tensor, weight: &Tensor, bias: Option<&Tensor>) -> Result<Tensor> {
    let ready = prepare(&call, input, weight, bias, false)?;
    let (g, x, w) = (ready.geometry, spatial(ready.x.shape()), spatial(ready.w.shape()));
    let mut output = [1; 3];
    for d in 3 - g.rank..3 {
        let (have, reach) = (x[d] + 2 * g.padding[d], g.dilation[d] * (w[d] - 1) + 1);
        if have < reach {
            bail!(
                "Calculated padded input size per channel: {have}. Kernel size: {reach}. Kernel size can't be greater than actual input size"
            );
        }
        output[d] = (have - reach) / g.stride[d] + 1;
    }
    check_places(call.name, input, g.rank)?;
    ready.run(&|tensors| apply(Convolution { geometry: g, output }, tensors))
}

/// Padding given by name: none ("valid"), or so much that the output has the input's size ("same").
fn convolve_named(
    mut call: Call,
    padding: &str,
    input: &Tensor,
    weight: &Tensor,
    bias: Option<&Tensor>,
) -> Result<Tensor> {
    match padding {
        "valid" => convolve(call, input, weight, bias),
        "same" => {
            call.padding = &[0];
            if call.stride.iter().any(|s| *s != 1) {
                bail!("padding='same' is not supported for strided convolutions");
            }
            let mut ready = prepare(&call, input, weight, bias, false)?;
            check_places(call.name, input, ready.geometry.rank)?;
            let (output, w) = (spatial(ready.x.shape()), spatial(ready.w.shape()));
            for (d, w) in w.into_iter().enumerate() {
                ready.geometry.padding[d] = ready.geometry.dilation[d] * (w - 1) / 2;
            }
            let geometry = ready.geometry;
            ready.run(&|tensors| apply(Convolution { geometry, output }, tensors))
        }
        other => bail!("Invalid padding string: '{other}'. Expected 'valid' or 'same'"),
    }
}

fn transposed(
    call: Call,
    output_padding: &[i64],
    input: &Tensor,
    weight: &Tensor,
    bias: Option<&Tensor>,
) -> Result<Tensor> {
    let ready = prepare(&call, input, weight, bias, true)?;
    let (g, x, w) = (ready.geometry, spatial(ready.x.shape()), spatial(ready.w.shape()));
    check_places(call.name, input, g.rank)?;
    let extra = each_dim(call.name, "output_padding", output_padding, g.rank)?;
    if extra.iter().any(|p| *p < 0) {
        bail!("negative output_padding is not supported");
    }
    let extra = filled(&extra, 0);
    let mut size = [1; 3];
    for d in 3 - g.rank..3 {
        if extra[d] >= g.stride[d] && extra[d] >= g.dilation[d] {
            bail!(
                "output padding must be smaller than either stride or dilation, but got output_padding: {}, stride: {}, dilation: {}",
                extra[d],
                g.stride[d],
                g.dilation[d]
            );
        }
        let full = (x[d].max(1) - 1) * g.stride[d] + g.dilation[d] * (w[d] - 1) + extra[d] + 1;
        size[d] = match full.checked_sub(2 * g.padding[d]) {
            Some(n) if n > 0 => n,
            _ => bail!(
                "Given input size per channel: {:?}. Calculated output size per channel is too small: padding {} leaves nothing of {full}",
                &x[3 - g.rank..],
                g.padding[d]
            ),
        };
    }
    ready.run(&|tensors| apply(ConvolutionInput { geometry: g, input: size }, tensors))
}

macro_rules! convolutions {
    ($($rank:literal $name:ident $named:ident $transposed:ident $torch:tt $torch_transposed:tt [$($sample:tt),*] [$($named_sample:tt),*] [$($transposed_sample:tt),*];)*) => {$(
        /// The convolution (cross-correlation) of `input` [N, C, …] or [C, …] with `weight` [O, C / groups, …], plus `bias` [O].
        #[function(torch = $torch, method = false, sig = "input, weight, bias=None, stride=1, padding=0, dilation=1, groups=1", samples = [$($sample),*])]
        #[allow(clippy::too_many_arguments)]
        pub fn $name(
            input: &Tensor,
            weight: &Tensor,
            bias: Option<&Tensor>,
            stride: Vec<i64>,
            padding: Vec<i64>,
            dilation: Vec<i64>,
            groups: i64,
        ) -> Result<Tensor> {
            let call = Call { name: $torch, rank: $rank, stride: &stride, padding: &padding, dilation: &dilation, groups };
            convolve(call, input, weight, bias)
        }

        /// The same with padding "valid" (none) or "same" (the output has the input's size; the stride must be 1).
        #[function(torch = $torch, method = false, sig = "input, weight, bias=None, stride=1, padding='valid', dilation=1, groups=1", samples = [$($named_sample),*])]
        #[allow(clippy::too_many_arguments)]
        pub fn $named(
            input: &Tensor,
            weight: &Tensor,
            bias: Option<&Tensor>,
            stride: Vec<i64>,
            padding: &str,
            dilation: Vec<i64>,
            groups: i64,
        ) -> Result<Tensor> {
            let call = Call { name: $torch, rank: $rank, stride: &stride, padding: &[0], dilation: &dilation, groups };
            convolve_named(call, padding, input, weight, bias)
        }

        /// The transposed convolution, which is the gradient of a convolution's input: `input` [N, C, …] or [C, …], `weight`
        /// [C, O / groups, …], `bias` [O]. `output_padding` is added to one side of the output's size.
        #[function(torch = $torch_transposed, method = false, sig = "input, weight, bias=None, stride=1, padding=0, output_padding=0, groups=1, dilation=1", samples = [$($transposed_sample),*])]
        #[allow(clippy::too_many_arguments)]
        pub fn $transposed(
            input: &Tensor,
            weight: &Tensor,
            bias: Option<&Tensor>,
            stride: Vec<i64>,
            padding: Vec<i64>,
            output_padding: Vec<i64>,
            groups: i64,
            dilation: Vec<i64>,
        ) -> Result<Tensor> {
            let call = Call { name: $torch_transposed, rank: $rank, stride: &stride, padding: &padding, dilation: &dilation, groups };
            transposed(call, &output_padding, input, weight, bias)
        }
    )*};
}

convolutions! {
    1 conv1d conv1d_named conv_transpose1d "conv1d" "conv_transpose1d"
        ["T(2,3,6), T(4,3,3), T(4)", "T(2,4,7), T(2,2,3), None, 2, 1, 2, 2", "T(3,6), T(4,3,3)"]
        ["T(2,3,6), T(4,3,4), T(4), padding='same'", "T(2,3,6), T(4,3,3), padding='valid'"]
        ["T(2,3,5), T(3,2,3), T(2)", "T(2,4,4), T(4,1,3), None, 2, 1, 1, 2, 2", "T(3,5), T(3,2,3)"];
    2 conv2d conv2d_named conv_transpose2d "conv2d" "conv_transpose2d"
        ["T(2,3,5,6), T(4,3,3,2), T(4)", "T(2,4,6,7), T(4,2,3,3), None, [2,1], [1,2], [1,2], 2", "T(2,3,5,4), T(3,1,3,3), T(3), 1, 1, 1, 3", "T(2,4,5), T(3,2,2,2), groups=1"]
        ["T(2,3,5,6), T(4,3,3,2), T(4), padding='same'", "T(1,2,5,6), T(2,2,2,2), padding='valid'"]
        ["T(2,3,3,4), T(3,2,3,2), T(2)", "T(2,4,3,3), T(4,2,3,3), None, 2, 1, 1, 2", "T(2,3,4), T(2,2,2,2), stride=3"];
    3 conv3d conv3d_named conv_transpose3d "conv3d" "conv_transpose3d"
        ["T(1,2,3,4,3), T(2,2,2,2,2), T(2)", "T(1,2,4,4,4), T(2,1,2,2,2), None, 2, 1, 1, 2"]
        ["T(1,2,3,4,3), T(2,2,2,3,2), padding='same'"]
        ["T(1,2,2,3,2), T(2,2,2,2,2), T(2)", "T(1,2,2,2,2), T(2,1,2,2,2), None, 2, 1, 1, 2"];
}

/// Any of the convolutions, by numbers: with `transposed`, the transposed one.
#[function(method = false, sig = "input, weight, bias, stride, padding, dilation, transposed, output_padding, groups", samples = ["T(2,3,5,6), T(4,3,3,2), T(4), [1], [0], [1], False, [0], 1", "T(2,3,3,4), T(3,2,3,2), None, [2,2], [1,1], [1,1], True, [1,1], 1"])]
#[allow(clippy::too_many_arguments)]
pub fn convolution(
    input: &Tensor,
    weight: &Tensor,
    bias: Option<&Tensor>,
    stride: Vec<i64>,
    padding: Vec<i64>,
    dilation: Vec<i64>,
    transposed: bool,
    output_padding: Vec<i64>,
    groups: i64,
) -> Result<Tensor> {
    let rank = weight.dim().saturating_sub(2);
    if !(1..=3).contains(&rank) {
        bail!("convolution: a weight of 3 to 5 dimensions is expected, got {:?}", weight.shape());
    }
    let call = Call { name: "convolution", rank, stride: &stride, padding: &padding, dilation: &dilation, groups };
    if transposed {
        self::transposed(call, &output_padding, input, weight, bias)
    } else {
        convolve(call, input, weight, bias)
    }
}

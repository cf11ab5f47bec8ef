//! The bridge to the attention kernels.

use super::bridge::broadcast_strides;
use crate::DType;
use crate::tensor::Arg;
use flambeau_kernels::attention::{self, Attention, Dropout, Gradients, Input, Mask, Output};

/// What an attention is besides its tensors.
#[derive(Clone, Copy)]
pub struct Settings<'a> {
    /// A factor for the scores.
    pub scale: f64,
    /// Query i sees keys up to i only.
    pub causal: bool,
    /// One bit for each probability, and the factor of what is kept.
    pub dropout: Option<(&'a [u64], f64)>,
}

fn strides(a: &Arg) -> [isize; 4] {
    let s = a.strides();
    [s[0], s[1], s[2], s[3]]
}

fn input(a: &Arg) -> Input {
    Input { ptr: a.ptr, strides: strides(a) }
}

fn output(a: &Arg) -> Output {
    Output { ptr: a.ptr, strides: strides(a) }
}

fn describe(q: &Arg, k: &Arg, v: &Arg, s: Settings) -> Attention {
    let (qs, ks) = (q.shape(), k.shape());
    Attention {
        batch: qs[0],
        heads: qs[1],
        kv_heads: ks[1],
        t: qs[2],
        s: ks[2],
        d: qs[3],
        dv: v.shape()[3],
        dtype: q.dtype,
        scale: s.scale,
        causal: s.causal,
        // Bit i of byte j is bit 8j + i of the words on a little-endian machine, the only kind Flambeau builds for.
        dropout: s.dropout.map(|(bits, factor)| Dropout { keep: bits.as_ptr().cast(), factor }),
    }
}

const _: () = assert!(cfg!(target_endian = "little"), "dropout bits and file formats assume a little-endian machine");

fn mask(mask: Option<&Arg>, q: &Arg, k: &Arg) -> Mask {
    let Some(m) = mask else { return Mask::None };
    let shape = [q.shape()[0], q.shape()[1], q.shape()[2], k.shape()[2]];
    let s = broadcast_strides(m, &shape);
    let place = Input { ptr: m.ptr, strides: [s[0], s[1], s[2], s[3]] };
    if m.dtype == DType::Bool { Mask::Keep(place) } else { Mask::Add(place) }
}

/// Attention of [batch, heads, rows, numbers] tensors; `lse` is dense [batch, heads, rows].
pub fn forward(settings: Settings, q: Arg, k: Arg, v: Arg, m: Option<Arg>, out: Arg, lse: Arg) {
    let att = describe(&q, &k, &v, settings);
    // SAFETY: the op's `infer` checked ranks, sizes and dtypes; inputs are borrowed, outputs unshared; there is a dropout
    // bit for each probability (the op drew them for these sizes).
    unsafe {
        attention::forward(&att, input(&q), input(&k), input(&v), mask(m.as_ref(), &q, &k), output(&out), lse.ptr)
    }
}

/// The tensors of a backward pass.
pub struct Backward<'a> {
    /// What forward read.
    pub inputs: [Arg<'a>; 3],
    /// The mask that forward read.
    pub mask: Option<Arg<'a>>,
    /// What forward wrote.
    pub out: Arg<'a>,
    /// What forward wrote.
    pub lse: Arg<'a>,
    /// The gradient of the output.
    pub grad: Arg<'a>,
    /// Where the gradients of the inputs go.
    pub grads: [Arg<'a>; 3],
    /// Where the gradient of the scores goes, if wanted.
    pub dmask: Option<Arg<'a>>,
}

/// The gradients of an attention's inputs.
pub fn backward(settings: Settings, b: &Backward) {
    let [q, k, v] = &b.inputs;
    let att = describe(q, k, v, settings);
    let gradients = Gradients {
        out: input(&b.out),
        lse: b.lse.ptr,
        grad: input(&b.grad),
        dq: output(&b.grads[0]),
        dk: output(&b.grads[1]),
        dv: output(&b.grads[2]),
        dmask: b.dmask.as_ref().map(output),
    };
    // SAFETY: as for `forward`; the gradients are unshared and apart from all inputs.
    unsafe { attention::backward(&att, input(q), input(k), input(v), mask(b.mask.as_ref(), q, k), &gradients) }
}

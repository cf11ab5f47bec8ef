//! Multi-head attention with every mask, and the transformer's encoder.

use crate::common::{WIDE, goldens, seeded, tensor, values};
use flambeau_core::{DType, ErrorClass, Result, Tensor, ops};
use flambeau_nn::attention::AttentionMask;
use flambeau_nn::transformer::{Activation, EncoderOptions, deep_copy};
use flambeau_nn::*;

const T: usize = 3;
const S: usize = 5;
const B: usize = 2;
const E: usize = 8;
const H: usize = 2;

fn bools(values: &[u8], shape: &[usize]) -> Tensor {
    Tensor::from_vec(values.iter().map(|v| *v != 0).collect(), shape).expect("a mask")
}

fn upper() -> Tensor {
    bools(&[0, 1, 1, 0, 0, 1, 0, 0, 0], &[T, T])
}

fn padding() -> Tensor {
    bools(&[0, 0, 0, 0, 1, 0, 0, 1, 1, 1], &[B, S])
}

fn self_padding() -> Tensor {
    bools(&[0, 0, 1, 0, 0, 0], &[B, T])
}

#[test]
fn attention_is_pytorchs() {
    let g = goldens();
    let float_padding = ops::zeros(&[B, S], DType::F64)
        .and_then(|z| z.masked_fill(&padding(), f64::NEG_INFINITY))
        .expect("a float mask");
    let mask_3d = tensor("mask_3d", &[B * H, T, S], DType::F64, WIDE);
    for wanted in [false, true] {
        let check = |name: &str, (p, bias, first): (f64, bool, bool), shapes: &[&[usize]], mask: AttentionMask| {
            let call = |m: &MultiheadAttention, x: &[Tensor]| {
                let (q, k) = (&x[0], x.get(1).unwrap_or(&x[0]));
                let v = x.get(2).unwrap_or(k);
                let (y, weights) = m.forward(q, k, v, mask, wanted)?;
                assert_eq!(weights.is_some(), wanted);
                Ok([y].into_iter().chain(weights).collect())
            };
            let end = if wanted { "_weights" } else { "" };
            let name = match name.strip_suffix("_dropout") {
                Some(name) => format!("{name}{end}_dropout"),
                None => format!("{name}{end}"),
            };
            g.replay(&name, || MultiheadAttention::new(E, H, p, bias, first), shapes, WIDE, call);
        };
        let plain = (0.0, true, false);
        let none = AttentionMask::default();
        let (upper, padding, self_padding) = (upper(), padding(), self_padding());
        check("mha_self", plain, &[&[T, B, E]], none);
        check("mha_cross", plain, &[&[T, B, E], &[S, B, E], &[S, B, E]], none);
        let padded = AttentionMask { key_padding_mask: Some(&padding), ..none };
        check("mha_first", (0.0, false, true), &[&[B, T, E], &[B, S, E]], padded);
        let both = AttentionMask { attn_mask: Some(&mask_3d), key_padding_mask: Some(&float_padding), ..none };
        check("mha_masks", (0.0, true, true), &[&[B, T, E], &[B, S, E]], both);
        check("mha_causal", plain, &[&[T, B, E]], AttentionMask { is_causal: true, ..none });
        check("mha_causal", plain, &[&[T, B, E]], AttentionMask { attn_mask: Some(&upper), is_causal: true, ..none });
        let both = AttentionMask { attn_mask: Some(&upper), key_padding_mask: Some(&self_padding), ..none };
        check("mha_bool_both", plain, &[&[T, B, E]], both);
        let both = AttentionMask { is_causal: true, key_padding_mask: Some(&self_padding), ..none };
        check("mha_bool_both", plain, &[&[T, B, E]], both);
        check("mha_unbatched", plain, &[&[T, E], &[S, E]], none);
        check("mha_dropout", (0.4, true, false), &[&[T, B, E]], none);
    }
}

#[test]
fn attention_refuses_what_does_not_fit() {
    let _turn = seeded();
    let refused = |result: Result<()>, text: &str| {
        let e = result.expect_err(text);
        assert!(e.message().contains(text), "{e:?} instead of {text:?}");
        e.class()
    };
    let made = MultiheadAttention::new(7, 2, 0.0, true, false).map(|_| ());
    assert_eq!(refused(made, "must be divisible by num_heads"), ErrorClass::Value);
    assert!(MultiheadAttention::new(8, 0, 0.0, true, false).is_err());
    let m = MultiheadAttention::new(E, H, 0.0, true, false).expect("attention");
    let x = tensor("x", &[T, B, E], DType::F32, WIDE);
    let with = |mask: AttentionMask| m.forward(&x, &x, &x, mask, false).map(|_| ());
    let (wrong, padding) = (ops::zeros(&[T, S], DType::F32).expect("zeros"), padding());
    refused(
        with(AttentionMask { attn_mask: Some(&wrong), ..Default::default() }),
        "The shape of the attn_mask is [3, 5]",
    );
    refused(
        with(AttentionMask { key_padding_mask: Some(&padding), ..Default::default() }),
        "key_padding_mask shape of [2, 3]",
    );
    let flat = tensor("x", &[E], DType::F32, WIDE);
    refused(
        m.forward(&flat, &flat, &flat, AttentionMask::default(), false).map(|_| ()),
        "query should be unbatched 2D or batched 3D tensor but received 1-D",
    );
    for (q, k, v) in [
        ([T, B, E], [S, B, E], [T, B, E]),
        ([T, B, E], [S, B + 1, E], [S, B + 1, E]),
        ([T, B, E], [S, B, E - 1], [S, B, E - 1]),
    ] {
        let [q, k, v] = [q, k, v].map(|s| tensor("x", &s, DType::F32, WIDE));
        for wanted in [false, true] {
            assert!(m.forward(&q, &k, &v, AttentionMask::default(), wanted).is_err(), "{:?}", (q.shape(), k.shape()));
        }
    }
    // Mixed ranks are an error too, not a panic.
    let q = tensor("x", &[T, E], DType::F32, WIDE);
    assert!(m.forward(&q, &x, &x, AttentionMask::default(), false).is_err());
    assert!(m.forward(&x, &q, &q, AttentionMask::default(), false).is_err());
}

#[test]
fn the_encoder_is_pytorchs() {
    let g = goldens();
    let d = EncoderOptions { dim_feedforward: 12, dropout: 0.0, ..EncoderOptions::default() };
    let check = |name: &str, o: EncoderOptions, shape: &[usize], mask: AttentionMask| {
        let call = |m: &TransformerEncoderLayer, x: &[Tensor]| Ok(vec![m.forward_masked(&x[0], mask)?]);
        g.replay(name, || TransformerEncoderLayer::new(E, H, o), &[shape], WIDE, call);
    };
    let none = AttentionMask::default();
    let (upper, padding) = (upper(), self_padding());
    let shape: &[usize] = &[T, B, E];
    check("encoder_layer", d, shape, none);
    let gelu = EncoderOptions { activation: Activation::Gelu, ..d };
    check("encoder_layer_gelu", EncoderOptions { batch_first: true, ..gelu }, &[B, T, E], none);
    check("encoder_layer_first", EncoderOptions { norm_first: true, ..d }, shape, none);
    let first_gelu = EncoderOptions { norm_first: true, layer_norm_eps: 1e-2, ..gelu };
    check("encoder_layer_first_gelu", first_gelu, shape, none);
    check("encoder_layer_no_bias", EncoderOptions { bias: false, ..d }, shape, none);
    let both = AttentionMask { attn_mask: Some(&upper), key_padding_mask: Some(&padding), is_causal: false };
    check("encoder_layer_masks", d, shape, both);
    check("encoder_layer_causal", d, shape, AttentionMask { is_causal: true, ..none });
    check("encoder_layer_dropout", EncoderOptions { dropout: 0.3, ..d }, shape, none);
    let encoder = || TransformerEncoder::new(&TransformerEncoderLayer::new(E, H, d)?, 2, None);
    g.replay("encoder", encoder, &[shape], WIDE, |m, x| Ok(vec![m.forward(&x[0])?]));
    let encoder = || {
        let layer = TransformerEncoderLayer::new(E, H, EncoderOptions { norm_first: true, ..d })?;
        TransformerEncoder::new(&layer, 2, Some(LayerNorm::new(E)?))
    };
    g.replay("encoder_norm", encoder, &[shape], WIDE, |m, x| Ok(vec![m.forward_masked(&x[0], both)?]));
}

#[test]
fn layers_of_an_encoder_do_not_share_weights() {
    let _turn = seeded();
    let layer = TransformerEncoderLayer::new(E, H, EncoderOptions::default()).expect("layer");
    let encoder = TransformerEncoder::new(&layer, 2, None).expect("encoder");
    init::zeros_(&encoder.layers[0].linear1.weight).expect("zeros");
    assert!(values(&encoder.layers[1].linear1.weight).iter().any(|w| *w != 0.0));
    assert!(values(&layer.linear1.weight).iter().any(|w| *w != 0.0));
    let copy = deep_copy(&encoder).expect("copy");
    assert_eq!(copy.num_parameters(), encoder.num_parameters());
    assert!(copy.parameters().iter().all(|p| p.requires_grad() && p.is_leaf()));
    // Evaluating, dropout does nothing, in the attention either.
    encoder.eval();
    let x = tensor("x", &[T, B, E], DType::F32, WIDE);
    let [a, b] = [0, 1].map(|_| values(&encoder.forward(&x).expect("forward")));
    assert_eq!(a, b);
    encoder.train();
    assert_ne!(values(&encoder.forward(&x).expect("forward")), a);
}

//! Fields of all kinds: found by type, left alone, or skipped.

use flambeau_nn::{Buffer, Dropout, Forward, Linear, Module, ModuleExt, Parameter, Tanh};
use std::collections::BTreeMap;

#[derive(Module)]
struct Inner {
    scale: Parameter,
    r#type: Linear,
}

#[derive(Module)]
struct Net {
    inner: Inner,
    list: Vec<Linear>,
    deep: Vec<Option<Vec<Parameter>>>,
    maybe: Option<Linear>,
    nothing: Option<Linear>,
    boxed: Box<dyn Forward>,
    pair: [Linear; 2],
    map: BTreeMap<String, Linear>,
    mean: Buffer,
    cache: Buffer,
    dropout: Dropout,
    activation: Tanh,
    #[module(skip)]
    target: Linear,
    width: usize,
    name: &'static str,
    numbers: Vec<f64>,
    choose: fn(usize) -> usize,
    plain: flambeau_core::Tensor,
}

#[derive(Module)]
struct Empty {}

fn linear() -> Linear {
    Linear::new(1, 1, false).unwrap()
}

fn main() {
    let one = || flambeau_core::ops::ones(&[1], flambeau_core::DType::F32).unwrap();
    let parameter = || Parameter::new(one()).unwrap();
    let net = Net {
        inner: Inner { scale: parameter(), r#type: linear() },
        list: vec![linear(), linear()],
        deep: vec![None, Some(vec![parameter()])],
        maybe: Some(linear()),
        nothing: None,
        boxed: Box::new(linear()),
        pair: [linear(), linear()],
        map: [("b", linear()), ("a", linear())].map(|(k, v)| (k.to_string(), v)).into(),
        mean: Buffer::new(one()),
        cache: Buffer::transient(one()),
        dropout: Dropout::new(0.1).unwrap(),
        activation: Tanh::default(),
        target: linear(),
        width: 3,
        name: "net",
        numbers: vec![1.0],
        choose: |n| n,
        plain: one(),
    };
    let keys: Vec<String> = net.state_dict().into_iter().map(|(k, _)| k).collect();
    let want = [
        "deep.1.0", "mean", "inner.scale", "inner.type.weight", "list.0.weight", "list.1.weight", "maybe.weight",
        "boxed.weight", "pair.0.weight", "pair.1.weight", "map.a.weight", "map.b.weight",
    ];
    assert_eq!(keys, want);
    assert_eq!(net.type_name(), "Net");
    assert_eq!((net.width, net.name, net.numbers.len(), (net.choose)(2), net.plain.numel()), (3, "net", 1, 2, 1));
    assert_eq!(net.target.in_features(), 1);
    assert!(net.nothing.is_none() && net.cache.numel() == 1 && net.dropout.p > 0.0);
    net.activation.forward(&one()).unwrap();
    assert!(Empty {}.state_dict().is_empty());
}

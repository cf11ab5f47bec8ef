//! The test tensors and cases of `conformance/optim_goldens.py`, number for number.

use flambeau_core::{DType, Tensor};
use flambeau_optim::{Adam, AdamOptions, AdamW, Optimizer, ParamGroup, Sgd, SgdOptions};
use serde_json::Value;
use std::collections::HashMap;
use std::path::PathBuf;

pub fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../conformance")
}

/// The cases and schedules.
pub fn json() -> Value {
    let text = std::fs::read_to_string(folder().join("optim.json")).expect("conformance/optim.json");
    serde_json::from_str(&text).expect("JSON")
}

/// What PyTorch gave, by name.
pub fn goldens() -> HashMap<String, Tensor> {
    flambeau_io::load_file(folder().join("goldens/optim.safetensors")).expect("goldens").into_iter().collect()
}

pub fn shapes() -> [&'static [usize]; 3] {
    [&[3, 5], &[9], &[]]
}

fn splitmix(x: u64) -> u64 {
    let x = x.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ (x >> 31)
}

/// The tensor of this name: floats in [-2, 2).
pub fn tensor(name: &str, shape: &[usize], dtype: DType) -> Tensor {
    let seed = name.bytes().fold(0xCBF2_9CE4_8422_2325u64, |h, b| (h ^ b as u64).wrapping_mul(0x100_0000_01B3));
    let unit = |i: usize| (splitmix(seed.wrapping_add(i as u64)) >> 40) as f64 / (1u64 << 24) as f64;
    let values = (0..shape.iter().product()).map(|i| -2.0 + unit(i) * 4.0).collect();
    Tensor::from_vec::<f64>(values, shape).and_then(|t| t.to_dtype(dtype)).expect("a test tensor")
}

pub fn values(t: &Tensor) -> Vec<f64> {
    t.detach().to_dtype(DType::F64).and_then(|t| t.to_vec::<f64>()).expect("values")
}

/// The parameters at the start.
pub fn params(dtype: DType) -> Vec<Tensor> {
    let make = |(i, shape): (usize, &&[usize])| {
        let p = tensor(&format!("p.{i}"), shape, dtype);
        p.requires_grad_(true).expect("a leaf");
        p
    };
    shapes().iter().enumerate().map(make).collect()
}

/// Gives the parameters the gradients of a step.
pub fn set_grads(params: &[Tensor], step: usize, skips: bool) {
    for (i, p) in params.iter().enumerate() {
        let g = tensor(&format!("g.{step}.{i}"), p.shape(), p.dtype());
        let g = p.detach().mul(0.5).and_then(|half| g.add(&half)).expect("a gradient");
        p.set_grad(if skips && i == 1 && step % 3 != 2 { None } else { Some(g) }).expect("set_grad");
    }
}

/// The optimizer of a case; the first group takes the first parameter where there are two, else all.
pub fn optimizer(case: &Value, params: &[Tensor]) -> Box<dyn Optimizer> {
    let groups = case["groups"].as_array().expect("groups");
    let lists = if groups.len() == 1 { vec![params] } else { vec![&params[..1], &params[1..]] };
    let number = |g: &Value, name: &str, default: f64| g.get(name).map_or(default, |v| v.as_f64().expect("a number"));
    let flag = |g: &Value, name: &str| g.get(name).is_some_and(|v| v.as_bool().expect("a bool"));
    if case["kind"] == "SGD" {
        let group = |(g, list): (&Value, &&[Tensor])| ParamGroup {
            params: list.to_vec(),
            options: SgdOptions {
                lr: number(g, "lr", 0.0),
                momentum: number(g, "momentum", 0.0),
                dampening: number(g, "dampening", 0.0),
                weight_decay: number(g, "weight_decay", 0.0),
                nesterov: flag(g, "nesterov"),
                maximize: flag(g, "maximize"),
            },
        };
        return Box::new(Sgd::with_groups(groups.iter().zip(&lists).map(group).collect()).expect("SGD"));
    }
    let adamw = case["kind"] == "AdamW";
    let group = |(g, list): (&Value, &&[Tensor])| ParamGroup {
        params: list.to_vec(),
        options: AdamOptions {
            lr: number(g, "lr", 0.0),
            betas: g.get("betas").map_or((0.9, 0.999), |b| {
                (b[0].as_f64().expect("the first beta"), b[1].as_f64().expect("the second beta"))
            }),
            eps: number(g, "eps", 1e-8),
            weight_decay: number(g, "weight_decay", if adamw { 0.01 } else { 0.0 }),
            amsgrad: flag(g, "amsgrad"),
            maximize: flag(g, "maximize"),
        },
    };
    let groups = groups.iter().zip(&lists).map(group).collect();
    Box::new(if adamw { AdamW::with_groups(groups) } else { Adam::with_groups(groups) }.expect("Adam"))
}

pub fn skips(case: &Value) -> bool {
    case["groups"][0].get("skips").is_some()
}

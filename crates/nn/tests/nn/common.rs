//! The test tensors of `conformance/nn_goldens.py`, and one case of it replayed.

use flambeau_core::{DType, Result, Tensor, ops, random};
use flambeau_nn::module::to_dtype;
use flambeau_nn::{Module, ModuleExt};
use serde_json::Value;
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What PyTorch gave, and the turn to seed and draw.
pub struct Goldens {
    _turn: MutexGuard<'static, ()>,
    tensors: HashMap<String, Tensor>,
    keys: Value,
}

pub fn goldens() -> Goldens {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../conformance");
    let tensors = flambeau_io::load_file(folder.join("goldens/nn.safetensors")).expect("goldens").into_iter().collect();
    let text = std::fs::read_to_string(folder.join("nn.json")).expect("conformance/nn.json");
    Goldens { _turn: seeded(), tensors, keys: serde_json::from_str(&text).expect("JSON") }
}

/// Tests that draw take turns: the default generator is one for all.
pub fn seeded() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

fn splitmix(x: u64) -> u64 {
    let x = x.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ (x >> 31)
}

/// The tensor of this name.
pub fn tensor(name: &str, shape: &[usize], dtype: DType, (low, high): (f64, f64)) -> Tensor {
    let seed = name.bytes().fold(0xCBF2_9CE4_8422_2325u64, |h, b| (h ^ b as u64).wrapping_mul(0x100_0000_01B3));
    let unit = |i: usize| (splitmix(seed.wrapping_add(i as u64)) >> 40) as f64 / (1u64 << 24) as f64;
    let values = (0..shape.iter().product()).map(|i| low + unit(i) * (high - low)).collect();
    Tensor::from_vec::<f64>(values, shape).and_then(|t| t.to_dtype(dtype)).expect("a test tensor")
}

pub fn values(t: &Tensor) -> Vec<f64> {
    t.detach().to_dtype(DType::F64).and_then(|t| t.to_vec::<f64>()).expect("values")
}

fn weights(shape: &[usize], dtype: DType) -> Tensor {
    let values = (0..shape.iter().product::<usize>()).map(|i| 1.0 - 0.3 * (i * 7 % 5) as f64).collect();
    Tensor::from_vec::<f64>(values, shape).and_then(|t| t.to_dtype(dtype)).expect("weights")
}

fn assert_close(name: &str, got: &Tensor, want: &Tensor, bound: f64) {
    assert_eq!(got.shape(), want.shape(), "{name}: shape");
    for (i, (a, b)) in values(got).into_iter().zip(values(want)).enumerate() {
        assert!((a - b).abs() <= bound * b.abs().max(1.0), "{name}[{i}] in {}: {a} instead of {b}", got.dtype().name());
    }
}

impl Goldens {
    fn get(&self, name: &str) -> &Tensor {
        self.tensors.get(name).unwrap_or_else(|| panic!("no golden {name}"))
    }

    /// The keys, shapes, order and first values of a layer made after `manual_seed(0)`.
    pub fn assert_begins<M: Module>(&self, name: &str, make: impl Fn() -> Result<M>) -> M {
        random::manual_seed(0);
        let module = make().expect(name);
        let state = module.state_dict();
        let got: Vec<Value> = state.iter().map(|(k, t)| serde_json::json!([k, t.shape()])).collect();
        assert_eq!(Value::from(got), self.keys[name]["state"], "{name}: keys and shapes of the state dict");
        let names: Vec<String> = module.named_parameters().into_iter().map(|(n, _)| n).collect();
        assert_eq!(Value::from(names), self.keys[name]["parameters"], "{name}: names of the parameters");
        for (key, t) in &state {
            let want = self.get(&format!("nn/{name}/init/{key}"));
            assert_eq!(t.dtype(), want.dtype(), "{name}: dtype of {key}");
            let bits = |t: &Tensor| -> Vec<u32> {
                t.to_vec::<f32>().expect("float32").into_iter().map(f32::to_bits).collect()
            };
            assert_eq!(bits(t), bits(want), "{name}: first values of {key}");
        }
        module
    }

    /// As `assert_begins`; then outputs and gradients, in float64 and float32. A case named `…dropout` draws.
    pub fn replay<M: Module>(
        &self,
        name: &str,
        make: impl Fn() -> Result<M>,
        shapes: &[&[usize]],
        range: (f64, f64),
        call: impl Fn(&M, &[Tensor]) -> Result<Vec<Tensor>>,
    ) {
        let drawn = name.ends_with("dropout");
        for dtype in [DType::F32, DType::F64] {
            if drawn && dtype == DType::F64 {
                continue;
            }
            let mut module = self.assert_begins(name, &make);
            to_dtype(&mut module, dtype).expect("to_dtype");
            // PyTorch's derivative of this one holds a sixth as float32 has it, in float64 too.
            let rough = name == "act_hardsigmoid";
            let bound = if dtype == DType::F32 { 2e-5 } else { 1e-12 + if rough { 1e-7 } else { 0.0 } };
            let inputs: Vec<Tensor> = shapes
                .iter()
                .enumerate()
                .map(|(i, shape)| tensor(&format!("{name}.{i}"), shape, dtype, range))
                .collect();
            inputs.iter().for_each(|x| assert!(x.requires_grad_(true).is_ok()));
            random::manual_seed(5);
            let outputs = call(&module, &inputs).unwrap_or_else(|e| panic!("{name}: {e:?}"));
            let mut total = ops::zeros(&[], dtype).expect("zeros");
            for (i, o) in outputs.iter().enumerate() {
                assert_eq!(o.dtype(), dtype, "{name}: dtype of output {i}");
                assert_close(&format!("{name}/out.{i}"), o, self.get(&format!("nn/{name}/out.{i}")), bound);
                let weighted = o.mul(&weights(o.shape(), dtype)).and_then(|w| w.sum(None, false, None)).expect("sum");
                total = total.add(&weighted).expect("add");
            }
            assert!(!self.tensors.contains_key(&format!("nn/{name}/out.{}", outputs.len())), "{name}: more outputs");
            total.backward().unwrap_or_else(|e| panic!("{name}: {e:?}"));
            for (i, x) in inputs.iter().enumerate() {
                let g = x.grad().unwrap_or_else(|| panic!("{name}: input {i} has no gradient"));
                assert_close(&format!("{name}/grad.{i}"), &g, self.get(&format!("nn/{name}/grad.{i}")), bound);
            }
            for (key, p) in module.named_parameters() {
                let g = p.grad().unwrap_or_else(|| panic!("{name}: {key} has no gradient"));
                assert_close(&format!("{name}/param.{key}"), &g, self.get(&format!("nn/{name}/param.{key}")), bound);
            }
        }
    }

    /// A tensor that an `init` function filled after `manual_seed(0)`.
    pub fn assert_filled(&self, name: &str, shape: &[usize], fill: impl Fn(&Tensor) -> Result<()>) {
        random::manual_seed(0);
        let t = ops::full(shape, 9.0, Some(DType::F32)).expect("full");
        fill(&t).expect(name);
        let want = self.get(&format!("nn/init/{name}"));
        assert_eq!(t.to_vec::<f32>().expect("float32"), want.to_vec::<f32>().expect("float32"), "{name}");
    }
}

pub const WIDE: (f64, f64) = (-2.0, 2.0);

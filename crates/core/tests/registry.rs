//! Every function of the registry on every dtype and layout: against PyTorch's goldens, against itself in other memory
//! layouts, against finite differences, in place against functional, and kernels against their decompositions.

mod common;

use common::{Call, Sizes, call, call_resized, difference, dtypes, numbers, sizes, tolerance, with_tensors};
use flambeau_core::autograd::{GradCheck, gradcheck, gradgradcheck};
use flambeau_core::registry::{Function, functions};
use flambeau_core::{DType, Result, Tensor};
use std::collections::HashMap;
use std::path::Path;

/// The goldens: what PyTorch gave, by `FUNCTION/SAMPLE/DTYPE/out.I`.
fn goldens() -> HashMap<String, Tensor> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../conformance/goldens");
    let mut all = HashMap::new();
    let files = std::fs::read_dir(folder).expect("conformance/goldens").flatten();
    for file in files.filter(|f| f.path().extension().is_some_and(|e| e == "safetensors")) {
        let bytes = std::fs::read(file.path()).expect("a golden file");
        let header_len = u64::from_le_bytes(bytes[..8].try_into().expect("8 bytes")) as usize;
        let header: serde_json::Value = serde_json::from_slice(&bytes[8..8 + header_len]).expect("header");
        for (name, info) in header.as_object().expect("an object") {
            let shape: Vec<usize> =
                info["shape"].as_array().expect("shape").iter().map(|n| n.as_u64().expect("size") as usize).collect();
            let at: Vec<usize> = info["data_offsets"]
                .as_array()
                .expect("offsets")
                .iter()
                .map(|n| n.as_u64().expect("offset") as usize + 8 + header_len)
                .collect();
            let tensor = from_bytes(&bytes[at[0]..at[1]], info["dtype"].as_str().expect("dtype"), &shape, name);
            all.insert(name.trim_end_matches("@complex128").to_string(), tensor);
        }
    }
    all
}

fn from_bytes(bytes: &[u8], dtype: &str, shape: &[usize], name: &str) -> Tensor {
    macro_rules! read {
        ($ty:ty) => {
            Tensor::from_vec(
                bytes
                    .chunks_exact(size_of::<$ty>())
                    .map(|c| <$ty>::from_le_bytes(c.try_into().expect("size")))
                    .collect(),
                shape,
            )
        };
    }
    // complex128 is no dtype of the format: stored as pairs of F64 under a marked name.
    if name.ends_with("@complex128") {
        let pairs: Vec<[f64; 2]> = bytes
            .chunks_exact(16)
            .map(|c| {
                [f64::from_le_bytes(c[..8].try_into().expect("8")), f64::from_le_bytes(c[8..].try_into().expect("8"))]
            })
            .collect();
        return Tensor::from_vec(pairs, &shape[..shape.len() - 1]).expect("golden");
    }
    match dtype {
        "BOOL" => Tensor::from_vec(bytes.iter().map(|b| *b != 0).collect(), shape),
        "U8" => read!(u8),
        "I8" => read!(i8),
        "I16" => read!(i16),
        "I32" => read!(i32),
        "I64" => read!(i64),
        "F16" => read!(half::f16),
        "BF16" => read!(half::bf16),
        "F32" => read!(f32),
        "F64" => read!(f64),
        "C64" => Tensor::from_vec(
            bytes
                .chunks_exact(8)
                .map(|c| {
                    [
                        f32::from_le_bytes(c[..4].try_into().expect("4")),
                        f32::from_le_bytes(c[4..].try_into().expect("4")),
                    ]
                })
                .collect(),
            shape,
        ),
        other => panic!("{name}: dtype {other}"),
    }
    .expect("golden")
}

fn weights(t: &Tensor) -> Tensor {
    let values = (0..t.numel()).map(|i| 1.0 - 0.3 * ((i * 7) % 5) as f64).collect();
    Tensor::from_vec(values, t.shape()).expect("weights")
}

/// Runs `check` on every function, sample and dtype, in parallel, and fails with all the complaints together.
/// `FLAMBEAU_OPS=name,name` runs it on these functions only.
fn each(check: impl Fn(&'static Function, usize, DType) -> Vec<String> + Sync) {
    let mut all = functions();
    if let Ok(names) = std::env::var("FLAMBEAU_OPS") {
        all.retain(|f| names.split(',').any(|n| n == f.name));
    }
    let next = std::sync::atomic::AtomicUsize::new(0);
    let complaints = std::sync::Mutex::new(Vec::new());
    std::thread::scope(|s| {
        for _ in 0..std::thread::available_parallelism().map_or(2, |n| n.get()) {
            s.spawn(|| {
                while let Some(function) = all.get(next.fetch_add(1, std::sync::atomic::Ordering::Relaxed)) {
                    for index in 0..function.samples.len() {
                        for dtype in dtypes(function.dtypes) {
                            let found = check(function, index, dtype);
                            if !found.is_empty() {
                                let prefix =
                                    format!("{}/{index}/{}({})", function.name, dtype.name(), function.samples[index]);
                                complaints
                                    .lock()
                                    .expect("lock")
                                    .extend(found.into_iter().map(|c| format!("{prefix}: {c}")));
                            }
                        }
                    }
                }
            });
        }
    });
    let mut complaints = complaints.into_inner().expect("lock");
    complaints.sort();
    assert!(
        complaints.is_empty(),
        "{} complaints:\n{}",
        complaints.len(),
        complaints[..complaints.len().min(400)].join("\n")
    );
}

#[test]
fn every_function_has_samples() {
    let all = functions();
    assert!(all.len() > 200, "only {} functions are registered", all.len());
    let without: Vec<&str> = all.iter().filter(|f| f.samples.is_empty()).map(|f| f.name).collect();
    assert!(without.is_empty(), "functions without samples: {without:?}");
}

#[test]
fn outputs_and_gradients_equal_pytorch() {
    let goldens = goldens();
    assert!(goldens.len() > 3000, "only {} goldens", goldens.len());
    each(|function, index, dtype| {
        let key = format!("{}/{index}/{}", function.name, dtype.name());
        let golden = |i: usize| goldens.get(&format!("{key}/out.{i}"));
        let Some(_) = golden(0) else {
            // PyTorch refused this dtype; nothing to compare, but no panic either.
            if let Ok(c) = call(function, index, dtype, false) {
                let _ = function.tensors(&c.values);
            }
            return vec![];
        };
        let run = || -> Result<Vec<String>> {
            let Call { values, tensors } = call(function, index, dtype, function.grad)?;
            let outputs = function.tensors(&values)?;
            let mut found: Vec<String> = outputs
                .iter()
                .enumerate()
                .filter_map(|(i, out)| match golden(i) {
                    Some(want) => {
                        let (rtol, atol) = tolerance(if out.dtype().is_differentiable() { out.dtype() } else { dtype });
                        difference(out, want, rtol, atol).map(|d| format!("output {i}: {d}"))
                    }
                    None => Some(format!("output {i} is one too many")),
                })
                .collect();
            if golden(outputs.len()).is_some() {
                found.push(format!("output {} is missing", outputs.len()));
            }
            if dtype == DType::F64 && function.grad && goldens.contains_key(&format!("{key}/grad.0")) {
                let roots: Vec<&Tensor> = outputs.iter().filter(|t| t.requires_grad()).collect();
                let leaves: Vec<&Tensor> = tensors.iter().filter(|t| t.requires_grad()).collect();
                let seeds: Vec<Tensor> = roots.iter().map(|t| weights(t).to_dtype(t.dtype())).collect::<Result<_>>()?;
                let seeds: Vec<Option<&Tensor>> = seeds.iter().map(Some).collect();
                let grads = flambeau_core::autograd::grad(&roots, &leaves, &seeds, false, false, true)?;
                for (i, (g, leaf)) in grads.into_iter().zip(&leaves).enumerate() {
                    let g = match g {
                        Some(g) => g,
                        None => leaf.zeros_like()?,
                    };
                    match goldens.get(&format!("{key}/grad.{i}")) {
                        Some(want) => {
                            found.extend(difference(&g, want, 1e-7, 1e-7).map(|d| format!("gradient {i}: {d}")))
                        }
                        None => found.push(format!("gradient {i} has no golden")),
                    }
                }
            }
            Ok(found)
        };
        run().unwrap_or_else(|e| vec![format!("error: {e:?}")])
    });
}

/// The same elements, in memory in the opposite order of dimensions.
fn transposed(t: &Tensor) -> Result<Tensor> {
    let dims: Vec<i64> = (0..t.dim() as i64).rev().collect();
    t.detach().permute(&dims)?.contiguous()?.permute(&dims)
}

/// The same elements, as every second one of a larger tensor, from an offset.
fn sliced(t: &Tensor) -> Result<Tensor> {
    if t.dim() == 0 {
        return Ok(t.clone());
    }
    let mut shape = t.shape().to_vec();
    let last = shape.len() - 1;
    shape[last] = 2 * shape[last] + 3;
    let room = flambeau_core::ops::ones(&shape, t.dtype())?;
    let end = 2 + 2 * t.shape()[last] as i64;
    let view = room.slice(last as i64, Some(2), Some(end), 2)?;
    view.copy_(&t.detach())?;
    Ok(view)
}

/// The first slice along dimension 0, broadcast to all of it.
fn broadcast(t: &Tensor) -> Result<Tensor> {
    if t.dim() == 0 || t.shape()[0] == 0 {
        return Ok(t.clone());
    }
    let size: Vec<i64> = t.shape().iter().map(|n| *n as i64).collect();
    t.detach().narrow(0, 0, 1)?.expand(&size)
}

#[test]
fn memory_layout_changes_nothing() {
    type Change = fn(&Tensor) -> Result<Tensor>;
    const LAYOUTS: [(&str, Change, Change); 3] = [
        ("transposed", transposed, |t| Ok(t.clone())),
        ("sliced", sliced, |t| Ok(t.clone())),
        ("broadcast", broadcast, |t| broadcast(t)?.contiguous()),
    ];
    // Names of functions that speak of memory itself, or write into arguments that cannot be broadcast.
    const ABOUT_MEMORY: [&str; 6] =
        ["as_strided", "as_strided_copy", "batch_norm_with_update", "view", "view_as_complex", "view_dtype"];
    each(|function, index, dtype| {
        if ABOUT_MEMORY.contains(&function.name) {
            return vec![];
        }
        let mut found = Vec::new();
        for (name, change, reference) in LAYOUTS {
            let run = || -> Result<Option<String>> {
                let plain = call(function, index, dtype, false)?;
                // Index tensors keep their values where dimension 0 is broadcast, so both sides see the same call.
                let expected = with_tensors(&plain.values, &mut |t| reference(t).expect("layout"));
                let Ok(want) = function.tensors(&expected) else { return Ok(None) };
                let strided = with_tensors(&plain.values, &mut |t| change(t).expect("layout"));
                let got = function.tensors(&strided)?;
                let (rtol, atol) = tolerance(dtype);
                Ok(got.iter().zip(&want).find_map(|(g, w)| difference(g, w, rtol, atol)))
            };
            match run() {
                Ok(None) => {}
                Ok(Some(d)) => found.push(format!("{name}: {d}")),
                Err(e) => found.push(format!("{name}: {e:?}")),
            }
        }
        found
    });
}

/// Functions whose outputs' shapes depend on the elements, or on their size.
const SHAPED_BY_ELEMENTS: [&str; 4] = ["argwhere", "masked_select", "nonzero", "view_dtype"];
/// Cases in which we do not follow PyTorch.
const OUR_OWN: &[&str] = &[
    // PyTorch stumbles over its own check of sizes, or over a reshape; nothing is wrong with these calls.
    "batch_norm/0/3",
    "batch_norm_of_torch/0/3",
    "instance_norm/0/2",
    "instance_norm/0/3",
    "bilinear/0/2",
    "bilinear/0/4",
    "bilinear/1/2",
    "bilinear/1/4",
    "cov/2/0d",
    // Without channels PyTorch takes a kernel of size 0, and gives no channels for four filters.
    "conv1d/0/3",
    "conv1d/2/3",
    "conv1d_named/0/3",
    "conv1d_named/1/3",
    "conv2d/0/3",
    "conv2d/3/2",
    "conv2d_named/0/3",
    "convolution/0/3",
    // The rank of a matrix does not depend on how many right-hand sides there are.
    "lstsq/0/2",
    // The mean of no losses is NaN; PyTorch leaves memory as it found it.
    "multi_margin_loss/0/3",
    "multilabel_margin_loss/0/3",
    // We refuse an index beyond an empty dimension, and queries whose keys have no heads.
    "index_add/0/5",
    "index_add/1/4",
    "scaled_dot_product_attention/5/2",
    // Bags that are all empty are zeros; PyTorch stumbles over making their offsets.
    "embedding_bag/0/3",
    "embedding_bag/1/3",
    "embedding_bag/2/3",
    "embedding_bag/3/3",
];

/// Whether a call gave what `edge_goldens.py` describes, dtype, shape and elements, or an error where PyTorch raises one.
fn agrees(got: &Result<Vec<Tensor>>, want: &serde_json::Value) -> Option<String> {
    let outputs = match got {
        Ok(outputs) if want.is_array() => outputs,
        Ok(outputs) => return Some(format!("gave {outputs:?} instead of {want}")),
        Err(e) if want.is_array() => return Some(format!("{e:?} instead of {want}")),
        // Which class depends on what is checked first; that both refuse is what counts here.
        Err(_) => return None,
    };
    let want = want.as_array()?;
    if outputs.len() != want.len() {
        return Some(format!("{} outputs instead of {}", outputs.len(), want.len()));
    }
    outputs.iter().zip(want).enumerate().find_map(|(i, (t, w))| {
        if w["dtype"] != t.dtype().name() || w["shape"] != serde_json::json!(t.shape()) {
            return Some(format!("output {i} is {:?} {} instead of {w}", t.shape(), t.dtype().name()));
        }
        let values = w.get("values")?.as_array()?;
        let (rtol, atol) = tolerance(t.dtype());
        numbers(t).iter().zip(values).enumerate().find_map(|(j, (g, w))| {
            let parse = |x: &str| match x {
                "True" => 1.0,
                "False" => 0.0,
                x => x.parse().unwrap_or(f64::NAN),
            };
            let text = w.as_str()?;
            let (re, im) = text.split_once(' ').unwrap_or((text, "0"));
            let same = [(g[0], parse(re)), (g[1], parse(im))]
                .iter()
                .all(|(g, w)| g == w || (g.is_nan() && w.is_nan()) || (g - w).abs() <= atol + rtol * w.abs());
            (!same).then(|| format!("element {j} of output {i} is {g:?} instead of {text}"))
        })
    })
}

#[test]
fn empty_and_0d_tensors_give_what_pytorch_gives() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../conformance/goldens/edges.json");
    let text = std::fs::read_to_string(path).expect("the goldens");
    let goldens: HashMap<String, serde_json::Value> = serde_json::from_str(&text).expect("a table");
    assert!(goldens.len() > 2000, "only {} goldens", goldens.len());
    each(|function, index, dtype| {
        let classes = dtypes(function.dtypes);
        let tested = [DType::F64, DType::I64, DType::C128].into_iter().find(|d| classes.contains(d));
        let zero = sizes(function, index).expect("sizes").into_iter().map(Sizes::Zero);
        let mut found = Vec::new();
        for case in zero.chain([Sizes::None]) {
            let name = if let Sizes::Zero(n) = case { n.to_string() } else { "0d".into() };
            // Other dtypes: no panic, and no output that differs in shape.
            let run = |dtype, grad| {
                let call = call_resized(function, index, dtype, grad, case)?;
                let outputs = function.tensors(&call.values)?;
                Ok((outputs, call.tensors))
            };
            let attempt = std::panic::catch_unwind(|| run(dtype, function.grad));
            let Ok(result): std::thread::Result<Result<(Vec<Tensor>, Vec<Tensor>)>> = attempt else {
                found.push(format!("case {name}: panicked"));
                continue;
            };
            let key = format!("{}/{index}/{name}", function.name);
            let Some(want) = goldens.get(&key).filter(|_| !OUR_OWN.contains(&key.as_str())) else { continue };
            if Some(dtype) != tested {
                if let (Ok((outputs, _)), Some(want)) = (&result, want.as_array())
                    && !SHAPED_BY_ELEMENTS.contains(&function.name)
                    && outputs.iter().zip(want).any(|(t, w)| serde_json::json!(t.shape()) != w["shape"])
                {
                    found.push(format!("case {name}: shapes differ from {want:?}"));
                }
                continue;
            }
            let tensors = result.as_ref().map_or(vec![], |(_, tensors)| tensors.clone());
            let outputs = result.map(|(outputs, _)| outputs);
            found.extend(agrees(&outputs, want).map(|d| format!("case {name}: {d}")));
            // Its derivative has the shapes of the inputs.
            let Ok(outputs) = outputs else { continue };
            let roots: Vec<&Tensor> = outputs.iter().filter(|t| t.requires_grad()).collect();
            let leaves: Vec<&Tensor> = tensors.iter().filter(|t| t.requires_grad()).collect();
            if roots.is_empty() || leaves.is_empty() {
                continue;
            }
            let derivative = || -> Result<bool> {
                let seeds: Vec<Tensor> = roots.iter().map(|t| t.ones_like()).collect::<Result<_>>()?;
                let seeds: Vec<Option<&Tensor>> = seeds.iter().map(Some).collect();
                let grads = flambeau_core::autograd::grad(&roots, &leaves, &seeds, false, false, true)?;
                Ok(grads.iter().zip(&leaves).all(|(g, leaf)| g.as_ref().is_none_or(|g| g.shape() == leaf.shape())))
            };
            match derivative() {
                Ok(true) => {}
                Ok(false) => found.push(format!("case {name}: a gradient has another shape than its input")),
                Err(e) => found.push(format!("case {name}: gradient: {e:?}")),
            }
        }
        found
    });
}

#[test]
fn in_place_equals_functional() {
    each(|function, index, dtype| {
        let Some(inplace) = function.inplace else { return vec![] };
        let run = || -> Result<Vec<String>> {
            let plain = call(function, index, dtype, false)?;
            let Ok(want) = function.tensors(&plain.values) else { return Ok(vec![]) };
            let fresh = call(function, index, dtype, false)?;
            let first = fresh.tensors[0].clone();
            // What does not fit into the tensor must be refused, and is checked elsewhere.
            if want[0].shape() != first.shape() || !flambeau_core::apply::can_cast(want[0].dtype(), first.dtype()) {
                return Ok(vec![]);
            }
            // PyTorch has no such form: the result is of another kind of number.
            if function.name == "float_power" && dtype != DType::F64 && dtype != DType::C128
                || matches!(function.name, "abs" | "absolute") && dtype.is_complex()
            {
                return Ok(inplace(&fresh.values)
                    .err()
                    .is_none()
                    .then(|| "was not refused".into())
                    .into_iter()
                    .collect());
            }
            let before = first.version();
            inplace(&fresh.values)?;
            let want = want[0].to_dtype(first.dtype())?;
            let mut found: Vec<String> = difference(&first, &want, 0.0, 0.0).into_iter().collect();
            if first.version() == before {
                found.push("the version did not change".into());
            }
            Ok(found)
        };
        run().unwrap_or_else(|e| vec![format!("error: {e:?}")])
    });
}

/// Calls whose gradient is not the derivative by definition: the padding row gets none, and PyTorch's gradients with respect to
/// a triangular matrix are not cut to its triangle. Their goldens check them.
const BY_CONVENTION: [(&str, usize); 3] = [("embedding", 1), ("cholesky_inverse", 0), ("cholesky_solve", 0)];

#[test]
fn derivatives_equal_finite_differences() {
    each(|function, index, dtype| {
        if dtype != DType::F64 || !function.grad {
            return vec![];
        }
        let run = || -> Result<Vec<String>> {
            let Call { values, tensors } = call(function, index, dtype, true)?;
            let outputs = function.tensors(&values)?;
            if outputs.iter().all(|t| !t.dtype().is_differentiable()) || BY_CONVENTION.contains(&(function.name, index))
            {
                return Ok(vec![]);
            }
            // A sample that names another float dtype for its tensors has nothing to differentiate in float64.
            if !tensors.iter().any(Tensor::requires_grad) {
                return Ok(vec![]);
            }
            if outputs.iter().all(|t| !t.requires_grad()) {
                return Ok(vec!["no output requires grad".into()]);
            }
            let inputs: Vec<&Tensor> = tensors.iter().collect();
            // Permutations and the like have no derivative; that nothing else is left out is for the goldens.
            let differentiable: Vec<bool> = outputs.iter().map(Tensor::requires_grad).collect();
            let f = |args: &[&Tensor]| -> Result<Vec<Tensor>> {
                let replaced = with_tensors(&values, &mut |t| {
                    let place =
                        tensors.iter().position(|original| original.is_same(t)).expect("a tensor of the sample");
                    args[place].clone()
                });
                let outputs = function.tensors(&replaced)?;
                Ok(outputs.into_iter().zip(&differentiable).filter_map(|(t, keep)| keep.then_some(t)).collect())
            };
            gradcheck(&f, &inputs, GradCheck::default())?;
            gradgradcheck(&f, &inputs, GradCheck { atol: 1e-4, ..GradCheck::default() })?;
            Ok(vec![])
        };
        run().unwrap_or_else(|e| vec![format!("{e:?}")])
    });
}

#[test]
fn kernels_equal_their_decompositions() {
    each(|function, index, dtype| {
        if !dtype.is_float() {
            return vec![];
        }
        let run = || -> Result<Vec<String>> {
            let plain = call(function, index, dtype, false)?;
            let Ok(want) = function.tensors(&plain.values) else { return Ok(vec![]) };
            let _mode = flambeau_core::autograd::decompose_ops();
            let got = function.tensors(&plain.values)?;
            let (rtol, atol) = tolerance(dtype);
            let wide = if dtype == DType::F16 || dtype == DType::BF16 { 8.0 } else { 1.0 };
            Ok(got.iter().zip(&want).filter_map(|(g, w)| difference(g, w, rtol * wide, atol * wide)).collect())
        };
        run().unwrap_or_else(|e| vec![format!("error: {e:?}")])
    });
}

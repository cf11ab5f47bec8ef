//! Tensors as text: every recipe of `conformance/print_goldens.py` against the text that PyTorch printed for it.

use flambeau_core::registry::{self, Value, parse_call};
use flambeau_core::{
    DType, Error, ErrorClass, PrintOptions, Result, Tensor, ops, printoptions, set_default_dtype, set_printoptions,
};
use serde_json::Value as Json;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The options are everybody's: tests that print or set them take turns.
fn alone() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

fn missing(what: &str) -> Error {
    Error::new(ErrorClass::Key, format!("the recipe has no usable {what:?}"))
}

fn dtype(name: &Json) -> Result<DType> {
    name.as_str().and_then(DType::from_name).ok_or_else(|| missing("dtype"))
}

/// The elements in the widest type of their kind, then in their own.
fn elements(case: &Json, dtype: DType, shape: &[usize]) -> Result<Tensor> {
    let count = shape.iter().product::<usize>() * if dtype.is_complex() { 2 } else { 1 };
    let pair = |key: &str| Some((case[key][0].as_f64()?, case[key][1].as_f64()?));
    if let Some(texts) = case["values"].as_array() {
        let texts = || texts.iter().filter_map(Json::as_str);
        if dtype.is_integral() {
            let values: Vec<i64> = texts().filter_map(|t| t.parse().ok()).collect();
            return Tensor::from_vec(values, shape)?.to_dtype(dtype);
        }
        return numbers(texts().filter_map(|t| t.parse().ok()).collect(), dtype, shape);
    }
    if let Some((start, step)) = pair("range") {
        return numbers((0..count).map(|i| start + i as f64 * step).collect(), dtype, shape);
    }
    let (low, high) = pair("scatter").ok_or_else(|| missing("scatter"))?;
    let spread = |i: usize| low + (i * 7919 % 1009) as f64 / 1009.0 * (high - low);
    numbers((0..count).map(spread).collect(), dtype, shape)
}

fn numbers(values: Vec<f64>, dtype: DType, shape: &[usize]) -> Result<Tensor> {
    if dtype.is_complex() {
        return Tensor::from_vec(values.as_chunks().0.to_vec(), shape)?.to_dtype(dtype);
    }
    if dtype.is_integral() {
        return Tensor::from_vec(values.into_iter().map(|x| x as i64).collect(), shape)?.to_dtype(dtype);
    }
    Tensor::from_vec(values, shape)?.to_dtype(dtype)
}

/// The tensor that a recipe describes.
fn make(case: &Json) -> Result<Tensor> {
    let shape: Vec<usize> =
        case["shape"].as_array().into_iter().flatten().filter_map(Json::as_u64).map(|n| n as usize).collect();
    let mut tensor = elements(case, dtype(&case["dtype"])?, &shape)?;
    if case["grad"] == true {
        tensor.requires_grad_(true)?;
    }
    for step in case["steps"].as_array().into_iter().flatten().filter_map(Json::as_str) {
        let (name, arguments) = step.split_once(':').ok_or_else(|| missing("step"))?;
        let function = registry::function(name).ok_or_else(|| missing(name))?;
        let (mut positional, named) = parse_call(arguments, &mut |_| Ok(tensor.clone()))?;
        positional.insert(0, Value::Tensor(tensor.clone()));
        let outputs = function.tensors(&function.bind(positional, named)?)?;
        tensor = outputs.into_iter().next().ok_or_else(|| missing("output"))?;
    }
    Ok(tensor)
}

fn options(case: &Json) -> Result<PrintOptions> {
    let given = &case["options"];
    let number = |key: &str, otherwise: usize| given[key].as_u64().map_or(otherwise, |n| n as usize);
    let base = PrintOptions::profile(given["profile"].as_str().unwrap_or("default"))?;
    Ok(PrintOptions {
        precision: number("precision", base.precision),
        threshold: number("threshold", base.threshold),
        edgeitems: number("edgeitems", base.edgeitems),
        linewidth: number("linewidth", base.linewidth),
        sci_mode: given["sci_mode"].as_bool(),
    })
}

fn printed(case: &Json) -> Result<String> {
    set_printoptions(options(case)?);
    set_default_dtype(if case["default"].is_string() { dtype(&case["default"])? } else { DType::F32 })?;
    let tensor = make(case)?;
    let text = tensor.to_string();
    assert_eq!(text, format!("{tensor:?}"), "Debug differs from Display");
    Ok(text)
}

#[test]
fn texts_equal_pytorch() {
    let _turn = alone();
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../conformance/goldens/print.json");
    let bytes = std::fs::read(path).expect("print.json");
    let cases: Vec<Json> = serde_json::from_slice(&bytes).expect("JSON");
    assert!(cases.len() > 500, "only {} cases", cases.len());
    let mut complaints = Vec::new();
    for case in &cases {
        let want = case["text"].as_str().expect("text");
        match printed(case) {
            Ok(got) if got == want => {}
            Ok(got) => complaints.push(format!("{}\n-- got\n{got}\n-- instead of\n{want}\n", case["name"])),
            Err(e) => complaints.push(format!("{}: {e:?}\n", case["name"])),
        }
    }
    set_printoptions(PrintOptions::default());
    set_default_dtype(DType::F32).expect("default dtype");
    assert!(complaints.is_empty(), "{} of {} texts differ:\n{}", complaints.len(), cases.len(), complaints.join("\n"));
}

#[test]
fn options_are_kept_and_profiles_known() {
    let _turn = alone();
    let short = PrintOptions::profile("short").expect("a profile");
    set_printoptions(PrintOptions { linewidth: 100, ..short });
    assert_eq!(printoptions(), PrintOptions { linewidth: 100, precision: 2, edgeitems: 2, ..PrintOptions::default() });
    set_printoptions(PrintOptions::default());
    let error = PrintOptions::profile("long").expect_err("no such profile");
    assert_eq!(error.class(), ErrorClass::Value);
}

#[test]
fn extreme_options_do_not_panic() {
    let _turn = alone();
    let t = ops::arange(0.5, 40.0, 1.0, None).expect("arange");
    let all = PrintOptions { precision: 1 << 40, threshold: 0, edgeitems: usize::MAX, linewidth: 0, sci_mode: None };
    set_printoptions(all);
    assert_eq!(t.to_string().matches(",\n").count(), 39);
    set_printoptions(PrintOptions { precision: 1, linewidth: usize::MAX, sci_mode: Some(true), ..all });
    assert!(t.to_string().starts_with("tensor([5.0e-01, 1.5e+00, "));
    set_printoptions(PrintOptions::default());
}

#[test]
fn a_write_in_place_renews_the_history_of_views() {
    let _turn = alone();
    let x = ops::ones(&[3], DType::F32).expect("ones");
    x.requires_grad_(true).expect("leaf");
    let y = x.mul(2.0).expect("mul");
    let view = y.narrow(0, 0, 2).expect("view");
    assert_eq!(view.to_string(), "tensor([2., 2.], grad_fn=<SliceBackward0>)");
    y.add_(1.0).expect("in place");
    assert_eq!(y.to_string(), "tensor([3., 3., 3.], grad_fn=<AddBackward0>)");
    assert_eq!(view.to_string(), "tensor([3., 3.], grad_fn=<AsStridedBackward0>)");
    assert_eq!(view.detach().to_string(), "tensor([3., 3.])");
}

#[test]
fn a_tensor_that_is_being_written_prints_its_kind() {
    let _turn = alone();
    let t = ops::ones(&[2, 3], DType::I64).expect("ones");
    let writing = t.storage().write().expect("a writer");
    assert_eq!(t.to_string(), "tensor(..., size=(2, 3), dtype=torch.int64)");
    drop(writing);
    assert_eq!(t.to_string(), "tensor([[1, 1, 1],\n        [1, 1, 1]])");
}

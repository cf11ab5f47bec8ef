//! Test tensors made from the samples of the registry, number for number as `conformance/goldens.py` makes them.

use flambeau_core::registry::{Function, Value, parse_call};
use flambeau_core::{DType, Error, ErrorClass, Result, Tensor};

pub fn fnv(text: &str) -> u64 {
    text.bytes().fold(0xCBF2_9CE4_8422_2325, |h, b| (h ^ b as u64).wrapping_mul(0x100_0000_01B3))
}

fn splitmix(x: u64) -> u64 {
    let x = x.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ (x >> 31)
}

fn unit(seed: u64, i: u64) -> f64 {
    (splitmix(seed.wrapping_add(i)) >> 40) as f64 / (1u64 << 24) as f64
}

fn tensor(seed: u64, shape: &[usize], dtype: DType, range: Option<(f64, f64)>) -> Result<Tensor> {
    let n: usize = shape.iter().product();
    let (lo, hi) = range.unwrap_or((-2.0, 2.0));
    match dtype {
        DType::Bool => Tensor::from_vec((0..n).map(|i| unit(seed, i as u64) < 0.5).collect(), shape),
        d if d.is_complex() => {
            let part = |i: usize| lo + unit(seed, i as u64) * (hi - lo);
            Tensor::from_vec((0..n).map(|i| [part(2 * i), part(2 * i + 1)]).collect(), shape)?.to_dtype(d)
        }
        d if d.is_integral() => {
            let (lo, hi) = match range {
                Some((lo, hi)) => (lo.ceil(), hi.ceil().max(lo.ceil() + 1.0)),
                None if d == DType::U8 => (0.0, 7.0),
                None => (-4.0, 5.0),
            };
            let values = (0..n).map(|i| lo as i64 + (unit(seed, i as u64) * (hi - lo)).floor() as i64);
            Tensor::from_vec(values.collect(), shape)?.to_dtype(d)
        }
        d => Tensor::from_vec((0..n).map(|i| lo + unit(seed, i as u64) * (hi - lo)).collect(), shape)?.to_dtype(d),
    }
}

/// The dtypes that a class of the registry names.
pub fn dtypes(class: &str) -> Vec<DType> {
    let keep = |d: &DType| match class {
        "all" => true,
        "number" => *d != DType::Bool,
        "real" => !d.is_complex(),
        "ordered" => !d.is_complex() && *d != DType::Bool,
        "float" => d.is_float(),
        "inexact" => d.is_float() || d.is_complex(),
        "int" => d.is_integral(),
        "integer" => d.is_integral() && *d != DType::Bool,
        "single" => matches!(d, DType::F32 | DType::F64),
        "complex" => d.is_complex(),
        other => panic!("unknown class of dtypes {other:?}"),
    };
    DType::ALL.into_iter().filter(keep).collect()
}

/// A bound call and the tensors that were made for it.
pub struct Call {
    pub values: Vec<Value>,
    pub tensors: Vec<Tensor>,
}

/// What becomes of the sizes that a sample gives its tensors.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Sizes {
    /// They stay.
    AsWritten,
    /// Every size that equals this one is 0.
    Zero(usize),
    /// All tensors are 0-d.
    None,
}

/// The sizes above 0 that a sample gives its tensors, each once, in the order in which they appear.
pub fn sizes(function: &Function, index: usize) -> Result<Vec<usize>> {
    let mut all = Vec::new();
    for t in call(function, index, DType::F32, false)?.tensors {
        for n in t.shape() {
            if *n > 0 && !all.contains(n) {
                all.push(*n);
            }
        }
    }
    Ok(all)
}

/// The call of sample `index` of a function with this dtype; `grad` makes float64 tensors require grad.
pub fn call(function: &Function, index: usize, dtype: DType, grad: bool) -> Result<Call> {
    call_resized(function, index, dtype, grad, Sizes::AsWritten)
}

/// [`call`] with other sizes.
pub fn call_resized(function: &Function, index: usize, dtype: DType, grad: bool, sizes: Sizes) -> Result<Call> {
    let seed = fnv(function.name) ^ (index as u64 * 7919);
    let mut tensors: Vec<Tensor> = Vec::new();
    let mut make = |text: &str| {
        let (shape, options) = parse_call(text, &mut |_| Err(Error::new(ErrorClass::Value, "nested T")))?;
        let shape = shape.iter().filter_map(|v| if let Value::Int(n) = v { Some(*n as usize) } else { None });
        let shape: Vec<usize> = match sizes {
            Sizes::AsWritten => shape.collect(),
            Sizes::Zero(size) => shape.map(|n| if n == size { 0 } else { n }).collect(),
            Sizes::None => vec![],
        };
        let (mut dtype, mut low, mut high) = (dtype, None, None);
        for (name, value) in options {
            match (name.as_str(), value) {
                ("dtype", Value::DType(d)) => dtype = d,
                ("low", Value::Int(n)) => low = Some(n as f64),
                ("low", Value::Float(x)) => low = Some(x),
                ("high", Value::Int(n)) => high = Some(n as f64),
                ("high", Value::Float(x)) => high = Some(x),
                other => panic!("T() has no option {other:?}"),
            }
        }
        let t = tensor(seed.wrapping_add(tensors.len() as u64 * 1_000_003), &shape, dtype, low.zip(high))?;
        if grad && t.dtype() == DType::F64 {
            t.requires_grad_(true)?;
        }
        tensors.push(t.clone());
        Ok(t)
    };
    let (positional, named) = parse_call(function.samples[index], &mut make)?;
    Ok(Call { values: function.bind(positional, named)?, tensors })
}

/// The same values with every tensor replaced.
pub fn with_tensors(values: &[Value], replace: &mut dyn FnMut(&Tensor) -> Tensor) -> Vec<Value> {
    values
        .iter()
        .map(|v| match v {
            Value::Tensor(t) => Value::Tensor(replace(t)),
            Value::Tensors(ts) => Value::Tensors(ts.iter().map(&mut *replace).collect()),
            Value::OptionalTensors(ts) => {
                Value::OptionalTensors(ts.iter().map(|t| t.as_ref().map(&mut *replace)).collect())
            }
            other => other.clone(),
        })
        .collect()
}

/// All elements as pairs of real and imaginary parts.
pub fn numbers(t: &Tensor) -> Vec<[f64; 2]> {
    let t = t.detach();
    if t.dtype() == DType::I64 {
        return t.to_vec::<i64>().expect("int64").into_iter().map(|x| [x as f64, 0.0]).collect();
    }
    t.to_dtype(DType::C128).and_then(|t| t.to_vec()).expect("numbers")
}

/// Whether two tensors agree, and if not, the first difference.
pub fn difference(got: &Tensor, want: &Tensor, rtol: f64, atol: f64) -> Option<String> {
    if got.shape() != want.shape() || got.dtype() != want.dtype() {
        return Some(format!(
            "{:?} {} instead of {:?} {}",
            got.shape(),
            got.dtype().name(),
            want.shape(),
            want.dtype().name()
        ));
    }
    for (i, (g, w)) in numbers(got).into_iter().zip(numbers(want)).enumerate() {
        for (g, w) in g.into_iter().zip(w) {
            let same = g == w || (g.is_nan() && w.is_nan()) || (g - w).abs() <= atol + rtol * w.abs();
            if !same {
                return Some(format!("element {i} is {g} instead of {w}"));
            }
        }
    }
    None
}

/// PyTorch's usual tolerances for a dtype: relative and absolute.
pub fn tolerance(dtype: DType) -> (f64, f64) {
    match dtype {
        DType::F16 => (1e-3, 1e-3),
        DType::BF16 => (1.6e-2, 1e-2),
        DType::F32 | DType::C64 => (1.3e-6 * 4.0, 1e-5),
        DType::F64 | DType::C128 => (1e-7, 1e-7),
        _ => (0.0, 0.0),
    }
}

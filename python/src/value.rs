//! Between Python's objects and the registry's values: each parameter type says what it takes.

use crate::dtype::{dtype_object, dtype_of};
use crate::random::PyGenerator;
use crate::tensor::{PyTensor, wrap};
use flambeau_core::registry::{self, Value};
use flambeau_core::{DType, Scalar, Tensor};
use pyo3::exceptions::{PyRuntimeError, PyTypeError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyComplex, PyFloat, PyInt, PyList, PyString, PyTuple};
use smallvec::SmallVec;

/// What a parameter takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Tensor,
    Operand,
    Scalar,
    Int,
    Float,
    Bool,
    Str,
    DType,
    Ints,
    OptionalInts,
    Dims,
    Floats,
    Tensors,
    OptionalTensors,
    Generator,
}

/// The kind that a Rust type of the registry is, and whether it may be absent.
pub fn kind_of(rust: &str) -> Option<(Kind, bool)> {
    let mut text: String = rust.replace("$crate::", "").replace("crate::", "");
    for lifetime in ["'a", "'_"] {
        text = text.replace(lifetime, "");
    }
    let text = text.replace(['&', ' '], "").replace("<>", "");
    let unwrap =
        |text: &str, outer: &str| text.strip_prefix(outer).and_then(|t| t.strip_suffix('>')).map(str::to_string);
    let text = unwrap(&text, "implInto<").unwrap_or(text);
    let (text, optional) = match unwrap(&text, "Option<") {
        Some(inner) => (inner, true),
        None => (text, false),
    };
    let kind = match &*text {
        "Tensor" => Kind::Tensor,
        "Operand" => Kind::Operand,
        "Scalar" => Kind::Scalar,
        "i64" | "u64" | "usize" => Kind::Int,
        "f64" => Kind::Float,
        "bool" => Kind::Bool,
        "str" | "String" => Kind::Str,
        "DType" => Kind::DType,
        "[i64]" | "Vec<i64>" | "[usize]" | "Vec<usize>" => Kind::Ints,
        "Vec<Option<i64>>" => Kind::OptionalInts,
        "Dims" => Kind::Dims,
        "[f64]" | "Vec<f64>" => Kind::Floats,
        "[Tensor]" | "Vec<Tensor>" => Kind::Tensors,
        "[Option<Tensor>]" | "Vec<Option<Tensor>>" => Kind::OptionalTensors,
        "Generator" => Kind::Generator,
        _ => return None,
    };
    Some((kind, optional || kind == Kind::Dims))
}

impl Kind {
    /// What messages call it.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Tensor => "Tensor",
            Kind::Operand => "Tensor or Number",
            Kind::Scalar => "Number",
            Kind::Int => "int",
            Kind::Float => "float",
            Kind::Bool => "bool",
            Kind::Str => "str",
            Kind::DType => "torch.dtype",
            Kind::Ints | Kind::OptionalInts | Kind::Dims => "tuple of ints",
            Kind::Floats => "tuple of floats",
            Kind::Tensors | Kind::OptionalTensors => "tuple of Tensors",
            Kind::Generator => "torch.Generator",
        }
    }
}

/// A Python or NumPy number.
pub fn scalar(object: &Bound<'_, PyAny>) -> PyResult<Option<Scalar>> {
    if object.is_instance_of::<PyBool>() {
        return Ok(Some(Scalar::Bool(object.extract()?)));
    }
    if object.is_instance_of::<PyFloat>() {
        return Ok(Some(Scalar::Float(object.extract()?)));
    }
    if object.is_instance_of::<PyInt>() {
        return Ok(Some(Scalar::Int(int(object)?)));
    }
    if object.is_instance_of::<PyComplex>() {
        return Ok(Some(complex(object)?));
    }
    foreign_scalar(object)
}

fn complex(object: &Bound<'_, PyAny>) -> PyResult<Scalar> {
    Ok(Scalar::Complex(
        object.getattr(intern!(object.py(), "real"))?.extract()?,
        object.getattr(intern!(object.py(), "imag"))?.extract()?,
    ))
}

fn int(object: &Bound<'_, PyAny>) -> PyResult<i64> {
    match object.extract::<i64>() {
        Ok(i) => Ok(i),
        // What does not fit as a signed number is taken as the bits of an unsigned one, as seeds and hashes are.
        Err(_) => object
            .extract::<u64>()
            .map(|u| u as i64)
            .map_err(|_| PyRuntimeError::new_err("Overflow when unpacking long long")),
    }
}

/// Scalars of NumPy, which are none of Python's classes: told by the letter of their kind.
#[cold]
fn foreign_scalar(object: &Bound<'_, PyAny>) -> PyResult<Option<Scalar>> {
    if object.is_instance_of::<PyTensor>() || object.is_instance_of::<PyString>() {
        return Ok(None);
    }
    let kind = object.getattr("dtype").and_then(|d| d.getattr("kind")).and_then(|k| k.extract::<String>());
    let shapeless = object.getattr("shape").and_then(|s| s.len()).is_ok_and(|n| n == 0);
    let Ok(kind) = kind else { return Ok(None) };
    if !shapeless {
        return Ok(None);
    }
    Ok(match &*kind {
        "b" => Some(Scalar::Bool(object.is_truthy()?)),
        "i" | "u" => Some(Scalar::Int(object.call_method0("__int__")?.extract()?)),
        "f" => Some(Scalar::Float(object.call_method0("__float__")?.extract()?)),
        "c" => Some(complex(&object.call_method0("__complex__")?)?),
        _ => None,
    })
}

fn tensor(object: &Bound<'_, PyAny>) -> Option<Tensor> {
    object.cast::<PyTensor>().ok().map(|t| t.borrow().0.clone())
}

/// An integer, also one that a tensor of one integer holds.
pub fn integer(object: &Bound<'_, PyAny>, lenient: bool) -> PyResult<Option<i64>> {
    if object.is_instance_of::<PyInt>() {
        return if object.is_instance_of::<PyBool>() && !lenient { Ok(None) } else { int(object).map(Some) };
    }
    if let Some(t) = tensor(object) {
        return match t.dtype().is_integral() && t.numel() == 1 && lenient {
            true => Ok(t.item::<i64>().ok()),
            false => Ok(None),
        };
    }
    match foreign_scalar(object)? {
        Some(Scalar::Int(i)) => Ok(Some(i)),
        _ => Ok(None),
    }
}

/// The items of a list or tuple; few have more.
fn sequence<'py>(object: &Bound<'py, PyAny>) -> Option<SmallVec<[Bound<'py, PyAny>; 6]>> {
    let mut items = SmallVec::new();
    if let Ok(tuple) = object.cast::<PyTuple>() {
        for item in tuple {
            items.push(item);
        }
    } else {
        for item in object.cast::<PyList>().ok()? {
            items.push(item);
        }
    }
    Some(items)
}

/// A list of integers, also those that tensors of one integer hold; `None` if it is none.
fn integers(object: &Bound<'_, PyAny>) -> PyResult<Option<Vec<i64>>> {
    let Some(items) = sequence(object) else { return Ok(None) };
    let mut all = Vec::with_capacity(items.len());
    for item in &items {
        match integer(item, true)? {
            Some(i) => all.push(i),
            None => return Ok(None),
        }
    }
    Ok(Some(all))
}

/// The value of an argument for a parameter of this kind; `None` if it is none. `lenient` lets tensors of one element
/// stand for numbers.
pub fn value(object: &Bound<'_, PyAny>, kind: Kind, optional: bool, lenient: bool) -> PyResult<Option<Value>> {
    if optional && object.is_none() {
        return Ok(Some(Value::None));
    }
    Ok(match kind {
        Kind::Tensor => tensor(object).map(Value::Tensor),
        Kind::Operand => match tensor(object) {
            Some(t) => Some(Value::Tensor(t)),
            None => scalar(object)?.map(number),
        },
        Kind::Scalar => match scalar(object)? {
            Some(s) => Some(number(s)),
            None => one(object, lenient)?,
        },
        Kind::Int => integer(object, lenient)?.map(Value::Int),
        Kind::Float => match scalar(object)? {
            Some(Scalar::Complex(..)) => None,
            Some(s) => Some(number(s)),
            None => one(object, lenient)?.filter(|v| !matches!(v, Value::Complex(..))),
        },
        Kind::Bool => match object.is_instance_of::<PyBool>() {
            true => Some(Value::Bool(object.extract()?)),
            false if lenient => match scalar(object)? {
                Some(Scalar::Bool(b)) => Some(Value::Bool(b)),
                Some(Scalar::Int(i)) => Some(Value::Bool(i != 0)),
                _ => match tensor(object) {
                    Some(t) if t.numel() == 1 => Some(Value::Bool(t.item::<f64>().is_ok_and(|x| x != 0.0))),
                    _ => None,
                },
            },
            false => None,
        },
        Kind::Str => object.extract::<String>().ok().map(Value::Str),
        Kind::DType => dtype_of(object)?.map(Value::DType),
        Kind::Ints => match integers(object)? {
            Some(all) => Some(Value::Ints(all)),
            None => integer(object, lenient)?.map(|i| Value::Ints(vec![i])),
        },
        Kind::OptionalInts => match sequence(object) {
            Some(items) => {
                let mut all = Vec::with_capacity(items.len());
                for item in &items {
                    match if item.is_none() { Some(registry::ABSENT) } else { integer(item, true)? } {
                        Some(i) => all.push(i),
                        None => return Ok(None),
                    }
                }
                Some(Value::Ints(all))
            }
            None => integer(object, lenient)?.map(|i| Value::Ints(vec![i])),
        },
        Kind::Dims => match integers(object)? {
            Some(all) => Some(Value::Ints(all)),
            None => integer(object, lenient)?.map(Value::Int),
        },
        Kind::Floats => match sequence(object) {
            Some(items) => {
                let numbers = items.iter().map(|i| i.extract::<f64>().ok()).collect::<Option<Vec<f64>>>();
                numbers.map(Value::Floats)
            }
            None => match scalar(object)? {
                Some(Scalar::Int(i)) => Some(Value::Floats(vec![i as f64])),
                Some(Scalar::Float(x)) => Some(Value::Floats(vec![x])),
                _ => None,
            },
        },
        Kind::Tensors => match sequence(object) {
            Some(items) => items.iter().map(tensor).collect::<Option<Vec<Tensor>>>().map(Value::Tensors),
            None => None,
        },
        Kind::OptionalTensors => match sequence(object) {
            Some(items) => {
                let each = |i: &Bound<'_, PyAny>| if i.is_none() { Some(None) } else { tensor(i).map(Some) };
                items.iter().map(each).collect::<Option<Vec<_>>>().map(Value::OptionalTensors)
            }
            None => None,
        },
        Kind::Generator => object.cast::<PyGenerator>().ok().map(|g| Value::Generator(g.get().0.clone())),
    })
}

/// The number in a tensor that has no dimensions and no history.
fn one(object: &Bound<'_, PyAny>, lenient: bool) -> PyResult<Option<Value>> {
    match tensor(object) {
        Some(t) if lenient && t.numel() == 1 => t.item_scalar().map(|s| Some(number(s))).map_err(crate::error::raise),
        _ => Ok(None),
    }
}

/// A number as a value.
pub fn number(s: Scalar) -> Value {
    match s {
        Scalar::Bool(b) => Value::Bool(b),
        Scalar::Int(i) => Value::Int(i),
        Scalar::Float(x) => Value::Float(x),
        Scalar::Complex(re, im) => Value::Complex(re, im),
    }
}

/// A number as Python's.
pub fn scalar_object<'py>(py: Python<'py>, s: Scalar) -> PyResult<Bound<'py, PyAny>> {
    Ok(match s {
        Scalar::Bool(b) => PyBool::new(py, b).to_owned().into_any(),
        Scalar::Int(i) => i.into_pyobject(py)?.into_any(),
        Scalar::Float(x) => x.into_pyobject(py)?.into_any(),
        Scalar::Complex(re, im) => PyComplex::from_doubles(py, re, im).into_any(),
    })
}

/// A result as Python's object.
pub fn object<'py>(py: Python<'py>, value: Value) -> PyResult<Bound<'py, PyAny>> {
    Ok(match value {
        Value::None => py.None().into_bound(py),
        Value::Tensor(t) => wrap(py, t)?.into_any(),
        Value::Tensors(all) => {
            let items = all.into_iter().map(|t| wrap(py, t)).collect::<PyResult<Vec<_>>>()?;
            PyTuple::new(py, items)?.into_any()
        }
        Value::OptionalTensors(all) => {
            let items = all
                .into_iter()
                .map(|t| t.map_or_else(|| Ok(py.None().into_bound(py)), |t| wrap(py, t).map(Bound::into_any)))
                .collect::<PyResult<Vec<_>>>()?;
            PyTuple::new(py, items)?.into_any()
        }
        Value::Bool(b) => scalar_object(py, Scalar::Bool(b))?,
        Value::Int(i) => scalar_object(py, Scalar::Int(i))?,
        Value::Float(x) => scalar_object(py, Scalar::Float(x))?,
        Value::Complex(re, im) => scalar_object(py, Scalar::Complex(re, im))?,
        Value::Str(s) => s.into_pyobject(py)?.into_any(),
        Value::DType(d) => dtype_object(py, d)?.into_any(),
        Value::Ints(v) => PyTuple::new(py, v)?.into_any(),
        Value::Floats(v) => PyTuple::new(py, v)?.into_any(),
        Value::Generator(g) => Bound::new(py, PyGenerator(g))?.into_any(),
    })
}

/// A dtype given as an argument.
pub fn dtype_argument(name: &str, object: &Bound<'_, PyAny>) -> PyResult<DType> {
    dtype_of(object)?.ok_or_else(|| {
        let class = object.get_type().name().map(|n| n.to_string()).unwrap_or_default();
        PyTypeError::new_err(format!("{name}(): argument 'dtype' must be torch.dtype, not {class}"))
    })
}

fn nested<'py>(
    py: Python<'py>,
    shape: &[usize],
    numbers: &mut dyn Iterator<Item = Scalar>,
) -> PyResult<Bound<'py, PyAny>> {
    match shape {
        [] => numbers.next().map_or_else(|| Ok(py.None().into_bound(py)), |s| scalar_object(py, s)),
        [n, rest @ ..] => {
            let list = PyList::empty(py);
            for _ in 0..*n {
                list.append(nested(py, rest, numbers)?)?;
            }
            Ok(list.into_any())
        }
    }
}

fn scalars(t: &Tensor) -> flambeau_core::Result<Vec<Scalar>> {
    let t = t.detach();
    Ok(match t.dtype() {
        DType::Bool => t.to_vec::<bool>()?.into_iter().map(Scalar::Bool).collect(),
        d if d.is_complex() => {
            t.to_dtype(DType::C128)?.to_vec::<[f64; 2]>()?.into_iter().map(|[re, im]| Scalar::Complex(re, im)).collect()
        }
        d if d.is_float() => t.to_dtype(DType::F64)?.to_vec::<f64>()?.into_iter().map(Scalar::Float).collect(),
        _ => t.to_dtype(DType::I64)?.to_vec::<i64>()?.into_iter().map(Scalar::Int).collect(),
    })
}

/// A tensor's elements as numbers in lists of lists.
pub fn lists<'py>(py: Python<'py>, t: &Tensor) -> PyResult<Bound<'py, PyAny>> {
    let all = scalars(t).map_err(crate::error::raise)?;
    nested(py, t.shape(), &mut all.into_iter())
}

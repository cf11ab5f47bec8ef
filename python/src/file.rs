//! Files: what they hold as Python's objects, and back. Nothing in a file is run.

use crate::dtype::{PyDType, PyDevice, dtype_object};
use crate::error::raise;
use crate::tensor::{PyTensor, wrap};
use flambeau_io::Object;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{
    PyBool, PyBytes, PyComplex, PyDict, PyFloat, PyFrozenSet, PyInt, PyList, PySet, PySlice, PyString, PyTuple,
};

/// How deep containers may be nested in what is written.
const DEPTH: usize = 200;

/// A value of a file as Python's.
fn python<'py>(py: Python<'py>, object: &Object) -> PyResult<Bound<'py, PyAny>> {
    let all = |items: &[Object]| items.iter().map(|o| python(py, o)).collect::<PyResult<Vec<_>>>();
    Ok(match object {
        Object::None => py.None().into_bound(py),
        Object::Bool(b) => PyBool::new(py, *b).to_owned().into_any(),
        Object::Int(i) => i.into_pyobject(py)?.into_any(),
        Object::BigInt(bytes) => {
            let keywords = PyDict::new(py);
            keywords.set_item("signed", true)?;
            let int = py.get_type::<PyInt>();
            int.call_method("from_bytes", (PyBytes::new(py, bytes), "little"), Some(&keywords))?
        }
        Object::Float(x) => PyFloat::new(py, *x).into_any(),
        Object::Complex(re, im) => PyComplex::from_doubles(py, *re, *im).into_any(),
        Object::Str(s) => PyString::new(py, s).into_any(),
        Object::Bytes(b) => PyBytes::new(py, b).into_any(),
        Object::List(items) => PyList::new(py, all(items)?)?.into_any(),
        Object::Tuple(items) => PyTuple::new(py, all(items)?)?.into_any(),
        Object::Set(items) => PySet::new(py, all(items)?)?.into_any(),
        Object::Dict(pairs) => {
            let dict = PyDict::new(py);
            for (key, value) in pairs.iter() {
                dict.set_item(python(py, key)?, python(py, value)?)?;
            }
            dict.into_any()
        }
        Object::Slice(parts) => {
            py.get_type::<PySlice>().call1((python(py, &parts[0])?, python(py, &parts[1])?, python(py, &parts[2])?))?
        }
        Object::Tensor(t) => wrap(py, t.clone())?.into_any(),
        Object::DType(d) => dtype_object(py, *d)?.into_any(),
        Object::Device(_) => Bound::new(py, PyDevice::cpu())?.into_any(),
        Object::Record(kind, parts) => {
            let dict = PyDict::new(py);
            dict.set_item("kind", *kind)?;
            for (name, part) in parts.iter() {
                dict.set_item(name, python(py, part)?)?;
            }
            dict.into_any()
        }
        Object::Opaque(o) => {
            let dict = PyDict::new(py);
            dict.set_item("module", &o.module)?;
            dict.set_item("name", &o.name)?;
            dict.set_item("args", o.args.as_ref().map(|a| python(py, a)).transpose()?)?;
            dict.set_item("state", o.state.iter().map(|s| python(py, s)).collect::<PyResult<Vec<_>>>()?)?;
            dict.into_any()
        }
    })
}

/// Python's object as a value of a file.
fn value(object: &Bound<'_, PyAny>, depth: usize) -> PyResult<Object> {
    if depth > DEPTH {
        return Err(PyValueError::new_err(format!("save: containers are nested deeper than {DEPTH}")));
    }
    let all = |items: &mut dyn Iterator<Item = PyResult<Bound<'_, PyAny>>>| -> PyResult<Vec<Object>> {
        items.map(|item| value(&item?, depth + 1)).collect()
    };
    if object.is_none() {
        return Ok(Object::None);
    }
    if let Ok(t) = object.cast::<PyTensor>() {
        return Ok(Object::Tensor(t.borrow().0.clone()));
    }
    if object.is_instance_of::<PyBool>() {
        return Ok(Object::Bool(object.extract()?));
    }
    if object.is_instance_of::<PyInt>() {
        return Ok(match object.extract::<i128>() {
            Ok(i) => Object::Int(i),
            Err(_) => {
                let bits: usize = object.call_method0("bit_length")?.extract()?;
                let keywords = PyDict::new(object.py());
                keywords.set_item("signed", true)?;
                let bytes = object.call_method("to_bytes", (bits / 8 + 1, "little"), Some(&keywords))?;
                Object::BigInt(bytes.extract::<Vec<u8>>()?.into())
            }
        });
    }
    if object.is_instance_of::<PyFloat>() {
        return Ok(Object::Float(object.extract()?));
    }
    if object.is_instance_of::<PyComplex>() {
        return Ok(Object::Complex(object.getattr("real")?.extract()?, object.getattr("imag")?.extract()?));
    }
    if let Ok(s) = object.cast::<PyString>() {
        return Ok(Object::Str(s.to_str()?.into()));
    }
    if let Ok(b) = object.cast::<PyBytes>() {
        return Ok(Object::Bytes(b.as_bytes().into()));
    }
    if let Ok(d) = object.cast::<PyDict>() {
        let mut pairs = Vec::with_capacity(d.len());
        for (k, v) in d.iter() {
            pairs.push((value(&k, depth + 1)?, value(&v, depth + 1)?));
        }
        return Ok(Object::Dict(pairs.into()));
    }
    if object.is_instance_of::<PyList>() {
        return Ok(Object::List(all(&mut object.try_iter()?)?.into()));
    }
    if object.is_instance_of::<PyTuple>() {
        return Ok(Object::Tuple(all(&mut object.try_iter()?)?.into()));
    }
    if object.is_instance_of::<PySet>() || object.is_instance_of::<PyFrozenSet>() {
        return Ok(Object::Set(all(&mut object.try_iter()?)?.into()));
    }
    if object.is_instance_of::<PySlice>() {
        let part = |name: &str| value(&object.getattr(name)?, depth + 1);
        return Ok(Object::Slice([part("start")?, part("stop")?, part("step")?].into()));
    }
    if let Ok(d) = object.cast::<PyDType>() {
        return Ok(Object::DType(d.get().0));
    }
    if object.is_instance_of::<PyDevice>() {
        return Ok(Object::Device("cpu".into()));
    }
    if let Some(number) = crate::value::scalar(object)? {
        return value(&crate::value::scalar_object(object.py(), number)?, depth);
    }
    Err(PyTypeError::new_err(format!(
        "save: an object of class {} cannot be in a file that is safe to open; files hold tensors, numbers, text and containers \
         of them. Of a module or optimizer save its state_dict()",
        object.get_type().qualname()?
    )))
}

/// What a model file of any format holds; what is no data is an error that names it.
#[pyfunction]
pub fn load(py: Python<'_>, path: std::path::PathBuf) -> PyResult<Bound<'_, PyAny>> {
    let object = py.detach(|| flambeau_io::load(&path)).map_err(raise)?;
    python(py, &object)
}

/// Writes a file of PyTorch's format.
#[pyfunction]
pub fn save(py: Python<'_>, object: &Bound<'_, PyAny>, path: std::path::PathBuf) -> PyResult<()> {
    let object = value(object, 0)?;
    py.detach(|| flambeau_io::save_torch(&object, &path)).map_err(raise)
}

/// Writes tensors, each under its name, as a safetensors file.
#[pyfunction]
pub fn save_safetensors(
    py: Python<'_>,
    tensors: &Bound<'_, PyDict>,
    path: std::path::PathBuf,
    metadata: Option<std::collections::BTreeMap<String, String>>,
) -> PyResult<()> {
    let mut list = Vec::with_capacity(tensors.len());
    for (name, t) in tensors.iter() {
        list.push((name.extract::<String>()?, t.cast::<PyTensor>()?.borrow().0.clone()));
    }
    let metadata = metadata.unwrap_or_default().into_iter().collect();
    py.detach(|| flambeau_io::save_file(&list, &metadata, &path)).map_err(raise)
}

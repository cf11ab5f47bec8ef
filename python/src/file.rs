//! Files: what they hold as Python's objects, and back. Nothing in a file is run.

use crate::dtype::{PyDType, PyDevice, dtype_object};
use crate::error::raise;
use crate::tensor::{PyTensor, wrap};
use flambeau_core::{DType, Layout, Tensor};
use flambeau_io::Object;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{
    PyBool, PyBytes, PyComplex, PyDict, PyFloat, PyFrozenSet, PyInt, PyList, PySet, PySlice, PyString, PyTuple,
};
use std::collections::HashMap;
use std::collections::hash_map::Entry;

/// How deep containers may be nested in what is written.
const DEPTH: usize = 200;

/// What a file holds, becoming Python's objects. What was one object in the file is one object here: a container that is in
/// another many times over takes no more room than it does there.
struct Reader {
    /// Containers that were made, by the address of what they were made from.
    made: HashMap<*const (), Py<PyAny>>,
    /// Copies of storages of the file, by address and dtype.
    copies: HashMap<(*mut u8, DType), Tensor>,
    /// Whether tensors stay views of the file, which refuse to be written.
    mapped: bool,
}

/// How many objects a key of a dict or a set may hold: Python hashes each, as often as it is held.
const KEY: usize = 10_000;

fn check_key(key: &Object, left: &mut usize) -> PyResult<()> {
    *left = left.checked_sub(1).ok_or_else(|| {
        PyValueError::new_err(format!(
            "load: the key of a dict or set holds more than {KEY} objects; the file may be an attack"
        ))
    })?;
    match key {
        Object::Tuple(items) => items.iter().try_for_each(|item| check_key(item, left)),
        _ => Ok(()),
    }
}

impl Reader {
    fn python<'py>(&mut self, py: Python<'py>, object: &Object) -> PyResult<Bound<'py, PyAny>> {
        let address: *const () = match object {
            Object::List(items) | Object::Tuple(items) | Object::Set(items) => items.as_ptr().cast(),
            Object::Dict(pairs) => pairs.as_ptr().cast(),
            Object::Record(_, parts) => parts.as_ptr().cast(),
            Object::Opaque(o) => std::sync::Arc::as_ptr(o).cast(),
            _ => return self.fresh(py, object),
        };
        // Empty ones may all lie at one address.
        let empty = match object {
            Object::List(items) | Object::Tuple(items) | Object::Set(items) => items.is_empty(),
            Object::Dict(pairs) => pairs.is_empty(),
            Object::Record(_, parts) => parts.is_empty(),
            _ => false,
        };
        if empty {
            return self.fresh(py, object);
        }
        if let Some(made) = self.made.get(&address) {
            return Ok(made.bind(py).clone());
        }
        let made = self.fresh(py, object)?;
        self.made.insert(address, made.clone().unbind());
        Ok(made)
    }

    /// A tensor in memory of its own, which other tensors of its storage share.
    fn tensor(&mut self, t: &Tensor) -> flambeau_core::Result<Tensor> {
        if self.mapped || t.storage().write().is_ok() {
            return Ok(t.clone());
        }
        let (storage, dtype) = (t.storage(), t.dtype());
        let copy = match self.copies.entry((storage.data_ptr(), dtype)) {
            Entry::Occupied(copy) => copy.into_mut(),
            Entry::Vacant(place) => {
                let flat = Layout::contiguous(&[storage.len() / dtype.size()]);
                place.insert(Tensor::from_storage(storage.clone(), flat, dtype)?.clone_tensor()?)
            }
        };
        let copied = Tensor::from_storage(copy.storage().clone(), t.layout().clone(), dtype)?;
        if t.requires_grad() {
            copied.requires_grad_(true)?;
        }
        Ok(copied)
    }

    /// The object that is not yet there.
    fn fresh<'py>(&mut self, py: Python<'py>, object: &Object) -> PyResult<Bound<'py, PyAny>> {
        let mut all = |items: &[Object]| items.iter().map(|o| self.python(py, o)).collect::<PyResult<Vec<_>>>();
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
            Object::Set(items) => {
                items.iter().try_for_each(|key| check_key(key, &mut KEY.clone()))?;
                PySet::new(py, all(items)?)?.into_any()
            }
            Object::Dict(pairs) => {
                let dict = PyDict::new(py);
                for (key, value) in pairs.iter() {
                    check_key(key, &mut KEY.clone())?;
                    dict.set_item(self.python(py, key)?, self.python(py, value)?)?;
                }
                dict.into_any()
            }
            Object::Slice(parts) => py.get_type::<PySlice>().call1((
                self.python(py, &parts[0])?,
                self.python(py, &parts[1])?,
                self.python(py, &parts[2])?,
            ))?,
            Object::Tensor(t) => wrap(py, self.tensor(t).map_err(raise)?)?.into_any(),
            Object::DType(d) => dtype_object(py, *d)?.into_any(),
            Object::Device(_) => Bound::new(py, PyDevice::cpu())?.into_any(),
            Object::Record(kind, parts) => {
                let dict = PyDict::new(py);
                dict.set_item("kind", *kind)?;
                for (name, part) in parts.iter() {
                    dict.set_item(name, self.python(py, part)?)?;
                }
                dict.into_any()
            }
            Object::Opaque(o) => {
                let dict = PyDict::new(py);
                dict.set_item("module", &o.module)?;
                dict.set_item("name", &o.name)?;
                dict.set_item("args", o.args.as_ref().map(|a| self.python(py, a)).transpose()?)?;
                dict.set_item("state", o.state.iter().map(|s| self.python(py, s)).collect::<PyResult<Vec<_>>>()?)?;
                dict.into_any()
            }
        })
    }
}

/// Python's containers that became values, by address: what is one object there is one in the file. They are held, so that no other
/// object comes to lie there meanwhile.
type Written = HashMap<usize, (Py<PyAny>, Object)>;

/// Python's object as a value of a file.
fn value(object: &Bound<'_, PyAny>, depth: usize, written: &mut Written) -> PyResult<Object> {
    let container = object.is_instance_of::<PyDict>()
        || object.is_instance_of::<PyList>()
        || object.is_instance_of::<PyTuple>()
        || object.is_instance_of::<PySet>();
    if !container {
        return fresh(object, depth, written);
    }
    if let Some((_, made)) = written.get(&object.as_ptr().addr()) {
        return Ok(made.clone());
    }
    let made = fresh(object, depth, written)?;
    written.insert(object.as_ptr().addr(), (object.clone().unbind(), made.clone()));
    Ok(made)
}

fn fresh(object: &Bound<'_, PyAny>, depth: usize, written: &mut Written) -> PyResult<Object> {
    if depth > DEPTH {
        return Err(PyValueError::new_err(format!("save: containers are nested deeper than {DEPTH}")));
    }
    let mut all = |items: &mut dyn Iterator<Item = PyResult<Bound<'_, PyAny>>>| -> PyResult<Vec<Object>> {
        items.map(|item| value(&item?, depth + 1, written)).collect()
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
            pairs.push((value(&k, depth + 1, written)?, value(&v, depth + 1, written)?));
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
        let mut part = |name: &str| value(&object.getattr(name)?, depth + 1, written);
        return Ok(Object::Slice([part("start")?, part("stop")?, part("step")?].into()));
    }
    if let Ok(d) = object.cast::<PyDType>() {
        return Ok(Object::DType(d.get().0));
    }
    if object.is_instance_of::<PyDevice>() {
        return Ok(Object::Device("cpu".into()));
    }
    if let Some(number) = crate::value::scalar(object)? {
        return value(&crate::value::scalar_object(object.py(), number)?, depth, written);
    }
    Err(PyTypeError::new_err(format!(
        "save: an object of class {} cannot be in a file that is safe to open; files hold tensors, numbers, text and containers \
         of them. Of a module or optimizer save its state_dict()",
        object.get_type().qualname()?
    )))
}

/// What a model file of any format holds; what is no data is an error that names it. With `mmap` tensors are views of the file,
/// which refuse to be written in place.
#[pyfunction]
pub fn load(py: Python<'_>, path: std::path::PathBuf, mmap: bool) -> PyResult<Bound<'_, PyAny>> {
    let object = py.detach(|| flambeau_io::load(&path)).map_err(raise)?;
    Reader { made: HashMap::new(), copies: HashMap::new(), mapped: mmap }.python(py, &object)
}

/// Writes a file of PyTorch's format.
#[pyfunction]
pub fn save(py: Python<'_>, object: &Bound<'_, PyAny>, path: std::path::PathBuf) -> PyResult<()> {
    let object = value(object, 0, &mut HashMap::new())?;
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

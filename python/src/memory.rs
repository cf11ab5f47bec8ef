//! Memory that crosses the border: NumPy's arrays, both ways without a copy. The `unsafe` of this crate is here and in `dlpack`:
//! calls into Python that PyO3 has no safe form of.

use crate::error::raise;
use crate::tensor::{PyTensor, wrap};
use flambeau_core::storage::Storage;
use flambeau_core::{DType, Layout, Tensor, contiguous_strides};
use pyo3::exceptions::{PyRuntimeError, PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

/// The array interface's name of a dtype; bfloat16 has none.
fn typestr(dtype: DType) -> Option<&'static str> {
    Some(match dtype {
        DType::Bool => "|b1",
        DType::U8 => "|u1",
        DType::I8 => "|i1",
        DType::I16 => "<i2",
        DType::I32 => "<i4",
        DType::I64 => "<i8",
        DType::F16 => "<f2",
        DType::BF16 => return None,
        DType::F32 => "<f4",
        DType::F64 => "<f8",
        DType::C64 => "<c8",
        DType::C128 => "<c16",
    })
}

/// How many references to an object there are.
pub fn references(object: &Bound<'_, PyAny>) -> isize {
    // SAFETY: the object lives as long as its handle, and Python's lock is held.
    unsafe { pyo3::ffi::Py_REFCNT(object.as_ptr()) }
}

/// A tensor over an array's own memory, which lives as long as the tensor does.
pub fn from_array(array: &Bound<'_, PyAny>) -> PyResult<Tensor> {
    let interface = array.getattr("__array_interface__")?;
    let interface = interface.cast::<PyDict>()?;
    let get = |key: &str| {
        interface.get_item(key)?.ok_or_else(|| PyTypeError::new_err(format!("the array's interface has no {key:?}")))
    };
    let name: String = get("typestr")?.extract()?;
    let Some(dtype) = DType::ALL.into_iter().find(|d| typestr(*d) == Some(&*name)) else {
        return Err(PyTypeError::new_err(format!(
            "can't convert np.ndarray of type {name}. The only supported types are: float64, float32, float16, complex64, \
             complex128, int64, int32, int16, int8, uint8, and bool."
        )));
    };
    let shape: Vec<usize> = get("shape")?.extract()?;
    let (address, read_only): (usize, bool) = get("data")?.extract()?;
    let strides: Option<Vec<isize>> = interface.get_item("strides")?.map(|s| s.extract()).transpose()?.flatten();
    let size = dtype.size();
    let dense = contiguous_strides(&shape);
    let mut steps = Vec::with_capacity(shape.len());
    for (d, n) in shape.iter().enumerate() {
        let bytes = strides.as_ref().map_or(dense[d] * size as isize, |s| s[d]);
        if bytes < 0 {
            return Err(PyValueError::new_err(
                "At least one stride in the given numpy array is negative, and tensors with negative strides are not \
                 currently supported. (You can probably work around this by making a copy of your array with array.copy().)",
            ));
        }
        if bytes % size as isize != 0 && *n > 1 {
            return Err(PyValueError::new_err(
                "given numpy array strides not a multiple of the element byte size. Copy the numpy array to reallocate the \
                 memory.",
            ));
        }
        steps.push(bytes / size as isize);
    }
    let numel: usize = shape.iter().product();
    if numel == 0 {
        return flambeau_core::ops::empty(&shape, dtype).map_err(raise);
    }
    let last: usize = shape.iter().zip(&steps).map(|(n, s)| (n - 1) * *s as usize).sum();
    let bytes = (last + 1) * size;
    if address % size.min(8) != 0 {
        return Err(PyValueError::new_err("the array's memory is not aligned to its elements; copy it first"));
    }
    let keep: Box<Py<PyAny>> = Box::new(array.clone().unbind());
    // SAFETY: the array interface promises that `bytes` bytes lie at `address` for as long as the array lives, which `keep`
    // sees to, and whether they may be written.
    let storage = unsafe { Storage::foreign(std::ptr::with_exposed_provenance_mut(address), bytes, !read_only, keep) }
        .map_err(raise)?;
    let layout = Layout { shape: shape[..].into(), strides: steps[..].into(), offset: 0 };
    Tensor::from_storage(storage, layout, dtype).map_err(raise)
}

/// Gives a tensor other sizes in place. Elements beyond the old ones hold zeros.
pub fn resize(slf: &Bound<'_, PyTensor>, shape: &[i64]) -> PyResult<()> {
    let old = slf.borrow().0.clone();
    let shape = shape
        .iter()
        .map(|n| usize::try_from(*n))
        .collect::<std::result::Result<Vec<usize>, _>>()
        .map_err(|_| PyRuntimeError::new_err(format!("resize_: sizes must not be negative: {shape:?}")))?;
    if old.shape() == shape {
        return Ok(());
    }
    if old.requires_grad() {
        return Err(PyRuntimeError::new_err("cannot resize variables that require grad"));
    }
    let numel: usize = shape.iter().product();
    let layout = Layout { shape: shape[..].into(), strides: contiguous_strides(&shape), offset: old.storage_offset() };
    let need = (old.storage_offset() + numel) * old.element_size();
    let new = if need <= old.storage().len() {
        Tensor::from_storage(old.storage().clone(), layout, old.dtype()).map_err(raise)?
    } else {
        let storage = Storage::zeroed(need).map_err(raise)?;
        let grown = Tensor::from_storage(storage, layout, old.dtype()).map_err(raise)?;
        let held = (old.storage().len() / old.element_size()).saturating_sub(old.storage_offset());
        let kept = held.min(numel) as i64;
        let head = |t: &Tensor| t.as_strided(&[kept], &[1], Some(t.storage_offset() as i64));
        head(&grown).and_then(|to| to.copy_(&head(&old)?).map(|_| ())).map_err(raise)?;
        grown
    };
    slf.borrow_mut().0 = new;
    Ok(())
}

/// `torch.from_numpy`.
#[pyfunction]
pub fn from_numpy<'py>(array: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyTensor>> {
    if !array.hasattr("__array_interface__")? {
        return Err(PyTypeError::new_err(format!("expected np.ndarray (got {})", array.get_type().name()?)));
    }
    wrap(array.py(), from_array(array)?)
}

/// What NumPy makes an array of that shares a tensor's memory.
#[pyclass(frozen)]
pub struct ArrayView(Tensor);

#[pymethods]
impl ArrayView {
    #[new]
    fn new(tensor: PyRef<'_, PyTensor>) -> PyResult<ArrayView> {
        if typestr(tensor.0.dtype()).is_none() {
            return Err(PyTypeError::new_err("Got unsupported ScalarType BFloat16"));
        }
        Ok(ArrayView(tensor.0.clone()))
    }

    #[getter]
    fn __array_interface__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let t = &self.0;
        let size = t.element_size();
        let data = t.storage().data_ptr();
        let address = data.expose_provenance() + t.storage_offset() * size;
        let strides: Vec<isize> = t.stride().iter().map(|s| s * size as isize).collect();
        let d = PyDict::new(py);
        d.set_item("version", 3)?;
        d.set_item("typestr", typestr(t.dtype()).ok_or_else(|| PyRuntimeError::new_err("no NumPy dtype"))?)?;
        d.set_item("shape", PyTuple::new(py, t.shape())?)?;
        d.set_item("strides", PyTuple::new(py, strides)?)?;
        d.set_item("data", (address, t.storage().write().is_err()))?;
        Ok(d)
    }
}

/// The elements' bytes, row by row.
#[pyfunction]
pub fn tensor_bytes<'py>(py: Python<'py>, tensor: PyRef<'_, PyTensor>) -> PyResult<Bound<'py, pyo3::types::PyBytes>> {
    tensor.0.with_bytes(|b| pyo3::types::PyBytes::new(py, b)).map_err(raise)
}

/// A tensor of a copy of these bytes.
#[pyfunction]
pub fn tensor_from_bytes<'py>(
    py: Python<'py>,
    bytes: &[u8],
    dtype: &Bound<'py, crate::dtype::PyDType>,
    shape: Vec<usize>,
) -> PyResult<Bound<'py, PyTensor>> {
    wrap(py, Tensor::from_bytes(bytes, dtype.get().0, &shape).map_err(raise)?)
}

/// All of the memory that a tensor is a window of, as a vector of this dtype over the same memory.
#[pyfunction]
pub fn tensor_storage<'py>(
    py: Python<'py>,
    tensor: PyRef<'_, PyTensor>,
    dtype: &Bound<'py, crate::dtype::PyDType>,
) -> PyResult<Bound<'py, PyTensor>> {
    let (storage, dtype) = (tensor.0.storage(), dtype.get().0);
    let layout = flambeau_core::Layout::contiguous(&[storage.len() / dtype.size()]);
    wrap(py, Tensor::from_storage(storage.clone(), layout, dtype).map_err(raise)?)
}

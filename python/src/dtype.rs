//! What describes tensors: `torch.dtype`, `torch.device`, `torch.layout` and `torch.memory_format`.

use flambeau_core::DType;
use pyo3::exceptions::{PyRuntimeError, PyTypeError};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use std::hash::{DefaultHasher, Hash, Hasher};

/// `torch.dtype`: one object per type.
#[pyclass(name = "dtype", module = "torch", frozen)]
pub struct PyDType(pub DType);

static DTYPES: PyOnceLock<Vec<Py<PyDType>>> = PyOnceLock::new();

/// The object of a dtype.
pub fn dtype_object<'py>(py: Python<'py>, dtype: DType) -> PyResult<Bound<'py, PyDType>> {
    let all = DTYPES.get_or_try_init(py, || {
        DType::ALL.into_iter().map(|d| Py::new(py, PyDType(d))).collect::<PyResult<Vec<_>>>()
    })?;
    Ok(all[dtype as usize].bind(py).clone())
}

#[pymethods]
impl PyDType {
    fn __repr__(&self) -> String {
        format!("torch.{}", self.0.name())
    }

    /// Pickled by name.
    fn __reduce__(&self) -> &'static str {
        self.0.name()
    }

    #[getter]
    fn is_floating_point(&self) -> bool {
        self.0.is_float()
    }

    #[getter]
    fn is_complex(&self) -> bool {
        self.0.is_complex()
    }

    #[getter]
    fn is_signed(&self) -> bool {
        !matches!(self.0, DType::Bool | DType::U8)
    }

    #[getter]
    fn itemsize(&self) -> usize {
        self.0.size()
    }

    fn to_real<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDType>> {
        dtype_object(py, self.0.to_real())
    }

    fn to_complex<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDType>> {
        dtype_object(py, self.0.to_complex())
    }
}

/// A dtype, or Python's own types in their place.
pub fn dtype_of(object: &Bound<'_, PyAny>) -> PyResult<Option<DType>> {
    if let Ok(d) = object.cast::<PyDType>() {
        return Ok(Some(d.get().0));
    }
    let py = object.py();
    for (class, dtype) in [
        (py.get_type::<pyo3::types::PyBool>(), DType::Bool),
        (py.get_type::<pyo3::types::PyFloat>(), DType::F64),
        (py.get_type::<pyo3::types::PyInt>(), DType::I64),
        (py.get_type::<pyo3::types::PyComplex>(), DType::C128),
    ] {
        if object.is(&class) {
            return Ok(Some(dtype));
        }
    }
    Ok(None)
}

/// `torch.device`: a kind of device and its number.
#[pyclass(name = "device", module = "torch", frozen)]
pub struct PyDevice {
    kind: String,
    index: Option<u32>,
}

/// The devices that PyTorch knows by name.
const KINDS: [&str; 11] = ["cpu", "cuda", "mps", "xpu", "xla", "meta", "hip", "hpu", "mtia", "vulkan", "privateuseone"];

#[pymethods]
impl PyDevice {
    #[new]
    #[pyo3(signature = (device, index=None))]
    fn new(device: &Bound<'_, PyAny>, index: Option<u32>) -> PyResult<PyDevice> {
        if let Ok(other) = device.cast::<PyDevice>() {
            return Ok(PyDevice { kind: other.get().kind.clone(), index: other.get().index });
        }
        if let Ok(number) = device.extract::<u32>() {
            return Ok(PyDevice { kind: "cuda".into(), index: Some(number) });
        }
        let text: String = device
            .extract()
            .map_err(|_| PyTypeError::new_err("device(): argument 'type' must be a str, an int or a device"))?;
        let (kind, number) = match text.split_once(':') {
            Some((kind, number)) => {
                let number =
                    number.parse().map_err(|_| PyRuntimeError::new_err(format!("Invalid device string: '{text}'")))?;
                (kind, Some(number))
            }
            None => (&*text, None),
        };
        if !KINDS.contains(&kind) {
            return Err(PyRuntimeError::new_err(format!(
                "Expected one of {} device type at start of device string: {text}",
                KINDS.join(", ")
            )));
        }
        if number.is_some() && index.is_some() {
            return Err(PyRuntimeError::new_err(
                "type (string) must not include an index because index was passed explicitly",
            ));
        }
        Ok(PyDevice { kind: kind.into(), index: number.or(index) })
    }

    #[getter]
    fn r#type(&self) -> &str {
        &self.kind
    }

    #[getter]
    fn index(&self) -> Option<u32> {
        self.index
    }

    fn __repr__(&self) -> String {
        match self.index {
            Some(i) => format!("device(type='{}', index={i})", self.kind),
            None => format!("device(type='{}')", self.kind),
        }
    }

    fn __str__(&self) -> String {
        match self.index {
            Some(i) => format!("{}:{i}", self.kind),
            None => self.kind.clone(),
        }
    }

    fn __eq__(&self, other: &Bound<'_, PyAny>) -> bool {
        other.cast::<PyDevice>().is_ok_and(|o| o.get().kind == self.kind && o.get().index == self.index)
    }

    fn __hash__(&self) -> u64 {
        let mut h = DefaultHasher::new();
        (&self.kind, self.index).hash(&mut h);
        h.finish()
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> (Bound<'py, pyo3::types::PyType>, (String, Option<u32>)) {
        (py.get_type::<PyDevice>(), (self.kind.clone(), self.index))
    }
}

impl PyDevice {
    /// The device that every tensor is on.
    pub fn cpu() -> PyDevice {
        PyDevice { kind: "cpu".into(), index: None }
    }
}

/// Refuses devices other than the CPU.
pub fn check_device(object: &Bound<'_, PyAny>) -> PyResult<()> {
    if object.is_none() {
        return Ok(());
    }
    let kind = match object.cast::<PyDevice>() {
        Ok(d) => d.get().kind.clone(),
        Err(_) => PyDevice::new(object, None)?.kind,
    };
    match &*kind {
        "cpu" => Ok(()),
        "cuda" => Err(PyRuntimeError::new_err("Torch not compiled with CUDA enabled; tensors are on the CPU")),
        other => Err(pyo3::exceptions::PyNotImplementedError::new_err(format!(
            "device {other:?} is not in Flambeau yet; tensors are on the CPU"
        ))),
    }
}

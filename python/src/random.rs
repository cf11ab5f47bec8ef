//! `torch.Generator`.

use crate::error::raise;
use crate::tensor::{PyTensor, wrap};
use flambeau_core::random::{self, Generator};
use flambeau_core::{DType, Tensor};
use pyo3::prelude::*;

/// A source of random numbers; the same seed gives PyTorch's numbers.
#[pyclass(name = "Generator", module = "torch", frozen)]
pub struct PyGenerator(pub Generator);

fn state_tensor(bytes: Vec<u8>) -> PyResult<Tensor> {
    let n = bytes.len();
    Tensor::from_vec(bytes, &[n]).map_err(raise)
}

fn state_bytes(state: &PyTensor) -> PyResult<Vec<u8>> {
    state.0.to_dtype(DType::U8).and_then(|t| t.to_vec::<u8>()).map_err(raise)
}

#[pymethods]
impl PyGenerator {
    #[new]
    #[pyo3(signature = (device=None))]
    fn new(device: Option<&Bound<'_, PyAny>>) -> PyResult<PyGenerator> {
        if let Some(device) = device {
            crate::dtype::check_device(device)?;
        }
        Ok(PyGenerator(Generator::default()))
    }

    fn manual_seed<'py>(slf: Bound<'py, Self>, seed: &Bound<'py, PyAny>) -> PyResult<Bound<'py, Self>> {
        slf.get().0.manual_seed(seed_of(seed)?);
        Ok(slf)
    }

    fn initial_seed(&self) -> u64 {
        self.0.initial_seed()
    }

    fn seed(&self) -> u64 {
        let seed = fresh_seed();
        self.0.manual_seed(seed);
        seed
    }

    fn get_state<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTensor>> {
        wrap(py, state_tensor(self.0.get_state())?)
    }

    fn set_state<'py>(slf: Bound<'py, Self>, state: PyRef<'py, PyTensor>) -> PyResult<Bound<'py, Self>> {
        slf.get().0.set_state(&state_bytes(&state)?).map_err(raise)?;
        Ok(slf)
    }

    #[getter]
    fn device(&self) -> crate::dtype::PyDevice {
        crate::dtype::PyDevice::cpu()
    }

    fn __repr__(&self) -> String {
        format!("<torch._C.Generator object at {:p}>", self)
    }
}

/// Seeds may be negative: their bits count.
fn seed_of(seed: &Bound<'_, PyAny>) -> PyResult<u64> {
    match seed.extract::<i64>() {
        Ok(seed) => Ok(seed as u64),
        Err(_) => seed.extract::<u64>().or_else(|_| seed.call_method0("__int__")?.extract::<i64>().map(|s| s as u64)),
    }
}

/// A seed that nobody chose: of the time and the place in memory.
fn fresh_seed() -> u64 {
    use std::hash::{BuildHasher, Hasher, RandomState};
    RandomState::new().build_hasher().finish() >> 11
}

/// Seeds the default generator and returns it.
#[pyfunction]
pub fn manual_seed(seed: &Bound<'_, PyAny>) -> PyResult<PyGenerator> {
    random::manual_seed(seed_of(seed)?);
    Ok(PyGenerator(random::default_generator()))
}

/// Gives this thread a default generator of its own, or with `None` the program's again.
#[pyfunction]
#[pyo3(signature = (generator))]
pub fn set_thread_generator(generator: Option<PyRef<'_, PyGenerator>>) {
    random::set_thread_generator(generator.map(|g| g.0.clone()));
}

/// The default generator.
#[pyfunction]
pub fn default_generator() -> PyGenerator {
    PyGenerator(random::default_generator())
}

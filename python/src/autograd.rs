//! Gradients, the modes of recording, and functions whose derivative Python gives.

use crate::error::{lower, raise};
use crate::tensor::{PyTensor, tensors_of, wrap};
use flambeau_core::autograd::{self, Context, Function, ModeGuard};
use flambeau_core::{NodeRef, Result, Tensor};
use pyo3::prelude::*;
use pyo3::types::PyTuple;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

fn optional_tensors(object: Option<&Bound<'_, PyAny>>) -> PyResult<Vec<Option<Tensor>>> {
    let Some(object) = object.filter(|o| !o.is_none()) else { return Ok(vec![]) };
    let mut all = Vec::new();
    for item in object.try_iter()? {
        let item = item?;
        all.push(if item.is_none() { None } else { Some(crate::tensor::tensor_of("grad_outputs", &item)?) });
    }
    Ok(all)
}

/// The gradients of `outputs` with respect to `inputs`, `None` where there are none.
#[pyfunction]
pub fn grad<'py>(
    py: Python<'py>,
    outputs: &Bound<'py, PyAny>,
    inputs: &Bound<'py, PyAny>,
    grad_outputs: Option<&Bound<'py, PyAny>>,
    retain_graph: bool,
    create_graph: bool,
    allow_unused: bool,
) -> PyResult<Bound<'py, PyTuple>> {
    let (outputs, inputs) = (tensors_of("grad", outputs)?, tensors_of("grad", inputs)?);
    let weights = optional_tensors(grad_outputs)?;
    let found = py
        .detach(|| {
            let outputs: Vec<&Tensor> = outputs.iter().collect();
            let inputs: Vec<&Tensor> = inputs.iter().collect();
            let weights: Vec<Option<&Tensor>> = weights.iter().map(Option::as_ref).collect();
            autograd::grad(&outputs, &inputs, &weights, retain_graph, create_graph, allow_unused)
        })
        .map_err(raise)?;
    let found = found.into_iter().map(|g| g.map(|g| wrap(py, g)).transpose()).collect::<PyResult<Vec<_>>>()?;
    PyTuple::new(py, found)
}

/// Adds the gradients of `tensors` to the `grad` of the leaves.
#[pyfunction]
pub fn backward(
    py: Python<'_>,
    tensors: &Bound<'_, PyAny>,
    grad_tensors: Option<&Bound<'_, PyAny>>,
    retain_graph: bool,
    create_graph: bool,
    inputs: Option<&Bound<'_, PyAny>>,
) -> PyResult<()> {
    let (roots, weights) = (tensors_of("backward", tensors)?, optional_tensors(grad_tensors)?);
    if let Some(inputs) = inputs {
        return accumulate(py, &roots, &weights, &tensors_of("backward", inputs)?, retain_graph, create_graph);
    }
    py.detach(|| {
        let roots: Vec<&Tensor> = roots.iter().collect();
        let weights: Vec<Option<&Tensor>> = weights.iter().map(Option::as_ref).collect();
        autograd::backward(&roots, &weights, retain_graph, create_graph)
    })
    .map_err(raise)
}

/// Adds gradients to the `grad` of `inputs` alone.
pub fn accumulate(
    py: Python<'_>,
    roots: &[Tensor],
    weights: &[Option<Tensor>],
    inputs: &[Tensor],
    retain_graph: bool,
    create_graph: bool,
) -> PyResult<()> {
    py.detach(|| {
        let roots: Vec<&Tensor> = roots.iter().collect();
        let weights: Vec<Option<&Tensor>> = weights.iter().map(Option::as_ref).collect();
        let wanted: Vec<&Tensor> = inputs.iter().collect();
        let found = autograd::grad(&roots, &wanted, &weights, retain_graph, create_graph, true)?;
        for (input, grad) in inputs.iter().zip(found) {
            if let Some(grad) = grad {
                let sum = match input.grad() {
                    Some(old) => old.add(&grad)?,
                    None => grad,
                };
                input.set_grad(Some(sum))?;
            }
        }
        Ok(())
    })
    .map_err(raise)
}

/// Sets whether ops are recorded, until it is set again. Returns what was.
#[pyfunction]
pub fn set_grad_enabled(on: bool) -> bool {
    let before = autograd::is_grad_enabled();
    // The mode stays: who sets it also puts it back.
    std::mem::forget(autograd::set_grad_enabled(on));
    before
}

/// Whether tensors are made that take no part in autograd.
#[pyfunction]
pub fn is_inference_mode_enabled() -> bool {
    autograd::is_inference_mode_enabled()
}

/// Whether errors of a backward pass name the op of the forward.
#[pyfunction]
pub fn is_anomaly_enabled() -> bool {
    autograd::is_anomaly_enabled()
}

/// A mode that lasts from `enter` to `exit`, on one thread.
#[pyclass(unsendable)]
pub struct Mode {
    kind: String,
    guards: Vec<ModeGuard>,
}

#[pymethods]
impl Mode {
    #[new]
    fn new(kind: String) -> Mode {
        Mode { kind, guards: vec![] }
    }

    fn enter(&mut self) {
        self.guards.push(match &*self.kind {
            "inference" => autograd::inference_mode(),
            "anomaly" => autograd::detect_anomaly(),
            "no_grad" => autograd::no_grad(),
            _ => autograd::enable_grad(),
        });
    }

    fn exit(&mut self) {
        self.guards.pop();
    }
}

/// A function whose outputs are there already and whose backward is Python's.
struct PythonFunction {
    name: &'static str,
    outputs: Vec<Tensor>,
    backward: Py<PyAny>,
    /// Bits of the outputs that `backward` looks at.
    saved: u64,
}

impl Function for PythonFunction {
    const NAME: &'static str = "PythonFunction";

    fn name(&self) -> &'static str {
        self.name
    }

    fn saved_outputs(&self) -> u64 {
        self.saved
    }

    fn forward(&self, _: &mut Context, _: &[&Tensor]) -> Result<Vec<Tensor>> {
        Ok(self.outputs.clone())
    }

    fn backward(&self, ctx: &Context, grads: &[Option<Tensor>]) -> Result<Vec<Option<Tensor>>> {
        Python::attach(|py| {
            let inputs = self.backward.call1(py, (optional_tuple(py, ctx.outputs())?, optional_tuple(py, grads)?))?;
            optional_tensors(Some(inputs.bind(py)))
        })
        .map_err(lower)
    }
}

/// The name of a class, kept for good: there are as many as there are classes.
fn kept(name: &str) -> &'static str {
    static NAMES: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());
    let mut names = NAMES.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if let Some(name) = names.get(name) {
        return name;
    }
    let name: &'static str = Box::leak(name.to_string().into_boxed_str());
    names.insert(name);
    name
}

/// Records what a function of Python's made of `inputs`: `backward` takes the outputs whose bits are in `saved` (`None` for
/// the others) and the gradients of all outputs, and returns those of the inputs.
#[pyfunction]
pub fn apply_function<'py>(
    py: Python<'py>,
    name: &str,
    outputs: &Bound<'py, PyAny>,
    backward: Py<PyAny>,
    saved: u64,
    inputs: &Bound<'py, PyAny>,
) -> PyResult<Vec<Bound<'py, PyTensor>>> {
    let (inputs, outputs) = (tensors_of("apply", inputs)?, tensors_of("apply", outputs)?);
    let results = {
        let inputs: Vec<&Tensor> = inputs.iter().collect();
        PythonFunction { name: kept(name), outputs, backward, saved }.apply(&inputs).map_err(raise)?
    };
    results.into_iter().map(|t| wrap(py, t)).collect()
}

/// Packs what is kept for derivatives, from `enter` to `exit`, on one thread.
#[pyclass(unsendable)]
pub struct SavedTensorsHooks {
    pack: Arc<Py<PyAny>>,
    unpack: Arc<Py<PyAny>>,
    guards: Vec<autograd::SavedTensorsHooks>,
}

#[pymethods]
impl SavedTensorsHooks {
    #[new]
    fn new(pack: Py<PyAny>, unpack: Py<PyAny>) -> SavedTensorsHooks {
        SavedTensorsHooks { pack: Arc::new(pack), unpack: Arc::new(unpack), guards: vec![] }
    }

    fn enter(&mut self) {
        let (pack, unpack) = (self.pack.clone(), self.unpack.clone());
        self.guards.push(autograd::saved_tensors_hooks(move |tensor| {
            let packed = Python::attach(|py| pack.call1(py, (wrap(py, tensor.clone())?,))).map_err(lower)?;
            let unpack = unpack.clone();
            Ok(Box::new(move || {
                Python::attach(|py| {
                    let found = unpack.bind(py).call1((&packed,))?;
                    let Ok(tensor) = found.extract::<PyRef<'_, PyTensor>>() else {
                        return Err(pyo3::exceptions::PyTypeError::new_err(format!(
                            "Output of saved tensor unpack_hook expected to be a Tensor but got result of type {}",
                            found.get_type().name()?
                        )));
                    };
                    Ok(tensor.0.clone())
                })
                .map_err(lower)
            }))
        }));
    }

    fn exit(&mut self) {
        self.guards.pop();
    }
}

/// A tensor that a hook has packed, with its place in the history.
#[pyclass(frozen)]
pub struct PackedTensor(autograd::PackedTensor);

#[pymethods]
impl PackedTensor {
    fn unpack<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTensor>> {
        wrap(py, self.0.unpack().map_err(raise)?)
    }
}

/// What the hooks for saved tensors make of `tensor`; `None` where there are none.
#[pyfunction]
pub fn pack_saved(tensor: PyRef<'_, PyTensor>) -> PyResult<Option<PackedTensor>> {
    Ok(autograd::PackedTensor::new(&tensor.0).map_err(raise)?.map(PackedTensor))
}

fn optional_tuple<'py>(py: Python<'py>, all: &[Option<Tensor>]) -> PyResult<Bound<'py, PyTuple>> {
    PyTuple::new(py, all.iter().map(|g| g.clone().map(|g| wrap(py, g)).transpose()).collect::<PyResult<Vec<_>>>()?)
}

/// The gradients that a hook of a node gave; one that is no tuple stands for the only one.
fn replaced(found: Bound<'_, PyAny>) -> PyResult<Option<Vec<Option<Tensor>>>> {
    if found.is_none() {
        return Ok(None);
    }
    let py = found.py();
    let all = if found.is_instance_of::<PyTensor>() { PyTuple::new(py, [found])?.into_any() } else { found };
    optional_tensors(Some(&all)).map(Some)
}

/// A node of the graph: `x.grad_fn`.
#[pyclass(name = "Node", module = "torch.autograd.graph", frozen)]
pub struct PyNode(pub NodeRef);

#[pymethods]
impl PyNode {
    fn name(&self) -> String {
        match self.0.name() {
            leaf if leaf == "AccumulateGrad" => format!("torch::autograd::{leaf}"),
            name => name,
        }
    }

    #[getter]
    fn next_functions<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        let edge = |e: Option<(NodeRef, u32)>| match e {
            Some((node, output)) => {
                PyTuple::new(py, [Bound::new(py, PyNode(node))?.into_any(), output.into_pyobject(py)?.into_any()])
            }
            None => PyTuple::new(py, [py.None().into_bound(py), 0u32.into_pyobject(py)?.into_any()]),
        };
        PyTuple::new(py, self.0.next_functions().into_iter().map(edge).collect::<PyResult<Vec<_>>>()?)
    }

    /// Calls `hook(grad_inputs, grad_outputs)` when the derivative has run; it may return other gradients of the inputs.
    fn register_hook(&self, hook: Py<PyAny>) -> PyHandle {
        PyHandle(self.0.register_hook(Box::new(move |inputs, outputs| {
            Python::attach(|py| {
                replaced(hook.bind(py).call1((optional_tuple(py, inputs)?, optional_tuple(py, outputs)?))?)
            })
            .map_err(lower)
        })))
    }

    /// Calls `hook(grad_outputs)` before the derivative runs; it may return other gradients.
    fn register_prehook(&self, hook: Py<PyAny>) -> PyHandle {
        PyHandle(self.0.register_prehook(Box::new(move |outputs| {
            Python::attach(|py| replaced(hook.bind(py).call1((optional_tuple(py, outputs)?,))?)).map_err(lower)
        })))
    }

    fn __repr__(&self) -> String {
        format!("<{} object at {:p}>", self.0.name(), self)
    }
}

/// Takes a hook away again.
#[pyclass(name = "RemovableHandle", module = "torch.utils.hooks", frozen)]
pub struct PyHandle(pub flambeau_core::HookHandle);

#[pymethods]
impl PyHandle {
    fn remove(&self) {
        self.0.remove();
    }

    fn __enter__(slf: Bound<'_, Self>) -> Bound<'_, Self> {
        slf
    }

    #[pyo3(signature = (*_args))]
    fn __exit__(&self, _args: &Bound<'_, PyTuple>) {
        self.0.remove();
    }
}

/// Whether ops are recorded now.
#[pyfunction]
pub fn is_grad_enabled() -> bool {
    autograd::is_grad_enabled()
}

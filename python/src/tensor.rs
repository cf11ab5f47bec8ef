//! `torch.Tensor`: what Python itself asks of it. Functions of the registry join it as methods when the package is imported.

use crate::autograd::{PyHandle, PyNode};
use crate::dtype::{PyDType, PyDevice, dtype_object};
use crate::error::{lower, raise};
use crate::function::detached;
use crate::operators::{Operator, in_place, operand_tensor, over_operand, scalar_of, with_operand};
use crate::value::{scalar, scalar_object};
use flambeau_core::{DType, Result, Scalar, Tensor};
use pyo3::exceptions::{PyRuntimeError, PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::pyclass::CompareOp;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyTuple, PyType};

/// A tensor as Python holds it. What it shows can be exchanged (`x.data = y`, `x.resize_(…)`).
#[pyclass(name = "Tensor", module = "torch", subclass, dict, weakref)]
pub struct PyTensor(pub Tensor);

/// The class of shapes: the package sets it.
static SIZE: PyOnceLock<Py<PyAny>> = PyOnceLock::new();

/// Says which class shapes are of.
#[pyfunction]
pub fn set_size_class(py: Python<'_>, class: Py<PyAny>) {
    let _ = SIZE.set(py, class);
}

/// Python's object for a tensor.
#[inline]
pub fn wrap(py: Python<'_>, t: Tensor) -> PyResult<Bound<'_, PyTensor>> {
    Bound::new(py, PyTensor(t))
}

/// A shape as `torch.Size`.
pub fn size_object<'py>(py: Python<'py>, shape: &[usize]) -> PyResult<Bound<'py, PyAny>> {
    let tuple = PyTuple::new(py, shape)?;
    match SIZE.get(py) {
        Some(class) => class.bind(py).call1((tuple,)),
        None => Ok(tuple.into_any()),
    }
}

/// A tensor argument.
pub fn tensor_of(name: &str, object: &Bound<'_, PyAny>) -> PyResult<Tensor> {
    match object.cast::<PyTensor>() {
        Ok(t) => Ok(t.borrow().0.clone()),
        Err(_) => Err(PyTypeError::new_err(format!("{name}: expected a Tensor, not {}", object.get_type().name()?))),
    }
}

/// Tensors in a list or tuple.
pub fn tensors_of(name: &str, object: &Bound<'_, PyAny>) -> PyResult<Vec<Tensor>> {
    let mut all = Vec::new();
    for item in object.try_iter()? {
        all.push(tensor_of(name, &item?)?);
    }
    Ok(all)
}

#[pymethods]
impl PyTensor {
    #[new]
    #[classmethod]
    #[pyo3(signature = (*args, **_kwargs))]
    fn new(
        class: &Bound<'_, PyType>,
        args: &Bound<'_, PyTuple>,
        _kwargs: Option<&Bound<'_, pyo3::types::PyDict>>,
    ) -> PyResult<PyTensor> {
        crate::overrides::check_class(class)?;
        if args.is_empty() {
            let empty = flambeau_core::ops::empty(&[0], flambeau_core::default_dtype()).map_err(raise)?;
            return Ok(PyTensor(empty));
        }
        let first = args.get_item(0)?;
        if let Ok(t) = first.cast::<PyTensor>() {
            return Ok(PyTensor(t.borrow().0.clone()));
        }
        if args.iter().all(|a| a.is_instance_of::<pyo3::types::PyInt>()) {
            let shape = args.iter().map(|a| a.extract::<usize>()).collect::<PyResult<Vec<_>>>()?;
            return flambeau_core::ops::empty(&shape, flambeau_core::default_dtype()).map(PyTensor).map_err(raise);
        }
        crate::factory::from_data(&first, Some(flambeau_core::default_dtype())).map(PyTensor)
    }

    #[getter]
    fn shape<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        size_object(py, self.0.shape())
    }

    #[pyo3(signature = (dim=None))]
    fn size<'py>(&self, py: Python<'py>, dim: Option<i64>) -> PyResult<Bound<'py, PyAny>> {
        match dim {
            Some(dim) => Ok(self.0.size(dim).map_err(raise)?.into_pyobject(py)?.into_any()),
            None => size_object(py, self.0.shape()),
        }
    }

    #[pyo3(signature = (dim=None))]
    fn stride<'py>(&self, py: Python<'py>, dim: Option<i64>) -> PyResult<Bound<'py, PyAny>> {
        match dim {
            Some(dim) => {
                let dim = flambeau_core::wrap_dim(dim, self.0.dim()).map_err(raise)?;
                let step = self.0.stride().get(dim).copied().unwrap_or(1);
                Ok(step.into_pyobject(py)?.into_any())
            }
            None => Ok(PyTuple::new(py, self.0.stride())?.into_any()),
        }
    }

    fn storage_offset(&self) -> usize {
        self.0.storage_offset()
    }

    fn numel(&self) -> usize {
        self.0.numel()
    }

    fn nelement(&self) -> usize {
        self.0.numel()
    }

    fn dim(&self) -> usize {
        self.0.dim()
    }

    fn ndimension(&self) -> usize {
        self.0.dim()
    }

    #[getter]
    fn ndim(&self) -> usize {
        self.0.dim()
    }

    fn element_size(&self) -> usize {
        self.0.element_size()
    }

    #[getter]
    fn itemsize(&self) -> usize {
        self.0.element_size()
    }

    #[getter]
    fn nbytes(&self) -> usize {
        self.0.numel() * self.0.element_size()
    }

    fn data_ptr(&self) -> usize {
        self.0.storage().data_ptr().addr() + self.0.storage_offset() * self.0.element_size()
    }

    /// The address and the bytes of what the tensor is a window of.
    fn _storage(&self) -> (usize, usize) {
        (self.0.storage().data_ptr().addr(), self.0.storage().len())
    }

    #[getter]
    fn dtype<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDType>> {
        dtype_object(py, self.0.dtype())
    }

    #[getter]
    fn device(&self) -> PyDevice {
        PyDevice::cpu()
    }

    #[getter]
    fn _version(&self) -> PyResult<u32> {
        if self.0.is_inference() {
            return Err(PyRuntimeError::new_err("Inference tensors do not track version counter."));
        }
        Ok(self.0.version())
    }

    /// How often the memory was written in place, for all tensors.
    #[getter]
    fn _writes(&self) -> u32 {
        self.0.version()
    }

    /// Whether it was made in inference mode.
    fn is_inference(&self) -> bool {
        self.0.is_inference()
    }

    #[getter]
    fn _base<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyTensor>>> {
        self.0.base().map(|b| wrap(py, b.clone())).transpose()
    }

    fn _is_view(&self) -> bool {
        self.0.is_view()
    }

    fn is_floating_point(&self) -> bool {
        self.0.dtype().is_float()
    }

    fn is_complex(&self) -> bool {
        self.0.dtype().is_complex()
    }

    fn is_signed(&self) -> bool {
        !matches!(self.0.dtype(), DType::Bool | DType::U8)
    }

    /// The very same tensor underneath.
    fn is_set_to(&self, other: PyRef<'_, PyTensor>) -> bool {
        self.0.storage().same(other.0.storage()) && self.0.layout() == other.0.layout()
    }

    fn _is_same(&self, other: PyRef<'_, PyTensor>) -> bool {
        self.0.is_same(&other.0)
    }

    fn _is_contiguous(&self) -> bool {
        self.0.is_contiguous()
    }

    // ---- autograd

    #[getter]
    fn requires_grad(&self) -> bool {
        self.0.requires_grad()
    }

    #[setter]
    fn set_requires_grad(&self, on: bool) -> PyResult<()> {
        self.0.requires_grad_(on).map(|_| ()).map_err(raise)
    }

    #[pyo3(signature = (requires_grad=true))]
    fn requires_grad_<'py>(slf: Bound<'py, Self>, requires_grad: bool) -> PyResult<Bound<'py, Self>> {
        slf.borrow().0.requires_grad_(requires_grad).map_err(raise)?;
        Ok(slf)
    }

    #[getter]
    fn is_leaf(&self) -> bool {
        self.0.is_leaf()
    }

    #[getter]
    fn grad<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyTensor>>> {
        self.0.grad().map(|g| wrap(py, g)).transpose()
    }

    #[setter]
    fn set_grad(&self, grad: Option<PyRef<'_, PyTensor>>) -> PyResult<()> {
        if grad.is_some() && !self.0.requires_grad() {
            // PyTorch keeps it; here a gradient lives with what requires one.
            self.0.requires_grad_(true).map_err(raise)?;
        }
        self.0.set_grad(grad.map(|g| g.0.clone())).map_err(raise)
    }

    #[deleter]
    fn delete_grad(&self) -> PyResult<()> {
        self.0.set_grad(None).map_err(raise)
    }

    #[getter]
    fn grad_fn(&self) -> Option<PyNode> {
        self.0.grad_fn().map(PyNode)
    }

    #[getter]
    fn output_nr(&self) -> u32 {
        0
    }

    #[pyo3(signature = (gradient=None, retain_graph=None, create_graph=false, inputs=None))]
    fn backward(
        &self,
        py: Python<'_>,
        gradient: Option<PyRef<'_, PyTensor>>,
        retain_graph: Option<bool>,
        create_graph: bool,
        inputs: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<()> {
        let (root, gradient) = (self.0.clone(), gradient.map(|g| g.0.clone()));
        let retain = retain_graph.unwrap_or(create_graph);
        match inputs {
            None => py.detach(|| root.backward_with(gradient.as_ref(), retain, create_graph)).map_err(raise),
            Some(inputs) => {
                let inputs = match inputs.cast::<PyTensor>() {
                    Ok(one) => vec![one.borrow().0.clone()],
                    Err(_) => tensors_of("backward", inputs)?,
                };
                crate::autograd::accumulate(py, &[root], &[gradient], &inputs, retain, create_graph)
            }
        }
    }

    fn retain_grad(&self) -> PyResult<()> {
        self.0.retain_grad().map_err(raise)
    }

    fn register_hook(&self, hook: Py<PyAny>) -> PyResult<PyHandle> {
        let call = move |grad: &Tensor| -> Result<Option<Tensor>> {
            Python::attach(|py| {
                let answer = hook.call1(py, (wrap(py, grad.clone())?,))?;
                if answer.is_none(py) { Ok(None) } else { tensor_of("hook", answer.bind(py)).map(Some) }
            })
            .map_err(lower)
        };
        self.0.register_hook(call).map(PyHandle).map_err(raise)
    }

    fn register_post_accumulate_grad_hook(slf: Bound<'_, Self>, hook: Py<PyAny>) -> PyResult<PyHandle> {
        let call = move |leaf: &Tensor| -> Result<()> {
            Python::attach(|py| hook.call1(py, (wrap(py, leaf.clone())?,)).map(|_| ())).map_err(lower)
        };
        slf.borrow().0.register_post_accumulate_grad_hook(call).map(PyHandle).map_err(raise)
    }

    fn detach<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTensor>> {
        wrap(py, self.0.detach())
    }

    fn detach_<'py>(slf: Bound<'py, Self>) -> Bound<'py, Self> {
        let detached = slf.borrow().0.detach();
        slf.borrow_mut().0 = detached;
        slf
    }

    #[getter]
    fn data<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTensor>> {
        wrap(py, self.0.detach())
    }

    #[setter]
    fn set_data(slf: Bound<'_, Self>, data: PyRef<'_, PyTensor>) -> PyResult<()> {
        let (new, old) = (data.0.detach(), slf.borrow().0.clone());
        if old.requires_grad() && old.is_leaf() {
            new.requires_grad_(true).map_err(raise)?;
            let fits = |g: &Tensor| g.shape() == new.shape() && g.dtype() == new.dtype();
            new.set_grad(old.grad().filter(fits)).map_err(raise)?;
        }
        drop(data);
        slf.borrow_mut().0 = new;
        Ok(())
    }

    /// Shows another tensor from now on, with its history.
    fn _become(slf: Bound<'_, Self>, other: Bound<'_, PyTensor>) -> PyResult<()> {
        let new = other.borrow().0.clone();
        slf.borrow_mut().0 = new;
        Ok(())
    }

    // ---- elements

    #[pyo3(signature = (src, non_blocking=false))]
    fn copy_<'py>(slf: Bound<'py, Self>, src: &Bound<'py, PyAny>, non_blocking: bool) -> PyResult<Bound<'py, Self>> {
        // There is nothing to wait for on the CPU.
        let _ = non_blocking;
        let (to, from) = (slf.borrow().0.clone(), tensor_of("copy_", src)?);
        detached(slf.py(), to.numel(), || to.copy_(&from).map(|_| ())).map_err(raise)?;
        Ok(slf)
    }

    fn fill_<'py>(slf: Bound<'py, Self>, value: &Bound<'py, PyAny>) -> PyResult<Bound<'py, Self>> {
        let to = slf.borrow().0.clone();
        match scalar(value)? {
            Some(s) => to.fill_(s).map(|_| ()).map_err(raise)?,
            None => {
                let from = tensor_of("fill_", value)?;
                if from.dim() > 0 {
                    return Err(PyRuntimeError::new_err(format!(
                        "fill_ only supports 0-dimension value tensor but got tensor with {} dimensions.",
                        from.dim()
                    )));
                }
                to.copy_(&from).map(|_| ()).map_err(raise)?;
            }
        }
        Ok(slf)
    }

    fn zero_<'py>(slf: Bound<'py, Self>) -> PyResult<Bound<'py, Self>> {
        slf.borrow().0.zero_().map_err(raise)?;
        Ok(slf)
    }

    fn _contiguous<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTensor>> {
        wrap(py, self.0.contiguous().map_err(raise)?)
    }

    fn _clone<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTensor>> {
        wrap(py, self.0.clone_tensor().map_err(raise)?)
    }

    /// The same elements in another dtype.
    fn _cast<'py>(slf: Bound<'py, Self>, dtype: &Bound<'py, PyDType>) -> PyResult<Bound<'py, Self>> {
        let (t, dtype) = (slf.borrow().0.clone(), dtype.get().0);
        if t.dtype() == dtype {
            return Ok(slf);
        }
        wrap(slf.py(), detached(slf.py(), t.numel(), || t.to_dtype(dtype)).map_err(raise)?)
    }

    fn item<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        scalar_object(py, self.0.item_scalar().map_err(raise)?)
    }

    fn tolist<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        crate::value::lists(py, &self.0)
    }

    #[pyo3(signature = (*sizes))]
    fn resize_<'py>(slf: Bound<'py, Self>, sizes: &Bound<'py, PyTuple>) -> PyResult<Bound<'py, Self>> {
        let list = match sizes.len() {
            1 => sizes.get_item(0)?.extract::<Vec<i64>>().or_else(|_| sizes.extract::<Vec<i64>>())?,
            _ => sizes.extract::<Vec<i64>>()?,
        };
        crate::memory::resize(&slf, &list)?;
        Ok(slf)
    }

    fn __getitem__<'py>(&self, py: Python<'py>, key: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyTensor>> {
        let indices = crate::index::indices(&self.0, key)?;
        let input = &self.0;
        wrap(py, detached(py, input.numel() / 8, || input.index(&indices)).map_err(raise)?)
    }

    fn __setitem__(&self, py: Python<'_>, key: &Bound<'_, PyAny>, value: &Bound<'_, PyAny>) -> PyResult<()> {
        crate::index::assign(py, &self.0, key, value)
    }

    fn __len__(&self) -> PyResult<usize> {
        match self.0.shape().first() {
            Some(n) => Ok(*n),
            None => Err(PyTypeError::new_err("len() of a 0-d tensor")),
        }
    }

    fn __iter__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        if self.0.dim() == 0 {
            return Err(PyTypeError::new_err("iteration over a 0-d tensor"));
        }
        let rows = self.0.unbind(0).map_err(raise)?;
        let rows = rows.into_iter().map(|t| wrap(py, t)).collect::<PyResult<Vec<_>>>()?;
        Ok(PyTuple::new(py, rows)?.into_any().try_iter()?.into_any())
    }

    fn __bool__(&self) -> PyResult<bool> {
        match self.0.numel() {
            1 => Ok(match self.0.item_scalar().map_err(raise)? {
                Scalar::Bool(b) => b,
                Scalar::Int(i) => i != 0,
                Scalar::Float(x) => x != 0.0,
                Scalar::Complex(re, im) => re != 0.0 || im != 0.0,
            }),
            0 => Err(PyRuntimeError::new_err("Boolean value of Tensor with no values is ambiguous")),
            _ => Err(PyRuntimeError::new_err("Boolean value of Tensor with more than one value is ambiguous")),
        }
    }

    fn __int__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let item = scalar_object(py, self.0.item_scalar().map_err(raise)?)?;
        py.get_type::<pyo3::types::PyInt>().call1((item,))
    }

    fn __float__(&self) -> PyResult<f64> {
        match self.0.item_scalar().map_err(raise)? {
            Scalar::Complex(..) => {
                Err(PyRuntimeError::new_err("value cannot be converted to type double without overflow"))
            }
            Scalar::Bool(b) => Ok(f64::from(b)),
            Scalar::Int(i) => Ok(i as f64),
            Scalar::Float(x) => Ok(x),
        }
    }

    fn __complex__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let item = scalar_object(py, self.0.item_scalar().map_err(raise)?)?;
        py.get_type::<pyo3::types::PyComplex>().call1((item,))
    }

    fn __index__(&self) -> PyResult<i64> {
        if self.0.numel() != 1 || !self.0.dtype().is_integral() {
            return Err(PyTypeError::new_err("only integer tensors of a single element can be converted to an index"));
        }
        self.0.item::<i64>().map_err(raise)
    }

    fn __hash__(slf: &Bound<'_, Self>) -> usize {
        slf.as_ptr().addr() >> 4
    }

    fn __repr__(slf: &Bound<'_, Self>) -> PyResult<String> {
        let name = crate::overrides::class_name(slf.as_any())?;
        let text = slf.borrow().0.text_as(name.as_deref().unwrap_or("tensor"));
        text.map_err(|e| PyRuntimeError::new_err(format!("the tensor cannot be printed: {e}")))
    }

    fn __format__<'py>(slf: &Bound<'py, Self>, spec: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let py = slf.py();
        if slf.borrow().0.dim() == 0 {
            let item = slf.borrow().item(py)?;
            return item.call_method1("__format__", (spec,));
        }
        if spec.len()? > 0 {
            return Err(PyTypeError::new_err("unsupported format string passed to Tensor.__format__"));
        }
        slf.as_any().str().map(Bound::into_any)
    }

    // ---- operators

    fn __add__(slf: &Bound<'_, Self>, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        over_operand(slf, other, Operator::Add, |a, b| a.add(b))
    }
    fn __radd__(&self, py: Python<'_>, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        with_operand(py, self, other, |a, b| a.add(b))
    }
    fn __sub__(slf: &Bound<'_, Self>, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        over_operand(slf, other, Operator::Sub, |a, b| a.sub(b))
    }
    fn __rsub__(&self, py: Python<'_>, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        with_operand(py, self, other, |a, b| a.rsub(b, Scalar::Int(1)))
    }
    fn __mul__(slf: &Bound<'_, Self>, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        over_operand(slf, other, Operator::Mul, |a, b| a.mul(b))
    }
    fn __rmul__(&self, py: Python<'_>, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        with_operand(py, self, other, |a, b| a.mul(b))
    }
    fn __truediv__(slf: &Bound<'_, Self>, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        over_operand(slf, other, Operator::Div, |a, b| a.div(b))
    }
    fn __rtruediv__(&self, py: Python<'_>, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        with_operand(py, self, other, |a, b| a.reciprocal()?.mul(b))
    }
    fn __floordiv__(&self, py: Python<'_>, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        with_operand(py, self, other, |a, b| a.floor_divide(b))
    }
    fn __rfloordiv__(&self, py: Python<'_>, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        with_operand(py, self, other, |a, b| operand_tensor(b)?.floor_divide(a))
    }
    fn __mod__(slf: &Bound<'_, Self>, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        over_operand(slf, other, Operator::Rem, |a, b| a.remainder(b))
    }
    fn __rmod__(&self, py: Python<'_>, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        with_operand(py, self, other, |a, b| operand_tensor(b)?.remainder(a))
    }
    fn __pow__(&self, py: Python<'_>, other: &Bound<'_, PyAny>, modulo: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        if !modulo.is_none() {
            return Err(PyValueError::new_err("pow() of a tensor takes no modulus"));
        }
        with_operand(py, self, other, |a, b| a.pow(b))
    }
    fn __rpow__(&self, py: Python<'_>, other: &Bound<'_, PyAny>, _modulo: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        with_operand(py, self, other, |a, b| flambeau_core::ops::pow_scalar(scalar_of(b)?, a))
    }
    fn __matmul__(&self, py: Python<'_>, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        let Ok(other) = other.cast::<PyTensor>() else { return Ok(py.NotImplemented()) };
        let (mut a, mut b) = (self.0.clone(), other.borrow().0.clone());
        if let Some(to) = crate::autocast::wanted("matmul") {
            (a, b) = (a.to_dtype(to).map_err(raise)?, b.to_dtype(to).map_err(raise)?);
        }
        let work = a.numel().max(b.numel()) * 16;
        Ok(wrap(py, detached(py, work, || a.matmul(&b)).map_err(raise)?)?.into_any().unbind())
    }
    fn __and__(&self, py: Python<'_>, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        with_operand(py, self, other, |a, b| a.bitwise_and(b))
    }
    fn __rand__(&self, py: Python<'_>, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        with_operand(py, self, other, |a, b| a.bitwise_and(b))
    }
    fn __or__(&self, py: Python<'_>, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        with_operand(py, self, other, |a, b| a.bitwise_or(b))
    }
    fn __ror__(&self, py: Python<'_>, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        with_operand(py, self, other, |a, b| a.bitwise_or(b))
    }
    fn __xor__(&self, py: Python<'_>, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        with_operand(py, self, other, |a, b| a.bitwise_xor(b))
    }
    fn __rxor__(&self, py: Python<'_>, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        with_operand(py, self, other, |a, b| a.bitwise_xor(b))
    }
    fn __lshift__(&self, py: Python<'_>, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        with_operand(py, self, other, |a, b| a.bitwise_left_shift(b))
    }
    fn __rshift__(&self, py: Python<'_>, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        with_operand(py, self, other, |a, b| a.bitwise_right_shift(b))
    }
    fn __rlshift__(&self, py: Python<'_>, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        with_operand(py, self, other, |a, b| operand_tensor(b)?.bitwise_left_shift(a))
    }
    fn __rrshift__(&self, py: Python<'_>, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        with_operand(py, self, other, |a, b| operand_tensor(b)?.bitwise_right_shift(a))
    }
    fn __neg__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTensor>> {
        wrap(py, self.0.neg().map_err(raise)?)
    }
    fn __pos__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTensor>> {
        wrap(py, self.0.positive().map_err(raise)?)
    }
    fn __abs__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTensor>> {
        wrap(py, self.0.abs().map_err(raise)?)
    }
    fn __invert__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTensor>> {
        wrap(py, self.0.bitwise_not().map_err(raise)?)
    }
    fn __richcmp__(&self, py: Python<'_>, other: &Bound<'_, PyAny>, op: CompareOp) -> PyResult<Py<PyAny>> {
        with_operand(py, self, other, |a, b| match op {
            CompareOp::Eq => a.eq(b),
            CompareOp::Ne => a.ne(b),
            CompareOp::Lt => a.lt(b),
            CompareOp::Le => a.le(b),
            CompareOp::Gt => a.gt(b),
            CompareOp::Ge => a.ge(b),
        })
    }
    fn __iadd__(&self, py: Python<'_>, other: &Bound<'_, PyAny>) -> PyResult<()> {
        in_place(py, self, other, |a, b| a.add_(b).map(|_| ()))
    }
    fn __isub__(&self, py: Python<'_>, other: &Bound<'_, PyAny>) -> PyResult<()> {
        in_place(py, self, other, |a, b| a.sub_(b).map(|_| ()))
    }
    fn __imul__(&self, py: Python<'_>, other: &Bound<'_, PyAny>) -> PyResult<()> {
        in_place(py, self, other, |a, b| a.mul_(b).map(|_| ()))
    }
    fn __itruediv__(&self, py: Python<'_>, other: &Bound<'_, PyAny>) -> PyResult<()> {
        in_place(py, self, other, |a, b| a.div_(b).map(|_| ()))
    }
    fn __ifloordiv__(&self, py: Python<'_>, other: &Bound<'_, PyAny>) -> PyResult<()> {
        in_place(py, self, other, |a, b| a.floor_divide_(b).map(|_| ()))
    }
    fn __imod__(&self, py: Python<'_>, other: &Bound<'_, PyAny>) -> PyResult<()> {
        in_place(py, self, other, |a, b| a.remainder_(b).map(|_| ()))
    }
    fn __ipow__(&self, py: Python<'_>, other: &Bound<'_, PyAny>, _modulo: &Bound<'_, PyAny>) -> PyResult<()> {
        in_place(py, self, other, |a, b| a.pow_(b).map(|_| ()))
    }
    fn __iand__(&self, py: Python<'_>, other: &Bound<'_, PyAny>) -> PyResult<()> {
        in_place(py, self, other, |a, b| a.bitwise_and_(b).map(|_| ()))
    }
    fn __ior__(&self, py: Python<'_>, other: &Bound<'_, PyAny>) -> PyResult<()> {
        in_place(py, self, other, |a, b| a.bitwise_or_(b).map(|_| ()))
    }
    fn __ixor__(&self, py: Python<'_>, other: &Bound<'_, PyAny>) -> PyResult<()> {
        in_place(py, self, other, |a, b| a.bitwise_xor_(b).map(|_| ()))
    }
}

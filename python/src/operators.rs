//! Python's operators: tensors and numbers on either side, and temporary operands.
//!
//! In `a * b + c` nobody but the interpreter's stack holds the product, and the sum may be written over it: large results are
//! bound by memory, and this spares one of eight passes over it. That the count of references is one does not suffice, as
//! compiled code may hold a tensor in a variable of its own and call the operator with it. So the calls below are looked at:
//! between the operator and the loop of the interpreter only Python's entry for that operator may lie. NumPy does the same.
//! From Python 3.14 on the stack does not count what it borrows from variables, and nothing is taken for temporary.

use crate::error::raise;
use crate::function::detached;
use crate::tensor::{PyTensor, wrap};
use crate::value::scalar;
use flambeau_core::ops::is_spent;
use flambeau_core::{Operand, Result, Scalar, Tensor};
use flambeau_kernels::calls::caller_of;
use pyo3::exceptions::PyTypeError;
use pyo3::ffi::{
    PyNumber_Add, PyNumber_Multiply, PyNumber_Remainder, PyNumber_Subtract, PyNumber_TrueDivide, PyObject,
};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;

/// The operand that Python's other side of an operator is; `None` if it is none.
pub fn with_operand(
    py: Python<'_>,
    a: &PyTensor,
    b: &Bound<'_, PyAny>,
    f: impl FnOnce(&Tensor, Operand) -> Result<Tensor> + Send,
) -> PyResult<Py<PyAny>> {
    let result = match b.cast::<PyTensor>() {
        Ok(b) => {
            let b = b.borrow();
            let (a, b) = (&a.0, &b.0);
            detached(py, a.numel().max(b.numel()), || f(a, Operand::Tensor(b)))
        }
        Err(_) => match scalar(b)? {
            Some(s) => detached(py, a.0.numel(), || f(&a.0, Operand::Scalar(s))),
            None => return Ok(py.NotImplemented()),
        },
    };
    Ok(wrap(py, result.map_err(raise)?)?.into_any().unbind())
}

/// As `with_operand`, and where nobody else sees the left operand, the result is written over it.
pub fn over_operand(
    slf: &Bound<'_, PyTensor>,
    b: &Bound<'_, PyAny>,
    operator: Operator,
    f: impl FnOnce(&Tensor, Operand) -> Result<Tensor> + Send,
) -> PyResult<Py<PyAny>> {
    let py = slf.py();
    if let Ok(right) = b.cast::<PyTensor>()
        && let Some(result) = over(operator, slf, &right.borrow().0)
    {
        return Ok(wrap(py, result)?.into_any().unbind());
    }
    with_operand(py, &slf.borrow(), b, f)
}

pub fn in_place(
    py: Python<'_>,
    a: &PyTensor,
    b: &Bound<'_, PyAny>,
    f: impl FnOnce(&Tensor, Operand) -> Result<()> + Send,
) -> PyResult<()> {
    let a = a.0.clone();
    match b.cast::<PyTensor>() {
        Ok(b) => {
            let b = b.borrow().0.clone();
            detached(py, a.numel(), || f(&a, Operand::Tensor(&b)))
        }
        Err(_) => match scalar(b)? {
            Some(s) => detached(py, a.numel(), || f(&a, Operand::Scalar(s))),
            None => {
                return Err(PyTypeError::new_err(format!(
                    "unsupported operand type for an operator in place: {}",
                    b.get_type().name()?
                )));
            }
        },
    }
    .map_err(raise)
}

pub fn operand_tensor(x: Operand) -> Result<Tensor> {
    match x {
        Operand::Tensor(t) => Ok(t.clone()),
        Operand::Scalar(s) => Tensor::scalar(s),
    }
}

/// The base of a power, or the left side of another operator, given as a number.
pub fn scalar_of(x: Operand) -> Result<Scalar> {
    match x {
        Operand::Scalar(s) => Ok(s),
        Operand::Tensor(t) => t.item_scalar(),
    }
}

/// Bytes of a result from which on the look at the calls, of some microseconds, is worth it.
const LEAST: usize = 4 << 20;

/// Python's entry for an operator.
type Entry = unsafe extern "C" fn(*mut PyObject, *mut PyObject) -> *mut PyObject;

/// An operator whose result may go over its left operand.
#[derive(Clone, Copy)]
pub enum Operator {
    Add,
    Sub,
    Mul,
    Div,
    Rem,
}

impl Operator {
    fn entry(self) -> usize {
        let entry: Entry = match self {
            Operator::Add => PyNumber_Add,
            Operator::Sub => PyNumber_Subtract,
            Operator::Mul => PyNumber_Multiply,
            Operator::Div => PyNumber_TrueDivide,
            Operator::Rem => PyNumber_Remainder,
        };
        entry as usize
    }

    /// Writes the result over `left`.
    fn over(self, left: &Tensor, right: &Tensor) -> Result<()> {
        match self {
            Operator::Add => left.add_(right),
            Operator::Sub => left.sub_(right),
            Operator::Mul => left.mul_(right),
            Operator::Div => left.div_(right),
            Operator::Rem => left.remainder_(right),
        }
        .map(|_| ())
    }
}

/// Writes the result over the left operand if nobody else sees that, and gives it; `None` where that may not be.
fn over(operator: Operator, left: &Bound<'_, PyTensor>, right: &Tensor) -> Option<Tensor> {
    if crate::memory::references(left.as_any()) != 1 || !left.is_exact_instance_of::<PyTensor>() {
        return None;
    }
    let py = left.py();
    let left = &left.borrow().0;
    let spent = left.numel() * left.element_size() >= LEAST && is_spent(left, right);
    if !spent || !is_called_by(operator, py) {
        return None;
    }
    detached(py, left.numel(), || operator.over(left, right)).ok()?;
    Some(left.clone())
}

/// Whether the interpreter's own loop calls the operator.
fn is_called_by(operator: Operator, py: Python<'_>) -> bool {
    static LOOP: PyOnceLock<Option<usize>> = PyOnceLock::new();
    if py.version_info() >= (3, 14) {
        return false;
    }
    let interpreter = *LOOP.get_or_init(py, || {
        // An operator that the interpreter calls for certain shows where its loop is.
        let probe = Py::new(py, Caller).ok()?;
        let locals = pyo3::types::PyDict::new(py);
        locals.set_item("probe", probe).ok()?;
        py.eval(c"probe + 0", None, Some(&locals)).ok()?.extract().ok()
    });
    interpreter.is_some() && caller_of(operator.entry()) == interpreter
}

/// Adding to it gives the address of the function that called for the addition.
#[pyclass]
struct Caller;

#[pymethods]
impl Caller {
    fn __add__(&self, _other: &Bound<'_, PyAny>) -> Option<usize> {
        caller_of(Operator::Add.entry())
    }
}

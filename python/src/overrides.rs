//! `__torch_function__`: classes of arguments, and modes, that answer in place of a function.
//!
//! Nothing asks before a class or a mode that may answer has been made, so that most programs do not pay for it. Then the package
//! puts [`Overridable`] and [`OverridableProperty`] in the place of what `Tensor` has; functions of the registry ask by themselves, and
//! those of Python are each in an [`Overridable`] from the start, which looks at the classes of their arguments. Objects that only look
//! like tensors are asked by the registry's functions when these do not take them.

use crate::dtype::{PyDType, PyDevice};
use crate::given::{Given, arguments};
use crate::tensor::PyTensor;
use pyo3::exceptions::{PyNotImplementedError, PyRuntimeError, PyTypeError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBool, PyDict, PyEllipsis, PyFloat, PyInt, PyList, PyNone, PySlice, PyString, PyTuple, PyType};
use smallvec::SmallVec;
use std::cell::{Cell, RefCell};
use std::sync::atomic::{AtomicBool, Ordering};

static ACTIVE: AtomicBool = AtomicBool::new(false);

/// The function that stands for `__torch_function__` in classes that do not answer.
static NO_ANSWER: PyOnceLock<Py<PyAny>> = PyOnceLock::new();

/// The function that stands for `__torch_dispatch__` in classes that have none.
static NO_DISPATCH: PyOnceLock<Py<PyAny>> = PyOnceLock::new();

/// Makes the text of the error for a function that nobody answered for.
static REFUSAL: PyOnceLock<Py<PyAny>> = PyOnceLock::new();

/// Who may not answer at the moment.
#[derive(Clone, Copy, PartialEq)]
enum Silent {
    Nobody,
    Classes,
    All,
}

thread_local! {
    static SILENT: Cell<Silent> = const { Cell::new(Silent::Nobody) };
    static MODES: RefCell<Vec<Py<PyAny>>> = const { RefCell::new(Vec::new()) };
}

/// Whether a class or a mode has been made that may answer.
#[inline]
pub fn active() -> bool {
    ACTIVE.load(Ordering::Relaxed)
}

/// Lets classes and modes be asked from now on. `refusal(function, classes, mode)` gives the text for what nobody answered.
#[pyfunction]
pub fn activate_overrides(py: Python<'_>, refusal: Py<PyAny>) {
    let _ = REFUSAL.set(py, refusal);
    ACTIVE.store(true, Ordering::Relaxed);
}

/// Sets who may not answer in this thread: 0 nobody, 1 classes, 2 neither classes nor modes. Gives what was before.
#[pyfunction]
pub fn silence_overrides(who: u8) -> u8 {
    let who = match who {
        0 => Silent::Nobody,
        1 => Silent::Classes,
        _ => Silent::All,
    };
    SILENT.replace(who) as u8
}

/// The modes of this thread, the innermost last.
#[pyfunction]
pub fn function_modes(py: Python<'_>) -> Vec<Py<PyAny>> {
    MODES.with_borrow(|modes| modes.iter().map(|m| m.clone_ref(py)).collect())
}

#[pyfunction]
pub fn push_function_mode(mode: Py<PyAny>) {
    MODES.with_borrow_mut(|modes| modes.push(mode));
}

#[pyfunction]
pub fn pop_function_mode() -> PyResult<Py<PyAny>> {
    let mode = MODES.with_borrow_mut(Vec::pop);
    mode.ok_or_else(|| PyRuntimeError::new_err("no mode of torch functions is entered in this thread"))
}

/// Says which functions stand for `__torch_function__` and `__torch_dispatch__` in classes that do not answer.
#[pyfunction]
pub fn set_no_answer(py: Python<'_>, function: Py<PyAny>, dispatch: Py<PyAny>) {
    let _ = NO_ANSWER.set(py, function);
    let _ = NO_DISPATCH.set(py, dispatch);
}

/// Whether a class has a `__torch_function__` that may answer.
fn may_answer(class: &Bound<'_, PyType>) -> PyResult<bool> {
    let py = class.py();
    let answer = class.as_any().getattr_opt(intern!(py, "__torch_function__"))?;
    Ok(answer.is_some_and(|answer| !NO_ANSWER.get(py).is_some_and(|no| answer.is(no))))
}

/// The name by which an object of a subclass is printed; `None` for tensors, parameters and buffers.
pub fn class_name(tensor: &Bound<'_, PyAny>) -> PyResult<Option<String>> {
    let class = tensor.get_type();
    if tensor.is_exact_instance_of::<PyTensor>() || !active() || !may_answer(&class)? {
        return Ok(None);
    }
    class.name()?.extract().map(Some)
}

/// Refuses classes that want to see what functions do inside.
pub fn check_class(class: &Bound<'_, PyType>) -> PyResult<()> {
    let py = class.py();
    match class.as_any().getattr_opt(intern!(py, "__torch_dispatch__"))? {
        Some(dispatch) if !NO_DISPATCH.get(py).is_some_and(|no| dispatch.is(no)) => {
            Err(PyNotImplementedError::new_err(format!(
                "torch.Tensor.__torch_dispatch__ is not in Flambeau yet, and {} has it; __torch_function__ is",
                class.name()?
            )))
        }
        _ => Ok(()),
    }
}

/// Those who may answer, each class once, a class before those that it inherits from.
type Asked<'py> = SmallVec<[Bound<'py, PyType>; 2]>;

/// Whether objects of this very class never answer.
fn is_plain(given: &Bound<'_, PyAny>) -> bool {
    given.is_exact_instance_of::<PyTensor>()
        || given.is_exact_instance_of::<PyInt>()
        || given.is_exact_instance_of::<PyFloat>()
        || given.is_exact_instance_of::<PyBool>()
        || given.is_exact_instance_of::<PyString>()
        || given.is_exact_instance_of::<PyNone>()
        || given.is_exact_instance_of::<PyDType>()
        || given.is_exact_instance_of::<PyDevice>()
        || given.is_exact_instance_of::<PySlice>()
        || given.is_exact_instance_of::<PyEllipsis>()
        || given.is_exact_instance_of::<PyDict>()
}

/// Adds the class of an argument if it may answer.
fn ask_one<'py>(given: &Bound<'py, PyAny>, asked: &mut Asked<'py>) -> PyResult<()> {
    if is_plain(given) {
        return Ok(());
    }
    let class = given.get_type();
    if asked.iter().any(|a| a.is(&class)) {
        return Ok(());
    }
    if !may_answer(&class)? {
        return Ok(());
    }
    let mut place = asked.len();
    for (i, other) in asked.iter().enumerate() {
        if class.is_subclass(other)? {
            place = i;
            break;
        }
    }
    asked.insert(place, class);
    Ok(())
}

/// Adds the class of an argument, or those of a list's items.
fn ask<'py>(given: &Bound<'py, PyAny>, asked: &mut Asked<'py>) -> PyResult<()> {
    if let Ok(items) = given.cast::<PyTuple>() {
        return items.iter().try_for_each(|item| ask_one(&item, asked));
    }
    if let Ok(items) = given.cast::<PyList>() {
        return items.iter().try_for_each(|item| ask_one(&item, asked));
    }
    ask_one(given, asked)
}

/// The innermost mode, set aside until this is dropped.
struct Aside(Option<Py<PyAny>>);

impl Aside {
    fn take() -> Aside {
        Aside(MODES.with_borrow_mut(Vec::pop))
    }
}

impl Drop for Aside {
    fn drop(&mut self) {
        if let Some(mode) = self.0.take() {
            MODES.with_borrow_mut(|modes| modes.push(mode));
        }
    }
}

/// What the innermost mode or one of the classes says to a call; an error if all of them leave it.
fn put<'py>(
    function: &Bound<'py, PyAny>,
    asked: &Asked<'py>,
    args: Bound<'py, PyTuple>,
    kwargs: Option<Bound<'py, PyDict>>,
) -> PyResult<Bound<'py, PyAny>> {
    let (py, name) = (function.py(), intern!(function.py(), "__torch_function__"));
    let classes = PyTuple::new(py, asked)?;
    let call = (function, &classes, args, kwargs);
    let left = py.NotImplemented();
    let aside = Aside::take();
    let mode = aside.0.as_ref().map(|m| m.clone_ref(py));
    if let Some(mode) = &mode {
        let answer = mode.bind(py).call_method1(name, call.clone())?;
        if !answer.is(&left) {
            return Ok(answer);
        }
    }
    drop(aside);
    for class in asked {
        let answer = class.call_method1(name, call.clone())?;
        if !answer.is(&left) {
            return Ok(answer);
        }
    }
    let text = match REFUSAL.get(py) {
        Some(refusal) => refusal.bind(py).call1((function, classes, mode))?.extract()?,
        None => format!("no implementation of {function} for {classes}"),
    };
    Err(PyTypeError::new_err(text))
}

/// What a mode or a class of the arguments answers in place of `function`; `None` if there is none that may.
#[cold]
pub fn answer<'py>(function: &Bound<'py, PyAny>, given: Given<'_, 'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
    answer_by(function, given, true)
}

/// [`answer`], of a mode alone unless `classes`.
fn answer_by<'py>(
    function: &Bound<'py, PyAny>,
    given: Given<'_, 'py>,
    classes: bool,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    let (py, silent) = (function.py(), SILENT.get());
    if silent == Silent::All {
        return Ok(None);
    }
    let mut asked = Asked::new();
    if silent == Silent::Nobody && classes {
        let by_name = given.by_name.iter().map(|(_, given)| given);
        given.by_place.iter().chain(by_name).try_for_each(|given| ask(given, &mut asked))?;
    }
    if asked.is_empty() && MODES.with_borrow(Vec::is_empty) {
        return Ok(None);
    }
    let (args, kwargs) = given.as_python(py)?;
    put(function, &asked, args, kwargs).map(Some)
}

/// The classes among these objects that may answer now, and whether a mode may.
#[pyfunction]
pub fn overriding<'py>(relevant: &Bound<'py, PyAny>) -> PyResult<(Vec<Bound<'py, PyType>>, bool)> {
    let (silent, mut asked) = (SILENT.get(), Asked::new());
    if silent == Silent::Nobody {
        for given in relevant.try_iter()? {
            ask_one(&given?, &mut asked)?;
        }
    }
    let mode = silent != Silent::All && !MODES.with_borrow(Vec::is_empty);
    Ok((asked.into_vec(), mode))
}

/// Puts a call to the innermost mode and to these classes.
#[pyfunction]
pub fn put_to_overrides<'py>(
    function: &Bound<'py, PyAny>,
    classes: Vec<Bound<'py, PyType>>,
    args: Bound<'py, PyTuple>,
    kwargs: Option<Bound<'py, PyDict>>,
) -> PyResult<Bound<'py, PyAny>> {
    put(function, &Asked::from_vec(classes), args, kwargs)
}

/// A function or method that asks its arguments before it runs.
#[pyclass(module = "torch", frozen)]
pub struct Overridable {
    /// What runs if nobody answers.
    function: Py<PyAny>,
    /// What those who are asked are told was called; this object itself if there is nothing else.
    told: Option<Py<PyAny>>,
    /// Whether it is an operator of two operands, of which Python then asks the other one.
    binary: bool,
    /// Whether classes are asked, and not only modes.
    classes: bool,
}

#[pymethods]
impl Overridable {
    #[new]
    #[pyo3(signature = (function, told=None, binary=false, classes=true))]
    fn new(function: Py<PyAny>, told: Option<Py<PyAny>>, binary: bool, classes: bool) -> Overridable {
        Overridable { function, told, binary, classes }
    }

    #[pyo3(signature = (*args, **kwargs))]
    fn __call__<'py>(
        slf: &Bound<'py, Self>,
        args: &Bound<'py, PyTuple>,
        kwargs: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let (py, this) = (slf.py(), slf.get());
        let ask = || {
            let (by_place, by_name) = arguments(None, args, kwargs)?;
            let told = this.told.as_ref().map_or(slf.as_any(), |told| told.bind(py));
            answer_by(told, Given { by_place: &by_place, by_name: &by_name, method: false }, this.classes)
        };
        match ask() {
            Ok(Some(answer)) => Ok(answer),
            Ok(None) => this.function.bind(py).call(args, kwargs),
            Err(e) if this.binary && e.is_instance_of::<PyTypeError>(py) => Ok(py.NotImplemented().into_bound(py)),
            Err(e) => Err(e),
        }
    }

    /// As a method: bound to the tensor that it is looked up on.
    fn __get__<'py>(
        slf: Bound<'py, Self>,
        instance: &Bound<'py, PyAny>,
        _class: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        static METHOD: PyOnceLock<Py<PyType>> = PyOnceLock::new();
        if instance.is_none() {
            return Ok(slf.into_any());
        }
        METHOD.import(slf.py(), "types", "MethodType")?.call1((slf, instance))
    }

    /// What there is to know of the function.
    fn __getattr__<'py>(&self, name: &Bound<'py, PyString>) -> PyResult<Bound<'py, PyAny>> {
        self.function.bind(name.py()).getattr(name)
    }

    #[getter]
    fn __wrapped__(&self, py: Python<'_>) -> Py<PyAny> {
        self.function.clone_ref(py)
    }

    #[getter]
    fn __doc__(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        self.function.getattr(py, intern!(py, "__doc__"))
    }

    #[getter]
    fn __module__(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        self.function.getattr(py, intern!(py, "__module__"))
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        self.function.bind(py).repr()?.extract()
    }

    /// As the function, so that tables made before find it.
    fn __hash__(&self, py: Python<'_>) -> PyResult<isize> {
        self.function.bind(py).hash()
    }

    fn __eq__(&self, py: Python<'_>, other: &Bound<'_, PyAny>) -> PyResult<bool> {
        let function = self.function.bind(py);
        match other.cast::<Overridable>() {
            Ok(other) => Ok(function.is(&other.get().function)),
            Err(_) => function.eq(other),
        }
    }

    /// Pickled by name, as functions are.
    fn __reduce__(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        self.function.getattr(py, intern!(py, "__name__"))
    }
}

/// A property of tensors that asks the tensor's class first.
#[pyclass(module = "torch", frozen)]
pub struct OverridableProperty {
    property: Py<PyAny>,
}

impl OverridableProperty {
    /// Puts a call of one of the methods below to those who may answer, else runs it.
    fn call<'py>(
        slf: &Bound<'py, Self>,
        method: &Bound<'py, PyString>,
        given: &[Bound<'py, PyAny>],
    ) -> PyResult<Bound<'py, PyAny>> {
        let told = slf.getattr(method)?;
        match answer(&told, Given { by_place: given, by_name: &[], method: false })? {
            Some(answer) => Ok(answer),
            None => slf.get().property.bind(slf.py()).call_method1(method, PyTuple::new(slf.py(), given)?),
        }
    }
}

#[pymethods]
impl OverridableProperty {
    #[new]
    fn new(property: Py<PyAny>) -> OverridableProperty {
        OverridableProperty { property }
    }

    fn __get__<'py>(
        slf: Bound<'py, Self>,
        instance: &Bound<'py, PyAny>,
        _class: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        if instance.is_none() {
            return Ok(slf.into_any());
        }
        Self::call(&slf, intern!(slf.py(), "__get__"), std::slice::from_ref(instance))
    }

    fn __set__<'py>(slf: Bound<'py, Self>, instance: &Bound<'py, PyAny>, value: &Bound<'py, PyAny>) -> PyResult<()> {
        Self::call(&slf, intern!(slf.py(), "__set__"), &[instance.clone(), value.clone()]).map(drop)
    }

    fn __delete__<'py>(slf: Bound<'py, Self>, instance: &Bound<'py, PyAny>) -> PyResult<()> {
        Self::call(&slf, intern!(slf.py(), "__delete__"), std::slice::from_ref(instance)).map(drop)
    }

    fn __getattr__<'py>(&self, name: &Bound<'py, PyString>) -> PyResult<Bound<'py, PyAny>> {
        self.property.bind(name.py()).getattr(name)
    }

    #[getter]
    fn __doc__(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        self.property.getattr(py, intern!(py, "__doc__"))
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        self.property.bind(py).repr()?.extract()
    }
}

//! What `nn.Module` does most. Its call: hooks are rare, so that it goes straight to `forward` where there are none; a module
//! that is one function of `nn.functional` says so by a [`Forward`], which needs no Python of its own. And its look for
//! parameters, buffers and children, which are attributes in tables of their own.

use crate::function::PyFunction;
use crate::given::{ByName, ByPlace, Given};
use pyo3::exceptions::{PyAttributeError, PyNameError, PyTypeError};
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyString, PyTuple, PyType};
use std::sync::{Arc, Mutex, PoisonError};

/// The hooks of all modules: before and after forward and backward.
static EVERY: PyOnceLock<Vec<Py<PyDict>>> = PyOnceLock::new();

/// The classes that `Module` is made of.
static BASES: PyOnceLock<Vec<Py<PyType>>> = PyOnceLock::new();

/// Says what all modules have: their hooks, and the classes that `Module` is made of.
#[pyfunction]
pub fn set_of_all_modules(py: Python<'_>, hooks: Vec<Py<PyDict>>, bases: Vec<Py<PyType>>) {
    let _ = EVERY.set(py, hooks);
    let _ = BASES.set(py, bases);
}

// What modules inherit their call from. No doc comment: that would be `__doc__` of every module without one. It has a field
// so that Python takes it for the base of the layout also where a mixin comes first, and modules can be given another class
// (`module.__class__ = …`) whatever the order of its bases.
#[pyclass(name = "Callable", subclass, frozen)]
pub struct Callable {
    known: Mutex<Option<Arc<Known>>>,
}

/// What the look for a module's attributes begins with, each time. It is read once: again when the module has another class
/// or another `__dict__`, not when its class gets other bases.
struct Known {
    /// The attributes that the module has of its own.
    own: Py<PyDict>,
    class: Py<PyType>,
    /// What its classes define now (views of their dictionaries), but for those of [`firsts`].
    classes: Vec<Py<PyAny>>,
}

impl Known {
    fn of(module: &Bound<'_, PyAny>) -> PyResult<Known> {
        let py = module.py();
        let own = plain_attribute(module, intern!(py, "__dict__")).ok().and_then(|own| own.cast_into().ok());
        let class = module.get_type();
        let mut classes = Vec::new();
        let firsts = firsts(py);
        for class in class.mro().iter().filter(|class| !firsts.iter().any(|first| class.is(first))) {
            classes.push(class.getattr(intern!(py, "__dict__"))?.unbind());
        }
        Ok(Known { own: own.unwrap_or_else(|| PyDict::new(py)).unbind(), class: class.unbind(), classes })
    }

    /// Whether Python would come to an entry `name` of a module later than to something else: a class defines it, or, for an
    /// entry of a table, a `__getattr__` that is asked first.
    fn hides(&self, name: &Bound<'_, PyAny>, tabled: bool) -> PyResult<bool> {
        let py = name.py();
        if first_names(py)?.contains(name)? {
            return Ok(true);
        }
        for class in &self.classes {
            let class = class.bind(py);
            if class.contains(name)? || tabled && class.contains(intern!(py, "__getattr__"))? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The first of its classes' definitions of `name`, as it stands there.
    fn defined<'py>(&self, name: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyAny>>> {
        for class in &self.classes {
            let class = class.bind(name.py());
            if class.contains(name)? {
                return class.get_item(name).map(Some);
            }
        }
        Ok(None)
    }
}

/// An attribute as `object.__getattribute__` finds it, whatever the class says of attributes.
fn plain_attribute<'py>(module: &Bound<'py, PyAny>, name: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    static PLAIN: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let py = module.py();
    let find = || Ok::<_, PyErr>(py.get_type::<PyAny>().getattr(intern!(py, "__getattribute__"))?.unbind());
    PLAIN.get_or_try_init(py, find)?.bind(py).call1((module, name))
}

/// The classes that every module's class has behind `Module`, and that nobody changes (but for `__getattr__`, below).
fn firsts(py: Python<'_>) -> Vec<Bound<'_, PyType>> {
    let bases = BASES.get(py).into_iter().flatten().map(|class| class.bind(py).clone());
    [py.get_type::<Callable>(), py.get_type::<PyAny>()].into_iter().chain(bases).collect()
}

/// The names of their attributes.
fn first_names(py: Python<'_>) -> PyResult<&Bound<'_, PyDict>> {
    static NAMES: PyOnceLock<Py<PyDict>> = PyOnceLock::new();
    let read = || {
        let names = PyDict::new(py);
        for class in firsts(py) {
            names.call_method1(intern!(py, "update"), (class.getattr(intern!(py, "__dict__"))?,))?;
        }
        Ok::<_, PyErr>(names.unbind())
    };
    Ok(NAMES.get_or_try_init(py, read)?.bind(py))
}

/// The entry `name` of the tables among a module's own attributes.
fn entry<'py>(own: &Bound<'py, PyDict>, name: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyAny>>> {
    let py = own.py();
    for table in [intern!(py, "_parameters"), intern!(py, "_buffers"), intern!(py, "_modules")] {
        if let Some(table) = own.get_item(table)?
            && let Ok(table) = table.cast::<PyDict>()
            && let Some(found) = table.get_item(name)?
        {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

/// Whether no hooks stand around the call of a module with these attributes.
fn plain(module: &Bound<'_, PyAny>, own: &Bound<'_, PyDict>) -> PyResult<bool> {
    let py = module.py();
    let names = [
        intern!(py, "_forward_hooks"),
        intern!(py, "_forward_pre_hooks"),
        intern!(py, "_backward_hooks"),
        intern!(py, "_backward_pre_hooks"),
    ];
    for name in names {
        let Some(hooks) = own.get_item(name)? else { return Err(unmade(module)?) };
        if hooks.cast::<PyDict>().map_or(0, |hooks| hooks.len()) > 0 {
            return Ok(false);
        }
    }
    Ok(EVERY.get(py).is_none_or(|every| every.iter().all(|hooks| hooks.bind(py).is_empty())))
}

impl Callable {
    fn known(slf: &Bound<'_, Self>) -> PyResult<Arc<Known>> {
        let of = &slf.get().known;
        let now = of.lock().unwrap_or_else(PoisonError::into_inner).clone();
        match now {
            Some(known) if slf.get_type().is(&known.class) => Ok(known),
            _ => {
                let known = Arc::new(Known::of(slf.as_any())?);
                // What it replaces is dropped when the lock is free.
                let _old = of.lock().unwrap_or_else(PoisonError::into_inner).replace(known.clone());
                Ok(known)
            }
        }
    }
}

#[cold]
fn unmade(module: &Bound<'_, PyAny>) -> PyResult<PyErr> {
    let class = module.get_type().name()?;
    Ok(PyAttributeError::new_err(format!("cannot call {class} before Module.__init__() call")))
}

#[pymethods]
impl Callable {
    #[new]
    #[pyo3(signature = (*_args, **_kwargs))]
    fn new(_args: &Bound<'_, PyTuple>, _kwargs: Option<&Bound<'_, PyDict>>) -> Callable {
        Callable { known: Mutex::new(None) }
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        // Nothing runs Python's code with the lock taken, so that it is free when garbage is looked for.
        if let Ok(known) = self.known.try_lock()
            && let Some(known) = &*known
        {
            visit.call(&known.own)?;
            visit.call(&known.class)?;
            for class in &known.classes {
                visit.call(class)?;
            }
        }
        Ok(())
    }

    /// Says that the module has another `__dict__`.
    fn _forget(&self) {
        let _old = self.known.lock().unwrap_or_else(PoisonError::into_inner).take();
    }

    /// Own attributes, those of the class, entries of the tables.
    fn __getattribute__<'py>(slf: &Bound<'py, Self>, name: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let known = Self::known(slf)?;
        let own = known.own.bind(slf.py());
        let (found, tabled) = match own.get_item(name)? {
            Some(found) => (Some(found), false),
            None => (entry(own, name)?, true),
        };
        match found {
            Some(found) if !known.hides(name, tabled)? => Ok(found),
            _ => plain_attribute(slf.as_any(), name),
        }
    }

    /// What is asked where that found nothing. Python does not see it: where it sees a `__getattr__`, it raises an error for
    /// each entry of the tables before it asks, which takes longer than all the rest. So modules have none until a class
    /// defines its own, which may call it.
    fn __getattr__<'py>(slf: &Bound<'py, Self>, name: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let getattr = intern!(slf.py(), "__getattr__");
        if !slf.get_type().hasattr(getattr)? {
            return Self::find(slf, name);
        }
        let base = slf.py().get_type::<Callable>();
        if !base.hasattr(getattr)? {
            base.setattr(getattr, base.getattr(intern!(slf.py(), "_find"))?)?;
        }
        Err(PyAttributeError::new_err(name.clone().unbind()))
    }

    /// `Module.__getattr__`: an entry of the tables.
    #[pyo3(name = "_find")]
    fn find<'py>(slf: &Bound<'py, Self>, name: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        if let Some(found) = entry(Self::known(slf)?.own.bind(slf.py()), name)? {
            return Ok(found);
        }
        let class = slf.get_type().name()?;
        Err(PyAttributeError::new_err(format!("'{class}' object has no attribute '{name}'")))
    }

    #[pyo3(signature = (*args, **kwargs))]
    fn __call__<'py>(
        slf: &Bound<'py, Self>,
        args: &Bound<'py, PyTuple>,
        kwargs: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let (py, module) = (slf.py(), slf.as_any());
        let known = Self::known(slf)?;
        let (own, forward) = (known.own.bind(py), intern!(py, "forward"));
        if !plain(module, own)? {
            let kwargs = kwargs.cloned().unwrap_or_else(|| PyDict::new(py));
            return module.call_method1(intern!(py, "_call_with_hooks"), (args, kwargs));
        }
        // One that was set on the module itself comes first.
        if !own.contains(forward)?
            && let Some(forward) = known.defined(forward)?
            && let Ok(forward) = forward.cast_exact::<Forward>()
        {
            return forward.get().run(module, own, args, kwargs);
        }
        plain_attribute(module, forward)?.call(args, kwargs)
    }
}

/// `forward` of a module that is a function of one input and of the module's parameters and options.
#[pyclass(module = "torch.nn", frozen)]
pub struct Forward {
    /// Where the function is looked up for each call, as one that Python wrote would.
    namespace: Py<PyDict>,
    function: Py<PyAny>,
    attributes: Vec<Py<PyAny>>,
    /// Attributes that are given by name.
    named: Vec<(Py<PyString>, Py<PyAny>)>,
    input: String,
}

impl Forward {
    fn run<'py>(
        &self,
        module: &Bound<'py, PyAny>,
        own: &Bound<'py, PyDict>,
        args: &Bound<'py, PyTuple>,
        kwargs: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = module.py();
        let input = self.input(module, args, kwargs)?;
        let parameters = own.get_item(intern!(py, "_parameters"))?;
        let parameters = parameters.as_ref().and_then(|p| p.cast::<PyDict>().ok());
        let attribute = |name: &Py<PyAny>| {
            let name = name.bind(py);
            let parameter = parameters.map(|p| p.get_item(name)).transpose()?.flatten();
            match parameter {
                Some(parameter) => Ok(parameter),
                None => match own.get_item(name)? {
                    Some(option) => Ok(option),
                    None => module.getattr(name.cast()?),
                },
            }
        };
        let mut by_place = ByPlace::new();
        by_place.push(input);
        for name in &self.attributes {
            by_place.push(attribute(name)?);
        }
        let mut by_name = ByName::new();
        for (key, name) in &self.named {
            by_name.push((key.bind(py).clone(), attribute(name)?));
        }
        let Some(function) = self.namespace.bind(py).get_item(&self.function)? else {
            return Err(PyNameError::new_err(format!("name '{}' is not defined", self.function.bind(py))));
        };
        let given = Given { by_place: &by_place, by_name: &by_name, method: false };
        match function.cast_exact::<PyFunction>() {
            Ok(function) => PyFunction::run(function, given),
            Err(_) => {
                let (args, kwargs) = given.as_python(py)?;
                function.call(args, kwargs.as_ref())
            }
        }
    }

    /// The one argument of a call.
    fn input<'py>(
        &self,
        module: &Bound<'py, PyAny>,
        args: &Bound<'py, PyTuple>,
        kwargs: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let named = kwargs.map_or(0, |k| k.len());
        if args.len() == 1 && named == 0 {
            return args.get_item(0);
        }
        if let Some(kwargs) = kwargs
            && args.is_empty()
            && named == 1
            && let Some(input) = kwargs.get_item(&self.input)?
        {
            return Ok(input);
        }
        Err(self.refuse(module, args, kwargs)?)
    }

    /// The error for other arguments than the one.
    #[cold]
    fn refuse(
        &self,
        module: &Bound<'_, PyAny>,
        args: &Bound<'_, PyTuple>,
        kwargs: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<PyErr> {
        let (name, class) = (&*self.input, module.get_type().qualname()?);
        for (key, _) in kwargs.iter().flat_map(|kwargs| kwargs.iter()) {
            if !key.eq(name)? {
                let what = format!("{class}.forward() got an unexpected keyword argument '{key}'");
                return Ok(PyTypeError::new_err(what));
            }
        }
        Ok(PyTypeError::new_err(match args.len() {
            0 => format!("{class}.forward() missing 1 required positional argument: '{name}'"),
            1 => format!("{class}.forward() got multiple values for argument '{name}'"),
            n => format!("{class}.forward() takes 2 positional arguments but {} were given", n + 1),
        }))
    }
}

#[pymethods]
impl Forward {
    /// The function of this name in `namespace` (a module), called with the input and then the module's `attributes`; those
    /// in `named` are given by name.
    #[new]
    #[pyo3(signature = (namespace, function, *attributes, input = "input", **named))]
    fn new(
        namespace: &Bound<'_, PyAny>,
        function: Py<PyAny>,
        attributes: &Bound<'_, PyTuple>,
        input: &str,
        named: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Forward> {
        let mut by_name = Vec::new();
        for (key, name) in named.iter().flat_map(|named| named.iter()) {
            by_name.push((key.cast_into()?.unbind(), name.unbind()));
        }
        Ok(Forward {
            namespace: namespace.getattr(intern!(namespace.py(), "__dict__"))?.cast_into::<PyDict>()?.unbind(),
            function,
            attributes: attributes.iter().map(Bound::unbind).collect(),
            named: by_name,
            input: input.to_string(),
        })
    }

    #[pyo3(signature = (module, *args, **kwargs))]
    fn __call__<'py>(
        &self,
        module: &Bound<'py, PyAny>,
        args: &Bound<'py, PyTuple>,
        kwargs: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let known = match module.cast::<Callable>() {
            Ok(module) => Callable::known(module)?,
            Err(_) => Arc::new(Known::of(module)?),
        };
        self.run(module, known.own.bind(module.py()), args, kwargs)
    }

    /// As a method: bound to the module that it is looked up on.
    fn __get__<'py>(
        slf: Bound<'py, Self>,
        instance: &Bound<'py, PyAny>,
        _class: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        if instance.is_none() {
            return Ok(slf.into_any());
        }
        let method = slf.py().import(intern!(slf.py(), "types"))?.getattr(intern!(slf.py(), "MethodType"))?;
        method.call1((slf, instance))
    }

    #[getter]
    fn __name__(&self) -> &str {
        "forward"
    }

    #[getter]
    fn __text_signature__(&self) -> String {
        format!("($self, {})", self.input)
    }

    fn __repr__(&self, py: Python<'_>) -> String {
        format!("<forward by {}>", self.function.bind(py))
    }
}

/// What modules make of an input, one after the other.
#[pyfunction]
pub fn chain<'py>(modules: &Bound<'py, PyDict>, input: Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let mut input = input;
    for module in modules.values() {
        input = module.call1((input,))?;
    }
    Ok(input)
}

//! What `nn.Module` does most. Its call: hooks are rare, so that it goes straight to `forward` where there are none; a module
//! that is one function of `nn.functional` says so by a [`Forward`], which needs no Python of its own. And its look for
//! parameters, buffers and children, which are attributes in tables of their own.

use crate::function::PyFunction;
use pyo3::exceptions::{PyAttributeError, PyTypeError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyTuple, PyType};

/// The hooks of all modules: before and after forward and backward.
static EVERY: PyOnceLock<Vec<Py<PyDict>>> = PyOnceLock::new();

/// Says where the hooks of all modules are.
#[pyfunction]
pub fn set_module_hooks(py: Python<'_>, every: Vec<Py<PyDict>>) {
    let _ = EVERY.set(py, every);
}

// What modules inherit their call from. No doc comment: that would be `__doc__` of every module without one. It has a field
// so that Python takes it for the base of the layout also where a mixin comes first, and modules can be given another class
// (`module.__class__ = …`) whatever the order of its bases.
#[pyclass(name = "Callable", subclass, frozen)]
pub struct Callable {
    _layout: usize,
}

/// An attribute as `object.__getattribute__` finds it, whatever the class says of attributes.
fn plain_attribute<'py>(module: &Bound<'py, PyAny>, name: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    static PLAIN: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let py = module.py();
    let find = || Ok::<_, PyErr>(py.get_type::<PyAny>().getattr(intern!(py, "__getattribute__"))?.unbind());
    PLAIN.get_or_try_init(py, find)?.bind(py).call1((module, name))
}

/// The attributes that a module has of its own; `None` for one of a class without any.
fn own_attributes<'py>(module: &Bound<'py, PyAny>) -> Option<Bound<'py, PyDict>> {
    plain_attribute(module, intern!(module.py(), "__dict__")).ok()?.cast_into().ok()
}

/// The entry `name` of a module's tables, where Python would come to it: no class of the module has an attribute of that
/// name, or a `__getattr__` that is asked first.
fn entry<'py>(
    module: &Bound<'py, PyAny>,
    own: &Bound<'py, PyDict>,
    name: &Bound<'py, PyAny>,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    let Some(found) = tabled(own, name)? else { return Ok(None) };
    let py = module.py();
    if first_names(py)?.contains(name)? {
        return Ok(None);
    }
    let [base, object] = firsts(py);
    for class in module.get_type().mro().iter().filter(|class| !class.is(&base) && !class.is(&object)) {
        let attributes = class.getattr(intern!(py, "__dict__"))?;
        if attributes.contains(name)? || attributes.contains(intern!(py, "__getattr__"))? {
            return Ok(None);
        }
    }
    Ok(Some(found))
}

/// The classes that every module's class has behind it, and that nobody changes (but for `__getattr__`, below).
fn firsts(py: Python<'_>) -> [Bound<'_, PyType>; 2] {
    [py.get_type::<Callable>(), py.get_type::<PyAny>()]
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
fn tabled<'py>(own: &Bound<'py, PyDict>, name: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyAny>>> {
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
        let Some(hooks) = own.get_item(name)? else {
            let class = module.get_type().name()?;
            return Err(PyAttributeError::new_err(format!("cannot call {class} before Module.__init__() call")));
        };
        if hooks.cast::<PyDict>().map_or(0, |hooks| hooks.len()) > 0 {
            return Ok(false);
        }
    }
    Ok(EVERY.get(py).is_none_or(|every| every.iter().all(|hooks| hooks.bind(py).is_empty())))
}

#[pymethods]
impl Callable {
    #[new]
    #[pyo3(signature = (*_args, **_kwargs))]
    fn new(_args: &Bound<'_, PyTuple>, _kwargs: Option<&Bound<'_, PyDict>>) -> Callable {
        Callable { _layout: 0 }
    }

    /// Own attributes, those of the class, entries of the tables.
    fn __getattribute__<'py>(slf: &Bound<'py, Self>, name: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let module = slf.as_any();
        if let Some(own) = own_attributes(module)
            && !own.contains(name)?
            && let Some(found) = entry(module, &own, name)?
        {
            return Ok(found);
        }
        plain_attribute(module, name)
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
        if let Some(own) = own_attributes(slf.as_any())
            && let Some(found) = tabled(&own, name)?
        {
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
        let own = own_attributes(module).unwrap_or_else(|| PyDict::new(py));
        if !plain(module, &own)? {
            let kwargs = kwargs.cloned().unwrap_or_else(|| PyDict::new(py));
            return module.call_method1(intern!(py, "_call_with_hooks"), (args, kwargs));
        }
        // One that was set on the module itself comes first.
        if !own.contains(intern!(py, "forward"))?
            && let Ok(forward) = module.get_type().getattr(intern!(py, "forward"))?.cast_exact::<Forward>()
        {
            return forward.get().run(module, &own, args, kwargs);
        }
        plain_attribute(module, intern!(py, "forward"))?.call(args, kwargs)
    }
}

/// `forward` of a module that is a function of one input and of the module's parameters and options.
#[pyclass(module = "torch.nn", frozen)]
pub struct Forward {
    /// Where the function is looked up for each call, as one that Python wrote would.
    namespace: Py<PyDict>,
    function: Py<PyAny>,
    attributes: Vec<Py<PyAny>>,
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
        let mut given = Vec::with_capacity(1 + self.attributes.len());
        given.push(input);
        for name in &self.attributes {
            let name = name.bind(py);
            let parameter = parameters.map(|p| p.get_item(name)).transpose()?.flatten();
            given.push(match parameter {
                Some(parameter) => parameter,
                None => match own.get_item(name)? {
                    Some(option) => option,
                    None => module.getattr(name.cast()?)?,
                },
            });
        }
        let given = PyTuple::new(py, given)?;
        let function = self.namespace.bind(py).as_any().get_item(&self.function)?;
        match function.cast_exact::<PyFunction>() {
            Ok(function) => function.get().run(py, None, &given, None),
            Err(_) => function.call1(given),
        }
    }

    /// The one argument of a call.
    fn input<'py>(
        &self,
        module: &Bound<'py, PyAny>,
        args: &Bound<'py, PyTuple>,
        kwargs: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let (name, named) = (&*self.input, kwargs.map_or(0, |k| k.len()));
        if args.len() == 1 && named == 0 {
            return args.get_item(0);
        }
        let class = module.get_type().qualname()?;
        if let Some(kwargs) = kwargs.filter(|_| named > 0) {
            if args.is_empty()
                && named == 1
                && let Some(input) = kwargs.get_item(name)?
            {
                return Ok(input);
            }
            for key in kwargs.keys() {
                if !key.eq(name)? {
                    return Err(PyTypeError::new_err(format!(
                        "{class}.forward() got an unexpected keyword argument '{key}'"
                    )));
                }
            }
            if !args.is_empty() {
                return Err(PyTypeError::new_err(format!(
                    "{class}.forward() got multiple values for argument '{name}'"
                )));
            }
        }
        Err(PyTypeError::new_err(match args.len() {
            0 => format!("{class}.forward() missing 1 required positional argument: '{name}'"),
            n => format!("{class}.forward() takes 2 positional arguments but {} were given", n + 1),
        }))
    }
}

#[pymethods]
impl Forward {
    /// The function of this name in `namespace` (a module), called with the input and then the module's `attributes`.
    #[new]
    #[pyo3(signature = (namespace, function, *attributes, input = "input"))]
    fn new(
        namespace: &Bound<'_, PyAny>,
        function: Py<PyAny>,
        attributes: &Bound<'_, PyTuple>,
        input: &str,
    ) -> PyResult<Forward> {
        Ok(Forward {
            namespace: namespace.getattr(intern!(namespace.py(), "__dict__"))?.cast_into::<PyDict>()?.unbind(),
            function,
            attributes: attributes.iter().map(Bound::unbind).collect(),
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
        let own = own_attributes(module).unwrap_or_else(|| PyDict::new(module.py()));
        self.run(module, &own, args, kwargs)
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

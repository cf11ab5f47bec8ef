//! Functions of the registry as Python calls them: overloads under one name, told apart by what the arguments are.

use crate::error::raise;
use crate::given::{ByName, ByPlace, Given, arguments};
use crate::overrides;
use crate::tensor::{PyTensor, wrap};
use crate::value::{Kind, integer, kind_of, object, value};
use flambeau_core::registry::{Function, Value, functions};
use flambeau_core::{DType, Operand, Scalar, Tensor, autograd};
use pyo3::exceptions::{PyRuntimeError, PyTypeError};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyTuple};
use smallvec::SmallVec;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

/// Elements from which on other Python threads may run during a call.
const DETACH: usize = 1 << 15;

/// What a registry's function is called with.
type Values = SmallVec<[Value; 6]>;

struct Parameter {
    name: &'static str,
    kind: Kind,
    optional: bool,
    keyword_only: bool,
    default: Option<Value>,
}

struct Signature {
    parameters: Vec<Parameter>,
    /// How many may be given by position.
    positional: usize,
}

struct Overload {
    function: &'static Function,
    /// Read at the first call: there are more than a thousand, and a program uses a few.
    signature: OnceLock<Signature>,
}

// A name of PyTorch with the functions behind it. No doc comment: that would be `__doc__` of every function.
#[pyclass(name = "builtin_function_or_method", module = "torch", frozen)]
pub struct PyFunction {
    name: String,
    overloads: Vec<Overload>,
    inplace: bool,
    /// `nn.functional` lets a flag ask for the in-place form.
    flagged: bool,
    /// Of tensors: the first argument is the one that it is a method of.
    method: bool,
    returns: Option<Py<PyAny>>,
    /// What runs in its place.
    replaced_by: Mutex<Option<Py<PyAny>>>,
}

/// Whether anything was ever put in the place of a function.
static REPLACED: AtomicBool = AtomicBool::new(false);

/// Functions of `nn.functional` with that flag which PyTorch has in `torch` too.
const FLAGGED: [&str; 8] =
    ["relu", "celu", "selu", "rrelu", "threshold", "dropout", "alpha_dropout", "feature_alpha_dropout"];

/// Functions of two tensors that take a number in place of the first.
const NUMBER_FIRST: [&str; 18] = [
    "add",
    "bitwise_and",
    "bitwise_left_shift",
    "bitwise_or",
    "bitwise_right_shift",
    "bitwise_xor",
    "div",
    "divide",
    "float_power",
    "floor_divide",
    "mul",
    "multiply",
    "sub",
    "subtract",
    "true_divide",
    "xlog1py",
    "xlogy",
    "zeta",
];

/// Other names by which arguments may be given, as NumPy's users do.
fn alias(name: &str) -> &str {
    match name {
        "axis" => "dim",
        "keepdims" => "keepdim",
        "x" => "input",
        "x1" => "input",
        "x2" => "other",
        other => other,
    }
}

impl Signature {
    fn new(function: &'static Function) -> PyResult<Signature> {
        let fail = |what: String| PyRuntimeError::new_err(format!("registry: {}: {what}", function.name));
        let given = function.parameters().map_err(raise)?;
        if given.len() != function.types.len() {
            return Err(fail(format!("{} parameters in the signature, {} in Rust", given.len(), function.types.len())));
        }
        if given.len() > u64::BITS as usize {
            return Err(fail(format!("{} parameters are more than a call counts", given.len())));
        }
        let mut marks = function.sig.split(", ").take_while(|part| part.trim() != "*").filter(|p| p.trim() != "/");
        let has_mark = function.sig.split(", ").any(|part| part.trim() == "*");
        let positional = if has_mark { marks.by_ref().count() } else { given.len() };
        let parameters = given.into_iter().zip(function.types).enumerate().map(|(i, ((name, default), rust))| {
            let (kind, optional) = kind_of(rust).ok_or_else(|| fail(format!("no values for parameters of {rust}")))?;
            let optional = optional || matches!(default, Some(Value::None));
            Ok(Parameter { name, kind, optional, keyword_only: i >= positional, default })
        });
        Ok(Signature { parameters: parameters.collect::<PyResult<_>>()?, positional })
    }

    /// One list of integers may be given as several arguments: `x.view(2, 3)`.
    fn takes_many(&self, first: usize) -> bool {
        let lists = |p: &Parameter| matches!(p.kind, Kind::Ints | Kind::Dims);
        self.positional == first + 1 && self.parameters.get(first).is_some_and(lists)
    }

    /// As PyTorch's messages show it.
    fn text(&self) -> String {
        let mut parts = Vec::new();
        for (i, p) in self.parameters.iter().enumerate() {
            if p.keyword_only && i == self.positional {
                parts.push("*".to_string());
            }
            parts.push(format!("{} {}", p.kind.name(), p.name));
        }
        format!("({})", parts.join(", "))
    }
}

impl Overload {
    fn new(function: &'static Function) -> Overload {
        Overload { function, signature: OnceLock::new() }
    }

    fn signature(&self) -> PyResult<&Signature> {
        if let Some(signature) = self.signature.get() {
            return Ok(signature);
        }
        let signature = Signature::new(self.function)?;
        Ok(self.signature.get_or_init(|| signature))
    }

    /// The values of a call, or why it is none of this function.
    fn bind(&self, given: Given<'_, '_>, lenient: bool) -> PyResult<Result<Values, String>> {
        let signature = self.signature()?;
        let Given { by_place, by_name, method } = given;
        let offset = usize::from(method);
        let many = signature.takes_many(offset)
            && by_place.len() > offset + 1
            && by_place[offset..].iter().all(|a| !a.is_instance_of::<PyTuple>());
        let single = if many { &by_place[..offset] } else { by_place };
        if single.len() > signature.positional {
            return Ok(Err(self.too_many(signature, given)));
        }
        let mut values = Values::new();
        for (p, given) in signature.parameters.iter().zip(single) {
            match value(given, p.kind, p.optional, lenient)? {
                Some(v) => values.push(v),
                None => return self.wrong(signature, values.len(), offset, given),
            }
        }
        if many {
            let mut all = Vec::with_capacity(by_place.len() - offset);
            for given in &by_place[offset..] {
                match integer(given, true)? {
                    Some(i) => all.push(i),
                    None => return self.wrong(signature, offset, offset, given),
                }
            }
            values.push(Value::Ints(all));
        }
        let filled = values.len();
        let mut missing = 0u64;
        for (i, p) in signature.parameters.iter().enumerate().skip(filled) {
            missing |= u64::from(p.default.is_none()) << i;
            values.push(p.default.clone().unwrap_or(Value::None));
        }
        for (key, given) in by_name {
            let key = key.to_str()?;
            if key == "out" {
                continue;
            }
            let place = signature.parameters.iter().position(|p| p.name == key);
            let place = place.or_else(|| signature.parameters.iter().position(|p| p.name == alias(key)));
            let Some(i) = place.filter(|i| *i >= filled) else {
                return Ok(Err(self.unexpected(key, place.is_some())));
            };
            let p = &signature.parameters[i];
            match value(given, p.kind, p.optional, lenient)? {
                Some(v) => values[i] = v,
                None => return self.wrong(signature, i, offset, given),
            }
            missing &= !(1 << i);
        }
        Ok(if missing == 0 { Ok(values) } else { Err(self.missing(signature, missing)) })
    }

    #[cold]
    fn wrong<T>(
        &self,
        signature: &Signature,
        i: usize,
        offset: usize,
        given: &Bound<'_, PyAny>,
    ) -> PyResult<Result<T, String>> {
        let (p, class) = (&signature.parameters[i], given.get_type().name()?);
        let place = if i < signature.positional { format!(" (position {})", i + 1 - offset) } else { String::new() };
        let (name, kind) = (self.function.name, p.kind.name());
        Ok(Err(format!("{name}(): argument '{}'{place} must be {kind}, not {class}", p.name)))
    }

    #[cold]
    fn too_many(&self, signature: &Signature, given: Given<'_, '_>) -> String {
        let offset = usize::from(given.method);
        let (most, count) = (signature.positional - offset, given.by_place.len() - offset);
        format!(
            "{}() takes {most} positional argument{} but {count} {} given",
            self.function.name,
            if most == 1 { "" } else { "s" },
            if count == 1 { "was" } else { "were" }
        )
    }

    #[cold]
    fn unexpected(&self, key: &str, twice: bool) -> String {
        let what = if twice { "multiple values for" } else { "an unexpected keyword" };
        format!("{}() got {what} argument '{key}'", self.function.name)
    }

    #[cold]
    fn missing(&self, signature: &Signature, missing: u64) -> String {
        let names = signature.parameters.iter().enumerate().filter(|(i, _)| missing >> i & 1 == 1);
        let names: Vec<String> = names.map(|(_, p)| format!("\"{}\"", p.name)).collect();
        format!("{}() missing {} required positional arguments: {}", self.function.name, names.len(), names.join(", "))
    }
}

/// The elements that a call works on.
fn work(values: &[Value]) -> usize {
    let of = |v: &Value| match v {
        Value::Tensor(t) => t.numel(),
        Value::Tensors(all) => all.iter().map(Tensor::numel).sum(),
        _ => 0,
    };
    values.iter().map(of).sum()
}

/// Runs `f`; if it has much to do, other Python threads may run meanwhile.
pub fn detached<T: Send>(py: Python<'_>, work: usize, f: impl FnOnce() -> T + Send) -> T {
    if work >= DETACH { py.detach(f) } else { f() }
}

impl PyFunction {
    fn bind(&self, given: Given<'_, '_>) -> PyResult<(&Overload, Values)> {
        let mut first = None;
        // Tensors stand for numbers only where nothing takes the tensor itself.
        for lenient in [false, true] {
            for overload in &self.overloads {
                match overload.bind(given, lenient)? {
                    Ok(values) => return Ok((overload, values)),
                    Err(why) => {
                        first.get_or_insert(why);
                    }
                }
            }
        }
        if let Some(by_place) = self.number_first(given)? {
            return self.bind(Given { by_place: &by_place, ..given });
        }
        Err(self.refuse(given, first.unwrap_or_default())?)
    }

    /// The error for arguments that no overload takes.
    #[cold]
    fn refuse(&self, given: Given<'_, '_>, why: String) -> PyResult<PyErr> {
        if self.overloads.len() == 1 {
            return Ok(PyTypeError::new_err(why));
        }
        let mut parts: Vec<String> = Vec::new();
        for a in &given.by_place[usize::from(given.method)..] {
            parts.push(a.get_type().name()?.to_string());
        }
        for (k, v) in given.by_name {
            parts.push(format!("{k}={}", v.get_type().name()?));
        }
        let mut expected: Vec<String> = Vec::new();
        for overload in &self.overloads {
            expected.push(format!(" * {}", overload.signature()?.text()));
        }
        Ok(PyTypeError::new_err(format!(
            "{}() received an invalid combination of arguments - got ({}), but expected one of:\n{}\n",
            self.name,
            parts.join(", "),
            expected.join("\n")
        )))
    }

    /// The arguments with a number in the first place as a tensor, where the function takes one there.
    fn number_first<'py>(&self, given: Given<'_, 'py>) -> PyResult<Option<ByPlace<'py>>> {
        let [number, other, ..] = given.by_place else { return Ok(None) };
        if given.method || !NUMBER_FIRST.contains(&&*self.name) {
            return Ok(None);
        }
        let (Some(number), Ok(other)) = (crate::value::scalar(number)?, other.cast::<PyTensor>()) else {
            return Ok(None);
        };
        // A bool stays one, which some functions refuse.
        let dtype = match number {
            Scalar::Bool(_) => DType::Bool,
            _ => flambeau_core::ops::result_type([Operand::Scalar(number), Operand::Tensor(&other.borrow().0)]),
        };
        let number = flambeau_core::ops::full(&[], number, Some(dtype)).map_err(raise)?;
        let mut by_place = ByPlace::from(given.by_place);
        by_place[0] = wrap(other.py(), number)?.into_any();
        Ok(Some(by_place))
    }

    /// Runs without the flag `inplace`, which is given by name or after all other arguments; `None` if it is not.
    fn flagged<'py>(&self, py: Python<'py>, given: Given<'_, 'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let run = |flag: &Bound<'py, PyAny>, given: Given<'_, 'py>| {
            let result = if flag.is_truthy()? { self.over_first(py, given) } else { self.plain(py, given) };
            result.map(Some)
        };
        if let Some(flag) = given.named("inplace")? {
            let mut by_name = ByName::new();
            for (key, given) in given.by_name {
                if key.to_str()? != "inplace" {
                    by_name.push((key.clone(), given.clone()));
                }
            }
            return run(flag, Given { by_name: &by_name, ..given });
        }
        let mut most = 0;
        for overload in &self.overloads {
            most = most.max(overload.signature()?.positional);
        }
        match given.by_place.split_last() {
            Some((flag, by_place)) if by_place.len() == most && flag.is_instance_of::<PyBool>() => {
                run(flag, Given { by_place, ..given })
            }
            _ => Ok(None),
        }
    }

    /// The result, written over the first argument.
    fn over_first<'py>(&self, py: Python<'py>, given: Given<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
        let (overload, mut values) = self.bind(given)?;
        let function = overload.function;
        let Some(Value::Tensor(input)) = values.first().cloned() else {
            return Err(PyTypeError::new_err(format!("{}(): only a tensor can be written over", self.name)));
        };
        let work = work(&values);
        let write = || {
            if let Some(call) = function.inplace {
                return call(&values).map(drop);
            }
            if input.requires_grad() && autograd::is_grad_enabled() {
                // What the derivative keeps must not be overwritten.
                values[0] = Value::Tensor(input.clone_tensor()?);
            }
            let result = (function.call)(&values)?.into_tensors()?;
            match &result[..] {
                [result] if result.is_same(&input) => Ok(()),
                [result, ..] => flambeau_core::ops::copy_as(function.name, &input, result).map(drop),
                [] => Ok(()),
            }
        };
        detached(py, work, write).map_err(raise)?;
        match given.by_place.first() {
            Some(first) => Ok(first.clone()),
            None => wrap(py, input).map(Bound::into_any),
        }
    }

    /// A call, which arguments or a mode may answer.
    pub fn run<'py>(slf: &Bound<'py, Self>, given: Given<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
        let active = overrides::active();
        if active && let Some(answer) = overrides::answer(slf.as_any(), given)? {
            return Ok(answer);
        }
        if REPLACED.load(Ordering::Relaxed)
            && let Some(other) = slf.get().replaced_by(slf.py())
        {
            let (args, kwargs) = given.as_python(slf.py())?;
            return other.call(args, kwargs.as_ref());
        }
        match slf.get().unanswered(slf.py(), given) {
            // What is no tensor may answer for the function.
            Err(e) if !active => overrides::answer(slf.as_any(), given)?.ok_or(e),
            result => result,
        }
    }

    fn replaced_by<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyAny>> {
        let other = self.replaced_by.lock().unwrap_or_else(PoisonError::into_inner);
        other.as_ref().map(|other| other.bind(py).clone())
    }

    fn unanswered<'py>(&self, py: Python<'py>, given: Given<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
        if self.flagged
            && let Some(result) = self.flagged(py, given)?
        {
            return Ok(result);
        }
        self.plain(py, given)
    }

    /// A call without the flag.
    fn plain<'py>(&self, py: Python<'py>, given: Given<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
        let (overload, mut values) = self.bind(given)?;
        let function = overload.function;
        crate::autocast::apply(function.name, &mut values).map_err(raise)?;
        if self.inplace {
            let Some(call) = function.inplace else {
                return Err(PyRuntimeError::new_err(format!("{}(): there is no in-place form", self.name)));
            };
            detached(py, work(&values), || call(&values)).map_err(raise)?;
            return match given.by_place.first() {
                Some(first) => Ok(first.clone()),
                None => Err(PyTypeError::new_err(format!("{}(): the tensor has to come first", self.name))),
            };
        }
        let out = given.named("out")?.filter(|out| !out.is_none());
        if out.is_some() && autograd::is_grad_enabled() {
            crate::out::check(function.name, &values, out)?;
        }
        let result = detached(py, work(&values), || (function.call)(&values)).map_err(raise)?;
        if let Some(out) = out {
            crate::out::check_overlap(function.name, &values, out)?;
            return crate::out::write(py, &self.name, result, out);
        }
        match (&self.returns, result) {
            (Some(class), Value::Tensors(all)) => {
                let items = all.into_iter().map(|t| wrap(py, t)).collect::<PyResult<Vec<_>>>()?;
                class.bind(py).call1((PyTuple::new(py, items)?,))
            }
            (_, result) => object(py, result),
        }
    }

    /// A call from Python, with the tensor that it is looked up on.
    fn call<'py>(
        slf: &Bound<'py, Self>,
        receiver: Option<&Bound<'py, PyAny>>,
        args: &Bound<'py, PyTuple>,
        kwargs: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let (by_place, by_name) = arguments(receiver, args, kwargs)?;
        let method = receiver.is_some() || slf.get().method && !by_place.is_empty();
        Self::run(slf, Given { by_place: &by_place, by_name: &by_name, method })
    }
}

/// What PyTorch's messages call a dtype.
pub fn scalar_name(dtype: DType) -> &'static str {
    match dtype {
        DType::Bool => "Bool",
        DType::U8 => "Byte",
        DType::I8 => "Char",
        DType::I16 => "Short",
        DType::I32 => "Int",
        DType::I64 => "Long",
        DType::F16 => "Half",
        DType::BF16 => "BFloat16",
        DType::F32 => "Float",
        DType::F64 => "Double",
        DType::C64 => "ComplexFloat",
        DType::C128 => "ComplexDouble",
    }
}

#[pymethods]
impl PyFunction {
    #[pyo3(signature = (*args, **kwargs))]
    fn __call__<'py>(
        slf: &Bound<'py, Self>,
        args: &Bound<'py, PyTuple>,
        kwargs: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        Self::call(slf, None, args, kwargs)
    }

    /// As a method: bound to the tensor that it is looked up on.
    fn __get__<'py>(
        slf: Bound<'py, Self>,
        instance: &Bound<'py, PyAny>,
        _class: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        if instance.is_none() {
            return Ok(slf.into_any());
        }
        let bound = BoundFunction { function: slf.clone().unbind(), receiver: instance.clone().unbind() };
        Ok(Bound::new(slf.py(), bound)?.into_any())
    }

    /// Puts a function of Python in its place, until that is `None`.
    fn _replace(&self, other: Option<Py<PyAny>>) {
        REPLACED.store(true, Ordering::Relaxed);
        *self.replaced_by.lock().unwrap_or_else(PoisonError::into_inner) = other;
    }

    /// The function itself, whatever is in its place.
    #[pyo3(signature = (*args, **kwargs))]
    fn _itself<'py>(
        &self,
        args: &Bound<'py, PyTuple>,
        kwargs: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let (by_place, by_name) = arguments(None, args, kwargs)?;
        self.unanswered(args.py(), Given { by_place: &by_place, by_name: &by_name, method: false })
    }

    #[getter]
    fn __name__(&self) -> &str {
        &self.name
    }

    #[getter]
    fn __qualname__(&self) -> &str {
        &self.name
    }

    #[getter]
    fn __doc__(&self) -> String {
        let each =
            self.overloads.iter().map(|o| format!("{}({})\n\n{}", self.name, o.function.sig, o.function.doc.trim()));
        each.collect::<Vec<_>>().join("\n\n")
    }

    #[getter]
    fn __text_signature__(&self) -> Option<String> {
        let [only] = &self.overloads[..] else { return None };
        Some(format!("({})", only.function.sig))
    }

    fn __repr__(&self) -> String {
        format!("<built-in function {}>", self.name)
    }

    fn __reduce__(&self) -> String {
        self.name.clone()
    }
}

/// A function bound to its first argument.
#[pyclass(name = "builtin_method", module = "torch", frozen)]
struct BoundFunction {
    function: Py<PyFunction>,
    receiver: Py<PyAny>,
}

#[pymethods]
impl BoundFunction {
    #[pyo3(signature = (*args, **kwargs))]
    fn __call__<'py>(
        &self,
        py: Python<'py>,
        args: &Bound<'py, PyTuple>,
        kwargs: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        PyFunction::call(self.function.bind(py), Some(self.receiver.bind(py)), args, kwargs)
    }

    #[getter]
    fn __name__(&self) -> &str {
        &self.function.get().name
    }

    #[getter]
    fn __self__(&self, py: Python<'_>) -> Py<PyAny> {
        self.receiver.clone_ref(py)
    }

    fn __repr__(&self) -> String {
        format!("<built-in method {} of Tensor object>", self.function.get().name)
    }
}

/// Where PyTorch has a function: its module after `torch.`, and its name there. Methods of tensors alone are in none.
fn place(function: &Function) -> (String, String) {
    let path = if function.torch.is_empty() { function.name } else { function.torch };
    match path.rsplit_once('.') {
        Some((module, name)) => (module.to_string(), name.to_string()),
        None => (String::new(), path.to_string()),
    }
}

/// Everything that the registry has: `(module, name, function)` for what is called, with module `"Tensor"` for methods.
/// `returns` makes the class of results that have names.
#[pyfunction]
pub fn registry<'py>(
    py: Python<'py>,
    returns: &Bound<'py, PyAny>,
) -> PyResult<Vec<(String, String, Bound<'py, PyFunction>)>> {
    let mut by_place: BTreeMap<(String, String), Vec<&'static Function>> = BTreeMap::new();
    for f in functions() {
        let (module, name) = place(f);
        // What carries the very name comes first.
        let list = by_place.entry((module.clone(), name.clone())).or_default();
        if f.name == name {
            list.insert(0, f)
        } else {
            list.push(f)
        }
        if f.method && module != "Tensor" {
            let list = by_place.entry(("Tensor".into(), name.clone())).or_default();
            if f.name == name { list.insert(0, f) } else { list.push(f) }
        }
    }
    let mut all = Vec::new();
    for ((module, name), list) in by_place {
        let overloads = || list.iter().map(|f| Overload::new(f)).collect::<Vec<_>>();
        let names = list.iter().map(|f| f.returns).find(|r| !r.is_empty());
        let class = match names {
            Some(names) => {
                let class = if module == "linalg" { format!("linalg_{name}") } else { name.clone() };
                Some(returns.call1((class, names.split(", ").collect::<Vec<_>>()))?.unbind())
            }
            None => None,
        };
        let mut add = |name: String, overloads, inplace, flagged, returns| {
            let (method, replaced_by) = (module == "Tensor", Mutex::new(None));
            let f = PyFunction { name: name.clone(), overloads, inplace, flagged, method, returns, replaced_by };
            all.push((module.clone(), name, Bound::new(py, f)?));
            PyResult::Ok(())
        };
        if list.iter().any(|f| f.inplace.is_some()) {
            let overloads = overloads().into_iter().filter(|o| o.function.inplace.is_some()).collect();
            add(format!("{name}_"), overloads, true, false, None)?;
        }
        let takes = |o: &Function| o.sig.contains("inplace");
        let flagged = (module == "nn.functional" || FLAGGED.contains(&&*name)) && !list.iter().any(|f| takes(f));
        add(name, overloads(), false, flagged, class)?;
    }
    Ok(all)
}

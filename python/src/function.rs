//! Functions of the registry as Python calls them: overloads under one name, told apart by what the arguments are.

use crate::error::raise;
use crate::tensor::{PyTensor, wrap};
use crate::value::{Kind, kind_of, object, value};
use flambeau_core::registry::{Function, Value, functions};
use flambeau_core::{DType, Operand, Tensor, autograd};
use pyo3::exceptions::{PyRuntimeError, PyTypeError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyTuple};
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// Elements from which on other Python threads may run during a call.
const DETACH: usize = 1 << 15;

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
    returns: Option<Py<PyAny>>,
}

/// Functions of `nn.functional` with that flag which PyTorch has in `torch` too.
const FLAGGED: [&str; 8] =
    ["relu", "celu", "selu", "rrelu", "threshold", "dropout", "alpha_dropout", "feature_alpha_dropout"];

/// Functions of two tensors that take a number in place of the first.
const NUMBER_FIRST: [&str; 9] = [
    "bitwise_and",
    "bitwise_left_shift",
    "bitwise_or",
    "bitwise_right_shift",
    "bitwise_xor",
    "float_power",
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
    fn bind(
        &self,
        receiver: Option<&Bound<'_, PyAny>>,
        args: &Bound<'_, PyTuple>,
        kwargs: Option<&Bound<'_, PyDict>>,
        lenient: bool,
    ) -> PyResult<Result<Vec<Value>, String>> {
        let (name, signature) = (self.function.name, self.signature()?);
        let offset = usize::from(receiver.is_some());
        let count = args.len() + offset;
        let mut values: Vec<Value> = Vec::with_capacity(signature.parameters.len());
        values.resize_with(signature.parameters.len(), || Value::None);
        let mut present = 0u64;
        let mut set = |i: usize, given: &Bound<'_, PyAny>| -> PyResult<Option<String>> {
            let p = &signature.parameters[i];
            match value(given, p.kind, p.optional, lenient)? {
                Some(v) => {
                    values[i] = v;
                    present |= 1 << i;
                }
                None => {
                    let class = given.get_type().name()?;
                    let place = if i < signature.positional {
                        format!(" (position {})", i + 1 - offset)
                    } else {
                        String::new()
                    };
                    return Ok(Some(format!(
                        "{name}(): argument '{}'{place} must be {}, not {class}",
                        p.name,
                        p.kind.name()
                    )));
                }
            }
            Ok(None)
        };
        if let Some(receiver) = receiver
            && let Some(wrong) = set(0, receiver)?
        {
            return Ok(Err(wrong));
        }
        let many = signature.takes_many(offset)
            && args.len() != 1
            && args.len() > 0
            && args.iter().all(|a| !a.is_instance_of::<PyTuple>());
        if many {
            let list = PyTuple::new(args.py(), args.iter())?;
            if let Some(wrong) = set(offset, list.as_any())? {
                return Ok(Err(wrong));
            }
        } else if count > signature.positional {
            return Ok(Err(format!(
                "{name}() takes {} positional argument{} but {} {} given",
                signature.positional - offset,
                if signature.positional - offset == 1 { "" } else { "s" },
                args.len(),
                if args.len() == 1 { "was" } else { "were" }
            )));
        } else {
            for (i, given) in args.iter().enumerate() {
                if let Some(wrong) = set(i + offset, &given)? {
                    return Ok(Err(wrong));
                }
            }
        }
        let filled = if many { offset + 1 } else { count };
        if let Some(kwargs) = kwargs {
            for (key, given) in kwargs.iter() {
                let key = key.cast_into::<PyString>()?;
                let key = key.to_str()?;
                if key == "out" {
                    continue;
                }
                let place = signature.parameters.iter().position(|p| p.name == key);
                let place = place.or_else(|| signature.parameters.iter().position(|p| p.name == alias(key)));
                match place {
                    None => return Ok(Err(format!("{name}() got an unexpected keyword argument '{key}'"))),
                    Some(i) if i < filled => {
                        return Ok(Err(format!("{name}() got multiple values for argument '{key}'")));
                    }
                    Some(i) => {
                        if let Some(wrong) = set(i, &given)? {
                            return Ok(Err(wrong));
                        }
                    }
                }
            }
        }
        let mut missing = Vec::new();
        for (i, p) in signature.parameters.iter().enumerate().filter(|(i, _)| present >> i & 1 == 0) {
            match &p.default {
                Some(default) => values[i] = default.clone(),
                None => missing.push(format!("\"{}\"", p.name)),
            }
        }
        if !missing.is_empty() {
            return Ok(Err(format!(
                "{name}() missing {} required positional arguments: {}",
                missing.len(),
                missing.join(", ")
            )));
        }
        Ok(Ok(values))
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
    fn bind<'a>(
        &'a self,
        receiver: Option<&Bound<'_, PyAny>>,
        args: &Bound<'_, PyTuple>,
        kwargs: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<(&'a Overload, Vec<Value>)> {
        let mut first = None;
        // Tensors stand for numbers only where nothing takes the tensor itself.
        for lenient in [false, true] {
            for overload in &self.overloads {
                match overload.bind(receiver, args, kwargs, lenient)? {
                    Ok(values) => return Ok((overload, values)),
                    Err(why) => {
                        first.get_or_insert(why);
                    }
                }
            }
        }
        if let Some(args) = self.number_first(receiver, args)? {
            return self.bind(None, &args, kwargs);
        }
        Err(PyTypeError::new_err(match &self.overloads[..] {
            [_] => first.unwrap_or_default(),
            all => {
                let mut given: Vec<String> = Vec::new();
                for a in args.iter() {
                    given.push(a.get_type().name()?.to_string());
                }
                for (k, v) in kwargs.iter().flat_map(|k| k.iter()) {
                    given.push(format!("{k}={}", v.get_type().name()?));
                }
                let mut expected: Vec<String> = Vec::new();
                for overload in all {
                    expected.push(format!(" * {}", overload.signature()?.text()));
                }
                format!(
                    "{}() received an invalid combination of arguments - got ({}), but expected one of:\n{}\n",
                    self.name,
                    given.join(", "),
                    expected.join("\n")
                )
            }
        }))
    }

    /// The arguments with a number in the first place as a tensor, where the function takes one there.
    fn number_first<'py>(
        &self,
        receiver: Option<&Bound<'_, PyAny>>,
        args: &Bound<'py, PyTuple>,
    ) -> PyResult<Option<Bound<'py, PyTuple>>> {
        if receiver.is_some() || args.len() < 2 || !NUMBER_FIRST.contains(&&*self.name) {
            return Ok(None);
        }
        let (number, other) = (crate::value::scalar(&args.get_item(0)?)?, args.get_item(1)?);
        let (Some(number), Ok(other)) = (number, other.cast::<PyTensor>()) else { return Ok(None) };
        let other = other.borrow().0.clone();
        let dtype = flambeau_core::ops::result_type([Operand::Scalar(number), Operand::Tensor(&other)]);
        let number = flambeau_core::ops::full(&[], number, Some(dtype)).map_err(raise)?;
        let mut given: Vec<Bound<'py, PyAny>> = args.iter().collect();
        given[0] = wrap(args.py(), number)?.into_any();
        PyTuple::new(args.py(), given).map(Some)
    }

    /// The flag `inplace`, by name or after all other arguments, and the arguments without it.
    #[allow(clippy::type_complexity)]
    fn flag<'py>(
        &self,
        args: &Bound<'py, PyTuple>,
        kwargs: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Option<(bool, Bound<'py, PyTuple>, Option<Bound<'py, PyDict>>)>> {
        if let Some(kwargs) = kwargs
            && let Some(given) = kwargs.get_item(intern!(kwargs.py(), "inplace"))?
        {
            let rest = kwargs.copy()?;
            rest.del_item(intern!(kwargs.py(), "inplace"))?;
            return Ok(Some((given.is_truthy()?, args.clone(), Some(rest))));
        }
        let mut most = 0;
        for overload in &self.overloads {
            most = most.max(overload.signature()?.positional);
        }
        if args.len() != most + 1 || !args.get_item(most)?.is_instance_of::<pyo3::types::PyBool>() {
            return Ok(None);
        }
        Ok(Some((args.get_item(most)?.is_truthy()?, args.get_slice(0, most), kwargs.cloned())))
    }

    /// The result, written over the first argument.
    fn over_first<'py>(
        &self,
        py: Python<'py>,
        receiver: Option<&Bound<'py, PyAny>>,
        args: &Bound<'py, PyTuple>,
        kwargs: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let (overload, mut values) = self.bind(receiver, args, kwargs)?;
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
        match receiver {
            Some(receiver) => Ok(receiver.clone()),
            None if args.is_empty() => wrap(py, input).map(Bound::into_any),
            None => args.get_item(0),
        }
    }

    pub fn run<'py>(
        &self,
        py: Python<'py>,
        receiver: Option<&Bound<'py, PyAny>>,
        args: &Bound<'py, PyTuple>,
        kwargs: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        if self.flagged
            && let Some((over, args, kwargs)) = self.flag(args, kwargs)?
        {
            if !over {
                return self.run(py, receiver, &args, kwargs.as_ref());
            }
            return self.over_first(py, receiver, &args, kwargs.as_ref());
        }
        let (overload, mut values) = self.bind(receiver, args, kwargs)?;
        let function = overload.function;
        crate::autocast::apply(function.name, &mut values).map_err(raise)?;
        if self.inplace {
            let Some(call) = function.inplace else {
                return Err(PyRuntimeError::new_err(format!("{}(): there is no in-place form", self.name)));
            };
            detached(py, work(&values), || call(&values)).map_err(raise)?;
            return match receiver {
                Some(receiver) => Ok(receiver.clone()),
                None => args.get_item(0),
            };
        }
        let out = match kwargs.map(|k| k.get_item(intern!(py, "out"))).transpose()?.flatten() {
            Some(out) if !out.is_none() => Some(out),
            _ => None,
        };
        if out.is_some() && autograd::is_grad_enabled() {
            check_out(function.name, &values, out.as_ref())?;
        }
        let result = detached(py, work(&values), || (function.call)(&values)).map_err(raise)?;
        if let Some(out) = out {
            check_overlap(function.name, &values, &out)?;
            return write_out(py, &self.name, result, &out);
        }
        match (&self.returns, result) {
            (Some(class), Value::Tensors(all)) => {
                let items = all.into_iter().map(|t| wrap(py, t)).collect::<PyResult<Vec<_>>>()?;
                class.bind(py).call1((PyTuple::new(py, items)?,))
            }
            (_, result) => object(py, result),
        }
    }
}

/// Results written into tensors that were given take no part in autograd.
fn check_out(name: &str, values: &[Value], out: Option<&Bound<'_, PyAny>>) -> PyResult<()> {
    let needs = |v: &Value| matches!(v, Value::Tensor(t) if t.requires_grad());
    let out_needs = out.is_some_and(|o| o.cast::<PyTensor>().is_ok_and(|t| t.borrow().0.requires_grad()));
    if values.iter().any(needs) || out_needs {
        return Err(PyRuntimeError::new_err(format!(
            "{name}(): functions with out=... arguments don't support automatic differentiation, but one of the arguments \
             requires grad."
        )));
    }
    Ok(())
}

/// Functions that read elements elsewhere than where they write, so that `out=` may not be an input of theirs either.
const ELSEWHERE: [&str; 9] =
    ["take", "masked_select", "kthvalue", "cat", "gather", "index_select", "scatter", "nonzero", "index_add"];

/// Tensors to write may not lie over themselves, nor in part over what is read.
fn check_overlap(name: &str, values: &[Value], out: &Bound<'_, PyAny>) -> PyResult<()> {
    let targets: Vec<Tensor> = match out.cast::<PyTensor>() {
        Ok(one) => vec![one.borrow().0.clone()],
        Err(_) => {
            out.try_iter()?.filter_map(|o| o.ok()?.cast::<PyTensor>().ok().map(|t| t.borrow().0.clone())).collect()
        }
    };
    let inputs = values.iter().flat_map(|v| match v {
        Value::Tensor(t) => std::slice::from_ref(t),
        Value::Tensors(all) => &all[..],
        _ => &[],
    });
    let inputs: Vec<&Tensor> = inputs.collect();
    for target in targets.iter().filter(|t| t.numel() > 0) {
        if target.layout().overlaps_itself() {
            return Err(PyRuntimeError::new_err(
                "unsupported operation: more than one element of the written-to tensor refers to a single memory location. \
                 Please clone() the tensor before performing the operation.",
            ));
        }
        let Some((low, high)) = target.layout().span() else { continue };
        for input in inputs.iter().filter(|i| i.storage().same(target.storage()) && i.numel() > 0) {
            let Some((from, to)) = input.layout().span() else { continue };
            let same = input.layout() == target.layout();
            if from <= high && low <= to && (!same || ELSEWHERE.contains(&name)) {
                return Err(PyRuntimeError::new_err(
                    "unsupported operation: some elements of the input tensor and the written-to tensor refer to a single \
                     memory location. Please clone() the tensor before performing the operation.",
                ));
            }
        }
    }
    Ok(())
}

/// Writes results over the tensors of `out=`, which take their sizes.
fn write_out<'py>(py: Python<'py>, name: &str, result: Value, out: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let results = result.into_tensors().map_err(raise)?;
    let targets: Vec<Bound<'py, PyTensor>> = match out.cast::<PyTensor>() {
        Ok(one) => vec![one.clone()],
        Err(_) => {
            let mut all = Vec::new();
            for item in out.try_iter()? {
                all.push(item?.cast_into::<PyTensor>().map_err(|_| {
                    PyTypeError::new_err(format!("{name}(): argument 'out' must be Tensor or a tuple of Tensors"))
                })?);
            }
            all
        }
    };
    if targets.len() != results.len() {
        return Err(PyTypeError::new_err(format!(
            "{name}(): argument 'out' has {} tensors for {} results",
            targets.len(),
            results.len()
        )));
    }
    for (target, result) in targets.iter().zip(&results) {
        let to = target.borrow().0.dtype();
        if !flambeau_core::apply::can_cast(result.dtype(), to) {
            return Err(PyRuntimeError::new_err(format!(
                "result type {} can't be cast to the desired output type {}",
                scalar_name(result.dtype()),
                scalar_name(to)
            )));
        }
        if target.borrow().0.shape() != result.shape() {
            if target.borrow().0.numel() != 0 {
                let text = format!(
                    "An output with one or more elements was resized since it had shape {:?}, which does not match the required \
                     output shape {:?}. Reuse it with out.resize_(0) first.",
                    target.borrow().0.shape(),
                    result.shape()
                );
                let warnings = py.import("warnings")?;
                warnings.call_method1("warn", (text, py.get_type::<pyo3::exceptions::PyUserWarning>()))?;
            }
            let shape: Vec<i64> = result.shape().iter().map(|n| *n as i64).collect();
            crate::memory::resize(target, &shape)?;
        }
        target.borrow().0.copy_(result).map_err(raise)?;
    }
    Ok(out.clone())
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
        &self,
        py: Python<'py>,
        args: &Bound<'py, PyTuple>,
        kwargs: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.run(py, None, args, kwargs)
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
        self.function.get().run(py, Some(self.receiver.bind(py)), args, kwargs)
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
        if list.iter().any(|f| f.inplace.is_some()) {
            let overloads: Vec<_> = overloads().into_iter().filter(|o| o.function.inplace.is_some()).collect();
            let f = PyFunction { name: format!("{name}_"), overloads, inplace: true, flagged: false, returns: None };
            all.push((module.clone(), format!("{name}_"), Bound::new(py, f)?));
        }
        let takes = |o: &Function| o.sig.contains("inplace");
        let flagged = (module == "nn.functional" || FLAGGED.contains(&&*name)) && !list.iter().any(|f| takes(f));
        let f = PyFunction { name: name.clone(), overloads: overloads(), inplace: false, flagged, returns: class };
        all.push((module, name, Bound::new(py, f)?));
    }
    Ok(all)
}

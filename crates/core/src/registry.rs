//! The table of all public functions, filled by `#[function]`: names, PyTorch signatures, samples, and a caller by values.

use crate::random::Generator;
use crate::scalar::{Dims, Operand, Scalar};
use crate::{DType, Result, Tensor, bail, err};
pub use inventory::submit;

/// A public function of the op set.
pub struct Function {
    /// Its name.
    pub name: &'static str,
    /// Parameter names and defaults in Python's syntax.
    pub sig: &'static str,
    /// The Rust types of the parameters.
    pub types: &'static [&'static str],
    /// Where PyTorch has it, if not at `torch.NAME` or `torch.nn.functional.NAME`.
    pub torch: &'static str,
    /// Calls for the tests, in Python's syntax.
    pub samples: &'static [&'static str],
    /// The dtypes that the tests run it on.
    pub dtypes: &'static str,
    /// Whether the tests expect a derivative.
    pub grad: bool,
    /// Whether it is a method of tensors too.
    pub method: bool,
    /// The names of the results, with commas between them, where PyTorch names them.
    pub returns: &'static str,
    /// Its documentation.
    pub doc: &'static str,
    /// Calls it.
    pub call: fn(&[Value]) -> Result<Value>,
    /// Calls the form that writes over the first argument.
    pub inplace: Option<InPlace>,
}

inventory::collect!(Function);

/// Calls a function over its first argument.
pub type InPlace = fn(&[Value]) -> Result<Tensor>;
/// A parameter's name, and its default if it has one.
pub type Parameter = (&'static str, Option<Value>);
/// Positional values, then named ones.
pub type Arguments = (Vec<Value>, Vec<(String, Value)>);

impl Function {
    /// Calls it with these values.
    pub fn tensors(&self, values: &[Value]) -> Result<Vec<Tensor>> {
        (self.call)(values)?.into_tensors()
    }

    /// Parameter names, with their defaults where they have one.
    pub fn parameters(&self) -> Result<Vec<Parameter>> {
        split_top(self.sig)
            .into_iter()
            // Python's marks for positional-only and keyword-only parameters name nothing.
            .filter(|part| !matches!(part.trim(), "*" | "/"))
            .map(|part| match part.split_once('=') {
                Some((name, default)) => {
                    Ok((name.trim(), Some(parse_value(default, &mut |_| bail!("no tensors in defaults"))?)))
                }
                None => Ok((part.trim(), None)),
            })
            .collect()
    }

    /// The values in the order of the parameters: positional, then named, then defaults.
    pub fn bind(&self, positional: Vec<Value>, named: Vec<(String, Value)>) -> Result<Vec<Value>> {
        let parameters = self.parameters()?;
        if positional.len() > parameters.len() {
            bail!(
                Type,
                "{}() takes {} positional arguments but {} were given",
                self.name,
                parameters.len(),
                positional.len()
            );
        }
        let mut values: Vec<Option<Value>> = positional.into_iter().map(Some).collect();
        values.resize_with(parameters.len(), || None);
        for (name, value) in named {
            let i = parameters
                .iter()
                .position(|p| p.0 == name)
                .ok_or_else(|| err!(Type, "{}() got an unexpected keyword argument '{name}'", self.name))?;
            if values[i].is_some() {
                bail!(Type, "{}() got multiple values for argument '{name}'", self.name);
            }
            values[i] = Some(value);
        }
        values
            .into_iter()
            .zip(parameters)
            .map(|(value, (name, default))| {
                value.or(default).ok_or_else(|| err!(Type, "{}() missing required argument: '{name}'", self.name))
            })
            .collect()
    }
}

/// All functions, by name.
pub fn functions() -> Vec<&'static Function> {
    let mut all: Vec<&'static Function> = inventory::iter::<Function>.into_iter().collect();
    all.sort_by_key(|f| f.name);
    all
}

/// The function of this name.
pub fn function(name: &str) -> Option<&'static Function> {
    inventory::iter::<Function>.into_iter().find(|f| f.name == name)
}

/// An argument, as a value.
#[derive(Clone, Debug)]
pub enum Value {
    /// Python's `None`.
    None,
    /// A bool.
    Bool(bool),
    /// An integer.
    Int(i64),
    /// A float.
    Float(f64),
    /// A complex number.
    Complex(f64, f64),
    /// A string.
    Str(String),
    /// A dtype.
    DType(DType),
    /// A tensor.
    Tensor(Tensor),
    /// A list of integers.
    Ints(Vec<i64>),
    /// A list of floats.
    Floats(Vec<f64>),
    /// A list of tensors.
    Tensors(Vec<Tensor>),
    /// A list with `None` among its tensors.
    OptionalTensors(Vec<Option<Tensor>>),
    /// A source of random numbers.
    Generator(Generator),
}

impl Value {
    /// The tensors of a result; of a bool, the tensor that holds it.
    pub fn into_tensors(self) -> Result<Vec<Tensor>> {
        match self {
            Value::Tensor(t) => Ok(vec![t]),
            Value::Tensors(all) => Ok(all),
            Value::Bool(b) => Ok(vec![Tensor::scalar(b)?]),
            other => mismatch("Tensors", &other),
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Value::None => "None",
            Value::Bool(_) => "bool",
            Value::Int(_) => "int",
            Value::Float(_) => "float",
            Value::Complex(..) => "complex",
            Value::Str(_) => "str",
            Value::DType(_) => "dtype",
            Value::Tensor(_) => "Tensor",
            Value::Ints(_) => "list of ints",
            Value::Floats(_) => "list of floats",
            Value::Tensors(_) | Value::OptionalTensors(_) => "list of Tensors",
            Value::Generator(_) => "Generator",
        }
    }
}

/// What stands for `None` in a list of integers.
pub const ABSENT: i64 = i64::MIN;

/// A parameter type that a value can be turned into.
pub trait FromValue<'a>: Sized {
    /// The argument.
    fn from_value(value: &'a Value) -> Result<Self>;
}

#[cold]
fn mismatch<T>(wanted: &str, value: &Value) -> Result<T> {
    Err(err!(Type, "expected {wanted}, not {}", value.kind()))
}

impl<'a> FromValue<'a> for &'a Tensor {
    #[inline(always)]
    fn from_value(value: &'a Value) -> Result<Self> {
        match value {
            Value::Tensor(t) => Ok(t),
            other => mismatch("a Tensor", other),
        }
    }
}

// Not inlined: each of a thousand functions calls several of these.
macro_rules! from_value {
    ($($ty:ty, $wanted:literal: $($pattern:pat => $result:expr),+;)*) => {$(
        impl<'a> FromValue<'a> for $ty {
            #[inline(never)]
            fn from_value(value: &'a Value) -> Result<Self> {
                match value { $($pattern => Ok($result),)+ other => mismatch($wanted, other) }
            }
        }
    )*};
}

from_value! {
    bool, "a bool": Value::Bool(b) => *b;
    i64, "an int": Value::Int(i) => *i, Value::Bool(b) => *b as i64;
    u64, "an int": Value::Int(i) => *i as u64;
    f64, "a number": Value::Float(f) => *f, Value::Int(i) => *i as f64, Value::Bool(b) => *b as u8 as f64;
    &'a str, "a str": Value::Str(s) => s;
    &'a Generator, "a Generator": Value::Generator(g) => g;
    DType, "a dtype": Value::DType(d) => *d;
    &'a [i64], "a list of ints": Value::Ints(v) => v;
    Vec<i64>, "a list of ints": Value::Ints(v) => v.clone(), Value::Int(i) => vec![*i];
    Vec<Option<i64>>, "a list of ints": Value::Ints(v) => v.iter().map(|i| (*i != ABSENT).then_some(*i)).collect(), Value::Int(i) => vec![Some(*i)];
    &'a [f64], "a list of floats": Value::Floats(v) => v;
    Vec<f64>, "a list of floats": Value::Floats(v) => v.clone(), Value::Ints(v) => v.iter().map(|i| *i as f64).collect(),
        Value::Float(x) => vec![*x], Value::Int(i) => vec![*i as f64];
    &'a [Tensor], "a list of Tensors": Value::Tensors(v) => v;
    Vec<Option<Tensor>>, "a list of Tensors": Value::OptionalTensors(v) => v.clone(), Value::Tensors(v) => v.iter().cloned().map(Some).collect();
    Scalar, "a number": Value::Bool(b) => Scalar::Bool(*b), Value::Int(i) => Scalar::Int(*i), Value::Float(f) => Scalar::Float(*f),
        Value::Complex(re, im) => Scalar::Complex(*re, *im);
    Operand<'a>, "a Tensor or a number": Value::Tensor(t) => Operand::Tensor(t), Value::Bool(b) => Operand::Scalar(Scalar::Bool(*b)),
        Value::Int(i) => Operand::Scalar(Scalar::Int(*i)), Value::Float(f) => Operand::Scalar(Scalar::Float(*f)),
        Value::Complex(re, im) => Operand::Scalar(Scalar::Complex(*re, *im));
    Dims, "an int or a list of ints": Value::None => Dims::all(), Value::Int(i) => Dims::from(*i), Value::Ints(v) => Dims::from(&v[..]);
}

impl<'a, T: FromValue<'a>> FromValue<'a> for Option<T> {
    fn from_value(value: &'a Value) -> Result<Self> {
        match value {
            Value::None => Ok(None),
            other => T::from_value(other).map(Some),
        }
    }
}

/// A result type that is a value.
pub trait IntoValue {
    /// The result.
    fn into_value(self) -> Value;
}

macro_rules! into_value {
    ($($ty:ty, $x:ident => $value:expr;)*) => {$(
        impl IntoValue for $ty {
            fn into_value(self) -> Value {
                let $x = self;
                $value
            }
        }
    )*};
}

into_value! {
    Tensor, t => Value::Tensor(t);
    &Tensor, t => Value::Tensor(t.clone());
    Vec<Tensor>, all => Value::Tensors(all);
    (Tensor, Tensor), t => Value::Tensors(vec![t.0, t.1]);
    (Tensor, Tensor, Tensor), t => Value::Tensors(vec![t.0, t.1, t.2]);
    (Tensor, Tensor, Tensor, Tensor), t => Value::Tensors(vec![t.0, t.1, t.2, t.3]);
    (Tensor, Option<Tensor>), t => t.1.map_or(Value::Tensor(t.0.clone()), |second| Value::Tensors(vec![t.0, second]));
    (Tensor, Vec<Tensor>), t => Value::Tensors(std::iter::once(t.0).chain(t.1).collect());
    bool, b => Value::Bool(b);
    i64, n => Value::Int(n);
    f64, x => Value::Float(x);
}

/// The values, if there are as many as the function has parameters.
#[doc(hidden)]
#[inline(always)]
pub fn exactly<'a, const N: usize>(name: &str, values: &'a [Value]) -> Result<&'a [Value; N]> {
    match values.try_into() {
        Ok(values) => Ok(values),
        Err(_) => wrong_count(name, N, values.len()),
    }
}

#[cold]
fn wrong_count<T>(name: &str, count: usize, given: usize) -> Result<T> {
    bail!(Type, "{name}() takes {count} arguments but {given} were given")
}

/// A call in Python's syntax, without the parentheses around it: positional values, then named ones. `tensor` makes the
/// tensor of a `T(…)`, given what stands between its parentheses.
pub fn parse_call(text: &str, tensor: &mut dyn FnMut(&str) -> Result<Tensor>) -> Result<Arguments> {
    let (mut positional, mut named) = (Vec::new(), Vec::new());
    for part in split_top(text) {
        let name = part.split_once('=').filter(|(n, _)| !n.contains(['(', '[', '"', '\''])).map(|(n, v)| (n.trim(), v));
        match name {
            Some((name, value)) => named.push((name.to_string(), parse_value(value, tensor)?)),
            None => positional.push(parse_value(part, tensor)?),
        }
    }
    Ok((positional, named))
}

/// Cuts at the commas that stand in no bracket.
fn split_top(text: &str) -> Vec<&str> {
    let (mut depth, mut start, mut parts) = (0i32, 0, Vec::new());
    let mut quote = None;
    for (i, c) in text.char_indices() {
        match c {
            c if quote == Some(c) => quote = None,
            _ if quote.is_some() => {}
            '\'' | '"' => quote = Some(c),
            '(' | '[' => depth += 1,
            ')' | ']' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&text[start..i]);
                start = i + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts.retain(|p| !p.trim().is_empty());
    parts
}

fn parse_value(text: &str, tensor: &mut dyn FnMut(&str) -> Result<Tensor>) -> Result<Value> {
    let text = text.trim();
    match text {
        "None" => return Ok(Value::None),
        "True" => return Ok(Value::Bool(true)),
        "False" => return Ok(Value::Bool(false)),
        "inf" => return Ok(Value::Float(f64::INFINITY)),
        "-inf" => return Ok(Value::Float(f64::NEG_INFINITY)),
        "nan" => return Ok(Value::Float(f64::NAN)),
        _ => {}
    }
    if let Some(inner) = text.strip_prefix("T(").and_then(|t| t.strip_suffix(')')) {
        return Ok(Value::Tensor(tensor(inner)?));
    }
    if let Some(inner) = text.strip_prefix(['[', '(']).and_then(|t| t.strip_suffix([']', ')'])) {
        let items: Vec<Value> = split_top(inner).into_iter().map(|p| parse_value(p, tensor)).collect::<Result<_>>()?;
        return list(items);
    }
    for quote in ['"', '\''] {
        if let Some(inner) = text.strip_prefix(quote).and_then(|t| t.strip_suffix(quote)) {
            return Ok(Value::Str(inner.to_string()));
        }
    }
    if let Ok(i) = text.parse::<i64>() {
        return Ok(Value::Int(i));
    }
    if let Ok(f) = text.parse::<f64>() {
        return Ok(Value::Float(f));
    }
    if let Some(im) = text.strip_suffix('j').and_then(|t| t.parse::<f64>().ok()) {
        return Ok(Value::Complex(0.0, im));
    }
    if let Some(dtype) = DType::from_name(text) {
        return Ok(Value::DType(dtype));
    }
    bail!(Value, "cannot read the value {text:?}")
}

fn list(items: Vec<Value>) -> Result<Value> {
    if items.iter().all(|v| matches!(v, Value::Int(_))) {
        return Ok(Value::Ints(
            items.iter().filter_map(|v| if let Value::Int(i) = v { Some(*i) } else { None }).collect(),
        ));
    }
    if items.iter().all(|v| matches!(v, Value::Tensor(_))) {
        let tensors = items.into_iter().filter_map(|v| if let Value::Tensor(t) = v { Some(t) } else { None });
        return Ok(Value::Tensors(tensors.collect()));
    }
    if items.iter().all(|v| matches!(v, Value::Tensor(_) | Value::None)) {
        let tensors = items.into_iter().map(|v| if let Value::Tensor(t) = v { Some(t) } else { None });
        return Ok(Value::OptionalTensors(tensors.collect()));
    }
    let floats: Option<Vec<f64>> = items
        .iter()
        .map(|v| match v {
            Value::Int(i) => Some(*i as f64),
            Value::Float(f) => Some(*f),
            _ => None,
        })
        .collect();
    floats.map(Value::Floats).ok_or_else(|| err!(Type, "a list must hold numbers or Tensors"))
}

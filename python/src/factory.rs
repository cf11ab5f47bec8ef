//! New tensors: of Python's numbers, of one value, of ranges, and random ones. The package adds the keywords that PyTorch's
//! constructors share (`out`, `device`, `requires_grad`, …).

use crate::error::raise;
use crate::random::PyGenerator;
use crate::tensor::{PyTensor, wrap};
use crate::value::{dtype_argument, scalar};
use flambeau_core::random::Generator;
use flambeau_core::{DType, Scalar, Tensor, default_dtype, ops};
use pyo3::exceptions::{PyRuntimeError, PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyList, PyString, PyTuple};

/// The numbers of nested sequences, row by row, and their shape.
#[derive(Default)]
struct Nested {
    shape: Vec<usize>,
    numbers: Vec<Scalar>,
    /// Tensors and arrays among them bring their dtype.
    dtype: Option<DType>,
}

impl Nested {
    fn read(&mut self, object: &Bound<'_, PyAny>, depth: usize) -> PyResult<()> {
        let is_list = object.is_instance_of::<PyList>() || object.is_instance_of::<PyTuple>();
        if !is_list {
            if let Some(s) = scalar(object)? {
                return self.leaf(depth, s);
            }
            if object.is_instance_of::<PyTensor>() || object.hasattr("__array_interface__")? {
                let t = from_data(object, None)?.detach();
                self.dtype = Some(self.dtype.map_or(t.dtype(), |d| d.promote(t.dtype())));
                self.check(depth, t.shape(), true)?;
                for s in numbers(&t)? {
                    self.numbers.push(s);
                }
                return Ok(());
            }
        }
        let is_sequence = is_list || (object.hasattr("__getitem__")? && object.hasattr("__len__")?);
        if !is_sequence || object.is_instance_of::<PyString>() {
            return Err(if depth == 0 {
                PyRuntimeError::new_err(format!("Could not infer dtype of {}", object.get_type().name()?))
            } else if object.is_instance_of::<PyString>() {
                PyTypeError::new_err(format!("new(): invalid data type '{}'", object.get_type().name()?))
            } else {
                PyRuntimeError::new_err(format!("Could not infer dtype of {}", object.get_type().name()?))
            });
        }
        if depth > 64 {
            return Err(PyValueError::new_err("too many dimensions: lists lie more than 64 deep in each other"));
        }
        let n = object.len()?;
        if depth == self.shape.len() {
            if !self.numbers.is_empty() {
                return Err(ragged(depth, 0, n));
            }
            self.shape.push(n);
        } else if self.shape[depth] != n {
            return Err(ragged(depth, self.shape[depth], n));
        }
        for item in object.try_iter()? {
            self.read(&item?, depth + 1)?;
        }
        Ok(())
    }

    fn leaf(&mut self, depth: usize, s: Scalar) -> PyResult<()> {
        if depth != self.shape.len() {
            return Err(PyTypeError::new_err("not a sequence"));
        }
        self.numbers.push(s);
        Ok(())
    }

    /// What stands at this depth has this shape.
    fn check(&mut self, depth: usize, shape: &[usize], _tensor: bool) -> PyResult<()> {
        if self.numbers.is_empty() && self.shape.len() == depth {
            self.shape.extend_from_slice(shape);
        }
        if &self.shape[depth..] != shape {
            return Err(PyValueError::new_err(format!(
                "only one element tensors can be converted to Python scalars: a tensor of shape {shape:?} stands where {:?} was \
                 expected",
                &self.shape[depth..]
            )));
        }
        Ok(())
    }

    fn dtype(&self) -> DType {
        let own = self.numbers.iter().fold(None, |all: Option<DType>, s| {
            let d = match s {
                Scalar::Bool(_) => DType::Bool,
                Scalar::Int(_) => DType::I64,
                Scalar::Float(_) => default_dtype(),
                Scalar::Complex(..) => default_dtype().to_complex(),
            };
            Some(all.map_or(d, |a| a.promote(d)))
        });
        self.dtype.or(own).unwrap_or_else(default_dtype)
    }
}

fn ragged(depth: usize, wanted: usize, got: usize) -> PyErr {
    PyValueError::new_err(format!("expected sequence of length {wanted} at dim {depth} (got {got})"))
}

fn numbers(t: &Tensor) -> PyResult<Vec<Scalar>> {
    let one = |i: usize| t.flatten(0, -1)?.select(0, i as i64)?.item_scalar();
    (0..t.numel()).map(one).collect::<Result<Vec<_>, _>>().map_err(raise)
}

/// A tensor of Python's data: numbers, nested sequences, tensors, arrays. A copy.
pub fn from_data(data: &Bound<'_, PyAny>, dtype: Option<DType>) -> PyResult<Tensor> {
    if let Ok(t) = data.cast::<PyTensor>() {
        let t = t.borrow().0.detach();
        return dtype.map_or(Ok(t.clone()), |d| t.to_dtype(d)).and_then(|t| t.clone_tensor()).map_err(raise);
    }
    if !data.is_instance_of::<PyList>() && data.hasattr("__array_interface__")? {
        let t = crate::memory::from_array(data)?;
        return dtype.map_or(Ok(t.clone()), |d| t.to_dtype(d)).and_then(|t| t.clone_tensor()).map_err(raise);
    }
    let mut nested = Nested::default();
    nested.read(data, 0)?;
    let dtype = dtype.unwrap_or_else(|| nested.dtype());
    let Nested { shape, numbers, .. } = nested;
    let made = match dtype {
        DType::Bool => Tensor::from_vec(numbers.iter().map(truth).collect::<Vec<bool>>(), &shape),
        d if d.is_complex() => {
            let pair = |s: &Scalar| match s {
                Scalar::Complex(re, im) => [*re, *im],
                other => [other.to_f64(), 0.0],
            };
            Tensor::from_vec(numbers.iter().map(pair).collect::<Vec<[f64; 2]>>(), &shape).and_then(|t| t.to_dtype(d))
        }
        d if d.is_float() => {
            if numbers.iter().any(|s| matches!(s, Scalar::Complex(..))) {
                return Err(PyTypeError::new_err("can't convert complex to float"));
            }
            Tensor::from_vec(numbers.iter().map(|s| s.to_f64()).collect::<Vec<f64>>(), &shape)
                .and_then(|t| t.to_dtype(d))
        }
        d => {
            if numbers.iter().any(|s| matches!(s, Scalar::Complex(..))) {
                return Err(PyTypeError::new_err("can't convert complex to int"));
            }
            let whole = |s: &Scalar| match s {
                Scalar::Int(i) => Ok(*i),
                Scalar::Float(x) if !x.is_finite() => {
                    Err(PyValueError::new_err(format!("cannot convert float {x} to integer")))
                }
                other => Ok(other.to_f64() as i64),
            };
            let whole = numbers.iter().map(whole).collect::<PyResult<Vec<i64>>>()?;
            Tensor::from_vec(whole, &shape).and_then(|t| t.to_dtype(d))
        }
    };
    made.map_err(raise)
}

fn truth(s: &Scalar) -> bool {
    match s {
        Scalar::Complex(re, im) => *re != 0.0 || *im != 0.0,
        other => other.to_f64() != 0.0,
    }
}

fn dtype(name: &str, object: Option<&Bound<'_, PyAny>>) -> PyResult<Option<DType>> {
    object.filter(|o| !o.is_none()).map(|o| dtype_argument(name, o)).transpose()
}

/// A tensor of Python's data.
#[pyfunction]
#[pyo3(signature = (data, dtype_=None))]
pub fn tensor<'py>(data: &Bound<'py, PyAny>, dtype_: Option<&Bound<'py, PyAny>>) -> PyResult<Bound<'py, PyTensor>> {
    wrap(data.py(), from_data(data, dtype("tensor", dtype_)?)?)
}

fn number(name: &str, object: &Bound<'_, PyAny>) -> PyResult<Scalar> {
    if let Some(s) = scalar(object)? {
        return Ok(s);
    }
    match object.cast::<PyTensor>() {
        Ok(t) => t.borrow().0.item_scalar().map_err(raise),
        Err(_) => Err(PyTypeError::new_err(format!("{name}(): expected a Number, not {}", object.get_type().name()?))),
    }
}

fn shape_of(name: &str, sizes: &Bound<'_, PyAny>) -> PyResult<Vec<usize>> {
    let mut shape = Vec::new();
    for item in sizes.try_iter()? {
        let item = item?;
        let n: i64 = match item.extract() {
            Ok(n) => n,
            Err(_) => item.call_method0("__index__").and_then(|i| i.extract()).map_err(|_| {
                PyTypeError::new_err(format!("{name}(): argument 'size' must be tuple of ints, but found another type"))
            })?,
        };
        if n < 0 {
            return Err(PyRuntimeError::new_err(format!(
                "{name}: Trying to create tensor with negative dimension {n}: sizes must not be negative"
            )));
        }
        shape.push(n as usize);
    }
    Ok(shape)
}

/// Every element the same.
#[pyfunction]
pub fn full<'py>(
    size: &Bound<'py, PyAny>,
    value: &Bound<'py, PyAny>,
    dtype_: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyTensor>> {
    let shape = shape_of("full", size)?;
    let t = ops::full(&shape, number("full", value)?, dtype("full", Some(dtype_))?).map_err(raise)?;
    wrap(size.py(), t)
}

/// Zeros; `None` stands for the default dtype.
#[pyfunction]
pub fn zeros<'py>(size: &Bound<'py, PyAny>, dtype_: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyTensor>> {
    let shape = shape_of("zeros", size)?;
    let dtype = dtype("zeros", Some(dtype_))?.unwrap_or_else(default_dtype);
    wrap(size.py(), ops::zeros(&shape, dtype).map_err(raise)?)
}

/// `start`, `start + step`, … below `end`.
#[pyfunction]
pub fn arange<'py>(
    start: &Bound<'py, PyAny>,
    end: &Bound<'py, PyAny>,
    step: &Bound<'py, PyAny>,
    dtype_: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyTensor>> {
    let n = |o| number("arange", o);
    let t = ops::arange(n(start)?, n(end)?, n(step)?, dtype("arange", Some(dtype_))?).map_err(raise)?;
    wrap(start.py(), t)
}

/// A generator given as an argument.
fn generator(object: Option<&Bound<'_, PyAny>>) -> PyResult<Option<Generator>> {
    match object.filter(|o| !o.is_none()) {
        None => Ok(None),
        Some(o) => match o.cast::<PyGenerator>() {
            Ok(g) => Ok(Some(g.get().0.clone())),
            Err(_) => Err(PyTypeError::new_err(format!(
                "argument 'generator' must be torch.Generator, not {}",
                o.get_type().name()?
            ))),
        },
    }
}

/// Random tensors by the name of the distribution: `rand`, `randn`, `randint` (low, high) and `randperm`.
#[pyfunction]
pub fn draw<'py>(
    name: &str,
    size: &Bound<'py, PyAny>,
    bounds: (i64, i64),
    dtype_: &Bound<'py, PyAny>,
    generator_: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyTensor>> {
    let (shape, dtype, g) = (shape_of(name, size)?, dtype(name, Some(dtype_))?, generator(generator_)?);
    let py = size.py();
    let work = shape.iter().product();
    let t = crate::function::detached(py, work, || match name {
        "rand" => ops::rand_with(&shape, dtype, g.as_ref()),
        "randn" => ops::randn_with(&shape, dtype, g.as_ref()),
        "randint" => ops::randint_with(bounds.0, bounds.1, &shape, dtype, g.as_ref()),
        _ => ops::randperm_with(shape.first().copied().unwrap_or(0), dtype, g.as_ref()),
    });
    wrap(py, t.map_err(raise)?)
}

/// Writes random numbers over a tensor, by the name of the distribution and its numbers.
#[pyfunction]
pub fn draw_over(
    py: Python<'_>,
    name: &str,
    target: PyRef<'_, PyTensor>,
    numbers: (f64, f64),
    generator_: Option<&Bound<'_, PyAny>>,
) -> PyResult<()> {
    let (t, g, (a, b)) = (target.0.clone(), generator(generator_)?, numbers);
    let g = g.as_ref();
    crate::function::detached(py, t.numel(), || match name {
        "uniform_" => t.uniform_with(a, b, g).map(|_| ()),
        "normal_" => t.normal_with(a, b, g).map(|_| ()),
        "bernoulli_" => t.bernoulli_with(a, g).map(|_| ()),
        "exponential_" => t.exponential_with(a, g).map(|_| ()),
        "cauchy_" => t.cauchy_with(a, b, g).map(|_| ()),
        "geometric_" => t.geometric_with(a, g).map(|_| ()),
        _ => t.log_normal_with(a, b, g).map(|_| ()),
    })
    .map_err(raise)
}

/// Writes integers over a tensor, uniform in [from, to).
#[pyfunction]
pub fn random_over(
    target: PyRef<'_, PyTensor>,
    from: Option<i64>,
    to: Option<i64>,
    generator_: Option<&Bound<'_, PyAny>>,
) -> PyResult<()> {
    target.0.random_with(from, to, generator(generator_)?.as_ref()).map(|_| ()).map_err(raise)
}

/// Ones with these probabilities, and zeros.
#[pyfunction]
pub fn bernoulli<'py>(
    py: Python<'py>,
    input: PyRef<'py, PyTensor>,
    generator_: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyTensor>> {
    let (t, g) = (input.0.clone(), generator(generator_)?);
    wrap(py, crate::function::detached(py, t.numel(), || ops::bernoulli_with(&t, g.as_ref())).map_err(raise)?)
}

/// Numbers of categories, by the weights in the last dimension.
#[pyfunction]
pub fn multinomial<'py>(
    py: Python<'py>,
    input: PyRef<'py, PyTensor>,
    num_samples: usize,
    replacement: bool,
    generator_: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyTensor>> {
    let (t, g) = (input.0.clone(), generator(generator_)?);
    let drawn =
        crate::function::detached(py, t.numel(), || ops::multinomial_with(&t, num_samples, replacement, g.as_ref()));
    wrap(py, drawn.map_err(raise)?)
}

/// Random numbers that tensors are the parameters of, or how such numbers move with them.
#[pyfunction]
pub fn events<'py>(
    py: Python<'py>,
    name: &str,
    tensors: Vec<PyRef<'py, PyTensor>>,
    generator_: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyTensor>> {
    let g = generator(generator_)?;
    let tensors: Vec<Tensor> = tensors.iter().map(|t| t.0.clone()).collect();
    let work = tensors.iter().map(|t| t.numel()).max().unwrap_or(0) * 16;
    let drawn = crate::function::detached(py, work, || match (name, &tensors[..]) {
        ("poisson", [rate]) => ops::poisson(rate, g.as_ref()),
        ("binomial", [count, prob]) => ops::binomial(count, prob, g.as_ref()),
        ("_standard_gamma", [alpha]) => ops::standard_gamma(alpha, g.as_ref()),
        ("_standard_gamma_grad", [alpha, x]) => ops::standard_gamma_grad(alpha, x),
        ("_sample_dirichlet", [alpha]) => ops::sample_dirichlet(alpha, g.as_ref()),
        ("_dirichlet_grad", [x, alpha, total]) => ops::dirichlet_grad(x, alpha, total),
        (name, tensors) => Err(flambeau_core::err!("events: no {name} of {} tensors", tensors.len())),
    });
    wrap(py, drawn.map_err(raise)?)
}

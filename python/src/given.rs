//! The arguments of a call: from Python to functions of the registry, and back to Python's.

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyTuple};
use smallvec::SmallVec;

/// The arguments of a call.
#[derive(Clone, Copy)]
pub struct Given<'a, 'py> {
    /// Those by position; of a method, its tensor first.
    pub by_place: &'a [Bound<'py, PyAny>],
    pub by_name: &'a [(Bound<'py, PyString>, Bound<'py, PyAny>)],
    /// Whether the first is the tensor of a method, which messages do not count.
    pub method: bool,
}

/// Arguments by position, and by name; few calls have more.
pub type ByPlace<'py> = SmallVec<[Bound<'py, PyAny>; 6]>;
pub type ByName<'py> = SmallVec<[(Bound<'py, PyString>, Bound<'py, PyAny>); 2]>;

impl<'a, 'py> Given<'a, 'py> {
    /// The argument of this name, if there is one by name.
    pub fn named(self, name: &str) -> PyResult<Option<&'a Bound<'py, PyAny>>> {
        for (key, given) in self.by_name {
            if key.to_str()? == name {
                return Ok(Some(given));
            }
        }
        Ok(None)
    }

    /// As Python's functions take them.
    pub fn as_python(self, py: Python<'py>) -> PyResult<(Bound<'py, PyTuple>, Option<Bound<'py, PyDict>>)> {
        let kwargs = if self.by_name.is_empty() { None } else { Some(PyDict::new(py)) };
        if let Some(kwargs) = &kwargs {
            self.by_name.iter().try_for_each(|(key, given)| kwargs.set_item(key, given))?;
        }
        Ok((PyTuple::new(py, self.by_place)?, kwargs))
    }
}

/// A call's arguments as functions of the registry take them.
pub fn arguments<'py>(
    receiver: Option<&Bound<'py, PyAny>>,
    args: &Bound<'py, PyTuple>,
    kwargs: Option<&Bound<'py, PyDict>>,
) -> PyResult<(ByPlace<'py>, ByName<'py>)> {
    let mut by_place = ByPlace::new();
    if let Some(receiver) = receiver {
        by_place.push(receiver.clone());
    }
    for given in args {
        by_place.push(given);
    }
    let mut by_name = ByName::new();
    if let Some(kwargs) = kwargs {
        for (key, given) in kwargs {
            by_name.push((key.cast_into()?, given));
        }
    }
    Ok((by_place, by_name))
}

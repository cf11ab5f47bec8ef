//! One error type: PyTorch's exception class and a message that names the function, the values, the rule and the way out.

use std::fmt;

/// The class that PyTorch raises in this situation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorClass {
    /// `RuntimeError`: shapes, dtypes or states that do not fit.
    Runtime,
    /// `IndexError`: a dimension or an index out of range.
    Index,
    /// `TypeError`: an argument of a wrong kind.
    Type,
    /// `ValueError`: an argument with a value that is not allowed.
    Value,
    /// `NotImplementedError`: PyTorch has it, Flambeau (or this dtype) does not.
    NotImplemented,
    /// `OSError`: a file or device that cannot be read or written.
    Io,
    /// `torch.linalg.LinAlgError`, a `RuntimeError`: a matrix that a factorization does not exist for.
    LinAlg,
    /// `KeyError`: a name that is not there.
    Key,
}

impl ErrorClass {
    /// The Python class's name.
    pub fn name(self) -> &'static str {
        match self {
            ErrorClass::Runtime => "RuntimeError",
            ErrorClass::Index => "IndexError",
            ErrorClass::Type => "TypeError",
            ErrorClass::Value => "ValueError",
            ErrorClass::NotImplemented => "NotImplementedError",
            ErrorClass::Io => "OSError",
            ErrorClass::LinAlg => "LinAlgError",
            ErrorClass::Key => "KeyError",
        }
    }
}

/// What went wrong. One pointer wide, so that `Result<Tensor>` stays small.
#[derive(Clone, PartialEq, Eq)]
pub struct Error(Box<(ErrorClass, String)>);

/// The result of everything that can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// An error of this class.
    #[cold]
    pub fn new(class: ErrorClass, message: impl Into<String>) -> Error {
        Error(Box::new((class, message.into())))
    }

    /// An error of this class; one call, so that little code stands where something can fail.
    #[cold]
    #[inline(never)]
    pub fn text(class: ErrorClass, message: fmt::Arguments) -> Error {
        Error(Box::new((class, message.to_string())))
    }

    /// PyTorch's class for it.
    pub fn class(&self) -> ErrorClass {
        self.0.0
    }

    /// The text.
    pub fn message(&self) -> &str {
        &self.0.1
    }

    /// The same error with `context: ` put before its text.
    #[cold]
    pub fn context(mut self, context: impl fmt::Display) -> Error {
        self.0.1 = format!("{context}: {}", self.0.1);
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.1)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.0.0.name(), self.0.1)
    }
}

impl std::error::Error for Error {}

impl From<std::io::Error> for Error {
    /// An error that was handed through `std::io` comes out as it went in.
    fn from(e: std::io::Error) -> Error {
        e.downcast().unwrap_or_else(|e| Error::new(ErrorClass::Io, e.to_string()))
    }
}

/// `err!(Index, "text {}", x)` is an `Error` of that class; `err!("text")` is a `Runtime` one.
#[macro_export]
macro_rules! err {
    ($class:ident, $($text:tt)*) => { $crate::Error::text($crate::ErrorClass::$class, format_args!($($text)*)) };
    ($($text:tt)*) => { $crate::Error::text($crate::ErrorClass::Runtime, format_args!($($text)*)) };
}

/// Returns `Err(err!(…))` from the enclosing function.
#[macro_export]
macro_rules! bail {
    ($($args:tt)*) => { return ::std::result::Result::Err($crate::err!($($args)*)) };
}

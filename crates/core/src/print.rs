//! Tensors as text, letter for letter as PyTorch prints them. Only the elements that appear in the text are read, so a
//! tensor of any size prints at once.

use crate::tensor::Layout;
use crate::{DType, Result, Tensor, bail, default_dtype};
use std::fmt::{self, Write};
use std::ops::Range;
use std::sync::{PoisonError, RwLock};

/// How tensors are printed. Change some of them with `PrintOptions { precision: 2, ..printoptions() }`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PrintOptions {
    /// Digits after the point.
    pub precision: usize,
    /// Tensors with more elements than this are printed in summary; `usize::MAX` for never.
    pub threshold: usize,
    /// Elements that a summary shows at either end of each dimension.
    pub edgeitems: usize,
    /// Characters in a line.
    pub linewidth: usize,
    /// Always or never `1.0000e+00`; where it is `None`, the numbers decide.
    pub sci_mode: Option<bool>,
}

impl PrintOptions {
    const DEFAULT: PrintOptions =
        PrintOptions { precision: 4, threshold: 1000, edgeitems: 3, linewidth: 80, sci_mode: None };

    /// PyTorch's sets of options: `default`, `short` (two digits, two items at the edges) and `full` (no summaries).
    pub fn profile(name: &str) -> Result<PrintOptions> {
        Ok(match name {
            "default" => PrintOptions::DEFAULT,
            "short" => PrintOptions { precision: 2, edgeitems: 2, ..PrintOptions::DEFAULT },
            "full" => PrintOptions { threshold: usize::MAX, ..PrintOptions::DEFAULT },
            _ => bail!(Value, "PrintOptions: there is no profile {name:?}; use \"default\", \"short\" or \"full\""),
        })
    }
}

impl Default for PrintOptions {
    fn default() -> PrintOptions {
        PrintOptions::DEFAULT
    }
}

static OPTIONS: RwLock<PrintOptions> = RwLock::new(PrintOptions::DEFAULT);

/// How tensors are printed now.
pub fn printoptions() -> PrintOptions {
    *OPTIONS.read().unwrap_or_else(PoisonError::into_inner)
}

/// Sets how tensors are printed from now on, in all threads.
pub fn set_printoptions(options: PrintOptions) {
    *OPTIONS.write().unwrap_or_else(PoisonError::into_inner) = options;
}

impl fmt::Display for Tensor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text_as("tensor")?)
    }
}

impl fmt::Debug for Tensor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Tensor {
    /// What is printed, with another word in the place of `tensor`: the name of a class, as PyTorch prints objects of subclasses.
    pub fn text_as(&self, name: &str) -> Result<String, fmt::Error> {
        text(self, name, &printoptions())
    }
}

fn text(tensor: &Tensor, name: &str, options: &PrintOptions) -> Result<String, fmt::Error> {
    let margin = name.chars().count() + 1;
    let (dtype, default) = (tensor.dtype(), default_dtype());
    let empty = tensor.numel() == 0;
    let edge = (tensor.numel() > options.threshold).then_some(options.edgeitems);
    let mut out = format!("{name}(");
    // Whether the text shows how many elements there are, and which dtypes it tells: numbers and truth values tell more
    // than an empty list does.
    let (shows_size, told);
    if empty {
        out.push_str("[]");
        (shows_size, told) = (tensor.dim() == 1, dtype == default);
    } else if let Some(cells) = Cells::read(tensor, edge, options) {
        Printer { shape: tensor.shape(), options, edge, cells, next: 0, out: &mut out }.block(0, margin)?;
        let plain = [default, default.to_complex(), DType::I64, DType::Bool];
        (shows_size, told) = (options.edgeitems != 0, plain.contains(&dtype));
    } else {
        out.push_str("...");
        (shows_size, told) = (false, dtype == default);
    }

    let mut suffixes: Vec<String> = Vec::new();
    if !shows_size {
        suffixes.push(size(tensor.shape()));
    }
    if !told {
        suffixes.push(format!("dtype=torch.{}", dtype.name()));
    }
    if let Some(node) = tensor.grad_fn() {
        suffixes.push(format!("grad_fn=<{}>", node.name()));
    } else if tensor.requires_grad() {
        suffixes.push("requires_grad=True".into());
    }

    // PyTorch counts the line break, or what would be it, and one more.
    let mut line = out.len() + 2 - out.rfind('\n').map_or(0, |at| at + 1);
    for suffix in suffixes {
        if line + suffix.len() + 2 > options.linewidth {
            write!(out, ",\n{:1$}{suffix}", "", margin)?;
            line = margin + suffix.len();
        } else {
            write!(out, ", {suffix}")?;
            line += suffix.len() + 2;
        }
    }
    out.push(')');
    Ok(out)
}

/// `size=(2, 3)`, as Python writes tuples.
fn size(shape: &[usize]) -> String {
    match shape {
        [n] => format!("size=({n},)"),
        _ => format!("size=({})", shape.iter().map(usize::to_string).collect::<Vec<_>>().join(", ")),
    }
}

/// Which indices of a dimension are shown: the first ones, and the last ones after a gap. No gap, no last ones.
fn shown(size: usize, edge: Option<usize>) -> (Range<usize>, Option<Range<usize>>) {
    match edge {
        Some(edge) if size > edge.saturating_mul(2) => (0..edge, Some(size - edge..size)),
        _ => (0..size, None),
    }
}

/// Calls `visit` with the place of each element that is shown, row by row.
fn visit_shown(layout: &Layout, edge: Option<usize>, dim: usize, at: isize, visit: &mut impl FnMut(usize)) {
    if dim == layout.rank() {
        return visit(at as usize);
    }
    let (head, tail) = shown(layout.shape[dim], edge);
    for i in head.chain(tail.into_iter().flatten()) {
        visit_shown(layout, edge, dim + 1, at + i as isize * layout.strides[dim], visit);
    }
}

/// Element `i` of the bytes of a storage.
fn element<const N: usize>(bytes: &[u8], i: usize) -> [u8; N] {
    bytes.get(i * N..).and_then(|rest| rest.first_chunk().copied()).unwrap_or([0; N])
}

/// The elements that are shown, in their order, and how.
enum Cells {
    Bools(Vec<bool>, usize),
    Ints(Vec<i64>, usize),
    Reals(Floats),
    Complexes(Floats, Floats),
}

impl Cells {
    /// Reads the elements; `None` while another thread is writing them.
    fn read(tensor: &Tensor, edge: Option<usize>, options: &PrintOptions) -> Option<Cells> {
        let guard = tensor.storage().read().ok()?;
        let (bytes, layout) = (guard.bytes(), tensor.layout());
        macro_rules! collect {
            ($of:expr) => {{
                let mut values = Vec::new();
                visit_shown(layout, edge, 0, layout.offset as isize, &mut |i| values.push($of(i)));
                values
            }};
        }
        macro_rules! ints {
            ($ty:ty) => {{
                let values: Vec<i64> = collect!(|i| <$ty>::from_ne_bytes(element(bytes, i)).into());
                let digits = |x: &i64| x.unsigned_abs().checked_ilog10().unwrap_or(0) as usize + 1;
                let width = values.iter().map(|x| digits(x) + usize::from(*x < 0)).max().unwrap_or(1);
                Cells::Ints(values, width)
            }};
        }
        macro_rules! floats {
            ($ty:ty) => {
                Cells::Reals(Floats::new(collect!(|i| <$ty>::from_ne_bytes(element(bytes, i)).into()), options))
            };
        }
        macro_rules! complexes {
            ($ty:ty) => {{
                let part = |k: usize| {
                    let values = collect!(|i: usize| <$ty>::from_ne_bytes(element(bytes, 2 * i + k)).into());
                    Floats::new(values, options)
                };
                Cells::Complexes(part(0), part(1))
            }};
        }
        Some(match tensor.dtype() {
            DType::Bool => {
                let values: Vec<bool> = collect!(|i| element::<1>(bytes, i) != [0]);
                let width = if values.contains(&false) { 5 } else { 4 };
                Cells::Bools(values, width)
            }
            DType::U8 => ints!(u8),
            DType::I8 => ints!(i8),
            DType::I16 => ints!(i16),
            DType::I32 => ints!(i32),
            DType::I64 => ints!(i64),
            DType::F16 => floats!(half::f16),
            DType::BF16 => floats!(half::bf16),
            DType::F32 => floats!(f32),
            DType::F64 => floats!(f64),
            DType::C64 => complexes!(f32),
            DType::C128 => complexes!(f64),
        })
    }

    /// The room that one element takes.
    fn width(&self) -> usize {
        match self {
            Cells::Bools(_, width) | Cells::Ints(_, width) => *width,
            Cells::Reals(x) => x.width,
            Cells::Complexes(re, im) => re.width + im.width + 1,
        }
    }

    fn write(&self, i: usize, out: &mut String) -> fmt::Result {
        match self {
            Cells::Bools(values, width) => {
                let word = if values[i] { "True" } else { "False" };
                write!(out, "{word:>width$}")
            }
            Cells::Ints(values, width) => write!(out, "{:1$}", values[i], *width),
            Cells::Reals(x) => x.write_padded(i, out),
            Cells::Complexes(re, im) => {
                re.write_padded(i, out)?;
                let start = out.len();
                im.write(im.values[i], out)?;
                if !out[start..].starts_with('-') {
                    out.insert(start, '+');
                }
                out.push('j');
                Ok(())
            }
        }
    }
}

/// Floats that are printed in one way.
struct Floats {
    values: Vec<f64>,
    style: Style,
    precision: usize,
    /// Of the longest number; zeros, infinities and NaN do not count.
    width: usize,
}

#[derive(Clone, Copy, PartialEq)]
enum Style {
    /// `3.`
    Whole,
    /// `3.1416`
    Fixed,
    /// `3.1416e+00`
    Scientific,
}

impl Floats {
    fn new(values: Vec<f64>, options: &PrintOptions) -> Floats {
        let numbers = || values.iter().copied().filter(|x| x.is_finite() && *x != 0.0);
        let (min, max) = numbers().fold((f64::INFINITY, 0.0f64), |(a, b), x| (a.min(x.abs()), b.max(x.abs())));
        let scientific = options.sci_mode.unwrap_or(max / min > 1000.0 || max > 1e8 || min < 1e-4);
        let style = match () {
            // Nothing but zeros and the like.
            () if max == 0.0 => Style::Whole,
            () if scientific => Style::Scientific,
            () if numbers().all(|x| x == x.ceil()) => Style::Whole,
            () => Style::Fixed,
        };
        // The most that the standard library formats.
        let precision = options.precision.min(u16::MAX as usize);
        let mut floats = Floats { values: Vec::new(), style, precision, width: 1 };
        let mut room = String::new();
        for x in numbers() {
            room.clear();
            // Writing to a string does not fail.
            let _ = floats.write(x, &mut room);
            floats.width = floats.width.max(room.len());
        }
        floats.values = values;
        floats
    }

    fn write(&self, x: f64, out: &mut String) -> fmt::Result {
        let precision = self.precision;
        if x.is_nan() {
            return out.write_str("nan");
        }
        if x.is_infinite() {
            return write!(out, "{x}");
        }
        match self.style {
            Style::Whole => write!(out, "{x:.0}."),
            Style::Fixed => write!(out, "{x:.precision$}"),
            Style::Scientific => {
                // The exponent gets a sign and at least two digits.
                let start = out.len();
                write!(out, "{x:.precision$e}")?;
                let Some(e) = out[start..].find('e') else { return Ok(()) };
                let exponent = out.split_off(start + e + 1);
                match exponent.strip_prefix('-') {
                    Some(digits) => write!(out, "-{digits:0>2}"),
                    None => write!(out, "+{exponent:0>2}"),
                }
            }
        }
    }

    fn write_padded(&self, i: usize, out: &mut String) -> fmt::Result {
        let start = out.len();
        self.write(self.values[i], out)?;
        for _ in out.len() - start..self.width {
            out.insert(start, ' ');
        }
        Ok(())
    }
}

/// Writes the cells as nested lists.
struct Printer<'a> {
    shape: &'a [usize],
    options: &'a PrintOptions,
    edge: Option<usize>,
    cells: Cells,
    /// The cell to write next.
    next: usize,
    out: &'a mut String,
}

impl Printer<'_> {
    fn cell(&mut self) -> fmt::Result {
        self.next += 1;
        self.cells.write(self.next - 1, self.out)
    }

    fn break_line(&mut self, breaks: usize, indent: usize) {
        self.out.push(',');
        self.out.extend(std::iter::repeat_n('\n', breaks));
        self.out.extend(std::iter::repeat_n(' ', indent));
    }

    /// What dimension `dim` and those after it hold at one place; `indent` is where its bracket stands.
    fn block(&mut self, dim: usize, indent: usize) -> fmt::Result {
        let inner = match self.shape.len() - dim {
            0 => return self.cell(),
            n => n - 1,
        };
        let (head, tail) = shown(self.shape[dim], self.edge);
        let (head, gap, tail) = (head.len(), tail.is_some(), tail.map_or(0, |t| t.len()));
        let per_line = (self.options.linewidth.saturating_sub(indent) / (self.cells.width() + 2)).max(1);
        self.out.push('[');
        for i in 0..head + usize::from(gap) + tail {
            match inner {
                _ if i == 0 => {}
                0 if i % per_line != 0 => self.out.push_str(", "),
                0 => self.break_line(1, indent + 1),
                _ => self.break_line(inner, indent + 1),
            }
            match inner {
                // In a row the gap takes part in the padding, unless it stands alone.
                0 if gap && i == head => self.out.push_str(if head == 0 { "..." } else { " ..." }),
                _ if gap && i == head => self.out.push_str("..."),
                0 => self.cell()?,
                _ => self.block(dim + 1, indent + 1)?,
            }
        }
        self.out.push(']');
        Ok(())
    }
}

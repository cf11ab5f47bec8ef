//! NumPy's files: one array (`.npy`, format versions 1.0 to 3.0 of the NumPy Enhancement Proposal 1), and zip archives of
//! them (`.npz`). Arrays are views of the mapped file where their bytes are aligned and little-endian.

use crate::StateDict;
use crate::arrays::{Array, write_npy, write_npz};
use crate::read::map;
use crate::stored::Stored;
use crate::zip::{Archive, Entry};
use flambeau_core::{DType, Result, Tensor, bail};
use std::borrow::Cow;
use std::ops::Range;
use std::path::Path;

const MAGIC: &[u8] = b"\x93NUMPY";
/// The alignment of the data in a file.
pub(crate) const ALIGN: usize = 64;
/// The longest header that is read; NumPy has the same limit. Only records of many fields, which are refused, need more.
pub(crate) const MAX_HEADER: usize = 10_000;
/// The most dimensions that an array of NumPy has.
const MAX_DIMS: usize = 64;

/// The format's name of a dtype, without the byte order.
fn format_dtype(dtype: DType) -> Option<&'static str> {
    Some(match dtype {
        DType::Bool => "b1",
        DType::U8 => "u1",
        DType::I8 => "i1",
        DType::I16 => "i2",
        DType::I32 => "i4",
        DType::I64 => "i8",
        DType::F16 => "f2",
        DType::F32 => "f4",
        DType::F64 => "f8",
        DType::C64 => "c8",
        DType::C128 => "c16",
        DType::BF16 => return None,
    })
}

/// The dtype of a description such as `<f4`, and whether its bytes must be swapped.
fn own_dtype(descr: &str) -> Result<(DType, bool)> {
    let (order, name) = match descr.strip_prefix(['<', '>', '|', '=']) {
        Some(name) => (descr.as_bytes()[0], name),
        None => (b'=', descr),
    };
    if let Some(dtype) = DType::ALL.into_iter().find(|d| format_dtype(*d) == Some(name)) {
        return Ok((dtype, order == b'>' && dtype.size() > 1));
    }
    let kind = match (name.chars().next(), name) {
        (Some('O'), _) => bail!(
            Value,
            "it holds Python objects (dtype {descr:?}), which are stored as a pickle, a program that could do anything; \
             nothing was run. If you trust the file, load it in NumPy with allow_pickle=True and save its arrays one by one"
        ),
        (_, "u2" | "u4" | "u8") => "unsigned integers of more than one byte",
        (_, "f10" | "f12" | "f16" | "c20" | "c24" | "c32") => "long doubles",
        (Some('S' | 'U' | 'a'), _) => "text",
        (Some('M' | 'm'), _) => "dates or times",
        (Some('V'), _) => "raw records",
        _ => bail!(Value, "its dtype {descr:?} is none that NumPy has"),
    };
    bail!(
        NotImplemented,
        "its dtype {descr:?} is for {kind}, which no tensor holds; convert it in NumPy first, as x.astype('int64') or \
         x.astype('float64')"
    )
}

/// What a file says in front of its data.
pub(crate) struct Header {
    pub(crate) dtype: DType,
    swapped: bool,
    /// Whether the first index, not the last, is that of neighbours.
    pub(crate) fortran: bool,
    pub(crate) shape: Vec<usize>,
    /// Where the data begins.
    pub(crate) start: usize,
}

impl Header {
    /// The bytes that are swapped together, if they stand highest first.
    pub(crate) fn swapped_together(&self) -> Option<usize> {
        let element = if self.dtype.is_complex() { self.dtype.size() / 2 } else { self.dtype.size() };
        self.swapped.then_some(element)
    }

    /// The array must be what follows the header in a file of so many bytes, and nothing else.
    pub(crate) fn check(&self, len: usize) -> Result<()> {
        let Header { dtype, shape, start, .. } = self;
        let bytes = shape.iter().map(|n| (*n).max(1)).try_fold(dtype.size(), usize::checked_mul);
        let bytes = if shape.contains(&0) { bytes.and(Some(0)) } else { bytes };
        if bytes != len.checked_sub(*start) || bytes.is_none() {
            bail!(
                Value,
                "after its header the npy file has {} bytes, and an array of {} of shape {shape:?} takes {}; it was cut short, \
                 or has something after its end",
                len.saturating_sub(*start),
                dtype.name(),
                bytes.map_or("more than there can be".to_string(), |n| n.to_string())
            );
        }
        Ok(())
    }

    pub(crate) fn read(file: &[u8]) -> Result<Header> {
        let Some(rest) = file.strip_prefix(MAGIC) else {
            bail!(Value, "it is not an npy file: it does not begin with \\x93NUMPY");
        };
        let (len, at) = match *rest {
            [1, 0, a, b, ..] => (usize::from(u16::from_le_bytes([a, b])), 10),
            [2 | 3, 0, a, b, c, d, ..] => (u32::from_le_bytes([a, b, c, d]) as usize, 12),
            [1..=3, 0, ..] | [] | [_] => bail!(Value, "the npy file is cut off in front of its header"),
            [major, minor, ..] => {
                bail!(NotImplemented, "the npy file is of version {major}.{minor}; 1.0, 2.0 and 3.0 are supported")
            }
        };
        if len > MAX_HEADER {
            bail!(
                Value,
                "the npy header has {len} bytes, and that of an array of numbers has never more than {MAX_HEADER}"
            );
        }
        let Some(text) = file.get(at..at + len) else {
            bail!(Value, "the npy header of {len} bytes is cut off: the file has {} bytes", file.len());
        };
        Header::parse(text, at + len).map_err(|e| e.context("the npy header"))
    }

    /// Reads the header's text: a Python dict of three keys.
    fn parse(text: &[u8], start: usize) -> Result<Header> {
        let (mut descr, mut fortran, mut shape) = (None, None, None);
        let mut text = Text { all: text, at: 0 };
        text.require("{")?;
        while !text.take("}") {
            let key = text.string()?;
            text.require(":")?;
            let twice = match key.as_ref() {
                "descr" => descr.replace(text.descr()?).is_some(),
                "fortran_order" => fortran.replace(text.bool()?).is_some(),
                "shape" => shape.replace(text.shape()?).is_some(),
                _ => bail!(Value, "it has a key {key:?}; descr, fortran_order and shape are all that there are"),
            };
            if twice {
                bail!(Value, "it has the key {key:?} twice");
            }
            if !text.take(",") {
                text.require("}")?;
                break;
            }
        }
        text.space();
        if text.at < text.all.len() {
            bail!(Value, "at byte {}, after the dict, there is more text", text.at);
        }
        let (Some(descr), Some(fortran), Some(shape)) = (descr, fortran, shape) else {
            bail!(Value, "it lacks one of the keys descr, fortran_order and shape");
        };
        let (dtype, swapped) = own_dtype(&descr)?;
        Ok(Header { dtype, swapped, fortran, shape, start })
    }
}

/// A header's text, read from left to right.
struct Text<'a> {
    all: &'a [u8],
    at: usize,
}

impl<'a> Text<'a> {
    fn rest(&self) -> &'a [u8] {
        &self.all[self.at..]
    }

    /// Passes over bytes while they are as asked for, and returns them.
    fn run(&mut self, part: impl Fn(&u8) -> bool) -> &'a [u8] {
        let rest = self.rest();
        let len = rest.iter().position(|b| !part(b)).unwrap_or(rest.len());
        self.at += len;
        &rest[..len]
    }

    fn space(&mut self) {
        self.run(u8::is_ascii_whitespace);
    }

    /// Passes over a token if it is next, after white space.
    fn take(&mut self, token: &str) -> bool {
        self.space();
        let found = self.rest().starts_with(token.as_bytes());
        self.at += if found { token.len() } else { 0 };
        found
    }

    fn require(&mut self, token: &str) -> Result<()> {
        if !self.take(token) {
            bail!(Value, "{token:?} is expected at byte {}, and {} stands there", self.at, self.what());
        }
        Ok(())
    }

    /// What stands here, for messages.
    fn what(&self) -> String {
        let rest = self.rest();
        match rest {
            [] => "its end".to_string(),
            _ => format!("{:?}", String::from_utf8_lossy(&rest[..rest.len().min(12)])),
        }
    }

    /// A string without escapes.
    fn string(&mut self) -> Result<Cow<'a, str>> {
        self.space();
        let at = self.at;
        let quote = *self.rest().first().unwrap_or(&0);
        if quote == b'\'' || quote == b'"' {
            self.at += 1;
            let text = self.run(|b| *b != quote && *b != b'\\' && *b != b'\n');
            if self.rest().first() == Some(&quote) {
                self.at += 1;
                return Ok(String::from_utf8_lossy(text));
            }
            self.at = at;
        }
        bail!(Value, "a string is expected at byte {at}, and {} stands there", self.what())
    }

    fn descr(&mut self) -> Result<Cow<'a, str>> {
        self.space();
        if let Some(b'[' | b'(') = self.rest().first() {
            bail!(NotImplemented, "it describes records of several fields; save each field in NumPy, as x['name']");
        }
        self.string()
    }

    fn bool(&mut self) -> Result<bool> {
        if self.take("True") {
            return Ok(true);
        }
        self.require("False")?;
        Ok(false)
    }

    /// A tuple of sizes.
    fn shape(&mut self) -> Result<Vec<usize>> {
        let mut shape = Vec::new();
        self.require("(")?;
        while !self.take(")") {
            self.space();
            let at = self.at;
            let digits = self.run(u8::is_ascii_digit);
            let size = std::str::from_utf8(digits).ok().and_then(|digits| digits.parse().ok());
            let Some(size) = size.filter(|_| shape.len() < MAX_DIMS) else {
                self.at = at;
                bail!(
                    Value,
                    "one of at most {MAX_DIMS} sizes is expected at byte {at}, and {} stands there",
                    self.what()
                );
            };
            shape.push(size);
            self.take("L"); // as Python 2 wrote it
            // `(3)` is a number in Python, not a tuple.
            if !self.take(",") {
                if shape.len() == 1 {
                    self.require(",")?;
                }
                self.require(")")?;
                break;
            }
        }
        Ok(shape)
    }
}

/// The array of an npy file, of which `view` makes tensors of parts.
pub(crate) fn tensor(
    file: &[u8],
    view: impl FnOnce(Range<usize>, DType, &[usize]) -> Result<Tensor>,
) -> Result<Tensor> {
    let mut header = Header::read(file)?;
    header.check(file.len())?;
    let swapped = header.swapped_together();
    let Header { dtype, fortran, ref mut shape, start, .. } = header;
    // What is written with the first index running fastest is an array of the reversed shape.
    if fortran {
        shape.reverse();
    }
    let tensor = match swapped {
        Some(element) => {
            let mut bytes = file[start..].to_vec();
            bytes.chunks_exact_mut(element).for_each(<[u8]>::reverse);
            Tensor::from_bytes(&bytes, dtype, shape)?
        }
        None => view(start..file.len(), dtype, shape)?,
    };
    if fortran { tensor.permute(&(0..shape.len() as i64).rev().collect::<Vec<_>>()) } else { Ok(tensor) }
}

/// Reads an array that `numpy.save` wrote: bools, integers (of unsigned ones only uint8), floats and complex numbers of either
/// byte order. Its shape is NumPy's; one in Fortran order comes with strides that are reversed. The tensor is a view of the
/// file where it is aligned and little-endian, and then refuses writes in place. Object arrays are refused: nothing is run.
pub fn load_npy(path: impl AsRef<Path>) -> Result<Tensor> {
    let path = path.as_ref();
    let map = map(path)?;
    Array::of_file(map).and_then(|array| array.tensor()).map_err(|e| e.context(path.display()))
}

/// Reads the arrays of an archive that `numpy.savez` or `numpy.savez_compressed` wrote, under their names and in their order.
/// Each is as [`load_npy`] gives it; checksums are compared, and one that would grow beyond reason is not unpacked.
pub fn load_npz(path: impl AsRef<Path>) -> Result<StateDict> {
    let path = path.as_ref();
    let map = map(path)?;
    let archive = Archive::read_map(&map).map_err(|e| e.context(path.display()))?;
    let array = |entry: &Entry| -> Result<(String, Tensor)> {
        let (name, array) = Array::of_entry(&map, entry)?;
        Ok((name, array.tensor()?))
    };
    let arrays = archive.entries().iter();
    arrays.map(|e| array(e).map_err(|error| error.context(format!("{}: entry {:?}", path.display(), e.name)))).collect()
}

/// What stands in front of an array's data: byte for byte what `numpy.save` puts there.
pub(crate) fn header(dtype: DType, shape: &[usize]) -> Result<Vec<u8>> {
    let Some(name) = format_dtype(dtype) else {
        bail!(NotImplemented, "NumPy has no {}; convert it first, as x.to_dtype(DType::F32)", dtype.name());
    };
    let order = if dtype.size() > 1 { '<' } else { '|' };
    if shape.len() > MAX_DIMS {
        bail!(Value, "NumPy's arrays have at most {MAX_DIMS} dimensions, and the tensor has {}", shape.len());
    }
    let sizes = match shape {
        [one] => format!("{one},"),
        _ => shape.iter().map(usize::to_string).collect::<Vec<_>>().join(", "),
    };
    let mut text = format!("{{'descr': '{order}{name}', 'fortran_order': False, 'shape': ({sizes}), }}");
    // NumPy leaves room for the first size to grow to 21 digits, and at least one blank before the line's end.
    let room = shape.first().map_or(0, |n| 21 - n.to_string().len());
    let end = (MAGIC.len() + 4 + text.len() + room + 2).next_multiple_of(ALIGN) - MAGIC.len() - 4;
    text.extend(std::iter::repeat_n(' ', end - 1 - text.len()));
    text.push('\n');
    Ok([MAGIC, &[1, 0], &(text.len() as u16).to_le_bytes(), text.as_bytes()].concat())
}

/// Writes a tensor as `numpy.save` does: any dtype but bfloat16, any strides; the data is row-major and little-endian. The
/// file is there whole or not at all.
pub fn save_npy(tensor: &Tensor, path: impl AsRef<Path>) -> Result<()> {
    let stored = Stored::tensor_of("array".into(), tensor.clone());
    write_npy(&stored, path.as_ref(), None, &mut |_, _| {})
}

/// Writes tensors as `numpy.savez` does or, if `compress`, as `numpy.savez_compressed` does. What is not compressed is aligned
/// in the file, so that [`load_npz`] makes views of it. The file is there whole or not at all, and the same tensors give the
/// same bytes.
pub fn save_npz<N: AsRef<str>>(tensors: &[(N, Tensor)], path: impl AsRef<Path>, compress: bool) -> Result<()> {
    let stored: Vec<Stored> =
        tensors.iter().map(|(name, t)| Stored::tensor_of(name.as_ref().to_string(), t.clone())).collect();
    write_npz(&stored, path.as_ref(), None, compress, &mut |_, _| {})
}

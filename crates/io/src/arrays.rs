//! Arrays of NumPy as they lie in files, of which only the headers have been read: packed ones are unpacked when they are
//! asked for, and piece by piece where that will do.

use crate::atomic::write_atomic_sized;
use crate::npy::{ALIGN, Header, MAX_HEADER, header, tensor};
use crate::pieces::{self, Gather, PIECE, Take, Told, check_bools};
use crate::read::map;
use crate::stored::Stored;
use crate::zip::{Archive, Entry, Writer};
use flambeau_core::storage::mapped::MappedFile;
use flambeau_core::{DType, Error, Result, Tensor, bail, err};
use std::borrow::Cow;
use std::collections::HashSet;
use std::io::{self, Write};
use std::path::Path;

/// An array in a file of its own or in an archive.
pub(crate) struct Array {
    map: MappedFile,
    entry: Option<Entry>,
    header: Header,
}

impl Array {
    /// The array that a whole file is.
    pub(crate) fn of_file(map: MappedFile) -> Result<Array> {
        let header = Header::read(map.bytes())?;
        header.check(map.bytes().len())?;
        Ok(Array { map, entry: None, header })
    }

    /// The array of an archive's entry, and its name.
    pub(crate) fn of_entry(map: &MappedFile, entry: &Entry) -> Result<(String, Array)> {
        let Some(name) = entry.name.strip_suffix(".npy") else {
            bail!(Value, "it is not an array: the names of those end in .npy");
        };
        let header = Header::read(&entry.head(map.bytes(), MAX_HEADER + 12)?)?;
        header.check(entry.len()?)?;
        Ok((name.to_string(), Array { map: map.clone(), entry: Some(entry.clone()), header }))
    }

    pub(crate) fn shape(&self) -> &[usize] {
        &self.header.shape
    }

    pub(crate) fn dtype(&self) -> DType {
        self.header.dtype
    }

    /// The bytes of its elements.
    pub(crate) fn nbytes(&self) -> usize {
        self.header.shape.iter().product::<usize>() * self.header.dtype.size()
    }

    /// The array: a view of the file where it is aligned, little-endian and not packed.
    pub(crate) fn tensor(&self) -> Result<Tensor> {
        let Some(entry) = &self.entry else {
            return tensor(self.map.bytes(), |range, dtype, shape| self.map.tensor(range, dtype, shape));
        };
        let bytes = entry.unpack(self.map.bytes())?;
        tensor(&bytes, |range, dtype, shape| match bytes {
            Cow::Borrowed(_) => self.map.tensor(entry.range.start + range.start..entry.range.end, dtype, shape),
            Cow::Owned(_) => Tensor::from_bytes(&bytes[range], dtype, shape),
        })
    }

    /// Hands on the array's bytes row by row and piece by piece, as elements of `cast` if that is given.
    pub(crate) fn pieces(&self, cast: Option<DType>, take: Take<'_>, told: Told<'_>) -> io::Result<()> {
        let Header { dtype, start, .. } = self.header;
        let mut gathered = Gather::after(start);
        let mut put = |bytes: &mut [u8]| {
            if let Some(element) = self.header.swapped_together() {
                bytes.chunks_exact_mut(element).for_each(<[u8]>::reverse);
            }
            if dtype == DType::Bool {
                check_bools(bytes).map_err(io::Error::other)?;
            }
            pieces::elements(bytes, dtype, cast, take)
        };
        // With columns first, what lies next to each other in the file does not in the rows.
        if self.header.fortran && self.header.shape.len() > 1 {
            return self.rows(&mut put, told);
        }
        let mut read = |bytes: &[u8], looked_at: usize| {
            gathered.push(bytes, &mut put)?;
            told(bytes.len(), looked_at);
            Ok(())
        };
        match &self.entry {
            None => self.map.bytes().chunks(PIECE).try_for_each(|bytes| read(bytes, bytes.len()))?,
            Some(entry) => entry.stream(self.map.bytes(), &mut read)?,
        }
        gathered.flush(&mut put)
    }

    /// Hands on the rows of an array that is stored by columns, which is unpacked as a whole for that.
    fn rows(&self, put: &mut dyn FnMut(&mut [u8]) -> io::Result<()>, told: Told<'_>) -> io::Result<()> {
        let Header { dtype, start, ref shape, .. } = self.header;
        let file = self.map.bytes();
        let bytes = match &self.entry {
            None => Cow::Borrowed(&file[start..]),
            Some(entry) => {
                let mut unpacked = Vec::with_capacity(if entry.method == 0 { 0 } else { start + self.nbytes() });
                entry.stream(file, &mut |bytes, looked_at| {
                    // What is not packed is only compared with its checksum.
                    unpacked.extend_from_slice(if entry.method == 0 { &[] } else { bytes });
                    told(0, looked_at);
                    Ok(())
                })?;
                match entry.method {
                    0 => Cow::Borrowed(&file[entry.range.start + start..entry.range.end]),
                    _ => Cow::Owned(unpacked),
                }
            }
        };
        let (bytes, in_file) = match &bytes {
            Cow::Borrowed(bytes) => (*bytes, bytes.len()),
            Cow::Owned(unpacked) => (&unpacked[start..], 0),
        };
        let size = dtype.size();
        let mut steps = Vec::with_capacity(shape.len());
        shape.iter().fold(size, |step, n| {
            steps.push(step);
            step * n
        });
        let (mut index, mut at) = (vec![0; shape.len()], 0);
        let mut piece = Vec::with_capacity(PIECE.min(self.nbytes()));
        for left in (0..self.nbytes() / size).rev() {
            piece.extend_from_slice(&bytes[at..at + size]);
            if piece.len() == PIECE || left == 0 {
                put(&mut piece)?;
                told(piece.len(), in_file);
                piece.clear();
            }
            for (dim, step) in steps.iter().enumerate().rev() {
                (index[dim], at) = (index[dim] + 1, at + step);
                if index[dim] < shape[dim] {
                    break;
                }
                (index[dim], at) = (0, at - step * shape[dim]);
            }
        }
        Ok(())
    }
}

/// The array of a file.
pub(crate) fn open_npy(path: &Path) -> Result<(Stored, MappedFile)> {
    let map = map(path)?.sparse();
    let array = Array::of_file(map.clone()).map_err(|e| e.context(path.display()))?;
    Ok((Stored::array("array".into(), array), map))
}

/// The arrays of an archive, in its order.
pub(crate) fn open_npz(path: &Path) -> Result<(Vec<Stored>, MappedFile)> {
    let map = map(path)?.sparse();
    let archive = Archive::read_map(&map).map_err(|e| e.context(path.display()))?;
    let array = |entry: &Entry| {
        let (name, array) = Array::of_entry(&map, entry)
            .map_err(|e| e.context(format!("{}: entry {:?}", path.display(), entry.name)))?;
        Ok(Stored::array(name, array))
    };
    let arrays = archive.entries().iter().map(array).collect::<Result<_>>()?;
    Ok((arrays, map))
}

/// What is written of a tensor: its header, the dtype it is cast to if that is not its own, and the bytes of its elements.
fn target(stored: &Stored, cast: Option<DType>) -> Result<(Vec<u8>, Option<DType>, usize)> {
    let (dtype, cast) = stored.computable_target(cast)?;
    let header = header(dtype, stored.shape())?;
    Ok((header, cast, stored.shape().iter().product::<usize>() * dtype.size()))
}

/// Writes an array, as [`save_npy`](crate::save_npy) does.
pub(crate) fn write_npy(stored: &Stored, path: &Path, cast: Option<DType>, told: Told<'_>) -> Result<()> {
    let (header, cast, len) = target(stored, cast).map_err(|e| e.context(format!("save_npy: {}", path.display())))?;
    write_atomic_sized(path, len, |out| {
        out.write_all(&header)?;
        stored.pieces(cast, &mut |bytes| out.write_all(bytes), told)
    })
}

/// Writes an archive of arrays, as [`save_npz`](crate::save_npz) does.
pub(crate) fn write_npz(
    tensors: &[Stored],
    path: &Path,
    cast: Option<DType>,
    compress: bool,
    told: Told<'_>,
) -> Result<()> {
    let mut seen = HashSet::new();
    let mut targets = Vec::with_capacity(tensors.len());
    for stored in tensors {
        let context = |e: Error| e.context(format!("save_npz: {}: {:?}", path.display(), stored.name()));
        if !seen.insert(stored.name()) {
            return Err(context(err!(Value, "the name is given twice")));
        }
        targets.push(target(stored, cast).map_err(context)?);
    }
    let size = if compress { 0 } else { targets.iter().map(|t| t.2).sum() };
    write_atomic_sized(path, size, |out| {
        let mut archive = Writer::new(out);
        for (stored, (header, cast, len)) in tensors.iter().zip(&targets) {
            let name = format!("{}.npy", stored.name());
            if compress {
                let mut data = header.clone();
                stored.pieces(*cast, &mut |bytes| data.write_all(bytes), told)?;
                archive.entry(&name, &[&data], ALIGN, true)?;
                continue;
            }
            archive.streamed(&name, header.len() + len, ALIGN, |out, first| {
                out.write_all(header)?;
                // They are read twice, and count once.
                stored.pieces(*cast, &mut |bytes| out.write_all(bytes), &mut |bytes, looked_at| {
                    told(if first { 0 } else { bytes }, looked_at);
                })
            })?;
        }
        archive.finish()
    })
}

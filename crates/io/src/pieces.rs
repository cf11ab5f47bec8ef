//! Tensors of any size, handed on a few megabytes at a time, so that no conversion needs memory for more than one of them.

use flambeau_core::{DType, Result, Tensor, bail};
use std::io;

/// Bytes that are handed on at once. A multiple of the size of every element.
pub(crate) const PIECE: usize = 4 << 20;

/// What takes the pieces.
pub(crate) type Take<'a> = &'a mut dyn FnMut(&[u8]) -> io::Result<()>;
/// What is told after each piece: the bytes of the tensor that were read, and the bytes of the file that had to be looked at
/// for them, which are more if there are gaps between the elements.
pub(crate) type Told<'a> = &'a mut dyn FnMut(usize, usize);

/// The bytes from a tensor's first element to its last.
pub(crate) fn span(t: &Tensor) -> usize {
    if t.numel() == 0 {
        return 0;
    }
    let steps = t.shape().iter().zip(t.stride()).map(|(n, step)| (n - 1) * step.unsigned_abs());
    (steps.sum::<usize>() + 1) * t.element_size()
}

/// Calls `f` with parts of a tensor, which in a row are its elements row by row.
pub(crate) fn parts(t: &Tensor, f: &mut dyn FnMut(&Tensor) -> io::Result<()>) -> io::Result<()> {
    let bytes = t.numel() * t.element_size();
    if bytes <= PIECE {
        return f(t);
    }
    let t = if t.is_contiguous() { t.reshape(&[-1]).map_err(io::Error::other)? } else { t.clone() };
    let rows = t.shape()[0];
    let row = bytes / rows;
    if row > PIECE {
        return (0..rows).try_for_each(|i| parts(&t.select(0, i as i64).map_err(io::Error::other)?, f));
    }
    let at_once = PIECE / row;
    (0..rows).step_by(at_once).try_for_each(|start| {
        let part = t.narrow(0, start as i64, at_once.min(rows - start) as i64);
        f(&part.map_err(io::Error::other)?)
    })
}

/// Hands on a tensor's bytes row by row, as elements of `cast` if that is given.
pub(crate) fn tensor(t: &Tensor, cast: Option<DType>, take: Take<'_>, told: Told<'_>) -> io::Result<()> {
    parts(t, &mut |part| {
        whole(part, cast, take)?;
        told(part.numel() * part.element_size(), span(part));
        Ok(())
    })
}

/// Hands on all of a small tensor.
pub(crate) fn whole(t: &Tensor, cast: Option<DType>, take: Take<'_>) -> io::Result<()> {
    let bytes = |t: Tensor| t.with_bytes(take).map_err(io::Error::other)?;
    match cast {
        None => bytes(t.clone()),
        Some(dtype) => bytes(t.to_dtype(dtype).map_err(io::Error::other)?),
    }
}

/// Hands on the bytes of whole elements, as elements of `cast` if that is given.
pub(crate) fn elements(bytes: &[u8], own: DType, cast: Option<DType>, take: Take<'_>) -> io::Result<()> {
    match cast {
        None => take(bytes),
        Some(_) => {
            let t = Tensor::from_bytes(bytes, own, &[bytes.len() / own.size()]).map_err(io::Error::other)?;
            whole(&t, cast, take)
        }
    }
}

/// Bytes that come in any portions, put together to pieces of whole elements.
pub(crate) struct Gather {
    bytes: Vec<u8>,
    /// Bytes at the beginning that are passed over.
    skip: usize,
}

impl Gather {
    pub(crate) fn after(skip: usize) -> Gather {
        Gather { bytes: Vec::new(), skip }
    }

    /// Adds bytes, and calls `f` with what is full.
    pub(crate) fn push(&mut self, bytes: &[u8], f: &mut dyn FnMut(&mut [u8]) -> io::Result<()>) -> io::Result<()> {
        let skipped = self.skip.min(bytes.len());
        self.skip -= skipped;
        let mut rest = &bytes[skipped..];
        while !rest.is_empty() {
            let (head, tail) = rest.split_at(rest.len().min(PIECE - self.bytes.len()));
            self.bytes.extend_from_slice(head);
            rest = tail;
            if self.bytes.len() == PIECE {
                self.flush(f)?;
            }
        }
        Ok(())
    }

    /// Calls `f` with what is left.
    pub(crate) fn flush(&mut self, f: &mut dyn FnMut(&mut [u8]) -> io::Result<()>) -> io::Result<()> {
        if !self.bytes.is_empty() {
            f(&mut self.bytes)?;
            self.bytes.clear();
        }
        Ok(())
    }
}

/// An error where bools are stored as anything but 0 and 1.
pub(crate) fn check_bools(bytes: &[u8]) -> Result<()> {
    match bytes.iter().find(|b| **b > 1) {
        Some(bad) => bail!(Value, "a bool must be stored as 0 or 1, and a byte {bad} is here"),
        None => Ok(()),
    }
}

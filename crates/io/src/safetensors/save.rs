//! Writing: tensor by tensor, in an order in which each lies aligned.

use super::{Metadata, format_dtype};
use crate::atomic::Prepared;
use crate::pieces::Told;
use crate::stored::{Element, Stored};
use crate::{Conversion, StateDict, digest};
use flambeau_core::{DType, Error, Result, Tensor, bail, err};
use safetensors::Dtype;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;

/// The longest header that the format allows.
const MAX_HEADER: usize = 100_000_000;
/// Where the data begins is a multiple of this many bytes.
const ALIGN: usize = 64;

/// Writes tensors and metadata to a file, which is there whole or not at all. The same tensors give the same bytes. The data
/// begins at a multiple of 64 bytes, and every tensor at one of its elements' size.
pub fn save_file<N: AsRef<str>>(tensors: &[(N, Tensor)], metadata: &Metadata, path: impl AsRef<Path>) -> Result<()> {
    let stored: Vec<Stored> =
        tensors.iter().map(|(name, t)| Stored::tensor_of(name.as_ref().to_string(), t.clone())).collect();
    write(&stored, metadata, path.as_ref(), &Conversion::default(), &mut |_, _| {})
}

/// [`save_file`] for models whose parameters share memory: of tensors that are the same elements in the same order, the one
/// whose name comes first is written, and the metadata say of which the others are copies. [`load_model`](super::load_model)
/// ties them again.
pub fn save_model(tensors: &StateDict, metadata: &Metadata, path: impl AsRef<Path>) -> Result<()> {
    let mut order: Vec<&(String, Tensor)> = tensors.iter().collect();
    order.sort_by(|a, b| a.0.cmp(&b.0));
    let mut first = BTreeMap::new();
    let (mut kept, mut metadata) = (Vec::new(), metadata.clone());
    for (name, tensor) in order {
        let place = tensor.storage().data_ptr().addr() + tensor.storage_offset() * tensor.element_size();
        let key = (place, tensor.dtype().name(), tensor.shape(), tensor.stride());
        match first.get(&key) {
            Some(same) if tensor.numel() > 0 => {
                metadata.insert(name.clone(), String::clone(same));
            }
            _ => {
                first.insert(key, name.clone());
                kept.push((name.clone(), tensor.clone()));
            }
        }
    }
    save_file(&kept, &metadata, path)
}

/// What a tensor becomes in a file: its dtype there, and the dtype it is cast to if that is not its own.
fn target(stored: &Stored, cast: Option<DType>, path: &Path) -> Result<(Dtype, Option<DType>)> {
    let (dtype, cast) = match stored.target(cast) {
        (Element::DType(dtype), cast) => (dtype, cast),
        (Element::Raw(dtype), _) => return Ok((dtype, None)),
        // Quantized tensors become floats.
        (Element::Quantized(_), cast) => (DType::F32, cast),
    };
    match format_dtype(dtype) {
        Some(format) => Ok((format, cast)),
        None => bail!(
            NotImplemented,
            "save_file: {}: the safetensors format has no {} ({:?}); save its real and imaginary parts",
            path.display(),
            dtype.name(),
            stored.name()
        ),
    }
}

/// The bytes that a tensor will take in a file.
pub(crate) fn bytes_in_file(stored: &Stored, cast: Option<DType>) -> usize {
    match target(stored, cast, Path::new("")) {
        Ok((dtype, _)) => stored.shape().iter().product::<usize>() * dtype.bitsize() / 8,
        Err(_) => stored.nbytes(),
    }
}

/// Writes stored tensors, one after the other, as `how` says. `told` hears of the bytes of tensors as they are read: once to be
/// written, and once before for their digest if there is to be one.
pub(crate) fn write(
    tensors: &[Stored],
    metadata: &Metadata,
    path: &Path,
    how: &Conversion,
    told: Told<'_>,
) -> Result<()> {
    prepare(tensors, metadata, path, how, told)?.put_in_place()
}

/// [`write`] up to the point where the file is on the disk beside its place.
pub(super) fn prepare(
    tensors: &[Stored],
    metadata: &Metadata,
    path: &Path,
    how: &Conversion,
    told: Told<'_>,
) -> Result<Prepared> {
    let mut seen = BTreeSet::new();
    let mut entries = Vec::with_capacity(tensors.len());
    for stored in tensors {
        let name = stored.name();
        if name == "__metadata__" || !seen.insert(name) {
            bail!(Value, "save_file: {}: the name {name:?} is reserved or given twice", path.display());
        }
        let (dtype, cast) = target(stored, how.dtype, path)?;
        entries.push((dtype, cast, stored));
    }
    let mut metadata = metadata.clone();
    if how.digest {
        for (_, cast, stored) in &entries {
            let mut hash = digest::Hash::new();
            stored.pieces(*cast, &mut |bytes| hash.write_all(bytes), told).map_err(Error::from)?;
            metadata.insert(format!("{}{}", digest::PREFIX, stored.name()), hash.finish());
        }
    }
    // Wide elements first, so that every tensor is aligned in the file.
    entries.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.2.name().cmp(b.2.name())));
    let mut header = String::from("{");
    if !metadata.is_empty() {
        let _ = write!(header, "\"__metadata__\":{}", json(&metadata)?);
    }
    let mut offset = 0;
    for (dtype, _, stored) in &entries {
        let bits = stored.shape().iter().product::<usize>() * dtype.bitsize();
        let end = offset + bits / 8;
        let comma = if header.len() > 1 { "," } else { "" };
        let (name, shape) = (json(stored.name())?, json(stored.shape())?);
        let _ = write!(
            header,
            "{comma}{name}:{{\"dtype\":\"{dtype}\",\"shape\":{shape},\"data_offsets\":[{offset},{end}]}}"
        );
        offset = end;
    }
    header.push('}');
    // Eight bytes of its length stand before the header.
    let padded = (8 + header.len()).next_multiple_of(ALIGN) - 8;
    header.extend(std::iter::repeat_n(' ', padded - header.len()));
    if header.len() > MAX_HEADER {
        bail!(
            Value,
            "save_file: {}: the names and shapes take {} bytes, and the format allows {MAX_HEADER}",
            path.display(),
            header.len()
        );
    }
    Prepared::write(path, offset, |out| {
        out.write_all(&(header.len() as u64).to_le_bytes())?;
        out.write_all(header.as_bytes())?;
        entries.iter().try_for_each(|(_, cast, stored)| stored.pieces(*cast, &mut |bytes| out.write_all(bytes), told))
    })
}

fn json<T: serde::Serialize + ?Sized>(value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(|e| err!(Value, "save_file: {e}"))
}

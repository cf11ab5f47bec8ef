//! Models in several files: `model-00001-of-00003.safetensors` and so on, and an index that says which tensor lies where.

use super::{Metadata, SafeFile, save};
use crate::atomic::{io_error, write_atomic};
use crate::stored::Stored;
use crate::{Conversion, StateDict};
use flambeau_core::{Result, Tensor, bail, err};
use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, Visitor};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Component, Path};

/// The name of the index.
pub(crate) const INDEX: &str = "model.safetensors.index.json";
const SINGLE: &str = "model.safetensors";

#[derive(serde::Deserialize)]
struct Index {
    weight_map: WeightMap,
}

/// Which tensor lies in which file; a name given twice is an error.
struct WeightMap(BTreeMap<String, String>);

impl<'de> Deserialize<'de> for WeightMap {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        struct Pairs;
        impl<'de> Visitor<'de> for Pairs {
            type Value = WeightMap;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("names of tensors with names of files")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut pairs: A) -> std::result::Result<WeightMap, A::Error> {
                let mut map = BTreeMap::new();
                while let Some((tensor, file)) = pairs.next_entry::<String, String>()? {
                    if map.insert(tensor.clone(), file).is_some() {
                        return Err(A::Error::custom(format!("tensor {tensor:?} stands there twice")));
                    }
                }
                Ok(WeightMap(map))
            }
        }
        deserializer.deserialize_map(Pairs)
    }
}

/// Opens the shards that an index names, in order, and checks that each holds what the index says of it, and nothing else.
/// `path` is the index, or the folder that it lies in.
pub(crate) fn open_shards(path: &Path) -> Result<Vec<SafeFile>> {
    let path = if path.is_dir() { &path.join(INDEX) } else { path };
    let text = fs::read(path).map_err(|e| io_error("read", path, &e))?;
    let index: Index =
        serde_json::from_slice(&text).map_err(|e| err!(Value, "{} is no index of shards: {e}", path.display()))?;
    let mut by_file: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (tensor, file) in index.weight_map.0 {
        by_file.entry(file).or_default().insert(tensor);
    }
    let folder = path.parent().unwrap_or(Path::new(""));
    let mut shards = Vec::with_capacity(by_file.len());
    for (file, tensors) in by_file {
        let mut parts = Path::new(&file).components();
        if !matches!((parts.next(), parts.next()), (Some(Component::Normal(only)), None) if only == file.as_str()) {
            bail!(Value, "{}: the shard {file:?} must lie in the index's own folder", path.display());
        }
        let shard = SafeFile::open(folder.join(&file)).map_err(|e| e.context(path.display()))?;
        let held: BTreeSet<String> = shard.names().into_iter().collect();
        if let Some(name) = held.symmetric_difference(&tensors).next() {
            let (says, does) = if held.contains(name) { ("does not say", "is") } else { ("says", "is not") };
            bail!(Value, "{} {says} that tensor {name:?} lies in {file}, where it {does}", path.display());
        }
        shards.push(shard);
    }
    Ok(shards)
}

/// All tensors of a model in several files, by its index or the folder that it lies in: views of the files, as
/// [`load_file`](crate::load_file) gives them. Every shard and name is checked against the index.
pub fn load_sharded(path: impl AsRef<Path>) -> Result<StateDict> {
    let mut tensors = StateDict::new();
    for shard in open_shards(path.as_ref())? {
        tensors.extend(shard.tensors()?);
    }
    Ok(tensors)
}

/// Writes tensors to a folder: as `model.safetensors` if they take no more than `max_shard_size` bytes, else as shards of at
/// most that size (a larger tensor gets one of its own), in the order given, with an index. The shards of an earlier model
/// that are not replaced are removed.
pub fn save_sharded<N: AsRef<str>>(
    tensors: &[(N, Tensor)],
    metadata: &Metadata,
    folder: impl AsRef<Path>,
    max_shard_size: usize,
) -> Result<()> {
    let stored: Vec<Stored> =
        tensors.iter().map(|(name, t)| Stored::tensor_of(name.as_ref().to_string(), t.detach())).collect();
    write_shards(&stored, metadata, folder.as_ref(), max_shard_size, &Conversion::default(), &mut |_| {})
}

pub(crate) fn write_shards(
    tensors: &[Stored],
    metadata: &Metadata,
    folder: &Path,
    max: usize,
    how: &Conversion,
    progress: &mut dyn FnMut(usize),
) -> Result<()> {
    fs::create_dir_all(folder).map_err(|e| io_error("write", folder, &e))?;
    let mut shards: Vec<&[Stored]> = Vec::new();
    let (mut start, mut size, mut total) = (0, 0usize, 0usize);
    for (i, stored) in tensors.iter().enumerate() {
        let bytes = save::bytes_in_file(stored, how.dtype);
        if i > start && size + bytes > max {
            shards.push(&tensors[start..i]);
            (start, size) = (i, 0);
        }
        size += bytes;
        total += bytes;
    }
    shards.push(&tensors[start..]);
    let mut written = BTreeSet::new();
    if let [all] = shards[..] {
        save::write(all, metadata, &folder.join(SINGLE), how, progress)?;
        written.insert(SINGLE.to_string());
    } else {
        let mut weight_map = BTreeMap::new();
        for (i, shard) in shards.iter().enumerate() {
            let name = format!("model-{:05}-of-{:05}.safetensors", i + 1, shards.len());
            save::write(shard, metadata, &folder.join(&name), how, progress)?;
            weight_map.extend(shard.iter().map(|s| (s.name().to_string(), name.clone())));
            written.insert(name);
        }
        let index = serde_json::json!({ "metadata": { "total_size": total }, "weight_map": weight_map });
        write_atomic(&folder.join(INDEX), |out| serde_json::to_writer_pretty(out, &index).map_err(Into::into))?;
        written.insert(INDEX.to_string());
    }
    remove_earlier(folder, &written)
}

/// Removes the files of an earlier model, which would be taken for parts of this one.
fn remove_earlier(folder: &Path, written: &BTreeSet<String>) -> Result<()> {
    let is_shard = |name: &str| {
        let middle = name.strip_prefix("model-").and_then(|n| n.strip_suffix(".safetensors"));
        let digits = |n: &str| n.len() == 5 && n.bytes().all(|b| b.is_ascii_digit());
        middle.and_then(|m| m.split_once("-of-")).is_some_and(|(i, n)| digits(i) && digits(n))
    };
    for entry in fs::read_dir(folder).map_err(|e| io_error("read", folder, &e))? {
        let path = entry.map_err(|e| io_error("read", folder, &e))?.path();
        let Some(name) = path.file_name().and_then(|n| n.to_str()) else { continue };
        if !written.contains(name) && (is_shard(name) || name == INDEX || name == SINGLE) {
            fs::remove_file(&path).map_err(|e| io_error("remove", &path, &e))?;
        }
    }
    Ok(())
}

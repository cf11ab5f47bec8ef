//! Models in several files: `model-00001-of-00003.safetensors` and so on, and an index that says which tensor lies where.

use super::{Metadata, SafeFile, save};
use crate::atomic::{Prepared, io_error, remove_abandoned};
use crate::pieces::Told;
use crate::stored::Stored;
use crate::{Conversion, StateDict};
use flambeau_core::{Result, Tensor, bail, err};
use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, Visitor};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Component, Path};

/// The name of the index.
pub(crate) const INDEX: &str = "model.safetensors.index.json";
/// The name of a model that is one file.
pub(crate) const SINGLE: &str = "model.safetensors";

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
/// that are not replaced are removed. Whenever the program is stopped, the folder holds the earlier model whole or this one;
/// for that, there must be room for both.
pub fn save_sharded<N: AsRef<str>>(
    tensors: &[(N, Tensor)],
    metadata: &Metadata,
    folder: impl AsRef<Path>,
    max_shard_size: usize,
) -> Result<()> {
    let stored: Vec<Stored> =
        tensors.iter().map(|(name, t)| Stored::tensor_of(name.as_ref().to_string(), t.clone())).collect();
    write_shards(&stored, metadata, folder.as_ref(), max_shard_size, &Conversion::default(), &mut |_, _| {})
}

pub(crate) fn write_shards(
    tensors: &[Stored],
    metadata: &Metadata,
    folder: &Path,
    max: usize,
    how: &Conversion,
    told: Told<'_>,
) -> Result<()> {
    let files = prepare(tensors, metadata, folder, max, how, told)?;
    replace(folder, files)?.into_iter().try_for_each(|step| step())
}

/// Writes the files of a model beside their places, under the names that they are to have, the index last.
fn prepare(
    tensors: &[Stored],
    metadata: &Metadata,
    folder: &Path,
    max: usize,
    how: &Conversion,
    told: Told<'_>,
) -> Result<Vec<(String, Prepared)>> {
    fs::create_dir_all(folder).map_err(|e| io_error("write", folder, &e))?;
    // A save that was stopped may have been of another number of shards.
    remove_abandoned(folder, |file| std::str::from_utf8(file).is_ok_and(is_part));
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
    if let [all] = shards[..] {
        let file = save::prepare(all, metadata, &folder.join(SINGLE), how, told)?;
        return Ok(vec![(SINGLE.to_string(), file)]);
    }
    let mut weight_map = BTreeMap::new();
    let mut files = Vec::with_capacity(shards.len() + 1);
    for (i, shard) in shards.iter().enumerate() {
        let name = format!("model-{:05}-of-{:05}.safetensors", i + 1, shards.len());
        files.push((name.clone(), save::prepare(shard, metadata, &folder.join(&name), how, told)?));
        weight_map.extend(shard.iter().map(|s| (s.name().to_string(), name.clone())));
    }
    let index = serde_json::json!({ "metadata": { "total_size": total }, "weight_map": weight_map });
    files.push((INDEX.to_string(), prepare_index(folder, &index)?));
    Ok(files)
}

fn prepare_index(folder: &Path, index: &serde_json::Value) -> Result<Prepared> {
    Prepared::write(&folder.join(INDEX), 0, |out| serde_json::to_writer_pretty(out, index).map_err(Into::into))
}

/// The steps that put a model's files in the place of the earlier one's. After each of them the folder holds one of the two as
/// a whole: as long as the earlier index counts, its shards are there, under other names if theirs are to be taken.
fn replace(folder: &Path, files: Vec<(String, Prepared)>) -> Result<Vec<Step>> {
    let written: BTreeSet<String> = files.iter().map(|(name, _)| name.clone()).collect();
    let mut steps: Vec<Step> = Vec::new();
    if let Some((kept, index)) = kept_shards(folder, &written)? {
        // Another name for what lies there already, so that the index can change over in one step.
        for (name, other) in &kept {
            let (from, to) = (folder.join(name), folder.join(other));
            steps.push(Box::new(move || {
                let _ = fs::remove_file(&to);
                // Where a file system knows no second names, a copy does.
                fs::hard_link(&from, &to)
                    .or_else(|_| fs::copy(&from, &to).map(drop))
                    .map_err(|e| io_error("write", &to, &e))
            }));
        }
        steps.push(Box::new(move || index.put_in_place()));
    }
    for (_, file) in files {
        steps.push(Box::new(move || file.put_in_place()));
    }
    let folder = folder.to_path_buf();
    steps.push(Box::new(move || remove_earlier(&folder, &written)));
    Ok(steps)
}

type Step = Box<dyn FnOnce() -> Result<()>>;

/// Of the shards that the folder's index names, those whose names are to be taken, each with another name, and an index with
/// those; `None` if there is none to keep.
fn kept_shards(folder: &Path, taken: &BTreeSet<String>) -> Result<Option<(BTreeMap<String, String>, Prepared)>> {
    // What is no model is not kept.
    let Ok(text) = fs::read(folder.join(INDEX)) else { return Ok(None) };
    let Ok(Index { weight_map: WeightMap(mut weight_map) }) = serde_json::from_slice(&text) else { return Ok(None) };
    let names: BTreeSet<String> = weight_map.values().cloned().collect();
    let mut kept = BTreeMap::new();
    for name in names.intersection(taken).filter(|name| folder.join(name).is_file()) {
        let stem = name.strip_suffix(".safetensors").unwrap_or(name);
        let other = (0..).map(|i| format!("{stem}.earlier{i}.safetensors")).find(|other| !names.contains(other));
        kept.insert(name.clone(), other.unwrap_or_default());
    }
    if kept.is_empty() {
        return Ok(None);
    }
    for file in weight_map.values_mut() {
        if let Some(other) = kept.get(file) {
            *file = other.clone();
        }
    }
    let mut index: serde_json::Value =
        serde_json::from_slice(&text).map_err(|e| err!(Value, "{}: {e}", folder.join(INDEX).display()))?;
    index["weight_map"] = serde_json::json!(weight_map);
    Ok(Some((kept, prepare_index(folder, &index)?)))
}

/// Whether a file of this name is one of a model's: the index, a shard, or all of it.
fn is_part(name: &str) -> bool {
    let middle = name.strip_prefix("model-").and_then(|n| n.strip_suffix(".safetensors"));
    let digits = |n: &str| n.len() == 5 && n.bytes().all(|b| b.is_ascii_digit());
    let number = |n: &str| match n.split_once(".earlier") {
        Some((n, i)) => digits(n) && i.bytes().all(|b| b.is_ascii_digit()),
        None => digits(n),
    };
    let is_shard = middle.and_then(|m| m.split_once("-of-")).is_some_and(|(i, n)| digits(i) && number(n));
    is_shard || name == INDEX || name == SINGLE
}

/// Removes the files of an earlier model, which would be taken for parts of this one: its index first, as it must not name
/// what is gone.
fn remove_earlier(folder: &Path, written: &BTreeSet<String>) -> Result<()> {
    let mut earlier = Vec::new();
    for entry in fs::read_dir(folder).map_err(|e| io_error("read", folder, &e))? {
        let path = entry.map_err(|e| io_error("read", folder, &e))?.path();
        let Some(name) = path.file_name().and_then(|n| n.to_str()) else { continue };
        if !written.contains(name) && is_part(name) {
            earlier.push((name != INDEX, path));
        }
    }
    earlier.sort();
    earlier.iter().try_for_each(|(_, path)| fs::remove_file(path).map_err(|e| io_error("remove", path, &e)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::load;
    use flambeau_core::Tensor;

    fn model(from: f32) -> StateDict {
        let tensor = |i: usize| Tensor::from_vec(vec![from + i as f32; 10], &[10]).expect("a tensor");
        (0..4).map(|i| (format!("layer.{i}"), tensor(i))).collect()
    }

    /// The first number of each tensor.
    fn firsts(folder: &Path) -> Vec<f32> {
        let tensors = load(folder).and_then(|o| o.tensors()).expect("a whole model");
        tensors.iter().map(|(_, t)| t.to_vec::<f32>().expect("numbers")[0]).collect()
    }

    /// A save is stopped after each of its steps, and what lies in the folder then is the earlier model or the new one; the
    /// next save clears up.
    #[test]
    fn a_stop_at_any_step_leaves_a_whole_model() {
        let folder = std::env::temp_dir().join(format!("flambeau-shards-{}", std::process::id()));
        let all: Vec<f32> = (0..4).map(|i| i as f32).collect();
        // As one file, as two shards and as four: each in place of each.
        for (old, new) in [40usize, 80, 1000].into_iter().flat_map(|a| [40, 80, 1000].map(|b| (a, b))) {
            for stop in 0.. {
                let _ = fs::remove_dir_all(&folder);
                save_sharded(&model(0.0), &Metadata::new(), &folder, old).expect("save");
                let stored: Vec<Stored> =
                    model(100.0).into_iter().map(|(name, t)| Stored::tensor_of(name, t)).collect();
                let how = Conversion::default();
                let files = prepare(&stored, &Metadata::new(), &folder, new, &how, &mut |_, _| {}).expect("written");
                let steps = replace(&folder, files).expect("steps");
                let (count, mut steps) = (steps.len(), steps.into_iter());
                steps.by_ref().take(stop).for_each(|step| step().expect("a step"));
                // What is left of the steps is dropped, as if the program were.
                drop(steps);
                let found = firsts(&folder);
                let whole = found == all || found == all.iter().map(|x| x + 100.0).collect::<Vec<_>>();
                assert!(whole, "{old} to {new}, stopped after {stop} of {count}: {found:?}");
                // What a process that is gone left there; none has a number beyond 2^22.
                fs::write(folder.join(".model-00001-of-00009.safetensors.9999998.3.tmp"), "half").expect("write");
                save_sharded(&model(7.0), &Metadata::new(), &folder, 80).expect("save");
                assert_eq!(firsts(&folder)[0], 7.0);
                let mut names: Vec<_> =
                    fs::read_dir(&folder).expect("a folder").flatten().map(|e| e.file_name()).collect();
                names.sort();
                assert_eq!(names, ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors", INDEX]);
                if stop == count {
                    break;
                }
            }
        }
        let _ = fs::remove_dir_all(&folder);
    }
}

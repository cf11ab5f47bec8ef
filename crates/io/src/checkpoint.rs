//! Checkpoints: everything that a run needs to go on, in a folder that is replaced as a whole.
//!
//! The new folder is written and brought to the disk as `NAME.tmp`; then the old one becomes `NAME.old`, the new one
//! `NAME`, and the old one is removed. Whenever the program is stopped, `NAME` or `NAME.old` is complete.

use crate::StateDict;
use crate::atomic::{io_error, sync_folder, write_atomic};
use crate::safetensors::{Metadata, load_file, save_file};
use flambeau_core::{Result, bail, err};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Component, Path, PathBuf};

const VALUES: &str = "state.json";

/// What is kept of a run: groups of tensors (`model`, `optimizer`, `random`, …), each a safetensors file, and values as text.
#[derive(Clone, Default)]
pub struct Checkpoint {
    /// Tensors by group.
    pub parts: BTreeMap<String, StateDict>,
    /// Everything else: step, position, schedule.
    pub values: BTreeMap<String, String>,
}

fn beside(folder: &Path, suffix: &str) -> PathBuf {
    let mut name = folder.file_name().unwrap_or_default().to_os_string();
    name.push(suffix);
    folder.with_file_name(name)
}

fn remove(folder: &Path) -> Result<()> {
    match fs::remove_dir_all(folder) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(io_error("remove", folder, &e)),
        _ => Ok(()),
    }
}

/// Whether a file of this name lies in the folder itself, and is found there again.
fn is_file_name(name: &str) -> bool {
    let mut parts = Path::new(name).components();
    matches!((parts.next(), parts.next()), (Some(Component::Normal(only)), None) if only == name)
}

impl Checkpoint {
    /// Writes the checkpoint to `folder`, in place of the one that is there.
    pub fn save(&self, folder: &Path) -> Result<()> {
        if let Some(name) = self.parts.keys().find(|name| !is_file_name(name)) {
            bail!(Value, "checkpoint: {name:?} cannot be a group of tensors: it is no name of a file");
        }
        let (temp, old) = (beside(folder, ".tmp"), beside(folder, ".old"));
        remove(&temp)?;
        let written = self.write(&temp);
        if written.is_err() {
            // A failed write must not leave half a checkpoint behind to fill a full disk further.
            let _ = fs::remove_dir_all(&temp);
            return written;
        }
        // After a stop between the two renames below, `old` is the only complete one: it goes only while `folder` is there.
        if folder.exists() {
            remove(&old)?;
            fs::rename(folder, &old).map_err(|e| io_error("write", folder, &e))?;
        }
        fs::rename(&temp, folder).map_err(|e| io_error("write", folder, &e))?;
        sync_folder(folder.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new(".")))?;
        remove(&old)
    }

    fn write(&self, folder: &Path) -> Result<()> {
        fs::create_dir_all(folder).map_err(|e| io_error("write", folder, &e))?;
        for (name, tensors) in &self.parts {
            save_file(tensors, &Metadata::new(), folder.join(format!("{name}.safetensors")))?;
        }
        let text = serde_json::to_string_pretty(&self.values).map_err(|e| err!(Value, "checkpoint: {e}"))?;
        write_atomic(&folder.join(VALUES), |out| out.write_all(text.as_bytes()))
    }

    /// Whether there is a checkpoint at `folder`.
    pub fn exists(folder: &Path) -> bool {
        folder.join(VALUES).is_file() || beside(folder, ".old").join(VALUES).is_file()
    }

    /// Reads the checkpoint of `folder`, or the one before it if the program was stopped while the two changed places.
    pub fn load(folder: &Path) -> Result<Checkpoint> {
        let old = beside(folder, ".old");
        let folder = if folder.join(VALUES).is_file() || !old.join(VALUES).is_file() { folder } else { &old };
        let path = folder.join(VALUES);
        let text = fs::read(&path).map_err(|e| io_error("read", &path, &e))?;
        let values = serde_json::from_slice(&text).map_err(|e| err!(Value, "{} is damaged: {e}", path.display()))?;
        let mut parts = BTreeMap::new();
        for entry in fs::read_dir(folder).map_err(|e| io_error("read", folder, &e))? {
            let path = entry.map_err(|e| io_error("read", folder, &e))?.path();
            if path.extension().is_some_and(|e| e == "safetensors") {
                let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
                parts.insert(name, load_file(&path)?);
            }
        }
        Ok(Checkpoint { parts, values })
    }

    /// A group of tensors.
    pub fn part(&self, name: &str) -> Result<&StateDict> {
        self.parts.get(name).ok_or_else(|| err!(Key, "the checkpoint has no {name}.safetensors"))
    }

    /// A value, read as a type.
    pub fn value<T: std::str::FromStr>(&self, name: &str) -> Result<T> {
        let Some(text) = self.values.get(name) else { bail!(Key, "the checkpoint's {VALUES} has no {name:?}") };
        text.parse().map_err(|_| {
            err!(Value, "the checkpoint's {VALUES} says {text:?} for {name:?}, which cannot be understood")
        })
    }
}

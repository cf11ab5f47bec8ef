//! The zip archives of `torch.save`: entries that are stored as they are. Tensors are views of the file.

use super::rebuild::build;
use super::{How, Storages};
use crate::object::Object;
use crate::pickle;
use crate::zip::Archive;
use flambeau_core::storage::mapped::MappedFile;
use flambeau_core::{Result, bail};

/// Reads an archive.
pub(super) fn load(map: &MappedFile, how: How) -> Result<Object> {
    let archive = Archive::read_map(map)?;
    let mut roots =
        archive.entries().iter().filter_map(|e| e.name.strip_suffix("/data.pkl")).filter(|root| !root.contains('/'));
    let (Some(root), None) = (roots.next(), roots.next()) else {
        bail!(Value, "the archive is not from torch.save: it has no entry NAME/data.pkl, or several");
    };
    if archive.entry(&format!("{root}/byteorder")).is_some() {
        let order = &map.bytes()[archive.stored(&format!("{root}/byteorder"))?];
        if order != b"little" {
            bail!(
                NotImplemented,
                "the file was written in {} byte order; only little is supported",
                String::from_utf8_lossy(order)
            );
        }
    }
    let name = format!("{root}/data.pkl");
    let graph = pickle::read(&map.bytes()[archive.stored(&name)?]).map_err(|e| e.context(&name))?;
    let find = |key: &str| archive.stored(&format!("{root}/data/{key}"));
    build(&graph, Storages::new(map, &find, how)).map_err(|e| e.context(&name))
}

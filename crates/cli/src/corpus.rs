//! The text to train on: the user's, or what the program carries (the project's own prose and sources).

use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};

macro_rules! carried {
    ($($path:literal),* $(,)?) => { &[$(include_str!(concat!("../../../", $path))),*] };
}

/// The project's own prose and a part of its sources.
const CARRIED: &[&str] = carried![
    "README.md",
    "docs/architecture.md",
    "docs/adding-an-op.md",
    "crates/core/src/error.rs",
    "crates/core/src/apply.rs",
    "crates/core/src/registry.rs",
    "crates/core/src/scalar.rs",
    "crates/core/src/random.rs",
    "crates/core/src/storage/mod.rs",
    "crates/core/src/tensor/mod.rs",
    "crates/core/src/tensor/layout.rs",
    "crates/core/src/tensor/node.rs",
    "crates/core/src/tensor/op.rs",
    "crates/core/src/autograd/engine.rs",
    "crates/core/src/autograd/gradcheck.rs",
    "crates/core/src/autograd/checkpoint.rs",
    "crates/core/src/autograd/function.rs",
    "crates/core/src/ops/contract/mod.rs",
    "crates/core/src/ops/contract/einsum.rs",
    "crates/core/src/ops/convert.rs",
    "crates/core/src/ops/nn/loss.rs",
    "crates/core/src/ops/nn/norm.rs",
    "crates/core/src/ops/nn/softmax.rs",
    "crates/core/src/ops/nn/attention.rs",
    "crates/core/src/ops/reduce/mod.rs",
    "crates/core/src/ops/reduce/arg.rs",
    "crates/core/src/ops/reduce/sum.rs",
    "crates/core/src/ops/reduce/norm.rs",
    "crates/core/src/ops/view/mod.rs",
    "crates/core/src/ops/view/shape.rs",
    "crates/core/src/ops/view/strided.rs",
    "crates/core/src/ops/view/window.rs",
    "crates/nn/src/module.rs",
    "crates/nn/src/layers.rs",
    "crates/nn/src/attention.rs",
    "crates/nn/src/transformer.rs",
    "crates/nn/src/init.rs",
    "crates/nn/src/loss.rs",
    "crates/optim/src/adam.rs",
    "crates/optim/src/sgd.rs",
    "crates/optim/src/lr_scheduler.rs",
    "crates/data/src/loader.rs",
    "crates/io/src/checkpoint.rs",
    "crates/models/src/gpt.rs",
    "crates/models/src/generate.rs",
    "crates/kernels/src/pool/mod.rs",
    "crates/kernels/src/pool/team.rs",
    "crates/kernels/src/alloc.rs",
    "crates/kernels/src/dtype.rs",
];

/// The text that the program carries.
pub fn carried() -> String {
    CARRIED.concat()
}

/// The text files of a folder, in the order of their names, with those of the folders inside.
fn files(folder: &Path, found: &mut Vec<PathBuf>) -> Result<()> {
    let entries =
        std::fs::read_dir(folder).with_context(|| format!("cannot read the data folder {}", folder.display()))?;
    let mut paths: Vec<PathBuf> = entries.map(|e| e.map(|e| e.path())).collect::<std::io::Result<_>>()?;
    paths.sort();
    for path in paths {
        if path.is_dir() { files(&path, found)? } else { found.push(path) }
    }
    Ok(())
}

/// The text of a file, or of all files of a folder.
pub fn read(path: &Path) -> Result<String> {
    let mut paths = Vec::new();
    if path.is_dir() {
        files(path, &mut paths)?
    } else {
        paths.push(path.to_path_buf())
    }
    let mut text = String::new();
    for path in &paths {
        let bytes = std::fs::read(path).with_context(|| format!("cannot read the data file {}", path.display()))?;
        match std::str::from_utf8(&bytes) {
            Ok(part) if !part.contains('\0') => text.push_str(part),
            _ => bail!(
                "the data file {} is not text (UTF-8); give a plain text file, or a folder of them",
                path.display()
            ),
        }
    }
    if text.is_empty() {
        bail!("the data {} holds no text; give a text file that is not empty", path.display());
    }
    Ok(text)
}

//! `flambeau verify`: whether a model file is whole.

use crate::output::Output;
use anyhow::Result;
use flambeau::io::ModelFile;
use std::io::Write;
use std::path::PathBuf;

#[derive(clap::Args)]
pub struct Arguments {
    /// A model file of any format, or a folder of shards.
    path: PathBuf,
}

pub fn run(arguments: &Arguments) -> Result<()> {
    let model = ModelFile::open(&arguments.path)?;
    let path = arguments.path.display();
    let (checked, all) = (model.verify()?, model.tensors.len());
    match checked {
        0 => writeln!(
            Output,
            "{path}: sound, {all} tensors; it has no digests (`flambeau convert --digest` stores them)"
        )?,
        n if n == all => writeln!(Output, "{path}: sound, and all {all} tensors are as their digests say")?,
        n => {
            writeln!(Output, "{path}: sound, and {n} of {all} tensors are as their digests say; the others have none")?
        }
    }
    Ok(())
}

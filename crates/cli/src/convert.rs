//! `flambeau convert`: a model from one format to another.

use crate::inspect::human;
use crate::output::Output;
use crate::select::{Filter, Renaming, parse_size};
use anyhow::{Result, bail};
use flambeau::DType;
use flambeau::io::{Conversion, ModelFile};
use indicatif::{ProgressBar, ProgressStyle};
use std::io::Write;
use std::path::PathBuf;

#[derive(clap::Args)]
pub struct Arguments {
    /// A model file of any format, or a folder of shards.
    input: PathBuf,
    /// What to write; the end of its name says the format.
    output: PathBuf,
    /// What tensors of floats become: float32, bfloat16, float16 or float64.
    #[arg(long)]
    dtype: Option<String>,
    /// Only tensors whose names match, * standing for anything.
    #[arg(long, value_name = "GLOB")]
    filter: Option<String>,
    /// Replace what matches a regular expression in the names; may be given several times.
    #[arg(long, value_name = "PATTERN=REPLACEMENT")]
    rename: Vec<String>,
    /// Write a folder of shards of at most this size, as 5GB.
    #[arg(long, value_name = "SIZE")]
    max_shard_size: Option<String>,
    /// Store the SHA-256 of each tensor, for `flambeau verify`.
    #[arg(long)]
    digest: bool,
}

fn dtype(name: &str) -> Result<DType> {
    let long = match name.to_ascii_lowercase().as_str() {
        "f16" | "half" => "float16".to_string(),
        "bf16" => "bfloat16".to_string(),
        "f32" | "float" => "float32".to_string(),
        "f64" | "double" => "float64".to_string(),
        other => other.to_string(),
    };
    match DType::from_name(&long) {
        Some(dtype) if dtype.is_float() => Ok(dtype),
        _ => bail!("--dtype {name}: tensors of floats can become float16, bfloat16, float32 or float64"),
    }
}

pub fn run(arguments: &Arguments) -> Result<()> {
    let filter = Filter::new(arguments.filter.as_deref())?;
    let renamings: Vec<Renaming> = arguments.rename.iter().map(|r| Renaming::new(r)).collect::<Result<_>>()?;
    let how = Conversion {
        dtype: arguments.dtype.as_deref().map(dtype).transpose()?,
        max_shard_size: arguments.max_shard_size.as_deref().map(parse_size).transpose()?,
        digest: arguments.digest,
    };
    let mut model = ModelFile::open(&arguments.input)?;
    if !model.unknown.is_empty() {
        let names: Vec<&str> = model.unknown.iter().map(String::as_str).collect();
        eprintln!("{}: left out: {}", arguments.input.display(), names.join(", "));
    }
    model.tensors.retain(|t| filter.takes(t.name()));
    if model.tensors.is_empty() {
        bail!("{} has no tensor that --filter takes, or none at all", arguments.input.display());
    }
    for stored in &mut model.tensors {
        let name = renamings.iter().fold(stored.name().to_string(), |name, r| r.apply(&name));
        *stored = stored.clone().renamed(name);
    }
    let total: usize = model.tensors.iter().map(|t| t.nbytes()).sum();
    let style = ProgressStyle::with_template("{bar:30} {percent:>3}% {binary_bytes_per_sec} {eta}")?;
    let bar = ProgressBar::new(total as u64 * if how.digest { 2 } else { 1 }).with_style(style);
    flambeau::io::convert(&model, &arguments.output, &how, &mut |bytes| bar.inc(bytes as u64))?;
    bar.finish_and_clear();
    writeln!(Output, "{}: {} tensors, {}", arguments.output.display(), model.tensors.len(), human(total))?;
    Ok(())
}

//! `flambeau inspect`: what a model file holds.

use crate::output::Output;
use crate::select::Filter;
use anyhow::Result;
use flambeau::io::{ModelFile, Stored};
use flambeau::{DType, Tensor};
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap};
use std::io::{BufWriter, Write};
use std::path::PathBuf;

#[derive(clap::Args)]
pub struct Arguments {
    /// A model file of any format, or a folder of shards.
    path: PathBuf,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    /// Only tensors whose names match, * standing for anything.
    #[arg(long, value_name = "GLOB")]
    filter: Option<String>,
    /// Read the tensors, for their least, greatest and mean number and how many are not numbers.
    #[arg(long)]
    stats: bool,
}

/// Elements that are looked at together.
const BLOCK: usize = 1 << 20;

/// What the numbers of a tensor are like; those that are NaN count apart.
#[derive(Clone, Copy)]
struct Stats {
    min: f64,
    max: f64,
    mean: f64,
    nan: usize,
}

/// The numbers of a tensor, a block at a time; of complex ones, their absolute values.
pub fn blocks(tensor: &Tensor) -> Result<impl Iterator<Item = Result<Vec<f64>>>> {
    let flat = tensor.detach().reshape(&[-1])?;
    Ok((0..flat.numel()).step_by(BLOCK).map(move |start| {
        let block = flat.narrow(0, start as i64, BLOCK.min(flat.numel() - start) as i64)?;
        let block = if block.dtype().is_complex() { block.abs()? } else { block };
        Ok(block.to_dtype(DType::F64)?.to_vec::<f64>()?)
    }))
}

fn stats(tensor: &Tensor) -> Result<Stats> {
    let mut stats = Stats { min: f64::INFINITY, max: f64::NEG_INFINITY, mean: 0.0, nan: 0 };
    for block in blocks(tensor)? {
        for x in block? {
            if x.is_nan() {
                stats.nan += 1;
            } else {
                (stats.min, stats.max) = (stats.min.min(x), stats.max.max(x));
                stats.mean += x;
            }
        }
    }
    let count = tensor.numel() - stats.nan;
    if count == 0 {
        (stats.min, stats.max) = (f64::NAN, f64::NAN);
    }
    stats.mean /= count as f64;
    Ok(stats)
}

/// Bytes in a unit that suits them.
pub fn human(bytes: usize) -> String {
    let units = ["B", "kB", "MB", "GB", "TB"];
    let power = (bytes.max(1).ilog10() / 3).min(4);
    if power == 0 {
        format!("{bytes} B")
    } else {
        format!("{:.1} {}", bytes as f64 / 1e3f64.powi(power as i32), units[power as usize])
    }
}

/// Sums of bytes, tensors and elements under a key, in the order of keys.
fn totals<'a>(tensors: &[&'a Stored], key: impl Fn(&'a Stored) -> String) -> BTreeMap<String, (usize, usize, usize)> {
    let mut totals: BTreeMap<String, (usize, usize, usize)> = BTreeMap::new();
    for t in tensors {
        let total = totals.entry(key(t)).or_default();
        *total = (total.0 + 1, total.1 + t.shape().iter().product::<usize>(), total.2 + t.nbytes());
    }
    totals
}

pub fn run(arguments: &Arguments) -> Result<()> {
    let model = ModelFile::open(&arguments.path)?;
    let filter = Filter::new(arguments.filter.as_deref())?;
    let tensors: Vec<&Stored> = model.tensors.iter().filter(|t| filter.takes(t.name())).collect();
    let mut numbers = Vec::new();
    if arguments.stats {
        for stored in &tensors {
            numbers.push(stored.tensor().ok().map(|t| stats(&t)).transpose()?);
            model.release();
        }
    }
    // Tensors that share memory, by the name of the first of them.
    let mut first: HashMap<usize, &str> = HashMap::new();
    let shares: Vec<Option<&str>> = tensors
        .iter()
        .map(|t| {
            let name = *first.entry(t.place()?).or_insert(t.name());
            (name != t.name()).then_some(name)
        })
        .collect();
    let by_dtype = totals(&tensors, |t| t.element().to_string());
    let by_prefix = totals(&tensors, |t| match t.name().rsplit_once('.') {
        Some((path, _)) => path.split('.').take(2).collect::<Vec<_>>().join("."),
        None => String::new(),
    });
    let mut out = BufWriter::new(Output);
    if arguments.json {
        let number = |x: f64| if x.is_finite() { json!(x) } else { json!(x.to_string()) };
        let rows: Vec<Value> = (0..tensors.len())
            .map(|i| {
                let t = tensors[i];
                let mut row = json!({"name": t.name(), "dtype": t.element().to_string(), "shape": t.shape(), "bytes": t.nbytes()});
                if let Some(name) = shares[i] {
                    row["shares"] = json!(name);
                }
                if let Some(Some(s)) = numbers.get(i) {
                    row["stats"] =
                        json!({"min": number(s.min), "max": number(s.max), "mean": number(s.mean), "nan": s.nan});
                }
                row
            })
            .collect();
        let metadata: BTreeMap<_, _> = model.metadata.iter().cloned().collect();
        let sums = |t: &BTreeMap<String, (usize, usize, usize)>| {
            let sum = |(k, v): (&String, &(usize, usize, usize))| {
                (k.clone(), json!({"tensors": v.0, "elements": v.1, "bytes": v.2}))
            };
            Value::Object(t.iter().map(sum).collect())
        };
        writeln!(
            out,
            "{:#}",
            json!({"format": model.format.name(), "tensors": rows, "by_dtype": sums(&by_dtype), "by_prefix": sums(&by_prefix),
                "metadata": metadata, "unknown": model.unknown})
        )?;
    } else {
        print(&mut out, &model, &tensors, &shares, &numbers, [by_dtype, by_prefix])?;
    }
    Ok(out.flush()?)
}

fn print(
    out: &mut impl Write,
    model: &ModelFile,
    tensors: &[&Stored],
    shares: &[Option<&str>],
    numbers: &[Option<Stats>],
    [by_dtype, by_prefix]: [BTreeMap<String, (usize, usize, usize)>; 2],
) -> std::io::Result<()> {
    let width = tensors.iter().map(|t| t.name().chars().count()).max().unwrap_or(0).max(4);
    let shapes: Vec<String> = tensors.iter().map(|t| format!("{:?}", t.shape())).collect();
    let shape_width = shapes.iter().map(String::len).max().unwrap_or(0).max(5);
    write!(out, "{:width$}  {:8} {:shape_width$} {:>12}", "name", "dtype", "shape", "bytes")?;
    writeln!(out, "{}", if numbers.is_empty() { "" } else { "          min          max         mean      NaN" })?;
    for (i, t) in tensors.iter().enumerate() {
        write!(
            out,
            "{:width$}  {:8} {:shape_width$} {:>12}",
            t.name(),
            t.element().to_string(),
            shapes[i],
            t.nbytes()
        )?;
        match numbers.get(i) {
            Some(Some(s)) => write!(out, " {:>12.5e} {:>12.5e} {:>12.5e} {:>8}", s.min, s.max, s.mean, s.nan)?,
            Some(None) => write!(out, "  (nothing can be computed with this dtype)")?,
            None => {}
        }
        match shares[i] {
            Some(name) => writeln!(out, "  shares memory with {name}")?,
            None => writeln!(out)?,
        }
    }
    for (title, totals) in [("by dtype", by_dtype), ("by prefix", by_prefix)] {
        writeln!(out, "\n{title}")?;
        for (key, (count, elements, bytes)) in totals {
            let key = if key.is_empty() { "(none)" } else { &key };
            writeln!(out, "  {key:30} {count:>6} tensors {elements:>14} elements {:>10}", human(bytes))?;
        }
    }
    let (elements, bytes) =
        tensors.iter().fold((0, 0), |(n, b), t| (n + t.shape().iter().product::<usize>(), b + t.nbytes()));
    writeln!(out, "\n{}: {} tensors, {elements} elements, {}", model.format.name(), tensors.len(), human(bytes))?;
    for (key, value) in &model.metadata {
        writeln!(out, "  {key}: {value}")?;
    }
    if !model.unknown.is_empty() {
        let names: Vec<&str> = model.unknown.iter().map(String::as_str).collect();
        writeln!(out, "beside the tensors, the file has what is not known or no dense tensor: {}", names.join(", "))?;
    }
    Ok(())
}

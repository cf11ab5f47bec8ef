//! `flambeau diff`: how two models differ.

use crate::inspect::blocks;
use crate::output::Output;
use anyhow::Result;
use flambeau::io::{ModelFile, Stored};
use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(clap::Args)]
pub struct Arguments {
    /// A model file of any format, or a folder of shards.
    a: PathBuf,
    /// Another.
    b: PathBuf,
    /// Differences up to this do not count.
    #[arg(long, default_value_t = 0.0)]
    atol: f64,
    /// Nor do those up to this times the number in B.
    #[arg(long, default_value_t = 0.0)]
    rtol: f64,
}

/// How two tensors differ; `None` if they do not.
fn difference(a: &Stored, b: &Stored, atol: f64, rtol: f64) -> Result<Option<String>> {
    if a.shape() != b.shape() {
        return Ok(Some(format!("shape {:?} and {:?}", a.shape(), b.shape())));
    }
    let same_dtype = a.element() == b.element();
    if same_dtype && a.with_bytes(|x| b.with_bytes(|y| x == y))?? {
        return Ok(None);
    }
    let dtypes = if same_dtype { String::new() } else { format!("dtype {} and {}, ", a.element(), b.element()) };
    let (Ok(x), Ok(y)) = (a.tensor(), b.tensor()) else { return Ok(Some(format!("{dtypes}other bytes"))) };
    // Complex numbers are compared as pairs.
    let real = |t: flambeau::Tensor| if t.dtype().is_complex() { t.view_as_real() } else { Ok(t) };
    let (x, y) = (real(x.detach())?, real(y.detach())?);
    let (mut largest, mut count) = (0.0f64, 0usize);
    for (left, right) in blocks(&x)?.zip(blocks(&y)?) {
        for (x, y) in left?.into_iter().zip(right?) {
            let same = x == y || x.is_nan() && y.is_nan();
            let gap = (x - y).abs();
            // A NaN on one side alone differs by more than any number.
            if !same && !(gap <= atol + rtol * y.abs()) {
                count += 1;
                largest = largest.max(if gap.is_nan() { f64::INFINITY } else { gap });
            }
        }
    }
    let numbers = format!("{count} of {} elements differ, by up to {largest:e}", x.numel());
    Ok(match (count, same_dtype) {
        (0, true) => None,
        (0, false) => Some(format!("{dtypes}the same numbers")),
        _ => Some(format!("{dtypes}{numbers}")),
    })
}

/// Prints what differs. Exit code 0 if nothing does, else 1.
pub fn run(arguments: &Arguments) -> Result<ExitCode> {
    let (a, b) = (ModelFile::open(&arguments.a)?, ModelFile::open(&arguments.b)?);
    let by_name = |model: &ModelFile| -> BTreeMap<String, Stored> {
        model.tensors.iter().map(|t| (t.name().to_string(), t.clone())).collect()
    };
    let (left, right) = (by_name(&a), by_name(&b));
    let (mut missing, mut extra, mut changed) = (0, 0, 0);
    for (name, t) in &left {
        match right.get(name) {
            None => {
                missing += 1;
                writeln!(Output, "- {name} {} {:?}: only in {}", t.element(), t.shape(), arguments.a.display())?;
            }
            Some(other) => {
                if let Some(how) = difference(t, other, arguments.atol, arguments.rtol)? {
                    changed += 1;
                    writeln!(Output, "~ {name}: {how}")?;
                }
                a.release();
                b.release();
            }
        }
    }
    for (name, t) in right.iter().filter(|(name, _)| !left.contains_key(*name)) {
        extra += 1;
        writeln!(Output, "+ {name} {} {:?}: only in {}", t.element(), t.shape(), arguments.b.display())?;
    }
    let same = left.len() - missing - changed;
    writeln!(Output, "{same} tensors are the same, {changed} differ, {missing} are missing, {extra} are new")?;
    Ok(if missing + extra + changed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

//! What is done with a model file, each timed once in a process of its own: `flambeau-bench --file STEP PATH [OUT]`.

use anyhow::{Result, bail};
use flambeau::Tensor;
use flambeau::io::{Metadata, SafeFile, load_file, save_file};
use std::time::Instant;

/// Reads a byte of every page.
fn touch(tensors: &[(String, Tensor)]) -> Result<usize> {
    let mut sum = 0;
    for (_, t) in tensors {
        sum += t.with_bytes(|bytes| bytes.iter().step_by(4096).map(|b| usize::from(*b)).sum::<usize>())?;
    }
    Ok(sum)
}

/// Bytes that this process has made the disk read.
fn read_bytes() -> Result<u64> {
    let io = std::fs::read_to_string("/proc/self/io")?;
    let line = io.lines().find_map(|l| l.strip_prefix("read_bytes: "));
    Ok(line.map_or(Ok(0), str::parse)?)
}

/// Does a step and prints its seconds; for `slice`, the part of the file's bytes that came from the disk.
pub fn run(step: &str, path: &str, out: Option<&String>) -> Result<()> {
    if step == "slice" {
        let before = read_bytes()?;
        let file = SafeFile::open(path)?;
        let names = file.names();
        let parts = names.len() / 100;
        for name in &names[..parts] {
            std::hint::black_box(touch(&[(name.clone(), file.tensor(name)?)])?);
        }
        let rows = file.shape(&names[parts])?[0];
        let middle = rows / 2..rows / 2 + rows / 100;
        std::hint::black_box(file.slice(&names[parts], std::slice::from_ref(&middle))?.contiguous()?);
        println!("slice {}", (read_bytes()? - before) as f64 / std::fs::metadata(path)?.len() as f64);
        return Ok(());
    }
    let given = if step == "save" { SafeFile::open(path)?.read()? } else { Vec::new() };
    let start = Instant::now();
    match (step, out) {
        ("open", _) => drop(std::hint::black_box(load_file(path)?)),
        ("touch", _) => drop(std::hint::black_box(touch(&load_file(path)?)?)),
        ("read", _) => drop(std::hint::black_box(SafeFile::open(path)?.read()?)),
        ("save", Some(out)) => save_file(&given, &Metadata::new(), out)?,
        _ => bail!("{step}: there are open, touch, read, save (with OUT) and slice"),
    }
    println!("{step} {:.9}", start.elapsed().as_secs_f64());
    Ok(())
}

//! `flambeau info`.

use crate::output::Output;
use anyhow::Result;
use std::io::Write;
use std::path::Path;

/// A line of a file of the form `name : value`.
fn entry(file: &str, name: &str) -> Option<String> {
    let text = std::fs::read_to_string(file).ok()?;
    let line = text.lines().find(|l| l.starts_with(name))?;
    Some(line.split_once(':')?.1.trim().to_string())
}

/// The NVIDIA devices that the driver shows.
fn gpus() -> Vec<String> {
    let Ok(folders) = std::fs::read_dir("/proc/driver/nvidia/gpus") else { return Vec::new() };
    folders.flatten().filter_map(|f| entry(&f.path().join("information").to_string_lossy(), "Model")).collect()
}

/// GPU libraries in the usual folders.
fn libraries() -> Vec<String> {
    const NAMES: [&str; 6] = ["libcuda.so", "libcudart.so", "libcublas.so", "libcudnn.so", "libnccl.so", "libnvrtc.so"];
    const FOLDERS: [&str; 6] = [
        "/usr/lib/x86_64-linux-gnu",
        "/usr/lib64",
        "/usr/lib",
        "/usr/local/cuda/lib64",
        "/usr/local/nvidia/lib64",
        "/usr/lib/wsl/lib",
    ];
    let extra = std::env::var("LD_LIBRARY_PATH").unwrap_or_default();
    let folders = FOLDERS.into_iter().chain(extra.split(':').filter(|f| !f.is_empty()));
    let mut found: Vec<String> = Vec::new();
    for folder in folders {
        let Ok(entries) = std::fs::read_dir(Path::new(folder)) else { continue };
        for name in entries.flatten().map(|e| e.file_name().to_string_lossy().into_owned()) {
            if NAMES.iter().any(|n| name.starts_with(n)) && !found.contains(&name) {
                found.push(name);
            }
        }
    }
    found.sort();
    found
}

/// Prints what the program runs on.
pub fn run() -> Result<()> {
    let or_none = |list: Vec<String>| if list.is_empty() { "none found".to_string() } else { list.join(", ") };
    writeln!(Output, "flambeau     {}", env!("CARGO_PKG_VERSION"))?;
    writeln!(
        Output,
        "processor    {}",
        entry("/proc/cpuinfo", "model name").unwrap_or_else(|| std::env::consts::ARCH.to_string())
    )?;
    writeln!(
        Output,
        "instructions {} in use, {} offered",
        flambeau::isa::isa().name(),
        flambeau::isa::detect().name()
    )?;
    writeln!(Output, "threads      {}", flambeau::get_num_threads())?;
    writeln!(Output, "memory       {}", entry("/proc/meminfo", "MemTotal").unwrap_or_else(|| "unknown".to_string()))?;
    writeln!(
        Output,
        "available    {}",
        entry("/proc/meminfo", "MemAvailable").unwrap_or_else(|| "unknown".to_string())
    )?;
    writeln!(Output, "GPUs         {}", or_none(gpus()))?;
    writeln!(Output, "GPU libraries {}", or_none(libraries()))?;
    Ok(())
}

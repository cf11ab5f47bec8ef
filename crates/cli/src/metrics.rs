//! metrics.jsonl: one line per step.

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

/// One step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Line {
    /// The step, from 1.
    pub step: u64,
    /// The loss of its batch.
    pub train_loss: f64,
    /// The loss of the held-out text, where it was evaluated.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub val_loss: Option<f64>,
    /// Tokens per second.
    pub tokens_per_s: f64,
    /// The learning rate.
    pub lr: f64,
}

/// The file, with what is in it.
pub struct Metrics {
    path: PathBuf,
    file: File,
    /// All lines so far.
    pub lines: Vec<Line>,
}

impl Metrics {
    /// Opens the file of a folder and keeps its lines up to `step`: what a stopped run wrote later is done again.
    pub fn open(folder: &Path, step: u64) -> Result<Metrics> {
        let path = folder.join("metrics.jsonl");
        let old = if step == 0 { String::new() } else { std::fs::read_to_string(&path).unwrap_or_default() };
        let lines: Vec<Line> =
            old.lines().filter_map(|l| serde_json::from_str(l).ok()).filter(|l: &Line| l.step <= step).collect();
        let mut kept = String::new();
        for line in &lines {
            kept.push_str(&serde_json::to_string(line)?);
            kept.push('\n');
        }
        flambeau::io::write_atomic(&path, |out| out.write_all(kept.as_bytes()))?;
        let file =
            OpenOptions::new().append(true).open(&path).with_context(|| format!("cannot write {}", path.display()))?;
        Ok(Metrics { path, file, lines })
    }

    /// One more line.
    pub fn push(&mut self, line: Line) -> Result<()> {
        let mut text = serde_json::to_string(&line)?;
        text.push('\n');
        self.file.write_all(text.as_bytes()).with_context(|| format!("cannot write {}", self.path.display()))?;
        self.lines.push(line);
        Ok(())
    }
}

//! `flambeau scan`.

use crate::output::Output;
use anyhow::Result;
use flambeau::io::{Finding, Verdict};
use serde_json::{Value, json};
use std::io::{BufWriter, Write};
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(clap::Args)]
pub struct Arguments {
    /// Files, and folders with all that is in them.
    #[arg(required = true)]
    paths: Vec<PathBuf>,
    /// All that was found, the harmless too, as JSON.
    #[arg(long)]
    json: bool,
}

fn line(finding: &Finding) -> String {
    let entry = if finding.entry.is_empty() { String::new() } else { format!("{}, ", finding.entry) };
    format!("  {}: {}: {entry}byte {}: {}", finding.verdict, finding.kind, finding.byte, finding.text)
}

fn object(finding: &Finding) -> Value {
    json!({
        "verdict": finding.verdict.name(), "kind": finding.kind, "entry": finding.entry, "byte": finding.byte,
        "text": finding.text,
    })
}

/// Prints what each file holds. The worst is the exit code.
pub fn run(arguments: &Arguments) -> Result<ExitCode> {
    let mut out = BufWriter::new(Output);
    let mut worst = Verdict::Safe;
    let mut files = Vec::new();
    for report in arguments.paths.iter().flat_map(flambeau::io::scan) {
        worst = worst.max(report.verdict);
        if arguments.json {
            files.push(json!({
                "path": report.path.to_string_lossy(), "verdict": report.verdict.name(), "left_out": report.left_out,
                "findings": report.findings.iter().map(object).collect::<Vec<_>>(),
            }));
            continue;
        }
        writeln!(out, "{}: {}", report.verdict, report.path.display())?;
        for finding in report.findings.iter().filter(|f| f.verdict > Verdict::Safe) {
            writeln!(out, "{}", line(finding))?;
        }
        if report.left_out > 0 {
            writeln!(out, "  and {} more", report.left_out)?;
        }
    }
    if arguments.json {
        writeln!(out, "{:#}", json!({ "verdict": worst.name(), "files": files }))?;
    }
    out.flush()?;
    Ok(worst.exit_code().into())
}

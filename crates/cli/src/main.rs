//! The `flambeau` program: trains a GPT on text, writes with it, handles model files, and tells what the machine offers.

mod config;
mod convert;
mod corpus;
mod diff;
mod events;
mod generate;
mod info;
mod inspect;
mod metrics;
mod output;
mod plot;
mod scan;
mod select;
mod tokenizer;
mod train;
mod verify;

use clap::{Parser, Subcommand};
use std::path::PathBuf;
use std::process::ExitCode;

/// PyTorch in Rust.
#[derive(Parser)]
#[command(name = "flambeau", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Train a character-level GPT; without arguments, on the text that the program carries.
    Train(TrainArguments),
    /// Continue a text with a trained model.
    Generate(GenerateArguments),
    /// What a model file holds: safetensors, PyTorch's files, shards.
    Inspect(inspect::Arguments),
    /// A model from one format to another.
    Convert(convert::Arguments),
    /// How two models differ.
    Diff(diff::Arguments),
    /// Whether a model file is whole.
    Verify(verify::Arguments),
    /// What files would run if a program unpickled them; nothing is unpickled. Ends with 0 if all are safe, 1 if some are
    /// suspicious, 2 if some are dangerous, 3 if some could not be read.
    Scan(scan::Arguments),
    /// Version, processor features, threads, memory, GPUs and GPU libraries.
    Info,
}

#[derive(clap::Args)]
struct TrainArguments {
    /// Settings, as train writes them to DIR/config.toml.
    #[arg(long, value_name = "F.toml")]
    config: Option<PathBuf>,
    /// A text file, or a folder of text files.
    #[arg(long, value_name = "FILE|DIR")]
    data: Option<PathBuf>,
    /// Where everything goes [default: runs/gpt].
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Steps of training.
    #[arg(long)]
    steps: Option<u64>,
    /// Seed of weights, order and dropout.
    #[arg(long)]
    seed: Option<u64>,
    /// Threads; the results do not depend on them.
    #[arg(long)]
    threads: Option<usize>,
    /// Go on with the run of this folder.
    #[arg(long, value_name = "DIR", conflicts_with_all = ["out", "config", "seed"])]
    resume: Option<PathBuf>,
}

#[derive(clap::Args)]
struct GenerateArguments {
    /// The folder of a run.
    dir: PathBuf,
    /// What the text begins with.
    #[arg(long)]
    prompt: String,
    /// Characters to write.
    #[arg(long, default_value_t = 400)]
    tokens: usize,
    /// Below 1 bolder, above 1 wilder; 0 takes the likeliest.
    #[arg(long, default_value_t = 0.8, allow_negative_numbers = true)]
    temperature: f64,
    /// Only the K likeliest characters.
    #[arg(long)]
    top_k: Option<usize>,
    /// Only the likeliest that together reach probability P.
    #[arg(long)]
    top_p: Option<f64>,
    /// Seed of the choices [default: another each time].
    #[arg(long)]
    seed: Option<u64>,
}

fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    match arguments.command {
        Command::Train(a) => train::run(&a)?,
        Command::Generate(a) => generate::run(&a)?,
        Command::Inspect(a) => inspect::run(&a)?,
        Command::Convert(a) => convert::run(&a)?,
        Command::Diff(a) => return diff::run(&a),
        Command::Verify(a) => verify::run(&a)?,
        Command::Scan(a) => return scan::run(&a),
        Command::Info => info::run()?,
    }
    Ok(ExitCode::SUCCESS)
}

fn main() -> ExitCode {
    match run(Arguments::parse()) {
        Ok(code) => code,
        Err(e) => {
            eprintln!("error: {e:#}");
            ExitCode::FAILURE
        }
    }
}

//! `flambeau generate`: the model of a run goes on with a text.

use crate::GenerateArguments;
use crate::config::Config;
use crate::output::{Output, unread};
use crate::tokenizer::Tokenizer;
use anyhow::{Context, Result, bail};
use flambeau::models::{Gpt, GptConfig, SampleOptions, generate};
use flambeau::nn::ModuleExt;
use flambeau::random::Generator;
use std::io::Write;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

/// The model's sizes by a run's settings.
pub fn model_config(config: &Config, vocab: usize) -> GptConfig {
    GptConfig {
        vocab,
        context: config.context,
        layers: config.layers,
        heads: config.heads,
        dim: config.dim,
        dropout: config.dropout,
    }
}

/// The model and the vocabulary of a run's folder.
fn load(folder: &Path) -> Result<(Gpt, Tokenizer)> {
    if !folder.is_dir() {
        bail!("{} is not a folder; give the folder of a run that `flambeau train` made", folder.display());
    }
    let tokenizer = Tokenizer::read(folder)?;
    let config = Config::read(&folder.join("config.toml"))?;
    let model = Gpt::new(model_config(&config, tokenizer.len()))?;
    let path = folder.join("model.safetensors");
    let weights = flambeau::io::load_file(&path)?;
    model.load(&weights).with_context(|| format!("{} does not fit config.toml", path.display()))?;
    model.eval();
    Ok((model, tokenizer))
}

/// Writes `prompt` and what the model makes of it, character by character.
pub fn write(
    model: &Gpt,
    tokenizer: &Tokenizer,
    prompt: &str,
    count: usize,
    options: &SampleOptions,
    generator: &Generator,
    out: &mut dyn Write,
) -> Result<()> {
    let tokens = tokenizer.encode(prompt)?;
    let mut written = write!(out, "{prompt}");
    if written.is_ok() {
        generate(model, &tokens, count, options, generator, |token| {
            written = write!(out, "{}", tokenizer.decode(token)).and_then(|()| out.flush());
            Ok(written.is_ok())
        })?;
    }
    Ok(unread(written, ())?)
}

/// The command.
pub fn run(a: &GenerateArguments) -> Result<()> {
    let (model, tokenizer) = load(&a.dir)?;
    if a.prompt.is_empty() {
        bail!("the prompt is empty; give at least one character with --prompt");
    }
    let options = SampleOptions { temperature: a.temperature, top_k: a.top_k, top_p: a.top_p };
    let now = || SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos() as u64;
    let generator = Generator::new(a.seed.unwrap_or_else(now));
    // Not `Output`: nothing more is generated once the reader has left.
    write(&model, &tokenizer, &a.prompt, a.tokens, &options, &generator, &mut std::io::stdout())?;
    Ok(writeln!(Output)?)
}

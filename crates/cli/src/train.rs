//! `flambeau train`: a character-level GPT on text, with everything that a run leaves behind.

use crate::TrainArguments;
use crate::config::Config;
use crate::events::Events;
use crate::generate::{model_config, write};
use crate::metrics::{Line, Metrics};
use crate::output::Output;
use crate::tokenizer::{self, Tokenizer};
use crate::{corpus, plot};
use anyhow::{Context, Result, bail};
use flambeau::data::{Batches, DataLoader, LoaderOptions, LoaderState, Order, TextDataset};
use flambeau::io::{Checkpoint, Metadata, save_file, write_atomic};
use flambeau::models::{Gpt, SampleOptions};
use flambeau::nn::{Forward, ModuleExt, functional as F, utils};
use flambeau::optim::lr_scheduler::{LambdaLR, LrScheduler};
use flambeau::optim::{Adam, AdamOptions, AdamW, Optimizer, OptimizerExt, ParamGroup};
use flambeau::random::{Generator, default_generator};
use flambeau::{Tensor, autograd};
use indicatif::{ProgressBar, ProgressStyle};
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

/// The share of the highest learning rate at a step: a line up, then half a cosine down.
fn lr_factor(config: &Config) -> impl Fn(u64) -> f64 + use<> {
    let (warmup, steps, floor) =
        (config.warmup.min(config.steps / 2), config.steps, config.min_lr / config.lr.max(1e-300));
    move |step| {
        if step < warmup {
            return (step + 1) as f64 / (warmup + 1) as f64;
        }
        let share = (step - warmup) as f64 / (steps.saturating_sub(warmup)).max(1) as f64;
        floor + (1.0 - floor) * (1.0 + (std::f64::consts::PI * share.min(1.0)).cos()) / 2.0
    }
}

/// Text files written by a run.
fn write_text(path: &Path, text: &str) -> Result<()> {
    Ok(write_atomic(path, |out| out.write_all(text.as_bytes()))?)
}

/// The settings, the folder, and whether a run goes on.
fn settings(a: &TrainArguments) -> Result<(Config, PathBuf, bool)> {
    if let Some(folder) = &a.resume {
        if !Checkpoint::exists(&folder.join("checkpoint")) {
            bail!(
                "cannot resume {}: there is no checkpoint in it; give the folder of a run that was stopped",
                folder.display()
            );
        }
        let mut config = Config::read(&folder.join("config.toml"))?;
        if let Some(data) = &a.data {
            config.data = data.display().to_string();
        }
        if let Some(steps) = a.steps.filter(|s| *s != config.steps) {
            bail!(
                "cannot resume {} with --steps {steps}: the run was begun for {} steps, which its learning rates follow from",
                folder.display(),
                config.steps
            );
        }
        return Ok((config, folder.clone(), true));
    }
    let mut config = match &a.config {
        Some(path) => Config::read(path)?,
        None => Config::default(),
    };
    config.steps = a.steps.unwrap_or(config.steps);
    config.seed = a.seed.unwrap_or(config.seed);
    if let Some(data) = &a.data {
        config.data = data.display().to_string();
    }
    config.check("the settings")?;
    let folder = a.out.clone().unwrap_or_else(|| PathBuf::from("runs/gpt"));
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot write to {}", folder.display()))?;
    Ok((config, folder, false))
}

/// The share of the highest learning rate at each step.
type Factor = Box<dyn Fn(u64) -> f64>;

/// A run under way.
struct Run {
    config: Config,
    folder: PathBuf,
    tokenizer: Tokenizer,
    model: Gpt,
    optimizer: Adam,
    scheduler: LrScheduler<LambdaLR<Factor>>,
    loader: DataLoader<TextDataset>,
    val: TextDataset,
    step: u64,
}

impl Run {
    fn new(config: Config, folder: PathBuf, text: &str) -> Result<Run> {
        let tokenizer = Tokenizer::of(text);
        let tokens = tokenizer.encode(text)?;
        let cut = (tokens.len() as f64 * (1.0 - config.holdout)) as usize;
        let (train, val) = tokens.split_at(cut);
        if val.len() <= config.context || train.len() <= config.context + config.batch {
            bail!(
                "the text has {} characters, too few for windows of {} and {} of them in a batch; give more text, or smaller context and batch",
                tokens.len(),
                config.context,
                config.batch
            );
        }
        flambeau::manual_seed(config.seed);
        let model = Gpt::new(model_config(&config, tokenizer.len()))?;
        let (matrices, vectors): (Vec<Tensor>, Vec<Tensor>) = model.parameters().into_iter().partition(|p| p.dim() > 1);
        let options = AdamOptions {
            lr: config.lr,
            betas: (0.9, config.beta2),
            weight_decay: config.weight_decay,
            ..AdamOptions::default()
        };
        let mut optimizer = AdamW::with_groups(vec![
            ParamGroup { params: matrices, options },
            ParamGroup { params: vectors, options: AdamOptions { weight_decay: 0.0, ..options } },
        ])?;
        let factor: Factor = Box::new(lr_factor(&config));
        let scheduler = LrScheduler::new(LambdaLR(factor), &mut optimizer);
        let options =
            LoaderOptions { batch_size: config.batch, shuffle: true, drop_last: true, ..LoaderOptions::default() };
        let loader = DataLoader::new(TextDataset::new(train.to_vec(), config.context)?, options)?;
        let val = TextDataset::new(val.to_vec(), config.context)?;
        Ok(Run { config, folder, tokenizer, model, optimizer, scheduler, loader, val, step: 0 })
    }

    /// Everything that the run needs to go on.
    fn save(&self, batches: &Batches<TextDataset>) -> Result<()> {
        let mut checkpoint = Checkpoint::default();
        checkpoint.parts.insert("model".into(), self.model.state());
        checkpoint.parts.insert("optimizer".into(), self.optimizer.state_dict()?);
        let rng = default_generator().get_state();
        checkpoint.parts.insert("random".into(), vec![("default".into(), Tensor::from_slice(&rng, &[rng.len()])?)]);
        let state = batches.state();
        let order = match &state.order {
            Order::InTurn => "in turn".to_string(),
            Order::Seed(seed) => seed.to_string(),
            Order::State(_) => bail!("the loader's order cannot be saved"),
        };
        let values = [
            ("step", self.step.to_string()),
            ("epoch", state.epoch.to_string()),
            ("batch", state.batch.to_string()),
            ("order", order),
            ("scheduler_epoch", self.scheduler.last_epoch().to_string()),
        ];
        checkpoint.values = values.into_iter().map(|(k, v)| (k.to_string(), v)).collect();
        Ok(checkpoint.save(&self.folder.join("checkpoint"))?)
    }

    /// Goes on from the folder's checkpoint.
    fn restore(&mut self) -> Result<Batches<TextDataset>> {
        let mismatch = || {
            format!("cannot resume {}: its checkpoint does not match its settings or the text", self.folder.display())
        };
        let checkpoint = Checkpoint::load(&self.folder.join("checkpoint"))?;
        if Tokenizer::read(&self.folder)? != self.tokenizer {
            bail!("{}: the text has other characters than the run's vocabulary", mismatch());
        }
        self.model.load(checkpoint.part("model")?).with_context(mismatch)?;
        self.optimizer.load_state_dict(checkpoint.part("optimizer")?).with_context(mismatch)?;
        self.step = checkpoint.value("step")?;
        let base = vec![self.config.lr; 2];
        self.scheduler.load(checkpoint.value("scheduler_epoch")?, base, &mut self.optimizer);
        let order = match checkpoint.value::<String>("order")?.as_str() {
            "in turn" => Order::InTurn,
            _ => Order::Seed(checkpoint.value("order")?),
        };
        let state = LoaderState { epoch: checkpoint.value("epoch")?, batch: checkpoint.value("batch")?, order };
        let batches = self.loader.resume(state).with_context(mismatch)?;
        let random = flambeau::nn::module::entry(checkpoint.part("random")?, "default")?.to_vec::<u8>()?;
        default_generator().set_state(&random).with_context(mismatch)?;
        Ok(batches)
    }

    /// One step of training; its loss.
    fn train(&mut self, batch: &[Tensor]) -> Result<f64> {
        let [x, y] = batch else { bail!("a batch must be inputs and targets") };
        self.optimizer.zero_grad(true)?;
        let loss = F::cross_entropy(&self.model.forward(x)?, &y.reshape(&[-1])?, None, -100, "mean", 0.0)?;
        loss.backward()?;
        utils::clip_grad_norm_(&self.model.parameters(), self.config.clip, 2.0, false)?;
        self.optimizer.step()?;
        self.scheduler.step(&mut self.optimizer);
        self.step += 1;
        let loss = loss.item::<f64>()?;
        if !loss.is_finite() {
            bail!("the loss of step {} is {loss}: training diverged; try a lower lr", self.step);
        }
        Ok(loss)
    }

    /// The mean loss of evenly spread windows of the held-out text. Draws nothing at random.
    fn evaluate(&self) -> Result<f64> {
        use flambeau::data::Dataset;
        let _mode = autograd::no_grad();
        self.model.eval();
        let windows = self.config.eval_batches.max(1) * self.config.batch;
        let (mut total, mut count) = (0.0, 0);
        let step = (self.val.len() / windows).max(1);
        let starts: Vec<usize> = (0..self.val.len()).step_by(step).take(windows).collect();
        for chunk in starts.chunks(self.config.batch) {
            let samples = chunk.iter().map(|i| self.val.get(*i)).collect::<flambeau::Result<Vec<_>>>()?;
            let batch = flambeau::data::default_collate(samples)?;
            let loss =
                F::cross_entropy(&self.model.forward(&batch[0])?, &batch[1].reshape(&[-1])?, None, -100, "mean", 0.0)?;
            total += loss.item::<f64>()? * chunk.len() as f64;
            count += chunk.len();
        }
        self.model.train();
        Ok(total / count.max(1) as f64)
    }
}

/// The command.
pub fn run(a: &TrainArguments) -> Result<()> {
    if let Some(threads) = a.threads {
        if threads == 0 {
            bail!("--threads must be at least 1");
        }
        flambeau::set_num_threads(threads);
    }
    let (config, folder, resume) = settings(a)?;
    let text = if config.data.is_empty() { corpus::carried() } else { corpus::read(Path::new(&config.data))? };
    let mut run = Run::new(config, folder, &text)?;
    let mut batches = if resume {
        run.restore()?
    } else {
        write_text(&run.folder.join("config.toml"), &run.config.to_toml()?)?;
        write_text(&run.folder.join(tokenizer::FILE), &run.tokenizer.to_json()?)?;
        run.loader.iter()?
    };
    write!(Output, "{}", run.config.to_toml()?)?;
    writeln!(
        Output,
        "{} characters, {} different; {} parameters",
        text.chars().count(),
        run.tokenizer.len(),
        run.model.num_parameters()
    )?;
    if resume {
        writeln!(Output, "going on after step {}", run.step)?;
    }
    let mut metrics = Metrics::open(&run.folder, run.step)?;
    let mut events = Events::create(&run.folder)?;

    let stop = Arc::new(AtomicBool::new(false));
    let flag = stop.clone();
    ctrlc::set_handler(move || {
        // The second time, at once.
        if flag.swap(true, Ordering::SeqCst) {
            std::process::exit(130);
        }
    })?;

    let bar = if std::io::stderr().is_terminal() { ProgressBar::new(run.config.steps) } else { ProgressBar::hidden() };
    bar.set_style(ProgressStyle::with_template("{bar:32} {pos}/{len} {msg} ETA {eta}")?);
    bar.set_position(run.step);
    let say = |bar: &ProgressBar, text: String| {
        if bar.is_hidden() {
            return writeln!(Output, "{text}");
        }
        bar.println(text);
        Ok(())
    };
    if !resume {
        say(&bar, format!("step 0: validation loss {:.4}", run.evaluate()?))?;
    }
    let tokens = (run.config.batch * run.config.context) as f64;
    while run.step < run.config.steps {
        let start = Instant::now();
        let lr = run.optimizer.lrs()[0];
        let batch = match batches.next() {
            Some(batch) => batch?,
            None => {
                batches = run.loader.iter()?;
                continue;
            }
        };
        let train_loss = run.train(&batch)?;
        let tokens_per_s = tokens / start.elapsed().as_secs_f64();
        let last = run.step == run.config.steps;
        let val_loss = if run.step % run.config.eval_every == 0 || last { Some(run.evaluate()?) } else { None };
        events.scalar(run.step, "loss/train", train_loss)?;
        if let Some(v) = val_loss {
            events.scalar(run.step, "loss/validation", v)?;
            say(
                &bar,
                format!(
                    "step {}: training loss {train_loss:.4}, validation loss {v:.4}, {tokens_per_s:.0} tokens/s",
                    run.step
                ),
            )?;
        }
        events.scalar(run.step, "lr", lr)?;
        metrics.push(Line { step: run.step, train_loss, val_loss, tokens_per_s, lr })?;
        bar.set_message(format!("loss {train_loss:.3} {tokens_per_s:.0} tokens/s"));
        bar.set_position(run.step);
        let stopped = stop.load(Ordering::SeqCst);
        if run.step % run.config.checkpoint_every == 0 || last || stopped {
            run.save(&batches)?;
        }
        if stopped && !last {
            bar.finish_and_clear();
            writeln!(
                Output,
                "stopped after step {}; go on with: flambeau train --resume {}",
                run.step,
                run.folder.display()
            )?;
            return Ok(());
        }
    }
    bar.finish_and_clear();
    save_file(&run.model.state(), &Metadata::new(), run.folder.join("model.safetensors"))?;
    write_text(&run.folder.join("loss.svg"), &plot::svg(&metrics.lines))?;
    run.model.eval();
    writeln!(Output, "\na sample:\n")?;
    let options = SampleOptions { temperature: 0.8, top_k: None, top_p: Some(0.95) };
    let prompt: String = text.chars().take(1).collect();
    write(
        &run.model,
        &run.tokenizer,
        &prompt,
        run.config.sample,
        &options,
        &Generator::new(run.config.seed),
        &mut Output,
    )?;
    writeln!(Output, "\n\nwritten to {}", run.folder.display())?;
    Ok(())
}

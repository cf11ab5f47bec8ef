//! The settings of a run: defaults, a TOML file over them, flags over that. Unknown keys are refused by name.

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// Everything that a run follows from, but for the text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Config {
    /// Steps of training.
    pub steps: u64,
    /// Seed of weights, order and dropout.
    pub seed: u64,
    /// Blocks of the model.
    pub layers: usize,
    /// Heads of each attention.
    pub heads: usize,
    /// Width of the model.
    pub dim: usize,
    /// Characters that the model sees at once.
    pub context: usize,
    /// Windows of text in a step.
    pub batch: usize,
    /// Dropout in training.
    pub dropout: f64,
    /// The highest learning rate.
    pub lr: f64,
    /// The learning rate at the end.
    pub min_lr: f64,
    /// Steps until the highest learning rate is reached.
    pub warmup: u64,
    /// AdamW's weight decay of matrices.
    pub weight_decay: f64,
    /// The decay of AdamW's mean of squares.
    pub beta2: f64,
    /// The norm that gradients are clipped to.
    pub clip: f64,
    /// Steps between two evaluations.
    pub eval_every: u64,
    /// Batches of an evaluation.
    pub eval_batches: usize,
    /// Steps between two checkpoints.
    pub checkpoint_every: u64,
    /// The share of the text that is held out for evaluation.
    pub holdout: f64,
    /// Characters of the sample at the end.
    pub sample: usize,
    /// Where the text came from: a path, or nothing for the text that the program carries.
    pub data: String,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            steps: 1200,
            seed: 1337,
            layers: 4,
            heads: 4,
            dim: 192,
            context: 128,
            batch: 16,
            dropout: 0.1,
            lr: 2e-3,
            min_lr: 2e-4,
            warmup: 100,
            weight_decay: 0.1,
            beta2: 0.99,
            clip: 1.0,
            eval_every: 200,
            eval_batches: 16,
            checkpoint_every: 200,
            holdout: 0.1,
            sample: 500,
            data: String::new(),
        }
    }
}

/// How many insertions, deletions and replacements turn one word into the other (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut corner = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let replaced = corner + usize::from(x != *y);
            corner = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(corner + 1);
        }
    }
    row[b.len()]
}

impl Config {
    /// The settings in a TOML text; `name` is what messages call it.
    pub fn parse(text: &str, name: &str) -> Result<Config> {
        let table: toml::Table = text.parse().with_context(|| format!("{name} is not valid TOML"))?;
        let known = toml::Table::try_from(Config::default()).context("the default settings")?;
        for key in table.keys() {
            if !known.contains_key(key) {
                let nearest = known.keys().min_by_key(|k| distance(k, key));
                let hint = nearest.map(|k| format!("; did you mean {k:?}?")).unwrap_or_default();
                bail!("{name}: unknown key {key:?}{hint}");
            }
        }
        let config: Config = table.try_into().with_context(|| format!("{name} has a value of a wrong type"))?;
        config.check(name)?;
        Ok(config)
    }

    /// The settings of a file.
    pub fn read(path: &Path) -> Result<Config> {
        let text =
            std::fs::read_to_string(path).with_context(|| format!("cannot read the settings {}", path.display()))?;
        Config::parse(&text, &path.display().to_string())
    }

    /// As TOML.
    pub fn to_toml(&self) -> Result<String> {
        toml::to_string(self).context("cannot write the settings as TOML")
    }

    /// Values that cannot work.
    pub fn check(&self, name: &str) -> Result<()> {
        let sizes = [
            ("layers", self.layers),
            ("heads", self.heads),
            ("dim", self.dim),
            ("context", self.context),
            ("batch", self.batch),
        ];
        for (key, value) in sizes {
            if value == 0 {
                bail!("{name}: {key} must be at least 1");
            }
        }
        if !self.dim.is_multiple_of(self.heads) {
            bail!("{name}: dim ({}) must be divisible by heads ({})", self.dim, self.heads);
        }
        if !(0.0..1.0).contains(&self.dropout) {
            bail!("{name}: dropout must be in [0, 1), not {}", self.dropout);
        }
        if !(self.holdout > 0.0 && self.holdout < 1.0) {
            bail!("{name}: holdout must be between 0 and 1, not {}", self.holdout);
        }
        for (key, value) in
            [("lr", self.lr), ("min_lr", self.min_lr), ("weight_decay", self.weight_decay), ("clip", self.clip)]
        {
            if !(value >= 0.0 && value.is_finite()) {
                bail!("{name}: {key} must be a number that is not negative, not {value}");
            }
        }
        for (key, value) in [("eval_every", self.eval_every), ("checkpoint_every", self.checkpoint_every)] {
            if value == 0 {
                bail!("{name}: {key} must be at least 1");
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_keys_are_named_with_the_nearest_known_one() {
        let e = Config::parse("layres = 2\n", "f.toml").unwrap_err().to_string();
        assert_eq!(e, "f.toml: unknown key \"layres\"; did you mean \"layers\"?");
    }

    #[test]
    fn settings_survive_a_round_trip_and_bad_values_are_refused() {
        let config = Config { steps: 7, ..Config::default() };
        assert_eq!(Config::parse(&config.to_toml().unwrap(), "x").unwrap(), config);
        for (bad, why) in [
            ("heads = 5", "divisible"),
            ("dropout = 1.5", "dropout"),
            ("steps = \"many\"", "type"),
            ("batch = 0", "batch"),
            ("= 3", "TOML"),
        ] {
            let e = format!("{:#}", Config::parse(bad, "x").unwrap_err());
            assert!(e.contains(why), "{bad}: {e}");
        }
    }
}

//! Text from a model: one token after the other, chosen by its probability.

use crate::gpt::{Gpt, KvCache};
use flambeau_core::random::Generator;
use flambeau_core::{DType, Result, Tensor, bail};

/// How a token is chosen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SampleOptions {
    /// Scores are divided by this: below 1 bolder, above 1 wilder; 0 takes the likeliest.
    pub temperature: f64,
    /// Only the k likeliest.
    pub top_k: Option<usize>,
    /// Only the likeliest that together reach this probability (Holtzman et al., 2020).
    pub top_p: Option<f64>,
}

impl Default for SampleOptions {
    fn default() -> SampleOptions {
        SampleOptions { temperature: 1.0, top_k: None, top_p: None }
    }
}

impl SampleOptions {
    /// Refuses values that make no sense.
    pub fn check(&self) -> Result<()> {
        if !(self.temperature >= 0.0 && self.temperature.is_finite()) {
            bail!(Value, "temperature must be 0 or more, not {}", self.temperature);
        }
        if self.top_k == Some(0) {
            bail!(Value, "top_k must be at least 1");
        }
        if self.top_p.is_some_and(|p| !(p > 0.0 && p <= 1.0)) {
            bail!(Value, "top_p must be above 0 and at most 1, not {}", self.top_p.unwrap_or_default());
        }
        Ok(())
    }
}

/// Chooses a token by the scores of all tokens.
pub fn sample(scores: &[f32], options: &SampleOptions, generator: &Generator) -> Result<usize> {
    options.check()?;
    if scores.is_empty() || scores.iter().any(|s| s.is_nan()) {
        bail!(
            Value,
            "sample: the scores are empty or not numbers; the model may not have been trained, or its training diverged"
        );
    }
    let mut order: Vec<usize> = (0..scores.len()).collect();
    // Equal scores keep their order, so that the choice is the same everywhere.
    order.sort_by(|a, b| scores[*b].total_cmp(&scores[*a]));
    if options.temperature == 0.0 {
        return Ok(order[0]);
    }
    order.truncate(options.top_k.unwrap_or(usize::MAX));
    let top = f64::from(scores[order[0]]);
    let mut weights: Vec<f64> =
        order.iter().map(|i| ((f64::from(scores[*i]) - top) / options.temperature).exp()).collect();
    if let Some(p) = options.top_p {
        let limit = p * weights.iter().sum::<f64>();
        let mut reached = 0.0;
        let mut keep = 0;
        while keep < weights.len() && reached < limit {
            reached += weights[keep];
            keep += 1;
        }
        weights.truncate(keep.max(1));
    }
    let uniform = (generator.random64() >> 11) as f64 / (1u64 << 53) as f64;
    let mut left = uniform * weights.iter().sum::<f64>();
    for (i, w) in weights.iter().enumerate() {
        left -= w;
        if left < 0.0 {
            return Ok(order[i]);
        }
    }
    Ok(order[weights.len() - 1])
}

/// Continues `prompt` by `count` tokens and hands each to `each`, which ends the text early by answering false. Once the
/// context is full, the model goes on from the later half of what it has seen.
pub fn generate(
    model: &Gpt,
    prompt: &[i64],
    count: usize,
    options: &SampleOptions,
    generator: &Generator,
    mut each: impl FnMut(i64) -> Result<bool>,
) -> Result<()> {
    options.check()?;
    let context = model.config().context;
    if prompt.is_empty() {
        bail!(Value, "generate: the prompt is empty; give at least one token");
    }
    let mut cache = KvCache::new(model, 1)?;
    let mut seen = prompt.to_vec();
    let mut fresh = seen.len().min(context);
    for _ in 0..count {
        if cache.len() + fresh > context {
            cache.clear();
            fresh = seen.len().min(context.div_ceil(2));
        }
        let tokens = Tensor::from_slice(&seen[seen.len() - fresh..], &[1, fresh])?;
        let scores = model.decode(&tokens, &mut cache)?.to_dtype(DType::F32)?.to_vec::<f32>()?;
        let next = sample(&scores, options, generator)? as i64;
        seen.push(next);
        fresh = 1;
        if !each(next)? {
            return Ok(());
        }
    }
    Ok(())
}

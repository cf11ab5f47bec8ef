//! Checkpointing: a part of the forward keeps only its inputs and is run again in backward, trading time for memory.

use super::function::{Context, Function};
use crate::random::{default_generator_state, set_default_generator_state};
use crate::tensor::Tensor;
use crate::{Result, err};
use std::sync::Arc;

struct Recompute<F> {
    run: Arc<F>,
    inputs: Vec<Tensor>,
    rng: Vec<u8>,
}

impl<F: Fn(&[&Tensor]) -> Result<Vec<Tensor>> + Send + Sync + 'static> Function for Recompute<F> {
    const NAME: &'static str = "checkpoint";

    fn forward(&self, _: &mut Context, inputs: &[&Tensor]) -> Result<Vec<Tensor>> {
        (self.run)(inputs)
    }

    fn backward(&self, _: &Context, grads: &[Option<Tensor>]) -> Result<Vec<Option<Tensor>>> {
        let detached: Vec<Tensor> = self
            .inputs
            .iter()
            .map(|t| {
                let d = t.detach();
                if t.requires_grad() {
                    d.requires_grad_(true)?;
                }
                Ok(d)
            })
            .collect::<Result<_>>()?;
        let refs: Vec<&Tensor> = detached.iter().collect();
        let now = default_generator_state()?;
        set_default_generator_state(&self.rng)?;
        let outputs = {
            let _recorded = super::enable_grad();
            (self.run)(&refs)
        };
        set_default_generator_state(&now)?;
        let outputs = outputs?;
        let (roots, weights): (Vec<&Tensor>, Vec<Option<&Tensor>>) = outputs
            .iter()
            .zip(grads)
            .filter(|(o, g)| o.requires_grad() && g.is_some())
            .map(|(o, g)| (o, g.as_ref()))
            .unzip();
        if roots.is_empty() {
            return Err(err!(
                "checkpoint: none of the recomputed outputs requires grad; the function must be the same each time"
            ));
        }
        super::backward(&roots, &weights, false, false)?;
        Ok(detached.iter().map(Tensor::grad).collect())
    }
}

/// Runs `f(inputs)` without keeping what it makes on the way; backward runs it again, from the same random state. Weights
/// that `f` uses get their gradients as always.
pub fn checkpoint<F>(f: F, inputs: &[&Tensor]) -> Result<Vec<Tensor>>
where
    F: Fn(&[&Tensor]) -> Result<Vec<Tensor>> + Send + Sync + 'static,
{
    let kept = inputs.iter().map(|t| (*t).clone()).collect();
    let op = Recompute { run: Arc::new(f), inputs: kept, rng: default_generator_state()? };
    op.apply(inputs)
}

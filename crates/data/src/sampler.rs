//! The order of the samples: in turn, or shuffled with PyTorch's draws.

use flambeau_core::random::{Generator, default_generator};
use flambeau_core::{Result, bail};

/// What an epoch's order follows from; kept, it gives the same order again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Order {
    /// One sample after the other.
    InTurn,
    /// The permutation of a fresh generator with this seed.
    Seed(u64),
    /// The permutation of the sampler's own generator from this state on.
    State(Vec<u8>),
}

/// Chooses the order of the samples, epoch by epoch.
pub trait Sampler: Send + Sync {
    /// The number of samples in an epoch.
    fn len(&self) -> usize;

    /// No samples at all.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Begins an epoch: draws what its order follows from.
    fn begin(&self) -> Result<Order>;

    /// The indices of an epoch. Draws from a generator only if the order says so.
    fn indices(&self, order: &Order) -> Result<Vec<usize>>;

    /// Called when an epoch has come to its end.
    fn end(&self, _order: &Order) {}
}

/// 0, 1, 2, …
#[derive(Clone, Copy, Debug)]
pub struct SequentialSampler(pub usize);

impl Sampler for SequentialSampler {
    fn len(&self) -> usize {
        self.0
    }
    fn begin(&self) -> Result<Order> {
        Ok(Order::InTurn)
    }
    fn indices(&self, order: &Order) -> Result<Vec<usize>> {
        match order {
            Order::InTurn => Ok((0..self.0).collect()),
            _ => {
                bail!(Value, "the loader's state belongs to a shuffled loader, and this one takes the samples in turn")
            }
        }
    }
}

/// A permutation per epoch. Without a generator of its own it draws a seed from the default one, as PyTorch does.
#[derive(Clone)]
pub struct RandomSampler {
    len: usize,
    generator: Option<Generator>,
}

impl RandomSampler {
    /// Permutations of `0..len`.
    pub fn new(len: usize, generator: Option<Generator>) -> Result<RandomSampler> {
        if len == 0 {
            bail!(Value, "num_samples should be a positive integer value, but got num_samples=0: the dataset is empty");
        }
        Ok(RandomSampler { len, generator })
    }
}

/// An int64 as `torch.empty((), dtype=torch.int64).random_()` draws it.
pub(crate) fn random_i64(generator: &Generator) -> u64 {
    generator.random64() & i64::MAX as u64
}

impl Sampler for RandomSampler {
    fn len(&self) -> usize {
        self.len
    }
    fn begin(&self) -> Result<Order> {
        Ok(match &self.generator {
            None => Order::Seed(random_i64(&default_generator())),
            Some(own) => Order::State(own.get_state()),
        })
    }
    fn indices(&self, order: &Order) -> Result<Vec<usize>> {
        let drawn = match (order, &self.generator) {
            (Order::Seed(seed), _) => Generator::new(*seed).permutation(self.len),
            (Order::State(state), Some(own)) => {
                own.set_state(state)?;
                own.permutation(self.len)
            }
            (Order::State(_), None) => {
                bail!(Value, "the loader's state belongs to a loader with a generator of its own")
            }
            (Order::InTurn, _) => {
                bail!(Value, "the loader's state belongs to a loader that does not shuffle, and this one does")
            }
        };
        Ok(drawn.into_iter().map(|i| i as usize).collect())
    }
    fn end(&self, order: &Order) {
        // PyTorch draws a whole permutation for the (empty) rest of the samples, which the next epoch's order feels.
        if let (Order::State(_), Some(own)) = (order, &self.generator) {
            own.permutation(self.len);
        }
    }
}

/// Runs of `batch_size` samples of another sampler.
pub struct BatchSampler {
    sampler: Box<dyn Sampler>,
    batch_size: usize,
    drop_last: bool,
}

impl BatchSampler {
    /// With `drop_last`, a last batch that is not full is left out.
    pub fn new(sampler: Box<dyn Sampler>, batch_size: usize, drop_last: bool) -> Result<BatchSampler> {
        if batch_size == 0 {
            bail!(Value, "batch_size should be a positive integer value, but got batch_size=0");
        }
        Ok(BatchSampler { sampler, batch_size, drop_last })
    }

    /// The sampler of single samples.
    pub fn sampler(&self) -> &dyn Sampler {
        &*self.sampler
    }

    /// The number of batches in an epoch.
    pub fn len(&self) -> usize {
        if self.drop_last { self.sampler.len() / self.batch_size } else { self.sampler.len().div_ceil(self.batch_size) }
    }

    /// No batches at all.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether batch `batch` has less than `batch_size` samples.
    pub(crate) fn is_short(&self, batch: usize) -> bool {
        (batch + 1) * self.batch_size > self.sampler.len()
    }

    /// The part of an epoch's indices that is batch `batch`.
    pub fn batch<'a>(&self, indices: &'a [usize], batch: usize) -> &'a [usize] {
        let start = (batch * self.batch_size).min(indices.len());
        &indices[start..(start + self.batch_size).min(indices.len())]
    }
}

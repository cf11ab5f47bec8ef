//! The loader: batches in the sampler's order, made by the caller or by threads that work ahead. The order and the
//! contents of the batches do not depend on the number of threads.

use crate::dataset::Dataset;
use crate::sampler::{BatchSampler, Order, RandomSampler, Sampler, SequentialSampler, random_i64};
use flambeau_core::random::{Generator, or_default};
use flambeau_core::{Result, Tensor, autograd, bail, err, ops};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

/// Makes a batch of samples.
type Collate<I, B> = Arc<dyn Fn(Vec<I>) -> Result<B> + Send + Sync>;

/// PyTorch's options.
#[derive(Clone)]
pub struct LoaderOptions {
    /// Samples per batch.
    pub batch_size: usize,
    /// A new order each epoch.
    pub shuffle: bool,
    /// Leave out a last batch that is not full.
    pub drop_last: bool,
    /// Threads that make batches ahead; with 0, the caller makes them.
    pub num_workers: usize,
    /// Batches that each thread has ready at most.
    pub prefetch_factor: usize,
    /// Where the order is drawn from; the default generator gives a seed if none.
    pub generator: Option<Generator>,
}

impl Default for LoaderOptions {
    fn default() -> LoaderOptions {
        LoaderOptions {
            batch_size: 1,
            shuffle: false,
            drop_last: false,
            num_workers: 0,
            prefetch_factor: 2,
            generator: None,
        }
    }
}

/// Where a loader is: which epoch, how many of its batches have been given out, and what its order follows from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoaderState {
    /// Epochs begun before this one.
    pub epoch: u64,
    /// Batches of this epoch given out.
    pub batch: usize,
    /// What the order of this epoch follows from.
    pub order: Order,
}

/// Batches of a dataset, epoch after epoch.
pub struct DataLoader<D: Dataset, B = Vec<Tensor>> {
    dataset: Arc<D>,
    batches: Arc<BatchSampler>,
    options: LoaderOptions,
    collate: Collate<D::Item, B>,
    epoch: u64,
}

/// Each tensor of the samples stacked with its likes: a new first dimension.
pub fn default_collate(samples: Vec<Vec<Tensor>>) -> Result<Vec<Tensor>> {
    let width = samples.first().map_or(0, Vec::len);
    if samples.iter().any(|s| s.len() != width) {
        bail!("each element in list of batch should be of equal size");
    }
    let _unrecorded = autograd::no_grad();
    let column = |i: usize| samples.iter().map(|s| s[i].clone()).collect::<Vec<Tensor>>();
    (0..width).map(|i| ops::stack(&column(i), 0)).collect()
}

impl<D: Dataset<Item = Vec<Tensor>> + 'static> DataLoader<D> {
    /// Batches of tensors, stacked.
    pub fn new(dataset: D, options: LoaderOptions) -> Result<DataLoader<D>> {
        DataLoader::with_collate(dataset, options, default_collate)
    }
}

impl<D: Dataset + 'static, B: Send + 'static> DataLoader<D, B> {
    /// Batches that `collate` makes of the samples.
    pub fn with_collate(
        dataset: D,
        options: LoaderOptions,
        collate: impl Fn(Vec<D::Item>) -> Result<B> + Send + Sync + 'static,
    ) -> Result<DataLoader<D, B>> {
        let sampler: Box<dyn Sampler> = if options.shuffle {
            Box::new(RandomSampler::new(dataset.len(), options.generator.clone())?)
        } else {
            Box::new(SequentialSampler(dataset.len()))
        };
        DataLoader::with_sampler(dataset, sampler, options, collate)
    }

    /// The order of a sampler of one's own; `shuffle` says nothing then.
    pub fn with_sampler(
        dataset: D,
        sampler: Box<dyn Sampler>,
        options: LoaderOptions,
        collate: impl Fn(Vec<D::Item>) -> Result<B> + Send + Sync + 'static,
    ) -> Result<DataLoader<D, B>> {
        if options.num_workers > 0 && options.prefetch_factor == 0 {
            bail!(Value, "prefetch_factor should be at least 1 where num_workers is more than 0");
        }
        let batches = Arc::new(BatchSampler::new(sampler, options.batch_size, options.drop_last)?);
        Ok(DataLoader { dataset: Arc::new(dataset), batches, options, collate: Arc::new(collate), epoch: 0 })
    }

    /// The number of batches in an epoch.
    pub fn len(&self) -> usize {
        self.batches.len()
    }

    /// No batches at all.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The dataset.
    pub fn dataset(&self) -> &D {
        &self.dataset
    }

    /// Begins an epoch. Draws in PyTorch's order: a base seed first, then the sampler's.
    pub fn iter(&mut self) -> Result<Batches<D, B>> {
        random_i64(&or_default(self.options.generator.as_ref()));
        let order = self.batches.sampler().begin()?;
        self.epoch += 1;
        self.start(LoaderState { epoch: self.epoch - 1, batch: 0, order })
    }

    /// Goes on where `Batches::state` was taken. Draws nothing from the default generator.
    pub fn resume(&mut self, state: LoaderState) -> Result<Batches<D, B>> {
        if state.batch > self.len() {
            bail!(
                Value,
                "the loader's state is at batch {}, but an epoch has {}: the data or the batch size changed",
                state.batch,
                self.len()
            );
        }
        self.epoch = state.epoch + 1;
        self.start(state)
    }

    fn start(&self, state: LoaderState) -> Result<Batches<D, B>> {
        let indices = Arc::new(self.batches.sampler().indices(&state.order)?);
        let make = Make {
            dataset: self.dataset.clone(),
            batches: self.batches.clone(),
            collate: self.collate.clone(),
            indices,
        };
        let workers = self.options.num_workers.min(self.len().saturating_sub(state.batch));
        let workers =
            (0..workers).map(|i| Worker::start(make.clone(), state.batch + i, workers, self.options.prefetch_factor));
        let workers = workers.collect::<Result<Vec<_>>>()?;
        Ok(Batches { first: state.batch, make, workers, state, drained: false, ended: false })
    }
}

/// All that a batch is made of.
struct Make<D: Dataset, B> {
    dataset: Arc<D>,
    batches: Arc<BatchSampler>,
    collate: Collate<D::Item, B>,
    indices: Arc<Vec<usize>>,
}

impl<D: Dataset, B> Clone for Make<D, B> {
    fn clone(&self) -> Self {
        Make {
            dataset: self.dataset.clone(),
            batches: self.batches.clone(),
            collate: self.collate.clone(),
            indices: self.indices.clone(),
        }
    }
}

impl<D: Dataset, B> Make<D, B> {
    fn batch(&self, batch: usize) -> Result<B> {
        let samples = self
            .batches
            .batch(&self.indices, batch)
            .iter()
            .map(|i| self.dataset.get(*i).map_err(|e| e.context(format!("DataLoader: batch {batch}, sample {i}"))))
            .collect::<Result<Vec<_>>>()?;
        (self.collate)(samples)
    }
}

/// A thread that makes every n-th batch and waits when enough are ready.
struct Worker<B> {
    ready: Option<Receiver<Result<B>>>,
    thread: Option<JoinHandle<()>>,
}

impl<B: Send + 'static> Worker<B> {
    fn start<D: Dataset + 'static>(make: Make<D, B>, first: usize, step: usize, ahead: usize) -> Result<Worker<B>> {
        let (send, ready): (SyncSender<Result<B>>, _) = sync_channel(ahead);
        let work = move || {
            for batch in (first..make.batches.len()).step_by(step) {
                let made = make.batch(batch);
                let failed = made.is_err();
                if send.send(made).is_err() || failed {
                    return;
                }
            }
        };
        let thread = std::thread::Builder::new().name("flambeau-data".to_string()).spawn(work);
        let thread =
            thread.map_err(|e| err!("DataLoader: a worker thread could not be started: {e}; use fewer workers"))?;
        Ok(Worker { ready: Some(ready), thread: Some(thread) })
    }
}

impl<B> Drop for Worker<B> {
    fn drop(&mut self) {
        // Without a receiver the thread's next send fails, which ends it.
        self.ready = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// The batches of one epoch.
pub struct Batches<D: Dataset, B = Vec<Tensor>> {
    make: Make<D, B>,
    workers: Vec<Worker<B>>,
    state: LoaderState,
    first: usize,
    /// The sampler has been told that its samples are all taken.
    drained: bool,
    ended: bool,
}

impl<D: Dataset, B> Batches<D, B> {
    /// No sample is left to take.
    fn drain(&mut self) {
        if !self.drained {
            self.drained = true;
            self.make.batches.sampler().end(&self.state.order);
        }
    }

    /// Where this epoch is: what `DataLoader::resume` takes.
    pub fn state(&self) -> &LoaderState {
        &self.state
    }
}

impl<D: Dataset, B> Iterator for Batches<D, B> {
    type Item = Result<B>;

    fn next(&mut self) -> Option<Result<B>> {
        let batch = self.state.batch;
        if self.ended {
            return None;
        }
        if batch >= self.make.batches.len() {
            self.ended = true;
            self.drain();
            return None;
        }
        if self.make.batches.is_short(batch) {
            // A batch finds out that it is not full by asking for a sample too many.
            self.drain();
        }
        self.state.batch += 1;
        let made = if self.workers.is_empty() {
            self.make.batch(batch)
        } else {
            let worker = &self.workers[(batch - self.first) % self.workers.len()];
            match worker.ready.as_ref().map(Receiver::recv) {
                Some(Ok(made)) => made,
                _ => Err(err!(
                    "DataLoader: the worker thread that makes batch {batch} panicked; its message is on standard error"
                )),
            }
        };
        self.ended = made.is_err();
        Some(made)
    }
}

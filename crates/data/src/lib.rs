//! Datasets, samplers and the loader: samples by index, their order as PyTorch draws it for a seed, batches made by
//! threads that work ahead, and a position from which a loader can go on after a stop.

mod dataset;
mod loader;
mod sampler;

pub use dataset::{Dataset, Subset, TensorDataset, TextDataset, random_split, random_split_fractions};
pub use loader::{Batches, DataLoader, LoaderOptions, LoaderState, default_collate};
pub use sampler::{BatchSampler, Order, RandomSampler, Sampler, SequentialSampler};

//! Samples by index: tensors, windows of a text, parts of another dataset.

use flambeau_core::random::{Generator, or_default};
use flambeau_core::{DType, Result, Tensor, bail};
use std::sync::Arc;

/// Samples that can be asked for by index, from any thread.
pub trait Dataset: Send + Sync {
    /// A sample.
    type Item: Send + 'static;

    /// The number of samples.
    fn len(&self) -> usize;

    /// Sample `index`, which is below `len`.
    fn get(&self, index: usize) -> Result<Self::Item>;

    /// No samples at all.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl<D: Dataset + ?Sized> Dataset for Arc<D> {
    type Item = D::Item;
    fn len(&self) -> usize {
        (**self).len()
    }
    fn get(&self, index: usize) -> Result<D::Item> {
        (**self).get(index)
    }
}

/// Refuses an index that is not there.
fn check_index(name: &str, index: usize, len: usize) -> Result<()> {
    if index >= len {
        bail!(Index, "{name}: index {index} is out of range; there are {len} samples");
    }
    Ok(())
}

/// Rows of tensors that have the same first size.
#[derive(Clone)]
pub struct TensorDataset {
    tensors: Vec<Tensor>,
}

impl TensorDataset {
    /// Sample i is row i of each tensor.
    pub fn new(tensors: Vec<Tensor>) -> Result<TensorDataset> {
        let Some(first) = tensors.first() else { bail!(Value, "TensorDataset: give at least one tensor") };
        let rows = first.shape().first().copied();
        if rows.is_none() || tensors.iter().any(|t| t.shape().first().copied() != rows) {
            let shapes: Vec<&[usize]> = tensors.iter().map(Tensor::shape).collect();
            bail!(
                Value,
                "TensorDataset: size mismatch between tensors: the first sizes of {shapes:?} must be the same"
            );
        }
        Ok(TensorDataset { tensors })
    }
}

impl Dataset for TensorDataset {
    type Item = Vec<Tensor>;
    fn len(&self) -> usize {
        self.tensors[0].shape()[0]
    }
    fn get(&self, index: usize) -> Result<Vec<Tensor>> {
        check_index("TensorDataset", index, self.len())?;
        self.tensors.iter().map(|t| t.select(0, index as i64)).collect()
    }
}

/// All windows of a sequence of tokens: the input is `block_size` tokens from the index on, the target the same one later.
#[derive(Clone)]
pub struct TextDataset {
    tokens: Tensor,
    block_size: usize,
}

impl TextDataset {
    /// Windows of `block_size` tokens.
    pub fn new(tokens: Vec<i64>, block_size: usize) -> Result<TextDataset> {
        let n = tokens.len();
        if block_size == 0 {
            bail!(Value, "TextDataset: block_size must be at least 1");
        }
        if n <= block_size {
            bail!(
                Value,
                "TextDataset: {n} tokens are too few for windows of {block_size} and the token after; give more text or a smaller block_size"
            );
        }
        Ok(TextDataset { tokens: Tensor::from_vec(tokens, &[n])?, block_size })
    }

    /// The number of tokens of a window.
    pub fn block_size(&self) -> usize {
        self.block_size
    }

    /// All tokens, int64.
    pub fn tokens(&self) -> &Tensor {
        &self.tokens
    }
}

impl Dataset for TextDataset {
    type Item = Vec<Tensor>;
    fn len(&self) -> usize {
        self.tokens.numel() - self.block_size
    }
    fn get(&self, index: usize) -> Result<Vec<Tensor>> {
        check_index("TextDataset", index, self.len())?;
        debug_assert_eq!(self.tokens.dtype(), DType::I64);
        let window = |start: usize| self.tokens.narrow(0, start as i64, self.block_size as i64);
        Ok(vec![window(index)?, window(index + 1)?])
    }
}

/// Some samples of another dataset.
#[derive(Clone)]
pub struct Subset<D> {
    dataset: Arc<D>,
    indices: Vec<usize>,
}

impl<D: Dataset> Subset<D> {
    /// The samples of these indices, in this order.
    pub fn new(dataset: Arc<D>, indices: Vec<usize>) -> Result<Subset<D>> {
        for index in &indices {
            check_index("Subset", *index, dataset.len())?;
        }
        Ok(Subset { dataset, indices })
    }

    /// The indices.
    pub fn indices(&self) -> &[usize] {
        &self.indices
    }
}

impl<D: Dataset> Dataset for Subset<D> {
    type Item = D::Item;
    fn len(&self) -> usize {
        self.indices.len()
    }
    fn get(&self, index: usize) -> Result<D::Item> {
        check_index("Subset", index, self.len())?;
        self.dataset.get(self.indices[index])
    }
}

/// Cuts a dataset into parts of these lengths, samples dealt at random as PyTorch deals them.
pub fn random_split<D: Dataset>(
    dataset: D,
    lengths: &[usize],
    generator: Option<&Generator>,
) -> Result<Vec<Subset<D>>> {
    let total: usize = lengths.iter().sum();
    if total != dataset.len() {
        bail!(
            Value,
            "Sum of input lengths does not equal the length of the input dataset! ({total} and {})",
            dataset.len()
        );
    }
    let order = or_default(generator).permutation(total);
    let dataset = Arc::new(dataset);
    let mut start = 0;
    let cut = |length: &usize| {
        let indices = order[start..start + length].iter().map(|i| *i as usize).collect();
        start += length;
        Subset::new(dataset.clone(), indices)
    };
    lengths.iter().map(cut).collect()
}

/// As `random_split`, the lengths given as fractions of 1; what rounding leaves over goes to the first parts, one each.
pub fn random_split_fractions<D: Dataset>(
    dataset: D,
    fractions: &[f64],
    generator: Option<&Generator>,
) -> Result<Vec<Subset<D>>> {
    let total: f64 = fractions.iter().sum();
    if fractions.iter().any(|f| !(0.0..=1.0).contains(f)) || (total - 1.0).abs() > 1e-9 {
        bail!(Value, "random_split: fractions must lie between 0 and 1 and sum to 1, not {fractions:?}");
    }
    let n = dataset.len();
    let mut lengths: Vec<usize> = fractions.iter().map(|f| (n as f64 * f).floor() as usize).collect();
    let left = n.saturating_sub(lengths.iter().sum());
    let parts = lengths.len();
    for i in 0..left {
        lengths[i % parts] += 1;
    }
    random_split(dataset, &lengths, generator)
}

//! GPT-2 (Radford et al., 2019): embeddings, blocks of attention and a multilayer perceptron, each after a layer norm, and a
//! head that shares the token embedding's weight.

use flambeau_core::{DType, Result, Tensor, autograd, bail, ops};
use flambeau_nn::{
    Dropout, Embedding, Forward, GELU, LayerNorm, Linear, Module, ModuleExt, Sequential, StateDict, init,
};

/// The sizes of a GPT.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GptConfig {
    /// Different tokens.
    pub vocab: usize,
    /// The most tokens that are seen at once.
    pub context: usize,
    /// Blocks.
    pub layers: usize,
    /// Heads of each attention.
    pub heads: usize,
    /// The width of the residual stream.
    pub dim: usize,
    /// Dropout of embeddings, attention weights and what each block adds, in training.
    pub dropout: f64,
}

/// Causal self-attention.
#[derive(Module)]
pub struct Attention {
    /// Queries, keys and values, one beside the other: dim to 3·dim.
    pub qkv: Linear,
    /// dim to dim.
    pub out: Linear,
    heads: usize,
    dropout: Dropout,
}

impl Attention {
    fn new(config: &GptConfig) -> Result<Attention> {
        let GptConfig { dim, heads, dropout, .. } = *config;
        Ok(Attention {
            qkv: Linear::new(dim, 3 * dim, true)?,
            out: Linear::new(dim, dim, true)?,
            heads,
            dropout: Dropout::new(dropout)?,
        })
    }

    /// Queries, keys and values [B, heads, T, dim / heads].
    fn project(&self, x: &Tensor) -> Result<[Tensor; 3]> {
        let (b, t, d) = (x.shape()[0] as i64, x.shape()[1] as i64, x.shape()[2] as i64);
        let heads = self.heads as i64;
        let parts = self.qkv.forward(x)?.split(d, 2)?;
        let [q, k, v] = parts.as_slice() else { bail!("attention: the projection did not split in three") };
        let split = |p: &Tensor| p.view(&[b, t, heads, d / heads])?.transpose(1, 2);
        Ok([split(q)?, split(k)?, split(v)?])
    }

    fn join(&self, y: &Tensor, x: &Tensor) -> Result<Tensor> {
        let shape: Vec<i64> = x.shape().iter().map(|n| *n as i64).collect();
        self.out.forward(&y.transpose(1, 2)?.reshape(&shape)?)
    }
}

impl Forward for Attention {
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let [q, k, v] = self.project(x)?;
        let y = ops::scaled_dot_product_attention(&q, &k, &v, None, self.dropout.current(), true, None, false)?;
        self.join(&y, x)
    }
}

/// Attention and multilayer perceptron, each added to the stream.
#[derive(Module)]
pub struct GptBlock {
    /// Before the attention.
    pub ln1: LayerNorm,
    /// The attention.
    pub attn: Attention,
    /// Before the perceptron.
    pub ln2: LayerNorm,
    /// dim to 4·dim to dim, with the tanh form of GELU between.
    pub mlp: Sequential,
    dropout: Dropout,
}

impl GptBlock {
    fn new(config: &GptConfig) -> Result<GptBlock> {
        let dim = config.dim;
        let (ln1, attn, ln2) = (LayerNorm::new(dim)?, Attention::new(config)?, LayerNorm::new(dim)?);
        let mlp = Sequential::new()
            .with(Linear::new(dim, 4 * dim, true)?)
            .with(GELU { approximate: "tanh" })
            .with(Linear::new(4 * dim, dim, true)?);
        Ok(GptBlock { ln1, attn, ln2, mlp, dropout: Dropout::new(config.dropout)? })
    }

    fn perceptron(&self, x: &Tensor) -> Result<Tensor> {
        x.add(&self.dropout.forward(&self.mlp.forward(&self.ln2.forward(x)?)?)?)
    }
}

impl Forward for GptBlock {
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let x = x.add(&self.dropout.forward(&self.attn.forward(&self.ln1.forward(x)?)?)?)?;
        self.perceptron(&x)
    }
}

/// The model.
#[derive(Module)]
pub struct Gpt {
    /// Token embedding.
    pub wte: Embedding,
    /// Position embedding.
    pub wpe: Embedding,
    /// The blocks.
    pub blocks: Vec<GptBlock>,
    /// After the last block.
    pub ln_f: LayerNorm,
    /// Scores of the tokens; its weight is that of `wte`.
    pub head: Linear,
    dropout: Dropout,
    config: GptConfig,
}

impl Gpt {
    /// Fresh weights from the default generator: the layers' own first, then all matrices normal(0, 0.02), drawn in the order
    /// of the parameters.
    pub fn new(config: GptConfig) -> Result<Gpt> {
        let GptConfig { vocab, context, layers, heads, dim, dropout } = config;
        if [vocab, context, layers, heads, dim].contains(&0) {
            bail!(Value, "Gpt: vocab, context, layers, heads and dim must be at least 1: {config:?}");
        }
        if dim % heads != 0 {
            bail!(Value, "Gpt: dim ({dim}) must be divisible by heads ({heads})");
        }
        let (wte, wpe) = (Embedding::new(vocab, dim, None)?, Embedding::new(context, dim, None)?);
        let blocks = (0..layers).map(|_| GptBlock::new(&config)).collect::<Result<Vec<_>>>()?;
        let ln_f = LayerNorm::new(dim)?;
        let mut head = Linear::new(dim, vocab, false)?;
        head.weight = wte.weight.clone();
        let gpt = Gpt { wte, wpe, blocks, ln_f, head, dropout: Dropout::new(dropout)?, config };
        for p in gpt.parameters().iter().filter(|p| p.dim() > 1) {
            init::normal_(p, 0.0, 0.02)?;
        }
        Ok(gpt)
    }

    /// The sizes.
    pub fn config(&self) -> &GptConfig {
        &self.config
    }

    /// What is saved: all parameters, the shared one once (as `wte.weight`).
    pub fn state(&self) -> StateDict {
        self.named_parameters().into_iter().map(|(name, p)| (name, p.detach())).collect()
    }

    /// Copies values into the parameters. `head.weight` may be missing: it is `wte.weight`.
    pub fn load(&self, state: &[(String, Tensor)]) -> Result<()> {
        let mut state = state.to_vec();
        if let (false, Some((_, wte))) =
            (state.iter().any(|(n, _)| n == "head.weight"), state.iter().find(|(n, _)| n == "wte.weight"))
        {
            state.push(("head.weight".to_string(), wte.clone()));
        }
        self.load_state_dict(&state, true).map(|_| ())
    }

    fn embed(&self, tokens: &Tensor, start: usize) -> Result<Tensor> {
        if tokens.dim() != 2 {
            bail!("Gpt: tokens must be [batch, time], not {:?}", tokens.shape());
        }
        let t = tokens.shape()[1];
        if start + t > self.config.context {
            bail!("Gpt: {} tokens are more than the context of {}", start + t, self.config.context);
        }
        let positions = ops::arange(start as i64, (start + t) as i64, 1i64, Some(DType::I64))?;
        self.wte.forward(tokens)?.add(&self.wpe.forward(&positions)?)
    }

    /// The scores [batch, vocab] of the token after the last of `tokens` [batch, time], which follow those that the cache
    /// has seen. Keys and values are written into the cache's memory: a step allocates nothing that grows.
    pub fn decode(&self, tokens: &Tensor, cache: &mut KvCache) -> Result<Tensor> {
        let _mode = autograd::no_grad();
        let (start, t) = (cache.len, tokens.shape().get(1).copied().unwrap_or(0));
        let mut x = self.embed(tokens, start)?;
        for (block, (keys, values)) in self.blocks.iter().zip(&cache.layers) {
            let [q, k, v] = block.attn.project(&block.ln1.forward(&x)?)?;
            keys.narrow(2, start as i64, t as i64)?.copy_(&k)?;
            values.narrow(2, start as i64, t as i64)?.copy_(&v)?;
            let seen = (start + t) as i64;
            let (k, v) = (keys.narrow(2, 0, seen)?, values.narrow(2, 0, seen)?);
            let mask = if t > 1 && start > 0 {
                Some(ops::ones(&[t, start + t], DType::Bool)?.tril(start as i64)?)
            } else {
                None
            };
            let y =
                ops::scaled_dot_product_attention(&q, &k, &v, mask.as_ref(), 0.0, t > 1 && start == 0, None, false)?;
            x = x.add(&block.attn.join(&y, &x)?)?;
            x = x.add(&block.mlp.forward(&block.ln2.forward(&x)?)?)?;
        }
        cache.len += t;
        self.head.forward(&self.ln_f.forward(&x.select(1, -1)?)?)
    }
}

impl Forward for Gpt {
    /// Tokens [batch, time] to scores [batch·time, vocab].
    fn forward(&self, tokens: &Tensor) -> Result<Tensor> {
        let mut x = self.dropout.forward(&self.embed(tokens, 0)?)?;
        for block in &self.blocks {
            x = block.forward(&x)?;
        }
        self.head.forward(&self.ln_f.forward(&x)?)?.flatten(0, 1)
    }
}

/// The keys and values of the tokens seen so far, in memory for a whole context.
pub struct KvCache {
    layers: Vec<(Tensor, Tensor)>,
    len: usize,
}

impl KvCache {
    /// Room for `batch` sequences of the model's context.
    pub fn new(model: &Gpt, batch: usize) -> Result<KvCache> {
        let GptConfig { context, layers, heads, dim, .. } = model.config;
        let shape = [batch, heads, context, dim / heads];
        let dtype = model.wte.weight.dtype();
        let layers = (0..layers)
            .map(|_| Ok((ops::zeros(&shape, dtype)?, ops::zeros(&shape, dtype)?)))
            .collect::<Result<Vec<_>>>()?;
        Ok(KvCache { layers, len: 0 })
    }

    /// Tokens seen.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Nothing seen yet.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Forgets everything; the memory stays.
    pub fn clear(&mut self) {
        self.len = 0;
    }
}

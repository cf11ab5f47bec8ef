//! The rows, written as a user would write them. Shapes, hyper-parameters and the order of work are those of
//! `torch_rows.py`.

use flambeau::models::{Gpt, GptConfig, KvCache};
use flambeau::nn::{self, Forward, ModuleExt, Sequential};
use flambeau::optim::{Adam, AdamW, Optimizer, OptimizerExt};
use flambeau::{DType, Result, Tensor, autograd, ops};

/// A step to time.
pub type Step = Box<dyn FnMut() -> anyhow::Result<()>>;

/// A row: how its step is made, and the work that bounds it (floating-point operations, bytes of memory traffic).
pub struct Row {
    /// Its name in the table.
    pub name: &'static str,
    /// Makes the step.
    pub make: fn() -> anyhow::Result<Step>,
    /// Floating-point operations of matrix products in a step.
    pub flops: f64,
    /// Bytes that a step must move to and from memory at least.
    pub bytes: f64,
}

const M16: f64 = 16777216.0;

macro_rules! rows {
    ($($name:ident: $flops:expr, $bytes:expr;)*) => {
        /// All rows that are built.
        pub const ROWS: &[Row] = &[$(Row { name: stringify!($name), make: $name, flops: $flops, bytes: $bytes }),*];
    };
}

rows! {
    mlp_train: 6.0 * 128.0 * (784.0 * 512.0 + 512.0 * 512.0 + 512.0 * 10.0), 28.0 * 669706.0;
    mlp_tiny_train: 6.0 * 32.0 * (4.0 * 64.0 + 64.0 * 64.0 + 64.0 * 2.0), 0.0;
    gpt_char_train: 6.0 * 2048.0 * 10.64e6 + 6.0 * 2.0 * 2.0 * 3.0 * 8.0 * 256.0 * 256.0 * 384.0 / 2.0, 0.0;
    gpt2_124m_train: 6.0 * 256.0 * 123.6e6, 0.0;
    bert_minilm_infer_b8: 2.0 * 1024.0 * 10.6e6 + 4.0 * 6.0 * 8.0 * 128.0 * 128.0 * 384.0, 0.0;
    gpt2_decode_64tok: 0.0, 64.0 * 4.0 * 123.6e6;
    adamw_124m_step: 0.0, 28.0 * 124.4e6;
    op_add_1elem: 0.0, 0.0;
    op_chain_grad_100: 0.0, 0.0;
    ew_mul_add_16m: 0.0, 4.0 * 4.0 * M16;
    ew_gelu_16m: 0.0, 2.0 * 4.0 * M16;
    ew_exp_16m: 0.0, 2.0 * 4.0 * M16;
    sum_16m: 0.0, 4.0 * M16;
    sum_dim0_4k: 0.0, 4.0 * M16;
    softmax_4k: 0.0, 2.0 * 4.0 * M16;
    layer_norm_4k_1k: 0.0, 2.0 * 4.0 * M16;
    transpose_contig_4k: 0.0, 2.0 * 4.0 * M16;
    cat_16m: 0.0, 2.0 * 4.0 * M16;
    sort_1m: 0.0, 16.0 * 1048576.0;
    topk_50_of_50257: 0.0, 4.0 * 64.0 * 50257.0;
    cumsum_4k: 0.0, 2.0 * 4.0 * M16;
    index_select_rows: 0.0, 2.0 * 4.0 * 8192.0 * 768.0;
    scatter_add: 0.0, 4.0 * 64.0 * (2.0 * 50257.0 + 65536.0);
    randn_16m: 0.0, 4.0 * M16;
    sdpa_causal_512: 4.0 * 24.0 * 512.0 * 512.0 * 64.0 / 2.0, 0.0;
    sdpa_causal_512_bwd: 14.0 * 24.0 * 512.0 * 512.0 * 64.0 / 2.0, 0.0;
    ce_1024_50257_fwdbwd: 0.0, 3.0 * 4.0 * 1024.0 * 50257.0;
}

fn randn(shape: &[usize]) -> Result<Tensor> {
    ops::randn(shape, None)
}

/// A step that runs `f` on fixed inputs.
fn run(mut f: impl FnMut() -> Result<()> + 'static) -> anyhow::Result<Step> {
    Ok(Box::new(move || Ok(f()?)))
}

/// One step of training: gradients cleared, cross entropy, backward, optimizer.
fn training(
    forward: impl Fn(&Tensor) -> Result<Tensor> + 'static,
    mut optimizer: impl Optimizer + 'static,
    x: Tensor,
    y: Tensor,
) -> anyhow::Result<Step> {
    run(move || {
        optimizer.zero_grad(true)?;
        nn::functional::cross_entropy(&forward(&x)?, &y, None, -100, "mean", 0.0)?.backward()?;
        optimizer.step()
    })
}

fn classes(n: i64, shape: &[usize]) -> Result<Tensor> {
    ops::randint(0, n, shape, None)
}

fn mlp_train() -> anyhow::Result<Step> {
    let m = Sequential::new()
        .with(nn::Linear::new(784, 512, true)?)
        .with(nn::ReLU::default())
        .with(nn::Linear::new(512, 512, true)?)
        .with(nn::ReLU::default())
        .with(nn::Linear::new(512, 10, true)?);
    let optimizer = Adam::new(m.parameters(), 1e-3)?;
    training(move |x| m.forward(x), optimizer, randn(&[128, 784])?, classes(10, &[128])?)
}

fn mlp_tiny_train() -> anyhow::Result<Step> {
    let m = Sequential::new()
        .with(nn::Linear::new(4, 64, true)?)
        .with(nn::Tanh::default())
        .with(nn::Linear::new(64, 64, true)?)
        .with(nn::Tanh::default())
        .with(nn::Linear::new(64, 2, true)?);
    let optimizer = Adam::new(m.parameters(), 1e-3)?;
    training(move |x| m.forward(x), optimizer, randn(&[32, 4])?, classes(2, &[32])?)
}

fn gpt(vocab: usize, context: usize, layers: usize, heads: usize, dim: usize) -> Result<Gpt> {
    Gpt::new(GptConfig { vocab, context, layers, heads, dim, dropout: 0.0 })
}

fn gpt_training(
    vocab: usize,
    context: usize,
    layers: usize,
    heads: usize,
    dim: usize,
    batch: usize,
) -> anyhow::Result<Step> {
    let m = gpt(vocab, context, layers, heads, dim)?;
    let (x, y) = (classes(vocab as i64, &[batch, context])?, classes(vocab as i64, &[batch * context])?);
    let optimizer = AdamW::new(m.parameters(), 1e-3)?;
    training(move |x| m.forward(x), optimizer, x, y)
}

fn gpt_char_train() -> anyhow::Result<Step> {
    gpt_training(65, 256, 6, 6, 384, 8)
}

fn gpt2_124m_train() -> anyhow::Result<Step> {
    gpt_training(50257, 256, 12, 12, 768, 1)
}

fn bert_minilm_infer_b8() -> anyhow::Result<Step> {
    let options = nn::transformer::EncoderOptions {
        dim_feedforward: 1536,
        activation: nn::transformer::Activation::Gelu,
        batch_first: true,
        ..Default::default()
    };
    let layer = nn::TransformerEncoderLayer::new(384, 12, options)?;
    let m = nn::TransformerEncoder::new(&layer, 6, None)?;
    m.eval();
    let x = randn(&[8, 128, 384])?;
    run(move || {
        let _mode = autograd::inference_mode();
        m.forward(&x).map(|_| ())
    })
}

fn gpt2_decode_64tok() -> anyhow::Result<Step> {
    let m = gpt(50257, 1024, 12, 12, 768)?;
    m.eval();
    run(move || {
        let _mode = autograd::inference_mode();
        let mut cache = KvCache::new(&m, 1)?;
        let mut token = ops::zeros(&[1, 1], DType::I64)?;
        for _ in 0..64 {
            token = m.decode(&token, &mut cache)?.argmax(Some(-1), true)?;
        }
        Ok(())
    })
}

fn adamw_124m_step() -> anyhow::Result<Step> {
    let m = gpt(50257, 1024, 12, 12, 768)?;
    let mut optimizer = AdamW::new(m.parameters(), 1e-3)?;
    for p in m.parameters() {
        p.set_grad(Some(randn(p.shape())?))?;
    }
    run(move || optimizer.step())
}

fn op_add_1elem() -> anyhow::Result<Step> {
    let (a, b) = (randn(&[1])?, randn(&[1])?);
    run(move || {
        for _ in 0..1000 {
            std::hint::black_box(a.add(&b)?);
        }
        Ok(())
    })
}

fn op_chain_grad_100() -> anyhow::Result<Step> {
    let x = randn(&[8])?;
    x.requires_grad_(true)?;
    run(move || {
        x.set_grad(None)?;
        let mut y = x.clone();
        for _ in 0..50 {
            y = y.mul(1.01)?.add(0.1)?;
        }
        y.sum((), false, None)?.backward()
    })
}

/// A step of one function of one random tensor.
fn on(shape: &[usize], f: impl Fn(&Tensor) -> Result<Tensor> + 'static) -> anyhow::Result<Step> {
    let x = randn(shape)?;
    run(move || f(&x).map(|_| ()))
}

const N: usize = 1 << 24;

fn ew_mul_add_16m() -> anyhow::Result<Step> {
    let (a, b, c) = (randn(&[N])?, randn(&[N])?, randn(&[N])?);
    run(move || {
        let _ = &a * &b + &c;
        Ok(())
    })
}

fn ew_gelu_16m() -> anyhow::Result<Step> {
    on(&[N], |x| nn::functional::gelu(x, "none"))
}

fn ew_exp_16m() -> anyhow::Result<Step> {
    on(&[N], |x| x.exp())
}

fn sum_16m() -> anyhow::Result<Step> {
    on(&[N], |x| x.sum((), false, None))
}

fn sum_dim0_4k() -> anyhow::Result<Step> {
    on(&[4096, 4096], |x| x.sum(0, false, None))
}

fn softmax_4k() -> anyhow::Result<Step> {
    on(&[4096, 4096], |x| x.softmax(-1, None))
}

fn layer_norm_4k_1k() -> anyhow::Result<Step> {
    let (weight, bias) = (ops::ones(&[1024], DType::F32)?, ops::zeros(&[1024], DType::F32)?);
    on(&[16384, 1024], move |x| nn::functional::layer_norm(x, &[1024], Some(&weight), Some(&bias), 1e-5))
}

fn transpose_contig_4k() -> anyhow::Result<Step> {
    on(&[4096, 4096], |x| x.t()?.contiguous())
}

fn cat_16m() -> anyhow::Result<Step> {
    on(&[N / 2], |x| ops::cat(&[x, x], 0))
}

fn sort_1m() -> anyhow::Result<Step> {
    on(&[1 << 20], |x| x.sort(-1, false, false).map(|s| s.0))
}

fn topk_50_of_50257() -> anyhow::Result<Step> {
    on(&[64, 50257], |x| x.topk(50, -1, true, true).map(|s| s.0))
}

fn cumsum_4k() -> anyhow::Result<Step> {
    on(&[4096, 4096], |x| x.cumsum(-1, None))
}

fn index_select_rows() -> anyhow::Result<Step> {
    let index = classes(50257, &[8192])?;
    on(&[50257, 768], move |x| x.index(&[(&index).into()]))
}

fn scatter_add() -> anyhow::Result<Step> {
    let (index, source) = (classes(50257, &[65536])?, randn(&[65536, 64])?);
    on(&[50257, 64], move |x| x.index_add(0, &index, &source, 1))
}

fn randn_16m() -> anyhow::Result<Step> {
    run(|| randn(&[N]).map(|_| ()))
}

fn qkv(requires_grad: bool) -> Result<Vec<Tensor>> {
    (0..3)
        .map(|_| {
            let t = randn(&[2, 12, 512, 64])?;
            t.requires_grad_(requires_grad)?;
            Ok(t)
        })
        .collect()
}

fn attend(qkv: &[Tensor]) -> Result<Tensor> {
    nn::functional::scaled_dot_product_attention(&qkv[0], &qkv[1], &qkv[2], None, 0.0, true, None, false)
}

fn sdpa_causal_512() -> anyhow::Result<Step> {
    let qkv = qkv(false)?;
    run(move || attend(&qkv).map(|_| ()))
}

fn sdpa_causal_512_bwd() -> anyhow::Result<Step> {
    let qkv = qkv(true)?;
    run(move || {
        qkv.iter().try_for_each(|t| t.set_grad(None))?;
        attend(&qkv)?.sum((), false, None)?.backward()
    })
}

fn ce_1024_50257_fwdbwd() -> anyhow::Result<Step> {
    let (x, target) = (randn(&[1024, 50257])?, classes(50257, &[1024])?);
    x.requires_grad_(true)?;
    run(move || {
        x.set_grad(None)?;
        nn::functional::cross_entropy(&x, &target, None, -100, "mean", 0.0)?.backward()
    })
}

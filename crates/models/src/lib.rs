//! Model architectures: plain code on tensors and modules.

mod generate;
pub mod gpt;

pub use generate::{SampleOptions, generate, sample};
pub use gpt::{Gpt, GptConfig, KvCache};

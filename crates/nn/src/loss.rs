//! Losses as modules.

use crate::functional as F;
use crate::module::{Buffer, Module};
use flambeau_core::{Result, Tensor};

/// Cross entropy of logits against class indices or probabilities.
#[derive(Clone, Debug, Module)]
pub struct CrossEntropyLoss {
    /// A weight per class.
    pub weight: Option<Buffer>,
    /// A target that counts for nothing.
    pub ignore_index: i64,
    /// `mean`, `sum` or `none`.
    pub reduction: &'static str,
    /// The share of the target spread over all classes.
    pub label_smoothing: f64,
}

impl Default for CrossEntropyLoss {
    fn default() -> CrossEntropyLoss {
        CrossEntropyLoss { weight: None, ignore_index: -100, reduction: "mean", label_smoothing: 0.0 }
    }
}

impl CrossEntropyLoss {
    /// The loss.
    pub fn forward(&self, input: &Tensor, target: &Tensor) -> Result<Tensor> {
        let weight = self.weight.as_deref();
        F::cross_entropy(input, target, weight, self.ignore_index, self.reduction, self.label_smoothing)
    }
}

/// Negative log-likelihood of log-probabilities.
#[derive(Clone, Debug, Module)]
pub struct NLLLoss {
    /// A weight per class.
    pub weight: Option<Buffer>,
    /// A target that counts for nothing.
    pub ignore_index: i64,
    /// `mean`, `sum` or `none`.
    pub reduction: &'static str,
}

impl Default for NLLLoss {
    fn default() -> NLLLoss {
        NLLLoss { weight: None, ignore_index: -100, reduction: "mean" }
    }
}

impl NLLLoss {
    /// The loss.
    pub fn forward(&self, input: &Tensor, target: &Tensor) -> Result<Tensor> {
        F::nll_loss(input, target, self.weight.as_deref(), self.ignore_index, self.reduction)
    }
}

macro_rules! losses {
    ($($(#[doc = $doc:literal])* $name:ident { $($field:ident : $ty:ty = $default:expr, $field_doc:literal),* } |$self:ident, $x:ident, $y:ident| $body:expr;)*) => {$(
        $(#[doc = $doc])*
        #[derive(Clone, Debug, Module)]
        pub struct $name {
            #[doc = "`mean`, `sum` or `none`."]
            pub reduction: &'static str,
            $(#[doc = $field_doc] pub $field: $ty),*
        }
        impl Default for $name {
            fn default() -> $name { $name { reduction: "mean", $($field: $default),* } }
        }
        impl $name {
            /// The loss.
            pub fn forward(&$self, $x: &Tensor, $y: &Tensor) -> Result<Tensor> { $body }
        }
    )*};
}

losses! {
    /// (input − target)².
    MSELoss {} |self, x, y| F::mse_loss(x, y, self.reduction);
    /// |input − target|.
    L1Loss {} |self, x, y| F::l1_loss(x, y, self.reduction);
    /// Half a square below `beta`, a line beyond.
    SmoothL1Loss { beta: f64 = 1.0, "Where the line begins." } |self, x, y| F::smooth_l1_loss(x, y, self.reduction, self.beta);
    /// Half a square below `delta`, a line of that slope beyond.
    HuberLoss { delta: f64 = 1.0, "Where the line begins." } |self, x, y| F::huber_loss(x, y, self.reduction, self.delta);
    /// Cross entropy of probabilities of two classes.
    BCELoss { weight: Option<Buffer> = None, "A weight per element." } |self, x, y| F::binary_cross_entropy(x, y, self.weight.as_deref(), self.reduction);
    /// Cross entropy of logits of two classes.
    BCEWithLogitsLoss { weight: Option<Buffer> = None, "A weight per element.", pos_weight: Option<Buffer> = None, "A weight of positive targets." } |self, x, y| F::binary_cross_entropy_with_logits(x, y, self.weight.as_deref(), self.reduction, self.pos_weight.as_deref());
    /// Kullback-Leibler divergence of log-probabilities.
    KLDivLoss { log_target: bool = false, "Whether the target holds logarithms." } |self, x, y| F::kl_div(x, y, self.reduction, self.log_target);
}

//! What PyTorch calls the nodes of a history: mostly the op's name, with exceptions where PyTorch has one op in several
//! variants, or where an op is named for what its kernel does.

use super::{Node, Op};

impl Node<dyn Op> {
    /// PyTorch's name of the node, such as `MulBackward0`.
    pub fn name(&self) -> String {
        if self.is_leaf() {
            return "AccumulateGrad".into();
        }
        let (op, variant) = self.variant();
        // A function of the user's has a name of its own.
        if op.ends_with("Backward") {
            return op.into();
        }
        if op == "copy" {
            return "CopyBackwards".into();
        }
        format!("{}Backward{variant}", title(op))
    }

    /// PyTorch's op, and which of its variants. What tells variants apart there may be gone here (whether all dimensions
    /// were asked for or named one by one, say); then it is the most common one that could have made these outputs.
    fn variant(&self) -> (&'static str, u8) {
        let name = self.op.name();
        let rank = self.outputs.first().map_or(0, |o| o.shape.len());
        let tensors = self.inputs.len();
        match name.strip_suffix("_body").unwrap_or(name) {
            "_to_copy" => (if self.keeps_dtype() { "clone" } else { name }, 0),
            "reshape" => ("view", 0),
            "narrow" => ("slice", 0),
            "movedim" => ("permute", 0),
            "sum" | "mean" | "prod" => (name, u8::from(rank > 0)),
            "amax" if rank == 0 => ("max", 1),
            "amin" if rank == 0 => ("min", 1),
            "norm" => ("linalg_vector_norm", 0),
            "matmul" if rank <= 3 => (if rank == 3 { "bmm" } else { "mm" }, 0),
            "matmul" => ("unsafe_view", 0),
            "linear" if rank == 2 => (if tensors > 2 { "addmm" } else { "mm" }, 0),
            "linear" => ("unsafe_view", 0),
            "layer_norm" => ("native_layer_norm", 0),
            "cross_entropy" => ("nll_loss", 0),
            "scaled_dot_product_attention" => ("scaled_dot_product_flash_attention_for_cpu", 0),
            "true_divide" => ("div", 0),
            "div_floor" | "div_trunc" => ("div", 2),
            "square" | "cube" => ("pow", 0),
            "pow_general" => ("pow", u8::from(tensors > 1)),
            "add_scaled" => ("add", 0),
            op @ ("remainder" | "fmod") => (op, u8::from(tensors > 1)),
            "lerp" => ("lerp", u8::from(tensors > 2)),
            "masked_fill" => (name, u8::from(tensors > 2)),
            "clamp_floats" => ("clamp", 1),
            "clamp_any" => ("clamp", 0),
            "clamp_low" => ("clamp_min", 1),
            "clamp_high" => ("clamp_max", 1),
            "round_whole" => ("round", 0),
            "round_scaled" => ("round", 1),
            "nan_to_num_floats" => ("nan_to_num", 0),
            "mantissa_of" => ("frexp", 0),
            "gelu_erf" | "gelu_tanh" => ("gelu", 0),
            "gated" => ("glu", 0),
            "leaky" => ("leaky_relu", 0),
            "logsigmoid" => ("log_sigmoid", 0),
            "prelu" => ("prelu_kernel", 0),
            "entr" => ("special_entr", 0),
            "erfcx" => ("special_erfcx", 0),
            "i0e" => ("special_i0e", 0),
            "i1" => ("special_i1", 0),
            "i1e" => ("special_i1e", 0),
            "log_ndtr" => ("special_log_ndtr", 0),
            "ndtri" => ("special_ndtri", 0),
            "xlog1py" => ("special_xlog1py", 0),
            "zeta" => ("special_zeta", 0),
            op => (op, 0),
        }
    }

    /// The first output has the dtype of the first input.
    fn keeps_dtype(&self) -> bool {
        let Some(Some(from)) = self.inputs.first() else { return false };
        let input = from.node.outputs.get(from.output as usize).map(|o| o.dtype);
        input == self.outputs.first().map(|o| o.dtype)
    }
}

/// `log1p` as `Log1P` and `index_add` as `IndexAdd`: a capital at the start of each run of letters.
fn title(op: &str) -> String {
    let mut start = true;
    let mut out = String::with_capacity(op.len());
    for c in op.chars() {
        out.extend((c != '_').then_some(if start { c.to_ascii_uppercase() } else { c }));
        start = !c.is_alphabetic();
    }
    out
}

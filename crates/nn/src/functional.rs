//! Functions of neural networks (`torch.nn.functional`): those of the op set, under their usual roof.

pub use flambeau_core::ops::{
    binary_cross_entropy, binary_cross_entropy_with_logits, celu, cross_entropy, dropout, einsum, elu, embedding, gelu,
    glu, hardshrink, hardsigmoid, hardswish, hardtanh, huber_loss, kl_div, l1_loss, layer_norm, leaky_relu, linear,
    log_softmax, logsigmoid, mish, mse_loss, nll_loss, relu, relu6, rms_norm, scaled_dot_product_attention, selu, silu,
    smooth_l1_loss, softmax, softmin, softplus, softshrink, softsign, tanhshrink, threshold,
};

//! Layers, losses, attention and what a module is, against PyTorch's by the goldens of `conformance/nn_goldens.py`.

#[path = "nn/attention.rs"]
mod attention;
#[path = "nn/common.rs"]
mod common;
#[path = "nn/init.rs"]
mod init;
#[path = "nn/layers.rs"]
mod layers;
#[path = "nn/losses.rs"]
mod losses;
#[path = "nn/module.rs"]
mod module;

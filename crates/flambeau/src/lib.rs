//! PyTorch in Rust.

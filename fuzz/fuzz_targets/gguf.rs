//! The reader of GGUF, and what makes numbers of its blocks.

#![no_main]

#[path = "../bodies.rs"]
mod bodies;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| bodies::Scratch::default().run("gguf", bytes));

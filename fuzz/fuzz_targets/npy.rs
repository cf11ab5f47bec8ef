//! NumPy's arrays.

#![no_main]

#[path = "../bodies.rs"]
mod bodies;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| bodies::Scratch::default().run("npy", bytes));

//! Numbers on slices: thread pool, caching allocator, vector math, GEMM, attention, reductions, sorting and PyTorch's
//! random stream. Nothing here knows what a tensor is; `flambeau-core` gives these kernels shapes, dtypes and gradients.
//!
//! Every kernel picks its instruction set at run time ([`isa`]) and splits its work by sizes alone ([`pool`]), so the
//! same input gives the same bits for every number of threads.

pub mod alloc;
pub mod attention;
pub mod batch_norm;
pub mod calls;
pub mod complex;
pub mod conv;
pub mod copy;
pub mod ctc;
pub mod distance;
pub mod dropout;
pub mod dtype;
pub mod fft;
pub mod gemm;
pub mod index;
pub mod isa;
pub mod lane;
pub mod linalg;
pub mod loss;
pub mod map;
pub mod math;
pub mod norm;
pub mod optim;
pub mod pool;
mod prefetch;
pub mod reduce;
pub mod resample;
pub mod rng;
pub mod rnn;
pub mod rowmath;
pub mod scalar;
pub mod scan;
pub mod softmax;
pub mod sort;
pub mod window;

/// What `pool/team.rs` shares between threads; `conformance/interleavings` puts loom's in their place.
mod sync {
    pub(crate) use std::sync::{Condvar, Mutex, atomic};
    pub(crate) use std::{hint, thread};
}

//! Random numbers: PyTorch's distributions, drawn from PyTorch's stream. In place they are written in memory order, as
//! PyTorch writes them.

mod events;
mod fill;
mod sample;

pub use events::*;
pub use sample::*;

pub(crate) use fill::{Draw, draw_fresh, draw_over};

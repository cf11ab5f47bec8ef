//! The optimizers and schedules against PyTorch's, by the goldens of `conformance/optim_goldens.py`.

#[path = "optim/common.rs"]
mod common;
#[path = "optim/schedules.rs"]
mod schedules;
#[path = "optim/trajectories.rs"]
mod trajectories;

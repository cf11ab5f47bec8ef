//! Reads a file of `torch.save` and writes it again: `copy_torch FROM TO`, for `conformance/torch_round_trip.py`.

use flambeau_io::{Unknown, load_torch, save_torch};

fn main() -> flambeau_core::Result<()> {
    let paths: Vec<_> = std::env::args_os().skip(1).collect();
    let [from, to] = &paths[..] else { flambeau_core::bail!(Value, "usage: copy_torch FROM TO") };
    save_torch(&load_torch(from, Unknown::Refuse)?, to)
}

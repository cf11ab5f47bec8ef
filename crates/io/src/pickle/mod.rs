//! Pickles, read without running anything. The machine understands every opcode of protocols 0 to 5, but its objects are
//! inert: a global is a pair of names, a call is a note of what would be called. What a file may mean beyond that is
//! decided by who reads the graph.

mod graph;
mod machine;
mod write;

pub(crate) use graph::{Call, Graph, Id, Node};
pub(crate) use machine::{Observed, observe, read};
pub(crate) use write::Pickle;

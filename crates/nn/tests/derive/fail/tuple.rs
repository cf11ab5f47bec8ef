use flambeau_nn::{Linear, Module};

#[derive(Module)]
struct Pair(Linear, Linear);

#[derive(Module)]
struct Unit;

fn main() {}

use flambeau_nn::{Linear, Module};

#[derive(Module)]
struct Unknown {
    #[module(skipped)]
    linear: Linear,
}

#[derive(Module)]
struct Valued {
    #[module(skip = true)]
    linear: Linear,
}

#[derive(Module)]
struct Bare {
    #[module]
    linear: Linear,
}

fn main() {}

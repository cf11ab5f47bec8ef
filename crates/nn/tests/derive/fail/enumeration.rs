use flambeau_nn::{Linear, Module};

#[derive(Module)]
enum Either {
    One(Linear),
    Other,
}

fn main() {}

use flambeau_nn::Module;

#[derive(Module)]
union Both {
    one: u32,
    other: f32,
}

fn main() {}

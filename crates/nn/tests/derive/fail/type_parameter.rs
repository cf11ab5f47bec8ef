use flambeau_nn::{Linear, Module};

#[derive(Module)]
struct Scaled<T> {
    factor: T,
    linear: Linear,
}

fn main() {
    let scaled = Scaled { factor: 2.0f64, linear: Linear::new(1, 1, true).unwrap() };
    let _: &dyn Module = &scaled;
}

//! Type parameters, with and without bounds of their own: what is in them is never lost.

use flambeau_nn::{Forward, Linear, Module, ModuleExt, Parameter};
use std::marker::PhantomData;

#[derive(Module)]
struct Residual<M> {
    inner: M,
}

#[derive(Module)]
struct Bounded<A: Forward, B>
where
    B: Forward + Clone,
{
    a: A,
    b: Option<Vec<B>>,
}

#[derive(Module)]
struct Marked<T, const N: usize> {
    weights: [Parameter; N],
    marker: PhantomData<T>,
    #[module(skip)]
    note: Option<T>,
}

#[derive(Module)]
struct Borrowed<'a> {
    name: &'a str,
    linear: Linear,
}

fn linear() -> Linear {
    Linear::new(1, 1, false).unwrap()
}

fn keys(m: &dyn Module) -> Vec<String> {
    m.state_dict().into_iter().map(|(k, _)| k).collect()
}

fn main() {
    assert_eq!(keys(&Residual { inner: Residual { inner: linear() } }), ["inner.inner.weight"]);
    assert_eq!(keys(&Residual { inner: vec![linear(), linear()] }), ["inner.0.weight", "inner.1.weight"]);
    let bounded = Bounded { a: linear(), b: Some(vec![linear()]) };
    assert_eq!(keys(&bounded), ["a.weight", "b.0.weight"]);
    let one = || Parameter::new(flambeau_core::ops::ones(&[1], flambeau_core::DType::F32).unwrap()).unwrap();
    let marked = Marked::<u8, 2> { weights: [one(), one()], marker: PhantomData, note: Some(1) };
    assert_eq!(keys(&marked), ["weights.0", "weights.1"]);
    assert_eq!((marked.note, marked.marker), (Some(1), PhantomData));
    let borrowed = Borrowed { name: "b", linear: linear() };
    assert_eq!((keys(&borrowed), borrowed.name), (vec!["linear.weight".to_string()], "b"));
}

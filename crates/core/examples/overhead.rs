use flambeau_core::*;
use std::time::Instant;
fn main() {
    let a = Tensor::from_vec(vec![1f32], &[1]).unwrap();
    let b = Tensor::from_vec(vec![2f32], &[1]).unwrap();
    let x = Tensor::from_vec(vec![1f32; 8], &[8]).unwrap();
    x.requires_grad_(true).unwrap();
    let g = Tensor::from_vec(vec![1f32; 8], &[8]).unwrap();
    for _ in 0..5 {
        let t = Instant::now();
        for _ in 0..100000 { std::hint::black_box(a.add(&b).unwrap()); }
        let add = t.elapsed().as_secs_f64() / 1e5 * 1e9;
        let t = Instant::now();
        for _ in 0..100000 { std::hint::black_box(a.add(2.0).unwrap()); }
        let adds = t.elapsed().as_secs_f64() / 1e5 * 1e9;
        let (mut f, mut bw) = (0.0, 0.0);
        for _ in 0..2000 {
            let t = Instant::now();
            x.set_grad(None).unwrap();
            let mut y = x.clone();
            for _ in 0..50 { y = y.mul(1.01).unwrap().add(0.1).unwrap(); }
            f += t.elapsed().as_secs_f64();
            let t = Instant::now();
            y.backward_with(Some(&g), false, false).unwrap();
            drop(y);
            bw += t.elapsed().as_secs_f64();
        }
        println!("add {add:.1} ns, add scalar {adds:.1} ns, chain fwd {:.2} us bwd {:.2} us", f / 2000. * 1e6, bw / 2000. * 1e6);
    }
    println!("{:?}", x.grad().unwrap().to_vec::<f32>());
}

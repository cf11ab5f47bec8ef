//! Attention against a direct evaluation in f64, on every instruction set that the processor has.

use super::*;
use crate::isa::detect;

fn isas() -> Vec<Isa> {
    [Isa::Portable, Isa::Avx2, Isa::Avx512].into_iter().filter(|i| *i <= detect()).collect()
}

fn numbers(len: usize, seed: u64) -> Vec<f64> {
    let mut x = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    (0..len)
        .map(|_| {
            x ^= x << 13;
            x ^= x >> 7;
            x ^= x << 17;
            (x >> 40) as f64 / (1u64 << 23) as f64 - 1.0
        })
        .collect()
}

/// A tensor laid out `[batch, rows, heads, numbers]` or, if not, with its numbers two apart.
#[derive(Clone)]
struct Tensor {
    data: Vec<f64>,
    strides: [isize; 4],
    shape: [usize; 4],
}

impl Tensor {
    fn new(shape: [usize; 4], spread: bool, seed: u64) -> Self {
        let [_, h, r, n] = shape.map(|x| x as isize);
        let strides = if spread { [2 * h * r * n, 2 * r * n, 2 * n, 2] } else { [r * h * n, n, h * n, 1] };
        Tensor { data: numbers(2 * shape.iter().product::<usize>() + 1, seed), strides, shape }
    }

    fn place(&self, i: [usize; 4]) -> usize {
        i.iter().zip(self.strides).map(|(&i, s)| i * s as usize).sum()
    }

    fn at(&self, i: [usize; 4]) -> f64 {
        self.data[self.place(i)]
    }
}

/// An element type of the tests.
trait Real64: Element {
    const DTYPE: DType;
    /// How far results may be from the true ones.
    const NEAR: f64;
    fn of(x: f64) -> Self;
    fn to(self) -> f64;
}
macro_rules! real64 {
    ($t:ident, $d:ident, $near:literal, $of:expr, $to:expr) => {
        impl Real64 for $t {
            const DTYPE: DType = DType::$d;
            const NEAR: f64 = $near;
            fn of(x: f64) -> Self {
                $of(x)
            }
            fn to(self) -> f64 {
                $to(self)
            }
        }
    };
}
real64!(f32, F32, 2e-5, |x| x as f32, |x: f32| x as f64);
real64!(f64, F64, 1e-13, |x| x, |x| x);
real64!(bf16, BF16, 0.08, bf16::from_f64, bf16::to_f64);
real64!(f16, F16, 0.01, f16::from_f64, f16::to_f64);

#[derive(Clone)]
struct Case {
    /// batch, heads, kv_heads, t, s, d, dv
    size: [usize; 7],
    causal: bool,
    /// 0: none, 1: keep, 2: add, one mask for all heads and batches
    mask: u8,
    dropout: bool,
    spread: bool,
}

/// Results: out, lse, dq, dk, dv, dmask.
type Results = [Vec<f64>; 6];

fn inputs(c: &Case) -> (Tensor, Tensor, Tensor, Tensor, Tensor, Vec<u8>) {
    let [b, h, hk, t, s, d, dv] = c.size;
    let mut mask = Tensor::new([1, 1, t, s], true, 5);
    if c.mask == 1 {
        for x in &mut mask.data {
            *x = if *x > -0.3 { 1.0 } else { 0.0 };
        }
    }
    if c.mask > 0 && t > 2 {
        // A query that sees nothing.
        for j in 0..s {
            let place = mask.place([0, 0, 2, j]);
            mask.data[place] = if c.mask == 1 { 0.0 } else { f64::NEG_INFINITY };
        }
    }
    let bits = numbers(b * h * t * s / 8 + 1, 9).into_iter().map(|x| (x * 1e6) as i64 as u8).collect();
    (
        Tensor::new([b, h, t, d], c.spread, 1),
        Tensor::new([b, hk, s, d], c.spread, 2),
        Tensor::new([b, hk, s, dv], false, 3),
        Tensor::new([b, h, t, dv], c.spread, 4),
        mask,
        bits,
    )
}

fn reference(c: &Case) -> Results {
    let [b, h, hk, t, s, d, dv] = c.size;
    let (q, k, v, g, mask, bits) = inputs(c);
    let (mut out, mut lse) = (vec![0.0; b * h * t * dv], vec![0.0; b * h * t]);
    let (mut dq, mut dk, mut dval) = (vec![0.0; b * h * t * d], vec![0.0; b * hk * s * d], vec![0.0; b * hk * s * dv]);
    let mut dmask = vec![0.0; b * h * t * s];
    for (b, h, i) in (0..b).flat_map(|b| (0..h).flat_map(move |h| (0..t).map(move |i| (b, h, i)))) {
        let (heads, kv) = (c.size[1], h / (c.size[1] / hk));
        let row = (b * heads + h) * t + i;
        let mut scores = vec![f64::NEG_INFINITY; s];
        for (j, x) in scores.iter_mut().enumerate() {
            let dot: f64 = (0..d).map(|e| q.at([b, h, i, e]) * k.at([b, kv, j, e])).sum();
            let m = mask.at([0, 0, i, j]);
            if !(c.causal && j > i || c.mask == 1 && m == 0.0) {
                *x = 0.7 * dot + if c.mask == 2 { m } else { 0.0 };
            }
        }
        let top = scores.iter().fold(f64::MIN, |a, &b| a.max(b));
        let sum: f64 = scores.iter().map(|x| (x - top).exp()).sum();
        lse[row] = if sum == 0.0 { f64::NEG_INFINITY } else { top + sum.ln() };
        let p: Vec<f64> = scores.iter().map(|x| if sum == 0.0 { 0.0 } else { (x - top).exp() / sum }).collect();
        let keep = |j: usize| {
            let bit = row * s + j;
            if !c.dropout {
                1.0
            } else if bits[bit / 8] >> (bit % 8) & 1 == 1 {
                1.25
            } else {
                0.0
            }
        };
        let mut dp = vec![0.0; s];
        for j in 0..s {
            for e in 0..dv {
                out[row * dv + e] += p[j] * keep(j) * v.at([b, kv, j, e]);
                dp[j] += keep(j) * g.at([b, h, i, e]) * v.at([b, kv, j, e]);
                dval[((b * hk + kv) * s + j) * dv + e] += p[j] * keep(j) * g.at([b, h, i, e]);
            }
        }
        let delta: f64 = (0..s).map(|j| p[j] * dp[j]).sum();
        for j in 0..s {
            let ds = p[j] * (dp[j] - delta);
            dmask[row * s + j] = ds;
            for e in 0..d {
                dq[row * d + e] += 0.7 * ds * k.at([b, kv, j, e]);
                dk[((b * hk + kv) * s + j) * d + e] += 0.7 * ds * q.at([b, h, i, e]);
            }
        }
    }
    [out, lse, dq, dk, dval, dmask]
}

fn ours<T: Real64>(isa: Isa, c: &Case) -> Results
where
    T::Compute: Real64,
{
    let [batch, heads, kv_heads, t, s, d, dv] = c.size;
    let (q, k, v, g, mask, bits) = inputs(c);
    let cast = |x: &Tensor| x.data.iter().map(|x| T::of(*x)).collect::<Vec<T>>();
    let (qd, kd, vd, gd, md) = (cast(&q), cast(&k), cast(&v), cast(&g), cast(&mask));
    let keep: Vec<u8> = mask.data.iter().map(|x| *x as u8).collect();
    let input = |x: &Tensor, p: &Vec<T>| Input { ptr: p.as_ptr().cast(), strides: x.strides };
    let att = Attention {
        batch,
        heads,
        kv_heads,
        t,
        s,
        d,
        dv,
        dtype: T::DTYPE,
        scale: 0.7,
        causal: c.causal,
        dropout: c.dropout.then_some(Dropout { keep: bits.as_ptr(), factor: 1.25 }),
    };
    let everywhere = [0, 0, mask.strides[2], mask.strides[3]];
    let m = match c.mask {
        0 => Mask::None,
        1 => Mask::Keep(Input { ptr: keep.as_ptr(), strides: everywhere }),
        _ => Mask::Add(Input { ptr: md.as_ptr().cast(), strides: everywhere }),
    };
    // Results start as NaN: what is not written shows.
    let fresh = |shape: [usize; 4]| {
        let x = Tensor::new(shape, c.spread, 0);
        let data = vec![T::of(f64::NAN); x.data.len()];
        (x, data)
    };
    let mut lse = vec![T::Compute::of(f64::NAN); batch * heads * t];
    let (mut o, mut dq) = (fresh([batch, heads, t, dv]), fresh([batch, heads, t, d]));
    let (mut dk, mut dval) = (fresh([batch, kv_heads, s, d]), fresh([batch, kv_heads, s, dv]));
    let mut dmask = fresh([batch, heads, t, s]);
    let output = |x: &mut (Tensor, Vec<T>)| Output { ptr: x.1.as_mut_ptr().cast(), strides: x.0.strides };
    let (qi, ki, vi) = (input(&q, &qd), input(&k, &kd), input(&v, &vd));
    // SAFETY: every tensor has room for its shape and strides.
    unsafe {
        forward_on(isa, &att, qi, ki, vi, m, output(&mut o), lse.as_mut_ptr().cast());
        let out = input(&o.0, &o.1);
        let grads = Gradients {
            out,
            lse: lse.as_ptr().cast(),
            grad: input(&g, &gd),
            dq: output(&mut dq),
            dk: output(&mut dk),
            dv: output(&mut dval),
            dmask: (c.mask == 2).then(|| output(&mut dmask)),
        };
        backward_on(isa, &att, qi, ki, vi, m, &grads);
    }
    let list = |x: &(Tensor, Vec<T>)| {
        let [b, h, r, n] = x.0.shape;
        let place = |i: usize| x.0.place([i / (h * r * n), i / (r * n) % h, i / n % r, i % n]);
        (0..b * h * r * n).map(|i| x.1[place(i)].to()).collect::<Vec<f64>>()
    };
    [list(&o), lse.iter().map(|x| x.to()).collect(), list(&dq), list(&dk), list(&dval), list(&dmask)]
}

fn check<T: Real64>(c: &Case)
where
    T::Compute: Real64,
{
    let want = reference(c);
    for isa in isas() {
        let got = ours::<T>(isa, c);
        for (name, (got, want)) in ["out", "lse", "dq", "dk", "dv", "dmask"].iter().zip(got.iter().zip(&want)) {
            if *name == "dmask" && c.mask != 2 {
                continue;
            }
            let scale = want.iter().filter(|x| x.is_finite()).fold(1.0f64, |a, b| a.max(b.abs()));
            for (i, (g, w)) in got.iter().zip(want).enumerate() {
                let near = g == w || (g - w).abs() <= T::NEAR * scale;
                assert!(near, "{isa:?} {:?} {name}[{i}]: {g}, not {w} ({:?}, mask {})", T::DTYPE, c.size, c.mask);
            }
        }
    }
}

#[test]
fn agrees_with_direct_evaluation() {
    let sizes = [
        [1, 1, 1, 1, 1, 1, 1],
        [2, 2, 1, 5, 9, 8, 8],
        [1, 4, 2, 1, 130, 64, 64],
        [2, 3, 3, 70, 70, 32, 64],
        [1, 2, 1, 130, 75, 40, 24],
        [1, 2, 2, 33, 200, 16, 5],
    ];
    for (n, size) in sizes.into_iter().enumerate() {
        for option in 0..8 {
            let causal = option % 2 == 1;
            let mask = if option == 0 { 0 } else { (option / 2) as u8 % 3 };
            let c = Case { size, causal, mask, dropout: option >= 5, spread: (option + n) % 3 == 0 };
            check::<f32>(&c);
            check::<f64>(&c);
            if option % 3 == 1 {
                check::<bf16>(&c);
                check::<f16>(&c);
            }
        }
    }
}

#[test]
fn long_runs_and_many_tiles() {
    for causal in [false, true] {
        let c = Case { size: [1, 2, 1, 600, 610, 16, 16], causal, mask: 0, dropout: false, spread: causal };
        check::<f32>(&c);
        check::<f64>(&c);
    }
}

#[test]
fn threads_change_no_bit() {
    let c = Case { size: [1, 2, 1, 200, 300, 16, 16], causal: true, mask: 2, dropout: true, spread: false };
    let before = crate::pool::num_threads();
    let many = ours::<f32>(isa(), &c);
    crate::pool::set_num_threads(1);
    let one = ours::<f32>(isa(), &c);
    crate::pool::set_num_threads(before);
    for (a, b) in one.iter().zip(&many) {
        assert!(a.iter().zip(b).all(|(x, y)| x.to_bits() == y.to_bits()));
    }
}

struct ExpOf<E>(*mut E);

impl<E: Real> crate::gemm::simd::Kernel<E> for ExpOf<E> {
    #[inline(always)]
    unsafe fn run<V: Vector<E = E>>(self) {
        for at in (0..16).step_by(V::LANES) {
            // SAFETY: 16 numbers.
            unsafe { V::load(self.0.add(at)).exp().store(self.0.add(at)) };
        }
    }
}

#[test]
fn exp_is_within_two_ulp() {
    for isa in isas() {
        for step in 0..20_000 {
            let mut x: [f32; 16] = std::array::from_fn(|i| -((step * 16 + i) as f32) * (87.0 / 320_000.0));
            let mut y: [f64; 16] = std::array::from_fn(|i| -((step * 16 + i) as f64) * (708.0 / 320_000.0));
            let (was, was64) = (x, y);
            // SAFETY: 16 numbers each; the processor has `isa`.
            unsafe {
                f32::dispatch(isa, ExpOf(x.as_mut_ptr()));
                f64::dispatch(isa, ExpOf(y.as_mut_ptr()));
            }
            for (x, was) in x.iter().zip(was) {
                let want = (was as f64).exp();
                let ulp = (want.log2().floor() - 23.0).exp2();
                assert!((*x as f64 - want).abs() <= 2.0 * ulp, "{isa:?} e^{was} = {x}");
            }
            for (y, was) in y.iter().zip(was64) {
                let ulp = (was.exp().log2().floor() - 52.0).exp2();
                assert!((y - was.exp()).abs() <= 2.0 * ulp, "{isa:?} e^{was} = {y}");
            }
        }
        let mut x = [f32::NEG_INFINITY; 16];
        (x[1], x[2], x[3]) = (f32::NAN, 0.0, -200.0);
        let mut y = x.map(|x| x as f64);
        // SAFETY: as above.
        unsafe {
            f32::dispatch(isa, ExpOf(x.as_mut_ptr()));
            f64::dispatch(isa, ExpOf(y.as_mut_ptr()));
        }
        assert!(x[0] == 0.0 && x[1].is_nan() && x[2] == 1.0 && x[3] < 1e-37 && y[0] == 0.0 && y[1].is_nan());
    }
}

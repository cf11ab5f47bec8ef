//! Every path of the matrix product against sums in f64, on every instruction set that the processor has.

use super::*;
use crate::isa::{Isa, detect};

fn isas() -> Vec<Isa> {
    [Isa::Portable, Isa::Avx2, Isa::Avx512].into_iter().filter(|i| *i <= detect()).collect()
}

/// Numbers that small sums of products represent without error.
fn numbers(len: usize, seed: u64) -> Vec<f64> {
    let mut x = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    (0..len)
        .map(|_| {
            x ^= x << 13;
            x ^= x >> 7;
            x ^= x << 17;
            ((x >> 40) % 17) as f64 - 8.0
        })
        .collect()
}

/// A matrix in memory with room between its rows: strides and the place of its first element.
#[derive(Clone, Copy)]
enum Order {
    Rows,
    Columns,
    Spread,
    Reversed,
    Repeated,
}

impl Order {
    fn strides(self, rows: usize, cols: usize) -> (isize, isize, usize) {
        let (r, c) = (rows.max(1) as isize, cols.max(1) as isize);
        match self {
            Order::Rows => (c, 1, 0),
            Order::Columns => (1, r, 0),
            Order::Spread => (2 * c + 1, 2, 0),
            Order::Reversed => (-c, 1, (r as usize - 1) * c as usize),
            Order::Repeated => (0, 1, 0),
        }
    }
}

trait Cast: Element {
    fn of(x: f64) -> Self;
    fn to(self) -> f64;
}
impl Cast for f32 {
    fn of(x: f64) -> Self {
        x as f32
    }
    fn to(self) -> f64 {
        self as f64
    }
}
impl Cast for f64 {
    fn of(x: f64) -> Self {
        x
    }
    fn to(self) -> f64 {
        self
    }
}
impl Cast for f16 {
    fn of(x: f64) -> Self {
        f16::from_f64(x)
    }
    fn to(self) -> f64 {
        self.to_f64()
    }
}
impl Cast for bf16 {
    fn of(x: f64) -> Self {
        bf16::from_f64(x)
    }
    fn to(self) -> f64 {
        self.to_f64()
    }
}

struct Case {
    size: (usize, usize, usize),
    orders: (Order, Order, Order),
    alpha: f64,
    accumulate: bool,
    bias: u8,
}

fn check<T: Cast, O: Cast<Compute = T::Compute>>(isa: Isa, dtype: DType, out: DType, case: &Case) {
    let (m, n, k) = case.size;
    let room = |r: usize, c: usize| 3 * (r + 1) * (c + 1) + 2;
    let a: Vec<T> = numbers(room(m, k), 1).into_iter().map(T::of).collect();
    let b: Vec<T> = numbers(room(k, n), 2).into_iter().map(T::of).collect();
    // What is not accumulated into must not be read: NaN there would show.
    let start = |i: usize| if case.accumulate { (i % 7) as f64 } else { f64::NAN };
    let mut c: Vec<O> = (0..room(m, n)).map(|i| O::of(start(i))).collect();
    let bias: Vec<T> = numbers(2 * m.max(n) + 1, 3).into_iter().map(T::of).collect();
    let (ars, acs, a0) = case.orders.0.strides(m, k);
    let (brs, bcs, b0) = case.orders.1.strides(k, n);
    let (crs, ccs, c0) = case.orders.2.strides(m, n);
    let g = Gemm {
        out,
        alpha: case.alpha,
        accumulate: case.accumulate,
        a: (ars, acs),
        b: (brs, bcs),
        c: (crs, ccs),
        ..Gemm::row_major(m, n, k, dtype)
    };
    let bias_arg = match case.bias {
        0 => Bias::None,
        1 => Bias::Column(bias.as_ptr().cast(), 1),
        2 => Bias::Row(bias.as_ptr().cast(), 1),
        _ => Bias::Column(bias.as_ptr().cast(), 2),
    };
    let at = |i: usize, j: usize, (rs, cs, p0): (isize, isize, usize)| {
        (p0 as isize + i as isize * rs + j as isize * cs) as usize
    };
    // SAFETY: the vectors have room for every order of the matrices.
    unsafe {
        gemm_on(isa, &g, a.as_ptr().add(a0).cast(), b.as_ptr().add(b0).cast(), c.as_mut_ptr().add(c0).cast(), bias_arg)
    }
    let mut touched = vec![false; c.len()];
    for i in 0..m {
        for j in 0..n {
            let mut sum = 0.0;
            for p in 0..k {
                sum += a[at(i, p, (ars, acs, a0))].to() * b[at(p, j, (brs, bcs, b0))].to();
            }
            let place = at(i, j, (crs, ccs, c0));
            touched[place] = true;
            let mut want = case.alpha * sum;
            if case.accumulate {
                want += start(place);
            }
            want += match case.bias {
                0 => 0.0,
                1 => bias[j].to(),
                2 => bias[i].to(),
                _ => bias[2 * j].to(),
            };
            let got = c[place].to();
            assert_eq!(got, O::of(want).to(), "{isa:?} {dtype:?} {:?} at ({i}, {j})", case.size);
        }
    }
    for (place, touched) in touched.into_iter().enumerate() {
        let (got, was) = (c[place].to(), start(place));
        assert!(touched || got == was || got.is_nan() && was.is_nan(), "{isa:?} {:?} wrote {place}", case.size);
    }
}

const ORDERS: [(Order, Order, Order); 9] = [
    (Order::Rows, Order::Rows, Order::Rows),
    (Order::Rows, Order::Columns, Order::Rows),
    (Order::Columns, Order::Rows, Order::Rows),
    (Order::Columns, Order::Columns, Order::Rows),
    (Order::Rows, Order::Rows, Order::Columns),
    (Order::Columns, Order::Rows, Order::Columns),
    (Order::Spread, Order::Spread, Order::Spread),
    (Order::Reversed, Order::Reversed, Order::Reversed),
    (Order::Repeated, Order::Repeated, Order::Rows),
];

#[test]
fn every_size_order_and_option() {
    let sizes = [
        (1, 1, 1),
        (3, 5, 7),
        (1, 70, 33),
        (70, 1, 33),
        (2, 37, 64),
        (7, 33, 100),
        (16, 40, 40),
        (17, 33, 5),
        (29, 64, 31),
        (0, 3, 4),
        (3, 0, 4),
        (3, 4, 0),
        (43, 95, 61),
    ];
    for isa in isas() {
        for (s, &size) in sizes.iter().enumerate() {
            for (o, &orders) in ORDERS.iter().enumerate() {
                let option = s + o;
                let alpha = if option % 3 == 0 { -0.5 } else { 1.0 };
                let case = Case { size, orders, alpha, accumulate: option % 2 == 0, bias: (option % 4) as u8 };
                check::<f32, f32>(isa, DType::F32, DType::F32, &case);
                check::<f64, f64>(isa, DType::F64, DType::F64, &case);
                check::<bf16, f32>(isa, DType::BF16, DType::F32, &case);
                check::<f16, f16>(isa, DType::F16, DType::F16, &case);
                check::<bf16, bf16>(isa, DType::BF16, DType::BF16, &case);
            }
        }
    }
}

#[test]
fn large_ones_are_cut_right() {
    // Several blocks of k, several tasks, and a long k for few tiles, which is summed in parts.
    for isa in isas() {
        for (o, size) in
            [(130, 150, 1100), (20, 40, 9000), (17, 2500, 130), (301, 67, 513), (3, 3000, 90)].into_iter().enumerate()
        {
            for orders in [ORDERS[o % 4], ORDERS[1], ORDERS[0], ORDERS[6]] {
                let case = Case { size, orders, alpha: 1.0, accumulate: o % 2 == 1, bias: (o % 3) as u8 };
                check::<f32, f32>(isa, DType::F32, DType::F32, &case);
                check::<f64, f64>(isa, DType::F64, DType::F64, &case);
                check::<bf16, f32>(isa, DType::BF16, DType::F32, &case);
            }
        }
    }
}

#[test]
fn batches() {
    for isa in isas() {
        // Batch [3, 4] of [5, 6] by [6, 40]; B is shared by the outer dimension, A lies batch-last.
        for (m, n, k) in [(5, 40, 6), (60, 64, 50)] {
            let dims = [
                BatchDim { size: 3, a: 4, b: 0, c: (4 * m * n) as isize },
                BatchDim { size: 4, a: 1, b: (k * n) as isize, c: (m * n) as isize },
            ];
            let a: Vec<f32> = numbers(m * k * 12, 5).into_iter().map(|x| x as f32).collect();
            let b: Vec<f32> = numbers(4 * k * n, 6).into_iter().map(|x| x as f32).collect();
            let mut c = vec![f32::NAN; 12 * m * n];
            let g = Gemm { a: (12 * k as isize, 12), batch: &dims, ..Gemm::row_major(m, n, k, DType::F32) };
            // SAFETY: the vectors hold the whole batch.
            unsafe { gemm_on(isa, &g, a.as_ptr().cast(), b.as_ptr().cast(), c.as_mut_ptr().cast(), Bias::None) };
            for x in 0..3 {
                for y in 0..4 {
                    for i in 0..m {
                        for j in 0..n {
                            let want: f32 =
                                (0..k).map(|p| a[(i * k + p) * 12 + 4 * x + y] * b[(y * k + p) * n + j]).sum();
                            assert_eq!(c[((x * 4 + y) * m + i) * n + j], want);
                        }
                    }
                }
            }
        }
    }
}

#[test]
fn infinities_and_nan_pass_through() {
    for isa in isas() {
        for (m, n, k) in [(1, 40, 40), (40, 1, 40), (40, 40, 40), (3, 40, 40)] {
            let mut a = vec![0.0f32; m * k];
            let b = vec![f32::INFINITY; k * n];
            let mut c = vec![0.0f32; m * n];
            let g = Gemm::row_major(m, n, k, DType::F32);
            // SAFETY: row-major matrices of these sizes.
            unsafe { gemm_on(isa, &g, a.as_ptr().cast(), b.as_ptr().cast(), c.as_mut_ptr().cast(), Bias::None) };
            assert!(c.iter().all(|x| x.is_nan()), "0 * inf");
            a.fill(1.0);
            // SAFETY: as above.
            unsafe { gemm_on(isa, &g, a.as_ptr().cast(), b.as_ptr().cast(), c.as_mut_ptr().cast(), Bias::None) };
            assert!(c.iter().all(|x| *x == f32::INFINITY));
        }
    }
}

#[test]
fn integers_wrap_and_complex_numbers_multiply() {
    let (a, b) = ([100u8, 3, 200, 1], [2u8, 5, 7, 9]);
    let mut c = [0u8; 4];
    // SAFETY: two by two.
    unsafe {
        gemm(&Gemm::row_major(2, 2, 2, DType::U8), a.as_ptr(), b.as_ptr(), c.as_mut_ptr(), Bias::None);
    }
    assert_eq!(c, [221, 15, 151, 241]);
    let (a, b) = ([[1.0f32, 2.0], [0.0, 1.0]], [[3.0f32, -1.0], [2.0, 2.0]]);
    let mut c = [[0.0f32; 2]];
    // SAFETY: one by two by one.
    unsafe {
        gemm(
            &Gemm::row_major(1, 1, 2, DType::C64),
            a.as_ptr().cast(),
            b.as_ptr().cast(),
            c.as_mut_ptr().cast(),
            Bias::None,
        );
    }
    assert_eq!(c, [[3.0, 7.0]]); // (1 + 2i)(3 - i) + i (2 + 2i)
}

#[test]
fn packed_b_gives_what_b_gives() {
    for m in [1, 5, 40] {
        let (k, n) = (70, 90);
        let a: Vec<f32> = numbers(m * k, 1).into_iter().map(|x| x as f32).collect();
        let b: Vec<f32> = numbers(n * k, 2).into_iter().map(|x| x as f32).collect();
        let bias: Vec<f32> = numbers(n, 3).into_iter().map(|x| x as f32).collect();
        let (mut c, mut d) = (vec![f32::NAN; m * n], vec![f32::NAN; m * n]);
        let bias = Bias::Column(bias.as_ptr().cast(), 1);
        let g = Gemm { b: (1, k as isize), ..Gemm::row_major(m, n, k, DType::F32) };
        // SAFETY: matrices of these sizes.
        unsafe {
            gemm(&g, a.as_ptr().cast(), b.as_ptr().cast(), c.as_mut_ptr().cast(), bias);
            let packed = PackedB::new(DType::F32, k, n, b.as_ptr().cast(), g.b);
            assert!(packed.is_some());
            if let Some(packed) = packed {
                packed.multiply(m, a.as_ptr().cast(), g.a, d.as_mut_ptr().cast(), g.c, false, bias);
            }
        }
        assert_eq!(c, d);
    }
}

#[test]
fn threads_change_no_bit() {
    let (m, n, k) = (150, 170, 3000);
    let wild = |seed| numbers(m.max(n) * k, seed).into_iter().map(|x| (x * 0.37).sin() as f32).collect::<Vec<f32>>();
    let (a, b) = (wild(1), wild(2));
    let run = || {
        let mut c = vec![0.0f32; m * n];
        // SAFETY: matrices of these sizes.
        unsafe {
            let g = Gemm::row_major(m, n, k, DType::F32);
            gemm(&g, a.as_ptr().cast(), b.as_ptr().cast(), c.as_mut_ptr().cast(), Bias::None);
        }
        c
    };
    let before = crate::pool::num_threads();
    let many = run();
    crate::pool::set_num_threads(1);
    let one = run();
    crate::pool::set_num_threads(before);
    assert!(one.iter().zip(&many).all(|(x, y)| x.to_bits() == y.to_bits()));
}

struct Narrow<T>(f32, *mut T);

impl<T: Element<Compute = f32>> simd::Kernel<f32> for Narrow<T> {
    #[inline(always)]
    unsafe fn run<V: simd::Vector<E = f32>>(self) {
        // SAFETY: room for 16.
        unsafe { T::store::<V>(V::splat(self.0), self.1) }
    }
}

#[test]
fn halves_round_as_they_should() {
    let mut bits = 0u32;
    for _ in 0..60_000 {
        bits = bits.wrapping_add(71_573);
        for x in [f32::from_bits(bits), f32::from_bits(bits << 15), f32::NAN, f32::INFINITY] {
            for isa in isas() {
                let (mut b, mut h) = ([bf16::ZERO; 16], [f16::ZERO; 16]);
                // SAFETY: room for 16; the processor has `isa`.
                unsafe {
                    f32::dispatch(isa, Narrow(x, b.as_mut_ptr()));
                    f32::dispatch(isa, Narrow(x, h.as_mut_ptr()));
                }
                let same_b = b[0] == bf16::from_f32(x) || x.is_nan() && b[0].is_nan();
                let same_h = h[1] == f16::from_f32(x) || x.is_nan() && h[1].is_nan();
                assert!(same_b && same_h, "{isa:?} {x}: {} {}", b[0], h[1]);
            }
        }
    }
}

/// How many ones of a dot product are added after the numbers at `i` and `j` have met: those are huge and cancel out, and
/// swallow what is added to one of them alone.
fn after_meeting<T: Cast>(dtype: DType, huge: f64, n: usize, i: usize, j: usize) -> usize {
    let mut a = vec![T::of(1.0); n];
    (a[i], a[j]) = (T::of(huge), T::of(-huge));
    let b = vec![T::of(1.0); n];
    let g = Gemm::row_major(1, 1, n, dtype);
    let on = |isa| {
        let mut c = [T::of(f64::NAN)];
        // SAFETY: the vectors have as many elements as the sizes say.
        unsafe { gemm_on(isa, &g, a.as_ptr().cast(), b.as_ptr().cast(), c.as_mut_ptr().cast(), Bias::None) }
        c[0].to() as usize
    };
    let answers: Vec<usize> = isas().into_iter().map(on).collect();
    assert!(answers.windows(2).all(|w| w[0] == w[1]), "instruction sets differ: {answers:?}");
    answers[0]
}

/// What `torch.dot` answers on x86-64 for 31 float32 with 2^30 at `i` and -2^30 at `j`, and for 15 float64 with 2^60.
#[test]
fn dot_products_are_added_in_pytorchs_order() {
    let singles = [
        (
            0,
            vec![
                0, 14, 0, 23, 0, 14, 0, 22, 0, 14, 0, 21, 0, 14, 0, 29, 0, 14, 0, 23, 0, 14, 0, 28, 0, 14, 0, 27, 26,
                25,
            ],
        ),
        (5, vec![17, 0, 25, 0, 17, 0, 24, 0, 17, 0, 26, 0, 17, 0, 29, 0, 17, 0, 26, 0, 17, 0, 0, 0]),
    ];
    let doubles = [(0, vec![0, 9, 0, 8, 0, 7, 0, 13, 0, 12, 0, 11, 0, 10]), (5, vec![0, 8, 0, 9, 0, 9, 0, 9, 0])];
    for (i, want) in singles {
        let got: Vec<_> = (31 - want.len()..31)
            .filter(|j| *j != i)
            .map(|j| after_meeting::<f32>(DType::F32, 2f64.powi(30), 31, i, j))
            .collect();
        assert_eq!(got, want, "float32 from {i}");
    }
    for (i, want) in doubles {
        let got: Vec<_> =
            (15 - want.len()..15).map(|j| after_meeting::<f64>(DType::F64, 2f64.powi(60), 15, i, j)).collect();
        assert_eq!(got, want, "float64 from {i}");
    }
}

/// Each product is rounded: the square of 1 + 2^-12 has lost its 2^-24 when 1 + 2^-11 is taken from it.
#[test]
fn products_of_a_dot_product_are_rounded() {
    let (square, x) = (1.0 + 2f32.powi(-11), 1.0 + 2f32.powi(-12));
    let (mut a, mut b, mut c) = ([0f32; 12], [0f32; 12], [f32::NAN]);
    (a[0], b[0], a[8], b[8]) = (-square, 1.0, x, x);
    let g = Gemm::row_major(1, 1, 12, DType::F32);
    for isa in isas() {
        // SAFETY: the arrays have as many elements as the sizes say.
        unsafe { gemm_on(isa, &g, a.as_ptr().cast(), b.as_ptr().cast(), c.as_mut_ptr().cast(), Bias::None) }
        assert_eq!(c[0], 0.0, "{isa:?}");
    }
}

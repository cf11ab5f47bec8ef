//! The driver against a naive loop over indices, for dtypes, strides, broadcasts and scalars; the loops of every dtype.

use super::*;
use crate::scalar::Scalar;
use half::{bf16, f16};
use proptest::prelude::*;

#[derive(Clone, Copy)]
struct Add;
impl RingMap<2> for Add {
    #[inline(always)]
    fn eval<R: Ring>(&self, [a, b]: [R; 2]) -> R {
        a + b
    }
}

#[derive(Clone, Copy)]
struct Less;
impl Test<2> for Less {
    #[inline(always)]
    fn eval<X: Num>(&self, [a, b]: [X; 2]) -> X::Mask {
        a.lt(b)
    }
}

fn body<B>(b: &B) -> *const () {
    (b as *const B).cast()
}

/// One element as f64, by the plainest means.
unsafe fn read(ptr: *const u8, dtype: DType, at: isize) -> f64 {
    // SAFETY: the tests pass live elements.
    unsafe {
        match dtype {
            DType::Bool | DType::U8 => *ptr.offset(at) as f64,
            DType::I8 => *ptr.cast::<i8>().offset(at) as f64,
            DType::I16 => *ptr.cast::<i16>().offset(at) as f64,
            DType::I32 => *ptr.cast::<i32>().offset(at) as f64,
            DType::I64 => *ptr.cast::<i64>().offset(at) as f64,
            DType::F16 => (*ptr.cast::<f16>().offset(at)).to_f64(),
            DType::BF16 => (*ptr.cast::<bf16>().offset(at)).to_f64(),
            DType::F32 => *ptr.cast::<f32>().offset(at) as f64,
            DType::F64 => *ptr.cast::<f64>().offset(at),
            DType::C64 => *ptr.cast::<f32>().offset(2 * at) as f64,
            DType::C128 => *ptr.cast::<f64>().offset(2 * at),
        }
    }
}

/// `n` small integers in the dtype, as bytes (u128 for alignment).
fn numbers(dtype: DType, n: usize, seed: usize) -> Vec<u128> {
    let mut bytes = vec![0u128; n + 1];
    for i in 0..n {
        let value = Scalar::Int(((i * 7 + seed * 13) % 50) as i64 % if dtype == DType::Bool { 2 } else { 50 });
        // SAFETY: element i of a buffer with room for n elements of any dtype.
        unsafe {
            let ptr = bytes.as_mut_ptr().cast::<u8>().add(i * dtype.size());
            fill(&[1], value, Dst { ptr, dtype, strides: &[1] });
        }
    }
    bytes
}

fn any_dtype() -> impl Strategy<Value = DType> {
    (0..12usize).prop_map(|i| DType::ALL[i])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn add_agrees_with_a_naive_loop(
        shape in prop::collection::vec(prop_oneof![1usize..5, Just(1usize), 250usize..300], 0..4),
        order in any::<u64>(),
        broadcast in any::<u8>(),
        dtypes in (any_dtype(), any_dtype(), any_dtype()),
        scalar in any::<bool>(),
    ) {
        let n: usize = shape.iter().product();
        prop_assume!(n <= 100_000);
        let rank = shape.len();
        // Strides of a permuted layout; some dimensions of the second input are broadcast.
        let strides = |salt: u64| {
            let mut dims: Vec<usize> = (0..rank).collect();
            dims.sort_by_key(|d| (order ^ salt).wrapping_mul(2 * *d as u64 + 3) >> 59);
            let (mut s, mut step) = (vec![0isize; rank], 1);
            for &d in &dims { s[d] = step; step *= shape[d] as isize; }
            s
        };
        let (sa, mut sb, so) = (strides(1), strides(2), strides(order >> 32));
        for (d, stride) in sb.iter_mut().enumerate() { if broadcast >> d & 1 == 1 { *stride = 0; } }
        let (da, db, dout) = dtypes;
        let compute = da.promote(db).compute();
        let (a, b) = (numbers(da, n, 1), numbers(db, n, 2));
        let mut out = vec![0u128; n + 1];
        let (pa, pb, po) = (a.as_ptr().cast::<u8>(), b.as_ptr().cast::<u8>(), out.as_mut_ptr().cast::<u8>());
        let second = if scalar { Src::Scalar(Scalar::Int(1)) } else { Src::Strided { ptr: pb, dtype: db, strides: &sb } };
        // SAFETY: buffers of n elements, strides of a permutation of the shape.
        unsafe {
            run(ring::<Add, 2>(), body(&Add), compute, &shape,
                &[Src::Strided { ptr: pa, dtype: da, strides: &sa }, second], Dst { ptr: po, dtype: dout, strides: &so });
            for i in 0..n {
                let mut rest = i;
                let (mut oa, mut ob, mut oo) = (0, 0, 0);
                for d in (0..rank).rev() {
                    let x = (rest % shape[d]) as isize;
                    rest /= shape[d];
                    oa += x * sa[d]; ob += x * sb[d]; oo += x * so[d];
                }
                let y = if scalar { 1.0 } else { read(pb, db, ob) };
                let mut expected = read(pa, da, oa) + y;
                if compute == DType::Bool || dout == DType::Bool { expected = (expected != 0.0) as u8 as f64; }
                prop_assert_eq!(read(po, dout, oo), expected, "{} {:?}", i, shape);
            }
        }
    }
}

#[test]
fn in_place_and_comparison_and_select() {
    for n in [1usize, 7, 16, 63, 64, 1000, 70_000] {
        let mut a: Vec<f32> = (0..n).map(|i| i as f32).collect();
        let b: Vec<f32> = (0..n).map(|i| if i % 3 == 0 { f32::NAN } else { 10.0 }).collect();
        let mut less = vec![7u8; n];
        let mut picked = vec![0f32; n];
        let (shape, one) = ([n], [1isize]);
        let (pa, pb) = (a.as_mut_ptr().cast::<u8>(), b.as_ptr().cast::<u8>());
        let f32s = |ptr| Src::Strided { ptr, dtype: DType::F32, strides: &one };
        // SAFETY: buffers of n elements.
        unsafe {
            let out = Dst { ptr: less.as_mut_ptr(), dtype: DType::Bool, strides: &one };
            run(test::<Less, 2>(), body(&Less), DType::F32, &shape, &[f32s(pa), f32s(pb)], out);
            let mask = Src::Strided { ptr: less.as_ptr(), dtype: DType::Bool, strides: &one };
            let out = Dst { ptr: picked.as_mut_ptr().cast(), dtype: DType::F32, strides: &one };
            run(
                select::select_kernel(),
                std::ptr::null(),
                DType::F32,
                &shape,
                &[mask, f32s(pa), Src::Scalar(Scalar::Float(-1.0))],
                out,
            );
            let out = Dst { ptr: pa, dtype: DType::F32, strides: &one };
            run(ring::<Add, 2>(), body(&Add), DType::F32, &shape, &[f32s(pa), Src::Scalar(Scalar::Float(0.5))], out);
        }
        for i in 0..n {
            let is_less = i % 3 != 0 && i < 10;
            assert_eq!(less[i], is_less as u8, "{i}");
            assert_eq!(picked[i], if is_less { i as f32 } else { -1.0 });
            assert_eq!(a[i], i as f32 + 0.5);
        }
    }
}

#[test]
fn halves_round_to_even_and_keep_the_special_values() {
    let values = [
        0.0f32,
        -0.0,
        1.0,
        1.0 + 1.0 / 256.0,
        1.0 + 3.0 / 256.0,
        f32::INFINITY,
        f32::NEG_INFINITY,
        f32::NAN,
        1e-40,
        65520.0,
        6e-8,
        1e30,
    ];
    let one = [1isize];
    for x in values {
        let (mut b, mut h) = (bf16::ZERO, f16::ZERO);
        let mut back = [0f32; 2];
        let source = Src::Strided { ptr: (&raw const x).cast(), dtype: DType::F32, strides: &one };
        // SAFETY: single live elements.
        unsafe {
            copy(&[1], source, Dst { ptr: (&raw mut b).cast(), dtype: DType::BF16, strides: &one });
            copy(&[1], source, Dst { ptr: (&raw mut h).cast(), dtype: DType::F16, strides: &one });
            let from = |ptr, dtype| Src::Strided { ptr, dtype, strides: &one };
            let to = |ptr: *mut f32| Dst { ptr: ptr.cast(), dtype: DType::F32, strides: &one };
            copy(&[1], from((&raw const b).cast(), DType::BF16), to(&mut back[0]));
            copy(&[1], from((&raw const h).cast(), DType::F16), to(&mut back[1]));
        }
        for (got, expected) in [(back[0], bf16::from_f32(x).to_f32()), (back[1], f16::from_f32(x).to_f32())] {
            assert!(got.to_bits() == expected.to_bits() || got.is_nan() && expected.is_nan(), "{x}: {got} {expected}");
        }
    }
}

#[derive(Clone, Copy)]
struct Gelu;
impl Map<1> for Gelu {
    const COST: u32 = 6;
    #[inline(always)]
    fn eval<L: Lane>(&self, [x]: [L; 1]) -> L {
        x * L::splat(0.5) * (L::splat(1.0) + (x * L::splat(std::f64::consts::FRAC_1_SQRT_2)).erf())
    }
}

#[derive(Clone, Copy)]
struct Clip;
impl Map<2> for Clip {
    #[inline(always)]
    fn eval<L: Lane>(&self, [x, y]: [L; 2]) -> L {
        let inside = x.lt(L::splat(1.0)) & !(x.lt(y) | x.is_nan());
        L::select(inside, x.fma(y, -x), y.square())
    }
}

#[test]
fn a_recorded_body_runs_to_the_same_bits() {
    use crate::lane::sym::Expr;
    let n = 3000;
    let x: Vec<f32> = (0..n).map(|i| if i % 97 == 0 { f32::NAN } else { i as f32 / 500.0 - 3.0 }).collect();
    let y: Vec<f32> = (0..n).map(|i| (i % 17) as f32 / 4.0 - 2.0).collect();
    let (mut direct, mut fused) = (vec![0f32; n], vec![0f32; n]);
    let one = [1isize];
    let src = |v: &Vec<f32>| Src::Strided { ptr: v.as_ptr().cast(), dtype: DType::F32, strides: &one };
    let mut check = |kernel, body, expr: Expr, ins: &[Src<'_>]| {
        let run_fused = fused::Fused::new(&expr, ins.len()).expect("a small expression");
        // SAFETY: buffers of n elements.
        unsafe {
            let to = |v: &mut Vec<f32>| Dst { ptr: v.as_mut_ptr().cast(), dtype: DType::F32, strides: &one };
            run(kernel, body, DType::F32, &[n], ins, to(&mut direct));
            run_fused.run(DType::F32, &[n], ins, to(&mut fused));
        }
        let bits = |v: &[f32]| v.iter().map(|x| if x.is_nan() { 1 } else { x.to_bits() }).collect::<Vec<_>>();
        let differs = bits(&direct).iter().zip(bits(&fused)).position(|(a, b)| *a != b);
        assert_eq!(differs, None);
        assert!(direct.iter().any(|x| *x != 0.0));
    };
    check(map::<Gelu, 1>(), body(&Gelu), Expr::record(&Gelu), &[src(&x)]);
    check(map::<Clip, 2>(), body(&Clip), Expr::record(&Clip), &[src(&x), src(&y)]);

    #[derive(Clone, Copy)]
    struct Both;
    impl Map<2> for Both {
        #[inline(always)]
        fn eval<L: Lane>(&self, [x, y]: [L; 2]) -> L {
            Clip.eval([Gelu.eval([x]), y])
        }
    }
    let chained = Expr::record(&Clip).after(0, &Expr::record(&Gelu));
    check(map::<Both, 2>(), body(&Both), chained, &[src(&x), src(&y)]);
}

#[test]
fn transposed_copies_put_every_element_in_its_place() {
    for (a, b, c) in [(3, 17, 40), (1, 64, 33), (2, 8, 8), (5, 100, 9)] {
        let x: Vec<u16> = (0..a * b * c).map(|i| i as u16).collect();
        let mut y = vec![0u16; a * b * c];
        // Input in the order (a, c, b), output in the order (a, b, c).
        let (from, to) = ([(b * c) as isize, 1, b as isize], [(b * c) as isize, c as isize, 1]);
        // SAFETY: buffers of a * b * c elements.
        unsafe {
            let src = Src::Strided { ptr: x.as_ptr().cast(), dtype: DType::BF16, strides: &from };
            copy(&[a, b, c], src, Dst { ptr: y.as_mut_ptr().cast(), dtype: DType::BF16, strides: &to });
        }
        for i in 0..a {
            for j in 0..b {
                for k in 0..c {
                    assert_eq!(y[(i * b + j) * c + k], x[(i * c + k) * b + j]);
                }
            }
        }
    }
}

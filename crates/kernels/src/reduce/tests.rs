//! Reductions against naive loops over indices, for dtypes, strides and sets of dimensions.

use super::*;
use crate::dtype::DType;
use crate::map::{Dst, Src};
use proptest::prelude::*;

fn body<B>(b: &B) -> *const () {
    (b as *const B).cast()
}

/// Row-major strides of a shape.
fn row_major(shape: &[usize]) -> Vec<isize> {
    let mut strides = vec![1isize; shape.len()];
    for d in (0..shape.len().saturating_sub(1)).rev() {
        strides[d] = strides[d + 1] * shape[d + 1] as isize;
    }
    strides
}

/// Groups of values by output index, in logical order.
fn groups(shape: &[usize], strides: &[isize], reduced: &[bool], x: &[f64]) -> Vec<Vec<f64>> {
    let outputs: usize = (0..shape.len()).filter(|d| !reduced[*d]).map(|d| shape[d]).product();
    let mut groups = vec![Vec::new(); outputs];
    for i in 0..shape.iter().product() {
        let (mut rest, mut offset, mut index) = (i, 0isize, vec![0; shape.len()]);
        for d in (0..shape.len()).rev() {
            index[d] = rest % shape[d];
            rest /= shape[d];
            offset += index[d] as isize * strides[d];
        }
        let out = (0..shape.len()).filter(|d| !reduced[*d]).fold(0, |o, d| o * shape[d] + index[d]);
        groups[out].push(x[offset as usize]);
    }
    groups
}

/// Output strides over the full shape: row-major over the kept dimensions, 0 at the reduced.
fn out_strides(shape: &[usize], reduced: &[bool]) -> Vec<isize> {
    let kept: Vec<usize> = (0..shape.len()).map(|d| if reduced[d] { 1 } else { shape[d] }).collect();
    let strides = row_major(&kept);
    (0..shape.len()).map(|d| if reduced[d] { 0 } else { strides[d] }).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]
    #[test]
    fn reductions_agree_with_naive_loops(
        shape in prop::collection::vec(prop_oneof![1usize..5, 60usize..70, 500usize..1100], 1..4),
        mask in any::<u8>(),
        order in any::<u64>(),
        half in any::<bool>(),
    ) {
        let n: usize = shape.iter().product();
        prop_assume!(n <= 200_000);
        let rank = shape.len();
        let reduced: Vec<bool> = (0..rank).map(|d| mask >> d & 1 == 1).collect();
        let mut dims: Vec<usize> = (0..rank).collect();
        dims.sort_by_key(|d| order.wrapping_mul(2 * *d as u64 + 3) >> 59);
        let (mut strides, mut step) = (vec![0isize; rank], 1);
        for &d in &dims { strides[d] = step; step *= shape[d] as isize; }
        // Small multiples of 1/4: exact in bf16, and their sums in f32.
        let x: Vec<f32> = (0..n).map(|i| ((i * 7919 + 13) % 41) as f32 / 4.0 - 5.0).collect();
        let wide: Vec<f64> = x.iter().map(|x| *x as f64).collect();
        let halves: Vec<half::bf16> = x.iter().map(|x| half::bf16::from_f32(*x)).collect();
        let (ptr, dtype): (*const u8, _) =
            if half { (halves.as_ptr().cast(), DType::BF16) } else { (x.as_ptr().cast(), DType::F32) };
        let src = Src::Strided { ptr, dtype, strides: &strides };
        let expected = groups(&shape, &strides, &reduced, &wide);
        let to = out_strides(&shape, &reduced);
        let mut out = vec![0f32; expected.len()];
        let dst = Dst { ptr: out.as_mut_ptr().cast(), dtype: DType::F32, strides: &to };
        let run = |kernel, body, compute| {
            // SAFETY: buffers of the sizes that shape and strides tell.
            unsafe { reduce(kernel, body, compute, &shape, src, dst, &reduced) }
        };
        run(ring::<Sum>(), body(&Sum), DType::F32);
        for (y, g) in out.iter().zip(&expected) { prop_assert_eq!(*y as f64, g.iter().sum::<f64>()); }
        run(num::<Max>(), body(&Max), DType::F32);
        for (y, g) in out.iter().zip(&expected) { prop_assert_eq!(*y as f64, g.iter().copied().fold(f64::MIN, f64::max)); }
        run(ring::<Sum>(), body(&Sum), DType::I64);
        for (y, g) in out.iter().zip(&expected) { prop_assert_eq!(*y as f64, g.iter().map(|x| x.trunc()).sum::<f64>()); }
        run(num::<Min>(), body(&Min), DType::Bool);
        for (y, g) in out.iter().zip(&expected) { prop_assert_eq!(*y == 1.0, g.iter().all(|x| *x != 0.0)); }
        let v = Var { correction: 0.0, sqrt: false };
        run(var(), body(&v), DType::F32);
        for (y, g) in out.iter().zip(&expected) {
            let mean = g.iter().sum::<f64>() / g.len() as f64;
            let exact = g.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / g.len() as f64;
            prop_assert!((*y as f64 - exact).abs() <= 1e-6 * exact.abs() + 1e-9, "{} {}", y, exact);
        }
        run(float::<LogSumExp, 2>(), body(&LogSumExp), DType::F32);
        for (y, g) in out.iter().zip(&expected) {
            let exact = g.iter().map(|x| x.exp()).sum::<f64>().ln();
            prop_assert!((*y as f64 - exact).abs() <= 1e-5 * exact.abs().max(1.0), "{} {}", y, exact);
        }
        // Values and places along one dimension.
        let dim = mask as usize % rank;
        let along: Vec<bool> = (0..rank).map(|d| d == dim).collect();
        let expected = groups(&shape, &strides, &along, &wide);
        let to = out_strides(&shape, &along);
        let (mut values, mut places) = (vec![0f32; expected.len()], vec![0i64; expected.len()]);
        for largest in [true, false] {
            // SAFETY: as above.
            unsafe {
                let v = Dst { ptr: values.as_mut_ptr().cast(), dtype: DType::F32, strides: &to };
                let i = Dst { ptr: places.as_mut_ptr().cast(), dtype: DType::I64, strides: &to };
                arg::arg(largest, DType::F32, &shape, src, dim, Some(v), i);
            }
            for ((v, i), g) in values.iter().zip(&places).zip(&expected) {
                let best = g.iter().copied().reduce(|a, b| if largest { a.max(b) } else { a.min(b) });
                prop_assert_eq!(Some(*v as f64), best);
                prop_assert_eq!(Some(*i as usize), g.iter().position(|x| Some(*x) == best));
            }
        }
    }
}

fn full<B>(kernel: &ReduceKernel, b: &B, x: &[f32]) -> f32 {
    let mut y = [0f32];
    // SAFETY: a contiguous input and one result.
    unsafe {
        let src = Src::Strided { ptr: x.as_ptr().cast(), dtype: DType::F32, strides: &[1] };
        let dst = Dst { ptr: y.as_mut_ptr().cast(), dtype: DType::F32, strides: &[0] };
        reduce(kernel, body(b), DType::F32, &[x.len()], src, dst, &[true]);
    }
    y[0]
}

#[test]
fn long_sums_keep_their_digits() {
    let x: Vec<f32> = (0..3_000_001).map(|i| 0.1 + (i % 1000) as f32 * 1e-5).collect();
    let exact: f64 = x.iter().map(|x| *x as f64).sum();
    let sum = full(ring::<Sum>(), &Sum, &x) as f64;
    assert!((sum - exact).abs() / exact < 3e-7, "{sum} {exact}");
    let norm = full(float::<Norm2, 1>(), &Norm2, &x) as f64;
    let exact = x.iter().map(|x| *x as f64 * *x as f64).sum::<f64>().sqrt();
    assert!((norm - exact).abs() / exact < 3e-7, "{norm} {exact}");
}

#[test]
fn nan_wins_and_nothing_is_the_first_state() {
    let mut x = vec![1.0f32; 5000];
    x[3000] = f32::NAN;
    x[4000] = f32::NAN;
    assert!(full(num::<Max>(), &Max, &x).is_nan() && full(num::<Min>(), &Min, &x).is_nan());
    assert_eq!(full(ring::<Sum>(), &Sum, &[]), 0.0);
    assert_eq!(full(ring::<Prod>(), &Prod, &[]), 1.0);
    assert!(full(float::<Mean, 1>(), &Mean, &[]).is_nan());
    let mut place = 0i64;
    for largest in [true, false] {
        // SAFETY: a contiguous input and one result.
        unsafe {
            let src = Src::Strided { ptr: x.as_ptr().cast(), dtype: DType::F32, strides: &[1] };
            let dst = Dst { ptr: (&raw mut place).cast(), dtype: DType::I64, strides: &[0] };
            arg::arg(largest, DType::F32, &[5000], src, 0, None, dst);
        }
        assert_eq!(place, 3000);
    }
}

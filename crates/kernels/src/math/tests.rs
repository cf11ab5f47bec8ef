//! The functions against other implementations, in every instruction set: `f32` against `f64` of the standard library,
//! `f64` against values computed to 40 digits.
#![allow(clippy::approx_constant)] // some of those values are well-known constants

use crate::isa::{Isa, detect};
use crate::lane::Vector;
use crate::lane::wide::*;

/// Error in units of the last place of the correctly rounded result.
fn ulp(got: f32, exact: f64) -> f64 {
    let rounded = exact as f32;
    if got.is_nan() && rounded.is_nan() || got == rounded && (got.is_infinite() || got == 0.0) {
        return 0.0;
    }
    if got.is_nan() || rounded.is_nan() || got.is_infinite() || (rounded.is_infinite() && got.abs() < f32::MAX) {
        return f64::INFINITY;
    }
    let unit = (rounded.abs().next_up() as f64 - rounded.abs() as f64).min(2f64.powi(104));
    (got as f64 - exact).abs() / unit
}

trait Function {
    fn of<V: Vector>(&self, x: V) -> V;
}

#[inline(always)]
fn each<V: Vector<Elem = E>, E: Copy, F: Function>(f: &F, x: &[E], y: &mut [E]) {
    for (x, y) in x.chunks(V::WIDTH).zip(y.chunks_mut(V::WIDTH)) {
        // SAFETY: the chunks hold the elements that are read and written.
        unsafe { f.of(V::load_part(x.as_ptr(), x.len())).store_part(y.as_mut_ptr(), x.len()) };
    }
}

macro_rules! on_isa {
    ($name:ident $e:ty: $wide:ty, $narrow:ty) => {
        fn $name<F: Function>(isa: Isa, f: &F, x: &[$e], y: &mut [$e]) {
            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(enable = "avx2,fma,f16c,avx512f,avx512bw,avx512dq,avx512vl")]
                fn avx512<F: Function>(f: &F, x: &[$e], y: &mut [$e]) {
                    each::<$wide, $e, F>(f, x, y)
                }
                #[target_feature(enable = "avx2,fma,f16c")]
                fn avx2<F: Function>(f: &F, x: &[$e], y: &mut [$e]) {
                    each::<$narrow, $e, F>(f, x, y)
                }
                match isa {
                    // SAFETY: the tests ask for no more than was detected.
                    Isa::Avx512 => return unsafe { avx512(f, x, y) },
                    // SAFETY: as above.
                    Isa::Avx2 => return unsafe { avx2(f, x, y) },
                    Isa::Portable => {}
                }
            }
            let _ = isa;
            each::<$e, $e, F>(f, x, y)
        }
    };
}
on_isa!(run_f32 f32: F32x16, F32x8);
on_isa!(run_f64 f64: F64x8, F64x4);

fn isas() -> impl Iterator<Item = Isa> {
    [Isa::Portable, Isa::Avx2, Isa::Avx512].into_iter().filter(|isa| *isa <= detect())
}

/// Every `stride`-th bit pattern of f32, and the special values.
fn all_floats(stride: usize) -> Vec<f32> {
    let special = [0.0, 1.0, f32::INFINITY, f32::NAN, f32::MIN_POSITIVE, f32::MAX, 1e-45, 0.5, 2.0, 88.7, 103.9];
    let signed = special.iter().flat_map(|x| [*x, -*x]);
    (0..=u32::MAX).step_by(stride).map(f32::from_bits).chain(signed).collect()
}

fn check_f32<F: Function>(name: &str, f: F, exact: fn(f64) -> f64, most: f64) {
    for isa in isas() {
        let x = all_floats(if isa == Isa::Portable { 60_013 } else { 4_001 });
        let mut y = vec![0f32; x.len()];
        run_f32(isa, &f, &x, &mut y);
        let (mut worst, mut at) = (0.0, 0.0);
        for (x, y) in x.iter().zip(&y) {
            let error = ulp(*y, exact(*x as f64));
            if error > worst {
                (worst, at) = (error, *x);
            }
        }
        println!("{name} {}: {worst:.3} ULP at {at:e}", isa.name());
        let mut found = [0f32];
        run_f32(isa, &f, &[at], &mut found);
        assert!(
            worst <= most,
            "{name} {}: {worst} ULP at {at:e}: {:e}, not {:e}",
            isa.name(),
            found[0],
            exact(at as f64)
        );
    }
}

macro_rules! functions {
    ($($test:ident: $name:ident $exact:expr, $most:expr;)*) => {$(
        #[test]
        fn $test() {
            struct This;
            impl Function for This {
                #[inline(always)]
                fn of<V: Vector>(&self, x: V) -> V {
                    x.$name()
                }
            }
            check_f32(stringify!($name), This, $exact, $most);
        }
    )*};
}

functions! {
    exp_f32: exp f64::exp, 1.0;
    exp2_f32: exp2 f64::exp2, 1.0;
    expm1_f32: expm1 f64::exp_m1, 1.5;
    log_f32: log f64::ln, 1.0;
    log2_f32: log2 f64::log2, 1.5;
    log10_f32: log10 f64::log10, 1.5;
    log1p_f32: log1p f64::ln_1p, 1.5;
    sin_f32: sin f64::sin, 1.0;
    cos_f32: cos f64::cos, 1.0;
    tan_f32: tan f64::tan, 2.5;
    asin_f32: asin f64::asin, 2.5;
    acos_f32: acos f64::acos, 1.5;
    atan_f32: atan f64::atan, 1.5;
    sinh_f32: sinh f64::sinh, 2.5;
    cosh_f32: cosh f64::cosh, 1.5;
    tanh_f32: tanh f64::tanh, 1.5;
    asinh_f32: asinh f64::asinh, 2.5;
    acosh_f32: acosh f64::acosh, 2.5;
    atanh_f32: atanh f64::atanh, 2.5;
    sqrt_f32: sqrt f64::sqrt, 0.5000001;
    floor_f32: floor f64::floor, 0.0;
    trunc_f32: trunc f64::trunc, 0.0;
    round_f32: round f64::round_ties_even, 0.0;
    sigmoid_f32: sigmoid |x| if x < -88.73 { 0.0 } else { 1.0 / (1.0 + (-x).exp()) }, 2.5;
    erf_f32: erf super::double::erf_of, 1.5;
    erfc_f32: erfc super::double::erfc_of, 4.0;
}

macro_rules! references {
    ($($test:ident: $name:ident $most:expr, $pairs:expr;)*) => {$(
        #[test]
        fn $test() {
            struct This;
            impl Function for This {
                #[inline(always)]
                fn of<V: Vector>(&self, x: V) -> V {
                    x.$name()
                }
            }
            let pairs: &[(f64, f64)] = $pairs;
            let x: Vec<f64> = pairs.iter().map(|p| p.0).collect();
            for isa in isas() {
                let mut y = vec![0.0; x.len()];
                run_f64(isa, &This, &x, &mut y);
                for (y, (x, exact)) in y.iter().zip(pairs) {
                    let unit = exact.abs().next_up() - exact.abs();
                    let error = (y - exact).abs() / unit;
                    assert!(error <= $most, "{} {}({x:e}) = {y:e}, not {exact:e}: {error} ULP", isa.name(), stringify!($name));
                }
                let mut limits = [0.0; 3];
                run_f64(isa, &This, &[f64::NAN, 0.0, -0.0], &mut limits);
                assert!(limits[0].is_nan());
            }
        }
    )*};
}

references! {
    exp_f64: exp 2.0, &[
        (-745.1, 5e-324), (-708.5, 2.006132305331306e-308), (-1.5, 0.22313016014842982), (-1e-05, 0.9999900000499998), (0.3, 1.3498588075760032), (1.0, 2.718281828459045), (20.5, 799902177.4755054), (709.7, 1.6549840276802644e+308)];
    expm1_f64: expm1 2.0, &[
        (-40.0, -1.0), (-1.5, -0.7768698398515702), (-1e-10, -9.999999999500001e-11), (1e-05, 1.0000050000166668e-05), (0.3, 0.3498588075760031), (1.0, 1.7182818284590453), (20.5, 799902176.4755054), (709.7, 1.6549840276802644e+308)];
    log_f64: log 2.0, &[
        (5e-324, -744.4400719213812), (1e-300, -690.7755278982137), (0.1, -2.3025850929940455), (0.75, -0.2876820724517809), (0.9999, -0.00010000500033334732), (1.0001, 9.999500033329732e-05), (1.4, 0.3364722366212129), (10000000000.0, 23.025850929940457), (1.7e+308, 709.7268368932282)];
    log2_f64: log2 2.0, &[
        (5e-324, -1074.0), (0.1, -3.321928094887362), (0.75, -0.4150374992788438), (0.9999, -0.00014427671804501932), (1.0001, 0.0001442622910945383), (3.0, 1.584962500721156), (10000000000.0, 33.219280948873624)];
    log10_f64: log10 2.0, &[
        (5e-324, -323.3062153431158), (0.1, -1.0), (0.75, -0.12493873660829995), (0.9999, -4.3431619807505604e-05), (1.0001, 4.342727686266486e-05), (3.0, 0.47712125471966244), (10000000000.0, 10.0)];
    log1p_f64: log1p 2.0, &[
        (-0.99999, -11.51292546497478), (-0.5, -0.6931471805599453), (-1e-10, -1.00000000005e-10), (1e-05, 9.999950000333332e-06), (0.3, 0.26236426446749106), (1.0, 0.6931471805599453), (20.5, 3.068052935133617), (1e+300, 690.7755278982137)];
    sin_f64: sin 2.0, &[
        (1e-10, 1e-10), (0.5, 0.479425538604203), (0.8, 0.7173560908995228), (2.0, 0.9092974268256817), (3.141592653589793, 1.2246467991473532e-16), (100.0, -0.5063656411097588), (-31415.9265, 3.589793097993253e-05), (99999.9, 0.13533980676109594), (1e+22, -0.8522008497671888)];
    cos_f64: cos 2.0, &[
        (1e-10, 1.0), (0.5, 0.8775825618903728), (0.8, 0.6967067093471654), (1.5707963267948966, 6.123233995736766e-17), (100.0, 0.8623188722876839), (-31415.9265, 0.9999999993556693), (99999.9, -0.990799241373281), (1e+22, 0.523214785395139)];
    tanh_f64: tanh 3.0, &[
        (-20.5, -1.0), (-1.5, -0.9051482536448664), (-0.61, -0.5441270988535675), (-0.59, -0.5298956075275294), (1e-10, 1e-10), (0.3, 0.2913126124515909), (5.0, 0.9999092042625951)];
    sinh_f64: sinh 3.0, &[
        (-20.5, -399951088.7377527), (-1.5, -2.1292794550948173), (-0.6, -0.6366535821482412), (1e-10, 1e-10), (0.3, 0.3045202934471426), (5.0, 74.20321057778875), (710.1, 1.234473023347593e+308)];
    cosh_f64: cosh 3.0, &[
        (-20.5, 399951088.7377527), (-1.5, 2.352409615243247), (1e-10, 1.0), (0.3, 1.0453385141288605), (5.0, 74.20994852478785), (710.1, 1.234473023347593e+308)];
    erf_f64: erf 3.0, &[
        (-6.5, -1.0), (-2.5, -0.999593047982555), (-0.91, -0.8018828257659413), (-0.89, -0.7918432468144954), (1e-300, 1.1283791670955126e-300), (1e-10, 1.1283791670955126e-10), (0.3, 0.3286267594591274), (0.5, 0.5204998778130465), (1.0, 0.8427007929497149), (1.5, 0.9661051464753108), (3.0, 0.9999779095030014)];
    erfc_f64: erfc 6.0, &[
        (-6.5, 2.0), (-2.5, 1.999593047982555), (-0.6, 1.6038560908479258), (1e-10, 0.999999999887162), (0.3, 0.6713732405408726), (0.46, 0.5153446099983203), (0.48, 0.4972503293052351), (1.0, 0.15729920705028513), (1.5, 0.033894853524689274), (3.0, 2.209049699858544e-05), (10.0, 2.088487583762545e-45), (20.0, 5.395865611607901e-176), (26.5, 2.2109076642637343e-307)];
    asinh_f64: asinh 3.0, &[
        (-20.5, -3.714166420572117), (-0.5, -0.48121182505960347), (1e-10, 1e-10), (3.0, 1.8184464592320668), (1e+200, 461.2101657793691)];
    acosh_f64: acosh 3.0, &[
        (1.0000001, 0.0004472135919037347), (1.5, 0.9624236501192069), (20.0, 3.6882538673612966), (1e+200, 461.2101657793691)];
    atanh_f64: atanh 3.0, &[
        (-0.99, -2.6466524123622457), (-0.5, -0.5493061443340549), (1e-10, 1e-10), (0.2, 0.2027325540540822)];
    lgamma_f64: lgamma 16.0, &[
        (1e-10, 23.025850929882736), (0.3, 1.0957979948180756), (0.9, 0.06637623973474295), (1.0001, -5.771334222047127e-05), (1.5, -0.12078223763524522), (1.9999, -4.227520877215346e-05), (2.1, 0.04543773854448518), (3.7, 1.428072326665388), (7.9, 8.32426586800881), (8.1, 8.72738826343204), (100.5, 361.4355404677776), (10000000000.0, 220258509288.81058), (-0.5, 1.2655121234846454), (-1.5, 0.860047015376481), (-7.3, -7.779101629826852)];
    digamma_f64: digamma 32.0, &[
        (1e-05, -100000.57719921567), (0.3, -3.502524222200133), (1.0, -0.5772156649015329), (2.5, 0.7031566406452432), (9.9, 2.2411803166063815), (10.0, 2.251752589066721), (100.5, 4.605174352581845), (-0.5, 0.03648997397857652), (-7.3, 4.33730730551005)];
    erfinv_f64: erfinv 8.0, &[
        (-0.999999, -3.458910737275499), (-0.9, -1.1630871536766743), (-0.3, -0.2724627147267543), (1e-10, 8.862269254527581e-11), (0.1, 0.08885599049425769), (0.5, 0.4769362762044699), (0.7, 0.7328690779592167), (0.99, 1.8213863677184494), (0.9999999999, 4.572824958544925)];
}

#[test]
fn pow_f32_in_every_instruction_set() {
    struct Pow(f64);
    impl Function for Pow {
        #[inline(always)]
        fn of<V: Vector>(&self, x: V) -> V {
            x.pow(V::splat(self.0))
        }
    }
    let x = all_floats(100_003);
    for isa in isas() {
        for y in [0.0f32, 1.0, 2.0, 3.0, -1.0, 0.5, 1.0 / 3.0, -2.7, 17.3, 100.0, -0.001, f32::INFINITY, f32::NAN] {
            let mut got = vec![0f32; x.len()];
            run_f32(isa, &Pow(y as f64), &x, &mut got);
            for (x, got) in x.iter().zip(&got) {
                let exact = (*x as f64).powf(y as f64);
                let error = ulp(*got, exact);
                assert!(error <= 2.0, "{} {x:e}^{y} = {got:e}, not {exact:e}: {error} ULP", isa.name());
            }
        }
    }
}

#[test]
fn atan2_f32_in_every_instruction_set() {
    struct Atan2(f64);
    impl Function for Atan2 {
        #[inline(always)]
        fn of<V: Vector>(&self, x: V) -> V {
            x.atan2(V::splat(self.0))
        }
    }
    let y = all_floats(100_003);
    for isa in isas() {
        for x in [0.0f32, -0.0, 1.0, -1.0, 1e-3, -5e4, f32::INFINITY, f32::NEG_INFINITY, f32::NAN] {
            let mut got = vec![0f32; y.len()];
            run_f32(isa, &Atan2(x as f64), &y, &mut got);
            for (y, got) in y.iter().zip(&got) {
                let exact = (*y as f64).atan2(x as f64);
                // Below the normal range the quotient has lost digits.
                let error = if exact.abs() < 1e-37 { 0.0 } else { ulp(*got, exact) };
                assert!(error <= 2.5, "{} atan2({y:e}, {x:e}) = {got:e}, not {exact:e}: {error} ULP", isa.name());
            }
        }
    }
}

/// What an element gives does not depend on those beside it, which may be zeros, infinite or too large for the fast way.
#[test]
fn neighbours_change_nothing() {
    struct Each(usize);
    impl Function for Each {
        #[inline(always)]
        fn of<V: Vector>(&self, x: V) -> V {
            match self.0 {
                0 => x.sin(),
                1 => x.cos(),
                2 => x.tan(),
                3 => x.atan2(V::splat(0.7)),
                _ => x.pow(V::splat(1.3)),
            }
        }
    }
    let plain: Vec<f32> = (1..=96).map(|i| i as f32 * 0.137).collect();
    let mut mixed = plain.clone();
    for (i, x) in mixed.iter_mut().enumerate().filter(|(i, _)| i % 5 == 2) {
        *x = [0.0, f32::INFINITY, f32::NAN, 3e30][i / 5 % 4];
    }
    for isa in isas() {
        for function in 0..5 {
            let (mut want, mut got) = (vec![0f32; plain.len()], vec![0f32; plain.len()]);
            run_f32(isa, &Each(function), &plain, &mut want);
            run_f32(isa, &Each(function), &mixed, &mut got);
            for i in (0..plain.len()).filter(|i| i % 5 != 2) {
                assert_eq!(got[i].to_bits(), want[i].to_bits(), "{} {function} of {}", isa.name(), plain[i]);
            }
        }
    }
}

#[test]
fn the_tail_of_the_normal_distribution() {
    struct NormalTail;
    impl Function for NormalTail {
        #[inline(always)]
        fn of<V: Vector>(&self, x: V) -> V {
            x.normal_tail()
        }
    }
    let inputs: Vec<f32> = (0..200_000).map(|i| i as f32 * 1e-4).collect();
    for isa in isas() {
        let mut got = vec![0f32; inputs.len()];
        run_f32(isa, &NormalTail, &inputs, &mut got);
        for (x, got) in inputs.iter().zip(got) {
            let exact = 0.5 * super::double::erfc_of(f64::from(*x) * std::f64::consts::FRAC_1_SQRT_2);
            let error = (f64::from(got) - exact).abs();
            assert!(
                error <= 4e-8 && (*x > 5.79 || error <= if *x < 3.0 { 5e-7 } else { 8e-5 } * exact),
                "at {x}: {error:e} from {exact:e}"
            );
        }
    }
    assert_eq!(super::single::normal_tail(f32::INFINITY), 0.0);
    assert!(super::single::normal_tail(f32::NAN).is_nan());
}

//! Airy and Bessel functions of one number in double precision, by the approximations of Cephes.

use super::special::{chebyshev, i0, i1};
use std::f64::consts::{FRAC_2_PI, FRAC_PI_4, PI};

/// Cephes' coefficients AN of airy_ai.
const AI_AN: [f64; 8] = [
    0.346538101525629,
    12.007595273964581,
    76.27960536152345,
    168.08922493463058,
    159.75639135016442,
    70.53609068404442,
    14.026469116338967,
    1.0,
];
/// Cephes' coefficients AD of airy_ai.
const AI_AD: [f64; 8] = [
    0.5675945326387702,
    14.75625625848472,
    84.51389701414746,
    177.31808814540045,
    164.2346928715297,
    71.47784008255756,
    14.095913560783403,
    1.0,
];
/// Cephes' coefficients AFN of airy_ai.
const AI_AFN: [f64; 9] = [
    -0.1316963234183318,
    -0.6264565444319123,
    -0.6931580360369335,
    -0.2797799815451191,
    -0.04919001326095003,
    -0.004062659235948854,
    -0.0001592764962392621,
    -2.776491081552329e-06,
    -1.6778769848911465e-08,
];
/// Cephes' coefficients AFD of airy_ai.
const AI_AFD: [f64; 9] = [
    13.356042070655324,
    32.682503279522464,
    26.736704094149957,
    9.187074029072596,
    1.4752914677166642,
    0.11568717379518804,
    0.004402916416152112,
    7.547203482874142e-05,
    4.5185009297058035e-07,
];
/// Cephes' coefficients AGN of airy_ai.
const AI_AGN: [f64; 11] = [
    0.01973399320916857,
    0.39110302961568827,
    1.0657989759959559,
    0.9391692298166502,
    0.35146565610554764,
    0.06338889196289255,
    0.005858041130483885,
    0.000282851600836737,
    6.98793669997261e-06,
    8.117892395543892e-08,
    3.415517847659236e-10,
];
/// Cephes' coefficients AGD of airy_ai.
const AI_AGD: [f64; 10] = [
    9.30892908077442,
    19.835292871831214,
    15.564662893286462,
    5.476860694229755,
    0.9542936116189619,
    0.08645808263523921,
    0.004126565238242226,
    0.00010125908511650914,
    1.1716673321441352e-06,
    4.9183457006293e-09,
];
/// Cephes' coefficients PP of bessel_j0.
const J0_PP: [f64; 7] = [
    0.0007969367292973471,
    0.08283523921074408,
    1.239533716464143,
    5.447250030587687,
    8.74716500199817,
    5.303240382353949,
    1.0,
];
/// Cephes' coefficients PQ of bessel_j0.
const J0_PQ: [f64; 7] = [
    0.0009244088105588637,
    0.08562884743544745,
    1.2535274390105895,
    5.470977403304171,
    8.761908832370695,
    5.306052882353947,
    1.0,
];
/// Cephes' coefficients QP of bessel_j0.
const J0_QP: [f64; 8] = [
    -0.011366383889846916,
    -1.2825271867050931,
    -19.553954425773597,
    -93.20601521237683,
    -177.68116798048806,
    -147.07750515495118,
    -51.41053267665993,
    -6.050143506007285,
];
/// Cephes' coefficients QQ of bessel_j0.
const J0_QQ: [f64; 7] = [
    64.3178256118178,
    856.4300259769806,
    3882.4018360540163,
    7240.467741956525,
    5930.727011873169,
    2062.0933166032783,
    242.0057402402914,
];
/// Cephes' coefficients RP of bessel_j0.
const J0_RP: [f64; 4] = [-4794432209.782018, 1956174919465.5657, -249248344360967.72, 9708622510473064.0];
/// Cephes' coefficients RQ of bessel_j0.
const J0_RQ: [f64; 8] = [
    499.563147152651,
    173785.4016763747,
    48440965.83399621,
    11185553704.535683,
    2112775201154.892,
    310518229857422.56,
    3.1812195594320496e+16,
    1.7108629408104315e+18,
];
/// Cephes' coefficients PP of bessel_j1.
const J1_PP: [f64; 7] = [
    0.0007621256162081731,
    0.07313970569409176,
    1.1271960812968493,
    5.112079511468076,
    8.424045901417724,
    5.214515986823615,
    1.0,
];
/// Cephes' coefficients PQ of bessel_j1.
const J1_PQ: [f64; 7] = [
    0.0005713231280725487,
    0.06884559087544954,
    1.105142326340617,
    5.073863861286015,
    8.399855543276042,
    5.209828486823619,
    1.0,
];
/// Cephes' coefficients QP of bessel_j1.
const J1_QP: [f64; 8] = [
    0.05108625947501766,
    4.982138729512334,
    75.82382841325453,
    366.7796093601508,
    710.8563049989261,
    597.4896124006136,
    211.68875710057213,
    25.207020585802372,
];
/// Cephes' coefficients QQ of bessel_j1.
const J1_QQ: [f64; 7] = [
    74.23732770356752,
    1056.4488603826283,
    4986.410583376536,
    9562.318924047562,
    7997.041604473507,
    2826.1927851763908,
    336.0936078106983,
];
/// Cephes' coefficients RP of bessel_j1.
const J1_RP: [f64; 4] = [-899971225.7055594, 452228297998.19403, -72749424522181.83, 3682957328638529.0];
/// Cephes' coefficients RQ of bessel_j1.
const J1_RQ: [f64; 8] = [
    620.8364781180543,
    256987.25675774884,
    83514679.14319493,
    22151159547.97925,
    4749141220799.914,
    784369607876235.9,
    8.952223361846274e+16,
    5.322786203326801e+18,
];
/// Cephes' coefficients YP of bessel_y0.
const Y0_YP: [f64; 8] = [
    15592.436785523574,
    -14663929.59039716,
    5435264770.518765,
    -982136065717.9115,
    87590639439536.7,
    -3466283033847297.0,
    4.4273326857256984e+16,
    -1.8495080043698668e+16,
];
/// Cephes' coefficients YQ of bessel_y0.
const Y0_YQ: [f64; 7] = [
    1041.2835366425984,
    626107.330137135,
    268919633.39381415,
    86400248710.3935,
    20297961275010.555,
    3171577528429750.5,
    2.5059625617265306e+17,
];
/// Cephes' coefficients YP of bessel_y1.
const Y1_YP: [f64; 6] = [
    1263204747.9017804,
    -647355876379.1603,
    114509511541823.73,
    -8127702555013251.0,
    2.024394757135949e+17,
    -7.788771962659501e+17,
];
/// Cephes' coefficients YQ of bessel_y1.
const Y1_YQ: [f64; 8] = [
    594.3015923461282,
    235564.09294306856,
    73481194.44597217,
    18760131610.870617,
    3882312774962.3857,
    620557727146953.8,
    6.871410873553005e+16,
    3.9727060811656064e+18,
];
/// Cephes' coefficients A of modified_bessel_k0.
const K0_A: [f64; 10] = [
    1.374465435613523e-16,
    4.25981614279661e-14,
    1.0349695257633842e-11,
    1.904516377220209e-09,
    2.5347910790261494e-07,
    2.286212103119452e-05,
    0.001264615411446926,
    0.0359799365153615,
    0.3442898999246285,
    -0.5353273932339028,
];
/// Cephes' coefficients B of modified_bessel_k0.
const K0_B: [f64; 25] = [
    5.300433772686263e-18,
    -1.6475804301524212e-17,
    5.2103915050390274e-17,
    -1.678231096805412e-16,
    5.512055978524319e-16,
    -1.848593377343779e-15,
    6.3400764774050706e-15,
    -2.2275133269916698e-14,
    8.032890775363575e-14,
    -2.9800969231727303e-13,
    1.140340588208475e-12,
    -4.514597883373944e-12,
    1.8559491149547177e-11,
    -7.957489244477107e-11,
    3.577397281400301e-10,
    -1.69753450938906e-09,
    8.574034017414225e-09,
    -4.660489897687948e-08,
    2.766813639445015e-07,
    -1.8317555227191195e-06,
    1.39498137188765e-05,
    -0.00012849549581627802,
    0.0015698838857300533,
    -0.0314481013119645,
    2.4403030820659555,
];
/// Cephes' coefficients A of modified_bessel_k1.
const K1_A: [f64; 11] = [
    -7.023863479386288e-18,
    -2.427449850519366e-15,
    -6.666901694199329e-13,
    -1.4114883926335278e-10,
    -2.213387630734726e-08,
    -2.4334061415659684e-06,
    -0.0001730288957513052,
    -0.006975723859639864,
    -0.12261118082265715,
    -0.3531559607765449,
    1.5253002273389478,
];
/// Cephes' coefficients B of modified_bessel_k1.
const K1_B: [f64; 25] = [
    -5.756744483665017e-18,
    1.7940508731475592e-17,
    -5.689462558442859e-17,
    1.838093544366639e-16,
    -6.057047248373319e-16,
    2.038703165624334e-15,
    -7.019837090418314e-15,
    2.4771544244813043e-14,
    -8.976705182324994e-14,
    3.3484196660784293e-13,
    -1.2891739609510289e-12,
    5.13963967348173e-12,
    -2.1299678384275683e-11,
    9.218315187605006e-11,
    -4.1903547593418965e-10,
    2.015049755197033e-09,
    -1.0345762465678097e-08,
    5.7410841254500495e-08,
    -3.5019606030878126e-07,
    2.406484947837217e-06,
    -1.936197974166083e-05,
    0.00019521551847135162,
    -0.002857816859622779,
    0.10392373657681724,
    2.7206261904844427,
];

/// A polynomial by Horner's rule, highest coefficient first.
fn poly(x: f64, coefficients: &[f64]) -> f64 {
    coefficients.iter().fold(0.0, |sum, c| sum * x + c)
}

/// √(2/π).
const SQRT_2_PI: f64 = 0.797_884_560_802_865_4;

/// The Airy function Ai: power series near 0, asymptotic ones in e^−ζ and in sines farther out.
pub fn airy_ai(x: f64) -> f64 {
    const ROOT: f64 = 0.564_189_583_547_756_3;
    if !x.is_finite() {
        return f64::NAN;
    }
    if x > 103.892 {
        return 0.0;
    }
    if x < -2.09 {
        let t = -2.0 * x * (-x).sqrt() / 3.0;
        let (z, phase) = (1.0 / t, t + 0.25 * PI);
        let sines = 1.0 + z * z * poly(z * z, &AI_AFN) / poly(z * z, &AI_AFD);
        let cosines = z * poly(z * z, &AI_AGN) / poly(z * z, &AI_AGD);
        return ROOT / (-x).sqrt().sqrt() * (phase.sin() * sines - phase.cos() * cosines);
    }
    if x >= 2.09 {
        let zeta = 2.0 * x * x.sqrt() / 3.0;
        let z = 1.0 / zeta;
        return ROOT * (poly(z, &AI_AN) / poly(z, &AI_AD)) / (2.0 * x.sqrt().sqrt() * zeta.exp());
    }
    let (mut f, mut g, mut m, mut n, mut k) = (1.0, x, 1.0, x, 1.0);
    let cube = x * x * x;
    loop {
        m *= cube / ((k + 1.0) * (k + 2.0));
        n *= cube / ((k + 2.0) * (k + 3.0));
        k += 3.0;
        f += m;
        g += n;
        if (m / f).abs() <= f64::EPSILON {
            return 0.355_028_053_887_817_24 * f - 0.258_819_403_792_806_8 * g;
        }
    }
}

/// The two parts of the asymptotic form of J and Y beyond 5, and the phase. The polynomial `qq` of Cephes has a leading one that
/// PyTorch leaves out, and so is left out here: the numbers are PyTorch's, up to 4e-7 off just above 5 and 1e-10 at 10.
fn far(x: f64, pp: &[f64], pq: &[f64], qp: &[f64], qq: &[f64], shift: f64) -> (f64, f64, f64) {
    let w = 25.0 / (x * x);
    (poly(w, pp) / poly(w, pq), 5.0 / x * (poly(w, qp) / poly(w, qq)), x - shift)
}

/// The Bessel function of the first kind of order 0.
pub fn j0(x: f64) -> f64 {
    let x = x.abs();
    if x <= 5.0 {
        let z = x * x;
        if x < 1e-5 {
            return 1.0 - z / 4.0;
        }
        return (z - 5.783_185_962_946_785) * (z - 30.471_262_343_662_087) * poly(z, &J0_RP) / poly(z, &J0_RQ);
    }
    let (p, q, t) = far(x, &J0_PP, &J0_PQ, &J0_QP, &J0_QQ, FRAC_PI_4);
    (p * t.cos() - q * t.sin()) * SQRT_2_PI / x.sqrt()
}

/// The Bessel function of the first kind of order 1.
pub fn j1(x: f64) -> f64 {
    if x < 0.0 {
        return -j1(-x);
    }
    if x <= 5.0 {
        let z = x * x;
        return poly(z, &J1_RP) / poly(z, &J1_RQ) * x * (z - 14.681_970_642_123_893) * (z - 49.218_456_321_694_604);
    }
    let (p, q, t) = far(x, &J1_PP, &J1_PQ, &J1_QP, &J1_QQ, 3.0 * FRAC_PI_4);
    (p * t.cos() - q * t.sin()) * SQRT_2_PI / x.sqrt()
}

/// The Bessel function of the second kind of order 0.
pub fn y0(x: f64) -> f64 {
    if x <= 5.0 {
        return match x {
            0.0 => f64::NEG_INFINITY,
            x if x < 0.0 => f64::NAN,
            x => poly(x * x, &Y0_YP) / poly(x * x, &Y0_YQ) + FRAC_2_PI * x.ln() * j0(x),
        };
    }
    let (p, q, t) = far(x, &J0_PP, &J0_PQ, &J0_QP, &J0_QQ, FRAC_PI_4);
    (p * t.sin() + q * t.cos()) * SQRT_2_PI / x.sqrt()
}

/// The Bessel function of the second kind of order 1.
pub fn y1(x: f64) -> f64 {
    if x <= 5.0 {
        return match x {
            0.0 => f64::NEG_INFINITY,
            x if x < 0.0 => f64::NAN,
            x => x * (poly(x * x, &Y1_YP) / poly(x * x, &Y1_YQ)) + FRAC_2_PI * (j1(x) * x.ln() - 1.0 / x),
        };
    }
    let (p, q, t) = far(x, &J1_PP, &J1_PQ, &J1_QP, &J1_QQ, 3.0 * FRAC_PI_4);
    (p * t.sin() + q * t.cos()) * SQRT_2_PI / x.sqrt()
}

/// What K takes for numbers that are not positive.
fn outside(x: f64) -> Option<f64> {
    match x {
        0.0 => Some(f64::INFINITY),
        x if x < 0.0 => Some(f64::NAN),
        _ => None,
    }
}

/// e^x K0(x), with the modified Bessel function of the second kind of order 0.
pub fn k0e(x: f64) -> f64 {
    outside(x).unwrap_or_else(|| match x {
        x if x <= 2.0 => (chebyshev(x * x - 2.0, &K0_A) - (0.5 * x).ln() * i0(x)) * x.exp(),
        x => chebyshev(8.0 / x - 2.0, &K0_B) / x.sqrt(),
    })
}

/// The modified Bessel function of the second kind of order 0.
pub fn k0(x: f64) -> f64 {
    outside(x).unwrap_or_else(|| match x {
        x if x <= 2.0 => chebyshev(x * x - 2.0, &K0_A) - (0.5 * x).ln() * i0(x),
        x => (-x).exp() * chebyshev(8.0 / x - 2.0, &K0_B) / x.sqrt(),
    })
}

/// e^x K1(x), with the modified Bessel function of the second kind of order 1.
pub fn k1e(x: f64) -> f64 {
    outside(x).unwrap_or_else(|| match x {
        x if x <= 2.0 => ((0.5 * x).ln() * i1(x) + chebyshev(x * x - 2.0, &K1_A) / x) * x.exp(),
        x => chebyshev(8.0 / x - 2.0, &K1_B) / x.sqrt(),
    })
}

/// The modified Bessel function of the second kind of order 1.
pub fn k1(x: f64) -> f64 {
    outside(x).unwrap_or_else(|| match x {
        x if x <= 2.0 => (0.5 * x).ln() * i1(x) + chebyshev(x * x - 2.0, &K1_A) / x,
        x => (-x).exp() * chebyshev(8.0 / x - 2.0, &K1_B) / x.sqrt(),
    })
}

/// sin(x) / x, the spherical Bessel function of order 0.
pub fn spherical_j0(x: f64) -> f64 {
    match x {
        x if x.is_infinite() => 0.0,
        x if x.abs() < 1e-4 => 1.0 - x * x / 6.0,
        x => x.sin() / x,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_agree_with_references() {
        let close = |name: &str, got: f64, wanted: f64| {
            assert!((got - wanted).abs() <= 1e-13 * wanted.abs(), "{name}: {got:e}, not {wanted:e}");
        };
        close("airy_ai", airy_ai(0.0), 0.355_028_053_887_817_24);
        close("airy_ai", airy_ai(1.0), 0.135_292_416_312_881_42);
        close("j0", j0(1.0), 0.765_197_686_557_966_6);
        // What PyTorch gives: the value is -0.245 935 764 451 348.
        close("j0", j0(10.0), -0.245_935_764_419_588_56);
        close("j1", j1(1.0), 0.440_050_585_744_933_5);
        close("y0", y0(1.0), 0.088_256_964_215_676_96);
        close("y1", y1(1.0), -0.781_212_821_300_288_7);
        close("k0", k0(1.0), 0.421_024_438_240_708_34);
        close("k1", k1(1.0), 0.601_907_230_197_234_6);
    }
}

//! Bessel functions, zeta and the normal distribution's functions, of one number in double precision.

use super::double::{erf_of, erfc_of};
use super::scalar::{digamma, erfinv};

/// Clenshaw's sum of a Chebyshev series, highest coefficient first (Cephes' `chbevl`).
pub(super) fn chebyshev(x: f64, coefficients: &[f64]) -> f64 {
    let (mut b0, mut b1, mut b2) = (0.0, 0.0, 0.0);
    for c in coefficients {
        b2 = b1;
        b1 = b0;
        b0 = x * b1 - b2 + c;
    }
    0.5 * (b0 - b2)
}

/// e^-x I0(x) for x up to 8, in x/2 - 2.
const I0_NEAR: [f64; 30] = [
    -4.4153416464793395e-18,
    3.3307945188222384e-17,
    -2.431279846547955e-16,
    1.715391285555133e-15,
    -1.1685332877993451e-14,
    7.676185498604936e-14,
    -4.856446783111929e-13,
    2.95505266312964e-12,
    -1.726826291441556e-11,
    9.675809035373237e-11,
    -5.189795601635263e-10,
    2.6598237246823866e-09,
    -1.300025009986248e-08,
    6.046995022541919e-08,
    -2.670793853940612e-07,
    1.1173875391201037e-06,
    -4.4167383584587505e-06,
    1.6448448070728896e-05,
    -5.754195010082104e-05,
    0.00018850288509584165,
    -0.0005763755745385824,
    0.0016394756169413357,
    -0.004324309995050576,
    0.010546460394594998,
    -0.02373741480589947,
    0.04930528423967071,
    -0.09490109704804764,
    0.17162090152220877,
    -0.3046826723431984,
    0.6767952744094761,
];
/// sqrt(x) e^-x I0(x) from 8, in 32/x - 2.
const I0_FAR: [f64; 27] = [
    1.193650890845982e-18,
    9.921475412173699e-19,
    -7.233180487874754e-18,
    -4.830504485944182e-18,
    4.46562142029676e-17,
    3.461222867697461e-17,
    -2.8276239805165836e-16,
    -3.425485619677219e-16,
    1.7725601330565263e-15,
    3.8116806693526224e-15,
    -9.554846698828307e-15,
    -4.150569347287222e-14,
    1.54008621752141e-14,
    3.8527783827421426e-13,
    7.180124451383666e-13,
    -1.7941785315068062e-12,
    -1.3215811840447713e-11,
    -3.1499165279632416e-11,
    1.1889147107846439e-11,
    4.94060238822497e-10,
    3.3962320257083865e-09,
    2.266668990498178e-08,
    2.0489185894690638e-07,
    2.8913705208347567e-06,
    6.889758346916825e-05,
    0.0033691164782556943,
    0.8044904110141088,
];
/// e^-x I1(x) / x for x up to 8, in x/2 - 2.
const I1_NEAR: [f64; 29] = [
    2.7779141127610464e-18,
    -2.111421214358166e-17,
    1.5536319577362005e-16,
    -1.1055969477353862e-15,
    7.600684294735408e-15,
    -5.042185504727912e-14,
    3.223793365945575e-13,
    -1.9839743977649436e-12,
    1.1736186298890901e-11,
    -6.663489723502027e-11,
    3.625590281552117e-10,
    -1.8872497517228294e-09,
    9.381537386495773e-09,
    -4.445059128796328e-08,
    2.0032947535521353e-07,
    -8.568720264695455e-07,
    3.4702513081376785e-06,
    -1.3273163656039436e-05,
    4.781565107550054e-05,
    -0.00016176081582589674,
    0.0005122859561685758,
    -0.0015135724506312532,
    0.004156422944312888,
    -0.010564084894626197,
    0.024726449030626516,
    -0.05294598120809499,
    0.1026436586898471,
    -0.17641651835783406,
    0.25258718644363365,
];
/// sqrt(x) e^-x I1(x) from 8, in 32/x - 2.
const I1_FAR: [f64; 27] = [
    -1.242193275194891e-18,
    -9.314178867326884e-19,
    7.517296310842105e-18,
    4.414348323071708e-18,
    -4.6503053684893586e-17,
    -3.209525921993424e-17,
    2.96262899764595e-16,
    3.3082023109209285e-16,
    -1.8803547755107825e-15,
    -3.8144030724370075e-15,
    1.0420276984128802e-14,
    4.272440016711951e-14,
    -2.1015418427726643e-14,
    -4.0835511110921974e-13,
    -7.198551776245908e-13,
    2.0356285441470896e-12,
    1.4125807436613782e-11,
    3.2526035830154884e-11,
    -1.8974958123505413e-11,
    -5.589743462196584e-10,
    -3.835380385964237e-09,
    -2.6314688468895196e-08,
    -2.512236237870209e-07,
    -3.882564808877691e-06,
    -0.00011058893876262371,
    -0.009761097491361469,
    0.7785762350182801,
];

/// e^-|x| I0(x).
pub fn i0e(x: f64) -> f64 {
    let x = x.abs();
    if x <= 8.0 { chebyshev(x / 2.0 - 2.0, &I0_NEAR) } else { chebyshev(32.0 / x - 2.0, &I0_FAR) / x.sqrt() }
}

/// The modified Bessel function of order 0.
pub fn i0(x: f64) -> f64 {
    x.abs().exp() * i0e(x)
}

/// e^-|x| I1(x).
pub fn i1e(x: f64) -> f64 {
    let a = x.abs();
    let y =
        if a <= 8.0 { chebyshev(a / 2.0 - 2.0, &I1_NEAR) * a } else { chebyshev(32.0 / a - 2.0, &I1_FAR) / a.sqrt() };
    if x < 0.0 { -y } else { y }
}

/// The modified Bessel function of order 1.
pub fn i1(x: f64) -> f64 {
    x.abs().exp() * i1e(x)
}

/// The Hurwitz zeta function Σ (k + q)^-x for x > 1: nine terms, then the Euler-Maclaurin formula.
pub fn zeta(x: f64, q: f64) -> f64 {
    if x == 1.0 {
        return f64::INFINITY;
    }
    if x.is_nan() || q.is_nan() || x < 1.0 {
        return f64::NAN;
    }
    if q <= 0.0 {
        if q == q.floor() {
            return f64::INFINITY;
        }
        if x != x.floor() {
            return f64::NAN;
        }
    }
    // (2k)! / B(2k)
    const A: [f64; 12] = [
        12.0,
        -720.0,
        30240.0,
        -1209600.0,
        47900160.0,
        -1.8924375803183791606e9,
        7.47242496e10,
        -2.950130727918164224e12,
        1.1646782814350067249e14,
        -4.5979787224074726105e15,
        1.8152105401943546773e17,
        -7.1661652561756670113e18,
    ];
    let mut s = q.powf(-x);
    let mut a = q;
    let mut b = 0.0;
    let mut i = 0;
    while i < 9 || a <= 9.0 {
        i += 1;
        a += 1.0;
        b = a.powf(-x);
        s += b;
        if (-f64::EPSILON * s) < b && b < f64::EPSILON * s {
            return s;
        }
    }
    let w = a;
    s += b * w / (x - 1.0);
    s -= 0.5 * b;
    let mut factor = 1.0;
    let mut k = 0.0;
    for c in A {
        factor *= x + k;
        b /= w;
        let t = factor * b / c;
        s += t;
        if (t / s).abs() < f64::EPSILON {
            return s;
        }
        k += 1.0;
        factor *= x + k;
        b /= w;
        k += 1.0;
    }
    s
}

/// The derivative of order `n` of digamma.
pub fn polygamma(n: i64, x: f64) -> f64 {
    if n == 0 {
        return digamma(x);
    }
    let order = n as f64 + 1.0;
    let factorial = super::scalar::lgamma(order).exp();
    let sign = if n % 2 == 0 { -1.0 } else { 1.0 };
    sign * factorial * zeta(order, x)
}

/// e^(x²) erfc(x).
pub fn erfcx(x: f64) -> f64 {
    if x.is_nan() {
        return x;
    }
    if x < 25.0 {
        if x < -26.7 {
            return f64::INFINITY;
        }
        if x < 5.0 {
            return (x * x).exp() * erfc_of(x);
        }
    }
    if x > 5e7 {
        return 0.5 * std::f64::consts::FRAC_2_SQRT_PI / x;
    }
    // Laplace's continued fraction, from its end.
    let terms = 60;
    let mut tail = 0.0;
    for k in (1..=terms).rev() {
        tail = 0.5 * k as f64 / (x + tail);
    }
    0.5 * std::f64::consts::FRAC_2_SQRT_PI / (x + tail)
}

/// The probability that a standard normal number is not above x.
pub fn ndtr(x: f64) -> f64 {
    let t = x * std::f64::consts::FRAC_1_SQRT_2;
    if t < -1.0 { 0.5 * erfc_of(-t) } else { 0.5 * (1.0 + erf_of(t)) }
}

/// log(ndtr(x)), without underflow.
pub fn log_ndtr(x: f64) -> f64 {
    let t = x * std::f64::consts::FRAC_1_SQRT_2;
    if x < -1.0 { (0.5 * erfcx(-t)).ln() - t * t } else { (-0.5 * erfc_of(t)).ln_1p() }
}

/// The inverse of [`ndtr`].
pub fn ndtri(p: f64) -> f64 {
    if p.is_nan() || !(0.0..=1.0).contains(&p) {
        return f64::NAN;
    }
    if p == 0.0 {
        return f64::NEG_INFINITY;
    }
    if p > 0.25 {
        return std::f64::consts::SQRT_2 * erfinv(2.0 * p - 1.0);
    }
    // Newton's method on log(ndtr), from the asymptotic start: 2p - 1 has no digits left near -1.
    let u = (-2.0 * p.ln()).sqrt();
    let mut x = -(u - (u.ln() * 2.0 + (2.0 * std::f64::consts::PI).ln()) / (2.0 * u));
    let target = p.ln();
    for _ in 0..30 {
        let f = log_ndtr(x);
        // The density over the probability, by way of erfcx.
        let t = -x * std::f64::consts::FRAC_1_SQRT_2;
        let slope = (2.0 / std::f64::consts::PI).sqrt() / erfcx(t);
        let step = (f - target) / slope;
        x -= step;
        if step.abs() <= 4.0 * f64::EPSILON * x.abs() {
            break;
        }
    }
    x
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(name: &str, x: f64, got: f64, wanted: f64, tolerance: f64) {
        let fine = got == wanted
            || (got - wanted).abs() <= tolerance * wanted.abs().max(1e-300)
            || got.is_nan() && wanted.is_nan();
        assert!(fine, "{name}({x}): {got:e}, not {wanted:e}");
    }

    #[test]
    fn values_agree_with_references() {
        for (x, wanted) in [
            (0.0, 1.0),
            (0.3, 1.022626879351597),
            (-2.5, 3.289839144050123),
            (7.9, 389.406283282158),
            (8.1, 469.5006067101215),
            (30.0, 781672297823.9775),
        ] {
            close("i0", x, i0(x), wanted, 4e-15);
        }
        for (x, wanted) in [
            (0.0, 1.0),
            (0.3, 0.7575806251825479),
            (-2.5, 0.27004644161220276),
            (7.9, 0.14436986414104191),
            (8.1, 0.14251180948829528),
            (300.0, 0.02304255841508546),
        ] {
            close("i0e", x, i0e(x), wanted, 2e-15);
        }
        for (x, wanted) in [
            (0.0, 0.0),
            (0.3, 0.15169384000359276),
            (-2.5, -2.5167162452886984),
            (7.9, 363.8539440845084),
            (8.1, 439.48430891035844),
            (30.0, 768532038938.957),
        ] {
            close("i1", x, i1(x), wanted, 4e-15);
        }
        for (x, wanted) in [
            (0.0, 0.0),
            (0.3, 0.1123775606398388),
            (-2.5, -0.20658464953126657),
            (7.9, 0.13489649943989376),
            (8.1, 0.13340068832583662),
            (300.0, 0.02300412204026895),
        ] {
            close("i1e", x, i1e(x), wanted, 2e-15);
        }
        for (x, wanted) in [
            (1.1, 9.960266570611159),
            (2.0, 0.9348022005446793),
            (5.5, 0.11542450183198819),
            (30.0, 5.215096203815732e-06),
        ] {
            close("zeta", x, zeta(x, 1.5), wanted, 4e-15);
        }
        for (x, wanted) in [
            (0.1, 101.43329915079275),
            (0.7, 2.834049156694611),
            (3.0, 0.39493406684822646),
            (20.0, 0.05127082293520312),
            (-1.5, 9.379246644989124),
        ] {
            close("polygamma1", x, polygamma(1, x), wanted, 1e-14);
        }
        for (x, wanted) in [
            (0.1, 60004.51287679026),
            (0.7, 25.879149678427737),
            (3.0, 0.11893940226682916),
            (20.0, 0.0002693742213396389),
        ] {
            close("polygamma3", x, polygamma(3, x), wanted, 1e-14);
        }
        for (x, wanted) in [
            (-3.0, 16205.988853999586),
            (0.0, 1.0),
            (0.5, 0.6156903441929259),
            (4.9, 0.11287909055975874),
            (5.1, 0.1086110263139328),
            (24.9, 0.022639987776049506),
            (26.0, 0.021683584850562907),
            (1000.0, 0.0005641893014533876),
        ] {
            close("erfcx", x, erfcx(x), wanted, 2e-14);
        }
        for (x, wanted) in [
            (-6.0, 9.86587645037698e-10),
            (-1.0, 0.15865525393145705),
            (0.2, 0.579259709439103),
            (3.0, 0.9986501019683699),
        ] {
            close("ndtr", x, ndtr(x), wanted, 2e-14);
        }
        for (x, wanted) in [
            (-40.0, -804.6084420137538),
            (-6.0, -20.736768949974707),
            (-0.5, -1.1759117615936185),
            (0.2, -0.5460043537227741),
            (8.0, -6.220960574271786e-16),
        ] {
            close("log_ndtr", x, log_ndtr(x), wanted, 2e-14);
        }
        for (x, wanted) in [
            (1e-300, -37.0470962993612),
            (1e-20, -9.262340089798407),
            (0.01, -2.326347874040841),
            (0.2, -0.8416212335729142),
            (0.3, -0.5244005127080408),
            (0.9, 1.2815515655446006),
            (0.999, 3.090232306167813),
        ] {
            close("ndtri", x, ndtri(x), wanted, 4e-15);
        }
    }
}

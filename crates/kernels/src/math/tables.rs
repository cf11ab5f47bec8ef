//! The numbers behind the elementary functions: polynomials (highest coefficient first, fitted in 60 digits at Chebyshev
//! nodes) and constants cut into parts that multiply exactly.

/// What the functions need to know of a precision.
pub trait Tables {
    /// (e^r - 1 - r) / r² in r, for |r| up to ln2/2.
    const EXP: &'static [f64];
    /// (log((1+s)/(1-s)) - 2s) / s³ in s², for mantissas from 1/√2 to √2.
    const LOG: &'static [f64];
    /// (tanh x - x) / x³ in x², up to 0.6.
    const TANH: &'static [f64];
    /// (sin x - x) / x³ in x², up to π/4.
    const SIN: &'static [f64];
    /// (cos x - 1 + x²/2) / x⁴ in x², up to π/4.
    const COS: &'static [f64];
    /// ln 2: a short part and the rest.
    const LN2: (f64, f64);
    /// log2 e: rounded, and what is missing.
    const LOG2_E: (f64, f64);
    /// log10 e, likewise.
    const LOG10_E: (f64, f64);
    /// log10 2: a short part and the rest.
    const LOG10_2: (f64, f64);
    /// π/2 in three parts.
    const HALF_PI: [f64; 3];
    /// Below the first e^x is 0, above the second it is infinite.
    const EXP_RANGE: (f64, f64);
    /// The smallest normal number.
    const TINY: f64;
    /// Up to here the three parts of π/2 reduce an argument of sine and cosine.
    const REDUCIBLE: f64;
}

impl Tables for f32 {
    const EXP: &'static [f64] =
        &[1.989198131e-04, 1.393454193e-03, 8.333310024e-03, 4.166645681e-02, 1.666666668e-01, 5.000000014e-01];
    const LOG: &'static [f64] = &[2.960069107e-01, 3.998831900e-01, 6.666668618e-01];
    const TANH: &'static [f64] =
        &[-6.269119720e-03, 2.111095905e-02, -5.387394885e-02, 1.333291537e-01, -3.333333033e-01];
    const SIN: &'static [f64] = &[2.724378141e-06, -1.984003887e-04, 8.333331785e-03, -1.666666666e-01];
    const COS: &'static [f64] = &[2.454287111e-05, -1.388827933e-03, 4.166666454e-02];
    const LN2: (f64, f64) = (0.693359375, -0.00021219444005469057);
    const LOG2_E: (f64, f64) = (1.4426950216293335, 1.9259629911266175e-08);
    const LOG10_E: (f64, f64) = (0.4342944920063019, -1.0103050052231683e-08);
    const LOG10_2: (f64, f64) = (0.301025390625, 4.605038981195214e-06);
    const HALF_PI: [f64; 3] = [1.5707963705062866, -4.371138828673793e-08, -1.7151245100058819e-15];
    const EXP_RANGE: (f64, f64) = (-105.0, 89.0);
    const TINY: f64 = f32::MIN_POSITIVE as f64;
    const REDUCIBLE: f64 = 100_000.0;
}

impl Tables for f64 {
    const EXP: &'static [f64] = &[
        2.0915442297780116e-09,
        2.5106274733573296e-08,
        2.75572718102198e-07,
        2.755725283351691e-06,
        2.4801587327007187e-05,
        0.00019841269876864356,
        0.0013888888888883327,
        0.008333333333325544,
        0.04166666666666667,
        0.1666666666666667,
        0.5,
    ];
    const LOG: &'static [f64] = &[
        0.131148348695975,
        0.13266048812203002,
        0.15386342449645143,
        0.18181793732111753,
        0.22222222409750114,
        0.2857142857072325,
        0.40000000000001007,
        0.6666666666666666,
    ];
    const TANH: &'static [f64] = &[
        6.934046420988954e-06,
        -3.2086614037935994e-05,
        9.332432233847448e-05,
        -0.00023795201383924994,
        0.0005897680994688268,
        -0.0014557958855734635,
        0.0035921242500086925,
        -0.008863235292803289,
        0.021869488527368107,
        -0.05396825396808531,
        0.13333333333333205,
        -0.3333333333333333,
    ];
    const SIN: &'static [f64] = &[
        -7.585486485235938e-13,
        1.6058510875319195e-10,
        -2.505210610025599e-08,
        2.7557319218954762e-06,
        -0.00019841269841264567,
        0.008333333333333331,
        -0.16666666666666666,
    ];
    const COS: &'static [f64] = &[
        -1.1380868171449914e-11,
        2.0876121534608454e-09,
        -2.7557317151858866e-07,
        2.480158729853226e-05,
        -0.0013888888888887241,
        0.041666666666666664,
    ];
    const LN2: (f64, f64) = (0.6931471805592082, 7.371002565167799e-13);
    const LOG2_E: (f64, f64) = (std::f64::consts::LOG2_E, 2.0355273740931033e-17);
    const LOG10_E: (f64, f64) = (std::f64::consts::LOG10_E, 1.098319650216765e-17);
    const LOG10_2: (f64, f64) = (0.301029995663157, 8.241712586023572e-13);
    const HALF_PI: [f64; 3] = [std::f64::consts::FRAC_PI_2, 6.123233995736766e-17, -1.4973849048591698e-33];
    const EXP_RANGE: (f64, f64) = (-746.0, 710.0);
    const TINY: f64 = f64::MIN_POSITIVE;
    const REDUCIBLE: f64 = 1e5;
}

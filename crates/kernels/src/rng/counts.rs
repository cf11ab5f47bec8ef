//! Numbers of events: Poisson's and the binomial distribution, by inversion where few are expected and by transformed
//! rejection (Hörmann, 1993) elsewhere, in the order in which PyTorch draws.

use super::{Generator, unit_f64};
use crate::math::scalar::lgamma;

fn uniform(g: &mut Generator) -> f64 {
    unit_f64(g.random64())
}

/// Events at `rate`, which is not negative.
pub fn poisson(g: &mut Generator, rate: f64) -> f64 {
    if rate >= 10.0 {
        let (root, log) = (rate.sqrt(), rate.ln());
        let b = 0.931 + 2.53 * root;
        let a = -0.059 + 0.02483 * b;
        let inverse = 1.1239 + 1.1328 / (b - 3.4);
        let quick = 0.9277 - 3.6224 / (b - 2.0);
        loop {
            let u = uniform(g) - 0.5;
            let v = uniform(g);
            let us = 0.5 - u.abs();
            let k = ((2.0 * a / us + b) * u + rate + 0.43).floor();
            if us >= 0.07 && v <= quick {
                return k;
            }
            if k < 0.0 || us < 0.013 && v > us {
                continue;
            }
            if v.ln() + inverse.ln() - (a / (us * us) + b).ln() <= -rate + k * log - lgamma(k + 1.0) {
                return k;
            }
            if rate.is_infinite() {
                return f64::INFINITY;
            }
        }
    }
    if rate == 0.0 || rate.is_nan() {
        return rate;
    }
    let least = (-rate).exp();
    let (mut k, mut product) = (0.0, 1.0);
    loop {
        product *= uniform(g);
        if product <= least {
            return k;
        }
        k += 1.0;
    }
}

/// Successes among `count` trials of probability `p`. `round` rounds to the precision in which both are given.
pub fn binomial(g: &mut Generator, count: f64, p: f64, round: fn(f64) -> f64) -> f64 {
    if count <= 0.0 || p <= 0.0 {
        return 0.0;
    }
    if p >= 1.0 {
        return count;
    }
    if p.is_nan() || count.is_nan() {
        return f64::NAN;
    }
    // The rarer outcome is counted.
    let q = round(1.0 - p);
    let rare = if p <= 0.5 { p } else { q };
    let k = if round(count * rare) >= 10.0 { rejection(g, count, rare, round) } else { waiting(g, count, rare, round) };
    if p <= 0.5 { k } else { round(count - k) }
}

/// Adds up waiting times until the trials are over.
fn waiting(g: &mut Generator, count: f64, p: f64, round: fn(f64) -> f64) -> f64 {
    let log = round((-p).ln_1p());
    let (mut sum, mut k) = (0.0, 0.0);
    loop {
        sum += (uniform(g).ln() / log).ceil();
        if sum > count {
            return k;
        }
        k = round(k + 1.0);
    }
}

/// ln k! without Stirling's formula: what is left of it.
fn tail(k: f64) -> f64 {
    const FIRST: [f64; 10] = [
        0.081_061_466_795_327_2,
        0.041_340_695_955_409_2,
        0.027_677_925_684_998_3,
        0.020_790_672_103_765_1,
        0.016_644_691_189_821_1,
        0.013_876_128_823_070_8,
        0.011_896_709_945_891_7,
        0.010_411_265_261_972_0,
        0.009_255_462_182_712_73,
        0.008_330_563_433_362_87,
    ];
    if k <= 9.0 {
        return FIRST[k.max(0.0) as usize];
    }
    let square = (k + 1.0) * (k + 1.0);
    (1.0 / 12.0 - (1.0 / 360.0 - 1.0 / 1260.0 / square) / square) / (k + 1.0)
}

fn rejection(g: &mut Generator, count: f64, p: f64, round: fn(f64) -> f64) -> f64 {
    let mean = round(count * p);
    let rest = round(1.0 - p);
    let deviation = round(round(mean * rest).sqrt());
    let b = 1.15 + 2.53 * deviation;
    let a = -0.0873 + 0.0248 * b + 0.01 * p;
    let c = mean + 0.5;
    let quick = 0.92 - 4.2 / b;
    let ratio = round(p / rest);
    let alpha = (2.83 + 5.1 / b) * deviation;
    let m = round(round(count + 1.0) * p).floor();
    loop {
        let u = uniform(g) - 0.5;
        let v = uniform(g);
        let us = 0.5 - u.abs();
        let k = round(((2.0 * a / us + b) * u + c).floor());
        if k < 0.0 || k > count {
            continue;
        }
        if us >= 0.07 && v <= quick {
            return k;
        }
        let v = (v * alpha / (a / (us * us) + b)).ln();
        let left = round(round(count - k) + 1.0);
        let bound = (m + 0.5) * ((m + 1.0) / (ratio * (count - m + 1.0))).ln()
            + round(count + 1.0) * ((count - m + 1.0) / left).ln()
            + (k + 0.5) * (ratio * left / round(k + 1.0)).ln()
            + tail(m)
            + tail(count - m)
            - tail(k)
            - tail(round(count - k));
        if v <= bound {
            return k;
        }
    }
}

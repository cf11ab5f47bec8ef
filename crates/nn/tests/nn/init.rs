//! The functions of `init` draw PyTorch's numbers, bit for bit.

use crate::common::{goldens, seeded};
use flambeau_core::{DType, ErrorClass, ops, random};
use flambeau_nn::init::*;

#[test]
fn fills_are_pytorchs() {
    let g = goldens();
    g.assert_filled("xavier_uniform", &[4, 6], |t| xavier_uniform_(t, 1.5));
    g.assert_filled("xavier_normal", &[4, 6], |t| xavier_normal_(t, 1.5));
    g.assert_filled("xavier_conv", &[4, 3, 2, 2], |t| xavier_uniform_(t, 1.0));
    g.assert_filled("kaiming_uniform", &[4, 6], |t| kaiming_uniform_(t, 0.1, Fan::Out, "leaky_relu"));
    g.assert_filled("kaiming_normal", &[5, 4], |t| kaiming_normal_(t, 0.0, Fan::In, "relu"));
    g.assert_filled("kaiming_tanh", &[5, 4], |t| kaiming_normal_(t, 0.0, Fan::In, "tanh"));
    g.assert_filled("uniform", &[17], |t| uniform_(t, -3.0, 2.0));
    g.assert_filled("normal", &[17], |t| normal_(t, 1.0, 0.1));
    g.assert_filled("trunc_normal", &[40], |t| trunc_normal_(t, 0.0, 1.0, -2.0, 2.0));
    g.assert_filled("trunc_normal_tight", &[40], |t| trunc_normal_(t, 0.5, 0.3, 0.3, 0.9));
    g.assert_filled("trunc_normal_tail", &[40], |t| trunc_normal_(t, 0.0, 1.0, 1.0, 3.0));
    g.assert_filled("trunc_normal_narrow", &[40], |t| trunc_normal_(t, 0.0, 1.0, -0.1, 0.2));
    g.assert_filled("eye", &[3, 5], eye_);
    g.assert_filled("constant", &[3], |t| constant_(t, 0.3));
}

#[test]
fn a_truncated_normal_has_its_moments() {
    let _turn = seeded();
    random::manual_seed(1);
    for (a, b, mean, std) in [(-2.0, 2.0, 0.0, 0.8796), (1.0, 3.0, 1.5102, 0.4196)] {
        let t = ops::zeros(&[20000], DType::F64).expect("zeros");
        trunc_normal_(&t, 0.0, 1.0, a, b).expect("trunc_normal_");
        let values = t.to_vec::<f64>().expect("values");
        assert!(values.iter().all(|x| (a..=b).contains(x)));
        let m = values.iter().sum::<f64>() / 20000.0;
        let s = (values.iter().map(|x| (x - m).powi(2)).sum::<f64>() / 20000.0).sqrt();
        assert!((m - mean).abs() < 0.02 && (s - std).abs() < 0.02, "{m} ± {s} instead of {mean} ± {std}");
    }
}

#[test]
fn what_cannot_be_filled_is_refused() {
    let v = ops::zeros(&[3], DType::F32).expect("zeros");
    for (result, text) in [
        (xavier_uniform_(&v, 1.0), "Fan in and fan out can not be computed for tensor with fewer than 2 dimensions"),
        (eye_(&v), "Only tensors with 2 dimensions are supported"),
        (calculate_gain("cubic", None).map(|_| ()), "Unsupported nonlinearity cubic"),
    ] {
        let e = result.expect_err(text);
        assert!(e.class() == ErrorClass::Value && e.message().contains(text), "{e:?}");
    }
    assert_eq!(calculate_gain("tanh", None).expect("gain"), 5.0 / 3.0);
    assert!((calculate_gain("leaky_relu", Some(0.2)).expect("gain") - (2.0f64 / 1.04).sqrt()).abs() < 1e-15);
}

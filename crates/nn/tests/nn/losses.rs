//! Every loss with every reduction and option.

use crate::common::{Goldens, WIDE, goldens, tensor};
use flambeau_core::{DType, Result, Tensor};
use flambeau_nn::*;

fn classes(values: &[i64], shape: &[usize]) -> Tensor {
    Tensor::from_vec(values.to_vec(), shape).expect("classes")
}

fn weight(name: &str, shape: &[usize]) -> Option<Buffer> {
    Some(Buffer::new(tensor(name, shape, DType::F32, (0.5, 2.0))))
}

type Shapes<'a> = &'a [&'a [usize]];

/// A loss of one input and a fixed target, or of two inputs.
fn loss<M: Module>(
    g: &Goldens,
    name: &str,
    reduction: &str,
    make: impl Fn() -> M,
    shapes: Shapes,
    range: (f64, f64),
    call: impl Fn(&M, &[Tensor]) -> Result<Tensor>,
) {
    g.replay(&format!("{name}_{reduction}"), || Ok(make()), shapes, range, |m, x| Ok(vec![call(m, x)?]));
}

#[test]
fn losses_of_classes_are_pytorchs() {
    let g = goldens();
    let target = classes(&[0, 3, 2, 1, 3], &[5]);
    let target_2d = classes(&[0, 1, 2, 0, 1, 2], &[3, 2]);
    let single = classes(&[2], &[]);
    let class_weight = || weight("class_weight", &[4]);
    for reduction in ["none", "mean", "sum"] {
        let ce = || CrossEntropyLoss { reduction, ..CrossEntropyLoss::default() };
        let check = |name: &str, make: &dyn Fn() -> CrossEntropyLoss, shape: &[usize], y: &Tensor| {
            let call = |m: &CrossEntropyLoss, x: &[Tensor]| {
                let y = if y.dtype().is_float() { y.to_dtype(x[0].dtype())? } else { y.clone() };
                m.forward(&x[0], &y)
            };
            loss(&g, name, reduction, make, &[shape], WIDE, call);
        };
        check("cross_entropy", &ce, &[5, 4], &target);
        check("cross_entropy_weight", &|| CrossEntropyLoss { weight: class_weight(), ..ce() }, &[5, 4], &target);
        check("cross_entropy_ignore", &|| CrossEntropyLoss { ignore_index: 3, ..ce() }, &[5, 4], &target);
        let smooth = || CrossEntropyLoss { weight: class_weight(), ignore_index: 2, label_smoothing: 0.2, ..ce() };
        check("cross_entropy_smooth", &smooth, &[5, 4], &target);
        check("cross_entropy_2d", &ce, &[3, 4, 2], &target_2d);
        check("cross_entropy_vector", &ce, &[4], &single);
        let soft = || CrossEntropyLoss { weight: class_weight(), label_smoothing: 0.1, ..ce() };
        let probabilities =
            tensor("probabilities", &[5, 4], DType::F64, (0.0, 1.0)).softmax(1, None).expect("probabilities");
        check("cross_entropy_soft", &soft, &[5, 4], &probabilities);

        let nll = || NLLLoss { reduction, ..NLLLoss::default() };
        let check = |name: &str, make: &dyn Fn() -> NLLLoss, shape: &[usize], y: &Tensor| {
            let call = |m: &NLLLoss, x: &[Tensor]| m.forward(&x[0].log_softmax(1, None)?, y);
            loss(&g, name, reduction, make, &[shape], WIDE, call);
        };
        check("nll", &nll, &[5, 4], &target);
        check("nll_weight", &|| NLLLoss { weight: class_weight(), ignore_index: 1, ..nll() }, &[5, 4], &target);
        check("nll_2d", &nll, &[3, 4, 2], &target_2d);
    }
}

// Some losses have no field but those that a case sets.
#[allow(clippy::needless_update)]
#[test]
fn losses_of_numbers_are_pytorchs() {
    let g = goldens();
    let pair: Shapes = &[&[3, 4], &[3, 4]];
    let element_weight = || weight("weight", &[3, 4]);
    for reduction in ["none", "mean", "sum"] {
        macro_rules! check {
            ($name:literal, $ty:ident { $($field:ident : $value:expr),* }, $range:expr, |$x:ident| $first:expr) => {
                loss(
                    &g,
                    $name,
                    reduction,
                    || $ty { reduction, $($field: $value,)* ..$ty::default() },
                    pair,
                    $range,
                    |m, inputs| {
                        let $x = &inputs[0];
                        m.forward(&$first, &inputs[1])
                    },
                )
            };
        }
        check!("mse", MSELoss {}, WIDE, |x| x.clone());
        check!("l1", L1Loss {}, WIDE, |x| x.clone());
        check!("smooth_l1", SmoothL1Loss {}, WIDE, |x| x.clone());
        check!("smooth_l1_beta", SmoothL1Loss { beta: 0.3 }, WIDE, |x| x.clone());
        check!("smooth_l1_zero", SmoothL1Loss { beta: 0.0 }, WIDE, |x| x.clone());
        check!("huber", HuberLoss {}, WIDE, |x| x.clone());
        check!("huber_delta", HuberLoss { delta: 0.4 }, WIDE, |x| x.clone());
        check!("bce", BCELoss {}, (0.05, 0.95), |x| x.clone());
        check!("bce_weight", BCELoss { weight: element_weight() }, (0.05, 0.95), |x| x.clone());
        check!("bce_logits", BCEWithLogitsLoss {}, WIDE, |x| x.clone());
        check!(
            "bce_logits_weights",
            BCEWithLogitsLoss { weight: element_weight(), pos_weight: weight("class_weight", &[4]) },
            WIDE,
            |x| x.clone()
        );
        check!("kl", KLDivLoss {}, (0.1, 1.0), |x| x.log_softmax(1, None)?);
        check!("kl_log", KLDivLoss { log_target: true }, WIDE, |x| x.log_softmax(1, None)?);
    }
    let batchmean = || KLDivLoss { reduction: "batchmean", ..KLDivLoss::default() };
    loss(&g, "kl", "batchmean", batchmean, pair, (0.1, 1.0), |m, x| m.forward(&x[0], &x[1]));
}

#[test]
fn a_reduction_that_does_not_exist_is_refused() {
    let x = tensor("x", &[3, 4], DType::F32, WIDE);
    let e = MSELoss { reduction: "median" }.forward(&x, &x).expect_err("no reduction");
    assert!(e.class() == flambeau_core::ErrorClass::Value && e.message().contains("median"), "{e:?}");
    let weight = tensor("w", &[3], DType::F32, WIDE);
    let e = CrossEntropyLoss { weight: Some(Buffer::new(weight)), ..CrossEntropyLoss::default() };
    assert!(e.forward(&x, &classes(&[0, 1, 2], &[3])).is_err(), "3 weights for 4 classes");
    assert!(CrossEntropyLoss::default().forward(&x, &classes(&[0, 1, 4], &[3])).is_err(), "class 4 of 4");
}

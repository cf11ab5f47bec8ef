//! Every optimizer and option step by step against PyTorch's, gradient clipping, and states saved and loaded mid-run.

use super::common::{goldens, json, optimizer, params, set_grads, shapes, skips, tensor, values};
use flambeau_core::{DType, ErrorClass, Tensor, ops};
use flambeau_nn::utils::{clip_grad_norm_, clip_grad_value_};
use flambeau_optim::{Adam, AdamOptions, AdamW, Optimizer, OptimizerExt, ParamGroup, Sgd, SgdOptions};
use serde_json::Value;

const STEPS: usize = 12;

/// Rounding apart, the same. A maximum over steps, so one bound per dtype suffices.
fn assert_close(name: &str, got: &Tensor, want: &Tensor) {
    assert_eq!(got.shape(), want.shape(), "{name}");
    let bound = if want.dtype() == DType::F64 { 1e-13 } else { 2e-6 };
    for (i, (a, b)) in values(got).into_iter().zip(values(want)).enumerate() {
        assert!((a - b).abs() <= bound * b.abs().max(1.0), "{name}[{i}]: {a} instead of {b}");
    }
}

fn cases() -> Vec<Value> {
    json()["cases"].as_array().expect("cases").clone()
}

#[test]
fn every_step_and_state_is_pytorchs() {
    let goldens = goldens();
    let mut compared = 0;
    for case in cases() {
        for dtype in [DType::F32, DType::F64] {
            let key = format!("optim/{}/{}", case["name"].as_str().expect("name"), dtype.name());
            let params = params(dtype);
            let mut optimizer = optimizer(&case, &params);
            for step in 1..=STEPS {
                set_grads(&params, step, skips(&case));
                optimizer.step().expect("step");
                for (i, p) in params.iter().enumerate() {
                    let name = format!("{key}/step.{step}/{i}");
                    if let Some(want) = goldens.get(&name) {
                        assert_close(&name, p, want);
                        compared += 1;
                    }
                }
            }
            let state = optimizer.state_dict().expect("state_dict");
            let prefix = format!("{key}/state.");
            let mut left: Vec<&str> = goldens.keys().filter_map(|k| k.strip_prefix(&prefix)).collect();
            for (name, got) in &state {
                let Some(short) = name.strip_prefix("state.") else { continue };
                let want = goldens.get(&format!("{prefix}{short}"));
                let want = want.unwrap_or_else(|| panic!("{key}: PyTorch has no {name}"));
                assert_close(&format!("{prefix}{short}"), got, want);
                left.retain(|l| *l != short);
            }
            assert!(left.is_empty(), "{key}: no state {left:?}");
        }
    }
    assert_eq!(compared, cases().len() * 2 * 4 * 3);
}

#[test]
fn a_loaded_state_goes_on_as_if_never_stopped() {
    let path = std::env::temp_dir().join(format!("flambeau-optim-{}.safetensors", std::process::id()));
    for case in cases() {
        for dtype in [DType::F32, DType::F64] {
            let run = |optimizer: &mut dyn Optimizer, params: &[Tensor], steps: std::ops::Range<usize>| {
                for step in steps {
                    set_grads(params, step, skips(&case));
                    optimizer.step().expect("step");
                }
            };
            let first = params(dtype);
            let mut kept = optimizer(&case, &first);
            run(&mut *kept, &first, 1..6);

            flambeau_io::save_file(&kept.state_dict().expect("state_dict"), &Default::default(), &path).expect("save");
            let second: Vec<Tensor> = first.iter().map(|p| p.detach().clone_tensor().expect("copy")).collect();
            second.iter().for_each(|p| p.requires_grad_(true).map(|_| ()).expect("leaf"));
            // Other options at the start, which loading replaces.
            let mut other = case.clone();
            for group in other["groups"].as_array_mut().expect("groups") {
                group["lr"] = 7.0.into();
                group["weight_decay"] = 0.5.into();
            }
            let mut resumed = optimizer(&other, &second);
            resumed.load_state_dict(&flambeau_io::load_file(&path).expect("load")).expect("load_state_dict");
            assert_eq!(resumed.lrs(), kept.lrs());

            run(&mut *kept, &first, 6..STEPS);
            run(&mut *resumed, &second, 6..STEPS);
            for (a, b) in first.iter().zip(&second) {
                assert_eq!(values(a), values(b), "{} {}", case["name"], dtype.name());
            }
        }
    }
    std::fs::remove_file(path).expect("remove");
}

#[test]
fn a_state_that_does_not_fit_is_refused_and_changes_nothing() {
    let adam = |params: &[Tensor], groups: usize| {
        let cut = if groups == 1 { params.len() } else { 1 };
        let lists = [&params[..cut], &params[cut..]];
        let make = |list: &&[Tensor]| ParamGroup { params: list.to_vec(), options: AdamOptions::default() };
        let mut made = Adam::with_groups(lists[..groups].iter().map(make).collect()).expect("Adam");
        set_grads(params, 1, false);
        made.step().expect("step");
        made
    };
    let all = params(DType::F32);
    let refused = |optimizer: &mut Adam, state: &[(String, Tensor)], class: ErrorClass, text: &str| {
        let before = optimizer.state_dict().expect("state");
        let e = optimizer.load_state_dict(state).expect_err(text);
        assert!(e.class() == class && e.message().contains(text), "{e:?}");
        let after = optimizer.state_dict().expect("state");
        assert_eq!(before.len(), after.len());
        for (a, b) in before.iter().zip(&after) {
            assert_eq!((&a.0, values(&a.1)), (&b.0, values(&b.1)));
        }
    };
    let two_groups = adam(&all, 2).state_dict().expect("state");
    let one_group = adam(&all, 1).state_dict().expect("state");
    let number = "loaded state dict has a different number of parameter groups";
    refused(&mut adam(&all, 1), &two_groups, ErrorClass::Value, number);
    refused(&mut adam(&all, 2), &one_group, ErrorClass::Value, number);
    let size = "contains a parameter group that doesn't match the size of optimizer's group";
    refused(&mut adam(&all[..2], 1), &one_group, ErrorClass::Value, size);
    let without = |name: &str| one_group.iter().filter(|(n, _)| n != name).cloned().collect::<Vec<_>>();
    refused(&mut adam(&all, 1), &without("state.1.exp_avg_sq"), ErrorClass::Key, "state.1.exp_avg_sq");
    refused(&mut adam(&all, 1), &without("state.1.step"), ErrorClass::Key, "state.1.step");
    refused(&mut adam(&all, 1), &without("param_groups.0.eps"), ErrorClass::Key, "param_groups.0.eps");
    let mut wrong = one_group.clone();
    wrong.iter_mut().filter(|(n, _)| n == "state.0.exp_avg").for_each(|e| e.1 = all[1].detach());
    refused(&mut adam(&all, 1), &wrong, ErrorClass::Value, "state.0.exp_avg has shape [9], its parameter [3, 5]");
}

#[test]
fn options_out_of_range_are_refused_as_pytorch_refuses_them() {
    let refused = |made: flambeau_core::Result<()>, text: &str| {
        let e = made.expect_err(text);
        assert!(e.class() == ErrorClass::Value && e.message().contains(text), "{e:?} instead of {text:?}");
    };
    let sgd = |options: SgdOptions| Sgd::new(params(DType::F32), options).map(|_| ());
    let d = SgdOptions::default();
    refused(sgd(SgdOptions { lr: -1.0, ..d }), "Invalid learning rate: -1.0");
    refused(sgd(SgdOptions { lr: f64::NAN, ..d }), "Invalid learning rate: NaN");
    refused(sgd(SgdOptions { momentum: -0.1, ..d }), "Invalid momentum value: -0.1");
    refused(sgd(SgdOptions { weight_decay: -0.1, ..d }), "Invalid weight_decay value: -0.1");
    let nesterov = "Nesterov momentum requires a momentum and zero dampening";
    refused(sgd(SgdOptions { nesterov: true, ..d }), nesterov);
    refused(sgd(SgdOptions { nesterov: true, momentum: 0.9, dampening: 0.1, ..d }), nesterov);
    let d = AdamOptions::default();
    for (options, text) in [
        (AdamOptions { lr: -1.0, ..d }, "Invalid learning rate: -1.0"),
        (AdamOptions { eps: -1.0, ..d }, "Invalid epsilon value: -1.0"),
        (AdamOptions { betas: (1.0, 0.9), ..d }, "Invalid beta parameter at index 0: 1.0"),
        (AdamOptions { betas: (0.9, -0.1), ..d }, "Invalid beta parameter at index 1: -0.1"),
        (AdamOptions { weight_decay: -1.0, ..d }, "Invalid weight_decay value: -1.0"),
    ] {
        let groups = || vec![ParamGroup { params: params(DType::F32), options }];
        refused(Adam::with_groups(groups()).map(|_| ()), text);
        refused(AdamW::with_groups(groups()).map(|_| ()), text);
    }
    refused(Adam::new(vec![], 0.1).map(|_| ()), "optimizer got an empty parameter list");
    let p = params(DType::F32);
    let doubled = vec![p[0].mul(2.0).expect("mul")];
    refused(Adam::new(doubled, 0.1).map(|_| ()), "can't optimize a non-leaf Tensor");
    let shared = |_| ParamGroup { params: p.clone(), options: d };
    let groups = [0, 1].map(shared).to_vec();
    refused(Adam::with_groups(groups).map(|_| ()), "some parameters appear in more than one parameter group");
}

#[test]
fn zero_grad_forgets_or_clears() {
    let p = params(DType::F32);
    let optimizer = Adam::new(p.clone(), 0.1).expect("Adam");
    set_grads(&p, 1, false);
    optimizer.zero_grad(false).expect("zero_grad");
    assert!(p.iter().all(|p| values(&p.grad().expect("a gradient")).iter().all(|g| *g == 0.0)));
    optimizer.zero_grad(true).expect("zero_grad");
    assert!(p.iter().all(|p| p.grad().is_none()));
}

#[test]
fn a_parameter_that_is_not_dense_is_trained_as_a_dense_one() {
    let case: Value =
        serde_json::from_str(r#"{"kind": "AdamW", "groups": [{"lr": 0.05, "amsgrad": true}]}"#).expect("JSON");
    for kind in ["AdamW", "SGD"] {
        let mut case = case.clone();
        case["kind"] = kind.into();
        let dense = tensor("p", &[4, 6], DType::F32);
        let turned = dense.t().and_then(|t| t.contiguous()).and_then(|t| t.t()).expect("a transposed copy");
        assert!(!turned.is_contiguous());
        let lists = [vec![dense], vec![turned.detach()]];
        for list in &lists {
            list[0].requires_grad_(true).expect("leaf");
            let mut optimizer = optimizer(&case, list);
            for step in 1..4 {
                set_grads(list, step, false);
                optimizer.step().expect("step");
            }
        }
        assert_eq!(values(&lists[0][0]), values(&lists[1][0]), "{kind}");
    }
}

fn clipped(dtype: DType) -> Vec<Tensor> {
    let make = |(i, shape): (usize, &&[usize])| {
        let p = ops::zeros(shape, dtype).expect("zeros");
        p.requires_grad_(true).expect("leaf");
        p.set_grad(Some(tensor(&format!("g.1.{i}"), shape, dtype))).expect("set_grad");
        p
    };
    shapes().iter().enumerate().map(make).collect()
}

#[test]
fn gradients_are_clipped_as_pytorch_clips_them() {
    let goldens = goldens();
    for (norm, name) in [(1.0, "1"), (2.0, "2"), (f64::INFINITY, "inf"), (3.0, "3")] {
        for (limit, limit_name) in [(0.5, "0.5"), (1e6, "1e+06")] {
            for dtype in [DType::F32, DType::F64] {
                let key = format!("optim/clip_{name}_{limit_name}/{}", dtype.name());
                let params = clipped(dtype);
                let total = clip_grad_norm_(&params, limit, norm, true).expect("clip_grad_norm_");
                assert_close(&key, &total, &goldens[&format!("{key}/total")]);
                for (i, p) in params.iter().enumerate() {
                    assert_close(&key, &p.grad().expect("a gradient"), &goldens[&format!("{key}/{i}")]);
                }
            }
        }
    }
    let params = clipped(DType::F32);
    clip_grad_value_(&params, 0.25).expect("clip_grad_value_");
    for (p, before) in params.iter().zip(clipped(DType::F32)) {
        let want: Vec<f64> = values(&before.grad().expect("gradient")).iter().map(|g| g.clamp(-0.25, 0.25)).collect();
        assert_eq!(values(&p.grad().expect("gradient")), want);
    }
}

#[test]
fn a_norm_that_is_not_finite_is_refused_only_if_asked() {
    for bad in [f64::NAN, f64::INFINITY] {
        let params = clipped(DType::F32);
        params[1].grad().expect("gradient").fill_(bad).expect("fill");
        let kept = values(&params[0].grad().expect("gradient"));
        let e = clip_grad_norm_(&params, 1.0, 2.0, true).expect_err("not finite");
        assert_eq!(e.class(), ErrorClass::Runtime);
        assert!(e.message().contains("The total norm of order 2 for gradients from `parameters` is non-finite"), "{e}");
        assert_eq!(values(&params[0].grad().expect("gradient")), kept);
        assert!(!clip_grad_norm_(&params, 1.0, 2.0, false).expect("clip").item::<f64>().expect("norm").is_finite());
        // As in PyTorch: scaled by max / NaN, or by max / ∞.
        let after = values(&params[0].grad().expect("gradient"));
        assert!(after.iter().all(|g| if bad.is_nan() { g.is_nan() } else { *g == 0.0 }), "{after:?}");
    }
    let none = [ops::zeros(&[2], DType::F32).expect("zeros")];
    assert_eq!(clip_grad_norm_(&none, 1.0, 2.0, true).expect("clip").item::<f64>().expect("norm"), 0.0);
}

//! Every learning-rate schedule over 60 steps against PyTorch's, with the momentum where it moves, and resumed mid-run.

use super::common::{json, params};
use flambeau_core::{DType, ErrorClass};
use flambeau_optim::lr_scheduler::*;
use flambeau_optim::{Adam, AdamOptions, Optimizer, ParamGroup, Sgd, SgdOptions};
use serde_json::Value;

fn boxed(all: &[Value], entry: &Value) -> Box<dyn Schedule> {
    let o = &entry["options"];
    let f = |name: &str| o[name].as_f64().unwrap_or_else(|| panic!("{name}"));
    let u = |name: &str| o[name].as_u64().unwrap_or_else(|| panic!("{name}"));
    let list = |name: &str| o[name].as_array().expect("a list").iter().map(|m| m.as_u64().expect("an epoch")).collect();
    match entry["kind"].as_str().expect("kind") {
        "LambdaLR" if o["lr_lambda"] == "decay" => Box::new(LambdaLR(|e: u64| 0.95f64.powf(e as f64))),
        "LambdaLR" => Box::new(LambdaLR(|e: u64| 1.0 / (1.0 + e as f64))),
        "StepLR" => Box::new(StepLR { step_size: u("step_size"), gamma: f("gamma") }),
        "MultiStepLR" => Box::new(MultiStepLR { milestones: list("milestones"), gamma: f("gamma") }),
        "ExponentialLR" => Box::new(ExponentialLR { gamma: f("gamma") }),
        "ConstantLR" => Box::new(ConstantLR { factor: f("factor"), total_iters: u("total_iters") }),
        "LinearLR" => Box::new(LinearLR {
            start_factor: f("start_factor"),
            end_factor: f("end_factor"),
            total_iters: u("total_iters"),
        }),
        "CosineAnnealingLR" => Box::new(CosineAnnealingLR { t_max: u("T_max"), eta_min: f("eta_min") }),
        "OneCycleLR" => {
            let mut one = OneCycleLR::new(f("max_lr"), u("total_steps"));
            let take =
                |name: &str, to: &mut f64| o.get(name).into_iter().for_each(|v| *to = v.as_f64().expect("number"));
            take("pct_start", &mut one.pct_start);
            take("base_momentum", &mut one.base_momentum);
            take("max_momentum", &mut one.max_momentum);
            take("div_factor", &mut one.div_factor);
            take("final_div_factor", &mut one.final_div_factor);
            one.cosine = o.get("anneal_strategy").is_none();
            one.cycle_momentum = o.get("cycle_momentum").is_none();
            Box::new(one)
        }
        "SequentialLR" => {
            let part = |name: &Value| boxed(all, all.iter().find(|e| e["name"] == *name).expect("a part"));
            let parts = o["parts"].as_array().expect("parts").iter().map(part).collect();
            Box::new(SequentialLR::new(parts, list("milestones")).expect("SequentialLR"))
        }
        other => panic!("no schedule {other}"),
    }
}

/// An optimizer of two groups with the rates 0.1 and 0.02, and where its momentum can be read.
enum Either {
    Sgd(Sgd),
    Adam(Adam),
}

impl Either {
    fn new(kind: &str) -> Either {
        let p = params(DType::F32);
        let lists = [(p[0].clone(), 0.1), (p[1].clone(), 0.02)];
        if kind == "SGD" {
            let options = |lr| SgdOptions { lr, momentum: 0.6, ..SgdOptions::default() };
            let groups = lists.map(|(p, lr)| ParamGroup { params: vec![p], options: options(lr) });
            return Either::Sgd(Sgd::with_groups(groups.to_vec()).expect("SGD"));
        }
        let options = |lr| AdamOptions { lr, ..AdamOptions::default() };
        let groups = lists.map(|(p, lr)| ParamGroup { params: vec![p], options: options(lr) });
        Either::Adam(Adam::with_groups(groups.to_vec()).expect("Adam"))
    }

    fn optimizer(&mut self) -> &mut dyn Optimizer {
        match self {
            Either::Sgd(o) => o,
            Either::Adam(o) => o,
        }
    }

    fn momenta(&self) -> Vec<f64> {
        match self {
            Either::Sgd(o) => o.groups.iter().map(|g| g.options.momentum).collect(),
            Either::Adam(o) => o.groups.iter().map(|g| g.options.betas.0).collect(),
        }
    }
}

fn numbers(v: &Value) -> Vec<f64> {
    v.as_array().expect("a list").iter().map(|x| x.as_f64().expect("a number")).collect()
}

fn assert_close(what: &str, got: &[f64], want: &[f64]) {
    assert_eq!(got.len(), want.len(), "{what}");
    for (a, b) in got.iter().zip(want) {
        assert!((a - b).abs() <= 1e-12 * b.abs().max(1e-3), "{what}: {got:?} instead of {want:?}");
    }
}

#[test]
fn sixty_steps_are_pytorchs() {
    let golden = json();
    let all = golden["schedules"].as_array().expect("schedules");
    assert!(all.len() >= 30);
    for entry in all {
        let what = format!("{} on {}", entry["name"], entry["optimizer"]);
        let mut own = Either::new(entry["optimizer"].as_str().expect("optimizer"));
        let mut scheduler = LrScheduler::new(boxed(all, entry), own.optimizer());
        for step in 0..60 {
            if step > 0 {
                scheduler.step(own.optimizer());
            }
            let want = numbers(&entry["lrs"][step]);
            assert_close(&format!("{what}, step {step}"), &own.optimizer().lrs(), &want);
            assert_close(&format!("{what}, step {step}"), &scheduler.get_last_lr(), &want);
            assert_close(
                &format!("{what}, momentum of step {step}"),
                &own.momenta(),
                &numbers(&entry["momenta"][step]),
            );
        }
        assert_eq!(scheduler.last_epoch(), 59);
    }
}

#[test]
fn a_loaded_schedule_goes_on_the_same() {
    let golden = json();
    let all = golden["schedules"].as_array().expect("schedules");
    for entry in all {
        let kind = entry["optimizer"].as_str().expect("optimizer");
        let (mut first, mut second) = (Either::new(kind), Either::new(kind));
        let mut kept = LrScheduler::new(boxed(all, entry), first.optimizer());
        (0..25).for_each(|_| kept.step(first.optimizer()));

        // As when resuming: the optimizer's present rates are loaded, the schedule's rates of the start apart from them.
        let state = first.optimizer().state_dict().expect("state");
        second.optimizer().load_state_dict(&state).expect("load");
        let mut resumed = LrScheduler::new(boxed(all, entry), second.optimizer());
        resumed.load(kept.last_epoch(), kept.base_lrs().to_vec(), second.optimizer());
        for _ in 0..30 {
            assert_eq!(first.optimizer().lrs(), second.optimizer().lrs(), "{}", entry["name"]);
            assert_eq!(first.momenta(), second.momenta(), "{}", entry["name"]);
            kept.step(first.optimizer());
            resumed.step(second.optimizer());
        }
    }
}

#[test]
fn schedules_that_do_not_fit_together_are_refused() {
    let part = || Box::new(ConstantLR { factor: 0.5, total_iters: 3 }) as Box<dyn Schedule>;
    for (parts, milestones, text) in [
        (vec![], vec![], "SequentialLR expects at least one scheduler, but got no scheduler."),
        (vec![part()], vec![3], "number of schedulers 1 and the number of milestones to be equal to 1"),
        (vec![part(), part(), part()], vec![5, 2], "milestones must ascend: [5, 2]"),
    ] {
        let e = SequentialLR::new(parts, milestones).map(|_| ()).expect_err(text);
        assert!(e.class() == ErrorClass::Value && e.message().contains(text), "{e:?}");
    }
}

#[test]
fn a_cycle_inside_a_sequence_moves_the_momentum_too() {
    let cycle = OneCycleLR::new(0.5, 20);
    let parts: Vec<Box<dyn Schedule>> = vec![Box::new(ConstantLR { factor: 0.5, total_iters: 5 }), Box::new(cycle)];
    let mut own = Either::new("Adam");
    let mut scheduler = LrScheduler::new(SequentialLR::new(parts, vec![5]).expect("parts"), own.optimizer());
    for epoch in 0..25u64 {
        let want = if epoch < 5 { 0.9 } else { cycle.momentum(epoch - 5).expect("a momentum") };
        assert_eq!(own.momenta(), [want; 2], "epoch {epoch}");
        scheduler.step(own.optimizer());
    }
}

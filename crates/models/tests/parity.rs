//! A training run from the same seed as PyTorch's (`parity/parity.py`): the same weights, batches and losses.

use flambeau_core::{Tensor, random};
use flambeau_data::{DataLoader, LoaderOptions, TextDataset};
use flambeau_models::{Gpt, GptConfig};
use flambeau_nn::{Forward, ModuleExt, functional as F};
use flambeau_optim::{AdamW, Optimizer, OptimizerExt};
use serde_json::Value;

fn numbers(v: &Value) -> Vec<f64> {
    v.as_array().expect("a list").iter().map(|x| x.as_f64().expect("a number")).collect()
}

fn tokens() -> Vec<i64> {
    let mut x: u64 = 12345;
    (0..3000)
        .map(|_| {
            x = (x * 1103515245 + 12345) % (1 << 31);
            (((x >> 16) % 13) * ((x >> 24) % 5) % 65) as i64
        })
        .collect()
}

#[test]
fn weights_batches_and_losses_are_pytorchs() {
    let golden: Value = serde_json::from_str(include_str!("parity/parity.json")).expect("JSON");
    for run in golden.as_array().expect("runs") {
        let dropout = run["dropout"].as_f64().expect("dropout");
        random::manual_seed(1337);
        let model =
            Gpt::new(GptConfig { vocab: 65, context: 32, layers: 2, heads: 2, dim: 32, dropout }).expect("model");
        let named = model.named_parameters();
        assert_eq!(named.len(), run["weights"].as_object().expect("weights").len());
        let mut worst: f64 = 0.0;
        for (name, p) in &named {
            let want = &run["weights"][name.as_str()];
            let values: Vec<f64> = p.detach().to_vec::<f32>().expect("values").into_iter().map(f64::from).collect();
            for (a, b) in values.iter().zip(numbers(&want[1])) {
                worst = worst.max((a - b).abs());
            }
            let sum: f64 = values.iter().sum();
            assert!((sum - want[0].as_f64().expect("sum")).abs() < 1e-4, "{name}: sum {sum} instead of {}", want[0]);
        }
        assert!(worst <= 1e-6, "initial weights differ by {worst}");

        let mut optimizer = AdamW::new(model.parameters(), 1e-3).expect("optimizer");
        let options = LoaderOptions { batch_size: 8, shuffle: true, ..LoaderOptions::default() };
        let mut loader = DataLoader::new(TextDataset::new(tokens(), 32).expect("data"), options).expect("loader");
        let want = numbers(&run["losses"]);
        let mut largest: f64 = 0.0;
        for (step, batch) in loader.iter().expect("epoch").take(want.len()).enumerate() {
            let batch = batch.expect("batch");
            if step < 3 {
                let head = batch[0].narrow(1, 0, 8).and_then(|t: Tensor| t.to_vec::<i64>()).expect("tokens");
                let expected: Vec<f64> =
                    run["batches"][step].as_array().expect("rows").iter().flat_map(numbers).collect();
                assert_eq!(head.iter().map(|t| *t as f64).collect::<Vec<_>>(), expected, "batch {step}");
            }
            optimizer.zero_grad(true).expect("zero_grad");
            let targets = batch[1].reshape(&[-1]).expect("targets");
            let scores = model.forward(&batch[0]).expect("forward");
            let loss = F::cross_entropy(&scores, &targets, None, -100, "mean", 0.0).expect("loss");
            loss.backward().expect("backward");
            optimizer.step().expect("step");
            let got = loss.item::<f64>().expect("loss");
            largest = largest.max((got - want[step]).abs() / want[step]);
            assert!(
                (got - want[step]).abs() <= 1e-4 * want[step],
                "dropout {dropout}, step {step}: loss {got} instead of {}",
                want[step]
            );
        }
        println!("dropout {dropout}: weights within {worst:.1e}, losses within {largest:.1e} of PyTorch's");
    }
}

//! The loader as PyTorch's: order, batches, errors; the same with any number of workers, and resumed anywhere.
//! The goldens come from `conformance/data_goldens.py`.

use flambeau_core::random::{self, Generator};
use flambeau_core::{DType, ErrorClass, Result, Tensor, bail, ops};
use flambeau_data::*;
use serde_json::Value;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Tests that draw take turns: the default generator is one for all.
fn turn() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

fn golden() -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../conformance/data.json");
    serde_json::from_str(&std::fs::read_to_string(path).expect("conformance/data.json")).expect("JSON")
}

/// The numbers below `len`.
struct Numbers(usize);

impl Dataset for Numbers {
    type Item = usize;
    fn len(&self) -> usize {
        self.0
    }
    fn get(&self, index: usize) -> Result<usize> {
        Ok(index)
    }
}

type Loader = DataLoader<Numbers, Vec<usize>>;

fn loader(n: usize, options: LoaderOptions) -> Result<Loader> {
    DataLoader::with_collate(Numbers(n), options, Ok)
}

fn rest(batches: &mut Batches<Numbers, Vec<usize>>) -> Vec<Vec<usize>> {
    batches.map(|b| b.expect("a batch")).collect()
}

fn number(v: &Value) -> usize {
    v.as_u64().expect("a number") as usize
}

fn lists(v: &Value) -> Vec<Vec<usize>> {
    let list = |v: &Value| v.as_array().expect("a list").iter().map(number).collect();
    v.as_array().expect("lists").iter().map(list).collect()
}

fn options_of(run: &Value, num_workers: usize) -> LoaderOptions {
    let seed = number(&run["seed"]) as u64;
    LoaderOptions {
        batch_size: number(&run["batch_size"]),
        shuffle: true,
        drop_last: run["drop_last"] == true,
        generator: (run["own"] == true).then(|| Generator::new(seed + 1)),
        num_workers,
        ..LoaderOptions::default()
    }
}

#[test]
fn the_shuffled_order_is_pytorchs_with_any_number_of_workers() {
    let _turn = turn();
    let golden = golden();
    let runs = golden["runs"].as_array().expect("runs");
    assert!(runs.len() >= 14);
    for run in runs {
        for workers in [0, 1, 2, 5] {
            random::manual_seed(number(&run["seed"]) as u64);
            let mut loader = loader(number(&run["n"]), options_of(run, workers)).expect("loader");
            for (epoch, want) in run["epochs"].as_array().expect("epochs").iter().enumerate() {
                let mut batches = loader.iter().expect("epoch");
                let got: Vec<Vec<usize>> = match run["stop"].as_u64() {
                    Some(stop) if epoch == 0 => {
                        batches.by_ref().take(stop as usize).map(|b| b.expect("a batch")).collect()
                    }
                    _ => rest(&mut batches),
                };
                assert_eq!(got, lists(want), "epoch {epoch} with {workers} workers of {run}");
                assert_eq!(batches.state().epoch, epoch as u64);
            }
            let after = ops::randint(0, 1000, &[1], None).and_then(|t| t.item::<i64>()).expect("a draw");
            assert_eq!(after as usize, number(&run["after"]), "the draw after {run} with {workers} workers");
        }
    }
}

#[test]
fn a_split_is_pytorchs() {
    let _turn = turn();
    for split in golden()["splits"].as_array().expect("splits") {
        let (n, seed) = (number(&split["n"]), number(&split["seed"]) as u64);
        random::manual_seed(seed);
        let own = (split["own"] == true).then(|| Generator::new(seed));
        let lengths = split["lengths"].as_array().expect("lengths");
        let parts = if lengths.iter().all(Value::is_u64) {
            random_split(Numbers(n), &lengths.iter().map(number).collect::<Vec<_>>(), own.as_ref())
        } else {
            let fractions: Vec<f64> = lengths.iter().map(|f| f.as_f64().expect("a fraction")).collect();
            random_split_fractions(Numbers(n), &fractions, own.as_ref())
        };
        let parts = parts.expect("parts");
        let got: Vec<Vec<usize>> = parts.iter().map(|p| p.indices().to_vec()).collect();
        assert_eq!(got, lists(&split["parts"]), "{split}");
        for part in &parts {
            let items: Vec<usize> = (0..part.len()).map(|i| part.get(i).expect("a sample")).collect();
            assert_eq!(items, part.indices());
            assert_eq!(part.get(part.len()).expect_err("too far").class(), ErrorClass::Index);
        }
    }
}

#[test]
fn batches_in_turn() {
    let _turn = turn();
    for workers in [0, 1, 2] {
        let make = |n, batch_size, drop_last| {
            loader(n, LoaderOptions { batch_size, drop_last, num_workers: workers, ..LoaderOptions::default() })
                .expect("loader")
        };
        let mut kept = make(7, 3, false);
        assert_eq!(kept.len(), 3);
        assert_eq!(rest(&mut kept.iter().expect("epoch")), [vec![0, 1, 2], vec![3, 4, 5], vec![6]]);
        let mut dropped = make(7, 3, true);
        assert_eq!(dropped.len(), 2);
        assert_eq!(rest(&mut dropped.iter().expect("epoch")), [[0, 1, 2], [3, 4, 5]]);
        let mut few = make(2, 3, true);
        assert!(few.is_empty());
        assert!(rest(&mut few.iter().expect("epoch")).is_empty());
        let mut none = make(0, 3, false);
        assert!(none.is_empty() && none.dataset().is_empty());
        let mut batches = none.iter().expect("epoch");
        assert!(batches.next().is_none() && batches.next().is_none());
    }
}

#[test]
fn options_out_of_range_are_refused_as_pytorch_refuses_them() {
    let _turn = turn();
    let refused = |made: Result<()>, text: &str| {
        let e = made.expect_err(text);
        assert!(e.class() == ErrorClass::Value && e.message().contains(text), "{e:?} instead of {text:?}");
    };
    let d = LoaderOptions::default;
    let made = loader(0, LoaderOptions { shuffle: true, ..d() }).map(|_| ());
    refused(made, "num_samples should be a positive integer value, but got num_samples=0");
    let made = loader(3, LoaderOptions { batch_size: 0, ..d() }).map(|_| ());
    refused(made, "batch_size should be a positive integer value, but got batch_size=0");
    refused(loader(3, LoaderOptions { num_workers: 1, prefetch_factor: 0, ..d() }).map(|_| ()), "prefetch_factor");
    let [two, three] = [2, 3].map(|n| ops::zeros(&[n, 2], DType::F32).expect("zeros"));
    refused(TensorDataset::new(vec![two, three]).map(|_| ()), "ize mismatch between tensors");
    refused(TensorDataset::new(vec![]).map(|_| ()), "at least one tensor");
    let scalar = Tensor::scalar(1.0).expect("scalar");
    refused(TensorDataset::new(vec![scalar]).map(|_| ()), "ize mismatch between tensors");
    let text = "Sum of input lengths does not equal the length of the input dataset!";
    refused(random_split(Numbers(10), &[3, 5], None).map(|_| ()), text);
    refused(random_split_fractions(Numbers(10), &[0.5, 0.6], None).map(|_| ()), "sum to 1");
    refused(random_split_fractions(Numbers(10), &[1.5, -0.5], None).map(|_| ()), "between 0 and 1");
    refused(TextDataset::new(vec![1, 2, 3], 3).map(|_| ()), "3 tokens are too few for windows of 3");
    refused(TextDataset::new(vec![1, 2, 3], 0).map(|_| ()), "block_size must be at least 1");
    let e = Subset::new(Arc::new(Numbers(3)), vec![0, 3]).map(|_| ()).expect_err("too far");
    assert!(e.class() == ErrorClass::Index && e.message().contains("index 3 is out of range"), "{e:?}");
}

#[test]
fn tensors_and_windows_are_stacked() {
    let _turn = turn();
    let x = Tensor::from_vec((0..10).map(|i| i as f32).collect::<Vec<_>>(), &[5, 2]).expect("x");
    let y = Tensor::from_vec(vec![0i64, 1, 2, 3, 4], &[5]).expect("y");
    let data = TensorDataset::new(vec![x, y]).expect("data");
    assert_eq!(data.get(5).expect_err("too far").class(), ErrorClass::Index);
    for num_workers in [0, 2] {
        let options = LoaderOptions { batch_size: 2, num_workers, ..LoaderOptions::default() };
        let mut loader = DataLoader::new(data.clone(), options).expect("loader");
        let batches: Vec<Vec<Tensor>> = loader.iter().expect("epoch").collect::<Result<_>>().expect("batches");
        assert_eq!(batches.len(), 3);
        assert_eq!((batches[1][0].shape(), batches[1][1].shape()), (&[2, 2][..], &[2][..]));
        assert_eq!(batches[1][0].to_vec::<f32>().expect("x"), [4.0, 5.0, 6.0, 7.0]);
        assert_eq!(batches[1][1].to_vec::<i64>().expect("y"), [2, 3]);
        assert_eq!(batches[2][0].shape(), [1, 2]);
    }
    let text = TextDataset::new((10..16).collect(), 3).expect("text");
    assert_eq!((text.len(), text.block_size(), text.tokens().numel()), (3, 3, 6));
    let pair = text.get(2).expect("the last window");
    assert_eq!(pair[0].to_vec::<i64>().expect("input"), [12, 13, 14]);
    assert_eq!(pair[1].to_vec::<i64>().expect("target"), [13, 14, 15]);
    assert_eq!(text.get(3).expect_err("too far").class(), ErrorClass::Index);
    let uneven = default_collate(vec![text.get(0).expect("window"), vec![]]).expect_err("uneven");
    assert!(uneven.message().contains("each element in list of batch should be of equal size"), "{uneven}");
}

#[test]
fn a_position_taken_anywhere_is_gone_on_from() {
    let _turn = turn();
    for own in [false, true] {
        for shuffle in [false, true] {
            for drop_last in [false, true] {
                let make = |num_workers| {
                    let generator = own.then(|| Generator::new(4));
                    let options = LoaderOptions {
                        batch_size: 3,
                        shuffle,
                        drop_last,
                        num_workers,
                        generator,
                        ..Default::default()
                    };
                    loader(11, options).expect("loader")
                };
                // All epochs in one go.
                random::manual_seed(9);
                let mut whole = make(0);
                let epochs: Vec<Vec<Vec<usize>>> = (0..4).map(|_| rest(&mut whole.iter().expect("epoch"))).collect();

                for stop in 0..=epochs[1].len() {
                    for workers in [0, 2] {
                        random::manual_seed(9);
                        let mut first = make(workers);
                        rest(&mut first.iter().expect("epoch"));
                        let mut batches = first.iter().expect("epoch");
                        let head: Vec<Vec<usize>> = batches.by_ref().take(stop).map(|b| b.expect("a batch")).collect();
                        let state = batches.state().clone();
                        assert_eq!((state.epoch, state.batch), (1, stop));
                        let random_state = random::default_generator_state().expect("state");

                        // A new process: a fresh loader, and a generator that has drawn other numbers.
                        random::manual_seed(1234);
                        let mut second = make(2 - workers);
                        random::set_default_generator_state(&random_state).expect("state");
                        let mut tail = second.resume(state).expect("resume");
                        let got: Vec<Vec<usize>> = head.into_iter().chain(rest(&mut tail)).collect();
                        let what = format!("own {own}, shuffle {shuffle}, drop_last {drop_last}, stop {stop}");
                        assert_eq!(got, epochs[1], "{what}");
                        assert_eq!(tail.state().epoch, 1);
                        for (epoch, want) in epochs.iter().enumerate().skip(2) {
                            let mut batches = second.iter().expect("epoch");
                            assert_eq!(&rest(&mut batches), want, "{what}, epoch {epoch} after");
                            assert_eq!(batches.state().epoch, epoch as u64);
                        }
                    }
                }
            }
        }
    }
}

#[test]
fn a_position_that_does_not_fit_is_refused() {
    let _turn = turn();
    let make = |shuffle, own: bool, batch_size| {
        let generator = own.then(|| Generator::new(4));
        loader(10, LoaderOptions { batch_size, shuffle, generator, ..LoaderOptions::default() }).expect("loader")
    };
    let state = |mut l: Loader| l.iter().expect("epoch").state().clone();
    let refused = |mut l: Loader, state: LoaderState, text: &str| {
        let e = l.resume(state).map(|_| ()).expect_err(text);
        assert!(e.class() == ErrorClass::Value && e.message().contains(text), "{e:?}");
    };
    refused(make(false, false, 2), state(make(true, false, 2)), "belongs to a shuffled loader");
    refused(make(true, false, 2), state(make(false, false, 2)), "belongs to a loader that does not shuffle");
    refused(make(true, false, 2), state(make(true, true, 2)), "a generator of its own");
    let far = LoaderState { batch: 5, ..state(make(false, false, 2)) };
    refused(make(false, false, 5), far, "at batch 5, but an epoch has 2");
    let broken = LoaderState { order: Order::State(vec![1, 2, 3]), ..state(make(true, true, 2)) };
    assert!(make(true, true, 2).resume(broken).is_err());
}

/// Fails, or panics, at one sample.
struct Bad {
    at: usize,
    panics: bool,
    made: Arc<AtomicUsize>,
}

impl Dataset for Bad {
    type Item = usize;
    fn len(&self) -> usize {
        100
    }
    fn get(&self, index: usize) -> Result<usize> {
        self.made.fetch_add(1, Ordering::Relaxed);
        if index == self.at {
            assert!(!self.panics, "the sample is no good");
            bail!(Io, "cannot read the sample");
        }
        Ok(index)
    }
}

fn bad(at: usize, panics: bool, num_workers: usize) -> (DataLoader<Bad, Vec<usize>>, Arc<AtomicUsize>) {
    let made = Arc::new(AtomicUsize::new(0));
    let options = LoaderOptions { batch_size: 4, num_workers, ..LoaderOptions::default() };
    (DataLoader::with_collate(Bad { at, panics, made: made.clone() }, options, Ok).expect("loader"), made)
}

#[test]
fn an_error_in_a_sample_names_it_and_ends_the_epoch() {
    let _turn = turn();
    for workers in [0, 1, 2, 3] {
        let (mut loader, _) = bad(13, false, workers);
        let mut batches = loader.iter().expect("epoch");
        for i in 0..3 {
            assert_eq!(
                batches.next().expect("a batch").expect("no error yet"),
                [4 * i, 4 * i + 1, 4 * i + 2, 4 * i + 3]
            );
        }
        let e = batches.next().expect("an error").expect_err("sample 13");
        assert_eq!(e.class(), ErrorClass::Io);
        assert_eq!(e.message(), "DataLoader: batch 3, sample 13: cannot read the sample");
        assert!(batches.next().is_none());
    }
}

#[test]
fn a_panic_in_a_worker_is_an_error_for_the_caller() {
    let _turn = turn();
    let (mut loader, _) = bad(5, true, 2);
    let mut batches = loader.iter().expect("epoch");
    assert!(batches.next().expect("a batch").is_ok());
    let e = batches.next().expect("an error").expect_err("sample 5");
    assert!(e.message().contains("makes batch 1 panicked"), "{e}");
    assert!(batches.next().is_none());
}

#[test]
fn workers_stay_within_their_lead_and_end_when_dropped() {
    let _turn = turn();
    let (mut loader, made) = bad(1000, false, 2);
    let mut batches = loader.iter().expect("epoch");
    assert!(batches.next().expect("a batch").is_ok());
    // Two batches ready per worker, one in the making, and the one that was taken: at most 7 of 25.
    let deadline = Instant::now() + Duration::from_millis(200);
    while Instant::now() < deadline {
        assert!(made.load(Ordering::Relaxed) <= 7 * 4);
        std::thread::yield_now();
    }
    drop(batches);
    let ended = made.load(Ordering::Relaxed);
    assert_eq!(Arc::strong_count(&made), 2, "only the test and the dataset hold the counter");
    std::thread::sleep(Duration::from_millis(20));
    assert_eq!(made.load(Ordering::Relaxed), ended);
    drop(loader);
    assert_eq!(Arc::strong_count(&made), 1, "no worker holds the dataset");
}

#[test]
fn a_sampler_of_ones_own() {
    struct Backwards(usize);
    impl Sampler for Backwards {
        fn len(&self) -> usize {
            self.0
        }
        fn begin(&self) -> Result<Order> {
            Ok(Order::InTurn)
        }
        fn indices(&self, _: &Order) -> Result<Vec<usize>> {
            Ok((0..self.0).rev().collect())
        }
    }
    let _turn = turn();
    let options = LoaderOptions { batch_size: 2, num_workers: 2, ..LoaderOptions::default() };
    let mut loader = DataLoader::with_sampler(Numbers(5), Box::new(Backwards(5)), options, Ok).expect("loader");
    assert_eq!(rest(&mut loader.iter().expect("epoch")), [vec![4, 3], vec![2, 1], vec![0]]);
    assert_eq!(SequentialSampler(3).begin().and_then(|o| SequentialSampler(3).indices(&o)).expect("order"), [0, 1, 2]);
    let random = RandomSampler::new(5, Some(Generator::new(1))).expect("sampler");
    let order = random.begin().expect("order");
    let [a, b] = [0, 1].map(|_| random.indices(&order).expect("indices"));
    assert_eq!(a, b, "the same order gives the same indices");
    let mut sorted = a;
    sorted.sort_unstable();
    assert_eq!(sorted, [0, 1, 2, 3, 4]);
    let batches = BatchSampler::new(Box::new(SequentialSampler(5)), 2, false).expect("batches");
    assert_eq!((batches.len(), batches.batch(&[9, 8, 7, 6, 5], 2)), (3, &[5][..]));
}

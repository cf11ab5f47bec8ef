//! What autograd promises beyond right derivatives: refusals, versions, hooks, modes, views, long chains.

use flambeau_core::autograd::{self, Context, Function, checkpoint, grad};
use flambeau_core::{Result, Tensor, ops};
use std::sync::{Arc, Mutex};

fn leaf(values: &[f64]) -> Tensor {
    let t = Tensor::from_slice(values, &[values.len()]).expect("tensor");
    t.requires_grad_(true).expect("leaf");
    t
}

fn values(t: &Tensor) -> Vec<f64> {
    t.detach().to_vec::<f64>().expect("values")
}

fn message<T>(r: Result<T>) -> String {
    r.err().expect("an error").message().to_string()
}

#[test]
fn an_op_without_derivative_refuses_at_the_call() {
    let x = leaf(&[1.0, 2.0]);
    let text = message(ops::nextafter(&x, &x));
    assert!(text.contains("nextafter") && text.contains("derivative"), "{text}");
    let _quiet = autograd::no_grad();
    assert!(ops::nextafter(&x, &x).is_ok());
}

#[test]
fn a_saved_tensor_that_was_changed_is_an_error_that_names_op_and_write() {
    let x = leaf(&[1.0, 2.0]);
    let y = x.mul(2.0).expect("mul");
    let z = y.mul(&y).expect("square");
    y.add_(1.0).expect("in place");
    let text = message(z.sum((), false, None).and_then(|s| s.backward()));
    assert!(
        text.contains("modified by an inplace operation") && text.contains("mul") && text.contains("add_"),
        "{text}"
    );
}

#[test]
fn leaves_are_not_written_in_place_and_graphs_are_not_walked_twice() {
    let x = leaf(&[1.0]);
    assert!(message(x.add_(1.0)).contains("leaf"));
    assert!(message(x.select(0, 0).and_then(|v| v.add_(1.0).cloned())).contains("leaf"));
    let y = x.exp().expect("exp").sum((), false, None).expect("sum");
    y.backward().expect("first");
    assert!(message(y.backward()).contains("second time"));
}

#[test]
fn writes_through_views_flow_back() {
    let (x, v) = (leaf(&[1.0, 2.0, 3.0]), leaf(&[10.0]));
    let y = x.mul(2.0).expect("mul");
    y.narrow(0, 1, 1).and_then(|part| part.mul_(&v).cloned()).expect("write through a view");
    assert_eq!(values(&y), [2.0, 40.0, 6.0]);
    y.sum((), false, None).and_then(|s| s.backward()).expect("backward");
    assert_eq!(values(&x.grad().expect("grad")), [2.0, 20.0, 2.0]);
    assert_eq!(values(&v.grad().expect("grad")), [4.0]);
}

#[test]
fn a_view_follows_its_base() {
    let x = leaf(&[1.0, 2.0]);
    let y = x.mul(1.0).expect("mul");
    let view = y.select(0, 1).expect("view");
    y.mul_(3.0).expect("in place");
    view.mul(&view).and_then(|s| s.backward()).expect("backward");
    assert_eq!(values(&x.grad().expect("grad")), [0.0, 36.0]);
}

#[test]
fn hooks_change_and_see_gradients() {
    let x = leaf(&[1.0, 2.0]);
    let seen = Arc::new(Mutex::new(0));
    let count = seen.clone();
    x.register_post_accumulate_grad_hook(move |_| {
        *count.lock().expect("lock") += 1;
        Ok(())
    })
    .expect("hook");
    let y = x.mul(3.0).expect("mul");
    y.retain_grad().expect("retain");
    let handle = y.register_hook(|g| g.mul(10.0).map(Some)).expect("hook");
    y.sum((), false, None).and_then(|s| s.backward_with(None, true, false)).expect("backward");
    assert_eq!(values(&x.grad().expect("grad")), [30.0, 30.0]);
    assert_eq!(values(&y.grad().expect("kept")), [10.0, 10.0]);
    assert_eq!(*seen.lock().expect("lock"), 1);
    handle.remove();
    let z = x.mul(3.0).and_then(|y| y.sum((), false, None)).expect("sum");
    z.backward().expect("backward");
    assert_eq!(values(&x.grad().expect("grad")), [33.0, 33.0]);
}

#[test]
fn modes_nest_and_end() {
    let x = leaf(&[1.0]);
    {
        let _off = autograd::no_grad();
        assert!(!x.mul(2.0).expect("mul").requires_grad());
        let _on = autograd::enable_grad();
        assert!(x.mul(2.0).expect("mul").requires_grad());
    }
    assert!(x.mul(2.0).expect("mul").requires_grad());
    let made = {
        let _inference = autograd::inference_mode();
        x.mul(2.0).expect("mul")
    };
    assert!(!made.requires_grad() && made.requires_grad_(true).is_err());
    // Made in inference mode, and its views: not written elsewhere, and not kept for a derivative.
    assert!(made.is_inference() && made.detach().is_inference() && !made.mul(2.0).expect("mul").is_inference());
    for written in [made.add_(1.0), made.detach().copy_(&x.detach())] {
        assert!(message(written).contains("outside InferenceMode"));
    }
    assert!(message(made.mul(&x)).contains("cannot be saved for backward"));
    assert!(made.add(&x).expect("keeps nothing").requires_grad());
    let _inference = autograd::inference_mode();
    assert!(made.add_(1.0).is_ok() && !x.detach().is_inference());
}

#[test]
fn anomaly_mode_names_the_op_that_made_a_nan() {
    let x = leaf(&[-1.0]);
    let _mode = autograd::detect_anomaly();
    let text = message(x.log());
    assert!(text.contains("'log'") && text.contains("nan"), "{text}");
}

#[test]
fn gradients_of_gradients_and_unused_inputs() {
    let (x, other) = (leaf(&[2.0]), leaf(&[1.0]));
    let y = x.mul(&x).and_then(|y| y.mul(&x)).expect("cube");
    let first = grad(&[&y], &[&x], &[], false, true, false).expect("first").remove(0).expect("used");
    let second = grad(&[&first], &[&x], &[], false, false, false).expect("second").remove(0).expect("used");
    assert_eq!((values(&first), values(&second)), (vec![12.0], vec![12.0]));
    let y = x.exp().expect("exp");
    assert!(message(grad(&[&y], &[&other], &[], true, false, false)).contains("not have been used"));
    assert!(grad(&[&y], &[&other], &[], true, false, true).expect("allowed")[0].is_none());
}

struct Cube;

impl Function for Cube {
    const NAME: &'static str = "Cube";
    fn forward(&self, ctx: &mut Context, inputs: &[&Tensor]) -> Result<Vec<Tensor>> {
        ctx.save_for_backward([inputs[0].clone()]);
        Ok(vec![inputs[0].pow(3.0)?])
    }
    fn backward(&self, ctx: &Context, grads: &[Option<Tensor>]) -> Result<Vec<Option<Tensor>>> {
        let x = &ctx.saved_tensors()[0];
        Ok(vec![grads[0].as_ref().map(|g| g.mul(&x.mul(x)?.mul(3.0)?)).transpose()?])
    }
}

#[test]
fn functions_of_ones_own_and_checkpoints() {
    let x = leaf(&[2.0]);
    Cube.apply(&[&x]).expect("apply")[0].backward().expect("backward");
    assert_eq!(values(&x.grad().expect("grad")), [12.0]);
    x.set_grad(None).expect("clear");
    let y = checkpoint(|inputs| Ok(vec![inputs[0].exp()?.mul(inputs[0])?]), &[&x]).expect("checkpoint");
    y[0].backward().expect("backward");
    let want = 2f64.exp() * 3.0;
    assert!((values(&x.grad().expect("grad"))[0] - want).abs() < 1e-12 * want);
}

#[test]
fn a_chain_of_half_a_million_ops_ends_without_overflow() {
    let x = leaf(&[1.0]);
    let mut y = x.clone();
    for _ in 0..500_000 {
        y = y.add(0.0).expect("add");
    }
    y.backward().expect("backward");
    assert_eq!(values(&x.grad().expect("grad")), [1.0]);
    let mut z = x.clone();
    for _ in 0..500_000 {
        z = z.mul(&x).expect("mul");
    }
    drop(z);
}

#[test]
fn threads_at_odds_get_errors_and_never_a_race() {
    let x = ops::ones(&[1 << 16], flambeau_core::DType::F32).expect("ones");
    let writes = std::sync::atomic::AtomicUsize::new(0);
    std::thread::scope(|s| {
        for _ in 0..2 {
            s.spawn(|| {
                for _ in 0..200 {
                    if x.add_(1.0).is_ok() {
                        writes.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                    }
                }
            });
        }
    });
    let done = writes.load(std::sync::atomic::Ordering::Relaxed);
    assert!(done > 0);
    assert!(x.to_vec::<f32>().expect("values").iter().all(|v| *v == (1 + done) as f32));
}

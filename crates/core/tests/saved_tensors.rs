//! Hooks that pack what is saved for derivatives, and hooks of nodes.

use flambeau_core::autograd::{backward, grad, saved_tensors_hooks};
use flambeau_core::{DType, Result, Tensor};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

fn leaf(values: &[f64]) -> Result<Tensor> {
    let t = Tensor::from_slice(values, &[values.len()])?;
    t.requires_grad_(true)?;
    Ok(t)
}

#[test]
fn what_is_packed_is_what_comes_back() -> Result<()> {
    let (a, b) = (leaf(&[1.0, 2.0])?, leaf(&[3.0, 5.0])?);
    let (packed, unpacked) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let y = {
        let (packed, unpacked) = (packed.clone(), unpacked.clone());
        let _hooks = saved_tensors_hooks(move |t| {
            packed.fetch_add(1, Ordering::Relaxed);
            let (values, unpacked) = (t.to_vec::<f64>()?, unpacked.clone());
            Ok(Box::new(move || {
                unpacked.fetch_add(1, Ordering::Relaxed);
                Tensor::from_slice(&values, &[values.len()])
            }))
        });
        a.mul(&b)?.exp()?
    };
    // Both factors, and the result of exp.
    assert_eq!(packed.load(Ordering::Relaxed), 3);
    assert!(a.mul(&b)?.requires_grad());
    assert_eq!(packed.load(Ordering::Relaxed), 3, "the hook is gone");
    let first = grad(&[&y.sum((), false, None)?], &[&a], &[], true, true, false)?;
    let Some(first) = &first[0] else { panic!("a gradient") };
    assert!(unpacked.load(Ordering::Relaxed) > 0);
    let e = [3f64.exp(), 10f64.exp()];
    assert_eq!(first.to_vec::<f64>()?, [3.0 * e[0], 5.0 * e[1]]);
    // d/db (b·exp(ab)) = (1 + ab)·exp(ab): the history of what came back is that of what was packed.
    let second = grad(&[&first.sum((), false, None)?], &[&b], &[], false, false, false)?;
    let Some(second) = &second[0] else { panic!("a gradient") };
    assert_eq!(second.to_vec::<f64>()?, [4.0 * e[0], 11.0 * e[1]]);
    Ok(())
}

#[test]
fn what_a_hook_makes_of_a_tensor_is_what_the_derivative_sees() -> Result<()> {
    let a = leaf(&[1.0, 2.0])?;
    let y = {
        let _hooks = saved_tensors_hooks(|t| {
            let t = t.mul(10)?;
            Ok(Box::new(move || Ok(t.clone())))
        });
        a.square()?
    };
    backward(&[&y.sum((), false, None)?], &[], false, false)?;
    assert_eq!(a.grad().map(|g| g.to_vec::<f64>()).transpose()?, Some(vec![20.0, 40.0]));
    Ok(())
}

#[test]
fn hooks_that_break_the_rules_are_errors() -> Result<()> {
    let a = leaf(&[1.0, 2.0])?;
    let wrong = {
        let _hooks = saved_tensors_hooks(|t| {
            let t = t.to_dtype(DType::F32)?;
            Ok(Box::new(move || Ok(t.clone())))
        });
        a.square()?.sum((), false, None)?
    };
    let Err(e) = backward(&[&wrong], &[], false, false) else { panic!("float32 in place of float64") };
    assert!(e.message().contains("a float64 tensor of shape [2] was packed"), "{}", e.message());
    let _hooks = saved_tensors_hooks(|t| {
        t.detach().fill_(0)?;
        Ok(Box::new(|| Tensor::scalar(0)))
    });
    let Err(e) = a.square() else { panic!("a hook that writes") };
    assert!(e.message().contains("pack hook is modifying its input in place"), "{}", e.message());
    Ok(())
}

#[test]
fn long_chains_of_packed_tensors_end_without_recursion() -> Result<()> {
    let a = leaf(&[1.0])?;
    let _hooks = saved_tensors_hooks(|t| {
        let t = t.clone();
        Ok(Box::new(move || Ok(t.clone())))
    });
    let mut y = a.mul(1)?;
    for _ in 0..200_000 {
        y = y.square()?;
    }
    drop(y);
    Ok(())
}

#[test]
fn hooks_of_nodes_see_and_replace_gradients() -> Result<()> {
    let (a, b) = (leaf(&[1.0, 2.0])?, leaf(&[3.0, 5.0])?);
    let y = a.mul(&b)?;
    let Some(node) = y.grad_fn() else { panic!("a node") };
    let pre = node.register_prehook(Box::new(|outputs| {
        let Some(g) = &outputs[0] else { panic!("a gradient") };
        Ok(Some(vec![Some(g.mul(10)?)]))
    }));
    let post = node.register_hook(Box::new(|inputs, outputs| {
        let (Some(a), Some(g)) = (&inputs[0], &outputs[0]) else { panic!("gradients") };
        assert_eq!(g.to_vec::<f64>()?, [10.0, 10.0]);
        Ok(Some(vec![Some(a.mul(2)?), inputs[1].clone()]))
    }));
    let sum = y.sum((), false, None)?;
    backward(&[&sum], &[], true, false)?;
    let grads = || -> Result<_> {
        Ok((a.grad().map(|g| g.to_vec::<f64>()).transpose()?, b.grad().map(|g| g.to_vec::<f64>()).transpose()?))
    };
    assert_eq!(grads()?, (Some(vec![60.0, 100.0]), Some(vec![10.0, 20.0])));
    pre.remove();
    post.remove();
    a.set_grad(None)?;
    b.set_grad(None)?;
    backward(&[&sum], &[], true, false)?;
    assert_eq!(grads()?, (Some(vec![3.0, 5.0]), Some(vec![1.0, 2.0])));
    let few = node.register_hook(Box::new(|_, _| Ok(Some(vec![None]))));
    let Err(e) = backward(&[&sum], &[], true, false) else { panic!("one gradient for two inputs") };
    assert!(e.message().contains("incorrect number of values (got 1, but expected 2)"), "{}", e.message());
    few.remove();
    Ok(())
}

#[test]
fn hooks_of_leaves_run_around_their_gradient() -> Result<()> {
    let a = leaf(&[1.0, 2.0])?;
    let y = a.mul(3)?;
    let Some((leaf, _)) = y.grad_fn().and_then(|n| n.next_functions().swap_remove(0)) else {
        panic!("the leaf's node")
    };
    let seen = a.clone();
    let _pre = leaf.register_prehook(Box::new(move |_| {
        assert!(seen.grad().is_none());
        Ok(None)
    }));
    let (seen, calls) = (a.clone(), Arc::new(AtomicUsize::new(0)));
    let counter = calls.clone();
    let _post = leaf.register_hook(Box::new(move |inputs, outputs| {
        assert!(inputs.is_empty() && outputs[0].is_some() && seen.grad().is_some());
        counter.fetch_add(1, Ordering::Relaxed);
        Ok(None)
    }));
    backward(&[&y.sum((), false, None)?], &[], false, false)?;
    assert_eq!(calls.load(Ordering::Relaxed), 1);
    Ok(())
}

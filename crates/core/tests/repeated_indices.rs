//! An index that was expanded over the other dimensions takes the way of whole slices: the same results and gradients as
//! from a copy of it.

use flambeau_core::{DType, Result, Tensor, autograd, ops};

/// What `f` makes of an index, and the gradients of its two inputs.
fn all(f: &dyn Fn(&Tensor, &Tensor, &Tensor) -> Result<Tensor>, index: &Tensor, m: usize) -> Result<[Vec<f32>; 3]> {
    let (n, k) = (7, 70);
    let numbers = |count: usize, seed: usize| (0..count).map(move |i| ((i * 37 + seed) % 101) as f32 / 16.0).collect();
    let x = Tensor::from_vec::<f32>(numbers(n * k, 1), &[n, k])?;
    let src = Tensor::from_vec::<f32>(numbers(m * k, 5), &[m, k])?;
    x.requires_grad_(true)?;
    src.requires_grad_(true)?;
    let y = f(&x, index, &src)?;
    let weight = Tensor::from_vec::<f32>(numbers(y.numel(), 11), y.shape())?;
    y.mul(&weight)?.sum((), false, None)?.backward()?;
    let grad = |t: &Tensor| t.grad().map_or(Ok(vec![]), |g| g.to_vec::<f32>());
    Ok([y.detach().contiguous()?.to_vec()?, grad(&x)?, grad(&src)?])
}

#[test]
fn an_expanded_index_gives_what_its_copy_gives() -> Result<()> {
    for m in [1, 4, 900] {
        // With repetitions in all but the first; where a copy depends on the last of them, there are none.
        let places = (0..m).map(|j| ((j * j * 3 + 2 * j) % 7) as i64).collect::<Vec<_>>();
        let index = Tensor::from_vec(places, &[m, 1])?.expand(&[m as i64, 70])?;
        let copy = index.contiguous()?;
        assert!(!index.is_contiguous() || m == 1, "the index is no copy yet");
        type F = dyn Fn(&Tensor, &Tensor, &Tensor) -> Result<Tensor>;
        let calls: [(&str, &F); 5] = [
            ("gather", &|x, index, _| x.gather(0, index)),
            ("scatter_add", &|x, index, src| x.scatter_add(0, index, src)),
            ("scatter", &|x, index, src| x.scatter(0, index, src)),
            ("along the last", &|x, index, src| x.mt()?.scatter_add(1, &index.mt()?, &src.mt()?)),
            ("a part of the columns", &|x, index, src| {
                x.scatter_add(0, &index.narrow(1, 0, 3)?, &src.narrow(1, 0, 3)?)
            }),
        ];
        for (name, f) in calls {
            let (got, want) = (all(f, &index, m)?, all(f, &copy, m)?);
            assert!(got == want, "{name} with {m} places");
        }
        let _unrecorded = autograd::no_grad();
        let src = Tensor::from_vec((0..m * 70).map(|i| (i % 97) as f32).collect(), &[m, 70])?;
        let (a, b) = (ops::zeros(&[7, 70], DType::F32)?, ops::zeros(&[7, 70], DType::F32)?);
        a.scatter_add_(0, &index, &src)?;
        b.scatter_add_(0, &copy, &src)?;
        assert_eq!(a.to_vec::<f32>()?, b.to_vec::<f32>()?, "scatter_add_ with {m} places");
    }
    Ok(())
}

#[test]
fn a_place_outside_is_refused_as_for_single_elements() -> Result<()> {
    let x = ops::zeros(&[3, 2], DType::F32)?;
    for bad in [3, -1] {
        let index = Tensor::from_vec(vec![bad], &[1, 1])?.expand(&[1, 2])?;
        let source = ops::zeros(&[1, 2], DType::F32)?;
        for result in [x.gather(0, &index), x.scatter_add(0, &index, &source), x.scatter(0, &index, &source)] {
            let message = result.err().map(|e| e.to_string()).unwrap_or_default();
            assert!(
                message.contains(&format!("index {bad} is out of bounds for dimension 0 with size 3")),
                "{message}"
            );
        }
    }
    Ok(())
}

#[test]
fn what_is_overwritten_gets_no_gradient() -> Result<()> {
    let x = Tensor::from_vec(vec![1f32, 2.0, 3.0], &[3])?;
    x.requires_grad_(true)?;
    let y = x.mul(2)?;
    y.narrow(0, 0, 1)?.fill_(7)?;
    y.narrow(0, 1, 1)?.copy_(&Tensor::from_vec(vec![5f32], &[1])?)?;
    y.sum((), false, None)?.backward()?;
    assert_eq!(y.detach().to_vec::<f32>()?, [7.0, 5.0, 6.0]);
    assert_eq!(x.grad().map(|g| g.to_vec::<f32>()).transpose()?, Some(vec![0.0, 0.0, 2.0]));
    // Elements of every type are read as they are.
    for dtype in DType::ALL {
        let one = ops::full(&[1, 1], 1, Some(dtype))?;
        assert_eq!(one.item::<f64>()?, 1.0, "{dtype:?}");
    }
    Ok(())
}

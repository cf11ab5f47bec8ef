//! Operators take their operands by value or by reference. A left operand that was given away may hold the result, and
//! nobody who still looks at its elements may notice.

use flambeau_core::autograd::no_grad;
use flambeau_core::{DType, Tensor};

fn of(values: &[f32]) -> Tensor {
    Tensor::from_slice(values, &[values.len()]).expect("a tensor")
}

fn numbers(t: &Tensor) -> Vec<f32> {
    t.detach().to_vec().expect("numbers")
}

#[test]
fn a_temporary_holds_the_result() {
    let (x, y) = (of(&[1.0, 2.0]), of(&[3.0, 5.0]));
    for other in [x.clone(), of(&[7.0, 7.0])] {
        let product = &x * &y;
        let place = product.storage().data_ptr();
        let sum = product + &other;
        assert_eq!(sum.storage().data_ptr(), place);
        assert_eq!(numbers(&sum), [3.0 + numbers(&other)[0], 10.0 + numbers(&other)[1]]);
    }
    // Each operator on a temporary equals the same on a reference.
    let kept = [&x + &y, &x - &y, &x * &y, &x / &y, &x % &y];
    let fresh = || &x + 0.0;
    let given = [fresh() + &y, fresh() - &y, fresh() * &y, fresh() / &y, fresh() % y.clone()];
    for (kept, given) in kept.iter().zip(&given) {
        assert_eq!(numbers(kept), numbers(given));
    }
    assert_eq!((numbers(&x), numbers(&y)), (vec![1.0, 2.0], vec![3.0, 5.0]));
}

#[test]
fn what_others_see_stays() {
    let y = of(&[3.0, 5.0]);
    // Another handle, a view, the base of a view, the operand itself on the other side.
    let x = of(&[1.0, 2.0]);
    let handle = x.clone();
    assert_eq!(numbers(&(x + &y)), [4.0, 7.0]);
    assert_eq!(numbers(&handle), [1.0, 2.0]);
    let view = handle.narrow(0, 0, 2).expect("a view");
    assert_eq!(numbers(&(handle + &y)), [4.0, 7.0]);
    assert_eq!(numbers(&view), [1.0, 2.0]);
    let base = of(&[1.0, 2.0, 3.0]);
    assert_eq!(numbers(&(base.narrow(0, 1, 2).expect("a view") + &y)), [5.0, 8.0]);
    assert_eq!(numbers(&base), [1.0, 2.0, 3.0]);
    let x = of(&[1.0, 2.0]);
    let same = x.clone();
    assert_eq!(numbers(&(x + same)), [2.0, 4.0]);
}

#[test]
fn shapes_and_dtypes_are_those_of_the_function() {
    let row = of(&[1.0, 2.0]);
    let grid = Tensor::from_vec(vec![1.0f32; 4], &[2, 2]).expect("a tensor");
    assert_eq!((row + &grid).shape(), [2, 2]);
    let wide = of(&[1.0, 2.0]).to_dtype(DType::F64).expect("float64");
    assert_eq!((of(&[1.0, 2.0]) + &wide).dtype(), DType::F64);
    let whole = Tensor::from_vec(vec![7i64, 9], &[2]).expect("a tensor");
    assert_eq!((whole.clone_tensor().expect("a copy") / &whole).dtype(), DType::F32);
}

#[test]
fn history_is_kept() {
    let x = of(&[1.0, 2.0]);
    x.requires_grad_(true).expect("a leaf");
    let y = of(&[3.0, 5.0]);
    // The square of a temporary that a derivative has saved, and a leaf given away in either place.
    let product = &x * &y;
    let square = &product * &product;
    let loss = (product + &square).sum((), false, None).expect("a sum");
    loss.backward().expect("backward");
    assert_eq!(numbers(&x.grad().expect("a gradient")), [3.0 + 2.0 * 9.0, 5.0 + 2.0 * 50.0]);
    let sum = of(&[1.0, 1.0]) * &x;
    assert!(sum.requires_grad());
    let quiet = no_grad();
    assert_eq!(numbers(&(x.clone() + &y)), [4.0, 7.0]);
    drop(quiet);
    assert_eq!(numbers(&x), [1.0, 2.0]);
}

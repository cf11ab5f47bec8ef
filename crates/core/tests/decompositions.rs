//! Decompositions whose factors are not unique: their products give the matrix back, and functions of them that do not depend on
//! the choice have the derivatives that finite differences give.

use flambeau_core::autograd::{GradCheck, gradcheck, gradgradcheck};
use flambeau_core::{DType, Result, Tensor, ops};

/// Numbers in (-1, 1), the same every time.
fn matrix(shape: &[usize], dtype: DType) -> Tensor {
    let n = shape.iter().product::<usize>();
    let part = |i: usize| ((i * 7919 + 13) % 1009) as f64 / 504.5 - 1.0;
    if dtype.is_complex() {
        Tensor::from_vec((0..n).map(|i| [part(2 * i), part(2 * i + 1)]).collect(), shape).expect("a tensor")
    } else {
        Tensor::from_vec((0..n).map(part).collect::<Vec<f64>>(), shape).expect("a tensor")
    }
    .to_dtype(dtype)
    .expect("a dtype")
}

fn close(a: &Tensor, b: &Tensor, atol: f64) -> bool {
    let d = a.sub(b).and_then(|d| d.abs()).and_then(|d| d.to_dtype(DType::F64)).and_then(|d| d.to_vec::<f64>());
    a.shape() == b.shape() && d.expect("a difference").iter().all(|d| *d <= atol)
}

fn adjoint(t: &Tensor) -> Result<Tensor> {
    t.transpose(-2, -1)?.conj()
}

/// `u · diag(s) · vh`
fn product(u: &Tensor, s: &Tensor, vh: &Tensor) -> Result<Tensor> {
    u.mul(&s.to_dtype(u.dtype())?.unsqueeze(-2)?)?.matmul(vh)
}

const DTYPES: [(DType, f64); 4] = [(DType::F32, 1e-5), (DType::F64, 1e-12), (DType::C64, 1e-5), (DType::C128, 1e-12)];

#[test]
fn products_give_the_matrix_back() {
    for (dtype, atol) in DTYPES {
        for shape in [&[3, 3][..], &[5, 3], &[3, 5], &[2, 4, 3], &[2, 0, 3], &[0, 3, 3], &[1, 1], &[40, 30]] {
            let a = matrix(shape, dtype);
            for full in [false, true] {
                let (u, s, vh) = ops::linalg_svd(&a, full, None).expect("svd");
                let k = s.shape()[s.dim() - 1] as i64;
                let narrow = (u.narrow(-1, 0, k).expect("U"), vh.narrow(-2, 0, k).expect("Vh"));
                assert!(
                    close(&product(&narrow.0, &s, &narrow.1).expect("a product"), &a, atol * 20.0),
                    "svd {shape:?} {dtype:?}"
                );
                let unit = adjoint(&u).and_then(|h| h.matmul(&u)).expect("a product");
                let eye = ops::eye(unit.shape()[unit.dim() - 1], None, Some(dtype)).expect("eye");
                assert!(
                    close(&unit, &eye.expand_as(&unit).expect("a view"), atol * 20.0),
                    "U of svd {shape:?} {dtype:?}"
                );
            }
        }
        for shape in [&[3, 3][..], &[2, 4, 4], &[0, 0], &[30, 30]] {
            let a = matrix(shape, dtype);
            let a = a.add(&adjoint(&a).expect("an adjoint")).expect("a sum");
            for side in ["L", "U"] {
                let (values, q) = ops::eigh(&a, side).expect("eigh");
                let back = product(&q, &values, &adjoint(&q).expect("an adjoint")).expect("a product");
                assert!(close(&back, &a, atol * 40.0), "eigh {shape:?} {dtype:?}");
            }
            let (values, v) = ops::eig(&matrix(shape, dtype)).expect("eig");
            let left = matrix(shape, dtype).to_dtype(v.dtype()).and_then(|a| a.matmul(&v)).expect("a product");
            let right = v.mul(&values.unsqueeze(-2).expect("a view")).expect("a product");
            assert!(close(&left, &right, atol * 400.0), "eig {shape:?} {dtype:?}");
        }
    }
}

#[test]
fn derivatives_of_what_does_not_depend_on_the_choice() {
    type Function = fn(&Tensor) -> Result<Tensor>;
    let svd: Function = |a| {
        let (u, s, vh) = ops::linalg_svd(a, false, None)?;
        product(&u, &s.square()?, &vh)
    };
    let eigh: Function = |a| {
        let (values, q) = ops::eigh(&a.add(&adjoint(a)?)?, "L")?;
        product(&q, &values.exp()?, &adjoint(&q)?)
    };
    let eig: Function = |a| {
        let (values, v) = ops::eig(a)?;
        let squares = v.mul(&values.square()?.unsqueeze(-2)?)?;
        squares.matmul(&ops::linalg_inv(&v)?)
    };
    let cholesky: Function = |a| {
        let eye = ops::eye(a.shape()[a.dim() - 1], None, Some(a.dtype()))?;
        ops::linalg_cholesky(&a.matmul(&adjoint(a)?)?.add(&eye)?, false)
    };
    for dtype in [DType::F64, DType::C128] {
        for (name, function, shapes) in [
            ("svd", svd, &[&[3, 3][..], &[4, 3], &[3, 4], &[2, 3, 3]][..]),
            ("eigh", eigh, &[&[3, 3], &[2, 3, 3]]),
            ("eig", eig, &[&[3, 3], &[2, 3, 3]]),
            ("cholesky", cholesky, &[&[3, 3], &[2, 3, 3]]),
        ] {
            for shape in shapes {
                let a = matrix(shape, dtype);
                // Complex numbers as pairs: the checks vary real ones.
                let leaf = if dtype.is_complex() { a.view_as_real().expect("pairs") } else { a };
                leaf.requires_grad_(true).expect("a leaf");
                let f = |args: &[&Tensor]| {
                    let a = if dtype.is_complex() { args[0].view_as_complex()? } else { args[0].clone() };
                    Ok(vec![function(&a)?])
                };
                gradcheck(&f, &[&leaf], GradCheck::default())
                    .unwrap_or_else(|e| panic!("{name} {shape:?} {dtype:?}: {e:?}"));
                let check = GradCheck { atol: 1e-4, ..GradCheck::default() };
                gradgradcheck(&f, &[&leaf], check)
                    .unwrap_or_else(|e| panic!("second, {name} {shape:?} {dtype:?}: {e:?}"));
            }
        }
    }
}

//! Layouts that reach beyond every number are refused, and not taken for small ones.

use flambeau_core::{DType, Layout, Tensor, ops};

#[test]
fn strides_and_offsets_that_overflow_are_refused() -> flambeau_core::Result<()> {
    let x = ops::ones(&[8], DType::F64)?;
    let huge = isize::MAX / 2;
    for (shape, strides, offset) in [
        ([3, 1], [huge, 1], 0),
        ([5, 1], [huge, 1], 0),
        ([2, 2], [isize::MAX, isize::MAX], 0),
        ([3, 2], [-huge, 1], 4),
        ([1, 1], [1, 1], usize::MAX),
        ([2, 1], [1, 1], isize::MAX as usize),
        // Numbers that place no element, but that strides and sizes are made of later.
        ([1, 1], [isize::MAX, 1], 0),
        ([1, 1], [1, isize::MIN], 0),
        ([0, 2], [isize::MAX, 1], 0),
        ([0, 2], [2, 1], isize::MAX as usize),
        ([0, isize::MAX as usize], [1, 1], 0),
    ] {
        let layout = Layout { shape: shape[..].into(), strides: strides[..].into(), offset };
        assert!(
            Tensor::from_storage(x.storage().clone(), layout, DType::F64).is_err(),
            "{shape:?} {strides:?} {offset}"
        );
    }
    assert!(x.as_strided(&[3], &[huge as i64], None).is_err());
    Ok(())
}

#[test]
fn a_step_beyond_all_elements_takes_the_first() -> flambeau_core::Result<()> {
    let x = ops::arange(0.0, 8.0, 1.0, Some(DType::F32))?;
    let mut view = x.clone();
    for _ in 0..3 {
        view = ops::slice(&view, 0, None, None, i64::MAX)?;
    }
    assert_eq!((view.shape(), view.to_vec::<f32>()?), (&[1][..], vec![0.0]));
    assert_eq!(view.unsqueeze(0)?.shape(), &[1, 1]);
    assert_eq!(view.expand(&[4])?.contiguous()?.to_vec::<f32>()?, vec![0.0; 4]);
    Ok(())
}

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

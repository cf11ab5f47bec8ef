//! A bool is a byte of memory that others may write: whatever is in it counts as true unless it is 0.

use flambeau_core::{DType, Result, Tensor, ops};

/// The same bytes as elements of another dtype of one byte.
fn seen_as(x: &Tensor, dtype: DType) -> Result<Tensor> {
    Tensor::from_storage(x.storage().clone(), x.layout().clone(), dtype)
}

/// Bools with the bytes 0, 1, 2, 255 and 0.
fn odd() -> Result<(Tensor, Tensor)> {
    let bytes = Tensor::from_slice(&[0u8, 1, 2, 255, 0], &[5])?;
    Ok((seen_as(&bytes, DType::Bool)?, bytes))
}

const TRUTH: [bool; 5] = [false, true, true, true, false];

#[test]
fn they_are_read_as_truth_values() -> Result<()> {
    let (x, _) = odd()?;
    assert_eq!(x.to_vec::<bool>()?, TRUTH);
    assert!(x.select(0, 3)?.item::<bool>()?);
    assert_eq!(x.to_dtype(DType::I64)?.to_vec::<i64>()?, [0, 1, 1, 1, 0]);
    assert_eq!(x.to_dtype(DType::F32)?.to_vec::<f32>()?, [0.0, 1.0, 1.0, 1.0, 0.0]);
    assert_eq!(x.to_dtype(DType::U8)?.to_vec::<u8>()?, [0, 1, 1, 1, 0]);
    assert_eq!(x.sum((), false, None)?.item::<i64>()?, 3);
    assert!(x.any((), false)?.item::<bool>()? && !x.all((), false)?.item::<bool>()?);
    Ok(())
}

#[test]
fn they_are_computed_with_as_truth_values() -> Result<()> {
    let (x, _) = odd()?;
    let clean = Tensor::from_slice(&TRUTH, &[5])?;
    let turned = clean.logical_not()?;
    for (got, want) in [
        (x.logical_not()?, turned.clone()),
        (x.bitwise_not()?, turned.clone()),
        (x.bitwise_xor(&clean)?, clean.bitwise_xor(&clean)?),
        (x.bitwise_and(&clean)?, clean.clone()),
        (x.bitwise_or(&turned)?, ops::ones(&[5], DType::Bool)?),
        (x.eq(&clean)?, ops::ones(&[5], DType::Bool)?),
        (x.lt(&clean)?, ops::zeros(&[5], DType::Bool)?),
        (x.ge(&clean)?, ops::ones(&[5], DType::Bool)?),
        (x.maximum(&turned)?, ops::ones(&[5], DType::Bool)?),
        (x.mul(&clean)?, clean.clone()),
    ] {
        // Results are 0 or 1, not just false or true.
        assert_eq!(seen_as(&got, DType::U8)?.to_vec::<u8>()?, seen_as(&want, DType::U8)?.to_vec::<u8>()?);
    }
    Ok(())
}

#[test]
fn they_choose_and_are_ordered_as_truth_values() -> Result<()> {
    let (x, _) = odd()?;
    let numbers = Tensor::from_slice(&[1i64, 2, 3, 4, 5], &[5])?;
    assert_eq!(numbers.masked_select(&x)?.to_vec::<i64>()?, [2, 3, 4]);
    assert_eq!(numbers.masked_fill(&x, 0)?.to_vec::<i64>()?, [1, 0, 0, 0, 5]);
    assert_eq!(x.nonzero()?.to_vec::<i64>()?, [1, 2, 3]);
    assert_eq!(x.sort(-1, false, true)?.1.to_vec::<i64>()?, [0, 4, 1, 2, 3]);
    assert_eq!(x.cummax(0)?.0.to_vec::<bool>()?, [false, true, true, true, true]);
    Ok(())
}

#[test]
fn bytes_written_later_count_too() -> Result<()> {
    let mask = Tensor::from_slice(&[true, false], &[2])?;
    seen_as(&mask, DType::U8)?.fill_(7)?;
    assert_eq!(mask.to_vec::<bool>()?, [true, true]);
    assert_eq!(mask.sum((), false, None)?.item::<i64>()?, 2);
    Ok(())
}

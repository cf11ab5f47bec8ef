//! Triangles of matrices.

use crate::{DType, Result, Tensor, bail, function};

/// True at and below diagonal `diagonal` of the last two dimensions.
fn lower_mask(rows: usize, columns: usize, diagonal: i64) -> Result<Tensor> {
    let mut mask = Vec::with_capacity(rows * columns);
    for r in 0..rows as i64 {
        mask.extend((0..columns as i64).map(|c| c <= r.saturating_add(diagonal)));
    }
    Tensor::from_vec(mask, &[rows, columns])
}

fn triangle(name: &str, input: &Tensor, diagonal: i64, lower: bool) -> Result<Tensor> {
    let rank = input.dim();
    if rank < 2 {
        bail!("{name}: input tensor must have at least 2 dimensions");
    }
    let (rows, columns) = (input.shape()[rank - 2], input.shape()[rank - 1]);
    let drop = if lower {
        lower_mask(rows, columns, diagonal)?.logical_not()?
    } else {
        lower_mask(rows, columns, diagonal.saturating_sub(1))?
    };
    input.masked_fill(&drop, 0)
}

/// The lower triangle of the last two dimensions, up to `diagonal`; zeros above.
#[function(dtypes = "all", inplace, sig = "input, diagonal=0", samples = ["T(3,4)", "T(2,4,3), 1", "T(3,3), -1"])]
pub fn tril(input: &Tensor, diagonal: i64) -> Result<Tensor> {
    triangle("tril", input, diagonal, true)
}

/// The upper triangle of the last two dimensions, from `diagonal` on; zeros below.
#[function(dtypes = "all", inplace, sig = "input, diagonal=0", samples = ["T(3,4)", "T(2,4,3), 1", "T(3,3), -1"])]
pub fn triu(input: &Tensor, diagonal: i64) -> Result<Tensor> {
    triangle("triu", input, diagonal, false)
}

fn indices(row: usize, col: usize, keep: impl Fn(i64, i64) -> bool) -> Result<Tensor> {
    let (mut rows, mut columns) = (Vec::new(), Vec::new());
    for r in 0..row as i64 {
        for c in (0..col as i64).filter(|c| keep(r, *c)) {
            rows.push(r);
            columns.push(c);
        }
    }
    let n = rows.len();
    rows.extend(columns);
    Tensor::from_vec(rows, &[2, n])
}

/// The places (rows, columns) of the lower triangle of a `row` × `col` matrix: int64 [2, n].
pub fn tril_indices(row: usize, col: usize, offset: i64, dtype: Option<DType>) -> Result<Tensor> {
    indices(row, col, |r, c| c <= r + offset)?.to_dtype(dtype.unwrap_or(DType::I64))
}

/// The places (rows, columns) of the upper triangle of a `row` × `col` matrix: int64 [2, n].
pub fn triu_indices(row: usize, col: usize, offset: i64, dtype: Option<DType>) -> Result<Tensor> {
    indices(row, col, |r, c| c >= r + offset)?.to_dtype(dtype.unwrap_or(DType::I64))
}

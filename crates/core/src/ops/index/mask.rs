//! Where elements are true, and taking or placing by masks.

use super::for_any;
use crate::apply::apply;
use crate::ops::view::{expand_to, reshape_to};
use crate::{DType, Result, Tensor, bail, function};

/// The indices of the elements that are not zero, row by row: [count, rank].
#[function(dtypes = "all", grad = false, samples = ["T(3,4,low=-1,high=1)", "T(5,dtype=bool)", "T()", "T(0,3)"])]
pub fn nonzero(input: &Tensor) -> Result<Tensor> {
    let rank = input.dim();
    let flat = true_places(input)?;
    let count = flat.len();
    if rank == 1 {
        return Tensor::from_vec(flat, &[count, 1]);
    }
    let mut places = vec![0i64; count * rank];
    for (place, flat) in places.chunks_exact_mut(rank.max(1)).zip(&flat) {
        let mut left = *flat as usize;
        for (p, n) in place.iter_mut().zip(input.shape()).rev() {
            *p = (left % n) as i64;
            left /= n;
        }
    }
    Tensor::from_vec(places, &[count, rank])
}

/// The places of the elements that are not zero in the flattened tensor.
fn true_places(input: &Tensor) -> Result<Vec<i64>> {
    for_any!(input.dtype(), T => input.detach().with_slice::<T, _>(|x| {
        let zero = <T as Default>::default();
        // The place is written every time and kept where the element counts: no branch to guess.
        let count = x.iter().filter(|x| **x != zero).count();
        let mut places = vec![0i64; count + 1];
        let mut next = 0;
        for (i, x) in x.iter().enumerate() {
            places[next] = i as i64;
            next += usize::from(*x != zero);
        }
        places.truncate(count);
        places
    }))
}

/// The indices of the elements that are not zero, row by row: [count, rank].
#[function(dtypes = "all", grad = false, samples = ["T(3,4,low=-1,high=1)", "T(5,dtype=bool)", "T()"])]
pub fn argwhere(input: &Tensor) -> Result<Tensor> {
    nonzero(input)
}

/// The elements of `input` where `mask` is true, both broadcast, as a vector.
#[function(dtypes = "all", samples = ["T(3,4), T(3,4,dtype=bool)", "T(3,4), T(4,dtype=bool)", "T(4), T(3,1,dtype=bool)", "T(), T(dtype=bool)"])]
pub fn masked_select(input: &Tensor, mask: &Tensor) -> Result<Tensor> {
    if mask.dtype() != DType::Bool {
        bail!("masked_select: expected BoolTensor for mask, got {}", mask.dtype().name());
    }
    let shape = crate::broadcast_shapes(mask.shape(), input.shape())?;
    let places = true_places(&expand_to(mask, &shape)?)?;
    let count = places.len();
    let flat = reshape_to(&expand_to(input, &shape)?, &[shape.iter().product()])?;
    apply(
        super::select::IndexSelect { dim: 0, from_end: true },
        &[&flat.contiguous()?, &Tensor::from_vec(places, &[count])?],
    )
}

/// `input` with the elements of `source`, in their order, where `mask` (broadcast) is true.
#[function(dtypes = "all", inplace, sig = "input, mask, source", samples = ["T(3,4), T(3,4,dtype=bool), T(3,4)", "T(3,4), T(4,dtype=bool), T(12)"])]
pub fn masked_scatter(input: &Tensor, mask: &Tensor, source: &Tensor) -> Result<Tensor> {
    if mask.dtype() != DType::Bool {
        bail!("masked_scatter_ only supports boolean masks, but got mask with dtype {}", mask.dtype().name());
    }
    if source.dtype() != input.dtype() {
        bail!(
            "masked_scatter: expected self and source to have same dtypes but got {} and {}",
            input.dtype().name(),
            source.dtype().name()
        );
    }
    let shape = crate::broadcast_shapes(mask.shape(), input.shape())?;
    let numel = shape.iter().product();
    let places = true_places(&expand_to(mask, &shape)?)?;
    let count = places.len();
    if count > source.numel() {
        bail!("Number of elements of source < number of ones in mask: {} < {count}", source.numel());
    }
    let flat = reshape_to(&expand_to(input, &shape)?, &[numel])?;
    let values = reshape_to(source, &[source.numel()])?.narrow(0, 0, count as i64)?;
    let result = super::scatter::copy_slices(&flat, 0, &Tensor::from_vec(places, &[count])?, &values, false)?;
    reshape_to(&result, &shape)
}

/// Rows of zeros with a one at each class index: a new last dimension of `num_classes` (−1: one more than the largest).
#[function(dtypes = "float", grad = false, torch = "nn.functional.one_hot", sig = "input, num_classes=-1", samples = ["T(5,dtype=int64,low=0,high=4), 4", "T(2,3,dtype=int64,low=0,high=4)", "T(dtype=int64,low=0,high=3), 3"])]
pub fn one_hot(input: &Tensor, num_classes: i64) -> Result<Tensor> {
    if input.dtype() != DType::I64 {
        bail!("one_hot is only applicable to index tensor of type LongTensor, not {}.", input.dtype().name());
    }
    let classes = super::longs(input)?;
    if classes.is_empty() && num_classes <= 0 {
        bail!("Can not infer total number of classes from empty tensor.");
    }
    if classes.iter().any(|c| *c < 0) {
        bail!("Class values must be non-negative.");
    }
    let needed = classes.iter().max().map_or(0, |c| c + 1);
    let count = match num_classes {
        -1 => needed,
        n if n < 1 => bail!("num_classes should be positive"),
        n if n < needed => bail!("Class values must be smaller than num_classes."),
        n => n,
    };
    let shape: crate::Shape = input.shape().iter().copied().chain([count as usize]).collect();
    let zeros = crate::ops::zeros(&shape, DType::I64)?;
    zeros.scatter(-1, &input.unsqueeze(-1)?, 1)
}

//! Indexing with numbers, ranges, masks and tensors of indices, by PyTorch's rules.

use super::scatter::{copy_slices, copy_slices_over};
use super::select::IndexSelect;
use crate::apply::apply;
use crate::ops::view::{expand_to, permute_dims, reshape_to};
use crate::tensor::Shape;
use crate::{DType, Result, Tensor, bail};
use std::ops::{Range, RangeFrom, RangeFull, RangeInclusive, RangeTo, RangeToInclusive};

/// One entry between the brackets of `x[…]`.
#[derive(Clone, Debug)]
pub enum Index {
    /// One place of a dimension, which goes away; negative counts from the end.
    Int(i64),
    /// `start:end:step`; negative bounds count from the end, and bounds beyond it stop there.
    Range {
        /// The first place; the beginning if absent.
        start: Option<i64>,
        /// One past the last place; the end if absent.
        end: Option<i64>,
        /// How far apart; positive.
        step: i64,
    },
    /// All of a dimension: `:`.
    Full,
    /// A new dimension of size 1: `None`.
    NewAxis,
    /// As many full dimensions as are left: `...`.
    Ellipsis,
    /// Places given by an integer tensor, or a mask (bool) over as many dimensions as it has.
    Tensor(Tensor),
}

macro_rules! index_from {
    ($($ty:ty, $x:ident => $index:expr;)*) => {$(
        impl From<$ty> for Index {
            fn from($x: $ty) -> Index {
                $index
            }
        }
    )*};
}

fn range(start: Option<i64>, end: Option<i64>) -> Index {
    Index::Range { start, end, step: 1 }
}

/// One past an inclusive end; the last place of all is −1, after which nothing is left out.
fn past(end: i64) -> Option<i64> {
    if end == -1 { None } else { Some(end.saturating_add(1)) }
}

index_from! {
    i64, i => Index::Int(i);
    i32, i => Index::Int(i64::from(i));
    usize, i => Index::Int(i as i64);
    Tensor, t => Index::Tensor(t);
    &Tensor, t => Index::Tensor(t.clone());
    RangeFull, _r => Index::Full;
    Range<i64>, r => range(Some(r.start), Some(r.end));
    RangeFrom<i64>, r => range(Some(r.start), None);
    RangeTo<i64>, r => range(None, Some(r.end));
    RangeInclusive<i64>, r => range(Some(*r.start()), past(*r.end()));
    RangeToInclusive<i64>, r => range(None, past(r.end));
    Range<i32>, r => range(Some(r.start.into()), Some(r.end.into()));
    RangeFrom<i32>, r => range(Some(r.start.into()), None);
    RangeTo<i32>, r => range(None, Some(r.end.into()));
    Range<usize>, r => range(Some(r.start as i64), Some(r.end as i64));
    RangeFrom<usize>, r => range(Some(r.start as i64), None);
    RangeTo<usize>, r => range(None, Some(r.end as i64));
}

/// What can stand between the brackets: one index, or a tuple of up to five.
pub trait IntoIndices {
    /// The list of indices.
    fn into_indices(self) -> Vec<Index>;
}

impl<T: Into<Index>> IntoIndices for T {
    fn into_indices(self) -> Vec<Index> {
        vec![self.into()]
    }
}

macro_rules! indices_from_tuple {
    ($($name:ident),+) => {
        impl<$($name: Into<Index>),+> IntoIndices for ($($name,)+) {
            #[allow(non_snake_case)]
            fn into_indices(self) -> Vec<Index> {
                let ($($name,)+) = self;
                vec![$($name.into()),+]
            }
        }
    };
}
indices_from_tuple!(A);
indices_from_tuple!(A, B);
indices_from_tuple!(A, B, C);
indices_from_tuple!(A, B, C, D);
indices_from_tuple!(A, B, C, D, E);

/// The places of the true elements of a mask, one vector per dimension.
fn mask_to_places(mask: &Tensor) -> Result<Vec<Tensor>> {
    let places = super::nonzero(mask)?;
    (0..mask.dim() as i64).map(|d| places.select(1, d)?.contiguous()).collect()
}

/// A tensor with, for each of its dimensions, the places to take from it.
struct Taken {
    base: Tensor,
    places: Vec<Option<Tensor>>,
}

/// Runs the basic entries as views, and lists the tensors that are left to do.
fn take_basic(input: &Tensor, indices: &[Index]) -> Result<Taken> {
    let consumes = |i: &Index| match i {
        Index::Int(_) | Index::Range { .. } | Index::Full => 1,
        Index::NewAxis | Index::Ellipsis => 0,
        Index::Tensor(t) if matches!(t.dtype(), DType::Bool | DType::U8) => t.dim(),
        Index::Tensor(_) => 1,
    };
    let used: usize = indices.iter().map(consumes).sum();
    if used > input.dim() {
        bail!(Index, "too many indices for tensor of dimension {}", input.dim());
    }
    let mut base = input.clone();
    let (mut places, mut dim): (Vec<Option<Tensor>>, usize) = (Vec::new(), 0);
    let mut filled = false;
    for index in indices {
        match index {
            Index::Int(i) => base = select_at(&base, dim, *i)?,
            Index::Range { start, end, step } => {
                if *step <= 0 {
                    bail!(Value, "step must be greater than zero");
                }
                base = base.slice(dim as i64, *start, *end, *step)?;
                dim += 1;
            }
            Index::Full => dim += 1,
            Index::Ellipsis if filled => {}
            Index::Ellipsis => {
                filled = true;
                dim += input.dim() - used;
            }
            Index::NewAxis => {
                base = base.unsqueeze(dim as i64)?;
                dim += 1;
            }
            Index::Tensor(t) => {
                places.resize(dim, None);
                match t.dtype() {
                    DType::Bool | DType::U8 => {
                        if t.dim() == 0 {
                            // A 0-d mask keeps everything in a new dimension, or nothing.
                            base = base.unsqueeze(dim as i64)?;
                            places.push(Some(crate::ops::zeros(&[usize::from(t.item::<bool>()?)], DType::I64)?));
                        } else {
                            if let Some(d) = (0..t.dim()).find(|d| t.shape()[*d] != base.shape()[dim + d]) {
                                bail!(
                                    Index,
                                    "The shape of the mask {:?} at index {d} does not match the shape of the indexed tensor \
                                     {:?} at index {}",
                                    t.shape(),
                                    base.shape(),
                                    dim + d
                                );
                            }
                            places.extend(mask_to_places(t)?.into_iter().map(Some));
                        }
                    }
                    DType::I64 | DType::I32 => places.push(Some(t.detach().to_dtype(DType::I64)?)),
                    other => bail!(
                        Index,
                        "tensors used as indices must be long, int, byte or bool tensors, not {}",
                        other.name()
                    ),
                }
                dim = places.len();
            }
        }
    }
    places.resize(base.dim(), None);
    Ok(Taken { base, places })
}

fn select_at(base: &Tensor, dim: usize, i: i64) -> Result<Tensor> {
    let n = base.shape()[dim] as i64;
    if i < -n || i >= n {
        bail!(Index, "index {i} is out of bounds for dimension {dim} with size {n}");
    }
    base.select(dim as i64, i)
}

/// Index tensors brought to one list of slices of a tensor seen as `[before, indexed, after]`.
struct Plan {
    /// The dimensions in the order that puts the indexed ones side by side.
    order: Vec<usize>,
    /// How many dimensions stand before the indexed ones, and how many are indexed.
    before: usize,
    count: usize,
    /// The shape of the index tensors, broadcast.
    places: Shape,
    /// The places in the merged dimension, as a contiguous vector.
    linear: Tensor,
}

impl Plan {
    fn new(taken: &Taken) -> Result<Option<Plan>> {
        let indexed: Vec<usize> = (0..taken.places.len()).filter(|d| taken.places[*d].is_some()).collect();
        let tensors: Vec<&Tensor> = taken.places.iter().flatten().collect();
        let (Some(first), Some(last)) = (indexed.first(), indexed.last()) else { return Ok(None) };
        let mut shape: Shape = Shape::new();
        for t in &tensors {
            shape = crate::broadcast_shapes(&shape, t.shape()).or_else(|_| {
                let all: Vec<String> = tensors.iter().map(|t| format!("{:?}", t.shape())).collect();
                bail!(
                    Index,
                    "shape mismatch: indexing tensors could not be broadcast together with shapes {}",
                    all.join(", ")
                )
            })?;
        }
        let adjacent = last - first + 1 == indexed.len();
        let rest = (0..taken.base.dim()).filter(|d| !indexed.contains(d));
        let order: Vec<usize> =
            if adjacent { (0..taken.base.dim()).collect() } else { indexed.iter().copied().chain(rest).collect() };
        let before = if adjacent { *first } else { 0 };
        let numel: usize = shape.iter().product();
        let sizes: Vec<usize> = indexed.iter().map(|d| taken.base.shape()[*d]).collect();
        let linear = if tensors.len() == 1 {
            if sizes[0] == 0 && numel > 0 {
                bail!(Index, "index is out of bounds for dimension {first} with size 0");
            }
            reshape_to(&tensors[0].contiguous()?, &[numel])?
        } else {
            let mut linear = vec![0i64; numel];
            for ((t, size), dim) in tensors.iter().zip(&sizes).zip(&indexed) {
                let places = super::longs(&expand_to(t, &shape)?)?;
                super::select::check_index(&places, *size, true, || format!("dimension {dim} with size {size}"))?;
                let size = *size as i64;
                for (at, i) in linear.iter_mut().zip(places) {
                    *at = *at * size + if i < 0 { i + size } else { i };
                }
            }
            Tensor::from_vec(linear, &[numel])?
        };
        Ok(Some(Plan { order, before, count: indexed.len(), places: shape, linear }))
    }

    /// The sizes of the reordered tensor: before, indexed (merged), after.
    fn merged(&self, base: &Tensor) -> (Shape, Shape, Shape) {
        let sizes: Shape = self.order.iter().map(|d| base.shape()[*d]).collect();
        let merged = sizes[self.before..self.before + self.count].iter().product();
        let after: Shape = sizes[self.before + self.count..].into();
        let before: Shape = sizes[..self.before].into();
        let flat: Shape = before.iter().copied().chain([merged]).chain(after.iter().copied()).collect();
        let out: Shape = before.iter().chain(&self.places).chain(&after).copied().collect();
        (sizes, flat, out)
    }

    fn reordered(&self, base: &Tensor) -> Result<Tensor> {
        if self.order.is_sorted() { Ok(base.clone()) } else { permute_dims(base, "permute", &self.order) }
    }

    /// The values to put, in the shape of the slices.
    fn values(&self, base: &Tensor, value: &Tensor) -> Result<Tensor> {
        let (_, flat, out) = self.merged(base);
        // Leading dimensions of size 1 are passed over, as in PyTorch.
        let mut value = value.clone();
        while value.dim() > out.len() && value.shape()[0] == 1 {
            value = value.squeeze(0)?;
        }
        let wide = expand_to(&value, &out).or_else(|_| {
            bail!(
                "shape mismatch: value tensor of shape {:?} cannot be broadcast to indexing result of shape {:?}",
                value.shape(),
                &out[..]
            )
        })?;
        let mut slices = flat;
        slices[self.before] = self.linear.numel();
        reshape_to(&wide, &slices)
    }
}

impl Tensor {
    /// `x[indices]`: a view for numbers, ranges, new axes and `...`; a copy where tensors or masks take part. The places of
    /// several index tensors are broadcast together; their dimensions stand where the tensors stood if those are side by
    /// side, else in front.
    pub fn index(&self, indices: &[Index]) -> Result<Tensor> {
        if let [Index::Tensor(t)] = indices {
            // Rows of a table.
            if t.dtype() == DType::I64 && t.dim() == 1 && self.dim() > 0 {
                return apply(IndexSelect { dim: 0, from_end: true }, &[&self.contiguous()?, &t.contiguous()?]);
            }
        }
        let taken = take_basic(self, indices)?;
        let Some(plan) = Plan::new(&taken)? else {
            return if taken.base.is_same(self) { self.view(&sizes_of(self)) } else { Ok(taken.base) };
        };
        let (_, flat, out) = plan.merged(&taken.base);
        let merged = reshape_to(&plan.reordered(&taken.base)?, &flat)?;
        let chosen = apply(IndexSelect { dim: plan.before, from_end: true }, &[&merged.contiguous()?, &plan.linear])?;
        reshape_to(&chosen, &out)
    }

    /// [`Tensor::index`] with one index or a tuple: `x.i((0, 1..3, ..))`.
    pub fn i(&self, indices: impl IntoIndices) -> Result<Tensor> {
        self.index(&indices.into_indices())
    }

    /// The tensor with `value` (broadcast) at `indices`; added there if `accumulate`.
    pub fn index_put(&self, indices: &[Index], value: &Tensor, accumulate: bool) -> Result<Tensor> {
        let whole = self.clone_tensor()?;
        whole.index_put_(indices, value, accumulate)?;
        Ok(whole)
    }

    /// Writes `value` (broadcast) at `indices`; adds it there if `accumulate`. Returns the tensor.
    pub fn index_put_(&self, indices: &[Index], value: &Tensor, accumulate: bool) -> Result<&Tensor> {
        if value.dtype() != self.dtype() && value.dim() > 0 {
            bail!(
                "Index put requires the source and destination dtypes match, got {} for the destination and {} for the source.",
                self.dtype().name(),
                value.dtype().name()
            );
        }
        let value = value.to_dtype(self.dtype())?;
        let taken = take_basic(self, indices)?;
        let Some(plan) = Plan::new(&taken)? else {
            let source = if accumulate { taken.base.add(&value)? } else { drop_ones(&value, taken.base.dim())? };
            taken.base.copy_(&source)?;
            return Ok(self);
        };
        let base = &taken.base;
        let values = plan.values(base, &value)?;
        let (sizes, flat, _) = plan.merged(base);
        if base.is_same(self) && self.is_contiguous() && plan.order.is_sorted() && flat.len() == self.dim() {
            return copy_slices_over(self, plan.before, &plan.linear, &values, accumulate);
        }
        let merged = reshape_to(&plan.reordered(base)?, &flat)?;
        let result = reshape_to(&copy_slices(&merged, plan.before, &plan.linear, &values, accumulate)?, &sizes)?;
        let mut back = vec![0; plan.order.len()];
        plan.order.iter().enumerate().for_each(|(i, d)| back[*d] = i);
        let result = if plan.order.is_sorted() { result } else { permute_dims(&result, "permute", &back)? };
        crate::ops::copy_as("index_put", base, &result)?;
        Ok(self)
    }
}

fn sizes_of(t: &Tensor) -> Vec<i64> {
    t.shape().iter().map(|n| *n as i64).collect()
}

fn drop_ones(value: &Tensor, rank: usize) -> Result<Tensor> {
    let mut value = value.clone();
    while value.dim() > rank && value.shape()[0] == 1 {
        value = value.squeeze(0)?;
    }
    Ok(value)
}

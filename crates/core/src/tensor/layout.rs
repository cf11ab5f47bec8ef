//! Shape, strides and offset: where the elements of a tensor lie in its storage. Views map one layout to another.

use crate::{Result, bail, err};
use smallvec::SmallVec;
use std::fmt;

/// The sizes of the dimensions.
pub type Shape = SmallVec<[usize; 5]>;
/// The steps between neighbours along each dimension, in elements; may be zero or negative.
pub type Strides = SmallVec<[isize; 5]>;

/// Where the elements lie. All numbers count elements, not bytes.
#[derive(Clone, PartialEq, Eq)]
pub struct Layout {
    /// The sizes of the dimensions.
    pub shape: Shape,
    /// The steps along each dimension.
    pub strides: Strides,
    /// Where the element with all indices 0 lies in the storage.
    pub offset: usize,
}

impl fmt::Debug for Layout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} strides {:?} offset {}", self.shape, self.strides, self.offset)
    }
}

/// The strides of a dense row-major tensor of this shape (as PyTorch has them: sizes 0 count as 1).
#[inline]
pub fn contiguous_strides(shape: &[usize]) -> Strides {
    let mut strides: Strides = smallvec::smallvec![1; shape.len()];
    let mut step = 1isize;
    for (stride, size) in strides.iter_mut().zip(shape).rev() {
        *stride = step;
        step = step.saturating_mul((*size).max(1) as isize);
    }
    strides
}

/// The longest step, either way, that can be counted in bytes whatever the elements are (none is of more than 16).
const FARTHEST: usize = isize::MAX as usize / 16;

/// The number of elements of a shape; an error if it does not fit in memory at all. Sizes beside a 0 count too: strides are
/// made of them.
pub fn checked_numel(shape: &[usize], element: usize) -> Result<usize> {
    let mut sizes = shape.iter().map(|size| (*size).max(1));
    let bytes = sizes.try_fold(element.max(1), usize::checked_mul).filter(|n| *n <= isize::MAX as usize);
    match bytes {
        Some(_) if shape.contains(&0) => Ok(0),
        Some(bytes) => Ok(bytes / element.max(1)),
        None => bail!("a tensor of shape {shape:?} is larger than the address space; did you swap a size for a value?"),
    }
}

/// `dim` counted from the end if negative; an `IndexError` in PyTorch's words if there is no such dimension.
pub fn wrap_dim(dim: i64, rank: usize) -> Result<usize> {
    let n = rank.max(1) as i64;
    if dim < -n || dim >= n {
        bail!(Index, "Dimension out of range (expected to be in range of [{}, {}], but got {dim})", -n, n - 1);
    }
    Ok(if dim < 0 { dim + n } else { dim } as usize)
}

/// The shape that both shapes broadcast to.
pub fn broadcast_shapes(a: &[usize], b: &[usize]) -> Result<Shape> {
    if a == b {
        return Ok(a.into());
    }
    let rank = a.len().max(b.len());
    let mut out: Shape = smallvec::smallvec![1; rank];
    for i in 0..rank {
        let x = if i + a.len() >= rank { a[i + a.len() - rank] } else { 1 };
        let y = if i + b.len() >= rank { b[i + b.len() - rank] } else { 1 };
        out[i] = match (x, y) {
            _ if x == y => x,
            (1, y) => y,
            (x, 1) => x,
            _ => bail!(
                "The size of tensor a ({x}) must match the size of tensor b ({y}) at non-singleton dimension {i}: \
                 {a:?} and {b:?} do not broadcast"
            ),
        };
    }
    Ok(out)
}

impl Layout {
    /// The dense row-major layout of a shape.
    #[inline]
    pub fn contiguous(shape: &[usize]) -> Layout {
        Layout { shape: shape.into(), strides: contiguous_strides(shape), offset: 0 }
    }

    /// The number of dimensions.
    #[inline]
    pub fn rank(&self) -> usize {
        self.shape.len()
    }

    /// The number of elements.
    #[inline]
    pub fn numel(&self) -> usize {
        self.shape.iter().product()
    }

    /// Dense and row-major (strides of dimensions of size 1 do not count; empty tensors are contiguous).
    #[inline]
    pub fn is_contiguous(&self) -> bool {
        let mut step = 1isize;
        for (size, stride) in self.shape.iter().zip(&self.strides).rev() {
            match *size {
                0 => return true,
                1 => {}
                n => {
                    if *stride != step {
                        return self.shape.contains(&0);
                    }
                    step *= n as isize;
                }
            }
        }
        true
    }

    /// Each element has a place of its own and there are no gaps: a permutation of a contiguous layout.
    pub fn is_dense(&self) -> bool {
        let mut dims: SmallVec<[(isize, usize); 5]> =
            self.strides.iter().copied().zip(self.shape.iter().copied()).filter(|(_, n)| *n != 1).collect();
        dims.sort_unstable();
        let mut step = 1isize;
        for (stride, size) in dims {
            if stride != step {
                return false;
            }
            step *= size as isize;
        }
        true
    }

    /// Whether two indices can name one element (an expanded or otherwise self-overlapping view).
    pub fn overlaps_itself(&self) -> bool {
        if self.numel() < 2 || self.is_dense() {
            return false;
        }
        let mut dims: SmallVec<[(usize, usize); 5]> = self
            .strides
            .iter()
            .map(|s| s.unsigned_abs())
            .zip(self.shape.iter().copied())
            .filter(|(_, n)| *n > 1)
            .collect();
        dims.sort_unstable();
        let mut reach = 0usize;
        for (stride, size) in dims {
            if stride <= reach {
                return true;
            }
            reach += stride * (size - 1);
        }
        false
    }

    /// The lowest and the highest element that this layout touches; `None` when it is empty.
    pub fn span(&self) -> Option<(usize, usize)> {
        self.ends().map(|(low, high)| (low as usize, high as usize))
    }

    /// `span` of a layout that nobody has checked: what is before the storage is negative, and what no number can hold is the
    /// last number but one, so that a check against a storage fails.
    fn ends(&self) -> Option<(isize, isize)> {
        let (mut low, mut high) = (self.offset as isize, self.offset as isize);
        for (size, stride) in self.shape.iter().zip(&self.strides) {
            if *size == 0 {
                return None;
            }
            let reach = (*size as isize - 1).saturating_mul(*stride);
            if reach < 0 { low = low.saturating_add(reach) } else { high = high.saturating_add(reach) }
        }
        Some((low, high.min(isize::MAX - 1)))
    }

    /// Refuses a layout of elements of `itemsize` bytes that reaches out of a storage of `len` bytes, or whose numbers, also those
    /// that place no element, are beyond the address space.
    pub fn check(&self, itemsize: usize, len: usize) -> Result<()> {
        checked_numel(&self.shape, itemsize)?;
        let (low, high) = self.ends().unwrap_or((0, -1));
        let needed = (high + 1).saturating_mul(itemsize as isize);
        let near = self.offset <= FARTHEST && self.strides.iter().all(|s| s.unsigned_abs() <= FARTHEST);
        if low < 0 || needed as usize > len || !near {
            bail!(
                "setStorage: sizes {:?}, strides {:?}, storage offset {}, and itemsize {itemsize} requiring a storage size of {needed} \
                 are out of bounds for storage of size {len}",
                self.shape,
                self.strides,
                self.offset
            );
        }
        Ok(())
    }

    /// The layout seen as `shape` without moving anything, if there is one.
    pub fn view(&self, shape: &[usize]) -> Option<Layout> {
        if self.is_contiguous() {
            return Some(Layout { shape: shape.into(), strides: contiguous_strides(shape), offset: self.offset });
        }
        // Dimensions that can be walked as one are merged; the new sizes must then cut those runs cleanly.
        let mut strides: Strides = smallvec::smallvec![1; shape.len()];
        let mut next = shape.len();
        let mut chunk = 1usize;
        let mut base = *self.strides.last()?;
        for i in (0..self.rank()).rev() {
            chunk *= self.shape[i];
            let ends = i == 0 || (self.shape[i - 1] != 1 && self.strides[i - 1] != chunk as isize * base);
            if !ends {
                continue;
            }
            let mut covered = 1usize;
            while next > 0 && (covered < chunk || shape[next - 1] == 1) {
                next -= 1;
                strides[next] = covered as isize * base;
                covered *= shape[next];
            }
            if covered != chunk {
                return None;
            }
            if i > 0 {
                base = self.strides[i - 1];
                chunk = 1;
            }
        }
        (next == 0).then(|| Layout { shape: shape.into(), strides, offset: self.offset })
    }

    /// Where the dimensions from `dim` on are rows without gaps that follow each other at equal distances: that distance.
    pub fn rows(&self, dim: usize) -> Option<isize> {
        let mut step = 1;
        for (n, s) in self.shape[dim..].iter().zip(&self.strides[dim..]).rev().filter(|(n, _)| **n != 1) {
            if *s != step {
                return None;
            }
            step *= *n as isize;
        }
        let mut outer = self.shape[..dim].iter().zip(&self.strides[..dim]).rev().filter(|(n, _)| **n != 1);
        let Some((n, stride)) = outer.next() else { return Some(0) };
        let mut next = *n as isize * stride;
        for (n, s) in outer {
            if *s != next {
                return None;
            }
            next *= *n as isize;
        }
        Some(*stride)
    }

    /// Broadcast to `shape`: new leading dimensions, and dimensions of size 1 repeated with stride 0.
    pub fn expand(&self, shape: &[usize]) -> Result<Layout> {
        let lead = shape.len().checked_sub(self.rank()).ok_or_else(|| {
            err!(
                "expand: the number of sizes provided ({}) must be greater or equal to the number of dimensions in the tensor ({})",
                shape.len(),
                self.rank()
            )
        })?;
        let mut strides: Strides = smallvec::smallvec![0; shape.len()];
        for i in 0..self.rank() {
            let (have, want) = (self.shape[i], shape[lead + i]);
            if have == want {
                strides[lead + i] = self.strides[i];
            } else if have != 1 {
                bail!(
                    "The expanded size of the tensor ({want}) must match the existing size ({have}) at non-singleton \
                     dimension {}.  Target sizes: {shape:?}.  Tensor sizes: {:?}",
                    lead + i,
                    self.shape
                );
            }
        }
        Ok(Layout { shape: shape.into(), strides, offset: self.offset })
    }

    /// The dimensions in the order `dims` (each once, none negative).
    pub fn permute(&self, dims: &[usize]) -> Layout {
        Layout {
            shape: dims.iter().map(|d| self.shape[*d]).collect(),
            strides: dims.iter().map(|d| self.strides[*d]).collect(),
            offset: self.offset,
        }
    }

    /// `start..start + len * step` by `step` along `dim`; the caller has checked the bounds.
    pub fn slice(&self, dim: usize, start: usize, len: usize, step: isize) -> Layout {
        let mut out = self.clone();
        if len > 0 {
            out.offset = (out.offset as isize + start as isize * self.strides[dim]) as usize;
        }
        out.shape[dim] = len;
        // A step beyond all elements leaves one of them, whose stride leads nowhere.
        let stride = self.strides[dim].saturating_mul(step);
        out.strides[dim] = stride.clamp(-(FARTHEST as isize), FARTHEST as isize);
        out
    }

    /// The layout without `dim`, at `index` of it; the caller has checked the bounds.
    pub fn select(&self, dim: usize, index: usize) -> Layout {
        let mut out = self.clone();
        out.offset = (out.offset as isize + index as isize * self.strides[dim]) as usize;
        out.shape.remove(dim);
        out.strides.remove(dim);
        out
    }

    /// A dimension of size 1 put in before `dim`.
    pub fn unsqueeze(&self, dim: usize) -> Layout {
        let mut out = self.clone();
        let stride = if dim < self.rank() { self.shape[dim] as isize * self.strides[dim] } else { 1 };
        out.shape.insert(dim, 1);
        out.strides.insert(dim, stride);
        out
    }

    /// Without the dimensions of size 1 for which `drop` says so.
    pub fn squeeze(&self, drop: impl Fn(usize) -> bool) -> Layout {
        let keep = (0..self.rank()).filter(|d| self.shape[*d] != 1 || !drop(*d));
        let dims: SmallVec<[usize; 5]> = keep.collect();
        self.permute(&dims)
    }
}

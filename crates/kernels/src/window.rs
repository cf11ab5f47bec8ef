//! The largest element of each window of an image, and where it is; and gradients on their way back to those places.

use crate::pool::{SendPtr, parallel_chunks};

/// An element that has an order. A NaN is larger than everything.
pub trait Ordered: Copy + Send + Sync {
    /// Whether `self` takes the place of `best`.
    fn beats(self, best: Self) -> bool;
}

macro_rules! ordered {
    ($($t:ty)*) => {$(
        impl Ordered for $t {
            #[inline(always)]
            #[allow(clippy::eq_op)]
            fn beats(self, best: $t) -> bool {
                self > best || self != self
            }
        }
    )*};
}
ordered!(u8 i8 i16 i32 i64 f32 f64 half::f16 half::bf16);

/// The windows of one dimension: first element, and the one past the last.
pub type Windows = Vec<(usize, usize)>;

/// The windows of images `[depth, height, width]`, and the steps between their elements.
#[derive(Clone, Copy, Debug)]
pub struct Grid<'a> {
    /// Sizes of an image.
    pub sizes: [usize; 3],
    /// The windows of each dimension; none is empty.
    pub windows: [&'a [(usize, usize)]; 3],
    /// Distance of a window's elements.
    pub step: [usize; 3],
}

impl Grid<'_> {
    /// The largest element of each window of each image, and its place in the image.
    pub fn max<T: Ordered>(&self, x: &[T], out: &mut [T], places: &mut [i64]) {
        let size: usize = self.sizes.iter().product();
        let count: usize = self.windows.iter().map(|w| w.len()).product();
        if size == 0 || count == 0 {
            return;
        }
        let planes = x.len() / size;
        assert!(out.len() == planes * count && places.len() == out.len(), "max_pool: sizes");
        let (out, places) = (SendPtr(out.as_mut_ptr()), SendPtr(places.as_mut_ptr()));
        parallel_chunks(planes, ((1 << 13) / count).max(1), |range| {
            for plane in range {
                let part = plane * count..(plane + 1) * count;
                // SAFETY: planes do not overlap.
                let (out, places) = unsafe { (out.slice(part.clone()), places.slice(part)) };
                self.plane(&x[plane * size..(plane + 1) * size], out, places);
            }
        });
    }

    fn plane<T: Ordered>(&self, x: &[T], out: &mut [T], places: &mut [i64]) {
        let [_, height, width] = self.sizes;
        let mut results = out.iter_mut().zip(places);
        for (z0, z1) in self.windows[0] {
            for (y0, y1) in self.windows[1] {
                for (x0, x1) in self.windows[2] {
                    let mut at = (z0 * height + y0) * width + x0;
                    let mut best = x[at];
                    for z in (*z0..*z1).step_by(self.step[0]) {
                        for y in (*y0..*y1).step_by(self.step[1]) {
                            let line = (z * height + y) * width;
                            for i in (line + x0..line + x1).step_by(self.step[2]) {
                                if x[i].beats(best) {
                                    (best, at) = (x[i], i);
                                }
                            }
                        }
                    }
                    if let Some((out, place)) = results.next() {
                        (*out, *place) = (best, at as i64);
                    }
                }
            }
        }
    }
}

/// Adds `values` [planes, count] to the places of images of `size` elements, which start from zero.
pub fn add_at<T: Copy + Send + Sync + Default + std::ops::AddAssign>(
    values: &[T],
    places: &[i64],
    count: usize,
    size: usize,
    out: &mut [T],
) {
    assert!(
        values.len() == places.len() && (count == 0 || out.len() == values.len() / count * size),
        "max_pool: sizes"
    );
    if size == 0 {
        return;
    }
    let planes = out.len() / size;
    let out = SendPtr(out.as_mut_ptr());
    parallel_chunks(planes, ((1 << 14) / size).max(1), |range| {
        for plane in range {
            // SAFETY: planes do not overlap.
            let out = unsafe { out.slice(plane * size..(plane + 1) * size) };
            out.fill(T::default());
            let part = plane * count..(plane + 1) * count;
            for (value, place) in values[part.clone()].iter().zip(&places[part]) {
                if let Some(out) = out.get_mut(*place as usize) {
                    *out += *value;
                }
            }
        }
    });
}

//! Panels: the order in which the microkernel reads its operands. A panel is a few rows of A (or columns of B), its
//! "lanes", stored lane-fastest for each step of k. Packing reads any strides and widens half precision.

use super::simd::{Element, Kernel, Real, Vector};
use crate::alloc;
use crate::prefetch::prefetch;
use std::alloc::{Layout, handle_alloc_error};
use std::marker::PhantomData;
use std::ptr::NonNull;

/// Scratch memory of `len` numbers from the caching allocator, uninitialised.
pub(crate) struct Scratch<E> {
    block: NonNull<u8>,
    bytes: usize,
    _of: PhantomData<E>,
}

// SAFETY: owned plain memory, tied to no thread.
unsafe impl<E: Send> Send for Scratch<E> {}
// SAFETY: shared references only hand out the address.
unsafe impl<E: Sync> Sync for Scratch<E> {}

impl<E> Scratch<E> {
    pub fn new(len: usize) -> Self {
        let bytes = len.saturating_mul(size_of::<E>()).max(1);
        match alloc::allocate(bytes) {
            Some(block) => Scratch { block, bytes, _of: PhantomData },
            None => handle_alloc_error(Layout::from_size_align(bytes, alloc::ALIGN).unwrap_or(Layout::new::<E>())),
        }
    }

    #[inline(always)]
    pub fn ptr(&self) -> *mut E {
        self.block.as_ptr().cast()
    }
}

impl<E> Drop for Scratch<E> {
    fn drop(&mut self) {
        // SAFETY: the block came from `allocate` with these bytes and its owner goes.
        unsafe { alloc::free(self.block, self.bytes) }
    }
}

/// How `count` lanes are cut into panels: all of `width` lanes but the last, which may have fewer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Panels {
    pub count: usize,
    pub width: usize,
}

impl Panels {
    /// Panels of at most `most` lanes, as equal as they can be.
    pub fn balanced(count: usize, most: usize) -> Self {
        let panels = count.div_ceil(most).max(1);
        Panels { count, width: count.div_ceil(panels).max(1) }
    }

    pub fn len(self) -> usize {
        self.count.div_ceil(self.width)
    }

    /// Lanes of panel `i`.
    pub fn lanes(self, i: usize) -> usize {
        self.width.min(self.count - i * self.width)
    }
}

/// A strided operand: lane `i` at step `p` lies at `p0 + i * lane + p * step`.
#[derive(Clone, Copy)]
pub(crate) struct Strided<T> {
    pub p0: *const T,
    pub lane: isize,
    pub step: isize,
}

// SAFETY: a description of memory that whoever reads it vouches for.
unsafe impl<T> Send for Strided<T> {}
// SAFETY: as above.
unsafe impl<T> Sync for Strided<T> {}

impl<T> Strided<T> {
    /// The operand from lane `i` and step `p` on.
    #[inline(always)]
    pub fn at(self, i: usize, p: usize) -> Self {
        let offset = i as isize * self.lane + p as isize * self.step;
        Strided { p0: self.p0.wrapping_offset(offset), ..self }
    }
}

/// Packs one panel: `lanes` lanes, `k` steps, `width` numbers for each step; those past `lanes` are set to zero.
pub(crate) struct Pack<T: Element> {
    pub src: Strided<T>,
    pub lanes: usize,
    pub width: usize,
    pub k: usize,
    pub dst: *mut T::Compute,
}

impl<T: Element> Kernel<T::Compute> for Pack<T> {
    #[inline(always)]
    unsafe fn run<V: Vector<E = T::Compute>>(self) {
        let Pack { src, lanes, width, k, dst } = self;
        let total = k * width;
        // SAFETY: the source has `lanes` lanes and `k` steps, the destination `k * width` numbers, by the caller's
        // promise; a whole vector is stored only where it ends inside the panel, and what it writes past its own step
        // is written again later, since steps are stored in order.
        unsafe {
            let put = |v: V, at: usize, room: usize| {
                if room >= V::LANES || (width <= V::LANES && at + V::LANES <= total) {
                    v.store(dst.add(at));
                } else {
                    v.store_part(dst.add(at), room);
                }
            };
            if src.lane == 1 {
                for p in 0..k {
                    let row = src.p0.wrapping_offset(p as isize * src.step);
                    let ahead = row.wrapping_offset(16 * src.step);
                    prefetch(ahead);
                    prefetch(ahead.wrapping_add(lanes.saturating_sub(1)));
                    for off in (0..width).step_by(V::LANES) {
                        let have = lanes.saturating_sub(off);
                        let v = if have >= V::LANES {
                            T::load::<V>(row.add(off))
                        } else if have > 0 {
                            T::load_part::<V>(row.add(off), have)
                        } else {
                            V::splat(T::Compute::ZERO)
                        };
                        put(v, p * width + off, width - off);
                    }
                }
            } else if src.step == 1 {
                for p in (0..k).step_by(V::LANES) {
                    let steps = V::LANES.min(k - p);
                    for off in (0..width).step_by(V::LANES) {
                        let have = lanes.saturating_sub(off).min(V::LANES);
                        let mut rows = [V::splat(T::Compute::ZERO); 16];
                        for i in 0..have {
                            prefetch(src.at(off + i, p + 6 * V::LANES).p0);
                        }
                        if have == V::LANES && steps == V::LANES {
                            for (i, row) in rows.iter_mut().enumerate().take(V::LANES) {
                                *row = T::load::<V>(src.at(off + i, p).p0);
                            }
                        } else {
                            for (i, row) in rows.iter_mut().enumerate().take(V::LANES) {
                                if i < have {
                                    let from = src.at(off + i, p).p0;
                                    *row = if steps == V::LANES {
                                        T::load::<V>(from)
                                    } else {
                                        T::load_part::<V>(from, steps)
                                    };
                                }
                            }
                        }
                        V::transpose(&mut rows);
                        if steps == V::LANES {
                            for (i, row) in rows.iter().enumerate().take(V::LANES) {
                                put(*row, (p + i) * width + off, width - off);
                            }
                        } else {
                            for (i, row) in rows.iter().enumerate().take(V::LANES) {
                                if i < steps {
                                    put(*row, (p + i) * width + off, width - off);
                                }
                            }
                        }
                    }
                }
            } else {
                for p in 0..k {
                    for i in 0..width {
                        let x = if i < lanes { (*src.at(i, p).p0).widen() } else { T::Compute::ZERO };
                        *dst.add(p * width + i) = x;
                    }
                }
            }
        }
    }
}

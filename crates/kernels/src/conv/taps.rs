//! A sum over taps as a product: the weight's rows by columns of outputs, whose panels are packed from the image.

use super::depthwise;
use super::image::{Image, Run, runs};
use super::volume;
use crate::gemm::Scratch;
use crate::gemm::blocked::{k_block, pack_panels, tile_size};
use crate::gemm::kernel::{Block, Store};
use crate::gemm::pack::{Panels, Strided};
use crate::gemm::simd::{Kernel, Real, Vector};
use crate::isa::isa;
use crate::pool::{SendPtr, parallel_for};

/// Numbers of packed columns that a task holds, about: they stay in the L2 cache.
const HELD: usize = 1 << 16;

/// Which elements of the output a grid stands for.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub sizes: [usize; 3],
    pub start: [usize; 3],
    pub step: [usize; 3],
}

impl Place {
    fn at(&self, z: usize, y: usize, x: usize) -> usize {
        let [z, y, x] =
            [self.start[0] + z * self.step[0], self.start[1] + y * self.step[1], self.start[2] + x * self.step[2]];
        (z * self.sizes[1] + y) * self.sizes[2] + x
    }
}

/// `out[n, g, r, p] = bias[g, r] + Σ weight[g, r, c, k] · image[n, g, c, p + offset(k)]`.
pub(super) struct Taps<'a, E> {
    pub batch: usize,
    pub groups: usize,
    pub channels: usize,
    pub rows: usize,
    pub grid: [usize; 3],
    pub weight: &'a [E],
    pub bias: Option<&'a [E]>,
    pub image: &'a Image<E>,
    pub offsets: Vec<usize>,
}

/// Fills one panel: for each offset, `width` numbers, gathered run by run.
struct PackRuns<'a, E> {
    source: *const E,
    end: *const E,
    runs: &'a [Run],
    offsets: &'a [usize],
    width: usize,
    dst: *mut E,
}

impl<E: Real> Kernel<E> for PackRuns<'_, E> {
    #[inline(always)]
    unsafe fn run<V: Vector<E = E>>(self) {
        for (k, offset) in self.offsets.iter().enumerate() {
            let row = self.dst.wrapping_add(k * self.width);
            for run in self.runs {
                let from = self.source.wrapping_add(run.base + offset);
                for i in (0..run.len).step_by(V::LANES) {
                    let from = from.wrapping_add(i);
                    // SAFETY: the run lies in the image, and loads stop at its end. A whole vector may reach past the run,
                    // into lanes and steps that are written later, or into the room that the scratch has behind its end.
                    unsafe {
                        let left = (self.end as usize - from as usize) / size_of::<E>();
                        let v = if left >= V::LANES { V::load(from) } else { V::load_part(from, left) };
                        v.store(row.add(run.at + i));
                    }
                }
            }
        }
    }
}

impl<E: Real> Taps<'_, E> {
    /// Runs over the grid and writes its outputs.
    pub fn run(&self, place: Place, out: &mut [E]) {
        let points = volume(self.grid);
        if points == 0 {
            return;
        }
        let k = self.channels * self.offsets.len();
        if k == 0 {
            return self.fill(place, out);
        }
        if self.channels == 1 && self.rows == 1 {
            return depthwise::forward(self, place, out);
        }
        let (mr, nr) = tile_size::<E>(isa());
        let rows = Panels::balanced(self.rows, mr);
        let a = Scratch::<E>::new(self.groups * self.rows * k);
        let a_ptr = SendPtr(a.ptr());
        parallel_for(self.groups, |g| {
            let weight = &self.weight[g * self.rows * k..][..self.rows * k];
            let from = Strided { p0: weight.as_ptr(), lane: k as isize, step: 1 };
            // SAFETY: the group's part of the scratch has room for its rows.
            unsafe { pack_panels(isa(), from, rows, k, false, 0..rows.len(), a_ptr.get().add(g * self.rows * k)) };
        });
        let offsets: Vec<usize> =
            (0..self.channels).flat_map(|c| self.offsets.iter().map(move |o| c * self.image.plane + o)).collect();
        let direct = place.start == [0; 3] && place.step == [1; 3] && points >= 4 * nr;
        let most = (HELD / (k * nr)).clamp(2, 64) * nr;
        let (per, count) = if direct {
            // As even as whole panels allow.
            let chunks = points.div_ceil(most);
            (points.div_ceil(chunks).div_ceil(nr) * nr, points)
        } else {
            (most, self.batch * points)
        };
        let chunks = count.div_ceil(per);
        let images = if direct { self.batch } else { 1 };
        let out = SendPtr(out.as_mut_ptr());
        parallel_for(images * self.groups * chunks, |t| {
            let (n, g, chunk) = (t / (self.groups * chunks), t / chunks % self.groups, t % chunks);
            let first = n * points + chunk * per;
            let last = n * points + count.min((chunk + 1) * per);
            let a = a_ptr.get().wrapping_add(g * self.rows * k);
            // SAFETY: tasks write different outputs; the weight is packed.
            unsafe { self.columns(place, g, first..last, &offsets, (a, rows), direct, out) };
        });
    }

    /// Outputs `range` (counted over all images) of group `g`.
    #[allow(clippy::too_many_arguments)]
    unsafe fn columns(
        &self,
        place: Place,
        g: usize,
        range: std::ops::Range<usize>,
        offsets: &[usize],
        (a, rows): (*const E, Panels),
        direct: bool,
        out: SendPtr<E>,
    ) {
        let nr = tile_size::<E>(isa()).1;
        let (k, cols, points) = (offsets.len(), range.len(), volume(self.grid));
        let panels = cols.div_ceil(nr);
        let channels = self.groups * self.channels;
        let b = Scratch::<E>::new(panels * nr * k + 16);
        let mut list = Vec::new();
        let source = self.image.start().wrapping_add(g * self.channels * self.image.plane);
        let between = channels * self.image.plane;
        for j in 0..panels {
            let part = range.start + j * nr..range.end.min(range.start + (j + 1) * nr);
            let dst = b.ptr().wrapping_add(j * nr * k);
            if part.len() < nr {
                // SAFETY: the panel lies in the scratch.
                unsafe { std::slice::from_raw_parts_mut(dst.cast::<std::mem::MaybeUninit<E>>(), nr * k) }
                    .fill(std::mem::MaybeUninit::new(E::ZERO));
            }
            runs(self.image, self.grid, between, part, &mut list);
            let pack = PackRuns { source, end: self.image.end(), runs: &list, offsets, width: nr, dst };
            // SAFETY: as `PackRuns` says; panels are filled in order.
            unsafe { E::dispatch(isa(), pack) };
        }
        let size = volume(place.sizes);
        let all_rows = self.groups * self.rows;
        let bias = self.bias.map_or(std::ptr::null(), |b| b[g * self.rows..].as_ptr());
        let scratch = (!direct).then(|| Scratch::<E>::new(self.rows * cols));
        let (c, rs) = match &scratch {
            Some(s) => (s.ptr(), cols),
            None => {
                let (n, p) = (range.start / points, range.start % points);
                (out.get().wrapping_add((n * all_rows + g * self.rows) * size + p), size)
            }
        };
        let store = Store {
            c,
            rs: rs as isize,
            alpha: E::ONE,
            accumulate: false,
            column_bias: std::ptr::null(),
            row_bias: bias,
        };
        let block = Block {
            a,
            a_step: 0,
            rows,
            b: b.ptr().cast_const(),
            b_panel: nr * k,
            b_step: nr as isize,
            cols,
            k,
            first: 0,
            end: k,
            kc: k_block::<E>(k),
            store,
        };
        // SAFETY: both operands are packed; C is this task's.
        unsafe { E::dispatch(isa(), block) };
        let Some(scratch) = scratch else { return };
        let mut q = range.start;
        while q < range.end {
            let (n, p) = (q / points, q % points);
            let (z, y, x) = (p / (self.grid[1] * self.grid[2]), p / self.grid[2] % self.grid[1], p % self.grid[2]);
            let len = (self.grid[2] - x).min(range.end - q);
            for r in 0..self.rows {
                let from = scratch.ptr().wrapping_add(r * cols + q - range.start);
                let to = out.get().wrapping_add((n * all_rows + g * self.rows + r) * size + place.at(z, y, x));
                for i in 0..len {
                    // SAFETY: the grid's outputs lie in the image of the output, and are this task's.
                    unsafe { *to.add(i * place.step[2]) = *from.add(i) };
                }
            }
            q += len;
        }
    }

    /// Outputs that no tap reaches.
    fn fill(&self, place: Place, out: &mut [E]) {
        let size = volume(place.sizes);
        for (i, image) in out.chunks_exact_mut(size).enumerate() {
            let value = self.bias.map_or(E::ZERO, |b| b[i % (self.groups * self.rows)]);
            for z in 0..self.grid[0] {
                for y in 0..self.grid[1] {
                    for x in 0..self.grid[2] {
                        image[place.at(z, y, x)] = value;
                    }
                }
            }
        }
    }

    /// Where output (z, y, x) is put.
    pub fn put(&self, place: Place, z: usize, y: usize, x: usize) -> usize {
        place.at(z, y, x)
    }
}

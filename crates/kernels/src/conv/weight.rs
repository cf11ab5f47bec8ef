//! The gradient of the weight: gradients of outputs times patches of the image, summed over all outputs. Parts of the images
//! are summed apart and then added in order, so that the result does not depend on the number of threads.

use super::image::{Image, Run, runs};
use super::{Conv, depthwise, volume};
use crate::gemm::Scratch;
use crate::gemm::blocked::{k_block, tile_size};
use crate::gemm::kernel::{Block, Store};
use crate::gemm::pack::{Pack, Panels, Strided};
use crate::gemm::simd::{Kernel, Real, Vector};
use crate::isa::isa;
use crate::pool::{SendPtr, parallel_chunks, parallel_for};

/// Outputs that are packed at a time.
const STEPS: usize = 512;
/// Panels of columns that are one task's.
const COLUMNS: usize = 8;
/// Parts of the outputs at most, and numbers that all their sums may take.
const PARTS: usize = 8;
const SUMS: usize = 1 << 22;

/// Fills one panel whose lanes are taps and whose steps are outputs.
struct PackTaps<'a, E> {
    source: *const E,
    end: *const E,
    runs: &'a [Run],
    /// At most two vectors of lanes.
    offsets: &'a [usize],
    dst: *mut E,
}

impl<E: Real> Kernel<E> for PackTaps<'_, E> {
    #[inline(always)]
    unsafe fn run<V: Vector<E = E>>(self) {
        let width = 2 * V::LANES;
        for run in self.runs {
            for i in (0..run.len).step_by(V::LANES) {
                let steps = V::LANES.min(run.len - i);
                for first in [0, V::LANES] {
                    let mut rows = [V::splat(E::ZERO); 16];
                    // SAFETY: the run lies in the image, and loads stop at its end; the panel has a row for each output.
                    unsafe {
                        for (row, offset) in rows.iter_mut().take(V::LANES).zip(self.offsets.iter().skip(first)) {
                            let from = self.source.wrapping_add(run.base + i + offset);
                            let left = (self.end as usize - from as usize) / size_of::<E>();
                            *row = if left >= V::LANES { V::load(from) } else { V::load_part(from, left) };
                        }
                        V::transpose(&mut rows);
                        let to = self.dst.wrapping_add((run.at + i) * width + first);
                        if steps == V::LANES {
                            for (s, row) in rows.iter().enumerate().take(V::LANES) {
                                row.store(to.add(s * width));
                            }
                        } else {
                            for (s, row) in rows.iter().enumerate().take(steps) {
                                row.store(to.add(s * width));
                            }
                        }
                    }
                }
            }
        }
    }
}

pub(super) fn backward_weight<E: Real>(conv: &Conv, x: &[E], dy: &[E], dw: &mut [E]) {
    conv.check(x.len(), dw.len(), dy.len());
    let (points, taps) = (volume(conv.output), volume(conv.kernel));
    if dw.is_empty() || points * conv.batch == 0 {
        dw.fill(E::ZERO);
        return;
    }
    let offsets = conv.offsets();
    let image = Image::new(x, conv.batch * conv.groups * conv.cin, conv.input, &offsets, conv.stride, conv.output);
    let offsets = image.taps(&offsets);
    if conv.cin == 1 && conv.cout == 1 {
        return depthwise::backward_weight(conv, &image, &offsets, dy, dw);
    }
    let k = conv.cin * taps;
    let lanes: Vec<usize> = (0..conv.cin).flat_map(|c| offsets.iter().map(move |o| c * image.plane + o)).collect();
    let nr = tile_size::<E>(isa()).1;
    let total = conv.batch * points;
    let parts = (total / STEPS).clamp(1, PARTS).min((SUMS / dw.len()).max(1));
    let per = total.div_ceil(parts).div_ceil(16) * 16;
    let parts = total.div_ceil(per);
    let blocks = k.div_ceil(nr * COLUMNS);
    let size = dw.len();
    let sums = (parts > 1).then(|| Scratch::<E>::new(parts * size));
    let out = SendPtr(sums.as_ref().map_or(dw.as_mut_ptr(), |s| s.ptr()));
    parallel_for(conv.groups * parts * blocks, |t| {
        let (g, part, block) = (t / (parts * blocks), t / blocks % parts, t % blocks);
        let range = part * per..total.min((part + 1) * per);
        let columns = block * nr * COLUMNS..k.min((block + 1) * nr * COLUMNS);
        let c = out.get().wrapping_add(part * size + g * conv.cout * k + columns.start);
        // SAFETY: every task has columns of its own in the sums of its part.
        unsafe { part_sum(conv, &image, dy, g, range, &lanes[columns], c, k) };
    });
    let Some(sums) = sums else { return };
    let (sums, dw) = (SendPtr(sums.ptr()), SendPtr(dw.as_mut_ptr()));
    parallel_chunks(size, 1 << 13, |range| {
        // SAFETY: ranges do not overlap, and all sums were written.
        let to = unsafe { dw.slice(range.clone()) };
        for part in 0..parts {
            // SAFETY: as above.
            let from = unsafe { sums.slice(part * size + range.start..part * size + range.end) };
            if part == 0 {
                to.copy_from_slice(from);
            } else {
                to.iter_mut().zip(from).for_each(|(to, from)| *to = *to + *from);
            }
        }
    });
}

/// Sums over the outputs `range` for the columns whose taps are `lanes`.
#[allow(clippy::too_many_arguments)]
unsafe fn part_sum<E: Real>(
    conv: &Conv,
    image: &Image<E>,
    dy: &[E],
    g: usize,
    range: std::ops::Range<usize>,
    lanes: &[usize],
    c: *mut E,
    rs: usize,
) {
    let (mr, nr) = tile_size::<E>(isa());
    let points = volume(conv.output);
    let rows = Panels::balanced(conv.cout, mr);
    let panels = lanes.len().div_ceil(nr);
    let most = STEPS.min(range.len());
    // Vectors are stored whole, also at the end of the last panel.
    let a = Scratch::<E>::new(conv.cout * most + 16);
    let b = Scratch::<E>::new(panels * nr * most);
    let source = image.start().wrapping_add(g * conv.cin * image.plane);
    let between = conv.groups * conv.cin * image.plane;
    let mut list = Vec::new();
    for first in range.clone().step_by(STEPS) {
        let steps = STEPS.min(range.end - first);
        let mut q = first;
        while q < first + steps {
            let (n, p) = (q / points, q % points);
            let len = (points - p).min(first + steps - q);
            let image = &dy[(n * conv.groups + g) * conv.cout * points..][..conv.cout * points];
            for i in 0..rows.len() {
                let width = rows.lanes(i);
                let src = Strided { p0: image.as_ptr(), lane: points as isize, step: 1 }.at(i * rows.width, p);
                let dst = a.ptr().wrapping_add(i * rows.width * steps + (q - first) * width);
                // SAFETY: the rows have `len` numbers from `p` on, the panel room for all steps.
                unsafe { E::dispatch(isa(), Pack { src, lanes: width, width, k: len, dst }) };
            }
            q += len;
        }
        runs(image, conv.output, between, first..first + steps, &mut list);
        for j in 0..panels {
            let offsets = &lanes[j * nr..lanes.len().min((j + 1) * nr)];
            let dst = b.ptr().wrapping_add(j * nr * steps);
            // SAFETY: as `PackTaps` says.
            unsafe { E::dispatch(isa(), PackTaps { source, end: image.end(), runs: &list, offsets, dst }) };
        }
        let store = Store {
            c,
            rs: rs as isize,
            alpha: E::ONE,
            accumulate: first > range.start,
            column_bias: std::ptr::null(),
            row_bias: std::ptr::null(),
        };
        let block = Block {
            a: a.ptr().cast_const(),
            a_step: 0,
            rows,
            b: b.ptr().cast_const(),
            b_panel: nr * steps,
            b_step: nr as isize,
            cols: lanes.len(),
            k: steps,
            first: 0,
            end: steps,
            kc: k_block::<E>(steps),
            store,
        };
        // SAFETY: both operands are packed; C is this task's.
        unsafe { E::dispatch(isa(), block) };
    }
}

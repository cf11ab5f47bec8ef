//! The image as the panels read it: with its zeros around it, and with the columns of each phase of the step side by side,
//! so that what a row of outputs reads for one kernel element is contiguous.

use crate::gemm::Scratch;
use crate::gemm::simd::Real;
use crate::pool::{SendPtr, parallel_chunks};

/// Numbers that a task copies, about.
const COPY: usize = 1 << 15;

/// `planes` images of equal sizes.
pub(super) struct Image<E> {
    held: Option<Scratch<E>>,
    source: *const E,
    /// Numbers from one image to the next, from one row to the next, and from one phase of columns to the next.
    pub plane: usize,
    row: usize,
    phase: usize,
    /// Rows of a slice.
    rows: usize,
    step: [usize; 3],
    low: [isize; 3],
    len: usize,
}

// SAFETY: reads only, of memory that the image holds or that its maker borrows for longer.
unsafe impl<E> Sync for Image<E> {}

impl<E: Real> Image<E> {
    /// What a grid of outputs with this step reads at these offsets.
    pub fn new(
        x: &[E],
        planes: usize,
        sizes: [usize; 3],
        offsets: &[Vec<isize>; 3],
        step: [usize; 3],
        grid: [usize; 3],
    ) -> Self {
        let low: [isize; 3] = std::array::from_fn(|d| offsets[d].iter().copied().min().unwrap_or(0));
        let needed: [usize; 3] = std::array::from_fn(|d| {
            let high = offsets[d].iter().copied().max().unwrap_or(0);
            ((grid[d].max(1) - 1) * step[d]) + (high - low[d]) as usize + 1
        });
        if low == [0; 3] && needed[1..] == sizes[1..] && needed[0] <= sizes[0] && step[2] == 1 {
            let plane = super::volume(sizes);
            let (row, rows) = (sizes[2], sizes[1]);
            return Image { held: None, source: x.as_ptr(), plane, row, phase: row, rows, step, low, len: x.len() };
        }
        let phase = needed[2].div_ceil(step[2]);
        let row = phase * step[2];
        let plane = needed[0] * needed[1] * row;
        let len = planes * plane;
        let held = Scratch::<E>::new(len);
        let into = SendPtr(held.ptr());
        let lines = needed[0] * needed[1];
        parallel_chunks(planes * lines, (COPY / row.max(1)).max(1), |range| {
            for line in range {
                // SAFETY: lines do not overlap, and the scratch has `len` numbers.
                let to = unsafe { into.slice(line * row..(line + 1) * row) };
                let (image, line) = (line / lines, line % lines);
                let (z, y) = ((line / needed[1]) as isize + low[0], (line % needed[1]) as isize + low[1]);
                if z < 0 || y < 0 || z >= sizes[0] as isize || y >= sizes[1] as isize {
                    to.fill(E::ZERO);
                    continue;
                }
                let from = &x[((image * sizes[0] + z as usize) * sizes[1] + y as usize) * sizes[2]..][..sizes[2]];
                if step[2] == 1 {
                    let before = (-low[2]).clamp(0, row as isize) as usize;
                    let skipped = low[2].max(0) as usize;
                    let count = sizes[2].saturating_sub(skipped).min(row - before);
                    to[..before].fill(E::ZERO);
                    to[before..before + count].copy_from_slice(&from[skipped.min(sizes[2])..][..count]);
                    to[before + count..].fill(E::ZERO);
                } else {
                    for (i, to) in to.iter_mut().enumerate() {
                        let at = ((i % phase) * step[2] + i / phase) as isize + low[2];
                        *to = if at >= 0 { from.get(at as usize).copied().unwrap_or(E::ZERO) } else { E::ZERO };
                    }
                }
            }
        });
        let source = held.ptr().cast_const();
        Image { held: Some(held), source, plane, row, phase, rows: needed[1], step, low, len }
    }

    /// Where grid point (z, y, x) of an image begins to read.
    #[inline(always)]
    pub fn base(&self, z: usize, y: usize, x: usize) -> usize {
        (z * self.step[0] * self.rows + y * self.step[1]) * self.row + x
    }

    /// How far from its beginning each tap reads.
    pub fn taps(&self, offsets: &[Vec<isize>; 3]) -> Vec<usize> {
        let past = |d: usize, o: &isize| (o - self.low[d]) as usize;
        let mut all = Vec::with_capacity(offsets.iter().map(Vec::len).product());
        for z in &offsets[0] {
            for y in &offsets[1] {
                let line = (past(0, z) * self.rows + past(1, y)) * self.row;
                all.extend(offsets[2].iter().map(|x| {
                    let x = past(2, x);
                    line + x % self.step[2] * self.phase + x / self.step[2]
                }));
            }
        }
        all
    }

    pub fn start(&self) -> *const E {
        debug_assert!(self.held.as_ref().is_none_or(|h| h.ptr().cast_const() == self.source));
        self.source
    }

    pub fn end(&self) -> *const E {
        self.source.wrapping_add(self.len)
    }
}

/// Outputs that follow on each other in a row, and where they begin to read.
#[derive(Clone, Copy, Default)]
pub(super) struct Run {
    pub at: usize,
    pub len: usize,
    pub base: usize,
}

/// The runs of outputs `range` of all images (of `grid` outputs each), with `between` numbers from one image's channels to
/// the next's. `at` counts from the first output of the range.
pub(super) fn runs<E: Real>(
    image: &Image<E>,
    grid: [usize; 3],
    between: usize,
    range: std::ops::Range<usize>,
    out: &mut Vec<Run>,
) {
    out.clear();
    let points = super::volume(grid);
    let mut q = range.start;
    while q < range.end {
        let (n, p) = (q / points, q % points);
        let (z, y, x) = (p / (grid[1] * grid[2]), p / grid[2] % grid[1], p % grid[2]);
        let len = (grid[2] - x).min(range.end - q);
        let base = n * between + image.base(z, y, x);
        match out.last_mut() {
            Some(last) if last.base + last.len == base => last.len += len,
            _ => out.push(Run { at: q - range.start, len, base }),
        }
        q += len;
    }
}

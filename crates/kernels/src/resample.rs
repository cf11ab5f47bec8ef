//! Linear maps along one dimension, given by the few inputs that each output is a weighted sum of: interpolation, the sums
//! of pooling windows, the windows themselves and their sums.

use crate::dispatch;
use crate::pool::{SendPtr, parallel_chunks};
use crate::rowmath::Compute;

/// A sparse matrix: output `i` is the sum of `weights[j] · input[places[j]]` for `j` in `starts[i]..starts[i + 1]`.
#[derive(Clone, Debug, Default)]
pub struct Sparse {
    /// Where each output's terms begin, and the end of the last.
    pub starts: Vec<usize>,
    /// The inputs.
    pub places: Vec<usize>,
    /// Their weights.
    pub weights: Vec<f64>,
    /// The number of inputs.
    pub inputs: usize,
}

impl Sparse {
    /// From the terms of each output.
    pub fn new(inputs: usize, outputs: impl IntoIterator<Item = Vec<(usize, f64)>>) -> Sparse {
        let mut sparse = Sparse { starts: vec![0], inputs, ..Sparse::default() };
        for terms in outputs {
            for (place, weight) in terms {
                assert!(place < inputs, "resample: input {place} of {inputs}");
                sparse.places.push(place);
                sparse.weights.push(weight);
            }
            sparse.starts.push(sparse.places.len());
        }
        sparse
    }

    /// The number of outputs.
    pub fn outputs(&self) -> usize {
        self.starts.len() - 1
    }

    /// Rows and columns exchanged.
    pub fn transposed(&self) -> Sparse {
        let mut terms = vec![Vec::new(); self.inputs];
        for i in 0..self.outputs() {
            for j in self.starts[i]..self.starts[i + 1] {
                terms[self.places[j]].push((i, self.weights[j]));
            }
        }
        Sparse::new(self.outputs(), terms)
    }

    /// Maps the middle one of `[outer, inputs, inner]`.
    pub fn apply<C: Compute>(&self, x: &[C], outer: usize, inner: usize, out: &mut [C]) {
        let (n, m) = (self.inputs, self.outputs());
        assert!(x.len() == outer * n * inner && out.len() == outer * m * inner, "resample: sizes");
        let weights: Vec<C> = self.weights.iter().map(|w| C::from_f64(*w)).collect();
        let to = SendPtr(out.as_mut_ptr());
        parallel_chunks(outer, ((1 << 14) / (m * inner).max(1)).max(1), |range| {
            for o in range {
                // SAFETY: ranges do not overlap.
                let out = unsafe { to.slice(o * m * inner..(o + 1) * m * inner) };
                one(&x[o * n * inner..(o + 1) * n * inner], &self.starts, &self.places, &weights, inner, out);
            }
        });
    }
}

#[inline(always)]
fn one_body<C: Compute>(x: &[C], starts: &[usize], places: &[usize], weights: &[C], inner: usize, out: &mut [C]) {
    if inner == 1 {
        for (out, pair) in out.iter_mut().zip(starts.windows(2)) {
            let mut sum = C::ZERO;
            for (place, weight) in places[pair[0]..pair[1]].iter().zip(&weights[pair[0]..pair[1]]) {
                sum = x[*place].fma(*weight, sum);
            }
            *out = sum;
        }
        return;
    }
    if inner == 0 {
        return;
    }
    for (out, pair) in out.chunks_exact_mut(inner).zip(starts.windows(2)) {
        out.fill(C::ZERO);
        for (place, weight) in places[pair[0]..pair[1]].iter().zip(&weights[pair[0]..pair[1]]) {
            for (out, x) in out.iter_mut().zip(&x[place * inner..(place + 1) * inner]) {
                *out = x.fma(*weight, *out);
            }
        }
    }
}
dispatch!(fn one<C: Compute>(x: &[C], starts: &[usize], places: &[usize], weights: &[C], inner: usize, out: &mut [C]) = one_body);

//! Recurrent nets over sequences, padded or packed, of several layers in one direction or both; and single steps of cells.

use super::recurrent::{Weights, direction};
use crate::{DType, Result, Tensor, bail, function};
use flambeau_kernels::rnn::Cell;
use std::sync::Arc;

/// What the functions below have in common.
struct Net<'a> {
    cell: Cell,
    params: &'a [Tensor],
    has_biases: bool,
    layers: i64,
    dropout: f64,
    train: bool,
    bidirectional: bool,
}

impl Net<'_> {
    fn weights(&self, i: usize, each: usize) -> Weights<'_> {
        let p = &self.params[i * each..(i + 1) * each];
        Weights {
            input: &p[0],
            state: &p[1],
            biases: self.has_biases.then(|| (&p[2], &p[3])),
            projection: matches!(each, 3 | 5).then(|| &p[each - 1]),
        }
    }

    /// All steps of all sequences [total, features], `rows` of them in each step.
    fn run(
        &self,
        x: &Tensor,
        rows: Arc<[usize]>,
        h0: &Tensor,
        c0: Option<&Tensor>,
    ) -> Result<(Tensor, Tensor, Option<Tensor>)> {
        let directions = 1 + self.bidirectional as usize;
        let count = self.layers.max(0) as usize * directions;
        if count == 0 || self.params.is_empty() || !self.params.len().is_multiple_of(count) {
            bail!("rnn: got {} weights for {} layers in {directions} directions", self.params.len(), self.layers);
        }
        let each = self.params.len() / count;
        let expected = if self.has_biases { 4 } else { 2 };
        if each != expected && !(self.cell == Cell::Lstm && each == expected + 1) {
            bail!("rnn: expected {expected} weights for each layer and direction, got {each}");
        }
        if h0.dim() != 3 || h0.shape()[0] != count || c0.is_some_and(|c| c.dim() != 3 || c.shape()[0] != count) {
            bail!("Expected hidden size ({count}, batch, hidden), got {:?}", h0.shape());
        }
        let most = rows.first().copied().unwrap_or(0);
        if h0.shape()[1] < most {
            bail!("rnn: the first state is of {} sequences, but there are {most}", h0.shape()[1]);
        }
        let mut x = x.clone();
        let (mut hs, mut cs) = (Vec::new(), Vec::new());
        for layer in 0..self.layers as usize {
            let mut outs = Vec::new();
            for d in 0..directions {
                let i = layer * directions + d;
                let w = self.weights(i, each);
                if x.shape()[1] != w.input.shape()[1] {
                    bail!(
                        "input.size(-1) must be equal to input_size. Expected {}, got {}",
                        w.input.shape()[1],
                        x.shape()[1]
                    );
                }
                let (h, c) = (h0.select(0, i as i64)?, c0.map(|c| c.select(0, i as i64)).transpose()?);
                let (out, h, c) = direction(self.cell, &x, &rows, d == 1, &w, &h, c.as_ref())?;
                outs.push(out);
                hs.push(h);
                cs.extend(c);
            }
            x = if directions == 2 { crate::ops::cat(&outs, 1)? } else { outs.swap_remove(0) };
            if self.train && self.dropout > 0.0 && layer + 1 < self.layers as usize {
                x = super::dropout(&x, self.dropout, true)?;
            }
        }
        let c = if cs.is_empty() { None } else { Some(crate::ops::stack(&cs, 0)?) };
        Ok((x, crate::ops::stack(&hs, 0)?, c))
    }

    /// Padded sequences [steps, batch, features], or [batch, steps, features] if `batch_first`.
    fn padded(
        &self,
        input: &Tensor,
        batch_first: bool,
        h0: &Tensor,
        c0: Option<&Tensor>,
    ) -> Result<(Tensor, Tensor, Option<Tensor>)> {
        if input.dim() != 3 {
            bail!("rnn: input must have 3 dimensions, got {}", input.dim());
        }
        let x = if batch_first { input.transpose(0, 1)? } else { input.clone() };
        let (steps, batch, features) = (x.shape()[0], x.shape()[1], x.shape()[2]);
        if steps == 0 {
            bail!("Expected sequence length to be larger than 0 in RNN");
        }
        let flat = crate::ops::view::reshape_to(&x, &[steps * batch, features])?;
        let (out, h, c) = self.halves(&flat, vec![batch; steps].into(), h0, c0)?;
        let out = crate::ops::view::reshape_to(&out, &[steps, batch, out.shape()[1]])?;
        Ok((if batch_first { out.transpose(0, 1)? } else { out }, h, c))
    }

    fn packed(
        &self,
        data: &Tensor,
        batch_sizes: &Tensor,
        h0: &Tensor,
        c0: Option<&Tensor>,
    ) -> Result<(Tensor, Tensor, Option<Tensor>)> {
        let sizes = batch_sizes.to_dtype(DType::I64)?.contiguous()?.to_vec::<i64>()?;
        let rows: Vec<usize> = sizes.iter().map(|n| (*n).max(0) as usize).collect();
        let falls = rows.windows(2).all(|w| w[0] >= w[1]);
        if !falls || data.dim() != 2 || data.shape()[0] != rows.iter().sum::<usize>() {
            bail!("rnn: batch_sizes {sizes:?} must not grow and add up to the rows of the data {:?}", data.shape());
        }
        self.halves(data, rows.into(), h0, c0)
    }

    /// In float32 where the numbers are halves.
    fn halves(
        &self,
        x: &Tensor,
        rows: Arc<[usize]>,
        h0: &Tensor,
        c0: Option<&Tensor>,
    ) -> Result<(Tensor, Tensor, Option<Tensor>)> {
        let dtype = x.dtype();
        super::check_float("rnn", x)?;
        for t in [h0].into_iter().chain(c0).chain(self.params) {
            if t.dtype() != dtype {
                bail!(
                    "rnn: input, states and weights must have one dtype, got {} and {}",
                    dtype.name(),
                    t.dtype().name()
                );
            }
        }
        if dtype == dtype.compute() {
            return self.run(x, rows, h0, c0);
        }
        let wide = |t: &Tensor| t.to_dtype(dtype.compute());
        let params: Vec<Tensor> = self.params.iter().map(wide).collect::<Result<_>>()?;
        let net = Net { params: &params, ..*self };
        let (out, h, c) = net.run(&wide(x)?, rows, &wide(h0)?, c0.map(wide).transpose()?.as_ref())?;
        Ok((out.to_dtype(dtype)?, h.to_dtype(dtype)?, c.map(|c| c.to_dtype(dtype)).transpose()?))
    }
}

fn two(hx: &[Tensor]) -> Result<(&Tensor, &Tensor)> {
    match hx {
        [h, c] => Ok((h, c)),
        other => bail!("lstm expects two hidden states, got {}", other.len()),
    }
}

/// An LSTM over padded sequences: all outputs, the last states and the last cells.
#[function(method = false, sig = "input, hx, params, has_biases, num_layers, dropout, train, bidirectional, batch_first", samples = ["T(3,2,4), [T(1,2,3), T(1,2,3)], [T(12,4), T(12,3), T(12), T(12)], True, 1, 0.0, False, False, False", "T(2,3,4), [T(2,2,3), T(2,2,3)], [T(12,4), T(12,3), T(12,4), T(12,3)], False, 1, 0.0, False, True, True"])]
#[allow(clippy::too_many_arguments)]
pub fn lstm(
    input: &Tensor,
    hx: &[Tensor],
    params: &[Tensor],
    has_biases: bool,
    num_layers: i64,
    dropout: f64,
    train: bool,
    bidirectional: bool,
    batch_first: bool,
) -> Result<(Tensor, Tensor, Tensor)> {
    let (h0, c0) = two(hx)?;
    let net = Net { cell: Cell::Lstm, params, has_biases, layers: num_layers, dropout, train, bidirectional };
    let (out, h, c) = net.padded(input, batch_first, h0, Some(c0))?;
    Ok((out, h, c.ok_or_else(|| crate::err!("lstm: no cells"))?))
}

/// An LSTM over packed sequences.
#[function(method = false, torch = "lstm", sig = "data, batch_sizes, hx, params, has_biases, num_layers, dropout, train, bidirectional", grad = false, samples = ["T(2,4), T(2,dtype=int64,low=1,high=2), [T(1,1,3), T(1,1,3)], [T(12,4), T(12,3), T(12), T(12)], True, 1, 0.0, False, False"])]
#[allow(clippy::too_many_arguments)]
pub fn lstm_packed(
    data: &Tensor,
    batch_sizes: &Tensor,
    hx: &[Tensor],
    params: &[Tensor],
    has_biases: bool,
    num_layers: i64,
    dropout: f64,
    train: bool,
    bidirectional: bool,
) -> Result<(Tensor, Tensor, Tensor)> {
    let (h0, c0) = two(hx)?;
    let net = Net { cell: Cell::Lstm, params, has_biases, layers: num_layers, dropout, train, bidirectional };
    let (out, h, c) = net.packed(data, batch_sizes, h0, Some(c0))?;
    Ok((out, h, c.ok_or_else(|| crate::err!("lstm: no cells"))?))
}

macro_rules! nets {
    ($($cell:ident $name:ident $packed:ident $torch:tt [$($sample:tt),*] [$($packed_sample:tt),*];)*) => {$(
        /// A recurrent net over padded sequences: all outputs, and the last states.
        #[function(method = false, sig = "input, hx, params, has_biases, num_layers, dropout, train, bidirectional, batch_first", samples = [$($sample),*])]
        #[allow(clippy::too_many_arguments)]
        pub fn $name(
            input: &Tensor,
            hx: &Tensor,
            params: &[Tensor],
            has_biases: bool,
            num_layers: i64,
            dropout: f64,
            train: bool,
            bidirectional: bool,
            batch_first: bool,
        ) -> Result<(Tensor, Tensor)> {
            let net = Net { cell: Cell::$cell, params, has_biases, layers: num_layers, dropout, train, bidirectional };
            let (out, h, _) = net.padded(input, batch_first, hx, None)?;
            Ok((out, h))
        }

        /// The same over packed sequences.
        #[function(method = false, torch = $torch, sig = "data, batch_sizes, hx, params, has_biases, num_layers, dropout, train, bidirectional", grad = false, samples = [$($packed_sample),*])]
        #[allow(clippy::too_many_arguments)]
        pub fn $packed(
            data: &Tensor,
            batch_sizes: &Tensor,
            hx: &Tensor,
            params: &[Tensor],
            has_biases: bool,
            num_layers: i64,
            dropout: f64,
            train: bool,
            bidirectional: bool,
        ) -> Result<(Tensor, Tensor)> {
            let net = Net { cell: Cell::$cell, params, has_biases, layers: num_layers, dropout, train, bidirectional };
            let (out, h, _) = net.packed(data, batch_sizes, hx, None)?;
            Ok((out, h))
        }
    )*};
}
nets! {
    Gru gru gru_packed "gru" ["T(3,2,4), T(1,2,3), [T(9,4), T(9,3), T(9), T(9)], True, 1, 0.0, False, False, False", "T(2,3,4), T(2,2,3), [T(9,4), T(9,3), T(9,4), T(9,3)], False, 1, 0.0, False, True, True"] ["T(2,4), T(2,dtype=int64,low=1,high=2), T(1,1,3), [T(9,4), T(9,3), T(9), T(9)], True, 1, 0.0, False, False"];
    Tanh rnn_tanh rnn_tanh_packed "rnn_tanh" ["T(3,2,4), T(1,2,3), [T(3,4), T(3,3), T(3), T(3)], True, 1, 0.0, False, False, False"] ["T(2,4), T(2,dtype=int64,low=1,high=2), T(1,1,3), [T(3,4), T(3,3), T(3), T(3)], True, 1, 0.0, False, False"];
    Relu rnn_relu rnn_relu_packed "rnn_relu" ["T(3,2,4), T(1,2,3), [T(3,4), T(3,3), T(3), T(3)], True, 1, 0.0, False, False, False"] ["T(2,4), T(2,dtype=int64,low=1,high=2), T(1,1,3), [T(3,4), T(3,3), T(3), T(3)], True, 1, 0.0, False, False"];
}

/// One step of a cell: the new state, and the new cells of an LSTM.
#[allow(clippy::too_many_arguments)]
fn one_step(
    cell: Cell,
    input: &Tensor,
    h: &Tensor,
    c: Option<&Tensor>,
    w_ih: &Tensor,
    w_hh: &Tensor,
    b_ih: Option<&Tensor>,
    b_hh: Option<&Tensor>,
) -> Result<(Tensor, Option<Tensor>)> {
    if input.dim() != 2 || h.dim() != 2 || input.shape()[0] != h.shape()[0] {
        bail!("Input batch size {:?} doesn't match hidden batch size {:?}", input.shape(), h.shape());
    }
    if input.shape()[1] != w_ih.shape()[w_ih.dim() - 1] {
        bail!("input has inconsistent input_size: got {} expected {}", input.shape()[1], w_ih.shape()[w_ih.dim() - 1]);
    }
    if h.shape()[1] != w_hh.shape()[w_hh.dim() - 1] {
        bail!("hidden has inconsistent hidden_size: got {}, expected {}", h.shape()[1], w_hh.shape()[w_hh.dim() - 1]);
    }
    // Halves are computed in float32 and rounded once.
    let (dtype, wide) = (input.dtype(), input.dtype().compute());
    let widened = |t: &Tensor| t.to_dtype(wide);
    let optional = |t: Option<&Tensor>| t.map(widened).transpose();
    let (b_ih, b_hh, c) = (optional(b_ih)?, optional(b_hh)?, optional(c)?);
    let (input, h, w_ih, w_hh) = (widened(input)?, widened(h)?, widened(w_ih)?, widened(w_hh)?);
    let weights = Weights { input: &w_ih, state: &w_hh, biases: b_ih.as_ref().zip(b_hh.as_ref()), projection: None };
    let (_, h, c) = direction(cell, &input, &vec![input.shape()[0]].into(), false, &weights, &h, c.as_ref())?;
    Ok((h.to_dtype(dtype)?, c.map(|c| c.to_dtype(dtype)).transpose()?))
}

/// One step of an LSTM: the new state and cells.
#[function(method = false, sig = "input, hx, w_ih, w_hh, b_ih=None, b_hh=None", samples = ["T(2,4), [T(2,3), T(2,3)], T(12,4), T(12,3), T(12), T(12)"])]
pub fn lstm_cell(
    input: &Tensor,
    hx: &[Tensor],
    w_ih: &Tensor,
    w_hh: &Tensor,
    b_ih: Option<&Tensor>,
    b_hh: Option<&Tensor>,
) -> Result<(Tensor, Tensor)> {
    let (h, c) = two(hx)?;
    let (h, c) = one_step(Cell::Lstm, input, h, Some(c), w_ih, w_hh, b_ih, b_hh)?;
    Ok((h, c.ok_or_else(|| crate::err!("lstm_cell: no cells"))?))
}

macro_rules! cells {
    ($($cell:ident $name:ident [$($sample:tt),*];)*) => {$(
        /// One step of a cell: the new state.
        #[function(method = false, sig = "input, hx, w_ih, w_hh, b_ih=None, b_hh=None", samples = [$($sample),*])]
        pub fn $name(
            input: &Tensor,
            hx: &Tensor,
            w_ih: &Tensor,
            w_hh: &Tensor,
            b_ih: Option<&Tensor>,
            b_hh: Option<&Tensor>,
        ) -> Result<Tensor> {
            Ok(one_step(Cell::$cell, input, hx, None, w_ih, w_hh, b_ih, b_hh)?.0)
        }
    )*};
}
cells! {
    Gru gru_cell ["T(2,4), T(2,3), T(9,4), T(9,3), T(9), T(9)"];
    Tanh rnn_tanh_cell ["T(2,4), T(2,3), T(3,4), T(3,3), T(3), T(3)"];
    Relu rnn_relu_cell ["T(2,4), T(2,3), T(3,4), T(3,3), T(3), T(3)"];
}

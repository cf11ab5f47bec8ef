//! Recurrent nets: layers of LSTM, GRU and plain cells over sequences, padded or packed, in one direction or both. A layer's
//! products with the input are one matrix product; its steps are one op with kernels both ways.

use crate::apply::apply_all;
use crate::autograd::is_grad_enabled;
use crate::tensor::{Arg, Cx, Grads, Needs, Op, Saves, Spec, Specs};
use crate::{DType, Result, Tensor, bail, function};
use flambeau_kernels::rnn::{Cell, Layer};
use std::sync::Arc;

/// Products with the input [total, gates · hidden], the state's weight, the first state [batch, hidden], the first cells of an
/// LSTM, and the state's bias of a GRU; to all states, the last state, the last cells, and what the way back needs.
#[derive(Clone)]
struct Recurrent {
    cell: Cell,
    rows: Arc<[usize]>,
    reverse: bool,
    bias: bool,
}

impl Recurrent {
    fn lstm(&self) -> bool {
        self.cell == Cell::Lstm
    }
    fn count(&self) -> usize {
        3 + self.lstm() as usize + self.bias as usize
    }
    fn layer(&self, hidden: usize) -> Layer<'_> {
        Layer { cell: self.cell, hidden, rows: &self.rows, reverse: self.reverse }
    }

    fn forward<C: flambeau_kernels::rowmath::Compute + crate::storage::bridge::Element>(
        &self,
        inputs: &[Arg],
        outputs: &[Arg],
    ) -> Result<()> {
        let hidden = inputs[2].shape()[1];
        let h = outputs[1].slice_mut::<C>()?;
        h.copy_from_slice(inputs[2].slice()?);
        let (mut none, mut nothing) = ([], []);
        let (c, kept): (&mut [C], &mut [C]) = if self.lstm() {
            let c = outputs[2].slice_mut::<C>()?;
            c.copy_from_slice(inputs[3].slice()?);
            (c, outputs[3].slice_mut()?)
        } else if self.cell == Cell::Gru {
            (&mut none, outputs[2].slice_mut()?)
        } else {
            (&mut none, &mut nothing)
        };
        let bias = if self.bias { Some(inputs[3].slice::<C>()?) } else { None };
        let (gx, w) = (inputs[0].slice()?, inputs[1].slice()?);
        self.layer(hidden).forward::<C>(gx, w, bias, h, c, outputs[0].slice_mut()?, kept);
        Ok(())
    }
}

impl Op for Recurrent {
    fn name(&self) -> &'static str {
        match self.cell {
            Cell::Lstm => "lstm",
            Cell::Gru => "gru",
            Cell::Tanh => "rnn_tanh",
            Cell::Relu => "rnn_relu",
        }
    }
    fn infer(&self, inputs: &[&Tensor]) -> Result<Specs> {
        let (total, hidden) = (inputs[0].shape()[0], inputs[2].shape()[1]);
        let (state, dtype) = (inputs[2].shape(), inputs[0].dtype());
        let mut specs: Specs = smallvec::smallvec![Spec::new(&[total, hidden][..], dtype), Spec::new(state, dtype)];
        if self.lstm() {
            specs.push(Spec::new(state, dtype));
        }
        if self.cell.kept() > 0 {
            specs.push(Spec::new(&[total, self.cell.kept() * hidden][..], dtype));
        }
        Ok(specs)
    }
    fn cpu(&self, inputs: &[Arg], outputs: &[Arg]) -> Result<()> {
        match inputs[0].dtype {
            DType::F32 => self.forward::<f32>(inputs, outputs),
            DType::F64 => self.forward::<f64>(inputs, outputs),
            other => bail!(NotImplemented, "\"{}\" not implemented for '{}'", self.name(), other.name()),
        }
    }
    fn decompose(&self, inputs: &[&Tensor]) -> Option<Result<Vec<Tensor>>> {
        let run = || {
            let hidden = inputs[2].shape()[1];
            let cells = if self.lstm() { Some(inputs[3]) } else { None };
            let bias = if self.bias { Some(inputs[3]) } else { None };
            let steps = Steps { cell: self.cell, rows: &self.rows, reverse: self.reverse };
            let (out, h, c) = steps.run(inputs[0], inputs[1], bias, None, inputs[2], cells)?;
            let mut all: Vec<Tensor> = [out, h].into_iter().chain(c).collect();
            if self.cell.kept() > 0 {
                all.push(crate::ops::zeros(&[inputs[0].shape()[0], self.cell.kept() * hidden], inputs[0].dtype())?);
            }
            Ok(all)
        };
        Some(run())
    }
    fn saves(&self, _: Needs) -> Saves {
        let all = Saves::INPUTS.output(0);
        match self.cell {
            Cell::Lstm => all.output(3),
            Cell::Gru => all.output(2),
            _ => all,
        }
    }
    fn vjp(&self, cx: &Cx, grads: &[Option<Tensor>]) -> Result<Grads> {
        if is_grad_enabled() {
            return cx.vjp_by_decompose(self, self.count(), grads);
        }
        let mut out: Grads = smallvec::smallvec![None; self.count()];
        if grads[..2 + self.lstm() as usize].iter().all(Option::is_none) {
            return Ok(out);
        }
        let (w, h0, y) = (cx.input(1)?, cx.input(2)?, cx.output(0)?);
        let dense = |g: &Option<Tensor>, like: &Tensor| match g {
            Some(g) => g.contiguous(),
            None => like.zeros_like(),
        };
        let mut inputs = vec![w, h0.clone(), y.clone(), dense(&grads[0], &y)?, dense(&grads[1], &h0)?];
        if self.lstm() {
            inputs.push(dense(&grads[2], &h0)?);
        }
        if self.cell.kept() > 0 {
            inputs.push(cx.output(if self.lstm() { 3 } else { 2 })?);
        }
        let results = apply_all(RecurrentBackward(self.clone()), &inputs.iter().collect::<Vec<_>>())?;
        let [dgx, previous, dh] = [&results[0], &results[1], &results[2]];
        let dgh = if self.cell == Cell::Gru { &results[3] } else { dgx };
        if cx.needs(1) {
            out[1] = Some(dgh.t()?.matmul(previous)?);
        }
        out[2] = Some(dh.clone());
        if self.lstm() {
            out[3] = Some(results[3].clone());
        }
        if self.bias && cx.needs(3) {
            out[3] = Some(dgh.sum(0, false, None)?);
        }
        out[0] = Some(dgx.clone());
        Ok(out)
    }
}

/// Gradients of the products with the input, the states before each step, the gradient of the first state, and of the first
/// cells (LSTM) or of the products with the state (GRU).
struct RecurrentBackward(Recurrent);

impl RecurrentBackward {
    fn backward<C: flambeau_kernels::rowmath::Compute + crate::storage::bridge::Element>(
        &self,
        inputs: &[Arg],
        outputs: &[Arg],
    ) -> Result<()> {
        let layer = self.0.layer(inputs[1].shape()[1]);
        let (h0, out) = (inputs[1].slice::<C>()?, inputs[2].slice()?);
        let (dgx, previous, dh) = (outputs[0].slice_mut::<C>()?, outputs[1].slice_mut()?, outputs[2].slice_mut()?);
        layer.previous(h0, out, previous);
        dh.copy_from_slice(inputs[4].slice()?);
        let (mut none, mut nothing) = ([], []);
        let (mut dc, mut dgh): (&mut [C], &mut [C]) = (&mut none, &mut nothing);
        let mut kept: &[C] = &[];
        match self.0.cell {
            Cell::Lstm => {
                dc = outputs[3].slice_mut()?;
                dc.copy_from_slice(inputs[5].slice()?);
                kept = inputs[6].slice()?;
            }
            Cell::Gru => {
                dgh = outputs[3].slice_mut()?;
                kept = inputs[5].slice()?;
            }
            _ => {}
        }
        layer.backward::<C>(inputs[0].slice()?, out, kept, previous, inputs[3].slice()?, dh, dc, dgx, dgh);
        Ok(())
    }
}

impl Op for RecurrentBackward {
    fn name(&self) -> &'static str {
        "rnn_backward"
    }
    fn infer(&self, inputs: &[&Tensor]) -> Result<Specs> {
        let (w, h0, y, dtype) = (inputs[0], inputs[1], inputs[2], inputs[0].dtype());
        let gates = [y.shape()[0], w.shape()[0]];
        let mut specs: Specs = smallvec::smallvec![
            Spec::new(&gates[..], dtype),
            Spec::new(y.shape(), dtype),
            Spec::new(h0.shape(), dtype)
        ];
        match self.0.cell {
            Cell::Lstm => specs.push(Spec::new(h0.shape(), dtype)),
            Cell::Gru => specs.push(Spec::new(&gates[..], dtype)),
            _ => {}
        }
        Ok(specs)
    }
    fn cpu(&self, inputs: &[Arg], outputs: &[Arg]) -> Result<()> {
        match inputs[0].dtype {
            DType::F32 => self.backward::<f32>(inputs, outputs),
            DType::F64 => self.backward::<f64>(inputs, outputs),
            other => bail!(NotImplemented, "\"rnn_backward\" not implemented for '{}'", other.name()),
        }
    }
    fn differentiable(&self) -> bool {
        false
    }
    fn vjp(&self, cx: &Cx, _: &[Option<Tensor>]) -> Result<Grads> {
        cx.no_derivative()
    }
}

/// A layer step by step in tensor functions: what higher derivatives go through, and projections of the state.
struct Steps<'a> {
    cell: Cell,
    rows: &'a [usize],
    reverse: bool,
}

impl Steps<'_> {
    #[allow(clippy::too_many_arguments)]
    fn run(
        &self,
        gx: &Tensor,
        w: &Tensor,
        bias: Option<&Tensor>,
        projection: Option<&Tensor>,
        h0: &Tensor,
        c0: Option<&Tensor>,
    ) -> Result<(Tensor, Tensor, Option<Tensor>)> {
        let mut starts = vec![0usize];
        for n in self.rows {
            starts.push(starts[starts.len() - 1] + n);
        }
        let (mut h, mut c) = (h0.clone(), c0.cloned());
        let mut outs = vec![None; self.rows.len()];
        let steps: Vec<usize> =
            if self.reverse { (0..self.rows.len()).rev().collect() } else { (0..self.rows.len()).collect() };
        for t in steps {
            let n = self.rows[t] as i64;
            let x = gx.narrow(0, starts[t] as i64, n)?;
            let (here, cells) = (h.narrow(0, 0, n)?, c.as_ref().map(|c| c.narrow(0, 0, n)).transpose()?);
            let (new, new_cells) = self.step(&x, w, bias, projection, &here, cells.as_ref())?;
            // Rows whose sequences have ended, or have not begun, stay.
            let with_rest = |new: &Tensor, old: &Tensor| {
                let rest = old.shape()[0] as i64 - n;
                if rest == 0 {
                    return Ok(new.clone());
                }
                crate::ops::cat(&[new.clone(), old.narrow(0, n, rest)?], 0)
            };
            h = with_rest(&new, &h)?;
            if let (Some(new), Some(old)) = (&new_cells, &c) {
                c = Some(with_rest(new, old)?);
            }
            outs[t] = Some(new);
        }
        let outs: Vec<Tensor> = outs.into_iter().flatten().collect();
        let out = if outs.is_empty() {
            crate::ops::zeros(&[0, h0.shape()[1]], gx.dtype())?
        } else {
            crate::ops::cat(&outs, 0)?
        };
        Ok((out, h, c))
    }

    fn step(
        &self,
        x: &Tensor,
        w: &Tensor,
        bias: Option<&Tensor>,
        projection: Option<&Tensor>,
        h: &Tensor,
        c: Option<&Tensor>,
    ) -> Result<(Tensor, Option<Tensor>)> {
        let gh = super::super::linear(h, w, bias)?;
        match (self.cell, c) {
            (Cell::Lstm, Some(c)) => {
                let gates = x.add(&gh)?.chunk(4, 1)?;
                let (i, f, g, o) = (gates[0].sigmoid()?, gates[1].sigmoid()?, gates[2].tanh()?, gates[3].sigmoid()?);
                let c = f.mul(c)?.add(&i.mul(&g)?)?;
                let h = o.mul(&c.tanh()?)?;
                let h = match projection {
                    Some(p) => h.matmul(&p.t()?)?,
                    None => h,
                };
                Ok((h, Some(c)))
            }
            (Cell::Gru, _) => {
                let (x, s) = (x.chunk(3, 1)?, gh.chunk(3, 1)?);
                let (r, z) = (x[0].add(&s[0])?.sigmoid()?, x[1].add(&s[1])?.sigmoid()?);
                let new = x[2].add(&r.mul(&s[2])?)?.tanh()?;
                Ok((h.sub(&new)?.mul(&z)?.add(&new)?, None))
            }
            (Cell::Relu, _) => Ok((x.add(&gh)?.relu()?, None)),
            _ => Ok((x.add(&gh)?.tanh()?, None)),
        }
    }
}

/// A layer's weights in one direction: for the input, for the state, their biases, and the projection.
struct Weights<'a> {
    input: &'a Tensor,
    state: &'a Tensor,
    biases: Option<(&'a Tensor, &'a Tensor)>,
    projection: Option<&'a Tensor>,
}

/// One direction of a layer: all states, the last one, the last cells.
fn direction(
    cell: Cell,
    x: &Tensor,
    rows: &Arc<[usize]>,
    reverse: bool,
    weights: &Weights,
    h0: &Tensor,
    c0: Option<&Tensor>,
) -> Result<(Tensor, Tensor, Option<Tensor>)> {
    let gru = cell == Cell::Gru;
    let both = match weights.biases {
        Some((a, b)) if !gru => Some(a.add(b)?),
        Some((a, _)) => Some(a.clone()),
        None => None,
    };
    let gx = super::super::linear(x, weights.input, both.as_ref())?;
    let state_bias = weights.biases.filter(|_| gru).map(|b| b.1.contiguous()).transpose()?;
    if weights.projection.is_some() {
        let steps = Steps { cell, rows, reverse };
        return steps.run(&gx, weights.state, state_bias.as_ref(), weights.projection, h0, c0);
    }
    let op = Recurrent { cell, rows: rows.clone(), reverse, bias: state_bias.is_some() };
    let (gx, w, h0) = (gx.contiguous()?, weights.state.contiguous()?, h0.contiguous()?);
    let c0 = c0.map(|c| c.contiguous()).transpose()?;
    let inputs: Vec<&Tensor> = [&gx, &w, &h0].into_iter().chain(&c0).chain(&state_bias).collect();
    let mut results = apply_all(op, &inputs)?.into_iter();
    let missing = || crate::err!("rnn: a result is missing");
    let (out, h) = (results.next().ok_or_else(missing)?, results.next().ok_or_else(missing)?);
    Ok((out, h, if cell == Cell::Lstm { results.next() } else { None }))
}

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
        if count == 0 || self.params.is_empty() || self.params.len() % count != 0 {
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
#[function(method = false, torch = "lstm", sig = "data, batch_sizes, hx, params, has_biases, num_layers, dropout, train, bidirectional", grad = false, samples = ["T(3,4), T(2,dtype=int64,low=1,high=2), [T(1,2,3), T(1,2,3)], [T(12,4), T(12,3), T(12), T(12)], True, 1, 0.0, False, False"])]
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
    Gru gru gru_packed "gru" ["T(3,2,4), T(1,2,3), [T(9,4), T(9,3), T(9), T(9)], True, 1, 0.0, False, False, False", "T(2,3,4), T(2,2,3), [T(9,4), T(9,3), T(9,4), T(9,3)], False, 1, 0.0, False, True, True"] ["T(2,4), T(2,dtype=int64,low=1,high=2), T(1,2,3), [T(9,4), T(9,3), T(9), T(9)], True, 1, 0.0, False, False"];
    Tanh rnn_tanh rnn_tanh_packed "rnn_tanh" ["T(3,2,4), T(1,2,3), [T(3,4), T(3,3), T(3), T(3)], True, 1, 0.0, False, False, False"] ["T(2,4), T(2,dtype=int64,low=1,high=2), T(1,2,3), [T(3,4), T(3,3), T(3), T(3)], True, 1, 0.0, False, False"];
    Relu rnn_relu rnn_relu_packed "rnn_relu" ["T(3,2,4), T(1,2,3), [T(3,4), T(3,3), T(3), T(3)], True, 1, 0.0, False, False, False"] ["T(2,4), T(2,dtype=int64,low=1,high=2), T(1,2,3), [T(3,4), T(3,3), T(3), T(3)], True, 1, 0.0, False, False"];
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
    let weights = Weights { input: w_ih, state: w_hh, biases: b_ih.zip(b_hh), projection: None };
    let (_, h, c) = direction(cell, input, &vec![input.shape()[0]].into(), false, &weights, h, c)?;
    Ok((h, c))
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

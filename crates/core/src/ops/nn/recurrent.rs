//! A layer of a recurrent net in one direction, of LSTM, GRU or plain cells: its products with the input are one matrix
//! product, its steps one op with kernels both ways.

use crate::apply::apply_all;
use crate::autograd::is_grad_enabled;
use crate::tensor::{Arg, Cx, Grads, Needs, Op, Saves, Spec, Specs};
use crate::{DType, Result, Tensor, bail};
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
pub(super) struct Weights<'a> {
    pub input: &'a Tensor,
    pub state: &'a Tensor,
    pub biases: Option<(&'a Tensor, &'a Tensor)>,
    pub projection: Option<&'a Tensor>,
}

/// One direction of a layer: all states, the last one, the last cells.
pub(super) fn direction(
    cell: Cell,
    x: &Tensor,
    rows: &Arc<[usize]>,
    reverse: bool,
    weights: &Weights,
    h0: &Tensor,
    c0: Option<&Tensor>,
) -> Result<(Tensor, Tensor, Option<Tensor>)> {
    let gru = cell == Cell::Gru;
    let (input, state) = (weights.input.shape(), weights.state.shape());
    let gates = cell.gates();
    let fits = input.len() == 2
        && state.len() == 2
        && state[0] == input[0]
        && state[0].is_multiple_of(gates)
        && x.shape()[1..] == input[1..]
        && h0.shape()[1..] == state[1..]
        && c0.is_none_or(|c| c.shape()[0] == h0.shape()[0] && c.shape()[1..] == [state[0] / gates])
        && (weights.projection.is_some() || state[1] * gates == state[0])
        && weights.biases.is_none_or(|(a, b)| a.shape() == [state[0]] && b.shape() == [state[0]]);
    if !fits {
        bail!(
            "rnn: input {:?}, state {:?}, cells {:?} and weights {input:?}, {state:?} with biases {:?} do not fit together: the \
             weights are [{gates} * hidden, features] and [{gates} * hidden, hidden]",
            x.shape(),
            h0.shape(),
            c0.map(Tensor::shape),
            weights.biases.map(|(a, b)| (a.shape(), b.shape()))
        );
    }
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

//! `apply`: the one way in. Infers, allocates, runs the kernel, and attaches the autograd node. Modes that look at every
//! op (anomaly detection, inference) hook in here and nowhere else.

use crate::autograd::{self, is_grad_enabled};
use crate::storage::ReadGuard;
use crate::storage::shared::Shared;
use crate::tensor::{Arg, Edge, Needs, NewNode, NodeRef, Op, Spec, Tensor, View, connect, new_node};
use crate::{Layout, Result, bail, err};
use smallvec::SmallVec;
use std::sync::atomic::{AtomicBool, AtomicU32};

/// The outputs of an op with several.
pub type Outputs = SmallVec<[Tensor; 1]>;

#[inline(always)]
pub(crate) fn arg(tensor: &Tensor) -> Arg<'_> {
    let Layout { offset, .. } = tensor.0.layout;
    Arg {
        ptr: tensor.0.storage.data_ptr().wrapping_add(offset * tensor.0.dtype.size()),
        layout: &tensor.0.layout,
        dtype: tensor.0.dtype,
    }
}

/// Which inputs a gradient flows to, with grad mode on; an op without a derivative is refused here.
#[inline(always)]
fn needs(op: &dyn Op, inputs: &[&Tensor]) -> Result<Needs> {
    let mut bits = 0u64;
    for (i, input) in inputs.iter().enumerate() {
        bits |= (input.requires_grad() as u64) << i.min(63);
    }
    if bits != 0 {
        if !is_grad_enabled() {
            return Ok(Needs(0));
        }
        if !op.differentiable() {
            return refuse(op.name());
        }
    }
    Ok(Needs(bits))
}

#[cold]
fn refuse(name: &str) -> Result<Needs> {
    bail!(
        NotImplemented,
        "{name}: the derivative for '{name}' is not implemented, and an input requires grad; detach() the input, or call it \
         under no_grad() if no gradient is wanted"
    )
}

// An op's type is known where it is applied and where it is put into a node. What lies between goes through `dyn Op`, and is
// compiled once.

/// Runs an op with one output.
#[inline]
pub fn apply<O: Op>(op: O, inputs: &[&Tensor]) -> Result<Tensor> {
    let (output, needs) = run_one(&op, inputs)?;
    if needs.0 == 0 {
        return Ok(output);
    }
    attach_node(new_node(op), inputs, output, needs)
}

/// The output, and what needs a gradient and has no history yet.
fn run_one(op: &dyn Op, inputs: &[&Tensor]) -> Result<(Tensor, Needs)> {
    let needs = needs(op, inputs)?;
    let spec = op.infer(inputs)?.pop().ok_or_else(|| no_output(op.name()))?;
    if autograd::mode() & autograd::SPECIAL != 0
        && let Some(mut outputs) = decomposed(op, inputs)?
    {
        return Ok((outputs.pop().ok_or_else(|| no_output(op.name()))?, Needs(0)));
    }
    let output = Tensor::uninit(spec)?;
    launch(op, inputs, std::slice::from_ref(&output))?;
    let recorded = output.dtype().is_differentiable();
    Ok((output, if recorded { needs } else { Needs(0) }))
}

fn attach_node(node: NewNode, inputs: &[&Tensor], mut output: Tensor, needs: Needs) -> Result<Tensor> {
    let node = connect(node, inputs, &[&output], needs, &[])?;
    attach(&mut output, Edge { node, output: 0 });
    Ok(output)
}

/// Gives an output that is there already its history; for ops with a faster way to it than `apply`. Grad mode is on and an
/// input requires grad.
pub(crate) fn record(node: NewNode, inputs: &[&Tensor], output: Tensor) -> Result<Tensor> {
    let needs = needs(&node.value.op, inputs)?;
    if needs.0 != 0 && output.dtype().is_differentiable() {
        return attach_node(node, inputs, output, needs);
    }
    Ok(output)
}

/// The outputs by the op's decomposition, where ops are taken apart and this one can be.
#[cold]
fn decomposed(op: &dyn Op, inputs: &[&Tensor]) -> Result<Option<Vec<Tensor>>> {
    if !autograd::is_decomposing() {
        return Ok(None);
    }
    op.decompose(inputs).transpose()
}

#[cold]
fn no_output(name: &str) -> crate::Error {
    err!("{name}: the op has no output; this is a mistake in the op")
}

/// Runs an op with any number of outputs.
pub fn apply_all<O: Op>(op: O, inputs: &[&Tensor]) -> Result<Outputs> {
    let (mut outputs, needs) = run_all(&op, inputs)?;
    if needs.0 != 0 {
        attach_all(new_node(op), inputs, &mut outputs, needs)?;
    }
    Ok(outputs)
}

/// The outputs, and what needs a gradient and has no history yet.
fn run_all(op: &dyn Op, inputs: &[&Tensor]) -> Result<(Outputs, Needs)> {
    let needs = needs(op, inputs)?;
    if autograd::mode() & autograd::SPECIAL != 0 {
        op.infer(inputs)?;
        if let Some(outputs) = decomposed(op, inputs)? {
            return Ok((outputs.into(), Needs(0)));
        }
    }
    let outputs: Outputs = op.infer(inputs)?.into_iter().map(Tensor::uninit).collect::<Result<_>>()?;
    launch(op, inputs, &outputs)?;
    let recorded = outputs.iter().any(|t| t.dtype().is_differentiable());
    Ok((outputs, if recorded { needs } else { Needs(0) }))
}

fn attach_all(node: NewNode, inputs: &[&Tensor], outputs: &mut [Tensor], needs: Needs) -> Result<()> {
    let node: NodeRef = connect(node, inputs, &outputs.iter().collect::<SmallVec<[&Tensor; 4]>>(), needs, &[])?;
    for (i, output) in outputs.iter_mut().enumerate().filter(|(_, t)| t.dtype().is_differentiable()) {
        attach(output, Edge { node: node.clone(), output: i as u32 });
    }
    Ok(())
}

/// Gives a tensor that nobody else has yet its history.
#[inline]
fn attach(output: &mut Tensor, edge: Edge) {
    match output.0.get_mut() {
        Some(inner) => {
            *inner.requires_grad.get_mut() = true;
            *inner.node.get_mut() = Some(edge);
        }
        None => output.set_edge(edge),
    }
}

#[inline]
fn launch(op: &dyn Op, inputs: &[&Tensor], outputs: &[Tensor]) -> Result<()> {
    match inputs {
        [a] => {
            let _a = a.read()?;
            run(op, &[arg(a)], outputs, inputs)
        }
        [a, b] => {
            let (_a, _b) = (a.read()?, b.read()?);
            run(op, &[arg(a), arg(b)], outputs, inputs)
        }
        [a, b, c] => {
            let (_a, _b, _c) = (a.read()?, b.read()?, c.read()?);
            run(op, &[arg(a), arg(b), arg(c)], outputs, inputs)
        }
        _ => {
            let _guards = read_all(inputs)?;
            run(op, &args(inputs.iter().copied()), outputs, inputs)
        }
    }
}

fn read_all<'a>(inputs: &[&'a Tensor]) -> Result<SmallVec<[ReadGuard<'a>; 4]>> {
    inputs.iter().map(|t| t.read()).collect()
}

fn args<'a>(tensors: impl Iterator<Item = &'a Tensor>) -> SmallVec<[Arg<'a>; 4]> {
    tensors.map(arg).collect()
}

#[inline]
fn run(op: &dyn Op, inputs: &[Arg], outputs: &[Tensor], tensors: &[&Tensor]) -> Result<()> {
    match outputs {
        [out] => op.cpu(inputs, &[arg(out)])?,
        _ => op.cpu(inputs, &args(outputs.iter()))?,
    }
    if autograd::mode() & autograd::SPECIAL != 0 {
        autograd::check_anomaly(op.name(), tensors, outputs)?;
    }
    Ok(())
}

/// Copies of inputs that a write in place has overwritten.
type Old = SmallVec<[Option<Tensor>; 2]>;

/// Runs an op with one output, in place: the result is written over `dst`, which may be among the inputs. Returns `dst`.
pub fn apply_into<'a, O: Op>(op: O, inputs: &[&Tensor], dst: &'a Tensor) -> Result<&'a Tensor> {
    if let Some((needs, old)) = write_over(&op, inputs, dst)? {
        let node = connect(new_node(op), inputs, &[dst], needs, &old)?;
        rebase(dst, Edge { node, output: 0 })?;
    }
    Ok(dst)
}

/// Writes the result over `dst`; if that has to be recorded, what needs a gradient and the old values that the derivative wants.
fn write_over(op: &dyn Op, inputs: &[&Tensor], dst: &Tensor) -> Result<Option<(Needs, Old)>> {
    let name = op.name();
    check_write(name, dst)?;
    let needs = needs(op, inputs)?;
    let spec = op.infer(inputs)?.pop().ok_or_else(|| no_output(name))?;
    check_inplace(name, &spec, dst)?;
    let records = needs.0 != 0 || (dst.requires_grad() && is_grad_enabled());
    if records {
        check_recorded_write(name, dst)?;
    }
    // Old values are read while new ones are written: fine element by element, not when the two are shifted.
    let exact = |t: &Tensor| t.layout() == dst.layout() && t.dtype() == dst.dtype();
    let shares = |t: &&Tensor| t.storage().same(dst.storage());
    let copies: SmallVec<[Option<Tensor>; 4]> = inputs
        .iter()
        .map(|t| {
            if shares(t) && !(exact(t) && op.kind() == crate::tensor::Kind::Map) {
                t.alias().dense_copy().map(Some)
            } else {
                Ok(None)
            }
        })
        .collect::<Result<_>>()?;
    // What the derivative wants of the old values is kept as a copy: they are about to be overwritten.
    let mut old: Old = smallvec::smallvec![None; inputs.len()];
    if records {
        let wanted = op.saves(needs).inputs;
        for (i, input) in inputs.iter().enumerate().filter(|(i, t)| wanted >> (*i).min(63) & 1 == 1 && shares(t)) {
            let copy = input.alias().dense_copy()?;
            if let Some(edge) = input.grad_edge() {
                copy.set_edge(edge);
            }
            old[i] = Some(copy);
        }
    }
    let temporary = spec.dtype != dst.dtype() || spec.shape[..] != *dst.shape();
    {
        let others: SmallVec<[&Tensor; 4]> = inputs.iter().copied().filter(|t| !shares(t)).collect();
        let _guards = read_all(&others)?;
        let args = args(inputs.iter().zip(&copies).map(|(t, copy)| copy.as_ref().unwrap_or(t)));
        if temporary {
            let result = Tensor::uninit(Spec { strides: None, ..spec })?;
            op.cpu(&args, &[arg(&result)])?;
            let guard = dst.storage().write()?;
            crate::storage::bridge::copy(arg(&result), arg(dst));
            guard.bump(name);
        } else {
            let guard = dst.storage().write()?;
            op.cpu(&args, &[arg(dst)])?;
            guard.bump(name);
        }
    }
    if autograd::mode() & autograd::SPECIAL != 0 {
        autograd::check_anomaly(name, inputs, std::slice::from_ref(dst))?;
    }
    Ok(records.then_some((needs, old)))
}

/// The rules for a result that is written over `dst`.
fn check_inplace(name: &str, spec: &Spec, dst: &Tensor) -> Result<()> {
    if crate::tensor::broadcast_shapes(&spec.shape, dst.shape()).ok().as_deref() != Some(dst.shape()) {
        bail!(
            "{name}_: output with shape {:?} doesn't match the broadcast shape {:?}; use {name}() to get a new tensor",
            dst.shape(),
            spec.shape
        );
    }
    if !can_cast(spec.dtype, dst.dtype()) {
        bail!(
            "{name}_: result type {} can't be cast to the desired output type {}; use {name}() to get a new tensor",
            spec.dtype.name(),
            dst.dtype().name()
        );
    }
    if dst.layout().overlaps_itself() {
        bail!(
            "{name}_: unsupported operation: more than one element of the written-to tensor refers to a single memory \
             location. Please clone() the tensor before performing the operation."
        );
    }
    Ok(())
}

/// PyTorch's `can_cast`: no complex into real, no float into integer, nothing but bool into bool.
pub fn can_cast(from: crate::DType, to: crate::DType) -> bool {
    !(from.is_complex() && !to.is_complex()
        || !from.is_integral() && to.is_integral()
        || from != crate::DType::Bool && to == crate::DType::Bool)
}

/// The rules for a write in place that is recorded.
pub(crate) fn check_recorded_write(name: &str, dst: &Tensor) -> Result<()> {
    if dst.requires_grad() && dst.is_leaf() {
        bail!(
            "{name}_: a leaf Variable that requires grad is being used in an in-place operation; use no_grad(), or the form \
             without underscore"
        );
    }
    if dst.base().is_some_and(|b| b.requires_grad() && b.is_leaf()) {
        bail!(
            "{name}_: a view of a leaf Variable that requires grad is being used in an in-place operation; use no_grad(), or \
             the form without underscore"
        );
    }
    Ok(())
}

/// The rule for every write in place.
pub(crate) fn check_write(name: &str, dst: &Tensor) -> Result<()> {
    if dst.is_inference() && !autograd::is_inference_mode_enabled() {
        bail!("{name}_: Inplace update to inference tensor outside InferenceMode is not allowed; clone() it first");
    }
    Ok(())
}

/// Makes `edge` the history of `dst` after a write in place; a view passes it on to the tensor that it shows.
pub(crate) fn rebase(dst: &Tensor, edge: Edge) -> Result<()> {
    if let Some(base) = dst.base() {
        let scattered = crate::ops::view::scatter_node(base, dst, &edge);
        base.set_edge(scattered);
    }
    dst.set_edge(edge);
    Ok(())
}

/// A view of `input` with another layout, recorded as `op`.
pub fn apply_view<O: Op>(op: O, input: &Tensor, layout: Layout) -> Result<Tensor> {
    view_as(op, input, layout, input.dtype())
}

/// Several views of `input` at once, recorded as one `op`.
pub fn apply_views<O: Op>(op: O, input: &Tensor, layouts: Vec<Layout>) -> Result<Vec<Tensor>> {
    let needs = needs(&op, &[input])?;
    let views: Vec<Tensor> = layouts.into_iter().map(|l| view_of(input, l, input.dtype())).collect();
    if needs.0 != 0 && input.dtype().is_differentiable() && !views.is_empty() {
        let refs: SmallVec<[&Tensor; 4]> = views.iter().collect();
        let node = connect(new_node(op), &[input], &refs, needs, &[])?;
        for (i, view) in views.iter().enumerate() {
            view.set_edge(Edge { node: node.clone(), output: i as u32 });
        }
    }
    Ok(views)
}

/// A view without history.
fn view_of(input: &Tensor, layout: Layout, dtype: crate::DType) -> Tensor {
    let base = input.base().unwrap_or(input).clone();
    Tensor(Shared::new(crate::tensor::Inner {
        storage: input.storage().clone(),
        layout,
        dtype,
        requires_grad: AtomicBool::new(false),
        node: crate::storage::lock::Lock::new(None),
        view: Some(View { base, seen: AtomicU32::new(input.version()) }),
        inference: input.0.inference,
    }))
}

/// A view that reads the elements as another dtype of which the layout speaks.
pub(crate) fn view_as<O: Op>(op: O, input: &Tensor, layout: Layout, dtype: crate::DType) -> Result<Tensor> {
    let needs = needs(&op, &[input])?;
    let view = view_of(input, layout, dtype);
    if needs.0 != 0 && dtype.is_differentiable() {
        return attach_node(new_node(op), &[input], view, needs);
    }
    Ok(view)
}

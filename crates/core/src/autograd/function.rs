//! Functions with a derivative of the user's own (`torch.autograd.Function`).

use crate::apply::apply_all;
use crate::tensor::{Arg, Cx, Grads, Needs, Op, Saves, Spec, Specs, Tensor, lock};
use crate::{Result, bail};
use std::sync::Mutex;

/// What `forward` may keep for `backward`.
#[derive(Default, Clone)]
pub struct Context {
    saved: Vec<Tensor>,
    needs: Vec<bool>,
    outputs: Vec<Option<Tensor>>,
}

impl Context {
    /// Keeps tensors that are neither inputs nor outputs, or any others. They are kept as values, without history.
    pub fn save_for_backward(&mut self, tensors: impl IntoIterator<Item = Tensor>) {
        self.saved = tensors.into_iter().collect();
    }

    /// What was kept.
    pub fn saved_tensors(&self) -> &[Tensor] {
        &self.saved
    }

    /// The outputs that `Function::saved_outputs` asks for, with their history, each in its place. Only `backward` has them.
    pub fn outputs(&self) -> &[Option<Tensor>] {
        &self.outputs
    }

    /// Whether each input needs a gradient.
    pub fn needs_input_grad(&self) -> &[bool] {
        &self.needs
    }
}

/// A function whose forward runs unrecorded and whose derivative is written by hand.
pub trait Function: Send + Sync + Sized + 'static {
    /// The name that errors and graphs show.
    const NAME: &'static str;

    /// The outputs, computed with tensor functions; nothing in here is recorded.
    fn forward(&self, ctx: &mut Context, inputs: &[&Tensor]) -> Result<Vec<Tensor>>;

    /// The gradients of the inputs, in their order. Written with tensor functions, it can itself be differentiated.
    fn backward(&self, ctx: &Context, grads: &[Option<Tensor>]) -> Result<Vec<Option<Tensor>>>;

    /// The name of this very function, where one type stands for several.
    fn name(&self) -> &'static str {
        Self::NAME
    }

    /// Which outputs `backward` finds in its context, a bit each.
    fn saved_outputs(&self) -> u64 {
        0
    }

    /// Runs it.
    fn apply(self, inputs: &[&Tensor]) -> Result<Vec<Tensor>> {
        let mut ctx = Context { needs: inputs.iter().map(|t| t.requires_grad()).collect(), ..Context::default() };
        let results = {
            let _unrecorded = super::no_grad();
            self.forward(&mut ctx, inputs)?
        };
        let op = Custom { function: self, ctx, results: Mutex::new(results) };
        Ok(apply_all(op, inputs)?.into_vec())
    }
}

/// A user's function as an op: its outputs are there already when it is applied.
struct Custom<F> {
    function: F,
    ctx: Context,
    results: Mutex<Vec<Tensor>>,
}

impl<F: Function> Op for Custom<F> {
    fn name(&self) -> &'static str {
        self.function.name()
    }

    fn infer(&self, _: &[&Tensor]) -> Result<Specs> {
        Ok(lock(&self.results).iter().map(|t| Spec::new(t.shape(), t.dtype())).collect())
    }

    fn cpu(&self, _: &[Arg], outputs: &[Arg]) -> Result<()> {
        for (result, output) in std::mem::take(&mut *lock(&self.results)).iter().zip(outputs) {
            let _guard = result.read()?;
            crate::storage::bridge::copy(crate::apply::arg(result), *output);
        }
        Ok(())
    }

    fn saves(&self, _: Needs) -> Saves {
        let wanted = self.function.saved_outputs();
        (0..64).filter(|i| wanted >> i & 1 == 1).fold(Saves::NONE, Saves::output)
    }

    fn vjp(&self, cx: &Cx, grads: &[Option<Tensor>]) -> Result<Grads> {
        let wanted = self.function.saved_outputs();
        let inputs = if wanted == 0 {
            self.function.backward(&self.ctx, grads)?
        } else {
            let outputs = (0..grads.len())
                .map(|i| if i < 64 && wanted >> i & 1 == 1 { cx.output(i).map(Some) } else { Ok(None) })
                .collect::<Result<Vec<_>>>()?;
            self.function.backward(&Context { outputs, ..self.ctx.clone() }, grads)?
        };
        if inputs.len() != cx.node.inputs.len() {
            let name = self.function.name();
            bail!("{name}: backward returned {} gradients for {} inputs", inputs.len(), cx.node.inputs.len());
        }
        Ok(inputs.into())
    }
}

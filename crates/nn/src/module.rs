//! What a module is: parameters, buffers and modules under names, walked in order.

use flambeau_core::{DType, Error, ErrorClass, Result, Tensor, autograd, bail, err};
pub use flambeau_macros::Module;
use std::collections::BTreeMap;
use std::ops::Deref;
use std::sync::atomic::{AtomicBool, Ordering};

/// A tensor that is trained. Cloning shares it, which is how weights are tied.
#[derive(Clone, Debug)]
pub struct Parameter(Tensor);

impl Parameter {
    /// A parameter of these values. It requires grad.
    pub fn new(tensor: Tensor) -> Result<Parameter> {
        let tensor = tensor.detach();
        tensor.requires_grad_(true)?;
        Ok(Parameter(tensor))
    }

    /// A parameter that stays as it is until `requires_grad_(true)`.
    pub fn frozen(tensor: Tensor) -> Parameter {
        Parameter(tensor.detach())
    }

    /// The tensor.
    pub fn tensor(&self) -> &Tensor {
        &self.0
    }
}

impl Deref for Parameter {
    type Target = Tensor;
    fn deref(&self) -> &Tensor {
        &self.0
    }
}

/// A tensor that is saved with the module but not trained.
#[derive(Clone, Debug)]
pub struct Buffer {
    tensor: Tensor,
    persistent: bool,
}

impl Buffer {
    /// A buffer that is part of the state dict.
    pub fn new(tensor: Tensor) -> Buffer {
        Buffer { tensor, persistent: true }
    }

    /// A buffer that is left out of the state dict.
    pub fn transient(tensor: Tensor) -> Buffer {
        Buffer { tensor, persistent: false }
    }
}

impl Deref for Buffer {
    type Target = Tensor;
    fn deref(&self) -> &Tensor {
        &self.tensor
    }
}

/// Whether a layer is in training or evaluating: what `train()` and `eval()` switch.
#[derive(Debug)]
pub struct Mode(AtomicBool);

impl Default for Mode {
    fn default() -> Mode {
        Mode(AtomicBool::new(true))
    }
}

impl Clone for Mode {
    fn clone(&self) -> Mode {
        Mode(AtomicBool::new(self.training()))
    }
}

impl Mode {
    /// In training.
    pub fn training(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Sees the members of a module, field by field.
pub trait Visitor {
    /// A parameter.
    fn parameter(&mut self, name: &str, parameter: &Parameter);
    /// A buffer.
    fn buffer(&mut self, name: &str, buffer: &Buffer);
    /// A module inside.
    fn module(&mut self, name: &str, module: &dyn Module);
    /// The training switch of the module itself.
    fn mode(&mut self, mode: &Mode);
}

/// As `Visitor`, with leave to change what it sees.
pub trait VisitorMut {
    /// A parameter.
    fn parameter(&mut self, name: &str, parameter: &mut Parameter) -> Result<()>;
    /// A buffer.
    fn buffer(&mut self, name: &str, buffer: &mut Buffer) -> Result<()>;
    /// A module inside.
    fn module(&mut self, name: &str, module: &mut dyn Module) -> Result<()>;
}

/// Parameters, buffers and modules under names. Derive it.
pub trait Module: Send + Sync {
    /// The type's name.
    fn type_name(&self) -> &'static str;
    /// Shows the members to a visitor.
    fn visit(&self, visitor: &mut dyn Visitor);
    /// Shows the members to a visitor that may change them.
    fn visit_mut(&mut self, visitor: &mut dyn VisitorMut) -> Result<()>;
}

/// A module with one tensor in and one out.
pub trait Forward: Module {
    /// The output for `input`.
    fn forward(&self, input: &Tensor) -> Result<Tensor>;
}

impl<M: Module + ?Sized> Module for Box<M> {
    fn type_name(&self) -> &'static str {
        (**self).type_name()
    }
    fn visit(&self, visitor: &mut dyn Visitor) {
        (**self).visit(visitor);
    }
    fn visit_mut(&mut self, visitor: &mut dyn VisitorMut) -> Result<()> {
        (**self).visit_mut(visitor)
    }
}

impl<M: Forward + ?Sized> Forward for Box<M> {
    fn forward(&self, input: &Tensor) -> Result<Tensor> {
        (**self).forward(input)
    }
}

/// A type that a field of a module may have.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no parameter, buffer or module",
    note = "a field that is none of these is left out of the module by `#[module(skip)]`"
)]
pub trait Field {
    /// Shows it to a visitor.
    fn visit_field(&self, name: &str, visitor: &mut dyn Visitor);
    /// Shows it to a visitor that may change it.
    fn visit_field_mut(&mut self, name: &str, visitor: &mut dyn VisitorMut) -> Result<()>;
}

impl Field for Parameter {
    fn visit_field(&self, name: &str, visitor: &mut dyn Visitor) {
        visitor.parameter(name, self);
    }
    fn visit_field_mut(&mut self, name: &str, visitor: &mut dyn VisitorMut) -> Result<()> {
        visitor.parameter(name, self)
    }
}

impl Field for Buffer {
    fn visit_field(&self, name: &str, visitor: &mut dyn Visitor) {
        visitor.buffer(name, self);
    }
    fn visit_field_mut(&mut self, name: &str, visitor: &mut dyn VisitorMut) -> Result<()> {
        visitor.buffer(name, self)
    }
}

impl Field for Mode {
    fn visit_field(&self, _: &str, visitor: &mut dyn Visitor) {
        visitor.mode(self);
    }
    fn visit_field_mut(&mut self, _: &str, _: &mut dyn VisitorMut) -> Result<()> {
        Ok(())
    }
}

#[diagnostic::do_not_recommend]
impl<M: Module> Field for M {
    fn visit_field(&self, name: &str, visitor: &mut dyn Visitor) {
        visitor.module(name, self);
    }
    fn visit_field_mut(&mut self, name: &str, visitor: &mut dyn VisitorMut) -> Result<()> {
        visitor.module(name, self)
    }
}

impl<F: Field> Field for Option<F> {
    fn visit_field(&self, name: &str, visitor: &mut dyn Visitor) {
        if let Some(field) = self {
            field.visit_field(name, visitor);
        }
    }
    fn visit_field_mut(&mut self, name: &str, visitor: &mut dyn VisitorMut) -> Result<()> {
        match self {
            Some(field) => field.visit_field_mut(name, visitor),
            None => Ok(()),
        }
    }
}

/// The items of a `Vec` field go by `field.0`, `field.1`, … as in PyTorch's ModuleList.
impl<F: Field> Field for Vec<F> {
    fn visit_field(&self, name: &str, visitor: &mut dyn Visitor) {
        for (i, field) in self.iter().enumerate() {
            field.visit_field(&format!("{name}.{i}"), visitor);
        }
    }
    fn visit_field_mut(&mut self, name: &str, visitor: &mut dyn VisitorMut) -> Result<()> {
        for (i, field) in self.iter_mut().enumerate() {
            field.visit_field_mut(&format!("{name}.{i}"), visitor)?;
        }
        Ok(())
    }
}

/// The items of an array go by `field.0`, `field.1`, …
impl<F: Field, const N: usize> Field for [F; N] {
    fn visit_field(&self, name: &str, visitor: &mut dyn Visitor) {
        for (i, field) in self.iter().enumerate() {
            field.visit_field(&format!("{name}.{i}"), visitor);
        }
    }
    fn visit_field_mut(&mut self, name: &str, visitor: &mut dyn VisitorMut) -> Result<()> {
        for (i, field) in self.iter_mut().enumerate() {
            field.visit_field_mut(&format!("{name}.{i}"), visitor)?;
        }
        Ok(())
    }
}

/// The items of a map go by `field.KEY`, as in PyTorch's ModuleDict.
impl<F: Field> Field for BTreeMap<String, F> {
    fn visit_field(&self, name: &str, visitor: &mut dyn Visitor) {
        for (key, field) in self {
            field.visit_field(&format!("{name}.{key}"), visitor);
        }
    }
    fn visit_field_mut(&mut self, name: &str, visitor: &mut dyn VisitorMut) -> Result<()> {
        for (key, field) in self {
            field.visit_field_mut(&format!("{name}.{key}"), visitor)?;
        }
        Ok(())
    }
}

#[doc(hidden)]
pub struct Probe<'a, T>(pub &'a T);
#[doc(hidden)]
pub struct ProbeMut<'a, T>(pub &'a mut T);

// Method lookup takes the first trait that fits: `Member` where the field is a `Field`, else, one reference further out,
// `Other`, which does nothing. This is how the derive leaves plain fields alone without knowing their types.
#[doc(hidden)]
pub trait Member {
    fn visit_member(&self, name: &str, visitor: &mut dyn Visitor);
}
impl<T: Field> Member for Probe<'_, T> {
    fn visit_member(&self, name: &str, visitor: &mut dyn Visitor) {
        self.0.visit_field(name, visitor);
    }
}
#[doc(hidden)]
pub trait Other {
    fn visit_member(&self, _: &str, _: &mut dyn Visitor) {}
}
impl<T> Other for &Probe<'_, T> {}
#[doc(hidden)]
pub trait MemberMut {
    fn visit_member_mut(&mut self, name: &str, visitor: &mut dyn VisitorMut) -> Result<()>;
}
impl<T: Field> MemberMut for ProbeMut<'_, T> {
    fn visit_member_mut(&mut self, name: &str, visitor: &mut dyn VisitorMut) -> Result<()> {
        self.0.visit_field_mut(name, visitor)
    }
}
#[doc(hidden)]
pub trait OtherMut {
    fn visit_member_mut(&mut self, _: &str, _: &mut dyn VisitorMut) -> Result<()> {
        Ok(())
    }
}
impl<T> OtherMut for &mut ProbeMut<'_, T> {}

/// Tensors under names, in the order of the modules.
pub type StateDict = Vec<(String, Tensor)>;

/// What did not fit when a state dict was loaded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LoadReport {
    /// Names that the module has and the state dict does not.
    pub missing_keys: Vec<String>,
    /// Names that the state dict has and the module does not.
    pub unexpected_keys: Vec<String>,
}

fn join(prefix: &str, name: &str) -> String {
    if prefix.is_empty() { name.to_string() } else { format!("{prefix}.{name}") }
}

/// Walks a module and all modules inside it, with full names, in PyTorch's order: a module's own parameters, its own
/// buffers, then the modules inside, whatever the order of the fields.
struct Walk<'f> {
    prefix: String,
    pass: Pass,
    each: &'f mut dyn FnMut(&str, Item),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Pass {
    Parameters,
    Buffers,
    Modules,
}

enum Item<'a> {
    Parameter(&'a Parameter),
    Buffer(&'a Buffer),
    Module(&'a dyn Module),
    Mode(&'a Mode),
}

impl Walk<'_> {
    fn enter(&mut self, module: &(impl Module + ?Sized)) {
        for pass in [Pass::Parameters, Pass::Buffers, Pass::Modules] {
            self.pass = pass;
            module.visit(self);
        }
    }
}

impl Visitor for Walk<'_> {
    fn parameter(&mut self, name: &str, parameter: &Parameter) {
        if self.pass == Pass::Parameters {
            (self.each)(&join(&self.prefix, name), Item::Parameter(parameter));
        }
    }
    fn buffer(&mut self, name: &str, buffer: &Buffer) {
        if self.pass == Pass::Buffers {
            (self.each)(&join(&self.prefix, name), Item::Buffer(buffer));
        }
    }
    fn module(&mut self, name: &str, module: &dyn Module) {
        if self.pass != Pass::Modules {
            return;
        }
        let path = join(&self.prefix, name);
        (self.each)(&path, Item::Module(module));
        let outer = std::mem::replace(&mut self.prefix, path);
        self.enter(module);
        self.prefix = outer;
        self.pass = Pass::Modules;
    }
    fn mode(&mut self, mode: &Mode) {
        if self.pass == Pass::Modules {
            (self.each)(&self.prefix, Item::Mode(mode));
        }
    }
}

struct Change<'f> {
    each: &'f mut dyn FnMut(&mut Tensor) -> Result<()>,
}

impl VisitorMut for Change<'_> {
    fn parameter(&mut self, _: &str, parameter: &mut Parameter) -> Result<()> {
        (self.each)(&mut parameter.0)
    }
    fn buffer(&mut self, _: &str, buffer: &mut Buffer) -> Result<()> {
        (self.each)(&mut buffer.tensor)
    }
    fn module(&mut self, _: &str, module: &mut dyn Module) -> Result<()> {
        module.visit_mut(self)
    }
}

/// What every module can do.
pub trait ModuleExt: Module {
    #[doc(hidden)]
    fn walk(&self, each: &mut dyn FnMut(&str, WalkItem));

    /// All parameters under their names; one that is shared appears once, under its first name.
    fn named_parameters(&self) -> Vec<(String, Tensor)> {
        let mut found: Vec<(String, Tensor)> = Vec::new();
        self.walk(&mut |name, item| {
            if let WalkItem(Item::Parameter(p)) = item
                && !found.iter().any(|(_, t)| t.is_same(p))
            {
                found.push((name.to_string(), p.tensor().clone()));
            }
        });
        found
    }

    /// All parameters, each once.
    fn parameters(&self) -> Vec<Tensor> {
        self.named_parameters().into_iter().map(|(_, t)| t).collect()
    }

    /// All buffers under their names.
    fn named_buffers(&self) -> Vec<(String, Tensor)> {
        let mut found = Vec::new();
        self.walk(&mut |name, item| {
            if let WalkItem(Item::Buffer(b)) = item {
                found.push((name.to_string(), b.tensor.clone()));
            }
        });
        found
    }

    /// The names and types of all modules inside.
    fn named_modules(&self) -> Vec<(String, &'static str)> {
        let mut found = Vec::new();
        self.walk(&mut |name, item| {
            if let WalkItem(Item::Module(m)) = item {
                found.push((name.to_string(), m.type_name()));
            }
        });
        found
    }

    /// Parameters and persistent buffers under their names, PyTorch's keys; they share memory with the module.
    fn state_dict(&self) -> StateDict {
        let mut found = StateDict::new();
        self.walk(&mut |name, item| match item.0 {
            Item::Parameter(p) => found.push((name.to_string(), p.tensor().detach())),
            Item::Buffer(b) if b.persistent => found.push((name.to_string(), b.tensor.detach())),
            _ => {}
        });
        found
    }

    /// Copies values into the parameters and buffers of the same names. With `strict`, names that are missing or too many
    /// are an error; shapes that differ always are, and then nothing has been changed.
    fn load_state_dict(&self, state: &[(String, Tensor)], strict: bool) -> Result<LoadReport> {
        let given: BTreeMap<&str, &Tensor> = state.iter().map(|(n, t)| (n.as_str(), t)).collect();
        let own = self.state_dict();
        let mut report = LoadReport::default();
        let mut problems = Vec::new();
        let mut copies = Vec::new();
        for (name, mine) in &own {
            match given.get(name.as_str()) {
                None => report.missing_keys.push(name.clone()),
                Some(theirs) if theirs.shape() != mine.shape() => problems.push(format!(
                    "size mismatch for {name}: copying a param with shape {:?} from checkpoint, the shape in current model is {:?}.",
                    theirs.shape(),
                    mine.shape()
                )),
                Some(theirs) => copies.push((mine, *theirs)),
            }
        }
        report.unexpected_keys =
            state.iter().filter(|(n, _)| !own.iter().any(|(o, _)| o == n)).map(|(n, _)| n.clone()).collect();
        if strict {
            for (what, keys) in [("Unexpected", &report.unexpected_keys), ("Missing", &report.missing_keys)] {
                if !keys.is_empty() {
                    let list: Vec<String> = keys.iter().map(|k| format!("\"{k}\"")).collect();
                    problems.insert(0, format!("{what} key(s) in state_dict: {}. ", list.join(", ")));
                }
            }
        }
        if !problems.is_empty() {
            return Err(Error::new(
                ErrorClass::Runtime,
                format!("Error(s) in loading state_dict for {}:\n\t{}", self.type_name(), problems.join("\n\t")),
            ));
        }
        let _unrecorded = autograd::no_grad();
        for (mine, theirs) in copies {
            mine.copy_(theirs)?;
        }
        Ok(report)
    }

    /// Puts all layers in training.
    fn train(&self) {
        self.set_training(true);
    }

    /// Puts all layers in evaluation: dropout does nothing, running statistics are used and not changed.
    fn eval(&self) {
        self.set_training(false);
    }

    /// `train()` or `eval()`.
    fn set_training(&self, training: bool) {
        self.walk(&mut |_, item| {
            if let WalkItem(Item::Mode(mode)) = item {
                mode.0.store(training, Ordering::Relaxed);
            }
        });
    }

    /// Clears the gradients of all parameters.
    fn zero_grad(&self) -> Result<()> {
        self.parameters().iter().try_for_each(|p| p.set_grad(None))
    }

    /// Starts or stops computing gradients for all parameters.
    fn requires_grad_(&self, requires_grad: bool) -> Result<()> {
        self.parameters().iter().try_for_each(|p| p.requires_grad_(requires_grad).map(|_| ()))
    }

    /// The number of trained numbers, shared ones counted once.
    fn num_parameters(&self) -> usize {
        self.parameters().iter().map(Tensor::numel).sum()
    }
}

/// An item of a walk; what kind it is stays inside this module.
#[doc(hidden)]
pub struct WalkItem<'a>(Item<'a>);

impl<M: Module + ?Sized> ModuleExt for M {
    fn walk(&self, each: &mut dyn FnMut(&str, WalkItem)) {
        let mut wrapped = |name: &str, item: Item| each(name, WalkItem(item));
        Walk { prefix: String::new(), pass: Pass::Parameters, each: &mut wrapped }.enter(self);
    }
}

/// Replaces the tensors for which `new` has another; tied ones stay tied.
fn replace(module: &mut dyn Module, new: &dyn Fn(&Tensor) -> Result<Option<Tensor>>) -> Result<()> {
    let mut done: Vec<(Tensor, Tensor)> = Vec::new();
    module.visit_mut(&mut Change {
        each: &mut |tensor| {
            if let Some((_, replaced)) = done.iter().find(|(old, _)| old.is_same(tensor)) {
                *tensor = replaced.clone();
            } else if let Some(replaced) = new(tensor)? {
                replaced.requires_grad_(tensor.requires_grad())?;
                done.push((tensor.clone(), replaced.clone()));
                *tensor = replaced;
            }
            Ok(())
        },
    })
}

/// Makes all float parameters and buffers of another float dtype. Tied weights stay tied; gradients are dropped.
pub fn to_dtype(module: &mut dyn Module, dtype: DType) -> Result<()> {
    if !dtype.is_float() {
        bail!(Type, "to_dtype: modules take a float dtype, not {}", dtype.name());
    }
    replace(module, &|t| {
        if t.dtype().is_float() && t.dtype() != dtype { t.detach().to_dtype(dtype).map(Some) } else { Ok(None) }
    })
}

/// Gives a module, cloned from another, tensors of its own.
pub fn unshare(module: &mut dyn Module) -> Result<()> {
    replace(module, &|t| t.detach().clone_tensor().map(Some))
}

/// The tensor of this name in a state dict.
pub fn entry<'a>(state: &'a [(String, Tensor)], name: &str) -> Result<&'a Tensor> {
    state
        .iter()
        .find(|(n, _)| n == name)
        .map(|(_, t)| t)
        .ok_or_else(|| err!(Key, "the state dict has no entry {name:?}; it has {} entries", state.len()))
}

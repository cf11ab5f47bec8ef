//! Modules made of modules.

use crate::module::{Field, Forward, Module, Visitor, VisitorMut};
use flambeau_core::{Result, Tensor};

/// Modules run one after the other; keys are `0.…`, `1.…`.
#[derive(Default)]
pub struct Sequential {
    modules: Vec<Box<dyn Forward>>,
}

impl Sequential {
    /// No modules: the input comes out as it is.
    pub fn new() -> Sequential {
        Sequential::default()
    }

    /// With one more module at the end.
    #[must_use]
    pub fn with(mut self, module: impl Forward + 'static) -> Sequential {
        self.modules.push(Box::new(module));
        self
    }

    /// The number of modules.
    pub fn len(&self) -> usize {
        self.modules.len()
    }

    /// No modules at all.
    pub fn is_empty(&self) -> bool {
        self.modules.is_empty()
    }

    /// Module `i`.
    pub fn get(&self, i: usize) -> Option<&dyn Forward> {
        self.modules.get(i).map(|m| &**m)
    }
}

impl Module for Sequential {
    fn type_name(&self) -> &'static str {
        "Sequential"
    }
    fn visit(&self, visitor: &mut dyn Visitor) {
        for (i, module) in self.modules.iter().enumerate() {
            visitor.module(&i.to_string(), module);
        }
    }
    fn visit_mut(&mut self, visitor: &mut dyn VisitorMut) -> Result<()> {
        for (i, module) in self.modules.iter_mut().enumerate() {
            visitor.module(&i.to_string(), module)?;
        }
        Ok(())
    }
}

impl Forward for Sequential {
    fn forward(&self, input: &Tensor) -> Result<Tensor> {
        let mut x = input.clone();
        for module in &self.modules {
            x = module.forward(&x)?;
        }
        Ok(x)
    }
}

/// Modules of one type in a list; keys are `0.…`, `1.…`. (A plain `Vec` field does the same inside a derived module.)
#[derive(Clone, Debug, Default)]
pub struct ModuleList<M>(pub Vec<M>);

impl<M> std::ops::Deref for ModuleList<M> {
    type Target = Vec<M>;
    fn deref(&self) -> &Vec<M> {
        &self.0
    }
}

impl<M: Module> Module for ModuleList<M> {
    fn type_name(&self) -> &'static str {
        "ModuleList"
    }
    fn visit(&self, visitor: &mut dyn Visitor) {
        for (i, module) in self.0.iter().enumerate() {
            module.visit_field(&i.to_string(), visitor);
        }
    }
    fn visit_mut(&mut self, visitor: &mut dyn VisitorMut) -> Result<()> {
        for (i, module) in self.0.iter_mut().enumerate() {
            module.visit_field_mut(&i.to_string(), visitor)?;
        }
        Ok(())
    }
}

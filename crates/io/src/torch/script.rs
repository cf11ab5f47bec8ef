//! TorchScript's archives, of which only the data is read: objects of compiled classes are their attributes.

use super::rebuild::Builder;
use crate::object::Object;
use crate::pickle::Call;
use flambeau_core::Result;

impl Builder<'_, '_, '_> {
    /// An object of a compiled class: what it was given as its state, or else what it was made of.
    pub(super) fn script_object(&mut self, call: &Call) -> Result<Object> {
        match call.states.last() {
            Some(state) => self.object(*state),
            None => self.object(call.args),
        }
    }

    /// A value with a note of its type beside it.
    pub(super) fn script_value(&mut self, call: &Call, name: &str) -> Result<Object> {
        let count = if name == "restore_type_tag" { 2 } else { 1 };
        let args = self.operands(call, name, count..=count)?;
        self.object(args[0])
    }
}

//! TorchScript's archives, of which only the data is read: objects of compiled classes are their attributes.

use super::rebuild::Builder;
use crate::object::Object;
use crate::pickle::{Call, Id};
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
    pub(super) fn script_value(&mut self, id: Id, call: &Call) -> Result<Object> {
        let (module, name) = self.name(call.callee)?;
        let counts = match name {
            "restore_type_tag" => 2..=2,
            "build_intlist" | "build_tensorlist" | "build_doublelist" | "build_boollist" | "build_tensor_from_id" => {
                1..=1
            }
            _ => return self.outside(id, module, name, Some(call.args), &call.states),
        };
        let args = self.operands(call, name, counts)?;
        self.object(args[0])
    }
}

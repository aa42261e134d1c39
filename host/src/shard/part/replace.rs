//! A worker's state replaced by an operator: a change of code of one worker to the code it has, with
//! a state that is given instead of carried over.
//!
//! Invariant: until the new instance has taken the state, the old one stands; queue, timers and
//! callers who wait belong to the worker and stay.

use crate::base::{Failure, Fault, Kind, SavedState};
use crate::protocol::{Replaced, Replacement};
use crate::shard::body::{Body, Given, InitFor, Next, Running, SaveFor, Untaken};
use crate::shard::workers::Slot;
use crate::wasm::Instance;

/// At a step boundary: a state is taken up that somebody wants the worker to have.
pub(crate) fn begin_replace(slot: &Slot, instance: Instance, mut replacement: Replacement) -> Next {
    match replacement.schema.take() {
        Some(schema) => replace_with(instance, replacement, schema),
        None if instance.component().saves_state() => {
            Next::Run(Running::Save(instance.begin_save(), SaveFor::Replace(Box::new(replacement))))
        }
        None => {
            let name = &slot.spec.name;
            let text = format!("`{name}` saves no state, so name the schema of the given one: --schema NAME");
            // The asker may have gone.
            let _ = replacement.done.send(Err(Failure::new(Kind::BadRequest, text)));
            Next::Stay(Body::Idle(instance))
        }
    }
}

/// The schema is known: a new instance is started on the given state.
pub(crate) fn replace_with(old: Instance, replacement: Replacement, schema: String) -> Next {
    let Replacement { data, done, .. } = replacement;
    let given = Given { schema: schema.clone(), bytes: data.len(), done };
    let component = old.component().clone();
    let state = Box::new(SavedState { schema, data });
    Next::Init(component, Some(state), InitFor::Replace(old, Box::new(given)))
}

impl Given {
    /// The new instance has taken the state.
    pub(crate) fn taken(self, generation: u64) {
        let Given { schema, bytes, done } = self;
        // The asker may have gone.
        let _ = done.send(Ok(Replaced { schema, bytes, generation }));
    }

    /// The old instance goes on.
    pub(crate) fn refused(self, slot: &Slot, untaken: Untaken) {
        let why = match untaken {
            Untaken::Contract(fault) => format!("its `init` broke the contract: {fault}"),
            Untaken::Schema => format!("it cannot read the schema {:?}", self.schema),
            Untaken::Init(fault) => format!("its `init` did not take the given one: {fault}"),
        };
        let text = format!("`{}` goes on with the state it has: {why}", slot.spec.name);
        // The asker may have gone.
        let _ = self.done.send(Err(Failure::new(Kind::Refused, text)));
    }
}

/// The old instance crashed while it was asked for its schema.
pub(crate) fn schema_unknown(slot: &Slot, fault: &Fault) -> Failure {
    Failure::new(Kind::Crashed, format!("`{}` could not tell the schema of its state: {fault}", slot.spec.name))
}

/// It has no instance that could take a state.
pub(crate) fn not_running(slot: &Slot) -> Failure {
    Failure::new(Kind::Stopped, format!("worker `{}` is not running", slot.spec.name))
}

//! A worker's state replaced by an operator: a change of code of one worker to the code it has, with
//! a state that is given instead of carried over.
//!
//! Invariant: until the new instance has taken the state, the old one stands; queue, timers and
//! callers who wait belong to the worker and stay.

use crate::base::{Failure, Kind, SavedState};
use crate::protocol::{Replaced, Replacement};
use crate::shard::body::{Body, Given, InitFor, Next, Running, SaveFor, Untaken};
use crate::shard::workers::Slot;
use crate::wasm::{Component, Instance};

/// At a step boundary: a state is taken up that somebody wants the worker to have.
pub(crate) fn begin_replace(slot: &Slot, instance: Instance, mut replacement: Replacement) -> Next {
    match replacement.schema.take() {
        Some(schema) => replace_with(instance, replacement, schema),
        None => match withheld(instance.component()) {
            None => Next::Run(Running::Save(instance.begin_save(), SaveFor::Replace(Box::new(replacement)))),
            Some(why) => {
                let name = &slot.spec.name;
                let text = format!(
                    "`{name}` cannot be asked for its schema: {why}; name that of the given state: --schema NAME"
                );
                // The asker may have gone.
                let _ = replacement.done.send(Err(Failure::new(Kind::BadRequest, text)));
                Next::Stay(Body::Idle(instance))
            }
        },
    }
}

/// Why nobody who only wants to know asks an instance of this component for its state, if that is so.
fn withheld(component: &Component) -> Option<String> {
    match component.unsavable() {
        Some(why) => Some(why.to_owned()),
        None if component.saves_state() => None,
        None => Some("it saves no state".to_owned()),
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

/// It has no instance that could take a state.
pub(crate) fn not_running(slot: &Slot) -> Failure {
    Failure::new(Kind::Stopped, format!("worker `{}` is not running", slot.spec.name))
}

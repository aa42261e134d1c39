//! Changes of code that a test orders of the shards itself, in place of control.

use super::guests::{component, patient};
use super::world::{World, name};
use crate::protocol::{Command, Swap, SwapStep, SwapStepped};

/// A change of code under way.
pub(super) struct Swapping {
    id: u64,
    /// What is left to do until the point of no return, the next step last.
    left: Vec<SwapStep>,
    /// What each shard said of the present step.
    said: Vec<bool>,
    resumed: bool,
}

impl World {
    /// Has every shard get ready for this guest, step by step as their answers come in.
    pub(super) fn prepare(&mut self, id: u64, guest: &str) {
        let behaviour = name(guest.rsplit_once('-').expect("a version").0);
        let swap = Swap { behaviour, component: component(guest, &patient()), back: None };
        let left = vec![SwapStep::CodeChange, SwapStep::Save, SwapStep::Suspend];
        self.swapping = Some(Swapping { id, left, said: vec![], resumed: false });
        self.all(|| Command::Swap(id, SwapStep::Load(swap.clone())));
    }

    pub(super) fn commit(&mut self, id: u64) {
        if let Some(swapping) = &mut self.swapping {
            swapping.resumed = true;
        }
        self.all(|| Command::Swap(id, SwapStep::Resume(id)));
    }

    pub(super) fn abort(&mut self, id: u64) {
        self.swapping = None;
        self.all(|| Command::Swap(id, SwapStep::Undo));
    }

    pub(super) fn decide(&mut self, id: u64, commit: bool) {
        if commit { self.commit(id) } else { self.abort(id) }
    }

    /// A shard has done a step, with this result, or refuses to.
    pub(super) fn stepped(&mut self, id: u64, done: Option<&SwapStepped>) {
        let shards = self.shards.len();
        let Some(swapping) = self.swapping.as_mut().filter(|swapping| swapping.id == id) else { return };
        if swapping.resumed {
            self.committed += done.map_or(0, |done| done.workers);
            swapping.said.push(done.is_some());
            if swapping.said.len() == shards {
                self.swapping = None;
                self.all(|| Command::Swap(id, SwapStep::Purge));
            }
            return;
        }
        swapping.said.push(done.is_some());
        if swapping.said.len() < shards {
            return;
        }
        let said = std::mem::take(&mut swapping.said);
        let next = swapping.left.pop().filter(|_| said.iter().all(|done| *done));
        match next {
            Some(step) => self.all(|| Command::Swap(id, step.clone())),
            None => self.prepared.extend(said.into_iter().map(|done| (id, done))),
        }
    }
}

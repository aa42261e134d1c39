//! What there is of a worker's code.

use super::{InitFor, Running, SaveAsFor, SaveFor, Undelivered};
use crate::base::{Effect, SavedState};
use crate::wasm::Instance;

/// What there is of a worker's code.
#[derive(Debug)]
pub(crate) enum Body {
    /// No instance: not started, crashed, or stopped.
    Down,
    /// A visit has it and puts it back.
    InHand,
    /// An instance at a step boundary.
    Idle(Instance),
    /// Its state, without an instance.
    Asleep(Asleep),
    /// A guest function has used up its slice, or is about to begin. In a box, since every visit moves a body
    /// and few are such.
    Running(Box<Running>),
    /// The new instance stands beside the old one until all workers of its behaviour are ready.
    Ready(Box<Ready>),
}

/// A worker that hibernates.
#[derive(Debug)]
pub(crate) struct Asleep {
    pub(crate) state: Box<SavedState>,
    /// It found no room for an instance and waits until it is to look again.
    pub(crate) crowded: bool,
}

/// Both sides of a change of code.
#[derive(Debug)]
pub(crate) struct Ready {
    pub(crate) old: Instance,
    pub(crate) new: Instance,
    /// What the `init` of the new instance wants done.
    pub(crate) effects: Vec<Effect>,
}

impl Body {
    pub(crate) fn is_down(&self) -> bool {
        matches!(self, Body::Down)
    }

    /// Whether the worker is not up yet.
    pub(crate) fn is_starting(&self) -> bool {
        matches!(self, Body::Running(running) if running.is_start())
    }

    /// Takes it apart: its instances go to `garbage`; whoever waited for what its guest function would
    /// have come to is given back.
    pub(crate) fn discard(self, garbage: &mut Vec<Instance>) -> Option<Undelivered> {
        match self {
            Body::Idle(instance) => garbage.push(instance),
            Body::Ready(ready) => garbage.extend([ready.old, ready.new]),
            Body::Running(running) => return running.discard(garbage),
            Body::Down | Body::InHand | Body::Asleep(_) => {}
        }
        None
    }

    /// It as it was before a change of code began: the old instance goes on, the new one goes to
    /// `garbage`. What an old instance is saving goes on to its end, and comes to nothing.
    pub(crate) fn undo_swap(self, garbage: &mut Vec<Instance>) -> Body {
        match self {
            Body::Ready(ready) => {
                garbage.push(ready.new);
                Body::Idle(ready.old)
            }
            Body::Running(running) => Body::Running(Box::new(match *running {
                Running::Init(_, InitFor::CodeChange(old)) => return Body::Idle(old),
                Running::SaveAs(task, SaveAsFor::Swap(_)) => Running::SaveAs(task, SaveAsFor::Nobody),
                Running::Save(task, SaveFor::Swap) => Running::Save(task, SaveFor::Nobody),
                running => running,
            })),
            body => body,
        }
    }
}

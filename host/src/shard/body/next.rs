//! How a worker goes on.

use super::{Body, InitFor, Running};
use crate::base::{ExitReason, SavedState};
use crate::wasm::{Component, Instance};

/// How a worker goes on after somebody had its body in hand.
#[derive(Debug)]
#[must_use]
pub(crate) enum Next {
    /// It is left with this body.
    Stay(Body),
    /// This guest function runs now.
    Run(Running),
    /// A new instance of this component is made, from this state if there is one.
    Init(Component, Option<Box<SavedState>>, InitFor),
    /// It has come up with this instance.
    Up(Instance),
    /// It has no instance any more.
    Gone(End),
}

impl End {
    /// Whether only the instance is gone: the worker, and all that ties it to others, is there.
    pub(crate) fn leaves_the_worker(&self) -> bool {
        matches!(self, End::Recovers(_))
    }
}

impl Next {
    /// This guest function runs in another turn.
    pub(crate) fn rests(running: Running) -> Next {
        Next::Stay(Body::Running(Box::new(running)))
    }
}

/// How a worker came to have no instance any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// It ended by itself: it crashed, or it was done.
    Exited(ExitReason),
    /// It crashed, but is durable: what waits for it and what it waits for stays.
    Recovers(ExitReason),
    /// It was ordered to end and did, or was killed.
    Stopped(ExitReason),
    /// It never came up, for this reason.
    Failed(ExitReason),
    /// Its `init` said that it is not needed.
    Ignored,
}

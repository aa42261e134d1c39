//! Inputs that wait within a worker, before everything that is queued.

use serde::{Deserialize, Serialize};

use super::callers::Current;
use crate::base::{Input, Nanos};

/// An input on its way to be stepped again, or for the first time as an internal event.
#[derive(Debug)]
pub(super) struct Held<C> {
    pub(super) input: Input,
    pub(super) current: Option<Current<C>>,
}

/// One as bytes have it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct HeldImage {
    input: Input,
    /// Token and deadline of whoever waits for it, and whether that is the host.
    waits: Option<(u64, Nanos, bool)>,
}

impl<C> Held<C> {
    /// Bytes of an input from outside; what a worker gives itself has a bound of its own.
    pub(super) fn bytes(&self) -> usize {
        match &self.input {
            Input::Http { request, .. } => request.bytes(),
            Input::Call { body, .. } | Input::Cast(body) | Input::Published { body, .. } => body.len(),
            _ => 0,
        }
    }
}

impl HeldImage {
    pub(super) fn of<C>(held: &Held<C>) -> HeldImage {
        let waits = held.current.as_ref().map(|current| (current.token, current.deadline, current.is_host));
        HeldImage { input: held.input.clone(), waits }
    }

    pub(super) fn held<C>(self, nobody: impl Fn() -> C) -> Held<C> {
        let current =
            self.waits.map(|(token, deadline, is_host)| Current { token, caller: nobody(), deadline, is_host });
        Held { input: self.input, current }
    }
}

//! A guest function under way: one of the five of the contract, and what it is called for.

use std::fmt;

use tokio::sync::oneshot;

use crate::base::{ExitReason, Failure, SavedState};
use crate::protocol::{Look, Replaced, Replacement};
use crate::wasm::{Crash, InitError, Instance, Returned, Started, StepResult, Task, Terminated};

/// What `init` is called for.
pub(crate) enum InitFor {
    /// The worker starts.
    Start,
    /// It hibernated and has something to do.
    Wake,
    /// It gets new code. The old instance stands until the change is decided.
    CodeChange(Instance),
    /// It gets a state that somebody gives it. The old instance stands until it has taken that.
    Replace(Instance, Box<Given>),
    /// It crashed for this reason, and its `terminate` is called on a fresh instance.
    Mourning(Box<ExitReason>),
}

impl InitFor {
    fn word(&self) -> &'static str {
        match self {
            InitFor::Start => "init",
            InitFor::Wake => "init (wake)",
            InitFor::CodeChange(_) => "init (upgrade)",
            InitFor::Replace(..) => "init (replace)",
            InitFor::Mourning(_) => "init (after a crash)",
        }
    }
}

impl fmt::Debug for InitFor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// What `save` is called for.
pub(crate) enum SaveFor {
    /// Somebody wants to see the state.
    Look(Look),
    /// The code changes.
    Swap,
    /// A state is to be replaced by one in the same schema.
    Replace(Box<Replacement>),
    /// The worker hibernates.
    Hibernation,
    /// Another handler is to have the state.
    HandOver,
    /// `terminate` after a crash is to have it.
    AfterCrash,
    /// Whoever wanted it wants it no longer.
    Nobody,
}

/// What `terminate` is called for.
pub(crate) enum TerminateFor {
    /// The worker ends.
    End,
    /// It crashed for this reason.
    Mourning(Box<ExitReason>),
}

/// Where a worker goes back to.
#[derive(Debug)]
pub(crate) struct Back {
    /// The schema of its behaviour when the current code came.
    pub(crate) schema: String,
    /// What it saved then, if it was there.
    pub(crate) state: Option<Vec<u8>>,
}

/// A state that was given to a new instance, and by whom.
#[derive(Debug)]
pub(crate) struct Given {
    pub(crate) schema: String,
    pub(crate) bytes: usize,
    pub(crate) done: oneshot::Sender<Result<Replaced, Failure>>,
}

/// Whoever waits for what a guest function comes to that will not come to an end.
pub(crate) enum Undelivered {
    Look(Look),
    Replacement(oneshot::Sender<Result<Replaced, Failure>>),
}

/// A guest function under way.
pub(crate) enum Running {
    Init(Task<Result<Started, InitError>>, InitFor),
    Step(Task<Returned<StepResult>>),
    Save(Task<Returned<SavedState>>, SaveFor),
    /// Without a place to go back to it comes to nothing.
    SaveAs(Task<Returned<Result<Vec<u8>, String>>>, Option<Box<Back>>),
    Terminate(Task<Result<Terminated, Crash>>, TerminateFor),
}

/// What came of letting a guest function run for a slice.
pub(crate) enum Slice {
    /// It needs another one.
    Unfinished(Running),
    Init(Result<Started, InitError>, InitFor),
    Step(Returned<StepResult>),
    Save(Returned<SavedState>, SaveFor),
    SaveAs(Returned<Result<Vec<u8>, String>>, Option<Box<Back>>),
    Terminate(Result<Terminated, Crash>, TerminateFor),
}

impl Running {
    /// Lets it run for a slice.
    pub(crate) fn resume(self) -> Slice {
        match self {
            Running::Init(mut task, purpose) => match task.resume() {
                None => Slice::Unfinished(Running::Init(task, purpose)),
                Some(result) => Slice::Init(result, purpose),
            },
            Running::Step(mut task) => match task.resume() {
                None => Slice::Unfinished(Running::Step(task)),
                Some(result) => Slice::Step(result),
            },
            Running::Save(mut task, purpose) => match task.resume() {
                None => Slice::Unfinished(Running::Save(task, purpose)),
                Some(result) => Slice::Save(result, purpose),
            },
            Running::SaveAs(mut task, back) => match task.resume() {
                None => Slice::Unfinished(Running::SaveAs(task, back)),
                Some(result) => Slice::SaveAs(result, back),
            },
            Running::Terminate(mut task, purpose) => match task.resume() {
                None => Slice::Unfinished(Running::Terminate(task, purpose)),
                Some(result) => Slice::Terminate(result, purpose),
            },
        }
    }

    /// Kills it. An old instance that stood beside it goes to `garbage`; whoever waited is given back.
    pub(super) fn discard(self, garbage: &mut Vec<Instance>) -> Option<Undelivered> {
        match self {
            Running::Save(_, SaveFor::Look(look)) => Some(Undelivered::Look(look)),
            Running::Save(_, SaveFor::Replace(replacement)) => Some(Undelivered::Replacement(replacement.done)),
            Running::Init(_, InitFor::Replace(old, given)) => {
                garbage.push(old);
                Some(Undelivered::Replacement(given.done))
            }
            Running::Init(_, InitFor::CodeChange(old)) => {
                garbage.push(old);
                None
            }
            Running::Init(_, InitFor::Start | InitFor::Wake | InitFor::Mourning(_))
            | Running::Step(_)
            | Running::Save(
                _,
                SaveFor::Swap | SaveFor::Hibernation | SaveFor::HandOver | SaveFor::AfterCrash | SaveFor::Nobody,
            )
            | Running::SaveAs(..)
            | Running::Terminate(..) => None,
        }
    }

    /// The function of the contract that runs, in words.
    pub(crate) fn word(&self) -> &'static str {
        match self {
            Running::Init(_, purpose) => purpose.word(),
            Running::Step(_) => "step",
            Running::Save(..) => "save",
            Running::SaveAs(..) => "save-as",
            Running::Terminate(..) => "terminate",
        }
    }
}

impl fmt::Debug for Running {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

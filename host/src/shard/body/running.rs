//! A guest function under way: one of the five of the contract, and what it is called for.

use std::fmt;

use tokio::sync::oneshot;

use crate::base::{ExitReason, Failure, Fault, Kind, Nanos, SavedState};
use crate::journal::Came;
use crate::protocol::{Look, Replaced, Replacement};
use crate::shard::caller::Caller;
use crate::wasm::{Crash, InitError, Instance, Returned, Started, StepResult, Task, Terminated};
use crate::worker::{Action, Worker};

/// What whoever waits is told of an input that a worker goes on without.
pub(crate) const SET_ASIDE: &str = "the worker crashed on it twice, and goes on without it";

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
    /// It is durable, and steps again what it has stepped.
    Again(Box<Again>),
    /// It is durable and has a state but no instance; and whether it has been out of the world since.
    Rested { resumes: bool },
    /// It is durable and has a state but no instance, and is to write that state as earlier code can read it.
    ToGoBack,
    /// It is durable, and goes on from its state, so that what it has stepped need not be stepped again. The old
    /// instance stands until that is so.
    Snapshot(Instance),
}

/// What a step is made for.
#[derive(Debug)]
pub(crate) enum StepFor {
    /// An input that has come.
    Input,
    /// It was made before, and is made again.
    Again(Box<Again>),
    /// The worker crashed on it, and tries once more.
    Retry,
}

/// How far a durable worker has come with what it steps again.
#[derive(Debug)]
pub(crate) struct Again {
    /// The place after the step under way.
    pub(crate) place: usize,
    /// The number of its input.
    pub(crate) seq: u64,
    /// When it was over.
    pub(crate) done: Nanos,
    /// What came of it.
    pub(crate) came: Came,
    /// The worker wanted to end with it.
    pub(crate) stop: Option<ExitReason>,
    /// The worker that is built again; none if it has stayed and only its instance is new.
    pub(crate) rebuilt: Option<Box<Worker<Caller>>>,
}

impl Again {
    /// At the beginning.
    pub(crate) fn new(rebuilt: Option<Box<Worker<Caller>>>) -> Again {
        Again { place: 0, seq: 0, done: 0, came: Came::SetAside, stop: None, rebuilt }
    }

    /// The worker that is built again has this step behind it.
    ///
    /// # Errors
    /// As of [`Worker::commit`].
    pub(crate) fn apply(&mut self, result: StepResult) -> Result<(), Fault> {
        let Some(worker) = &mut self.rebuilt else { return Ok(()) };
        let mut actions = vec![];
        let effects = match result {
            Ok(effects) => effects,
            Err(text) => {
                // Whoever waits has been told.
                let _ = worker.fail(Failure::new(Kind::Refused, text), &mut actions);
                return Ok(());
            }
        };
        worker.recommit(effects, self.done, &mut actions)?;
        self.stop = actions.into_iter().find_map(|action| match action {
            Action::Stop(reason) => Some(reason),
            _ => None,
        });
        Ok(())
    }

    /// The worker that is built again goes on without this input.
    pub(crate) fn set_aside(&mut self) {
        if let Some(worker) = &mut self.rebuilt {
            // Whoever waits has been told.
            let _ = worker.fail(Failure::new(Kind::Crashed, SET_ASIDE), &mut vec![]);
        }
    }
}

impl InitFor {
    fn word(&self) -> &'static str {
        match self {
            InitFor::Start => "init",
            InitFor::Wake => "init (wake)",
            InitFor::CodeChange(_) => "init (upgrade)",
            InitFor::Replace(..) => "init (replace)",
            InitFor::Mourning(_) => "init (after a crash)",
            InitFor::Again(_) => "init (again)",
            InitFor::Rested { .. } => "init (rested)",
            InitFor::ToGoBack => "init (to go back)",
            InitFor::Snapshot(_) => "init (snapshot)",
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
    /// A durable worker is to go on from it.
    Snapshot,
    /// A durable worker is about to end, and leaves it.
    Rest,
    /// A durable worker goes on from it with other code.
    Change,
    /// Another handler is to have the state.
    HandOver,
    /// `terminate` after a crash is to have it.
    AfterCrash,
    /// Whoever wanted it wants it no longer.
    Nobody,
}

/// What `save-as` is called for.
#[derive(Debug)]
pub(crate) enum SaveAsFor {
    /// The code changes back.
    Swap(Box<Back>),
    /// A durable worker, which has saved this, goes on with earlier code, whose schema this is.
    Change(Box<SavedState>, String),
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
    Step(Task<Returned<StepResult>>, StepFor),
    Save(Task<Returned<SavedState>>, SaveFor),
    SaveAs(Task<Returned<Result<Vec<u8>, String>>>, SaveAsFor),
    Terminate(Task<Result<Terminated, Crash>>, TerminateFor),
}

/// What came of letting a guest function run for a slice.
pub(crate) enum Slice {
    /// It needs another one.
    Unfinished(Running),
    Init(Result<Started, InitError>, InitFor),
    Step(Returned<StepResult>, StepFor),
    Save(Returned<SavedState>, SaveFor),
    SaveAs(Returned<Result<Vec<u8>, String>>, SaveAsFor),
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
            Running::Step(mut task, purpose) => match task.resume() {
                None => Slice::Unfinished(Running::Step(task, purpose)),
                Some(result) => Slice::Step(result, purpose),
            },
            Running::Save(mut task, purpose) => match task.resume() {
                None => Slice::Unfinished(Running::Save(task, purpose)),
                Some(result) => Slice::Save(result, purpose),
            },
            Running::SaveAs(mut task, purpose) => match task.resume() {
                None => Slice::Unfinished(Running::SaveAs(task, purpose)),
                Some(result) => Slice::SaveAs(result, purpose),
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
            Running::Init(_, InitFor::CodeChange(old) | InitFor::Snapshot(old)) => {
                garbage.push(old);
                None
            }
            Running::Init(
                _,
                InitFor::Start
                | InitFor::Wake
                | InitFor::Mourning(_)
                | InitFor::Again(_)
                | InitFor::Rested { .. }
                | InitFor::ToGoBack,
            )
            | Running::Step(..)
            | Running::Save(
                _,
                SaveFor::Swap
                | SaveFor::Hibernation
                | SaveFor::Snapshot
                | SaveFor::Rest
                | SaveFor::Change
                | SaveFor::HandOver
                | SaveFor::AfterCrash
                | SaveFor::Nobody,
            )
            | Running::SaveAs(..)
            | Running::Terminate(..) => None,
        }
    }

    /// Whether the worker's first function in this life is under way, or what it does again before it is up.
    pub(super) fn is_start(&self) -> bool {
        matches!(
            self,
            Running::Init(_, InitFor::Start | InitFor::Again(_) | InitFor::Rested { .. } | InitFor::ToGoBack)
                | Running::Save(_, SaveFor::Change)
                | Running::SaveAs(_, SaveAsFor::Change(..))
                | Running::Step(_, StepFor::Again(_) | StepFor::Retry)
        )
    }

    /// The function of the contract that runs, in words.
    pub(crate) fn word(&self) -> &'static str {
        match self {
            Running::Init(_, purpose) => purpose.word(),
            Running::Step(_, StepFor::Input) => "step",
            Running::Step(_, StepFor::Again(_)) => "step (again)",
            Running::Step(_, StepFor::Retry) => "step (once more)",
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

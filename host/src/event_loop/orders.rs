//! What users order of children: to come, to stop, to come back, to be deleted. The tree answers each
//! order when what it wants has come about, or cannot.

use tokio::sync::oneshot;

use super::control::{Control, Surroundings};
use super::route::no_worker;
use super::shard::lock;
use crate::base::{Failure, Kind, Name};
use crate::supervisor::{ChildError, Event, NewChild, Order, StartChild};

/// Takes the address of the child of which something was wanted, or why it is not as it was wanted.
pub(super) type Done = oneshot::Sender<Result<Name, Failure>>;

impl<S: Surroundings> Control<S> {
    pub(super) fn order(&mut self, name: &Name, order: Order, done: Done) {
        let Some(child) = lock(&self.tree).id(name.as_str()) else {
            // The asker may have gone.
            let _ = done.send(Err(no_worker(name.as_str())));
            return;
        };
        let asked = self.question(done);
        self.supervise(Event::Order { child, order, asked });
    }

    pub(super) fn start_child(&mut self, supervisor: &Name, new: NewChild, done: Done) {
        let Some(supervisor) = lock(&self.tree).id(supervisor.as_str()) else {
            let error = ChildError::NoSupervisor(supervisor.to_string());
            // The asker may have gone.
            let _ = done.send(Err(order_failure(&error)));
            return;
        };
        let asked = self.question(done);
        self.supervise(Event::StartChild(StartChild { supervisor, new, asked }));
    }

    fn question(&mut self, done: Done) -> u64 {
        self.questions += 1;
        self.awaited.insert(self.questions, done);
        self.questions
    }

    pub(super) fn answered(&mut self, asked: u64, outcome: Result<Name, ChildError>) {
        match (self.awaited.remove(&asked), outcome) {
            // The asker may have gone.
            (Some(done), outcome) => drop(done.send(outcome.map_err(|error| order_failure(&error)))),
            (None, Err(error)) => tracing::warn!(%error, "a step asked for a child and did not get it"),
            (None, Ok(_)) => {}
        }
    }
}

/// A tree's refusal in the words of every other answer.
pub fn order_failure(error: &ChildError) -> Failure {
    let kind = match error {
        ChildError::NoSupervisor(_) | ChildError::NotFound => Kind::NoWorker,
        ChildError::SupervisorDown(_) | ChildError::ApplicationDown(_) => Kind::Stopped,
        ChildError::Busy(_) | ChildError::TooMany => Kind::Overloaded,
        ChildError::Failed(_) => Kind::Crashed,
        _ => Kind::Refused,
    };
    Failure::new(kind, error.to_string())
}

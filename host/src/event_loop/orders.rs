//! What users order of children: to stop, to come back, to come at all. Each order is answered when
//! what it wants has come about, or cannot.

use std::sync::Arc;

use tokio::sync::oneshot;

use super::control::{Control, Surroundings};
use super::route::no_worker;
use super::shard::lock;
use crate::base::{Failure, Kind, Name};
use crate::supervisor::{ChildId, Event, StartChild, StartChildError, Status};

/// Somebody waits until what was ordered of a child has come about.
pub(super) struct Watch {
    child: ChildId,
    order: Order,
    done: oneshot::Sender<Result<(), Failure>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    Stop,
    Restart,
}

impl Order {
    fn is_met_by(self, status: Status) -> bool {
        match self {
            Order::Stop => matches!(status, Status::Stopped | Status::Ignored),
            Order::Restart => matches!(status, Status::Running | Status::Ignored),
        }
    }
}

impl<S: Surroundings> Control<S> {
    pub(super) fn order(&mut self, name: &Name, order: Order, done: oneshot::Sender<Result<(), Failure>>) {
        let Some(child) = lock(&self.tree).id(name.as_str()) else {
            // The asker may have gone.
            let _ = done.send(Err(no_worker(name.as_str())));
            return;
        };
        let refusal = self.supervise(match order {
            Order::Stop => Event::Terminate { child },
            Order::Restart => Event::Restart { child },
        });
        match refusal {
            Some(text) => drop(done.send(Err(Failure::new(Kind::Refused, text)))),
            None => self.watches.push(Watch { child, order, done }),
        }
    }

    pub(super) fn start_child(
        &mut self,
        supervisor: &Name,
        key: Name,
        config: Option<Arc<[u8]>>,
        done: oneshot::Sender<Result<Name, Failure>>,
    ) {
        let Some(supervisor) = lock(&self.tree).id(supervisor.as_str()) else {
            // The asker may have gone.
            let _ = done.send(Err(no_worker(supervisor.as_str())));
            return;
        };
        self.questions += 1;
        let asked = self.questions;
        self.awaited.insert(asked, done);
        self.supervise(Event::StartChild(StartChild { supervisor, key, config, asked }));
    }

    pub(super) fn child_started(&mut self, asked: u64, outcome: Result<Name, StartChildError>) {
        match (self.awaited.remove(&asked), outcome) {
            (Some(done), outcome) => {
                let failure = |error: StartChildError| {
                    let kind = match &error {
                        StartChildError::NoTemplate => Kind::NoWorker,
                        StartChildError::SupervisorStopped => Kind::Stopped,
                        StartChildError::TooMany => Kind::Overloaded,
                        StartChildError::AlreadyStarted | StartChildError::Ignored => Kind::Refused,
                        StartChildError::Failed(_) => Kind::Crashed,
                    };
                    Failure::new(kind, error.to_string())
                };
                // The asker may have gone.
                let _ = done.send(outcome.map_err(failure));
            }
            (None, Err(error)) => tracing::warn!(%error, "a step asked for a child and did not get it"),
            (None, Ok(_)) => {}
        }
    }

    /// Tells whoever waited for what has come about.
    pub(super) fn tell_watches(&mut self) {
        let tree = lock(&self.tree);
        let ended = self.ended.is_some();
        let settled = |child| !tree.contains(child) || tree.is_settled(child);
        for watch in self.watches.extract_if(.., |watch| ended || settled(watch.child)) {
            let result = match watch.order {
                // A dynamic child that has stopped is gone.
                Order::Stop if !tree.contains(watch.child) => Ok(()),
                order if order.is_met_by(tree.status(watch.child)) => Ok(()),
                Order::Restart => {
                    let text = "it did not come up; its crash is in the log and in `tomte inspect`";
                    Err(Failure::new(Kind::Crashed, text))
                }
                Order::Stop => Err(Failure::new(Kind::Refused, "it was started again before it had stopped")),
            };
            // The asker may have gone.
            let _ = watch.done.send(result);
        }
    }
}

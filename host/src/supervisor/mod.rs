//! The supervision tree and its decisions: exits in, actions out, exactly as OTP's supervisors
//! decide them, plus a backoff.
//!
//! A [`Tree`] is told what happened ([`Event`]) and says what to do now ([`Action`]). It does the
//! sequencing itself: children start left to right and stop right to left, one at a time, and each
//! answer brings the next action. A supervisor exists only in here; whoever carries the actions out
//! sees workers alone.
//!
//! Departures from OTP, on purpose:
//! - intensity is counted in nanoseconds, not in whole seconds;
//! - a restart may wait (`base::Backoff`); a group is stopped before the wait, not after it;
//! - under one_for_one a slow start holds no sibling up: each child is restarted on its own;
//! - a supervisor's own shutdown time bounds every worker below it, so none is left behind;
//! - the operator may restart a running child; that stops it first;
//! - the children of a template are told apart by a key and not by their process; one that ended or
//!   was stopped is gone, and its id is never used again;
//! - an event manager is a supervisor whose children, the handlers, have keys and are temporary;
//! - only workers are added at run time, and a template is a worker.
//!
//! Reading order: what goes in and out, what the tree remembers, then one file per decision.
//!
//! Invariant: imports `base` and nothing else of ours. Never asks a clock, never draws a random
//! number of its own, never does I/O. A worker never has two instances, and none outlives its
//! supervisor.

mod id;

mod event;
mod report;

mod child;
mod effort;
mod error;
mod phase;
mod siblings;
mod slab;
mod tree;

mod build;
mod turn;

mod exit;
mod operator;
mod restart;
mod start;
mod stop;

mod backoff;
mod intensity;

mod answer;
mod asks;
mod change;
mod dynamic;
mod family;
mod listing;

#[cfg(test)]
mod tests;

pub use answer::ChildError;
pub use change::Change;
pub use error::TreeError;
pub use event::{Action, Event, NewChild, Order, StartChild, StartOutcome, Status};
pub use id::ChildId;
pub use listing::{ChildCounts, Listed, Presence};
pub use report::{Report, Why};
pub use tree::Tree;

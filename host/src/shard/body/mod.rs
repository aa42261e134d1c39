//! A worker's code: its instance between two guest functions and inside one, and how it goes on.
//!
//! Whoever goes on with a body takes it and gives back a [`Next`]. A [`Next`] without a body names the
//! [`End`] of the worker, so that no body is ever dropped without somebody being told.

#[expect(clippy::module_inception, reason = "the folder's one noun")]
mod body;
mod next;
mod running;
mod started;

pub(crate) use body::{Asleep, Body, Ready};
pub(crate) use next::{End, Next};
pub(crate) use running::{
    Again, Back, Given, InitFor, Running, SET_ASIDE, SaveAsFor, SaveFor, Slice, StepFor, TerminateFor, Undelivered,
};
pub(crate) use started::{Untaken, init_fault, take_up};

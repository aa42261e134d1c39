//! One worker between its inputs: queue, state machine, callers who wait, timers, outgoing calls. And
//! one event manager between its handlers.
//!
//! Pure. Invariants: never asks a clock, runs no guest, sends nothing; every caller that is handed
//! in comes out exactly once; what a crashed step asked for never comes out.

mod action;
mod again;
mod callers;
mod commit;
mod held;
mod image;
mod inbox;
mod late;
mod machine;
mod manager;
mod once;
mod requests;
mod ties;
mod timers;
#[expect(clippy::module_inception, reason = "the room's one noun")]
mod worker;

#[cfg(test)]
mod tests;

pub use action::{Action, Forwarded};
pub use image::Image;
pub use inbox::{Offered, Unplaced};
pub use manager::{Entry, Manager, ManagerAction, NewHandler, OwnerNews};
pub use requests::Remembered;
pub use worker::{Aside, Began, Taken, Worker};

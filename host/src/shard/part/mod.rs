//! The parts of a shard: each does one thing for its workers and knows neither the shard nor another part.
//!
//! A part is told that a worker has come up, has left or is forgotten, and that time has passed. It answers
//! with what it wants done, and the shard alone does that. What a part does with an instance is a function
//! that takes the instance and gives back how the worker goes on ([`super::body::Next`]).

mod after_crash;
mod children;
mod durability;
mod managers;
mod monitors;
mod replace;
mod requests;
mod sleep;
mod swaps;
mod topics;
mod traces;
mod want;

pub(crate) use after_crash::AfterCrash;
pub(crate) use children::Children;
pub(crate) use durability::{Durability, Whose};
pub(crate) use managers::{Managers, Waiting, by_itself, checked, untold};
pub(crate) use monitors::Monitors;
pub(crate) use replace::{begin_replace, not_running, replace_with};
pub(crate) use requests::{Postponed, Requests, is_its_own, reply, told, wished};
pub(crate) use sleep::Sleep;
pub(crate) use swaps::{Step, Swaps};
pub(crate) use topics::LocalTopics;
pub(crate) use traces::{Traces, in_words};
pub(crate) use want::{Part, Want, Wants};

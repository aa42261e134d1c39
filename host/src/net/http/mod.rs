//! HTTP/1.1, on hyper: `POST /call/WORKER`, `/cast/WORKER`, `/publish/TOPIC`, or `POST /` for the
//! one worker of a listener; `GET /subscribe/TOPIC` for server-sent events.
//!
//! In reading order: what is asked for (`route` or, as it was sent, `raw`, both pure), from whose page (`origin`, pure), the body within its bound (`body`), the
//! outcome as a response (`answer`, `events`), the bounds in time of one connection (`watch`), and
//! the task that puts them together (`connect`). Never answers a request that the loop has answered, and
//! never leaves one unanswered.

mod route;

mod raw;

mod origin;

mod answer;
mod body;
mod events;
mod watch;

mod connect;

pub(super) use answer::turn_away;
pub(super) use connect::{Served, connect};

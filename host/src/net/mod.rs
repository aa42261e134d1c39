//! Frames, lines and HTTP: bytes to requests, and answers back to bytes, within every bound.
//!
//! In reading order: what is handed to the loop (`request`, `feed`), where from (`bind`), the two stream
//! protocols as pure functions (`unit`, `frames`, `lines`, `wire`), one peer of them (`replies`,
//! `peer`, `connection`, `outbox`, `reader`), HTTP (`http`), and the listener that accepts and drains (`listener`).
//!
//! Everything of one shard runs on one thread inside a `tokio` `LocalSet`, so nothing here locks.
//! The loop answers a [`Ticket`] whenever it likes, also outside the runtime, and calls
//! [`Outbox::flush`] once per turn: that is the one write per connection and turn.
//!
//! Invariants: no request is lost or answered twice; answers leave in request order; a peer that
//! does not read is not read from. Never knows what a worker's bytes mean.

mod feed;
mod request;

mod bind;

mod unit;

mod frames;
mod lines;
mod wire;

mod replies;

mod peer;

mod outbox;

mod connection;
mod reader;

mod http;

mod listener;

#[cfg(test)]
mod tests;

pub use bind::{BindError, Bound, CONTENT_TYPE, ListenSpec, NetLimits, bind};
pub use feed::Feed;
pub use listener::{Listener, ListenerCounts, serve};
pub use outbox::Outbox;
pub use request::{Request, Sink, Ticket, Told, What};

//! Write tomte behaviours in Rust.
//!
//! A behaviour is a state and the functions that OTP gave their names. This is a whole one:
//!
//! ```
//! use serde::{Deserialize, Serialize};
//! use tomte_guest::{Answer, Context, GenServer, Start, StartFailure, crash, reply, run};
//!
//! #[derive(Deserialize)]
//! enum Input { Increment, Read, Reset }
//!
//! #[derive(Serialize, Debug, PartialEq)]
//! enum Output { Ack, Value(u64) }
//!
//! struct Counter;
//!
//! impl GenServer for Counter {
//!     type State = u64;
//!     type Input = Input;
//!     type Output = Output;
//!     const SCHEMA: &'static str = "counter/1";
//!
//!     fn init(_: &Start, _: &mut Context) -> Result<u64, StartFailure> {
//!         Ok(0)
//!     }
//!
//!     fn handle_call(count: &mut u64, input: Input, _: &mut Context) -> Answer<Output> {
//!         match input {
//!             Input::Increment => { *count += 1; reply(Output::Ack) }
//!             Input::Read => reply(Output::Value(*count)),
//!             Input::Reset if *count == 0 => crash("reset at zero"),
//!             Input::Reset => { *count = 0; reply(Output::Ack) }
//!         }
//!     }
//! }
//!
//! tomte_guest::export!(Counter);
//!
//! # fn main() {
//! use Input::{Increment, Read, Reset};
//!
//! // A unit test needs no host and no WebAssembly: inputs in, outputs and crash out, as values.
//! assert_eq!(run::<Counter>(0, [Increment, Increment, Read]).last(), Some(&Output::Value(2)));
//! assert_eq!(run::<Counter>(0, [Increment, Increment]).last(), Some(&Output::Ack));
//! assert_eq!(run::<Counter>(0, [Increment, Reset, Read]).last(), Some(&Output::Value(0)));
//!
//! // The counter starts at 0, so the first Reset crashes and nothing after it is stepped.
//! let ran = run::<Counter>(0, [Reset, Reset, Read]);
//! assert_eq!((ran.crash.as_deref(), ran.steps.len()), (Some("reset at zero"), 0));
//! # }
//! ```
//!
//! Built with `--target wasm32-wasip2` this is a component the host runs: a call's body is the
//! input as JSON (`"Increment"`), the reply is the output as JSON (`"Ack"`, `{"Value":2}`).
//!
//! | a behaviour wants to | it |
//! |---|---|
//! | answer | returns [`reply`] |
//! | answer later | keeps [`Context::caller`], returns [`later`], and calls [`Context::reply`] in another step |
//! | has another worker answer | calls [`Context::forward`] with the caller, returns [`later`] |
//! | answer a browser | writes [`GenServer::handle_http`], and its listener says `raw = true` |
//! | say no | returns [`refuse`]: the caller is told, nothing has changed |
//! | crash | calls [`crash`] or panics: the supervisor restarts it, the caller is told at once |
//! | learn of another worker's end | calls [`Context::monitor`] and gets [`Info::Down`] |
//! | do anything else | says so to its [`Context`]: all of it is done when the step has returned, none if it crashed |
//! | keep its state over an upgrade | names its [`GenServer::SCHEMA`] and reads older ones in [`GenServer::migrate`] |
//!
//! [`GenStatem`] is a state machine: states, postponed events, timeouts. [`GenEvent`] is a handler of
//! an event manager. All stand on [`Behaviour`], the contract itself with bytes in and out.

mod behaviour;
pub mod bindings;
mod codec;
mod component;
mod context;
mod failure;
mod handler;
mod http;
pub mod log;
mod requests;
mod run;
mod runtime;
mod server;
mod statem;

pub use behaviour::Behaviour;
pub use bindings::exports::tomte::behaviour::state::SavedState;
pub use bindings::tomte::behaviour::types::{
    CallError, Down, DownWhy, Effect, ExitReason, HandlerEnd, HandlerStart, HandlerWhy, HttpHeader, HttpRequest, Input,
    Outcome, Response, Start, StartFailure, TimerKind,
};
pub use codec::{from_json, to_json};
#[doc(hidden)]
pub use component::Slot;
pub use context::{Caller, Context, Supervisor};
pub use failure::{Refusal, crash};
pub use handler::{GenEvent, Handler};
pub use http::HttpReply;
pub use requests::Requests;
pub use run::{Run, Step, notify, run, run_statem};
pub use server::{Answer, GenServer, Info, Reply, Server, later, refuse, reply};
pub use statem::{Event, GenStatem, Next, StateFunction, Statem, Transition};

#[cfg(test)]
mod tests;

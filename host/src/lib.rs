//! Erlang/OTP's behaviours for WebAssembly, without processes.
//!
//! This crate is the host: the command `tomte`, and the same as a library. It runs *workers*.
//! A worker is a WebAssembly component with three sequential functions, `init`, `step` and
//! `terminate`. Everything concurrent belongs to the host: it queues what is sent to a worker and
//! steps one input at a time, treats a trap as a crash, restarts what crashed as its *supervisor*
//! says, and puts a new version of a component in the place of a running one, its state carried
//! over.
//!
//! # Embedding a node
//!
//! A [`node::Node`] is a running application: a directory with a manifest, `tomte.toml`, and the
//! components it names. A [`node::Handle`] talks to it from any thread and any runtime.
//!
//! ```
//! use std::time::Duration;
//!
//! use tomte::base::Kind;
//! use tomte::node::{Ended, Node, Options, Upload};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let dist = concat!(env!("CARGO_MANIFEST_DIR"), "/../guests/dist");
//! // The counters of the repository, built by `cargo xtask guests`.
//! let (old, new) = (format!("{dist}/counter-0.1.0.wasm"), format!("{dist}/counter-0.2.0.wasm"));
//! let app = tempfile::tempdir()?;
//! std::fs::copy(old, app.path().join("counter.wasm"))?;
//! let manifest = r#"
//!     manifest_version = 1
//!     [application]
//!     name = "embedded"
//!     [behaviour.counter]
//!     component = "counter.wasm"
//!     [child.counter]
//!     behaviour = "counter"
//! "#;
//! std::fs::write(app.path().join("tomte.toml"), manifest)?;
//!
//! let runtime = tokio::runtime::Builder::new_current_thread().build()?;
//! runtime.block_on(async {
//!     let node = Node::start(Options::new(app.path())).await?;
//!     let handle = node.handle();
//!     let call = async |body: &str| handle.call("counter", body.into(), Duration::from_secs(5)).await;
//!
//!     // A call is answered exactly once, by the behaviour ...
//!     assert_eq!(call(r#""Increment""#).await, Ok(b"\"Ack\"".to_vec()));
//!     // ... or by the host, in one of the eight kinds.
//!     let refused = call("nonsense").await.expect_err("not an input of the counter");
//!     assert_eq!(refused.kind, Kind::Refused);
//!
//!     // The state moves into the new version; 0.2.0 has inputs that 0.1.0 had not.
//!     let upload = Upload {
//!         bytes: std::fs::read(new)?,
//!         file_name: "counter-0.2.0.wasm".to_owned(),
//!         via: "the example".to_owned(),
//!         dry_run: false,
//!     };
//!     let report = handle.upgrade(upload).await.expect("the node runs");
//!     assert_eq!((report.to.as_str(), report.workers), ("0.2.0", 1));
//!     assert_eq!(call(r#"{"Add":41}"#).await, Ok(b"\"Ack\"".to_vec()));
//!     assert_eq!(call(r#""Read""#).await, Ok(br#"{"Value":42}"#.to_vec()));
//!
//!     handle.shutdown();
//!     assert_eq!(node.ended().await, Ended::Shutdown);
//!     Ok(())
//! })
//! # }
//! ```
//!
//! `host/examples/embed.rs` is a program of its own. The log goes through `tracing`; whoever embeds
//! a node chooses the subscriber.
//!
//! # Concepts
//!
//! - **A step is a transaction.** What a step wants done is returned as data, a list of
//!   [`base::Effect`]s. If it traps, nothing of it happened: [`worker`].
//! - **A crash is a value**, a [`base::Fault`] with a class and a text for people. The instance is
//!   gone; it is never entered again: [`wasm`].
//! - **Supervision is a pure function**: an exit and a time in, actions out: [`supervisor`].
//! - **An upgrade is a transaction** over all workers of a behaviour: all run the new version, or
//!   the old instances go on: [`control`].
//! - **Everything has a bound**, and every bound stands in [`base::limits`]. A full queue answers
//!   `overloaded`.
//!
//! # Tour
//!
//! A program that embeds a node needs [`node`] and the vocabulary of [`base`]; their names are meant
//! to stay. The other rooms are public so that they can be read, tested and measured. They may
//! change with every version.
//!
//! | room | what it is for |
//! |---|---|
//! | [`base`] | the nouns all rooms share, and every bound |
//! | [`worker`] | one worker between its inputs; pure |
//! | [`supervisor`] | the tree and its decisions; pure |
//! | [`net`] | frames, lines and HTTP: bytes to requests and back |
//! | [`wasm`] | the engine: components, instances, budgets, faults |
//! | [`release`] | manifests, the watched folder, the planner, the history |
//! | [`protocol`] | what shards and control say to each other |
//! | [`shard`] | the workers of one thread; where guests run |
//! | [`control`] | the order of things across shards: applications, orders, releases |
//! | [`runtime`] | the threads that run both |
//! | [`node`] | a running application as a library |
//! | [`admin`] | JSON over a Unix socket |
//! | [`cli`] | the command `tomte` |
//!
//! `ARCHITECTURE.md` at the root of the repository says how they work together and why.
#![deny(missing_docs)]

pub mod admin;
pub mod base;
pub mod cli;
pub mod control;
pub mod journal;
pub mod net;
pub mod node;
pub mod protocol;
pub mod release;
pub mod runtime;
pub mod shard;
pub mod supervisor;
pub mod wasm;
pub mod worker;

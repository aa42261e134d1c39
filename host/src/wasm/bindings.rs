//! Rust types and lookups generated from `wit/behaviour.wit`; nothing outside this room sees them.
#![allow(missing_docs, unreachable_pub, reason = "generated from the WIT, which has the docs")]

wasmtime::component::bindgen!({
    path: "../wit",
    world: "durable-worker",
    imports: { default: trappable },
});

pub(super) use self::tomte::behaviour::{fault, log, types};

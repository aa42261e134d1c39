//! The contract of `wit/` as Rust, made by `wit-bindgen` and shipped with the SDK: a test compares it with the
//! contract.

#![allow(missing_docs, unreachable_pub, unsafe_code, clippy::all, reason = "generated code")]

include!("bindings.inc");

//! The contract of `wit/` as Rust, made by `wit-bindgen` and shipped with the SDK: a test compares it with the
//! contract.

#![allow(missing_docs, unreachable_pub, unsafe_code, reason = "generated code")]
#![allow(
    clippy::all,
    clippy::allow_attributes_without_reason,
    clippy::too_many_lines,
    clippy::unwrap_used,
    reason = "generated code"
)]

include!("bindings.inc");

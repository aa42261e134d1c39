//! `cargo xtask demo`: the product's story on real input, told as a transcript. The host is the real
//! binary, the clients are real sockets, and every line with a ✓ was checked: the first that does
//! not hold ends the demo with ✗ and a failure.

mod load;
mod releases;
mod stage;

mod count;
mod crash;
mod end;
mod language;
mod refuse;
mod rollback;
mod upgrade;

mod story;

pub(crate) use story::run;

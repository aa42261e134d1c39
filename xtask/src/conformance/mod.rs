//! `cargo xtask conformance`: OTP's semantics row by row, and the tests that prove them. The table is
//! `host/tests/otp/table.md`; a test belongs to the row whose id its name begins with.

mod row;

mod binaries;
mod found;
mod verdict;

mod page;

mod run;

pub(crate) use run::run;

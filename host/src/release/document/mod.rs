//! TOML files written by people: reading them with a word for everything that is wrong.
//!
//! A [`Table`] is asked for its keys, each with a reader from [`read`]; what was not asked for is an
//! unknown key. Every problem is kept with its place, so that one look at a file finds them all.

mod parse;
mod problem;
pub(super) mod read;
mod report;
mod suggest;
mod table;
mod units;

pub(super) use parse::parse;
pub use problem::{ManifestError, Place, Problem};
pub(super) use read::Wrong;
pub(super) use report::Report;
pub use suggest::did_you_mean;
pub(super) use table::Table;

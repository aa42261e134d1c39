//! Every language that behaviours can be written in, from an empty directory: its packages, a new project, its test, its
//! build, a host, a crash, an upgrade from Rust and back under load, and fifty thousand steps. Ends with a table.

mod every;
mod language;
mod project;
mod run;
mod table;
mod tools;
mod trial;
mod upgrade;

pub(crate) use language::Language;
pub(crate) use run::run;

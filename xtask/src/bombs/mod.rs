//! `cargo xtask bombs`: every kind of the corpus, few and very many of each, is answered in time, by
//! `tomte check` and by a running host, whose neighbours go on. `cargo xtask fuzz-check` does the same with what
//! nobody thought of.

mod answer;
mod check;
mod drops;
mod fuzz;
mod run;

pub(crate) use fuzz::{Fuzz, SMITH, SMITH_TARGET, fuzz};
pub(crate) use run::{Extent, run};

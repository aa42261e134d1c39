//! `cargo xtask bombs`: every kind of the corpus, few and very many of each, is answered in time, by
//! `tomte check` and by a running host, whose neighbours go on.

mod answer;
mod check;
mod drops;
mod run;

pub(crate) use run::{Extent, run};

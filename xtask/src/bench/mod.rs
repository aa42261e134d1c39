//! `cargo xtask bench`: what tomte does, as ratios against rivals that do the same work in the same
//! run. Rounds are interleaved (each round measures everybody once), every figure is a median over
//! the rounds with its spread, and how a rival was written stands in its name. Figures of different
//! runs are never compared: machines and their neighbours differ more than programs do.

mod metric;
mod stats;

mod book;
mod scenario;
mod target;

mod report;
mod table;

mod child;
mod durable;
mod erlang;
mod host;
mod neighbours;
mod round;
mod times;
mod workspace;

mod paired;
mod run;
mod switchboard;

pub(crate) use durable::run as run_durable;
pub(crate) use paired::run as run_paired;
pub(crate) use run::{Options, run};
pub(crate) use switchboard::run as run_switchboard;
pub(crate) use times::Times;

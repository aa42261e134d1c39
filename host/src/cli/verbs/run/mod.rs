//! `tomte run`: a node with an admin socket, signals and a log, until it is told to stop.

mod banner;
mod dump;
mod host;
mod log_lane;
mod logs;
mod memory;
mod plan;
mod signals;

pub(super) use host::run;

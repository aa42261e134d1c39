//! The command `tomte` as its users have it: child processes, real components, real sockets.
//!
//! Each test starts what it needs in a directory of its own and ends it. Nothing here looks into the
//! host: what counts is what is printed, answered and exited with.

mod admin_socket;
mod alarms;
mod applications;
mod bad_day;
mod bad_files;
mod bad_input;
mod bad_wire;
mod bombs;
mod cache;
mod durable;
mod ending;
mod logging;
mod museum;
mod new_project;
mod support;
mod sys;
mod verbs;
mod versions;

//! The machine of releases under control's hand, on shards that the test plays: it reads their lanes and
//! answers for them.

mod bench;
mod closing;
mod disk;
mod folder;
mod order;
mod pending;
mod steps;
mod writing;

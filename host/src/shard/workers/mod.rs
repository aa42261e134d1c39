//! The workers of a shard: who they are, what waits for each, and whose turn it is.

mod desk;
mod pace;
mod recent;
mod slot;
#[expect(clippy::module_inception, reason = "the folder's one noun")]
mod workers;

pub(crate) use desk::Errand;
pub(crate) use pace::Paced;
pub(crate) use slot::{Ending, Slot};
pub(crate) use workers::Workers;

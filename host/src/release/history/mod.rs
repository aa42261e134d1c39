//! What has run: the state directory, the rows of the history, the components and the states that a
//! host comes back to.
//!
//! The order of a swap is: component, states, then the row; the row is the commit.

mod chain;
mod components;
mod error;
mod log;
mod row;
mod state_dir;
mod swaps;

#[cfg(test)]
mod tests;

pub use chain::{Current, Target};
pub use components::Components;
pub use error::{LockError, StateError};
pub use log::History;
pub use row::{Row, RowResult};
pub use state_dir::StateDir;
pub use swaps::{States, Swaps};

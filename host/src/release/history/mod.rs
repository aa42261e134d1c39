//! What has run: the state directory, the rows of the history, the components and the states that a
//! host comes back to.
//!
//! What a release leaves on disk, in this order ([`Records`]): the component, the intent (a row that says
//! that it has begun), the states at its swap, and the completed row, which is the commit. A host that
//! ends before the last of them comes back on the version before. So does one that starts where the hosts before it
//! ended badly soon after a release ([`blame`]).

mod backup;
mod blame;
mod chain;
mod components;
mod error;
mod format;
mod journal_dir;
mod ledger;
mod line;
mod lives;
mod log;
mod memory;
mod records;
mod row;
mod started;
mod state_dir;
mod swaps;
mod text;
mod way;

#[cfg(test)]
mod tests;

pub use backup::{Backup, Copied};
pub use blame::{Blame, blame};
pub use chain::{Current, Target};
pub use components::Components;
pub use error::{LockError, StateError};
pub use journal_dir::{JournalDir, Mark};
pub use ledger::Ledger;
pub use lives::{End, Life, Lives};
pub use log::History;
pub use records::{Entry, Records};
pub use row::{ROLLBACK, Row, RowResult};
pub use started::Started;
pub use state_dir::StateDir;
pub use swaps::{States, Swaps};
pub use way::NoWay;

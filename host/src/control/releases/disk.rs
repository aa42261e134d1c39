//! What the releases want done to the state directory: by one thread, which holds nobody else up.
//!
//! Jobs are done in the order in which they were given, and each comes back as a [`DiskDone`]. So the order of rows
//! in the history is the order of what happened.

use std::sync::Arc;

use tokio::sync::oneshot;

use super::verdict::Cancelled;
use super::work::Asker;
use crate::release::{Entry, Records, Row, StateError, States, Target};

/// Something that is to be done to the state directory.
#[derive(Debug)]
pub struct DiskJob(pub(super) Order);

/// What came of a [`DiskJob`].
#[derive(Debug)]
pub struct DiskDone(pub(super) Done);

/// What is to be done. Those with a number are for the release with that number.
#[derive(Debug)]
pub(super) enum Order {
    /// Read what it needs to go back there.
    Fetch(u64, Target),
    /// Keep its component, and its intent.
    Begin(u64, Row, Arc<[u8]>),
    /// Keep what its workers saved.
    WriteStates(u64, States),
    /// Record that it runs.
    Complete(u64, Row),
    /// Record that one came to nothing.
    Refuse(Row),
    /// Record these, which are taken back before they have begun.
    Note(Vec<Row>, TakenBack),
}

/// What came of it.
#[derive(Debug)]
pub(super) enum Done {
    Fetched(u64, Result<(Vec<u8>, Option<States>), StateError>),
    Begun(u64, Result<Row, StateError>),
    StatesWritten(u64, Result<(), StateError>),
    Completed(u64, Result<Row, StateError>),
    Refused(Entry),
    Noted(Vec<Entry>, TakenBack),
}

/// Releases that are taken back, whoever asked for them, and whoever takes them back. They are told when the rows are
/// recorded.
#[derive(Debug)]
pub(super) struct TakenBack {
    /// Of each row that is to be recorded, in their order.
    pub(super) askers: Vec<Asker>,
    /// Without those rows.
    pub(super) cancelled: Cancelled,
    pub(super) done: oneshot::Sender<Cancelled>,
}

impl DiskJob {
    /// Does it. Takes as long as the disk takes.
    pub fn run(self, records: &mut Records) -> DiskDone {
        DiskDone(match self.0 {
            Order::Fetch(id, target) => Done::Fetched(id, records.fetch(&target)),
            Order::Begin(id, row, component) => Done::Begun(id, records.begin(row, &component)),
            Order::WriteStates(id, states) => Done::StatesWritten(id, records.write_states(&states)),
            Order::Complete(id, row) => Done::Completed(id, records.complete(row)),
            Order::Refuse(row) => Done::Refused(records.refuse(row)),
            Order::Note(rows, taken) => Done::Noted(rows.into_iter().map(|row| records.note(row)).collect(), taken),
        })
    }
}

//! The thread that has the state directory while a node runs: whoever waits for the disk waits here.

use std::sync::mpsc::Receiver;

use tokio::sync::mpsc::UnboundedSender;

use crate::control::{ControlEvent, DiskDone, DiskJob};

/// Has one job after the other done until nobody can give one any more, so that nothing is left undone when it returns.
pub fn run_disk(
    mut work: impl FnMut(DiskJob) -> DiskDone,
    jobs: &Receiver<DiskJob>,
    events: &UnboundedSender<ControlEvent>,
) {
    while let Ok(job) = jobs.recv() {
        let done = work(job);
        // Where control has ended, nobody is to be told any more.
        let _ = events.send(ControlEvent::Disk(Box::new(done)));
    }
}

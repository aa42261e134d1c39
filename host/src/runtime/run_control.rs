//! The control loop's thread.

use std::io;

use tokio::sync::mpsc;

use super::threads::{Clock, ThreadSurroundings};
use crate::control::{Control, ControlEvent, Ended};

/// What reaches the control loop.
#[derive(Debug)]
pub struct ControlLanes {
    /// From shards, users and the folder.
    pub events: mpsc::UnboundedReceiver<ControlEvent>,
    /// What is only for the log.
    pub talk: mpsc::Receiver<ControlEvent>,
    /// That something may have changed in the watched folder.
    pub hints: mpsc::Receiver<()>,
}

/// Boots the tree and runs the control loop until the node has ended.
///
/// # Errors
/// The runtime cannot be made.
pub fn run_control(
    mut control: Control<ThreadSurroundings>,
    clock: Clock,
    mut lanes: ControlLanes,
) -> io::Result<Ended> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    control.boot();
    runtime.block_on(async {
        loop {
            // Whoever waits for what is on its way to the disk is told before the end.
            if let Some(ended) = control.ended().filter(|_| !control.is_writing()).cloned() {
                while let Ok(event) = lanes.talk.try_recv() {
                    control.handle(event);
                }
                break Ok(ended);
            }
            if control.wake_at().is_some_and(|at| at <= clock.now()) {
                // However much there is to do, what is due is not put off.
                control.tick();
            }
            let wake = control.wake_at().map(|at| tokio::time::Instant::from_std(clock.instant(at)));
            let alarm = async {
                match wake {
                    Some(at) => tokio::time::sleep_until(at).await,
                    None => std::future::pending().await,
                }
            };
            // Fair: a flood on one lane does not shut out the others.
            tokio::select! {
                Some(event) = lanes.events.recv() => control.handle(event),
                Some(event) = lanes.talk.recv() => control.handle(event),
                Some(()) = lanes.hints.recv() => control.handle(ControlEvent::Hint),
                () = alarm => {}
            }
        }
    })
}

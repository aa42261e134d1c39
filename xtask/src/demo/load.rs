//! Constant load in the background: increments, many at once.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use anyhow::{Result, anyhow};

use crate::load::{LoadResult, Protocol, Spec, run_until};

/// Connections.
pub(super) const CONNECTIONS: usize = 4;
/// Requests in flight on each.
pub(super) const DEPTH: usize = 8;

/// Load until it is finished or dropped.
#[derive(Debug)]
pub(super) struct Load {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<Result<LoadResult>>,
}

impl Load {
    /// Begins.
    pub(super) fn start(frames: SocketAddr) -> Load {
        let stop = Arc::new(AtomicBool::new(false));
        let seen = Arc::clone(&stop);
        let spec = Spec {
            address: frames,
            protocol: Protocol::Frames,
            body: b"\"Increment\"".to_vec(),
            connections: CONNECTIONS,
            depth: DEPTH,
            warm_up: Duration::ZERO,
            time: Duration::ZERO,
            server: None,
        };
        Load { stop, thread: thread::spawn(move || run_until(&spec, &seen)) }
    }

    /// Whether it goes on.
    pub(super) fn is_on(&self) -> bool {
        !self.thread.is_finished()
    }

    /// Stops sending, waits for every answer still owed, and says what came of it.
    ///
    /// # Errors
    /// The host took no connection.
    pub(super) fn finish(self) -> Result<LoadResult> {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().map_err(|_| anyhow!("the load has a bug: its thread panicked"))?
    }
}

//! The signals of a host.

use std::io;

use rustix::process::Signal as Known;
use tokio::signal::unix::{Signal as Stream, SignalKind, signal};

/// What a signal asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Signal {
    /// TERM or INT: stop, at once if it is not the first.
    Stop,
    /// HUP: read the configuration again.
    Reload,
    /// USR2: write the state of the host to a file.
    Dump,
}

/// Signals that mean nothing to a host, but would end it if nobody heeded them: by mistake (`kill -USR1`), or a
/// file that may not grow (XFSZ), whose write fails as well.
const IGNORED: [Known; 6] = [Known::USR1, Known::ALARM, Known::VTALARM, Known::PROF, Known::XFSZ, Known::XCPU];

pub(super) struct Signals {
    /// Their streams; nobody looks.
    _ignored: Vec<Stream>,
    terminate: Stream,
    interrupt: Stream,
    hangup: Stream,
    user: Stream,
}

impl Signals {
    pub(super) fn new() -> io::Result<Signals> {
        let ignored = IGNORED.into_iter().map(|known| signal(SignalKind::from_raw(known.as_raw())));
        Ok(Signals {
            _ignored: ignored.collect::<io::Result<_>>()?,
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hangup: signal(SignalKind::hangup())?,
            user: signal(SignalKind::user_defined2())?,
        })
    }

    /// Waits for the next one that asks to stop. What others ask for needs a host that is up.
    pub(super) async fn stop(&mut self) {
        while self.next().await != Signal::Stop {
            tracing::info!("not while the host is starting");
        }
    }

    /// Waits for the next one.
    pub(super) async fn next(&mut self) -> Signal {
        tokio::select! {
            _ = self.terminate.recv() => Signal::Stop,
            _ = self.interrupt.recv() => Signal::Stop,
            _ = self.hangup.recv() => Signal::Reload,
            _ = self.user.recv() => Signal::Dump,
        }
    }
}

//! The host as a child process.

use std::fs::File;
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Child, ExitStatus};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

use super::client::Client;
use super::command::Tomte;
use super::listeners::Listeners;
use crate::load::Protocol;

/// How long the host may take to answer: it compiles its components first.
const START_TIME: Duration = Duration::from_secs(60);
/// How long it may take to end once it was told to.
const END_TIME: Duration = Duration::from_secs(30);
/// How often to look.
const LOOK: Duration = Duration::from_millis(2);

/// A running host, ended when dropped unless it is kept.
#[derive(Debug)]
pub(crate) struct Host {
    child: Option<Child>,
}

impl Host {
    /// Starts it and waits until every listener and the admin socket take connections, and a first
    /// call is answered.
    ///
    /// # Errors
    /// It ends, or does not answer in time.
    pub(crate) fn start(tomte: &Tomte, words: &[&str], listeners: &Listeners, log: &Path) -> Result<Host> {
        let file = File::create(log).with_context(|| format!("cannot write {}", log.display()))?;
        let mut command = tomte.command(words);
        let child = command.stdout(file.try_clone()?).stderr(file).spawn();
        let child = child.with_context(|| format!("cannot start {}", tomte.program().display()))?;
        let mut host = Host { child: Some(child) };
        let last = Instant::now() + START_TIME;
        while !(listens(tomte, listeners) && answers(listeners)) {
            if let Some(status) = host.child.as_mut().map(Child::try_wait).transpose()?.flatten() {
                bail!("the host ended with {status} before it answered");
            }
            if Instant::now() > last {
                bail!("the host does not answer within {START_TIME:?}");
            }
            thread::sleep(LOOK);
        }
        Ok(host)
    }

    /// Its process.
    pub(crate) fn pid(&self) -> u32 {
        self.child.as_ref().map(Child::id).unwrap_or_default()
    }

    /// Waits until it has ended.
    ///
    /// # Errors
    /// It does not.
    pub(crate) fn wait(mut self) -> Result<ExitStatus> {
        let last = Instant::now() + END_TIME;
        while Instant::now() < last {
            if let Some(status) = self.child.as_mut().map(Child::try_wait).transpose()?.flatten() {
                return Ok(status);
            }
            thread::sleep(LOOK);
        }
        bail!("the host has not ended within {END_TIME:?}")
    }

    /// Leaves it running.
    pub(crate) fn keep(mut self) {
        self.child = None;
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            // Fails if it has ended already, which is as good.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

fn listens(tomte: &Tomte, listeners: &Listeners) -> bool {
    let sockets = listeners.all().iter().all(|address| TcpStream::connect(address).is_ok());
    sockets && is_up(tomte.socket())
}

/// A host that has just begun to listen says of a worker that it is not started yet.
fn answers(listeners: &Listeners) -> bool {
    let http = Protocol::Http { path: "/call/counter".to_owned() };
    let answer = Client::open(http, listeners.http).and_then(|mut client| client.call("\"Read\""));
    answer.is_ok_and(|answer| answer.status == "200")
}

/// Whether a host listens behind this admin socket.
pub(crate) fn is_up(socket: &Path) -> bool {
    UnixStream::connect(socket).is_ok()
}

//! The host under test: `tomte run` on a small application, as a user would start it.

use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow, bail};

use super::scenario::{Load, Wire, Work};
use super::workspace::Programs;

/// Its workers, one of each.
const WORKERS: [Work; 2] = [Work::Echo, Work::Counter];
/// Its listeners.
const LISTENERS: [(Wire, Work); 3] =
    [(Wire::Frames, Work::Echo), (Wire::Http, Work::Echo), (Wire::Frames, Work::Counter)];
/// How long the host may take to answer for the first time.
const START_TIME: Duration = Duration::from_secs(20);

/// A running host, ended when dropped.
#[derive(Debug)]
pub(crate) struct Host {
    child: Child,
    addresses: [SocketAddr; LISTENERS.len()],
    boot: Duration,
}

impl Host {
    /// Starts it in a folder of its own and waits for its first answer.
    ///
    /// # Errors
    /// The folder cannot be written, or the host ends or stays silent.
    pub(crate) fn start(programs: &Programs, folder: &Path) -> Result<Host> {
        fs::create_dir_all(folder)?;
        for worker in WORKERS.map(Work::worker) {
            let guest = programs.guests.join(format!("{worker}-0.1.0.wasm"));
            fs::copy(guest, folder.join(format!("{worker}.wasm")))?;
        }
        let addresses = free_addresses()?;
        fs::write(folder.join("tomte.toml"), manifest(&addresses))?;
        let log = folder.join("host.log");
        let start = Instant::now();
        let mut command = Command::new(&programs.tomte);
        command.arg("run").arg(folder).arg("--state").arg(folder.join("state"));
        command.stdin(Stdio::null()).stdout(File::create(&log)?).stderr(File::options().append(true).open(&log)?);
        let child = command.spawn().context("cannot start tomte")?;
        let mut host = Host { child, addresses, boot: Duration::ZERO };
        host.wait(start, &log)?;
        host.boot = start.elapsed();
        Ok(host)
    }

    /// Where it takes the calls of this load.
    pub(crate) fn address(&self, load: Load) -> SocketAddr {
        let all = LISTENERS.iter().zip(self.addresses);
        let found = all.clone().find(|(listener, _)| **listener == (load.wire, load.work));
        found.map_or(self.addresses[0], |(_, address)| address)
    }

    /// Its process.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The time from its start to its first answer, the compilation of its guest included.
    pub(crate) fn boot(&self) -> Duration {
        self.boot
    }

    fn wait(&mut self, start: Instant, log: &PathBuf) -> Result<()> {
        while first_answer(self.addresses[0]).is_err() {
            let said = || fs::read_to_string(log).unwrap_or_default();
            if let Some(status) = self.child.try_wait()? {
                bail!("tomte ended with {status}: {}", said());
            }
            if start.elapsed() > START_TIME {
                bail!("tomte does not answer: {}", said());
            }
            thread::sleep(Duration::from_millis(1));
        }
        Ok(())
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        // Its state goes away with the run, so that it need not be told to save any.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn first_answer(address: SocketAddr) -> std::io::Result<()> {
    let mut socket = TcpStream::connect(address)?;
    socket.set_read_timeout(Some(START_TIME))?;
    socket.write_all(&Wire::Frames.protocol().request(Work::Echo.body()))?;
    let mut status = [0; 5];
    socket.read_exact(&mut status)?;
    if status[4] == 0 { Ok(()) } else { Err(std::io::Error::other("the first answer is not ok")) }
}

/// Ports that are free now. All are held until all are known, so that they differ.
fn free_addresses() -> Result<[SocketAddr; LISTENERS.len()]> {
    let any = (Ipv4Addr::LOCALHOST, 0);
    let held = LISTENERS.map(|_| TcpListener::bind(any));
    let mut addresses = [any.into(); LISTENERS.len()];
    for (address, held) in addresses.iter_mut().zip(&held) {
        let held = held.as_ref().map_err(|error| anyhow!("no free port: {error}"))?;
        *address = held.local_addr()?;
    }
    Ok(addresses)
}

/// No limit is named but the queue's: 50 connections with 16 requests each fit the default as well,
/// but a benchmark is no place to be told that a queue is full.
fn manifest(addresses: &[SocketAddr]) -> String {
    let mut text = r#"manifest_version = 1

[application]
name = "bench"
version = "0.1.0"

[supervisor.root]
strategy = "one_for_one"
"#
    .to_owned();
    for worker in WORKERS.map(Work::worker) {
        text.push_str(&format!(
            r#"
[behaviour.{worker}]
component = "{worker}.wasm"

[child.{worker}]
under = "root"
behaviour = "{worker}"
queue = {{ capacity = 4096, when_full = "reject" }}
"#
        ));
    }
    for ((wire, work), address) in LISTENERS.iter().zip(addresses) {
        let (protocol, worker) = (wire.word(), work.worker());
        text.push_str(&format!(
            "\n[[listen]]\nprotocol = \"{protocol}\"\naddress = \"{address}\"\nto = \"{worker}\"\n"
        ));
    }
    text
}

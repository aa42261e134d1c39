//! The host under test: `tomte run` on a small application, as a user would start it.

use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

use super::scenario::{Wire, Work};
use super::workspace::Programs;

/// What a host under test runs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Setup {
    /// Its workers, one of each of these guests.
    workers: &'static [&'static str],
    /// Its listeners, each to one of them. The first is of frames to an echo.
    listeners: &'static [(Wire, &'static str)],
    /// Its `host.toml`.
    settings: &'static str,
    /// Which of the workers are durable.
    durable: &'static [&'static str],
}

/// For the loads.
pub(crate) const LOADED: Setup = Setup {
    workers: &["echo", "counter"],
    listeners: &[(Wire::Frames, "echo"), (Wire::Http, "echo"), (Wire::Frames, "counter")],
    settings: "host_version = 1\n",
    durable: &[],
};

/// The same with a counter that is durable.
pub(crate) const DURABLE: Setup = Setup { durable: &["counter"], ..LOADED };

/// Two on one shard, of which one may be kept busy.
pub(crate) const NEIGHBOURS: Setup = Setup {
    workers: &["echo", "hostile"],
    listeners: &[(Wire::Frames, "echo"), (Wire::Frames, "hostile")],
    settings: "host_version = 1\n[host]\nshards = 1\n",
    durable: &[],
};
/// How long the host may take to answer for the first time.
const START_TIME: Duration = Duration::from_secs(20);

/// A running host, ended when dropped.
#[derive(Debug)]
pub(crate) struct Host {
    child: Child,
    setup: Setup,
    addresses: Vec<SocketAddr>,
    boot: Duration,
}

impl Host {
    /// Starts it in a folder of its own and waits for its first answer.
    ///
    /// # Errors
    /// The folder cannot be written, or the host ends or stays silent.
    pub(crate) fn start(programs: &Programs, folder: &Path, setup: Setup) -> Result<Host> {
        fs::create_dir_all(folder)?;
        for worker in setup.workers {
            let guest = programs.guests.join(format!("{worker}-0.1.0.wasm"));
            fs::copy(guest, folder.join(format!("{worker}.wasm")))?;
        }
        let addresses = free_addresses(setup.listeners.len())?;
        fs::write(folder.join("tomte.toml"), manifest(setup, &addresses))?;
        fs::write(folder.join("host.toml"), setup.settings)?;
        let log = folder.join("host.log");
        let start = Instant::now();
        let mut command = Command::new(&programs.tomte);
        command.arg("run").arg(folder).arg("--state").arg(folder.join("state"));
        command.stdin(Stdio::null()).stdout(File::create(&log)?).stderr(File::options().append(true).open(&log)?);
        let child = command.spawn().context("cannot start tomte")?;
        let mut host = Host { child, setup, addresses, boot: Duration::ZERO };
        host.wait(start, &log)?;
        host.boot = start.elapsed();
        Ok(host)
    }

    /// Where it takes calls of this worker.
    pub(crate) fn address(&self, wire: Wire, worker: &str) -> SocketAddr {
        let mut all = self.setup.listeners.iter().zip(&self.addresses);
        let found = all.find(|(listener, _)| **listener == (wire, worker));
        found.map_or(self.addresses[0], |(_, address)| *address)
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
fn free_addresses(count: usize) -> Result<Vec<SocketAddr>> {
    let bind = |_| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("no free port");
    let held: Vec<TcpListener> = (0..count).map(bind).collect::<Result<_>>()?;
    held.iter().map(|held| Ok(held.local_addr()?)).collect()
}

/// No limit is named but the queue's: 50 connections with 16 requests each fit the default as well,
/// but a benchmark is no place to be told that a queue is full.
fn manifest(setup: Setup, addresses: &[SocketAddr]) -> String {
    let mut text = r#"manifest_version = 1

[application]
name = "bench"
version = "0.1.0"

[supervisor.root]
strategy = "one_for_one"
"#
    .to_owned();
    for worker in setup.workers {
        let durable = setup.durable.contains(worker);
        text.push_str(&format!(
            r#"
[behaviour.{worker}]
component = "{worker}.wasm"

[child.{worker}]
under = "root"
behaviour = "{worker}"
queue = {{ capacity = 4096, when_full = "reject" }}
durable = {durable}
"#
        ));
    }
    for ((wire, worker), address) in setup.listeners.iter().zip(addresses) {
        let protocol = wire.word();
        text.push_str(&format!(
            "\n[[listen]]\nprotocol = \"{protocol}\"\naddress = \"{address}\"\nto = \"{worker}\"\n"
        ));
    }
    text
}

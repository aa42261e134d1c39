//! The host under test: `tomte run` on an application with one counter, as a user would start it.

use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

use super::scenario::{BODY, WORKER, Wire};
use super::workspace::Programs;

/// How long the host may take to answer for the first time.
const START_TIME: Duration = Duration::from_secs(20);

/// A running host, ended when dropped.
#[derive(Debug)]
pub(crate) struct Host {
    child: Child,
    frames: SocketAddr,
    http: SocketAddr,
    boot: Duration,
}

impl Host {
    /// Starts it in a folder of its own and waits for its first answer.
    ///
    /// # Errors
    /// The folder cannot be written, or the host ends or stays silent.
    pub(crate) fn start(programs: &Programs, folder: &Path) -> Result<Host> {
        fs::create_dir_all(folder)?;
        fs::copy(programs.guests.join("counter-0.1.0.wasm"), folder.join("counter.wasm"))?;
        let [frames, http] = free_addresses()?;
        fs::write(folder.join("tomte.toml"), manifest(frames, http))?;
        let log = folder.join("host.log");
        let start = Instant::now();
        let mut command = Command::new(&programs.tomte);
        command.arg("run").arg(folder).arg("--state").arg(folder.join("state"));
        command
            .stdin(Stdio::null())
            .stdout(File::create(&log)?)
            .stderr(File::options().append(true).open(&log)?);
        let child = command.spawn().context("cannot start tomte")?;
        let mut host = Host { child, frames, http, boot: Duration::ZERO };
        host.wait(start, &log)?;
        host.boot = start.elapsed();
        Ok(host)
    }

    /// Where it takes calls of this wire.
    pub(crate) fn address(&self, wire: Wire) -> SocketAddr {
        match wire {
            Wire::Frames => self.frames,
            Wire::Http => self.http,
        }
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
        while first_answer(self.frames).is_err() {
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
    socket.write_all(&Wire::Frames.protocol().request(BODY))?;
    let mut status = [0; 5];
    socket.read_exact(&mut status)?;
    if status[4] == 0 { Ok(()) } else { Err(std::io::Error::other("the first answer is not ok")) }
}

/// Ports that are free now. Both are held until both are known, so that they differ.
fn free_addresses() -> Result<[SocketAddr; 2]> {
    let any = (Ipv4Addr::LOCALHOST, 0);
    let held = (TcpListener::bind(any)?, TcpListener::bind(any)?);
    Ok([held.0.local_addr()?, held.1.local_addr()?])
}

fn manifest(frames: SocketAddr, http: SocketAddr) -> String {
    format!(
        r#"manifest_version = 1

[application]
name = "bench"
version = "0.1.0"

[behaviour.counter]
component = "counter.wasm"

[supervisor.root]
strategy = "one_for_one"
intensity = 1000
period = "1s"

[child.{WORKER}]
under = "root"
behaviour = "counter"
queue = {{ capacity = 4096, when_full = "reject" }}

[[listen]]
protocol = "frames"
address = "{frames}"
to = "{WORKER}"

[[listen]]
protocol = "http"
address = "{http}"
to = "{WORKER}"
"#
    )
}

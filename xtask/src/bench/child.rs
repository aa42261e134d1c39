//! Rival servers as child processes: they say `port N` on standard output and end with their
//! standard input.

use std::io::{BufRead as _, BufReader};
use std::net::{Ipv4Addr, SocketAddr};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};

/// How long a server may take to end once its standard input is closed.
const END_TIME: Duration = Duration::from_secs(2);

/// A rival that serves on a port of its own until it is dropped.
#[derive(Debug)]
pub(crate) struct Server {
    child: Child,
    address: SocketAddr,
}

impl Server {
    /// Starts it and waits until it says where it listens.
    ///
    /// # Errors
    /// It cannot be started, or ended without naming a port.
    pub(crate) fn start(command: &mut Command) -> Result<Server> {
        let what = format!("{} as a rival server", command.get_program().display());
        let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let child = child.with_context(|| format!("cannot start {what}"))?;
        // From here on a drop ends the child, whatever goes wrong.
        let mut server = Server { child, address: (Ipv4Addr::LOCALHOST, 0).into() };
        let output = server.child.stdout.take().context("no standard output")?;
        let mut line = String::new();
        BufReader::new(output).read_line(&mut line)?;
        let port = line.trim().strip_prefix("port ").and_then(|port| port.parse().ok());
        server.address.set_port(port.with_context(|| format!("{what} said {line:?}, not its port"))?);
        Ok(server)
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its process.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let last = Instant::now() + END_TIME;
        while matches!(self.child.try_wait(), Ok(None)) && Instant::now() < last {
            thread::sleep(Duration::from_millis(5));
        }
        // Fails if it has ended already, which is as good.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Result<Server> {
        Server::start(Command::new("sh").args(["-c", script]))
    }

    #[test]
    fn a_server_names_its_port_and_ends_with_its_input() -> Result<()> {
        let mut server = shell("echo port 4711; cat >/dev/null")?;
        assert_eq!(server.address().port(), 4711);
        drop(server.child.stdin.take());
        assert!(server.child.wait()?.success());
        Ok(())
    }

    #[test]
    fn a_server_that_names_no_port_is_an_error() {
        for script in ["echo hello", "exit 1"] {
            let error = shell(script).err().map(|error| error.to_string()).unwrap_or_default();
            assert!(error.contains("not its port"), "{script}: {error}");
        }
    }
}

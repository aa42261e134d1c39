//! A running host: `tomte run` as a child that ends with its test.

use std::io::{self, BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Instant;

use super::application::Application;
use super::client::{Frames, Http, Lines};
use super::command::{Ran, command, tomte};
use super::{PATIENCE, Tested};

/// The last line of the banner.
const READY: &str = "ready in";

/// What it has said on standard error so far, and whether there is more to come.
#[derive(Default)]
struct Said {
    text: Mutex<(String, bool)>,
    more: Condvar,
}

/// The host. It is killed when this is dropped.
pub(crate) struct Host {
    child: Child,
    said: Arc<Said>,
    directory: PathBuf,
}

impl Host {
    /// Starts the application in its own directory and waits until it is up.
    pub(crate) fn start(application: &Application) -> io::Result<Host> {
        Host::start_with(application.directory(), &[], &[])
    }

    /// Starts `tomte run` in this directory with more arguments and variables.
    pub(crate) fn start_with(directory: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> io::Result<Host> {
        let mut command = command(directory);
        command.arg("run").args(arguments).envs(variables.iter().copied());
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn()?;
        let said = Arc::new(Said::default());
        if let Some(stderr) = child.stderr.take() {
            let said = Arc::clone(&said);
            std::thread::spawn(move || listen(BufReader::new(stderr), &said));
        }
        let host = Host { child, said, directory: directory.to_owned() };
        host.wait_for(READY);
        Ok(host)
    }

    /// Its process.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Everything it has said so far.
    pub(crate) fn log(&self) -> String {
        self.said.text.lock().unwrap_or_else(PoisonError::into_inner).0.clone()
    }

    /// Waits until it has said this.
    #[track_caller]
    pub(crate) fn wait_for(&self, words: &str) {
        let by = Instant::now() + PATIENCE;
        let mut text = self.said.text.lock().unwrap_or_else(PoisonError::into_inner);
        while !text.0.contains(words) {
            let left = by.saturating_duration_since(Instant::now());
            assert!(!left.is_zero() && !text.1, "the host did not say `{words}`:\n{}", text.0);
            text = self.said.more.wait_timeout(text, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Runs another verb against it.
    pub(crate) fn tomte(&self, arguments: &[&str]) -> io::Result<Ran> {
        tomte(&self.directory, arguments)
    }

    /// The address of its listener of this protocol, as the banner tells it.
    pub(crate) fn address(&self, protocol: &str) -> SocketAddr {
        let log = self.log();
        let listener = format!(" listen    {protocol} ");
        let found = log.lines().find_map(|line| line.strip_prefix(&listener)).and_then(|rest| rest.split(' ').next());
        found.and_then(|address| address.parse().ok()).unwrap_or_else(|| panic!("no {protocol} listener in:\n{log}"))
    }

    /// A connection to its HTTP listener.
    pub(crate) fn http(&self) -> io::Result<Http> {
        Http::connect(self.address("http"))
    }

    /// A connection to its listener of frames.
    pub(crate) fn frames(&self) -> io::Result<Frames> {
        Frames::connect(self.address("frames"))
    }

    /// A connection to its listener of lines.
    pub(crate) fn lines(&self) -> io::Result<Lines> {
        Lines::connect(self.address("lines"))
    }

    /// Starts the counter and counts to three: what [`Host::is_undisturbed`] then looks for.
    pub(crate) fn counted(application: &Application) -> Result<Host, Box<dyn std::error::Error>> {
        let host = Host::start(application)?;
        for _ in 0..3 {
            assert_eq!(host.http()?.post("/call/counter", br#""Increment""#)?, (200, r#""Ack""#.to_owned()));
        }
        Ok(host)
    }

    /// Asserts that the worker lives its first life, has its state and its version, and answers.
    #[track_caller]
    pub(crate) fn is_undisturbed(&self) -> Tested {
        let counter = self.tomte(&["inspect", "counter", "--json"])?.exits(0).json();
        let seen = (&counter["status"], &counter["version"], &counter["generation"], &counter["restarts"]);
        assert_eq!(seen, (&"running".into(), &"0.1.0".into(), &0.into(), &0.into()), "{counter}");
        assert_eq!(self.http()?.post("/call/counter", br#""Read""#)?, (200, r#"{"Value":3}"#.to_owned()));
        Ok(())
    }

    /// Sends it a signal by its name.
    pub(crate) fn signal(&self, name: &str) {
        signal(self.pid(), name);
    }

    /// Waits until it has ended; answers its exit code and everything it said.
    pub(crate) fn ended(mut self) -> io::Result<(Option<i32>, String)> {
        let by = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait()? {
                // The pipe is read to its end before what it said is whole.
                let mut text = self.said.text.lock().unwrap_or_else(PoisonError::into_inner);
                while !text.1 {
                    text = self.said.more.wait(text).unwrap_or_else(PoisonError::into_inner);
                }
                return Ok((status.code(), text.0.clone()));
            }
            assert!(Instant::now() < by, "the host does not end:\n{}", self.log());
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        // One that has ended already cannot be killed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Sends a process a signal by its name.
pub(super) fn signal(pid: u32, name: &str) {
    let sent = Command::new("kill").args(["-s", name, &pid.to_string()]).status();
    assert!(sent.is_ok_and(|status| status.success()), "no signal {name} to {pid}");
}

fn listen(stderr: impl BufRead, said: &Said) {
    for line in stderr.split(b'\n').map_while(Result::ok) {
        let mut text = said.text.lock().unwrap_or_else(PoisonError::into_inner);
        text.0.push_str(&String::from_utf8_lossy(&line));
        text.0.push('\n');
        said.more.notify_all();
    }
    said.text.lock().unwrap_or_else(PoisonError::into_inner).1 = true;
    said.more.notify_all();
}

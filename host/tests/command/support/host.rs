//! A running host: `tomte run` as a child that ends with its test.

use std::io::{self, BufRead, BufReader, Write as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
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
    /// The next line is the last that is read.
    closed: AtomicBool,
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
        let host = Host::launch(directory, arguments, variables)?;
        host.wait_for(READY);
        Ok(host)
    }

    /// Starts it with a standard error that takes nothing more, and waits until it answers.
    pub(crate) fn unheard(application: &Application) -> io::Result<(Host, io::PipeReader)> {
        let (reader, writer) = full_pipe()?;
        let mut command = command(application.directory());
        command.arg("run").stdin(Stdio::null()).stdout(Stdio::null()).stderr(writer);
        // Nothing more will be heard.
        let said = Arc::new(Said { text: Mutex::new((String::new(), true)), ..Said::default() });
        let host = Host { child: command.spawn()?, said, directory: application.directory().to_owned() };
        super::until("it answers", || host.tomte(&["tree"]).is_ok_and(|ran| ran.code == Some(0)));
        Ok((host, reader))
    }

    /// Starts it with so many descriptors and no more.
    pub(crate) fn with_descriptors(application: &Application, count: u32) -> io::Result<Host> {
        let mut limited = Command::new("sh");
        let script = "ulimit -n \"$0\" && exec \"$@\"";
        limited.args(["-c", script, &count.to_string()]).arg(command(application.directory()).get_program()).arg("run");
        let host = Host::spawn(limited.current_dir(application.directory()), application.directory())?;
        host.wait_for(READY);
        Ok(host)
    }

    /// The same as [`Host::start_with`] for one that need not come up.
    pub(crate) fn launch(directory: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> io::Result<Host> {
        let mut command = command(directory);
        Host::spawn(command.arg("run").args(arguments).envs(variables.iter().copied()), directory)
    }

    fn spawn(command: &mut Command, directory: &Path) -> io::Result<Host> {
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn()?;
        let said = Arc::new(Said::default());
        if let Some(stderr) = child.stderr.take() {
            let said = Arc::clone(&said);
            std::thread::spawn(move || listen(BufReader::new(stderr), &said));
        }
        Ok(Host { child, said, directory: directory.to_owned() })
    }

    /// From now on whatever it says breaks the pipe.
    pub(crate) fn close_log(&self) {
        self.said.closed.store(true, Ordering::Relaxed);
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

/// A pipe that has no room left.
fn full_pipe() -> io::Result<(io::PipeReader, io::PipeWriter)> {
    let (reader, mut writer) = io::pipe()?;
    let flags = rustix::fs::fcntl_getfl(&writer)?;
    rustix::fs::fcntl_setfl(&writer, flags | rustix::fs::OFlags::NONBLOCK)?;
    while writer.write(&[b'.'; 4096]).is_ok() {}
    rustix::fs::fcntl_setfl(&writer, flags)?;
    Ok((reader, writer))
}

/// Sends a process a signal by its name.
pub(super) fn signal(pid: u32, name: &str) {
    let sent = Command::new("kill").args(["-s", name, &pid.to_string()]).status();
    assert!(sent.is_ok_and(|status| status.success()), "no signal {name} to {pid}");
}

fn listen(mut stderr: impl BufRead, said: &Said) {
    for line in stderr.by_ref().split(b'\n').map_while(Result::ok) {
        let mut text = said.text.lock().unwrap_or_else(PoisonError::into_inner);
        text.0.push_str(&String::from_utf8_lossy(&line));
        text.0.push('\n');
        said.more.notify_all();
        if said.closed.load(Ordering::Relaxed) {
            break;
        }
    }
    drop(stderr);
    said.text.lock().unwrap_or_else(PoisonError::into_inner).1 = true;
    said.more.notify_all();
}

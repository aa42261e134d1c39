//! One run of the command to its end.

use std::ffi::OsStr;
use std::io::{self, Write};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc;
use std::time::Duration;

/// How long a run may take before it counts as stuck. A build of a project is the longest.
const STUCK: Duration = Duration::from_secs(300);

/// What a run left behind.
#[derive(Debug)]
pub(crate) struct Ran {
    /// The exit code; none if a signal ended it.
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    /// Asserts how it ended; answers itself to ask on.
    #[track_caller]
    pub(crate) fn exits(self, code: i32) -> Ran {
        assert_eq!(self.code, Some(code), "{self:#?}");
        self
    }

    /// Asserts what it said on standard error.
    #[track_caller]
    pub(crate) fn says(self, words: &[&str]) -> Ran {
        super::says(&self.stderr, words);
        self
    }

    /// Asserts what it printed on standard output.
    #[track_caller]
    pub(crate) fn prints(self, words: &[&str]) -> Ran {
        super::says(&self.stdout, words);
        self
    }

    /// What it printed, as JSON.
    #[track_caller]
    pub(crate) fn json(self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error} in {self:#?}"))
    }
}

/// The command in this directory, with nothing of the surroundings that would change what it does.
pub(super) fn command(directory: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tomte"));
    command.current_dir(directory);
    for variable in ["TOMTE_HOST", "TOMTE_LOG", "NO_COLOR", "TERM"] {
        command.env_remove(variable);
    }
    command
}

/// Runs the command in this directory.
pub(crate) fn tomte<S: AsRef<OsStr>>(directory: &Path, arguments: &[S]) -> io::Result<Ran> {
    tomte_fed(directory, arguments, &[], b"")
}

/// Runs the command with these variables and this on its standard input.
pub(crate) fn tomte_fed<S: AsRef<OsStr>>(
    directory: &Path,
    arguments: &[S],
    variables: &[(&str, &str)],
    input: &[u8],
) -> io::Result<Ran> {
    let mut command = command(directory);
    command.args(arguments).envs(variables.iter().copied());
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        // A command that does not read its input has closed it.
        let _ = stdin.write_all(input);
    }
    let output = ended(child)?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Ok(Ran { code: output.status.code(), stdout: text(&output.stdout), stderr: text(&output.stderr) })
}

/// Waits for a child to end; one that is stuck is killed, and that is an error.
fn ended(child: Child) -> io::Result<Output> {
    let pid = child.id();
    let (done, waited) = mpsc::channel();
    std::thread::spawn(move || done.send(child.wait_with_output()));
    waited.recv_timeout(STUCK).unwrap_or_else(|_| {
        super::host::signal(pid, "KILL");
        Err(io::Error::new(io::ErrorKind::TimedOut, "the command is stuck"))
    })
}

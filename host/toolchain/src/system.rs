//! Outside commands: the one seam to whatever this machine has installed.

use std::io::{self, Read};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use crate::Environment;

/// How often a command with a time limit is looked at.
const POLL: Duration = Duration::from_millis(20);

/// A command to run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Invocation {
    /// What to run; looked up in `PATH` unless it is a path.
    pub program: String,
    /// Its arguments.
    pub args: Vec<String>,
    /// Where; the present directory if `None`.
    pub dir: Option<PathBuf>,
    /// What is set and removed in its environment.
    pub environment: Environment,
    /// Killed after this time.
    pub limit: Option<Duration>,
    /// Whether its output goes to standard error, where a person sees it, and not into [`Finished`].
    pub show: bool,
}

impl Invocation {
    /// A command with arguments and nothing else.
    pub fn new(program: &str, args: &[&str]) -> Invocation {
        let args = args.iter().map(|arg| (*arg).to_owned()).collect();
        Invocation { program: program.to_owned(), args, ..Invocation::default() }
    }
}

/// How a command ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Finished {
    /// Whether it exited with 0.
    pub success: bool,
    /// Standard output, where it was not shown.
    pub stdout: String,
    /// Standard error, where it was not shown.
    pub stderr: String,
}

/// Runs outside commands.
pub trait System {
    /// Runs one to its end.
    ///
    /// # Errors
    /// It cannot be started, or ran into its limit ([`io::ErrorKind::TimedOut`]).
    fn run(&self, invocation: &Invocation) -> io::Result<Finished>;
}

/// The machine itself.
#[derive(Clone, Copy, Debug, Default)]
pub struct RealSystem;

impl System for RealSystem {
    fn run(&self, invocation: &Invocation) -> io::Result<Finished> {
        let mut command = Command::new(&invocation.program);
        command.args(&invocation.args).stdin(Stdio::null());
        if let Some(dir) = &invocation.dir {
            command.current_dir(dir);
        }
        invocation.environment.apply(&mut command);
        if invocation.show {
            command.stdout(Stdio::from(io::stderr()));
        } else {
            command.stdout(Stdio::piped()).stderr(Stdio::piped());
        }
        finish(command.spawn()?, invocation.limit)
    }
}

fn finish(mut child: Child, limit: Option<Duration>) -> io::Result<Finished> {
    let (stdout, stderr) = (drain(child.stdout.take()), drain(child.stderr.take()));
    let success = wait(&mut child, limit)?.success();
    Ok(Finished { success, stdout: stdout.recv().unwrap_or_default(), stderr: stderr.recv().unwrap_or_default() })
}

fn wait(child: &mut Child, limit: Option<Duration>) -> io::Result<ExitStatus> {
    let Some(limit) = limit else { return child.wait() };
    let start = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        if start.elapsed() >= limit {
            child.kill()?;
            child.wait()?;
            let text = format!("it took longer than {} seconds", limit.as_secs_f32());
            return Err(io::Error::new(io::ErrorKind::TimedOut, text));
        }
        thread::sleep(POLL);
    }
}

/// Reads a pipe on a thread of its own: a child that fills one pipe while the other is read would
/// wait for ever.
fn drain(pipe: Option<impl Read + Send + 'static>) -> mpsc::Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    if let Some(mut pipe) = pipe {
        thread::spawn(move || {
            let mut bytes = Vec::new();
            let _ = pipe.read_to_end(&mut bytes);
            let _ = sender.send(String::from_utf8_lossy(&bytes).into_owned());
        });
    }
    receiver
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_outputs_and_the_outcome_come_back() -> io::Result<()> {
        let talk = Invocation::new("sh", &["-c", "echo out; echo err >&2; exit 3"]);
        let expected = Finished { success: false, stdout: "out\n".to_owned(), stderr: "err\n".to_owned() };
        assert_eq!(RealSystem.run(&talk)?, expected);
        Ok(())
    }

    #[test]
    fn a_command_that_takes_too_long_is_killed() {
        let mut long = Invocation::new("sleep", &["600"]);
        long.limit = Some(Duration::from_millis(1));
        assert_eq!(RealSystem.run(&long).map_err(|error| error.kind()), Err(io::ErrorKind::TimedOut));
    }

    #[test]
    fn a_command_gets_its_folder_and_environment() -> io::Result<()> {
        let mut ask = Invocation::new("sh", &["-c", "pwd; echo $TOMTE_TEST"]);
        ask.dir = Some("/".into());
        ask.environment.set.push(("TOMTE_TEST".to_owned(), "set".to_owned()));
        assert_eq!(RealSystem.run(&ask)?.stdout, "/\nset\n");
        Ok(())
    }
}

//! The process that commits, as the outside sees it.

use std::io::{BufRead as _, BufReader, Lines};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use anyhow::{Context as _, Result, bail};

/// What is built of `host/journal/examples/commits.rs`.
const PROGRAM: &str = "target/debug/examples/commits";

/// Records behind the last acknowledged one that the victim keeps.
const NEEDED: u64 = 500;

/// What was acknowledged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Acknowledged {
    /// All records before this position.
    pub(super) next_record: u64,
    /// The last batch.
    pub(super) batch: u64,
}

/// A process that commits until it is killed.
pub(super) struct Victim {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Acknowledged {
    fn read(line: &str) -> Option<Acknowledged> {
        let (next_record, batch) = line.split_once(' ')?;
        Some(Acknowledged { next_record: next_record.parse().ok()?, batch: batch.parse().ok()? })
    }

    /// Starts the program on what was acknowledged.
    fn command(self, folder: &Path, how: Option<&str>) -> Command {
        let mut command = Command::new(PROGRAM);
        let from = self.next_record.saturating_sub(NEEDED);
        command.arg(folder).args([from.to_string(), self.batch.to_string()]).args(how).stdin(Stdio::null());
        command
    }

    /// What is read back from this folder, if that is at least what was acknowledged.
    pub(super) fn recovered(self, folder: &Path) -> Result<Acknowledged> {
        let output = self.command(folder, Some("check")).output().context("cannot run the example")?;
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        match said.lines().next().and_then(Acknowledged::read) {
            Some(found) if output.status.success() && found.next_record >= self.next_record => Ok(found),
            _ => bail!(
                "{self:?} was acknowledged, and the start says: {said}{}",
                String::from_utf8_lossy(&output.stderr)
            ),
        }
    }
}

impl Victim {
    /// Goes on with the journal of this folder, once it has read it back.
    pub(super) fn start(folder: &Path, known: Acknowledged, how: Option<&str>) -> Result<Victim> {
        let mut command = known.command(folder, how);
        let mut child = command.stdout(Stdio::piped()).spawn().context("cannot run the example")?;
        let out = child.stdout.take().context("it has a standard output")?;
        let mut victim = Victim { child, lines: BufReader::new(out).lines() };
        match victim.lines.next().transpose()?.as_deref().and_then(Acknowledged::read) {
            Some(found) if found.next_record >= known.next_record => Ok(victim),
            found => bail!("{known:?} was acknowledged, and {found:?} was read back"),
        }
    }

    /// Waits for its next acknowledgement.
    pub(super) fn acknowledges(&mut self) -> Result<Acknowledged> {
        let line = self.lines.next().transpose()?;
        line.as_deref().and_then(Acknowledged::read).context("it acknowledges nothing")
    }

    pub(super) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Kills it; says what it had acknowledged until then, and how often it had.
    pub(super) fn kill(mut self, known: Acknowledged) -> Result<(Acknowledged, u64)> {
        self.child.kill()?;
        self.child.wait()?;
        let (mut last, mut count) = (known, 0);
        // A line that does not end was not read by anybody as an acknowledgement.
        for line in self.lines.map_while(Result::ok) {
            if let Some(acknowledged) = Acknowledged::read(&line).filter(|seen| seen.batch > last.batch) {
                (last, count) = (acknowledged, count + 1);
            }
        }
        Ok((last, count))
    }
}

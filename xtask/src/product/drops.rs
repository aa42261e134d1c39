//! A watched folder, from the side of whoever drops into it.

use std::fs;
use std::io;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

/// How often to look for the outcome.
const LOOK: Duration = Duration::from_millis(5);

/// What the host wrote beside a drop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// `.accepted`, its first line.
    Accepted(String),
    /// `.refused`, its first line.
    Refused(String),
}

/// Drops these bytes, whole from the first moment: written under a hidden name and renamed, as an operator
/// should.
///
/// # Errors
/// A file cannot be written.
pub(crate) fn drop_in(folder: &Path, name: &str, bytes: &[u8]) -> Result<()> {
    let hidden = folder.join(format!(".{name}"));
    let dropped = fs::write(&hidden, bytes).and_then(|()| fs::rename(&hidden, folder.join(name)));
    dropped.with_context(|| format!("cannot write {name} into {}", folder.display()))
}

/// Waits for what the host says of a drop: it settles, compiles and swaps.
///
/// # Errors
/// It says nothing in time.
pub(crate) fn outcome(folder: &Path, name: &str, time: Duration) -> Result<Outcome> {
    let last = Instant::now() + time;
    let said = |ending: &str| {
        let text = fs::read_to_string(folder.join(format!("{name}.{ending}"))).ok()?;
        text.lines().next().map(str::to_owned)
    };
    while Instant::now() < last {
        if let Some(text) = said("accepted") {
            return Ok(Outcome::Accepted(text));
        }
        if let Some(text) = said("refused") {
            return Ok(Outcome::Refused(text));
        }
        thread::sleep(LOOK);
    }
    bail!("the host says neither accepted nor refused of {name} within {time:?}")
}

/// Takes a drop away, with what was written beside it.
///
/// # Errors
/// A file cannot be removed.
pub(crate) fn take_away(folder: &Path, name: &str) -> Result<()> {
    ["", ".accepted", ".refused"].iter().try_for_each(|ending| gone(&folder.join(format!("{name}{ending}"))))
}

/// Removes a file, if it is there.
///
/// # Errors
/// It cannot be removed.
pub(crate) fn gone(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot remove {}", path.display()))
        }
        _ => Ok(()),
    }
}

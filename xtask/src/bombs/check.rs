//! `tomte check` on one file.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

use super::answer::Answer;
use crate::product::Tomte;

/// The longest an answer may take: the file is checked, then compiled, each within the limit of time that holds
/// without settings; and a process starts for each.
pub(crate) const TIME_MAX: Duration = Duration::from_secs(2 * 60 + 10);

/// `tomte check`, with a file of its own.
pub(crate) struct Checker {
    tomte: Tomte,
    file: PathBuf,
}

impl Checker {
    /// With its file in this folder.
    pub(crate) fn new(program: &Path, folder: &Path, name: &str) -> Checker {
        Checker { tomte: Tomte::new(program, Path::new("no-host")), file: folder.join(name) }
    }

    /// What it says of these bytes.
    ///
    /// # Errors
    /// It cannot be run, or ends otherwise than by saying yes or no.
    pub(crate) fn says(&self, what: String, bytes: &[u8]) -> Result<Answer> {
        fs::write(&self.file, bytes).with_context(|| format!("cannot write {}", self.file.display()))?;
        let file = self.file.to_string_lossy();
        let start = Instant::now();
        let output = self.tomte.output(&["check", &file])?;
        let took = start.elapsed();
        let told = String::from_utf8_lossy(&output.stderr);
        let refused = match output.status.code() {
            Some(0) => None,
            Some(3) => Some(reason(&told)),
            _ => bail!("{what} ({} B): tomte check ended with {}: {told}", bytes.len(), output.status),
        };
        Ok(Answer { what, bytes: bytes.len(), took, refused })
    }
}

/// What comes after the file's name.
fn reason(told: &str) -> String {
    let line = told.lines().next().unwrap_or_default();
    line.split_once(" is refused: ").map_or(line, |(_, why)| why).to_owned()
}

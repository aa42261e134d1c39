//! The host's command line, as the reader would use it.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

/// The binary and the host it talks to.
#[derive(Clone, Debug)]
pub(crate) struct Tomte {
    program: PathBuf,
    socket: PathBuf,
}

impl Tomte {
    /// This binary, talking to the host behind this socket.
    pub(crate) fn new(program: &Path, socket: &Path) -> Tomte {
        Tomte { program: program.to_owned(), socket: socket.to_owned() }
    }

    /// The binary.
    pub(crate) fn program(&self) -> &Path {
        &self.program
    }

    /// The host's admin socket.
    pub(crate) fn socket(&self) -> &Path {
        &self.socket
    }

    /// A command with nothing of the reader's own settings.
    pub(crate) fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command.env_remove("TOMTE_LOG").env("TOMTE_HOST", &self.socket).args(words).stdin(Stdio::null());
        command
    }

    /// Runs a verb to its end, whatever its exit code.
    ///
    /// # Errors
    /// It cannot be started.
    pub(crate) fn output(&self, words: &[&str]) -> Result<Output> {
        self.command(words).output().with_context(|| format!("cannot run {}", self.program.display()))
    }

    /// What a verb prints when all goes well.
    ///
    /// # Errors
    /// It ends with another exit code than 0.
    pub(crate) fn text(&self, words: &[&str]) -> Result<String> {
        let output = self.output(words)?;
        let told = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "tomte {} ended with {}: {}", words.join(" "), output.status, told.trim());
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// The same as data.
    ///
    /// # Errors
    /// It ends with another exit code than 0, or prints no JSON.
    pub(crate) fn json(&self, words: &[&str]) -> Result<Value> {
        let text = self.text(&[words, &["--json"]].concat())?;
        serde_json::from_str(&text).with_context(|| format!("tomte {} --json printed no JSON", words.join(" ")))
    }
}

//! The rivals in Erlang: plain source files, compiled for the run. Without Erlang their columns
//! are left out.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

use super::child::Server;
use super::scenario::ERLANG_PACKET;

const SOURCES: [(&str, &str); 6] = [
    ("rival_counter.erl", include_str!("erlang/rival_counter.erl")),
    ("rival_handler.erl", include_str!("erlang/rival_handler.erl")),
    ("rival_server.erl", include_str!("erlang/rival_server.erl")),
    ("rival_micro.erl", include_str!("erlang/rival_micro.erl")),
    ("rival_call.erl", include_str!("erlang/rival_call.erl")),
    ("rival_switchboard.erl", include_str!("erlang/rival_switchboard.erl")),
];

/// What is said when there is no Erlang.
pub(crate) const MISSING: &str = "no `erlc` here: the Erlang columns are left out \
     (on Debian: apt-get install --no-install-recommends erlang-base)";

/// The compiled rivals.
#[derive(Clone, Debug)]
pub(crate) struct Erlang {
    folder: PathBuf,
}

impl Erlang {
    /// Compiles the rivals into a folder; `None` if Erlang is not installed.
    ///
    /// # Errors
    /// The folder cannot be written, or the compiler fails.
    pub(crate) fn compile(folder: &Path) -> Result<Option<Erlang>> {
        fs::create_dir_all(folder)?;
        for (name, text) in SOURCES {
            fs::write(folder.join(name), text)?;
        }
        let mut erlc = Command::new("erlc");
        match erlc.current_dir(folder).args(SOURCES.map(|(name, _)| name)).output() {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).context("cannot run erlc"),
            Ok(output) if !output.status.success() => {
                bail!("erlc failed: {}", String::from_utf8_lossy(&output.stdout))
            }
            Ok(_) => Ok(Some(Erlang { folder: folder.to_owned() })),
        }
    }

    /// The release and the runtime, for the notes.
    ///
    /// # Errors
    /// `erl` cannot be run.
    pub(crate) fn version(&self) -> Result<String> {
        let say = "io:format(\"Erlang/OTP ~s, erts ~s, ~b schedulers\", [erlang:system_info(otp_release), \
             erlang:system_info(version), erlang:system_info(schedulers)]), halt().";
        let output = self.erl().args(["-eval", say]).stdin(Stdio::null()).output();
        let output = output.context("cannot run erl")?;
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// Starts the server of a subject.
    ///
    /// # Errors
    /// It does not start.
    pub(crate) fn serve(&self, subject: &str) -> Result<Server> {
        let kind = if subject == ERLANG_PACKET { "packet" } else { "raw" };
        Server::start(self.erl().args(["-run", "rival_server", "main", kind]))
    }

    /// Measures in process for `time` each; gives lines for a [`super::book::Book`].
    ///
    /// # Errors
    /// It cannot be run or fails.
    pub(crate) fn micro(&self, time: Duration) -> Result<String> {
        self.in_process("rival_micro", &[&time.as_millis().to_string()])
    }

    /// Runs the telephone switchboard with the same arguments as tomte's; gives lines for a
    /// [`super::book::Book`].
    ///
    /// # Errors
    /// It cannot be run or fails.
    pub(crate) fn switchboard(&self, size: &[&str]) -> Result<String> {
        self.in_process("rival_switchboard", size)
    }

    fn in_process(&self, module: &str, arguments: &[&str]) -> Result<String> {
        let file = self.folder.join("measured.json");
        let mut erl = self.erl();
        // A process for each of a million calls.
        erl.args(["+P", "2000000", "-run", module, "main"]).args(arguments).arg(&file);
        // The default logger is part of what is measured; its reports are not for the reader.
        erl.stdin(Stdio::null()).stdout(Stdio::null());
        let status = erl.status().context("cannot run erl")?;
        if !status.success() {
            bail!("the in-process measurements of Erlang failed: {status}");
        }
        fs::read_to_string(&file).context("the measurements of Erlang are missing")
    }

    fn erl(&self) -> Command {
        let mut erl = Command::new("erl");
        erl.args(["-noshell", "-pa"]).arg(&self.folder);
        erl
    }
}

//! What every verb is given: where to print, and which host to ask.

use std::path::PathBuf;

use anyhow::Context as _;
use tokio::runtime::{Builder, Runtime};

use super::locate;
use super::output::Output;
use super::problem::Problem;
use crate::admin::{Client, ClientError};

/// The global flags, settled.
pub(super) struct Context {
    /// Where to print.
    pub(super) output: Output,
    /// The admin socket given on the command line or in the environment.
    pub(super) host: Option<PathBuf>,
}

impl Context {
    /// The client of the host that is meant.
    pub(super) fn client(&self) -> Result<Client, Problem> {
        Ok(Client::new(locate::socket(self.host.as_deref(), &locate::here()?)?))
    }

    /// Asks the host one thing.
    pub(super) fn ask<T>(&self, question: impl AsyncFnOnce(&Client) -> Result<T, ClientError>) -> Result<T, Problem> {
        let client = self.client()?;
        Ok(runtime()?.block_on(question(&client))?)
    }

    /// Asks the host one thing about one worker; a fix for an error names it.
    pub(super) fn ask_worker<T>(
        &self,
        worker: &str,
        question: impl AsyncFnOnce(&Client) -> Result<T, ClientError>,
    ) -> Result<T, Problem> {
        self.ask(question).map_err(|problem| problem.of_worker(worker))
    }
}

/// A runtime on this thread.
pub(super) fn runtime() -> Result<Runtime, Problem> {
    let made = Builder::new_current_thread().enable_all().build().context("the system denies an event queue");
    made.map_err(|error| Problem::from(error).fix("raise the limit of open files: ulimit -n 4096"))
}

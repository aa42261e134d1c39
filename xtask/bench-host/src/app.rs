//! Applications made for a measurement, and the node that runs them.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow};
use tomte::node::{Handle, Node, Options};

/// The counter's requests.
pub(crate) const INCREMENT: &[u8] = b"\"Increment\"";
/// Reads the count.
pub(crate) const READ: &[u8] = b"\"Read\"";
/// Crashes the counter while it stands at zero.
pub(crate) const RESET: &[u8] = b"\"Reset\"";

/// The deadline of every call: long, since a benchmark is no place to give up early.
pub(crate) const DEADLINE: Duration = Duration::from_secs(5);

/// A running node on one shard.
pub(crate) struct App {
    node: Node,
    /// The way to it.
    pub(crate) handle: Handle,
}

impl App {
    /// Makes an application with this many counters in a folder and starts it.
    ///
    /// # Errors
    /// The folder cannot be written, or the node does not start.
    pub(crate) async fn start(guests: &Path, folder: &Path, workers: usize) -> Result<App> {
        fs::create_dir_all(folder)?;
        let guest = guests.join("counter-0.1.0.wasm");
        fs::copy(&guest, folder.join("counter.wasm"))
            .with_context(|| format!("no {}", guest.display()))?;
        fs::write(folder.join("tomte.toml"), manifest(workers))?;
        let options = Options {
            app: folder.to_owned(),
            state: folder.join("state"),
            releases: None,
            shards: Some(1),
        };
        let node = Node::start(options)
            .await
            .map_err(|error| anyhow!("the node does not start: {error}"))?;
        let handle = node.handle();
        Ok(App { node, handle })
    }

    /// One call.
    ///
    /// # Errors
    /// Any answer but `ok`.
    pub(crate) async fn call(handle: &Handle, worker: &str, body: &[u8]) -> Result<Vec<u8>> {
        let outcome = handle.call(worker, body.to_vec(), DEADLINE).await;
        outcome.map_err(|failure| anyhow!("{}: {}", failure.kind.word(), failure.text))
    }

    /// Ends the node.
    pub(crate) async fn stop(self) {
        self.handle.shutdown_now();
        // Its state goes away with the run: how it ended does not matter.
        let _ = self.node.ended().await;
    }
}

/// The name of a worker, from 0.
pub(crate) fn worker(number: usize) -> String {
    format!("counter-{number}")
}

/// Crashes are what is measured, so that the supervisor neither waits nor gives up.
fn manifest(workers: usize) -> String {
    let mut text = r#"manifest_version = 1

[application]
name = "bench"
version = "0.1.0"

[behaviour.counter]
component = "counter.wasm"

[supervisor.root]
strategy = "one_for_one"
intensity = 10000
period = "10ms"
"#
    .to_owned();
    for number in 0..workers {
        let name = worker(number);
        // Writing to a string does not fail.
        let _ = write!(
            text,
            "\n[child.{name}]\nunder = \"root\"\nbehaviour = \"counter\"\n\
             backoff = {{ reset_after = \"0s\" }}\n"
        );
    }
    text
}

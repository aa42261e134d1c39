//! Applications made for a measurement, and the node that runs them.

use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow};
use tomte::node::{Handle, Node, Options};

/// The deadline of every call: long, since a benchmark is no place to give up early.
pub(crate) const DEADLINE: Duration = Duration::from_secs(5);

/// A running node on one shard.
pub(crate) struct App {
    node: Node,
    /// The way to it.
    pub(crate) handle: Handle,
}

impl App {
    /// Makes an application with one worker of this guest in a folder and starts it.
    ///
    /// # Errors
    /// The folder cannot be written, or the node does not start.
    pub(crate) async fn start(guest: &Path, folder: &Path) -> Result<App> {
        fs::create_dir_all(folder)?;
        fs::copy(guest, folder.join("guest.wasm")).with_context(|| format!("no {}", guest.display()))?;
        fs::write(folder.join("tomte.toml"), MANIFEST)?;
        let options = Options { state: folder.join("state"), shards: Some(1), ..Options::new(folder) };
        let node = Node::start(options).await.map_err(|error| anyhow!("the node does not start: {error}"))?;
        let handle = node.handle();
        Ok(App { node, handle })
    }

    /// One call.
    ///
    /// # Errors
    /// Any answer but `ok`.
    pub(crate) async fn call(handle: &Handle, body: &[u8]) -> Result<Vec<u8>> {
        let outcome = handle.call(WORKER, body.to_vec(), DEADLINE).await;
        outcome.map_err(|failure| anyhow!("{}: {}", failure.kind.word(), failure.text))
    }

    /// Ends the node.
    pub(crate) async fn stop(self) {
        self.handle.shutdown_now();
        // Its state goes away with the run: how it ended does not matter.
        let _ = self.node.ended().await;
    }
}

/// The worker.
pub(crate) const WORKER: &str = "worker";

/// Crashes are what is measured, so that the supervisor neither waits nor gives up. The limits are
/// those of a manifest that names none.
const MANIFEST: &str = r#"manifest_version = 1

[application]
name = "bench"
version = "0.1.0"

[behaviour.counter]
component = "guest.wasm"

[supervisor.root]
strategy = "one_for_one"
intensity = 10000
period = "10ms"

[child.worker]
under = "root"
behaviour = "counter"
backoff = { reset_after = "0s" }
"#;

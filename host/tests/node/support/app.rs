//! An application in a temporary directory: a manifest written piece by piece, and its components.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use tomte::node::{Node, Options, StartError};

use super::node::Running;

/// A component of this repository's guests, for example `counter-0.1.0`.
pub(crate) fn guest(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../guests/dist").join(format!("{name}.wasm"));
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}; run `cargo xtask guests`", path.display()))
}

/// The same component under another name or version.
pub(crate) fn stamped(component: &[u8], name: &str, version: &str) -> Vec<u8> {
    tomte_toolchain::stamp(component, name, version).expect("a component")
}

/// The hostile guest as another behaviour's next version. Its deeds stand in each child's `config`,
/// which the counter does not read: so a version can fail for one worker and not for the others.
pub(crate) fn hostile_as(name: &str, version: &str) -> Vec<u8> {
    stamped(&guest("hostile-0.1.0"), name, version)
}

/// An application under construction, later on disk.
#[derive(Debug)]
pub(crate) struct App {
    dir: tempfile::TempDir,
    manifest: String,
    host: String,
    shards: Option<usize>,
    /// Applications that run in the same host.
    beside: Vec<App>,
    /// Assignments of the command line.
    config: Vec<String>,
}

impl App {
    pub(crate) fn new() -> App {
        let dir = tempfile::tempdir().expect("a temporary directory");
        std::fs::create_dir(dir.path().join("releases")).expect("a new directory");
        let manifest = "manifest_version = 1\n[application]\nname = \"test\"\nversion = \"0.1.0\"\n".to_owned();
        let host = "[releases]\nsettle = \"50ms\"\nrescan = \"100ms\"\n[drain]\ndeadline = \"20s\"\n".to_owned();
        App { dir, manifest, host, shards: Some(1), beside: vec![], config: vec![] }
    }

    /// One counter behaviour and a root that forgives much.
    pub(crate) fn of_counters() -> App {
        App::new().behaviour("counter", &guest("counter-0.1.0"), "").supervisor("root", "one_for_one", 1000)
    }

    /// An example of this repository, on any free ports.
    pub(crate) fn example(manifest: &str, components: &[(&str, Vec<u8>)]) -> App {
        let mut app = App::new();
        app.manifest = manifest.split_inclusive('\n').map(with_free_port).collect();
        components.iter().for_each(|(name, component)| app.replace_component(name, component));
        app
    }

    pub(crate) fn shards(mut self, count: usize) -> App {
        self.shards = Some(count);
        self
    }

    /// An application of this name, with further lines of its table.
    pub(crate) fn named(name: &str, more: &str) -> App {
        let mut app = App::new();
        app.manifest = app.manifest.replace("\"test\"", &format!("\"{name}\""));
        app.write(more);
        app
    }

    /// In one host with this one, which was named first.
    pub(crate) fn beside(mut self, other: App) -> App {
        self.beside.push(other);
        self
    }

    /// An assignment of the command line.
    pub(crate) fn assigned(mut self, text: &str) -> App {
        self.config.push(text.to_owned());
        self
    }

    /// Lines of the host's settings.
    pub(crate) fn settings(mut self, more: &str) -> App {
        writeln!(self.host, "{more}").expect("a string takes all");
        self
    }

    /// How long a file that ends too early is waited for.
    pub(crate) fn settle_max(mut self, time: &str) -> App {
        self.host = self.host.replace("rescan =", &format!("settle_max = \"{time}\"\nrescan ="));
        self
    }

    /// How long a dropped file must stay unchanged.
    pub(crate) fn settle(mut self, time: &str) -> App {
        self.host = self.host.replace("settle = \"50ms\"", &format!("settle = \"{time}\""));
        self
    }

    /// `limits` is what stands between the braces of that key.
    pub(crate) fn behaviour(mut self, name: &str, component: &[u8], limits: &str) -> App {
        self.replace_component(name, component);
        self.write(&format!("[behaviour.{name}]\ncomponent = \"{name}.wasm\"\nlimits = {{ {limits} }}"));
        self
    }

    pub(crate) fn supervisor(mut self, name: &str, strategy: &str, intensity: u32) -> App {
        self.write(&format!(
            "[supervisor.{name}]\nstrategy = \"{strategy}\"\nintensity = {intensity}\nperiod = \"60s\""
        ));
        self
    }

    /// A key of the supervisor that was added last.
    pub(crate) fn auto_shutdown(mut self, rule: &str) -> App {
        self.write(&format!("auto_shutdown = \"{rule}\""));
        self
    }

    /// A supervisor below another.
    pub(crate) fn nested(mut self, name: &str, under: &str, more: &str) -> App {
        self.write(&format!("[child.{name}]\nunder = \"{under}\"\nsupervisor = \"{name}\"\n{BACKOFF}\n{more}"));
        self
    }

    /// A worker; `more` is further lines of its table.
    pub(crate) fn worker(mut self, name: &str, under: &str, behaviour: &str, more: &str) -> App {
        self.write(&format!("[child.{name}]\nunder = \"{under}\"\nbehaviour = \"{behaviour}\"\n{BACKOFF}\n{more}"));
        self
    }

    /// Counters under the root.
    pub(crate) fn counters(self, names: &[&str]) -> App {
        names.iter().fold(self, |app, name| app.worker(name, "root", "counter", ""))
    }

    /// A listener on any free port, bound to this worker.
    pub(crate) fn listen(mut self, protocol: &str, to: &str) -> App {
        self.write(&format!("[[listen]]\nprotocol = \"{protocol}\"\naddress = \"127.0.0.1:0\"\nto = \"{to}\""));
        self
    }

    /// A listener for HTTP on any free port, before every worker.
    pub(crate) fn listen_to_all(mut self) -> App {
        self.write("[[listen]]\nprotocol = \"http\"\naddress = \"127.0.0.1:0\"");
        self
    }

    /// More of the manifest, as it is.
    pub(crate) fn more(mut self, text: &str) -> App {
        self.write(text);
        self
    }

    fn write(&mut self, text: &str) {
        writeln!(self.manifest, "{text}").expect("a string takes all");
    }

    /// Puts another component in the place of the manifest's.
    pub(crate) fn replace_component(&self, name: &str, component: &[u8]) {
        std::fs::write(self.dir.path().join(format!("{name}.wasm")), component).expect("the directory is writable");
    }

    /// Where its manifest stands.
    pub(crate) fn path(&self) -> &Path {
        self.dir.path()
    }

    /// A file of the watched folder.
    pub(crate) fn dropped(&self, name: &str) -> PathBuf {
        self.dir.path().join("releases").join(name)
    }

    /// Writes another manifest than the node was started with.
    pub(crate) fn redeclare(&self, edit: impl FnOnce(&str) -> String) {
        std::fs::write(self.dir.path().join("tomte.toml"), edit(&self.manifest)).expect("the directory is writable");
    }

    /// Drops a component into the watched folder.
    pub(crate) fn put(&self, name: &str, bytes: &[u8]) {
        std::fs::write(self.dropped(name), bytes).expect("the folder is writable");
    }

    pub(crate) async fn try_start(self) -> Result<Running, StartError> {
        super::log::capture();
        let host = format!("host_version = 1\n{}", self.host);
        std::fs::write(self.dir.path().join("host.toml"), host).expect("the directory is writable");
        let all: Vec<&App> = std::iter::once(&self).chain(&self.beside).collect();
        for app in &all {
            std::fs::write(app.dir.path().join("tomte.toml"), &app.manifest).expect("the directory is writable");
        }
        let apps = all.iter().map(|app| app.dir.path().to_owned()).collect();
        let node = Node::start(Options {
            apps,
            config: self.config.clone(),
            shards: self.shards,
            ..Options::new(self.dir.path())
        })
        .await?;
        Ok(Running::new(self, node))
    }

    /// Another node on the directories of this one, which runs.
    pub(crate) async fn second_node(&self) -> Result<Node, StartError> {
        Node::start(Options::new(self.dir.path())).await
    }

    pub(crate) async fn start(self) -> Running {
        self.try_start().await.unwrap_or_else(|error| panic!("the node starts: {error}"))
    }
}

fn with_free_port(line: &str) -> String {
    match line.split_once("127.0.0.1:") {
        Some((before, _)) if before.starts_with("address") => format!("{before}127.0.0.1:0\"\n"),
        _ => line.to_owned(),
    }
}

/// Many crashes in a row are part of the tests; waiting longer and longer after each is not.
const BACKOFF: &str = "backoff = { first = \"1ms\", max = \"1ms\", jitter = 0.0 }";

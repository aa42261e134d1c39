//! The host that is soaked, and the way to everything about it.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result};

use crate::guests::DIST;
use crate::load::Protocol;
use crate::product::{Client, Host, LISTENERS, Listeners, Tomte, settle};

/// Its guests, and their names in the manifest.
const GUESTS: [(&str, &str); 3] = [("counter-0.1.0", "counter"), ("kv-0.1.0", "kv"), ("hostile-0.1.0", "hostile")];

/// `counter` and `sibling` are counted, `kv` is read back; `clumsy` and `hostile` crash, under a supervisor
/// that allows more than they are made to; `spare` is the operator's to stop and to start.
const MANIFEST: &str = r#"manifest_version = 1
[application]
name = "soak"
version = "0.1.0"
[behaviour.counter]
component = "counter.wasm"
[behaviour.kv]
component = "kv.wasm"
[behaviour.hostile]
component = "hostile.wasm"
limits = { step = "50ms" }
[supervisor.root]
strategy = "one_for_one"
[supervisor.rough]
strategy = "one_for_one"
intensity = 1000
period = "5s"
[child.counter]
behaviour = "counter"
[child.sibling]
behaviour = "counter"
[child.kv]
behaviour = "kv"
[child.spare]
behaviour = "kv"
[child.rough]
supervisor = "rough"
[child.clumsy]
under = "rough"
behaviour = "counter"
backoff = { first = "10ms", max = "20ms", jitter = 0.0, reset_after = "1s" }
[child.hostile]
under = "rough"
behaviour = "hostile"
backoff = { first = "10ms", max = "20ms", jitter = 0.0, reset_after = "1s" }
"#;

/// What `SETTINGS` lets checking or compiling one file take.
pub(crate) const COMPILE_TIME: Duration = Duration::from_secs(10);
/// The same in memory.
pub(crate) const COMPILE_MEMORY_BYTES: u64 = 512 << 20;

/// A file may burden the compiler for a few seconds, so that some do until they are stopped and there is time
/// for more of them.
const SETTINGS: &str = r#"host_version = 1
[releases]
settle = "50ms"
settle_max = "500ms"
rescan = "500ms"
[compile]
time = "10s"
memory = "512MiB"
"#;

/// A running host and what it takes to reach it.
#[derive(Debug)]
pub(crate) struct Ground {
    pub(crate) host: Host,
    pub(crate) tomte: Tomte,
    pub(crate) listeners: Listeners,
    /// The watched folder.
    pub(crate) folder: PathBuf,
}

impl Ground {
    /// A fresh host with everything of it in `dir`, which is wiped: relative and short, so that the admin
    /// socket's path fits.
    ///
    /// # Errors
    /// It does not start.
    pub(crate) fn prepare(program: &Path, dir: &str) -> Result<Ground> {
        let (text, dir) = (dir, Path::new(dir));
        if dir.exists() {
            fs::remove_dir_all(dir).with_context(|| format!("cannot remove {text}"))?;
        }
        let folder = dir.join("releases");
        fs::create_dir_all(&folder).with_context(|| format!("cannot make {text}"))?;
        let (manifest, _) = settle(&format!("{MANIFEST}{LISTENERS}"))?;
        fs::write(dir.join("tomte.toml"), &manifest)?;
        fs::write(dir.join("host.toml"), SETTINGS)?;
        for (file, name) in GUESTS {
            fs::write(dir.join(format!("{name}.wasm")), guest(file)?)?;
        }
        let tomte = Tomte::new(program, &dir.join(".tomte/host.sock"));
        let listeners = Listeners::read(&manifest)?;
        let host = Host::start(&tomte, &["run", text], &listeners, &dir.join("host.log"));
        let host = host.with_context(|| format!("the host does not start; its log is {text}/host.log"))?;
        Ok(Ground { host, tomte, listeners, folder })
    }

    /// The admin socket.
    pub(crate) fn socket(&self) -> &Path {
        self.tomte.socket()
    }

    /// A caller over HTTP.
    ///
    /// # Errors
    /// Nobody listens.
    pub(crate) fn http(&self, path: &str) -> Result<Client> {
        Client::open(Protocol::Http { path: path.to_owned() }, self.listeners.http)
    }

    /// A caller of `counter` in frames.
    ///
    /// # Errors
    /// Nobody listens.
    pub(crate) fn frames(&self) -> Result<Client> {
        Client::open(Protocol::Frames, self.listeners.frames)
    }
}

/// The bytes of one of the repository's guests.
///
/// # Errors
/// It is not built.
pub(crate) fn guest(name: &str) -> Result<Vec<u8>> {
    let file = Path::new(DIST).join(format!("{name}.wasm"));
    fs::read(&file).with_context(|| format!("cannot read {}\ntry: cargo xtask guests", file.display()))
}

//! An application in a directory of its own.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::component::guest;

/// A manifest with the counter alone under its root, and what follows after it.
pub(crate) fn manifest(more: &str) -> String {
    format!(
        r#"manifest_version = 1
[application]
name = "shop"
version = "0.1.0"
[behaviour.counter]
component = "counter.wasm"
[supervisor.root]
strategy = "one_for_one"
intensity = 3
period = "5s"
[child.counter]
under = "root"
behaviour = "counter"
{more}"#
    )
}

/// One listener of each protocol, on ports that the system chooses.
const LISTENERS: &str = r#"
[[listen]]
protocol = "http"
address = "127.0.0.1:0"
[[listen]]
protocol = "frames"
address = "127.0.0.1:0"
to = "counter"
[[listen]]
protocol = "lines"
address = "127.0.0.1:0"
to = "counter"
"#;

/// An application; its directory goes with it.
pub(crate) struct Application {
    directory: tempfile::TempDir,
}

impl Application {
    /// The counter 0.1.0 with this manifest.
    pub(crate) fn new(manifest: &str) -> io::Result<Application> {
        let application = Application { directory: tempfile::tempdir()? };
        application.write("tomte.toml", manifest.as_bytes())?;
        application.bring("counter-0.1.0", "counter.wasm")?;
        Ok(application)
    }

    /// The counter with a listener of each protocol and a watched folder that is looked at often.
    pub(crate) fn counter() -> io::Result<Application> {
        Application::counter_and("")
    }

    /// The same with more in its manifest.
    pub(crate) fn counter_and(more: &str) -> io::Result<Application> {
        let application = Application::new(&manifest(&format!("{more}{LISTENERS}")))?;
        fs::create_dir(application.path("releases"))?;
        let settings = "host_version = 1\n[releases]\nsettle = \"50ms\"\nsettle_max = \"500ms\"\nrescan = \"100ms\"\n";
        application.write("host.toml", settings.as_bytes())?;
        Ok(application)
    }

    /// Its directory.
    pub(crate) fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// A path below its directory.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory().join(name)
    }

    /// Writes a file below its directory.
    pub(crate) fn write(&self, name: &str, content: &[u8]) -> io::Result<()> {
        fs::write(self.path(name), content)
    }

    /// Copies one of the repository's guests to a place below its directory.
    pub(crate) fn bring(&self, name: &str, place: &str) -> io::Result<()> {
        fs::copy(guest(name), self.path(place)).map(drop)
    }

    /// Drops a component into the watched folder, whole from the first moment.
    pub(crate) fn drop_guest(&self, name: &str) -> io::Result<()> {
        self.drop_bytes(name, &fs::read(guest(name))?)
    }

    /// Drops these bytes as the component of this name and version, whole from the first moment.
    pub(crate) fn drop_bytes(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let hidden = format!("releases/.{name}.tmp");
        self.write(&hidden, bytes)?;
        fs::rename(self.path(&hidden), self.path(&format!("releases/{name}.wasm")))
    }

    /// One request over the admin socket of its host: the status and the body.
    pub(crate) fn ask(&self, method: &str, path: &str, body: &str) -> io::Result<(u16, String)> {
        super::client::over_socket(&self.path(".tomte/host.sock"), method, path, body)
    }

    /// What is written beside a dropped file, as soon as it is.
    pub(crate) fn outcome(&self, file: &str, outcome: &str) -> String {
        let path = self.path(&format!("releases/{file}.{outcome}"));
        super::until(&format!("{} is there", path.display()), || path.exists());
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }
}

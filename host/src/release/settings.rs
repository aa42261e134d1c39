//! `host.toml`: what the operator of a host decides. The file is optional, and so is every key.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::applications::Configs;
use super::document::{ManifestError, Report, Table, parse, read};
use super::manifest::read_text;
use crate::base::limits;

/// What the settings' file is called.
const FILE_NAME: &str = "host.toml";

/// Checked host settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostSettings {
    /// How many shards; `None` is one per core.
    pub shards: Option<usize>,
    /// Bytes of all inputs that may wait.
    pub queued_bytes: usize,
    /// The watched folder; relative if the application's directory was given so.
    pub releases: PathBuf,
    /// How long a dropped file must stay unchanged.
    pub settle: Duration,
    /// How long a dropped file may keep changing.
    pub settle_max: Duration,
    /// How often the folder is scanned unasked.
    pub rescan: Duration,
    /// The socket of the admin API, if one is named; relative as the folder is.
    pub admin_socket: Option<PathBuf>,
    /// How long a draining host waits.
    pub drain: Duration,
    /// How long checking or compiling one component may take.
    pub compile_time: Duration,
    /// Bytes of memory it may take.
    pub compile_memory: u64,
    /// What is said to the workers of each application, over what its manifest says.
    pub config: Configs,
}

impl HostSettings {
    /// What holds for an application in `dir` that has no `host.toml`.
    pub fn defaults(dir: &Path) -> HostSettings {
        HostSettings {
            shards: None,
            queued_bytes: limits::QUEUED_BYTES,
            releases: dir.join("releases"),
            settle: limits::SETTLE_TIME,
            settle_max: limits::SETTLE_TIME_MAX,
            rescan: limits::RESCAN_TIME,
            admin_socket: None,
            drain: limits::DRAIN_TIME,
            compile_time: limits::COMPILE_TIME,
            compile_memory: limits::COMPILE_MEMORY_BYTES,
            config: Configs::new(),
        }
    }

    /// Reads and checks `host.toml` in the directory of an application.
    ///
    /// # Errors
    /// The file is there but cannot be read or is wrong; every problem that was found is in the error.
    pub fn load(dir: &Path) -> Result<HostSettings, ManifestError> {
        let file = dir.join(FILE_NAME);
        if std::fs::symlink_metadata(&file).is_err_and(|error| error.kind() == std::io::ErrorKind::NotFound) {
            return Ok(HostSettings::defaults(dir));
        }
        HostSettings::parse(&read_text(&file, "it was there a moment ago; try again")?, &file)
    }

    /// Checks the text of host settings; relative paths start at the directory of `file`.
    ///
    /// # Errors
    /// Something is wrong; every problem that was found is in the error.
    pub fn parse(text: &str, file: &Path) -> Result<HostSettings, ManifestError> {
        let base =
            HostSettings::defaults(file.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new(".")));
        parse(text, file, |root, report| settings(root, report, base))
    }
}

fn settings(root: &Table<'_>, report: &Report<'_>, mut settings: HostSettings) -> Option<HostSettings> {
    root.need("host_version", read::whole(1..=1))?;
    let base = settings.releases.parent().map(Path::to_owned).unwrap_or_default();
    let time = || read::duration(Duration::ZERO..=limits::SETTING_TIME_MAX);

    let host = root.table("host");
    let shards = host.read("shards", read::whole(1..=limits::SHARDS_MAX as u64));
    settings.shards = shards.and_then(|shards| usize::try_from(shards).ok());
    let queued = host.read("queued", read::size(limits::QUEUED_BYTES_RANGE));
    set(&mut settings.queued_bytes, queued.and_then(|queued| usize::try_from(queued).ok()));
    host.close();

    let releases = root.table("releases");
    set(&mut settings.releases, releases.read("path", read::text).map(|path| base.join(path)));
    set(&mut settings.settle, releases.read("settle", time()));
    set(&mut settings.settle_max, releases.read("settle_max", time()));
    set(
        &mut settings.rescan,
        releases.read("rescan", read::duration(limits::RESCAN_TIME_MIN..=limits::SETTING_TIME_MAX)),
    );
    if settings.settle > settings.settle_max {
        let fix = "raise `settle_max` or lower `settle`".to_owned();
        report.say(
            releases.span(),
            "`settle` is longer than `settle_max`".to_owned(),
            "no file could ever settle",
            fix,
        );
    }
    releases.close();

    let admin = root.table("admin");
    settings.admin_socket = admin.read("socket", read::text).map(|path| base.join(path));
    admin.close();

    let drain = root.table("drain");
    set(&mut settings.drain, drain.read("deadline", time()));
    drain.close();

    let compile = root.table("compile");
    let compile_time = Duration::from_millis(1)..=limits::COMPILE_TIME_MAX;
    set(&mut settings.compile_time, compile.read("time", read::duration(compile_time)));
    set(&mut settings.compile_memory, compile.read("memory", read::size(limits::COMPILE_MEMORY_BYTES_RANGE)));
    compile.close();

    settings.config = root.table("config").each(read::json).into_iter().collect();
    Some(settings)
}

fn set<T>(place: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *place = value;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<HostSettings, String> {
        HostSettings::parse(text, Path::new("/app/host.toml")).map_err(|error| error.to_string())
    }

    #[test]
    fn every_key_is_optional_and_paths_start_at_the_file() {
        assert_eq!(parse("host_version = 1"), Ok(HostSettings::defaults(Path::new("/app"))));
        let whole = "host_version = 1\n[host]\nshards = 2\nqueued = \"256MiB\"\n[releases]\npath = \"inbox\"\nsettle = \"1s\"\nsettle_max = \"1m\"\n\
                     rescan = \"10s\"\n[admin]\nsocket = \"/run/t.sock\"\n[drain]\ndeadline = \"5s\"\n\
                     [compile]\ntime = \"2m\"\nmemory = \"1GiB\"\n[config.shop]\ncurrency = \"EUR\"\n";
        let settings = parse(whole).expect("good settings");
        assert_eq!((settings.shards, settings.releases.as_path()), (Some(2), Path::new("/app/inbox")));
        assert_eq!((settings.admin_socket.as_deref(), settings.drain.as_secs()), (Some(Path::new("/run/t.sock")), 5));
        assert_eq!((settings.compile_time.as_secs(), settings.compile_memory), (120, 1 << 30));
        assert_eq!(settings.queued_bytes, 256 << 20);
        assert_eq!(settings.config["shop"]["currency"], "EUR");
        assert_eq!((settings.settle.as_secs(), settings.settle_max.as_secs(), settings.rescan.as_secs()), (1, 60, 10));
    }

    #[test]
    fn mistakes_are_named() {
        for (text, expected) in [
            ("", "`host_version` is missing"),
            ("host_version = 1\n[relases]", "did you mean `releases`?"),
            ("host_version = 1\n[config]\nshop = 1", "`shop` in [config] is not a table"),
            ("host_version = 1\n[host]\nshards = 0", "`shards` in [host] is out of bounds"),
            ("host_version = 1\n[host]\nqueued = \"1MiB\"", "`queued` in [host] is out of bounds"),
            ("host_version = 1\n[releases]\nsettle = \"2m\"", "`settle` is longer than `settle_max`"),
        ] {
            let said = parse(text).expect_err("a mistake");
            assert!(said.contains(expected), "for {text:?}: {said}");
        }
    }

    #[test]
    fn no_file_is_the_defaults() {
        let dir = tempfile::tempdir().expect("a directory");
        assert_eq!(HostSettings::load(dir.path()), Ok(HostSettings::defaults(dir.path())));
        std::fs::write(dir.path().join("host.toml"), "x").expect("written");
        assert!(HostSettings::load(dir.path()).is_err());
    }
}

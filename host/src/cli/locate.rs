//! Which application and which host are meant.

use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::exit::Exit;
use super::problem::Problem;
use crate::node;

/// This very program, also when its file was replaced since it was started.
pub(super) const THIS_PROGRAM: &str = "/proc/self/exe";

/// The manifest that makes a directory an application.
pub(super) const MANIFEST: &str = "tomte.toml";

/// The state directory of an application that names no other.
pub(super) const STATE: &str = ".tomte";

/// The admin socket in a state directory.
pub(super) const SOCKET: &str = "host.sock";

/// The nearest directory with a manifest: this one or one above it.
pub(super) fn application_above(start: &Path) -> Option<&Path> {
    start.ancestors().find(|directory| directory.join(MANIFEST).is_file())
}

/// The admin socket of an application that keeps its state here: the one its `host.toml` names, or
/// the usual one.
pub(super) fn socket_of(application: &Path, state: &Path) -> Result<PathBuf, Problem> {
    Ok(named_by(application)?.unwrap_or_else(|| state.join(SOCKET)))
}

fn named_by(application: &Path) -> Result<Option<PathBuf>, Problem> {
    node::admin_socket(application).map_err(|error| Problem::new(Exit::CONFIG, error.to_string()))
}

/// The admin socket: the one named, or that of the application around `start`, as a path from
/// `start`. (A socket's path may have about 100 bytes; from here it is short.)
pub(super) fn socket(named: Option<&Path>, start: &Path) -> Result<PathBuf, Problem> {
    if let Some(path) = named.filter(|path| !path.as_os_str().is_empty()) {
        let text = path.to_string_lossy();
        return Ok(text.strip_prefix("unix:").map_or_else(|| path.to_owned(), PathBuf::from));
    }
    let application = application_above(start).ok_or_else(|| {
        let text = format!("no host is named, and there is no {MANIFEST} in {}", start.display());
        Problem::new(Exit::NO_HOST, format!("{text} or above"))
            .fix("go to the directory of the application, or name the socket with --host PATH")
    })?;
    let above = start.strip_prefix(application).map_or(0, |below| below.components().count());
    let from_here: PathBuf = std::iter::repeat_n("..", above).collect();
    Ok(named_by(application)?.unwrap_or_else(|| from_here.join(STATE).join(SOCKET)))
}

/// The application in this directory.
pub(super) fn application(directory: &Path) -> Result<PathBuf, Problem> {
    if directory.join(MANIFEST).is_file() {
        return Ok(directory.to_owned());
    }
    let text = format!("there is no {MANIFEST} in {}", directory.display());
    let fix = match application_above(directory.canonicalize().as_deref().unwrap_or(directory)) {
        Some(above) => format!("name the application's directory: {}", above.display()),
        None => "make an application with `tomte new NAME`, or name its directory".to_owned(),
    };
    Err(Problem::new(Exit::CONFIG, text).fix(fix))
}

/// The application around here and its state directory, for what can be done where no host answers; none if a host
/// was named, whose state may be anywhere.
pub(super) fn recorded(named: Option<&Path>) -> Result<Option<(PathBuf, PathBuf)>, Problem> {
    let here = here()?;
    let application = application_above(&here).filter(|_| named.is_none());
    let both = application.map(|application| (application.to_owned(), application.join(STATE)));
    Ok(both.filter(|(_, state)| state.is_dir()))
}

/// The current directory.
pub(super) fn here() -> Result<PathBuf, Problem> {
    Ok(std::env::current_dir().context("cannot find the current directory")?)
}

#[cfg(test)]
mod tests {
    use super::*;

    type Tested = Result<(), Box<dyn std::error::Error>>;

    #[test]
    fn the_host_is_found_from_anywhere_inside_the_application() -> Tested {
        let root = tempfile::tempdir()?;
        let deep = root.path().join("guest/src");
        std::fs::create_dir_all(&deep)?;
        let missing = socket(None, &deep).expect_err("there is no manifest yet");
        assert_eq!(missing.exit, Exit::NO_HOST);
        std::fs::write(root.path().join(MANIFEST), "")?;
        assert_eq!(socket(None, &deep), Ok("../../.tomte/host.sock".into()));
        assert_eq!(socket(None, root.path()), Ok(".tomte/host.sock".into()));
        Ok(())
    }

    #[test]
    fn an_application_may_name_its_socket_in_its_settings() -> Tested {
        let root = tempfile::tempdir()?;
        let of = || socket_of(root.path(), Path::new("state")).map_err(|problem| problem.exit);
        assert_eq!(of(), Ok("state/host.sock".into()));
        let settings = root.path().join("host.toml");
        std::fs::write(&settings, "host_version = 1\n[admin]\nsocket = \"run/a.sock\"\n")?;
        assert_eq!(of(), Ok(root.path().join("run/a.sock")));
        std::fs::write(&settings, "host_version = 1\n[admim]\n")?;
        assert_eq!(of(), Err(Exit::CONFIG));
        Ok(())
    }

    #[test]
    fn a_named_host_wins_with_or_without_its_scheme() {
        let named = |path| socket(Some(Path::new(path)), Path::new("/"));
        assert_eq!(named("/run/a.sock"), Ok("/run/a.sock".into()));
        assert_eq!(named("unix:/run/a.sock"), Ok("/run/a.sock".into()));
        assert_ne!(named(""), Ok("".into()), "an empty TOMTE_HOST names nothing");
    }

    #[test]
    fn a_directory_inside_an_application_is_told_where_it_begins() -> Tested {
        let root = tempfile::tempdir()?;
        let inside = root.path().join("src");
        std::fs::create_dir(&inside)?;
        let problem = application(&inside).expect_err("no manifest here");
        assert_eq!(problem.exit, Exit::CONFIG);
        assert!(problem.fix.is_some_and(|fix| fix.contains("tomte new")));
        std::fs::write(root.path().join(MANIFEST), "")?;
        let problem = application(&inside).expect_err("no manifest here");
        let above = root.path().canonicalize()?.display().to_string();
        assert!(problem.fix.is_some_and(|fix| fix.contains(&above)));
        Ok(())
    }
}

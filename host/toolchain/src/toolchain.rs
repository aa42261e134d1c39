//! A Rust that compiles components: the one that is there, rustup's, or Debian's.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::debian::{self, Sysroot};
use crate::environment::{Environment, own_names};
use crate::{Invocation, Places, RealSystem, System, ToolchainError, Tried};

/// What guests are compiled for.
pub const TARGET: &str = "wasm32-wasip2";

/// How long rustup may take to find that it cannot reach its server, or to fetch 25 MB.
const RUSTUP_TIME: Duration = Duration::from_secs(60);

const ADD_TARGET: &str = "rustup target add wasm32-wasip2";

/// A Rust that compiles components. The default is the one in `PATH`, whatever it can do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Toolchain {
    sysroot: Option<Sysroot>,
    path: String,
}

impl Toolchain {
    /// Looks for one. Installs nothing and takes no time to speak of.
    ///
    /// # Errors
    /// There is none.
    pub fn find() -> Result<Toolchain, ToolchainError> {
        Toolchain::find_with(&RealSystem, &Places::standard())
    }

    /// Looks for one, and makes one where there is none: through rustup, or on Debian as root from
    /// packages. `progress` is told what takes long.
    ///
    /// # Errors
    /// No way worked; the error names each.
    pub fn ensure(progress: &mut dyn FnMut(&str)) -> Result<Toolchain, ToolchainError> {
        Toolchain::ensure_with(&RealSystem, &Places::standard(), progress)
    }

    /// [`Toolchain::find`] on any system.
    ///
    /// # Errors
    /// There is none.
    pub fn find_with(system: &dyn System, places: &Places) -> Result<Toolchain, ToolchainError> {
        look(system, places).map_err(|tried| ToolchainError::Nowhere { tried: vec![tried], fix: ADD_TARGET.to_owned() })
    }

    /// [`Toolchain::ensure`] on any system.
    ///
    /// # Errors
    /// No way worked; the error names each.
    pub fn ensure_with(
        system: &dyn System,
        places: &Places,
        progress: &mut dyn FnMut(&str),
    ) -> Result<Toolchain, ToolchainError> {
        let missing = match look(system, places) {
            Ok(found) => return Ok(found),
            Err(tried) => tried,
        };
        progress(&format!("{ADD_TARGET} ..."));
        let rustup = match add_target(system, places) {
            Ok(added) => return Ok(added),
            Err(tried) => tried,
        };
        match debian::make(system, places, progress)? {
            Ok(sysroot) => Ok(Toolchain::new(Some(sysroot), places)),
            Err((tried, fix)) => {
                let fix = fix.unwrap_or_else(|| ADD_TARGET.to_owned());
                Err(ToolchainError::Nowhere { tried: vec![missing, rustup, tried], fix })
            }
        }
    }

    /// Whether it is this project's own, made from Debian's packages.
    pub fn is_from_debian(&self) -> bool {
        self.sysroot.is_some()
    }

    /// What to change in the environment of a guest's build so that `cargo` uses this Rust, and
    /// nothing of a build this process may run inside. It is for that command alone: set in a
    /// host's build, another compiler would build all of it again.
    pub fn command_env(&self) -> Environment {
        let environment = Environment::without_outer(own_names());
        match &self.sysroot {
            None => environment,
            Some(sysroot) => sysroot.environment(environment, &self.path),
        }
    }

    fn new(sysroot: Option<Sysroot>, places: &Places) -> Toolchain {
        Toolchain { sysroot, path: places.path.clone() }
    }
}

/// The compiler in `PATH` if it has the target, else what was made earlier.
fn look(system: &dyn System, places: &Places) -> Result<Toolchain, Tried> {
    let libdir = target_libdir(system)?;
    if has_std(&libdir) {
        return Ok(Toolchain::new(None, places));
    }
    let made = debian::linkers(&libdir).and_then(|linkers| debian::made(system, places, linkers));
    let why = "it has no standard library for this target".to_owned();
    made.map(|sysroot| Toolchain::new(Some(sysroot), places)).ok_or(Tried { way: "rustc".to_owned(), why })
}

/// Where the compiler in `PATH` would keep the target's standard library.
pub(crate) fn target_libdir(system: &dyn System) -> Result<PathBuf, Tried> {
    let asked = said(system, &Invocation::new("rustc", &["--print", "target-libdir", "--target", TARGET]));
    asked.map(|text| PathBuf::from(text.trim())).map_err(|why| Tried { way: "rustc".to_owned(), why })
}

pub(crate) fn has_std(libdir: &Path) -> bool {
    let entries = fs::read_dir(libdir).into_iter().flatten().flatten();
    entries.map(|entry| entry.file_name()).any(|name| name.to_string_lossy().starts_with("libstd-"))
}

fn add_target(system: &dyn System, places: &Places) -> Result<Toolchain, Tried> {
    let words: Vec<&str> = ADD_TARGET.split(' ').collect();
    let mut invocation = Invocation::new(words[0], &words[1..]);
    invocation.limit = Some(RUSTUP_TIME);
    said(system, &invocation).map_err(|why| Tried { way: ADD_TARGET.to_owned(), why })?;
    look(system, places)
}

/// What a command says when all goes well, else its last words.
pub(crate) fn said(system: &dyn System, invocation: &Invocation) -> Result<String, String> {
    match system.run(invocation) {
        Ok(finished) if finished.success => Ok(finished.stdout),
        Ok(finished) => Err(last_words(&finished.stderr)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Err(format!("there is no {} here", invocation.program))
        }
        Err(error) => Err(error.to_string()),
    }
}

/// The line of an error output that says most: the last that says `error`, else the last.
fn last_words(stderr: &str) -> String {
    let lines = || stderr.lines().map(str::trim).filter(|line| !line.is_empty());
    let error = lines().rfind(|line| line.starts_with("error") || line.starts_with("E: "));
    error.or_else(|| lines().next_back()).unwrap_or("it failed without a word").to_owned()
}

//! Where rustup cannot download: Debian's compiler with the standard library's source, rustup's
//! linkers, and a standard library built once from the two and kept in the cache. Nothing outside
//! the cache is written but by apt.
//!
//! Debian's wasi-libc is older than WASI's sockets: with it, what uses `std::net` does not link.
//! A behaviour has no sockets anyway.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use crate::environment::{Environment, own_names};
use crate::toolchain::{TARGET, said, target_libdir};
use crate::{Invocation, Places, System, ToolchainError, Tried};

const INSTALL: &str = "apt-get install -y --no-install-recommends rustc-web rust-web-src wasi-libc";

/// The last file to be written: says for which compiler the standard library is.
const STAMP: &str = "made-for";

const MANIFEST: &str = "[package]\nname = \"sysroot\"\nversion = \"0.0.0\"\nedition = \"2024\"\n[workspace]\n";

/// Why this way did not work, with a better fix than the usual if there is one.
type Failed = (Tried, Option<String>);

/// A compiler with a standard library of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sysroot {
    root: PathBuf,
    rustc: PathBuf,
    linkers: PathBuf,
}

impl Sysroot {
    /// The flags go to the target alone; build scripts and macros keep the compiler's own library.
    pub(crate) fn environment(&self, environment: Environment, path: &str) -> Environment {
        environment
            .with("PATH", format!("{}:{path}", self.linkers.display()))
            .with("RUSTC", self.rustc.display().to_string())
            .with("CARGO_TARGET_WASM32_WASIP2_RUSTFLAGS", format!("--sysroot={}", self.root.display()))
    }

    fn libdir(root: &Path) -> PathBuf {
        root.join("lib/rustlib").join(TARGET).join("lib")
    }
}

/// Where the toolchain with this target folder keeps `rust-lld` and `wasm-component-ld`.
pub(crate) fn linkers(target_libdir: &Path) -> Option<PathBuf> {
    let rustlib = target_libdir.parent()?.parent()?;
    let folders = fs::read_dir(rustlib).ok()?.flatten().map(|entry| entry.path().join("bin"));
    folders.into_iter().find(|bin| bin.join("wasm-component-ld").is_file() && bin.join("rust-lld").is_file())
}

/// What was made earlier, if it is for the compiler that is there now.
pub(crate) fn made(system: &dyn System, places: &Places, linkers: PathBuf) -> Option<Sysroot> {
    let root = root(places);
    let stamp = fs::read_to_string(root.join(STAMP)).ok()?;
    let version = version(system, places).ok()?;
    (stamp == version).then(|| Sysroot { root, rustc: places.rustc.clone(), linkers })
}

/// Makes one. The outer error is the disk's, the inner this machine's.
pub(crate) fn make(
    system: &dyn System,
    places: &Places,
    progress: &mut dyn FnMut(&str),
) -> Result<Result<Sysroot, Failed>, ToolchainError> {
    let linkers = match prepare(system, places, progress) {
        Ok(linkers) => linkers,
        Err(failed) => return Ok(Err(failed)),
    };
    let cache_error = |source| ToolchainError::Cache { path: places.cache.clone(), source };
    fs::create_dir_all(&places.cache).map_err(cache_error)?;
    let lock = File::create(places.cache.join("lock")).map_err(cache_error)?;
    if lock.try_lock().is_err() {
        progress("another build makes the standard library for wasm32-wasip2; waiting for it ...");
        lock.lock().map_err(cache_error)?;
    }
    if let Some(made) = made(system, places, linkers.clone()) {
        return Ok(Ok(made));
    }
    progress("building the standard library for wasm32-wasip2, once; this takes a minute or two ...");
    build(system, places, &linkers).map_err(cache_error)
}

/// Everything but the build: Debian, the linkers, the packages.
fn prepare(system: &dyn System, places: &Places, progress: &mut dyn FnMut(&str)) -> Result<PathBuf, Failed> {
    if !places.debian.exists() {
        return Err(failed("this is not Debian"));
    }
    if places.cache.to_string_lossy().contains(char::is_whitespace) {
        let why = format!("the path {} has a space, which compiler flags cannot hold", places.cache.display());
        return Err((tried(why), Some("CARGO_HOME=DIR with a path without spaces".to_owned())));
    }
    let libdir =
        target_libdir(system).map_err(|tried| (tried, Some("install Rust from https://rustup.rs".to_owned())))?;
    let linkers =
        linkers(&libdir).ok_or_else(|| failed("the Rust in PATH has no wasm-component-ld beside it; rustup's has"))?;
    if !installed(places) {
        install(system, progress)?;
    }
    if installed(places) { Ok(linkers) } else { Err(failed("the packages do not hold what they should")) }
}

fn installed(places: &Places) -> bool {
    places.rustc.exists() && places.library.join("std").exists() && places.wasi_libc.join("libc.a").exists()
}

fn install(system: &dyn System, progress: &mut dyn FnMut(&str)) -> Result<(), Failed> {
    let by_hand = || Some(format!("sudo {INSTALL}"));
    let user = said(system, &Invocation::new("id", &["-u"])).map_err(|why| (tried(why), by_hand()))?;
    if user.trim() != "0" {
        return Err((tried("installing packages takes root".to_owned()), by_hand()));
    }
    progress(&format!("{INSTALL} ..."));
    if said(system, &apt(INSTALL)).is_ok() {
        return Ok(());
    }
    // A fresh container has no package lists; a second try with them costs little.
    progress("apt-get update ...");
    let _ = said(system, &apt("apt-get update"));
    said(system, &apt(INSTALL)).map(drop).map_err(|why| (tried(why), by_hand()))
}

fn apt(command: &str) -> Invocation {
    let words: Vec<&str> = command.split(' ').collect();
    let mut invocation = Invocation::new(words[0], &words[1..]);
    invocation.environment = Environment::default().with("DEBIAN_FRONTEND", "noninteractive");
    invocation
}

fn build(system: &dyn System, places: &Places, linkers: &Path) -> io::Result<Result<Sysroot, Failed>> {
    let version = match version(system, places) {
        Ok(version) => version,
        Err(why) => return Ok(Err(failed(&why))),
    };
    let work = places.cache.join("work");
    remove(&work)?;
    fs::create_dir_all(work.join("src"))?;
    fs::write(work.join("Cargo.toml"), MANIFEST)?;
    fs::write(work.join("src/lib.rs"), "")?;
    if let Err(why) = said(system, &cargo(places, linkers, &work)) {
        remove(&work)?;
        return Ok(Err(failed(&why)));
    }
    let root = root(places);
    lay_out(places, &work, &version)?;
    remove(&root)?;
    fs::rename(work.join("sysroot"), &root)?;
    remove(&work)?;
    Ok(Ok(Sysroot { root, rustc: places.rustc.clone(), linkers: linkers.to_owned() }))
}

fn cargo(places: &Places, linkers: &Path, work: &Path) -> Invocation {
    let build_std = "-Zbuild-std=std,panic_abort";
    let mut invocation = Invocation::new("cargo", &["build", "--release", build_std, "--target", TARGET]);
    invocation.dir = Some(work.to_owned());
    let gcc_ld = linkers.join("gcc-ld");
    let flags = format!("-L native={} -Cembed-bitcode=yes", places.wasi_libc.display());
    invocation.environment = Environment::without_outer(own_names())
        .with("PATH", format!("{}:{}:{}", linkers.display(), gcc_ld.display(), places.path))
        .with("RUSTC", places.rustc.display().to_string())
        .with("RUSTC_BOOTSTRAP", "1")
        .with("RUSTFLAGS", flags);
    invocation
}

/// Puts the libraries where a compiler looks for them, and the stamp last.
fn lay_out(places: &Places, work: &Path, version: &str) -> io::Result<()> {
    let sysroot = work.join("sysroot");
    let libdir = Sysroot::libdir(&sysroot);
    let own = libdir.join("self-contained");
    fs::create_dir_all(&own)?;
    copy(&work.join("target").join(TARGET).join("release/deps"), &libdir, &["rlib"])?;
    copy(&places.wasi_libc, &own, &["o", "a"])?;
    fs::write(sysroot.join(STAMP), version)
}

fn copy(from: &Path, to: &Path, extensions: &[&str]) -> io::Result<()> {
    for entry in fs::read_dir(from)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default();
        let wanted = path.extension().is_some_and(|extension| extensions.iter().any(|wanted| extension == *wanted));
        if wanted && !name.to_string_lossy().starts_with("libsysroot-") {
            fs::copy(&path, to.join(name))?;
        }
    }
    Ok(())
}

fn remove(dir: &Path) -> io::Result<()> {
    match fs::remove_dir_all(dir) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn root(places: &Places) -> PathBuf {
    places.cache.join(TARGET)
}

fn version(system: &dyn System, places: &Places) -> Result<String, String> {
    said(system, &Invocation::new(&places.rustc.to_string_lossy(), &["--version"]))
}

fn failed(why: &str) -> Failed {
    (tried(why.to_owned()), None)
}

fn tried(why: String) -> Tried {
    Tried { way: "Debian packages".to_owned(), why }
}

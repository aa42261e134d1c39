//! The toolchain step in each of its outcomes, on machines that exist only here.

use std::cell::RefCell;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::*;

/// What a made-up machine has, and what has been run on it.
struct Machine {
    disk: TempDir,
    /// Whether rustup reaches its server.
    online: bool,
    /// What `id -u` says.
    user: &'static str,
    /// How many `apt-get install` fail before one succeeds.
    apt_failures: RefCell<u32>,
    /// Whether the standard library compiles.
    compiles: bool,
    /// What Debian's compiler calls itself.
    version: RefCell<&'static str>,
    ran: RefCell<Vec<String>>,
}

impl Machine {
    fn new() -> Machine {
        let machine = Machine {
            disk: tempfile::tempdir().expect("a temporary folder"),
            online: false,
            user: "0\n",
            apt_failures: RefCell::new(0),
            compiles: true,
            version: RefCell::new("rustc 1.96.0\n"),
            ran: RefCell::new(Vec::new()),
        };
        machine.file("debian_version");
        machine.file("rustup/lib/rustlib/host/bin/wasm-component-ld");
        machine.file("rustup/lib/rustlib/host/bin/rust-lld");
        machine
    }

    fn at(&self, path: &str) -> PathBuf {
        self.disk.path().join(path)
    }

    fn file(&self, path: &str) {
        let path = self.at(path);
        fs::create_dir_all(path.parent().expect("it has a folder")).expect("a folder");
        fs::write(path, "").expect("a file");
    }

    fn places(&self) -> Places {
        Places {
            cache: self.at("cache"),
            debian: self.at("debian_version"),
            rustc: self.at("usr/bin/rustc"),
            library: self.at("usr/lib/rustlib/src/rust/library"),
            wasi_libc: self.at("usr/lib/wasm32-wasi"),
            path: "/bin".to_owned(),
        }
    }

    fn ensure(&self) -> Result<Toolchain, ToolchainError> {
        Toolchain::ensure_with(self, &self.places(), &mut |_| {})
    }

    /// What the error of a step that fails says.
    fn complaint(&self) -> String {
        self.ensure().map_err(|error| error.to_string()).expect_err("no way leads to a toolchain")
    }

    fn ran(&self, start: &str) -> usize {
        self.ran.borrow().iter().filter(|line| line.starts_with(start)).count()
    }

    fn apt(&self) -> Finished {
        if *self.apt_failures.borrow() > 0 {
            *self.apt_failures.borrow_mut() -= 1;
            return failure("E: Unable to locate package rustc-web");
        }
        ["usr/bin/rustc", "usr/lib/rustlib/src/rust/library/std/Cargo.toml", "usr/lib/wasm32-wasi/libc.a"]
            .iter()
            .for_each(|path| self.file(path));
        success("")
    }

    fn cargo(&self, dir: &Path) -> Finished {
        if !self.compiles {
            return failure("error: could not compile `std`\n");
        }
        for name in ["libstd-1.rlib", "libsysroot-1.rlib", "libstd-1.rmeta"] {
            self.file(&dir.join("target/wasm32-wasip2/release/deps").join(name).to_string_lossy());
        }
        success("")
    }
}

impl System for Machine {
    fn run(&self, invocation: &Invocation) -> io::Result<Finished> {
        let line = format!("{} {}", invocation.program, invocation.args.join(" "));
        self.ran.borrow_mut().push(line.clone());
        Ok(match invocation.program.as_str() {
            "rustc" => success(&self.at("rustup/lib/rustlib/wasm32-wasip2/lib").to_string_lossy()),
            "rustup" if self.online => {
                self.file("rustup/lib/rustlib/wasm32-wasip2/lib/libstd-1.rlib");
                success("")
            }
            "rustup" => failure("info: downloading\nerror: could not download file\n"),
            "id" => success(self.user),
            "apt-get" if line.contains("install") => self.apt(),
            "apt-get" => success(""),
            "cargo" => invocation.dir.as_deref().map_or_else(|| success("cargo 1.95.0"), |dir| self.cargo(dir)),
            path if path.ends_with("usr/bin/rustc") => success(*self.version.borrow()),
            other => return Err(io::Error::new(io::ErrorKind::NotFound, format!("no {other} here"))),
        })
    }
}

fn success(stdout: &str) -> Finished {
    Finished { success: true, stdout: stdout.to_owned(), stderr: String::new() }
}

fn failure(stderr: &str) -> Finished {
    Finished { success: false, stdout: String::new(), stderr: stderr.to_owned() }
}

#[test]
fn a_compiler_with_the_target_is_taken_as_it_is() -> Result<(), ToolchainError> {
    let machine = Machine::new();
    machine.file("rustup/lib/rustlib/wasm32-wasip2/lib/libstd-1.rlib");
    let toolchain = machine.ensure()?;
    assert!(!toolchain.is_from_debian());
    assert_eq!(machine.ran.borrow().len(), 1, "nothing else is even asked");
    assert!(toolchain.command_env().set.is_empty());
    Ok(())
}

#[test]
fn rustup_is_asked_first_where_it_can_download() -> Result<(), ToolchainError> {
    let machine = Machine { online: true, ..Machine::new() };
    assert!(!machine.ensure()?.is_from_debian());
    assert_eq!((machine.ran("rustup"), machine.ran("apt-get")), (1, 0));
    Ok(())
}

#[test]
fn debian_steps_in_where_rustup_cannot_download() -> Result<(), ToolchainError> {
    let machine = Machine::new();
    let toolchain = machine.ensure()?;
    let environment = toolchain.command_env();
    let of = |name: &str| environment.set.iter().find(|(set, _)| set == name).map(|(_, value)| value.clone());
    assert_eq!(of("RUSTC"), Some(machine.at("usr/bin/rustc").display().to_string()));
    assert_eq!(of("PATH"), Some(format!("{}:/bin", machine.at("rustup/lib/rustlib/host/bin").display())));
    let sysroot = machine.at("cache/wasm32-wasip2");
    assert_eq!(of("CARGO_TARGET_WASM32_WASIP2_RUSTFLAGS"), Some(format!("--sysroot={}", sysroot.display())));
    let lib = sysroot.join("lib/rustlib/wasm32-wasip2/lib");
    assert!(lib.join("libstd-1.rlib").is_file() && lib.join("self-contained/libc.a").is_file());
    assert!(!lib.join("libsysroot-1.rlib").exists(), "the package that was only there to be built");
    assert!(!machine.at("cache/work").exists(), "what the build left is removed");
    Ok(())
}

#[test]
fn the_second_time_only_looks() -> Result<(), ToolchainError> {
    let machine = Machine::new();
    let first = machine.ensure()?;
    machine.ran.borrow_mut().clear();
    assert_eq!(machine.ensure()?, first);
    let slow = ["rustup", "apt-get", "cargo"].map(|start| machine.ran(start));
    assert_eq!((slow, Toolchain::find_with(&machine, &machine.places())?), ([0, 0, 0], first));
    Ok(())
}

#[test]
fn another_compiler_gets_another_standard_library() -> Result<(), ToolchainError> {
    let machine = Machine::new();
    machine.ensure()?;
    *machine.version.borrow_mut() = "rustc 1.97.0\n";
    assert!(Toolchain::find_with(&machine, &machine.places()).is_err(), "the old one does not fit");
    machine.ensure()?;
    assert_eq!(machine.ran("cargo"), 2);
    Ok(())
}

#[test]
fn packages_that_are_there_are_not_installed_and_take_no_root() -> Result<(), ToolchainError> {
    let machine = Machine { user: "1000\n", ..Machine::new() };
    machine.apt();
    machine.ensure()?;
    assert_eq!(machine.ran("apt-get"), 0);
    Ok(())
}

#[test]
fn missing_package_lists_are_fetched() -> Result<(), ToolchainError> {
    let machine = Machine { apt_failures: RefCell::new(1), ..Machine::new() };
    machine.ensure()?;
    assert_eq!((machine.ran("apt-get update"), machine.ran("apt-get install")), (1, 2));
    Ok(())
}

#[test]
fn a_half_made_standard_library_is_not_taken() -> Result<(), ToolchainError> {
    let machine = Machine { compiles: false, ..Machine::new() };
    assert!(machine.complaint().contains("\n  Debian packages: error: could not compile `std`"));
    assert!(Toolchain::find_with(&machine, &machine.places()).is_err());
    let machine = Machine { compiles: true, ..machine };
    machine.ensure().map(drop)
}

#[test]
fn the_error_names_every_way_and_one_command() {
    let machine = Machine { user: "1000\n", ..Machine::new() };
    assert_eq!(
        machine.complaint(),
        "no Rust here can compile for wasm32-wasip2\n  \
         rustc: it has no standard library for this target\n  \
         rustup target add wasm32-wasip2: error: could not download file\n  \
         Debian packages: installing packages takes root\n\
         try: sudo apt-get install -y --no-install-recommends rustc-web rust-web-src wasi-libc"
    );
}

#[test]
fn packages_that_cannot_be_had_say_why() {
    let machine = Machine { apt_failures: RefCell::new(2), ..Machine::new() };
    assert!(machine.complaint().contains("Debian packages: E: Unable to locate package rustc-web\n"));
}

#[test]
fn elsewhere_than_on_debian_nothing_is_installed() -> io::Result<()> {
    let machine = Machine::new();
    fs::remove_file(machine.at("debian_version"))?;
    let complaint = machine.complaint();
    assert!(complaint.contains("Debian packages: this is not Debian\ntry: rustup target add wasm32-wasip2"));
    assert_eq!(machine.ran("apt-get") + machine.ran("cargo"), 0);
    Ok(())
}

#[test]
fn without_linkers_nothing_is_installed() -> io::Result<()> {
    let machine = Machine::new();
    fs::remove_file(machine.at("rustup/lib/rustlib/host/bin/wasm-component-ld"))?;
    assert!(machine.complaint().contains("has no wasm-component-ld beside it"));
    assert_eq!(machine.ran("apt-get"), 0);
    Ok(())
}

#[test]
fn a_cache_that_cannot_be_written_is_told_with_its_path() {
    let machine = Machine::new();
    machine.file("cache");
    assert!(machine.complaint().contains(&format!("in {}", machine.at("cache").display())));
}

#[test]
fn the_doctor_names_what_is_missing_and_installs_nothing() {
    let machine = Machine::new();
    let report = doctor_report_with(&machine, &machine.places());
    let missing: Vec<&str> = report.iter().filter(|finding| !finding.ok).map(|finding| finding.what.as_str()).collect();
    assert_eq!(missing, ["wasm32-wasip2"]);
    assert!(report.iter().all(|finding| finding.ok != finding.fix.is_some()));
    assert_eq!(machine.ran("rustup") + machine.ran("apt-get"), 0);
}

//! Where things stand on a machine, as a value: a test has its own.

use std::env;
use std::path::PathBuf;

/// The paths the toolchain step looks at.
#[derive(Clone, Debug)]
pub struct Places {
    /// Where a standard library built here is kept.
    pub cache: PathBuf,
    /// Exists on Debian and its descendants.
    pub debian: PathBuf,
    /// Debian's compiler.
    pub rustc: PathBuf,
    /// The standard library's source, from Debian.
    pub library: PathBuf,
    /// wasi-libc, from Debian.
    pub wasi_libc: PathBuf,
    /// The value of `PATH`.
    pub path: String,
}

impl Places {
    /// Those of this machine. The cache is `tomte/` in cargo's home.
    pub fn standard() -> Places {
        let home = env::var_os("HOME").map_or_else(env::temp_dir, PathBuf::from);
        let cargo = env::var_os("CARGO_HOME").map_or_else(|| home.join(".cargo"), PathBuf::from);
        Places {
            cache: cargo.join("tomte"),
            debian: "/etc/debian_version".into(),
            rustc: "/usr/bin/rustc".into(),
            library: "/usr/lib/rustlib/src/rust/library".into(),
            wasi_libc: "/usr/lib/wasm32-wasi".into(),
            path: env::var("PATH").unwrap_or_default(),
        }
    }
}

//! What can go wrong, told to a person: what, where, why, and one thing to do.

use std::fmt;
use std::io;
use std::path::PathBuf;

/// A way to a Rust for wasm that did not work out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tried {
    /// The way.
    pub way: String,
    /// Why not.
    pub why: String,
}

/// No Rust that compiles components.
#[derive(Debug, thiserror::Error)]
pub enum ToolchainError {
    /// Every way failed.
    #[error("no Rust here can compile for wasm32-wasip2{}\ntry: {fix}", Listed(.tried))]
    Nowhere {
        /// Each way, in the order it was tried.
        tried: Vec<Tried>,
        /// One command that should help.
        fix: String,
    },
    /// The cache cannot be written.
    #[error("cannot keep a standard library for wasm32-wasip2 in {}: {source}\ntry: CARGO_HOME=DIR with a folder you may write to", path.display())]
    Cache {
        /// Where.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

struct Listed<'a>(&'a [Tried]);

impl fmt::Display for Listed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|tried| write!(f, "\n  {}: {}", tried.way, tried.why))
    }
}

/// A guest that was not built.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// No such folder.
    #[error("{} is not a folder\ntry: correct `dir` of the behaviour's `build`", .0.display())]
    NoFolder(PathBuf),
    /// The build command failed; it has said why itself.
    #[error("the build command failed in {}: {command}", dir.display())]
    Command {
        /// The command.
        command: String,
        /// Where it ran.
        dir: PathBuf,
    },
    /// A command could not be run at all.
    #[error("cannot run {program}: {source}")]
    Start {
        /// What.
        program: String,
        /// Why.
        source: io::Error,
    },
    /// cargo does not understand the package.
    #[error("cargo cannot read the package in {}: {why}", dir.display())]
    Package {
        /// The package's folder.
        dir: PathBuf,
        /// What it said.
        why: String,
    },
    /// The command succeeded without a component.
    #[error("the build left no {}\ntry: a build command with --target wasm32-wasip2, and crate-type = [\"cdylib\"] in Cargo.toml", .0.display())]
    NoArtifact(PathBuf),
    /// Not a component.
    #[error("{what} is not a component: {why}")]
    NotAComponent {
        /// What was looked at.
        what: String,
        /// What is wrong with it.
        why: String,
    },
    /// A file cannot be read or written.
    #[error("{}: {source}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

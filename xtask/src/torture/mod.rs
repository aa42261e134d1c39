//! `cargo xtask torture`: a process that commits to a journal is killed at any moment, and its machine loses power; and so
//! is a whole host with a durable worker under load. What was acknowledged is there every time, and the rig shows first
//! that it would see a loss.

mod counted;
mod cuts;
mod disk;
mod host;
mod kills;
mod victim;

use anyhow::Result;

use crate::cargo::cargo;
use crate::out::Out;

/// How often.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Torture {
    /// Kills.
    pub(crate) kills: u32,
    /// Power cuts.
    pub(crate) cuts: u32,
}

impl Torture {
    /// As often as is done with every change.
    pub(crate) const SHORT: Torture = Torture { kills: 30, cuts: 6 };
}

/// Kills and cuts so often.
///
/// # Errors
/// Something acknowledged was lost, or a loss on purpose was not seen.
pub(crate) fn run(out: &Out, torture: Torture) -> Result<()> {
    out.section(&format!("Torture: {} kills and {} power cuts of a journal", torture.kills, torture.cuts));
    cargo(out, ".", &["build", "--quiet", "--locked", "--package", "tomte-journal", "--example", "commits"], &[])?;
    kills::run(out, torture.kills)?;
    cuts::run(out, torture.cuts)?;
    host::run(out, torture)
}

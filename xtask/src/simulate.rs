//! `cargo xtask simulate`: whole nodes with durable workers, on simulated time, disks and power. Whatever goes wrong names
//! the seed that shows it again.

use std::time::Instant;

use anyhow::Result;

use crate::cargo::cargo;
use crate::guests;
use crate::out::Out;

/// Which seeds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Simulate {
    /// The first.
    pub(crate) first: u64,
    /// How many.
    pub(crate) seeds: u64,
}

/// The test that plays them.
const TEST: &str = "runtime::tests::random_durable::a2_nobody_was_told_of_anything_that_a_power_cut_takes_back";

/// How many that test plays is set here.
pub(crate) const SEEDS: &str = "TOMTE_SEEDS";
/// And which is the first.
const FIRST: &str = "TOMTE_SEED";

impl Simulate {
    /// As many as are played with every change.
    pub(crate) const USUAL: Simulate = Simulate { first: 0, seeds: 1000 };
}

/// Plays them.
///
/// # Errors
/// One of them shows a fault, and says which.
pub(crate) fn run(out: &Out, simulate: Simulate) -> Result<()> {
    let Simulate { first, seeds } = simulate;
    out.section(&format!("Simulate: {seeds} seeds from {first}"));
    guests::build(out)?;
    let words = ["test", "--quiet", "--locked", "--workspace", "--lib", "--", "--exact", TEST];
    // Built first, so that the time is that of the seeds.
    cargo(out, ".", &["test", "--quiet", "--locked", "--workspace", "--lib", "--no-run"], &[])?;
    let began = Instant::now();
    cargo(out, ".", &words, &[(FIRST, &first.to_string()), (SEEDS, &seeds.to_string())])?;
    let an_hour = seeds as f64 / began.elapsed().as_secs_f64() * 3600.0;
    out.held(&format!("{seeds} seeds in {:.1} s: {an_hour:.0} an hour", began.elapsed().as_secs_f64()));
    Ok(())
}

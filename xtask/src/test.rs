//! `cargo xtask test`: every test there is.

use anyhow::Result;

use crate::bombs::{self, Extent};
use crate::cargo::cargo;
use crate::guests;
use crate::out::Out;
use crate::simulate::{self, Simulate};
use crate::soak::{self, Length};
use crate::torture::{self, Torture};

/// Builds what the tests need, then runs them: the guests' on this machine's own processor; then,
/// unless arguments choose tests, a host bears all at once for a minute, and some files that are a
/// burden, and a journal some kills and power cuts; last the host's tests on the guests as components, the simulation with
/// more seeds than usual.
///
/// # Errors
/// Something cannot be built, or a test fails.
pub(crate) fn run(out: &Out, arguments: &[String]) -> Result<()> {
    out.section("Test: what the tests need");
    guests::build(out)?;
    let more = || arguments.iter().map(String::as_str);
    out.section("Test: behaviours, natively");
    cargo(
        out,
        guests::SOURCES,
        &["test", "--locked", "--workspace"].into_iter().chain(more()).collect::<Vec<_>>(),
        &[],
    )?;
    if arguments.is_empty() {
        soak::run(out, Length::SHORT)?;
        bombs::run(out, Extent::Quick)?;
        torture::run(out, Torture::SHORT)?;
    }
    out.section("Test: the host and its tools");
    let count = Simulate::USUAL.seeds.to_string();
    let seeds: &[_] = if arguments.is_empty() { &[(simulate::SEEDS, count.as_str())] } else { &[] };
    cargo(out, ".", &["test", "--locked", "--workspace"].into_iter().chain(more()).collect::<Vec<_>>(), seeds)
}

//! `cargo xtask`: the chores of tomte's developers. `cargo xtask help` lists them.

mod out;
mod verb;

mod cargo;
mod guests;
mod imports;
mod lint;
mod museum;
mod mutants;
mod test;
mod toolchain;
mod torture;

mod load;
mod product;

mod bench;
mod conformance;
mod demo;
mod measure;

mod bombs;
mod corpus;
mod languages;
mod simulate;
mod soak;

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, Result};

use out::Out;
use verb::{HELP, Verb};

/// The exit code of wrong usage, as for `tomte`.
const USAGE: u8 = 2;

fn main() -> ExitCode {
    let out = Out::new();
    let verb = match Verb::parse(std::env::args().skip(1)) {
        Ok(verb) => verb,
        Err(text) => {
            out.error(&text);
            return ExitCode::from(USAGE);
        }
    };
    match run(verb, &out) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            out.error(&format!("{error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn run(verb: Verb, out: &Out) -> Result<()> {
    // Every path below is relative to the repository: short enough for a socket, and readable.
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    std::env::set_current_dir(&root).with_context(|| format!("there is no repository at {}", root.display()))?;
    match verb {
        Verb::Help => {
            out.line(HELP);
            Ok(())
        }
        Verb::Toolchain => toolchain::ensure(out).map(drop),
        Verb::Guests => guests::build(out).map(drop),
        Verb::Demo { keep } => demo::run(out, keep),
        Verb::Test(arguments) => test::run(out, &arguments),
        Verb::Mutants { rooms, more } => mutants::run(out, &rooms, &more),
        Verb::Imports => imports::run(out),
        Verb::Lint => lint::run(out),
        Verb::Conformance { write } => conformance::run(out, write),
        Verb::Bench { quick } => measure::run(out, quick),
        Verb::Against { commit, pairs } => measure::against(out, &commit, pairs),
        Verb::Switchboard { calls } => measure::switchboard(out, calls),
        Verb::Museum => museum::run(out),
        Verb::Durable => measure::durable(out),
        Verb::Journals => measure::journals(out),
        Verb::Soak(length) => soak::run(out, length),
        Verb::Swaps(swaps) => soak::run_swaps(out, swaps),
        Verb::Bombs(extent) => bombs::run(out, extent),
        Verb::Torture(torture) => torture::run(out, torture),
        Verb::Simulate(simulate) => simulate::run(out, simulate),
        Verb::Languages(languages) => languages::run(out, &languages),
        Verb::Fuzz(fuzz) => bombs::fuzz(out, fuzz),
        Verb::Ci => {
            lint::run(out)?;
            demo::run(out, false)?;
            languages::run(out, &languages::Language::ALWAYS)?;
            test::run(out, &[])
        }
    }
}

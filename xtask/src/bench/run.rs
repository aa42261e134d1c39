//! A whole run: build, start the rivals, rounds, table, JSON.

use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, Result};

use super::book::Book;
use super::erlang::{Erlang, MISSING};
use super::report::Report;
use super::round::Field;
use super::table;
use super::times::Times;
use super::workspace::{Programs, scratch};

/// What to run.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    /// The root of the repository.
    pub(crate) root: PathBuf,
    /// One short round: does everything work? Its figures mean little.
    pub(crate) quick: bool,
}

impl Options {
    fn times(&self) -> Times {
        let [load, warm_up, micro] = if self.quick { [200, 50, 100] } else { [1000, 300, 1000] };
        Times {
            load: Duration::from_millis(load),
            warm_up: Duration::from_millis(warm_up),
            micro: Duration::from_millis(micro),
        }
    }

    fn rounds(&self) -> u32 {
        if self.quick { 1 } else { 5 }
    }
}

/// Measures everything, writes the table to `out` and the JSON to `target/bench.json`.
///
/// # Errors
/// Something cannot be built or started, or answers wrongly. A missed target is no error.
pub(crate) fn run(options: &Options, out: &mut dyn Write) -> Result<Report> {
    let scratch = scratch()?;
    let programs = Programs::build(&options.root)?;
    let erlang = Erlang::compile(&scratch.path().join("erlang"))?;
    let mut notes = vec![match &erlang {
        Some(erlang) => erlang.version()?,
        None => MISSING.to_owned(),
    }];
    if options.quick {
        notes.push("a quick round: proof that it runs, not figures to quote".to_owned());
    }
    let mut field = Field::start(&programs, erlang.as_ref(), options.times())?;
    let mut book = Book::default();
    for round in 1..=options.rounds() {
        writeln!(out, "round {round} of {}", options.rounds())?;
        field.round(&mut book, &scratch.path().join(format!("round-{round}")))?;
    }
    let report = Report { book, rounds: options.rounds(), notes, foreign: field.foreign };
    table::write(&report, out)?;
    let file = options.root.join("target/bench.json");
    fs::create_dir_all(options.root.join("target"))?;
    fs::write(&file, format!("{:#}\n", report.to_json()))
        .with_context(|| format!("cannot write {}", file.display()))?;
    writeln!(out, "all samples: target/bench.json")?;
    Ok(report)
}

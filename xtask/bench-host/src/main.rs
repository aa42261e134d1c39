//! What `cargo xtask bench` needs in release mode: the rival of http, and tomte measured in process.
//!
//! `tomte-bench hyper-constant` serves until its standard input ends.
//! `tomte-bench in-process GUESTS FOLDER FILE MILLISECONDS [ROW...]` writes its measurements to FILE, one
//! JSON object a line, each measured for MILLISECONDS, with applications made in FOLDER.
//! `tomte-bench switchboard EXAMPLE GUESTS FOLDER FILE CALLS MILLISECONDS REST` does the same with so
//! many telephone calls at once, and lets them rest for so many milliseconds.

mod app;
mod bare;
mod guests;
mod hyper_constant;
mod in_process;
mod lines;
mod one_shard;
mod publication;
mod step;
mod supervision;
mod swap;
mod switchboard;
mod threads;

use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    match words[..] {
        ["hyper-constant"] => runtime.block_on(hyper_constant::serve()),
        ["in-process", guests, folder, file, milliseconds, ref rows @ ..] => {
            let time = Duration::from_millis(milliseconds.parse().context("not milliseconds")?);
            let mut lines = lines::Lines::default();
            log_to_nowhere()?;
            let measured = in_process::measure(rows, Path::new(guests), Path::new(folder), time, &mut lines);
            runtime.block_on(measured)?;
            std::fs::write(file, lines.text()).with_context(|| format!("cannot write {file}"))
        }
        ["switchboard", example, guests, folder, file, calls, milliseconds, rest] => {
            let time = Duration::from_millis(milliseconds.parse().context("not milliseconds")?);
            let rest = Duration::from_millis(rest.parse().context("not milliseconds")?);
            let calls = calls.parse().context("not a number of calls")?;
            let size = switchboard::Size { calls, time, rest };
            let mut lines = lines::Lines::default();
            log_to_nowhere()?;
            let [example, guests, folder] = [example, guests, folder].map(Path::new);
            let measured = switchboard::measure(example, guests, folder, size, &mut lines);
            tokio::task::LocalSet::new().block_on(&runtime, measured)?;
            std::fs::write(file, lines.text()).with_context(|| format!("cannot write {file}"))
        }
        _ => bail!("tomte-bench hyper-constant | in-process ... | switchboard ..., see the top of its main.rs"),
    }
}

/// Every line is made and written, as the rival's default logger does it.
fn log_to_nowhere() -> Result<()> {
    let nowhere = std::fs::File::options().write(true).open("/dev/null")?;
    // Fails only if there is a log already.
    let _ = tracing_subscriber::fmt().with_ansi(false).with_writer(nowhere).try_init();
    Ok(())
}

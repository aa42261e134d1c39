//! What `cargo xtask bench` needs in release mode: the rival of http, and tomte measured in process.
//!
//! `tomte-bench hyper-constant` serves until its standard input ends.
//! `tomte-bench in-process GUESTS FOLDER FILE MILLISECONDS` writes its measurements to FILE, one
//! JSON object a line, each measured for MILLISECONDS, with applications made in FOLDER.

mod app;
mod bare;
mod hyper_constant;
mod in_process;
mod lines;
mod swap;
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
        ["in-process", guests, folder, file, milliseconds] => {
            let time = Duration::from_millis(milliseconds.parse().context("not milliseconds")?);
            let mut lines = lines::Lines::default();
            bare::measure(Path::new(guests), time, &mut lines)?;
            let measured =
                in_process::measure(Path::new(guests), Path::new(folder), time, &mut lines);
            runtime.block_on(measured)?;
            std::fs::write(file, lines.text()).with_context(|| format!("cannot write {file}"))
        }
        _ => bail!("tomte-bench hyper-constant | in-process GUESTS FOLDER FILE MILLISECONDS"),
    }
}

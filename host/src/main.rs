//! The command `tomte`: reads its arguments, runs one verb, and ends with that verb's exit code.

use std::panic;
use std::process::ExitCode;

use tomte::cli::{self, Exit};

fn main() -> ExitCode {
    cli::watch_for_bugs();
    let exit = panic::catch_unwind(|| match cli::parse(std::env::args_os()) {
        Ok(arguments) => cli::execute(arguments),
        Err(exit) => exit,
    });
    exit.unwrap_or(Exit::BUG).into()
}

//! `tomte completions`.

use clap::CommandFactory;
use clap_complete::Shell;

use crate::cli::arguments::Cli;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::problem::Problem;

pub(super) fn run(context: &Context, shell: Shell) -> Result<Exit, Problem> {
    let mut script = vec![];
    clap_complete::generate(shell, &mut Cli::command(), "tomte", &mut script);
    context.output.bytes(&script)?;
    Ok(Exit::DONE)
}

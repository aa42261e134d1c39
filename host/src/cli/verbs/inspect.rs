//! `tomte inspect`.

use crate::cli::arguments::WorkerArguments;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::problem::Problem;
use crate::cli::render;

pub(super) fn run(context: &Context, arguments: &WorkerArguments) -> Result<Exit, Problem> {
    let worker = &arguments.worker;
    let view = context.ask_worker(worker, async |client| client.inspect(worker).await)?;
    context.output.data(&view, render::inspect)?;
    Ok(Exit::DONE)
}

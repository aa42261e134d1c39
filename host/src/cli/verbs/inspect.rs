//! `tomte inspect`.

use crate::cli::arguments::InspectArguments;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::problem::Problem;
use crate::cli::render;
use crate::node::Depth;

pub(super) fn run(context: &Context, arguments: &InspectArguments) -> Result<Exit, Problem> {
    let InspectArguments { worker, state } = arguments;
    let view = context.ask_worker(worker, async |client| client.inspect(worker, Depth::of(*state)).await)?;
    context.output.data(&view, render::inspect)?;
    Ok(Exit::DONE)
}

//! `tomte tree`.

use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::problem::Problem;
use crate::cli::render;

pub(super) fn run(context: &Context) -> Result<Exit, Problem> {
    let tree = context.ask(async |client| client.tree().await)?;
    context.output.data(&tree, render::tree)?;
    context.output.next("tomte inspect WORKER");
    Ok(Exit::DONE)
}

//! `tomte children`, and the orders about one child: `restart-child`, `stop-child`, `delete-child`.

use crate::admin::ChildOrder;
use crate::cli::arguments::ChildArguments;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::problem::Problem;
use crate::cli::render;

pub(super) fn run(context: &Context, supervisor: &str) -> Result<Exit, Problem> {
    let view = context.ask(async |client| client.children(supervisor).await)?;
    context.output.data(&view, render::children)?;
    Ok(Exit::DONE)
}

pub(super) fn order(context: &Context, arguments: &ChildArguments, order: ChildOrder) -> Result<Exit, Problem> {
    let ChildArguments { supervisor, child } = arguments;
    context.ask(async |client| client.child_order(supervisor, child, order).await)?;
    context.output.next(&format!("tomte children {supervisor}"));
    Ok(Exit::DONE)
}

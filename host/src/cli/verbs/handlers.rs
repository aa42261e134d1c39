//! `tomte add-handler`, `delete-handler` and `swap-handler`.

use crate::base::{HandlerChange, HandlerStart};
use crate::cli::arguments::HandlerArguments;
use crate::cli::body::Body;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::problem::Problem;

pub(super) fn add(context: &Context, arguments: HandlerArguments) -> Result<Exit, Problem> {
    let HandlerArguments { manager, handler, behaviour, config } = arguments;
    let new = start(&handler, behaviour, config)?;
    change(context, &manager, HandlerChange::Add(new), &format!("tomte call {manager}/{handler} BODY"))
}

pub(super) fn swap(context: &Context, old: String, arguments: HandlerArguments) -> Result<Exit, Problem> {
    let HandlerArguments { manager, handler, behaviour, config } = arguments;
    let new = start(&handler, behaviour, config)?;
    change(context, &manager, HandlerChange::Swap(old, new), &format!("tomte call {manager}/{handler} BODY"))
}

pub(super) fn delete(context: &Context, manager: &str, handler: String) -> Result<Exit, Problem> {
    change(context, manager, HandlerChange::Delete(handler), "tomte tree")
}

fn start(handler: &str, behaviour: String, config: Body) -> Result<HandlerStart, Problem> {
    Ok(HandlerStart { handler: handler.to_owned(), behaviour, config: config.read()? })
}

fn change(context: &Context, manager: &str, change: HandlerChange, next: &str) -> Result<Exit, Problem> {
    context.ask_worker(manager, async |client| client.change_handlers(manager, change).await)?;
    context.output.next(next);
    Ok(Exit::DONE)
}

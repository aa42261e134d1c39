//! `tomte add-handler`, `delete-handler` and `swap-handler`.

use crate::base::{ALREADY_EXISTS, HANDLER_LEFT, HandlerChange, HandlerStart, MODULE_NOT_FOUND};
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
    // Whoever misspells it gets a second handler, and should know.
    let known = context.ask(async |client| client.children(&manager).await);
    let known = known.is_ok_and(|view| {
        view.children.iter().any(|child| child.child == old || child.child == format!("{manager}/{old}"))
    });
    let next = format!("tomte call {manager}/{handler} BODY");
    let exit = change(context, &manager, HandlerChange::Swap(old.clone(), new), &next)?;
    if !known {
        context.output.say(&format!("{manager} had no handler {old}: {handler} starts afresh"));
    }
    Ok(exit)
}

pub(super) fn delete(context: &Context, manager: &str, handler: String) -> Result<Exit, Problem> {
    change(context, manager, HandlerChange::Delete(handler), "tomte tree")
}

fn start(handler: &str, behaviour: String, config: Body) -> Result<HandlerStart, Problem> {
    Ok(HandlerStart { handler: handler.to_owned(), behaviour, config: config.read()? })
}

fn change(context: &Context, manager: &str, change: HandlerChange, next: &str) -> Result<Exit, Problem> {
    let wanted = match &change {
        HandlerChange::Add(new) | HandlerChange::Swap(_, new) => new.handler.clone(),
        HandlerChange::Delete(handler) => handler.clone(),
    };
    let refused = |problem: Problem| match problem.text.as_str() {
        ALREADY_EXISTS => Problem::new(problem.exit, format!("{manager}/{wanted} is there already"))
            .fix(format!("tomte swap-handler {manager} {wanted} --old {wanted} --behaviour NAME")),
        MODULE_NOT_FOUND => Problem::new(problem.exit, format!("{manager} has no handler {wanted}"))
            .fix(format!("`tomte children {manager}` lists those it has")),
        text if text.ends_with(HANDLER_LEFT) => {
            let fix = format!("tomte add-handler {manager} {wanted} --behaviour NAME");
            Problem { exit: Exit::FAILED, ..problem.fix(fix) }
        }
        _ => problem,
    };
    context.ask(async |client| client.change_handlers(manager, change).await).map_err(refused)?;
    context.output.next(next);
    Ok(Exit::DONE)
}

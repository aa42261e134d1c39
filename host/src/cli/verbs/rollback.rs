//! `tomte rollback`: the host goes back, or its state directory where none answers.

use super::upgrade;
use crate::cli::arguments::RollbackArguments;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::locate;
use crate::cli::problem::Problem;
use crate::cli::render;
use crate::node::{self, StartError};

pub(super) fn run(context: &Context, arguments: &RollbackArguments) -> Result<Exit, Problem> {
    let RollbackArguments { revision, behaviour, dry_run } = arguments;
    let busy = context.output.busy("the version before is compiled and swapped in");
    let asked = context.ask(async |client| client.rollback(behaviour.clone(), *revision, *dry_run).await);
    drop(busy);
    match asked {
        Err(problem) if problem.exit == Exit::NO_HOST => recorded(context, arguments, problem),
        asked => upgrade::told(context, &asked?),
    }
}

/// The next start runs the version before. A release that ends its host leaves none to ask.
fn recorded(context: &Context, arguments: &RollbackArguments, no_host: Problem) -> Result<Exit, Problem> {
    let RollbackArguments { revision, behaviour, dry_run } = arguments;
    let Some((application, state)) = locate::recorded(context.host.as_deref())? else { return Err(no_host) };
    let report = node::rollback_recorded(&application, &state, behaviour.as_deref(), *revision, *dry_run);
    let report = report.map_err(|error| {
        let text = format!("no host answers, and nothing was rolled back: {error}");
        match error {
            StartError::InUse(_) => Problem::new(Exit::IN_USE, text),
            _ => Problem::new(Exit::REFUSED, text).fix("tomte history"),
        }
    })?;
    context.output.data(&report, render::recorded_rollback)?;
    context.output.next(if *dry_run { "the same again without --dry-run" } else { "tomte run" });
    Ok(Exit::DONE)
}

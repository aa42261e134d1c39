//! `tomte history`: what the host says, or its state directory where none answers.

use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::locate;
use crate::cli::problem::Problem;
use crate::cli::render;
use crate::node::{self, UpgradeReport};

pub(super) fn run(context: &Context) -> Result<Exit, Problem> {
    let mut reports = match context.ask(async |client| client.history().await) {
        Err(problem) if problem.exit == Exit::NO_HOST => recorded(context, problem)?,
        asked => asked?,
    };
    reports.reverse();
    context.output.data(&reports, |reports, paint| render::history(reports, paint))?;
    if reports.is_empty() {
        context.output.next("tomte upgrade FILE, or drop a component into the releases folder");
    }
    Ok(Exit::DONE)
}

/// What the state directory of the application around here says. On a bad day there is no host to ask.
fn recorded(context: &Context, no_host: Problem) -> Result<Vec<UpgradeReport>, Problem> {
    let Some((_, state)) = locate::recorded(context.host.as_deref())? else { return Err(no_host) };
    let reports = node::recorded_history(&state).map_err(|error| Problem::new(Exit::FAILED, error.to_string()))?;
    context.output.next(&format!("tomte run, for no host answers: this is what {} says", state.display()));
    Ok(reports)
}

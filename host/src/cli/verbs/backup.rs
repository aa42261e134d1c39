//! `tomte backup`: a copy of the state directory, from which a host can start.

use crate::cli::arguments::BackupArguments;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::locate;
use crate::cli::problem::Problem;
use crate::cli::render;
use crate::node;

pub(super) fn run(context: &Context, arguments: &BackupArguments) -> Result<Exit, Problem> {
    let BackupArguments { to, state } = arguments;
    let state = match state {
        Some(state) => state.clone(),
        None => locate::recorded(None)?.map(|(_, state)| state).ok_or_else(nothing)?,
    };
    let busy = context.output.busy("the state is copied and looked into");
    let copied = node::backup(&state, to);
    drop(busy);
    let view = copied.map_err(|error| {
        let problem = Problem::new(Exit::FAILED, error.to_string());
        if to.exists() { problem.fix("name a directory that is not there") } else { problem }
    })?;
    context.output.data(&view, render::backup)?;
    context.output.next(&format!("tomte run --state {}, or put it in the place of {}", to.display(), state.display()));
    Ok(Exit::DONE)
}

fn nothing() -> Problem {
    Problem::new(Exit::FAILED, "there is no application with a state directory here or above")
        .fix("go to the directory of the application, or name the state directory with --state DIR")
}

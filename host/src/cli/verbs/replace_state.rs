//! `tomte replace-state`.

use crate::base::limits::STATE_BYTES_MAX;
use crate::cli::arguments::StateArguments;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::problem::Problem;
use crate::cli::render;

pub(super) fn run(context: &Context, arguments: StateArguments) -> Result<Exit, Problem> {
    let StateArguments { worker, body, schema } = arguments;
    let state = body.read_within(STATE_BYTES_MAX)?;
    let replace = async |client: &crate::admin::Client| client.replace_state(&worker, schema.as_deref(), state).await;
    let replaced = context.ask_worker(&worker, replace)?;
    context.output.data(&replaced, |view, paint| render::replaced(&worker, view, paint))?;
    context.output.next(&format!("tomte inspect {worker}"));
    Ok(Exit::DONE)
}

//! `tomte trace`: one line for each input and for what came of it, as they happen.

use crate::admin::{Client, ClientError};
use crate::cli::arguments::TraceArguments;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::problem::Problem;
use crate::cli::render;

pub(super) fn run(context: &Context, arguments: &TraceArguments) -> Result<Exit, Problem> {
    let worker = &arguments.worker;
    let limits = arguments.limits().checked().map_err(|text| {
        Problem::new(Exit::USAGE, text).fix("name other limits with --inputs and --time, or leave them out")
    })?;
    let watch = async |client: &Client| {
        let mut lines = client.trace(worker, limits).await?;
        context.output.next("call it from another terminal; ctrl-c ends the trace");
        while let Some(line) = lines.next().await? {
            match context.output.line(&line, render::trace) {
                Ok(true) => {}
                // `tomte trace x | head -1` has seen enough.
                Ok(false) => return Ok(Ok(())),
                Err(problem) => return Ok::<_, ClientError>(Err(problem)),
            }
        }
        Ok(Ok(()))
    };
    context.ask_worker(worker, watch)??;
    Ok(Exit::DONE)
}

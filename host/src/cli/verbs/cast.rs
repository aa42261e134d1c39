//! `tomte cast`: a message nobody answers.

use crate::cli::body::Body;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::problem::Problem;

pub(super) fn run(context: &Context, worker: &str, body: Body) -> Result<Exit, Problem> {
    let body = body.read()?;
    context.ask_worker(worker, async |client| client.cast(worker, body).await)?;
    context.output.done("cast", worker)?;
    context.output.next(&format!("tomte inspect {worker}"));
    Ok(Exit::DONE)
}

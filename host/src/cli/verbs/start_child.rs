//! `tomte start-child`: one more worker of a template.

use serde::Serialize;

use crate::cli::body::Body;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::problem::Problem;

#[derive(Serialize)]
struct Started {
    worker: String,
}

pub(super) fn run(context: &Context, supervisor: &str, key: &str, config: Body) -> Result<Exit, Problem> {
    let config = config.read()?;
    let worker = context.ask_worker(supervisor, async |client| client.start_child(supervisor, key, config).await)?;
    context.output.data(&Started { worker: worker.clone() }, |started, _| format!("{}\n", started.worker))?;
    context.output.next(&format!("tomte call {worker} BODY"));
    Ok(Exit::DONE)
}

//! `tomte history`.

use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::problem::Problem;
use crate::cli::render;

pub(super) fn run(context: &Context) -> Result<Exit, Problem> {
    let reports = context.ask(async |client| client.history().await)?;
    context.output.data(&reports, |reports, paint| render::history(reports, paint))?;
    if reports.is_empty() {
        context.output.next("tomte upgrade FILE, or drop a component into the releases folder");
    }
    Ok(Exit::DONE)
}

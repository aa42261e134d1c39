//! `tomte reload`: the manifest of the running application, read again.

use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::problem::Problem;
use crate::cli::render;

pub(super) fn run(context: &Context) -> Result<Exit, Problem> {
    let view = context.ask(async |client| client.reload().await)?;
    context.output.data(&view, |view, _| render::reload(view))?;
    Ok(Exit::DONE)
}

//! `tomte start-child`: one more worker of a template, or one with a specification of its own.

use crate::cli::arguments::StartChildArguments;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::problem::Problem;

pub(super) fn run(context: &Context, arguments: StartChildArguments) -> Result<Exit, Problem> {
    let StartChildArguments { supervisor, key, config, specification } = arguments;
    let supervisor = supervisor.as_str();
    let started = match (specification, key) {
        (Some(specification), _) => {
            let table = specification.read()?;
            context.ask(async |client| client.start_child_as(supervisor, table).await)?
        }
        (None, key) => {
            let (key, config) = (key.unwrap_or_default(), config.read()?);
            context.ask(async |client| client.start_child(supervisor, &key, config).await)?
        }
    };
    context.output.data(&started, |started, _| format!("{}\n", started.worker))?;
    context.output.next(&format!("tomte call {} BODY", started.worker));
    Ok(Exit::DONE)
}

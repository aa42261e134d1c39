//! `tomte rollback`.

use super::upgrade;
use crate::cli::arguments::RollbackArguments;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::problem::Problem;

pub(super) fn run(context: &Context, arguments: &RollbackArguments) -> Result<Exit, Problem> {
    let RollbackArguments { revision, behaviour, dry_run } = arguments;
    let report = context.ask(async |client| client.rollback(behaviour.clone(), *revision, *dry_run).await)?;
    upgrade::told(context, &report)
}

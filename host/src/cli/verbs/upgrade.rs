//! `tomte upgrade`: the same release that a drop into the folder makes.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use anyhow::Context as _;

use crate::base::limits::COMPONENT_BYTES_MAX;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::problem::Problem;
use crate::cli::render;
use crate::node::{UpgradeReport, UpgradeResult};

pub(super) fn run(context: &Context, file: &Path, dry_run: bool) -> Result<Exit, Problem> {
    let bytes = component_bytes(file)?;
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let busy = context.output.busy(&format!("{name} is checked, compiled and swapped in"));
    let report = context.ask(async |client| client.upgrade(&name, bytes, dry_run).await)?;
    drop(busy);
    told(context, &report)
}

/// Takes back what waits or is under way.
pub(super) fn cancel(context: &Context, file: Option<&Path>) -> Result<Exit, Problem> {
    let name = file.and_then(Path::file_name).map(|name| name.to_string_lossy());
    let asked = context.ask(async |client| client.cancel(name.as_deref()).await);
    let cancelled = asked.map_err(|problem| match problem.exit {
        Exit::REFUSED => problem.fix("tomte history"),
        _ => problem,
    })?;
    context.output.data(&cancelled, render::cancelled)?;
    context.output.next("tomte history");
    Ok(Exit::DONE)
}

/// Prints a report; answers the exit that goes with it.
pub(super) fn told(context: &Context, report: &UpgradeReport) -> Result<Exit, Problem> {
    context.output.data(report, render::report)?;
    match report.result {
        UpgradeResult::Permanent => {
            context.output.next(&format!("tomte rollback --behaviour {}", report.behaviour));
        }
        UpgradeResult::Planned => context.output.next("the same again without --dry-run"),
        UpgradeResult::Waiting
        | UpgradeResult::Begun
        | UpgradeResult::AlreadyRunning
        | UpgradeResult::Refused
        | UpgradeResult::RolledBack => {
            context.output.next("tomte history");
        }
    }
    Ok(Exit::of_result(report.result))
}

/// The bytes of a component, no more than a component may have.
pub(super) fn component_bytes(file: &Path) -> Result<Vec<u8>, Problem> {
    let mut bytes = vec![];
    File::open(file)
        .and_then(|opened| opened.take(COMPONENT_BYTES_MAX + 1).read_to_end(&mut bytes))
        .with_context(|| format!("cannot read {}", file.display()))
        .map_err(|error| Problem::from(error).fix("name a component; `tomte build` makes one"))?;
    if bytes.len() as u64 > COMPONENT_BYTES_MAX {
        let most = render::size(COMPONENT_BYTES_MAX);
        let text = format!("{} is larger than {most}", file.display());
        return Err(Problem::new(Exit::REFUSED, text).fix("strip it, or build it with --release"));
    }
    Ok(bytes)
}

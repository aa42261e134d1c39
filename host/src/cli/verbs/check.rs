//! `tomte check`: an application or one component, without a host.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::upgrade::component_bytes;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::locate;
use crate::cli::problem::Problem;
use crate::cli::render;
use crate::node::{self, ApplicationReport, ComponentReport};

pub(super) fn run(context: &Context, paths: &[PathBuf]) -> Result<Exit, Problem> {
    match paths {
        [file] if !file.is_dir() => component(context, file),
        [directory] => application(context, directory),
        directories => applications(context, directories),
    }
}

/// Each for itself, then whether they fit together.
fn applications(context: &Context, directories: &[PathBuf]) -> Result<Exit, Problem> {
    let directories: Vec<PathBuf> =
        directories.iter().map(|directory| locate::application(directory)).collect::<Result<_, _>>()?;
    let order = node::check_applications(&directories).map_err(bad)?;
    let reports: Vec<ApplicationReport> =
        directories.iter().map(|directory| report(directory)).collect::<Result<_, _>>()?;
    let all: Vec<Value> = reports.iter().map(application_json).collect();
    let data = json!({ "start_order": order, "applications": all });
    context.output.data(&data, |_, paint| {
        let each: String = reports.iter().map(|report| render::application(report, paint)).collect();
        format!("{each}they start in this order: {}\n", order.join(", "))
    })?;
    Ok(Exit::DONE)
}

fn component(context: &Context, file: &Path) -> Result<Exit, Problem> {
    let bytes = component_bytes(file)?;
    let busy = context.output.busy(&format!("{} is checked and compiled", file.display()));
    let report = node::check_component(&bytes, Some(locate::THIS_PROGRAM.as_ref()))
        .map_err(|reason| Problem::new(Exit::REFUSED, format!("{} is refused: {reason}", file.display())))?;
    drop(busy);
    context.output.data(&component_json(&report), |_, paint| render::component(&report, paint))?;
    context.output.next(&format!("tomte upgrade {}", file.display()));
    Ok(Exit::DONE)
}

fn application(context: &Context, directory: &Path) -> Result<Exit, Problem> {
    let directory = locate::application(directory)?;
    node::check_applications(std::slice::from_ref(&directory)).map_err(bad)?;
    let busy = context.output.busy("every component is checked and compiled");
    let report = report(&directory)?;
    drop(busy);
    let data = application_json(&report);
    context.output.data(&data, |_, paint| render::application(&report, paint))?;
    context.output.next("tomte run");
    Ok(Exit::DONE)
}

fn report(directory: &Path) -> Result<ApplicationReport, Problem> {
    // What is wrong with the manifest itself is told apart from what is wrong with a component.
    let manifest = node::load_manifest(directory).map_err(bad)?;
    node::check_manifest(directory).map_err(bad)?;
    if let Some(unbuilt) = manifest.behaviours.iter().find(|known| !known.component.exists()) {
        let missing = unbuilt.component.display();
        let text = format!("behaviour {} has no component: {missing} is missing", unbuilt.name);
        let fix = match unbuilt.build {
            Some(_) => "tomte build".to_owned(),
            None => format!("copy it there, or write build = ... for {}", unbuilt.name),
        };
        return Err(Problem::new(Exit::REFUSED, text).fix(fix));
    }
    node::check_application(directory, Some(locate::THIS_PROGRAM.as_ref()))
        .map_err(|error| Problem::new(Exit::REFUSED, error.to_string()))
}

/// What is wrong with what is declared, whatever the components are.
fn bad(error: node::ConfigError) -> Problem {
    Problem::new(Exit::CONFIG, error.to_string())
}

fn component_json(report: &ComponentReport) -> Value {
    json!({
        "name": report.name,
        "version": report.version,
        "digest": report.digest,
        "size": report.size,
        "saves_state": report.saves_state,
        "imports": report.imports,
        "notes": report.notes,
    })
}

fn application_json(report: &ApplicationReport) -> Value {
    let behaviours: serde_json::Map<String, Value> =
        report.behaviours.iter().map(|(name, component)| (name.clone(), component_json(component))).collect();
    json!({
        "name": report.name,
        "version": report.version,
        "behaviours": behaviours,
        "workers": report.workers,
        "assets_for": report.assets_for,
        "listeners": report.listeners,
    })
}

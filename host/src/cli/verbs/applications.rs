//! `tomte applications`, `start-application`, `stop-application` and `config`.

use serde_json::{Map, Value};

use crate::base::Kind;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::problem::Problem;
use crate::cli::render;

pub(super) fn list(context: &Context) -> Result<Exit, Problem> {
    let all = context.ask(async |client| client.applications().await)?;
    context.output.data(&all, |all, paint| render::applications(all, paint))?;
    Ok(Exit::DONE)
}

pub(super) fn start(context: &Context, application: &str) -> Result<Exit, Problem> {
    let started = context.ask(async |client| client.start_application(application).await).map_err(told)?;
    context.output.data(&started, |_, _| String::new())?;
    if !started.also_started.is_empty() {
        context
            .output
            .say(&format!("started first, since {application} needs it: {}", started.also_started.join(", ")));
    }
    context.output.next("tomte tree");
    Ok(Exit::DONE)
}

pub(super) fn stop(context: &Context, application: &str) -> Result<Exit, Problem> {
    let stopped = context.ask(async |client| client.stop_application(application).await).map_err(told)?;
    context.output.data(&stopped, |_, _| String::new())?;
    if !stopped.needed_by.is_empty() {
        let others = stopped.needed_by.join(", ");
        context.output.say(&format!("warning: {others} needs {application} and still runs"));
    }
    context.output.next(&format!("tomte start-application {application}"));
    Ok(Exit::DONE)
}

pub(super) fn config(context: &Context, application: &str, assignments: &[String]) -> Result<Exit, Problem> {
    let changes: Map<String, Value> = assignments.iter().map(|text| assignment(text)).collect::<Result<_, _>>()?;
    let config = context.ask(async |client| client.change_config(application, &changes).await).map_err(told)?;
    context.output.data(&config, render::config)?;
    if !changes.is_empty() {
        let many = if config.told == 1 { "worker was" } else { "workers were" };
        context.output.say(&format!("{} {many} told", config.told));
    }
    Ok(Exit::DONE)
}

fn assignment(text: &str) -> Result<(String, Value), Problem> {
    let wrong =
        |why: String| Problem::new(Exit::USAGE, why).fix("write KEY=JSON; a text needs quotes: 'currency=\"EUR\"'");
    let (key, value) = text.split_once('=').ok_or_else(|| wrong(format!("`{text}` has no `=`")))?;
    if key.is_empty() {
        return Err(wrong(format!("`{text}` names no key")));
    }
    let value =
        serde_json::from_str(value).map_err(|error| wrong(format!("the value of `{key}` is not JSON: {error}")))?;
    Ok((key.to_owned(), value))
}

/// What there is to name.
fn told(problem: Problem) -> Problem {
    if problem.is(Kind::NoWorker) { problem.fix("`tomte applications` lists those there are") } else { problem }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_assignment_is_a_key_and_json() {
        assert_eq!(assignment("a=1"), Ok(("a".into(), 1.into())));
        assert_eq!(assignment("a.b=\"x=y\""), Ok(("a.b".into(), "x=y".into())));
        assert_eq!(assignment("a=null"), Ok(("a".into(), Value::Null)));
        for wrong in ["a", "a=", "a=EUR", "=1", ""] {
            assert_eq!(assignment(wrong).map_err(|problem| problem.exit), Err(Exit::USAGE), "{wrong}");
        }
    }
}

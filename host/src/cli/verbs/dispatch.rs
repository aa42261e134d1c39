//! From a parsed command line to its verb.

use super::{
    applications, backup, build, call, cast, check, children, completions, control, doctor, handlers, history, inspect,
    new, reload, replace_state, rollback, run, shutdown, start_child, trace, tree, upgrade, wit,
};
use crate::admin::{ChildOrder, Control};
use crate::cli::arguments::{Cli, Verb};
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::output::Output;
use crate::cli::problem::Problem;
use crate::node;

/// Runs one verb to its end; errors have been printed when it returns.
pub fn execute(cli: Cli) -> Exit {
    // Set and empty is not set, as everywhere in a shell.
    let named = || std::env::var_os("TOMTE_HOST").filter(|path| !path.is_empty()).map(Into::into);
    let context = Context { output: Output::new(cli.json), host: cli.host.or_else(named) };
    verb(&context, cli.verb).unwrap_or_else(|problem| {
        context.output.problem(&problem);
        problem.exit
    })
}

fn verb(context: &Context, verb: Verb) -> Result<Exit, Problem> {
    match verb {
        Verb::New(arguments) => new::run(context, &arguments),
        Verb::Build(arguments) => build::run(context, &arguments),
        Verb::Wit { directory } => wit::run(context, &directory),
        Verb::Check { paths } => check::run(context, &paths),
        Verb::Run(arguments) => run::run(context, arguments),
        Verb::Call(arguments) => call::run(context, arguments),
        Verb::Cast { worker, body } => cast::run(context, &worker, body),
        Verb::Tree => tree::run(context),
        Verb::Inspect(arguments) => inspect::run(context, &arguments),
        Verb::Suspend(arguments) => control::run(context, &arguments.worker, Control::Suspend),
        Verb::Resume(arguments) => control::run(context, &arguments.worker, Control::Resume),
        Verb::Restart(arguments) => control::run(context, &arguments.worker, Control::Restart),
        Verb::Stop { worker, kill } => control::run(context, &worker, if kill { Control::Kill } else { Control::Stop }),
        Verb::StartChild(arguments) => start_child::run(context, arguments),
        Verb::RestartChild(arguments) => children::order(context, &arguments, ChildOrder::Restart),
        Verb::StopChild(arguments) => children::order(context, &arguments, ChildOrder::Terminate),
        Verb::DeleteChild(arguments) => children::order(context, &arguments, ChildOrder::Delete),
        Verb::Children { supervisor } => children::run(context, &supervisor),
        Verb::AddHandler(arguments) => handlers::add(context, arguments),
        Verb::DeleteHandler { manager, handler } => handlers::delete(context, &manager, handler),
        Verb::SwapHandler { old, new } => handlers::swap(context, old, new),
        Verb::Reload => reload::run(context),
        Verb::Applications => applications::list(context),
        Verb::StartApplication(arguments) => applications::start(context, &arguments.application),
        Verb::StopApplication(arguments) => applications::stop(context, &arguments.application),
        Verb::Config { application, assignments } => applications::config(context, &application, &assignments),
        Verb::ReplaceState(arguments) => replace_state::run(context, arguments),
        Verb::Trace(arguments) => trace::run(context, &arguments),
        Verb::Upgrade { file, cancel: true, .. } => upgrade::cancel(context, file.as_deref()),
        Verb::Upgrade { file, dry_run, cancel: false } => upgrade::run(context, &file.unwrap_or_default(), dry_run),
        Verb::Rollback(arguments) => rollback::run(context, &arguments),
        Verb::History => history::run(context),
        Verb::Backup(arguments) => backup::run(context, &arguments),
        Verb::Doctor(arguments) => doctor::run(context, &arguments),
        Verb::Completions { shell } => completions::run(context, shell),
        Verb::Shutdown => shutdown::run(context),
        Verb::Precompile { task, memory } => Ok(Exit::from_code(node::serve_compiler(task, memory))),
    }
}

//! Starts the node, serves the admin socket, heeds signals.

use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::Context as _;
use tokio::sync::Notify;

use super::banner::{Facts, banner};
use super::dump;
use super::logs::{self, Log};
use super::memory;
use super::plan::Plan;
use super::signals::{Signal, Signals};
use crate::admin::{self, Socket, SocketError, private_directory};
use crate::base::{Failure, Millis};
use crate::cli::arguments::RunArguments;
use crate::cli::context::{Context, runtime};
use crate::cli::exit::Exit;
use crate::cli::output::Output;
use crate::cli::problem::Problem;
use crate::cli::render::Paint;
use crate::node::{self, Ended, Handle, Node, ReloadView, StartError};

/// How long the admin socket may take to answer what it has begun when the node has ended.
const LAST_ANSWERS: Duration = Duration::from_secs(1);

pub(in crate::cli::verbs) fn run(context: &Context, arguments: RunArguments) -> Result<Exit, Problem> {
    let plan = Plan::new(arguments)?;
    // Nothing is created for applications whose manifests are wrong.
    node::check_applications(&plan.applications).map_err(|error| Problem::new(Exit::CONFIG, error.to_string()))?;
    memory::give_back();
    let (output, log) = (context.output, logs::start(context.output)?);
    let Some(problem) = run_logged(output, &log, &plan).map_or_else(Some, how) else {
        log.end(|| ());
        return Ok(Exit::DONE);
    };
    let exit = problem.exit;
    log.end(move || output.problem(&problem));
    Ok(exit)
}

fn run_logged(output: Output, log: &Log, plan: &Plan) -> Result<Ended, Problem> {
    private_directory(&plan.state)
        .with_context(|| format!("cannot use the state directory {}", plan.state.display()))
        .map_err(|error| Problem::from(error).fix("name another with `tomte run --state DIR`"))?;
    runtime()?.block_on(host(output, log, plan))
}

/// What is wrong with an end.
fn how(ended: Ended) -> Option<Problem> {
    match ended {
        Ended::Shutdown => None,
        Ended::GaveUp(reason) => Some(
            Problem::new(Exit::GAVE_UP, format!("the root supervisor gave up: {reason}"))
                .fix("the log above names the crashes; intensity and backoff are in tomte.toml"),
        ),
        Ended::DiskFailed(why) => Some(
            Problem::new(Exit::DISK, format!("the disk of the journal failed, and nothing more is answered: {why}"))
                .fix("see what the disk has (`dmesg`), then start again: what was promised is there"),
        ),
        Ended::Bug(what) => {
            Some(Problem::new(Exit::BUG, format!("this is a bug in tomte: {what}")).fix("report it with the log above"))
        }
    }
}

async fn host(output: Output, log: &Log, plan: &Plan) -> Result<Ended, Problem> {
    let began = Instant::now();
    let mut signals = Signals::new().context("cannot heed signals").map_err(Problem::from)?;
    let socket = Socket::bind(&plan.admin).map_err(closed)?;
    let mut stopping = false;
    let asked = async || {
        signals.stop().await;
        stopping = true;
    };
    let node = match Node::start_until(plan.options(), asked).await {
        Err(StartError::Stopped) => return Ok(Ended::Shutdown),
        started => started.map_err(not_started)?,
    };
    let handle = node.handle();
    let stop = Arc::new(Notify::new());
    let stopped = stop.clone();
    let stopped = async move { stopped.notified().await };
    let server = tokio::spawn(admin::serve(socket, handle.clone(), stopped));

    let name = node.app_name().to_owned();
    let tree = handle.tree().await.map_err(unseen)?;
    let (listeners, took) = (node.listeners(), began.elapsed());
    let pid = std::process::id();
    let releases = node.releases();
    let facts = Facts { name: &name, pid, releases, listeners: &listeners, tree: &tree, took };
    log.say(&banner(plan, &facts, Paint::new(output.talk_has_colour())));
    output.next_line(&advice(plan)).iter().for_each(|line| log.say(line));

    let ended = until_ended(node, &mut signals, stopping, plan, &name).await;
    stop.notify_one();
    if tokio::time::timeout(LAST_ANSWERS, server).await.is_err() {
        tracing::debug!("an admin connection did not end in time");
    }
    Ok(ended)
}

async fn until_ended(node: Node, signals: &mut Signals, mut stopping: bool, plan: &Plan, name: &str) -> Ended {
    let handle = node.handle();
    let mut ended = pin!(node.ended());
    loop {
        let signal = tokio::select! {
            ended = &mut ended => return ended,
            signal = signals.next() => signal,
        };
        match signal {
            Signal::Stop if stopping => {
                handle.halt();
                let halted = tokio::time::timeout(node::HALT_TIME, &mut ended).await;
                // Whatever it waits for, whoever asks twice means it.
                return halted.unwrap_or(Ended::Shutdown);
            }
            Signal::Stop => {
                tracing::info!("asked to stop; a second signal stops at once");
                stopping = true;
                handle.shutdown();
            }
            Signal::Reload => {
                reload(&handle).await;
            }
            Signal::Dump => write_dump(&handle, plan, name).await,
        }
    }
}

async fn reload(handle: &Handle) {
    match handle.reload().await {
        Ok(ReloadView { flags, changed, added, kept, not_applied }) => {
            tracing::info!(?flags, ?changed, ?added, ?kept, "read the manifest again");
            for what in not_applied {
                tracing::warn!("not applied until the host restarts: {what}");
            }
        }
        Err(failure) => tracing::error!("the manifest was not taken, nothing has changed: {}", failure.text),
    }
}

async fn write_dump(handle: &Handle, plan: &Plan, name: &str) {
    let at = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let at = Millis::try_from(at.as_millis()).unwrap_or(Millis::MAX);
    let tree = match handle.tree().await {
        Ok(tree) => tree,
        Err(failure) => return tracing::warn!(reason = failure.text, "no dump was written"),
    };
    let made = dump::dump(name, at, &tree, &handle.history().await.unwrap_or_default());
    match dump::write(&plan.state, at, &made) {
        Ok(path) => tracing::info!(path = %path.display(), "dump written"),
        Err(error) => tracing::warn!(error = format_args!("{error:#}"), "no dump was written"),
    }
}

fn advice(plan: &Plan) -> String {
    if plan.admin_is_default {
        return "tomte call WORKER BODY, from another terminal in this application".to_owned();
    }
    format!("tomte --host {} tree, from another terminal", plan.admin.display())
}

fn closed(error: SocketError) -> Problem {
    let text = error.to_string();
    match error {
        SocketError::Live(path) => {
            Problem::new(Exit::IN_USE, text).fix(format!("stop it with `tomte --host {} shutdown`", path.display()))
        }
        SocketError::NotASocket(_) => {
            Problem::new(Exit::CONFIG, text).fix("remove it, or choose another path with --admin")
        }
        SocketError::Open { directory, .. } => Problem::new(Exit::CONFIG, text)
            .fix(format!("chmod 700 {}, or choose another path with --admin", directory.display())),
        SocketError::System { .. } => Problem::new(Exit::CONFIG, text).fix("choose another path with --admin"),
    }
}

fn not_started(error: StartError) -> Problem {
    Problem::new(Exit::from_code(error.exit_code()), error.to_string())
}

fn unseen(failure: Failure) -> Problem {
    Problem::new(Exit::FAILED, format!("the node does not answer: {}", failure.text))
}

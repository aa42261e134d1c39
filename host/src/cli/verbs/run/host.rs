//! Starts the node, serves the admin socket, heeds signals.

use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::Context as _;
use tokio::sync::Notify;

use super::banner::{Facts, banner};
use super::plan::Plan;
use super::signals::{Signal, Signals};
use super::{dump, logs};
use crate::admin::{self, Socket, SocketError, private_directory};
use crate::base::{Failure, Millis};
use crate::cli::arguments::RunArguments;
use crate::cli::context::{Context, runtime};
use crate::cli::exit::Exit;
use crate::cli::output::Output;
use crate::cli::problem::Problem;
use crate::node::{self, Ended, Handle, Node, ReloadView, StartError};

/// How long the admin socket may take to answer what it has begun when the node has ended.
const LAST_ANSWERS: Duration = Duration::from_secs(1);

pub(in crate::cli::verbs) fn run(context: &Context, arguments: RunArguments) -> Result<Exit, Problem> {
    let plan = Plan::new(arguments)?;
    // Nothing is created for applications whose manifests are wrong.
    node::check_applications(&plan.applications).map_err(|error| Problem::new(Exit::CONFIG, error.to_string()))?;
    logs::start(context.output);
    private_directory(&plan.state)
        .with_context(|| format!("cannot use the state directory {}", plan.state.display()))
        .map_err(|error| Problem::from(error).fix("name another with `tomte run --state DIR`"))?;
    let ended = runtime()?.block_on(host(context.output, &plan))?;
    Ok(match ended {
        Ended::Shutdown => Exit::DONE,
        Ended::GaveUp(reason) => {
            let text = format!("the root supervisor gave up: {reason}");
            context.output.problem(
                &Problem::new(Exit::GAVE_UP, text)
                    .fix("the log above names the crashes; intensity and backoff are in tomte.toml"),
            );
            Exit::GAVE_UP
        }
        Ended::Bug(what) => {
            let text = format!("this is a bug in tomte: {what}");
            context.output.problem(&Problem::new(Exit::BUG, text).fix("report it with the log above"));
            Exit::BUG
        }
    })
}

async fn host(output: Output, plan: &Plan) -> Result<Ended, Problem> {
    let began = Instant::now();
    let mut signals = Signals::new().context("cannot heed signals").map_err(Problem::from)?;
    let socket = Socket::bind(&plan.admin).map_err(closed)?;
    let node = Node::start(plan.options()).await.map_err(not_started)?;
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
    output.show(|paint| banner(plan, &facts, paint));
    output.next(&advice(plan));

    let ended = until_ended(node, &mut signals, plan, &name).await;
    stop.notify_one();
    if tokio::time::timeout(LAST_ANSWERS, server).await.is_err() {
        tracing::debug!("an admin connection did not end in time");
    }
    Ok(ended)
}

async fn until_ended(node: Node, signals: &mut Signals, plan: &Plan, name: &str) -> Ended {
    let handle = node.handle();
    let mut ended = pin!(node.ended());
    let mut stopping = false;
    loop {
        let signal = tokio::select! {
            ended = &mut ended => return ended,
            signal = signals.next() => signal,
        };
        match signal {
            Signal::Stop if stopping => handle.halt(),
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
        SocketError::System { .. } => {
            Problem::new(Exit::CONFIG, text).fix("choose another, shorter path with --admin (100 bytes at most)")
        }
    }
}

fn not_started(error: StartError) -> Problem {
    Problem::new(Exit::from_code(error.exit_code()), error.to_string())
}

fn unseen(failure: Failure) -> Problem {
    Problem::new(Exit::FAILED, format!("the node does not answer: {}", failure.text))
}

//! The verbs and their arguments.

use std::ffi::OsString;
use std::io::{ErrorKind, Write as _};
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};

use super::body::Body;
use super::exit::Exit;
use super::render::parse_duration;
use super::template::Language;
use crate::base::limits;
use crate::node::{CompileTask, TraceLimits};

/// Erlang/OTP's behaviours for WebAssembly, supervised and upgraded as they run.
#[derive(Debug, Parser)]
#[command(name = "tomte", version)]
pub struct Cli {
    /// Print data as JSON
    #[arg(long, global = true)]
    pub(super) json: bool,
    /// The host's admin socket [env: TOMTE_HOST]
    /// [default: .tomte/host.sock of the application]
    #[arg(long, global = true, value_name = "PATH", verbatim_doc_comment)]
    pub(super) host: Option<PathBuf>,
    #[command(subcommand)]
    pub(super) verb: Verb,
}

#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Make a new application in a directory of its own
    New(NewArguments),
    /// Build the components of an application
    Build(DirectoryArguments),
    /// Write the contract of behaviours into a folder
    Wit {
        /// The folder for its files, made if need be
        #[arg(value_name = "DIR", default_value = "wit")]
        directory: PathBuf,
    },
    /// Check applications or one component, without a host
    Check {
        /// Applications for one host, or a component
        #[arg(value_name = "DIR|FILE", default_value = ".")]
        paths: Vec<PathBuf>,
    },
    /// Run one or several applications until told to stop
    Run(RunArguments),
    /// Call a worker and print its reply
    Call(CallArguments),
    /// Send a worker a message nobody answers
    Cast {
        /// The worker's name
        worker: String,
        /// Text, @FILE, or - for standard input
        #[arg(default_value = "", allow_hyphen_values = true)]
        body: Body,
    },
    /// Show the supervision tree
    Tree,
    /// Show one worker closely
    Inspect(InspectArguments),
    /// Hold a worker's inputs back until it is resumed
    Suspend(WorkerArguments),
    /// Let a suspended worker go on
    Resume(WorkerArguments),
    /// Stop a worker and start it anew
    Restart(WorkerArguments),
    /// Stop a worker until it is restarted
    Stop {
        /// The worker's name
        worker: String,
        /// Do not wait for its `terminate`, also one under way
        #[arg(long)]
        kill: bool,
    },
    /// Start one more child and print its address
    StartChild(StartChildArguments),
    /// Start a child that was stopped
    RestartChild(ChildArguments),
    /// Stop a child; it is kept if declared and not temporary
    StopChild(ChildArguments),
    /// Forget a child that was stopped
    DeleteChild(ChildArguments),
    /// List a supervisor's children, newest first, and count them
    Children {
        /// The supervisor's name
        supervisor: String,
    },
    /// Add a handler to an event manager
    #[command(override_usage = "tomte add-handler --behaviour NAME MANAGER HANDLER [CONFIG]")]
    AddHandler(HandlerArguments),
    /// Have a handler leave its event manager
    DeleteHandler {
        /// The manager's name
        manager: String,
        /// The handler's name
        handler: String,
    },
    /// Have a handler take another's place and state
    #[command(override_usage = "tomte swap-handler --old OLD --behaviour NAME MANAGER HANDLER [CONFIG]")]
    SwapHandler {
        /// The handler that leaves
        #[arg(long)]
        old: String,
        #[command(flatten)]
        new: HandlerArguments,
    },
    /// Have the host read its manifest again; what runs goes on
    Reload,
    /// Show the applications of the running host
    Applications,
    /// Start an application that is stopped
    StartApplication(ApplicationArguments),
    /// Stop an application; the others go on
    StopApplication(ApplicationArguments),
    /// Show what an application is configured with, or change it
    Config {
        /// The application's name
        application: String,
        /// Keys to set; null takes back what was set so
        #[arg(value_name = "KEY=JSON")]
        assignments: Vec<String>,
    },
    /// Give a worker another state, if it takes it
    ReplaceState(StateArguments),
    /// Watch a worker's inputs and what comes of each
    Trace(TraceArguments),
    /// Give the running host a new version of a component
    Upgrade {
        /// The component
        #[arg(required_unless_present = "cancel")]
        file: Option<PathBuf>,
        /// Say what would be done, and change nothing
        #[arg(long, conflicts_with = "cancel")]
        dry_run: bool,
        /// Take back what waits or is under way, or FILE alone
        #[arg(long)]
        cancel: bool,
    },
    /// Go back to the version before
    Rollback(RollbackArguments),
    /// Show every release so far
    History,
    /// Copy an application's state, whether it runs or not
    Backup(BackupArguments),
    /// Look for what is wrong with this machine's setup
    Doctor(DirectoryArguments),
    /// Print a completion script for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Drain the running host and stop it
    Shutdown,
    /// Check or compile the component on standard input, as a host has it done in a process of its own
    #[command(hide = true)]
    Precompile {
        /// What to do
        task: CompileTask,
        /// Bytes of memory it may take
        memory: u64,
    },
}

#[derive(Debug, Args)]
pub(super) struct HandlerArguments {
    /// The manager's name
    pub(super) manager: String,
    /// What the handler is called there; MANAGER/HANDLER is its address
    pub(super) handler: String,
    /// The behaviour it runs, one of the application's
    #[arg(long, value_name = "NAME")]
    pub(super) behaviour: String,
    /// Its configuration as JSON text, @FILE, or - for standard input
    #[arg(default_value = "", hide_default_value = true)]
    pub(super) config: Body,
}

#[derive(Debug, Args)]
pub(super) struct NewArguments {
    /// The name of the application, its directory and its first behaviour
    pub(super) name: String,
    /// Its language: rust, js, python, c, cpp, zig, go,
    /// assemblyscript or wat [default: rust]
    #[arg(long, value_enum, default_value_t = Language::Rust, hide_possible_values = true, hide_default_value = true,
        verbatim_doc_comment)]
    pub(super) lang: Language,
}

#[derive(Debug, Args)]
pub(super) struct StartChildArguments {
    /// The supervisor's name
    pub(super) supervisor: String,
    /// Under simple_one_for_one: its key; SUPERVISOR/KEY is its address
    #[arg(required_unless_present = "specification")]
    pub(super) key: Option<String>,
    /// Its configuration as JSON text, @FILE, or - for standard input
    /// [default: its template's]
    #[arg(default_value = "", hide_default_value = true, verbatim_doc_comment)]
    pub(super) config: Body,
    /// Under any other supervisor: its table [child.NAME]
    /// as text, @FILE, or - for standard input
    #[arg(long = "as", value_name = "TABLE", conflicts_with_all = ["key", "config"], verbatim_doc_comment)]
    pub(super) specification: Option<Body>,
}

#[derive(Debug, Args)]
pub(super) struct ChildArguments {
    /// The supervisor's name
    pub(super) supervisor: String,
    /// The child's name, or its key
    pub(super) child: String,
}

#[derive(Debug, Args)]
pub(super) struct DirectoryArguments {
    /// The application's directory
    #[arg(value_name = "DIR", default_value = ".")]
    pub(super) directory: PathBuf,
}

#[derive(Debug, Args)]
pub(super) struct RunArguments {
    /// The applications; the first has the host's settings
    #[arg(value_name = "DIR", default_value = ".")]
    pub(super) directories: Vec<PathBuf>,
    /// Where the host keeps its state
    /// [default: .tomte in the first DIR]
    #[arg(long, value_name = "DIR", verbatim_doc_comment)]
    pub(super) state: Option<PathBuf>,
    /// The folder watched for new versions
    /// [default: releases in the first DIR]
    #[arg(long, value_name = "DIR", verbatim_doc_comment)]
    pub(super) releases: Option<PathBuf>,
    /// The admin socket
    /// [default: host.sock in the state directory]
    #[arg(long, value_name = "PATH", verbatim_doc_comment)]
    pub(super) admin: Option<PathBuf>,
    /// Configure workers, over manifest and host.toml
    #[arg(long, value_name = "APP.KEY=JSON")]
    pub(super) config: Vec<String>,
}

#[derive(Debug, Args)]
pub(super) struct CallArguments {
    /// The worker's name
    pub(super) worker: String,
    /// Text, @FILE, or - for standard input
    #[arg(default_value = "", allow_hyphen_values = true)]
    pub(super) body: Body,
    /// How long to wait for the reply
    #[arg(long, default_value = "5s", value_parser = call_time)]
    pub(super) timeout: Duration,
}

#[derive(Debug, Args)]
pub(super) struct WorkerArguments {
    /// The worker's name
    pub(super) worker: String,
}

#[derive(Debug, Args)]
pub(super) struct InspectArguments {
    /// The worker's name
    pub(super) worker: String,
    /// Show its state too; a `save` that traps is a crash
    #[arg(long)]
    pub(super) state: bool,
}

#[derive(Debug, Args)]
pub(super) struct ApplicationArguments {
    /// The application's name
    pub(super) application: String,
}

#[derive(Debug, Args)]
pub(super) struct StateArguments {
    /// The worker's name
    pub(super) worker: String,
    /// The state: text, @FILE, or - for standard input
    #[arg(default_value = "", allow_hyphen_values = true)]
    pub(super) body: Body,
    /// The schema it is written in
    /// [default: that of the worker's present state]
    #[arg(long, value_name = "NAME", verbatim_doc_comment)]
    pub(super) schema: Option<String>,
}

#[derive(Debug, Args)]
pub(super) struct TraceArguments {
    /// The worker's name
    pub(super) worker: String,
    /// End after so many inputs, 10000 at most
    #[arg(long, value_name = "N", default_value_t = limits::TRACE_INPUTS)]
    pub(super) inputs: u64,
    /// End after this time, 1h at most
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = parse_duration)]
    pub(super) time: Duration,
}

impl TraceArguments {
    /// How much is asked for.
    pub(super) fn limits(&self) -> TraceLimits {
        TraceLimits { inputs: self.inputs, time: self.time }
    }
}

#[derive(Debug, Args)]
pub(super) struct BackupArguments {
    /// Where the copy is to be: a directory that is not there, or empty
    pub(super) to: PathBuf,
    /// The state directory
    /// [default: .tomte of the application around here]
    #[arg(long, value_name = "DIR", verbatim_doc_comment)]
    pub(super) state: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(super) struct RollbackArguments {
    /// The revision to go back to, as `tomte history` numbers it
    /// [default: the one before]
    #[arg(value_name = "REV", verbatim_doc_comment)]
    pub(super) revision: Option<u64>,
    /// The behaviour to roll back
    /// [default: that of the last release]
    #[arg(long, value_name = "NAME", verbatim_doc_comment)]
    pub(super) behaviour: Option<String>,
    /// Say what would be done, and change nothing
    #[arg(long)]
    pub(super) dry_run: bool,
}

fn call_time(text: &str) -> Result<Duration, String> {
    let most = crate::base::limits::CALL_TIME_MAX;
    let time = parse_duration(text)?;
    if (Duration::from_millis(1)..=most).contains(&time) {
        Ok(time)
    } else {
        Err(format!("a call may take from 1ms to {}h", most.as_secs() / 3600))
    }
}

/// Reads the command line. Help, the version and wrong usage are printed here; then the error is
/// the exit to end with.
///
/// # Errors
/// There is nothing to run.
pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Cli, Exit> {
    Cli::try_parse_from(arguments).map_err(|error| {
        let printed = error.print().and_then(|()| std::io::stdout().flush());
        match printed {
            _ if error.use_stderr() => Exit::USAGE,
            // `tomte --help | head -1` is no failure; a disk that is full is one, and nobody is left to tell.
            Err(failed) if failed.kind() != ErrorKind::BrokenPipe => Exit::FAILED,
            _ => Exit::DONE,
        }
    })
}

#[cfg(test)]
mod tests;

//! What a node shows of itself: plain records, the same in Rust, in JSON and on the command line.

use serde::{Deserialize, Serialize};

mod applications;
mod children;
mod sys;

pub use applications::{ApplicationView, ConfigView, SettingView, StartedApplicationView, StoppedView};
pub use children::{ChildView, ChildrenView, CountsView, ReloadView};
pub use sys::{
    DoingView, DueView, DurableView, HeadView, InputView, PostponedView, ReplacedView, StatisticsView, TraceEventView,
    TraceView,
};

/// One supervisor or worker of the tree, with what stands under it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TreeView {
    /// The child's name.
    pub name: String,
    /// `supervisor`, `manager` (of event handlers), `worker`, or `host` for what stands above the roots of
    /// several applications.
    pub kind: String,
    /// `running`, `starting`, `waiting` (for a restart), `suspended`, `stopping`, `stopped` or `ignored`.
    pub status: String,
    /// Supervisors: `one_for_one`, `one_for_all`, `rest_for_one` or `simple_one_for_one`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub strategy: Option<String>,
    /// Workers: the behaviour.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub behaviour: Option<String>,
    /// Workers: the version of the component.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Workers and managers: inputs waiting.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queued: Option<usize>,
    /// Workers and managers: inputs that may wait.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capacity: Option<usize>,
    /// Workers: inputs that found no place in the queue.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub overloads: u64,
    /// Workers: the function it has been in for some time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doing: Option<DoingView>,
    /// Restarts since the node started. Supervisors: those that count now.
    pub restarts: u64,
    /// Supervisors of dynamic children: how many there are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dynamic: Option<usize>,
    /// At the top: the releases that wait or are under way, in the order of their turns.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pending: Vec<UpgradeReport>,
    /// Supervisors: their children in start order; of dynamic ones at most 50.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub children: Vec<TreeView>,
}

/// One worker, closely.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WorkerView {
    /// Its name.
    pub name: String,
    /// The supervisor it stands under.
    pub under: String,
    /// As in [`TreeView::status`].
    pub status: String,
    /// The behaviour.
    pub behaviour: String,
    /// The component's version.
    pub version: String,
    /// The component's SHA-256.
    pub digest: String,
    /// How many instances it has had before this one.
    pub generation: u64,
    /// Which shard steps it.
    pub shard: usize,
    /// Inputs waiting.
    pub queued: usize,
    /// Inputs that may wait.
    pub capacity: usize,
    /// Inputs stepped since the node started.
    pub steps: u64,
    /// Restarts since the node started.
    pub restarts: u64,
    /// Callers that wait for a delayed reply.
    pub pending_replies: usize,
    /// Timers running.
    pub timers: usize,
    /// Those of them that go off first, at most 8.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub due: Vec<DueView>,
    /// The name of the state its state machine is in, if it has named one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub machine: Option<HeadView>,
    /// Inputs that are postponed.
    #[serde(default)]
    pub postponed: usize,
    /// The oldest of them, at most 8.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub postponed_inputs: Vec<PostponedView>,
    /// Workers that it monitors.
    #[serde(default)]
    pub monitors: usize,
    /// Bytes of linear memory now.
    pub memory: u64,
    /// Bytes of linear memory allowed.
    pub memory_limit: u64,
    /// Whether it hibernates: no instance is there, and its state is kept in so many bytes as `state_bytes` says.
    pub hibernates: bool,
    /// What it would be brought back from, if it is durable.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub durable: Option<DurableView>,
    /// The function it is in, if it has been for so long that nobody waited for its end: then no state is shown, and
    /// the first of its last inputs is what it works on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doing: Option<DoingView>,
    /// The schema of its state, if it saves one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<String>,
    /// Why its state is not shown, although it could save one: nobody asked for it, or a worker with its code was
    /// lost by that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state_withheld: Option<String>,
    /// Bytes of its state, if it saves one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state_bytes: Option<usize>,
    /// Whether its state and its inputs are shown by their sizes alone.
    #[serde(default)]
    pub redacted: bool,
    /// Its state as text, if it saves one and that is UTF-8 (at most 64 KiB), and is not redacted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// The reason of its last crash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_crash: Option<String>,
    /// What it has done since its start.
    #[serde(default)]
    pub statistics: StatisticsView,
    /// Its last inputs, newest first.
    #[serde(default)]
    pub recent: Vec<InputView>,
}

/// How a release went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UpgradeResult {
    /// It waits for its turn.
    Waiting,
    /// It is under way; or it runs and could not be recorded, which its reason says.
    Begun,
    /// Every affected worker runs the new version.
    Permanent,
    /// These very bytes run already; nothing was done.
    AlreadyRunning,
    /// A check said no; nothing was tried.
    Refused,
    /// It was tried; the old version serves.
    RolledBack,
    /// A dry run: it would be done.
    Planned,
}

/// One release, tried or refused: a row of the history.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UpgradeReport {
    /// The row's number, from 1, never reused. 0 in a dry run.
    pub revision: u64,
    /// When, in milliseconds since the Unix epoch.
    pub at_ms: u64,
    /// The behaviour, or the file's name if no behaviour could be told.
    pub behaviour: String,
    /// The version before, if the behaviour runs here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// The version that was to run.
    pub to: String,
    /// The SHA-256 of the component that was to run.
    pub digest: String,
    /// What came of it.
    pub result: UpgradeResult,
    /// Where it came from: `folder releases/counter-0.2.0.wasm`, `cli`, `rollback`.
    pub via: String,
    /// How many workers changed.
    pub workers: usize,
    /// The longest time a worker took no input, in microseconds.
    pub pause_us: u64,
    /// Why it was refused, or what is worth knowing.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// The instructions, one line each (dry run only).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub plan: Vec<String>,
}

/// What came of taking releases back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CancelView {
    /// Those that are not to be any more.
    pub taken_back: Vec<UpgradeReport>,
    /// Why one is to be all the same: it is past its point of no return.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kept: Option<String>,
}

fn is_zero(count: &u64) -> bool {
    *count == 0
}

/// A copy of a state directory.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackupView {
    /// Where it is.
    pub directory: String,
    /// Files in it.
    pub files: u64,
    /// Bytes of them, but for the room that a journal keeps free.
    pub bytes: u64,
    /// Durable workers that come back from it.
    pub workers: usize,
    /// Inputs that they step again then.
    pub inputs: usize,
    /// Releases in its history.
    pub releases: usize,
}

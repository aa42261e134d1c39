//! What a manifest declares: supervisors, children and their limits. Checked by whoever builds them.

use std::sync::Arc;
use std::time::Duration;

use super::{Name, WhenFull, limits};

/// Who restarts with a child that crashed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Strategy {
    /// That child alone.
    #[default]
    OneForOne,
    /// All children of that supervisor.
    OneForAll,
    /// That child and those started after it.
    RestForOne,
    /// Dynamic children of one template.
    SimpleOneForOne,
}

/// At most `restarts` restarts within `period`; one more and the supervisor gives up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Intensity {
    /// How many.
    pub restarts: u32,
    /// Within what time.
    pub period: Duration,
}

impl Default for Intensity {
    /// OTP's: one restart in five seconds.
    fn default() -> Intensity {
        Intensity { restarts: 1, period: Duration::from_secs(5) }
    }
}

/// Whether a supervisor ends with its significant children.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AutoShutdown {
    /// It does not.
    #[default]
    Never,
    /// With the first.
    AnySignificant,
    /// With the last.
    AllSignificant,
}

/// One supervisor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SupervisorSpec {
    /// Who restarts together.
    pub strategy: Strategy,
    /// How often before it gives up.
    pub intensity: Intensity,
    /// Whether it ends with its significant children.
    pub auto_shutdown: AutoShutdown,
    /// The queue of an event manager, if it is one: its children are keyed, each with a specification
    /// of its own, temporary, and told of what comes to the manager.
    pub manager: Option<QueueSpec>,
}

/// When a child that ended is started again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Restart {
    /// Always.
    #[default]
    Permanent,
    /// When it ended uncleanly.
    Transient,
    /// Never.
    Temporary,
}

/// How a child is stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shutdown {
    /// At once, without `terminate`.
    BrutalKill,
    /// `terminate`, killed after this time.
    Timeout(Duration),
    /// `terminate`, waited for however long it takes.
    Infinity,
}

impl Default for Shutdown {
    /// OTP's for workers: five seconds.
    fn default() -> Shutdown {
        Shutdown::Timeout(Duration::from_secs(5))
    }
}

/// How long to wait before a restart. A lone crash is restarted at once; those that follow it
/// within `reset_after` wait `first`, then twice as long each, up to `max`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Backoff {
    /// The wait before the second restart in a row.
    pub first: Duration,
    /// The longest wait.
    pub max: Duration,
    /// The share of a wait that is random, from 0 to 1.
    pub jitter: f64,
    /// A child that ran this long starts anew with no wait.
    pub reset_after: Duration,
    /// It waits for as long as it takes to stay within its supervisor's intensity, which so never gives up
    /// because of it. What a manifest has that names no backoff: whoever makes a worker crash again and again
    /// must not end the host.
    pub within_intensity: bool,
}

impl Default for Backoff {
    fn default() -> Backoff {
        Backoff {
            first: Duration::from_millis(10),
            max: Duration::from_secs(30),
            jitter: 0.2,
            reset_after: Duration::from_secs(60),
            within_intensity: false,
        }
    }
}

/// A worker's queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QueueSpec {
    /// How many inputs wait at most.
    pub capacity: usize,
    /// What happens to the next.
    pub when_full: WhenFull,
}

impl Default for QueueSpec {
    fn default() -> QueueSpec {
        QueueSpec { capacity: limits::QUEUE_CAPACITY, when_full: WhenFull::Reject }
    }
}

/// What the instances of one behaviour may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GuestLimits {
    /// Bytes of linear memory.
    pub memory: u64,
    /// Time of one `step`.
    pub step: Duration,
    /// Time of `init`.
    pub init: Duration,
    /// Effects of one step.
    pub effects: usize,
    /// Bytes of one reply, message or other body that a step returns.
    pub reply: usize,
    /// Whether budgets are fuel (1 ms = 1 million units) and so the same on every machine.
    pub fuel: bool,
}

impl Default for GuestLimits {
    fn default() -> GuestLimits {
        GuestLimits {
            memory: limits::MEMORY_BYTES,
            step: limits::STEP_TIME,
            init: limits::INIT_TIME,
            effects: limits::EFFECTS,
            reply: limits::BODY_BYTES_MAX,
            fuel: false,
        }
    }
}

/// What a child is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChildKind {
    /// A worker running this behaviour.
    Worker(Name),
    /// The supervisor of the same name in the tree's list.
    Supervisor(Name),
}

/// One child of a supervisor.
#[derive(Clone, Debug, PartialEq)]
pub struct ChildSpec {
    /// Its name; for a worker also its address.
    pub name: Name,
    /// The supervisor it stands under.
    pub under: Name,
    /// A worker or a supervisor.
    pub kind: ChildKind,
    /// When it is started again.
    pub restart: Restart,
    /// How long a restart waits.
    pub backoff: Backoff,
    /// How it is stopped.
    pub shutdown: Shutdown,
    /// Whether its end may end its supervisor.
    pub significant: bool,
    /// Its queue, if it is a worker.
    pub queue: QueueSpec,
    /// How long a worker may be idle before it hibernates; none is for ever.
    pub hibernate_after: Option<Duration>,
    /// Its `config` table as JSON text.
    pub config: Arc<[u8]>,
    /// Whether its state outlives crashes and hosts.
    pub durable: bool,
    /// Whether its state and its inputs are shown by their sizes alone.
    pub redact: bool,
    /// Whether `terminate` is called after a crash too, on a fresh instance with the state from before
    /// the input that crashed. Costs a `save` before each input.
    pub terminate_after_crash: bool,
}

/// The language of a listener.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// Length-prefixed frames, Erlang's `{packet, 4}`.
    Frames,
    /// One line is one call.
    Lines,
    /// HTTP/1.1.
    Http,
}

impl Protocol {
    /// The word used in manifests.
    pub fn word(self) -> &'static str {
        match self {
            Protocol::Frames => "frames",
            Protocol::Lines => "lines",
            Protocol::Http => "http",
        }
    }
}

/// A whole tree: what a manifest declares. The root is the supervisor named `root`.
#[derive(Clone, Debug, PartialEq)]
pub struct TreeSpec {
    /// Every supervisor with its name; the first is the root.
    pub supervisors: Vec<(Name, SupervisorSpec)>,
    /// Every child, in start order within its supervisor.
    pub children: Vec<ChildSpec>,
}

impl TreeSpec {
    /// What a declared worker is addressed by: a handler's address has the name of its manager's entry.
    pub fn address(&self, child: &ChildSpec) -> Name {
        let manages = |(name, spec): &(Name, SupervisorSpec)| *name == child.under && spec.manager.is_some();
        if !self.supervisors.iter().any(manages) {
            return child.name.clone();
        }
        self.entry(&child.under).map_or_else(|| child.name.clone(), |entry| Name::address(&entry.name, &child.name))
    }

    /// The name of the supervisor that makes its children after this one, if this is a template.
    pub fn template(&self, child: &ChildSpec) -> Option<Name> {
        let makes_children =
            |(name, spec): &&(Name, SupervisorSpec)| *name == child.under && spec.strategy == Strategy::SimpleOneForOne;
        let (supervisor, _) = self.supervisors.iter().find(makes_children)?;
        Some(self.entry(supervisor).map_or_else(|| supervisor.clone(), |entry| entry.name.clone()))
    }

    /// The child that is this supervisor.
    fn entry(&self, supervisor: &Name) -> Option<&ChildSpec> {
        let is_it = |child: &&ChildSpec| matches!(&child.kind, ChildKind::Supervisor(name) if name == supervisor);
        self.children.iter().find(is_it)
    }
}

//! What a worker was declared as, in the form its shard keeps.

use std::sync::Arc;
use std::time::Duration;

use crate::base::{ChildKind, Name, QueueSpec, Shutdown};
use crate::supervisor::{ChildId, Tree};

/// What a worker was declared as when it last started. Until it starts again only the configuration
/// changes.
#[derive(Clone, Debug)]
pub struct WorkerSpec {
    /// Its place in the tree.
    pub child: ChildId,
    /// Its name.
    pub name: Name,
    /// Its behaviour.
    pub behaviour: Name,
    /// How it is stopped.
    pub shutdown: Shutdown,
    /// Its queue.
    pub queue: QueueSpec,
    /// How long it may be idle before it hibernates.
    pub hibernate_after: Option<Duration>,
    /// Its configuration as JSON text.
    pub config: Arc<[u8]>,
    /// Whether its state outlives crashes and hosts.
    pub durable: bool,
    /// Whether its state and its inputs are shown by their sizes alone.
    pub redact: bool,
    /// Whether `terminate` is called after a crash, too.
    pub terminate_after_crash: bool,
}

impl WorkerSpec {
    /// What a tree says of one of its workers; none for a supervisor.
    pub fn of(tree: &Tree, child: ChildId) -> Option<WorkerSpec> {
        let spec = tree.spec(child);
        let ChildKind::Worker(behaviour) = &spec.kind else { return None };
        Some(WorkerSpec {
            child,
            name: tree.name(child).clone(),
            behaviour: behaviour.clone(),
            shutdown: spec.shutdown,
            queue: spec.queue,
            hibernate_after: spec.hibernate_after,
            config: Arc::clone(tree.config(child)),
            durable: spec.durable,
            redact: spec.redact,
            terminate_after_crash: spec.terminate_after_crash,
        })
    }
}

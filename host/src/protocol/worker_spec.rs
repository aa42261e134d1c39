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
    /// Its path in the tree, for example `root/orders`.
    pub path: String,
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
            path: path(tree, child),
            behaviour: behaviour.clone(),
            shutdown: spec.shutdown,
            queue: spec.queue,
            hibernate_after: spec.hibernate_after,
            config: Arc::clone(tree.config(child)),
            redact: spec.redact,
            terminate_after_crash: spec.terminate_after_crash,
        })
    }
}

/// Its place in the tree: a dynamic child's address has its supervisor's name already.
fn path(tree: &Tree, child: ChildId) -> String {
    let mut path = tree.name(child).to_string();
    let mut at = tree.parent(child);
    if path.contains('/') {
        at = at.and_then(|supervisor| tree.parent(supervisor));
    }
    while let Some(above) = at.filter(|&above| *tree.name(above) != Name::host()) {
        path = format!("{}/{path}", tree.name(above));
        at = tree.parent(above);
    }
    path
}

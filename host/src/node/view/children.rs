//! The children of a supervisor, as OTP's which_children and count_children show them, and what a
//! reload came to.

use serde::{Deserialize, Serialize};

/// One child of a supervisor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChildView {
    /// Its name, or its address if it has a key.
    pub child: String,
    /// `running`, `restarting` or `none`.
    pub state: String,
    /// `worker` or `supervisor`.
    #[serde(rename = "type")]
    pub kind: String,
    /// A worker's behaviour, or the name of the supervisor it is.
    pub behaviour: String,
}

/// The children of a supervisor in numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CountsView {
    /// Specifications, running or not; a template is one.
    pub specs: usize,
    /// Children that run. Those being restarted do not.
    pub active: usize,
    /// Children that are supervisors, running or not.
    pub supervisors: usize,
    /// Children that are workers, running or not.
    pub workers: usize,
}

/// A supervisor's children.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChildrenView {
    /// In numbers.
    pub counts: CountsView,
    /// Each, newest first.
    pub children: Vec<ChildView>,
}

/// What came of reading the manifest again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReloadView {
    /// Supervisors whose flags are others now. They hold at once.
    pub flags: Vec<String>,
    /// Children whose specification is another now. It holds from their next start.
    pub changed: Vec<String>,
    /// Children that are new. They are not started.
    pub added: Vec<String>,
    /// Children that are no longer declared. They go on until their supervisor ends.
    pub kept: Vec<String>,
    /// What cannot change while the host runs, a line for people each.
    pub not_applied: Vec<String>,
}

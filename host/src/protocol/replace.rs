//! A worker's state, replaced by an operator.

use tokio::sync::oneshot;

use crate::base::Failure;

/// A state that somebody wants a worker to have.
#[derive(Debug)]
pub struct Replacement {
    /// The schema it is written in; that of the present state if none is named.
    pub schema: Option<String>,
    /// The state.
    pub data: Vec<u8>,
    /// Whoever asked.
    pub done: oneshot::Sender<Result<Replaced, Failure>>,
}

/// A state that was replaced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replaced {
    /// The schema it was given in.
    pub schema: String,
    /// Its bytes.
    pub bytes: usize,
    /// How many instances the worker has had before the one that has it.
    pub generation: u64,
}

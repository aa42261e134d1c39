//! Why a client got no answer of use.

use std::path::PathBuf;
use std::time::Duration;

use serde::de::DeserializeOwned;

use super::wire::ErrorView;

/// Why the host gave no answer of use.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// Nobody listens there.
    #[error("no host answers on {}", .0.display())]
    NoHost(PathBuf),
    /// The socket belongs to somebody else.
    #[error("{} belongs to another user", .0.display())]
    NotOurs(PathBuf),
    /// The host took too long.
    #[error("the host did not answer within {} s", .0.as_secs())]
    TimedOut(Duration),
    /// The host said no.
    #[error("{}", .0.text)]
    Failed(ErrorView),
    /// The answer makes no sense.
    #[error("the host's answer cannot be read: {0}")]
    Garbled(String),
}

pub(super) fn parsed<T: DeserializeOwned>(body: &[u8]) -> Result<T, ClientError> {
    serde_json::from_slice(body).map_err(garbled)
}

pub(super) fn garbled(error: impl std::fmt::Display) -> ClientError {
    ClientError::Garbled(error.to_string())
}

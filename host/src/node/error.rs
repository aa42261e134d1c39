//! Why a node did not start.

/// Why a node did not start. The text is for people; [`StartError::exit_code`] is for scripts.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The manifest, a component or a setting is wrong.
    #[error("{0}")]
    Config(String),
    /// An address is in use, or another host has the state directory.
    #[error("{0}")]
    InUse(String),
    /// A child could not be started, so nothing runs.
    #[error("the tree could not be started: {0}")]
    Boot(String),
    /// It was asked to stop before it was up; what had been started was stopped again.
    #[error("stopped while it was starting")]
    Stopped,
    /// The system said no.
    #[error("{0}")]
    System(String),
}

impl StartError {
    /// The exit code of the command line: 78, 69, 10, 0 or 1.
    pub fn exit_code(&self) -> u8 {
        match self {
            StartError::Config(_) => 78,
            StartError::InUse(_) => 69,
            StartError::Boot(_) => 10,
            StartError::Stopped => 0,
            StartError::System(_) => 1,
        }
    }
}

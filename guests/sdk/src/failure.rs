//! The two ways to fail, refuse an input or crash; and how the failure of a call comes back.

use std::fmt;

use crate::bindings::tomte::behaviour::types::Outcome;
use crate::{CallError, StartFailure};

/// An input is refused: its caller gets this text, and nothing has changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal(String);

impl Refusal {
    /// A refusal with this text.
    pub fn new(text: impl Into<String>) -> Refusal {
        Refusal(text.into())
    }

    /// The text.
    pub fn into_text(self) -> String {
        self.0
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Refusal {}

impl From<Refusal> for StartFailure {
    fn from(refusal: Refusal) -> StartFailure {
        StartFailure::Stop(refusal.into_text())
    }
}

impl From<Outcome> for Result<Vec<u8>, CallError> {
    fn from(outcome: Outcome) -> Result<Vec<u8>, CallError> {
        match outcome {
            Outcome::Replied(body) => Ok(body),
            Outcome::Failed(error) => Err(error),
        }
    }
}

/// Crashes on purpose, with a reason. Under the host the instance ends here; on the native target
/// this is a panic, which [`crate::run`] returns as a value.
#[cfg_attr(not(target_arch = "wasm32"), track_caller)]
pub fn crash(reason: impl Into<String>) -> ! {
    let reason = reason.into();
    #[cfg(target_arch = "wasm32")]
    crate::bindings::tomte::behaviour::fault::crash(&reason);
    panic!("{reason}")
}

/// Makes every panic a crash with its message. The host would otherwise only see a bare trap.
pub(crate) fn tell_panics() {
    #[cfg(target_arch = "wasm32")]
    std::panic::set_hook(Box::new(|panic| {
        let text = panic.payload_as_str().unwrap_or("panic");
        let place = panic.location().map(|at| format!(" at {}:{}", at.file(), at.line()));
        crate::bindings::tomte::behaviour::fault::crash(&format!("{text}{}", place.unwrap_or_default()));
    }));
}

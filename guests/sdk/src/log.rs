//! Lines for the host's log. On the native target they go to standard error.

#[cfg(target_arch = "wasm32")]
use crate::bindings::tomte::behaviour::log::{Level, log};

#[cfg(not(target_arch = "wasm32"))]
#[derive(Debug)]
enum Level {
    Error,
    Warn,
    Info,
    Debug,
    Trace,
}

#[cfg(not(target_arch = "wasm32"))]
fn log(level: Level, message: &str) {
    eprintln!("{level:?}: {message}");
}

/// Something failed.
pub fn error(message: &str) {
    log(Level::Error, message);
}

/// Something is not as it should be.
pub fn warn(message: &str) {
    log(Level::Warn, message);
}

/// Something happened that an operator wants to know.
pub fn info(message: &str) {
    log(Level::Info, message);
}

/// For whoever looks for a fault.
pub fn debug(message: &str) {
    log(Level::Debug, message);
}

/// Every step on the way.
pub fn trace(message: &str) {
    log(Level::Trace, message);
}

//! JSON, the default between bytes and types.

use serde_core::Serialize;
use serde_core::de::DeserializeOwned;

use crate::bindings::tomte::behaviour::types::SavedState;
use crate::{Refusal, Start, StartFailure, crash};

/// Reads JSON.
///
/// # Errors
/// The bytes are not JSON, or not of this type. The text says which and where.
pub fn from_json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Refusal> {
    serde_json::from_slice(bytes).map_err(|error| Refusal::new(error.to_string()))
}

/// Writes JSON. Crashes on a value JSON cannot hold, such as a map whose keys are not text.
pub fn to_json<T: Serialize + ?Sized>(value: &T) -> Vec<u8> {
    serde_json::to_vec(value).unwrap_or_else(|error| crash(format!("cannot be written as JSON: {error}")))
}

/// A state that was saved in the schema it is read in.
pub(crate) fn state_from_json<T: DeserializeOwned>(saved: &SavedState) -> Result<T, StartFailure> {
    let not = |error| StartFailure::Stop(format!("the saved state is not {}: {error}", saved.schema));
    from_json(&saved.data).map_err(not)
}

impl Start {
    /// The child's `config` table.
    ///
    /// # Errors
    /// The table does not fit the type; the worker then does not start, and says so.
    pub fn config<T: DeserializeOwned>(&self) -> Result<T, StartFailure> {
        let text: &[u8] = if self.config.is_empty() { b"{}" } else { &self.config };
        from_json(text).map_err(|error| StartFailure::Stop(format!("config of {}: {error}", self.worker)))
    }
}

//! The layer under every behaviour of the SDK: the contract's functions on bytes.

use crate::{Context, ExitReason, Input, Refusal, SavedState, Start, StartFailure};

/// The contract as a trait: raw inputs in, effects through the [`Context`], bytes out.
///
/// [`crate::GenServer`] is an adapter to this one, as every other typed behaviour is. Implement it
/// directly for a behaviour that wants the bytes as they came, and export it with
/// `export!(behaviour: NAME)`.
pub trait Behaviour: Sized {
    /// Builds the instance, from `start.state` where there is one.
    ///
    /// # Errors
    /// The worker does not start. That is not a crash.
    fn init(start: Start, context: &mut Context) -> Result<Self, StartFailure>;

    /// One input.
    ///
    /// # Errors
    /// The input is refused; then the state must be as it was. Effects of a refused step are not
    /// carried out.
    fn step(&mut self, input: Input, context: &mut Context) -> Result<(), Refusal>;

    /// The last call, when the worker ends in an orderly way. It may still reply and send.
    fn terminate(&mut self, reason: ExitReason, context: &mut Context) {
        let _ = (reason, context);
    }

    /// The state in the component's own schema.
    fn save(&self) -> SavedState;

    /// The state in an older schema.
    ///
    /// # Errors
    /// It cannot be written in that schema.
    fn save_as(&self, schema: &str) -> Result<Vec<u8>, Refusal>;
}

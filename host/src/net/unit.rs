//! What a peer's bytes are cut into.

/// What stands at the front of a peer's bytes.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Unit {
    /// Not yet a whole unit.
    Partial,
    /// One request.
    Request {
        /// Bytes it took.
        used: usize,
        /// Its body.
        body: Vec<u8>,
    },
    /// A unit that is no request; the next one may be.
    Malformed {
        /// Bytes it took.
        used: usize,
        /// What is wrong with it.
        text: String,
    },
    /// Where the next unit starts cannot be known: answer, then close.
    Hopeless(String),
}

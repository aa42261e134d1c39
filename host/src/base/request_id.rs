//! The id of a request that is to be done once.

use serde::{Deserialize, Serialize};

/// What a client calls a request that is to be done once, however often it asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestId {
    /// The client's own bytes, or a digest of its own text.
    pub id: [u8; 16],
    /// A digest of what is asked. The same id with another one is a mistake of the client.
    pub asked: u64,
    /// A worker has handed the request on: then it is taken also by a worker that remembers no requests.
    pub forwarded: bool,
}

//! What a caller gets: one of nine kinds, with a body or a text.

use serde::{Deserialize, Serialize};

/// The kind of an answer; its number is the status byte of `frames`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[repr(u8)]
pub enum Kind {
    /// Answered by the behaviour.
    Ok = 0,
    /// The behaviour said no; nothing changed.
    Refused = 1,
    /// The worker crashed on this input.
    Crashed = 2,
    /// A queue was full; not executed.
    Overloaded = 3,
    /// The deadline passed.
    TimedOut = 4,
    /// No such worker.
    NoWorker = 5,
    /// Malformed, too long, or not UTF-8 where text is asked for.
    BadRequest = 6,
    /// Draining or stopped.
    Stopped = 7,
    /// The disk has no room for what a durable worker would have to remember; not executed.
    StorageFull = 8,
}

impl Kind {
    /// Every kind, in the order of its number.
    pub const ALL: [Kind; 9] = [
        Kind::Ok,
        Kind::Refused,
        Kind::Crashed,
        Kind::Overloaded,
        Kind::TimedOut,
        Kind::NoWorker,
        Kind::BadRequest,
        Kind::Stopped,
        Kind::StorageFull,
    ];

    /// The word used by `lines`, JSON and the command line.
    pub fn word(self) -> &'static str {
        match self {
            Kind::Ok => "ok",
            Kind::Refused => "refused",
            Kind::Crashed => "crashed",
            Kind::Overloaded => "overloaded",
            Kind::TimedOut => "timed-out",
            Kind::NoWorker => "no-worker",
            Kind::BadRequest => "bad-request",
            Kind::Stopped => "stopped",
            Kind::StorageFull => "storage-full",
        }
    }

    /// The kind with this word.
    pub fn from_word(word: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.word() == word)
    }

    /// The HTTP status that carries this kind.
    pub fn http_status(self) -> u16 {
        match self {
            Kind::Ok => 200,
            Kind::Refused => 422,
            Kind::Crashed => 500,
            Kind::Overloaded | Kind::Stopped => 503,
            Kind::TimedOut => 504,
            Kind::NoWorker => 404,
            Kind::BadRequest => 400,
            Kind::StorageFull => 507,
        }
    }
}

/// Why a caller got no reply.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// Never [`Kind::Ok`].
    pub kind: Kind,
    /// For people: what happened and why.
    pub text: String,
}

impl Failure {
    /// A failure of this kind with this text.
    pub fn new(kind: Kind, text: impl Into<String>) -> Failure {
        Failure { kind, text: text.into() }
    }
}

/// Exactly one of these answers every call.
pub type Outcome = Result<Vec<u8>, Failure>;

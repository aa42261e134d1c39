//! One record: what it says, and its bytes.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::base::{Digest, Effect, Input, Millis, Nanos, SavedState, Source};
use crate::worker::{Image, Remembered};

/// One record. Written as `postcard` has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Record<'a> {
    /// A host begins to write here.
    Life(Life),
    /// A worker begins, or goes on, with an instance that nothing has to be stepped for.
    #[serde(borrow)]
    Began(Box<Began<'a>>),
    /// A worker was given an input; when the step was over, and what came of it.
    Step(#[serde(borrow)] Given<'a>, Nanos, Came),
    /// A worker is done, and with it its state.
    Ended(&'a str),
    /// A part of a record that is longer than one may be, and whether it is the first. No other record of the same shard
    /// comes between the parts.
    Part(bool, #[serde(borrow, with = "serde_bytes")] &'a [u8]),
    /// The last part of such a record.
    Rest(#[serde(borrow, with = "serde_bytes")] &'a [u8]),
    /// The beginning of a worker and all its steps since, packed: it takes the place of those, all at once.
    Moved(#[serde(borrow, with = "serde_bytes")] &'a [u8]),
    /// The requests that a worker remembers which begins; only within [`Record::Moved`], behind its beginning.
    Requests(Cow<'a, Remembered>),
}

/// Both clocks of a host at one moment. The next host's clock goes on from here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Life {
    /// The monotonic clock, which goes on from one host to the next.
    pub now: Nanos,
    /// The clock that guests are shown.
    pub now_ms: Millis,
}

/// An instance with which a worker begins or goes on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Began<'a> {
    /// The worker.
    #[serde(borrow)]
    pub worker: Cow<'a, str>,
    /// Of its code.
    pub digest: Digest,
    /// How many instances it had before.
    pub generation: u64,
    /// When.
    pub now: Nanos,
    /// What its `init` was told of the time.
    pub now_ms: Millis,
    /// The seed of every random number it may draw.
    pub seed: u64,
    /// Its configuration.
    #[serde(borrow, with = "serde_bytes")]
    pub config: Cow<'a, [u8]>,
    /// The state that it goes on with; none if it begins.
    pub state: Option<Cow<'a, SavedState>>,
    /// What the worker has beside its instance.
    pub image: Cow<'a, Image>,
    /// The digest of what its `init` wanted done; none if it has not run. Then it runs when the worker is brought back,
    /// and is told what is true by then.
    pub wanted: Option<u64>,
    /// The revision of the release that has brought the code of its behaviour; 0 if that was there when the host started.
    pub release: u64,
}

/// An input of a worker.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Given<'a> {
    /// The worker.
    pub worker: &'a str,
    /// The number of the input over all its instances.
    pub seq: u64,
    /// When the worker was given the input.
    pub now: Nanos,
    /// What it was told of the time.
    pub now_ms: Millis,
    /// Where the input came from.
    pub source: Source,
    /// The input.
    pub input: Cow<'a, Input>,
}

/// What came of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Came {
    /// What it wanted has this digest, and is done.
    Done(u64),
    /// It refused the input, with a text of this digest.
    Refused(u64),
    /// The worker crashed on it twice: it has no part in the worker's state.
    SetAside,
}

/// A record that this version cannot read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a record of {bytes} bytes is not one that this version knows: {why}")]
pub struct Unreadable {
    /// How long it is.
    pub bytes: usize,
    /// What does not fit.
    pub why: String,
}

/// The record of a step that is under way: all but its end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Open(Vec<u8>);

impl Unreadable {
    pub(super) fn new(record: &[u8], why: String) -> Unreadable {
        Unreadable { bytes: record.len(), why }
    }
}

impl Life {
    /// Time has passed up to there. Neither clock goes back.
    pub fn pass(&mut self, to: Life) {
        self.now = self.now.max(to.now);
        self.now_ms = self.now_ms.max(to.now_ms);
    }
}

impl<'a> Record<'a> {
    /// Its bytes.
    pub fn encode(&self) -> Vec<u8> {
        extend(vec![], self)
    }

    /// What these bytes say.
    ///
    /// # Errors
    /// [`Unreadable`]: another version has written it.
    pub fn decode(bytes: &'a [u8]) -> Result<Record<'a>, Unreadable> {
        match postcard::take_from_bytes(bytes) {
            Ok((record, [])) => Ok(record),
            Ok((_, rest)) => Err(Unreadable::new(bytes, format!("{} bytes are left over", rest.len()))),
            Err(error) => Err(Unreadable::new(bytes, error.to_string())),
        }
    }
}

/// The cases of [`Record::Began`] and [`Record::Step`], as they are written.
const BEGAN: u32 = 1;
const STEP: u32 = 2;

impl Began<'_> {
    /// The bytes of its record.
    pub(super) fn encode(&self) -> Vec<u8> {
        extend(vec![], &(BEGAN, self))
    }
}

impl Came {
    /// What comes of a step with this result.
    pub fn of(result: &Result<Vec<Effect>, String>) -> Came {
        match result {
            Ok(effects) => Came::Done(digest(effects)),
            Err(text) => Came::Refused(digest(text)),
        }
    }
}

impl Open {
    /// Begins with what a worker is given, in the place of the step before.
    pub(super) fn begin(&mut self, given: &Given<'_>) {
        self.0.clear();
        self.extend(&(STEP, given));
    }

    /// What it begins with.
    pub(super) fn given(&self) -> Option<Given<'_>> {
        let (_, given) = postcard::take_from_bytes::<(u32, Given<'_>)>(&self.0).ok()?.0;
        Some(given)
    }

    /// The whole record of the step, once it is over.
    pub(super) fn end(&mut self, done: Nanos, came: Came) -> &[u8] {
        self.extend(&(done, came));
        &self.0
    }

    fn extend(&mut self, value: &impl Serialize) {
        self.0 = extend(std::mem::take(&mut self.0), value);
    }
}

/// Bytes of a record that is written as it is; a longer one is written in parts of that length.
const PART_BYTES: usize = 1 << 20;

/// Gives a record, or each of its parts if it is long, to `each`, in order.
pub fn in_parts(record: &[u8], mut each: impl FnMut(&[u8])) {
    if record.len() <= PART_BYTES {
        return each(record);
    }
    let mut parts = record.chunks(PART_BYTES).enumerate().peekable();
    while let Some((at, part)) = parts.next() {
        let part = if parts.peek().is_some() { Record::Part(at == 0, part) } else { Record::Rest(part) };
        each(&part.encode());
    }
}

/// A digest of bytes that somebody asks for: equal for equal ones.
pub fn digest_of(asked: &[&[u8]]) -> u64 {
    let mut hasher = blake3::Hasher::new();
    for part in asked {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    first_of(&hasher.finalize())
}

/// A digest of what a worker said: equal for equal things. It finds out that a worker does not do again what it did,
/// and keeps nobody out.
pub fn digest(said: &impl Serialize) -> u64 {
    let bytes = extend(vec![], said);
    first_of(&blake3::hash(&bytes))
}

fn first_of(digest: &blake3::Hash) -> u64 {
    let (first, _) = digest.as_bytes().split_first_chunk().unwrap_or((&[0; 8], &[]));
    u64::from_le_bytes(*first)
}

fn extend(bytes: Vec<u8>, value: &impl Serialize) -> Vec<u8> {
    // Writing to memory does not fail, and none of these types refuses to be written.
    postcard::to_extend(value, bytes).unwrap_or_default()
}

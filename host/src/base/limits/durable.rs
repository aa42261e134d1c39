//! Bounds of durable workers and of what they leave.

/// Bytes of the requests with an id that one worker remembers with their answers, the oldest of which are forgotten
/// first. They are in memory and in each snapshot: some 30,000 short answers.
pub const REQUEST_BYTES_KEPT: usize = 4 << 20;

/// What one of them takes beside its answer.
pub const REQUEST_BYTES: usize = 128;

/// Bytes of records of one shard that are on their way to disk. Durable workers stand beyond that.
pub const GATED_BYTES_MAX: usize = 16 << 20;
/// Things that durable workers of one shard want done, which wait for that.
pub const GATED_ACTIONS_MAX: usize = 65_536;

/// Bytes of a segment of a journal. Three of them are there however little is needed.
pub const JOURNAL_SEGMENT_BYTES: u64 = 32 << 20;

/// Bytes of records that a shard moves to the end of the journal in a turn, or one worker's.
pub const MOVED_BYTES_PER_TURN: usize = 1 << 20;

/// Bytes of recorded steps beyond which a durable worker goes on from its state, however small that is.
pub const TAIL_BYTES: usize = 256 << 10;
/// The same for a large state: so many times its size.
pub const TAIL_PER_STATE: usize = 2;

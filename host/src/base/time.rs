//! Points in time as plain numbers. The pure rooms take them as arguments and never ask a clock.

/// Milliseconds since the Unix epoch, as guests see them.
pub type Millis = u64;

/// Nanoseconds on a monotonic clock whose zero is the start of the host.
pub type Nanos = u64;

//! The loops' only way to the world outside: time, chance and each other.

use super::{HandedIn, Mail, Notice};
use crate::base::{Millis, Nanos};

/// What a shard asks of its surroundings. The real one uses threads and clocks; a simulator is
/// only another driver.
pub trait Driver {
    /// The monotonic clock.
    fn now(&self) -> Nanos;

    /// How many [`TICK`](crate::base::limits::TICK)s have passed while guests ran: for whoever asks after every
    /// step, where reading the clock would cost as much as a twentieth of one.
    fn beats(&self) -> u64;

    /// The clock that guests are shown.
    fn wall_ms(&self) -> Millis;

    /// The next random number.
    fn random(&mut self) -> u64;

    /// Posts to another shard.
    ///
    /// # Errors
    /// Its lane is full; the mail comes back.
    fn post(&mut self, shard: usize, mail: Mail) -> Result<(), Mail>;

    /// Hands in records of this shard's workers. It is told when they are on disk: [`OnDisk`](super::OnDisk).
    fn hand_in(&mut self, handed_in: HandedIn);

    /// Tells the control loop. What is only for the log may be lost when too much of it comes.
    fn notify(&mut self, notice: Notice);
}

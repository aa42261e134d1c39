//! The way of mail to a shard: bounded by letters and by their bytes.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;

use crate::base::limits::{LANE_CAPACITY, QUEUE_BYTES_MAX};
use crate::protocol::Mail;

/// The end of a lane that letters are put into.
#[derive(Clone, Debug)]
pub struct LaneSender {
    sender: mpsc::Sender<Mail>,
    bytes: Arc<AtomicUsize>,
}

/// The end of a lane that a shard takes them from.
#[derive(Debug)]
pub struct LaneReceiver {
    receiver: mpsc::Receiver<Mail>,
    bytes: Arc<AtomicUsize>,
}

/// A lane of [`LANE_CAPACITY`] letters and [`QUEUE_BYTES_MAX`] bytes.
pub fn lane() -> (LaneSender, LaneReceiver) {
    let (sender, receiver) = mpsc::channel(LANE_CAPACITY);
    let bytes = Arc::new(AtomicUsize::new(0));
    (LaneSender { sender, bytes: Arc::clone(&bytes) }, LaneReceiver { receiver, bytes })
}

impl LaneSender {
    /// Puts a letter into the lane. An empty lane takes every letter.
    ///
    /// # Errors
    /// It is full, or its shard has ended.
    pub fn try_send(&self, mail: Mail) -> Result<(), TrySendError<Mail>> {
        let bytes = mail.bytes();
        let before = self.bytes.fetch_add(bytes, Ordering::Relaxed);
        let sent = match before > 0 && before + bytes > QUEUE_BYTES_MAX {
            true => Err(TrySendError::Full(mail)),
            false => self.sender.try_send(mail),
        };
        if sent.is_err() {
            self.bytes.fetch_sub(bytes, Ordering::Relaxed);
        }
        sent
    }
}

impl LaneReceiver {
    /// The next letter; none once nobody can send one.
    pub async fn recv(&mut self) -> Option<Mail> {
        let mail = self.receiver.recv().await?;
        Some(self.taken(mail))
    }

    /// The next letter that is there.
    pub fn try_recv(&mut self) -> Option<Mail> {
        let mail = self.receiver.try_recv().ok()?;
        Some(self.taken(mail))
    }

    fn taken(&self, mail: Mail) -> Mail {
        self.bytes.fetch_sub(mail.bytes(), Ordering::Relaxed);
        mail
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Name;

    fn cast(bytes: usize) -> Mail {
        Mail::Cast { to: Name::new("a").expect("a name"), body: vec![0; bytes], origin: None }
    }

    #[test]
    fn a_lane_is_full_by_bytes_long_before_its_letters_are_too_many() {
        let (sender, mut receiver) = lane();
        assert!(sender.try_send(cast(QUEUE_BYTES_MAX + 1)).is_ok(), "an empty one takes all");
        assert!(matches!(sender.try_send(cast(1)), Err(TrySendError::Full(_))));
        assert!(sender.try_send(cast(0)).is_err());
        assert!(receiver.try_recv().is_some() && receiver.try_recv().is_none());
        for _ in 0..2 {
            assert!(sender.try_send(cast(QUEUE_BYTES_MAX / 2)).is_ok());
        }
        assert!(sender.try_send(cast(0)).is_ok() && sender.clone().try_send(cast(1)).is_err());
        receiver.try_recv();
        assert!(sender.try_send(cast(1)).is_ok(), "what was refused is not counted");
        drop(receiver);
        assert!(matches!(sender.try_send(cast(1)), Err(TrySendError::Closed(_))));
    }
}

//! Callers who count on a worker until its host is gone, and keep account of what they were told.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::thread;

use anyhow::{Context as _, Result};

use crate::load::Protocol;

/// Connections.
const CALLERS: usize = 4;

/// Calls that each of them has under way at once.
const DEPTH: usize = 16;

/// What was asked of a worker, and what of that was acknowledged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Account {
    /// Acknowledged: it must have happened, once.
    pub(super) acknowledged: u64,
    /// Asked for, acknowledged or not: none may have happened twice.
    pub(super) asked: u64,
}

impl Account {
    /// Whether a worker may stand here now that stood at `before`.
    pub(super) fn allows(self, before: u64, now: u64) -> bool {
        (before + self.acknowledged..=before + self.asked).contains(&now)
    }
}

/// Callers that are at it.
pub(super) struct Callers(Vec<thread::JoinHandle<Account>>);

impl Callers {
    /// Begins. They end when the host does.
    pub(super) fn start(frames: SocketAddr) -> Callers {
        Callers((0..CALLERS).map(|_| thread::spawn(move || counts(frames))).collect())
    }

    /// What they all together were told.
    pub(super) fn end(self) -> Result<Account> {
        self.0.into_iter().try_fold(Account::default(), |all, caller| {
            let one = caller.join().ok().context("a caller panicked")?;
            Ok(Account { acknowledged: all.acknowledged + one.acknowledged, asked: all.asked + one.asked })
        })
    }
}

/// Increments until the connection breaks.
fn counts(frames: SocketAddr) -> Account {
    let mut account = Account::default();
    let Ok(mut socket) = TcpStream::connect(frames) else { return account };
    let requests = Protocol::Frames.request(b"\"Increment\"").repeat(DEPTH);
    let (mut unread, mut bytes) = (Vec::new(), [0; 4096]);
    loop {
        // Whatever of them went out may have been heard.
        account.asked += DEPTH as u64;
        let until = account.acknowledged + DEPTH as u64;
        if socket.write_all(&requests).is_err() {
            return account;
        }
        while account.acknowledged < until {
            match socket.read(&mut bytes) {
                Ok(count @ 1..) => unread.extend_from_slice(&bytes[..count]),
                _ => return account,
            }
            while let Ok(Some(reply)) = Protocol::Frames.reply(&unread) {
                if reply.status != 0 {
                    return account;
                }
                account.acknowledged += 1;
                let used = reply.used;
                unread.drain(..used);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_allows_all_that_was_acknowledged_and_no_more_than_was_asked() {
        let account = Account { acknowledged: 3, asked: 5 };
        assert!((13..=15).all(|now| account.allows(10, now)));
        assert!(!account.allows(10, 12) && !account.allows(10, 16));
    }
}

//! Publications: from whoever says something to all who hear it.

use std::sync::Arc;

use super::part::Want;
use super::route::overloaded;
use super::shard::Shard;
use crate::base::{Failure, Kind, check_topic};
use crate::protocol::{Driver, Mail};
use crate::worker::Offered;

impl<D: Driver> Shard<D> {
    /// Hands a message to every subscriber of a topic, wherever it lives. One whose queue is full
    /// does not get it.
    ///
    /// # Errors
    /// The topic is no topic, or the way to a shard was full: its subscribers have not got it.
    pub(super) fn publish(&mut self, topic: &str, body: Vec<u8>) -> Result<(), Failure> {
        check_topic(topic)?;
        let Some((topic, shards)) = self.supervision.directory().topics().shards(topic) else { return Ok(()) };
        let body: Arc<[u8]> = body.into();
        let mut full = false;
        for shard in shards {
            if shard == self.post.index() {
                self.published(&topic, &body);
            } else {
                let mail = Mail::Published { topic: Arc::clone(&topic), body: Arc::clone(&body) };
                full |= self.try_post(shard, mail).is_err();
            }
        }
        if !full {
            return Ok(());
        }
        let text = format!("the lane of a shard is full: some subscribers of `{topic}` did not get it");
        Err(Failure::new(Kind::Overloaded, text))
    }

    /// Hands a message to the subscribers on this shard. One that finds no place is lost, as a cast is.
    pub(super) fn published(&mut self, topic: &Arc<str>, body: &Arc<[u8]>) {
        let Some(subscribers) = self.parts.topics.subscribers(topic) else { return };
        for feed in &subscribers.feeds {
            feed.push(body);
        }
        let mut overloads = vec![];
        for &at in &subscribers.slots {
            if self.workers[at].closed.is_some() {
                continue;
            }
            let offered = Offered::Published { topic: Arc::clone(topic), body: Arc::clone(body) };
            let (placed, unplaced) = self.workers.offer(at, offered);
            if !placed || unplaced.is_some() {
                overloads.push(at);
            }
            if let Some(oldest) = unplaced {
                let failure = overloaded(&self.workers[at]);
                self.wants.push(Want::Answer(oldest, Err(failure)));
            }
        }
        overloads.into_iter().for_each(|at| self.note_overload(at));
    }
}

//! Who hears what. Each shard knows its own subscribers; all shards know which shards have some.
//!
//! Invariant: a shard counts for a topic while, and only while, it has a subscriber of it, so that
//! a publication goes to no shard in vain.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, PoisonError, RwLock};

use super::driver::Driver;
use super::event::Mail;
use super::shard::Shard;
use crate::base::limits::TOPICS_MAX;
use crate::base::{Failure, Kind, check_topic};
use crate::net::Feed;

/// The topics of the node: for each, the shards with a subscriber.
#[derive(Debug, Default)]
pub struct Topics(RwLock<HashMap<Arc<str>, Vec<usize>>>);

impl Topics {
    /// The shards where somebody hears this topic, and the topic itself; none if nobody does.
    pub fn shards(&self, topic: &str) -> Option<(Arc<str>, Vec<usize>)> {
        let topics = self.0.read().unwrap_or_else(PoisonError::into_inner);
        topics.get_key_value(topic).map(|(topic, shards)| (Arc::clone(topic), shards.clone()))
    }

    /// Counts a shard in.
    fn join(&self, topic: &str, shard: usize) -> Result<Arc<str>, Failure> {
        let mut topics = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if topics.len() >= TOPICS_MAX && !topics.contains_key(topic) {
            let text = format!("{TOPICS_MAX} topics have subscribers, and that is the bound");
            return Err(Failure::new(Kind::Overloaded, text));
        }
        let name = topics.get_key_value(topic).map_or_else(|| Arc::from(topic), |(name, _)| Arc::clone(name));
        topics.entry(Arc::clone(&name)).or_default().push(shard);
        Ok(name)
    }

    /// Counts a shard out.
    fn part(&self, topic: &str, shard: usize) {
        let mut topics = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(shards) = topics.get_mut(topic) {
            shards.retain(|other| *other != shard);
            if shards.is_empty() {
                topics.remove(topic);
            }
        }
    }
}

/// The subscribers of one topic on one shard.
#[derive(Debug, Default)]
struct Subscribers {
    slots: BTreeSet<usize>,
    feeds: Vec<Feed>,
}

/// The topics heard on one shard.
#[derive(Debug, Default)]
pub(super) struct LocalTopics(HashMap<Arc<str>, Subscribers>);

impl LocalTopics {
    fn enter(&mut self, topics: &Topics, topic: &str, shard: usize) -> Result<&mut Subscribers, Failure> {
        let name = match self.0.get_key_value(topic) {
            Some((name, _)) => Arc::clone(name),
            None => topics.join(topic, shard)?,
        };
        Ok(self.0.entry(name).or_default())
    }

    fn leave(&mut self, topics: &Topics, topic: &str, shard: usize, part: impl FnOnce(&mut Subscribers)) {
        let Some(subscribers) = self.0.get_mut(topic) else { return };
        part(subscribers);
        if subscribers.slots.is_empty() && subscribers.feeds.is_empty() {
            self.0.remove(topic);
            topics.part(topic, shard);
        }
    }
}

impl<D: Driver> Shard<D> {
    /// A worker hears a topic from now on.
    pub(super) fn subscribe(&mut self, slot: usize, topic: &str) {
        match self.topics.enter(self.directory.topics(), topic, self.index) {
            Ok(subscribers) => drop(subscribers.slots.insert(slot)),
            Err(failure) => self.log(slot, "error", format!("does not hear topic `{topic}`: {}", failure.text)),
        }
    }

    /// It hears it no longer.
    pub(super) fn unsubscribe(&mut self, slot: usize, topic: &str) {
        let directory = &self.directory;
        self.topics.leave(directory.topics(), topic, self.index, |subscribers| {
            subscribers.slots.remove(&slot);
        });
    }

    /// Its instance is gone, and with it what it wanted to hear.
    pub(super) fn forget_topics(&mut self, slot: usize) {
        for topic in self.slots[slot].worker.take_topics() {
            self.unsubscribe(slot, &topic);
        }
    }

    /// A subscriber beyond a listener.
    ///
    /// # Errors
    /// The topic is no topic, or there are too many.
    pub(super) fn feed(&mut self, topic: &str, feed: Feed) -> Result<(), Failure> {
        check_topic(topic)?;
        let subscribers = self.topics.enter(self.directory.topics(), topic, self.index)?;
        subscribers.feeds.push(feed);
        Ok(())
    }

    /// It is gone.
    pub(super) fn end_feed(&mut self, topic: &str, feed: &Feed) {
        let directory = &self.directory;
        self.topics.leave(directory.topics(), topic, self.index, |subscribers| {
            subscribers.feeds.retain(|other| !other.is(feed));
        });
    }

    /// Hands a message to every subscriber of a topic, wherever it lives. One whose queue is full
    /// does not get it.
    ///
    /// # Errors
    /// The topic is no topic, or the way to a shard was full: its subscribers have not got it.
    pub(super) fn publish(&mut self, topic: &str, body: Vec<u8>) -> Result<(), Failure> {
        check_topic(topic)?;
        let Some((topic, shards)) = self.directory.topics().shards(topic) else { return Ok(()) };
        let body: Arc<[u8]> = body.into();
        let mut full = false;
        for shard in shards {
            if shard == self.index {
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

    /// Hands a message to the subscribers on this shard.
    pub(super) fn published(&mut self, topic: &Arc<str>, body: &Arc<[u8]>) {
        let Some(subscribers) = self.topics.0.get_mut(topic) else { return };
        for feed in &subscribers.feeds {
            feed.push(body);
        }
        // No subscription begins or ends here: a publication waits until it is stepped.
        let slots = std::mem::take(&mut subscribers.slots);
        for &slot in &slots {
            self.offer_published(slot, Arc::clone(topic), Arc::clone(body));
        }
        if let Some(subscribers) = self.topics.0.get_mut(topic) {
            subscribers.slots = slots;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shard_counts_for_a_topic_while_it_has_a_subscriber() {
        let topics = Topics::default();
        let mut local = LocalTopics::default();
        let shards = |topic: &str| topics.shards(topic).map(|(_, shards)| shards);
        for slot in [4, 5] {
            local.enter(&topics, "news", 1).expect("room").slots.insert(slot);
        }
        assert_eq!((shards("news"), shards("olds")), (Some(vec![1]), None));
        topics.join("news", 0).expect("room");
        local.leave(&topics, "news", 1, |subscribers| subscribers.slots.clear());
        assert_eq!(shards("news"), Some(vec![0]));
        topics.part("news", 0);
        assert_eq!((shards("news"), local.0.len()), (None, 0));
    }
}

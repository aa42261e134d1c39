//! Who hears what on one shard. All shards know which shards have subscribers ([`crate::protocol::Topics`]).

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use super::{Part, Wants};
use crate::base::{Failure, check_topic};
use crate::net::Feed;
use crate::protocol::{Directory, Topics};
use crate::shard::body::End;
use crate::shard::workers::Slot;

/// The subscribers of one topic on one shard.
#[derive(Debug, Default)]
pub(crate) struct Subscribers {
    /// The slots of workers.
    pub(crate) slots: BTreeSet<usize>,
    /// Those beyond a listener.
    pub(crate) feeds: Vec<Feed>,
}

/// The topics heard on one shard.
#[derive(Debug)]
pub(crate) struct LocalTopics {
    shard: usize,
    directory: Arc<Directory>,
    heard: HashMap<Arc<str>, Subscribers>,
}

impl LocalTopics {
    /// Those of the shard with this index.
    pub(crate) fn new(shard: usize, directory: Arc<Directory>) -> LocalTopics {
        LocalTopics { shard, directory, heard: HashMap::new() }
    }

    /// The worker in this slot wants to hear a topic.
    ///
    /// # Errors
    /// There are too many topics.
    pub(crate) fn subscribe(&mut self, at: usize, topic: &str) -> Result<(), Failure> {
        self.enter(topic)?.slots.insert(at);
        Ok(())
    }

    /// It hears it no longer.
    pub(crate) fn unsubscribe(&mut self, at: usize, topic: &str) {
        self.leave(topic, |subscribers| {
            subscribers.slots.remove(&at);
        });
    }

    /// A subscriber beyond a listener.
    ///
    /// # Errors
    /// The topic is no topic, or there are too many.
    pub(crate) fn feed(&mut self, topic: &str, feed: Feed) -> Result<(), Failure> {
        check_topic(topic)?;
        self.enter(topic)?.feeds.push(feed);
        Ok(())
    }

    /// It is gone.
    pub(crate) fn end_feed(&mut self, topic: &str, feed: &Feed) {
        self.leave(topic, |subscribers| subscribers.feeds.retain(|other| !other.is(feed)));
    }

    /// Who hears a topic on this shard.
    pub(crate) fn subscribers(&self, topic: &str) -> Option<&Subscribers> {
        self.heard.get(topic)
    }

    fn topics(&self) -> &Topics {
        self.directory.topics()
    }

    fn enter(&mut self, topic: &str) -> Result<&mut Subscribers, Failure> {
        let name = match self.heard.get_key_value(topic) {
            Some((name, _)) => Arc::clone(name),
            None => self.topics().join(topic, self.shard)?,
        };
        Ok(self.heard.entry(name).or_default())
    }

    fn leave(&mut self, topic: &str, part: impl FnOnce(&mut Subscribers)) {
        let Some(subscribers) = self.heard.get_mut(topic) else { return };
        part(subscribers);
        if subscribers.slots.is_empty() && subscribers.feeds.is_empty() {
            self.heard.remove(topic);
            self.topics().part(topic, self.shard);
        }
    }
}

impl Part for LocalTopics {
    /// A subscription belongs to the instance.
    fn left(&mut self, at: usize, slot: &mut Slot, end: &End, _: &mut Wants) {
        if end.leaves_the_worker() {
            return;
        }
        for topic in slot.worker.take_topics() {
            self.unsubscribe(at, &topic);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shard_counts_for_a_topic_while_it_has_a_subscriber() {
        let directory = Arc::new(Directory::default());
        let mut local = LocalTopics::new(1, Arc::clone(&directory));
        let topics = directory.topics();
        let shards = |topic: &str| topics.shards(topic).map(|(_, shards)| shards);
        for at in [4, 5] {
            local.subscribe(at, "news").expect("room");
        }
        assert_eq!((shards("news"), shards("olds")), (Some(vec![1]), None));
        topics.join("news", 0).expect("room");
        local.unsubscribe(4, "news");
        local.unsubscribe(5, "news");
        assert_eq!(shards("news"), Some(vec![0]));
        topics.part("news", 0);
        assert_eq!((shards("news"), local.heard.len()), (None, 0));
    }
}

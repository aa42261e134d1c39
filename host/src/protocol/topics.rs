//! Where somebody hears a topic: the shards of a node with a subscriber, by topic.
//!
//! Invariant: a shard counts for a topic while, and only while, it has a subscriber of it, so that only
//! shards with subscribers get a publication.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use crate::base::limits::TOPICS_MAX;
use crate::base::{Failure, Kind};

/// The topics of the node: for each, the shards with a subscriber.
#[derive(Debug, Default)]
pub struct Topics(RwLock<HashMap<Arc<str>, Vec<usize>>>);

impl Topics {
    /// The shards where somebody hears this topic, and the topic itself; none if nobody does.
    pub fn shards(&self, topic: &str) -> Option<(Arc<str>, Vec<usize>)> {
        let topics = self.0.read().unwrap_or_else(PoisonError::into_inner);
        topics.get_key_value(topic).map(|(topic, shards)| (Arc::clone(topic), shards.clone()))
    }

    /// Counts a shard in, which must not count for this topic yet; gives the topic's shared name.
    ///
    /// # Errors
    /// There are too many topics.
    pub fn join(&self, topic: &str, shard: usize) -> Result<Arc<str>, Failure> {
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
    pub fn part(&self, topic: &str, shard: usize) {
        let mut topics = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(shards) = topics.get_mut(topic) {
            shards.retain(|other| *other != shard);
            if shards.is_empty() {
                topics.remove(topic);
            }
        }
    }
}

//! Many calls at once, each remembered by a label: OTP's request-id collections.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_core::{Deserialize, Deserializer, Serialize, Serializer};

use crate::Context;

/// Calls under way, by label. May be kept in a state. Each outcome, a reply or an error, comes back
/// once: [`Requests::take`] gives its label, and nothing for a tag of something else.
///
/// ```
/// use std::time::Duration;
/// use tomte_guest::{Context, Requests};
///
/// fn ask_all(requests: &mut Requests<String>, context: &mut Context) {
///     let deadline_ms = context.now_ms() + 500;
///     for shop in ["north", "south"] {
///         requests.send_by(deadline_ms, shop.to_owned(), shop, &"Price", context);
///     }
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requests<L> {
    collection: u32,
    sent: u32,
    open: BTreeMap<u64, L>,
}

impl<L: Serialize> Serialize for Requests<L> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        (self.collection, self.sent, &self.open).serialize(to)
    }
}

impl<'de, L: Deserialize<'de>> Deserialize<'de> for Requests<L> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Requests<L>, D::Error> {
        let (collection, sent, open) = Deserialize::deserialize(from)?;
        Ok(Requests { collection, sent, open })
    }
}

impl<L> Default for Requests<L> {
    fn default() -> Requests<L> {
        Requests::new(0)
    }
}

impl<L> Requests<L> {
    /// An empty collection. Collections of one behaviour need different numbers: it is the upper
    /// half of their tags.
    pub fn new(collection: u32) -> Requests<L> {
        Requests { collection, sent: 0, open: BTreeMap::new() }
    }

    /// Calls a worker, as JSON, and remembers the call by this label.
    pub fn send(&mut self, label: L, to: &str, request: &impl Serialize, timeout: Duration, context: &mut Context) {
        self.sent = self.sent.wrapping_add(1);
        let tag = u64::from(self.collection) << 32 | u64::from(self.sent);
        self.open.insert(tag, label);
        context.call(to, request, tag, timeout);
    }

    /// The same with a deadline on the host's clock, in milliseconds since the Unix epoch, so that
    /// many calls share one. What has no reply by then comes back as timed out.
    pub fn send_by(&mut self, deadline_ms: u64, label: L, to: &str, request: &impl Serialize, context: &mut Context) {
        let timeout = Duration::from_millis(deadline_ms.saturating_sub(context.now_ms()));
        self.send(label, to, request, timeout, context);
    }

    /// The label of the call whose outcome has this tag, once.
    pub fn take(&mut self, tag: u64) -> Option<L> {
        self.open.remove(&tag)
    }

    /// Forgets every call under way and gives the labels. Outcomes that come later are nobody's.
    pub fn abandon(&mut self) -> Vec<L> {
        std::mem::take(&mut self.open).into_values().collect()
    }

    /// How many calls are under way.
    pub fn len(&self) -> usize {
        self.open.len()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.open.is_empty()
    }
}

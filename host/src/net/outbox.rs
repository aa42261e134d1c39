//! The connections of a shard that have something to write.

use std::cell::RefCell;
use std::rc::Rc;

/// A connection with something to write.
pub(super) trait Pending {
    /// Writes it, as far as the socket takes it.
    fn flush(&self);
}

/// Collects, over one turn of the loop, the connections whose answers are ready. One per shard.
#[derive(Default)]
pub struct Outbox {
    dirty: RefCell<Vec<Rc<dyn Pending>>>,
}

impl Outbox {
    /// An empty one.
    pub fn new() -> Rc<Outbox> {
        Rc::default()
    }

    /// Writes each connection's answers, once per connection. The loop calls this at the end of a
    /// turn and always before it sleeps; may be called outside the runtime. What a socket does not
    /// take now leaves by itself when the peer has read.
    pub fn flush(&self) {
        let mut batch = self.dirty.take();
        for connection in batch.drain(..) {
            connection.flush();
        }
        // The room of the list is kept for the next turn.
        let mut dirty = self.dirty.borrow_mut();
        if dirty.is_empty() {
            *dirty = batch;
        }
    }

    pub(super) fn push(&self, connection: Rc<dyn Pending>) {
        self.dirty.borrow_mut().push(connection);
    }
}

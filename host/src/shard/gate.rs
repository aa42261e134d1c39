//! The gate: what control is told of a turn is let out when the turn is over, all of it together, after the
//! connections have been flushed.

use crate::base::Name;
use crate::protocol::{Driver, Notice};

/// What waits for the end of the turn.
#[derive(Debug, Default)]
pub(crate) struct Gate {
    notices: Vec<Notice>,
}

impl Gate {
    /// Tells control something at the end of this turn.
    pub(crate) fn tell(&mut self, notice: Notice) {
        self.notices.push(notice);
    }

    /// Has control log a line under this worker's name.
    pub(crate) fn log(&mut self, worker: Name, level: &'static str, text: String) {
        self.tell(Notice::Log { worker, level, text });
    }

    /// Lets out what waits.
    pub(crate) fn open(&mut self, driver: &mut impl Driver) {
        // Most turns have nothing to tell.
        if !self.notices.is_empty() {
            self.notices.drain(..).for_each(|notice| driver.notify(notice));
        }
    }
}

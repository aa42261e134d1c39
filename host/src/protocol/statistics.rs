//! What a worker has done since its start, in numbers, over all its instances. Pure.

use super::{Came, InputKind};
use crate::base::Millis;
use crate::worker::Action;

/// The numbers. Each costs an addition where it is counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Statistics {
    /// Calls stepped, and requests of HTTP.
    pub calls: u64,
    /// Messages stepped.
    pub casts: u64,
    /// Timers stepped.
    pub timers: u64,
    /// Outcomes of outgoing calls stepped.
    pub responses: u64,
    /// Other inputs stepped.
    pub other: u64,
    /// Replies given, also delayed ones.
    pub replies: u64,
    /// Calls and messages sent to workers.
    pub sent: u64,
    /// Inputs refused.
    pub refusals: u64,
    /// Crashes, also of `init`, `save` and `terminate`.
    pub crashes: u64,
    /// The most inputs that waited at once.
    pub queued_most: usize,
    /// Inputs that found no place in its queue.
    pub overloads: u64,
    /// When its first instance came up.
    pub started: Option<Millis>,
    /// When the present instance came up.
    pub instance_started: Option<Millis>,
}

impl Statistics {
    /// An instance came up.
    pub fn up(&mut self, at: Millis) {
        self.started.get_or_insert(at);
        self.instance_started = Some(at);
    }

    /// An input is stepped.
    pub fn input(&mut self, kind: InputKind) {
        *match kind {
            InputKind::Call | InputKind::Http => &mut self.calls,
            InputKind::Cast => &mut self.casts,
            InputKind::Timer => &mut self.timers,
            InputKind::Response => &mut self.responses,
            InputKind::Published
            | InputKind::Internal
            | InputKind::Entered
            | InputKind::HandlerEnded
            | InputKind::Down
            | InputKind::StartPhase
            | InputKind::PrepStop
            | InputKind::ConfigChanged
            | InputKind::Other => &mut self.other,
        } += 1;
    }

    /// An input came to this.
    pub fn came(&mut self, came: Came) {
        match came {
            Came::Refused => self.refusals += 1,
            Came::Crashed => self.crashes += 1,
            Came::Open | Came::Done | Came::Killed => {}
        }
    }

    /// What a step asked for is carried out.
    pub fn actions<C>(&mut self, actions: &[Action<C>]) {
        for action in actions {
            match action {
                Action::Answer(..) | Action::AnswerHttp(..) => self.replies += 1,
                Action::Cast { .. } | Action::Call { .. } | Action::Forward(_) => self.sent += 1,
                _ => {}
            }
        }
    }

    /// So many inputs wait.
    pub fn queued(&mut self, count: usize) {
        self.queued_most = self.queued_most.max(count);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_is_counted_in_its_own_place() {
        let mut counts = Statistics::default();
        let kinds = [InputKind::Call, InputKind::Cast, InputKind::Timer, InputKind::Response];
        for (times, kind) in (1..).zip(kinds) {
            (0..times).for_each(|_| counts.input(kind));
        }
        for kind in [InputKind::Published, InputKind::Internal, InputKind::Entered, InputKind::Other] {
            counts.input(kind);
        }
        let seen = [counts.calls, counts.casts, counts.timers, counts.responses, counts.other];
        assert_eq!(seen, [1, 2, 3, 4, 4]);
    }

    #[test]
    fn replies_and_what_is_sent_are_told_apart_and_the_highest_queue_stays() {
        let mut counts = Statistics::default();
        let cast = || Action::Cast { to: "a".into(), body: vec![] };
        counts.actions::<()>(&[Action::Answer((), Ok(vec![])), cast(), cast()]);
        [3, 7, 5].into_iter().for_each(|waiting| counts.queued(waiting));
        assert_eq!((counts.replies, counts.sent, counts.queued_most), (1, 2, 7));
        counts.up(10);
        counts.up(20);
        assert_eq!((counts.started, counts.instance_started), (Some(10), Some(20)));
    }
}

//! Time passes: timers go off, and whoever has waited long enough waits no longer.

use super::worker::{Given, Worker};
use crate::base::{CallError, Nanos};

impl<C> Worker<C> {
    /// When [`Worker::tick`] wants to be called, if ever. May be early, never late.
    pub fn wake_at(&self) -> Option<Nanos> {
        match (self.wake, self.timers.next_at()) {
            (Some(deadline), Some(timer)) => Some(deadline.min(timer)),
            (deadline, timer) => deadline.or(timer),
        }
    }

    /// Time has passed: queues due timers and the failed responses of late outgoing calls, and
    /// hands over the callers whose deadline has come, also that of the input being stepped. Those in
    /// a long queue may have to wait for it a little; none is executed late.
    pub fn tick(&mut self, now: Nanos) -> Vec<C> {
        for fired in self.timers.due(now) {
            self.inbox.push_own(fired);
        }
        if self.wake.is_none_or(|wake| wake > now) {
            return vec![];
        }
        let mut late = vec![];
        let mut tags = vec![];
        let queued = self.inbox.expire(now, |caller| late.push(caller));
        let callers = self.expire_callers(now, &mut late);
        let outgoing = self.outgoing.expire(now, |id, tag| tags.push((id, tag)));
        let given = self.expire_given(now, &mut late);
        for (id, tag) in tags {
            self.answered(id, tag, Err(CallError::TimedOut));
        }
        self.wake = [queued, callers, outgoing, given].into_iter().flatten().min();
        late
    }

    /// The callers that are late by then wait no longer; gives the earliest deadline of the rest.
    pub(super) fn expire_callers(&mut self, now: Nanos, late: &mut Vec<C>) -> Option<Nanos> {
        let mut dropped = vec![];
        let held = self.machine.expire(now, |current| dropped.push(current));
        let pending = self.pending.expire(now, |_, caller| late.push(caller));
        if let Some(current) = self.current.take_if(|current| current.deadline <= now) {
            self.machine.expire_step(current.token);
            late.push(current.caller);
        }
        for current in dropped {
            self.drop_request(current.token, late);
            late.push(current.caller);
        }
        let joined = self.requests.as_mut().and_then(|requests| requests.expire(now, |caller| late.push(caller)));
        let current = self.current.as_ref().map(|current| current.deadline);
        [held, pending, joined, current].into_iter().flatten().min()
    }

    fn expire_given(&mut self, now: Nanos, late: &mut Vec<C>) -> Option<Nanos> {
        match std::mem::replace(&mut self.given, Given::Nothing) {
            Given::Waiting { offered, .. } if offered.deadline().is_some_and(|deadline| deadline <= now) => {
                late.extend(offered.into_caller());
                None
            }
            other => {
                self.given = other;
                self.given.deadline()
            }
        }
    }

    pub(super) fn wake_by(&mut self, deadline: Nanos) {
        self.wake = Some(self.wake.map_or(deadline, |wake| wake.min(deadline)));
    }
}

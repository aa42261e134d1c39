//! Starts that somebody has ordered: OTP's `ensure_all_started`. Each brings up what its application
//! needs, one after the other; if it comes to nothing, what it brought up goes down again, the last
//! first, unless somebody else needs it by now.

use super::{Applications, Settled, Stand, Step, answer_all};
use crate::base::{Failure, Kind};

/// A start that is under way.
#[derive(Debug)]
pub(super) struct Start {
    /// The application that is to run.
    pub(super) wanted: usize,
    /// What was brought up for it and is still its own to take down, in start order.
    brought: Vec<usize>,
    /// Why it comes to nothing; it is told when what was brought up is down again.
    failure: Option<Failure>,
    /// All who ordered it; they are told the same.
    done: Vec<Settled>,
}

/// What a start has come to.
enum Progress {
    Do(Step),
    Waits,
    Over,
}

impl Applications {
    /// One more waits for this application to run.
    pub(super) fn want(&mut self, at: usize, done: Settled) {
        self.keep(at);
        match self.starts.iter_mut().find(|start| start.wanted == at) {
            Some(start) => start.done.push(done),
            None => self.starts.push(Start { wanted: at, brought: vec![], failure: None, done: vec![done] }),
        }
    }

    /// Somebody asked for this application by its name: no start that fails takes it down.
    pub(super) fn keep(&mut self, at: usize) {
        self.starts.iter_mut().for_each(|start| start.brought.retain(|brought| *brought != at));
    }

    /// Whether it is down and a start waits until what it needs runs.
    pub(super) fn is_awaited(&self, at: usize) -> bool {
        let awaits = |start: &Start| start.wanted == at && start.failure.is_none();
        self.all[at].stand == Stand::Down && self.starts.iter().any(awaits)
    }

    /// An application is down: what waits for it comes to nothing. One that starts already has found all
    /// that it needs. `what` goes on a sentence that begins with the application.
    pub(super) fn fell(&mut self, at: usize, kind: Kind, what: &str) {
        self.keep(at);
        for which in 0..self.starts.len() {
            let wanted = self.starts[which].wanted;
            let waits = self.all[wanted].stand == Stand::Down && self.starts[which].failure.is_none();
            if waits && self.needed(wanted).contains(&at) {
                let name = &self.all[at].hosted.name;
                let own = at == wanted;
                let text = if own { format!("it {what}") } else { format!("it needs `{name}`, which {what}") };
                self.starts[which].failure = Some(Failure::new(kind, text));
            }
        }
    }

    /// The host stops: nothing starts any more.
    pub(super) fn call_off_starts(&mut self) {
        for mut start in self.starts.drain(..) {
            let stopping = || Failure::new(Kind::Stopped, "the host is stopping");
            let failure = start.failure.unwrap_or_else(stopping);
            answer_all(&mut start.done, || Err(failure.clone()));
        }
    }

    /// The next thing that a start wants done.
    pub(super) fn next_of_starts(&mut self) -> Option<Step> {
        let mut which = 0;
        while which < self.starts.len() {
            match self.go_on(which) {
                Progress::Do(step) => return Some(step),
                Progress::Waits => which += 1,
                Progress::Over => self.told(which),
            }
        }
        None
    }

    fn go_on(&mut self, which: usize) -> Progress {
        if self.starts[which].failure.is_some() {
            return self.take_down(which);
        }
        let wanted = self.starts[which].wanted;
        match self.all[wanted].stand {
            Stand::Running => return Progress::Over,
            Stand::Down => {}
            _ => return Progress::Waits,
        }
        let next = self.needed(wanted).into_iter().find(|at| self.all[*at].stand != Stand::Running);
        // The boot starts what it has not come to yet.
        let Some(at) = next.filter(|at| self.all[*at].stand == Stand::Down && *at < self.next) else {
            return Progress::Waits;
        };
        self.starts[which].brought.push(at);
        self.start(at, false).map_or(Progress::Waits, Progress::Do)
    }

    /// An application after all that it needs, in start order.
    pub(super) fn needed(&self, at: usize) -> Vec<usize> {
        let mut needed = vec![false; at + 1];
        needed[at] = true;
        for place in (0..=at).rev() {
            if needed[place] {
                self.all[place].hosted.after.iter().for_each(|first| needed[*first] = true);
            }
        }
        (0..=at).filter(|place| needed[*place]).collect()
    }

    fn take_down(&mut self, which: usize) -> Progress {
        while let Some(last) = self.starts[which].brought.last().copied() {
            let needing = || self.all.iter().filter(|one| one.hosted.after.contains(&last)).map(|one| one.stand);
            if self.is_needed_elsewhere(which, last) || needing().any(Stand::is_up) {
                self.starts[which].brought.pop();
            } else if needing().any(|stand| stand != Stand::Down) || !self.all[last].stand.is_up() {
                return Progress::Waits;
            } else {
                return self.stop(last).map_or(Progress::Waits, Progress::Do);
            }
        }
        Progress::Over
    }

    fn is_needed_elsewhere(&self, which: usize, at: usize) -> bool {
        let mut others =
            self.starts.iter().enumerate().filter(|(other, start)| *other != which && start.failure.is_none());
        others.any(|(_, start)| self.needed(start.wanted).contains(&at))
    }

    fn told(&mut self, which: usize) {
        let mut start = self.starts.remove(which);
        let others = start.brought.iter().filter(|at| **at != start.wanted);
        let names: Vec<_> = others.map(|at| self.all[*at].hosted.name.clone()).collect();
        answer_all(&mut start.done, || start.failure.clone().map_or_else(|| Ok(names.clone()), Err));
    }
}

//! Applications: OTP's application controller. Starts them in order, each with the phases of its
//! start, stops them in reverse order, each after its callback has prepared for it, and judges what
//! the end of one means for the host. Pure but for the log: told what becomes of each root, it says
//! what to do next.
//!
//! Departures from OTP: a callback is a worker of its application, so when the tree has ended by
//! itself nobody is left for `prep_stop` and `stop`; an application that is started by hand and does
//! not start is only reported, whatever its restart type.

mod orders;
mod starts;
#[cfg(test)]
mod tests;

use std::time::Duration;

use tokio::sync::oneshot;

use super::lifecycle::Ended;
use crate::base::limits::{PHASE_TIME, PREP_STOP_TIME};
use crate::base::{Failure, Input, Kind, Name, Outcome, Restart, Version};
use crate::release::Environment;
use crate::supervisor::ChildId;

pub use orders::{Stands, no_application};

/// An application of this host.
#[derive(Clone, Debug)]
pub struct Hosted {
    /// Its name.
    pub name: Name,
    /// Its version.
    pub version: Version,
    /// What its end means for the host.
    pub restart: Restart,
    /// The places, in start order, of those that must run before it.
    pub after: Vec<usize>,
    /// The root of its part of the tree.
    pub root: ChildId,
    /// The worker that is told of its start and its stop.
    pub callback: Option<ChildId>,
    /// What that worker is told when all of it runs.
    pub phases: Vec<String>,
    /// What its workers are configured with.
    pub environment: Environment,
}

/// What somebody who ordered an application to start or to stop is told: when it has started, which others
/// were started for it; when it was stopped, which others that need it still run.
pub type Settled = oneshot::Sender<Result<Vec<Name>, Failure>>;

/// What is to be done next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Start the application with this root.
    Start(ChildId),
    /// Stop it.
    Stop(ChildId),
    /// Give this worker this input, within this time; the outcome comes back with this number.
    HostInput(ChildId, u64, Input, Duration),
    /// No application runs any more: end the tree.
    Shutdown,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stand {
    Down,
    Starting,
    /// It runs, and its callback is in this phase.
    Phase(usize),
    Running,
    /// Its callback prepares for the stop.
    Preparing,
    Stopping,
    /// It is being stopped because a phase of its start has failed.
    Failing,
}

impl Stand {
    /// Whether it runs or is to.
    fn is_up(self) -> bool {
        matches!(self, Stand::Starting | Stand::Phase(_) | Stand::Running)
    }
}

/// What the tree says of an application's root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum News {
    /// All below it runs.
    Up,
    /// Nothing below it runs, for this reason.
    Down(String),
}

#[derive(Debug)]
struct One {
    hosted: Hosted,
    stand: Stand,
    /// The boot has started it, and nobody by hand: the host ends if it does not start.
    booting: bool,
    /// What the tree said last of its root and was not yet heeded.
    news: Option<News>,
    /// The number of the question its callback has yet to answer.
    question: u64,
    failure: String,
    stoppers: Vec<Settled>,
}

/// The applications of a host, in start order.
#[derive(Debug, Default)]
pub(super) struct Applications {
    all: Vec<One>,
    /// The next to be started at boot.
    next: usize,
    starts: Vec<starts::Start>,
    questions: u64,
    ending: bool,
    /// The whole tree ends, by a [`Step::Shutdown`] or by somebody else's order.
    tree_ends: bool,
    /// How the host ends, if not because it was asked to.
    fate: Option<Ended>,
}

impl Applications {
    pub(super) fn new(all: Vec<Hosted>) -> Applications {
        let one = |hosted| One {
            hosted,
            stand: Stand::Down,
            booting: false,
            news: None,
            question: 0,
            failure: String::new(),
            stoppers: vec![],
        };
        Applications { all: all.into_iter().map(one).collect(), ..Applications::default() }
    }

    /// Whether every application has been started, or could not be, and none is to stop.
    pub(super) fn are_up(&self) -> bool {
        let starts = |one: &One| matches!(one.stand, Stand::Starting | Stand::Phase(_) | Stand::Failing);
        !self.ending && self.next == self.all.len() && !self.all.iter().any(starts)
    }

    /// Whether one of them has ended, and the host ends with it.
    pub(super) fn is_doomed(&self) -> bool {
        self.fate.is_some()
    }

    /// How the host ends, if not because it was asked to.
    pub(super) fn take_fate(&mut self) -> Option<Ended> {
        self.fate.take()
    }

    /// The host stops: one after the other, the last first.
    pub(super) fn end(&mut self) {
        self.ending = true;
    }

    /// The host stops at once; somebody else orders the tree to end.
    pub(super) fn abandon(&mut self) {
        (self.ending, self.tree_ends) = (true, true);
    }

    /// The tree has something to say of a root.
    pub(super) fn hear(&mut self, root: ChildId, news: News) {
        if let Some(one) = self.all.iter_mut().find(|one| one.hosted.root == root) {
            one.news = Some(news);
        }
    }

    /// The next thing to do, until something else happens.
    pub(super) fn next(&mut self) -> Option<Step> {
        for at in 0..self.all.len() {
            let news = self.all[at].news.take();
            if let Some(step) = news.and_then(|news| self.follow(at, news)) {
                return Some(step);
            }
        }
        while self.next < self.all.len() && self.started_before(self.next) {
            let at = self.next;
            self.next += 1;
            if let Some(step) = self.start(at, true) {
                return Some(step);
            }
        }
        // Also when what could not be started at boot has just ended the host.
        if self.ending {
            self.call_off_starts();
            return match self.all.iter().rposition(|one| one.stand != Stand::Down) {
                Some(last) => self.stop(last),
                None => (!std::mem::replace(&mut self.tree_ends, true)).then_some(Step::Shutdown),
            };
        }
        self.next_of_starts()
    }

    fn started_before(&self, at: usize) -> bool {
        let stand = at.checked_sub(1).map(|before| self.all[before].stand);
        !matches!(stand, Some(Stand::Starting | Stand::Phase(_) | Stand::Failing)) && !self.ending
    }

    fn follow(&mut self, at: usize, news: News) -> Option<Step> {
        match (self.all[at].stand, news) {
            (Stand::Starting, News::Up) => return self.phase(at, 0),
            (Stand::Failing, News::Down(_)) => {
                let why = std::mem::take(&mut self.all[at].failure);
                self.failed(at, why);
            }
            (Stand::Starting | Stand::Phase(_), News::Down(why)) => self.failed(at, why),
            (Stand::Preparing | Stand::Stopping, News::Down(_)) => self.stopped(at),
            (Stand::Running, News::Down(why)) => self.ended(at, why),
            _ => {}
        }
        None
    }

    /// Starts an application whose turn it is, unless what it needs does not run.
    fn start(&mut self, at: usize, booting: bool) -> Option<Step> {
        self.all[at].booting = booting;
        if let Some(needed) = self.needs(at) {
            self.failed(at, format!("it needs `{needed}`, which does not run (not_started)"));
            return None;
        }
        self.all[at].stand = Stand::Starting;
        Some(Step::Start(self.all[at].hosted.root))
    }

    fn needs(&self, at: usize) -> Option<Name> {
        let needed = self.all[at].hosted.after.iter().map(|first| &self.all[*first]);
        needed.filter(|one| one.stand != Stand::Running).map(|one| one.hosted.name.clone()).next()
    }

    /// Tells the callback of a phase; after the last the application has started.
    fn phase(&mut self, at: usize, phase: usize) -> Option<Step> {
        let one = &self.all[at];
        if let (Some(name), Some(callback)) = (one.hosted.phases.get(phase), one.hosted.callback) {
            let input = Input::StartPhase(name.clone());
            return Some(self.ask(at, Stand::Phase(phase), callback, input, PHASE_TIME));
        }
        let one = &mut self.all[at];
        one.stand = Stand::Running;
        tracing::info!(application = %one.hosted.name, version = %one.hosted.version, "started");
        None
    }

    fn ask(&mut self, at: usize, stand: Stand, callback: ChildId, input: Input, time: Duration) -> Step {
        self.questions += 1;
        let one = &mut self.all[at];
        (one.stand, one.question) = (stand, self.questions);
        Step::HostInput(callback, self.questions, input, time)
    }

    /// A callback has answered.
    pub(super) fn answered(&mut self, question: u64, outcome: Outcome) -> Option<Step> {
        let at = self.all.iter().position(|one| one.question == question)?;
        let one = &mut self.all[at];
        let root = one.hosted.root;
        match (one.stand, outcome) {
            (Stand::Phase(phase), Ok(_)) => self.phase(at, phase + 1),
            (Stand::Phase(phase), Err(failure)) => {
                let name = &one.hosted.phases[phase];
                one.failure = format!("its start phase `{name}` failed: {}", failure.text);
                one.stand = Stand::Failing;
                Some(Step::Stop(root))
            }
            (Stand::Preparing, outcome) => {
                if let Err(failure) = outcome {
                    let application = &one.hosted.name;
                    tracing::warn!(%application, "stops although its callback did not prepare: {}", failure.text);
                }
                one.stand = Stand::Stopping;
                Some(Step::Stop(root))
            }
            _ => None,
        }
    }

    fn stop(&mut self, at: usize) -> Option<Step> {
        let one = &mut self.all[at];
        match (one.stand, one.hosted.callback) {
            (Stand::Running, Some(callback)) => {
                Some(self.ask(at, Stand::Preparing, callback, Input::PrepStop, PREP_STOP_TIME))
            }
            (Stand::Running | Stand::Starting | Stand::Phase(_), _) => {
                one.stand = Stand::Stopping;
                Some(Step::Stop(one.hosted.root))
            }
            _ => None,
        }
    }

    /// It is down as it was ordered to be.
    fn stopped(&mut self, at: usize) {
        let needing = self.needing(at);
        let one = &mut self.all[at];
        one.stand = Stand::Down;
        tracing::info!(application = %one.hosted.name, "stopped");
        answer_all(&mut one.stoppers, || Ok(needing.clone()));
        self.fell(at, Kind::Stopped, "was stopped");
    }

    /// Those that need it and run.
    fn needing(&self, at: usize) -> Vec<Name> {
        let runs = |one: &&One| one.stand == Stand::Running && one.hosted.after.contains(&at);
        self.all.iter().filter(runs).map(|one| one.hosted.name.clone()).collect()
    }

    fn failed(&mut self, at: usize, why: String) {
        let one = &mut self.all[at];
        one.stand = Stand::Down;
        answer_all(&mut one.stoppers, || Ok(vec![]));
        self.fell(at, Kind::Crashed, &format!("did not start: {why}"));
        let one = &self.all[at];
        if one.booting && one.hosted.restart != Restart::Temporary {
            return self.doom(at, why, Ended::BootFailed);
        }
        tracing::error!(application = %one.hosted.name, "did not start: {why}");
    }

    /// It has ended by itself. A tree never ends with OTP's `normal`, so that transient is permanent.
    fn ended(&mut self, at: usize, why: String) {
        let one = &mut self.all[at];
        one.stand = Stand::Down;
        if self.tree_ends {
            return;
        }
        tracing::error!(application = %one.hosted.name, "ended: {why}");
        self.fell(at, Kind::Crashed, &format!("ended: {why}"));
        let one = &self.all[at];
        if one.hosted.restart != Restart::Temporary {
            self.doom(at, why, Ended::GaveUp);
        }
    }

    fn doom(&mut self, at: usize, why: String, ended: fn(String) -> Ended) {
        let why = match self.all.len() {
            1 => why,
            _ => format!("application {}: {why}", self.all[at].hosted.name),
        };
        self.fate.get_or_insert_with(|| ended(why));
        self.ending = true;
    }
}

fn answer_all(waiting: &mut Vec<Settled>, outcome: impl Fn() -> Result<Vec<Name>, Failure>) {
    for done in waiting.drain(..) {
        // The asker may have gone.
        let _ = done.send(outcome());
    }
}

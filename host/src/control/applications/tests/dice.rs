//! Whatever happens in whatever order: rules that always hold, and an end that always comes.

use proptest::prelude::*;
use tokio::sync::oneshot;

use super::{Desk, name};
use crate::base::{Failure, Kind, Name, Restart};
use crate::control::applications::{News, Stand, Step};

/// What may happen to one of the applications.
#[derive(Clone, Copy, Debug)]
enum Throw {
    /// What was ordered of its root comes about, or its callback answers.
    Goes,
    /// Its root does not start or ends by itself, or its callback says no.
    Fails,
    Start,
    Stop,
}

/// What somebody who ordered something will be told.
type Told = oneshot::Receiver<Result<Vec<Name>, Failure>>;

/// The world outside: what was ordered and has yet to be answered.
#[derive(Default)]
struct Outside {
    starting: Vec<usize>,
    running: Vec<usize>,
    stopping: Vec<usize>,
    questions: Vec<(usize, u64)>,
    /// Those that the boot has started or somebody by its name; only an order to stop one, a failed phase or
    /// the end of the host takes it down.
    kept: Vec<usize>,
    stops: Vec<usize>,
    over: bool,
    orders: Vec<(usize, Told)>,
}

const NAMES: [&str; 4] = ["a*", "b", "c*", "d"];

struct Game {
    desk: Desk,
    after: Vec<Vec<usize>>,
    outside: Outside,
}

impl Game {
    fn new(restarts: &[Restart], after: Vec<Vec<usize>>) -> Game {
        let specs: Vec<(&str, Restart, &[usize])> =
            (0..4).map(|at| (NAMES[at], restarts[at], after[at].as_slice())).collect();
        let desk = Desk::new(&specs);
        Game { desk, after, outside: Outside::default() }
    }

    fn at(&self, root: crate::supervisor::ChildId) -> usize {
        let own = &self.desk.names[&root];
        NAMES.iter().position(|known| known.trim_end_matches('*') == own).expect("declared")
    }

    fn obey(&mut self, step: Step) {
        let out = &mut self.outside;
        assert!(!out.over, "{step:?} after the end");
        match step {
            Step::Start(root) => {
                let at = self.at(root);
                let out = &mut self.outside;
                assert!(![&out.starting, &out.running, &out.stopping].iter().any(|all| all.contains(&at)), "twice");
                assert!(self.after[at].iter().all(|first| out.running.contains(first)), "{at} before what it needs");
                out.starting.push(at);
                let all = &self.desk.all;
                if all.all[at].booting || all.starts.iter().any(|start| start.wanted == at) {
                    out.kept.push(at);
                }
            }
            Step::Stop(root) => {
                let at = self.at(root);
                let out = &mut self.outside;
                out.starting.retain(|other| *other != at);
                out.running.retain(|other| *other != at);
                assert!(!out.stopping.contains(&at), "stopped twice");
                out.stopping.push(at);
                let ordered = out.stops.contains(&at) || self.desk.all.ending;
                let failed = self.desk.all.all[at].stand == Stand::Failing;
                assert!(ordered || failed || !out.kept.contains(&at), "{at} was taken down by a start of another");
                let needs = |one: &usize| self.after[*one].contains(&at) && !out.stopping.contains(one);
                let needed = out.running.iter().chain(&out.starting).any(needs);
                assert!(ordered || failed || !needed, "{at} was taken from under another");
            }
            Step::HostInput(callback, question, ..) => {
                let asked = self.desk.all.all.iter().position(|one| one.hosted.callback == Some(callback));
                out.questions.push((asked.expect("declared"), question));
            }
            Step::Shutdown => {
                assert!(out.starting.is_empty() && out.running.is_empty() && out.stopping.is_empty(), "orphans");
                out.over = true;
            }
        }
    }

    fn settle(&mut self) {
        while let Some(step) = self.desk.all.next() {
            self.obey(step);
        }
    }

    fn news(&mut self, at: usize, news: News) {
        if let News::Down(_) = news {
            self.outside.kept.retain(|other| *other != at);
            self.outside.stops.retain(|other| *other != at);
        }
        let root = self.desk.root(NAMES[at].trim_end_matches('*'));
        self.desk.all.hear(root, news);
        self.settle();
    }

    fn throw(&mut self, at: usize, throw: Throw) {
        let out = &mut self.outside;
        let take = |all: &mut Vec<usize>| all.iter().position(|known| *known == at).map(|found| all.remove(found));
        match throw {
            Throw::Start | Throw::Stop => {
                let (done, told) = oneshot::channel();
                let to = name(NAMES[at].trim_end_matches('*'));
                let all = &mut self.desk.all;
                let up = all.all[at].stand.is_up();
                let step = if matches!(throw, Throw::Start) {
                    out.kept.extend(up.then_some(at));
                    all.order_start(&to, done);
                    None
                } else {
                    out.stops.extend(up.then_some(at));
                    all.order_stop(&to, done)
                };
                out.orders.push((at, told));
                step.into_iter().for_each(|step| self.obey(step));
                self.settle();
            }
            Throw::Goes | Throw::Fails if take(&mut out.stopping).is_some() => {
                self.news(at, News::Down("ordered".into()))
            }
            Throw::Goes if take(&mut out.starting).is_some() => {
                self.outside.running.push(at);
                self.news(at, News::Up);
            }
            Throw::Fails if take(&mut out.starting).is_some() => self.news(at, News::Down("no disk".into())),
            Throw::Goes | Throw::Fails if out.questions.iter().any(|(asked, _)| *asked == at) => {
                let found = out.questions.iter().position(|(asked, _)| *asked == at).expect("just seen");
                let (_, question) = out.questions.remove(found);
                let outcome = match throw {
                    Throw::Goes => Ok(vec![]),
                    _ => Err(Failure::new(Kind::Refused, "no")),
                };
                let step = self.desk.all.answered(question, outcome);
                step.into_iter().for_each(|step| self.obey(step));
                self.settle();
            }
            Throw::Fails if take(&mut out.running).is_some() => self.news(at, News::Down("gave up".into())),
            Throw::Goes | Throw::Fails => {}
        }
    }
}

fn restart() -> impl Strategy<Value = Restart> {
    prop_oneof![Just(Restart::Permanent), Just(Restart::Transient), Just(Restart::Temporary), Just(Restart::Temporary)]
}

fn throws() -> impl Strategy<Value = Vec<(usize, Throw)>> {
    let throw = prop_oneof![
        6 => Just(Throw::Goes), 1 => Just(Throw::Fails), 2 => Just(Throw::Start), 2 => Just(Throw::Stop)
    ];
    prop::collection::vec((0..4_usize, throw), 0..80)
}

proptest! {
    #[test]
    fn nothing_starts_before_what_it_needs_and_every_end_comes(
        restarts in prop::collection::vec(restart(), 4),
        needs in prop::collection::vec(any::<bool>(), 6),
        throws in throws(),
        asked in any::<bool>(),
    ) {
        let mut needs = needs.into_iter();
        let after = (0..4).map(|at| (0..at).filter(|_| needs.next().unwrap_or_default()).collect()).collect();
        let mut game = Game::new(&restarts, after);
        game.settle();
        for (at, throw) in throws {
            game.throw(at, throw);
        }
        if asked {
            game.desk.all.end();
            game.settle();
        }
        for _ in 0..40 {
            (0..4).for_each(|at| game.throw(at, Throw::Goes));
        }
        let ends = asked || game.desk.all.is_doomed();
        prop_assert_eq!((game.outside.over, game.desk.all.are_up() || ends), (ends, true));
        for (at, told) in &mut game.outside.orders {
            prop_assert!(told.try_recv().is_ok(), "an order of {} without an answer", at);
        }
        prop_assert!(game.desk.all.starts.is_empty(), "a start without an end");
    }
}

//! Whatever comes in whatever order: every call is answered, counts are right, a swap shows on all
//! workers or on none, and a shutdown leaves nothing behind.

use std::collections::BTreeSet;

use proptest::prelude::*;
use tokio::sync::oneshot;

use super::moves::{MOVES, Move, moves};
use super::world::{Answer, MS, SECOND, World, child, name, told};
use crate::control::{Ask, Ended};
use crate::protocol::Command;
use crate::supervisor::Order;

const WORKERS: [&str; 3] = ["a", "b", "c"];

#[derive(Clone, Copy, Debug, PartialEq)]
enum What {
    Increment,
    Read,
    Reset,
    Stats,
}

#[derive(Clone, Debug)]
enum Op {
    Call(usize, What, u64),
    Relay(usize),
    Suspend(usize),
    Resume(usize),
    Stop(usize),
    Restart(usize),
    Prepare,
    Decide(bool),
    Move(Move),
}

fn ops() -> impl Strategy<Value = Vec<Op>> {
    let what =
        prop_oneof![5 => Just(What::Increment), 3 => Just(What::Read), 2 => Just(What::Reset), 3 => Just(What::Stats)];
    let worker = 0..WORKERS.len();
    let op = prop_oneof![
        10 => (worker.clone(), what, prop_oneof![Just(SECOND), 1..20 * MS]).prop_map(|(at, what, time)| Op::Call(at, what, time)),
        3 => worker.clone().prop_map(Op::Relay),
        1 => worker.clone().prop_map(Op::Suspend),
        2 => worker.clone().prop_map(Op::Resume),
        1 => worker.clone().prop_map(Op::Stop),
        2 => worker.prop_map(Op::Restart),
        3 => Just(Op::Prepare),
        3 => any::<bool>().prop_map(Op::Decide),
        MOVES => moves().prop_map(Op::Move),
    ];
    prop::collection::vec(op, 1..80)
}

/// A call that was made, and what it may come to.
struct Asked {
    at: usize,
    what: What,
    answer: Answer,
    /// The version that served when it was asked, if it was certain.
    version: u64,
}

/// What is known of the workers.
struct Model {
    world: World,
    asked: Vec<Asked>,
    relayed: Vec<Answer>,
    /// The counts each worker may have.
    counts: [BTreeSet<u64>; 3],
    /// Whom an operator stopped or restarted: nobody says when that comes about.
    ordered: [bool; 3],
    swaps: u64,
    open: bool,
    new: bool,
    /// Changes whenever the code may have changed.
    version: u64,
}

impl Model {
    fn new() -> Model {
        let mut workers = WORKERS.map(|name| child(name, "counter-0.1.0")).to_vec();
        workers[1].terminate_after_crash = true;
        workers.push(child("relay", "relay-0.1.0"));
        let counts = [0; 3].map(|zero| BTreeSet::from([zero]));
        let world = World::new(2, &workers);
        let ordered = [false; 3];
        Model { world, asked: vec![], relayed: vec![], counts, ordered, swaps: 0, open: false, new: false, version: 0 }
    }

    fn apply(&mut self, op: Op) {
        let world = &mut self.world;
        match op {
            Op::Call(at, what, time) => {
                let answer = world.call_within(WORKERS[at], &format!("\"{what:?}\""), time);
                self.asked.push(Asked { at, what, answer, version: self.version });
            }
            Op::Relay(at) => {
                self.relayed.push(world.call("relay", &format!(r#"{{"Call":["{}","Read"]}}"#, WORKERS[at])));
            }
            Op::Suspend(at) => world.command(WORKERS[at], |child| Command::Suspend(child, oneshot::channel().0)),
            Op::Resume(at) => world.command(WORKERS[at], |child| Command::Resume(child, oneshot::channel().0)),
            Op::Stop(at) => {
                world.ask(Ask::Order(name(WORKERS[at]), Order::Terminate, oneshot::channel().0));
                self.ordered[at] = true;
            }
            Op::Restart(at) => {
                world.ask(Ask::Order(name(WORKERS[at]), Order::Restart, oneshot::channel().0));
                self.ordered[at] = true;
            }
            Op::Prepare if !self.open => {
                (self.open, self.swaps) = (true, self.swaps + 1);
                world.prepare(self.swaps, "counter-0.2.0");
            }
            Op::Decide(commit) => self.decide(commit),
            Op::Move(one) => one.make(world),
            Op::Prepare => {}
        }
        self.check();
    }

    fn decide(&mut self, commit: bool) {
        if !std::mem::take(&mut self.open) {
            return;
        }
        let id = self.swaps;
        if commit && self.world.ready(id) == (2, 0) {
            self.world.commit(id);
            self.new = true;
            self.version += 1;
        } else {
            self.world.abort(id);
        }
    }

    /// Takes in what was answered, in the order it was asked: a worker's queue keeps that order.
    fn check(&mut self) {
        for mut asked in std::mem::take(&mut self.asked) {
            let said = told(&mut asked.answer);
            if said == "nothing yet" {
                self.asked.push(asked);
                continue;
            }
            let counts = &mut self.counts[asked.at];
            counts.extend(self.ordered[asked.at].then_some(0));
            match (said.as_str(), asked.what) {
                // It may just have been stepped.
                ("timed-out", What::Increment) => counts.extend(counts.clone().iter().map(|count| count + 1)),
                ("timed-out", What::Reset) => drop(counts.insert(0)),
                ("stopped", _) => assert!(self.ordered[asked.at], "nobody stopped it"),
                ("timed-out" | "overloaded", _) => {}
                (r#""Ack""#, What::Increment) => *counts = counts.iter().map(|count| count + 1).collect(),
                (r#""Ack""#, What::Reset) => {
                    assert!(counts.iter().any(|count| *count > 0), "reset at {counts:?}");
                    *counts = BTreeSet::from([0]);
                }
                ("crashed", What::Reset) => {
                    assert!(counts.contains(&0), "crashed at {counts:?}");
                    *counts = BTreeSet::from([0]);
                }
                ("refused", What::Stats) => {
                    assert!(asked.version != self.version || !self.new, "0.1.0 after the commit")
                }
                (text, What::Read | What::Stats) => {
                    let digits: String =
                        text.chars().skip_while(|c| !c.is_ascii_digit()).take_while(char::is_ascii_digit).collect();
                    let count = digits.parse().unwrap_or_else(|_| panic!("{text}"));
                    assert!(counts.remove(&count), "{count} is none of {counts:?}");
                    assert!(asked.what == What::Read || self.new, "0.2.0 without a commit");
                    *counts = BTreeSet::from([count]);
                }
                (other, what) => panic!("{what:?}: {other}"),
            }
            counts.extend(self.ordered[asked.at].then_some(0));
        }
    }

    fn end(mut self) {
        self.world.sim.lane.set(usize::MAX);
        self.decide(true);
        (0..WORKERS.len()).for_each(|at| self.apply(Op::Resume(at)));
        self.world.pass(60 * SECOND);
        self.check();
        assert!(self.asked.is_empty(), "{} calls were not answered", self.asked.len());
        let unanswered = |answer: &mut Answer| matches!(told(answer).as_str(), "nothing yet" | "lost");
        assert!(!self.relayed.iter_mut().any(unanswered));
        assert_eq!(self.world.shut_down(), Some(Ended::Shutdown));
        assert!(self.world.is_quiet());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_call_is_answered_once_and_rightly_whatever_happens(ops in ops()) {
        let mut model = Model::new();
        ops.into_iter().for_each(|op| model.apply(op));
        model.end();
    }
}

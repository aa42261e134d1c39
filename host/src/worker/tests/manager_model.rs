//! The manager against a second, smaller one, over random orders: what is queued comes to the same as
//! doing one thing after the other. And, whatever happens in between, nobody is forgotten.

use proptest::prelude::*;

use super::manager::{Play, crash, name, new};
use crate::base::{ExitReason, WhenFull};
use crate::worker::Entry;

const NAMES: [&str; 5] = ["a", "b", "c", "dumb", "bad"];

#[derive(Clone, Debug)]
enum Order {
    Notify(&'static str),
    One(&'static str, &'static str),
    Add(&'static str, bool),
    Delete(&'static str),
    Swap(&'static str, &'static str, bool),
}

fn order() -> impl Strategy<Value = Order> {
    let one = || prop::sample::select(NAMES.to_vec());
    prop_oneof![
        4 => prop::sample::select(vec!["x", "y", "leave", "crash a", "crash b", "crash c"]).prop_map(Order::Notify),
        2 => (one(), prop::sample::select(vec!["q", "crash"])).prop_map(|(to, body)| Order::One(to, body)),
        4 => (one(), any::<bool>()).prop_map(|(name, owned)| Order::Add(name, owned)),
        1 => one().prop_map(Order::Delete),
        2 => (one(), one(), any::<bool>()).prop_map(|(old, new, owned)| Order::Swap(old, new, owned)),
    ]
}

fn ask(order: &Order, owner: u32) -> Entry<u32> {
    match *order {
        Order::Notify(event) => Entry::Notify(event.into()),
        Order::One(to, body) => Entry::One(name(to), body.into()),
        Order::Add(handler, owned) => Entry::Add(new(handler, owned.then_some(owner))),
        Order::Delete(handler) => Entry::Delete(name(handler)),
        Order::Swap(old, handler, owned) => Entry::Swap(name(old), new(handler, owned.then_some(owner))),
    }
}

/// Handlers, oldest first, and what is said of them. It knows no queue.
#[derive(Default)]
struct Model {
    handlers: Vec<&'static str>,
    trace: Vec<String>,
}

impl Model {
    fn say(&mut self, line: String) {
        self.trace.push(line);
    }

    fn start(&mut self, caller: u32, handler: &'static str, left: Option<&str>) {
        if self.handlers.contains(&handler) {
            let left = left.map_or_else(String::new, |left| format!("; `{left}` has left all the same"));
            return self.say(format!("{caller} already_exists{left}"));
        }
        let on = left.filter(|left| *left != "dumb").map_or_else(String::new, |left| format!(" on {left}"));
        self.say(format!("start {handler}{on}"));
        if handler == "bad" {
            return self.say(format!("{caller} crashed"));
        }
        self.handlers.push(handler);
        self.say(format!("{caller} ok"));
    }

    fn order(&mut self, caller: u32, order: &Order) {
        match *order {
            Order::Notify(event) => {
                for handler in self.handlers.clone().into_iter().rev() {
                    self.say(format!("{handler} {event}"));
                    let gone = event == "leave" || event == format!("crash {handler}");
                    self.handlers.retain(|other| !gone || *other != handler);
                }
                self.say(format!("{caller} ok"));
            }
            Order::One(to, body) if self.handlers.contains(&to) => {
                self.say(format!("{to} {body} of {caller}"));
                self.handlers.retain(|other| body != "crash" || *other != to);
            }
            Order::One(..) => self.say(format!("{caller} no-worker")),
            Order::Add(handler, _) => self.start(caller, handler, None),
            Order::Delete(handler) if self.handlers.contains(&handler) => {
                self.say(format!("{handler} stop"));
                self.handlers.retain(|other| *other != handler);
                self.say(format!("{caller} ok"));
            }
            Order::Delete(_) => self.say(format!("{caller} module_not_found")),
            Order::Swap(old, handler, _) if self.handlers.contains(&old) => {
                self.say(format!("{old} save"));
                self.say(format!("{old} stop"));
                self.handlers.retain(|other| *other != old);
                self.start(caller, handler, Some(old));
            }
            Order::Swap(_, handler, _) => self.start(caller, handler, None),
        }
    }
}

/// What happens between two things a handler does.
#[derive(Clone, Debug)]
enum Step {
    Ask(Order),
    Run,
    GoOn,
    Crash(usize),
    OwnerEnds(u32),
    Tick(u32),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => order().prop_map(Step::Ask),
        4 => Just(Step::Run),
        8 => Just(Step::GoOn),
        1 => (0..8_usize).prop_map(Step::Crash),
        1 => (1..40_u32).prop_map(Step::OwnerEnds),
        1 => (1..40_u32).prop_map(Step::Tick),
    ]
}

/// How often this was said of somebody.
fn said(trace: &str, whom: &str) -> usize {
    trace.split(" | ").filter(|line| line.starts_with(whom)).count()
}

proptest! {
    #[test]
    fn what_is_queued_comes_to_the_same_as_one_thing_after_the_other(orders in prop::collection::vec(order(), 0..30)) {
        let (mut play, mut model) = (Play::new(100, WhenFull::Reject), Model::default());
        for (caller, order) in (1..).zip(&orders) {
            play.ask(caller, ask(order, caller));
            model.order(caller, order);
        }
        let played = play.run();
        let without_owners: Vec<&str> = played.split(" | ").filter(|line| !line.starts_with("owner")).collect();
        prop_assert_eq!(without_owners.join(" | "), model.trace.join(" | "));
    }

    #[test]
    fn every_caller_and_every_owner_comes_out_once(steps in prop::collection::vec(step(), 0..80)) {
        let mut play = Play::new(5, WhenFull::DropOldest);
        play.held = true;
        let (mut asked, mut ended, mut all, mut now) = (0_u32, vec![], String::new(), 0);
        let mut given = vec![];
        for step in steps {
            match step {
                Step::Ask(order) => {
                    asked += 1;
                    play.ask(100 + asked, ask(&order, asked));
                    if matches!(order, Order::Add(_, true) | Order::Swap(_, _, true)) {
                        given.push(asked);
                    }
                }
                Step::GoOn if !play.open.is_empty() => play.go_on(),
                Step::Crash(at) if at < play.came.len() => {
                    play.open.retain(|(of, what)| *of != at || { all += &caller_of(what); false });
                    play.manager.left(at, &crash());
                }
                Step::OwnerEnds(owner) if given.contains(&owner) && !ended.contains(&owner) => {
                    ended.push(owner);
                    play.manager.owner_ended(owner);
                }
                Step::Tick(by) => {
                    now += u64::from(by);
                    play.manager.tick(now);
                }
                _ => {}
            }
            all = all + " | " + &play.run();
            prop_assert!(play.open.len() <= 1, "two at once");
        }
        play.manager.close();
        while !play.open.is_empty() {
            play.go_on();
        }
        (0..play.came.len()).for_each(|at| play.manager.left(at, &ExitReason::Shutdown));
        all = all + " | " + &play.run();
        for caller in 1..=asked {
            let times = said(&all, &format!("{} ", 100 + caller)) + all.matches(&format!(" of {}", 100 + caller)).count();
            prop_assert_eq!(times, 1, "caller {} in {}", caller, &all);
        }
        for owner in given {
            let times = said(&all, &format!("owner {owner}: "));
            let expected = usize::from(!ended.contains(&owner));
            prop_assert!(times == expected || (times == 1 && expected == 0), "owner {} in {}", owner, &all);
        }
    }
}

/// The caller of what a handler was at when it crashed is told by the worker.
fn caller_of(what: &str) -> String {
    what.split_once(" of ").map_or_else(String::new, |(_, caller)| format!(" | given of {caller}"))
}

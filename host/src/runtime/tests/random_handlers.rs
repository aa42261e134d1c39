//! Handlers and their owners, whatever comes in whatever order: every call is answered, a manager
//! never gets stuck, what it knows of its handlers is what the tree knows, and nothing is left behind.

use proptest::prelude::*;
use tokio::sync::oneshot;

use super::managers::{WITNESS, handlers, ties};
use super::moves::{MOVES, Move, moves};
use super::world::{Answer, MS, SECOND, World, child, handler, name, told};
use crate::control::{Ask, Ended};
use crate::protocol::Command;
use crate::supervisor::Order;

const RELAYS: [&str; 2] = ["relay", "other"];
const HANDLERS: [&str; 4] = ["a", "b", "c", "d"];

#[derive(Clone, Debug)]
enum Op {
    /// To the manager or to one of its handlers, with so much time.
    Call(Option<usize>, &'static str, u64),
    Change(usize, &'static str, usize, usize),
    EndOwner(usize, bool),
    Suspend(usize, bool),
    StopHandler(usize),
    Manager(Order),
    Prepare,
    Decide(bool),
    Move(Move),
}

fn ops() -> impl Strategy<Value = Vec<Op>> {
    let event = prop::sample::select(vec!["\"x\"", "\"x\"", "\"boom\"", "\"leave\"", "\"refuse\"", "1"]);
    let question = prop::sample::select(vec!["\"Heard\"", "\"Crash\"", "\"Leave\"", "\"Refuse\"", "\"Never\""]);
    let change = prop::sample::select(vec!["AddHandler", "Supervise", "Supervise", "DeleteHandler", "SwapHandler"]);
    let (at, relay) = (0..HANDLERS.len(), 0..RELAYS.len());
    let time = prop_oneof![Just(SECOND), 1..20 * MS];
    let op = prop_oneof![
        6 => (event, time.clone()).prop_map(|(event, time)| Op::Call(None, event, time)),
        4 => (at.clone(), question, time).prop_map(|(at, question, time)| Op::Call(Some(at), question, time)),
        8 => (relay.clone(), change, at.clone(), at.clone())
            .prop_map(|(relay, change, one, two)| Op::Change(relay, change, one, two)),
        2 => (relay, any::<bool>()).prop_map(|(relay, crash)| Op::EndOwner(relay, crash)),
        2 => (at.clone(), any::<bool>()).prop_map(|(at, on)| Op::Suspend(at, on)),
        1 => at.prop_map(Op::StopHandler),
        1 => Just(Op::Manager(Order::Terminate)),
        1 => Just(Op::Manager(Order::Restart)),
        2 => Just(Op::Prepare),
        2 => any::<bool>().prop_map(Op::Decide),
        MOVES => moves().prop_map(Op::Move),
    ];
    prop::collection::vec(op, 1..80)
}

struct Model {
    world: World,
    asked: Vec<(String, Answer)>,
    swaps: u64,
    open: bool,
}

impl Model {
    fn new() -> Model {
        let relays = RELAYS.map(|name| child(name, "relay-0.1.0"));
        let world = World::new(2, &[relays.to_vec(), vec![handler("a", WITNESS)]].concat());
        Model { world, asked: vec![], swaps: 0, open: false }
    }

    fn ask(&mut self, to: &str, body: &str, time: u64) {
        let answer = self.world.call_within(to, body, time);
        self.asked.push((format!("{to} {body}"), answer));
    }

    fn command(&mut self, handler: usize, command: impl FnOnce(crate::supervisor::ChildId) -> Command) {
        let child = self.world.supervision.tree().id(&format!("events/{}", HANDLERS[handler]));
        let home = self.world.directory.home("events");
        if let Some(child) = child {
            self.world.command_to(home, command(child));
        }
    }

    fn order(&mut self, child: &str, order: Order) {
        let child = crate::base::Name::of_worker(child).expect("a name");
        self.world.ask(Ask::Order(child, order, oneshot::channel().0));
    }

    fn apply(&mut self, op: Op) {
        match op {
            Op::Call(None, event, time) => self.ask("events", event, time),
            Op::Call(Some(at), question, time) => self.ask(&format!("events/{}", HANDLERS[at]), question, time),
            Op::Change(relay, change, one, two) => self.change(relay, change, HANDLERS[one], HANDLERS[two]),
            Op::EndOwner(relay, crash) => {
                let end = if crash { r#"{"Stop":"boom"}"# } else { r#"{"Stop":null}"# };
                self.ask(RELAYS[relay], end, SECOND);
            }
            Op::Suspend(at, true) => self.command(at, |child| Command::Suspend(child, oneshot::channel().0)),
            Op::Suspend(at, false) => self.command(at, |child| Command::Resume(child, oneshot::channel().0)),
            Op::StopHandler(at) => self.order(&format!("events/{}", HANDLERS[at]), Order::Terminate),
            Op::Manager(order) => self.order("events", order),
            Op::Prepare if !self.open => {
                (self.open, self.swaps) = (true, self.swaps + 1);
                self.world.prepare(self.swaps, WITNESS);
            }
            Op::Prepare => {}
            Op::Decide(commit) => self.decide(commit),
            Op::Move(one) => one.make(&mut self.world),
        }
    }

    fn change(&mut self, relay: usize, change: &str, one: &str, two: &str) {
        let body = match change {
            "DeleteHandler" => format!(r#"{{"DeleteHandler":["events","{one}"]}}"#),
            "SwapHandler" => format!(r#"{{"SwapHandler":["events","{one}","{two}","witness",{{}}]}}"#),
            _ => format!(r#"{{"{change}":["events","{one}","witness",{{"crashes_on":"boom"}}]}}"#),
        };
        self.ask(RELAYS[relay], &body, SECOND);
    }

    fn decide(&mut self, commit: bool) {
        if std::mem::take(&mut self.open) {
            let id = self.swaps;
            let commit = commit && self.world.ready(id) == (2, 0);
            self.world.decide(id, commit);
        }
    }

    fn end(mut self) {
        self.world.sim.lane.set(usize::MAX);
        self.decide(true);
        (0..HANDLERS.len()).for_each(|at| self.apply(Op::Suspend(at, false)));
        self.world.pass(60 * SECOND);
        (0..HANDLERS.len()).for_each(|at| self.apply(Op::Suspend(at, false)));
        self.world.pass(60 * SECOND);
        for (what, answer) in &mut self.asked {
            assert!(!matches!(told(answer).as_str(), "nothing yet" | "lost"), "{what}");
        }
        self.is_not_stuck();
        assert_eq!(self.world.shut_down(), Some(Ended::Shutdown));
        assert!(self.world.is_quiet());
    }

    /// A manager that runs answers, after every handler that the tree has.
    fn is_not_stuck(&mut self) {
        self.order("events", Order::Restart);
        for at in 0..HANDLERS.len() {
            self.world.settle();
            self.apply(Op::Suspend(at, false));
        }
        self.world.pass(60 * SECOND);
        self.world.logged.clear();
        let mut answer = self.world.call("events", "\"last\"");
        self.world.settle();
        assert_eq!(told(&mut answer), "");
        let hear = |line: &String| line.strip_prefix("events/")?.strip_suffix(": hears last").map(str::to_owned);
        let heard: Vec<String> = self.world.logged.iter().filter_map(hear).collect();
        assert_eq!(heard.join(" "), handlers(&self.world));
        assert_eq!(ties(&self.world), 0, "a restart of the manager ends every tie");
        assert!(self.world.supervision.tree().id(name("events").as_str()).is_some());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_manager_gets_stuck_and_nobody_is_forgotten_whatever_happens(ops in ops()) {
        let mut model = Model::new();
        ops.into_iter().for_each(|op| model.apply(op));
        model.end();
    }
}

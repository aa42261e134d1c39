//! The tree gives the traces that a real OTP gives (`host/tests/otp.rs` runs that side).

use std::collections::VecDeque;

use super::words;
use super::world::{World, crash};
use crate::base::Nanos;
use crate::supervisor::{Action, ChildId, Event, Report, StartOutcome, Status, Tree, Why};

/// A tree whose orders are answered at once; what it is told and what it wants are lines.
struct Trace {
    tree: Tree,
    world: World,
    broken: Option<&'static str>,
    now: Nanos,
    lines: Vec<String>,
}

impl Trace {
    fn new(tree: &str, broken: Option<&'static str>) -> Trace {
        let tree = Tree::new(words::tree(tree)).expect("a tree");
        let mut trace = Trace { tree, world: World::default(), broken, now: 1, lines: vec![] };
        trace.tell(Event::Boot);
        trace
    }

    fn name(&self, child: ChildId) -> String {
        self.tree.name(child).to_string()
    }

    fn crash(&mut self, name: &str) {
        self.lines.push(format!("crash {name}"));
        let child = self.tree.id(name).expect("a child");
        let event = self.world.exit(child, crash());
        self.tell(event);
    }

    fn running(&mut self) {
        let up = self.tree.workers().filter(|child| self.tree.status(*child) == Status::Running);
        let names: Vec<String> = up.map(|child| self.name(child)).collect();
        self.lines.push(format!("running: {}", names.join(" ")));
    }

    fn tell(&mut self, event: Event) {
        let mut events = VecDeque::from([event]);
        while let Some(event) = events.pop_front() {
            for action in self.tree.handle(event, self.now, &mut || 0) {
                self.world.obey(&action);
                self.lines.extend(self.line(&action));
                events.extend(self.answer(action));
            }
        }
    }

    fn line(&self, action: &Action) -> Option<String> {
        Some(match action {
            Action::Start { child } => format!("start {}", self.name(*child)),
            Action::Stop { child, .. } => format!("stop {}", self.name(*child)),
            Action::Report(Report::StartFailed { child, .. }) => format!("failed {}", child),
            Action::Report(Report::GaveUp { supervisor, .. }) => format!("gave up {}", supervisor),
            Action::Finished { reason, why: Why::StartFailed { child, .. } } => {
                format!("finished: {reason}, child {child} failed to start")
            }
            Action::Finished { reason, .. } => format!("finished: {reason}"),
            _ => return None,
        })
    }

    fn answer(&mut self, action: Action) -> Option<Event> {
        Some(match action {
            Action::Start { child } if self.broken == Some(self.tree.name(child).as_str()) => {
                self.world.start(child, StartOutcome::Failed(crash()))
            }
            Action::Start { child } => self.world.start(child, StartOutcome::Up),
            Action::Stop { child, .. } => self.world.stop(child),
            Action::Wait { child, token, delay } => {
                self.now += delay.as_nanos() as Nanos;
                Event::Due { child, token }
            }
            _ => return None,
        })
    }

    fn is(self, trace: &str) {
        let expected: Vec<&str> = trace.lines().filter(|line| !line.starts_with('#')).collect();
        assert_eq!(self.lines, expected);
    }
}

#[test]
fn sup_04_a_first_start_that_fails_gives_the_trace_of_otp() {
    let trace = Trace::new("root one_for_one 9/60s: a b c", Some("b"));
    trace.is(include_str!("../../../tests/otp/sup_04.trace"));
}

#[test]
fn sup_20_restarts_that_keep_failing_give_the_trace_of_otp() {
    let mut trace = Trace::new("root one_for_one 4/60s: a b c", None);
    trace.broken = Some("b");
    trace.crash("b");
    trace.is(include_str!("../../../tests/otp/sup_20.trace"));
}

#[test]
fn sup_34_a_transient_supervisor_that_gives_up_gives_the_trace_of_otp() {
    let mut trace = Trace::new("root one_for_one 9/60s: a (mid~ one_for_one 0/60s: b c)", None);
    trace.crash("b");
    trace.running();
    trace.tell(Event::Shutdown);
    trace.is(include_str!("../../../tests/otp/sup_34.trace"));
}

#[test]
fn sup_35_crashes_of_temporary_children_give_the_trace_of_otp() {
    let mut trace = Trace::new("root one_for_one 0/60s: a? b? c? d? e? f", None);
    for name in ["a", "b", "c", "d", "e"] {
        trace.crash(name);
    }
    trace.running();
    trace.tell(Event::Shutdown);
    trace.is(include_str!("../../../tests/otp/sup_35.trace"));
}

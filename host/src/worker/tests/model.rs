//! The state machine against a second, smaller one, over random behaviours.
//!
//! The model is OTP's algorithm as its manual tells it: one queue of events, a list of postponed
//! ones, and pending zero timeouts that are served when the queue is empty.

use std::collections::VecDeque;

use proptest::prelude::*;

use super::script::play;

/// What a behaviour does on one event.
#[derive(Clone, Debug)]
struct Rule {
    state: Option<u8>,
    repeat: bool,
    postpone: bool,
    next: u8,
    zero: Option<&'static str>,
}

fn rule() -> impl Strategy<Value = Rule> {
    let zero = prop::sample::select(vec![None, None, None, Some("state-timer"), Some("event-timer"), Some("timer")]);
    (prop::option::weighted(0.4, 0..3_u8), prop::bool::weighted(0.1), prop::bool::weighted(0.3), 0..3_u8, zero)
        .prop_map(|(state, repeat, postpone, next, zero)| Rule {
            state: state.filter(|_| !repeat),
            repeat,
            postpone,
            next,
            zero,
        })
}

struct Model {
    rules: VecDeque<Rule>,
    state: u8,
    queue: VecDeque<String>,
    postponed: Vec<String>,
    zero: VecDeque<(&'static str, String)>,
    mailbox: VecDeque<String>,
    events: usize,
    trace: Vec<String>,
}

impl Model {
    fn run(mut self) -> String {
        self.trace.push("entered from 0".into());
        while let Some(event) = self.take() {
            self.zero.retain(|(kind, _)| *kind != "event-timer");
            self.trace.push(event.clone());
            let Some(rule) = self.rules.pop_front() else { continue };
            self.step(event, &rule);
        }
        self.trace.join(" | ")
    }

    fn take(&mut self) -> Option<String> {
        let queued = self.queue.pop_front();
        queued.or_else(|| self.zero.pop_front().map(|(_, event)| event)).or_else(|| self.mailbox.pop_front())
    }

    fn step(&mut self, event: String, rule: &Rule) {
        let (old, new) = (self.state, rule.state.unwrap_or(self.state));
        if rule.postpone {
            self.postponed.push(event);
        }
        if old != new {
            self.state = new;
            self.zero.retain(|(kind, _)| *kind != "state-timer");
            for event in self.postponed.drain(..).rev() {
                self.queue.push_front(event);
            }
        }
        if let Some(kind) = rule.zero {
            self.zero.retain(|(other, _)| *other != kind);
            self.zero.push_back((kind, format!("timer {kind}")));
        }
        let first = self.events;
        self.events += usize::from(rule.next);
        for number in (first..self.events).rev() {
            self.queue.push_front(format!("internal {number}"));
        }
        if old != new || rule.repeat {
            self.trace.push(format!("entered from {old}"));
        }
    }
}

/// The same behaviour in the language of the scripts: its n-th event, whatever it is, gets rule n.
fn script(rules: &[Rule], casts: usize) -> String {
    let mut events = 0;
    let effects = rules.iter().map(|rule| {
        let mut effects: Vec<String> = rule.state.map(|state| format!("state {state}")).into_iter().collect();
        effects.extend(rule.repeat.then(|| "repeat".to_owned()));
        effects.extend(rule.postpone.then(|| "postpone".to_owned()));
        effects.extend((events..events + usize::from(rule.next)).map(|number| format!("next {number}")));
        effects.extend(rule.zero.map(|kind| format!("{kind} {kind} 0")));
        events += usize::from(rule.next);
        effects.join("; ")
    });
    let rules: Vec<String> = effects.map(|effects| format!("on *: {effects}")).collect();
    let casts: Vec<String> = (0..casts).map(|number| format!("cast {number}")).collect();
    format!("init state 0; enter-calls\n{}\nsend {}", rules.join("\n"), casts.join(", "))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn events_come_in_the_order_of_the_model(rules in prop::collection::vec(rule(), 0..25), casts in 1_usize..10) {
        let mailbox = (0..casts).map(|number| format!("cast {number}")).collect();
        let model = Model {
            rules: rules.clone().into(),
            state: 0,
            queue: VecDeque::new(),
            postponed: vec![],
            zero: VecDeque::new(),
            mailbox,
            events: 0,
            trace: vec![],
        };
        prop_assert_eq!(play(&script(&rules, casts)), model.run());
    }
}

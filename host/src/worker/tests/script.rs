//! A small language in which a test says what a state machine does and what it then sees.
//!
//! `init EFFECTS` begins it; `on INPUT: EFFECTS` says what it answers to an input, each such line
//! once and in order, `*` being any input but `entered`, and `late; ` before the effects letting five
//! seconds pass in the step; `send INPUT, INPUT` queues; `pass MS` lets it run and time pass; `upgrade
//! EFFECTS` puts another instance in its place. Whatever is still to be done is done at the end. The
//! trace has one line per input it was given, per answer a caller got, and per stop or fault.

use std::collections::{BTreeMap, VecDeque};

use crate::base::{Effect, ExitKind, Input, Nanos, QueueSpec, TimerKind, TimerStart, WhenFull};
use crate::worker::{Action, Aside, Began, Offered, Worker};

const MS: Nanos = 1_000_000;
/// More steps than any script takes.
const STEPS_MAX: usize = 5000;

struct Player {
    worker: Worker<String>,
    now: Nanos,
    rules: BTreeMap<String, VecDeque<String>>,
    tokens: BTreeMap<String, u64>,
    trace: Vec<String>,
    over: bool,
}

/// Plays a script with a queue for so many inputs; gives the trace.
pub(super) fn play_with(capacity: usize, script: &str) -> Vec<String> {
    let worker = Worker::new(QueueSpec { capacity, when_full: WhenFull::Reject }, None);
    let (rules, tokens, trace) = (BTreeMap::new(), BTreeMap::new(), vec![]);
    let mut player = Player { worker, now: 0, rules, tokens, trace, over: false };
    let lines: Vec<&str> = script.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    for rule in lines.iter().filter_map(|line| line.strip_prefix("on ")) {
        let (input, effects) = rule.split_once(':').expect("on INPUT: EFFECTS");
        player.rules.entry(input.to_owned()).or_default().push_back(effects.trim().to_owned());
    }
    for line in lines {
        player.line(line);
    }
    player.run();
    player.trace
}

/// Plays a script; the trace as one text.
pub(super) fn play(script: &str) -> String {
    play_with(100, script).join(" | ")
}

impl Player {
    fn line(&mut self, line: &str) {
        let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
        match verb {
            "init" => self.begin(Began::Fresh, rest),
            "upgrade" => {
                self.run();
                self.begin(Began::Carried, rest);
            }
            "send" => rest.split(", ").for_each(|input| self.send(input)),
            "pass" => {
                self.run();
                self.pass(rest.parse().expect("milliseconds"));
                self.run();
            }
            "on" => {}
            _ => panic!("{line}"),
        }
    }

    fn pass(&mut self, time: u64) {
        self.now += time * MS;
        let late = self.worker.tick(self.now);
        late.into_iter().for_each(|caller| self.trace.push(format!("{caller} timed out")));
    }

    fn begin(&mut self, began: Began, effects: &str) {
        let effects = self.effects(effects, 0);
        let mut actions = vec![];
        let done = self.worker.begin(began, effects, self.now, &mut actions);
        self.done(done.map_err(|fault| fault.text), actions);
    }

    fn send(&mut self, input: &str) {
        let (kind, name) = input.split_once(' ').expect("KIND NAME");
        let offered = match kind {
            "cast" => Offered::Cast(name.into()),
            "call" => Offered::Call { caller: name.into(), deadline: self.now + 5000 * MS, body: name.into() },
            _ => panic!("{input}"),
        };
        if self.worker.offer(offered).is_err() {
            self.trace.push(format!("no room for {input}"));
        }
    }

    fn run(&mut self) {
        for _ in 0..STEPS_MAX {
            if self.over {
                return;
            }
            let Some(taken) = self.worker.take_next(self.now, &mut Aside::default()) else { return };
            let (input, token) = (words(&taken.input), token(&taken.input));
            if let Some(token) = token {
                self.tokens.insert(input.clone(), token);
            }
            self.trace.push(input.clone());
            let any = if input.starts_with("entered") { None } else { self.rules.get_mut("*") };
            let effects = any.and_then(VecDeque::pop_front);
            let effects = effects.or_else(|| self.rules.get_mut(&input)?.pop_front()).unwrap_or_default();
            let effects = match effects.strip_prefix("late; ") {
                Some(rest) => {
                    self.pass(5000);
                    rest.to_owned()
                }
                None => effects,
            };
            let effects = self.effects(&effects, token.unwrap_or(0));
            let mut actions = vec![];
            let done = self.worker.commit(effects, self.now, &mut actions);
            self.done(done.map_err(|fault| fault.text), actions);
        }
        panic!("it goes on for ever: {:?}", self.trace);
    }

    fn done(&mut self, done: Result<(), String>, actions: Vec<Action<String>>) {
        if let Err(text) = done {
            let owed = self.worker.crashed();
            self.trace.push(format!("fault: {text}"));
            self.trace.extend(owed.into_iter().map(|caller| format!("{caller} crashed")));
            self.over = true;
        }
        for action in actions {
            match action {
                Action::Answer(caller, Ok(_)) => self.trace.push(format!("{caller} answered")),
                Action::Stop(_) => {
                    self.trace.push("stop".into());
                    self.over = true;
                }
                other => panic!("{other:?}"),
            }
        }
    }

    fn effects(&self, text: &str, token: u64) -> Vec<Effect> {
        text.split("; ").filter(|effect| !effect.is_empty()).map(|effect| self.effect(effect, token)).collect()
    }

    fn effect(&self, text: &str, token: u64) -> Effect {
        let words: Vec<&str> = text.split(' ').collect();
        match words[..] {
            ["state", name] => Effect::NextState(name.into()),
            ["repeat"] => Effect::RepeatState,
            ["enter-calls"] => Effect::EnterCalls,
            ["postpone"] => Effect::Postpone,
            ["next", name] => Effect::NextEvent(name.into()),
            ["reply"] => Effect::Reply { token, body: vec![] },
            ["reply", name] => Effect::Reply { token: self.tokens[&format!("call {name}")], body: vec![] },
            ["cancel", name] => Effect::CancelTimer(name.into()),
            ["update", kind, name, body] => Effect::UpdateTimer(timer(kind, name, "0", body)),
            [kind, name, after] => Effect::StartTimer(timer(kind, name, after, "")),
            [kind, name, after, body] => Effect::StartTimer(timer(kind, name, after, body)),
            ["stop"] => Effect::Stop(ExitKind::Normal),
            _ => panic!("{text}"),
        }
    }
}

fn timer(kind: &str, name: &str, after: &str, body: &str) -> TimerStart {
    let kind = match kind {
        "state-timer" => TimerKind::State,
        "event-timer" => TimerKind::Event,
        "timer" => TimerKind::Named,
        _ => panic!("{kind}"),
    };
    let after_ms = if after == "infinity" { u64::MAX } else { after.parse().expect("milliseconds") };
    TimerStart { kind, name: name.into(), after_ms, body: body.into() }
}

fn token(input: &Input) -> Option<u64> {
    if let Input::Call { token, .. } = input { Some(*token) } else { None }
}

fn words(input: &Input) -> String {
    let text = |body: &[u8]| String::from_utf8_lossy(body).into_owned();
    match input {
        Input::Call { body, .. } => format!("call {}", text(body)),
        Input::Cast(body) => format!("cast {}", text(body)),
        Input::Internal(body) => format!("internal {}", text(body)),
        Input::Entered(from) => format!("entered from {from}"),
        Input::StartPhase(phase) => format!("start phase {phase}"),
        Input::PrepStop => "prep stop".to_owned(),
        Input::ConfigChanged(config) => format!("config {}", text(config)),
        Input::Timer { name, body } if body.is_empty() => format!("timer {name}"),
        Input::Timer { name, body } => format!("timer {name} {}", text(body)),
        other => format!("{other:?}"),
    }
}

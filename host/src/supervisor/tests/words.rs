//! A tree in one line of text.
//!
//! `root one_for_all 3/5s: a b~ (mid! rest_for_one 1/5s any: c d?) e^`: a supervisor is its name,
//! its strategy (or `manager`), restarts per period, perhaps when it shuts down by itself, and its
//! children. A root named `/` is the host's own. `~`
//! transient, `?` temporary, `!` significant, `^` brutal_kill, `%` waits for the intensity, `@2s` or `@infinity` its shutdown.

use std::iter::Peekable;
use std::str::SplitWhitespace;
use std::sync::Arc;
use std::time::Duration;

use crate::base::{
    AutoShutdown, Backoff, ChildKind, ChildSpec, Intensity, Name, QueueSpec, Restart, Shutdown, Strategy,
    SupervisorSpec, TreeSpec,
};

pub(super) fn name(text: &str) -> Name {
    if text == "/" { Name::host() } else { Name::new(text).expect("a name") }
}

pub(super) fn seconds(text: &str) -> Duration {
    let number = text.strip_suffix('s').and_then(|number| number.parse().ok());
    Duration::from_secs_f64(number.expect("seconds"))
}

pub(super) fn tree(text: &str) -> TreeSpec {
    let text = text.replace('(', " ( ").replace(')', " ) ").replace(':', " : ");
    let mut spec = TreeSpec { supervisors: vec![], children: vec![] };
    supervisor(&mut text.split_whitespace().peekable(), &mut spec);
    spec
}

fn supervisor(words: &mut Peekable<SplitWhitespace<'_>>, spec: &mut TreeSpec) -> String {
    let mut word = || words.next().expect("name, strategy, intensity, `:`").to_owned();
    let (entry, strategy, intensity, mut auto) = (word(), word(), word(), word());
    let auto_shutdown = match auto.as_str() {
        "any" => AutoShutdown::AnySignificant,
        "all" => AutoShutdown::AllSignificant,
        _ => AutoShutdown::Never,
    };
    if auto != ":" {
        auto = word();
    }
    assert_eq!(auto, ":");
    let (restarts, period) = intensity.split_once('/').expect("restarts/period");
    let intensity = Intensity { restarts: restarts.parse().expect("restarts"), period: seconds(period) };
    let own = bare(&entry);
    let manager = (strategy == "manager").then(QueueSpec::default);
    let declared = SupervisorSpec { strategy: strategy_of(&strategy), intensity, auto_shutdown, manager };
    spec.supervisors.push((own.clone(), declared));
    while let Some(word) = words.next().filter(|word| *word != ")") {
        if word == "(" {
            let at = spec.children.len();
            let inner = supervisor(words, spec);
            let kind = ChildKind::Supervisor(bare(&inner));
            spec.children.insert(at, child(&inner, own.clone(), kind));
        } else {
            let kind = ChildKind::Worker(name("behaviour"));
            spec.children.push(child(word, own.clone(), kind));
        }
    }
    entry
}

fn strategy_of(text: &str) -> Strategy {
    match text {
        "one_for_one" | "manager" => Strategy::OneForOne,
        "one_for_all" => Strategy::OneForAll,
        "rest_for_one" => Strategy::RestForOne,
        _ => Strategy::SimpleOneForOne,
    }
}

fn bare(word: &str) -> Name {
    name(word.split(['~', '?', '!', '^', '%', '@']).next().unwrap_or(word))
}

fn child(word: &str, under: Name, kind: ChildKind) -> ChildSpec {
    let is_supervisor = matches!(kind, ChildKind::Supervisor(_));
    let shutdown = match word.split_once('@').map(|(_, shutdown)| shutdown) {
        _ if word.contains('^') => Shutdown::BrutalKill,
        Some("infinity") => Shutdown::Infinity,
        Some(time) => Shutdown::Timeout(seconds(time)),
        None if is_supervisor => Shutdown::Infinity,
        None => Shutdown::default(),
    };
    ChildSpec {
        name: bare(word),
        under,
        kind,
        restart: match word {
            _ if word.contains('~') => Restart::Transient,
            _ if word.contains('?') => Restart::Temporary,
            _ => Restart::Permanent,
        },
        backoff: Backoff { jitter: 0.0, within_intensity: word.contains('%'), ..Backoff::default() },
        shutdown,
        significant: word.contains('!'),
        queue: QueueSpec::default(),
        hibernate_after: None,
        durable: false,
        redact: false,
        terminate_after_crash: false,
        config: Arc::from(&b"{}"[..]),
    }
}

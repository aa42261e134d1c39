//! Random trees, and random things to befall them.

use proptest::prelude::*;

use super::words::{self, name};
use crate::base::{
    AutoShutdown, ChildKind, ChildSpec, Intensity, QueueSpec, Restart, Strategy as Group, SupervisorSpec, TreeSpec,
};
use crate::supervisor::Order;

/// What befalls the tree; the number picks whom.
#[derive(Clone, Copy, Debug)]
pub(super) enum Throw {
    Up,
    StartFails,
    Ignored,
    Stopped,
    Crash,
    Exit,
    Due,
    Pass,
    Wish(Wish),
}

/// What somebody wants.
#[derive(Clone, Copy, Debug)]
pub(super) enum Wish {
    Order(Order),
    StartKeyed,
    StartSpec,
    Change,
    Shutdown,
}

const RESTARTS: [Restart; 3] = [Restart::Permanent, Restart::Transient, Restart::Temporary];

pub(super) fn worker(text: &str, under: &str, number: usize) -> ChildSpec {
    let mut spec = words::tree("root one_for_one 1/5s: w").children.remove(0);
    (spec.name, spec.under, spec.restart) = (name(text), name(under), RESTARTS[number % 3]);
    spec
}

pub(super) fn forest() -> impl Strategy<Value = TreeSpec> {
    let supervisor = (0..5u8, 0..5u32, 0..3u8);
    let child = (any::<prop::sample::Index>(), 0..3usize, any::<bool>());
    (prop::collection::vec(supervisor, 1..6), prop::collection::vec(child, 5..14), any::<bool>()).prop_map(
        |(flags, children, supervisors_first)| {
            let mut spec = TreeSpec { supervisors: vec![], children: vec![] };
            for (at, flags) in flags.into_iter().enumerate() {
                let flags = supervisor_of(flags, at > 0);
                let letter = if flags.manager.is_some() { "m" } else { "s" };
                let text = if at == 0 { "root".to_owned() } else { format!("{letter}{at}") };
                spec.supervisors.push((name(&text), flags));
            }
            let count = spec.supervisors.len();
            for (at, (under, restart, significant)) in children.into_iter().enumerate() {
                let is_supervisor = at + 1 < count;
                let place = if is_supervisor { at + 1 } else { count };
                let takes = |flags: &SupervisorSpec| !is_simple(flags) && (flags.manager.is_none() || !is_supervisor);
                let may = spec.supervisors[..place].iter().filter(|(_, flags)| takes(flags)).collect::<Vec<_>>();
                let (above, flags) = may[under.index(may.len())].clone();
                let own = is_supervisor.then(|| spec.supervisors[at + 1].0.to_string());
                let mut child = worker(&own.unwrap_or(format!("w{}", at + 1)), above.as_str(), restart);
                if flags.manager.is_some() {
                    child.restart = Restart::Temporary;
                }
                if is_supervisor {
                    child.kind = ChildKind::Supervisor(child.name.clone());
                }
                child.significant = significant && may_be_significant(&child, &flags);
                spec.children.push(child);
            }
            for (at, (name, flags)) in spec.supervisors.iter().enumerate().filter(|(_, (_, flags))| is_simple(flags)) {
                let mut template = worker(&format!("t{at}"), name.as_str(), at);
                template.significant = may_be_significant(&template, flags);
                spec.children.push(template);
            }
            if !supervisors_first {
                spec.children.reverse();
            }
            spec
        },
    )
}

pub(super) fn is_simple(flags: &SupervisorSpec) -> bool {
    flags.strategy == Group::SimpleOneForOne
}

pub(super) fn may_be_significant(child: &ChildSpec, flags: &SupervisorSpec) -> bool {
    child.restart != Restart::Permanent && flags.auto_shutdown != AutoShutdown::Never
}

fn supervisor_of((strategy, restarts, auto): (u8, u32, u8), may_be_simple: bool) -> SupervisorSpec {
    let strategies = [Group::OneForOne, Group::OneForAll, Group::RestForOne, Group::SimpleOneForOne, Group::OneForOne];
    let manager = (strategy == 4 && may_be_simple).then(QueueSpec::default);
    let autos = [AutoShutdown::Never, AutoShutdown::AnySignificant, AutoShutdown::AllSignificant];
    let strategy = strategies[strategy as usize];
    let is_simple = strategy == Group::SimpleOneForOne;
    SupervisorSpec {
        strategy: if may_be_simple || !is_simple { strategy } else { Group::OneForOne },
        intensity: Intensity { restarts, ..Intensity::default() },
        auto_shutdown: if is_simple { AutoShutdown::Never } else { autos[auto as usize] },
        manager,
    }
}

pub(super) fn throws() -> impl Strategy<Value = Vec<(Throw, usize)>> {
    let wish = prop_oneof![
        7 => Just(Wish::Order(Order::Terminate)),
        2 => Just(Wish::Order(Order::Kill)),
        4 => Just(Wish::Order(Order::Restart)),
        3 => Just(Wish::Order(Order::Start)),
        3 => Just(Wish::Order(Order::Delete)),
        8 => Just(Wish::StartKeyed),
        6 => Just(Wish::StartSpec),
        3 => Just(Wish::Change),
        1 => Just(Wish::Shutdown),
    ];
    let throw = prop_oneof![
        30 => Just(Throw::Up),
        2 => Just(Throw::StartFails),
        1 => Just(Throw::Ignored),
        20 => Just(Throw::Stopped),
        8 => Just(Throw::Crash),
        2 => Just(Throw::Exit),
        8 => Just(Throw::Due),
        8 => Just(Throw::Pass),
        25 => wish.prop_map(Throw::Wish),
    ];
    prop::collection::vec((throw, 0..5000usize), 0..150)
}

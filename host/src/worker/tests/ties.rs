//! Monitors of a worker, and the effects of its `terminate`.

use super::super::{Action, Worker};
use super::{Caller, call, commit, take, take_call, worker};
use crate::base::limits::{ADDRESS_BYTES_MAX, MONITORS_MAX};
use crate::base::{Down, DownWhy, Effect, HandlerChange, HandlerOrder, Input, SupervisorRequest, WhenFull, Wish};

fn monitor(tag: u64) -> Effect {
    Effect::Monitor { worker: "w".into(), tag }
}

/// The numbers of the monitors that a step with these effects begins.
fn numbers(worker: &mut Worker<Caller>, effects: Vec<Effect>) -> Vec<u64> {
    let number = |action| if let Action::Monitor { number, .. } = action { Some(number) } else { None };
    commit(worker, 0, effects).into_iter().filter_map(number).collect()
}

fn down(tag: u64) -> Input {
    Input::Down(Box::new(Down { tag, worker: "w".into(), why: DownWhy::Normal }))
}

#[test]
fn the_end_of_a_monitored_worker_is_heard_once_and_that_of_another_never() {
    let mut worker = worker(4, WhenFull::Reject);
    let numbers = numbers(&mut worker, vec![monitor(7), monitor(7), monitor(8)]);
    worker.down(numbers[0], DownWhy::Normal);
    worker.down(numbers[0], DownWhy::Normal);
    worker.down(99, DownWhy::Normal);
    assert_eq!((take(&mut worker), worker.is_ready()), (down(7), false));
    let left: Vec<_> = worker.take_monitors().map(|(number, _)| number).collect();
    assert_eq!(left, numbers[1..]);
    worker.down(numbers[1], DownWhy::Normal);
    assert!(!worker.is_ready(), "it monitors none");
}

#[test]
fn what_is_demonitored_is_not_heard_even_if_it_has_ended_already() {
    let mut worker = worker(4, WhenFull::Reject);
    let numbers = numbers(&mut worker, vec![monitor(7), monitor(7), monitor(8)]);
    worker.down(numbers[0], DownWhy::Normal);
    worker.down(numbers[2], DownWhy::Normal);
    let undone = commit(&mut worker, 0, vec![Effect::Demonitor(7)]);
    assert_eq!(undone, [Action::Demonitor { to: "w".into(), number: numbers[1] }]);
    assert_eq!((take(&mut worker), worker.is_ready()), (down(8), false));
}

#[test]
fn monitors_have_a_bound_that_counts_the_ends_that_wait_to_be_heard() {
    let mut worker = worker(4, WhenFull::Reject);
    let numbers = numbers(&mut worker, (0..MONITORS_MAX as u64 - 1).map(monitor).collect());
    worker.down(numbers[0], DownWhy::Normal);
    assert_eq!(worker.admits(&[monitor(0)]), Ok(()));
    let refused = |effects: &[Effect]| worker.admits(effects).expect_err("too many").text;
    assert!(refused(&[monitor(0), monitor(0)]).contains("monitors, at most"));
    let long = |bytes: usize| Effect::Monitor { worker: "w".repeat(bytes), tag: 0 };
    assert_eq!(worker.admits(&[long(ADDRESS_BYTES_MAX)]), Ok(()));
    assert!(refused(&[long(ADDRESS_BYTES_MAX + 1)]).contains("bytes of a worker's address, at most"));
    take(&mut worker);
    assert_eq!(worker.admits(&[monitor(0), monitor(0)]), Ok(()), "what was heard does not count");
}

#[test]
fn gs_21_terminate_does_what_reaches_others_and_names_the_rest() {
    let mut worker = worker(4, WhenFull::Reject);
    worker.offer(call("a")).expect("room");
    let token = take_call(&mut worker);
    commit(&mut worker, 0, vec![]);
    let ask = |tag| {
        let wish = Wish::StopChild("c".into());
        Effect::Supervisor(Box::new(SupervisorRequest { supervisor: "s".into(), wish, tag }))
    };
    let change = |supervised, tag| {
        let (manager, change) = ("m".into(), HandlerChange::Delete("h".into()));
        Effect::Handler(Box::new(HandlerOrder { manager, change, supervised, tag }))
    };
    let wanted = vec![
        Effect::Reply { token, body: b"bye".to_vec() },
        Effect::Cast { to: "a".into(), body: vec![] },
        Effect::Publish { topic: "t".into(), body: vec![] },
        ask(None),
        change(false, None),
        ask(Some(1)),
        change(true, None),
        monitor(1),
        monitor(2),
        Effect::Hibernate,
        Effect::NextState("s".into()),
    ];
    let mut actions = vec![];
    let unheard = worker.terminate(wanted, 0, &mut actions).expect("all is admitted");
    assert_eq!(actions.len(), 5);
    assert!(matches!(&actions[0], Action::Answer("a", Ok(body)) if body == b"bye"));
    let named: Vec<_> = unheard.into_iter().collect();
    assert_eq!(named, ["delete-handler", "hibernate", "monitor", "next-state", "stop-child"]);
    let bad = worker.terminate(vec![Effect::Publish { topic: String::new(), body: vec![] }], 0, &mut actions);
    assert_eq!((bad.is_err(), actions.len()), (true, 5));
    assert!(worker.terminate(vec![Effect::Other("new".into(), vec![])], 0, &mut actions).is_err());
}

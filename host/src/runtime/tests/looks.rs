//! What an operator sees of a worker that has more to do than it can, or waits.

use tokio::sync::oneshot;

use super::sys::{seen, suspend};
use super::world::{Child, MS, SECOND, World, child, told};
use crate::base::limits::INSPECTED_MAX;
use crate::base::{Effect, Kind, QueueSpec, TimerKind, TimerStart, WhenFull};
use crate::protocol::{Came, Command, Head, InputKind};
use crate::worker::{Aside, Offered};

const READ: &str = r#""Read""#;

#[test]
fn whoever_looks_at_a_worker_in_a_long_step_is_told_so_and_does_not_wait_for_its_end() {
    let mut world = World::new(1, &[child("a", "hostile-0.1.0")]);
    world.sim.grain.set(10 * MS);
    let mut answer = world.call_within("a", r#""spin""#, 600 * SECOND);
    world.turn(0);
    let mut early = world.inspect("a");
    world.turn(0);
    assert!(early.try_recv().is_err(), "its end may be near");
    (0..30).for_each(|_| world.turn(0));
    let glance = early.try_recv().expect("told by now").expect("it is there");
    let doing = glance.doing.expect("in a step");
    assert_eq!((doing.function, doing.time >= 100 * MS, glance.state), ("step", true, None));
    assert_eq!(glance.recent[0].came, Came::Open, "what it works on");
    let mut late = world.inspect("a");
    assert!(late.try_recv().expect("told at once").expect("it is there").doing > Some(doing));
    assert_eq!(told(&mut answer), "nothing yet", "it is still at it");
    let (done, mut survey) = oneshot::channel();
    world.command_to(0, Command::Survey(done));
    let briefs = survey.try_recv().expect("told at once");
    assert_eq!(briefs[0].doing.map(|doing| doing.function), Some("step"));
}

#[test]
fn overload_is_counted_and_told_once_for_each_burst() {
    let queue = QueueSpec { capacity: 2, when_full: WhenFull::Reject };
    let mut world = World::new(1, &[Child { queue, ..child("a", "counter-0.1.0") }]);
    suspend(&mut world, "a", true);
    let burst = |world: &mut World| {
        let mut last = (0..5).map(|_| world.call_within("a", READ, 600 * SECOND)).last().expect("five calls");
        world.settle();
        last.try_recv().expect("told").expect_err("turned away")
    };
    let failure = burst(&mut world);
    assert_eq!(failure.kind, Kind::Overloaded);
    assert!(failure.text.contains("it is suspended (`tomte resume a`)"), "{}", failure.text);
    burst(&mut world);
    world.pass(2 * SECOND);
    burst(&mut world);
    let told = world.logged.iter().filter(|line| line.contains("its queue of 2 is full, and it is suspended")).count();
    assert_eq!((told, seen(&mut world, "a").statistics.overloads), (2, 13));
}

#[test]
fn sm_12_a_look_shows_the_state_what_is_postponed_and_which_timers_run() {
    for redact in [false, true] {
        let mut world = World::new(1, &[Child { redact, ..child("a", "relay-0.1.0") }]);
        let now = world.sim.now.get();
        let timer = |kind, name: &str, after_ms| TimerStart { kind, name: name.into(), after_ms, body: vec![] };
        let slow = Effect::StartTimer(timer(TimerKind::Named, "slow", 60_000));
        let quick = Effect::StartTimer(timer(TimerKind::State, "quick", 400));
        let monitor = Effect::Monitor { worker: "b".into(), tag: 1 };
        let worker = world.shards[0].worker_mut(0);
        worker.commit(vec![Effect::NextState("locked".into()), slow, quick, monitor], now, &mut vec![]).expect("fine");
        for _ in 0..10 {
            assert!(worker.offer(Offered::Cast(b"Open".to_vec())).is_ok());
            worker.take_next(now, &mut Aside::default()).expect("an input");
            worker.commit(vec![Effect::Postpone], now, &mut vec![]).expect("fine");
        }
        world.sim.now.set(now + 100 * MS);
        let waits = seen(&mut world, "a").waits;
        let text = |head: &Head| if redact { head.bytes.to_string() } else { head.text().unwrap_or("").to_owned() };
        let named = |name: &str| if redact { name.len().to_string() } else { name.to_owned() };
        assert_eq!(waits.state.as_ref().map(text), Some(named("locked")));
        let due: Vec<_> = waits.due.iter().map(|due| (due.kind, text(&due.name), due.after / MS)).collect();
        let expected = [(TimerKind::State, named("quick"), 300), (TimerKind::Named, named("slow"), 59_900)];
        assert_eq!((due.as_slice(), waits.timers, waits.monitors), (&expected[..], 2, 1));
        let inputs: Vec<_> = waits.inputs.iter().map(|(kind, head)| (*kind, text(head))).collect();
        assert_eq!((waits.postponed, inputs), (10, vec![(InputKind::Cast, named("Open")); INSPECTED_MAX]));
    }
}

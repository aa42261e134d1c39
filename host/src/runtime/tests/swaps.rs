//! A change of code on the shards: all workers or none, whatever comes in between.

use std::time::Duration;

use super::world::{Child, MS, SECOND, World, ask, child, name, told};
use crate::base::Shutdown;
use crate::control::{Ask, Ended};
use crate::supervisor::Order;
use crate::supervisor::Status;
use tokio::sync::oneshot;

const READ: &str = r#""Read""#;
const STATS: &str = r#""Stats""#;

fn counters() -> World {
    let mut world = World::new(2, &[child("a", "counter-0.1.0"), child("b", "counter-0.1.0")]);
    let mut answers = ["a", "b", "b"].map(|to| world.call(to, r#""Increment""#));
    world.settle();
    assert!(answers.iter_mut().all(|answer| told(answer) == r#""Ack""#));
    world
}

fn hostile(config: &'static str) -> Child {
    Child { config, ..child("a", "hostile-0.1.0") }
}

fn stop(world: &mut World, worker: &str) {
    let (done, _answer) = oneshot::channel();
    world.ask(Ask::Order(name(worker), Order::Terminate, done));
}

#[test]
fn all_workers_change_at_once_and_keep_their_states() {
    let mut world = counters();
    world.prepare(1, "counter-0.2.0");
    world.settle();
    let mut waiting = world.call("a", READ);
    world.settle();
    assert_eq!((world.ready(1), told(&mut waiting)), ((2, 0), "nothing yet".to_owned()));
    world.commit(1);
    world.settle();
    assert_eq!((told(&mut waiting), world.committed), (r#"{"Value":1}"#.to_owned(), 2));
    assert_eq!(ask(&mut world, "b", STATS), r#"{"Stats":{"count":2,"resets":0}}"#);
}

#[test]
fn nothing_of_an_aborted_swap_shows() {
    let mut world = counters();
    world.prepare(1, "counter-0.2.0");
    let mut waiting = world.call("a", STATS);
    world.turn(0);
    world.abort(1);
    world.settle();
    assert_eq!(told(&mut waiting), "refused");
    assert_eq!([ask(&mut world, "a", READ), ask(&mut world, "b", READ)], [r#"{"Value":1}"#, r#"{"Value":2}"#]);
    let mut seen = world.inspect("a");
    world.settle();
    assert_eq!(seen.try_recv().expect("an answer").expect("it lives").generation, 0);
    world.prepare(2, "counter-0.2.0");
    world.settle();
    assert_eq!(world.ready(2), (2, 0), "the next swap is not disturbed");
}

#[test]
fn gs_16_a_version_that_cannot_read_the_state_is_refused_and_the_old_one_goes_on() {
    let mut world = counters();
    world.prepare(1, "counter-0.3.0");
    world.settle();
    assert_eq!(world.ready(1), (0, 2));
    world.abort(1);
    assert_eq!([ask(&mut world, "a", READ), ask(&mut world, "b", READ)], [r#"{"Value":1}"#, r#"{"Value":2}"#]);
}

#[test]
fn a_crash_while_saving_refuses_the_swap_and_restarts_the_worker_after_it() {
    let mut world = World::new(1, &[hostile(r#"{"save":"divide"}"#)]);
    world.prepare(1, "hostile-0.1.0");
    world.settle();
    assert_eq!((world.ready(1), world.crashes, world.status("a")), ((0, 1), 1, Status::Starting));
    world.abort(1);
    assert_eq!(ask(&mut world, "a", r#""behave""#), r#""done""#);
}

#[test]
fn a_start_ordered_during_a_swap_comes_after_it_with_the_code_that_won() {
    for (commits, stats) in [(true, r#"{"Stats":{"count":0,"resets":0}}"#), (false, "refused")] {
        let mut world = counters();
        stop(&mut world, "a");
        world.settle();
        world.prepare(1, "counter-0.2.0");
        world.settle();
        let (done, mut restarted) = oneshot::channel();
        world.ask(Ask::Order(name("a"), Order::Restart, done));
        world.settle();
        assert_eq!((world.ready(1), world.status("a")), ((2, 0), Status::Starting));
        world.decide(1, commits);
        world.settle();
        assert_eq!(restarted.try_recv(), Ok(Ok(name("a"))));
        assert_eq!(ask(&mut world, "a", STATS), stats);
    }
}

#[test]
fn a_start_that_fails_during_a_swap_does_not_hold_it_up() {
    let mut world = World::new(1, &[hostile(r#"{"init":"behave"}"#)]);
    stop(&mut world, "a");
    world.settle();
    world.redeclare("a", |spec| spec.config = br#"{"init":"divide"}"#[..].into());
    let (done, mut restarted) = oneshot::channel();
    world.ask(Ask::Order(name("a"), Order::Restart, done));
    world.turn_commands(0);
    world.prepare(1, "hostile-0.1.0");
    world.settle();
    assert_eq!(world.ready(1), (1, 0));
    assert!(restarted.try_recv().is_ok_and(|told| told.is_err()));
}

#[test]
fn a_worker_stopped_at_any_stage_of_a_swap_stops_and_the_swap_goes_on() {
    for spins in ["", "save", "terminate"] {
        for commits in [true, false] {
            for stage in 0..STAGES {
                let config = match spins {
                    "" => "{}".to_owned(),
                    function => format!(r#"{{"{function}":"spin"}}"#),
                };
                let mut slow = hostile(config.leak());
                slow.shutdown = Shutdown::Timeout(Duration::from_millis(50));
                let mut world = World::new(2, &[slow, child("b", "hostile-0.1.0")]);
                world.sim.grain.set(10 * MS);
                stage_of_a_swap(&mut world, stage);
                world.pass(SECOND);
                let (ready, not_ready) = world.ready(1);
                assert_eq!(ready + not_ready, 2, "every shard tells: {spins} {commits} {stage}");
                let commits = commits && not_ready == 0;
                world.decide(1, commits);
                world.pass(10 * SECOND);
                assert_eq!(world.status("a"), Status::Stopped, "{spins} {commits} {stage}");
                assert_eq!(ask(&mut world, "b", r#""behave""#), r#""done""#);
                assert_eq!(world.shut_down(), Some(Ended::Shutdown));
                assert!(world.is_quiet());
            }
        }
    }
}

/// More turns than a swap has steps.
const STAGES: usize = 9;

/// Orders `a` to stop before a swap, or after so many turns of it.
fn stage_of_a_swap(world: &mut World, stage: usize) {
    for turns in 0..STAGES {
        if turns == stage {
            stop(world, "a");
        }
        match turns {
            0 => world.prepare(1, "hostile-0.1.0"),
            _ => {
                world.turn(0);
                world.turn(1);
                world.control_turn();
            }
        }
    }
}

#[test]
fn a_swap_that_is_undone_after_any_of_its_steps_leaves_everybody_as_before() {
    for turns in 0..STAGES {
        let mut world = counters();
        world.prepare(1, "counter-0.2.0");
        for _ in 0..turns {
            world.turn(0);
            world.turn(1);
            world.control_turn();
        }
        world.abort(1);
        assert_eq!([ask(&mut world, "a", READ), ask(&mut world, "b", READ)], [r#"{"Value":1}"#, r#"{"Value":2}"#]);
        assert_eq!([ask(&mut world, "a", STATS), ask(&mut world, "b", STATS)], ["refused"; 2], "after {turns} turns");
        world.prepare(2, "counter-0.2.0");
        world.settle();
        assert_eq!(world.ready(2), (2, 0), "the next swap is not disturbed");
    }
}

#[test]
fn a_worker_that_is_ending_when_the_swap_commits_ends_in_its_own_time() {
    let mut slow = hostile(r#"{"terminate":"spin"}"#);
    slow.shutdown = Shutdown::Timeout(Duration::from_secs(3));
    let mut world = World::new(1, &[slow]);
    world.sim.grain.set(10 * MS);
    world.prepare(1, "hostile-0.1.0");
    world.settle();
    stop(&mut world, "a");
    world.turn(0);
    assert!(!world.is_quiet(), "it spins");
    world.commit(1);
    world.turn(0);
    assert!(!world.is_quiet(), "its instance was not thrown away");
    world.sim.now.set(world.sim.now.get() + 3 * SECOND);
    world.settle();
    assert_eq!((world.status("a"), world.is_quiet()), (Status::Stopped, true));
}

#[test]
fn a_shutdown_during_a_swap_waits_for_nobody() {
    let mut world = counters();
    world.prepare(1, "counter-0.2.0");
    world.turn(0);
    assert_eq!(world.shut_down(), Some(Ended::Shutdown));
    assert!(world.is_quiet());
}

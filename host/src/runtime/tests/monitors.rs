//! Monitors: a worker learns once that another one has ended, on whatever shard either lives.

use super::sys::stop;
use super::world::{Child, SECOND, World, ask, child, handler, template};
use crate::base::{Restart, Shutdown};
use crate::protocol::{Command, WorkerAction};
use crate::shard::Shard;
use crate::supervisor::Status;

const RELAY: &str = "relay-0.1.0";

/// Two relays, `here` and `there`, on two shards, and what they may watch: `done`, which is not restarted after
/// a normal end.
fn world() -> World {
    let done = Child { restart: Restart::Transient, ..child("done", RELAY) };
    World::new(2, &[child("here", RELAY), child("there", RELAY), done, handler("h", "witness-0.1.0")])
}

fn monitor(world: &mut World, who: &str, whom: &str, tag: u64) {
    assert_eq!(ask(world, who, &format!(r#"{{"Monitor":["{whom}",{tag}]}}"#)), r#""done""#);
}

fn heard(world: &mut World, who: &str) -> String {
    ask(world, who, r#""Heard""#)
}

fn watched(world: &World) -> usize {
    world.shards.iter().map(Shard::watched).sum()
}

#[test]
fn gs_23_a_monitor_tells_once_how_a_worker_has_ended_from_any_shard() {
    let ends = [
        (r#"{"Stop":null}"#, "DownWhy::Normal"),
        (r#"{"Stop":"no disk"}"#, r#"DownWhy::Crashed(\"crash: no disk\")"#),
        (r#"{"Crash":"boom"}"#, r#"DownWhy::Crashed(\"crash: boom\")"#),
    ];
    for (end, why) in ends {
        let mut world = world();
        for who in ["here", "there"] {
            monitor(&mut world, who, "done", 7);
        }
        assert_eq!((heard(&mut world, "here").as_str(), watched(&world)), ("[]", 1), "it runs");
        ask(&mut world, "done", end);
        world.pass(SECOND);
        ask(&mut world, "done", end);
        world.pass(SECOND);
        for who in ["here", "there"] {
            assert_eq!(heard(&mut world, who), format!(r#"["down 7 done {why}"]"#), "{who}: once, for {end}");
        }
        assert_eq!(watched(&world), 0);
    }
}

#[test]
fn gs_23_who_does_not_run_is_down_at_once() {
    let mut world = world();
    ask(&mut world, "done", r#"{"Stop":null}"#);
    assert_eq!(world.status("done"), Status::Stopped);
    for who in ["here", "there"] {
        for whom in ["done", "nobody", "root", "calls/7", "events/none", "events", "a b"] {
            monitor(&mut world, who, whom, 1);
            let heard = heard(&mut world, who);
            assert!(heard.ends_with(&format!(r#""down 1 {whom} DownWhy::NoWorker"]"#)), "{who} {whom}: {heard}");
        }
    }
    assert_eq!(watched(&world), 0);
}

#[test]
fn gs_23_a_monitor_sees_orders_kills_and_handlers() {
    let mut world = world();
    for (who, tag) in [("here", 1), ("there", 2)] {
        monitor(&mut world, who, "done", tag);
        monitor(&mut world, who, "events/h", tag + 10);
    }
    ask(&mut world, "events/h", r#""Leave""#);
    world.command("done", |child| Command::Act(WorkerAction::Stop(child, Shutdown::BrutalKill)));
    world.settle();
    let downs =
        |tag: u64| format!(r#"["down {} events/h DownWhy::Normal","down {tag} done DownWhy::Killed"]"#, tag + 10);
    assert_eq!((heard(&mut world, "here"), heard(&mut world, "there")), (downs(1), downs(2)));
    monitor(&mut world, "here", "there", 3);
    stop(&mut world, "there");
    assert!(heard(&mut world, "here").ends_with(r#""down 3 there DownWhy::Shutdown"]"#));
}

#[test]
fn gs_23_what_is_demonitored_is_not_heard_of() {
    let mut world = world();
    for who in ["here", "there"] {
        monitor(&mut world, who, "done", 1);
        monitor(&mut world, who, "done", 2);
        ask(&mut world, who, r#"{"Demonitor":1}"#);
        ask(&mut world, who, r#"{"Demonitor":77}"#);
    }
    ask(&mut world, "done", r#"{"Stop":null}"#);
    for who in ["here", "there"] {
        assert_eq!(heard(&mut world, who), r#"["down 2 done DownWhy::Normal"]"#);
    }
}

#[test]
fn gs_23_monitors_end_with_whoever_has_them_and_leave_nothing() {
    for end in [r#"{"Stop":null}"#, r#"{"Crash":"boom"}"#] {
        let mut world = world();
        for who in ["here", "there"] {
            monitor(&mut world, who, "done", 1);
            ask(&mut world, who, end);
        }
        world.pass(SECOND);
        assert_eq!(watched(&world), 0);
        ask(&mut world, "done", end);
        assert_eq!((heard(&mut world, "here"), heard(&mut world, "there")), ("[]".into(), "[]".into()));
    }
}

#[test]
fn gs_23_a_swap_is_no_end_and_leaves_monitors_as_they_are() {
    let mut world = World::new(2, &[child("here", RELAY), child("there", RELAY)]);
    monitor(&mut world, "here", "there", 1);
    monitor(&mut world, "there", "here", 2);
    world.prepare(1, RELAY);
    world.settle();
    world.commit(1);
    world.settle();
    assert_eq!((heard(&mut world, "here").as_str(), watched(&world)), ("[]", 2));
    ask(&mut world, "there", r#"{"Crash":"boom"}"#);
    assert_eq!(heard(&mut world, "here"), r#"["down 1 there DownWhy::Crashed(\"crash: boom\")"]"#);
}

#[test]
fn gs_23_the_next_child_of_a_slot_hears_nothing_of_what_the_one_before_has_watched() {
    let mut world = World::new(2, &[child("here", RELAY), template(RELAY)]);
    for key in ["1", "2"] {
        ask(&mut world, "here", &format!(r#"{{"StartChild":["calls","{key}",{{}}]}}"#));
        let child = format!("calls/{key}");
        monitor(&mut world, &child, "here", 1);
        monitor(&mut world, "here", &child, 5);
        ask(&mut world, "here", &format!(r#"{{"StopChild":["calls","{key}"]}}"#));
    }
    let downs = ["1", "2"].map(|key| format!(r#""down 5 calls/{key} DownWhy::Shutdown""#)).join(",");
    assert_eq!((heard(&mut world, "here"), watched(&world)), (format!("[{downs}]"), 0));
}

#[test]
fn gs_23_a_lane_that_is_full_makes_a_worker_unreachable() {
    let mut world = world();
    let homes = ["here", "there", "done"].map(|who| world.directory.find(who).expect("a worker").shard);
    let (away, at) = ["here", "there"].into_iter().zip(homes).find(|(_, at)| *at != homes[2]).expect("one elsewhere");
    drop(world.call(away, r#"{"Monitor":["done",1]}"#));
    world.sim.lane.set(0);
    world.turn(at);
    world.turn(at);
    world.sim.lane.set(usize::MAX);
    assert_eq!(heard(&mut world, away), r#"["down 1 done DownWhy::Unreachable"]"#);
}

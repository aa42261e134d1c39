//! What steps ask of supervisors, and what they are told.

use tokio::sync::oneshot;

use super::world::{Answer, World, child, name, template, told};
use crate::base::limits::LISTINGS_PER_TURN;
use crate::base::{SupervisorRequest, Wish};
use crate::control::Ask;
use crate::supervisor::{NewChild, Order, Status};
use crate::worker::Action;

const RELAY: &str = "relay-0.1.0";

fn ask(world: &mut World, supervisor: &str, verb: &str, child: &str) -> String {
    super::world::ask(world, "a", &format!(r#"{{"Ask":["{supervisor}","{verb}","{child}",{{}}]}}"#))
}

#[test]
fn sup_25_a_step_that_asks_for_dynamic_children_is_told_what_came_of_each_wherever_they_live() {
    let mut world = World::new(2, &[child("a", RELAY), template("counter-0.1.0")]);
    for key in 0..8 {
        let key = key.to_string();
        assert_eq!(ask(&mut world, "calls", "start-child", &key), r#""ok""#);
        assert_eq!(ask(&mut world, "calls", "start-child", &key), r#""CallError::Refused(\"already_started\")""#);
    }
    assert_eq!(ask(&mut world, "calls", "count-children", ""), r#"{"active":8,"specs":1,"supervisors":0,"workers":8}"#);
    for (verb, code) in [("restart-child", "simple_one_for_one"), ("delete-child", "simple_one_for_one")] {
        assert_eq!(ask(&mut world, "calls", verb, "7"), format!(r#""CallError::Refused(\"{code}\")""#));
    }
    assert_eq!(ask(&mut world, "calls", "stop-child", "7"), r#""ok""#);
    assert_eq!(ask(&mut world, "calls", "stop-child", "7"), r#""CallError::Refused(\"not_found\")""#);
    assert_eq!(ask(&mut world, "nobody", "stop-child", "7"), r#""CallError::Refused(\"no_supervisor\")""#);
    assert_eq!(ask(&mut world, "calls", "start-child", "no key"), r#""CallError::Refused(\"not_a_name\")""#);
    let which = ask(&mut world, "calls", "which-children", "");
    let first = r#"{"behaviour":"counter","child":"calls/6","state":"running","type":"worker"}"#;
    assert!(which.starts_with(&format!("[{first},")), "{which}");
}

#[test]
fn sup_24_a_step_goes_through_the_full_sequence_with_a_declared_child() {
    let mut world = World::new(2, &[child("a", RELAY), child("b", "counter-0.1.0")]);
    let refused = |code: &str| format!(r#""CallError::Refused(\"{code}\")""#);
    for (verb, answer) in [
        ("delete-child", refused("running")),
        ("restart-child", refused("running")),
        ("stop-child", r#""ok""#.to_owned()),
        ("stop-child", r#""ok""#.to_owned()),
        ("restart-child", r#""ok""#.to_owned()),
        ("stop-child", r#""ok""#.to_owned()),
        ("delete-child", r#""ok""#.to_owned()),
        ("restart-child", refused("not_found")),
        ("delete-child", refused("not_found")),
    ] {
        assert_eq!(ask(&mut world, "root", verb, "b"), answer, "{verb}");
    }
    assert_eq!(ask(&mut world, "root", "count-children", ""), r#"{"active":1,"specs":1,"supervisors":0,"workers":1}"#);
}

#[test]
fn sup_23_a_step_that_looks_into_a_restart_loop_sees_it_and_ends_it() {
    let mut world = World::new(1, &[child("a", RELAY), child("b", "hostile-0.1.0")]);
    for _ in 0..2 {
        let mut crashed = world.call("b", r#""divide""#);
        world.settle();
        assert_eq!(told(&mut crashed), "crashed");
    }
    assert_eq!(world.status("b"), Status::Waiting);
    assert!(ask(&mut world, "root", "which-children", "").contains(r#""child":"b","state":"restarting""#));
    assert_eq!(ask(&mut world, "root", "restart-child", "b"), r#""CallError::Refused(\"restarting\")""#);
    assert_eq!(ask(&mut world, "root", "delete-child", "b"), r#""CallError::Refused(\"restarting\")""#);
    assert_eq!(ask(&mut world, "root", "stop-child", "b"), r#""ok""#);
    assert_eq!(world.status("b"), Status::Stopped);
}

#[test]
fn a_start_that_fails_is_told_with_its_reason() {
    let mut broken = World::new(2, &[child("a", RELAY), template("hostile-0.1.0")]);
    let mut answer = broken.call("a", r#"{"Ask":["calls","start-child","7",{"init":"divide"}]}"#);
    broken.settle();
    let told = told(&mut answer);
    assert!(told.starts_with(r#""CallError::Refused(\"failed: "#), "{told}");
}

#[test]
fn a_worker_that_stops_itself_hears_nothing_and_nothing_is_left_of_its_question() {
    let mut world = World::new(1, &[child("a", RELAY), template(RELAY)]);
    let (done, _) = oneshot::channel();
    let new = NewChild::Keyed { key: name("7"), config: None };
    world.ask(Ask::StartChild(name("calls"), new, done));
    world.settle();
    let mut answer = world.call("calls/7", r#"{"Ask":["calls","stop-child","7",{}]}"#);
    world.settle();
    assert_eq!(told(&mut answer), "stopped");
    assert!(world.shards[0].awaited() == 0 && world.supervision.tree().id("calls/7").is_none());
}

/// A child with a specification of its own has no slash in its name, and still one home.
#[test]
fn sup_24_a_child_with_a_specification_of_its_own_lives_where_its_name_points_to() {
    let mut world = World::new(2, &[child("a", RELAY), child("z", "echo-0.1.0")]);
    for own in ["b", "c", "d", "e"] {
        let spec = child(own, "echo-0.1.0").spec();
        let (done, mut started) = oneshot::channel();
        world.ask(Ask::StartChild(name("root"), NewChild::Spec(Box::new(spec)), done));
        world.settle();
        assert_eq!(started.try_recv(), Ok(Ok(name(own))));
        let mut called = world.call("a", &format!(r#"{{"Call":["{own}",7]}}"#));
        world.settle();
        assert_eq!(told(&mut called), "7");
        assert_eq!(ask(&mut world, "root", "stop-child", own), r#""ok""#);
        assert_eq!(ask(&mut world, "root", "restart-child", own), r#""ok""#);
        assert_eq!(ask(&mut world, "root", "stop-child", own), r#""ok""#);
        assert_eq!(ask(&mut world, "root", "delete-child", own), r#""ok""#);
    }
    let kept: usize = world.shards.iter().map(|shard| shard.children()).sum();
    assert_eq!(kept, 0);
}

#[test]
fn sup_32_a_change_of_specifications_holds_from_the_next_start() {
    let mut world = World::new(1, &[child("a", RELAY), child("b", "counter-0.1.0"), child("z", "echo-0.1.0")]);
    world.redeclare("b", |spec| spec.kind = crate::base::ChildKind::Worker(name("echo")));
    let mut before = world.call("b", r#""Read""#);
    world.settle();
    assert_eq!(told(&mut before), r#"{"Value":0}"#);
    let (done, _) = oneshot::channel();
    world.ask(Ask::Order(name("b"), Order::Restart, done));
    world.settle();
    let mut after = world.call("b", r#""Read""#);
    world.settle();
    assert_eq!(told(&mut after), r#""Read""#);
}

#[test]
fn what_a_worker_asks_after_an_order_is_answered_after_it() {
    let mut world = World::new(1, &[child("a", RELAY), child("b", "counter-0.1.0")]);
    assert_eq!(ask(&mut world, "root", "stop-child", "b"), r#""ok""#);
    let mut answers = ["delete-child", "which-children"]
        .map(|verb| world.call("a", &format!(r#"{{"Ask":["root","{verb}","b",{{}}]}}"#)));
    world.settle();
    let [deleted, listed] = answers.each_mut().map(told);
    assert_eq!(deleted, r#""ok""#);
    assert!(listed.contains(r#""child":"a""#) && !listed.contains(r#""child":"b""#), "{listed}");
}

#[test]
fn what_one_step_asks_after_an_order_is_done_after_it() {
    let mut world = World::new(1, &[child("a", RELAY), template("counter-0.1.0")]);
    assert_eq!(ask(&mut world, "calls", "start-child", "7"), r#""ok""#);
    for _ in 0..2 {
        drop(world.call("calls/7", r#""Reset""#));
        world.settle();
    }
    assert_eq!(world.status("calls/7"), Status::Waiting);
    let wishes = [Wish::StopChild("7".into()), Wish::StartChild { key: "7".into(), config: vec![] }];
    let mut wanted: Vec<_> = wishes.into_iter().map(|wish| asks("calls", wish)).collect();
    wanted.push(Action::Cast { to: "calls/7".into(), body: br#""Increment""#.to_vec() });
    world.shards[0].want(0, wanted);
    world.settle();
    assert_eq!((world.status("calls/7"), world.logged.len()), (Status::Running, 0), "{:?}", world.logged);
    let mut count = world.call("calls/7", r#""Read""#);
    world.settle();
    assert_eq!(told(&mut count), r#"{"Value":1}"#);
}

#[test]
fn what_a_step_wanted_for_its_own_instance_ends_with_it() {
    let mut hasty = child("a", RELAY);
    hasty.shutdown = crate::base::Shutdown::BrutalKill;
    let mut world = World::new(1, &[hasty]);
    let wanted = vec![asks("root", Wish::StopChild("a".into())), Action::Subscribe("news".into())];
    world.shards[0].want(0, wanted);
    world.settle();
    assert_eq!(world.status("a"), Status::Stopped);
    world.ask(Ask::Order(name("a"), Order::Restart, oneshot::channel().0));
    world.settle();
    drop(world.call("a", r#"{"Publish":["news","x"]}"#));
    world.settle();
    let mut heard = world.call("a", r#""Heard""#);
    world.settle();
    assert_eq!(told(&mut heard), "[]");
}

#[test]
fn a_refusal_nobody_waits_for_is_only_for_the_log() {
    let mut world = World::new(1, &[child("a", RELAY), template("counter-0.1.0")]);
    for lost in [0, 1] {
        let mut started = world.call("a", r#"{"StartChild":["calls","7",{}]}"#);
        world.settle();
        assert_eq!(told(&mut started), r#""done""#);
        let vain = |line: &&String| line.starts_with("a: asked `calls` for start-child in vain: a child of this name");
        assert_eq!(world.logged.iter().filter(vain).count(), lost, "{:?}", world.logged);
    }
}

#[test]
fn lists_of_children_have_a_bound_in_every_turn() {
    let mut world = World::new(1, &[child("a", RELAY)]);
    let list = r#"{"Ask":["root","which-children","",{}]}"#;
    let mut answers: Vec<Answer> = (0..=LISTINGS_PER_TURN).map(|_| world.call("a", list)).collect();
    world.settle();
    let told: Vec<String> = answers.iter_mut().map(told).collect();
    let refused = told.iter().filter(|text| text.contains("too_many")).count();
    assert_eq!((refused, told[0].contains(r#""child":"a""#)), (1, true), "{told:?}");
}

fn asks<C>(supervisor: &str, wish: Wish) -> Action<C> {
    let request = Box::new(SupervisorRequest { supervisor: supervisor.into(), wish, tag: None });
    Action::Supervisor { request, id: None }
}

//! Dynamic children: from a step's wish to a worker with a queue, and back to nothing.

use tokio::sync::oneshot;

use super::world::{World, ask, child, name, told};
use crate::base::limits::BURST_PAUSE;
use crate::base::{Failure, Name, nanos};
use crate::control::Ask;
use crate::protocol::{Command, WorkerAction};
use crate::supervisor::{NewChild, Order, Status};

const RELAY: &str = "relay-0.1.0";

/// A relay and calls, which are counters, over two shards.
fn world() -> World {
    World::new(2, &[child("a", RELAY), super::world::template("counter-0.1.0")])
}

fn keyed(key: &str, config: Option<&[u8]>) -> NewChild {
    NewChild::Keyed { key: name(key), config: config.map(Into::into) }
}

fn start(world: &mut World, key: &str) -> Result<String, String> {
    let (done, mut answer) = oneshot::channel::<Result<Name, Failure>>();
    world.ask(Ask::StartChild(name("calls"), keyed(key, None), done));
    world.settle();
    let outcome = answer.try_recv().expect("an answer");
    outcome.map(|address| address.to_string()).map_err(|failure| format!("{} {}", failure.kind.word(), failure.text))
}

/// One key that lives on the relay's shard and one that lives on the other.
fn here_and_there(world: &World) -> [String; 2] {
    let home = world.directory.find("a").expect("a worker").shard;
    let on = |wanted: bool| {
        let mut keys = (0..100).map(|key: u32| key.to_string());
        keys.find(|key| (world.directory.home(&format!("calls/{key}")) == home) == wanted).expect("a key")
    };
    [on(true), on(false)]
}

#[test]
fn a_step_starts_a_child_wherever_it_lives_and_what_it_sends_next_waits_for_it() {
    let mut world = world();
    for key in here_and_there(&world) {
        let started = world.call("a", &format!(r#"{{"StartChild":["calls","{key}",{{}}]}}"#));
        let cast = world.call("a", &format!(r#"{{"Cast":["calls/{key}","Increment"]}}"#));
        let called = world.call("a", &format!(r#"{{"Call":["calls/{key}","Read"]}}"#));
        world.settle();
        let told = [started, cast, called].map(|mut answer| told(&mut answer));
        assert_eq!(told, [r#""done""#, r#""done""#, r#"{"Value":1}"#], "calls/{key}");
    }
}

#[test]
fn a_child_is_ensured_wherever_it_lives_and_one_that_is_there_stays_as_it_is() {
    let mut world = world();
    for key in here_and_there(&world) {
        for round in ["1", "2"] {
            let ensured = world.call("a", &format!(r#"{{"EnsureChild":["calls","{key}",{{}}]}}"#));
            let asked = world.call("a", &format!(r#"{{"Ask":["calls","ensure-child","{key}",{{}}]}}"#));
            drop(world.call("a", &format!(r#"{{"Cast":["calls/{key}","Increment"]}}"#)));
            let called = world.call("a", &format!(r#"{{"Call":["calls/{key}","Read"]}}"#));
            world.settle();
            let told = [ensured, asked, called].map(|mut answer| told(&mut answer));
            assert_eq!(told, [r#""done""#, r#""ok""#, &format!(r#"{{"Value":{round}}}"#)], "calls/{key}");
        }
    }
    assert_eq!(world.logged, [""; 0], "nobody is told");
    let asked = world.call("a", r#"{"Ask":["root","ensure-child","7",{}]}"#);
    world.settle();
    assert!(told(&mut { asked }).contains("no_template"), "a supervisor without a template has none");
}

#[test]
fn the_log_tells_of_the_first_of_many_children_that_are_there_already_and_names_who_asked() {
    let mut world = world();
    let started = |world: &mut World| {
        drop(world.call("a", r#"{"StartChild":["calls","7",{}]}"#));
        world.settle();
    };
    (0..20).for_each(|_| started(&mut world));
    let line =
        "a: asked `calls` for start-child in vain: a child of this name is there and runs; use it, or stop it first";
    let told = |world: &World| world.logged.iter().filter(|told| told.contains("in vain")).cloned().collect::<Vec<_>>();
    assert_eq!(told(&world), [line]);
    world.pass(nanos(BURST_PAUSE) + 1);
    started(&mut world);
    assert_eq!(told(&world), [line, line]);
}

#[test]
fn a_child_that_was_asked_for_is_told_or_why_there_is_none() {
    let mut world = world();
    assert_eq!(start(&mut world, "7"), Ok("calls/7".into()));
    assert_eq!(
        start(&mut world, "7"),
        Err("refused a child of this name is there and runs; use it, or stop it first".into())
    );
    let (done, mut answer) = oneshot::channel();
    world.ask(Ask::StartChild(name("root"), keyed("7", None), done));
    assert!(answer.try_recv().is_ok_and(|outcome| outcome.is_err()));
    let mut broken = World::new(1, &[child("a", RELAY), super::world::template("hostile-0.1.0")]);
    let (done, mut answer) = oneshot::channel();
    let config = Some(&br#"{"init":{"panic":"no"}}"#[..]);
    broken.ask(Ask::StartChild(name("calls"), keyed("7", config), done));
    broken.settle();
    let failure = answer.try_recv().expect("an answer").expect_err("it panics");
    assert!(failure.text.contains("no"), "{failure:?}");
    assert_eq!(ask(&mut broken, "calls/7", "1"), "no-worker");
}

#[test]
fn a_child_that_crashes_comes_back_under_its_address_and_nobody_else_notices() {
    let mut world = world();
    for key in here_and_there(&world) {
        let address = format!("calls/{key}");
        assert_eq!(start(&mut world, &key), Ok(address.clone()));
        assert_eq!(ask(&mut world, &address, r#""Increment""#), r#""Ack""#);
    }
    let [first, second] = here_and_there(&world).map(|key| format!("calls/{key}"));
    assert_eq!(ask(&mut world, &first, r#""Reset""#), r#""Ack""#);
    assert_eq!(ask(&mut world, &first, r#""Reset""#), "crashed");
    assert_eq!(ask(&mut world, &first, r#""Read""#), r#"{"Value":0}"#);
    assert_eq!(ask(&mut world, &second, r#""Read""#), r#"{"Value":1}"#);
}

#[test]
fn a_child_that_is_stopped_is_gone_and_its_slot_is_anothers() {
    let mut world = world();
    let [key, _] = here_and_there(&world);
    let address = format!("calls/{key}");
    for _ in 0..100 {
        assert_eq!(start(&mut world, &key), Ok(address.clone()));
        assert_eq!(ask(&mut world, &address, r#""Increment""#), r#""Ack""#);
        assert_eq!(ask(&mut world, "a", &format!(r#"{{"StopChild":["calls","{key}"]}}"#)), r#""done""#);
        assert_eq!(ask(&mut world, &address, r#""Read""#), "no-worker");
    }
    let slots: usize = world.shards.iter().map(|shard| shard.slots()).sum();
    assert_eq!(slots, 2, "the relay's and one more");
}

#[test]
fn whoever_waits_for_a_child_that_is_stopped_is_told() {
    let mut world = world();
    assert_eq!(start(&mut world, "7"), Ok("calls/7".into()));
    let child = world.supervision.tree().id("calls/7").expect("it is there");
    let home = world.directory.home("calls/7");
    let (done, _) = oneshot::channel();
    world.command_to(home, Command::Suspend(child, done));
    let mut waiting = world.call("calls/7", r#""Read""#);
    let address = Name::of_worker("calls/7").expect("an address");
    let (done, mut stopped) = oneshot::channel();
    world.ask(Ask::Order(address.clone(), Order::Terminate, done));
    world.settle();
    assert_eq!((told(&mut waiting), stopped.try_recv()), ("stopped".into(), Ok(Ok(address))));
}

#[test]
fn a_child_may_stop_itself_by_its_own_key() {
    let mut world = World::new(2, &[child("a", RELAY), super::world::template(RELAY)]);
    assert_eq!(start(&mut world, "7"), Ok("calls/7".into()));
    assert_eq!(ask(&mut world, "calls/7", r#"{"StopChild":["calls","7"]}"#), r#""done""#);
    assert_eq!(ask(&mut world, "calls/7", r#""Heard""#), "no-worker");
    assert_eq!(start(&mut world, "7"), Ok("calls/7".into()));
}

#[test]
fn an_answer_for_a_child_that_is_gone_is_not_the_next_ones() {
    let mut world = World::new(1, &[child("a", RELAY), super::world::template(RELAY)]);
    assert_eq!(start(&mut world, "1"), Ok("calls/1".into()));
    let (done, _) = oneshot::channel();
    world.command("a", |child| Command::Suspend(child, done));
    let _first = world.call("calls/1", r#"{"Call":["a","Never"]}"#);
    world.settle();
    let _late = world.call("calls/1", r#"{"Call":["a",{"Publish":["x",1]}]}"#);
    let child = world.supervision.tree().id("calls/1").expect("it is there");
    world.settle();
    world.command_to(0, Command::Act(WorkerAction::Stop(child, crate::base::Shutdown::BrutalKill)));
    world.settle();
    assert_eq!(start(&mut world, "2"), Ok("calls/2".into()));
    let mut second = world.call("calls/2", r#"{"Call":["a","Heard"]}"#);
    world.settle();
    assert_eq!(told(&mut second), "nothing yet");
    let (done, _) = oneshot::channel();
    world.command("a", |child| Command::Resume(child, done));
    world.settle();
    assert_eq!(told(&mut second), "[]", "not the answer to the call of the one before");
}

#[test]
fn children_that_start_while_their_code_changes_run_the_code_that_won() {
    for commits in [true, false] {
        let mut world = world();
        assert_eq!(start(&mut world, "1"), Ok("calls/1".into()));
        world.prepare(1, "counter-0.2.0");
        world.settle();
        let (done, mut started) = oneshot::channel();
        world.ask(Ask::StartChild(name("calls"), keyed("2", None), done));
        world.settle();
        assert!(started.try_recv().is_err(), "it waits for the outcome");
        world.decide(1, commits);
        world.settle();
        assert!(started.try_recv().is_ok_and(|outcome| outcome.is_ok()));
        for worker in ["calls/1", "calls/2"] {
            let told = ask(&mut world, worker, r#""Stats""#);
            assert_eq!(told == "refused", !commits, "{worker}: {told}");
        }
    }
}

/// A child that waits for its restart has no instance whose end its shard could tell.
#[test]
fn a_child_that_is_stopped_while_it_waits_for_its_restart_leaves_no_slot_and_nobody_waiting() {
    for what in ["calls/7", "calls"] {
        let mut broken = World::new(2, &[child("a", RELAY), super::world::template("hostile-0.1.0")]);
        let (done, _) = oneshot::channel();
        broken.ask(Ask::StartChild(name("calls"), keyed("7", Some(br#"{"init":"behave"}"#)), done));
        broken.settle();
        for _ in 0..2 {
            let crashed = ask(&mut broken, "calls/7", r#""divide""#);
            assert_eq!(crashed, "crashed");
        }
        assert_eq!(broken.status("calls/7"), Status::Waiting);
        let mut waiting = broken.call("calls/7", "1");
        let (done, mut stopped) = oneshot::channel();
        broken.ask(Ask::Order(Name::of_worker(what).expect("an address"), Order::Terminate, done));
        broken.settle();
        assert_eq!((told(&mut waiting), stopped.try_recv().map(|told| told.is_ok())), ("stopped".into(), Ok(true)));
        let kept: usize = broken.shards.iter().map(|shard| shard.children()).sum();
        assert_eq!(kept, 0, "{what}");
    }
}

#[test]
fn a_shutdown_stops_every_child_and_leaves_no_slot() {
    let mut world = world();
    for key in 0..50 {
        assert!(start(&mut world, &key.to_string()).is_ok());
    }
    assert_eq!(world.shut_down(), Some(crate::control::Ended::Shutdown));
    assert!(world.is_quiet());
    let dynamic: usize = world.shards.iter().map(|shard| shard.children()).sum();
    assert_eq!(dynamic, 0);
}

#[test]
fn what_the_init_of_a_child_wanted_that_is_killed_then_is_not_left_to_the_next_one_in_its_slot() {
    let mut call = super::world::template(RELAY);
    call.shutdown = crate::base::Shutdown::BrutalKill;
    let mut world = World::new(2, &[child("a", RELAY), call]);
    let here = world.directory.find("a").expect("a worker").shard;
    let away = |key: &String| world.directory.home(&format!("calls/{key}")) != here;
    let keys: Vec<String> = (0..).map(|key: u32| key.to_string()).filter(away).take(2).collect();
    let start = |key: &str, config: &str| format!(r#"{{"StartChild":["calls","{key}",{config}]}}"#);
    drop(world.call("a", &start(&keys[0], r#"{"hears":"news"}"#)));
    world.turn(here);
    let first = Name::of_worker(&format!("calls/{}", keys[0])).expect("an address");
    assert_eq!(world.status(first.as_str()), Status::Starting);
    world.ask(Ask::Order(first.clone(), Order::Terminate, oneshot::channel().0));
    world.settle();
    assert_eq!(world.supervision.tree().id(first.as_str()), None);
    for order in [start(&keys[1], "{}"), r#"{"Publish":["news","x"]}"#.to_owned()] {
        drop(world.call("a", &order));
        world.settle();
    }
    let mut heard = world.call(&format!("calls/{}", keys[1]), r#""Heard""#);
    world.settle();
    assert_eq!((told(&mut heard).as_str(), world.shards[1 - here].slots()), ("[]", 1));
}

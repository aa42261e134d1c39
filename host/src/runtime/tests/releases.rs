//! Releases from the machine's first look to the word it gives, on real shards.

use std::path::PathBuf;
use std::time::Duration;

use super::guests::bytes;
use super::world::{Child, MS, SECOND, World, child, name};
use crate::base::Shutdown;
use crate::control::{Ask, Candidate, ControlEvent, Ended, Haste, Rollback, Verdict};
use crate::release::{RowResult, Watch};
use crate::supervisor::{Order, Status};
use tokio::sync::oneshot::{self, Receiver};

/// Long enough for the slowest machine; a passing test does not wait for it.
const PATIENCE: Duration = Duration::from_secs(60);

fn upgrade(world: &mut World, bytes: Vec<u8>, file_name: &str) -> Receiver<Verdict> {
    let (done, told) = oneshot::channel();
    let candidate = Candidate::new(bytes, file_name.to_owned(), "test".to_owned(), false);
    world.ask(Ask::Upgrade(candidate, done));
    told
}

fn counter(world: &mut World, version: &str) -> Receiver<Verdict> {
    let guest = format!("counter-{version}");
    upgrade(world, bytes(&guest), &format!("{guest}.wasm"))
}

fn rollback(world: &mut World) -> Receiver<Verdict> {
    let (done, told) = oneshot::channel();
    world.ask(Ask::Rollback(Rollback { behaviour: None, revision: None, dry_run: false }, done));
    told
}

fn result(told: &mut Receiver<Verdict>) -> Option<(RowResult, String)> {
    told.try_recv().ok().map(|told| (told.row.result, told.row.to.map(|to| to.to_string()).unwrap_or_default()))
}

fn ask(world: &mut World, body: &str) -> String {
    super::world::ask(world, "a", body)
}

fn world() -> World {
    let mut world = World::new(2, &[child("a", "counter-0.1.0"), child("b", "counter-0.1.0")]);
    assert_eq!(ask(&mut world, r#""Increment""#), r#""Ack""#);
    world
}

#[test]
fn releases_come_one_after_the_other_and_a_broken_one_holds_nobody_up() {
    let mut world = world();
    let mut broken = upgrade(&mut world, b"no component".to_vec(), "counter-9.9.9.wasm");
    let mut unreadable = counter(&mut world, "0.3.0");
    let mut good = counter(&mut world, "0.2.0");
    let mut back = rollback(&mut world);
    assert_eq!(result(&mut good), None);
    world.compiled();
    assert_eq!(result(&mut broken), Some((RowResult::Refused, "9.9.9".to_owned())));
    world.compiled();
    assert_eq!(result(&mut unreadable), Some((RowResult::Refused, "0.3.0".to_owned())));
    assert_eq!(ask(&mut world, r#""Stats""#), "refused");
    world.compiled();
    assert_eq!(result(&mut good), Some((RowResult::Permanent, "0.2.0".to_owned())));
    assert_eq!(ask(&mut world, r#""Stats""#), r#"{"Stats":{"count":1,"resets":0}}"#);
    assert_eq!(result(&mut back), None, "it is decided when its turn comes");
    world.compiled();
    assert_eq!(result(&mut back), Some((RowResult::Permanent, "0.1.0".to_owned())));
    assert_eq!([ask(&mut world, r#""Stats""#), ask(&mut world, r#""Read""#)], ["refused", r#"{"Value":1}"#]);
}

#[test]
fn a_node_that_stops_begins_no_release_and_finishes_the_one_it_swaps() {
    let mut world = world();
    let mut compiling = counter(&mut world, "0.2.0");
    let mut waiting = counter(&mut world, "0.3.0");
    world.ask(Ask::Shutdown(Haste::Drain));
    let mut late = counter(&mut world, "0.4.0");
    for told in [&mut compiling, &mut waiting, &mut late] {
        assert!(matches!(told.try_recv(), Err(oneshot::error::TryRecvError::Closed)));
    }
    world.settle();
    assert_eq!(world.control.ended(), Some(&Ended::Shutdown));
    assert!(world.is_quiet() && world.prepared.is_empty());
}

#[test]
fn rh_17_a_worker_that_never_comes_to_a_step_boundary_holds_no_upgrade_up() {
    let slow = Shutdown::Timeout(Duration::from_secs(600));
    let spinning = Child { config: r#"{"terminate":"spin"}"#, shutdown: slow, ..child("a", "hostile-0.1.0") };
    let mut world = World::new(2, &[spinning, child("b", "hostile-0.1.0")]);
    world.sim.grain.set(10 * MS);
    let (done, _answer) = oneshot::channel();
    world.ask(Ask::Order(name("a"), Order::Terminate, done));
    let newer = tomte_toolchain::stamp(&bytes("hostile-0.1.0"), "hostile", "0.2.0").expect("stamped");
    let mut told = upgrade(&mut world, newer, "hostile-0.2.0.wasm");
    let began = world.sim.now.get();
    world.compile();
    let verdict = loop {
        (0..2).for_each(|shard| world.turn(shard));
        world.control_turn();
        match told.try_recv() {
            Ok(verdict) => break verdict,
            Err(_) => assert!(world.sim.now.get() < began + 60 * SECOND, "it waits for ever"),
        }
    };
    let said = &verdict.row.reason;
    assert!(said.contains("`a` did not come to the end of its terminate in time"), "{said}");
    assert_eq!((verdict.row.result, world.status("a")), (RowResult::Refused, Status::Stopping));
    let mut answer = world.call("b", r#""behave""#);
    (0..100).for_each(|turn| world.turn(turn % 2));
    assert_eq!(super::world::told(&mut answer), r#""done""#, "the others go on");
    let (done, mut killed) = oneshot::channel();
    world.ask(Ask::Order(name("a"), Order::Kill, done));
    world.settle();
    assert!(killed.try_recv().is_ok_and(|told| told.is_ok()), "and there is a way out");
    assert_eq!(world.status("a"), Status::Stopped);
}

#[test]
fn a_drop_is_taken_only_once_the_tree_is_up() {
    let mut world = World::unbooted(1, &[child("a", "counter-0.1.0")], &super::guests::patient());
    drop_into(&world, "counter-0.2.0.wasm");
    world.control.boot();
    world.control.handle(ControlEvent::Hint);
    world.control.tick();
    assert_eq!(world.control.wake_at(), None);
    world.pass(300 * MS);
    world.compiled();
    assert_eq!(ask(&mut world, r#""Stats""#), r#"{"Stats":{"count":0,"resets":0}}"#);
    assert!(world.dir.path().join("releases/counter-0.2.0.wasm.accepted").exists());
}

#[test]
fn a_folder_that_was_made_anew_is_watched_again() {
    let mut world = world();
    let folder = drop_into(&world, ".hidden");
    let (hint, hinted) = std::sync::mpsc::channel();
    let (watch, note) = Watch::new(&folder, move || hint.send(()).unwrap_or_default());
    if note.is_some() {
        return; // No watching on this machine: then there is nothing to arm.
    }
    world.control.handle(ControlEvent::Watch(watch));
    std::fs::remove_dir_all(&folder).expect("removed");
    world.control.handle(ControlEvent::Hint);
    drop_into(&world, ".hidden");
    world.control.handle(ControlEvent::Hint);
    // The removal of two names gives a few hints; only a watch on the new folder gives one for each of these.
    for number in 0..20 {
        std::fs::write(folder.join(format!(".{number}")), "").expect("written");
        hinted.recv_timeout(PATIENCE).expect("a hint from the new folder");
    }
}

fn drop_into(world: &World, file: &str) -> PathBuf {
    let folder = world.dir.path().join("releases");
    std::fs::create_dir_all(&folder).expect("made");
    let guest = file.trim_end_matches(".wasm");
    std::fs::write(folder.join(file), if guest == file { vec![] } else { bytes(guest) }).expect("written");
    folder
}

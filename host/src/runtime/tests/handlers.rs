//! Handlers that come, go and are tied to workers, from a step's wish or from outside.

use super::managers::{WITNESS, handlers, ties, trace, world};
use super::world::{Answer, SECOND, World, ask, child, handler, told};
use crate::base::{HandlerChange, HandlerStart, Shutdown};
use crate::protocol::{ChangeHandlers, Command, Mail, Origin, WorkerAction};

#[test]
fn a_step_adds_a_handler_that_hears_what_the_same_step_sends_next() {
    for relay in ["relay", "other"] {
        let mut world = world("{}");
        trace(&mut world);
        let add = r#"{"AddAndTell":["events","d","witness","x"]}"#;
        assert_eq!(ask(&mut world, relay, add), r#""done""#);
        assert_eq!(trace(&mut world), ["init d", "d hears x", "c hears x", "b hears x", "a hears x"], "{relay}");
    }
}

#[test]
fn whoever_adds_and_deletes_is_told_what_came_of_it() {
    for relay in ["relay", "other"] {
        let mut world = world("{}");
        for (order, outcome) in [
            (r#"{"AddHandler":["events","d","witness",{}]}"#, r#""ok""#),
            (r#"{"AddHandler":["events","d","witness",{}]}"#, r#""CallError::Refused(\"already_exists\")""#),
            (r#"{"DeleteHandler":["events","b"]}"#, r#""ok""#),
            (r#"{"DeleteHandler":["events","b"]}"#, r#""CallError::Refused(\"module_not_found\")""#),
            (r#"{"AddHandler":["events","b","witness",{}]}"#, r#""ok""#),
            (r#"{"AddHandler":["relay","d","witness",{}]}"#, r#""CallError::NoWorker""#),
            (r#"{"AddHandler":["none","d","witness",{}]}"#, r#""CallError::NoWorker""#),
        ] {
            assert_eq!(ask(&mut world, relay, order), outcome, "{order}");
        }
        for (order, why) in [
            (r#"{"AddHandler":["events","e","none",{}]}"#, "there is no behaviour `none`"),
            (r#"{"AddHandler":["events","a/b","witness",{}]}"#, "is no name of a handler"),
            (r#"{"AddHandler":["events","e","witness",{"fails":true}]}"#, "told to fail"),
        ] {
            let told = ask(&mut world, relay, order);
            assert!(told.contains(why), "{order}: {told}");
        }
        assert_eq!((handlers(&world).as_str(), ask(&mut world, "events", r#""x""#).as_str()), ("b d c a", ""));
    }
}

#[test]
fn a_handler_that_leaves_leaves_no_slot() {
    let mut world = world("{}");
    for _ in 0..100 {
        ask(&mut world, "relay", r#"{"AddHandler":["events","d","witness",{}]}"#);
        ask(&mut world, "events/d", r#""Leave""#);
    }
    let slots: usize = world.shards.iter().map(|shard| shard.slots()).sum();
    assert_eq!(slots, 6, "two relays, three handlers and one more");
}

#[test]
fn ge_04_a_swap_hands_the_state_over_and_an_old_one_that_is_missing_is_none() {
    let mut world = world("{}");
    ask(&mut world, "events", r#""x""#);
    trace(&mut world);
    let swap = |old: &str, new: &str, config: &str| {
        format!(r#"{{"SwapHandler":["events","{old}","{new}","witness",{config}]}}"#)
    };
    ask(&mut world, "other", &swap("b", "d", "{}"));
    assert_eq!(trace(&mut world), ["b terminate ExitReason::Shutdown", "d takes over 1"]);
    assert_eq!(ask(&mut world, "events/d", r#""Heard""#), "1");
    ask(&mut world, "relay", &swap("missing", "e", "{}"));
    assert_eq!((trace(&mut world), ask(&mut world, "events/e", r#""Heard""#)), (vec!["init e".into()], "0".into()));
    assert_eq!(handlers(&world), "e d c a", "the one that comes is the newest");
    // It cannot start on what the other saved: both are gone.
    let failed = ask(&mut world, "relay", r#"{"SwapHandler":["events","d","f","relay",{}]}"#);
    assert!(failed.contains("schema is unknown"), "{failed}");
    assert_eq!(handlers(&world), "e c a");
}

#[test]
fn ge_05_an_owner_that_ends_takes_its_handler_along() {
    for (relay, end) in [("relay", r#"{"Stop":null}"#), ("other", r#"{"Stop":"boom"}"#)] {
        let mut world = world("{}");
        ask(&mut world, relay, r#"{"Supervise":["events","d","witness",{}]}"#);
        ask(&mut world, relay, r#"{"AddHandler":["events","e","witness",{}]}"#);
        assert_eq!(handlers(&world), "e d c b a");
        trace(&mut world);
        ask(&mut world, relay, end);
        assert_eq!((handlers(&world).as_str(), trace(&mut world)), ("e c b a", vec![ended("d")]), "{end}");
        assert_eq!(ask(&mut world, "events", r#""x""#), "");
    }
}

#[test]
fn ge_05_an_owner_that_is_killed_takes_its_handler_along() {
    let mut world = world("{}");
    ask(&mut world, "relay", r#"{"Supervise":["events","d","witness",{}]}"#);
    world.command("relay", |child| Command::Act(WorkerAction::Stop(child, Shutdown::BrutalKill)));
    world.settle();
    assert_eq!(handlers(&world), "c b a");
}

fn ended(handler: &str) -> String {
    format!("{handler} terminate ExitReason::Shutdown")
}

#[test]
fn ge_05_an_owner_is_told_how_its_handler_has_left() {
    for relay in ["relay", "other"] {
        let mut world = world("{}");
        for (handler, config) in [("d", "{}"), ("e", "{}"), ("f", "{}"), ("g", r#"{"crashes_on":"boom"}"#), ("h", "{}")]
        {
            ask(&mut world, relay, &format!(r#"{{"Supervise":["events","{handler}","witness",{config}]}}"#));
        }
        ask(&mut world, "events/d", r#""Leave""#);
        ask(&mut world, "relay", r#"{"DeleteHandler":["events","e"]}"#);
        ask(&mut world, "events", r#""boom""#);
        let swap = r#"{"SwapHandler":["events","f","i","witness",{}]}"#;
        ask(&mut world, relay, swap);
        let heard = ask(&mut world, relay, r#""Heard""#);
        let expected = [
            r#""events/d HandlerWhy::Normal""#,
            r#""events/e HandlerWhy::Normal""#,
            r#""events/g HandlerWhy::Crashed(\"crash: told to crash\")""#,
            r#""events/f HandlerWhy::Swapped(\"i\")""#,
        ];
        assert_eq!(heard, format!("[{}]", expected.join(",")), "{relay}");
        let manager = crate::base::Name::of_supervisor("events").expect("a name");
        let done = tokio::sync::oneshot::channel().0;
        world.ask(crate::control::Ask::Order(manager, crate::supervisor::Order::Terminate, done));
        world.settle();
        let heard = ask(&mut world, relay, r#""Heard""#);
        let last = r#","events/i HandlerWhy::Shutdown","events/h HandlerWhy::Shutdown"]"#;
        assert!(heard.ends_with(last), "{relay}: {heard}");
    }
}

/// Somebody outside asks for a change of the handlers of `events`.
fn change(world: &mut World, change: HandlerChange) -> Answer {
    let (origin, answer) = tokio::sync::oneshot::channel();
    let (manager, deadline, origin) = ("events".into(), SECOND, Some(Origin::Port(origin)));
    let home = world.directory.manager("events").expect("a manager").shard;
    let change = ChangeHandlers { manager, change, deadline, origin, tie: None };
    world.mail_to(home, Mail::Handlers(Box::new(change)));
    answer
}

#[test]
fn ge_07_an_owner_stays_the_owner_of_what_a_stranger_swaps_its_handler_for() {
    for owner in ["relay", "other"] {
        let mut world = world("{}");
        ask(&mut world, owner, r#"{"Supervise":["events","d","witness",{}]}"#);
        let swap = HandlerStart { handler: "e".into(), behaviour: "witness".into(), config: vec![] };
        let mut swapped = change(&mut world, HandlerChange::Swap("d".into(), swap));
        world.settle();
        assert_eq!(swapped.try_recv(), Ok(Ok(vec![])));
        assert_eq!(ask(&mut world, owner, r#""Heard""#), r#"["events/d HandlerWhy::Swapped(\"e\")"]"#);
        assert_eq!((handlers(&world).as_str(), ties(&world)), ("e c b a", 1));
        ask(&mut world, owner, r#"{"Stop":null}"#);
        assert_eq!((handlers(&world).as_str(), ties(&world)), ("c b a", 0), "{owner}");
    }
}

#[test]
fn ge_08_what_waits_is_heard_by_the_one_that_a_handler_has_swapped_itself_for() {
    let mut world = world("{}");
    let mut swap = world.call("events/b", r#"{"Become":["events","b","d"]}"#);
    drop(world.call("events", r#""x""#));
    world.settle();
    assert_eq!(told(&mut swap), "0");
    let heard = ["b terminate ExitReason::Shutdown", "d takes over 0", "c hears x", "d hears x", "a hears x"];
    assert_eq!(trace(&mut world)[3..], heard, "after the three of the start");
}

#[test]
fn an_upgrade_of_the_owner_is_no_end_of_it() {
    let mut world = World::new(2, &[child("relay", "relay-0.1.0"), handler("a", WITNESS)]);
    ask(&mut world, "relay", r#"{"Supervise":["events","d","witness",{}]}"#);
    world.prepare(1, "relay-0.1.0");
    world.settle();
    world.commit(1);
    world.settle();
    assert_eq!(handlers(&world), "d a");
    ask(&mut world, "events/d", r#""Leave""#);
    assert_eq!(ask(&mut world, "relay", r#""Heard""#), r#"["events/d HandlerWhy::Normal"]"#);
}

#[test]
fn an_add_that_finds_no_place_or_no_lane_is_told() {
    let mut world = world("{}");
    let home = world.directory.home("events");
    let away = ["relay", "other"].into_iter().find(|name| world.directory.find(name).expect("a worker").shard != home);
    let away = away.expect("one lives elsewhere");
    let mut answer = world.call(away, r#"{"Supervise":["events","d","witness",{}]}"#);
    world.sim.lane.set(0);
    let at = world.directory.find(away).expect("a worker").shard;
    world.turn(at);
    world.turn(at);
    assert_eq!(told(&mut answer), r#""CallError::Overloaded""#);
    // Nobody waits for this one, so the log is told.
    drop(world.call(away, r#"{"AddAndTell":["events","d","witness",1]}"#));
    world.turn(at);
    world.sim.lane.set(usize::MAX);
    world.settle();
    assert_eq!(handlers(&world), "c b a");
    let lost = "events: its handlers stay as they are: the lane to `events` is full; not executed";
    assert!(world.logged.iter().any(|line| line == lost), "{:?}", world.logged);
}

#[test]
fn an_add_that_is_refused_ties_nobody() {
    for relay in ["relay", "other"] {
        let mut world = world("{}");
        for (manager, handler, behaviour) in [
            ("nobody", "d", "witness"),
            ("events", "d", "unheard-of"),
            ("events", "a/b", "witness"),
            ("events", "a", "witness"),
        ] {
            let said =
                ask(&mut world, relay, &format!(r#"{{"Supervise":["{manager}","{handler}","{behaviour}",{{}}]}}"#));
            assert!(said.starts_with(r#""CallError::"#), "{said}");
            assert_eq!(ties(&world), 0, "{said}");
        }
        assert_eq!(handlers(&world), "c b a");
    }
}

#[test]
fn a_handler_that_leaves_is_gone_for_what_comes_next() {
    let mut world = world("{}");
    let mut leave = world.call("events/a", r#""Leave""#);
    let new = HandlerStart { handler: "a".into(), behaviour: "witness".into(), config: vec![] };
    let mut added = change(&mut world, HandlerChange::Add(new));
    world.settle();
    assert_eq!((told(&mut leave).as_str(), added.try_recv()), ("0", Ok(Ok(vec![]))));
    assert_eq!(handlers(&world), "a c b");
}

#[test]
fn a_handler_that_comes_while_the_code_of_its_predecessor_changes_is_what_was_asked_for() {
    let mut world = world("{}");
    ask(&mut world, "relay", r#"{"DeleteHandler":["events","a"]}"#);
    world.prepare(1, "witness-0.2.0");
    world.settle();
    let mut added = world.call("relay", r#"{"AddHandler":["events","a","relay",{"x":1}]}"#);
    world.settle();
    world.commit(1);
    world.settle();
    assert_eq!(told(&mut added), r#""ok""#);
    assert_eq!(ask(&mut world, "events/a", r#""Config""#), r#"{"x":1}"#);
}

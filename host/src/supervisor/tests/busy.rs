//! Things that happen in the middle of other things.

use super::harness::{Story, story};
use crate::base::ExitReason;
use crate::supervisor::{Event, StartOutcome};

#[test]
fn a_sibling_that_exits_while_its_group_stops_is_not_counted() {
    story(
        "root one_for_all 1/5s: a b c",
        "hold c
         a crashes => stop c
         b crashes => nothing
         c answers => odd b (trap: boom), start a, start b, start c
         running: a b c",
    );
}

#[test]
fn nobody_is_settled_while_its_supervisor_is_busy() {
    let mut story = Story::new("root one_for_all 9/5s: a b c");
    let settled = |story: &Story| ["a", "b", "c"].map(|name| story.tree.is_settled(story.id(name)));
    story.run("boot");
    assert_eq!(settled(&story), [true; 3]);
    story.run("hold c\nb crashes => stop c\na is running\nb is stopped");
    assert_eq!(settled(&story), [false; 3]);
    story.run("c answers");
    assert_eq!(settled(&story), [true; 3]);
}

#[test]
fn a_child_that_crashes_while_it_is_being_stopped_still_answers_and_starts_once() {
    story(
        "root one_for_all 1/5s: a b c",
        "hold c
         a crashes => stop c
         c crashes => nothing
         c answers => odd c (trap: boom), stop b, start a, start b, start c
         running: a b c",
    );
}

#[test]
fn a_crash_during_a_group_restart_is_a_failure_of_its_own_afterwards() {
    story(
        "root one_for_all 2/5s: a b c",
        "hold c
         b crashes => stop c
         c answers => stop a, start a, start b, start c
         hold c
         b crashes => stop c
         c answers => stop a, wait b 10ms
         hold c
         b due => start a, start b, start c
         a crashes => nothing
         c answers => gave up root, stop c, stop b, finished: supervisor root gave up: child a ended once too often (trap: boom)",
    );
}

#[test]
fn an_earlier_sibling_that_crashes_during_the_wait_takes_over() {
    story(
        "root rest_for_one 9/5s: a b c",
        "b crashes
         b crashes => stop c, wait b 10ms
         a crashes => start a, start b, start c
         b due => nothing
         running: a b c",
    );
}

#[test]
fn a_wait_that_ends_while_the_supervisor_is_busy_is_not_lost() {
    story(
        "root rest_for_one 9/5s: a b c d",
        "b crashes
         b crashes => stop d, stop c, wait b 10ms
         restart d => start d
         hold d
         d crashes => start d
         b due => nothing
         d answers => stop d, start b, start c, start d
         running: a b c d",
    );
}

#[test]
fn an_order_to_restart_ends_the_wait_it_stands_beside() {
    story(
        "root rest_for_one 9/5s: a b c d",
        "b crashes
         b crashes => stop d, stop c, wait b 10ms
         restart d
         hold d
         d crashes => start d
         b due => nothing
         ask_restart b
         d answers => stop d, start b, told b up, start c, start d
         running: a b c d",
    );
}

#[test]
fn a_crash_that_came_before_an_order_is_a_crash() {
    story(
        "root rest_for_one 9/5s: a b c",
        "hold c
         c crashes => start c
         a crashes => nothing
         ask_restart a
         c answers => stop c, stop b, restarting, start a, start b, start c
         running: a b c",
    );
}

#[test]
fn a_shutdown_in_every_phase_of_a_group_restart_ends_with_nothing_running() {
    let tree = "root one_for_one 9/5s: x (mid one_for_all 9/5s: a b c)";
    let stopping = "hold c
         a crashes => stop c
         shutdown => nothing
         c answers => stop b, stop x, finished: ordered to shut down";
    let waiting = "a crashes
         a crashes => stop c, stop b, wait a 10ms
         shutdown => stop x, finished: ordered to shut down
         a due => nothing";
    let starting = "hold b
         a crashes => stop c, stop b
         b answers => start a, start b, start c
         hold b
         restart mid => stop c, stop b
         shutdown => nothing
         b answers => stop a, stop x, finished: ordered to shut down";
    let restarting = "a crashes
         a crashes
         hold b
         a due => start a, start b
         shutdown => hurry b BrutalKill
         b answers => stop b, stop a, stop x, finished: ordered to shut down";
    for script in [stopping, waiting, starting, restarting] {
        story(tree, script);
    }
}

#[test]
fn a_start_answered_after_shutdown_is_stopped() {
    story(
        "root one_for_one 9/5s: a b",
        "hold a
         a crashes => start a
         shutdown => hurry a BrutalKill, stop b
         a answers => stop a, finished: ordered to shut down",
    );
    story(
        "root one_for_one 9/5s: a b",
        "a broken
         hold a
         a crashes => start a
         shutdown => hurry a BrutalKill, stop b
         a answers => failed a, finished: ordered to shut down",
    );
}

#[test]
fn a_slow_start_under_one_for_one_holds_no_sibling_up() {
    story(
        "root one_for_one 9/5s: a b",
        "hold a
         a crashes => start a
         b crashes => start b
         a answers => nothing
         running: a b",
    );
}

#[test]
fn a_supervisor_that_is_giving_up_obeys_its_parents_order_too() {
    story(
        "root one_for_one 9/5s: x (mid one_for_one 0/5s: a b c) y",
        "hold c
         a crashes => gave up mid, stop c
         shutdown => stop y
         b crashes => nothing
         c answers => odd b (trap: boom), stop x, finished: ordered to shut down",
    );
}

#[test]
fn a_shutdown_while_the_root_gives_up_does_not_hide_that_it_gave_up() {
    story(
        "root one_for_one 0/5s: a b c",
        "hold c
         a crashes => gave up root, stop c
         shutdown => nothing
         c answers => stop b, finished: supervisor root gave up: child a ended once too often (trap: boom)",
    );
}

#[test]
fn the_end_of_a_wait_that_was_cancelled_does_not_end_the_next_one() {
    let mut story = Story::new("root one_for_one 99/5s: a");
    story.run("boot\na crashes\na crashes => wait a 10ms");
    let child = story.tree.id("a").expect("a");
    let stale = Event::Due { child, token: story.world.waits[&child] };
    story.run("terminate a\nrestart a => start a\na crashes\na crashes => wait a 10ms");
    assert_eq!(story.tree.handle(stale, 9, &mut || 0), []);
    story.run("a is waiting\na due => start a");
}

#[test]
fn a_crash_during_boot_is_decided_when_the_boot_is_over() {
    story(
        "root one_for_one 9/5s: (mid one_for_one 1/5s: a b)",
        "terminate mid
         hold b
         restart mid => start a, start b
         a crashes => nothing
         b answers => start a
         running: a b",
    );
}

#[test]
fn stale_answers_and_events_of_nobody_are_ignored() {
    let mut story = Story::new("root one_for_one 9/5s: a (mid one_for_one 1/5s: b)");
    story.run("boot");
    let reason = ExitReason::Normal;
    let foreign = Story::new("root one_for_one 9/5s: a b c d e").id("e");
    for child in [story.tree.root(), story.id("a"), story.id("mid"), foreign] {
        let mut events = vec![
            Event::Started { child, outcome: StartOutcome::Up },
            Event::Stopped { child, reason: reason.clone() },
            Event::Due { child, token: 0 },
        ];
        if child != story.id("a") {
            events.push(Event::Exited { child, reason: reason.clone() });
        }
        for event in events {
            assert_eq!(story.tree.handle(event, 5, &mut || 0), []);
        }
    }
    story.run("running: a b");
}

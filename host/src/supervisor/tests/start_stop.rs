//! Boot and shutdown.

use super::harness::{Story, story, unbooted};
use crate::base::{ExitReason, Shutdown};
use crate::supervisor::{Action, Event, Order, Report};

#[test]
fn sup_01_children_start_left_to_right_and_stop_right_to_left() {
    unbooted(
        "root one_for_one 1/5s: a (mid one_for_all 1/5s: b (low one_for_one 1/5s:) c) d^",
        "boot => start a, start b, start c, start d
         root is running
         low is running
         boot => nothing
         shutdown => kill d, stop c, stop b, stop a, finished: ordered to shut down
         low is stopped
         shutdown => nothing
         boot => nothing",
    );
}

#[test]
fn each_start_and_each_stop_is_awaited() {
    unbooted(
        "root one_for_one 1/5s: a b",
        "hold a
         hold b
         boot => start a
         root is starting
         a answers => start b
         b answers => nothing
         root is running
         hold b
         shutdown => stop b
         b answers => stop a, finished: ordered to shut down",
    );
}

#[test]
fn sup_02_a_child_that_ignores_keeps_its_spec_without_a_worker() {
    unbooted(
        "root one_for_one 1/5s: a b c",
        "b ignores
         boot => start a, start b, start c
         b is ignored
         running: a c
         b fixed
         restart b => start b",
    );
}

#[test]
fn sup_03_a_temporary_child_that_ignores_is_dropped() {
    unbooted(
        "root one_for_one 1/5s: a b?",
        "b ignores
         boot => start a, start b
         restart b => not_found",
    );
}

#[test]
fn sup_04_a_first_start_that_fails_stops_the_started_ones_and_is_not_retried() {
    unbooted(
        "root one_for_one 9/5s: a b c d",
        "c broken
         boot => start a, start b, start c, failed c, stop b, stop a, finished: child c failed to start (trap: boom)
         boot => nothing",
    );
}

#[test]
fn sup_04_a_first_start_that_fails_deep_down_names_the_child() {
    unbooted(
        "root one_for_one 9/5s: a (mid one_for_one 9/5s: b c) d",
        "c broken
         boot => start a, start b, start c, failed c, stop b, failed mid, stop a, finished: child mid failed to start, because child c failed to start (trap: boom)",
    );
}

#[test]
fn a_sub_supervisor_that_fails_to_restart_is_retried_by_its_parent() {
    story(
        "root one_for_one 9/5s: x (mid one_for_one 0/5s: a b)",
        "b broken
         b crashes => gave up mid, stop a, start a, start b, failed b, stop a, failed mid, wait mid 10ms
         mid is waiting
         b fixed
         mid due => start a, start b
         running: x a b",
    );
}

/// Shuts a story down to where `b` is asked to stop, which then ends like this; gives what follows.
fn end_of_b(tree: &str, reason: ExitReason) -> Vec<Action> {
    let mut story = Story::new(tree);
    story.run("boot\nhold b\nshutdown");
    let child = story.id("b");
    story.world.lives.remove(&child);
    story.tree.handle(Event::Stopped { child, reason }, 9, &mut || 0)
}

#[test]
fn sup_07_a_child_that_is_killed_at_its_deadline_is_reported_and_its_siblings_stop_gracefully() {
    let tree = "root one_for_one 1/5s: a b@2s c";
    story(tree, "hold b\nshutdown => stop c, stop b in 2s\nb answers => stop a, finished: ordered to shut down");
    let actions = end_of_b(tree, ExitReason::Killed);
    let Action::Report(Report::StoppedOddly { child, reason: ExitReason::Killed }) = &actions[0] else {
        panic!("{actions:?}")
    };
    assert_eq!(child.to_string(), "b");
    assert!(matches!(actions[1..], [Action::Stop { how: Shutdown::Timeout(_), .. }]));
}

#[test]
fn sup_08_brutal_kill_is_passed_on_and_killed_is_then_no_surprise() {
    let tree = "root one_for_one 1/5s: a b^ c";
    story(tree, "shutdown => stop c, kill b, stop a, finished: ordered to shut down");
    assert!(matches!(end_of_b(tree, ExitReason::Killed)[..], [Action::Stop { .. }]));
}

#[test]
fn sup_09_infinity_is_passed_on_and_waited_for() {
    let tree = "root one_for_one 1/5s: a b@infinity c";
    story(
        tree,
        "hold b
         shutdown => stop c, stop b
         99999s pass
         b is stopping
         b answers => stop a, finished: ordered to shut down",
    );
    let mut story = Story::new(tree);
    story.run("boot");
    let child = story.id("b");
    let actions = story.tree.handle(Event::Order { child, order: Order::Terminate, asked: 0 }, 1, &mut || 0);
    assert_eq!(actions, [Action::Stop { child, how: Shutdown::Infinity }]);
}

#[test]
fn a_supervisor_that_is_killed_takes_its_whole_subtree_along() {
    story(
        "root one_for_one 1/5s: (mid^ one_for_one 1/5s: a (low one_for_one 1/5s: b) c@infinity)",
        "terminate mid => kill c, kill b, kill a
         mid is stopped
         low is stopped
         restart mid => start a, start b, start c
         terminate b => stop b",
    );
}

#[test]
fn the_time_of_a_supervisor_bounds_all_below_it() {
    story(
        "root one_for_one 1/5s: (mid@8s one_for_one 1/5s: a (low one_for_one 1/5s: b@infinity) c)",
        "hold c
         terminate mid => stop c
         4s pass
         c answers => stop b in 4s, stop a in 4s",
    );
    story(
        "root one_for_one 1/5s: (mid@8s one_for_one 1/5s: a b@infinity)",
        "hold b
         terminate mid => stop b in 8s
         9s pass
         b answers => kill a",
    );
}

#[test]
fn the_time_of_a_supervisor_bounds_those_too_who_were_told_to_stop_before() {
    story(
        "root one_for_one 1/5s: (mid@8s one_for_one 1/5s: a b@infinity (low one_for_one 1/5s: c@infinity))",
        "hold b
         hold c
         terminate b => stop b
         terminate low => stop c
         terminate mid => hurry b Timeout(8s), hurry c Timeout(8s)
         c answers => nothing
         b answers => stop a",
    );
}

#[test]
fn who_will_not_wait_for_a_shutdown_kills_what_runs_and_what_is_stopping() {
    let tree = "root one_for_one 1/5s: a (mid one_for_one 1/5s: b@infinity)";
    story(
        tree,
        "hold b\nshutdown => stop b\nhalt => hurry b BrutalKill\nhalt => hurry b BrutalKill\nb answers => kill a, finished: ordered to shut down",
    );
    story(tree, "halt => kill b, kill a, finished: ordered to shut down\nhalt => nothing");
}

#[test]
fn sup_10_children_that_exit_by_themselves_during_shutdown_keep_their_reasons() {
    story(
        "root one_for_one 0/5s: a b c~",
        "hold c
         shutdown => stop c
         a crashes => nothing
         b ends => nothing
         c ends => nothing
         c answers => odd b (normal), odd a (trap: boom), finished: ordered to shut down",
    );
}

#[test]
fn a_shutdown_before_boot_finishes_at_once() {
    unbooted("root one_for_one 1/5s: a", "shutdown => finished: ordered to shut down\nboot => nothing");
}

#[test]
fn a_shutdown_during_boot_stops_what_is_under_way_and_starts_nothing_more() {
    unbooted(
        "root one_for_one 1/5s: a (mid one_for_one 1/5s: b c) d",
        "hold b
         boot => start a, start b
         shutdown => hurry b BrutalKill
         b answers => stop b, stop a, finished: ordered to shut down",
    );
}

#[test]
fn a_tree_without_workers_boots_and_ends() {
    unbooted(
        "root one_for_one 1/5s: (a one_for_one 1/5s: (b one_for_one 1/5s:)) (c one_for_one 1/5s:)",
        "boot => nothing
         b is running
         restart a => nothing
         b is running
         shutdown => finished: ordered to shut down",
    );
}

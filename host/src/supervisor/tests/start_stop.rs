//! Boot and shutdown.

use super::harness::{story, unbooted};

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
         restart b => refused b Gone",
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

#[test]
fn sup_08_and_09_brutal_kill_and_infinity_are_passed_on() {
    story(
        "root one_for_one 1/5s: a^ b@infinity c@2s",
        "shutdown => stop c in 2s, stop b, kill a, finished: ordered to shut down",
    );
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
         shutdown => nothing
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
